#include "io/error_catch.h"

static PetscErrorCode KeepFirst(MPI_Comm comm, int line, const char *function, const char *file,
                                PetscErrorCode code, PetscErrorType type, const char *message,
                                void *context)
{
  ErrorCatch *const caught = (ErrorCatch *)context;

  (void)comm, (void)line, (void)function, (void)file;
  if (!caught->code) {
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
