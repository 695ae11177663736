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

  PetscInt step;                      // of the protocol
  PetscReal step_start, time;         // [s]
  PetscReal elapsed;                  // since step_start, to all its digits [s]
  PetscReal integrator_start;         // elapsed when the integrator last began anew [s]
  PetscReal last_time_step;           // [s]
  Vec good_state;                     // the last one accepted
  PetscReal good_elapsed;             // [s]
  PetscReal invariant[MAXIMUM_IONS];  // amounts less what entered, at the start [mol/m^2]
  PetscInt beginnings;                // anew, with few steps between
  PetscInt steps_since_beginning;
  PetscInt still_steps;          // in a row, in which nothing moved
  const char *unsound;           // why the last solution is not accepted; NULL where it is
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

/* Ends the run with RUN_FAILED and this reason. */
PetscErrorCode RunFail(Run run, const char reason[]);

/* The integrator begins anew at the present state and time, with a first step of that size [s]; the
   second where there is no discontinuity, by the size of the last step (solver/run_recovery.c). */
PetscErrorCode RunBeginIntegration(Run run, PetscReal first_step);
PetscErrorCode RunGoOn(Run run);

/* Takes the present state for the one that what is conserved is held against. */
void RunSetInvariants(Run run);

/* Whether the present state conserves what is conserved; if not, `unsound` says what it breaks. */
PetscBool RunStateIsSound(Run run);

/* The present state is good, and what a new beginning goes back to.  *begun is false where so many
   have been tried that another does not help. */
PetscErrorCode RunKeepState(Run run);
PetscErrorCode RunBeginAnew(Run run, PetscBool *begun);

/* Of the slowest ion, across the cell [s]. */
PetscReal RunDiffusionTime(Run run);

/* Compares the state with the last good one, after a time step [s]; RunIsStill then tells whether
   the cell has come to rest, or to a steady current, and RunSkipToEnd lets the time of the step of
   the protocol pass there (solver/run_rest.c). */
PetscErrorCode RunNoteMovement(Run run, PetscReal time_step);
PetscBool RunIsStill(Run run);
PetscErrorCode RunSkipToEnd(Run run);

/* Says where and why no step could be solved, and what may help. */
PetscErrorCode RunGiveUp(Run run);

/* The counts and the wall time in the result so far. */
PetscErrorCode RunCount(Run run);

/* Tells the observer what the run can go on from. */
PetscErrorCode RunTellState(Run run);

/* What telling and taking states have made. */
PetscErrorCode RunStateDestroy(Run run);

#endif
