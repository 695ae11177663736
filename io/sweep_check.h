#ifndef SANDGLASS_IO_SWEEP_CHECK_H
#define SANDGLASS_IO_SWEEP_CHECK_H

#include <signal.h>

#include "io/case_input.h"
#include "io/sweep_plan.h"
#include "solver/results_record.h"

/* Reads every case of a sweep before any is run, each rank its part of them. */
typedef struct {
  PetscInt first, count;  // the cases of this rank
  PetscInt nodes;         // of the largest mesh
  float *cost;            // [cases], of any case against any other
  ClosedForms *forms;     // [count], where asked for; else NULL
  PetscBool stopped;      // by a signal: the rest is not set
} SweepCheck;

/* Collective.  The first case that is refused is told with its number,
     PETSC_ERR_USER_INPUT  cell.yaml: case 731: --set separator.thickness=-1 um: ...
   *signal becomes non-zero on a rank that is to stop. */
PetscErrorCode SweepCheckCases(MPI_Comm comm, const char path[], SweepPlan plan, CaseInput base,
                               PetscBool with_forms, const volatile sig_atomic_t *signal,
                               SweepCheck *check);
PetscErrorCode SweepCheckDestroy(SweepCheck *check);

#endif
