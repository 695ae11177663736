#ifndef SANDGLASS_SOLVER_FLUX_LAW_H
#define SANDGLASS_SOLVER_FLUX_LAW_H

#include <petscsys.h>

#include "solver/case.h"
#include "solver/solution.h"

/* Composition and potential at a node.  The deviation from the initial concentration stands beside
   the concentration because it keeps its digits where the two are close. */
typedef struct {
  PetscReal concentration[MAXIMUM_IONS];   // c_k [mol/m^3]
  PetscReal deviation[MAXIMUM_IONS];       // c_k - c_k,0 [mol/m^3]
  PetscReal log_ratio[MAXIMUM_IONS];       // ln(c_k/c_k,0), also where a double cannot hold c_k
  PropertyValue log_activity_coefficient;  // ln gamma of the salt, by its concentration; 0: ideal
  PetscReal log_solvent;     // ln(1 - sum_j N_A v_j c_j), the share of volume the ions leave; 0:
                             // they are points
  PetscReal potential;       // phi F/(R T) against the anode's metal [-]
  PetscReal potential_jump;  // phi F/(R T) less that of the node to the left, to all its digits [-]
} NodeState;

/* Constants of a flux law.  The excess chemical potential of ion k is
   ln gamma - packing_weight[k] log_solvent in units of R T (model.md 3). */
typedef struct {
  PetscInt number_of_ions;
  PetscReal charge[MAXIMUM_IONS];                 // z_k [-]
  PetscReal effective_diffusivity[MAXIMUM_IONS];  // f D_k, at c_0 [m^2/s]
  PetscReal packing_weight[MAXIMUM_IONS];         // v_k/v_0 [-], 0 of a point
  PetscBool electroneutral;                       // which of the two driving fluxes below
  Solution solution;                              // of the concentrated law; lent
  PetscReal transport_factor;                     // f of the pores [-]
} FluxParameters;

/* What lies between two nodes. */
typedef struct {
  PetscReal spacing;      // from node to node [m]
  PetscReal left, right;  // half of either node's finite volume, all of it on an electrode [m]
} FaceExtent;

#define FLUX_COLUMNS (MAXIMUM_IONS + 2)

/* Fluxes through a face and their derivatives with respect to the nodes on its two sides: to
   ln c_m in column m < number_of_ions, to phi F/(R T) in column number_of_ions, to log_solvent in
   the next.  The potential enters as the right node's potential_jump alone. */
typedef struct {
  PetscReal flux[MAXIMUM_IONS];                    // N_k, > 0 to the right [mol/(m^2 s)]
  PetscReal driving_flux[MAXIMUM_IONS];            // J_k, at unit diffusivity [mol/m^4]
  PetscReal by_left[MAXIMUM_IONS][FLUX_COLUMNS];   // of N_k [mol/(m^2 s)]
  PetscReal by_right[MAXIMUM_IONS][FLUX_COLUMNS];  // [mol/(m^2 s)]
} FaceFlux;

typedef struct {
  const char *name;          // as a case writes it, flux_law: dilute
  PetscBool needs_solution;  // takes the frictions of a Solution
  /* `face` gets the fluxes, and where `derivatives` is true the derivatives.  Where the double
     range does not hold concentrations the nodes have them over scale[k]; the fluxes, linear in
     their own ion's concentrations, then are over scale[k], too.  NULL: all are 1. */
  void (*evaluate)(const FluxParameters *parameters, const NodeState *left, const NodeState *right,
                   const FaceExtent *extent, const PetscReal scale[], PetscBool derivatives,
                   FaceFlux *face);
} FluxLaw;

extern const FluxLaw flux_law_dilute, flux_law_concentrated;

/* PETSC_ERR_USER_INPUT where no law has that name. */
PetscErrorCode FluxLawFind(MPI_Comm comm, const char name[], const FluxLaw **law);

/* c_k(left) - c_k(right) by whichever of the two ways keeps more digits [mol/m^3]. */
static inline PetscReal ConcentrationDrop(const NodeState *left, const NodeState *right, PetscInt k)
{
  const PetscBool near_initial =
      (PetscBool)(PetscAbsReal(left->deviation[k]) < left->concentration[k] &&
                  PetscAbsReal(right->deviation[k]) < right->concentration[k]);

  return near_initial ? left->deviation[k] - right->deviation[k]
                      : left->concentration[k] - right->concentration[k];
}

/* Jump of the excess electrochemical potential of ion k from left to right [R T]. */
static inline PetscReal ExcessJump(const FluxParameters *parameters, const NodeState *left,
                                   const NodeState *right, PetscInt k)
{
  return parameters->charge[k] * right->potential_jump +
         (right->log_activity_coefficient.value - left->log_activity_coefficient.value) -
         parameters->packing_weight[k] * (right->log_solvent - left->log_solvent);
}

#endif
