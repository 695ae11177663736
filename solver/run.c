#include "solver/run.h"

#include <float.h>
#include <math.h>
#include <petscdm.h>
#include <petsctime.h>

#include "bc/physical_constants.h"
#include "solver/block_elimination.h"
#include "solver/closed_forms.h"
#include "solver/onset.h"
#include "solver/run_impl.h"

/* Events are located to this share of the time since their step began. */
#define EVENT_TOLERANCE 1e-7

/* A step without `for` whose conditions are not met after so many times of diffusion across the
   separator, at rest long since, will not meet them. */
#define LONGEST_WAIT 1e6

/* The electroneutral model ends where the surface concentration, as it falls now, is gone after
   this share of the time since the step of the protocol began; it then is a share of c_0 between
   these two.  (A fixed share is met too soon just above the limiting current, where the last of c_0
   falls slowly; below the smaller one rounding is felt.) */
#define DEPLETION_TIME_LEFT 1e-6
#define LEAST_DEPLETION 1e-10
#define MOST_DEPLETION 1e-6

/* Time steps while the depletion is coming, in times of relaxation of the slowest profile: what is
   left of c_0 falls with them just above the limiting current, where an error that the tolerance
   allows beside c_0 itself is large beside what is left. */
#define DEPLETION_TIME_STEP 0.1

/* ---- set-up ---- */

/* Of the salt, or of the slowest ion of several salts [m^2/s]. */
static PetscReal TypicalDiffusivity(const Electrolyte *electrolyte)
{
  PetscReal slowest = PETSC_INFINITY;

  if (electrolyte->number_of_ions == 2) return electrolyte->diffusivity.initial;
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    slowest = PetscMin(slowest, electrolyte->ion[k].diffusivity);
  }
  return slowest;
}

/* The mesh has a block row for each node and for each boundary. */
PetscErrorCode RunCheckRanks(MPI_Comm comm, const Case *case_, PetscMPIInt ranks)
{
  const PetscInt nodes = case_->mesh.nodes, least = BlockEliminationLeastRows(ranks) - 2;

  PetscFunctionBeginUser;
  PetscCheck(nodes >= least, comm, PETSC_ERR_USER_INPUT,
             "mesh.nodes = %" PetscInt_FMT " is too few for %d ranks, allowed: >= %" PetscInt_FMT
             " nodes, or <= %" PetscInt_FMT " ranks",
             nodes, ranks, least, PetscMax(1, (nodes + 2) / 3));
  PetscFunctionReturn(0);
}

PetscErrorCode RunCreate(MPI_Comm comm, const Case *case_, Run *run)
{
  const ClosedForms *forms;
  PetscMPIInt ranks;
  Run r;
  DM dm;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(RunCheckRanks(comm, case_, ranks));
  PetscCall(PetscNew(&r));
  r->comm = comm;
  r->case_ = case_;
  PetscCallMPI(MPI_Comm_rank(comm, &r->rank));
  r->ranks = ranks;
  PetscCall(TransportCreate(comm, case_, &r->transport));
  PetscCall(TransportGetClosedForms(r->transport, &forms));
  r->forms = *forms;
  PetscCall(TransportGetMesh(r->transport, &r->mesh));
  PetscCall(TransportGetDM(r->transport, &dm));
  PetscCall(DMCreateGlobalVector(dm, &r->state));
  PetscCall(VecDuplicate(r->state, &r->work));
  PetscCall(VecDuplicate(r->state, &r->good_state));
  PetscCall(CellStateCreate(r->transport, &r->cell));
  PetscCall(CellStateCreate(r->transport, &r->interpolated));
  PetscCall(TransportSetUniform(r->transport, r->state));
  PetscCall(
      IntegratorCreate(r->transport, case_->solver.relative_tolerance, r->state, &r->integrator));
  PetscCall(PetscMalloc1((MAXIMUM_IONS + 3) * r->mesh->nodes, &r->buffer));
  r->time_scale = PetscSqr(r->forms.debye_length) / TypicalDiffusivity(&case_->electrolyte);
  r->first_current_time = NAN;
  r->last_stored = -1;
  r->so_far = (RunResult){.status = RUN_DONE,
                          .closed_forms = r->forms,
                          .depletion_time = NAN,
                          .space_charge_time = NAN,
                          .below_validity = {NAN, NAN},
                          .above_validity = {NAN, NAN}};
  *run = r;
  PetscFunctionReturn(0);
}

PetscErrorCode RunDestroy(Run *run)
{
  Run r = *run;

  PetscFunctionBeginUser;
  if (!r) PetscFunctionReturn(0);
  PetscCall(IntegratorDestroy(&r->integrator));
  PetscCall(CellStateDestroy(&r->cell));
  PetscCall(CellStateDestroy(&r->interpolated));
  PetscCall(VecDestroy(&r->state));
  PetscCall(VecDestroy(&r->work));
  PetscCall(VecDestroy(&r->good_state));
  PetscCall(TransportDestroy(&r->transport));
  PetscCall(RunStateDestroy(r));
  PetscCall(RunResultDestroy(&r->so_far));
  PetscCall(PetscFree(r->watches));
  PetscCall(PetscFree(r->buffer));
  PetscCall(PetscFree(*run));
  PetscFunctionReturn(0);
}

