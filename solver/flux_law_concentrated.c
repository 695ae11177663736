#include "solver/driving_flux.h"

/* Stefan-Maxwell fluxes of a 1:1 salt in the frame of the solvent (model.md 3; Newman and
   Thomas-Alyea 2004): with the driving fluxes J of Nernst and Planck in the full electrochemical
   potential, the frictions a_k = 1/D_k0 with the solvent and Lambda between the ions,
     a_+ N_+ + Lambda (c_- N_+ - c_+ N_-) = f J_+,   and the same with + and - exchanged. */

/* ---- closure poisson ---- */

/* One ion on a face, over its scale: its driving flux and the mean concentration that drifts. */
typedef struct {
  ConcentrationPair concentration;
  PetscReal jump;  // of the excess electrochemical potential [R T]
  PetscReal scale;
  DrivingFlux driving;
} FaceIon;

static void SetFaceIon(const FluxParameters *parameters, const NodeState *left,
                       const NodeState *right, PetscReal spacing, const PetscReal scale[],
                       PetscInt k, FaceIon *ion)
{
  ion->concentration = PairBetween(left, right, k);
  ion->jump = ExcessJump(parameters, left, right, k);
  ion->scale = scale ? scale[k] : 1;
  ion->driving = DrivingFluxBetween(&ion->concentration, ion->jump, 1 / spacing);
}

/* The frictions on a face at the mean concentration of the salt there: a_k, Lambda, and the
   determinant of the two equations, a_+ a_- + Lambda (a_+ c_+ + a_- c_-). */
typedef struct {
  PetscReal mean[2];  // c_k, not scaled [mol/m^3]
  PropertyValue solvent[2], ions;
  PetscReal determinant, determinant_by_concentration;
} FaceFrictions;

static void SetFaceFrictions(Solution solution, const FaceIon ion[2], FaceFrictions *f)
{
  Frictions frictions;
  PetscReal weighted;

  for (PetscInt k = 0; k < 2; k++) f->mean[k] = ion[k].scale * ion[k].driving.mean;
  frictions = SolutionFrictions(solution, 0.5 * (f->mean[0] + f->mean[1]));
  f->solvent[0] = frictions.cation_solvent;
  f->solvent[1] = frictions.anion_solvent;
  f->ions = frictions.ion_ion;
  weighted = f->solvent[0].value * f->mean[0] + f->solvent[1].value * f->mean[1];
  f->determinant = f->solvent[0].value * f->solvent[1].value + f->ions.value * weighted;
  f->determinant_by_concentration =
      f->solvent[0].derivative * f->solvent[1].value +
      f->solvent[0].value * f->solvent[1].derivative + f->ions.derivative * weighted +
      f->ions.value *
          (f->solvent[0].derivative * f->mean[0] + f->solvent[1].derivative * f->mean[1]);
}

/* An ion's flux over f and its derivatives with respect to what the two ions show at the face,
   their driving fluxes and means (over their scales). */
typedef struct {
  PetscReal value, by_flux[2], by_mean[2];
} FaceResponse;

/* N_k/f from the two linear equations, [(a_o + Lambda c_k) J_k + Lambda c_k J_o]/det, o the other
   ion; not scaled. */
static void SetLinearFlux(const FaceFrictions *f, const FaceIon ion[2], PetscInt k, FaceResponse *n)
{
  const PetscInt o = 1 - k;
  const PetscReal own = ion[k].scale * ion[k].driving.flux;
  const PetscReal other = ion[o].scale * ion[o].driving.flux;
  const PetscReal l = f->ions.value, c = f->mean[k], per_determinant = 1 / f->determinant;
  PetscReal by_concentration;

  n->by_flux[k] = (f->solvent[o].value + l * c) * ion[k].scale * per_determinant;
  n->by_flux[o] = l * c * ion[o].scale * per_determinant;
  n->value = n->by_flux[k] * ion[k].driving.flux + n->by_flux[o] * ion[o].driving.flux;
  // The salt's concentration is half the sum of the means.
  by_concentration = 0.5 * per_determinant *
                     ((f->solvent[o].derivative + f->ions.derivative * c) * own +
                      f->ions.derivative * c * other - n->value * f->determinant_by_concentration);
  n->by_mean[k] =
      ion[k].scale *
      (l * (own + other - n->value * f->solvent[k].value) * per_determinant + by_concentration);
  n->by_mean[o] =
      ion[o].scale * (-n->value * l * f->solvent[o].value * per_determinant + by_concentration);
}

/* From the face to the two nodes: ln c of each ion and its jump. */
static void AddResponse(const FaceIon ion[2], const FaceResponse *n, PetscReal by_left[],
                        PetscReal by_right[], PetscReal by_jump[])
{
  for (PetscInt k = 0; k < 2; k++) {
    const DrivingFlux *d = &ion[k].driving;
    by_left[k] += n->by_flux[k] * d->by_log_left + n->by_mean[k] * d->mean_by_log_left;
    by_right[k] += n->by_flux[k] * d->by_log_right + n->by_mean[k] * d->mean_by_log_right;
    by_jump[k] += n->by_flux[k] * d->by_jump + n->by_mean[k] * d->mean_by_jump;
  }
}

/* N_k/f over the ion's scale.  What the other ion's flux drags along is a drift like that in a
   field, (a_k + Lambda c_o) N_k = f J_k + Lambda c_k N_o, and so it joins the field in the
   exponential fit: a node that is all but empty of an ion can lose no more of it than it has.
   `response` gets the flux and its derivatives through the face's means and the other's flux; those
   through the ion's own nodes are added directly. */
