#include <stdio.h>

#include "io/electrolyte_library.h"
#include "io/electrolytes.h"
#include "tests/fuzz/harness.h"

/* The file of a measured electrolyte, and what `sandglass electrolytes NAME` prints of it. */

static FILE *nowhere;

PetscErrorCode FuzzPrepare(void)
{
  nowhere = fopen("/dev/null", "w");
  return nowhere ? 0 : PETSC_ERR_FILE_OPEN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  LibraryElectrolyte entry;

  FuzzWriteFile("measured.yaml", data, size);
  FuzzBegin();
  if (!FuzzEnd(ElectrolyteLibraryRead(PETSC_COMM_SELF, "measured", PETSC_DEFAULT, &entry))) {
    return 0;
  }
  FuzzMust(LibraryElectrolyteDestroy(&entry));
  FuzzMust(ElectrolyteReport(PETSC_COMM_SELF, nowhere, "measured", NULL, PETSC_FALSE));
  return 0;
}
