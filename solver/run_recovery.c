#include <math.h>

#include "bc/physical_constants.h"
#include "solver/run_impl.h"

/* What is done where a time step cannot be solved, or its solution cannot be right: the run goes
   back to the last good state and begins anew from there, at order 1 and with a short step, which
   forgets what the differences of earlier steps extrapolate to. */

/* A new beginning is tried so many times with hardly any steps in between. */
#define MOST_BEGINNINGS 5
#define FEW_STEPS 20

/* Of the last step: the first one of a new beginning, whose error nothing judges; but with digits
   in the time. */
#define FIRST_STEP_SHARE 1e-3
#define FIRST_STEP_DIGITS 16

/* What a right solution cannot come to, far above what rounding and Newton's method leave: of an
   ion's amount, and of the charge that a given current has brought. */
#define WRONG_AMOUNT 1e-10
#define WRONG_CHARGE 1e-6

PetscErrorCode RunBeginIntegration(Run r, PetscReal first_step)
{
  PetscFunctionBeginUser;
  r->integrator_start = r->elapsed;
  PetscCall(TransportBeginAmounts(r->transport, r->state));
  PetscCall(IntegratorRestart(r->integrator, first_step,
                              r->case_->protocol[r->step].duration - r->elapsed));
  PetscFunctionReturn(0);
}

PetscErrorCode RunGoOn(Run r)
{
  PetscFunctionBeginUser;
  PetscCall(RunBeginIntegration(
      r, PetscMax(FIRST_STEP_SHARE * r->last_time_step,
                  FIRST_STEP_DIGITS * PETSC_MACHINE_EPSILON * PetscMax(r->time, r->elapsed))));
  PetscFunctionReturn(0);
}

/* Amount of each ion less what came in through the boundaries [mol/m^2], which nothing changes. */
static void FindInvariants(Run r, PetscReal invariant[])
{
  TransportGetAmounts(r->transport, &r->cell, invariant);
  for (PetscInt k = 0; k < r->cell.number_of_ions; k++) {
    for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
      invariant[k] -= r->cell.amount_entered[side][k];
    }
  }
}

PetscErrorCode RunKeepState(Run r)
{
  PetscFunctionBeginUser;
  PetscCall(VecCopy(r->state, r->good_state));
  r->good_elapsed = r->elapsed;
  PetscFunctionReturn(0);
}

void RunSetInvariants(Run r)
{
  FindInvariants(r, r->invariant);
}

/* Ions appear or vanish, or a concentration is no number. */
static PetscBool AmountsAreWrong(Run r)
{
  PetscReal invariant[MAXIMUM_IONS], amount[MAXIMUM_IONS];

  TransportGetAmounts(r->transport, &r->cell, amount);
  FindInvariants(r, invariant);
  for (PetscInt k = 0; k < r->cell.number_of_ions; k++) {
    PetscReal size = amount[k];
    for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
      size += fabs(r->cell.amount_entered[side][k]);
    }
    if (!(fabs(invariant[k] - r->invariant[k]) <= WRONG_AMOUNT * size)) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* sum_k |z_k| c_k,0 over the pores [mol/m^2]: the charge of either sign in the cell. */
static PetscReal EquivalentsInPores(Run r)
{
  const Electrolyte *electrolyte = &r->case_->electrolyte;
  PetscReal sum = 0;

  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    sum += fabs((PetscReal)electrolyte->ion[k].charge) * electrolyte->ion[k].concentration;
  }
  return sum * r->case_->separator.porosity * r->case_->separator.thickness;
}

/* The charge that has passed in a step of given current is the integral of the current over the
   time that is stored with it. */
static PetscBool ChargeIsWrong(Run r)
{
  const PetscReal expected = r->reference.current_density * r->elapsed;
  const PetscReal passed = ChargePassed(r->transport, &r->cell);
  const PetscReal rounding = 1e-11 * (fabs(passed) + FARADAY * EquivalentsInPores(r));

  if (isnan(expected)) return PETSC_FALSE;
  return (PetscBool) !(fabs(passed - r->reference.charge_at_start - expected) <=
                       WRONG_CHARGE * fabs(expected) + rounding);
}

PetscBool RunStateIsSound(Run r)
{
  r->unsound = AmountsAreWrong(r) ? "an ion's amount is not conserved"
               : ChargeIsWrong(r) ? "the charge passed is not the integral of the current"
                                  : NULL;
  return (PetscBool)!r->unsound;
}

PetscErrorCode RunBeginAnew(Run r, PetscBool *begun)
{
  PetscFunctionBeginUser;
  PetscCall(VecCopy(r->good_state, r->state));
  r->elapsed = r->good_elapsed;
  r->time = r->step_start + r->elapsed;
  PetscCall(TransportGetCellState(r->transport, r->state, &r->cell));
  if (r->steps_since_beginning > FEW_STEPS) r->beginnings = 0;
  *begun = (PetscBool)(r->beginnings++ < MOST_BEGINNINGS);
  r->steps_since_beginning = 0;
  if (*begun) PetscCall(RunGoOn(r));
  PetscFunctionReturn(0);
}

PetscErrorCode RunGiveUp(Run r)
{
  char reason[400], where[96];

  PetscFunctionBeginUser;
  PetscCall(IntegratorDescribeTrouble(r->integrator, sizeof where, where));
  PetscCall(PetscSNPrintf(reason, sizeof reason,
                          "protocol[%" PetscInt_FMT
                          "]: %s (%s); shorter steps and %d new beginnings at order 1 did "
                          "not help; more mesh.nodes, or an end by `until` before it, may",
                          r->step,
                          r->unsound ? r->unsound : "no time step, however small, could be solved",
                          where, MOST_BEGINNINGS));
  PetscCall(RunFail(r, reason));
  PetscFunctionReturn(0);
}
