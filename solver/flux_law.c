#include "solver/flux_law.h"

#include "solver/bernoulli.h"

static const FluxLaw *const laws[] = {&flux_law_dilute};

PetscErrorCode FluxLawFind(MPI_Comm comm, const char name[], const FluxLaw **law)
{
  PetscBool found = PETSC_FALSE;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(laws) && !found; i++) {
    *law = laws[i];
    PetscCall(PetscStrcmp(name, laws[i]->name, &found));
  }
  PetscCheck(found, comm, PETSC_ERR_USER_INPUT, "electrolyte.flux_law: found '%s', allowed: dilute",
             name);
  PetscFunctionReturn(0);
}

/* With B(-x) = B(x) + x the fit J = [B(x) c_left - B(-x) c_right]/h is a multiple of the drop and a
   drift, and one exponential serves both. */
DrivingFlux DrivingFluxBetween(PetscReal drop, PetscReal c_right, PetscReal excess_jump,
                               PetscReal spacing)
{
  const PetscReal b = Bernoulli(excess_jump);
  const PetscReal db = BernoulliDerivative(excess_jump, b);

  return (DrivingFlux){
      .flux = (b * drop - excess_jump * c_right) / spacing,
      .by_left = b / spacing,
      .by_right = -(b + excess_jump) / spacing,
      .by_jump = (db * drop - c_right) / spacing,
  };
}
