#ifndef SANDGLASS_SOLVER_SALT_H
#define SANDGLASS_SOLVER_SALT_H

#include <petscsys.h>

/* A binary salt and its two ions in the dilute law (model.md 3), for any charges: z_p > 0 of the
   cation, z_m < 0 of the anion.  "Salt" is what an experiment sees, the ambipolar diffusivity D
   [m^2/s] and the cation's transference number t_+ [-]; "ions" are D_p and D_m [m^2/s]. */

void SaltFromIons(PetscInt z_p, PetscInt z_m, PetscReal D_p, PetscReal D_m, PetscReal *D,
                  PetscReal *t);
void IonsFromSalt(PetscInt z_p, PetscInt z_m, PetscReal D, PetscReal t, PetscReal *D_p,
                  PetscReal *D_m);

/* t_- = 1 - t_+ [-], to all its digits where t_+ itself is within rounding of 1. */
PetscReal AnionShareFromIons(PetscInt z_p, PetscInt z_m, PetscReal D_p, PetscReal D_m);

// Ions in a formula unit of the salt, the smallest nu_p, nu_m > 0 with nu_p z_p + nu_m z_m = 0.
void SaltFormula(PetscInt z_p, PetscInt z_m, PetscInt *nu_p, PetscInt *nu_m);

#endif
