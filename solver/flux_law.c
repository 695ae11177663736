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
DrivingFlux DrivingFluxBetween(PetscReal c_left, PetscReal c_right, PetscReal drop,
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

/* The mean is c_left/B(s) with s = ln(c_right/c_left). */
DrivingFlux NeutralDrivingFluxBetween(PetscReal c_left, PetscReal c_right, PetscReal drop,
                                      PetscReal excess_jump, PetscReal spacing)
{
  const PetscReal ratio = drop / c_right;
  const PetscReal s = fabs(ratio) < 0.5 ? -log1p(ratio) : log(c_right / c_left);
  const PetscReal b = Bernoulli(s), mean = c_left / b;
  const PetscReal mean_by_log_right = -mean * BernoulliDerivative(s, b) / b;

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
