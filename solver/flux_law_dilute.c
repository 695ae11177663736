#include "solver/driving_flux.h"

/* From an ion's jump to the potential and log_solvent, which enter by the jump alone. */
static inline void AddJumpDerivatives(const FluxParameters *parameters, PetscInt ions, PetscInt k,
                                      PetscReal by_jump, FaceFlux *face)
{
  const PetscReal by_potential = by_jump * parameters->charge[k];
  const PetscReal by_solvent = by_jump * parameters->packing_weight[k];

  face->by_left[k][ions] -= by_potential;
  face->by_right[k][ions] += by_potential;
  face->by_left[k][ions + 1] += by_solvent;
  face->by_right[k][ions + 1] -= by_solvent;
}

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
    for (PetscInt m = 0; m < ions + 2; m++) face->by_left[k][m] = face->by_right[k][m] = 0;
    face->by_left[k][k] = d * driving.by_log_left;
    face->by_right[k][k] = d * driving.by_log_right;
    AddJumpDerivatives(parameters, ions, k, d * driving.by_jump, face);
  }
}

/* Adds to the flux of the ion in excess what keeps the momentum of the face. */
static void ShiftMomentum(const FluxParameters *parameters, const NodeState *left,
                          const NodeState *right, const FaceExtent *extent, const PetscReal scale[],
                          PetscBool derivatives, FaceFlux *face)
{
  const ConcentrationPair c[2] = {PairBetween(left, right, 0), PairBetween(left, right, 1)};
  const MomentumShift shift = MomentumShiftBetween(parameters, c, extent, scale);
  const PetscInt k = shift.ion, other = 1 - k;
  DrivingFlux added = {.flux = 0};

  if (k < 0) return;
  const PetscReal d = parameters->effective_diffusivity[k];
  const PetscReal jump = ExcessJump(parameters, left, right, k);
  const PetscReal gradient = AddMomentumShift(&shift, &c[k], jump, 1 / extent->spacing, &added);
  face->driving_flux[k] += added.flux;
  face->flux[k] += d * added.flux;
  if (!derivatives) return;
  face->by_left[k][k] += d * added.by_log_left;
  face->by_right[k][k] += d * added.by_log_right;
  face->by_left[k][other] -= d * gradient * shift.by_left[other];
  face->by_right[k][other] -= d * gradient * shift.by_right[other];
  AddJumpDerivatives(parameters, 2, k, d * added.by_jump, face);
}

/* Nearly all cells have two ions; where the compiler knows, its loops unroll. */
static void Evaluate(const FluxParameters *parameters, const NodeState *left,
                     const NodeState *right, const FaceExtent *extent, const PetscReal scale[],
                     PetscBool derivatives, FaceFlux *face)
{
  const PetscInt ions = parameters->number_of_ions;

  if (ions != 2 || parameters->electroneutral) {
    EvaluateIons(ions, parameters->electroneutral, parameters, left, right, extent->spacing,
                 derivatives, face);
    return;
  }
  EvaluateIons(2, PETSC_FALSE, parameters, left, right, extent->spacing, derivatives, face);
  if (scale || FaceIsCharged(parameters, left, right, extent)) {
    ShiftMomentum(parameters, left, right, extent, scale, derivatives, face);
  }
}

const FluxLaw flux_law_dilute = {
    .name = "dilute", .needs_solution = PETSC_FALSE, .evaluate = Evaluate};
