#include "io/error_catch.h"

#include <string.h>

PetscBool ErrorIsNoMemory(PetscErrorCode code, const char function[])
{
  static const char *const allocators[] = {"PetscMallocAlign", "PetscReallocAlign"};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(allocators) && function; i++) {
    if (strcmp(function, allocators[i]) == 0) return PETSC_TRUE;
  }
  return (PetscBool)(code == PETSC_ERR_MEM);
}

static PetscErrorCode KeepFirst(MPI_Comm comm, int line, const char *function, const char *file,
                                PetscErrorCode code, PetscErrorType type, const char *message,
                                void *context)
{
  ErrorCatch *const caught = (ErrorCatch *)context;

  (void)comm, (void)line, (void)file;
  if (!caught->code && type == PETSC_ERROR_INITIAL && ErrorIsNoMemory(code, function)) {
    caught->code = PETSC_ERR_MEM;
    (void)PetscStrncpy(caught->message, "there is not enough memory", sizeof(caught->message));
  } else if (!caught->code) {
    caught->code = code;
    if (type == PETSC_ERROR_INITIAL && message) {
      (void)PetscStrncpy(caught->message, message, sizeof(caught->message));
    }
  }
  return code;
}

PetscErrorCode ErrorCatchBegin(ErrorCatch *caught)
{
  PetscFunctionBeginUser;
  *caught = (ErrorCatch){.code = 0};
  PetscCall(PetscPushErrorHandler(KeepFirst, caught));
  PetscFunctionReturn(0);
}

PetscErrorCode ErrorCatchEnd(void)
{
  PetscFunctionBeginUser;
  PetscCall(PetscPopErrorHandler());
  PetscFunctionReturn(0);
}
