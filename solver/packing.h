#ifndef SANDGLASS_SOLVER_PACKING_H
#define SANDGLASS_SOLVER_PACKING_H

#include "solver/case.h"

/* Ions that take space (model.md 3; Bikerman 1942, Kilic, Bazant and Ajdari 2007): the chemical
   potential of ion k gains -R T (v_k/v_0) ln S, where S = 1 - sum_j N_A v_j c_j is the share of the
   volume the ions leave, v_k = a_k^3 and v_0 the largest of them.

   S is what is left of 1 where ions are packed, 1e-17 at a volt; so it is never made by that
   difference, but from the ions' reduced concentrations b_k = c_k/S^(v_k/v_0), which have no upper
   bound:  S + sum_k N_A v_k b_k S^(v_k/v_0) = 1. */
typedef struct {
  PetscInt number_of_ions;
  PetscBool points;                // all of them: nothing packs, S = 1
  PetscReal volume[MAXIMUM_IONS];  // N_A v_k [m^3/mol]
  PetscReal weight[MAXIMUM_IONS];  // v_k/v_0 [-]
  PetscReal largest_volume;        // N_A v_0 [m^3/mol]
} Packing;

Packing PackingOf(const Electrolyte *electrolyte);

/* ln S from the concentrations themselves [mol/m^3]; for solutions far from packed. */
PetscReal PackingLogSolvent(const Packing *packing, const PetscReal concentration[]);

/* ln S from the reduced concentrations [mol/m^3]. */
PetscReal PackingSolve(const Packing *packing, const PetscReal reduced[]);

/* dln S/dln b_j from the concentrations and S. */
void PackingDerivatives(const Packing *packing, const PetscReal concentration[],
                        PetscReal log_solvent, PetscReal by_log_reduced[]);

/* What packing adds to the osmotic pressure, over R T: (-ln S - (1 - S))/(N_A v_0) [mol/m^3]. */
PetscReal PackingOsmoticConcentration(const Packing *packing, PetscReal log_solvent);

#endif
