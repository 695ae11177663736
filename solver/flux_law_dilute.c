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

/* The shift of one ion answers to the concentrations of all. */
static inline void StoreShift(const FluxParameters *parameters, PetscInt ions,
                              const MomentumShift *shift, PetscReal gradient, FaceFlux *face)
{
  const PetscInt e = shift->ion;
  const PetscReal by_shift = -parameters->effective_diffusivity[e] * gradient;

  for (PetscInt m = 0; m < ions; m++) {
    if (m == e) continue;
    face->by_left[e][m] = by_shift * shift->by_left[m];
    face->by_right[e][m] = by_shift * shift->by_right[m];
  }
}

/* The ions of the sign in excess get what keeps the momentum of the face. */
static inline void EvaluateCharged(PetscInt ions, const FluxParameters *parameters,
                                   const NodeState *left, const NodeState *right,
                                   const FaceExtent *extent, const PetscReal scale[],
                                   PetscBool derivatives, FaceFlux *face)
{
  const PetscReal per_spacing = 1 / extent->spacing;
  ConcentrationPair c[MAXIMUM_IONS];
  DrivingFlux driving[MAXIMUM_IONS];
  MomentumShift shift[MAXIMUM_IONS];
  PetscReal jump[MAXIMUM_IONS], gradient[MAXIMUM_IONS];
  PetscInt shifted, k = 0;

  do {  // for one ion at the least, as the compiler is to know
    c[k] = PairBetween(left, right, k);
    jump[k] = ExcessJump(parameters, left, right, k);
    driving[k] = DrivingFluxBetween(&c[k], jump[k], per_spacing);
  } while (++k < ions);
  shifted = MomentumShiftsBetween(parameters, c, driving, extent, scale, shift);
  for (PetscInt s = 0; s < shifted; s++) {
    const PetscInt e = shift[s].ion;
    gradient[s] = AddMomentumShift(&shift[s], &c[e], jump[e], per_spacing, &driving[e]);
  }
  for (k = 0; k < ions; k++) StoreIon(parameters, ions, k, &driving[k], derivatives, face);
  for (PetscInt s = 0; s < shifted && derivatives; s++) {
    StoreShift(parameters, ions, &shift[s], gradient[s], face);
  }
}

FOR_ANY_IONS void EvaluateResolved(PetscInt ions, const FluxParameters *parameters,
                                   const NodeState *left, const NodeState *right,
                                   const FaceExtent *extent, const PetscReal scale[],
                                   PetscBool derivatives, FaceFlux *face)
{
  if (scale || FaceIsCharged(parameters, ions, left, right, extent)) {
    EvaluateCharged(ions, parameters, left, right, extent, scale, derivatives, face);
  } else {
    EvaluateIons(ions, PETSC_FALSE, parameters, left, right, extent->spacing, derivatives, face);
  }
}

/* Apart from the law of two ions, which then has the registers to itself. */
static __attribute__((noinline)) void EvaluateAny(const FluxParameters *parameters,
                                                  const NodeState *left, const NodeState *right,
                                                  const FaceExtent *extent, const PetscReal scale[],
                                                  PetscBool derivatives, FaceFlux *face)
{
  const PetscInt ions = parameters->number_of_ions;

  if (parameters->electroneutral) {
    EvaluateIons(ions, PETSC_TRUE, parameters, left, right, extent->spacing, derivatives, face);
  } else {
    EvaluateResolved(ions, parameters, left, right, extent, scale, derivatives, face);
  }
}

static void Evaluate(const FluxParameters *parameters, const NodeState *left,
                     const NodeState *right, const FaceExtent *extent, const PetscReal scale[],
                     PetscBool derivatives, FaceFlux *face)
{
  if (parameters->number_of_ions == 2 && !parameters->electroneutral) {
    EvaluateResolved(2, parameters, left, right, extent, scale, derivatives, face);
  } else {
    EvaluateAny(parameters, left, right, extent, scale, derivatives, face);
  }
}

const FluxLaw flux_law_dilute = {
    .name = "dilute", .needs_solution = PETSC_FALSE, .evaluate = Evaluate};