PetscErrorCode RunGetMesh(Run run, const Mesh **mesh)
{
  PetscFunctionBeginUser;
  *mesh = run->mesh;
  PetscFunctionReturn(0);
}

PetscErrorCode RunGetClosedForms(Run run, const ClosedForms **closed_forms)
{
  PetscFunctionBeginUser;
  *closed_forms = &run->forms;
  PetscFunctionReturn(0);
}

PetscErrorCode RunSetObserver(Run run, const RunObserver *observer)
{
  PetscFunctionBeginUser;
  run->observer = *observer;
  PetscFunctionReturn(0);
}

PetscErrorCode RunSetInspector(Run run, RunInspector inspector, void *context)
{
  PetscFunctionBeginUser;
  run->inspector = inspector;
  run->inspector_context = context;
  PetscFunctionReturn(0);
}

PetscErrorCode RunSetStopFlag(Run run, const volatile sig_atomic_t *flag)
{
  PetscFunctionBeginUser;
  run->stop = flag;
  PetscFunctionReturn(0);
}

/* ---- what the observer is told ---- */

/* As a number to be stored [mol/m^3]: what is below the smallest double is rounded up to it, not
   down to nothing, which no concentration is (and whose logarithm no reader could take). */
static PetscReal StoredConcentration(PetscReal concentration)
{
  return concentration > 0 ? concentration : DBL_TRUE_MIN;
}

static PetscErrorCode StoreFields(Run r, PetscReal time, const CellState *cell)
{
  const Electrolyte *electrolyte = &r->case_->electrolyte;
  const PetscInt n = r->mesh->nodes;
  PetscReal *potential = r->buffer, *charge = potential + n, *field = charge + n;
  FieldsRecord record = {
      .time = time, .potential = potential, .charge_density = charge, .electric_field = field};

  PetscFunctionBeginUser;
  r->last_stored = time;
  if (r->rank || !r->observer.fields) PetscFunctionReturn(0);
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    record.concentration[k] = r->buffer + (3 + k) * n;
  }
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
      r->buffer[(3 + k) * n + i] = StoredConcentration(cell->node[i].concentration[k]);
    }
    potential[i] = TransportPotential(r->transport, cell, i);
    charge[i] = TransportChargeDensity(r->transport, cell, i);
  }
  for (PetscInt i = 0; i < n - 1; i++) {
    field[i] = TransportElectricField(r->transport, cell, i);
  }
  PetscCall(r->observer.fields(r->observer.context, &record));
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreFieldsNow(Run r)
{
  PetscFunctionBeginUser;
  if (r->case_->output.fields == FIELDS_ALL && r->last_stored < r->time) {
    PetscCall(StoreFields(r, r->time, &r->cell));
  }
  PetscFunctionReturn(0);
}

/* The step's end is reached to the last digit, which the sum may lack.  A state of a later time is
   never that of the end. */
static PetscErrorCode ReadTime(Run r)
{
  const PetscReal duration = r->case_->protocol[r->step].duration;
  const PetscReal end = duration - r->integrator_start;
  PetscReal time;

  PetscFunctionBeginUser;
  PetscCall(IntegratorGetTime(r->integrator, &time));
  PetscCheck(!(time > end * (1 + 8 * PETSC_MACHINE_EPSILON)), r->comm, PETSC_ERR_PLIB,
             "a time step to %.17g s past the end at %.17g s", (double)time, (double)end);
  r->elapsed = time >= end ? duration : r->integrator_start + time;
  r->time = r->step_start + r->elapsed;
  PetscFunctionReturn(0);
}

/* The state at a time since the step's start, within the last time step. */
static PetscErrorCode Interpolate(Run r, PetscReal time)
{
  PetscFunctionBeginUser;
  PetscCall(IntegratorInterpolate(r->integrator, time - r->integrator_start, r->work));
  PetscCall(TransportGetCellState(r->transport, r->work, &r->interpolated));
  PetscFunctionReturn(0);
}

/* After so many as were asked for, the interval doubles: nothing told how long a step without `for`
   would last. */
static void SetNextOutput(Run r)
{
  if (++r->outputs >= r->case_->output.times) {
    r->output_interval *= 2;
    r->outputs = 0;
  }
  r->next_output += r->output_interval;
}

/* The output times that the last step went over, by interpolation; one at its end is the state
   itself, which is stored when the protocol's step is over. */
