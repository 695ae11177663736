#ifndef SANDGLASS_IO_SWEEP_QUEUE_H
#define SANDGLASS_IO_SWEEP_QUEUE_H

#include <petscsys.h>

/* Hands out the numbers 0 .. count - 1, each to one rank, in that order: a counter in a window of
   rank 0 that whoever is free adds to (MPI_Fetch_and_op).  Nobody has to serve it where the network
   or the node's memory does such an addition by itself; where MPI does it by messages, rank 0 has
   to call SweepQueueServe now and then while it computes. */
typedef struct _p_SweepQueue *SweepQueue;

PetscErrorCode SweepQueueCreate(MPI_Comm comm, PetscInt count, SweepQueue *queue);  // collective
PetscErrorCode SweepQueueDestroy(SweepQueue *queue);                                // collective

// The next number, or -1: none is left.
PetscErrorCode SweepQueueTake(SweepQueue queue, PetscInt *number);

// Nobody gets a number from now on.
PetscErrorCode SweepQueueStop(SweepQueue queue);

// A number's work is done; for the counts, which are those of all ranks.
PetscErrorCode SweepQueueReport(SweepQueue queue, PetscBool failed);
PetscErrorCode SweepQueueGetCounts(SweepQueue queue, PetscInt *done, PetscInt *failed);

// Lets MPI do what other ranks are waiting for.
PetscErrorCode SweepQueueServe(SweepQueue queue);

#endif
