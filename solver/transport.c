#include <math.h>
#include <petscdmda.h>

#include "solver/transport_impl.h"

/* The residual and Jacobian of the balances over the finite volumes; each face is visited once and
   adds to one volume what it takes from the other (model.md 8). */

static void UnpackNodes(Transport t)
{
  t->any_deep = PETSC_FALSE;
  for (PetscInt b = t->ghost_first; b < t->ghost_first + t->ghost_count; b++) {
    NodeState *node = &t->node[b - t->ghost_first];
    if (!BlockIsNode(t, b)) continue;
    TransportUnpackNode(t, StateBlock(t, b), node);
    if (b > PetscMax(1, t->ghost_first)) {
      node->potential_jump = PotentialJump(t, StateBlock(t, b - 1), StateBlock(t, b));
    }
    for (PetscInt k = 0; k < t->ions; k++) {
      if (node->log_ratio[k] < DEEP_LOGARITHM) t->any_deep = PETSC_TRUE;
    }
  }
}

PetscErrorCode TransportUnpackState(Transport t, Vec state)
{
  const PetscInt size = t->ghost_count * t->dof;
  PetscBool same;

  PetscFunctionBeginUser;
  PetscCall(DMGlobalToLocal(t->dm, state, INSERT_VALUES, t->local_state));
  PetscCall(VecGetArrayRead(t->local_state, &t->state));
  PetscCall(PetscArraycmp(t->state, t->unpacked, size, &same));
  if (!same || t->carry != t->unpacked_carry) {
    UnpackNodes(t);
    PetscCall(PetscArraycpy(t->unpacked, t->state, size));
    t->unpacked_carry = t->carry;
    t->faces_evaluated = PETSC_FALSE;
  }
  PetscCall(VecRestoreArrayRead(t->local_state, &t->state));
  PetscFunctionReturn(0);
}

static PetscErrorCode BeginEvaluation(Transport t, Vec state, Vec rate)
{
  PetscFunctionBeginUser;
  PetscCall(TransportUnpackState(t, state));
  PetscCall(DMGlobalToLocal(t->dm, rate, INSERT_VALUES, t->local_rate));
  PetscCall(VecGetArrayRead(t->local_state, &t->state));
  PetscCall(VecGetArrayRead(t->local_rate, &t->rate));
  PetscFunctionReturn(0);
}

static PetscErrorCode EndEvaluation(Transport t)
{
  PetscFunctionBeginUser;
  PetscCall(VecRestoreArrayRead(t->local_state, &t->state));
  PetscCall(VecRestoreArrayRead(t->local_rate, &t->rate));
  PetscFunctionReturn(0);
}

/* First and last of this rank's blocks that is a node. */
static inline PetscInt FirstNodeBlock(Transport t)
{
  return PetscMax(1, t->first);
}

static inline PetscInt LastNodeBlock(Transport t)
{
  return PetscMin(t->blocks - 2, t->first + t->count - 1);
}

/* First and last block that begins a face this rank needs. */
static inline PetscInt FirstFaceBlock(Transport t)
{
  return PetscMax(1, t->first - 1);
}

static inline PetscInt LastFaceBlock(Transport t)
{
  return PetscMin(t->blocks - 3, t->first + t->count - 1);
}

/* d/dt of c_k/c_0 at a node, from the rates the integrator gives. */
static void StorageRates(Transport t, PetscInt block, PetscReal storage[])
{
  const NodeState *node = BlockNode(t, block);
  const PetscScalar *rate = RateBlock(t, block);
  PetscReal charge = 0, total = 0, others = 0;
  PetscInt most = 0;

  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal equivalents = fabs((PetscReal)t->flux.charge[k]) * node->concentration[k];
    storage[k] = t->relative_initial[k] * rate[k];
    charge += t->flux.charge[k] * node->deviation[k];
    total += equivalents;
    others += t->flux.charge[k] * storage[k];
    if (equivalents > fabs((PetscReal)t->flux.charge[most]) * node->concentration[most]) most = k;
  }
  if (!BlockHoldsCharge(t, block) || fabs(charge) > 0.5 * total) return;
  others -= t->flux.charge[most] * storage[most];
  storage[most] = (rate[t->ions] - others) / t->flux.charge[most];
}

static inline PetscBool RowHasStorage(Transport t, PetscInt block, PetscInt k)
{
  return (PetscBool)(RowIsMassBalance(t, k) && !t->steady[(block - t->first) * t->dof + k]);
}

