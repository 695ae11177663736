#ifndef SANDGLASS_IO_CASE_READER_H
#define SANDGLASS_IO_CASE_READER_H

#include "io/case_input.h"
#include "io/case_keys.h"  // CaseKeysPrint
#include "solver/case.h"

/* Reads a case (YAML), changes it by settings ("KEY=VALUE", dotted names), checks it and fills in
   every default; what it does not give of its electrolyte comes from the library it names.
   Collective: rank 0 reads the files, all ranks get the same case or the same error.  The message
   of the first error raised is one line,

     PETSC_ERR_USER_INPUT  cell.yaml:7: onset.distance: found '-1', allowed: > 0
     PETSC_ERR_FILE_OPEN   cell.yaml: cannot be read: No such file or directory

   After an error *case_ is zeroed: nothing to destroy. */
PetscErrorCode CaseRead(MPI_Comm comm, const char path[], PetscInt number_of_settings,
                        const char *const settings[], Case *case_);

/* The same with the file and the first settings read before (CaseInputCreate): many cases of one
   file, for which nothing is read or parsed again.  Not collective. */
PetscErrorCode CaseReadFrom(CaseInput base, PetscInt number_of_settings,
                            const char *const settings[], Case *case_);

/* The case as a case file that gives every key and that CaseRead reads back to the identical Case,
   bit for bit, but for the name of the library: what came from there, or from the file of a table,
   is in it.  The caller frees the text with PetscFree. */
PetscErrorCode CaseToYaml(const Case *case_, char **text);

#endif
