/* The floor under a solve: the bare work of its Newton iterations. */

#include <petscdm.h>

#include "benchmarks/bench.h"
#include "solver/block_elimination.h"
#include "solver/closed_forms.h"
#include "solver/integrator.h"

/* States of a solve, evenly spaced over its steps, that the bare loop goes through. */
#define STATES 16

/* Least time that each part of the bare loop is measured for [s]. */
#define LOOP_TIME 0.02

/* Newton's last states of some steps, each with its rate and its shift, about 1/(time step). */
typedef struct {
  PetscInt count;
  Vec state[STATES], rate[STATES];
  PetscReal shift[STATES];
} States;

struct _p_Floor {
  Transport transport;
  BlockElimination elimination;
  States states;
  Vec residual, update;
  Mat jacobian;  // a shell: the rows stay in the Transport
};

typedef PetscErrorCode (*Work)(Floor floor, PetscInt state);

static PetscErrorCode Residual(Floor floor, PetscInt s)
{
  PetscFunctionBeginUser;
  PetscCall(TransportResidual(NULL, 0, floor->states.state[s], floor->states.rate[s],
                              floor->residual, floor->transport));
  PetscFunctionReturn(0);
}

static PetscErrorCode ResidualAndJacobian(Floor floor, PetscInt s)
{
  PetscFunctionBeginUser;
  PetscCall(Residual(floor, s));
  PetscCall(TransportJacobian(NULL, 0, floor->states.state[s], floor->states.rate[s],
                              floor->states.shift[s], floor->jacobian, floor->jacobian,
                              floor->transport));
  PetscFunctionReturn(0);
}

static PetscErrorCode Factor(Floor floor, PetscInt s)
{
  const PetscScalar *rows;

  PetscFunctionBeginUser;
  PetscCall(ResidualAndJacobian(floor, s));
  PetscCall(TransportGetJacobianRows(floor->transport, &rows));
  PetscCall(BlockEliminationFactor(floor->elimination, rows));
  PetscFunctionReturn(0);
}

static PetscErrorCode WholeIteration(Floor floor, PetscInt s)
{
  const PetscScalar *right_hand;
  PetscScalar *solution;

  PetscFunctionBeginUser;
  PetscCall(Factor(floor, s));
  PetscCall(VecGetArrayRead(floor->residual, &right_hand));
  PetscCall(VecGetArrayWrite(floor->update, &solution));
  PetscCall(BlockEliminationSolve(floor->elimination, right_hand, solution));
  PetscCall(VecRestoreArrayWrite(floor->update, &solution));
  PetscCall(VecRestoreArrayRead(floor->residual, &right_hand));
  PetscFunctionReturn(0);
}

/* Every state differs from the one before, so that nothing is found evaluated already. */
static PetscErrorCode TimeLoop(Floor floor, Work work, PetscReal *seconds)
{
  const PetscReal begin = ProcessorTime();
  PetscReal elapsed = 0;
  PetscInt count = 0;

  PetscFunctionBeginUser;
  while (elapsed < LOOP_TIME) {
    for (PetscInt s = 0; s < floor->states.count; s++) PetscCall(work(floor, s));
    count += floor->states.count;
    elapsed = ProcessorTime() - begin;
  }
  *seconds = elapsed / count;
  PetscFunctionReturn(0);
}

static PetscErrorCode KeepState(Transport transport, Vec state, PetscReal step, States *states)
{
  const PetscInt s = states->count++;
  Vec rate;

  PetscFunctionBeginUser;
  PetscCall(TransportGetLastRate(transport, &rate));
  PetscCall(VecDuplicate(state, &states->state[s]));
  PetscCall(VecDuplicate(state, &states->rate[s]));
  PetscCall(VecCopy(state, states->state[s]));
  PetscCall(VecCopy(rate, states->rate[s]));
  states->shift[s] = 1 / step;
  PetscFunctionReturn(0);
}

