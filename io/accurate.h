#ifndef SANDGLASS_IO_ACCURATE_H
#define SANDGLASS_IO_ACCURATE_H

#include "solver/case.h"

/* What `run --accurate` makes of a case: ten times the nodes (a first spacing that is given divided
   by as much) and a fiftieth of the tolerance, which take event times from the default's 1e-3 of
   themselves to 1e-5.  A key that this would take out of its range is refused
   (PETSC_ERR_USER_INPUT, the message begins with `path`), and the case stays as it was. */
PetscErrorCode CaseMakeAccurate(MPI_Comm comm, const char path[], Case *case_);

#endif
