#ifndef SANDGLASS_IO_XDMF_H
#define SANDGLASS_IO_XDMF_H

#include <petscsys.h>

#include "solver/case.h"

/* FILE.xdmf and FILE-sheet.xdmf for FILE.h5: what ParaView (its readers Xdmf3 S, Xdmf3 T and XDMF)
   opens as a line through time and as one surface over x/L and t/t_s.  They name the HDF5 file
   without its folder; the readers take that from the path they are given, so a script has to say
   `./FILE.xdmf` where it means the current folder. */

#define XDMF_LINE ""
#define XDMF_SHEET "-sheet"

// The name of one of the two files, to be freed with PetscFree.
PetscErrorCode XdmfFileName(const char results_path[], const char part[], char **name);

// Writes both files for fields stored at these times [s]; a surface needs two of them at least.
PetscErrorCode XdmfWrite(const char results_path[], const Electrolyte *electrolyte, PetscInt nodes,
                         PetscInt times, const PetscReal time[]);

// Removes both files, where there are any.
PetscErrorCode XdmfRemove(const char results_path[]);

#endif
