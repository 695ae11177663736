#ifndef SANDGLASS_IO_ELECTROLYTE_READER_H
#define SANDGLASS_IO_ELECTROLYTE_READER_H

#include "io/case_input.h"
#include "solver/case.h"

/* Collective: what a case does not give of its electrolyte is taken from the library it names.
   Comes before any key is read. */
PetscErrorCode ElectrolyteTakeFromLibrary(CaseInput input);

/* What follows from several keys, and what they must agree on.  The keys of the case are read but
   for those of its ions, boundaries and steps. */
PetscErrorCode ElectrolyteComplete(CaseInput input, PetscReal temperature,
                                   Electrolyte *electrolyte);

/* Refuses a validity whose ends are in the wrong order, and a temperature [K] outside of it. */
PetscErrorCode ElectrolyteCheckTemperature(CaseInput input, PetscReal temperature,
                                           const Range *validity);

/* Share of the volume that the ions take at the initial composition. */
PetscReal ElectrolytePacking(const Electrolyte *electrolyte);

#endif
