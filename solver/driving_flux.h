#ifndef SANDGLASS_SOLVER_DRIVING_FLUX_H
#define SANDGLASS_SOLVER_DRIVING_FLUX_H

#include "solver/flux_law.h"

/* The flux of one ion between two nodes at unit diffusivity, by either of two forms, from which the
   flux laws are made.  Here and not in a file of their own: a face costs little more than a call.
 */

/* For any number of ions, and apart from that for two, as nearly all cells have: where the compiler
   knows, its loops unroll. */
#define FOR_ANY_IONS static inline __attribute__((always_inline))

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

/* (c_right - c_left)/ln(c_right/c_left); where the two are close, the arithmetic mean times
   T = tanh(x)/x with x half the logarithm: T = 1 - x^2 r, r from the fifth convergent of its
   continued fraction (Lambert 1768), which is within 1e-16 there, and dT/dx = x (r - T^2). */
static inline PetscReal LogarithmicMean(const ConcentrationPair *c, PetscReal *by_log_left,
                                        PetscReal *by_log_right)
{
  const PetscReal s = c->log_ratio;
  PetscReal mean;

  if (PetscAbsReal(s) < 0.25) {
    const PetscReal y = 0.25 * s * s, half_sum = 0.5 * (c->left + c->right);
    const PetscReal r = (315 + 14 * y) / (945 + y * (420 + 15 * y));
    const PetscReal share = 1 - y * r;
    const PetscReal slope = half_sum * 0.25 * s * (r - share * share);
    mean = half_sum * share;
    *by_log_left = 0.5 * c->left * share - slope;
    *by_log_right = 0.5 * c->right * share + slope;
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

/* |ln(c_right/c_left)| from which on the exponential fit takes part, and from which on it is alone.
 */
#define LIKE_NODES 1.
#define UNLIKE_NODES 3.

/* What DrivingFluxBetween (below) is between nodes that are not alike. */
DrivingFlux UnlikeDrivingFluxBetween(const ConcentrationPair *c, PetscReal excess_jump,
                                     PetscReal per_spacing);

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
  if (PetscAbsReal(c->log_ratio) <= LIKE_NODES) {
    return NeutralDrivingFluxBetween(c, excess_jump, per_spacing);
  }
  return UnlikeDrivingFluxBetween(c, excess_jump, per_spacing);
}

/* Share of its charge in all equivalents on a face, |sum z_k c_k|/sum |z_k| c_k, from which on a
   momentum shift takes part, and from which on it is whole. */
#define NEUTRAL_FACE 1e-3
#define CHARGED_FACE 1e-2

/* Added to the mean concentration of one ion of those in excess; over its scale, as all of that ion
   is. */
typedef struct {
  PetscInt ion;
  PetscReal mean;                                           // [mol/m^3]
  PetscReal by_left[MAXIMUM_IONS], by_right[MAXIMUM_IONS];  // to ln c of every ion [mol/m^3]
} MomentumShift;

/* What makes the momentum of a face that of the finite volumes.  The driving fluxes of all ions sum
   to -dP/dx + sum_k z_k c_k E (model.md 6), and by Poisson's equation the force is what the Maxwell
   stress gains.  For finite volumes the force on face i, on half the charge of either node beside
   it,
     E_i (w_left rho_left + w_right rho_right)/2 = eps E_i (E_i+1 - E_i-1)/2,
   telescopes from face to face, as it should.  With the logarithmic means alone the stress in a
   space charge is wrong by a share of h^2/(x* y), x* the width of its edge and y the edge's
   distance.  Hence the ions of the sign in excess drift with what the charge of the means lacks of
   that of the volumes, against their whole electrochemical potential:
     J = -(c_mean + shift) (ln c_right - ln c_left + u_right - u_left)/h
   Each makes up for what it lacks itself, and in proportion to its equivalents for what the ions of
   the other sign lack.  So all of them drift with c_volumes (1 - L/Q), L what the other sign lacks
   and Q their own equivalents: since L is less than what the other sign has, and that less than Q,
   their means stay positive, and every J zero at equilibrium and down the electrochemical
   potential.  Traces get traces.  There is no shift where the face is neutral, and none between
   unlike nodes of an ion, where the fit upwinds.

   Of the driving fluxes without the shift; `scale` as in FluxLaw.  Returns how many ions are
   shifted, one at the most where there are two of opposite sign. */
PetscInt MomentumShiftsBetween(const FluxParameters *parameters, const ConcentrationPair c[],
                               const DrivingFlux driving[], const FaceExtent *extent,
                               const PetscReal scale[], MomentumShift shift[]);

static inline PetscReal FaceCharge(const FluxParameters *parameters, const NodeState *left,
                                   const NodeState *right, const FaceExtent *extent, PetscInt k)
{
  return parameters->charge[k] *
         (extent->left * left->concentration[k] + extent->right * right->concentration[k]);
}

/* Whether there may be a shift between nodes that are not scaled. */
static inline PetscBool FaceIsCharged(const FluxParameters *parameters, PetscInt ions,
                                      const NodeState *left, const NodeState *right,
                                      const FaceExtent *extent)
{
  PetscReal net = FaceCharge(parameters, left, right, extent, 0), total = PetscAbsReal(net);

  for (PetscInt k = 1; k < ions; k++) {
    const PetscReal charge = FaceCharge(parameters, left, right, extent, k);
    net += charge;
    total += PetscAbsReal(charge);
  }
  return (PetscBool)(PetscAbsReal(net) > NEUTRAL_FACE * total);
}

/* To the driving flux of the shift's ion, `c` and `excess_jump` its own.  Returns the gradient that
   the shift flows down, (ln c_right - ln c_left + u_right - u_left)/h: the flux's derivatives to
   the other ions are those of the shift times -that. */
static inline PetscReal AddMomentumShift(const MomentumShift *shift, const ConcentrationPair *c,
                                         PetscReal excess_jump, PetscReal per_spacing,
                                         DrivingFlux *driving)
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

#endif
