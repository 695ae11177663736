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
  PetscReal mean;         // c_k, not scaled [mol/m^3]
  PropertyValue solvent;  // a_k at the mean concentration of the salt on the face [s/m^2]
} FaceIon;

/* Of the two ions together, likewise: Lambda, and the determinant of the two equations,
   a_+ a_- + Lambda (a_+ c_+ + a_- c_-). */
typedef struct {
  PropertyValue ions;
  PetscReal per_determinant, determinant_by_concentration;
} FaceCoupling;

/* Gives the ions their frictions with the solvent, too. */
static inline FaceCoupling CoupleIons(Solution solution, FaceIon *cation, FaceIon *anion)
{
  const Frictions f = SolutionFrictions(solution, 0.5 * (cation->mean + anion->mean));
  const PropertyValue a = f.cation_solvent, b = f.anion_solvent, l = f.ion_ion;
  const PetscReal weighted = a.value * cation->mean + b.value * anion->mean;

  cation->solvent = a;
  anion->solvent = b;
  return (FaceCoupling){.ions = l,
                        .per_determinant = 1 / (a.value * b.value + l.value * weighted),
                        .determinant_by_concentration =
                            a.derivative * b.value + a.value * b.derivative +
                            l.derivative * weighted +
                            l.value * (a.derivative * cation->mean + b.derivative * anion->mean)};
}

/* An ion's flux over f and its derivatives with respect to what the two ions show at the face,
   their driving fluxes and means (over their scales). */
typedef struct {
  PetscReal value, by_own_flux, by_other_flux, by_own_mean, by_other_mean;
} FaceResponse;

/* N_k/f from the two linear equations, [(a_o + Lambda c_k) J_k + Lambda c_k J_o]/det, o the other
   ion; not scaled. */
static inline FaceResponse LinearFlux(const FaceCoupling *f, const FaceIon *ion,
                                      const FaceIon *other)
{
  const PetscReal own_flux = ion->scale * ion->driving.flux;
  const PetscReal other_flux = other->scale * other->driving.flux;
  const PetscReal l = f->ions.value, c = ion->mean, per_determinant = f->per_determinant;
  const PetscReal dragged = l * c * per_determinant;
  const PetscReal own = other->solvent.value * per_determinant + dragged;
  const PetscReal value = own * own_flux + dragged * other_flux;
  // The salt's concentration is half the sum of the means.
  const PetscReal by_concentration =
      0.5 * per_determinant *
      (other->solvent.derivative * own_flux + f->ions.derivative * c * (own_flux + other_flux) -
       value * f->determinant_by_concentration);

  return (FaceResponse){
      .value = value,
      .by_own_flux = own * ion->scale,
      .by_other_flux = dragged * other->scale,
      .by_own_mean =
          ion->scale * (l * (own_flux + other_flux - value * ion->solvent.value) * per_determinant +
                        by_concentration),
      .by_other_mean =
          other->scale * (by_concentration - value * l * other->solvent.value * per_determinant)};
}

/* Derivatives of an ion's flux over f with respect to what an ion has at the two nodes. */
typedef struct {
  PetscReal by_left, by_right, by_jump;  // to ln c_left, ln c_right and its jump
} NodeResponse;

/* What of a flux's response goes neither through the driving fluxes nor through the means: to what
   its own ion has at the two nodes, and to ln c_left and ln c_right of the other. */
typedef struct {
  NodeResponse own;
  PetscReal by_other_left, by_other_right;
} DirectResponse;

/* What the ion in excess gets for the momentum, and the gradient it flows down (driving_flux.h). */
typedef struct {
  MomentumShift mean;
  PetscReal gradient;
} FaceShift;

static inline NodeResponse ToNodes(const FaceIon *ion, PetscReal by_flux, PetscReal by_mean)
{
  const DrivingFlux *d = &ion->driving;

  return (NodeResponse){.by_left = by_flux * d->by_log_left + by_mean * d->mean_by_log_left,
                        .by_right = by_flux * d->by_log_right + by_mean * d->mean_by_log_right,
                        .by_jump = by_flux * d->by_jump + by_mean * d->mean_by_jump};
}

