#include <math.h>

#include "solver/run_impl.h"

/* Stopping a run and going on with it.  The differences that BDF makes of earlier steps are lost:
   it begins anew from a state without a discontinuity. */

/* Watches of a step at most: its conditions and the two onsets. */
static PetscInt MostWatches(const Case *case_)
{
  PetscInt most = 0;

  for (PetscInt s = 0; s < case_->number_of_steps; s++) {
    most = PetscMax(most, case_->protocol[s].number_of_conditions + 2);
  }
  return most;
}

static PetscErrorCode SetUp(Run r)
{
  PetscFunctionBeginUser;
  if (r->to_zero) PetscFunctionReturn(0);
  PetscCall(VecScatterCreateToZero(r->state, &r->to_zero, &r->whole));
  PetscCall(PetscCalloc1(MostWatches(r->case_), &r->armed));
  PetscFunctionReturn(0);
}

PetscErrorCode RunStateDestroy(Run r)
{
  PetscFunctionBeginUser;
  PetscCall(VecScatterDestroy(&r->to_zero));
  PetscCall(VecDestroy(&r->whole));
  PetscCall(PetscFree(r->armed));
  PetscFunctionReturn(0);
}

/* ---- telling ---- */

static RunState StateOf(Run r)
{
  return (RunState){.step = r->step,
                    .step_over = r->step_over,
                    .run_over = r->run_over,
                    .step_start = r->step_start,
                    .elapsed = r->elapsed,
                    .last_time_step = r->last_time_step,
                    .first_current_time = r->first_current_time,
                    .charge_offset = r->charge_offset,
                    .charge_at_start = r->reference.charge_at_start,
                    .at_counter_electrode = (PetscBool)(r->reference.side == COUNTER_ELECTRODE),
                    .output_interval = r->output_interval,
                    .next_output = r->next_output,
                    .outputs = r->outputs,
                    .last_stored = r->last_stored,
                    .result = *r->result,
                    .conditions = MostWatches(r->case_),
                    .armed = r->armed};
}

PetscErrorCode RunTellState(Run r)
{
  RunState state;

  PetscFunctionBeginUser;
  if (!r->observer.state) PetscFunctionReturn(0);
  PetscCall(SetUp(r));
  PetscCall(VecScatterBegin(r->to_zero, r->state, r->whole, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(r->to_zero, r->state, r->whole, INSERT_VALUES, SCATTER_FORWARD));
  if (r->rank) PetscFunctionReturn(0);
  PetscCall(RunCount(r));
  for (PetscInt w = 0; w < r->number_of_watches; w++) r->armed[w] = r->watches[w].armed;
  state = StateOf(r);
  PetscCall(VecGetLocalSize(r->whole, &state.unknowns));
  PetscCall(VecGetArray(r->whole, &state.unknown));
  TransportAddAmountsBefore(r->transport, state.unknown);
  PetscCall(r->observer.state(r->observer.context, &state));
  PetscCall(VecRestoreArray(r->whole, &state.unknown));
  PetscFunctionReturn(0);
}

/* ---- going on ---- */

/* The state on every rank, but for the unknowns; those of another case do not fit. */
static PetscErrorCode Share(Run r, const RunState *state, RunState *shared)
{
  PetscInt size;

  PetscFunctionBeginUser;
  if (!r->rank) *shared = *state;
  PetscCallMPI(MPI_Bcast(shared, sizeof *shared, MPI_BYTE, 0, r->comm));
  PetscCall(VecGetSize(r->state, &size));
  PetscCheck(shared->unknowns == size && shared->conditions == MostWatches(r->case_) &&
                 shared->step >= 0 && shared->step < r->case_->number_of_steps,
             r->comm, PETSC_ERR_ARG_SIZ, "the state of a run of another case");
  if (!r->rank) PetscCall(PetscArraycpy(r->armed, state->armed, state->conditions));
  PetscCallMPI(MPI_Bcast(r->armed, (PetscMPIInt)shared->conditions, MPIU_INT, 0, r->comm));
  PetscCall(PetscMalloc1(shared->result.number_of_events, &shared->result.events));
  if (!r->rank) {
    PetscCall(
        PetscArraycpy(shared->result.events, state->result.events, state->result.number_of_events));
  }
  PetscCallMPI(MPI_Bcast(shared->result.events,
                         (PetscMPIInt)(shared->result.number_of_events * sizeof(EventRecord)),
                         MPI_BYTE, 0, r->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeUnknowns(Run r, const RunState *state)
{
  PetscScalar *unknown;

  PetscFunctionBeginUser;
  if (!r->rank) {
    PetscCall(VecGetArrayWrite(r->whole, &unknown));
    PetscCall(PetscArraycpy(unknown, state->unknown, state->unknowns));
    PetscCall(VecRestoreArrayWrite(r->whole, &unknown));
  }
  PetscCall(VecScatterBegin(r->to_zero, r->whole, r->state, INSERT_VALUES, SCATTER_REVERSE));
  PetscCall(VecScatterEnd(r->to_zero, r->whole, r->state, INSERT_VALUES, SCATTER_REVERSE));
  PetscCall(TransportGetCellState(r->transport, r->state, &r->cell));
  PetscFunctionReturn(0);
}

static void TakeNumbers(Run r, const RunState *state)
{
  r->step = state->step;
  r->step_over = state->step_over;
  r->run_over = state->run_over;
  r->step_start = state->step_start;
  r->elapsed = state->elapsed;
  r->time = r->step_start + r->elapsed;
  r->last_time_step = state->last_time_step;
  r->first_current_time = state->first_current_time;
  r->charge_offset = state->charge_offset;
  r->output_interval = state->output_interval;
  r->next_output = state->next_output;
  r->outputs = state->outputs;
  r->last_stored = state->last_stored;
  r->so_far = state->result;
}

/* The values before the next step are those of the state. */
static void TakeWatches(Run r, const RunState *state)
{
  r->reference.side = state->at_counter_electrode ? COUNTER_ELECTRODE : ANODE;
  r->reference.charge_at_start = state->charge_at_start;
  RunEvaluateWatches(r);
  for (PetscInt w = 0; w < r->number_of_watches; w++) {
    r->watches[w].armed = (PetscBool)(r->armed[w] != 0);
    r->watches[w].before = r->watches[w].now;
  }
}

PetscErrorCode RunSetState(Run r, const RunState *state)
{
  RunState shared;

  PetscFunctionBeginUser;
  PetscCall(SetUp(r));
  PetscCall(Share(r, state, &shared));
  PetscCall(RunSetUpStep(r, &r->case_->protocol[shared.step]));
  PetscCall(TakeUnknowns(r, state));
  TakeNumbers(r, &shared);
  TakeWatches(r, &shared);
  RunSetInvariants(r);
  r->goes_on = PETSC_TRUE;
  if (r->step_over) PetscFunctionReturn(0);
  PetscCall(RunGoOn(r));
  PetscCall(RunKeepState(r));
  PetscFunctionReturn(0);
}
