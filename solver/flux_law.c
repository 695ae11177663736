#include "solver/flux_law.h"

#include <math.h>

#include "solver/bernoulli.h"

static const FluxLaw *const laws[] = {&flux_law_dilute, &flux_law_concentrated};

PetscErrorCode FluxLawFind(MPI_Comm comm, const char name[], const FluxLaw **law)
{
  PetscBool found = PETSC_FALSE;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(laws) && !found; i++) {
    *law = laws[i];
    PetscCall(PetscStrcmp(name, laws[i]->name, &found));
  }
  PetscCheck(found, comm, PETSC_ERR_USER_INPUT,
             "electrolyte.flux_law: found '%s', allowed: dilute, concentrated", name);
  PetscFunctionReturn(0);
}

PetscReal ConcentrationDrop(const NodeState *left, const NodeState *right, PetscInt k)
{
  const PetscBool near_initial =
      (PetscBool)(PetscAbsReal(left->deviation[k]) < left->concentration[k] &&
                  PetscAbsReal(right->deviation[k]) < right->concentration[k]);

  return near_initial ? left->deviation[k] - right->deviation[k]
                      : left->concentration[k] - right->concentration[k];
}

PetscReal ExcessJump(const FluxParameters *parameters, const NodeState *left,
                     const NodeState *right, PetscInt k)
{
  return parameters->charge[k] * right->potential_jump +
         (right->log_activity_coefficient.value - left->log_activity_coefficient.value) -
         parameters->packing_weight[k] * (right->log_solvent - left->log_solvent);
}

/* With B(-x) = B(x) + x the fit J = [B(x) c_left - B(-x) c_right]/h is a multiple of the drop and a
   drift.  Of the two ways to write it, each keeps its digits for one sign of x: there B is small,
   and the drift is that of the node upstream. */
static DrivingFlux ExponentialFit(PetscReal c_left, PetscReal c_right, PetscReal drop,
                                  PetscReal excess_jump, PetscReal spacing)
{
  const PetscBool to_left = (PetscBool)(excess_jump >= 0);
  const PetscReal x = PetscAbsReal(excess_jump);
  const PetscReal b = Bernoulli(x), db = BernoulliDerivative(x, b);
  const PetscReal upstream = to_left ? -c_right : c_left;
  const PetscReal mean = (to_left ? c_right : c_left) + (to_left ? -db : db) * drop;

  return (DrivingFlux){.flux = (b * drop + x * upstream) / spacing,
                       .by_left = (to_left ? b : b + x) / spacing,
                       .by_right = -(to_left ? b + x : b) / spacing,
                       .by_jump = -mean / spacing,
                       .mean = mean,
                       .mean_by_left = to_left ? -db : 1 + db,
                       .mean_by_right = to_left ? 1 + db : -db,
                       .mean_by_jump = -BernoulliSecondDerivative(x, b, db) * drop};
}

/* ln(c_right/c_left). */
static PetscReal LogRatio(PetscReal c_left, PetscReal c_right, PetscReal drop)
{
  const PetscReal ratio = drop / c_right;

  return fabs(ratio) < 0.5 ? -log1p(ratio) : log(c_right / c_left);
}

/* The mean is c_left/B(s) with s = ln(c_right/c_left). */
static DrivingFlux LogarithmicMean(PetscReal c_left, PetscReal c_right, PetscReal drop,
                                   PetscReal log_ratio, PetscReal excess_jump, PetscReal spacing)
{
  const PetscReal b = Bernoulli(log_ratio), mean = c_left / b;
  const PetscReal mean_by_log_right = -mean * BernoulliDerivative(log_ratio, b) / b;

  return (DrivingFlux){
      .flux = (drop - mean * excess_jump) / spacing,
      .by_left = (1 - excess_jump * (mean - mean_by_log_right) / c_left) / spacing,
      .by_right = -(1 + excess_jump * mean_by_log_right / c_right) / spacing,
      .by_jump = -mean / spacing,
      .mean = mean,
      .mean_by_left = (mean - mean_by_log_right) / c_left,
      .mean_by_right = mean_by_log_right / c_right,
  };
}

DrivingFlux NeutralDrivingFluxBetween(PetscReal c_left, PetscReal c_right, PetscReal drop,
                                      PetscReal excess_jump, PetscReal spacing)
{
  return LogarithmicMean(c_left, c_right, drop, LogRatio(c_left, c_right, drop), excess_jump,
                         spacing);
}

/* From 0 at |s| = 1 to 1 at 3, with a continuous slope. */
static PetscReal FitShare(PetscReal log_ratio, PetscReal *slope)
{
  const PetscReal x = 0.5 * (PetscAbsReal(log_ratio) - 1);

  *slope = 0;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  *slope = (log_ratio < 0 ? -0.5 : 0.5) * 6 * x * (1 - x);
  return x * x * (3 - 2 * x);
}

DrivingFlux DrivingFluxBetween(PetscReal c_left, PetscReal c_right, PetscReal drop,
                               PetscReal excess_jump, PetscReal spacing)
{
  const PetscReal s = LogRatio(c_left, c_right, drop);
  PetscReal slope;
  const PetscReal share = FitShare(s, &slope);
  DrivingFlux fit, mean;

  if (share < 1) mean = LogarithmicMean(c_left, c_right, drop, s, excess_jump, spacing);
  if (share == 0) return mean;
  fit = ExponentialFit(c_left, c_right, drop, excess_jump, spacing);
  if (share == 1) return fit;
  return (DrivingFlux){
      .flux = mean.flux + share * (fit.flux - mean.flux),
      .by_left = mean.by_left + share * (fit.by_left - mean.by_left) -
                 slope / c_left * (fit.flux - mean.flux),
      .by_right = mean.by_right + share * (fit.by_right - mean.by_right) +
                  slope / c_right * (fit.flux - mean.flux),
      .by_jump = mean.by_jump + share * (fit.by_jump - mean.by_jump),
      .mean = mean.mean + share * (fit.mean - mean.mean),
      .mean_by_left = mean.mean_by_left + share * (fit.mean_by_left - mean.mean_by_left) -
                      slope / c_left * (fit.mean - mean.mean),
      .mean_by_right = mean.mean_by_right + share * (fit.mean_by_right - mean.mean_by_right) +
                       slope / c_right * (fit.mean - mean.mean),
      .mean_by_jump = share * fit.mean_by_jump,
  };
}
