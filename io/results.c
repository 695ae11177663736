#include "io/results.h"

#include <petsctime.h>
#include <stddef.h>

#include "io/error_catch.h"
#include "io/previous_file.h"
#include "io/replace_file.h"
#include "io/results_impl.h"
#include "io/xdmf.h"

static const char *const electrode_names[] = {"anode", "counter_electrode"};

const SandAttribute sand_attributes[SAND_ATTRIBUTES] = {
    {"sand_time", "s", offsetof(RunResult, closed_forms.sand_time)},
    {"finite_depletion_time", "s", offsetof(RunResult, closed_forms.finite_depletion_time)},
    {"limiting_current_density", "A m-2",
     offsetof(RunResult, closed_forms.limiting_current_density)},
    {"current_ratio", "1", offsetof(RunResult, closed_forms.current_ratio)},
    {"debye_length", "m", offsetof(RunResult, closed_forms.debye_length)},
    {"variable_sand_constant", "A2 s m-4",
     offsetof(RunResult, closed_forms.variable_sand_constant)},
    {"variable_sand_time", "s", offsetof(RunResult, closed_forms.variable_sand_time)},
    {"variable_limiting_current_density", "A m-2",
     offsetof(RunResult, closed_forms.variable_limiting_current_density)},
    {"variable_finite_depletion_time", "s",
     offsetof(RunResult, closed_forms.variable_finite_depletion_time)},
    {"depletion_time", "s", offsetof(RunResult, depletion_time)},
    {"space_charge_time", "s", offsetof(RunResult, space_charge_time)},
};

static PetscErrorCode SetSandAttributes(hid_t file, const RunResult *run)
{
  char units[NAME_LENGTH];
  hid_t sand;

  PetscFunctionBeginUser;
  PetscCallH5(sand = H5Gopen2(file, "/sand", H5P_DEFAULT));
  for (size_t i = 0; i < SAND_ATTRIBUTES; i++) {
    const char *name = sand_attributes[i].name;
    const char *value = (const char *)run + sand_attributes[i].offset;
    PetscCall(AttributeSetReal(sand, name, *(const PetscReal *)value));
    PetscCall(PetscSNPrintf(units, sizeof(units), "%s_units", name));
    PetscCall(AttributeSetText(sand, units, sand_attributes[i].units));
  }
  PetscCallH5(H5Gclose(sand));
  PetscFunctionReturn(0);
}

const Number outcome_numbers[OUTCOME_NUMBERS] = {
    {"steps", NUMBER_INTEGER, offsetof(RunResult, steps)},
    {"rejected_steps", NUMBER_INTEGER, offsetof(RunResult, rejected_steps)},
    {"newton_iterations", NUMBER_INTEGER, offsetof(RunResult, newton_iterations)},
    {"seconds", NUMBER_REAL, offsetof(RunResult, seconds)},
    // When [s] and where [m] a solution left the range of its measurements; NaN: it did not.
    {"below_validity_time", NUMBER_REAL, offsetof(RunResult, below_validity.time)},
    {"below_validity_position", NUMBER_REAL, offsetof(RunResult, below_validity.position)},
    {"above_validity_time", NUMBER_REAL, offsetof(RunResult, above_validity.time)},
    {"above_validity_position", NUMBER_REAL, offsetof(RunResult, above_validity.position)},
};

