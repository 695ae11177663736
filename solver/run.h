#ifndef SANDGLASS_SOLVER_RUN_H
#define SANDGLASS_SOLVER_RUN_H

#include <signal.h>

#include "mesh/mesh.h"
#include "solver/results_record.h"
#include "solver/transport.h"

/* A run of a case: its protocol integrated step by step, its events located, its results told to an
   observer. */
typedef struct _p_Run *Run;

/* Called on rank 0 alone; a function that is NULL is not called.  `progress` is the share done of
   the present step of the protocol, or -1 where its end is not a time. */
typedef struct {
  void *context;
  /* After each time step's records.  To be given on every rank or on none. */
  PetscErrorCode (*state)(void *context, const RunState *state);
  PetscErrorCode (*history)(void *context, const HistoryRecord *record);
  PetscErrorCode (*fields)(void *context, const FieldsRecord *record);
  PetscErrorCode (*event)(void *context, const EventRecord *record);
  PetscErrorCode (*progress)(void *context, PetscInt step, PetscReal time, PetscReal progress);
} RunObserver;

/* Called on every rank after every accepted step; for tests and diagnosis. */
typedef PetscErrorCode (*RunInspector)(void *context, Transport transport, const CellState *cell,
                                       Vec rate, const HistoryRecord *record);

/* Refuses a mesh that has too few nodes to be split among so many ranks (PETSC_ERR_USER_INPUT). */
PetscErrorCode RunCheckRanks(MPI_Comm comm, const Case *case_, PetscMPIInt ranks);

/* `case_` must outlive the run.  Checks the ranks of `comm`. */
PetscErrorCode RunCreate(MPI_Comm comm, const Case *case_, Run *run);
PetscErrorCode RunDestroy(Run *run);
PetscErrorCode RunGetMesh(Run run, const Mesh **mesh);                        // lent
PetscErrorCode RunGetClosedForms(Run run, const ClosedForms **closed_forms);  // lent
PetscErrorCode RunSetObserver(Run run, const RunObserver *observer);
PetscErrorCode RunSetInspector(Run run, RunInspector inspector, void *context);

/* The run ends with RUN_STOPPED after the step in which *flag becomes non-zero on any rank. */
PetscErrorCode RunSetStopFlag(Run run, const volatile sig_atomic_t *flag);

/* The run goes on from a state that was told of the same case, on any number of ranks, instead of
   from rest.  Collective; rank 0 alone has the state, copied. */
PetscErrorCode RunSetState(Run run, const RunState *state);

/* Fills `result` on every rank; free it with RunResultDestroy.  A solver that gives up is not an
   error but the status RUN_FAILED. */
PetscErrorCode RunExecute(Run run, RunResult *result);
PetscErrorCode RunResultDestroy(RunResult *result);

#endif
