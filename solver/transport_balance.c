#include "solver/transport_impl.h"

/* The rows of the nodes: what leaves a volume through its faces, and what it stores. */

/* In nearly all cells these are constants to the compiler, whose loops then unroll. */
static const BalanceShape usual_shape = {2, CLOSURE_POISSON, PETSC_FALSE};
static const BalanceShape usual_deep_shape = {2, CLOSURE_POISSON, PETSC_TRUE};

static inline PetscBool ShapeIsUsual(Transport t)
{
  return (PetscBool)(t->ions == 2 && t->closure == CLOSURE_POISSON);
}

/* Weight of a face's flux in the mass balance of a block beside it. */
static inline PetscReal FaceWeight(Transport t, BalanceShape shape, PetscInt block, PetscInt k,
                                   const FaceRows *face)
{
  const PetscReal difference = shape.deep ? face->exponent[k] - RowDepth(t, block, k) : 0;

  return difference == 0 ? 1 : PetscExpReal(difference);
}

/* Weight of what is stored in a mass balance. */
static inline PetscReal StorageWeight(Transport t, BalanceShape shape, PetscInt block, PetscInt k)
{
  return shape.deep ? DepthFactor(RowDepth(t, block, k)) : 1;
}

/* The ion with the most equivalents at a node. */
static inline PetscInt MostAbundant(Transport t, PetscInt ions, PetscInt block)
{
  const PetscReal *c = BlockNode(t, block)->concentration, *z = t->flux.charge;
  PetscInt most = 0;

  for (PetscInt k = 1; k < ions; k++) {
    if (fabs(z[k]) * c[k] > fabs(z[most]) * c[most]) most = k;
  }
  return most;
}

/* Whether the charge is known to more digits than the concentrations: where the liquid is neutral,
   or nearly so and the charge among the transient variables. */
static inline PetscBool ChargeIsKnown(Transport t, BalanceShape shape, PetscInt block)
{
  const NodeState *node = BlockNode(t, block);
  PetscReal charge = 0, total = 0;

  if (shape.closure == CLOSURE_ELECTRONEUTRAL) return PETSC_TRUE;
  if (!BlockHoldsCharge(t, block)) return PETSC_FALSE;
  for (PetscInt k = 0; k < shape.ions; k++) {
    charge += t->flux.charge[k] * node->deviation[k];
    total += fabs(t->flux.charge[k]) * node->concentration[k];
  }
  return (PetscBool)(fabs(charge) <= 0.5 * total);
}

/* d/dt of c_k/c_0 at a node, from the rates the integrator gives. */
static inline void StorageRates(Transport t, BalanceShape shape, PetscInt block,
                                PetscReal storage[])
{
  const PetscScalar *rate = RateBlock(t, block);
  PetscReal left = shape.closure == CLOSURE_ELECTRONEUTRAL ? 0 : rate[shape.ions];
  PetscInt most;

  for (PetscInt k = 0; k < shape.ions; k++) storage[k] = t->relative_initial[k] * rate[k];
  if (!ChargeIsKnown(t, shape, block)) return;
  most = MostAbundant(t, shape.ions, block);
  for (PetscInt k = 0; k < shape.ions; k++) {
    if (k != most) left -= t->flux.charge[k] * storage[k];
  }
  storage[most] = left / t->flux.charge[most];
}

static inline PetscBool RowHasStorage(Transport t, PetscInt block, PetscInt k)
{
  return (PetscBool)!t->steady[(block - t->first) * t->dof + k];
}

/* sum_k z_k c_k [mol/m^3] by whichever of the two ways keeps more digits: from the deviations from
   the neutral initial solution, or, where little is left of it, from the concentrations. */
static inline PetscReal NodeCharge(Transport t, BalanceShape shape, PetscInt block)
{
  const NodeState *node = BlockNode(t, block);
  PetscReal of_deviations = 0, of_concentrations = 0, deviation = 0, total = 0;

  for (PetscInt k = 0; k < shape.ions; k++) {
    const PetscReal z = t->flux.charge[k];
    of_deviations += z * node->deviation[k];
    if (shape.closure == CLOSURE_POISSON) continue;
    of_concentrations += z * node->concentration[k];
    deviation += fabs(z * node->deviation[k]);
    total += fabs(z) * node->concentration[k];
  }
  return shape.closure == CLOSURE_POISSON || deviation < total ? of_deviations : of_concentrations;
}

/* Weight of the charge in the last row: Poisson's equation is over c_0; neutrality is of what is
   left of the ions, however little. */