static PetscErrorCode StorePassedFields(Run r)
{
  PetscFunctionBeginUser;
  if (r->case_->output.fields != FIELDS_ALL) PetscFunctionReturn(0);
  for (; r->next_output < r->elapsed - 1e-9 * r->output_interval; SetNextOutput(r)) {
    PetscCall(Interpolate(r, r->next_output));
    PetscCall(StoreFields(r, r->step_start + r->next_output, &r->interpolated));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode TotalCurrent(Run r, Vec rate, PetscReal *current)
{
  PetscFunctionBeginUser;
  *current = r->reference.current_density;
  if (isnan(*current)) PetscCall(TransportGetCurrent(r->transport, rate, current));
  PetscFunctionReturn(0);
}

static PetscErrorCode FillHistory(Run r, Vec rate, HistoryRecord *record)
{
  const PetscInt last = r->mesh->nodes - 1;
  PetscReal current, faradaic;

  PetscFunctionBeginUser;
  PetscCall(TotalCurrent(r, rate, &current));
  PetscCall(TransportFaradaicCurrent(r->transport, &r->cell, rate, ANODE, &faradaic));
  *record = (HistoryRecord){
      .time = r->time,
      .cell_voltage = isnan(r->reference.current_density)
                          ? r->reference.voltage
                          : TransportCellVoltage(r->transport, &r->cell, current),
      .current_density = current,
      .faradaic_current_density = faradaic,
      .charge_passed = ChargePassed(r->transport, &r->cell) - r->charge_offset,
      .virtual_salt_concentration =
          VirtualSaltConcentration(r->transport, &r->cell, r->reference.side),
      .space_charge_width = SpaceChargeWidth(r->transport, &r->cell, r->reference.side),
      .step = r->step,
  };
  TransportGetAmounts(r->transport, &r->cell, record->amount);
  for (PetscInt k = 0; k < r->cell.number_of_ions; k++) {
    record->concentration_anode[k] = StoredConcentration(r->cell.node[0].concentration[k]);
    record->concentration_counter_electrode[k] =
        StoredConcentration(r->cell.node[last].concentration[k]);
    record->amount_entered[k] =
        r->cell.amount_entered[ANODE][k] + r->cell.amount_entered[COUNTER_ELECTRODE][k];
  }
  PetscFunctionReturn(0);
}

static void NoteExit(Run r, PetscInt node, ValidityExit *exit)
{
  if (isnan(exit->time)) *exit = (ValidityExit){r->time, r->mesh->x[node]};
}

/* Measured properties are continued beyond their validity (solver/solution.h); the user is told. */
static PetscErrorCode NoteValidity(Run r)
{
  const Range *validity = &r->case_->electrolyte.concentration_validity;
  PetscInt lowest = 0, highest = 0;
  PetscReal low = PETSC_INFINITY, high = 0;
  Solution solution;

  PetscFunctionBeginUser;
  PetscCall(TransportGetSolution(r->transport, &solution));
  if (!solution) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < r->cell.nodes; i++) {
    const PetscReal *c = r->cell.node[i].concentration, mean = 0.5 * (c[0] + c[1]);
    if (mean < low) {
      low = mean;
      lowest = i;
    }
    if (mean > high) {
      high = mean;
      highest = i;
    }
  }
  if (low < validity->low) NoteExit(r, lowest, &r->result->below_validity);
  if (high > validity->high) NoteExit(r, highest, &r->result->above_validity);
  PetscFunctionReturn(0);
}

static PetscErrorCode TellStep(Run r)
{
  const PetscReal duration = r->case_->protocol[r->step].duration;
  HistoryRecord record;
  Vec rate;

  PetscFunctionBeginUser;
  PetscCall(NoteValidity(r));
  PetscCall(TransportGetLastRate(r->transport, &rate));
  PetscCall(FillHistory(r, rate, &record));
  r->result->final.time = r->time;
  r->result->final.cell_voltage = record.cell_voltage;
  PetscCall(PetscArraycpy(r->result->final.concentration_anode, record.concentration_anode,
                          MAXIMUM_IONS));
  if (r->inspector) {
    PetscCall(r->inspector(r->inspector_context, r->transport, &r->cell, rate, &record));
  }
  if (r->rank) PetscFunctionReturn(0);
  if (r->observer.history) PetscCall(r->observer.history(r->observer.context, &record));
  if (r->observer.progress) {
    const PetscReal share = duration < PETSC_INFINITY ? r->elapsed / duration : -1;
    PetscCall(r->observer.progress(r->observer.context, r->step, r->time, share));
  }
  PetscFunctionReturn(0);
}

/* ---- events ---- */

static void NoteOnset(Run r, EventKind kind)
{
  PetscReal *first = kind == EVENT_DEPLETION      ? &r->result->depletion_time
                     : kind == EVENT_SPACE_CHARGE ? &r->result->space_charge_time
                                                  : NULL;
  const PetscReal origin = isnan(r->first_current_time) ? 0 : r->first_current_time;

  if (first && isnan(*first)) *first = r->time - origin;
}

static PetscErrorCode Fire(Run r, Watch *watch)
{
  const EventRecord record = {
      .kind = watch->condition.event,
      .time = r->time,
      .step = r->step,
      .at_counter_electrode = (PetscBool)(r->reference.side == COUNTER_ELECTRODE)};

  PetscFunctionBeginUser;
  watch->armed = PETSC_FALSE;
  NoteOnset(r, record.kind);
  PetscCall(PetscRealloc((r->result->number_of_events + 1) * sizeof record, &r->result->events));
  r->result->events[r->result->number_of_events++] = record;
  if (!r->rank && r->observer.event) {
    PetscCall(r->observer.event(r->observer.context, &record));
  }
  if (watch->ends_step) r->step_over = PETSC_TRUE;
  if (record.kind == EVENT_DEPLETION && r->case_->electrolyte.closure == CLOSURE_ELECTRONEUTRAL) {
    r->step_over = r->run_over = PETSC_TRUE;
    r->result->status = RUN_DEPLETED;
  }
  PetscCall(StoreFieldsNow(r));
  PetscFunctionReturn(0);
}

static PetscErrorCode InterpolatedValue(Run r, const Watch *watch, PetscReal time, PetscReal *value)
{
  PetscFunctionBeginUser;
  PetscCall(Interpolate(r, time));
  *value = WatchValue(watch, &r->reference, &r->interpolated);
  PetscFunctionReturn(0);
}

/* Root of an event function within the last step, by the Illinois form of the regula falsi; like
   `start` since the protocol's step began. */
static PetscErrorCode LocateRoot(Run r, const Watch *watch, PetscReal start, PetscReal tolerance,
                                 PetscReal *root)
{
  PetscReal low = start, high = r->elapsed, at_low = watch->before, at_high = watch->now;
  PetscInt kept = 0;  // -1, 1: the end that the last iteration kept

  PetscFunctionBeginUser;
  while (high - low > tolerance && at_high < 0) {
    PetscReal middle = low + (high - low) * at_low / (at_low - at_high), value = 0;
    if (!(middle > low && middle < high)) middle = 0.5 * (low + high);
    PetscCall(InterpolatedValue(r, watch, middle, &value));
    if (value > 0) {
      low = middle;
      at_low = value;
      if (kept == 1) at_high *= 0.5;
      kept = 1;
    } else {
      high = middle;
      at_high = value;
      if (kept == -1) at_low *= 0.5;
      kept = -1;
    }
  }
  *root = high;
  PetscFunctionReturn(0);
}

static PetscBool WatchCrossed(const Watch *watch)
{
  return (PetscBool)(watch->armed && watch->before > 0 && watch->now <= 0);
}

void RunEvaluateWatches(Run r)
{
  for (PetscInt w = 0; w < r->number_of_watches; w++) {
    r->watches[w].now = WatchValue(&r->watches[w], &r->reference, &r->cell);
  }
}

/* Time of the first event within the last step by the interpolated state; the last step's end where
   there is none. */
static PetscErrorCode FirstEventTime(Run r, PetscReal start, PetscReal tolerance, PetscReal *first)
{
  PetscReal root = r->elapsed;

  PetscFunctionBeginUser;
  *first = r->elapsed;
  for (PetscInt w = 0; w < r->number_of_watches; w++) {
    if (!WatchCrossed(&r->watches[w])) continue;
    PetscCall(LocateRoot(r, &r->watches[w], start, tolerance, &root));
    *first = PetscMin(*first, root);
  }
  PetscFunctionReturn(0);
}

static PetscBool AnyWatchCrossed(Run r)
{
  for (PetscInt w = 0; w < r->number_of_watches; w++) {
    if (WatchCrossed(&r->watches[w])) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* A step shorter than this share of what was asked has been rejected before: rejections shorten
   more, rounding of the time less. */
#define TAKEN_SHARE 0.99

/* After so many repetitions the interpolated states have misled, and the interval that is known to
   hold the event is halved. */
#define MISLED_AFTER 8

/* Where a step to look for the event is to end: a little late by the interpolated state, so that
   the event lies within the step, but within the interval, which ends at `high` with the event
   passed.
 */
static PetscReal EventTarget(PetscReal guess, PetscReal low, PetscReal high, PetscReal tolerance,
                             PetscInt repetitions)
{
  if (high - low <= tolerance) return high;
  if (repetitions >= MISLED_AFTER || !(guess > low && guess < high)) return 0.5 * (low + high);
  return guess;
}

static PetscErrorCode RepeatUntil(Run r, PetscReal start, PetscReal end, PetscBool *advanced)
{
  PetscFunctionBeginUser;
  PetscCall(IntegratorRepeat(r->integrator, end - start, advanced));
  PetscCall(ReadTime(r));
  PetscCall(TransportGetCellState(r->transport, r->state, &r->cell));
  RunEvaluateWatches(r);
  PetscFunctionReturn(0);
}

/* Repeats the last step with other sizes until its first event lies within the tolerance of its
   end; the interval between an end before the event and one behind it gets ever shorter.  A step
   that is not taken as long as asked, because of its error, and ends before the event, is kept: the
   event is one of the next. */
static PetscErrorCode LandOnFirstEvent(Run r, PetscReal start, PetscBool *advanced)
{
  const PetscReal tolerance =
      PetscMax(EVENT_TOLERANCE * r->elapsed, 8 * PETSC_MACHINE_EPSILON * r->time);
  PetscReal low = start, high, first, target;
  PetscInt repetitions = 0;
  PetscBool kept;

  PetscFunctionBeginUser;
  for (*advanced = PETSC_TRUE; *advanced && AnyWatchCrossed(r);) {
    PetscReal late = 0.5 * tolerance;
    high = r->elapsed;
    PetscCall(FirstEventTime(r, start, 0.1 * tolerance, &first));
    if (high - first <= tolerance || high - low <= tolerance) break;
    do {
      target = EventTarget(first + late, low, high, tolerance, repetitions++);
      PetscCall(RepeatUntil(r, start, target, advanced));
      late *= 2;
      kept = (PetscBool)(r->elapsed - start < TAKEN_SHARE * (target - start));
      if (!AnyWatchCrossed(r)) low = r->elapsed;
    } while (*advanced && !kept && !AnyWatchCrossed(r));
  }
  PetscFunctionReturn(0);
}

/* At the first step after a switch there is no value before: an event that has already happened
   ends the step where it is to, and is no news otherwise. */
static PetscErrorCode FireEvents(Run r, PetscBool first)
{
  PetscFunctionBeginUser;
  for (PetscInt w = 0; w < r->number_of_watches; w++) {
    Watch *watch = &r->watches[w];
    const PetscBool past = (PetscBool)(watch->armed && first && watch->now <= 0);
    if (WatchCrossed(watch) || (past && watch->ends_step)) PetscCall(Fire(r, watch));
    if (past) watch->armed = PETSC_FALSE;
    watch->before = watch->now;
  }
  PetscFunctionReturn(0);
}

/* ---- a step of the protocol ---- */

static void AddWatch(Run r, Condition condition, PetscBool ends_step)
{
  for (PetscInt w = 0; w < r->number_of_watches; w++) {
    Watch *watch = &r->watches[w];
    if (watch->condition.event == condition.event && condition.event <= EVENT_SPACE_CHARGE) {
      watch->ends_step = (PetscBool)(watch->ends_step || ends_step);
      return;
    }
  }
  r->watches[r->number_of_watches++] =
      (Watch){.condition = condition, .ends_step = ends_step, .armed = PETSC_TRUE};
}

/* Without charge layers nothing but a current that is imposed uses up the ion at the surface: under
   a voltage the model has a state at any concentration, however small. */
static PetscBool MayDeplete(const Electrolyte *electrolyte, const ProtocolStep *step)
{
  return (PetscBool)(electrolyte->closure == CLOSURE_POISSON || step->kind != STEP_VOLTAGE);
}

static PetscErrorCode SetWatches(Run r, const ProtocolStep *step)
{
  const Electrolyte *electrolyte = &r->case_->electrolyte;

  PetscFunctionBeginUser;
  PetscCall(PetscFree(r->watches));
  PetscCall(PetscMalloc1(step->number_of_conditions + 2, &r->watches));
  r->number_of_watches = 0;
  for (PetscInt c = 0; c < step->number_of_conditions; c++) {
    AddWatch(r, step->until[c], PETSC_TRUE);
  }
  if (step->kind == STEP_REST) PetscFunctionReturn(0);
  if (MayDeplete(electrolyte, step)) {
    AddWatch(r, (Condition){.event = EVENT_DEPLETION}, PETSC_FALSE);
  }
  if (electrolyte->closure == CLOSURE_POISSON) {
    AddWatch(r, (Condition){.event = EVENT_SPACE_CHARGE}, PETSC_FALSE);
  }
  PetscFunctionReturn(0);
}

/* Relative gradient of concentration that the step asks for [1/m] (model.md 6). */
static PetscReal AskedGradient(Run r)
{
  if (isnan(r->reference.current_density)) return 2 / r->case_->separator.thickness;
  return fabs(r->reference.current_density) * SteadyGradientPerCurrent(r->case_);
}

/* The same of the ion that reacts alone, as it is beside a supporting salt: it takes on all of the
   gradient, but has a share only of the ions. */
static PetscReal ReactingGradient(Run r)
{
  const Electrolyte *electrolyte = &r->case_->electrolyte;
  PetscReal total = 0;

  if (isnan(r->reference.current_density)) return AskedGradient(r);
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    total += electrolyte->ion[k].concentration;
  }
  return AskedGradient(r) * total / electrolyte->ion[electrolyte->reacting_ion].concentration;
}

/* Where other ions can charge the interface, what they bring keeps the last of the reacting ion for
   long after the current has used it up: a smaller share would tell that charging. */
static PetscReal LeastDepletion(Run r)
{
  const Boundary *plated =
      r->reference.side == ANODE ? &r->case_->anode : &r->case_->counter_electrode;

  return r->case_->electrolyte.number_of_ions > 2 && BoundaryHasCapacitance(plated)
             ? MOST_DEPLETION
             : LEAST_DEPLETION;
}

static void SetReference(Run r, const ProtocolStep *step)
{
  const PetscReal current = StepCurrentDensity(step, &r->forms);
  const PetscReal sign = isnan(current) ? step->value : current;

  r->reference.transport = r->transport;
  r->reference.current_density = current;
  r->reference.voltage = step->value;
  if (sign != 0) r->reference.side = sign > 0 ? ANODE : COUNTER_ELECTRODE;
  r->reference.charge_at_start = ChargePassed(r->transport, &r->cell);
  r->reference.space_charge_distance =
      r->case_->onset_distance * LimitingLayerWidth(r->forms.debye_length, AskedGradient(r));
  r->reference.depletion_threshold = r->case_->electrolyte.closure == CLOSURE_ELECTRONEUTRAL
                                         ? LeastDepletion(r) * r->case_->electrolyte.concentration
                                         : SupportedDepletion(r->transport, ReactingGradient(r));
}

PetscReal RunDiffusionTime(Run r)
{
  const Separator *separator = &r->case_->separator;

  return separator->porosity * PetscSqr(separator->thickness) /
         (SeparatorTransportFactor(separator) * TypicalDiffusivity(&r->case_->electrolyte));
}

/* Without `for` the stored times are spaced over the longer of t_d and t_s, or over the time of
   diffusion across the separator where there is neither. */
static PetscReal OutputSpan(Run r, const ProtocolStep *step)
{
  const PetscReal depletion = ExpectedDepletionTime(r->case_, &r->forms);
  const PetscReal open_cell =
      isnan(r->forms.variable_sand_time) ? r->forms.sand_time : r->forms.variable_sand_time;

  if (step->duration < PETSC_INFINITY) return step->duration;
  if (!isnan(depletion)) return PetscMax(depletion, open_cell);
  return isnan(open_cell) ? RunDiffusionTime(r) : open_cell;
}

PetscErrorCode RunSetUpStep(Run r, const ProtocolStep *step)
{
  PetscFunctionBeginUser;
  SetReference(r, step);
  if (isnan(r->reference.current_density)) {
    PetscCall(TransportSetControl(r->transport, CONTROL_VOLTAGE, step->value, r->state));
  } else {
    PetscCall(
        TransportSetControl(r->transport, CONTROL_CURRENT, r->reference.current_density, r->state));
  }
  PetscCall(SetWatches(r, step));
  PetscFunctionReturn(0);
}

/* A step that changes the voltage by less than a few R T/F, or lets so little decay, is an
   excitation of that size, in which as many digits are wanted as in a large one; deviations of the
   concentrations from the start that go with it are of about a quarter of its size in R T/F. */
#define CONCENTRATION_PER_VOLTAGE 0.25
#define LEAST_EXCITATION 1e-3

static PetscReal Excitation(Run r, const ProtocolStep *step)
{
  const PetscReal thermal_voltage = GAS_CONSTANT * r->case_->temperature / FARADAY;
  const PetscReal voltage = r->step == 0 ? TransportCellVoltage(r->transport, &r->cell, 0)
                                         : r->result->final.cell_voltage;
  const PetscReal change = step->kind == STEP_VOLTAGE ? step->value - voltage : voltage;
  PetscReal size = CONCENTRATION_PER_VOLTAGE * fabs(change) / thermal_voltage;

  if (step->kind != STEP_VOLTAGE && step->kind != STEP_REST) return 1;
  for (PetscInt i = 0; i < r->cell.nodes; i++) {
    for (PetscInt k = 0; k < r->cell.number_of_ions; k++) {
      size = PetscMax(size, fabs(r->cell.node[i].log_ratio[k]));
    }
  }
  return PetscMax(LEAST_EXCITATION, PetscMin(1, size));
}

static PetscErrorCode BeginStep(Run r, const ProtocolStep *step)
{
  PetscFunctionBeginUser;
  PetscCall(RunSetUpStep(r, step));
  PetscCall(IntegratorSetToleranceShare(r->integrator, Excitation(r, step)));
  r->step_start = r->time;
  r->elapsed = 0;
  r->beginnings = r->steps_since_beginning = 0;
  r->step_over = PETSC_FALSE;
  if (isnan(r->first_current_time) && fabs(r->reference.current_density) > 0) {
    r->first_current_time = r->time;
  }
  r->output_interval = OutputSpan(r, step) / r->case_->output.times;
  r->next_output = r->output_interval;
  r->outputs = 0;
  PetscCall(RunBeginIntegration(r, PetscMin(r->time_scale, 1e-3 * step->duration)));
  PetscCall(RunKeepState(r));
  PetscFunctionReturn(0);
}

static PetscReal ReactingConcentration(Run r, PetscInt node)
{
  return r->cell.node[node].concentration[r->case_->electrolyte.reacting_ion];
}

/* The salt concentration at which the surface counts as depleted, when the reacting ion's falls by
   `slope` there [mol/(m^3 s)]. */
static PetscReal DepletionThreshold(Run r, PetscReal slope)
{
  const Electrolyte *electrolyte = &r->case_->electrolyte;
  const PetscReal initial = electrolyte->ion[electrolyte->reacting_ion].concentration;
  const PetscReal share = DEPLETION_TIME_LEFT * r->elapsed * slope / initial;

  return PetscMin(PetscMax(share, LeastDepletion(r)), MOST_DEPLETION) * electrolyte->concentration;
}

/* Time constant of the slowest profile between two electrodes, with the diffusivity of the salt, or
   of the ion that reacts among others [s]. */
static PetscReal SlowestRelaxation(Run r)
{
  const Electrolyte *electrolyte = &r->case_->electrolyte;
  const PetscReal diffusivity = electrolyte->number_of_ions == 2
                                    ? electrolyte->diffusivity.initial
                                    : electrolyte->ion[electrolyte->reacting_ion].diffusivity;

  return RunDiffusionTime(r) * TypicalDiffusivity(electrolyte) / (PetscSqr(PETSC_PI) * diffusivity);
}

/* The electroneutral model has no state past the depletion: approach it by steps that leave a tenth
   of the surface concentration, as it falls now. */
static PetscErrorCode ApproachDepletion(Run r, PetscReal start, PetscReal concentration_before)
{
  const PetscInt node = r->reference.side == ANODE ? 0 : r->mesh->nodes - 1;
  const PetscReal concentration = ReactingConcentration(r, node);
  const PetscReal slope = (concentration_before - concentration) / (r->elapsed - start);
  const PetscReal relaxation = SlowestRelaxation(r), left = concentration / slope;
  const PetscBool given = (PetscBool)!isnan(r->reference.current_density);

  PetscFunctionBeginUser;
  if (r->case_->electrolyte.closure != CLOSURE_ELECTRONEUTRAL) PetscFunctionReturn(0);
  if (given) r->reference.depletion_threshold = DepletionThreshold(r, slope);
  if (!(slope > 0)) PetscFunctionReturn(0);
  PetscCall(IntegratorLimitNextStep(r->integrator, 0.9 * left));
  if (given && left < 2 * relaxation) {
    PetscCall(IntegratorLimitNextStep(r->integrator, DEPLETION_TIME_STEP * relaxation));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RunFail(Run r, const char reason[])
{
  PetscFunctionBeginUser;
  r->step_over = r->run_over = PETSC_TRUE;
  r->result->status = RUN_FAILED;
  PetscCall(PetscSNPrintf(r->result->reason, sizeof r->result->reason, "%s at t = %.9g s", reason,
                          (double)r->time));
  PetscFunctionReturn(0);
}

/* How long the present current would still take to what is watched of the charge [s]. */
static PetscReal TimeToCharge(Run r, const Watch *watch, PetscReal current)
{
  const PetscReal passed = ChargePassed(r->transport, &r->cell) - r->reference.charge_at_start;

  if (current == 0) return PETSC_INFINITY;
  return (watch->condition.threshold - (current > 0 ? passed : -passed)) / fabs(current);
}

/* After the longest wait the current is steady, and however small it is, it brings a charge in the
   end: as the time steps grow with the time, waiting as many times longer takes some sixty steps
   more.  What would take longer even so is the rounding of a cell at rest. */
static PetscErrorCode WaitsInVain(Run r, PetscBool *in_vain)
{
  PetscReal current;
  Vec rate;

  PetscFunctionBeginUser;
  *in_vain = (PetscBool)(r->case_->protocol[r->step].duration == PETSC_INFINITY &&
                         r->elapsed > LONGEST_WAIT * RunDiffusionTime(r));
  if (!*in_vain) PetscFunctionReturn(0);
  PetscCall(TransportGetLastRate(r->transport, &rate));
  PetscCall(TotalCurrent(r, rate, &current));
  for (PetscInt w = 0; w < r->number_of_watches; w++) {
    const Watch *watch = &r->watches[w];
    if (watch->condition.event != EVENT_CHARGE_LIMIT) continue;
    if (TimeToCharge(r, watch, current) < LONGEST_WAIT * r->elapsed) *in_vain = PETSC_FALSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode RunCount(Run r)
{
  IntegratorCounts counts;
  PetscLogDouble now;

  PetscFunctionBeginUser;
  PetscCall(IntegratorGetCounts(r->integrator, &counts));
  r->result->steps = r->so_far.steps + counts.steps;
  r->result->rejected_steps = r->so_far.rejected_steps + counts.rejected_steps;
  r->result->newton_iterations = r->so_far.newton_iterations + counts.newton_iterations;
  PetscCall(PetscTime(&now));
  r->result->seconds = r->so_far.seconds + now - r->begin;
  PetscFunctionReturn(0);
}

/* Ends the run where it is told to stop, or has taken all the steps that it may. */
static PetscErrorCode CheckStop(Run r)
{
  char reason[96];
  PetscInt stop = r->stop && *r->stop;

  PetscFunctionBeginUser;
  if (r->ranks > 1) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &stop, 1, MPIU_INT, MPI_MAX, r->comm));
  }
  PetscCall(RunCount(r));
  if (r->run_over) PetscFunctionReturn(0);
  if (stop) {
    r->step_over = r->run_over = PETSC_TRUE;
    r->result->status = RUN_STOPPED;
  } else if (r->result->steps >= r->case_->solver.maximum_steps) {
    PetscCall(PetscSNPrintf(reason, sizeof reason,
                            "solver.maximum_steps = %" PetscInt_FMT " reached", r->result->steps));
    PetscCall(RunFail(r, reason));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckLimits(Run r)
{
  PetscBool in_vain = PETSC_FALSE;
  char reason[96];

  PetscFunctionBeginUser;
  PetscCall(CheckStop(r));
  if (!r->step_over) PetscCall(WaitsInVain(r, &in_vain));
  if (in_vain) {
    PetscCall(PetscSNPrintf(reason, sizeof reason,
                            "protocol[%" PetscInt_FMT "] met no condition of `until`, and rests",
                            r->step));
    PetscCall(RunFail(r, reason));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AdvanceOnce(Run r)
{
  const PetscInt node = r->reference.side == ANODE ? 0 : r->mesh->nodes - 1;
  const PetscReal start = r->elapsed, concentration = ReactingConcentration(r, node);
  PetscBool advanced;

  PetscFunctionBeginUser;
  PetscCall(IntegratorStep(r->integrator, &advanced));
  if (advanced) {
    PetscCall(ReadTime(r));
    PetscCall(TransportGetCellState(r->transport, r->state, &r->cell));
    RunEvaluateWatches(r);
    // There is nothing to interpolate in before.
    if (start > r->integrator_start) PetscCall(LandOnFirstEvent(r, start, &advanced));
  }
  if (!advanced) r->unsound = NULL;  // what an earlier state broke is not why this one is missing
  if (!advanced || !RunStateIsSound(r)) {
    PetscCall(RunBeginAnew(r, &advanced));
    if (!advanced) PetscCall(RunGiveUp(r));
    PetscCall(CheckStop(r));
    PetscFunctionReturn(0);
  }
  r->steps_since_beginning++;
  r->last_time_step = r->elapsed - start;
  PetscCall(RunNoteMovement(r, r->last_time_step));
  PetscCall(StorePassedFields(r));
  PetscCall(TellStep(r));
  PetscCall(FireEvents(r, (PetscBool)(start == 0)));
  PetscCall(ApproachDepletion(r, start, concentration));
  if (r->elapsed >= r->case_->protocol[r->step].duration) r->step_over = PETSC_TRUE;
  PetscCall(RunKeepState(r));
  PetscCall(RunTellState(r));
  PetscCall(CheckLimits(r));
  PetscFunctionReturn(0);
}

/* A steady current still brings the charge that ends a step. */
static PetscBool NothingIsToCome(Run r)
{
  PetscBool charge = PETSC_FALSE;

  for (PetscInt w = 0; w < r->number_of_watches; w++) {
    const Watch *watch = &r->watches[w];
    if (watch->armed && watch->condition.event == EVENT_CHARGE_LIMIT) charge = PETSC_TRUE;
  }
  return (PetscBool)(RunIsStill(r) && !charge &&
                     r->case_->protocol[r->step].duration < PETSC_INFINITY);
}

/* The cell has come to rest long before the end of the step, and stays as it is. */
static PetscErrorCode RestUntilEnd(Run r)
{
  PetscFunctionBeginUser;
  PetscCall(RunSkipToEnd(r));
  r->so_far.steps++;  // one more record, and the integrator does not know of it
  if (r->case_->output.fields == FIELDS_ALL) {
    for (; r->next_output < r->elapsed - 1e-9 * r->output_interval; SetNextOutput(r)) {
      PetscCall(StoreFields(r, r->step_start + r->next_output, &r->cell));
    }
  }
  PetscCall(TellStep(r));
  PetscCall(FireEvents(r, PETSC_FALSE));
  r->step_over = PETSC_TRUE;
  PetscCall(RunKeepState(r));
  PetscCall(RunTellState(r));
  PetscFunctionReturn(0);
}

static PetscErrorCode DoProtocolStep(Run r)
{
  PetscFunctionBeginUser;
  if (!r->goes_on) {
    PetscCall(BeginStep(r, &r->case_->protocol[r->step]));
    if (r->step == 0) PetscCall(StoreFieldsNow(r));
  }
  r->goes_on = PETSC_FALSE;
  while (!r->step_over && !r->run_over) {
    if (NothingIsToCome(r))
      PetscCall(RestUntilEnd(r));
    else
      PetscCall(AdvanceOnce(r));
  }
  r->still_steps = 0;
  PetscCall(StoreFieldsNow(r));
  PetscFunctionReturn(0);
}

/* ---- the run ---- */

/* Rest until nothing moves: the equilibrium that the uniform cell relaxes to, with the ions it has.
   The time this takes is not the protocol's. */
static PetscErrorCode RelaxToRest(Run r)
{
  const PetscReal end = 1e9 * RunDiffusionTime(r);
  PetscReal imbalance, before, time = 0;
  PetscBool advanced = PETSC_TRUE;
  Vec residual;

  PetscFunctionBeginUser;
  PetscCall(TransportSetControl(r->transport, CONTROL_CURRENT, 0, r->state));
  PetscCall(VecDuplicate(r->state, &residual));
  PetscCall(VecZeroEntries(r->work));
  PetscCall(TransportResidual(NULL, 0, r->state, r->work, residual, r->transport));
  PetscCall(VecNorm(residual, NORM_INFINITY, &imbalance));
  PetscCall(VecDestroy(&residual));
  if (imbalance > 0) {
    PetscCall(IntegratorRestart(r->integrator, r->time_scale, end));
    while (time < end && advanced && !r->run_over && !RunIsStill(r)) {
      before = time;
      PetscCall(VecCopy(r->state, r->good_state));
      PetscCall(IntegratorStep(r->integrator, &advanced));
      PetscCall(IntegratorGetTime(r->integrator, &time));
      PetscCall(RunNoteMovement(r, time - before));
      PetscCall(CheckStop(r));
    }
    r->still_steps = 0;
    if (!advanced) {
      r->unsound = "the cell does not come to rest before it";
      PetscCall(RunGiveUp(r));
    }
    PetscCall(TransportResetAmountsEntered(r->transport, r->state));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode BeginProtocol(Run r)
{
  PetscFunctionBeginUser;
  PetscCall(RelaxToRest(r));
  PetscCall(TransportGetCellState(r->transport, r->state, &r->cell));
  PetscCall(NoteValidity(r));
  r->charge_offset = ChargePassed(r->transport, &r->cell);
  RunSetInvariants(r);
  PetscFunctionReturn(0);
}

PetscErrorCode RunExecute(Run r, RunResult *result)
{
  PetscFunctionBeginUser;
  PetscCall(PetscTime(&r->begin));
  *result = r->so_far;
  r->so_far.events = NULL;  // the result's now
  r->result = result;
  if (!r->goes_on) PetscCall(BeginProtocol(r));
  for (; r->step < r->case_->number_of_steps && !r->run_over; r->step++) {
    PetscCall(DoProtocolStep(r));
  }
  if (r->case_->output.fields == FIELDS_LAST) PetscCall(StoreFields(r, r->time, &r->cell));
  PetscCall(RunCount(r));
  PetscFunctionReturn(0);
}

PetscErrorCode RunResultDestroy(RunResult *result)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(result->events));
  PetscFunctionReturn(0);
}
