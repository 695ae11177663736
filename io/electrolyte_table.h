#ifndef SANDGLASS_IO_ELECTROLYTE_TABLE_H
#define SANDGLASS_IO_ELECTROLYTE_TABLE_H

#include "io/electrolyte_library.h"
#include "solver/solution.h"

/* A measured electrolyte in numbers, at the temperature it was read for.  Serial. */

/* Which closure can use it. */
typedef struct {
  const char *missing;            // first property the file does not give, NULL: none; then
  PetscBool poisson;              // in all of 0 <= c
  PetscBool electroneutral;       // in all of 0 <= c
  SolutionViolation violation;    // what the poisson closure, or both, cannot use
  PetscBool held;                 // friction between the ions, at its bound (poisson closure)
  PetscReal held_low, held_high;  // [mol/m^3]
} ElectrolyteVerdict;

PetscErrorCode ElectrolyteJudge(const LibraryElectrolyte *entry, ElectrolyteVerdict *verdict);

/* The properties at a concentration, continued beyond the validity as the solver does, and what
   they make of the frictions in the poisson closure.  NaN: not given, or, of the last three,
   undefined outside of 0 < t_+ < 1, TDF > 0. */
typedef struct {
  PetscReal concentration;               // of the salt [mol/m^3]
  PetscReal diffusivity;                 // of the salt, D [m^2/s]
  PetscReal conductivity;                // kappa [S/m]
  PetscReal transference_number;         // of the cation, t_+ [-]
  PetscReal thermodynamic_factor;        // 1 + dln f/dln c [-]
  PetscReal cation_solvent_diffusivity;  // D_+0 [m^2/s]
  PetscReal anion_solvent_diffusivity;   // D_-0 [m^2/s]
  PetscReal ion_ion_friction;            // Lambda [m s/mol]
  PetscBool outside_validity;
  PetscBool friction_held;  // Lambda is not the one of the properties, but at its bound
} ElectrolyteRow;

/* From c = 0 to the end of the validity (2 mol/L where it has none): round concentrations, and both
   ends. */
#define MAXIMUM_ROWS 16
PetscErrorCode ElectrolyteTabulate(const LibraryElectrolyte *entry, PetscInt *count,
                                   ElectrolyteRow row[MAXIMUM_ROWS]);

#endif
