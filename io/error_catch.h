#ifndef SANDGLASS_IO_ERROR_CATCH_H
#define SANDGLASS_IO_ERROR_CATCH_H

#include <petscsys.h>

/* An error of PETSc that is no end: between Begin and End the first one raised is kept instead of
   printed, for who has called to tell it in other words, or to go on without what has failed. */
typedef struct {
  PetscErrorCode code;  // 0: none was raised
  char message[1536];   // PETSc cuts at 2048
} ErrorCatch;

PetscErrorCode ErrorCatchBegin(ErrorCatch *caught);
PetscErrorCode ErrorCatchEnd(void);

#endif
