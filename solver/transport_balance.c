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

static inline PetscInt ChargeRow(BalanceShape shape)
{
  return shape.closure == CLOSURE_POISSON ? shape.ions : shape.ions - 1;
}

/* d/dt of c_k/c_0 at a node, from the rates the integrator gives. */
static inline void StorageRates(Transport t, PetscInt ions, PetscInt block, PetscReal storage[])
{
  const NodeState *node = BlockNode(t, block);
  const PetscScalar *rate = RateBlock(t, block);
  PetscReal charge = 0, total = 0, others = 0;
  PetscInt most = 0;

  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal equivalents = fabs(t->flux.charge[k]) * node->concentration[k];
    storage[k] = t->relative_initial[k] * rate[k];
    charge += t->flux.charge[k] * node->deviation[k];
    total += equivalents;
    others += t->flux.charge[k] * storage[k];
    if (equivalents > fabs(t->flux.charge[most]) * node->concentration[most]) most = k;
  }
  if (!BlockHoldsCharge(t, block) || fabs(charge) > 0.5 * total) return;
  others -= t->flux.charge[most] * storage[most];
  storage[most] = (rate[ions] - others) / t->flux.charge[most];
}

static inline PetscBool RowHasStorage(Transport t, BalanceShape shape, PetscInt block, PetscInt k)
{
  return (PetscBool)(RowIsMassBalance(shape, k) && !t->steady[(block - t->first) * t->dof + k]);
}

/* Adds the storage terms: of mass, and of charge or neutrality. */
static inline void AddVolumeTerms(Transport t, BalanceShape shape, PetscInt block,
                                  PetscScalar rows[])
{
  const NodeState *node = BlockNode(t, block);
  const PetscReal volume = t->porosity * t->mesh.width[block - 1];
  PetscReal storage[MAXIMUM_IONS], charge = 0;

  StorageRates(t, shape.ions, block, storage);
  for (PetscInt k = 0; k < shape.ions; k++) {
    charge += t->flux.charge[k] * node->deviation[k];
    if (!RowHasStorage(t, shape, block, k)) continue;
    rows[k] += volume * storage[k] * StorageWeight(t, shape, block, k);
  }
  rows[ChargeRow(shape)] += charge * volume * t->per_salt_concentration;
}

/* What leaves a volume through its faces: of each ion, and of charge or of displacement. */
static inline void FaceTerms(Transport t, BalanceShape shape, PetscInt b, PetscScalar rows[])
{
  const PetscInt ions = shape.ions;
  const FaceRows left = FaceOf(t, ions, b - 1), right = FaceOf(t, ions, b);

  rows[ions] = 0;
  for (PetscInt k = 0; k < ions; k++) {
    rows[k] = 0;
    if (RowIsMassBalance(shape, k)) {
      rows[k] = right.flux[k] * FaceWeight(t, shape, b, k, &right) -
                left.flux[k] * FaceWeight(t, shape, b, k, &left);
    }
    if (shape.closure == CLOSURE_ELECTRONEUTRAL) {
      rows[ions] += t->flux.charge[k] * (right.flux[k] - left.flux[k]);
    }
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
    const PetscReal on_left = RowIsMassBalance(shape, k) ? FaceWeight(t, shape, b, k, &left) : 0;
    const PetscReal on_right = RowIsMassBalance(shape, k) ? FaceWeight(t, shape, b, k, &right) : 0;
    const PetscReal charge = shape.closure == CLOSURE_POISSON ? 0 : t->flux.charge[k];
    PetscScalar *row = rows + k * 3 * dof;
    for (PetscInt m = 0; m < dof; m++) {
      const PetscReal left_by_left = left.by_left[k * dof + m];
      const PetscReal left_by_right = left.by_right[k * dof + m];
      const PetscReal right_by_left = right.by_left[k * dof + m];
      const PetscReal right_by_right = right.by_right[k * dof + m];
      row[m] = -on_left * left_by_left;
      row[dof + m] = on_right * right_by_left - on_left * left_by_right;
      row[2 * dof + m] = on_right * right_by_right;
      last[m] -= charge * left_by_left;
      last[dof + m] += charge * (right_by_left - left_by_right);
      last[2 * dof + m] += charge * right_by_right;
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
    if (!RowIsMassBalance(shape, k) || RowTakesEntry(t, block, k)) continue;
    if (shape.deep && RowDepth(t, block, k) != 0) continue;
    const PetscReal factor = t->initial[k] / BlockNode(t, block)->concentration[k];
    for (PetscInt m = 0; m < length; m++) rows[k * length + m] *= factor;
  }
}

static inline void AddVolumeDerivatives(Transport t, BalanceShape shape, PetscInt block,
                                        PetscReal shift, PetscScalar rows[])
{
  const PetscInt ions = shape.ions, dof = ions + 1;
  const NodeState *node = BlockNode(t, block);
  const PetscReal volume = t->porosity * t->mesh.width[block - 1] * t->per_salt_concentration;
  PetscReal solvent_by[MAXIMUM_IONS];

  if (!t->packing.points) TransportSolventDerivatives(t, node, solvent_by);
  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal factor = shift * volume * StorageWeight(t, shape, block, k);
    PetscScalar *row = rows + k * 3 * dof + dof;
    if (!RowHasStorage(t, shape, block, k)) continue;
    row[k] += factor * node->concentration[k];
    if (t->packing.points) continue;
    for (PetscInt m = 0; m < ions; m++) {
      row[m] += factor * node->concentration[k] * t->packing.weight[k] * solvent_by[m];
    }
  }
  TransportAddConcentrationDerivatives(t, node, volume, t->flux.charge,
                                       rows + ChargeRow(shape) * 3 * dof + dof);
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
