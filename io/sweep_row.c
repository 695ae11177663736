#include "io/sweep_row.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

const char *const case_status_names[CASE_STATUSES] = {"to_do", "done", "depleted", "failed"};

// ---- Columns ----

static const SweepColumn columns[SWEEP_COLUMNS] = {
    [COLUMN_STATUS] = {{"/status", "1", "what became of the case"}, PETSC_TRUE},
    [COLUMN_STEPS] = {{"/steps", "1", "accepted time steps"}, PETSC_TRUE},
    [COLUMN_REJECTED_STEPS] = {{"/rejected_steps", "1", "rejected time steps"}, PETSC_TRUE},
    [COLUMN_NEWTON_ITERATIONS] = {{"/newton_iterations", "1", "Newton iterations"}, PETSC_TRUE},
    [COLUMN_END_TIME] = {{"/end_time", "s", "time at which the case ended"}, PETSC_FALSE},
    [COLUMN_END_VOLTAGE] = {{"/end_voltage", "V", "cell voltage at that time"}, PETSC_FALSE},
    [COLUMN_BELOW_VALIDITY_TIME] = {{"/below_validity_time", "s",
                                     "when the concentration fell below its measurements"},
                                    PETSC_FALSE},
    [COLUMN_ABOVE_VALIDITY_TIME] = {{"/above_validity_time", "s",
                                     "when the concentration rose above its measurements"},
                                    PETSC_FALSE},
    [COLUMN_SECONDS] = {{"/seconds", "s", "wall time of the solve"}, PETSC_FALSE},
    [COLUMN_RANK] = {{"/rank", "1", "rank that has solved the case"}, PETSC_TRUE},
    [COLUMN_CHECKSUM] = {{"/checksum", "1", "of the row: 52 bits as a whole number"}, PETSC_FALSE},
};

// "/depletion_time", "depletion time"
static SweepColumn SandColumn(const SandAttribute *attribute)
{
  static char name[NAME_LENGTH], long_name[NAME_LENGTH];

  snprintf(name, sizeof(name), "/%s", attribute->name);
  snprintf(long_name, sizeof(long_name), "%s", attribute->name);
  for (char *c = long_name; *c; c++) {
    if (*c == '_') *c = ' ';
  }
  return (SweepColumn){{name, attribute->units, long_name}, PETSC_FALSE};
}

SweepColumn SweepColumnGet(PetscInt column)
{
  if (column >= COLUMN_SAND && column < COLUMN_SAND + SAND_ATTRIBUTES) {
    return SandColumn(&sand_attributes[column - COLUMN_SAND]);
  }
  return columns[column];
}

// ---- Checksum ----

/* FNV-1a over the case's number and the bytes of its values, folded to 52 bits: a whole number that
   a double holds. */
static PetscReal Checksum(PetscInt number, const PetscReal value[])
{
  uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)number;
  const unsigned char *const bytes = (const unsigned char *)value;

  for (size_t i = 0; i < COLUMN_CHECKSUM * sizeof(*value); i++) {
    hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
  }
  return (PetscReal)((hash ^ hash >> 52) & ((UINT64_C(1) << 52) - 1));
}

PetscBool SweepRowIsWhole(PetscInt number, const PetscReal value[SWEEP_COLUMNS])
{
  return (PetscBool)(value[COLUMN_STATUS] > CASE_TO_DO && value[COLUMN_STATUS] < CASE_STATUSES &&
                     value[COLUMN_CHECKSUM] == Checksum(number, value));
}

// ---- Rows ----

SweepRow SweepRowEmpty(void)
{
  SweepRow row = {.reason = ""};

  for (PetscInt c = 0; c < SWEEP_COLUMNS; c++) row.value[c] = columns[c].whole ? 0 : NAN;
  return row;
}

PetscBool SweepRowIsEmpty(const PetscReal value[SWEEP_COLUMNS])
{
  const SweepRow empty = SweepRowEmpty();

  for (PetscInt c = 0; c < SWEEP_COLUMNS; c++) {
    const PetscBool both_unset = (PetscBool)(isnan(value[c]) && isnan(empty.value[c]));

    if (!both_unset && value[c] != empty.value[c]) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

// A reason may be longer than what is kept of it.
static void SetReason(SweepRow *row, const char reason[])
{
  (void)PetscStrncpy(row->reason, reason, SWEEP_REASON_LENGTH);
}

SweepRow SweepRowOfRun(PetscInt number, const RunResult *run, PetscMPIInt rank)
{
  static const CaseStatus statuses[] = {[RUN_DONE] = CASE_DONE,
                                        [RUN_DEPLETED] = CASE_DEPLETED,
                                        [RUN_FAILED] = CASE_FAILED,
                                        [RUN_STOPPED] = CASE_TO_DO};
  SweepRow row = SweepRowEmpty();

  row.value[COLUMN_STATUS] = statuses[run->status];
  for (size_t i = 0; i < SAND_ATTRIBUTES; i++) {
    row.value[COLUMN_SAND + i] =
        *(const PetscReal *)((const char *)run + sand_attributes[i].offset);
  }
  row.value[COLUMN_STEPS] = run->steps;
  row.value[COLUMN_REJECTED_STEPS] = run->rejected_steps;
  row.value[COLUMN_NEWTON_ITERATIONS] = run->newton_iterations;
  row.value[COLUMN_END_TIME] = run->final.time;
  row.value[COLUMN_END_VOLTAGE] = run->final.cell_voltage;
  row.value[COLUMN_BELOW_VALIDITY_TIME] = run->below_validity.time;
  row.value[COLUMN_ABOVE_VALIDITY_TIME] = run->above_validity.time;
  row.value[COLUMN_SECONDS] = run->seconds;
  row.value[COLUMN_RANK] = rank;
  SetReason(&row, run->reason);
  row.value[COLUMN_CHECKSUM] = Checksum(number, row.value);
  return row;
}

static RunResult ResultWithout(const ClosedForms *closed_forms, RunStatus status)
{
  return (RunResult){.status = status,
                     .closed_forms = *closed_forms,
                     .depletion_time = NAN,
                     .space_charge_time = NAN,
                     .below_validity = {NAN, NAN},
                     .above_validity = {NAN, NAN},
                     .final = {.time = NAN, .cell_voltage = NAN}};
}

SweepRow SweepRowOfClosedForms(PetscInt number, const ClosedForms *closed_forms, PetscMPIInt rank)
{
  const RunResult run = ResultWithout(closed_forms, RUN_DONE);

  return SweepRowOfRun(number, &run, rank);
}

SweepRow SweepRowOfError(PetscInt number, const ClosedForms *closed_forms, const char reason[],
                         PetscMPIInt rank)
{
  RunResult run = ResultWithout(closed_forms, RUN_FAILED);

  (void)PetscStrncpy(run.reason, reason, sizeof(run.reason));
  return SweepRowOfRun(number, &run, rank);
}
