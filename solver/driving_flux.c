#include "solver/driving_flux.h"

#include "solver/bernoulli.h"

/* With B(-x) = B(x) + x the fit J = [B(x) c_left - B(-x) c_right]/h is a multiple of the drop and a
   drift.  Of the two ways to write it, each keeps its digits for one sign of x: there B is small,
   and the drift is that of the node upstream. */
static DrivingFlux ExponentialFit(const ConcentrationPair *c, PetscReal excess_jump,
                                  PetscReal per_spacing)
{
  const PetscBool to_left = (PetscBool)(excess_jump >= 0);
  const PetscReal x = PetscAbsReal(excess_jump);
  const PetscReal b = Bernoulli(x), db = BernoulliDerivative(x, b);
  const PetscReal upstream = to_left ? -c->right : c->left;
  const PetscReal mean = (to_left ? c->right : c->left) + (to_left ? -db : db) * c->drop;

  return (DrivingFlux){.flux = (b * c->drop + x * upstream) * per_spacing,
                       .by_log_left = (to_left ? b : b + x) * c->left * per_spacing,
                       .by_log_right = -(to_left ? b + x : b) * c->right * per_spacing,
                       .by_jump = -mean * per_spacing,
                       .mean = mean,
                       .mean_by_log_left = (to_left ? -db : 1 + db) * c->left,
                       .mean_by_log_right = (to_left ? 1 + db : -db) * c->right,
                       .mean_by_jump = -BernoulliSecondDerivative(x, b, db) * c->drop};
}

/* From 0 at x = low to 1 at high, with a continuous slope. */
static PetscReal SmoothStep(PetscReal low, PetscReal high, PetscReal x, PetscReal *slope)
{
  const PetscReal per_length = 1 / (high - low), y = per_length * (x - low);

  *slope = 0;
  if (y <= 0) return 0;
  if (y >= 1) return 1;
  *slope = per_length * 6 * y * (1 - y);
  return y * y * (3 - 2 * y);
}

/* Of the exponential fit, by ln(c_right/c_left). */
static PetscReal FitShare(PetscReal log_ratio, PetscReal *slope)
{
  const PetscReal share = SmoothStep(LIKE_NODES, UNLIKE_NODES, PetscAbsReal(log_ratio), slope);

  if (log_ratio < 0) *slope = -*slope;
  return share;
}

static DrivingFlux Mixture(const DrivingFlux *mean, const DrivingFlux *fit, PetscReal share,
                           PetscReal slope)
{
  const PetscReal flux = fit->flux - mean->flux, drifting = fit->mean - mean->mean;

  return (DrivingFlux){
      .flux = mean->flux + share * flux,
      .by_log_left =
          mean->by_log_left + share * (fit->by_log_left - mean->by_log_left) - slope * flux,
      .by_log_right =
          mean->by_log_right + share * (fit->by_log_right - mean->by_log_right) + slope * flux,
      .by_jump = mean->by_jump + share * (fit->by_jump - mean->by_jump),
      .mean = mean->mean + share * drifting,
      .mean_by_log_left = mean->mean_by_log_left +
                          share * (fit->mean_by_log_left - mean->mean_by_log_left) -
                          slope * drifting,
      .mean_by_log_right = mean->mean_by_log_right +
                           share * (fit->mean_by_log_right - mean->mean_by_log_right) +
                           slope * drifting,
      .mean_by_jump = share * fit->mean_by_jump,
  };
}

DrivingFlux UnlikeDrivingFluxBetween(const ConcentrationPair *c, PetscReal excess_jump,
                                     PetscReal per_spacing)
{
  PetscReal slope;
  const PetscReal share = FitShare(c->log_ratio, &slope);
  const DrivingFlux fit = ExponentialFit(c, excess_jump, per_spacing);
  DrivingFlux mean;

  if (share == 1) return fit;
  mean = NeutralDrivingFluxBetween(c, excess_jump, per_spacing);
  return Mixture(&mean, &fit, share, slope);
}

/* One ion's equivalents on a face: the mean of the volumes, and what the logarithmic one lacks. */
typedef struct {
  PetscReal mean, mean_by_left, mean_by_right;  // derivatives to ln c [mol/m^3]
  PetscReal lacking, lacking_by_left, lacking_by_right;
} IonEquivalents;

/* `shares` of the spacing are in either volume; between like nodes the driving flux has the
   logarithmic mean. */
