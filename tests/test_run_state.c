#include <math.h>
#include <string.h>

#include "solver/run.h"
#include "tests/support.h"

/* A film under three steps: past its onset, at rest, and back to rest under a voltage until a
   charge has passed. */
static Condition space_charge = {.event = EVENT_SPACE_CHARGE};
static Condition charge = {.event = EVENT_CHARGE_LIMIT, .above = PETSC_TRUE, .threshold = 1000};
static ProtocolStep steps[] = {{.kind = STEP_CURRENT_RATIO,
                                .value = 5,
                                .duration = PETSC_INFINITY,
                                .number_of_conditions = 1,
                                .until = &space_charge},
                               {.kind = STEP_REST, .duration = 1e-3},
                               {.kind = STEP_VOLTAGE,
                                .value = -0.05,
                                .duration = PETSC_INFINITY,
                                .number_of_conditions = 1,
                                .until = &charge}};

static Case SteppedFilm(void)
{
  Case cell = LithiumFilm(1e-3);

  cell.protocol = steps;
  cell.number_of_steps = PETSC_STATIC_ARRAY_LENGTH(steps);
  cell.output.fields = FIELDS_ALL;
  cell.output.times = 20;
  return cell;
}

#define MOST_STORED 400

/* What an observer was told; on rank 0, but for `stop` and the inspector's. */
typedef struct {
  PetscInt told, kept_at;      // states; the one to keep, stopping there
  volatile sig_atomic_t stop;  // on every rank
  RunState kept;
  PetscInt times, stored;
  PetscReal time[4096], stored_time[MOST_STORED];
  PetscReal charge[3];      // passed at the last time of each step
  PetscReal own[2], drift;  // amounts less what entered, at first; their worst change, relative
} Record;

static PetscErrorCode KeepState(Record *record, const RunState *state)
{
  PetscFunctionBeginUser;
  record->kept = *state;
  PetscCall(PetscMalloc1(state->unknowns, &record->kept.unknown));
  PetscCall(PetscArraycpy(record->kept.unknown, state->unknown, state->unknowns));
  PetscCall(PetscMalloc1(state->conditions, &record->kept.armed));
  PetscCall(PetscArraycpy(record->kept.armed, state->armed, state->conditions));
  PetscCall(PetscMalloc1(state->result.number_of_events, &record->kept.result.events));
  PetscCall(PetscArraycpy(record->kept.result.events, state->result.events,
                          state->result.number_of_events));
  PetscFunctionReturn(0);
}

