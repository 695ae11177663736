#include "tests/fuzz/harness.h"

#include <sanitizer/lsan_interface.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/error_catch.h"
#include "tests/scratch_folder.h"

static ErrorCatch caught;

void FuzzFail(const char what[])
{
  fprintf(stderr, "%s\nfirst error: %d: %s\n", what, (int)caught.code, caught.message);
  abort();
}

// ---- Memory of PETSc ----

static struct {
  PetscBool counted;
  void **block;  // given out since FuzzCountMemory
  size_t count, capacity;
} given;

static PetscErrorCode Note(void *block)
{
  if (!given.counted) return 0;
  if (given.count == given.capacity) {
    given.capacity = 2 * given.capacity + 1024;
    given.block = realloc(given.block, given.capacity * sizeof(*given.block));
    if (!given.block) return PETSC_ERR_MEM;
  }
  given.block[given.count++] = block;
  return 0;
}

static void Unnote(const void *block)
{
  for (size_t i = given.count; i-- > 0;) {
    if (given.block[i] != block) continue;
    given.block[i] = given.block[--given.count];
    return;
  }
}

static PetscErrorCode Allocate(size_t size, PetscBool clear, int line, const char function[],
                               const char file[], void **block)
{
  (void)line, (void)function, (void)file;
  *block = size == 0 ? NULL : clear ? calloc(1, size) : malloc(size);
  if (size == 0) return 0;
  return *block ? Note(*block) : PETSC_ERR_MEM;
}

static PetscErrorCode Free(void *block, int line, const char function[], const char file[])
{
  (void)line, (void)function, (void)file;
  if (block) Unnote(block);
  free(block);
  return 0;
}

static PetscErrorCode Reallocate(size_t size, int line, const char function[], const char file[],
                                 void **block)
{
  (void)line, (void)function, (void)file;
  if (*block) Unnote(*block);
  *block = realloc(*block, size);
  return *block ? Note(*block) : PETSC_ERR_MEM;
}

void FuzzCountMemory(void)
{
  given.count = 0;
  given.counted = PETSC_TRUE;
}

void FuzzForgetMemory(void)
{
  while (given.count > 0) free(given.block[--given.count]);
}

void FuzzCheckMemory(void)
{
  if (given.count > 0) FuzzFail("memory of PETSc was not given back");
}

// ---- Calls of a reader ----

void FuzzBegin(void)
{
  if (ErrorCatchBegin(&caught)) FuzzFail("no error handler");
}

// What the program tells in a sentence, with an exit status of its own (io/sandglass.c).
static PetscBool IsRefusal(PetscErrorCode code)
{
  return (PetscBool)(code == PETSC_ERR_USER_INPUT || code == PETSC_ERR_FILE_OPEN ||
                     code == PETSC_ERR_FILE_READ || code == PETSC_ERR_FILE_WRITE);
}

PetscBool FuzzEnd(PetscErrorCode code)
{
  if (ErrorCatchEnd()) FuzzFail("no error handler");
  if (!code && caught.code) FuzzFail("an error was raised and forgotten");
  if (!code) return PETSC_TRUE;
  if (!IsRefusal(code)) FuzzFail("neither read nor refused");
  if (!caught.message[0]) FuzzFail("refused without a word");
  return PETSC_FALSE;
}

// ---- Inputs ----

void FuzzWriteFile(const char path[], const void *bytes, size_t size)
{
  FILE *const file = fopen(path, "wb");

  if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) FuzzFail("cannot be written");
}

// ---- Start and end ----

static void CleanUp(void)
{
  (void)RemoveScratchFolder(NULL);
  (void)PetscFinalize();
}

// As the program starts without mpirun; libraries of electrolytes are the harness's own.
static void SetUpSingleProcess(void)
{
  setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
  setenv("OMPI_MCA_btl", "self,vader", 0);
  setenv("OMPI_MCA_pml", "ob1", 0);
  setenv("OMPI_MCA_coll", "self,basic,libnbc", 0);
  setenv("HWLOC_COMPONENTS", "-pci,-linuxio,-gl,-opencl,-cuda,-nvml,-rsmi,-levelzero", 0);
  setenv("SANDGLASS_ELECTROLYTES", ".", 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  static const int of_mpi[] = {SIGABRT, SIGBUS, SIGFPE, SIGSEGV};  // libFuzzer wants them

  (void)argc, (void)argv;
  SetUpSingleProcess();
  // What MPI and hwloc take at their start they keep, or lose, until the end of the process, and
  // what is prepared is kept as long.
  __lsan_disable();
  if (PetscMallocSet(Allocate, Free, Reallocate) || PetscInitializeNoArguments()) abort();
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(of_mpi); i++) signal(of_mpi[i], SIG_DFL);
  (void)PetscPopSignalHandler();
  if (EnterScratchFolder(NULL)) FuzzFail("no scratch folder");
  atexit(CleanUp);
  if (FuzzPrepare()) FuzzFail("FuzzPrepare has failed");
  __lsan_enable();
  return 0;
}
