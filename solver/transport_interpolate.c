#include <math.h>

#include "solver/transport_impl.h"

/* States between two time steps, from interpolated transient variables. */

/* An interpolated concentration below this share of what its interpolated logarithm says is the
   ripple of a polynomial through decades. */
#define LEAST_SHARE 0.5

/* One ion along the cell: [nodes] each, c_k/c_k,0 as interpolated and by its logarithm. */
typedef struct {
  const PetscReal *width;
  PetscReal *conserving, *positive;
} Profile;

/* Takes the positive ones where need be, from `first` on away from a wall, and carries what the sum
   lacks along. */
static void MakePositive(const Profile *profile, PetscInt first, PetscInt step, PetscInt count)
{
  PetscReal carried = 0;

  for (PetscInt n = 0, i = first; n < count; n++, i += step) {
    const PetscReal target = profile->conserving[i] + carried / profile->width[i];
    const PetscReal positive = profile->positive[i];
    const PetscBool kept = (PetscBool)(target > LEAST_SHARE * positive);

    profile->conserving[i] = kept ? target : positive;
    carried = kept ? 0 : (target - positive) * profile->width[i];
  }
}

/* The ions' unknowns of a node from its concentrations over the initial ones; false where they do
   not fit into the volume. */
static PetscBool PackNode(Transport t, const PetscReal ratio[], PetscScalar unknown[])
{
  PetscReal concentration[MAXIMUM_IONS], log_solvent = 0;

  for (PetscInt k = 0; k < t->ions; k++) concentration[k] = ratio[k] * t->initial[k];
  if (!t->packing.points) log_solvent = PackingLogSolvent(&t->packing, concentration);
  if (!isfinite(log_solvent)) return PETSC_FALSE;
  for (PetscInt k = 0; k < t->ions; k++) {
    unknown[k] =
        PetscLogReal(ratio[k]) - t->packing.weight[k] * (log_solvent - t->initial_node.log_solvent);
  }
  return PETSC_TRUE;
}

/* ln(c_k/c_k,0) of a node, of points the unknown itself. */
static PetscReal LogRatioOf(Transport t, const PetscScalar unknown[], PetscInt k)
{
  NodeState node;

  if (t->packing.points) return unknown[k];
  TransportUnpackNode(t, unknown, &node);
  return node.log_ratio[k];
}

/* ... of one that lies between two others in time. */
static PetscReal LogBetween(Transport t, const PetscScalar unknown[], const PetscScalar before[],
                            const PetscScalar after[], PetscInt k)
{
  const PetscReal from = LogRatioOf(t, before, k), to = LogRatioOf(t, after, k);

  return PetscMax(PetscMin(LogRatioOf(t, unknown, k), PetscMax(from, to)), PetscMin(from, to));
}

/* All of a vector on this rank, [blocks][dof]; to be freed. */
static PetscErrorCode CopyWhole(Transport t, Vec vector, PetscScalar **whole)
{
  const PetscScalar *gathered;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(t->blocks * t->dof, whole));
  PetscCall(TransportGetGathered(t, vector, &gathered));
  PetscCall(PetscArraycpy(*whole, gathered, t->blocks * t->dof));
  PetscCall(TransportRestoreGathered(t, &gathered));
  PetscFunctionReturn(0);
}

/* ratio [ions][nodes]. */
static PetscErrorCode FindRatios(Transport t, const PetscScalar m[], const PetscScalar u[],
                                 const PetscScalar before[], const PetscScalar after[],
                                 PetscReal ratio[])
{
  const PetscInt n = t->mesh.nodes, half = n / 2;
  PetscReal *positive;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(n, &positive));
  for (PetscInt k = 0; k < t->ions; k++) {
    const Profile profile = {t->mesh.width, ratio + k * n, positive};
    for (PetscInt i = 0; i < n; i++) {
      const PetscInt start = (i + 1) * t->dof;
      profile.conserving[i] = m[start + k];
      positive[i] = PetscExpReal(LogBetween(t, u + start, before + start, after + start, k));
    }
    MakePositive(&profile, 0, 1, half);
    MakePositive(&profile, n - 1, -1, n - half);
  }
  PetscCall(PetscFree(positive));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportSetConcentrations(Transport t, Vec transient, Vec before, Vec after,
                                          Vec state)
{
  const PetscInt n = t->mesh.nodes;
  PetscScalar *m, *u, *from, *to, *own;
  PetscReal *ratio;

  PetscFunctionBeginUser;
  PetscCall(CopyWhole(t, transient, &m));
  PetscCall(CopyWhole(t, state, &u));
  PetscCall(CopyWhole(t, before, &from));
  PetscCall(CopyWhole(t, after, &to));
  PetscCall(PetscMalloc1(t->ions * n, &ratio));
  PetscCall(FindRatios(t, m, u, from, to, ratio));
  PetscCall(VecGetArray(state, &own));
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    PetscReal of_node[MAXIMUM_IONS];
    for (PetscInt k = 0; k < t->ions; k++) of_node[k] = ratio[k * n + b - 1];
    (void)PackNode(t, of_node, own + (b - t->first) * t->dof);
  }
  PetscCall(VecRestoreArray(state, &own));
  PetscCall(PetscFree(ratio));
  PetscCall(PetscFree(m));
  PetscCall(PetscFree(u));
  PetscCall(PetscFree(from));
  PetscCall(PetscFree(to));
  PetscFunctionReturn(0);
}
