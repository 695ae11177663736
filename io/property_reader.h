#ifndef SANDGLASS_IO_PROPERTY_READER_H
#define SANDGLASS_IO_PROPERTY_READER_H

#include "io/case_input.h"
#include "solver/case.h"

/* The measured properties of an electrolyte, each a constant, a formula or a table, and what of
   their validity follows from them: with its other keys read, flux_law among them (NULL: of no
   case, but of the library), fills in diffusivity, transference_number, conductivity,
   thermodynamic_factor and the upper end of concentration_validity.  Those that are not given get
   neither text nor function, and none of them an initial value but NaN.

   The diffusivity and the transference number are needed from c = 0 to the upper end of the
   validity, the others within it. */
PetscErrorCode MeasuredPropertiesRead(CaseInput input, PetscReal temperature,
                                      Electrolyte *electrolyte);

/* The initial values of those that are given: theirs at a concentration [mol/m^3]. */
void MeasuredPropertiesSetInitial(PetscReal concentration, Electrolyte *electrolyte);

#endif
