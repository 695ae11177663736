#include "solver/driving_flux.h"

/* Nernst-Planck: N_k = f D_k J_k, each ion by itself (Nernst 1889, Planck 1890). */
static inline void EvaluateIons(PetscInt ions, PetscBool electroneutral,
                                const FluxParameters *parameters, const NodeState *left,
                                const NodeState *right, PetscReal spacing, PetscBool derivatives,
                                FaceFlux *face)
{
  const PetscReal per_spacing = 1 / spacing;

  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal d = parameters->effective_diffusivity[k];
    const ConcentrationPair c = PairBetween(left, right, k);
    const PetscReal jump = ExcessJump(parameters, left, right, k);
    const DrivingFlux driving = electroneutral ? NeutralDrivingFluxBetween(&c, jump, per_spacing)
                                               : DrivingFluxBetween(&c, jump, per_spacing);

    face->driving_flux[k] = driving.flux;
    face->flux[k] = d * driving.flux;
    if (!derivatives) continue;
    for (PetscInt m = 0; m < ions; m++) face->by_left[k][m] = face->by_right[k][m] = 0;
    face->by_left[k][k] = d * driving.by_log_left;
    face->by_right[k][k] = d * driving.by_log_right;
    face->by_right[k][ions] = d * driving.by_jump * parameters->charge[k];
    face->by_left[k][ions] = -face->by_right[k][ions];
    face->by_left[k][ions + 1] = d * driving.by_jump * parameters->packing_weight[k];
    face->by_right[k][ions + 1] = -face->by_left[k][ions + 1];
  }
}

/* Nearly all cells have two ions; where the compiler knows, its loops unroll. */
static void Evaluate(const FluxParameters *parameters, const NodeState *left,
                     const NodeState *right, PetscReal spacing,
                     PETSC_UNUSED const PetscReal scale[], PetscBool derivatives, FaceFlux *face)
{
  const PetscInt ions = parameters->number_of_ions;

  if (ions == 2 && !parameters->electroneutral)
    EvaluateIons(2, PETSC_FALSE, parameters, left, right, spacing, derivatives, face);
  else
    EvaluateIons(ions, parameters->electroneutral, parameters, left, right, spacing, derivatives,
                 face);
}

const FluxLaw flux_law_dilute = {
    .name = "dilute", .needs_solution = PETSC_FALSE, .evaluate = Evaluate};
