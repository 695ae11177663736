#include "solver/flux_law.h"

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
