#include "io/sweep_queue.h"

enum { NEXT, DONE, FAILED, COUNTERS };

struct _p_SweepQueue {
  MPI_Comm comm;  // of its own: what is looked for there is never found
  MPI_Win window;
  int64_t *counters;  // [COUNTERS] on rank 0
  PetscInt count;
};

PetscErrorCode SweepQueueCreate(MPI_Comm comm, PetscInt count, SweepQueue *queue)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(queue));
  (*queue)->count = count;
  PetscCallMPI(MPI_Comm_dup(comm, &(*queue)->comm));
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  const MPI_Aint size = rank ? 0 : COUNTERS * sizeof(int64_t);
  PetscCallMPI(MPI_Win_allocate(size, sizeof(int64_t), MPI_INFO_NULL, comm, &(*queue)->counters,
                                &(*queue)->window));
  for (int i = 0; i < COUNTERS && rank == 0; i++) (*queue)->counters[i] = 0;
  PetscCallMPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, (*queue)->window));
  PetscCallMPI(MPI_Win_sync((*queue)->window));
  PetscCallMPI(MPI_Barrier(comm));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepQueueDestroy(SweepQueue *queue)
{
  PetscFunctionBeginUser;
  if (!*queue) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Win_unlock_all((*queue)->window));
  PetscCallMPI(MPI_Win_free(&(*queue)->window));
  PetscCallMPI(MPI_Comm_free(&(*queue)->comm));
  PetscCall(PetscFree(*queue));
  PetscFunctionReturn(0);
}

// Changes a counter of rank 0 in one piece, and tells what it was.
static PetscErrorCode Change(SweepQueue queue, int counter, MPI_Op operation, int64_t by,
                             int64_t *before)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Fetch_and_op(&by, before, MPI_INT64_T, 0, counter, operation, queue->window));
  PetscCallMPI(MPI_Win_flush(0, queue->window));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepQueueTake(SweepQueue queue, PetscInt *number)
{
  int64_t next;

  PetscFunctionBeginUser;
  PetscCall(Change(queue, NEXT, MPI_SUM, 1, &next));
  *number = next < queue->count ? (PetscInt)next : -1;
  PetscFunctionReturn(0);
}

PetscErrorCode SweepQueueStop(SweepQueue queue)
{
  int64_t before;

  PetscFunctionBeginUser;
  PetscCall(Change(queue, NEXT, MPI_REPLACE, queue->count, &before));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepQueueReport(SweepQueue queue, PetscBool failed)
{
  int64_t before;

  PetscFunctionBeginUser;
  PetscCall(Change(queue, DONE, MPI_SUM, 1, &before));
  if (failed) PetscCall(Change(queue, FAILED, MPI_SUM, 1, &before));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepQueueGetCounts(SweepQueue queue, PetscInt *done, PetscInt *failed)
{
  int64_t counts[2];

  PetscFunctionBeginUser;
  PetscCall(Change(queue, DONE, MPI_NO_OP, 0, &counts[0]));
  PetscCall(Change(queue, FAILED, MPI_NO_OP, 0, &counts[1]));
  *done = (PetscInt)counts[0];
  *failed = (PetscInt)counts[1];
  PetscFunctionReturn(0);
}

PetscErrorCode SweepQueueServe(SweepQueue queue)
{
  int found;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, queue->comm, &found, MPI_STATUS_IGNORE));
  PetscFunctionReturn(0);
}
