#ifndef SANDGLASS_IO_CASE_READER_H
#define SANDGLASS_IO_CASE_READER_H

#include "io/case_keys.h"  // CaseKeysPrint
#include "solver/case.h"

/* Reads a case (YAML), changes it by settings ("KEY=VALUE", dotted names), checks it and fills in
   every default.  Collective: rank 0 reads the file, all ranks get the same case or the same error,
     PETSC_ERR_USER_INPUT  cell.yaml:7: electrolyte.concentration: found '-1 mol/L', allowed: > 0
   mol/L PETSC_ERR_FILE_OPEN   cell.yaml: cannot be read: No such file or directory as the message
   of the first error raised.  After an error *case_ is zeroed: nothing to destroy. */
PetscErrorCode CaseRead(MPI_Comm comm, const char path[], PetscInt number_of_settings,
                        const char *const settings[], Case *case_);

/* The case as a case file that gives every key and that CaseRead reads back to the identical Case,
   bit for bit.  The caller frees the text with PetscFree. */
PetscErrorCode CaseToYaml(const Case *case_, char **text);

#endif
