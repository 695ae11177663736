#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "io/case_difference.h"
#include "io/results_impl.h"
#include "io/seal.h"
#include "io/xdmf.h"

/* What a run goes on from, in the file: writing it, and opening the file again. */

#define STATE(field) offsetof(RunState, field)

static const Number state_numbers[] = {
    {"step", NUMBER_INTEGER, STATE(step)},
    {"step_over", NUMBER_INT, STATE(step_over)},
    {"run_over", NUMBER_INT, STATE(run_over)},
    {"step_start", NUMBER_REAL, STATE(step_start)},
    {"elapsed", NUMBER_REAL, STATE(elapsed)},
    {"last_time_step", NUMBER_REAL, STATE(last_time_step)},
    {"first_current_time", NUMBER_REAL, STATE(first_current_time)},
    {"charge_offset", NUMBER_REAL, STATE(charge_offset)},
    {"charge_at_start", NUMBER_REAL, STATE(charge_at_start)},
    {"at_counter_electrode", NUMBER_INT, STATE(at_counter_electrode)},
    {"output_interval", NUMBER_REAL, STATE(output_interval)},
    {"next_output", NUMBER_REAL, STATE(next_output)},
    {"outputs", NUMBER_INTEGER, STATE(outputs)},
    {"last_stored", NUMBER_REAL, STATE(last_stored)},
    {"unknowns", NUMBER_INTEGER, STATE(unknowns)},
    {"conditions", NUMBER_INTEGER, STATE(conditions)},
    // ... and the result so far.
    {"status", NUMBER_INT, STATE(result.status)},
    {"depletion_time", NUMBER_REAL, STATE(result.depletion_time)},
    {"space_charge_time", NUMBER_REAL, STATE(result.space_charge_time)},
};

#define STATE_NUMBERS PETSC_STATIC_ARRAY_LENGTH(state_numbers)

static const Number row_numbers[TABLES] = {
    {"fields_rows", NUMBER_INTEGER, TABLE_FIELDS * sizeof(PetscInt)},
    {"history_rows", NUMBER_INTEGER, TABLE_HISTORY * sizeof(PetscInt)},
    {"events_rows", NUMBER_INTEGER, TABLE_EVENTS * sizeof(PetscInt)},
};

// ---- Writing ----

static PetscErrorCode Overwrite(hid_t file, const char name[], hid_t type, PetscInt count,
                                const void *values)
{
  PetscBool written;
  hid_t data_set;

  PetscFunctionBeginUser;
  PetscCallH5(data_set = H5Dopen2(file, name, H5P_DEFAULT));
  PetscCall(DataSetWriteRows(data_set, type, 0, (hsize_t)count, values, &written));
  PetscCallH5(H5Dclose(data_set));
  if (!written) PetscCall(Hdf5Refused(name));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsPutState(Results r)
{
  hid_t group;
  htri_t exists;

  PetscFunctionBeginUser;
  PetscCallH5(exists = H5Lexists(r->file, "/resume", H5P_DEFAULT));
  if (!exists) PetscCall(ResultsCreateState(r));
  PetscCall(Overwrite(r->file, "/resume/unknowns", H5T_NATIVE_DOUBLE, r->state.unknowns,
                      r->state.unknown));
  PetscCall(
      Overwrite(r->file, "/resume/armed", H5T_PETSC_INT, r->state.conditions, r->state.armed));
  PetscCallH5(group = H5Gopen2(r->file, "/resume", H5P_DEFAULT));
  PetscCall(NumbersSet(group, STATE_NUMBERS, state_numbers, &r->state));
  PetscCall(NumbersSet(group, OUTCOME_NUMBERS, outcome_numbers, &r->state.result));
  PetscCall(NumbersSet(group, TABLES, row_numbers, r->rows));
  PetscCallH5(H5Gclose(group));
  PetscFunctionReturn(0);
}

// ---- Refusals ----

static PetscErrorCode RefuseFile(Results r, const char what[])
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_FILE_READ, "%s: cannot be gone on with: %s", r->path, what);
}