static inline PetscReal ChargeWeight(Transport t, BalanceShape shape, PetscInt block)
{
  const PetscReal volume = t->porosity * t->mesh.width[block - 1];
  PetscReal total = 0;

  if (shape.closure == CLOSURE_POISSON) return volume * t->per_salt_concentration;
  for (PetscInt k = 0; k < shape.ions; k++) {
    total += fabs(t->flux.charge[k]) * BlockNode(t, block)->concentration[k];
  }
  return volume / total;
}

/* Adds the storage terms, and the charge to Poisson's equation, or to be 0. */
static inline void AddVolumeTerms(Transport t, BalanceShape shape, PetscInt block,
                                  PetscScalar rows[])
{
  const PetscReal volume = t->porosity * t->mesh.width[block - 1];
  PetscReal storage[MAXIMUM_IONS];

  StorageRates(t, shape, block, storage);
  for (PetscInt k = 0; k < shape.ions; k++) {
    if (!RowHasStorage(t, block, k)) continue;
    rows[k] += volume * storage[k] * StorageWeight(t, shape, block, k);
  }
  rows[shape.ions] += NodeCharge(t, shape, block) * ChargeWeight(t, shape, block);
}

/* What leaves a volume through its faces: of each ion, and of displacement. */
static inline void FaceTerms(Transport t, BalanceShape shape, PetscInt b, PetscScalar rows[])
{
  const PetscInt ions = shape.ions;
  const FaceRows left = FaceOf(t, ions, b - 1), right = FaceOf(t, ions, b);

  rows[ions] = 0;
  for (PetscInt k = 0; k < ions; k++) {
    rows[k] = right.flux[k] * FaceWeight(t, shape, b, k, &right) -
              left.flux[k] * FaceWeight(t, shape, b, k, &left);
  }
  if (shape.closure == CLOSURE_ELECTRONEUTRAL) return;
  if (b < t->blocks - 2)
    rows[ions] += t->face_permittivity[b] * BlockNode(t, b + 1)->potential_jump;
  if (b > 1) rows[ions] -= t->face_permittivity[b - 1] * BlockNode(t, b)->potential_jump;
}

/* Their derivatives, [dof][3 dof]. */
static inline void FaceDerivatives(Transport t, BalanceShape shape, PetscInt b, PetscScalar rows[])
{
  const PetscInt ions = shape.ions, dof = ions + 1;
  const FaceRows left = FaceOf(t, ions, b - 1), right = FaceOf(t, ions, b);
  PetscScalar *last = rows + ions * 3 * dof;

  for (PetscInt m = 0; m < 3 * dof; m++) last[m] = 0;
  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal on_left = FaceWeight(t, shape, b, k, &left);
    const PetscReal on_right = FaceWeight(t, shape, b, k, &right);
    PetscScalar *row = rows + k * 3 * dof;
    for (PetscInt m = 0; m < dof; m++) {
      row[m] = -on_left * left.by_left[k * dof + m];
      row[dof + m] = on_right * right.by_left[k * dof + m] - on_left * left.by_right[k * dof + m];
      row[2 * dof + m] = on_right * right.by_right[k * dof + m];
    }
  }
  if (shape.closure == CLOSURE_ELECTRONEUTRAL) return;
  last[ions] = t->carry * t->face_permittivity[b - 1];
  last[dof + ions] = -t->face_permittivity[b - 1] - t->carry * t->face_permittivity[b];
  last[2 * dof + ions] = t->face_permittivity[b];
}

/* Divides the rows that are not deep by c_k/c_k,0, on `length` entries of each. */
static inline void ScaleBalances(Transport t, BalanceShape shape, PetscInt block, PetscInt length,
                                 PetscScalar rows[])
{
  for (PetscInt k = 0; k < shape.ions; k++) {
    if (RowTakesEntry(t, block, k)) continue;
    if (shape.deep && RowDepth(t, block, k) != 0) continue;
    const PetscReal factor = t->initial[k] / BlockNode(t, block)->concentration[k];
    for (PetscInt m = 0; m < length; m++) rows[k * length + m] *= factor;
  }
}

/* Of the storage in the electroneutral closure, where the most abundant ion's is what the others
   leave (StorageRates). */
