#include <math.h>

#include "solver/transport_impl.h"

/* The smallest share of a concentration that one update of Newton's leaves. */
#define SMALLEST_SHARE 1e-6

/* A node's unknowns and its composition.  The unknown of ion k is the logarithm of its reduced
   concentration b_k = c_k/S^w_k (solver/packing.h) over the initial one; of a point that is the
   concentration itself. */

/* One exponential for the two: each is got from the other without a loss of digits. */
static inline void SetConcentration(PetscReal initial, PetscReal log_ratio,
                                    PetscReal *concentration, PetscReal *deviation)
{
  if (PetscAbsReal(log_ratio) < 0.5) {
    const PetscReal share = expm1(log_ratio);
    *deviation = initial * share;
    *concentration = initial * (1 + share);
  } else {
    const PetscReal ratio = PetscExpReal(log_ratio);
    *deviation = initial * (ratio - 1);
    *concentration = initial * ratio;
  }
}

static void UnpackPacked(Transport t, const PetscScalar unknown[], NodeState *node)
{
  const PetscReal initial_solvent = t->initial_node.log_solvent;
  PetscReal reduced[MAXIMUM_IONS];

  for (PetscInt k = 0; k < t->ions; k++) {
    reduced[k] = t->initial[k] * PetscExpReal(unknown[k] - t->packing.weight[k] * initial_solvent);
  }
  node->log_solvent = PackingSolve(&t->packing, reduced);
  for (PetscInt k = 0; k < t->ions; k++) {
    node->log_ratio[k] = unknown[k] + t->packing.weight[k] * (node->log_solvent - initial_solvent);
  }
}

void TransportUnpackNode(Transport t, const PetscScalar unknown[], NodeState *node)
{
  if (t->packing.points) {
    for (PetscInt k = 0; k < t->ions; k++) node->log_ratio[k] = unknown[k];
  } else {
    UnpackPacked(t, unknown, node);
  }
  for (PetscInt k = 0; k < t->ions; k++) {
    SetConcentration(t->initial[k], node->log_ratio[k], &node->concentration[k],
                     &node->deviation[k]);
  }
  if (t->solution) {
    node->log_activity_coefficient = SolutionLogActivityCoefficient(
        t->solution, 0.5 * (node->concentration[0] + node->concentration[1]));
  }
}

void TransportSolventDerivatives(Transport t, const NodeState *node, PetscReal by_unknown[])
{
  PackingDerivatives(&t->packing, node->concentration, node->log_solvent, by_unknown);
}

void TransportAddConcentrationDerivatives(Transport t, const NodeState *node, PetscReal factor,
                                          const PetscReal z[], PetscScalar by_unknown[])
{
  PetscReal by_solvent = 0, solvent_by[MAXIMUM_IONS];

  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal term = factor * z[k] * node->concentration[k];
    by_unknown[k] += term;
    by_solvent += t->packing.weight[k] * term;
  }
  if (t->packing.points) return;
  TransportSolventDerivatives(t, node, solvent_by);
  for (PetscInt k = 0; k < t->ions; k++) by_unknown[k] += by_solvent * solvent_by[k];
}

void TransportLogActivities(Transport t, const NodeState *node, PetscReal log_activity[])
{
  const NodeState *initial = &t->initial_node;
  const PetscReal coefficient =
      node->log_activity_coefficient.value - initial->log_activity_coefficient.value;

  for (PetscInt k = 0; k < t->ions; k++) {
    log_activity[k] = node->log_ratio[k] + coefficient -
                      t->packing.weight[k] * (node->log_solvent - initial->log_solvent);
  }
}

void TransportActivityDerivatives(Transport t, const NodeState *node, PetscReal by_unknown[])
{
  static const PetscReal one[MAXIMUM_IONS] = {1, 1};

  for (PetscInt k = 0; k < t->ions; k++) by_unknown[k] = 0;
  TransportAddConcentrationDerivatives(t, node, 0.5 * node->log_activity_coefficient.derivative,
                                       one, by_unknown);
}

static inline PetscReal LogarithmicUpdate(PetscReal relative_change)
{
  const PetscReal x = relative_change;

  // To the last digit of the logarithm it is added to.
  if (PetscAbsReal(x) < 1e-4) return x * (1 - x * (0.5 - x * (1. / 3)));
  return log1p(PetscMax(relative_change, -1 + SMALLEST_SHARE));
}

/* Concentrations and S change together as the linearised equations have them; their sum over the
   volume stays 1, and the new unknowns are those of the new concentrations. */
static void UpdatePacked(Transport t, const PetscScalar unknown[], const PetscScalar update[],
                         PetscReal share, PetscScalar updated[])
{
  PetscReal solvent_by[MAXIMUM_IONS], solvent_change = 0, solvent_update = 0;
  NodeState node;

  TransportUnpackNode(t, unknown, &node);
  TransportSolventDerivatives(t, &node, solvent_by);
  for (PetscInt k = 0; k < t->ions; k++) solvent_change -= solvent_by[k] * share * update[k];
  solvent_update = LogarithmicUpdate(solvent_change);
  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal weight = t->packing.weight[k];
    updated[k] = unknown[k] + LogarithmicUpdate(weight * solvent_change - share * update[k]) -
                 weight * solvent_update;
  }
}

void TransportUpdateNode(Transport t, const PetscScalar unknown[], const PetscScalar update[],
                         PetscReal share, PetscScalar updated[])
{
  if (!t->packing.points) {
    UpdatePacked(t, unknown, update, share, updated);
    return;
  }
  for (PetscInt k = 0; k < t->ions; k++) {
    updated[k] = unknown[k] + LogarithmicUpdate(-share * update[k]);
  }
}