static PetscErrorCode CheckFound(Results r, PetscBool found)
{
  PetscFunctionBeginUser;
  if (!found) PetscCall(RefuseFile(r, "not the file of a run, or of another version"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckSeal(Results r)
{
  SealState state;

  PetscFunctionBeginUser;
  PetscCall(SealCheck(r->path, &state));
  if (state == SEAL_BROKEN) PetscCall(RefuseFile(r, SEAL_MISTAKE));
  if (state == SEAL_MISSING) {
    PetscCall(RefuseFile(r, "it has no checksum: version 0.1.0 or another program has written it"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CompareCase(Results r, const char here[])
{
  CaseDifference difference;
  PetscBool read, differs;
  PetscInt count;
  char *there = NULL;
  hid_t data_set, type;

  PetscFunctionBeginUser;
  PetscCall(DataSetOpen(r->file, "/case", &data_set));
  PetscCall(CheckFound(r, (PetscBool)(data_set >= 0)));
  PetscCall(TextTypeCreate(&type));
  PetscCall(DataSetCount(data_set, &count));
  read = (PetscBool)(count == 1 &&
                     H5Dread(data_set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &there) >= 0);
  PetscCallH5(H5Tclose(type));
  PetscCallH5(H5Dclose(data_set));
  PetscCall(CheckFound(r, (PetscBool)(read && there)));
  differs = CaseDifferenceFind(there, here, &difference);
  PetscCallH5(H5free_memory(there));
  PetscCheck(!differs, PETSC_COMM_SELF, PETSC_ERR_USER_INPUT,
             "%s: results of another case: %s: found '%.200s' there, '%.200s' now; without "
             "--resume they are replaced",
             r->path, difference.name, difference.there, difference.here);
  PetscFunctionReturn(0);
}

// ---- Reading ----

// `count` rows of the file from `first` on, which have to be there.
static PetscErrorCode Read(Results r, const char name[], hid_t type, PetscInt first, PetscInt count,
                           void *values)
{
  PetscBool read = PETSC_FALSE;
  hid_t data_set;

  PetscFunctionBeginUser;
  if (count == 0) PetscFunctionReturn(0);
  PetscCall(DataSetOpen(r->file, name, &data_set));
  PetscCall(CheckFound(r, (PetscBool)(data_set >= 0)));
  if (DataSetHolds(data_set, (hsize_t)first + (hsize_t)count, 1)) {
    PetscCall(DataSetReadRows(data_set, type, (hsize_t)first, (hsize_t)count, values, &read));
  }
  PetscCallH5(H5Dclose(data_set));
  PetscCall(CheckFound(r, read));
  PetscFunctionReturn(0);
}

// The rows of a data set of one value a row.
static PetscErrorCode CountRows(Results r, const char name[], PetscInt *rows)
{
  hid_t data_set;

  PetscFunctionBeginUser;
  PetscCall(DataSetOpen(r->file, name, &data_set));
  PetscCall(CheckFound(r, (PetscBool)(data_set >= 0)));
  PetscCall(DataSetCount(data_set, rows));
  const PetscBool holds = DataSetHolds(data_set, 0, 1);
  PetscCallH5(H5Dclose(data_set));
  PetscCall(CheckFound(r, (PetscBool)(holds && *rows >= 0)));
  PetscFunctionReturn(0);
}

// Before there is room made for them.
static PetscErrorCode CheckRows(Results r, const char name[], PetscInt rows)
{
  PetscInt found;

  PetscFunctionBeginUser;
  PetscCall(CountRows(r, name, &found));
  PetscCall(CheckFound(r, (PetscBool)(0 <= rows && rows <= found)));
  PetscFunctionReturn(0);
}

/* The mesh is the case's, but what makes it may have been changed. */
static PetscErrorCode CompareMesh(Results r, const Mesh *mesh)
{
  PetscReal *x, worst = 0;
  PetscInt nodes;

  PetscFunctionBeginUser;
  PetscCall(CountRows(r, "/x", &nodes));
  PetscCall(CheckFound(r, (PetscBool)(nodes == mesh->nodes)));
  PetscCall(PetscMalloc1(nodes, &x));
  PetscCall(Read(r, "/x", H5T_NATIVE_DOUBLE, 0, nodes, x));
  for (PetscInt i = 0; i < nodes; i++) worst = PetscMax(worst, fabs(x[i] - mesh->x[i]));
  PetscCall(PetscFree(x));
  PetscCall(CheckFound(r, (PetscBool)(worst <= 1e-12 * mesh->x[nodes - 1])));
  PetscFunctionReturn(0);
}

static PetscErrorCode EventKindOf(Results r, const char name[], EventKind *kind)
{
  PetscFunctionBeginUser;
  for (*kind = EVENT_DEPLETION; *kind <= EVENT_CHARGE_LIMIT; (*kind)++) {
    if (name && strcmp(name, EventKindName(*kind)) == 0) PetscFunctionReturn(0);
  }
  PetscCall(CheckFound(r, PETSC_FALSE));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadEvents(Results r, PetscInt count)
{
  RunResult *const result = &r->state.result;
  char **name, **electrode;
  PetscReal *time;
  PetscInt *step;
  hid_t text;

  PetscFunctionBeginUser;
  PetscCall(CheckRows(r, "/events/time", count));
  PetscCall(PetscCalloc4(count, &name, count, &electrode, count, &time, count, &step));
  PetscCall(PetscMalloc1(count, &result->events));
  PetscCall(TextTypeCreate(&text));
  PetscCall(Read(r, "/events/name", text, 0, count, name));
  PetscCall(Read(r, "/events/electrode", text, 0, count, electrode));
  PetscCall(Read(r, "/events/time", H5T_NATIVE_DOUBLE, 0, count, time));
  PetscCall(Read(r, "/events/step", H5T_PETSC_INT, 0, count, step));
  PetscCallH5(H5Tclose(text));
  for (PetscInt e = 0; e < count; e++) {
    result->events[e] = (EventRecord){.time = time[e], .step = step[e]};
    PetscCall(EventKindOf(r, name[e], &result->events[e].kind));
    result->events[e].at_counter_electrode =
        (PetscBool)(electrode[e] && strcmp(electrode[e], "anode") != 0);
    PetscCallH5(H5free_memory(name[e]));
    PetscCallH5(H5free_memory(electrode[e]));
  }
  result->number_of_events = count;
  PetscCall(PetscFree4(name, electrode, time, step));
  PetscFunctionReturn(0);
}

// The end so far is the last row of the history.
static PetscErrorCode ReadFinal(Results r, PetscInt rows)
{
  RunResult *const result = &r->state.result;
  char name[NAME_LENGTH];

  PetscFunctionBeginUser;
  if (rows == 0) PetscFunctionReturn(0);
  PetscCall(Read(r, "/history/time", H5T_NATIVE_DOUBLE, rows - 1, 1, &result->final.time));
  PetscCall(Read(r, "/history/cell_voltage", H5T_NATIVE_DOUBLE, rows - 1, 1,
                 &result->final.cell_voltage));
  for (PetscInt k = 0; k < r->case_->electrolyte.number_of_ions; k++) {
    PetscCall(PetscSNPrintf(name, sizeof(name), "/history/%s_concentration_anode",
                            r->case_->electrolyte.ion[k].name));
    PetscCall(Read(r, name, H5T_NATIVE_DOUBLE, rows - 1, 1, &result->final.concentration_anode[k]));
  }
  PetscFunctionReturn(0);
}

static PetscBool StateIsPossible(Results r)
{
  const RunState *state = &r->state;

  for (int t = 0; t < TABLES; t++) {
    if (r->rows[t] < 0) return PETSC_FALSE;
  }
  return (PetscBool)(state->step >= 0 && state->step < r->case_->number_of_steps &&
                     state->result.status >= RUN_DONE && state->result.status <= RUN_FAILED);
}

static PetscErrorCode ReadState(Results r, hid_t group)
{
  PetscBool found[3];

  PetscFunctionBeginUser;
  PetscCall(NumbersGet(group, STATE_NUMBERS, state_numbers, &r->state, &found[0]));
  PetscCall(NumbersGet(group, OUTCOME_NUMBERS, outcome_numbers, &r->state.result, &found[1]));
  PetscCall(NumbersGet(group, TABLES, row_numbers, r->rows, &found[2]));
  PetscCall(CheckFound(r, (PetscBool)(found[0] && found[1] && found[2])));
  PetscCall(CheckFound(r, StateIsPossible(r)));
  PetscCall(CheckRows(r, "/resume/unknowns", r->state.unknowns));
  PetscCall(CheckRows(r, "/resume/armed", r->state.conditions));
  PetscCall(PetscMalloc1(r->state.unknowns, &r->state.unknown));
  PetscCall(PetscMalloc1(r->state.conditions, &r->state.armed));
  PetscCall(Read(r, "/resume/unknowns", H5T_NATIVE_DOUBLE, 0, r->state.unknowns, r->state.unknown));
  PetscCall(Read(r, "/resume/armed", H5T_PETSC_INT, 0, r->state.conditions, r->state.armed));
  PetscCall(ReadEvents(r, r->rows[TABLE_EVENTS]));
  PetscCall(ReadFinal(r, r->rows[TABLE_HISTORY]));
  PetscFunctionReturn(0);
}

/* What is asked of a file that has come to its end is how. */
static PetscErrorCode ReadOutcome(Results r)
{
  RunResult *const result = &r->state.result;
  PetscBool found[4];
  PetscInt rows;
  hid_t sand;

  PetscFunctionBeginUser;
  PetscCall(NumbersGet(r->file, OUTCOME_NUMBERS, outcome_numbers, result, &found[0]));
  PetscCall(AttributeGetText(r->file, "reason", sizeof(result->reason), result->reason, &found[1]));
  sand = H5Gopen2(r->file, "/sand", H5P_DEFAULT);
  PetscCall(CheckFound(r, (PetscBool)(sand >= 0)));
  PetscCall(AttributeGetReal(sand, "depletion_time", &result->depletion_time, &found[2]));
  PetscCall(AttributeGetReal(sand, "space_charge_time", &result->space_charge_time, &found[3]));
  PetscCallH5(H5Gclose(sand));
  PetscCall(CheckFound(r, (PetscBool)(found[0] && found[1] && found[2] && found[3])));
  PetscCall(CountRows(r, "/events/time", &rows));
  PetscCall(ReadEvents(r, rows));
  PetscCall(CountRows(r, "/history/time", &rows));
  PetscCall(ReadFinal(r, rows));
  PetscFunctionReturn(0);
}

// ---- Opening ----

static PetscErrorCode Judge(Results r, ResultsLeft *left)
{
  char status[NAME_LENGTH];
  PetscInt rows = 0;
  PetscBool found;
  htri_t has_state;

  PetscFunctionBeginUser;
  PetscCall(AttributeGetText(r->file, "status", sizeof(status), status, &found));
  PetscCall(CheckFound(r, found));
  PetscCallH5(has_state = H5Lexists(r->file, "/resume", H5P_DEFAULT));
  *left = has_state ? RESULTS_UNFINISHED : RESULTS_EMPTY;
  for (RunStatus s = RUN_DONE; s <= RUN_FAILED; s++) {
    if (strcmp(status, RunStatusName(s)) != 0) continue;
    *left = RESULTS_FINISHED;
    r->state.result.status = s;
  }
  // More steps without a state than the first, which may be saved just before its state, are of a
  // version that could not go on: they are not to be lost.
  if (*left == RESULTS_EMPTY) PetscCall(CountRows(r, "/history/time", &rows));
  PetscCall(CheckFound(r, (PetscBool)(rows <= 1)));
  PetscFunctionReturn(0);
}

/* The fields' times for the XDMF files, which are written anew at the end. */
static PetscErrorCode ReadTimes(Results r)
{
  PetscFunctionBeginUser;
  if (!r->table[TABLE_FIELDS]) PetscFunctionReturn(0);
  r->times = r->rows[TABLE_FIELDS];
  PetscCall(CheckRows(r, "/time", r->times));
  r->times_capacity = PetscMax(64, r->times);
  PetscCall(PetscMalloc1(r->times_capacity, &r->time));
  PetscCall(Read(r, "/time", H5T_NATIVE_DOUBLE, 0, r->times, r->time));
  PetscFunctionReturn(0);
}

static PetscErrorCode GoOn(Results r, const Mesh *mesh)
{
  const PetscBool has_fields = (PetscBool)(r->case_->output.fields != FIELDS_NONE);
  hid_t group;

  PetscFunctionBeginUser;
  PetscCall(CompareMesh(r, mesh));
  group = H5Gopen2(r->file, "/resume", H5P_DEFAULT);
  PetscCall(CheckFound(r, (PetscBool)(group >= 0)));
  PetscCall(ReadState(r, group));
  PetscCallH5(H5Gclose(group));
  r->goes_on = PETSC_TRUE;
  PetscCall(ResultsOpenTables(r, mesh));
  PetscCall(CheckFound(r, (PetscBool)(r->table[TABLE_HISTORY] && r->table[TABLE_EVENTS] &&
                                      (r->table[TABLE_FIELDS] || !has_fields))));
  PetscCall(ReadTimes(r));
  PetscCall(AttributeSetText(r->file, "status", "running"));
  PetscCall(XdmfRemove(r->path));  // of fewer times
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsOpen(const char path[], const Case *case_, const char case_yaml[],
                           const Mesh *mesh, const ClosedForms *closed_forms, Results *results,
                           RunState *state, ResultsLeft *left)
{
  Results r;

  PetscFunctionBeginUser;
  PetscCall(ResultsSetUp(path, case_, mesh, closed_forms, results));
  r = *results;
  if (access(path, R_OK | W_OK) != 0) PetscCall(RefuseFile(r, strerror(errno)));
  PetscCall(CheckSeal(r));
  PetscCall(MemoryFileOpen(path, &r->file));
  if (r->file < 0) PetscCall(RefuseFile(r, "no HDF5 file"));
  PetscCall(CompareCase(r, case_yaml));
  PetscCall(Judge(r, left));
  if (*left == RESULTS_UNFINISHED) PetscCall(GoOn(r, mesh));
  if (*left == RESULTS_FINISHED) PetscCall(ReadOutcome(r));
  r->state.result.closed_forms = *closed_forms;
  *state = r->state;
  PetscFunctionReturn(0);
}
