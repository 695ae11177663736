#include <math.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/case_reader.h"
#include "io/results.h"
#include "solver/run.h"
#include "tests/case_files.h"

/* Runs of a small cell into files, stopped or left as if killed, and gone on with.  Rank 0 writes
   and reads; what it finds is made known to all before it is asserted. */

#define CELL(fields)                                                                            \
  "electrolyte: {concentration: 1 mol/L, diffusivity: 2e-10 m^2/s, transference_number: 0.3}\n" \
  "separator: {thickness: 25 um}\n"                                                             \
  "anode: {exchange_current_density: 100 A/m^2, interface_capacitance: 10 uF/cm^2}\n"           \
  "protocol: [{current_ratio: 3, until: [depletion]}, {rest: 1 s},\n"                           \
  "           {voltage: -0.1 V, until: ['charge > 0.005 mAh/cm^2']}]\n"                         \
  "mesh: {nodes: 41}\n"                                                                         \
  "output: {times: 20, fields: " fields "}\n"

static PetscBool IsRankZero(void)
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return (PetscBool)(rank == 0);
}

static PetscInt Agreed(PetscInt value)
{
  (void)MPI_Bcast(&value, 1, MPIU_INT, 0, PETSC_COMM_WORLD);
  return value;
}

// ---- Runs ----

typedef struct {
  Results results;         // of rank 0
  PetscInt told, stop_at;  // states; after how many to stop, -1: never
  PetscBool killed;        // ... or to write no more states
  volatile sig_atomic_t stop;
} Writer;