static void AddNeutralStorageDerivatives(Transport t, BalanceShape shape, PetscInt block,
                                         PetscReal factor, PetscScalar rows[])
{
  const PetscInt ions = shape.ions, dof = ions + 1, most = MostAbundant(t, ions, block);
  const PetscReal *z = t->flux.charge;

  for (PetscInt k = 0; k < ions; k++) {
    PetscReal weight[MAXIMUM_IONS] = {0};
    if (!RowHasStorage(t, block, k)) continue;
    if (k != most) weight[k] = 1;
    for (PetscInt j = 0; j < ions && k == most; j++) weight[j] = j == most ? 0 : -z[j] / z[most];
    TransportAddConcentrationDerivatives(t, BlockNode(t, block),
                                         factor * StorageWeight(t, shape, block, k), weight,
                                         rows + k * 3 * dof + dof);
  }
}

static inline void AddStorageDerivatives(Transport t, BalanceShape shape, PetscInt block,
                                         PetscReal shift_volume, PetscScalar rows[])
{
  const PetscInt ions = shape.ions, dof = ions + 1;
  const NodeState *node = BlockNode(t, block);
  PetscReal solvent_by[MAXIMUM_IONS];

  if (!t->packing.points) TransportSolventDerivatives(t, node, solvent_by);
  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal factor = shift_volume * StorageWeight(t, shape, block, k);
    PetscScalar *row = rows + k * 3 * dof + dof;
    if (!RowHasStorage(t, block, k)) continue;
    row[k] += factor * node->concentration[k];
    if (t->packing.points) continue;
    for (PetscInt m = 0; m < ions; m++) {
      row[m] += factor * node->concentration[k] * t->packing.weight[k] * solvent_by[m];
    }
  }
}

static inline void AddVolumeDerivatives(Transport t, BalanceShape shape, PetscInt block,
                                        PetscReal shift, PetscScalar rows[])
{
  const PetscInt ions = shape.ions, dof = ions + 1;
  const PetscReal volume = t->porosity * t->mesh.width[block - 1] * t->per_salt_concentration;

  if (shape.closure == CLOSURE_ELECTRONEUTRAL)
    AddNeutralStorageDerivatives(t, shape, block, shift * volume, rows);
  else
    AddStorageDerivatives(t, shape, block, shift * volume, rows);
  TransportAddConcentrationDerivatives(t, BlockNode(t, block), ChargeWeight(t, shape, block),
                                       t->flux.charge, rows + ions * 3 * dof + dof);
}

static inline PetscBool BlockIsWall(Transport t, PetscInt block)
{
  return (PetscBool)(block == 1 || block == t->blocks - 2);
}

static inline void NodeTerms(Transport t, BalanceShape shape, PetscScalar f[])
{
  const PetscInt dof = shape.ions + 1;

  for (PetscInt b = t->first; b < t->first + t->count; b++) {
    PetscScalar *rows = f + (b - t->first) * dof;
    if (!BlockIsNode(t, b)) {
      for (PetscInt i = 0; i < dof; i++) rows[i] = 0;
      continue;
    }
    FaceTerms(t, shape, b, rows);
    AddVolumeTerms(t, shape, b, rows);
    if (!BlockIsWall(t, b)) ScaleBalances(t, shape, b, 1, rows);
  }
}

static inline void NodeDerivatives(Transport t, BalanceShape shape, PetscReal shift)
{
  const PetscInt dof = shape.ions + 1;

  for (PetscInt b = t->first; b < t->first + t->count; b++) {
    PetscScalar *rows = t->rows + (b - t->first) * dof * 3 * dof;
    if (!BlockIsNode(t, b)) {
      for (PetscInt i = 0; i < dof * 3 * dof; i++) rows[i] = 0;
      continue;
    }
    FaceDerivatives(t, shape, b, rows);
    AddVolumeDerivatives(t, shape, b, shift, rows);
    if (!BlockIsWall(t, b)) ScaleBalances(t, shape, b, 3 * dof, rows);
  }
}

void TransportNodeTerms(Transport t, PetscScalar f[])
{
  if (!ShapeIsUsual(t))
    NodeTerms(t, ShapeOf(t), f);
  else if (t->any_deep)
    NodeTerms(t, usual_deep_shape, f);
  else
    NodeTerms(t, usual_shape, f);
}

void TransportNodeDerivatives(Transport t, PetscReal shift)
{
  if (!ShapeIsUsual(t))
    NodeDerivatives(t, ShapeOf(t), shift);
  else if (t->any_deep)
    NodeDerivatives(t, usual_deep_shape, shift);
  else
    NodeDerivatives(t, usual_shape, shift);
}

void TransportScaleBalances(Transport t, PetscInt block, PetscInt length, PetscScalar rows[])
{
  ScaleBalances(t, ShapeOf(t), block, length, rows);
}