/* Adds the storage terms: of mass, and of charge or neutrality. */
static void AddVolumeToRows(Transport t, PetscInt block, PetscScalar *rows)
{
  const NodeState *node = BlockNode(t, block);
  const PetscReal volume = t->porosity * t->mesh.width[block - 1];
  PetscReal storage[MAXIMUM_IONS], charge = 0;

  StorageRates(t, block, storage);
  for (PetscInt k = 0; k < t->ions; k++) {
    charge += t->flux.charge[k] * node->deviation[k];
    if (!RowHasStorage(t, block, k)) continue;
    rows[k] += volume * storage[k] * DepthFactor(RowDepth(t, block, k));
  }
  rows[t->closure == CLOSURE_POISSON ? t->ions : t->ions - 1] +=
      charge * volume / t->salt_concentration;
}

/* Fluxes of a face with a deep side over exp(exponent[k]), from concentrations so scaled. */
static void EvaluateDeepFace(Transport t, PetscInt block, PetscReal exponent[], FaceFlux *face)
{
  NodeState left = *BlockNode(t, block), right = *BlockNode(t, block + 1);
  PetscReal scale[MAXIMUM_IONS];

  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal on_left = left.log_ratio[k], on_right = right.log_ratio[k];
    const PetscBool deep = (PetscBool)(PetscMin(on_left, on_right) < DEEP_LOGARITHM);
    exponent[k] = deep ? PetscMax(on_left, on_right) : 0;
    scale[k] = PetscExpReal(exponent[k]);
    if (!deep) continue;
    left.concentration[k] = t->initial[k] * PetscExpReal(on_left - exponent[k]);
    right.concentration[k] = t->initial[k] * PetscExpReal(on_right - exponent[k]);
    left.deviation[k] = left.concentration[k];
    right.deviation[k] = right.concentration[k];
  }
  t->law->evaluate(&t->flux, &left, &right, t->mesh.spacing[block - 1], scale, PETSC_TRUE, face);
}

/* From derivatives to ln c and ln S to those to the node's unknowns. */
static void ToUnknowns(Transport t, const NodeState *node, PetscReal by[][FLUX_COLUMNS])
{
  PetscReal solvent_by[MAXIMUM_IONS];

  TransportSolventDerivatives(t, node, solvent_by);
  for (PetscInt k = 0; k < t->ions; k++) {
    PetscReal by_solvent = by[k][t->ions + 1];
    for (PetscInt m = 0; m < t->ions; m++) by_solvent += t->packing.weight[m] * by[k][m];
    for (PetscInt m = 0; m < t->ions; m++) by[k][m] += by_solvent * solvent_by[m];
  }
}

static void EvaluateFace(Transport t, PetscInt block, PetscReal exponent[], FaceFlux *face)
{
  const NodeState *left = BlockNode(t, block), *right = BlockNode(t, block + 1);

  if (t->any_deep) {
    EvaluateDeepFace(t, block, exponent, face);
  } else {
    for (PetscInt k = 0; k < t->ions; k++) exponent[k] = 0;
    t->law->evaluate(&t->flux, left, right, t->mesh.spacing[block - 1], NULL, PETSC_TRUE, face);
  }
  if (!t->packing.points) {
    ToUnknowns(t, left, face->by_left);
    ToUnknowns(t, right, face->by_right);
  }
}

/* Weight of a face's flux in the mass balance of a block beside it. */
static inline PetscReal FaceWeight(Transport t, PetscInt block, PetscInt k, PetscReal exponent)
{
  return t->any_deep ? PetscExpReal(exponent - RowDepth(t, block, k)) : 1;
}

static inline void AddFaceToRows(Transport t, PetscInt ions, PetscInt block, const FaceFlux *face,
                                 const PetscReal exponent[], PetscReal displacement, PetscReal sign,
                                 PetscScalar *rows)
{
  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal flux = sign * face->flux[k] / t->salt_concentration;
    if (RowIsMassBalance(t, k)) rows[k] += flux * FaceWeight(t, block, k, exponent[k]);
    if (t->closure == CLOSURE_ELECTRONEUTRAL) rows[ions] += t->flux.charge[k] * flux;
  }
  if (t->closure == CLOSURE_POISSON) rows[ions] += sign * displacement;
}

/* What is left of the rows' scale, on `length` entries of each. */
static void ScaleMassBalances(Transport t, PetscInt block, PetscInt length, PetscScalar *rows)
{
  for (PetscInt k = 0; k < t->ions; k++) {
    if (!RowIsMassBalance(t, k)) continue;
    const PetscReal factor =
        PetscExpReal(RowDepth(t, block, k) - BlockNode(t, block)->log_ratio[k]);
    for (PetscInt m = 0; m < length; m++) rows[k * length + m] *= factor;
  }
}

