#ifndef SANDGLASS_IO_SWEEP_PROGRESS_H
#define SANDGLASS_IO_SWEEP_PROGRESS_H

#include <petscsys.h>
#include <stdio.h>

/* How far a sweep has come, in one line: on a terminal drawn anew five times a second at most, in a
   log one a minute; nothing when quiet.  Between two of these a call costs one reading of the
   clock: ask whether one is due before counting. */
typedef struct _p_SweepProgress *SweepProgress;

// total: the cases of the sweep; before: those that were done when it began.
PetscErrorCode SweepProgressCreate(FILE *stream, PetscBool quiet, PetscInt total, PetscInt before,
                                   SweepProgress *progress);
PetscErrorCode SweepProgressIsDue(SweepProgress progress, PetscBool *due);

// done, failed: since it began.
PetscErrorCode SweepProgressShow(SweepProgress progress, PetscInt done, PetscInt failed);

// Clears the line on a terminal.
PetscErrorCode SweepProgressDestroy(SweepProgress *progress);

#endif
