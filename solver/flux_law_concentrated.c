#include <math.h>

#include "solver/flux_law.h"

/* Stefan-Maxwell fluxes of a 1:1 salt in the frame of the solvent (model.md 3; Newman and
   Thomas-Alyea 2004): with the driving fluxes J of Nernst and Planck in the full electrochemical
   potential, the frictions a_k = 1/D_k0 with the solvent and Lambda between the ions,
     a_+ N_+ + Lambda (c_- N_+ - c_+ N_-) = f J_+,   and the same with + and - exchanged. */

/* One ion on a face: its driving flux, and the true mean concentration, which differs from the
   scaled one by `scale`. */
typedef struct {
  DrivingFlux driving;
  PetscReal scale, mean;
} FaceIon;

/* How the flux of one ion answers to what both ions show at the face. */
typedef struct {
  PetscReal by_own_flux, by_other_flux;  // with respect to the driving fluxes [m^2/s]
  PetscReal by_own_mean, by_other_mean;  // with respect to the means [m/s]
} Response;

typedef struct {
  PropertyValue own_friction, other_friction, ion_friction;  // by the salt's concentration
  PetscReal determinant, determinant_by_concentration;
} FaceFrictions;

static FaceFrictions FrictionsOf(const Frictions *frictions, PetscInt own, const FaceIon ion[2])
{
  const PropertyValue a[] = {frictions->cation_solvent, frictions->anion_solvent};
  const PropertyValue p = a[own], q = a[1 - own], l = frictions->ion_ion;
  const PetscReal weighted = p.value * ion[own].mean + q.value * ion[1 - own].mean;

  return (FaceFrictions){
      .own_friction = p,
      .other_friction = q,
      .ion_friction = l,
      .determinant = p.value * q.value + l.value * weighted,
      .determinant_by_concentration =
          p.derivative * q.value + p.value * q.derivative + l.derivative * weighted +
          l.value * (p.derivative * ion[own].mean + q.derivative * ion[1 - own].mean)};
}

/* N = f [(a_other + Lambda c_own) J_own + Lambda c_own J_other]/det, over the own ion's scale. */
static PetscReal FluxOf(const FaceFrictions *frictions, PetscReal factor, const FaceIon *own,
                        const FaceIon *other)
{
  const PetscReal l = frictions->ion_friction.value;

  return factor *
         ((frictions->other_friction.value + l * own->mean) * own->driving.flux +
          l * own->driving.mean * other->scale * other->driving.flux) /
         frictions->determinant;
}

static Response ResponseOf(const FaceFrictions *frictions, PetscReal factor, PetscReal flux,
                           const FaceIon *own, const FaceIon *other)
{
  const PropertyValue p = frictions->own_friction, q = frictions->other_friction;
  const PropertyValue l = frictions->ion_friction;
  const PetscReal det = frictions->determinant;
  const PetscReal other_flux = other->scale * other->driving.flux;
  const PetscReal drag = own->scale * own->driving.flux + other_flux;
  // Along the salt's concentration, which is half the sum of the true means.
  const PetscReal by_concentration =
      (factor * ((q.derivative + l.derivative * own->mean) * own->driving.flux +
                 l.derivative * own->driving.mean * other_flux) -
       flux * frictions->determinant_by_concentration) /
      det;

  return (Response){
      .by_own_flux = factor * (q.value + l.value * own->mean) / det,
      .by_other_flux = factor * l.value * own->driving.mean * other->scale / det,
      .by_own_mean = (factor * l.value * drag - flux * l.value * p.value * own->scale) / det +
                     0.5 * own->scale * by_concentration,
      .by_other_mean = (-flux * l.value * q.value / det + 0.5 * by_concentration) * other->scale,
  };
}

/* Adds what the flux of ion `row` owes to ion k, whose driving flux and mean it answers to by the
   two factors; returns its derivative with respect to k's excess jump. */
static PetscReal AddIonDerivatives(const NodeState *left, const NodeState *right,
                                   const FaceIon *ion, PetscInt k, PetscReal by_flux,
                                   PetscReal by_mean, PetscReal by_left[], PetscReal by_right[])
{
  const DrivingFlux *d = &ion->driving;

  by_left[k] += (by_flux * d->by_left + by_mean * d->mean_by_left) * left->concentration[k];
  by_right[k] += (by_flux * d->by_right + by_mean * d->mean_by_right) * right->concentration[k];
  return by_flux * d->by_jump + by_mean * d->mean_by_jump;
}

