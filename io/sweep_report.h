#ifndef SANDGLASS_IO_SWEEP_REPORT_H
#define SANDGLASS_IO_SWEEP_REPORT_H

#include <stdio.h>

#include "io/sweep_row.h"

/* How a sweep has ended, for people and for scripts.  Serial: rank 0 alone calls these. */
typedef struct {
  PetscInt cases;
  PetscInt count[CASE_STATUSES];  // of the file: those done before are counted, too
  PetscInt now;                   // done by this call of the program
  PetscReal seconds;              // of this call, without the check
  PetscReal idle_share;           // of the rank that had least to do
  PetscInt first_failed;          // number of a case; -1: none of this call
  char reason[SWEEP_REASON_LENGTH];
} SweepOutcome;

PetscErrorCode SweepReportSummary(FILE *stream, const char title[], const SweepOutcome *outcome,
                                  const char path[]);

/* {"status", "cases", "done", "depleted", "failed", "left", "seconds", "cases_per_second",
   "idle_share", "file"}; status: done | failed (every case has) | stopped. */
PetscErrorCode SweepReportJson(FILE *stream, const SweepOutcome *outcome, const char path[]);

#endif
