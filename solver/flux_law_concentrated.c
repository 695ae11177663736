#include <math.h>

#include "solver/flux_law.h"

/* Stefan-Maxwell fluxes of a 1:1 salt in the frame of the solvent (model.md 3; Newman and
   Thomas-Alyea 2004): with the driving fluxes J of Nernst and Planck in the full electrochemical
   potential, the frictions a_k = 1/D_k0 with the solvent and Lambda between the ions,
     a_+ N_+ + Lambda (c_- N_+ - c_+ N_-) = f J_+,   and the same with + and - exchanged. */

/* ---- closure poisson ---- */

/* A quantity on a face with its derivatives: to ln c of ion k in the left and in the right node, in
   columns 2 k and 2 k + 1, and to the jump of its excess electrochemical potential in 4 + k. */
#define FACE_COLUMNS 6

typedef struct {
  PetscReal value, by[FACE_COLUMNS];
} Quantity;

static inline Quantity Weighted(PetscReal a, const Quantity *x, PetscReal b, const Quantity *y)
{
  Quantity sum = {.value = a * x->value + b * y->value};

  for (PetscInt i = 0; i < FACE_COLUMNS; i++) sum.by[i] = a * x->by[i] + b * y->by[i];
  return sum;
}

static inline Quantity Multiple(PetscReal a, const Quantity *x)
{
  Quantity multiple = {.value = a * x->value};

  for (PetscInt i = 0; i < FACE_COLUMNS; i++) multiple.by[i] = a * x->by[i];
  return multiple;
}

static inline Quantity Product(const Quantity *x, const Quantity *y)
{
  Quantity product = Weighted(y->value, x, x->value, y);

  product.value = x->value * y->value;
  return product;
}

static inline Quantity Quotient(const Quantity *x, const Quantity *y)
{
  const PetscReal value = x->value / y->value;
  Quantity quotient = Weighted(1 / y->value, x, -value / y->value, y);

  quotient.value = value;
  return quotient;
}

/* A function of the salt's concentration there. */
static inline Quantity FunctionOf(PropertyValue property, const Quantity *concentration)
{
  Quantity result = Multiple(property.derivative, concentration);

  result.value = property.value;
  return result;
}

/* One ion on a face, over its scale: its driving flux and its mean concentration. */
typedef struct {
  PetscReal left, right, drop, jump;  // concentrations [mol/m^3], excess electrochemical potential
  PetscReal scale;
  Quantity driving_flux, mean;
} FaceIon;

static FaceIon IonOnFace(const FluxParameters *parameters, const NodeState *left,
                         const NodeState *right, PetscReal spacing, const PetscReal scale[],
                         PetscInt k)
{
  FaceIon ion = {.left = left->concentration[k],
                 .right = right->concentration[k],
                 .drop = ConcentrationDrop(left, right, k),
                 .jump = ExcessJump(parameters, left, right, k),
                 .scale = scale ? scale[k] : 1};
  const DrivingFlux d = DrivingFluxBetween(ion.left, ion.right, ion.drop, ion.jump, spacing);

  ion.driving_flux.value = d.flux;
  ion.driving_flux.by[2 * k] = d.by_left * ion.left;
  ion.driving_flux.by[2 * k + 1] = d.by_right * ion.right;
  ion.driving_flux.by[4 + k] = d.by_jump;
  ion.mean.value = d.mean;
  ion.mean.by[2 * k] = d.mean_by_left * ion.left;
  ion.mean.by[2 * k + 1] = d.mean_by_right * ion.right;
  ion.mean.by[4 + k] = d.mean_by_jump;
  return ion;
}

/* The frictions on a face at the mean concentration of the salt there: a_k, Lambda,
   a_k + Lambda c_other, and the determinant of the two equations. */
typedef struct {
  Quantity mean[2];  // c_k, not scaled [mol/m^3]
  Quantity solvent[2], ions, total[2], determinant;
} FaceFrictions;

static FaceFrictions FrictionsOnFace(Solution solution, const FaceIon ion[2])
{
  FaceFrictions f;
  Quantity concentration, drag;
  Frictions frictions;

  for (PetscInt k = 0; k < 2; k++) f.mean[k] = Multiple(ion[k].scale, &ion[k].mean);
  concentration = Weighted(0.5, &f.mean[0], 0.5, &f.mean[1]);
  frictions = SolutionFrictions(solution, concentration.value);
  f.solvent[0] = FunctionOf(frictions.cation_solvent, &concentration);
  f.solvent[1] = FunctionOf(frictions.anion_solvent, &concentration);
  f.ions = FunctionOf(frictions.ion_ion, &concentration);
  for (PetscInt k = 0; k < 2; k++) {
    drag = Product(&f.ions, &f.mean[1 - k]);
    f.total[k] = Weighted(1, &f.solvent[k], 1, &drag);
  }
  // a_+ a_- + Lambda (a_+ c_+ + a_- c_-) = a_+ (a_- + Lambda c_+) + Lambda a_- c_-
  drag = Product(&f.ions, &f.mean[1]);
  drag = Product(&drag, &f.solvent[1]);
  f.determinant = Product(&f.solvent[0], &f.total[1]);
  f.determinant = Weighted(1, &f.determinant, 1, &drag);
  return f;
}