static void VolumeDerivatives(Transport t, PetscInt block, PetscReal shift)
{
  const NodeState *node = BlockNode(t, block);
  const PetscReal volume = t->porosity * t->mesh.width[block - 1] / t->salt_concentration;
  const PetscInt charge_row = t->closure == CLOSURE_POISSON ? t->ions : t->ions - 1;
  PetscReal solvent_by[MAXIMUM_IONS];

  if (!t->packing.points) TransportSolventDerivatives(t, node, solvent_by);
  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal factor = shift * volume * DepthFactor(RowDepth(t, block, k));
    PetscScalar *row = JacobianRow(t, block, k) + t->dof;
    if (!RowHasStorage(t, block, k)) continue;
    row[k] += factor * node->concentration[k];
    if (t->packing.points) continue;
    for (PetscInt m = 0; m < t->ions; m++) {
      row[m] += factor * node->concentration[k] * t->packing.weight[k] * solvent_by[m];
    }
  }
  TransportAddConcentrationDerivatives(t, node, volume, t->flux.charge,
                                       JacobianRow(t, block, charge_row) + t->dof);
}

/* Adds the derivatives of a face to the rows of one of its blocks; `left` is where in the row the
   columns of the face's left block begin. */
static inline void AddFaceDerivatives(Transport t, PetscInt ions, const FaceFlux *face,
                                      const PetscReal exponent[], PetscReal permittivity,
                                      PetscReal sign, PetscInt block, PetscInt left)
{
  const PetscInt dof = ions + 1, right = left + dof;
  const PetscReal scale = sign / t->salt_concentration;
  PetscScalar *rows = t->face_rows + (block - t->first) * dof * 3 * dof;
  PetscScalar *last = rows + ions * 3 * dof;

  if (t->closure == CLOSURE_POISSON) {
    last[left + ions] -= t->carry * sign * permittivity;
    last[right + ions] += sign * permittivity;
  }
  for (PetscInt k = 0; k < ions; k++) {
    PetscScalar *row = rows + k * 3 * dof;
    const PetscReal mass = RowIsMassBalance(t, k) * scale * FaceWeight(t, block, k, exponent[k]);
    const PetscReal charge = t->closure == CLOSURE_POISSON ? 0 : t->flux.charge[k] * scale;
    for (PetscInt m = 0; m < dof; m++) {
      const PetscReal by_left = (m < ions ? 1 : t->carry) * face->by_left[k][m];
      row[left + m] += mass * by_left;
      row[right + m] += mass * face->by_right[k][m];
      if (charge == 0) continue;
      last[left + m] += charge * by_left;
      last[right + m] += charge * face->by_right[k][m];
    }
  }
}

static inline void AddFaceBeside(Transport t, PetscInt ions, PetscInt block, const FaceFlux *face,
                                 const PetscReal exponent[], PetscInt beside)
{
  const PetscReal permittivity = t->permittivity / t->mesh.spacing[block - 1];
  const PetscReal displacement = permittivity * BlockNode(t, block + 1)->potential_jump;
  const PetscReal sign = beside == block ? 1 : -1;

  if (!BlockIsOwned(t, beside)) return;
  AddFaceToRows(t, ions, beside, face, exponent, displacement, sign,
                t->face_residual + (beside - t->first) * t->dof);
  AddFaceDerivatives(t, ions, face, exponent, permittivity, sign, beside,
                     beside == block ? ions + 1 : 0);
}

/* Nearly all cells have two ions; where the compiler knows, its loops unroll. */
static void AddFace(Transport t, PetscInt block, const FaceFlux *face, const PetscReal exponent[])
{
  for (PetscInt beside = block; beside <= block + 1; beside++) {
    if (t->ions == 2)
      AddFaceBeside(t, 2, block, face, exponent, beside);
    else
      AddFaceBeside(t, t->ions, block, face, exponent, beside);
  }
}

/* What the faces add to the residual and the Jacobian, which have their exponentials in common. */
static PetscErrorCode EvaluateFaces(Transport t)
{
  PetscReal exponent[MAXIMUM_IONS];
  FaceFlux face;

  PetscFunctionBeginUser;
  if (t->faces_evaluated) PetscFunctionReturn(0);
  PetscCall(PetscArrayzero(t->face_residual, t->count * t->dof));
  PetscCall(PetscArrayzero(t->face_rows, t->count * t->dof * 3 * t->dof));
  for (PetscInt b = FirstFaceBlock(t); b <= LastFaceBlock(t); b++) {
    EvaluateFace(t, b, exponent, &face);
    AddFace(t, b, &face, exponent);
  }
  t->faces_evaluated = PETSC_TRUE;
  PetscFunctionReturn(0);
}

PetscErrorCode TransportGetJacobianRows(Transport t, const PetscScalar **rows)
{
  PetscFunctionBeginUser;
  *rows = t->rows;
  PetscFunctionReturn(0);
}

