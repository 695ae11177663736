#ifndef SANDGLASS_BENCHMARKS_BENCH_H
#define SANDGLASS_BENCHMARKS_BENCH_H

#include "solver/case.h"
#include "solver/transport.h"
#include "solver/watch.h"

/* What `make bench` compares: one cell solved by this program and by IDA of SUNDIALS from the same
   residual, the same Jacobian, the same weights of the errors and the same event functions. */

/* What came of a solve; events that did not happen are NaN. */
typedef struct {
  PetscReal depletion, space_charge, voltage_limit;  // [s]
  PetscReal end, voltage;                            // where the solve ended [s], [V]
  PetscInt steps;                                    // accepted
  PetscInt rejected;                                 // because of the error or of Newton's method
  PetscInt iterations;                               // Newton's, of all steps
  PetscInt jacobians;                                // evaluated and factored
  PetscReal seconds;                                 // of the processor, set-up left out
} Solve;

/* How IDA is set. */
typedef struct {
  const char *name;
  int order;                  // the highest
  PetscBool judge_algebraic;  // whether the error test has the potentials in it
} IdaVariant;

/* Processor time of this process [s]. */
PetscReal ProcessorTime(void);

PetscErrorCode SolveBySandglass(const Case *case_, PetscReal tolerance, Solve *solve);
PetscErrorCode SolveByIda(const Case *case_, const IdaVariant *variant, PetscReal tolerance,
                          Solve *solve);

/* Largest entry of IDA's Jacobian less central differences of its residual, over the largest entry
   of its row; at a state near the depletion. */
PetscErrorCode CheckIdaJacobian(const Case *case_, PetscReal *error);

/* The least work of a Newton iteration - one residual, one Jacobian, one factor and one solve - in
   a bare loop over states that the solve of a case goes through. */
typedef struct _p_Floor *Floor;

typedef struct {
  PetscReal residual, jacobian, factor, solve, whole;  // processor time [s]
} IterationTime;

/* `solve` as SolveBySandglass found it at that tolerance. */
PetscErrorCode FloorCreate(const Case *case_, PetscReal tolerance, const Solve *solve,
                           Floor *floor);
PetscErrorCode FloorMeasure(Floor floor, IterationTime *time);
PetscErrorCode FloorDestroy(Floor *floor);

/* The event functions' reference in the first step of the protocol, a current step. */
PetscErrorCode FindReference(Transport transport, const Case *case_, WatchReference *reference);

#endif