/* Solves the case to `end` and keeps every so many steps the state. */
static PetscErrorCode KeepStates(Floor floor, const Case *case_, PetscReal tolerance,
                                 const Solve *whole)
{
  const PetscInt every = PetscMax(1, whole->steps / STATES);
  PetscReal time = 0, before = 0;
  PetscBool advanced = PETSC_TRUE;
  WatchReference reference;
  Integrator integrator;
  ClosedForms forms;
  Vec state;

  PetscFunctionBeginUser;
  PetscCall(ClosedFormsFind(case_, &forms));
  PetscCall(FindReference(floor->transport, case_, &reference));
  PetscCall(VecDuplicate(floor->residual, &state));
  PetscCall(TransportSetUniform(floor->transport, state));
  PetscCall(
      TransportSetControl(floor->transport, CONTROL_CURRENT, reference.current_density, state));
  PetscCall(IntegratorCreate(floor->transport, tolerance, state, &integrator));
  PetscCall(IntegratorRestart(integrator,
                              PetscSqr(forms.debye_length) / case_->electrolyte.diffusivity.initial,
                              whole->end));
  for (PetscInt step = 1; time < whole->end && advanced; step++) {
    PetscCall(IntegratorStep(integrator, &advanced));
    before = time;
    PetscCall(IntegratorGetTime(integrator, &time));
    if (step % every == 0 && floor->states.count < STATES) {
      PetscCall(KeepState(floor->transport, state, time - before, &floor->states));
    }
  }
  PetscCall(IntegratorDestroy(&integrator));
  PetscCall(VecDestroy(&state));
  PetscFunctionReturn(0);
}

/* ---- public ---- */

PetscErrorCode FloorCreate(const Case *case_, PetscReal tolerance, const Solve *solve, Floor *floor)
{
  const PetscInt dof = case_->electrolyte.number_of_ions + 1;
  PetscInt size;
  Floor f;
  DM dm;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&f));
  PetscCall(TransportCreate(PETSC_COMM_SELF, case_, &f->transport));
  PetscCall(TransportGetDM(f->transport, &dm));
  PetscCall(DMCreateGlobalVector(dm, &f->residual));
  PetscCall(VecDuplicate(f->residual, &f->update));
  PetscCall(VecGetLocalSize(f->residual, &size));
  PetscCall(BlockEliminationCreate(PETSC_COMM_SELF, size / dof, dof, &f->elimination));
  PetscCall(MatCreateShell(PETSC_COMM_SELF, size, size, size, size, NULL, &f->jacobian));
  PetscCall(KeepStates(f, case_, tolerance, solve));
  *floor = f;
  PetscFunctionReturn(0);
}

PetscErrorCode FloorDestroy(Floor *floor)
{
  Floor f = *floor;

  PetscFunctionBeginUser;
  if (!f) PetscFunctionReturn(0);
  for (PetscInt s = 0; s < f->states.count; s++) {
    PetscCall(VecDestroy(&f->states.state[s]));
    PetscCall(VecDestroy(&f->states.rate[s]));
  }
  PetscCall(VecDestroy(&f->residual));
  PetscCall(VecDestroy(&f->update));
  PetscCall(MatDestroy(&f->jacobian));
  PetscCall(BlockEliminationDestroy(&f->elimination));
  PetscCall(TransportDestroy(&f->transport));
  PetscCall(PetscFree(*floor));
  PetscFunctionReturn(0);
}

/* Each part by the difference to the loop without it. */
PetscErrorCode FloorMeasure(Floor floor, IterationTime *time)
{
  PetscReal residual = 0, jacobian = 0, factor = 0, solve = 0;

  PetscFunctionBeginUser;
  PetscCall(TimeLoop(floor, Residual, &residual));
  PetscCall(TimeLoop(floor, ResidualAndJacobian, &jacobian));
  PetscCall(TimeLoop(floor, Factor, &factor));
  PetscCall(TimeLoop(floor, WholeIteration, &solve));
  *time = (IterationTime){.residual = residual,
                          .jacobian = jacobian - residual,
                          .factor = factor - jacobian,
                          .solve = solve - factor,
                          .whole = solve};
  PetscFunctionReturn(0);
}