static IonEquivalents EquivalentsOf(const ConcentrationPair *c, const DrivingFlux *driving,
                                    const PetscReal shares[2], PetscReal factor)
{
  const PetscReal left = shares[0] * c->left, right = shares[1] * c->right;
  PetscReal logarithmic = driving->mean;
  PetscReal by_left = driving->mean_by_log_left, by_right = driving->mean_by_log_right;

  if (PetscAbsReal(c->log_ratio) > LIKE_NODES) {
    logarithmic = LogarithmicMean(c, &by_left, &by_right);
  }
  return (IonEquivalents){.mean = factor * (left + right),
                          .mean_by_left = factor * left,
                          .mean_by_right = factor * right,
                          .lacking = factor * (left + right - logarithmic),
                          .lacking_by_left = factor * (left - by_left),
                          .lacking_by_right = factor * (right - by_right)};
}

/* The share of what is lacking that is made up for, and its derivatives. */
typedef struct {
  PetscReal value;
  PetscReal by_ion, by_other;  // to the volumes' means of the ion in excess and of the other
  PetscReal by_log_ratio;      // of the ion in excess
} ShiftShare;

static ShiftShare ShiftShareOf(const IonEquivalents *ion, const IonEquivalents *other,
                               PetscReal log_ratio)
{
  const PetscReal per_total = 1 / (ion->mean + other->mean);
  const PetscReal charge = (ion->mean - other->mean) * per_total;
  PetscReal by_charge, unlike_slope;
  const PetscReal charged = SmoothStep(NEUTRAL_FACE, CHARGED_FACE, charge, &by_charge);
  const PetscReal like = 1 - FitShare(log_ratio, &unlike_slope);

  by_charge *= 2 * like * per_total * per_total;
  return (ShiftShare){.value = charged * like,
                      .by_ion = by_charge * other->mean,
                      .by_other = -by_charge * ion->mean,
                      .by_log_ratio = -charged * unlike_slope};
}

MomentumShift MomentumShiftBetween(const FluxParameters *parameters, const ConcentrationPair c[2],
                                   const DrivingFlux driving[2], const FaceExtent *extent,
                                   const PetscReal scale[])
{
  const PetscReal per_spacing = 1 / extent->spacing;
  const PetscReal shares[2] = {extent->left * per_spacing, extent->right * per_spacing};
  MomentumShift shift = {.ion = -1};
  PetscReal factor[2];
  IonEquivalents of[2];

  for (PetscInt k = 0; k < 2; k++) {
    factor[k] = PetscAbsReal(parameters->charge[k]) * (scale ? scale[k] : 1);
    of[k] = EquivalentsOf(&c[k], &driving[k], shares, factor[k]);
  }
  const PetscInt e = of[0].mean >= of[1].mean ? 0 : 1, o = 1 - e;
  if (!(of[e].mean > 0)) return shift;
  const ShiftShare share = ShiftShareOf(&of[e], &of[o], c[e].log_ratio);
  if (share.value == 0) return shift;
  const PetscReal per_factor = 1 / factor[e], part = share.value * per_factor;
  const PetscReal lacking = (of[e].lacking - of[o].lacking) * per_factor;

  shift.ion = e;
  shift.mean = share.value * lacking;
  shift.by_left[e] = part * of[e].lacking_by_left +
                     lacking * (share.by_ion * of[e].mean_by_left - share.by_log_ratio);
  shift.by_right[e] = part * of[e].lacking_by_right +
                      lacking * (share.by_ion * of[e].mean_by_right + share.by_log_ratio);
  shift.by_left[o] = lacking * share.by_other * of[o].mean_by_left - part * of[o].lacking_by_left;
  shift.by_right[o] =
      lacking * share.by_other * of[o].mean_by_right - part * of[o].lacking_by_right;
  return shift;
}

PetscReal AddMomentumShift(const MomentumShift *shift, const ConcentrationPair *c,
                           PetscReal excess_jump, PetscReal per_spacing, DrivingFlux *driving)
{
  const PetscReal gradient = (c->log_ratio + excess_jump) * per_spacing;
  const PetscReal by_left = shift->by_left[shift->ion], by_right = shift->by_right[shift->ion];

  driving->flux -= shift->mean * gradient;
  driving->by_log_left += shift->mean * per_spacing - by_left * gradient;
  driving->by_log_right -= shift->mean * per_spacing + by_right * gradient;
  driving->by_jump -= shift->mean * per_spacing;
  driving->mean += shift->mean;
  driving->mean_by_log_left += by_left;
  driving->mean_by_log_right += by_right;
  return gradient;
}
