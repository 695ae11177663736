#ifndef SANDGLASS_IO_ELECTROLYTES_H
#define SANDGLASS_IO_ELECTROLYTES_H

#include <petscsys.h>
#include <stdio.h>

/* The command `electrolytes`.  Collective; rank 0 prints, one JSON object where `json`. */

/* One entry for each electrolyte of the library. */
PetscErrorCode ElectrolytesReport(MPI_Comm comm, FILE *stream, PetscBool json);

/* One electrolyte and a table of its properties and frictions over the concentration; a temperature
   is a text with its unit, NULL: 25 degC or the end of the validity nearest to it.  An unknown name
   and a temperature that cannot be used are PETSC_ERR_USER_INPUT. */
PetscErrorCode ElectrolyteReport(MPI_Comm comm, FILE *stream, const char name[],
                                 const char temperature[], PetscBool json);

#endif