/* The derivatives of ion k's flux, from the jumps to the potential, ln gamma and ln S, and from
   fluxes over f to fluxes. */
static inline void StoreDerivatives(const FluxParameters *parameters, const NodeState *left,
                                    const NodeState *right, PetscInt k, const FaceIon *ion,
                                    const FaceIon *other, const NodeResponse *own,
                                    const NodeResponse *others, FaceFlux *face)
{
  const PetscInt o = 1 - k;
  const PetscReal factor = parameters->transport_factor;
  const PetscReal own_jump = factor * own->by_jump, other_jump = factor * others->by_jump;
  const PetscReal half = 0.5 * (own_jump + other_jump);
  const PetscReal on_left = half * left->log_activity_coefficient.derivative;
  const PetscReal on_right = half * right->log_activity_coefficient.derivative;
  PetscReal *by_left = face->by_left[k], *by_right = face->by_right[k];

  by_left[k] = factor * own->by_left - on_left * ion->scale * ion->concentration.left;
  by_left[o] = factor * others->by_left - on_left * other->scale * other->concentration.left;
  by_right[k] = factor * own->by_right + on_right * ion->scale * ion->concentration.right;
  by_right[o] = factor * others->by_right + on_right * other->scale * other->concentration.right;
  by_right[2] = parameters->charge[k] * own_jump + parameters->charge[o] * other_jump;
  by_right[3] =
      -parameters->packing_weight[k] * own_jump - parameters->packing_weight[o] * other_jump;
  by_left[2] = -by_right[2];
  by_left[3] = -by_right[3];
}

static FaceShift ShiftMomentum(const FluxParameters *parameters, const FaceExtent *extent,
                               const PetscReal scale[], FaceIon ion[2])
{
  const ConcentrationPair c[2] = {ion[0].concentration, ion[1].concentration};
  const DrivingFlux driving[2] = {ion[0].driving, ion[1].driving};
  FaceShift shift = {.gradient = 0};

  if (MomentumShiftsBetween(parameters, c, driving, extent, scale, &shift.mean) == 0) {
    shift.mean.ion = -1;
    return shift;
  }
  FaceIon *excess = &ion[shift.mean.ion];
  shift.gradient = AddMomentumShift(&shift.mean, &excess->concentration, excess->jump,
                                    1 / extent->spacing, &excess->driving);
  return shift;
}

/* The response of ion k's flux to the concentrations of the ion that is not in excess, by way of
   the shift in the other's driving flux and mean. */
static void AddShiftResponse(const FaceShift *shift, PetscInt k, const FaceResponse *response,
                             DirectResponse *direct)
{
  const PetscInt excess = shift->mean.ion, other = 1 - excess;

  if (excess < 0) return;
  const PetscReal by_flux = k == excess ? response->by_own_flux : response->by_other_flux;
  const PetscReal by_mean = k == excess ? response->by_own_mean : response->by_other_mean;
  const PetscReal by_shift = by_mean - by_flux * shift->gradient;
  PetscReal *by_left = k == other ? &direct->own.by_left : &direct->by_other_left;
  PetscReal *by_right = k == other ? &direct->own.by_right : &direct->by_other_right;

  *by_left += by_shift * shift->mean.by_left[other];
  *by_right += by_shift * shift->mean.by_right[other];
}

/* N_k/f over the ion's scale.  What the other ion's flux drags along is a drift like that in a
   field, (a_k + Lambda c_o) N_k = f J_k + Lambda c_k N_o, and so it joins the field in the
   exponential fit: a node that is all but empty of an ion can lose no more of it than it has.
   The response is that through the face's means and the other's flux; `direct` is the one through
   the ion's own nodes.  `shift` is NULL unless it is this ion's. */
