#ifndef SANDGLASS_IO_ELECTROLYTE_LIBRARY_H
#define SANDGLASS_IO_ELECTROLYTE_LIBRARY_H

#include <petscsys.h>

#include "solver/case.h"

/* The library of measured electrolytes: one file NAME.yaml each, in the folders of the environment
   variable SANDGLASS_ELECTROLYTES (separated by colons), then in configs/electrolytes beside the
   program, in ../share/sandglass/configs/electrolytes and in ../../configs/electrolytes from the
   program's folder.  Of several files of one name the first wins. */

typedef struct {
  char name[128];                 // as a case writes it, electrolyte.library: NAME
  char path[PETSC_MAX_PATH_LEN];  // of its file
} LibraryFile;

/* Collective: rank 0 looks, all ranks get the same.  Sorted by name; free with PetscFree. */
PetscErrorCode ElectrolyteLibraryList(MPI_Comm comm, PetscInt *count, LibraryFile **files);

/* Collective.  The path is "" where the library has no electrolyte of that name; *unknown (may be
   NULL) then tells what it has, "allowed: A, B (did you mean B?)", and is "" otherwise. */
#define LIBRARY_UNKNOWN_LENGTH 1024
PetscErrorCode ElectrolyteLibraryFind(MPI_Comm comm, const char name[],
                                      char path[PETSC_MAX_PATH_LEN],
                                      char unknown[LIBRARY_UNKNOWN_LENGTH]);

/* A file of the library as read.  Texts are owned, and "" where the file gives none. */
typedef struct {
  char *title, *salt, *solvent, *source, *remarks;
  PetscReal temperature;  // of the properties [K]
  /* Its properties (those that the file does not give have no function), validity and relative
     permittivity, at a concentration of 1 mol/L or the end of the validity nearest to it; the ions
     are not filled in. */
  Electrolyte electrolyte;
} LibraryElectrolyte;

/* Collective.  Fails with PETSC_ERR_USER_INPUT and one line, "electrolyte.library: found 'X',
   allowed: ..." or "FILE:LINE: KEY: ...".  A temperature outside the validity of the measurements
   is refused; PETSC_DEFAULT takes 25 degC or the end of the validity nearest to it. */
PetscErrorCode ElectrolyteLibraryRead(MPI_Comm comm, const char name[], PetscReal temperature,
                                      LibraryElectrolyte *entry);
PetscErrorCode LibraryElectrolyteDestroy(LibraryElectrolyte *entry);

#endif
