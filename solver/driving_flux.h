#ifndef SANDGLASS_SOLVER_DRIVING_FLUX_H
#define SANDGLASS_SOLVER_DRIVING_FLUX_H

#include "solver/bernoulli.h"
#include "solver/flux_law.h"

/* The flux of one ion between two nodes at unit diffusivity, by either of two forms, from which the
   flux laws are made.  Here and not in a file of their own: a face costs little more than a call.
 */

/* One ion's concentration at the two nodes beside a face; the caller may know the drop and the
   logarithm to more digits than the two concentrations tell. */
typedef struct {
  PetscReal left, right;  // c [mol/m^3]
  PetscReal drop;         // c_left - c_right [mol/m^3]
  PetscReal log_ratio;    // ln(c_right/c_left) [-]
} ConcentrationPair;

/* A driving flux between two nodes, and the concentration that drifts in it: how the flux answers
   to a jump, mean = -h dJ/dx.  Derivatives are with respect to ln c_left, ln c_right and the jump.
 */
typedef struct {
  PetscReal flux;               // J [mol/m^4]
  PetscReal by_log_left;        // [mol/m^4]
  PetscReal by_log_right;       // [mol/m^4]
  PetscReal by_jump;            // [mol/m^4]
  PetscReal mean;               // [mol/m^3]
  PetscReal mean_by_log_left;   // [mol/m^3]
  PetscReal mean_by_log_right;  // [mol/m^3]
  PetscReal mean_by_jump;       // [mol/m^3]
} DrivingFlux;

static inline ConcentrationPair PairBetween(const NodeState *left, const NodeState *right,
                                            PetscInt k)
{
  return (ConcentrationPair){.left = left->concentration[k],
                             .right = right->concentration[k],
                             .drop = ConcentrationDrop(left, right, k),
                             .log_ratio = right->log_ratio[k] - left->log_ratio[k]};
}

/* With B(-x) = B(x) + x the fit J = [B(x) c_left - B(-x) c_right]/h is a multiple of the drop and a
   drift.  Of the two ways to write it, each keeps its digits for one sign of x: there B is small,
   and the drift is that of the node upstream. */
static inline DrivingFlux ExponentialFit(const ConcentrationPair *c, PetscReal excess_jump,
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

/* (c_right - c_left)/ln(c_right/c_left); where the two are close, the arithmetic mean times
   tanh(y)/y with y half the logarithm, by its series, whose first left-out term is 2e-18. */
static inline PetscReal LogarithmicMean(const ConcentrationPair *c, PetscReal *by_log_left,
                                        PetscReal *by_log_right)
{
  const PetscReal s = c->log_ratio;
  PetscReal mean;

  if (PetscAbsReal(s) < 0.25) {
    const PetscReal y = 0.25 * s * s, half_sum = 0.5 * (c->left + c->right);
    const PetscReal share =
        1 -
        y * (1. / 3 -
             y * (2. / 15 -
                  y * (17. / 315 -
                       y * (62. / 2835 - y * (1382. / 155925 -
                                              y * (21844. / 6081075 - y * 929569. / 638512875))))));
    const PetscReal slope =
        -0.5 * s *
        (1. / 3 -
         y * (4. / 15 - y * (17. / 105 - y * (248. / 2835 - y * (1382. / 31185 -
                                                                 y * (43688. / 2027025 -
                                                                      y * 929569. / 91216125))))));
    mean = half_sum * share;
    *by_log_left = 0.5 * c->left * share - half_sum * slope;
    *by_log_right = 0.5 * c->right * share + half_sum * slope;
  } else {
    const PetscReal per_ratio = 1 / s;
    mean = -c->drop * per_ratio;
    *by_log_left = (mean - c->left) * per_ratio;
    *by_log_right = (c->right - mean) * per_ratio;
  }
  return mean;
}

/* The driving flux in the electroneutral closure, where the field goes as 1/c and would be anything
   but constant between two nodes near depletion:
     J = -(c_right - c_left + c_mean (u_right - u_left))/h
   with the logarithmic mean, so that it is zero at equilibrium on any mesh; and ions of common mean
   then diffuse together by the plain difference of concentrations. */
static inline DrivingFlux NeutralDrivingFluxBetween(const ConcentrationPair *c,
                                                    PetscReal excess_jump, PetscReal per_spacing)
{
  PetscReal by_left, by_right;
  const PetscReal mean = LogarithmicMean(c, &by_left, &by_right);

  return (DrivingFlux){.flux = (c->drop - mean * excess_jump) * per_spacing,
                       .by_log_left = (c->left - excess_jump * by_left) * per_spacing,
                       .by_log_right = -(c->right + excess_jump * by_right) * per_spacing,
                       .by_jump = -mean * per_spacing,
                       .mean = mean,
                       .mean_by_log_left = by_left,
                       .mean_by_log_right = by_right};
}

/* From 0 at |s| = 1 to 1 at 3, with a continuous slope. */
static inline PetscReal FitShare(PetscReal log_ratio, PetscReal *slope)
{
  const PetscReal x = 0.5 * (PetscAbsReal(log_ratio) - 1);

  *slope = 0;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  *slope = (log_ratio < 0 ? -0.5 : 0.5) * 6 * x * (1 - x);
  return x * x * (3 - 2 * x);
}

static inline DrivingFlux Mixture(const DrivingFlux *mean, const DrivingFlux *fit, PetscReal share,
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

/* The driving flux where the double layer is resolved.  Between two nodes at unit diffusivity,
   positive to the right:
     J = -(dc/dx + c du/dx),    u the excess electrochemical potential in units of R T
   zero at equilibrium on any mesh, and always down the electrochemical potential.  Where c changes
   by more than a factor e^3 from node to node it is the exponential fit of Scharfetter & Gummel
   (1969), which takes the field for constant there and upwinds by itself; where by less than e, the
   form with the logarithmic mean (above), since in a neutral depleted layer the field goes as 1/c;
   between the two, in part each.  (The fit alone made the onset in LiPF6 in EMC:FEC at 40 degC 2.3
   % late on 401 nodes, and the voltage past it too low by a third.)  excess_jump = u_right -
   u_left.
 */
static inline DrivingFlux DrivingFluxBetween(const ConcentrationPair *c, PetscReal excess_jump,
                                             PetscReal per_spacing)
{
  PetscReal slope;
  const PetscReal share = FitShare(c->log_ratio, &slope);
  DrivingFlux mean, fit;

  if (share < 1) mean = NeutralDrivingFluxBetween(c, excess_jump, per_spacing);
  if (share == 0) return mean;
  fit = ExponentialFit(c, excess_jump, per_spacing);
  return share == 1 ? fit : Mixture(&mean, &fit, share, slope);
}

#endif
