#ifndef SANDGLASS_SOLVER_INTEGRATOR_H
#define SANDGLASS_SOLVER_INTEGRATOR_H

#include "solver/transport.h"

/* Adaptive implicit time steps of the transport equations by PETSc's TS (BDF), one accepted step at
   a time, each of which can be taken back once and repeated with another size.  Newton's method
   ends on the weighted size of its update; the error of a step is judged on the concentrations, not
   on their logarithms (solver/transport.h, TransportErrorScale). */
typedef struct _p_Integrator *Integrator;

typedef struct {
  PetscInt steps;              // accepted
  PetscInt rejected_steps;     // tried again with a smaller size
  PetscInt newton_iterations;  // of all, the rejected included
} IntegratorCounts;

/* Keeps a reference to `state`, which always holds the state at the integrator's time.  Options
   with the prefix of PETSc's TS, SNES, KSP and PC apply. */
PetscErrorCode IntegratorCreate(Transport transport, PetscReal relative_tolerance, Vec state,
                                Integrator *integrator);
PetscErrorCode IntegratorDestroy(Integrator *integrator);

/* Begins anew after a discontinuity, at time 0, with a first step of that size; no step passes
   `duration`.  Times counted from the discontinuity have digits for the short steps just after it.
 */
PetscErrorCode IntegratorRestart(Integrator integrator, PetscReal first_step, PetscReal duration);

/* From the next beginning on errors are judged to this share of the tolerance given at creation:
   that of an excitation so small in which as many digits are asked for. */
PetscErrorCode IntegratorSetToleranceShare(Integrator integrator, PetscReal share);

/* One accepted step; *advanced is false where no step size, however small, could be solved. */
PetscErrorCode IntegratorStep(Integrator integrator, PetscBool *advanced);

/* Takes the last step back and goes exactly `step` instead [s]; the size of the step after it is
   what the one taken back had. */
PetscErrorCode IntegratorRepeat(Integrator integrator, PetscReal step, PetscBool *advanced);

PetscErrorCode IntegratorLimitNextStep(Integrator integrator, PetscReal step);

/* The state at a time within the last step. */
PetscErrorCode IntegratorInterpolate(Integrator integrator, PetscReal time, Vec state);

/* Since the last restart [s]. */
PetscErrorCode IntegratorGetTime(Integrator integrator, PetscReal *time);
PetscErrorCode IntegratorGetCounts(Integrator integrator, IntegratorCounts *counts);

/* Where Newton's last update was largest, in words: "largest update: cation at x = 3e-09 m". */
PetscErrorCode IntegratorDescribeTrouble(Integrator integrator, size_t length, char text[]);
PetscErrorCode IntegratorGetTS(Integrator integrator, TS *ts);  // lent

#endif