/* Adds the derivatives through the jumps of the excess electrochemical potential. */
static void AddJumpDerivatives(const FluxParameters *parameters, const NodeState *left,
                               const NodeState *right, const PetscReal scale[],
                               const PetscReal by_jump[2], PetscReal by_left[],
                               PetscReal by_right[])
{
  const PetscReal by_activity = by_jump[0] + by_jump[1];

  by_left[2] = by_right[2] = by_left[3] = by_right[3] = 0;
  for (PetscInt k = 0; k < 2; k++) {
    const PetscReal half = 0.5 * (scale ? scale[k] : 1);
    by_right[2] += parameters->charge[k] * by_jump[k];
    by_right[3] -= parameters->packing_weight[k] * by_jump[k];
    by_left[k] -=
        by_activity * left->log_activity_coefficient.derivative * half * left->concentration[k];
    by_right[k] +=
        by_activity * right->log_activity_coefficient.derivative * half * right->concentration[k];
  }
  by_left[2] = -by_right[2];
  by_left[3] = -by_right[3];
}

static void AddDerivatives(const FluxParameters *parameters, const NodeState *left,
                           const NodeState *right, const PetscReal scale[], const FaceIon ion[2],
                           const FaceFrictions *frictions, PetscInt own, FaceFlux *face)
{
  const PetscInt other = 1 - own;
  const Response response =
      ResponseOf(frictions, parameters->transport_factor, face->flux[own], &ion[own], &ion[other]);
  PetscReal *by_left = face->by_left[own], *by_right = face->by_right[own], by_jump[2];

  by_left[0] = by_left[1] = by_right[0] = by_right[1] = 0;
  by_jump[own] = AddIonDerivatives(left, right, &ion[own], own, response.by_own_flux,
                                   response.by_own_mean, by_left, by_right);
  by_jump[other] = AddIonDerivatives(left, right, &ion[other], other, response.by_other_flux,
                                     response.by_other_mean, by_left, by_right);
  AddJumpDerivatives(parameters, left, right, scale, by_jump, by_left, by_right);
}

/* Where the double layer is resolved.  The drag of one ion on the other acts on the concentration
   that drifts in the exponential fit: so it can slow or hasten a drift, but not turn it against a
   field that holds the ion back, and a concentration stays positive on any mesh. */
static void EvaluateResolved(const FluxParameters *parameters, const NodeState *left,
                             const NodeState *right, PetscReal spacing, const PetscReal scale[],
                             PetscBool derivatives, FaceFlux *face)
{
  Frictions frictions;
  FaceIon ion[2];

  for (PetscInt k = 0; k < 2; k++) {
    ion[k].driving = DrivingFluxBetween(left->concentration[k], right->concentration[k],
                                        ConcentrationDrop(left, right, k),
                                        ExcessJump(parameters, left, right, k), spacing);
    ion[k].scale = scale ? scale[k] : 1;
    ion[k].mean = ion[k].scale * ion[k].driving.mean;
    face->driving_flux[k] = ion[k].driving.flux;
  }
  frictions = SolutionFrictions(parameters->solution, 0.5 * (ion[0].mean + ion[1].mean));
  for (PetscInt k = 0; k < 2; k++) {
    const FaceFrictions at_face = FrictionsOf(&frictions, k, ion);
    face->flux[k] = FluxOf(&at_face, parameters->transport_factor, &ion[k], &ion[1 - k]);
    if (derivatives) AddDerivatives(parameters, left, right, scale, ion, &at_face, k, face);
  }
}

/* A quantity on a face and its derivatives: to ln c of the left and the right node, to the jumps of
   the potential, of ln gamma and of log_solvent. */
typedef struct {
  PetscReal value, by_left, by_right, by_potential, by_activity, by_solvent;
} FaceValue;

static FaceValue Combine(PetscReal a, FaceValue x, PetscReal b, FaceValue y)
{
  return (FaceValue){.value = a * x.value + b * y.value,
                     .by_left = a * x.by_left + b * y.by_left,
                     .by_right = a * x.by_right + b * y.by_right,
                     .by_potential = a * x.by_potential + b * y.by_potential,
                     .by_activity = a * x.by_activity + b * y.by_activity,
                     .by_solvent = a * x.by_solvent + b * y.by_solvent};
}

static FaceValue Times(FaceValue x, FaceValue y)
{
  FaceValue product = Combine(y.value, x, x.value, y);

  product.value = x.value * y.value;
  return product;
}

/* A property at the middle of the two concentrations. */
static FaceValue AtFace(PropertyValue property, const NodeState *left, const NodeState *right)
{
  return (FaceValue){.value = property.value,
                     .by_left = 0.5 * property.derivative * left->concentration[0],
                     .by_right = 0.5 * property.derivative * right->concentration[0]};
}

static void StoreFaceValue(const NodeState *left, const NodeState *right, const FaceValue *value,
                           PetscReal by_left[], PetscReal by_right[])
{
  by_left[0] = value->by_left - value->by_activity * left->log_activity_coefficient.derivative *
                                    left->concentration[0];
  by_right[0] = value->by_right + value->by_activity * right->log_activity_coefficient.derivative *
                                      right->concentration[0];
  by_left[1] = by_right[1] = 0;
  by_right[2] = value->by_potential;
  by_right[3] = value->by_solvent;
  by_left[2] = -by_right[2];
  by_left[3] = -by_right[3];
}

