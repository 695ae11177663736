#include <math.h>

#include "bc/physical_constants.h"
#include "solver/run_impl.h"

/* A cell in which nothing moves any more.  Time steps would go on growing until what is stored in
   the cell is nothing beside what flows through it within a step, and rounding moved the amounts.
 */

/* One that has moved by less than this share of the tolerance, so many steps in a row, each longer
   than this share of the time of diffusion across the cell, has come to rest: its steps, growing by
   a quarter each, have become a hundred times as long meanwhile. */
#define STILL_SHARE 1e-2
#define STILL_STEPS 20
#define STILL_TIMES 0.01

/* A change of a logarithm by as much counts as one tolerance, however scarce the ion. */
#define STILL_LOGARITHM 1e-2

/* A steady current below this share of the one that diffusion across the cell gives is rounding. */
#define NO_CURRENT 1e-9

PetscErrorCode RunNoteMovement(Run r, PetscReal time_step)
{
  PetscReal moved;

  PetscFunctionBeginUser;
  if (time_step < STILL_TIMES * RunDiffusionTime(r)) {
    r->still_steps = 0;
    PetscFunctionReturn(0);
  }
  PetscCall(VecWAXPY(r->work, -1, r->good_state, r->state));
  PetscCall(TransportUpdateSize(r->transport, r->state, r->work,
                                r->case_->solver.relative_tolerance, STILL_LOGARITHM, time_step,
                                &moved));
  r->still_steps = moved < STILL_SHARE ? r->still_steps + 1 : 0;
  PetscFunctionReturn(0);
}

PetscBool RunIsStill(Run r)
{
  return (PetscBool)(r->still_steps >= STILL_STEPS);
}

/* Current that a difference of c_0 across the cell would diffuse with [A/m^2]. */
static PetscReal TypicalCurrent(Run r)
{
  const Separator *separator = &r->case_->separator;

  return FARADAY * r->case_->electrolyte.concentration * separator->porosity *
         separator->thickness / RunDiffusionTime(r);
}

PetscErrorCode RunSkipToEnd(Run r)
{
  const PetscReal duration = r->case_->protocol[r->step].duration;
  const PetscReal wait = duration - r->elapsed;
  PetscReal current = 0;
  Vec rate;

  PetscFunctionBeginUser;
  PetscCall(TransportGetLastRate(r->transport, &rate));
  PetscCall(TransportGetCurrent(r->transport, rate, &current));
  if (fabs(current) > NO_CURRENT * TypicalCurrent(r)) {
    PetscCall(TransportAdvanceAmounts(r->transport, rate, wait, r->state));
  }
  r->elapsed = duration;
  r->time = r->step_start + duration;
  PetscCall(TransportGetCellState(r->transport, r->state, &r->cell));
  RunEvaluateWatches(r);
  PetscFunctionReturn(0);
}
