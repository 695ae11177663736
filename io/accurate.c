#include "io/accurate.h"

#include <math.h>

#include "io/case_values.h"

/* The mesh leaves errors of up to 3e-4 in the event times of the shipped cases, which fall as the
   square of the spacing, the steps 1e-5. */
#define ACCURATE_NODES 10
#define ACCURATE_TOLERANCE 0.02

// The ranges are the reader's own: those of the keys.
static PetscErrorCode CheckKey(MPI_Comm comm, const char path[], const char name[], PetscReal found,
                               PetscReal made)
{
  const CaseKey *key;
  const char *mistake = NULL;
  char allowed[KEY_TEXT_LENGTH];

  PetscFunctionBeginUser;
  (void)CaseNodeFind(KEYS_OF_CASE, name, &key);
  PetscCall(CheckRange(key, made, &mistake));
  if (!mistake) PetscFunctionReturn(0);
  key->type->allowed(key, allowed);
  SETERRQ(comm, PETSC_ERR_USER_INPUT, "%s: %s: --accurate makes %.10g of %.10g, allowed: %s", path,
          name, (double)made, (double)found, allowed);
}

PetscErrorCode CaseMakeAccurate(MPI_Comm comm, const char path[], Case *case_)
{
  const PetscInt nodes = case_->mesh.nodes;
  const PetscReal spacing = case_->mesh.first_spacing, tolerance = case_->solver.relative_tolerance;
  // As reals, which hold ten times any integer.
  const PetscReal more_nodes = ACCURATE_NODES * ((PetscReal)nodes - 1) + 1;

  PetscFunctionBeginUser;
  PetscCall(CheckKey(comm, path, "mesh.nodes", nodes, more_nodes));
  if (!isnan(spacing)) {
    PetscCall(CheckKey(comm, path, "mesh.first_spacing", spacing, spacing / ACCURATE_NODES));
  }
  PetscCall(
      CheckKey(comm, path, "solver.relative_tolerance", tolerance, tolerance * ACCURATE_TOLERANCE));
  case_->mesh.nodes = (PetscInt)more_nodes;
  case_->mesh.first_spacing = spacing / ACCURATE_NODES;
  case_->solver.relative_tolerance = tolerance * ACCURATE_TOLERANCE;
  PetscFunctionReturn(0);
}
