#include "solver/driving_flux.h"

/* Nernst-Planck: N_k = f D_k J_k, each ion by itself (Nernst 1889, Planck 1890). */
static inline void StoreIon(const FluxParameters *parameters, PetscInt ions, PetscInt k,
                            const DrivingFlux *driving, PetscBool derivatives, FaceFlux *face)
{
  const PetscReal d = parameters->effective_diffusivity[k];

  face->driving_flux[k] = driving->flux;
  face->flux[k] = d * driving->flux;
  if (!derivatives) return;
  for (PetscInt m = 0; m < ions; m++) face->by_left[k][m] = face->by_right[k][m] = 0;
  face->by_left[k][k] = d * driving->by_log_left;
  face->by_right[k][k] = d * driving->by_log_right;
  face->by_right[k][ions] = d * driving->by_jump * parameters->charge[k];
  face->by_left[k][ions] = -face->by_right[k][ions];
  face->by_left[k][ions + 1] = d * driving->by_jump * parameters->packing_weight[k];
  face->by_right[k][ions + 1] = -face->by_left[k][ions + 1];
}

static inline void EvaluateIons(PetscInt ions, PetscBool electroneutral,
                                const FluxParameters *parameters, const NodeState *left,
                                const NodeState *right, PetscReal spacing, PetscBool derivatives,
                                FaceFlux *face)
{
  const PetscReal per_spacing = 1 / spacing;

  for (PetscInt k = 0; k < ions; k++) {
    const ConcentrationPair c = PairBetween(left, right, k);
    const PetscReal jump = ExcessJump(parameters, left, right, k);
    const DrivingFlux driving = electroneutral ? NeutralDrivingFluxBetween(&c, jump, per_spacing)
                                               : DrivingFluxBetween(&c, jump, per_spacing);

    StoreIon(parameters, ions, k, &driving, derivatives, face);
  }
}

/* Two ions, of which the one in excess gets what keeps the momentum of the face. */
static void EvaluateCharged(const FluxParameters *parameters, const NodeState *left,
                            const NodeState *right, const FaceExtent *extent,
                            const PetscReal scale[], PetscBool derivatives, FaceFlux *face)
{
  const PetscReal per_spacing = 1 / extent->spacing;
  ConcentrationPair c[2];
  DrivingFlux driving[2];
  MomentumShift shift;
  PetscReal jump[2], gradient = 0;

  for (PetscInt k = 0; k < 2; k++) {
    c[k] = PairBetween(left, right, k);
    jump[k] = ExcessJump(parameters, left, right, k);
    driving[k] = DrivingFluxBetween(&c[k], jump[k], per_spacing);
  }
  shift = MomentumShiftBetween(parameters, c, driving, extent, scale);
  const PetscInt e = shift.ion, other = 1 - e;
  if (e >= 0) gradient = AddMomentumShift(&shift, &c[e], jump[e], per_spacing, &driving[e]);
  for (PetscInt k = 0; k < 2; k++) StoreIon(parameters, 2, k, &driving[k], derivatives, face);
  if (e < 0 || !derivatives) return;
  const PetscReal by_shift = -parameters->effective_diffusivity[e] * gradient;
  face->by_left[e][other] = by_shift * shift.by_left[other];
  face->by_right[e][other] = by_shift * shift.by_right[other];
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
  } else if (scale || FaceIsCharged(parameters, left, right, extent)) {
    EvaluateCharged(parameters, left, right, extent, scale, derivatives, face);
  } else {
    EvaluateIons(2, PETSC_FALSE, parameters, left, right, extent->spacing, derivatives, face);
  }
}

const FluxLaw flux_law_dilute = {
    .name = "dilute", .needs_solution = PETSC_FALSE, .evaluate = Evaluate};
