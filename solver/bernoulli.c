#include "solver/bernoulli.h"

PetscReal Bernoulli(PetscReal x)
{
  return x == 0 ? 1 : x / expm1(x);
}

/* dB/dx = B(x) (1 - B(-x))/x loses all its digits at small x; there the series in x serves, whose
   first left-out term is 2e-16 at the limit. */
PetscReal BernoulliDerivative(PetscReal x, PetscReal bernoulli)
{
  if (PetscAbsReal(x) < 0.1) {
    const PetscReal x2 = x * x;
    return -0.5 + x * (1. / 6 - x2 * (1. / 180 - x2 * (1. / 5040 - x2 / 151200)));
  }
  return bernoulli * (1 - bernoulli - x) / x;
}

/* From x B' = B (1 - x - B), differentiated once more; a series where x is small. */
PetscReal BernoulliSecondDerivative(PetscReal x, PetscReal bernoulli, PetscReal derivative)
{
  if (PetscAbsReal(x) < 0.1) {
    const PetscReal x2 = x * x;
    return 1. / 6 - x2 * (1. / 60 - x2 * (1. / 1008 - x2 / 21600));
  }
  return -(derivative * (2 * bernoulli + x) + bernoulli) / x;
}