static PetscErrorCode ForgetState(Record *record)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(record->kept.unknown));
  PetscCall(PetscFree(record->kept.armed));
  PetscCall(PetscFree(record->kept.result.events));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeState(void *context, const RunState *state)
{
  Record *record = context;

  PetscFunctionBeginUser;
  if (record->told++ == record->kept_at) PetscCall(KeepState(record, state));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeFields(void *context, const FieldsRecord *fields)
{
  Record *record = context;

  PetscFunctionBeginUser;
  if (record->stored < MOST_STORED) record->stored_time[record->stored++] = fields->time;
  PetscFunctionReturn(0);
}

static PetscErrorCode Inspect(void *context, PETSC_UNUSED Transport transport,
                              PETSC_UNUSED const CellState *cell, PETSC_UNUSED Vec rate,
                              const HistoryRecord *history)
{
  Record *record = context;

  PetscFunctionBeginUser;
  record->stop = record->times == record->kept_at;
  record->time[record->times++] = history->time;
  record->charge[history->step] = history->charge_passed;
  for (PetscInt k = 0; k < 2; k++) {
    const PetscReal own = history->amount[k] - history->amount_entered[k];
    if (record->own[k] == 0) record->own[k] = own;
    record->drift = Worse(RelativeError(own, record->own[k]), record->drift);
  }
  PetscFunctionReturn(0);
}

/* From rest, or from the state kept in `before`, which `record` then continues. */
static RunResult RunRecorded(MPI_Comm comm, const Case *cell, const Record *before, Record *record)
{
  const RunObserver observer = {.context = record, .state = TakeState, .fields = TakeFields};
  RunResult result;
  Run run;

  CallOrAbort(RunCreate(comm, cell, &run));
  CallOrAbort(RunSetObserver(run, &observer));
  CallOrAbort(RunSetInspector(run, Inspect, record));
  CallOrAbort(RunSetStopFlag(run, &record->stop));
  if (before) CallOrAbort(RunSetState(run, &before->kept));
  CallOrAbort(RunExecute(run, &result));
  CallOrAbort(RunDestroy(&run));
  return result;
}

static void assert_same_events(const RunResult *result, const RunResult *expected)
{
  assert_on_all(result->number_of_events == expected->number_of_events);
  for (PetscInt e = 0; e < expected->number_of_events; e++) {
    const EventRecord *here = &result->events[e], *there = &expected->events[e];
    assert_on_all(here->kind == there->kind && here->step == there->step);
    assert_on_all(here->at_counter_electrode == there->at_counter_electrode);
    assert_close(here->time, there->time, 1e-4);
  }
  assert_close(result->depletion_time, expected->depletion_time, 1e-4);
  assert_close(result->space_charge_time, expected->space_charge_time, 1e-4);
  assert_close(result->final.time, expected->final.time, 1e-4);
}

/* The times of the whole run, of which `first` told those up to the state kept. */
static void assert_times_grow(const Record *first, const Record *second)
{
  PetscBool grow = PETSC_TRUE;

  for (PetscInt i = 1; i < second->times; i++) {
    if (!(second->time[i] > second->time[i - 1])) grow = PETSC_FALSE;
  }
  if (second->times && !(second->time[0] > first->time[first->kept_at])) grow = PETSC_FALSE;
  assert_on_all(grow);
}

/* Stopped after its time step number `kept_at` and gone on with from there. */
static void CheckStoppedAt(PetscInt kept_at, const Case *cell, const RunResult *expected,
                           const Record *undisturbed)
{
  static Record first, second;
  RunResult stopped, result;

  memset(&first, 0, sizeof first);
  memset(&second, 0, sizeof second);
  first.kept_at = kept_at;
  second.kept_at = -1;
  stopped = RunRecorded(PETSC_COMM_WORLD, cell, NULL, &first);
  memcpy(second.own, first.own, sizeof second.own);
  assert_on_all(stopped.status == RUN_STOPPED && stopped.steps == kept_at + 1);
  result = RunRecorded(PETSC_COMM_WORLD, cell, &first, &second);
  assert_on_all(result.status == RUN_DONE && result.steps == kept_at + 1 + second.times);
  assert_at_most(result.steps, expected->steps + 60);
  assert_same_events(&result, expected);
  assert_times_grow(&first, &second);
  assert_at_most(second.drift, 1e-12);
  for (PetscInt s = 0; s < 2; s++) {
    const PetscReal passed = second.charge[s] != 0 ? second.charge[s] : first.charge[s];
    assert_close(passed, undisturbed->charge[s], 1e-4);
  }
  CallOrAbort(ForgetState(&first));
  CallOrAbort(RunResultDestroy(&stopped));
  CallOrAbort(RunResultDestroy(&result));
}

static void test_stopped_run_goes_on_to_the_same_events(PETSC_UNUSED void **state)
{
  static Record undisturbed = {.kept_at = -1};
  const Case cell = SteppedFilm();
  RunResult expected = RunRecorded(PETSC_COMM_WORLD, &cell, NULL, &undisturbed);

  assert_on_all(expected.status == RUN_DONE && expected.number_of_events >= 3);
  print_message("%d steps, %d events\n", (int)expected.steps, (int)expected.number_of_events);
  for (PetscInt at = 0; at < expected.steps; at += expected.steps / 12) {
    CheckStoppedAt(at, &cell, &expected, &undisturbed);
  }
  CheckStoppedAt(expected.steps - 1, &cell, &expected, &undisturbed);
  CallOrAbort(RunResultDestroy(&expected));
}

/* A stop that comes with the end of a run changes nothing about it, and there is nothing to go on
   with: the neutral model has no state past the depletion. */
static void test_end_that_has_been_reached_stays_the_end(PETSC_UNUSED void **state)
{
  static Record undisturbed = {.kept_at = -1}, first, second = {.kept_at = -1};
  Case cell = PolymerCell();
  RunResult expected, stopped, result;

  cell.protocol = (ProtocolStep[]){{.kind = STEP_CURRENT_RATIO, .value = 5, .duration = 1e9},
                                   {.kind = STEP_REST, .duration = 1}};
  cell.number_of_steps = 2;
  expected = RunRecorded(PETSC_COMM_WORLD, &cell, NULL, &undisturbed);
  first.kept_at = expected.steps - 1;
  stopped = RunRecorded(PETSC_COMM_WORLD, &cell, NULL, &first);
  result = RunRecorded(PETSC_COMM_WORLD, &cell, &first, &second);
  assert_on_all(expected.status == RUN_DEPLETED && stopped.status == RUN_DEPLETED);
  assert_on_all(result.status == RUN_DEPLETED && second.times == 0);
  assert_on_all(result.final.time == expected.final.time);
  assert_on_all(result.depletion_time == expected.depletion_time);
  CallOrAbort(ForgetState(&first));
  CallOrAbort(RunResultDestroy(&expected));
  CallOrAbort(RunResultDestroy(&stopped));
  CallOrAbort(RunResultDestroy(&result));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stopped_run_goes_on_to_the_same_events),
      cmocka_unit_test(test_end_that_has_been_reached_stays_the_end),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