static PetscErrorCode TakeState(void *context, const RunState *state)
{
  Writer *writer = context;

  PetscFunctionBeginUser;
  if (!writer->killed || writer->told <= writer->stop_at) {
    PetscCall(ResultsWriteState(writer->results, state));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeHistory(void *context, const HistoryRecord *record)
{
  return ResultsWriteHistory(((Writer *)context)->results, record);
}

static PetscErrorCode TakeFields(void *context, const FieldsRecord *record)
{
  return ResultsWriteFields(((Writer *)context)->results, record);
}

static PetscErrorCode TakeEvent(void *context, const EventRecord *record)
{
  return ResultsWriteEvent(((Writer *)context)->results, record);
}

// Before the state of the same step; a killed run goes on to be killed ten steps later.
static PetscErrorCode Count(void *context, PETSC_UNUSED Transport transport,
                            PETSC_UNUSED const CellState *cell, PETSC_UNUSED Vec rate,
                            PETSC_UNUSED const HistoryRecord *record)
{
  Writer *writer = context;

  writer->stop = writer->told++ == writer->stop_at + (writer->killed ? 10 : 0);
  return 0;
}

static PetscErrorCode Observe(Run run, Writer *writer)
{
  const RunObserver observer = {.context = writer,
                                .state = TakeState,
                                .history = TakeHistory,
                                .fields = TakeFields,
                                .event = TakeEvent};

  PetscFunctionBeginUser;
  PetscCall(RunSetObserver(run, &observer));
  PetscCall(RunSetInspector(run, Count, writer));
  PetscCall(RunSetStopFlag(run, &writer->stop));
  PetscFunctionReturn(0);
}

static PetscErrorCode Open(const char path[], const Case *case_, Run run, PetscBool resume,
                           Results *results, RunState *state, ResultsLeft *left)
{
  const ClosedForms *forms;
  const Mesh *mesh;
  char *yaml;

  PetscFunctionBeginUser;
  PetscCall(RunGetClosedForms(run, &forms));
  PetscCall(RunGetMesh(run, &mesh));
  PetscCall(CaseToYaml(case_, &yaml));
  const PetscErrorCode code =
      resume ? ResultsOpen(path, case_, yaml, mesh, forms, results, state, left)
             : ResultsCreate(path, case_, yaml, "0", mesh, forms, results);
  PetscCall(PetscFree(yaml));
  PetscCall(code);
  PetscFunctionReturn(0);
}

static PetscErrorCode Execute(const char path[], const Case *case_, PetscBool resume,
                              Writer *writer, RunResult *result)
{
  ResultsLeft left = RESULTS_EMPTY;
  RunState state;
  Run run;

  PetscFunctionBeginUser;
  PetscCall(RunCreate(PETSC_COMM_WORLD, case_, &run));
  if (IsRankZero()) PetscCall(Open(path, case_, run, resume, &writer->results, &state, &left));
  PetscCall(Observe(run, writer));
  if (Agreed((PetscInt)left) == RESULTS_UNFINISHED) PetscCall(RunSetState(run, &state));
  PetscCall(RunExecute(run, result));
  if (IsRankZero() && !writer->killed) PetscCall(ResultsFinish(writer->results, result));
  PetscCall(ResultsDestroy(&writer->results));
  PetscCall(RunDestroy(&run));
  PetscFunctionReturn(0);
}

static RunResult RunInto(const char path[], const Case *case_, PetscBool resume, Writer writer)
{
  RunResult result;
  const PetscErrorCode code = Execute(path, case_, resume, &writer, &result);

  assert_true(AllRanks(code == 0));
  return result;
}

#define NEVER ((Writer){.stop_at = -1})
#define AFTER(states) ((Writer){.stop_at = (states)})
#define KILLED_AFTER(states) ((Writer){.stop_at = (states), .killed = PETSC_TRUE})

// ---- What a file has ----

typedef struct {
  hsize_t count;
  double *value;
} Column;

// Empty where there is no such data set.
static Column ReadColumn(const char path[], const char name[])
{
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  Column column = {0};

  if (H5LTget_dataset_info(file, name, &column.count, NULL, NULL) >= 0) {
    column.value = malloc(sizeof(double) * (size_t)(column.count + 1));
    H5LTread_dataset_double(file, name, column.value);
  }
  H5Fclose(file);
  return column;
}

static PetscBool Grows(const char path[], const char name[])
{
  Column column = ReadColumn(path, name);
  PetscBool grows = (PetscBool)(column.count > 0);

  for (hsize_t i = 1; i < column.count; i++) {
    if (!(column.value[i] > column.value[i - 1])) grows = PETSC_FALSE;
  }
  free(column.value);
  return grows;
}

static PetscBool Same(const char name[], const char one[], const char other[], double tolerance)
{
  Column columns[] = {ReadColumn(one, name), ReadColumn(other, name)};
  PetscBool same = (PetscBool)(columns[0].count > 0 && columns[0].count == columns[1].count);

  for (hsize_t i = 0; same && i < columns[0].count; i++) {
    const double a = columns[0].value[i], b = columns[1].value[i];
    if (!(fabs(a - b) <= tolerance * fabs(b))) same = PETSC_FALSE;
  }
  if (!same) print_error("%s differs\n", name);
  free(columns[0].value);
  free(columns[1].value);
  return same;
}

static PetscBool IsLikeUndisturbed(const char path[])
{
  return (PetscBool)(Grows(path, "/history/time") && Grows(path, "/time") &&
                     Same("/time", path, "whole.h5", 1e-4) &&
                     Same("/events/time", path, "whole.h5", 1e-4) &&
                     Same("/events/step", path, "whole.h5", 0) && Same("/x", path, "whole.h5", 0));
}

// ---- The facts ----

/* Early, at several instants of each step, and in its last time step. */
static void test_stopped_run_comes_to_the_same_file(PETSC_UNUSED void **state)
{
  Case cell = Read(CELL("all"));
  RunResult whole = RunInto("whole.h5", &cell, PETSC_FALSE, NEVER);

  for (PetscInt at = 0; at < whole.steps; at += whole.steps / 7) {
    RunResult stopped = RunInto("cut.h5", &cell, PETSC_FALSE, AFTER(at));
    RunResult resumed = RunInto("cut.h5", &cell, PETSC_TRUE, NEVER);
    PetscBool alike = PETSC_TRUE;

    if (IsRankZero()) alike = IsLikeUndisturbed("cut.h5");
    assert_true(Agreed(alike));
    assert_true(stopped.status == RUN_STOPPED && resumed.status == RUN_DONE);
    assert_int_equal(resumed.number_of_events, whole.number_of_events);
    RunResultDestroy(&stopped);
    RunResultDestroy(&resumed);
  }
  RunResultDestroy(&whole);
  CaseDestroy(&cell);
}

static void test_what_a_killed_run_wrote_behind_its_state_is_cut_off(PETSC_UNUSED void **state)
{
  Case cell = Read(CELL("all"));
  RunResult whole = RunInto("whole.h5", &cell, PETSC_FALSE, NEVER);
  RunResult killed = RunInto("cut.h5", &cell, PETSC_FALSE, KILLED_AFTER(whole.steps / 2));
  RunResult again = RunInto("cut.h5", &cell, PETSC_TRUE, KILLED_AFTER(30));
  RunResult resumed = RunInto("cut.h5", &cell, PETSC_TRUE, NEVER);
  PetscBool alike = PETSC_TRUE;

  if (IsRankZero()) alike = IsLikeUndisturbed("cut.h5");
  assert_true(Agreed(alike));
  assert_true(resumed.status == RUN_DONE);
  RunResultDestroy(&whole);
  RunResultDestroy(&killed);
  RunResultDestroy(&again);
  RunResultDestroy(&resumed);
  CaseDestroy(&cell);
}

// The profile of the stop gives way to that of the end; without fields there is none.
static void test_fields_of_the_stop_do_not_stay(PETSC_UNUSED void **state)
{
  static const char *const cells[] = {CELL("last"), CELL("none")};

  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(cells); c++) {
    Case cell = Read(cells[c]);
    RunResult stopped = RunInto("cut.h5", &cell, PETSC_FALSE, AFTER(50));
    RunResult resumed = RunInto("cut.h5", &cell, PETSC_TRUE, NEVER);
    PetscBool right = PETSC_TRUE;

    if (IsRankZero()) {
      Column time = ReadColumn("cut.h5", "/time");
      right = (PetscBool)(c == 0 ? time.count == 1 && time.value[0] == resumed.final.time
                                 : time.count == 0);
      free(time.value);
    }
    assert_true(Agreed(right));
    RunResultDestroy(&stopped);
    RunResultDestroy(&resumed);
    CaseDestroy(&cell);
  }
}

static PetscBool SameResult(const RunResult *one, const RunResult *other)
{
  PetscBool same = (PetscBool)(one->status == other->status && one->steps == other->steps &&
                               one->depletion_time == other->depletion_time &&
                               one->final.time == other->final.time &&
                               one->final.cell_voltage == other->final.cell_voltage &&
                               one->number_of_events == other->number_of_events);

  for (PetscInt e = 0; same && e < one->number_of_events; e++) {
    same =
        (PetscBool)(one->events[e].kind == other->events[e].kind &&
                    one->events[e].time == other->events[e].time &&
                    one->events[e].step == other->events[e].step &&
                    one->events[e].at_counter_electrode == other->events[e].at_counter_electrode);
  }
  return same;
}

// What ResultsOpen says of a file, and the code of its refusal; `result` is the run's.
static PetscErrorCode TryToOpen(const char path[], const Case *case_, const RunResult *result,
                                ResultsLeft *left, PetscBool *same)
{
  Results results = NULL;
  RunState state;
  Run run;

  *same = PETSC_FALSE;
  if (RunCreate(PETSC_COMM_SELF, case_, &run)) return PETSC_ERR_PLIB;
  const PetscErrorCode code = Open(path, case_, run, PETSC_TRUE, &results, &state, left);
  if (!code) *same = SameResult(&state.result, result);
  if (ResultsDestroy(&results) || RunDestroy(&run)) return PETSC_ERR_PLIB;
  return code;
}

static void test_finished_file_has_the_whole_result(PETSC_UNUSED void **state)
{
  Case cell = Read(CELL("all"));
  RunResult result = RunInto("whole.h5", &cell, PETSC_FALSE, NEVER);
  ResultsLeft left = RESULTS_EMPTY;
  PetscBool same = PETSC_TRUE;
  PetscErrorCode code = 0;

  if (IsRankZero()) code = TryToOpen("whole.h5", &cell, &result, &left, &same);
  assert_int_equal(Agreed(code), 0);
  assert_int_equal(Agreed((PetscInt)left), RESULTS_FINISHED);
  assert_true(Agreed(same));
  RunResultDestroy(&result);
  CaseDestroy(&cell);
}

// As a version wrote them that could not go on.
static void test_steps_without_a_state_are_not_thrown_away(PETSC_UNUSED void **state)
{
  Case cell = Read(CELL("all"));
  RunResult result = RunInto("cut.h5", &cell, PETSC_FALSE, KILLED_AFTER(-1));
  ResultsLeft left = RESULTS_FINISHED;
  PetscErrorCode code = 0;
  PetscBool same;

  if (IsRankZero()) {
    KeepErrors();
    code = TryToOpen("cut.h5", &cell, &result, &left, &same);
    ForgetErrors();
  }
  assert_int_equal(Agreed(code), Agreed(PETSC_ERR_FILE_READ));
  RunResultDestroy(&result);
  CaseDestroy(&cell);
}

static void test_other_case_and_other_files_are_refused(PETSC_UNUSED void **state)
{
  const char *const setting = "mesh.nodes=51";
  Case cell = Read(CELL("all")), other = ReadSettings(CELL("all"), 1, &setting);
  RunResult result = RunInto("cut.h5", &cell, PETSC_FALSE, AFTER(20));
  PetscErrorCode code[2] = {0};
  const char *message;
  PetscBool same, named = PETSC_FALSE;
  ResultsLeft left;

  if (IsRankZero()) {
    KeepErrors();
    code[0] = TryToOpen("cut.h5", &other, &result, &left, &same);
    (void)FirstError(&message);
    named = (PetscBool)(strstr(message, "mesh.nodes: found 'nodes: 41' there, 'nodes: 51' now") !=
                        NULL);
    code[1] = TryToOpen("cell.yaml", &cell, &result, &left, &same);
    ForgetErrors();
  }
  assert_int_equal(Agreed(code[0]), Agreed(PETSC_ERR_USER_INPUT));
  assert_true(Agreed(named));
  assert_int_equal(Agreed(code[1]), Agreed(PETSC_ERR_FILE_READ));
  RunResultDestroy(&result);
  CaseDestroy(&cell);
  CaseDestroy(&other);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stopped_run_comes_to_the_same_file),
      cmocka_unit_test(test_what_a_killed_run_wrote_behind_its_state_is_cut_off),
      cmocka_unit_test(test_fields_of_the_stop_do_not_stay),
      cmocka_unit_test(test_finished_file_has_the_whole_result),
      cmocka_unit_test(test_steps_without_a_state_are_not_thrown_away),
      cmocka_unit_test(test_other_case_and_other_files_are_refused),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, EnterScratchFolder, RemoveScratchFolder);
  PetscCall(PetscFinalize());
  return failures;
}