static FaceResponse DraggedFlux(const FaceCoupling *f, const FaceIon *ion, const FaceIon *other,
                                const FaceResponse *others, const MomentumShift *shift,
                                PetscReal spacing, DirectResponse *direct)
{
  const PetscReal l = f->ions.value, drag = l * others->value;
  const PetscReal per_total = 1 / (ion->solvent.value + l * other->mean);
  const PetscReal jump = ion->jump - spacing * drag;
  DrivingFlux d = DrivingFluxBetween(&ion->concentration, jump, 1 / spacing);
  const PetscReal gradient =
      shift ? AddMomentumShift(shift, &ion->concentration, jump, 1 / spacing, &d) : 0;
  const PetscReal value = d.flux * per_total, by_drag = -spacing * d.by_jump * per_total;
  // Through the salt's concentration, half the sum of the means.
  const PetscReal by_concentration =
      0.5 * (by_drag * f->ions.derivative * others->value -
             value * (ion->solvent.derivative + f->ions.derivative * other->mean) * per_total);

  direct->own = (NodeResponse){.by_left = d.by_log_left * per_total,
                               .by_right = d.by_log_right * per_total,
                               .by_jump = d.by_jump * per_total};
  if (shift) {
    direct->by_other_left = -gradient * shift->by_left[1 - shift->ion] * per_total;
    direct->by_other_right = -gradient * shift->by_right[1 - shift->ion] * per_total;
  }
  // `others` is the other ion's: what is its own is here the other's.
  return (FaceResponse){
      .value = value,
      .by_own_flux = by_drag * l * others->by_other_flux,
      .by_other_flux = by_drag * l * others->by_own_flux,
      .by_own_mean = by_drag * l * others->by_other_mean + ion->scale * by_concentration,
      .by_other_mean = by_drag * l * others->by_own_mean +
                       other->scale * (by_concentration - value * l * per_total)};
}

/* With the logarithmic mean, linear in the drift, the dragged flux is the linear equations' own
   solution. */
static PetscBool IsLinearInDrift(const FaceIon *ion)
{
  return (PetscBool)(ion->driving.mean_by_jump == 0 && ion->scale == 1);
}

static inline FaceIon FaceIonBetween(const FluxParameters *parameters, const NodeState *left,
                                     const NodeState *right, PetscInt k)
{
  return (FaceIon){.concentration = PairBetween(left, right, k),
                   .jump = ExcessJump(parameters, left, right, k),
                   .scale = 1};
}

static inline void StoreFlux(const FluxParameters *parameters, const NodeState *left,
                             const NodeState *right, PetscInt k, const FaceIon *ion,
                             const FaceIon *other, const FaceResponse *response,
                             const DirectResponse *direct, PetscBool derivatives, FaceFlux *face)
{
  NodeResponse own, others;

  face->driving_flux[k] = ion->driving.flux;
  face->flux[k] = parameters->transport_factor * response->value;
  if (!derivatives) return;
  own = ToNodes(ion, response->by_own_flux, response->by_own_mean);
  others = ToNodes(other, response->by_other_flux, response->by_other_mean);
  own.by_left += direct->own.by_left;
  own.by_right += direct->own.by_right;
  own.by_jump += direct->own.by_jump;
  others.by_left += direct->by_other_left;
  others.by_right += direct->by_other_right;
  StoreDerivatives(parameters, left, right, k, ion, other, &own, &others, face);
}

static FaceShift FillIons(const FluxParameters *parameters, const NodeState *left,
                          const NodeState *right, const FaceExtent *extent, const PetscReal scale[],
                          FaceIon ion[2])
{
  FaceShift shift;

  for (PetscInt k = 0; k < 2; k++) {
    ion[k] = FaceIonBetween(parameters, left, right, k);
    if (scale) ion[k].scale = scale[k];
    ion[k].driving = DrivingFluxBetween(&ion[k].concentration, ion[k].jump, 1 / extent->spacing);
  }
  shift = ShiftMomentum(parameters, extent, scale, ion);
  for (PetscInt k = 0; k < 2; k++) ion[k].mean = ion[k].scale * ion[k].driving.mean;
  return shift;
}

