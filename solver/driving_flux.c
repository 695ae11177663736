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

/* From 0 at |s| = 1 to 1 at 3, with a continuous slope, s = ln(c_right/c_left). */
static PetscReal FitShare(PetscReal log_ratio, PetscReal *slope)
{
  const PetscReal per_length = 1 / (UNLIKE_NODES - LIKE_NODES);
  const PetscReal x = per_length * (PetscAbsReal(log_ratio) - LIKE_NODES);

  *slope = 0;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  *slope = (log_ratio < 0 ? -per_length : per_length) * 6 * x * (1 - x);
  return x * x * (3 - 2 * x);
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
