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

/* Scale of an ion of which there is nothing to shift: its reciprocal may overflow. */
#define NOTHING 1e-300

/* All ions on a face: those of the sign in excess come first. */
typedef struct {
  PetscInt order[MAXIMUM_IONS], in_excess;
  PetscReal mean, lacking_others;                  // of those in excess; of the others [mol/m^3]
  PetscReal charged;                               // share of a shift
  PetscReal charged_by_excess, charged_by_others;  // derivatives to the means of either sign
} ChargedFace;

FOR_ANY_IONS void PutExcessFirst(const FluxParameters *parameters, PetscInt ions,
                                 const IonEquivalents of[], ChargedFace *face)
{
  PetscReal net = 0;
  PetscInt last = ions;

  face->in_excess = 1;
  face->order[0] = of[0].mean >= of[1].mean ? 0 : 1;
  face->order[1] = 1 - face->order[0];
  if (ions == 2) return;
  for (PetscInt k = 0; k < ions; k++) net += parameters->charge[k] > 0 ? of[k].mean : -of[k].mean;
  face->in_excess = 0;
  for (PetscInt k = 0; k < ions; k++) {
    const PetscBool first = (PetscBool)((parameters->charge[k] > 0) == (net > 0));
    face->order[first ? face->in_excess++ : --last] = k;
  }
}

FOR_ANY_IONS void SumEquivalents(PetscInt ions, const IonEquivalents of[], ChargedFace *face)
{
  PetscReal others = 0, per_total, by_charge;

  face->mean = face->lacking_others = face->charged = 0;
  for (PetscInt i = 0; i < face->in_excess; i++) face->mean += of[face->order[i]].mean;
  for (PetscInt i = face->in_excess; i < ions; i++) {
    others += of[face->order[i]].mean;
    face->lacking_others += of[face->order[i]].lacking;
  }
  if (!(face->mean > 0)) return;
  per_total = 1 / (face->mean + others);
  face->charged =
      SmoothStep(NEUTRAL_FACE, CHARGED_FACE, (face->mean - others) * per_total, &by_charge);
  by_charge *= 2 * per_total;
  face->charged_by_excess = by_charge * (per_total * others);
  face->charged_by_others = -by_charge * (per_total * face->mean);
}

/* Of an ion in excess between nodes that are not unlike; `factor` from its concentration to its
   equivalents. */
FOR_ANY_IONS void SetShift(PetscInt ions, const ChargedFace *face, const IonEquivalents of[],
                           PetscReal factor, PetscReal like, PetscReal fit_slope,
                           MomentumShift *shift)
{
  const PetscInt e = shift->ion;
  const PetscReal share = face->charged * like, per_factor = 1 / factor, part = share * per_factor;
  const PetscReal weight = ions == 2 ? 1 : of[e].mean / face->mean;
  const PetscReal lacking = (of[e].lacking - weight * face->lacking_others) * per_factor;
  const PetscReal by_weight = -part * face->lacking_others / face->mean;
  const PetscReal by_excess = lacking * like * face->charged_by_excess;
  const PetscReal by_others = lacking * like * face->charged_by_others, by_lack = -part * weight;
  const PetscReal by_log_ratio = -lacking * face->charged * fit_slope;

  shift->mean = share * lacking;
  for (PetscInt i = 0; i < face->in_excess; i++) {
    const PetscInt m = face->order[i], own = m == e;
    const PetscReal by_mean = by_excess + by_weight * (own - weight);
    shift->by_left[m] = by_mean * of[m].mean_by_left;
    shift->by_right[m] = by_mean * of[m].mean_by_right;
  }
  for (PetscInt i = face->in_excess; i < ions; i++) {
    const PetscInt m = face->order[i];
    shift->by_left[m] = by_others * of[m].mean_by_left + by_lack * of[m].lacking_by_left;
    shift->by_right[m] = by_others * of[m].mean_by_right + by_lack * of[m].lacking_by_right;
  }
  shift->by_left[e] += part * of[e].lacking_by_left - by_log_ratio;
  shift->by_right[e] += part * of[e].lacking_by_right + by_log_ratio;
}

FOR_ANY_IONS PetscInt ShiftsBetween(const FluxParameters *parameters, PetscInt ions,
                                    const ConcentrationPair c[], const DrivingFlux driving[],
                                    const FaceExtent *extent, const PetscReal scale[],
                                    MomentumShift shift[])
{
  const PetscReal per_spacing = 1 / extent->spacing;
  const PetscReal shares[2] = {extent->left * per_spacing, extent->right * per_spacing};
  PetscReal factor[MAXIMUM_IONS];
  IonEquivalents of[MAXIMUM_IONS];
  ChargedFace face;
  PetscInt shifted = 0;

  for (PetscInt k = 0; k < ions; k++) {
    factor[k] = PetscAbsReal(parameters->charge[k]) * (scale ? scale[k] : 1);
    of[k] = EquivalentsOf(&c[k], &driving[k], shares, factor[k]);
  }
  PutExcessFirst(parameters, ions, of, &face);
  SumEquivalents(ions, of, &face);
  for (PetscInt i = 0; i < face.in_excess && face.charged > 0; i++) {
    const PetscInt k = face.order[i];
    PetscReal fit_slope;
    const PetscReal like = 1 - FitShare(c[k].log_ratio, &fit_slope);
    if (like == 0 || factor[k] < NOTHING) continue;
    shift[shifted].ion = k;
    SetShift(ions, &face, of, factor[k], like, fit_slope, &shift[shifted++]);
  }
  return shifted;
}

PetscInt MomentumShiftsBetween(const FluxParameters *parameters, const ConcentrationPair c[],
                               const DrivingFlux driving[], const FaceExtent *extent,
                               const PetscReal scale[], MomentumShift shift[])
{
  const PetscInt ions = parameters->number_of_ions;

  if (ions == 2) return ShiftsBetween(parameters, 2, c, driving, extent, scale, shift);
  return ShiftsBetween(parameters, ions, c, driving, extent, scale, shift);
}
