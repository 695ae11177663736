#ifndef SANDGLASS_IO_PROGRESS_H
#define SANDGLASS_IO_PROGRESS_H

#include <petscsys.h>
#include <stdio.h>

/* How far a run has come: on a terminal a bar with the time left, ten times a second at most; else
   a line every ten seconds (so that a short run says nothing); nothing when quiet.  Between two of
   these an update costs one reading of the clock. */
typedef struct _p_Progress *Progress;

PetscErrorCode ProgressCreate(FILE *stream, PetscBool quiet, Progress *progress);

/* The share that is done of a piece of work, 0 to 1, or negative where nobody knows (a share that
   falls belongs to the next piece); the simulated time [s]; a word on what goes on ("" or NULL:
   nothing to add). */
PetscErrorCode ProgressUpdate(Progress progress, PetscReal fraction, PetscReal time,
                              const char message[]);

// Clears the bar.
PetscErrorCode ProgressDestroy(Progress *progress);

#endif