static PetscScalar *ResidualRows(Transport t, PetscScalar *residual, PetscInt block)
{
  return BlockIsOwned(t, block) ? residual + (block - t->first) * t->dof : NULL;
}

PetscErrorCode TransportResidual(PETSC_UNUSED TS ts, PETSC_UNUSED PetscReal time, Vec state,
                                 Vec rate, Vec residual, void *context)
{
  Transport t = (Transport)context;
  PetscScalar *f;

  PetscFunctionBeginUser;
  PetscCall(BeginEvaluation(t, state, rate));
  PetscCall(VecGetArrayWrite(residual, &f));
  PetscCall(EvaluateFaces(t));
  PetscCall(PetscArraycpy(f, t->face_residual, t->count * t->dof));
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    AddVolumeToRows(t, b, ResidualRows(t, f, b));
  }
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    WallAddResidual(t, side, ResidualRows(t, f, t->wall[side].electrode_block),
                    ResidualRows(t, f, t->wall[side].wall_block));
  }
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    ScaleMassBalances(t, b, 1, ResidualRows(t, f, b));
  }
  PetscCall(VecRestoreArrayWrite(residual, &f));
  PetscCall(EndEvaluation(t));
  PetscCall(VecCopy(rate, t->last_rate));
  PetscFunctionReturn(0);
}

/* A shell has no place for them: who made it takes them by TransportGetJacobianRows. */
static PetscErrorCode InsertRows(Transport t, Mat jacobian)
{
  PetscBool shell;

  PetscFunctionBeginUser;
  PetscCall(PetscObjectTypeCompare((PetscObject)jacobian, MATSHELL, &shell));
  for (PetscInt b = t->first; b < t->first + t->count && !shell; b++) {
    // Block columns outside the matrix are -1 or ignored by MatSetValuesBlocked.
    const PetscInt columns[] = {b - 1, b, b + 1 < t->blocks ? b + 1 : -1};
    PetscCall(
        MatSetValuesBlocked(jacobian, 1, &b, 3, columns, JacobianRow(t, b, 0), INSERT_VALUES));
  }
  PetscCall(MatAssemblyBegin(jacobian, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(jacobian, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportJacobian(PETSC_UNUSED TS ts, PETSC_UNUSED PetscReal time, Vec state,
                                 Vec rate, PetscReal shift, PETSC_UNUSED Mat jacobian,
                                 Mat preconditioner, void *context)
{
  Transport t = (Transport)context;

  PetscFunctionBeginUser;
  PetscCall(BeginEvaluation(t, state, rate));
  PetscCall(EvaluateFaces(t));
  PetscCall(PetscArraycpy(t->rows, t->face_rows, t->count * t->dof * 3 * t->dof));
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    VolumeDerivatives(t, b, shift);
  }
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) WallAddJacobian(t, side, shift);
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    ScaleMassBalances(t, b, 3 * t->dof, JacobianRow(t, b, 0));
  }
  PetscCall(InsertRows(t, preconditioner));
  PetscCall(EndEvaluation(t));
  PetscFunctionReturn(0);
}

/* The transient variables of a node: c_k/c_k,0, and the charge over c_0 in the potential's place.
 */
static void NodeTransients(Transport t, PetscInt block, const PetscScalar unknown[],
                           PetscScalar variable[])
{
  const NodeState *node = BlockNode(t, block);
  PetscReal charge = 0;

  for (PetscInt k = 0; k < t->ions; k++) {
    variable[k] = node->concentration[k] / t->initial[k];
    charge += t->flux.charge[k] * node->deviation[k];
  }
  variable[t->ions] =
      BlockHoldsCharge(t, block) ? charge / t->salt_concentration : unknown[t->ions];
}

PetscErrorCode TransportTransientVariable(PETSC_UNUSED TS ts, Vec state, Vec transient,
                                          void *context)
{
  Transport t = (Transport)context;
  const PetscScalar *u;
  PetscScalar *m;

  PetscFunctionBeginUser;
  PetscCall(TransportUnpackState(t, state));
  PetscCall(VecGetArrayRead(state, &u));
  PetscCall(VecGetArrayWrite(transient, &m));
  for (PetscInt b = 0; b < t->count; b++) {
    const PetscScalar *unknown = u + b * t->dof;
    if (BlockIsNode(t, t->first + b)) {
      NodeTransients(t, t->first + b, unknown, m + b * t->dof);
    } else {
      PetscCall(PetscArraycpy(m + b * t->dof, unknown, t->dof));
    }
  }
  PetscCall(VecRestoreArrayWrite(transient, &m));
  PetscCall(VecRestoreArrayRead(state, &u));
  PetscFunctionReturn(0);
}
