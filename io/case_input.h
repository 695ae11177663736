#ifndef SANDGLASS_IO_CASE_INPUT_H
#define SANDGLASS_IO_CASE_INPUT_H

#include <petscsys.h>

#include "io/case_keys.h"

/* What a user wrote, a YAML file and --set options, as a flat list of dotted names with their
   texts and where they stand.  That every name is known and a value, a list or a section where it
   has to be is checked; what the texts mean is the business of io/case_reader.c.  The section
   `sweep` is left out: without it the file is one case. */
typedef struct _p_CaseInput *CaseInput;

typedef struct {
  char *name;    // "protocol.0.until.1"
  char *value;   // NULL: a section or a list
  char *place;   // "cell.yaml:7" or "--set KEY=VALUE"
  char *folder;  // of the file, "" or "cells/": what file names in the value start from
} CaseEntry;

// Collective: rank 0 reads the file.  Settings are "KEY=VALUE"; later ones win.
PetscErrorCode CaseInputCreate(MPI_Comm comm, const char path[], PetscInt number_of_settings,
                               const char *const settings[], CaseInput *input);

/* Collective: a file of the library of electrolytes; its names are those of a case, "electrolyte."
   and so on. */
PetscErrorCode CaseInputCreateLibrary(MPI_Comm comm, const char path[], CaseInput *input);

/* Not collective, for errors of one rank alone: `base` and further settings.  `base` can go before
   the result does. */
PetscErrorCode CaseInputExtend(CaseInput base, PetscInt number_of_settings,
                               const char *const settings[], CaseInput *input);

PetscErrorCode CaseInputDestroy(CaseInput *input);

MPI_Comm CaseInputComm(CaseInput input);

// The entry of that name, lent; NULL where the user wrote none.
const CaseEntry *CaseInputFind(CaseInput input, const char name[]);

// The number of elements of a list.
PetscInt CaseInputCount(CaseInput input, const char list[]);

/* Copies the entry of that name with all below it and the sections around it from another input,
   with the places they have there.  Does nothing where the other has none. */
PetscErrorCode CaseInputTake(CaseInput input, CaseInput other, const char name[]);

/* Fails with PETSC_ERR_USER_INPUT and "PLACE: NAME: MESSAGE" on one line; the place is that of the
   name or, where the user did not write it, of the innermost section around it. */
PetscErrorCode CaseInputRefuse(CaseInput input, const char name[], const char message[], ...)
    PETSC_ATTRIBUTE_FORMAT(3, 4);

// The same with another place: a line of a table, for one.
PetscErrorCode CaseInputRefuseAt(CaseInput input, const char place[], const char name[],
                                 const char message[], ...) PETSC_ATTRIBUTE_FORMAT(4, 5);

#endif
