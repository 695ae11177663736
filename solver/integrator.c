#include "solver/integrator.h"

#include <petscdmda.h>
#include <petscksp.h>

#include "solver/block_elimination.h"

/* Where a voltage makes a current flow, its error in units of the relative tolerance: it is a rate,
   and has fewer digits than what it is the rate of. */
#define CURRENT_PER_TOLERANCE 100

/* Newton's method has converged when the error left is below this share of the step's tolerance. */
#define NEWTON_SHARE 1e-3

/* ... and, however small a concentration, the error left in its logarithm below this: the next
   guess extrapolates the logarithms. */
#define LARGEST_LOGARITHM_ERROR 0.03

/* ... and the total current is the same at all faces to this share of it, and the step loses no
   more of an ion than this share, a few times the rounding of a sum over the nodes. */
#define CURRENT_IMBALANCE 6e-9
#define AMOUNT_IMBALANCE 1e-14

/* ... and, whatever the rounding, the reactions are what enters to this share, and no more than
   this share of an ion is lost. */
#define LAW_IMBALANCE 1e-6
#define WORST_AMOUNT_IMBALANCE 1e-12

/* No excitation is so small that it is judged more strictly: Newton's updates, a thousand times
   smaller still, are to be above the rounding of logarithms. */
#define SMALLEST_TOLERANCE 1e-9

/* Rounding is known from steps before to within this factor. */
#define ROUNDING_FACTOR 3.

/* Enough to climb an overpotential of a volt. */
#define LARGEST_ITERATIONS 30

/* Updates may grow at first, as while a wall's neutrality is found after its composition has
 * jumped. */
#define PATIENT_ITERATIONS 10

/* Of the orders 2 to 5 those that take the fewest steps for an error of 1e-5 and of 1e-4 and more
   (benchmarks/integrators.md): with long steps, order 4 asks for negative concentrations more
   often. */
#define BDF_ORDER 4
#define LOOSE_BDF_ORDER 3
#define LOOSE_TOLERANCE 3e-5

/* And in voltage steps: in the first moments of a step of many volts the front is thinner than the
   nodes apart, and waves go out from it through the space charge that hardly anything damps; order
   4 is unstable for them (50 V on configs/separator.yaml: stuck at steps of 2e-9 s). */
#define VOLTAGE_BDF_ORDER 3

/* Steps that grow faster than by 1.280 make BDF of order 4 unstable even for dM/dt = 0 (Calvo,
   Grande and Grigorieff 1990): rounding errors in what is conserved would grow with them. (With 1.5
   an ion's amount drifts by 5e-12 in configs/sand.yaml, with 1.25 by 2e-14.) */
#define SMALLEST_STEP_RATIO 0.1
#define LARGEST_STEP_RATIO 1.25

/* A step is to be this share of what the last one's error asks for.  With PETSc's 0.9 every other
   step is rejected as the depletion comes near, and errors grow from step to step; with 0.8 hardly
   any, for as many steps and a tenth fewer iterations (benchmarks/profile.md). */
#define STEP_SAFETY 0.8

/* After this many steps in a row that were to grow faster, order 2 goes on, which is stable up to a
   ratio of 1 + sqrt(2), for as long as its error lets the steps grow: the decades between the
   charging of the double layer and diffusion then take a third of the steps.  Once after each
   restart; in turns the two orders would take more steps than either does.  Not in voltage steps,
   most of which is rest: there longer steps only bring out more of the rounding. */
#define GROWTH_AFTER 3
#define GROWTH_ORDER 2
#define GROWTH_STEP_RATIO 2.

/* The states that the next one is extrapolated from, newest first, and their transient variables.
 */
#define MOST_POINTS 6
typedef struct {
  PetscInt count;
  PetscReal time[MOST_POINTS];
  Vec state[MOST_POINTS], transient[MOST_POINTS];
} Past;

typedef enum { GROWTH_TO_COME, GROWTH_GOING_ON, GROWTH_PAST } GrowthPhase;

