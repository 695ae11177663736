#ifndef SANDGLASS_IO_SWEEP_ROW_H
#define SANDGLASS_IO_SWEEP_ROW_H

#include "io/results_impl.h"

/* What a sweep's file keeps of a case: numbers, and a few words where it failed.  All numbers stand
   in one row of one data set, so that a case is written by one write. */

#define SWEEP_REASON_LENGTH 96

/* status: what became of a case, as a number; 0 is what an untouched row says. */
typedef enum { CASE_TO_DO, CASE_DONE, CASE_DEPLETED, CASE_FAILED, CASE_STATUSES } CaseStatus;
extern const char *const case_status_names[CASE_STATUSES];  // "to_do", "done", ...

enum {
  COLUMN_STATUS,
  COLUMN_SAND,  // the attributes of /sand, in their order
  COLUMN_STEPS = COLUMN_SAND + SAND_ATTRIBUTES,
  COLUMN_REJECTED_STEPS,
  COLUMN_NEWTON_ITERATIONS,
  COLUMN_END_TIME,
  COLUMN_END_VOLTAGE,
  COLUMN_BELOW_VALIDITY_TIME,
  COLUMN_ABOVE_VALIDITY_TIME,
  COLUMN_SECONDS,
  COLUMN_RANK,
  COLUMN_CHECKSUM,
  SWEEP_COLUMNS
};

typedef struct {
  PetscReal value[SWEEP_COLUMNS];
  char reason[SWEEP_REASON_LENGTH];  // ends in a zero; empty unless failed
} SweepRow;

typedef struct {
  DataSetLabel label;  // of the column as a data set, "/depletion_time"
  PetscBool whole;     // its numbers are whole
} SweepColumn;

// The label's texts are lent until the next call.
SweepColumn SweepColumnGet(PetscInt column);

/* The row of case `number`; a run that was stopped is none. */
SweepRow SweepRowOfRun(PetscInt number, const RunResult *run, PetscMPIInt rank);

// A case of which only the closed forms are known, and one that ended in an error of the program.
SweepRow SweepRowOfClosedForms(PetscInt number, const ClosedForms *closed_forms, PetscMPIInt rank);
SweepRow SweepRowOfError(PetscInt number, const ClosedForms *closed_forms, const char reason[],
                         PetscMPIInt rank);

// What an untouched row holds.
SweepRow SweepRowEmpty(void);

/* Whether the values are those of a finished case: a row that was written only in part has not the
   checksum of its numbers. */
PetscBool SweepRowIsWhole(PetscInt number, const PetscReal value[SWEEP_COLUMNS]);

// ... and one that nothing was written to.
PetscBool SweepRowIsEmpty(const PetscReal value[SWEEP_COLUMNS]);

#endif
