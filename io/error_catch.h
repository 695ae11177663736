#ifndef SANDGLASS_IO_ERROR_CATCH_H
#define SANDGLASS_IO_ERROR_CATCH_H

#include <petscsys.h>

/* An error of PETSc that is no end: between Begin and End the first one raised is kept instead of
   printed, for who has called to tell it in other words, or to go on without what has failed. */
typedef struct {
  PetscErrorCode code;  // 0: none was raised
  char message[1536];   // PETSc cuts at 2048
} ErrorCatch;

/* What an error handler is told where memory gives out.  PETSc's own allocator (3.18) mixes up what
   it tells: the code is the line of the call and the message its function. */
PetscBool ErrorIsNoMemory(PetscErrorCode code, const char function[]);

PetscErrorCode ErrorCatchBegin(ErrorCatch *caught);
PetscErrorCode ErrorCatchEnd(void);

#endif