struct _p_Integrator {
  Transport transport;
  TS ts;
  Mat jacobian;  // a shell: its rows go from the Transport to the elimination
  BlockElimination elimination;
  Vec state, error_scale;
  Vec interpolated;  // transient variables, for IntegratorInterpolate
  Vec applied;  // Newton's last update as it was taken: of a logarithm, log1p of what was asked
  PetscReal given_tolerance, relative_tolerance;  // the latter of the present excitation
  PetscReal last_update;                          // weighted size of Newton's last update
  Imbalance last_imbalance;                       // after it
  PetscReal rounding;       // imbalance that stayed when an iteration more was made, 0: none was
  PetscReal rounding_step;  // the time step of that iteration [s]
  PetscInt order;           // of BDF, after the first step
  PetscReal largest_ratio;  // of successive steps of that order
  PetscBool first_step;     // no step accepted since the last restart
  Past past;
  GrowthPhase growth;
  PetscInt limited_steps;  // in a row, up to the last, whose growth the order limited
  IntegratorCounts counts;
};

static PetscErrorCode ApplyUpdate(PETSC_UNUSED SNESLineSearch line_search, Vec x, Vec y, Vec w,
                                  PetscBool *changed_y, PetscBool *changed_w, void *context)
{
  Integrator integrator = (Integrator)context;

  PetscFunctionBeginUser;
  PetscCall(TransportApplyUpdate(integrator->transport, x, y, w));
  PetscCall(VecWAXPY(integrator->applied, -1, x, w));
  *changed_y = PETSC_FALSE;
  *changed_w = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* The update's size in units of the step's tolerance; what rounding makes of it weighs so little
   that it always is small enough. */
static PetscErrorCode WeightedSize(Integrator integrator, Vec x, PetscReal *size)
{
  PetscReal time_step;

  PetscFunctionBeginUser;
  PetscCall(TSGetTimeStep(integrator->ts, &time_step));
  PetscCall(TransportUpdateSize(
      integrator->transport, x, integrator->applied, integrator->relative_tolerance,
      LARGEST_LOGARITHM_ERROR / NEWTON_SHARE, time_step * NEWTON_SHARE, size));
  PetscFunctionReturn(0);
}

/* Whether the time has no digits left for the step, by which BDF would have to divide. */
static PetscErrorCode StepIsLost(TS ts, PetscBool *lost)
{
  PetscReal time, step;

  PetscFunctionBeginUser;
  PetscCall(TSGetTime(ts, &time));
  PetscCall(TSGetTimeStep(ts, &step));
  *lost = (PetscBool)(!(time + 0.25 * step > time));
  PetscFunctionReturn(0);
}

/* Whether the currents are in balance after an update that is so much smaller than the one before.
   Newton's method leaves of an imbalance what the square of the update says; if more is there and
   no more than the usual, it is rounding, which no iteration mends; that of what is stored falls
   with a longer step.  (A linear solution that has lost its digits, as in deep rows it may, shows
   as more than the usual.) */
static PetscBool IsBalanced(Integrator integrator, const Imbalance *imbalance, PetscReal rate,
                            PetscReal time_step)
{
  const PetscReal expected = integrator->last_imbalance.current * rate * rate;
  const PetscReal usual = integrator->rounding * PetscMin(1, integrator->rounding_step / time_step);

  if (imbalance->amount * time_step > AMOUNT_IMBALANCE) return PETSC_FALSE;
  if (imbalance->current <= CURRENT_IMBALANCE) return PETSC_TRUE;
  return (PetscBool)(expected <= CURRENT_IMBALANCE &&
                     imbalance->current <= ROUNDING_FACTOR * usual);
}

/* Whether the update left the currents as balanced as it found them, not spoiled by a linear
   solution that lost its digits. */
static PetscBool IsNoWorse(Integrator integrator, const Imbalance *imbalance)
{
  const PetscReal found = ROUNDING_FACTOR * integrator->last_imbalance.current;

  return (PetscBool)(imbalance->current <= PetscMax(CURRENT_IMBALANCE, found));
}

/* What stays after two small updates is rounding: a share of the current, so that it tells nothing
   about the next one, and a voltage step's is another at every moment. */
static void RememberRounding(Integrator integrator, const Imbalance *imbalance, PetscReal time_step)
{
  if (!imbalance->current_given) return;
  integrator->rounding = imbalance->current;
  integrator->rounding_step = time_step;
}

/* The error left after an update is that update times the rate of convergence, or less. */
static PetscErrorCode NewtonConverged(SNES snes, PetscInt iteration, PETSC_UNUSED PetscReal xnorm,
                                      PETSC_UNUSED PetscReal snorm, PetscReal fnorm,
                                      SNESConvergedReason *reason, void *context)
{
  Integrator it = (Integrator)context;
  PetscBool settled, lost = PETSC_FALSE;
  Imbalance imbalance;
  PetscReal size, rate, time_step;
  Vec residual, x;

  PetscFunctionBeginUser;
  *reason = SNES_CONVERGED_ITERATING;
  PetscCall(StepIsLost(it->ts, &lost));
  if (PetscIsInfOrNanReal(fnorm) || lost) *reason = SNES_DIVERGED_FNORM_NAN;
  if (iteration == 0) it->last_update = it->last_imbalance.current = PETSC_INFINITY;
  if (iteration == 0 || *reason) PetscFunctionReturn(0);
  PetscCall(SNESGetSolution(snes, &x));
  PetscCall(SNESGetFunction(snes, &residual, NULL, NULL));
  PetscCall(TSGetTimeStep(it->ts, &time_step));
  PetscCall(WeightedSize(it, x, &size));
  PetscCall(TransportFindImbalance(it->transport, x, residual, time_step, &imbalance));
  if (!imbalance.finite) *reason = SNES_DIVERGED_FNORM_NAN;
  if (*reason) PetscFunctionReturn(0);
  rate = iteration == 1 ? 1 : size / it->last_update;
  settled = (PetscBool)(it->last_update <= NEWTON_SHARE && IsNoWorse(it, &imbalance) &&
                        imbalance.amount * time_step <= WORST_AMOUNT_IMBALANCE);
  // Updates that are rounding are as often larger as smaller than the one before.
  if (rate > 1 && iteration > PATIENT_ITERATIONS && size > NEWTON_SHARE)
    *reason = SNES_DIVERGED_DTOL;
  if (size * PetscMin(rate, 1) <= NEWTON_SHARE && imbalance.law <= LAW_IMBALANCE) {
    if (settled) RememberRounding(it, &imbalance, time_step);
    if (settled || IsBalanced(it, &imbalance, rate, time_step)) {
      *reason = SNES_CONVERGED_SNORM_RELATIVE;
    }
  }
  // One before PETSc's own end, where the line search does not evaluate the residual any more.
  if (!*reason && iteration >= LARGEST_ITERATIONS) *reason = SNES_DIVERGED_MAX_IT;
  it->last_update = size;
  it->last_imbalance = imbalance;
  PetscFunctionReturn(0);
}

/* The scale of the step's error, once its solution is known. */
static PetscErrorCode SetErrorScale(TS ts, PETSC_UNUSED PetscReal stage_time,
                                    PETSC_UNUSED PetscInt stage, Vec *solution)
{
  Integrator integrator;
  PetscReal time_step;
  Vec before;

  PetscFunctionBeginUser;
  PetscCall(TSGetApplicationContext(ts, &integrator));
  PetscCall(TSGetSolution(ts, &before));
  PetscCall(TSGetTimeStep(ts, &time_step));
  // Just after a discontinuity the algebraic unknowns jump, whatever the size of the step.
  if (integrator->first_step) time_step = 0;
  PetscCall(TransportErrorScale(
      integrator->transport, solution[0], before, integrator->relative_tolerance,
      CURRENT_PER_TOLERANCE * integrator->given_tolerance, time_step, integrator->error_scale));
  PetscFunctionReturn(0);
}

static PetscErrorCode LimitGuess(SNES snes, Vec guess, void *context)
{
  Integrator integrator = (Integrator)context;
  (void)snes;

  PetscFunctionBeginUser;
  PetscCall(TransportLimitGuess(integrator->transport, integrator->state, guess));
  PetscFunctionReturn(0);
}

static PetscErrorCode Factor(PC pc)
{
  Integrator integrator;
  const PetscScalar *rows;

  PetscFunctionBeginUser;
  PetscCall(PCShellGetContext(pc, &integrator));
  PetscCall(TransportGetJacobianRows(integrator->transport, &rows));
  PetscCall(BlockEliminationFactor(integrator->elimination, rows));
  PetscFunctionReturn(0);
}

static PetscErrorCode Solve(PC pc, Vec right_hand, Vec solution)
{
  Integrator integrator;
  const PetscScalar *b;
  PetscScalar *x;

  PetscFunctionBeginUser;
  PetscCall(PCShellGetContext(pc, &integrator));
  PetscCall(VecGetArrayRead(right_hand, &b));
  PetscCall(VecGetArrayWrite(solution, &x));
  PetscCall(BlockEliminationSolve(integrator->elimination, b, x));
  PetscCall(VecRestoreArrayWrite(solution, &x));
  PetscCall(VecRestoreArrayRead(right_hand, &b));
  PetscFunctionReturn(0);
}

/* Elimination from the anode, where the potential is grounded. */
static PetscErrorCode SetUpElimination(Integrator integrator, KSP ksp)
{
  PetscInt size, block_size;
  MPI_Comm comm;
  DM dm;
  PC pc;

  PetscFunctionBeginUser;
  PetscCall(TransportGetDM(integrator->transport, &dm));
  PetscCall(DMDAGetInfo(dm, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &block_size, NULL, NULL, NULL,
                        NULL, NULL));
  PetscCall(VecGetLocalSize(integrator->state, &size));
  PetscCall(PetscObjectGetComm((PetscObject)dm, &comm));
  PetscCall(BlockEliminationCreate(comm, size / block_size, block_size, &integrator->elimination));
  PetscCall(MatCreateShell(comm, size, size, PETSC_DETERMINE, PETSC_DETERMINE, NULL,
                           &integrator->jacobian));
  PetscCall(KSPSetType(ksp, KSPPREONLY));
  PetscCall(KSPGetPC(ksp, &pc));
  PetscCall(PCSetType(pc, PCSHELL));
  PetscCall(PCShellSetContext(pc, integrator));
  PetscCall(PCShellSetSetUp(pc, Factor));
  PetscCall(PCShellSetApply(pc, Solve));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetUpNewton(Integrator integrator)
{
  SNES snes;
  KSP ksp;
  SNESLineSearch line_search;

  PetscFunctionBeginUser;
  PetscCall(TSGetSNES(integrator->ts, &snes));
  PetscCall(SNESSetType(snes, SNESNEWTONLS));
  PetscCall(SNESSetTolerances(snes, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT,
                              LARGEST_ITERATIONS + 1, -1));
  PetscCall(SNESSetConvergenceTest(snes, NewtonConverged, integrator, NULL));
  PetscCall(SNESSetComputeInitialGuess(snes, LimitGuess, integrator));
  PetscCall(SNESGetLineSearch(snes, &line_search));
  PetscCall(SNESLineSearchSetType(line_search, SNESLINESEARCHBASIC));
  // Only NewtonConverged says what is small, or not finite.
  PetscCall(SNESLineSearchSetComputeNorms(line_search, PETSC_FALSE));
  PetscCall(SNESLineSearchSetPostCheck(line_search, ApplyUpdate, integrator));
  PetscCall(SNESGetKSP(snes, &ksp));
  PetscCall(SetUpElimination(integrator, ksp));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorCreate(Transport transport, PetscReal relative_tolerance, Vec state,
                                Integrator *integrator)
{
  Integrator it;
  TSAdapt adapt;
  DM dm;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&it));
  it->transport = transport;
  it->given_tolerance = it->relative_tolerance = relative_tolerance;
  PetscCall(PetscObjectReference((PetscObject)state));
  it->state = state;
  PetscCall(VecDuplicate(state, &it->error_scale));
  PetscCall(VecDuplicate(state, &it->applied));
  PetscCall(VecDuplicate(state, &it->interpolated));
  for (PetscInt i = 0; i < MOST_POINTS; i++) {
    PetscCall(VecDuplicate(state, &it->past.state[i]));
    PetscCall(VecDuplicate(state, &it->past.transient[i]));
  }
  PetscCall(TransportGetDM(transport, &dm));
  PetscCall(TSCreate(PetscObjectComm((PetscObject)dm), &it->ts));
  PetscCall(TSSetDM(it->ts, dm));
  PetscCall(TSSetApplicationContext(it->ts, it));
  PetscCall(TSSetProblemType(it->ts, TS_NONLINEAR));
  PetscCall(TSSetType(it->ts, TSBDF));
  PetscCall(
      TSBDFSetOrder(it->ts, relative_tolerance > LOOSE_TOLERANCE ? LOOSE_BDF_ORDER : BDF_ORDER));
  PetscCall(TSSetIFunction(it->ts, NULL, TransportResidual, transport));
  PetscCall(TSSetTransientVariable(it->ts, TransportTransientVariable, transport));
  PetscCall(TSSetSolution(it->ts, state));
  PetscCall(TSSetExactFinalTime(it->ts, TS_EXACTFINALTIME_MATCHSTEP));
  PetscCall(TSSetTolerances(it->ts, 0, it->error_scale, 0, NULL));
  PetscCall(TSSetPostStage(it->ts, SetErrorScale));
  PetscCall(TSGetAdapt(it->ts, &adapt));
  PetscCall(TSAdaptSetClip(adapt, SMALLEST_STEP_RATIO, LARGEST_STEP_RATIO));
  PetscCall(TSAdaptSetSafety(adapt, STEP_SAFETY, PETSC_DEFAULT));
  PetscCall(TSSetMaxSteps(it->ts, PETSC_MAX_INT));
  PetscCall(TSSetMaxSNESFailures(it->ts, -1));
  PetscCall(TSSetMaxStepRejections(it->ts, 40));
  PetscCall(TSSetErrorIfStepFails(it->ts, PETSC_FALSE));
  PetscCall(SetUpNewton(it));
  PetscCall(TSSetIJacobian(it->ts, it->jacobian, it->jacobian, TransportJacobian, transport));
  PetscCall(TSSetFromOptions(it->ts));
  PetscCall(TSBDFGetOrder(it->ts, &it->order));
  PetscCall(TSAdaptGetClip(adapt, NULL, &it->largest_ratio));
  *integrator = it;
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorDestroy(Integrator *integrator)
{
  PetscFunctionBeginUser;
  if (!*integrator) PetscFunctionReturn(0);
  PetscCall(VecDestroy(&(*integrator)->error_scale));
  PetscCall(VecDestroy(&(*integrator)->applied));
  PetscCall(VecDestroy(&(*integrator)->interpolated));
  for (PetscInt i = 0; i < MOST_POINTS; i++) {
    PetscCall(VecDestroy(&(*integrator)->past.state[i]));
    PetscCall(VecDestroy(&(*integrator)->past.transient[i]));
  }
  PetscCall(VecDestroy(&(*integrator)->state));
  PetscCall(MatDestroy(&(*integrator)->jacobian));
  PetscCall(BlockEliminationDestroy(&(*integrator)->elimination));
  PetscCall(TSDestroy(&(*integrator)->ts));
  PetscCall(PetscFree(*integrator));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetOrder(Integrator it, PetscInt order, PetscReal largest_ratio)
{
  TSAdapt adapt;

  PetscFunctionBeginUser;
  PetscCall(TSBDFSetOrder(it->ts, order));
  PetscCall(TSGetAdapt(it->ts, &adapt));
  PetscCall(TSAdaptSetClip(adapt, PETSC_DEFAULT, largest_ratio));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorSetToleranceShare(Integrator it, PetscReal share)
{
  PetscFunctionBeginUser;
  it->relative_tolerance =
      PetscMax(share * it->given_tolerance, PetscMin(it->given_tolerance, SMALLEST_TOLERANCE));
  PetscFunctionReturn(0);
}

/* Moves the places of the past by one, the last one to the front or the first one to the end. */
static void RotatePast(Past *past, PetscInt to_front)
{
  const PetscInt from = to_front ? MOST_POINTS - 1 : 0;
  const PetscReal time = past->time[from];
  const Vec state = past->state[from], transient = past->transient[from];

  for (PetscInt n = 0; n < MOST_POINTS - 1; n++) {
    const PetscInt i = to_front ? MOST_POINTS - 1 - n : n, next = to_front ? i - 1 : i + 1;
    past->time[i] = past->time[next];
    past->state[i] = past->state[next];
    past->transient[i] = past->transient[next];
  }
  past->time[MOST_POINTS - 1 - from] = time;
  past->state[MOST_POINTS - 1 - from] = state;
  past->transient[MOST_POINTS - 1 - from] = transient;
}

/* The present state becomes the newest of the past. */
static PetscErrorCode RememberState(Integrator it)
{
  Past *past = &it->past;

  PetscFunctionBeginUser;
  RotatePast(past, 1);
  past->count = PetscMin(past->count + 1, MOST_POINTS);
  PetscCall(TSGetTime(it->ts, &past->time[0]));
  PetscCall(VecCopy(it->state, past->state[0]));
  PetscCall(TransportTransientVariable(it->ts, it->state, past->transient[0], it->transport));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorRestart(Integrator it, PetscReal first_step, PetscReal duration)
{
  PetscFunctionBeginUser;
  PetscCall(TSSetTime(it->ts, 0));
  PetscCall(TSSetMaxTime(it->ts, duration));
  PetscCall(TSSetTimeStep(it->ts, PetscMin(first_step, duration)));
  PetscCall(TSSetConvergedReason(it->ts, TS_CONVERGED_ITERATING));
  PetscCall(TSRestartStep(it->ts));
  // Order 2 makes of a jump in the middle of its points a rate of the wrong sign.
  PetscCall(SetOrder(it, 1, it->largest_ratio));
  it->first_step = PETSC_TRUE;
  it->past.count = 0;
  PetscCall(RememberState(it));
  it->rounding = 0;  // was a share of another current
  // Who asks for another ratio by an option gets no other order with it.
  it->growth = it->order > GROWTH_ORDER && it->largest_ratio == LARGEST_STEP_RATIO ? GROWTH_TO_COME
                                                                                   : GROWTH_PAST;
  it->limited_steps = 0;
  PetscFunctionReturn(0);
}

/* The order of the next step, by whether the last one's error would let it grow further. */
static PetscErrorCode ChooseOrder(Integrator it)
{
  const PetscBool growing = (PetscBool)(it->growth == GROWTH_GOING_ON);
  const PetscReal ratio = growing ? GROWTH_STEP_RATIO : it->largest_ratio;
  PetscReal time, before, next, step;

  PetscFunctionBeginUser;
  if (it->growth == GROWTH_PAST || !it->last_imbalance.current_given) PetscFunctionReturn(0);
  PetscCall(TSGetTime(it->ts, &time));
  PetscCall(TSGetPrevTime(it->ts, &before));
  PetscCall(TSGetTimeStep(it->ts, &next));
  step = time - before;
  // A time has fewer digits than a step.
  it->limited_steps = next > (1 - 1e-3) * ratio * step ? it->limited_steps + 1 : 0;
  if (growing && it->limited_steps == 0) {
    it->growth = GROWTH_PAST;
    PetscCall(SetOrder(it, it->order, it->largest_ratio));
    PetscCall(TSSetTimeStep(it->ts, PetscMin(next, it->largest_ratio * step)));
  } else if (!growing && it->limited_steps == GROWTH_AFTER) {
    it->growth = GROWTH_GOING_ON;
    PetscCall(SetOrder(it, GROWTH_ORDER, GROWTH_STEP_RATIO));
  }
  PetscFunctionReturn(0);
}

/* TSSetTimeStep after a step undoes the clip to the final time that TSStep has made. */
static PetscErrorCode SetNextStep(Integrator it, PetscReal step)
{
  PetscReal time, end;

  PetscFunctionBeginUser;
  PetscCall(TSGetTime(it->ts, &time));
  PetscCall(TSGetMaxTime(it->ts, &end));
  // At the end itself no step follows; TS wants one that is not 0.
  if (end > time) step = PetscMin(step, end - time);
  PetscCall(TSSetTimeStep(it->ts, step));
  PetscFunctionReturn(0);
}

static PetscInt OrderOfStep(Integrator it)
{
  return it->last_imbalance.current_given ? it->order : PetscMin(it->order, VOLTAGE_BDF_ORDER);
}

PetscErrorCode IntegratorStep(Integrator it, PetscBool *advanced)
{
  TSConvergedReason reason;

  PetscFunctionBeginUser;
  PetscCall(TSStep(it->ts));
  PetscCall(TSGetConvergedReason(it->ts, &reason));
  *advanced = (PetscBool)(reason >= 0);
  it->counts.steps += *advanced;
  if (*advanced) {
    // The state before a discontinuity is no history of the second step.
    if (it->past.count == 2 && it->past.time[1] == 0) it->past.count = 1;
    PetscCall(RememberState(it));
  }
  // The step across the discontinuity is no history to extrapolate or to judge errors from.
  if (it->first_step) {
    PetscCall(SetOrder(it, OrderOfStep(it), it->largest_ratio));
    PetscCall(TSRestartStep(it->ts));
  } else if (*advanced) {
    PetscCall(ChooseOrder(it));
  }
  it->first_step = PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* The next step is to be as long as the one taken back, but not out of proportion to this one: the
   weights of BDF's differences, and the rounding errors with them, grow like a power of the ratio
   (of order 4 they add up to 53/step at a ratio of 2, to 2e4/step at 20). */
PetscErrorCode IntegratorRepeat(Integrator it, PetscReal step, PetscBool *advanced)
{
  PetscReal next_step, time, previous;

  PetscFunctionBeginUser;
  PetscCall(TSGetTime(it->ts, &time));
  PetscCall(TSGetPrevTime(it->ts, &previous));
  PetscCall(TSRollBack(it->ts));
  RotatePast(&it->past, 0);
  it->past.count--;
  it->counts.steps--;
  PetscCall(TSSetTimeStep(it->ts, step));
  PetscCall(IntegratorStep(it, advanced));
  PetscCall(TSGetTimeStep(it->ts, &next_step));
  PetscCall(SetNextStep(it, PetscMax(next_step, PetscMin(time - previous, 2 * step))));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorLimitNextStep(Integrator it, PetscReal step)
{
  PetscReal next_step;

  PetscFunctionBeginUser;
  PetscCall(TSGetTimeStep(it->ts, &next_step));
  if (step < next_step) PetscCall(SetNextStep(it, step));
  PetscFunctionReturn(0);
}

/* Lagrange's weights of the newest `count` states at a time. */
static void InterpolationWeights(const Past *past, PetscInt count, PetscReal time,
                                 PetscScalar weight[])
{
  for (PetscInt i = 0; i < count; i++) {
    weight[i] = 1;
    for (PetscInt j = 0; j < count; j++) {
      if (j != i) weight[i] *= (time - past->time[j]) / (past->time[i] - past->time[j]);
    }
  }
}

/* What is conserved is interpolated as such: the transient variables, of which the logarithms are
   made; sums over the cell then have no other error than the sums at the steps. */
PetscErrorCode IntegratorInterpolate(Integrator it, PetscReal time, Vec state)
{
  const Past *past = &it->past;
  PetscScalar weight[MOST_POINTS];
  Vec transient = it->interpolated;
  PetscInt count;

  PetscFunctionBeginUser;
  PetscCall(TSBDFGetOrder(it->ts, &count));
  count = PetscMin(past->count, count + 1);
  InterpolationWeights(past, count, time, weight);
  PetscCall(VecZeroEntries(state));
  PetscCall(VecMAXPY(state, count, weight, (Vec *)past->state));
  PetscCall(VecZeroEntries(transient));
  PetscCall(VecMAXPY(transient, count, weight, (Vec *)past->transient));
  PetscCall(
      TransportSetConcentrations(it->transport, transient, past->state[1], past->state[0], state));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorGetTime(Integrator it, PetscReal *time)
{
  PetscFunctionBeginUser;
  PetscCall(TSGetTime(it->ts, time));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorGetCounts(Integrator it, IntegratorCounts *counts)
{
  PetscFunctionBeginUser;
  PetscCall(TSGetStepRejections(it->ts, &it->counts.rejected_steps));
  PetscCall(TSGetSNESIterations(it->ts, &it->counts.newton_iterations));
  *counts = it->counts;
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorDescribeTrouble(Integrator it, size_t length, char text[])
{
  PetscFunctionBeginUser;
  PetscCall(TransportDescribeLargest(it->transport, it->applied, length, text));
  PetscFunctionReturn(0);
}

PetscErrorCode IntegratorGetTS(Integrator it, TS *ts)
{
  PetscFunctionBeginUser;
  *ts = it->ts;
  PetscFunctionReturn(0);
}