static void SetDraggedFlux(const FaceFrictions *f, const FaceIon ion[2], PetscInt k,
                           const FaceResponse *other, PetscReal spacing, FaceResponse *response,
                           PetscReal by_left[], PetscReal by_right[], PetscReal by_jump[])
{
  const PetscInt o = 1 - k;
  const PetscReal l = f->ions.value, drag = l * other->value;
  const PetscReal total = f->solvent[k].value + l * f->mean[o];
  const DrivingFlux d =
      DrivingFluxBetween(&ion[k].concentration, ion[k].jump - spacing * drag, 1 / spacing);
  const PetscReal by_drag = -spacing * d.by_jump / total;

  response->value = d.flux / total;
  for (PetscInt m = 0; m < 2; m++) {
    const PetscReal half = 0.5 * ion[m].scale;
    const PetscReal total_by_mean =
        half * (f->solvent[k].derivative + f->ions.derivative * f->mean[o]) +
        (m == o ? l * ion[o].scale : 0);
    response->by_flux[m] = by_drag * l * other->by_flux[m];
    response->by_mean[m] =
        by_drag * (l * other->by_mean[m] + half * f->ions.derivative * other->value) -
        response->value * total_by_mean / total;
  }
  by_left[k] += d.by_log_left / total;
  by_right[k] += d.by_log_right / total;
  by_jump[k] += d.by_jump / total;
}

/* From the jumps of the excess electrochemical potential to the potential, ln gamma and ln S, and
   from fluxes over f to fluxes. */
static void FinishDerivatives(const FluxParameters *parameters, const NodeState *left,
                              const NodeState *right, const FaceIon ion[2],
                              const PetscReal by_jump[2], PetscReal by_left[], PetscReal by_right[])
{
  const PetscReal factor = parameters->transport_factor;
  const PetscReal half = 0.5 * (by_jump[0] + by_jump[1]);

  by_right[2] = by_right[3] = 0;
  for (PetscInt k = 0; k < 2; k++) {
    by_left[k] = factor * (by_left[k] - half * ion[k].scale * ion[k].concentration.left *
                                            left->log_activity_coefficient.derivative);
    by_right[k] = factor * (by_right[k] + half * ion[k].scale * ion[k].concentration.right *
                                              right->log_activity_coefficient.derivative);
    by_right[2] += factor * parameters->charge[k] * by_jump[k];
    by_right[3] -= factor * parameters->packing_weight[k] * by_jump[k];
  }
  by_left[2] = -by_right[2];
  by_left[3] = -by_right[3];
}

/* With the logarithmic mean, linear in the drift, the dragged flux is the linear equations' own
   solution. */
static PetscBool IsLinearInDrift(const FaceIon *ion)
{
  return (PetscBool)(ion->driving.mean_by_jump == 0 && ion->scale == 1);
}

static void EvaluateResolved(const FluxParameters *parameters, const NodeState *left,
                             const NodeState *right, PetscReal spacing, const PetscReal scale[],
                             PetscBool derivatives, FaceFlux *face)
{
  FaceIon ion[2];
  FaceFrictions frictions;
  FaceResponse linear[2], dragged;

  for (PetscInt k = 0; k < 2; k++) {
    SetFaceIon(parameters, left, right, spacing, scale, k, &ion[k]);
    face->driving_flux[k] = ion[k].driving.flux;
  }
  SetFaceFrictions(parameters->solution, ion, &frictions);
  for (PetscInt k = 0; k < 2; k++) SetLinearFlux(&frictions, ion, k, &linear[k]);
  for (PetscInt k = 0; k < 2; k++) {
    PetscReal *by_left = face->by_left[k], *by_right = face->by_right[k], by_jump[2] = {0, 0};
    const FaceResponse *response = &linear[k];

    by_left[0] = by_left[1] = by_right[0] = by_right[1] = 0;
    if (!IsLinearInDrift(&ion[k])) {
      SetDraggedFlux(&frictions, ion, k, &linear[1 - k], spacing, &dragged, by_left, by_right,
                     by_jump);
      response = &dragged;
    }
    face->flux[k] = parameters->transport_factor * response->value;
    if (!derivatives) continue;
    AddResponse(ion, response, by_left, by_right, by_jump);
    FinishDerivatives(parameters, left, right, ion, by_jump, by_left, by_right);
  }
}

/* ---- closure electroneutral ---- */

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
  const PetscReal half = 0.5 * value->by_activity;

  for (PetscInt k = 0; k < 2; k++) {
    by_left[k] = -half * left->log_activity_coefficient.derivative * left->concentration[k];
    by_right[k] = half * right->log_activity_coefficient.derivative * right->concentration[k];
  }
  by_left[0] += value->by_left;
  by_right[0] += value->by_right;
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
  const ConcentrationPair c = PairBetween(left, right, 0);
  const PetscReal weight = parameters->packing_weight[0];
  const DrivingFlux d = NeutralDrivingFluxBetween(&c, 0, 1);
  const FaceValue potential = {.value = right->potential_jump, .by_potential = 1};
  const FaceValue solvent = {.value = -weight * (right->log_solvent - left->log_solvent),
                             .by_solvent = -weight};
  const FaceValue activity = {
      .value = right->log_activity_coefficient.value - left->log_activity_coefficient.value,
      .by_activity = 1};
  NeutralJumps jumps = {
      .mean = {.value = d.mean, .by_left = d.mean_by_log_left, .by_right = d.mean_by_log_right},
      .drop = {.value = c.drop, .by_left = c.left, .by_right = -c.right}};

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

/* ---- both ---- */

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