PetscErrorCode NumbersSet(hid_t object, size_t count, const Number number[], const void *record)
{
  PetscFunctionBeginUser;
  for (size_t i = 0; i < count; i++) {
    const void *const value = (const char *)record + number[i].offset;

    if (number[i].kind == NUMBER_REAL) {
      PetscCall(AttributeSetReal(object, number[i].name, *(const PetscReal *)value));
    } else {
      PetscCall(AttributeSetInteger(
          object, number[i].name,
          number[i].kind == NUMBER_INT ? *(const int *)value : *(const PetscInt *)value));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NumbersGet(hid_t object, size_t count, const Number number[], void *record,
                          PetscBool *found)
{
  PetscInt integer = 0;

  PetscFunctionBeginUser;
  *found = PETSC_TRUE;
  for (size_t i = 0; i < count && *found; i++) {
    void *const value = (char *)record + number[i].offset;

    if (number[i].kind == NUMBER_REAL) {
      PetscCall(AttributeGetReal(object, number[i].name, (PetscReal *)value, found));
      continue;
    }
    PetscCall(AttributeGetInteger(object, number[i].name, &integer, found));
    if (number[i].kind == NUMBER_INT) *(int *)value = (int)integer;
    if (number[i].kind == NUMBER_INTEGER) *(PetscInt *)value = integer;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsSetOutcome(hid_t file, const char status[], const RunResult *run)
{
  PetscFunctionBeginUser;
  PetscCall(AttributeSetText(file, "status", status));
  PetscCall(AttributeSetText(file, "reason", run->reason));
  PetscCall(NumbersSet(file, OUTCOME_NUMBERS, outcome_numbers, run));
  PetscCall(SetSandAttributes(file, run));
  PetscFunctionReturn(0);
}

// ---- The disk ----

// With the two XDMF files.
static PetscErrorCode ForEachFile(Results results, PetscErrorCode (*what)(const char path[]))
{
  const char *const parts[] = {XDMF_LINE, XDMF_SHEET};
  char *name;

  PetscFunctionBeginUser;
  PetscCall(what(results->path));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(parts); i++) {
    PetscCall(XdmfFileName(results->path, parts[i], &name));
    PetscCall(what(name));
    PetscCall(PetscFree(name));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsKeepPrevious(Results results)
{
  PetscFunctionBeginUser;
  PetscCall(ForEachFile(results, PreviousFileKeep));
  results->replaces = PETSC_TRUE;
  PetscFunctionReturn(0);
}

// Of a run that goes on: what the run before it has kept.
static PetscErrorCode DropPrevious(Results results)
{
  PetscFunctionBeginUser;
  if (results->replaces || results->goes_on) PetscCall(ForEachFile(results, PreviousFileDrop));
  results->replaces = PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* A file that cannot be written any more: what it was to replace comes back. */
static PetscErrorCode GiveBack(Results results, const ErrorCatch *caught)
{
  PetscBool kept;

  PetscFunctionBeginUser;
  PetscCall(PreviousFileIsKept(results->path, &kept));
  if (results->replaces && results->replaced && kept) {
    PetscCall(ForEachFile(results, PreviousFileRestore));
    SETERRQ(PETSC_COMM_SELF, caught->code,
            "%s; the file is again the one that was there before, what the run had is in %s.part",
            caught->message, results->path);
  }
  if (results->replaces) PetscCall(ForEachFile(results, PreviousFileForget));
  SETERRQ(PETSC_COMM_SELF, caught->code, "%s", caught->message);
}

static PetscErrorCode Save(Results results)
{
  ErrorCatch caught;
  const void *bytes;
  size_t size;

  PetscFunctionBeginUser;
  PetscCall(MemoryFileGetImage(results->file, &bytes, &size));
  PetscCall(ErrorCatchBegin(&caught));
  const PetscErrorCode code = ReplaceFile(results->path, bytes, size);
  PetscCall(ErrorCatchEnd());
  if (code) PetscCall(GiveBack(results, &caught));
  results->replaced = PETSC_TRUE;
  PetscFunctionReturn(0);
}

// Moves the waiting records into the file in memory, and that to the disk.
PetscErrorCode ResultsFlush(Results results)
{
  PetscLogDouble start, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&start));
  results->unsaved = PETSC_FALSE;  // also when it fails: a full disk is not tried again
  for (ResultsTable t = 0; t < TABLES; t++) {
    if (results->table[t]) PetscCall(SeriesWrite(results->table[t]));
  }
  if (results->state.unknown) PetscCall(ResultsPutState(results));
  PetscCall(Save(results));
  PetscCall(PetscTime(&end));
  results->next_flush = end + PetscMax(results->flush_interval, 20 * (end - start));
  PetscFunctionReturn(0);
}

static PetscErrorCode FlushWhenDue(Results results)
{
  PetscLogDouble now;

  PetscFunctionBeginUser;
  results->unsaved = PETSC_TRUE;
  PetscCall(PetscTime(&now));
  if (now >= results->next_flush) PetscCall(ResultsFlush(results));
  PetscFunctionReturn(0);
}

// The times of the rows in /time, for the XDMF file.
static PetscErrorCode KeepTime(Results results, PetscReal time)
{
  PetscFunctionBeginUser;
  if (results->case_->output.fields == FIELDS_LAST) results->times = 0;
  if (results->times == results->times_capacity) {
    results->times_capacity = PetscMax(64, 2 * results->times_capacity);
    PetscCall(PetscRealloc(sizeof(PetscReal) * results->times_capacity, &results->time));
  }
  results->time[results->times++] = time;
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsWriteFields(Results results, const FieldsRecord *fields)
{
  const PetscReal relative_time =
      PetscIsNanReal(results->sand_time) ? fields->time : fields->time / results->sand_time;
  const void *row[MAXIMUM_FIELDS] = {&fields->time,          &relative_time,
                                     results->sheet_points,  fields->potential,
                                     fields->charge_density, fields->electric_field};

  PetscFunctionBeginUser;
  if (!results->table[TABLE_FIELDS]) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < results->case_->electrolyte.number_of_ions; k++) {
    row[FIXED_FIELDS + k] = fields->concentration[k];
  }
  for (PetscInt i = 0; i < results->nodes; i++) results->sheet_points[3 * i + 1] = relative_time;
  PetscCall(KeepTime(results, fields->time));
  PetscCall(SeriesAppend(results->table[TABLE_FIELDS], row));
  PetscCall(FlushWhenDue(results));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsWriteHistory(Results results, const HistoryRecord *history)
{
  const void *row[MAXIMUM_HISTORY];
  PetscInt columns = 0;

  PetscFunctionBeginUser;
  for (; columns < FIXED_HISTORY; columns++) {
    row[columns] = (const char *)history + history_quantities[columns].offset;
  }
  for (PetscInt k = 0; k < results->case_->electrolyte.number_of_ions; k++) {
    for (size_t i = 0; i < ION_HISTORY; i++) {
      row[columns++] = (const char *)history + ion_history[i].offset + sizeof(PetscReal) * k;
    }
  }
  PetscCall(SeriesAppend(results->table[TABLE_HISTORY], row));
  PetscCall(FlushWhenDue(results));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsWriteEvent(Results results, const EventRecord *event)
{
  const EventRow event_row = {event->time, EventKindName(event->kind), event->step,
                              electrode_names[event->at_counter_electrode ? 1 : 0]};
  const void *row[EVENT_COLUMNS];

  PetscFunctionBeginUser;
  for (size_t i = 0; i < EVENT_COLUMNS; i++) {
    row[i] = (const char *)&event_row + event_quantities[i].offset;
  }
  PetscCall(SeriesAppend(results->table[TABLE_EVENTS], row));
  PetscCall(FlushWhenDue(results));
  PetscFunctionReturn(0);
}

static PetscErrorCode KeepArrays(Results results, const RunState *state)
{
  PetscFunctionBeginUser;
  if (!results->state.unknown) {
    PetscCall(PetscMalloc1(state->unknowns, &results->state.unknown));
    PetscCall(PetscMalloc1(state->conditions, &results->state.armed));
  }
  PetscCall(PetscArraycpy(results->state.unknown, state->unknown, state->unknowns));
  PetscCall(PetscArraycpy(results->state.armed, state->armed, state->conditions));
  PetscFunctionReturn(0);
}

// The events are rows of their table.
PetscErrorCode ResultsWriteState(Results results, const RunState *state)
{
  PetscReal *unknown;
  PetscInt *armed;

  PetscFunctionBeginUser;
  PetscCall(KeepArrays(results, state));
  unknown = results->state.unknown;
  armed = results->state.armed;
  PetscCall(PetscFree(results->state.result.events));
  results->state = *state;
  results->state.unknown = unknown;
  results->state.armed = armed;
  results->state.result.events = NULL;
  for (ResultsTable t = 0; t < TABLES; t++) {
    results->rows[t] = results->table[t] ? SeriesRows(results->table[t]) : 0;
  }
  PetscCall(FlushWhenDue(results));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsFinish(Results results, const RunResult *run)
{
  PetscFunctionBeginUser;
  PetscCall(ResultsSetOutcome(results->file, RunStatusName(run->status), run));
  PetscCall(ResultsFlush(results));
  PetscCall(DropPrevious(results));
  if (results->times > 0) {
    PetscCall(XdmfWrite(results->path, &results->case_->electrolyte, results->nodes, results->times,
                        results->time));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsDestroy(Results *results)
{
  Results r = *results;

  PetscFunctionBeginUser;
  if (!r) PetscFunctionReturn(0);
  if (r->unsaved) PetscCall(ResultsFlush(r));
  for (ResultsTable t = 0; t < TABLES; t++) PetscCall(SeriesDestroy(&r->table[t]));
  if (r->file > 0) PetscCallH5(H5Fclose(r->file));
  PetscCall(PetscFree(r->state.unknown));
  PetscCall(PetscFree(r->state.armed));
  PetscCall(PetscFree(r->state.result.events));
  PetscCall(PetscFree(r->sheet_points));
  PetscCall(PetscFree(r->time));
  PetscCall(DropPrevious(r));
  PetscCall(FileLockRelease(&r->lock));
  PetscCall(PetscFree(r->path));
  PetscCall(PetscFree(*results));
  PetscFunctionReturn(0);
}
