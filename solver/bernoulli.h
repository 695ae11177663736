#ifndef SANDGLASS_SOLVER_BERNOULLI_H
#define SANDGLASS_SOLVER_BERNOULLI_H

#include <petscsys.h>

/* Bernoulli function B(x) = x/(exp(x) - 1): the weight of the exponential fit of Scharfetter and
   Gummel (1969).  B(-x) = B(x) + x. */
PetscReal Bernoulli(PetscReal x);

/* dB/dx, given B(x), which a caller has at hand. */
PetscReal BernoulliDerivative(PetscReal x, PetscReal bernoulli);

/* d2B/dx2, given B(x) and dB/dx. */
PetscReal BernoulliSecondDerivative(PetscReal x, PetscReal bernoulli, PetscReal derivative);

#endif
