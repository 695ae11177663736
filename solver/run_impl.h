#ifndef SANDGLASS_SOLVER_RUN_IMPL_H
#define SANDGLASS_SOLVER_RUN_IMPL_H

#include "solver/integrator.h"
#include "solver/run.h"
#include "solver/watch.h"

struct _p_Run {
  MPI_Comm comm;
  PetscMPIInt rank, ranks;
  const Case *case_;
  Transport transport;
  Integrator integrator;
  const Mesh *mesh;
  Vec state, work;
  CellState cell, interpolated;
  ClosedForms forms;
  RunObserver observer;
  RunInspector inspector;
  void *inspector_context;
  const volatile sig_atomic_t *stop;

  PetscInt step;                 // of the protocol
  PetscReal step_start, time;    // [s]
  PetscReal elapsed;             // since step_start, to all its digits [s]
  PetscReal integrator_start;    // elapsed when the integrator last began anew [s]
  PetscReal last_time_step;      // [s]
  PetscReal first_current_time;  // when the first current step began; NaN before
  PetscReal time_scale;          // a first step that is short against everything [s]
  PetscReal charge_offset;       // ChargePassed at t = 0 [C/m^2]
  WatchReference reference;
  PetscInt number_of_watches;
  Watch *watches;
  PetscReal output_interval, next_output;  // the latter since step_start [s]
  PetscInt outputs;                        // stored at this interval
  PetscReal last_stored;                   // time of the last stored fields [s]
  PetscReal *buffer;                       // one set of fields, see StoreFields
  PetscBool step_over, run_over;
  PetscBool goes_on;  // from a state that was told: within a step of the protocol
  RunResult so_far;   // before RunExecute: of the run that this one goes on with
  PetscLogDouble begin;
  RunResult *result;

  VecScatter to_zero;  // all of the state to rank 0, NULL before it is needed (solver/run_state.c)
  Vec whole;
  PetscInt *armed;
};

/* The control, the reference and the watches of a step of the protocol. */
PetscErrorCode RunSetUpStep(Run run, const ProtocolStep *step);

/* The watches' present values. */
void RunEvaluateWatches(Run run);

/* The counts and the wall time in the result so far. */
PetscErrorCode RunCount(Run run);

/* Tells the observer what the run can go on from. */
PetscErrorCode RunTellState(Run run);

/* What telling and taking states have made. */
PetscErrorCode RunStateDestroy(Run run);

#endif
