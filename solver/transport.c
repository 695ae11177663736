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
  PetscBool same = (PetscBool)(t->carry == t->unpacked_carry);

  PetscFunctionBeginUser;
  PetscCall(GetSeen(t, state, t->local_state, &t->state));
  if (same) PetscCall(PetscArraycmp(t->state, t->unpacked, size, &same));
  if (same) PetscFunctionReturn(0);
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

/* First and last block that begins a face this rank needs. */
static inline PetscInt FirstFaceBlock(Transport t)
{
  return PetscMax(1, t->first - 1);
}

static inline PetscInt LastFaceBlock(Transport t)
{
  return PetscMin(t->blocks - 3, t->first + t->count - 1);
}

/* Fluxes of a face with a deep side over exp(exponent[k]), from concentrations so scaled. */
static void EvaluateDeepFace(Transport t, PetscInt block, PetscReal exponent[], FaceFlux *face)
{
  const FaceExtent extent = ExtentBehind(t, block);
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
  t->law->evaluate(&t->flux, &left, &right, &extent, scale, PETSC_TRUE, face);
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
  const PetscReal per_concentration = t->per_salt_concentration;
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

static PetscBool FaceIsDeep(Transport t, PetscInt block)
{
  for (PetscInt k = 0; k < t->ions && t->any_deep; k++) {
    if (BlockNode(t, block)->log_ratio[k] < DEEP_LOGARITHM) return PETSC_TRUE;
    if (BlockNode(t, block + 1)->log_ratio[k] < DEEP_LOGARITHM) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static inline void EvaluateFace(Transport t, PetscInt ions, PetscInt block)
{
  const NodeState *left = BlockNode(t, block), *right = BlockNode(t, block + 1);
  const FaceExtent extent = ExtentBehind(t, block);
  PetscReal *exponent = FaceOf(t, ions, block).exponent;
  FaceFlux face;

  if (FaceIsDeep(t, block)) {
    EvaluateDeepFace(t, block, exponent, &face);
  } else {
    for (PetscInt k = 0; k < ions; k++) exponent[k] = 0;
    t->law->evaluate(&t->flux, left, right, &extent, NULL, PETSC_TRUE, &face);
  }
  if (!t->packing.points) {
    ToUnknowns(t, left, face.by_left);
    ToUnknowns(t, right, face.by_right);
  }
  KeepFace(t, ions, block, &face);
}

/* The residual and the Jacobian have their faces in common.  Nearly all cells have two ions; where
   the compiler knows, its loops unroll. */
static void EvaluateFaces(Transport t)
{
  const PetscInt first = FirstFaceBlock(t), last = LastFaceBlock(t);

  if (t->faces_evaluated) return;
  for (PetscInt b = first; b <= last && t->ions == 2; b++) EvaluateFace(t, 2, b);
  for (PetscInt b = first; b <= last && t->ions != 2; b++) EvaluateFace(t, t->ions, b);
  t->faces_evaluated = PETSC_TRUE;
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

static void SetAnodeCurrent(Transport t)
{
  const Wall *anode = &t->wall[ANODE];

  t->anode_current = 0;
  if (!BlockIsOwned(t, anode->electrode_block)) return;
  t->anode_current = WallCurrent(t, ANODE, RateBlock(t, anode->electrode_block),
                                 RateBlock(t, anode->wall_block), RateBlock(t, anode->next_block));
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
  TransportNodeTerms(t, f);
  SetAnodeCurrent(t);
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const PetscInt wall = t->wall[side].wall_block;
    WallAddResidual(t, side, ResidualRows(t, f, t->wall[side].electrode_block),
                    ResidualRows(t, f, wall));
    if (BlockIsOwned(t, wall)) TransportScaleBalances(t, wall, 1, ResidualRows(t, f, wall));
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
  TransportNodeDerivatives(t, shift);
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const PetscInt wall = t->wall[side].wall_block;
    WallAddJacobian(t, side, shift);
    if (BlockIsOwned(t, wall)) {
      TransportScaleBalances(t, wall, 3 * t->dof, JacobianRow(t, wall, 0));
    }
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
    variable[k] = node->concentration[k] * t->per_initial[k];
    charge += t->flux.charge[k] * node->deviation[k];
  }
  variable[t->ions] =
      BlockHoldsCharge(t, block) ? charge * t->per_salt_concentration : unknown[t->ions];
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