/* Between unlike nodes, between charged ones and between deep ones. */
static void EvaluateUnlike(const FluxParameters *parameters, const NodeState *left,
                           const NodeState *right, const FaceExtent *extent,
                           const PetscReal scale[], PetscBool derivatives, FaceFlux *face)
{
  FaceIon ion[2];
  const FaceShift shift = FillIons(parameters, left, right, extent, scale, ion);
  const FaceCoupling coupling = CoupleIons(parameters->solution, &ion[0], &ion[1]);
  const FaceResponse linear[2] = {LinearFlux(&coupling, &ion[0], &ion[1]),
                                  LinearFlux(&coupling, &ion[1], &ion[0])};

  for (PetscInt k = 0; k < 2; k++) {
    const PetscInt o = 1 - k;
    const MomentumShift *own = shift.mean.ion == k ? &shift.mean : NULL;
    DirectResponse direct = {.by_other_left = 0};
    const FaceResponse response =
        IsLinearInDrift(&ion[k])
            ? linear[k]
            : DraggedFlux(&coupling, &ion[k], &ion[o], &linear[o], own, extent->spacing, &direct);
    AddShiftResponse(&shift, k, &response, &direct);
    StoreFlux(parameters, left, right, k, &ion[k], &ion[o], &response, &direct, derivatives, face);
  }
}

static inline FaceIon LikeIonBetween(const FluxParameters *parameters, const NodeState *left,
                                     const NodeState *right, PetscReal per_spacing, PetscInt k)
{
  FaceIon ion = FaceIonBetween(parameters, left, right, k);

  ion.driving = NeutralDrivingFluxBetween(&ion.concentration, ion.jump, per_spacing);
  ion.mean = ion.driving.mean;
  return ion;
}

/* Nearly every face: both driving fluxes are linear in the drift, and nothing is scaled or charged.
   Two variables where above there is an array, which the compiler would keep in memory. */
static void EvaluateLike(const FluxParameters *parameters, const NodeState *left,
                         const NodeState *right, PetscReal spacing, PetscBool derivatives,
                         FaceFlux *face)
{
  static const DirectResponse none = {.by_other_left = 0};
  const PetscReal per_spacing = 1 / spacing;
  FaceIon cation = LikeIonBetween(parameters, left, right, per_spacing, 0);
  FaceIon anion = LikeIonBetween(parameters, left, right, per_spacing, 1);
  const FaceCoupling coupling = CoupleIons(parameters->solution, &cation, &anion);
  const FaceResponse cations = LinearFlux(&coupling, &cation, &anion);
  const FaceResponse anions = LinearFlux(&coupling, &anion, &cation);

  StoreFlux(parameters, left, right, 0, &cation, &anion, &cations, &none, derivatives, face);
  StoreFlux(parameters, left, right, 1, &anion, &cation, &anions, &none, derivatives, face);
}

/* Where both forms of the driving flux are the one with the logarithmic mean. */
static PetscBool NodesAreAlike(const NodeState *left, const NodeState *right, PetscInt k)
{
  return (PetscBool)(PetscAbsReal(right->log_ratio[k] - left->log_ratio[k]) <= LIKE_NODES);
}

static void EvaluateResolved(const FluxParameters *parameters, const NodeState *left,
                             const NodeState *right, const FaceExtent *extent,
                             const PetscReal scale[], PetscBool derivatives, FaceFlux *face)
{
  if (!scale && NodesAreAlike(left, right, 0) && NodesAreAlike(left, right, 1) &&
      !FaceIsCharged(parameters, 2, left, right, extent)) {
    EvaluateLike(parameters, left, right, extent->spacing, derivatives, face);
  } else {
    EvaluateUnlike(parameters, left, right, extent, scale, derivatives, face);
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
                     const NodeState *right, const FaceExtent *extent, const PetscReal scale[],
                     PetscBool derivatives, FaceFlux *face)
{
  if (parameters->electroneutral) {
    EvaluateNeutral(parameters, left, right, extent->spacing, derivatives, face);
  } else {
    EvaluateResolved(parameters, left, right, extent, scale, derivatives, face);
  }
}

const FluxLaw flux_law_concentrated = {
    .name = "concentrated", .needs_solution = PETSC_TRUE, .evaluate = Evaluate};