typedef struct {
  FaceValue mean;       // c, logarithmic [mol/m^3]
  FaceValue drop;       // of c from left to right [mol/m^3]
  FaceValue migration;  // c times the jump of the potential [mol/m^3]
  FaceValue packing;    // c times the jump of what packing adds to the chemical potential [mol/m^3]
  FaceValue chemical;   // c times the jump of the whole chemical potential [mol/m^3]
} NeutralJumps;

static NeutralJumps NeutralJumpsBetween(const FluxParameters *parameters, const NodeState *left,
                                        const NodeState *right)
{
  const PetscReal c_left = left->concentration[0], c_right = right->concentration[0];
  const PetscReal drop = ConcentrationDrop(left, right, 0);
  const PetscReal weight = parameters->packing_weight[0];
  const DrivingFlux d = NeutralDrivingFluxBetween(c_left, c_right, drop, 0, 1);
  const FaceValue potential = {.value = right->potential_jump, .by_potential = 1};
  const FaceValue solvent = {.value = -weight * (right->log_solvent - left->log_solvent),
                             .by_solvent = -weight};
  const FaceValue activity = {
      .value = right->log_activity_coefficient.value - left->log_activity_coefficient.value,
      .by_activity = 1};
  NeutralJumps jumps = {.mean = {.value = d.mean,
                                 .by_left = d.mean_by_left * c_left,
                                 .by_right = d.mean_by_right * c_right},
                        .drop = {.value = drop, .by_left = c_left, .by_right = -c_right}};

  jumps.migration = Times(jumps.mean, potential);
  jumps.packing = Times(jumps.mean, solvent);
  jumps.chemical = Combine(1, jumps.packing, 1, Times(jumps.mean, activity));
  jumps.chemical = Combine(1, jumps.chemical, -1, jumps.drop);
  return jumps;
}

/* In the electroneutral closure c_+ = c_- = c, and the law is Newman's, which needs D and kappa
   alone to be positive:
     i/F = -f (kappa R T/(F^2 c)) c [grad phi + (2 t_+ - 1) grad ln(gamma c)],
     N_+ = t_+ i/F - f D grad c,   N_- = N_+ - i/F. */
static void EvaluateNeutral(const FluxParameters *parameters, const NodeState *left,
                            const NodeState *right, PetscReal spacing, PetscBool derivatives,
                            FaceFlux *face)
{
  const PetscReal c = 0.5 * (left->concentration[0] + right->concentration[0]);
  const PetscReal per_length = parameters->transport_factor / spacing;
  const NeutralJumps jumps = NeutralJumpsBetween(parameters, left, right);
  const PropertyValue t = SolutionTransferenceNumber(parameters->solution, c);
  const FaceValue conductivity =
      AtFace(SolutionReducedConductivity(parameters->solution, c), left, right);
  const FaceValue transference = AtFace(t, left, right);
  const FaceValue diffusivity = AtFace(SolutionDiffusivity(parameters->solution, c), left, right);
  FaceValue asymmetry = Combine(2, transference, 0, transference), current, flux[2];

  asymmetry.value -= 1;
  current = Times(conductivity, Combine(-per_length, jumps.migration, -per_length,
                                        Times(asymmetry, jumps.chemical)));
  flux[0] = Combine(1, Times(transference, current), per_length, Times(diffusivity, jumps.drop));
  if (parameters->packing_weight[0] > 0) {
    // Packing adds to the chemical potential that D was measured without.
    const FaceValue mobility = AtFace(SolutionMobility(parameters->solution, c), left, right);
    flux[0] = Combine(1, flux[0], -per_length, Times(mobility, jumps.packing));
  }
  flux[1] = Combine(1, flux[0], -1, current);
  for (PetscInt k = 0; k < 2; k++) {
    face->flux[k] = flux[k].value;
    face->driving_flux[k] =
        -(jumps.chemical.value + parameters->charge[k] * jumps.migration.value) / spacing;
    if (derivatives) {
      StoreFaceValue(left, right, &flux[k], face->by_left[k], face->by_right[k]);
    }
  }
}

static void Evaluate(const FluxParameters *parameters, const NodeState *left,
                     const NodeState *right, PetscReal spacing, const PetscReal scale[],
                     PetscBool derivatives, FaceFlux *face)
{
  if (parameters->electroneutral) {
    EvaluateNeutral(parameters, left, right, spacing, derivatives, face);
  } else {
    EvaluateResolved(parameters, left, right, spacing, scale, derivatives, face);
  }
}

const FluxLaw flux_law_concentrated = {
    .name = "concentrated", .needs_solution = PETSC_TRUE, .evaluate = Evaluate};
