#include "io/program_end.h"

#include <stdio.h>
#include <unistd.h>

#include "io/error_catch.h"
#include "io/file_lock.h"
#include "io/standard_streams.h"

static PetscBool no_memory;  // this is what the error is, whatever its code says
static PetscBool traceback;  // asked for

/* Exit status that an error's code asks for; -1: it is a mistake of the program's own. */
static int ExitStatusOf(PetscErrorCode code)
{
  switch (code) {
    case 0:
      return EXIT_DONE;
    case PETSC_ERR_USER_INPUT:
      return EXIT_BAD_INPUT;
    case PETSC_ERR_NOT_CONVERGED:
    case PETSC_ERR_MEM:
      return EXIT_GAVE_UP;
    case PETSC_ERR_FILE_OPEN:
    case PETSC_ERR_FILE_READ:
    case PETSC_ERR_FILE_WRITE:
      return EXIT_FILE;
    default:
      return -1;
  }
}

// PETSc's own errors come with line breaks.
static void PrintOneLine(const char message[])
{
  for (; *message; message++) fputc((unsigned char)*message < ' ' ? ' ' : *message, stderr);
}

static void PrintError(PetscErrorCode code, const char function[], int line, const char message[])
{
  if (no_memory) {
    fprintf(stderr, "sandglass: there is not enough memory\n");
    return;
  }
  if (ExitStatusOf(code) < 0) {
    fprintf(stderr,
            "sandglass: a mistake of the program, please report it: error %d in %s, line %d: ",
            (int)code, function, line);
  }
  PrintOneLine(message ? message : "no message");
  fputc('\n', stderr);
}

/* Every error ends in one line, told where it arises.  A mistake of the program names its place,
   and after `-- -sandglass_traceback` PETSc tells all it knows. */
static PetscErrorCode ReportError(MPI_Comm comm, int line, const char *function, const char *file,
                                  PetscErrorCode code, PetscErrorType type, const char *message,
                                  void *context)
{
  PetscMPIInt rank = 0;

  if (type == PETSC_ERROR_INITIAL) no_memory = ErrorIsNoMemory(code, function);
  if (traceback && (no_memory || ExitStatusOf(code) < 0)) {
    return PetscTraceBackErrorHandler(comm, line, function, file, code, type, message, context);
  }
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (type != PETSC_ERROR_INITIAL || (rank && !no_memory && ExitStatusOf(code) >= 0)) return code;
  PrintError(code, function, line, message);
  return code;
}

int ExitStatusOfError(PetscErrorCode code)
{
  return no_memory ? EXIT_GAVE_UP : (ExitStatusOf(code) < 0 ? EXIT_MISTAKE : ExitStatusOf(code));
}

PetscErrorCode ErrorsAreLines(void)
{
  PetscFunctionBeginUser;
  PetscCall(PetscOptionsHasName(NULL, NULL, "-sandglass_traceback", &traceback));
  PetscCall(PetscPushErrorHandler(ReportError, NULL));
  PetscFunctionReturn(0);
}

/* An error that only rank 0 has met ends the others, too: they would wait for it for ever. */
PetscErrorCode OnRankZero(PetscErrorCode code)
{
  PetscMPIInt ranks;

  MPI_Comm_size(PETSC_COMM_WORLD, &ranks);
  if (code && ranks > 1) {
    FileLockReleaseAll();
    MPI_Abort(PETSC_COMM_WORLD, ExitStatusOfError(code));
  }
  return code;
}

/* The end after an error.  HDF5, which closes its files at the end of MPI, is not to come to one
   that it could not write: a process by itself ends here.  Several do where the error may have
   struck anywhere, and perhaps one rank alone; else they have all met it. */
void EndAfterError(PetscErrorCode code)
{
  const PetscBool anywhere = (PetscBool)(no_memory || ExitStatusOf(code) < 0);
  const int status = ExitStatusOfError(code);
  PetscMPIInt ranks;

  FileLockReleaseAll();
  MPI_Comm_size(PETSC_COMM_WORLD, &ranks);
  if (ranks > 1 && anywhere) MPI_Abort(PETSC_COMM_WORLD, status);
  if (ranks > 1) return;
  (void)StandardStreamsFlush();
  _exit(status);
}
