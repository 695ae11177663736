#include "mesh/mesh.h"

/* Length of a half mesh in units of its first spacing.  With an odd number of intervals the middle
   one belongs half to each side. */
static PetscReal HalfLength(PetscReal log_ratio, PetscInt intervals)
{
  const PetscInt whole = intervals / 2;
  const PetscReal sum = log_ratio == 0 ? whole : expm1(whole * log_ratio) / expm1(log_ratio);

  return intervals % 2 ? sum + 0.5 * PetscExpReal(whole * log_ratio) : sum;
}

/* ln of the ratio at which the half mesh is `length` first spacings long, by bisection: the length
   grows with the ratio.  The upper end keeps the powers below overflow. */
static PetscReal LogRatio(PetscReal length, PetscInt intervals)
{
  PetscReal low = 0, high = 700. / (intervals / 2), middle = 0.5 * high;

  if (length <= 0.5 * intervals) return 0;
  while (low < middle && middle < high) {
    if (HalfLength(middle, intervals) < length)
      low = middle;
    else
      high = middle;
    middle = 0.5 * (low + high);
  }
  return middle;
}

static void FillSpacing(Mesh *mesh, PetscReal thickness, PetscReal first_spacing)
{
  const PetscInt intervals = mesh->nodes - 1;
  const PetscReal log_ratio = LogRatio(0.5 * thickness / first_spacing, intervals);
  const PetscReal first = 0.5 * thickness / HalfLength(log_ratio, intervals);

  for (PetscInt i = 0; i < intervals; i++) {
    mesh->spacing[i] = first * PetscExpReal(PetscMin(i, intervals - 1 - i) * log_ratio);
  }
}

static void FillPositionsAndWidths(Mesh *mesh, PetscReal thickness)
{
  const PetscInt last = mesh->nodes - 1;

  mesh->x[0] = 0;
  for (PetscInt i = 0; i < last; i++) mesh->x[i + 1] = mesh->x[i] + mesh->spacing[i];
  mesh->x[last] = thickness;
  mesh->width[0] = 0.5 * mesh->spacing[0];
  for (PetscInt i = 1; i < last; i++) {
    mesh->width[i] = 0.5 * (mesh->spacing[i - 1] + mesh->spacing[i]);
  }
  mesh->width[last] = 0.5 * mesh->spacing[last - 1];
}

PetscErrorCode MeshCreateGraded(PetscInt nodes, PetscReal thickness, PetscReal first_spacing,
                                Mesh *mesh)
{
  PetscFunctionBeginUser;
  PetscCheck(nodes >= 3 && thickness > 0 && first_spacing > 0, PETSC_COMM_SELF,
             PETSC_ERR_ARG_OUTOFRANGE,
             "a mesh of %" PetscInt_FMT " nodes, %g m, first spacing %g m", nodes,
             (double)thickness, (double)first_spacing);
  mesh->nodes = nodes;
  PetscCall(PetscMalloc3(nodes, &mesh->x, nodes, &mesh->width, nodes - 1, &mesh->spacing));
  FillSpacing(mesh, thickness, first_spacing);
  FillPositionsAndWidths(mesh, thickness);
  PetscFunctionReturn(0);
}

PetscErrorCode MeshDestroy(Mesh *mesh)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(mesh->x, mesh->width, mesh->spacing));
  mesh->nodes = 0;
  PetscFunctionReturn(0);
}
