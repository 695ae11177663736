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

/* What this rank sees of a vector: without neighbours, what it owns. */
static PetscErrorCode GetSeen(Transport t, Vec vector, Vec local, const PetscScalar **array)
{
  PetscFunctionBeginUser;
  if (t->ghost_count > t->count) {
    PetscCall(DMGlobalToLocal(t->dm, vector, INSERT_VALUES, local));
    vector = local;
  }
  PetscCall(VecGetArrayRead(vector, array));
  PetscFunctionReturn(0);
}

static PetscErrorCode RestoreSeen(Transport t, Vec vector, Vec local, const PetscScalar **array)
{
  PetscFunctionBeginUser;
  PetscCall(VecRestoreArrayRead(t->ghost_count > t->count ? local : vector, array));
  PetscFunctionReturn(0);
}

/* `state` is at hand in t->state until RestoreSeen. */
static PetscErrorCode UnpackSeen(Transport t, Vec state)
{
  const PetscInt size = t->ghost_count * t->dof;
  PetscBool same;

  PetscFunctionBeginUser;
  PetscCall(GetSeen(t, state, t->local_state, &t->state));
  PetscCall(PetscArraycmp(t->state, t->unpacked, size, &same));
  if (same && t->carry == t->unpacked_carry) PetscFunctionReturn(0);
  UnpackNodes(t);
  PetscCall(PetscArraycpy(t->unpacked, t->state, size));
  t->unpacked_carry = t->carry;
  t->faces_evaluated = PETSC_FALSE;
  PetscFunctionReturn(0);
}

PetscErrorCode TransportUnpackState(Transport t, Vec state)
{
  PetscFunctionBeginUser;
  PetscCall(UnpackSeen(t, state));
  PetscCall(RestoreSeen(t, state, t->local_state, &t->state));
  PetscFunctionReturn(0);
}

static PetscErrorCode BeginEvaluation(Transport t, Vec state, Vec rate)
{
  PetscFunctionBeginUser;
  PetscCall(UnpackSeen(t, state));
  PetscCall(GetSeen(t, rate, t->local_rate, &t->rate));
  PetscFunctionReturn(0);
}

static PetscErrorCode EndEvaluation(Transport t, Vec state, Vec rate)
{
  PetscFunctionBeginUser;
  PetscCall(RestoreSeen(t, state, t->local_state, &t->state));
  PetscCall(RestoreSeen(t, rate, t->local_rate, &t->rate));
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
static inline void StorageRates(Transport t, PetscInt ions, PetscInt block, PetscReal storage[])
{
  const NodeState *node = BlockNode(t, block);
  const PetscScalar *rate = RateBlock(t, block);
  PetscReal charge = 0, total = 0, others = 0;
  PetscInt most = 0;

  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal equivalents = fabs((PetscReal)t->flux.charge[k]) * node->concentration[k];
    storage[k] = t->relative_initial[k] * rate[k];
    charge += t->flux.charge[k] * node->deviation[k];
    total += equivalents;
    others += t->flux.charge[k] * storage[k];
    if (equivalents > fabs((PetscReal)t->flux.charge[most]) * node->concentration[most]) most = k;
  }
  if (!BlockHoldsCharge(t, block) || fabs(charge) > 0.5 * total) return;
  others -= t->flux.charge[most] * storage[most];
  storage[most] = (rate[ions] - others) / t->flux.charge[most];
}

static inline PetscBool RowHasStorage(Transport t, PetscInt block, PetscInt k)
{
  return (PetscBool)(RowIsMassBalance(t, k) && !t->steady[(block - t->first) * t->dof + k]);
}