/* N_k/f from the two linear equations, [(a_o + Lambda c_k) J_k + Lambda c_k J_o]/det, o the other
   ion; not scaled. */
static Quantity LinearFlux(const FaceFrictions *f, const FaceIon ion[2], PetscInt k)
{
  const FaceIon *own = &ion[k], *other = &ion[1 - k];
  Quantity first = Product(&f->total[1 - k], &own->driving_flux);
  Quantity second = Product(&f->ions, &f->mean[k]), sum;

  second = Product(&second, &other->driving_flux);
  sum = Weighted(own->scale, &first, other->scale, &second);
  return Quotient(&sum, &f->determinant);
}

/* N_k/f over the ion's scale.  What the other ion's flux drags along is a drift like that in a
   field, (a_k + Lambda c_o) N_k = f J_k + Lambda c_k N_o, and so it joins the field in the
   exponential fit: a node that is all but empty of an ion can lose no more of it than it has.  With
   the logarithmic mean, linear in the drift, that is the linear equations' own solution. */
static Quantity DraggedFlux(const FaceFrictions *f, const FaceIon *own, PetscInt k,
                            const Quantity linear_flux[2], PetscReal spacing)
{
  Quantity drag, flux;
  DrivingFlux d;

  if (own->mean.by[4 + k] == 0 && own->scale == 1) return linear_flux[k];
  drag = Product(&f->ions, &linear_flux[1 - k]);
  d = DrivingFluxBetween(own->left, own->right, own->drop, own->jump - spacing * drag.value,
                         spacing);
  flux = Multiple(-spacing * d.by_jump, &drag);
  flux.value = d.flux;
  flux.by[2 * k] += d.by_left * own->left;
  flux.by[2 * k + 1] += d.by_right * own->right;
  flux.by[4 + k] += d.by_jump;
  return Quotient(&flux, &f->total[k]);
}

/* From the face's columns to those of the two nodes. */
static void StoreDerivatives(const FluxParameters *parameters, const NodeState *left,
                             const NodeState *right, const FaceIon ion[2], const Quantity *flux,
                             PetscReal by_left[], PetscReal by_right[])
{
  const PetscReal factor = parameters->transport_factor;
  const PetscReal *by_jump = flux->by + 4;
  const PetscReal by_activity = factor * 0.5 * (by_jump[0] + by_jump[1]);

  by_right[2] = by_right[3] = 0;
  for (PetscInt k = 0; k < 2; k++) {
    by_left[k] = factor * flux->by[2 * k] - by_activity * ion[k].scale * ion[k].left *
                                                left->log_activity_coefficient.derivative;
    by_right[k] = factor * flux->by[2 * k + 1] + by_activity * ion[k].scale * ion[k].right *
                                                     right->log_activity_coefficient.derivative;
    by_right[2] += factor * parameters->charge[k] * by_jump[k];
    by_right[3] -= factor * parameters->packing_weight[k] * by_jump[k];
  }
  by_left[2] = -by_right[2];
  by_left[3] = -by_right[3];
}

static void EvaluateResolved(const FluxParameters *parameters, const NodeState *left,
                             const NodeState *right, PetscReal spacing, const PetscReal scale[],
                             PetscBool derivatives, FaceFlux *face)
{
  FaceIon ion[2];
  FaceFrictions frictions;
  Quantity linear[2];

  for (PetscInt k = 0; k < 2; k++) {
    ion[k] = IonOnFace(parameters, left, right, spacing, scale, k);
    face->driving_flux[k] = ion[k].driving_flux.value;
  }
  frictions = FrictionsOnFace(parameters->solution, ion);
  for (PetscInt k = 0; k < 2; k++) linear[k] = LinearFlux(&frictions, ion, k);
  for (PetscInt k = 0; k < 2; k++) {
    const Quantity flux = DraggedFlux(&frictions, &ion[k], k, linear, spacing);
    face->flux[k] = parameters->transport_factor * flux.value;
    if (!derivatives) continue;
    StoreDerivatives(parameters, left, right, ion, &flux, face->by_left[k], face->by_right[k]);
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