/* Adds the storage terms: of mass, and of charge or neutrality. */
static inline void AddVolumeTerms(Transport t, PetscInt ions, PetscInt block, PetscScalar rows[])
{
  const NodeState *node = BlockNode(t, block);
  const PetscReal volume = t->porosity * t->mesh.width[block - 1];
  PetscReal storage[MAXIMUM_IONS], charge = 0;

  StorageRates(t, ions, block, storage);
  for (PetscInt k = 0; k < ions; k++) {
    charge += t->flux.charge[k] * node->deviation[k];
    if (!RowHasStorage(t, block, k)) continue;
    rows[k] += volume * storage[k] * DepthFactor(RowDepth(t, block, k));
  }
  rows[t->closure == CLOSURE_POISSON ? ions : ions - 1] += charge * volume / t->salt_concentration;
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

/* Fluxes over c_0 and their derivatives to the unknowns of the two blocks. */
static inline void KeepFace(Transport t, PetscInt ions, PetscInt block, const FaceFlux *face)
{
  const PetscReal per_concentration = 1 / t->salt_concentration;
  const FaceRows kept = FaceOf(t, ions, block);

  for (PetscInt k = 0; k < ions; k++) {
    kept.flux[k] = face->flux[k] * per_concentration;
    for (PetscInt m = 0; m <= ions; m++) {
      const PetscReal carry = m < ions ? 1 : t->carry;
      kept.by_left[k * (ions + 1) + m] = carry * face->by_left[k][m] * per_concentration;
      kept.by_right[k * (ions + 1) + m] = face->by_right[k][m] * per_concentration;
    }
  }
}

static void EvaluateFace(Transport t, PetscInt block)
{
  const NodeState *left = BlockNode(t, block), *right = BlockNode(t, block + 1);
  FaceFlux face;

  if (t->any_deep) {
    EvaluateDeepFace(t, block, FaceOf(t, t->ions, block).exponent, &face);
  } else {
    t->law->evaluate(&t->flux, left, right, t->mesh.spacing[block - 1], NULL, PETSC_TRUE, &face);
  }
  if (!t->packing.points) {
    ToUnknowns(t, left, face.by_left);
    ToUnknowns(t, right, face.by_right);
  }
  // Nearly all cells have two ions; where the compiler knows, its loops unroll.
  if (t->ions == 2)
    KeepFace(t, 2, block, &face);
  else
    KeepFace(t, t->ions, block, &face);
}

/* The residual and the Jacobian have their faces in common. */
static void EvaluateFaces(Transport t)
{
  if (t->faces_evaluated) return;
  for (PetscInt b = FirstFaceBlock(t); b <= LastFaceBlock(t); b++) EvaluateFace(t, b);
  t->faces_evaluated = PETSC_TRUE;
}

/* Weight of a face's flux in the mass balance of a block beside it. */
static inline PetscReal FaceWeight(Transport t, PetscInt block, PetscInt k, const FaceRows *face)
{
  return t->any_deep ? PetscExpReal(face->exponent[k] - RowDepth(t, block, k)) : 1;
}

/* eps f/h of the face behind a block [m], 0 where there is none. */
static inline PetscReal FacePermittivity(Transport t, PetscInt block)
{
  return block >= 1 && block < t->blocks - 2 ? t->permittivity / t->mesh.spacing[block - 1] : 0;
}

/* What leaves a volume through its faces: of each ion, and of charge or of displacement. */
static inline void FaceTerms(Transport t, PetscInt ions, PetscInt b, PetscScalar rows[])
{
  const FaceRows left = FaceOf(t, ions, b - 1), right = FaceOf(t, ions, b);

  rows[ions] = 0;
  for (PetscInt k = 0; k < ions; k++) {
    rows[k] = 0;
    if (RowIsMassBalance(t, k)) {
      rows[k] =
          right.flux[k] * FaceWeight(t, b, k, &right) - left.flux[k] * FaceWeight(t, b, k, &left);
    }
    if (t->closure == CLOSURE_ELECTRONEUTRAL) {
      rows[ions] += t->flux.charge[k] * (right.flux[k] - left.flux[k]);
    }
  }
  if (t->closure == CLOSURE_ELECTRONEUTRAL) return;
  if (b < t->blocks - 2) rows[ions] += FacePermittivity(t, b) * BlockNode(t, b + 1)->potential_jump;
  if (b > 1) rows[ions] -= FacePermittivity(t, b - 1) * BlockNode(t, b)->potential_jump;
}

/* Their derivatives, [dof][3 dof]. */
static inline void FaceDerivatives(Transport t, PetscInt ions, PetscInt b, PetscScalar rows[])
{
  const PetscInt dof = ions + 1;
  const FaceRows left = FaceOf(t, ions, b - 1), right = FaceOf(t, ions, b);
  PetscScalar *last = rows + ions * 3 * dof;

  for (PetscInt m = 0; m < 3 * dof; m++) last[m] = 0;
  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal on_left = RowIsMassBalance(t, k) ? FaceWeight(t, b, k, &left) : 0;
    const PetscReal on_right = RowIsMassBalance(t, k) ? FaceWeight(t, b, k, &right) : 0;
    const PetscReal charge = t->closure == CLOSURE_POISSON ? 0 : t->flux.charge[k];
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
  if (t->closure == CLOSURE_ELECTRONEUTRAL) return;
  last[ions] = t->carry * FacePermittivity(t, b - 1);
  last[dof + ions] = -FacePermittivity(t, b - 1) - t->carry * FacePermittivity(t, b);
  last[2 * dof + ions] = FacePermittivity(t, b);
}

/* Divides the rows that are not deep by c_k/c_k,0, on `length` entries of each. */
static void ScaleMassBalances(Transport t, PetscInt block, PetscInt length, PetscScalar *rows)
{
  for (PetscInt k = 0; k < t->ions; k++) {
    if (!RowIsMassBalance(t, k)) continue;
    if (RowDepth(t, block, k) != 0) continue;
    const PetscReal factor = t->initial[k] / BlockNode(t, block)->concentration[k];
    for (PetscInt m = 0; m < length; m++) rows[k * length + m] *= factor;
  }
}

static inline void AddVolumeDerivatives(Transport t, PetscInt ions, PetscInt block, PetscReal shift)
{
  const NodeState *node = BlockNode(t, block);
  const PetscReal volume = t->porosity * t->mesh.width[block - 1] / t->salt_concentration;
  const PetscInt charge_row = t->closure == CLOSURE_POISSON ? ions : ions - 1;
  PetscReal solvent_by[MAXIMUM_IONS];

  if (!t->packing.points) TransportSolventDerivatives(t, node, solvent_by);
  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal factor = shift * volume * DepthFactor(RowDepth(t, block, k));
    PetscScalar *row = JacobianRow(t, block, k) + t->dof;
    if (!RowHasStorage(t, block, k)) continue;
    row[k] += factor * node->concentration[k];
    if (t->packing.points) continue;
    for (PetscInt m = 0; m < ions; m++) {
      row[m] += factor * node->concentration[k] * t->packing.weight[k] * solvent_by[m];
    }
  }
  TransportAddConcentrationDerivatives(t, node, volume, t->flux.charge,
                                       JacobianRow(t, block, charge_row) + t->dof);
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
  EvaluateFaces(t);
  for (PetscInt b = t->first; b < t->first + t->count; b++) {
    PetscScalar *rows = ResidualRows(t, f, b);
    if (!BlockIsNode(t, b)) {
      PetscCall(PetscArrayzero(rows, t->dof));
    } else if (t->ions == 2) {
      FaceTerms(t, 2, b, rows);
      AddVolumeTerms(t, 2, b, rows);
    } else {
      FaceTerms(t, t->ions, b, rows);
      AddVolumeTerms(t, t->ions, b, rows);
    }
  }
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    WallAddResidual(t, side, ResidualRows(t, f, t->wall[side].electrode_block),
                    ResidualRows(t, f, t->wall[side].wall_block));
  }
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    ScaleMassBalances(t, b, 1, ResidualRows(t, f, b));
  }
  PetscCall(VecRestoreArrayWrite(residual, &f));
  PetscCall(EndEvaluation(t, state, rate));
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
  EvaluateFaces(t);
  for (PetscInt b = t->first; b < t->first + t->count; b++) {
    PetscScalar *rows = JacobianRow(t, b, 0);
    if (!BlockIsNode(t, b)) {
      PetscCall(PetscArrayzero(rows, t->dof * 3 * t->dof));
    } else if (t->ions == 2) {
      FaceDerivatives(t, 2, b, rows);
      AddVolumeDerivatives(t, 2, b, shift);
    } else {
      FaceDerivatives(t, t->ions, b, rows);
      AddVolumeDerivatives(t, t->ions, b, shift);
    }
  }
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) WallAddJacobian(t, side, shift);
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    ScaleMassBalances(t, b, 3 * t->dof, JacobianRow(t, b, 0));
  }
  PetscCall(InsertRows(t, preconditioner));
  PetscCall(EndEvaluation(t, state, rate));
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
