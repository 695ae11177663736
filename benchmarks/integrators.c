/* The measurement that chose the time integrator (benchmarks/integrators.md): BDF of orders 2 to 5,
   Rosenbrock-W and ARKIMEX of PETSc's TS on the transport equations of two cells that are depleted.
   Run from the top of the tree; prints one row a method. */

#include <math.h>
#include <petscdm.h>
#include <petscts.h>
#include <petsctime.h>
#include <stdio.h>
#include <string.h>

#include "io/case_reader.h"
#include "solver/closed_forms.h"
#include "solver/integrator.h"
#include "solver/onset.h"
#include "solver/transport_impl.h"
#include "solver/watch.h"

/* A method that needs more wall time than this is stopped [s]. */
#define PATIENCE 5.

typedef struct {
  const char *name;
  const char *type;
  const char *sub_type;  // of Rosenbrock-W and ARKIMEX; not NULL: with rates of U
  PetscInt order;        // of BDF
  PetscReal tolerance;
} Method;

static const Method reference_method = {"BDF 4, 1e-8", TSBDF, NULL, 4, 1e-8};

static const Method methods[] = {
    {"BDF 2", TSBDF, NULL, 2, 1e-5},
    {"BDF 3", TSBDF, NULL, 3, 1e-5},
    {"BDF 4", TSBDF, NULL, 4, 1e-5},
    {"BDF 5", TSBDF, NULL, 5, 1e-5},
    {"BDF 3 wrapped", TSBDF, "", 3, 1e-5},
    {"ROSW ra34pw2", TSROSW, TSROSWRA34PW2, 0, 1e-5},
    {"ROSW rodas3", TSROSW, TSROSWRODAS3, 0, 1e-5},
    {"ROSW sandu3", TSROSW, TSROSWSANDU3, 0, 1e-5},
    {"ARKIMEX 3", TSARKIMEX, TSARKIMEX3, 0, 1e-5},
    {"ARKIMEX 4", TSARKIMEX, TSARKIMEX4, 0, 1e-5},
    {"ARKIMEX l2", TSARKIMEX, TSARKIMEXL2, 0, 1e-5},
};

typedef struct {
  const char *name;
  const char *thickness;
  const char *concentration;
} Cell;

static const Cell cells[] = {
    {"25 um, 1 mol/L", "separator.thickness=25 um", "electrolyte.concentration=1 mol/L"},
    {"1 um film", "separator.thickness=1 um", "electrolyte.concentration=23.58 mmol/L"},
};

enum { DEPLETION, SPACE_CHARGE, ONSETS };

/* The last points of an onset's function, enough for its root by inverse interpolation. */
typedef struct {
  Watch watch;
  PetscReal time[4], value[4];
  PetscInt points, after;  // points kept; of these, past the root
  PetscReal root;          // [s]; NaN: not reached
} Onset;

typedef struct {
  IntegratorCounts counts;
  PetscInt linear_iterations;
  PetscReal end;            // time reached [s]
  PetscReal onset[ONSETS];  // [s]
  PetscReal drift;          // largest change of an ion's amount less what entered, over the amount
  PetscReal seconds;
  const char *outcome;
} Finding;

/* ---- rates of U instead of M(U), for methods without transient variables ---- */

typedef struct {
  Transport transport;
  Vec rate;           // dM/dt = (dM/dU) dU/dt
  Vec column_factor;  // dU/dt where dM/dU depends on U, else 0
  Vec error_scale;
  Mat storage;   // (dF/d(dM/dt)) (dM/dU), times the shift
  Mat jacobian;  // assembled, where the integrator's own is a shell
  PetscReal tolerance;
} Wrapper;

static PetscErrorCode TransientRate(Wrapper *w, Vec state, Vec state_rate)
{
  Transport t = w->transport;
  const PetscScalar *u, *v;
  PetscScalar *rate, *factor;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayRead(state, &u));
  PetscCall(VecGetArrayRead(state_rate, &v));
  PetscCall(VecGetArrayWrite(w->rate, &rate));
  PetscCall(VecGetArrayWrite(w->column_factor, &factor));
  for (PetscInt i = 0; i < t->count * t->dof; i += t->dof) {
    const PetscInt block = t->first + i / t->dof;
    const PetscBool node = BlockIsNode(t, block);
    PetscReal charge = 0;
    for (PetscInt k = 0; k < t->ions; k++) {
      rate[i + k] = node ? PetscExpReal(u[i + k]) * v[i + k] : v[i + k];
      factor[i + k] = node ? v[i + k] : 0;
      charge += t->flux.charge[k] * t->relative_initial[k] * rate[i + k];
    }
    rate[i + t->ions] = BlockHoldsCharge(t, block) ? charge : v[i + t->ions];
    factor[i + t->ions] = 0;
  }
  PetscCall(VecRestoreArrayWrite(w->column_factor, &factor));
  PetscCall(VecRestoreArrayWrite(w->rate, &rate));
  PetscCall(VecRestoreArrayRead(state_rate, &v));
  PetscCall(VecRestoreArrayRead(state, &u));
  PetscFunctionReturn(0);
}

static PetscErrorCode WrappedResidual(TS ts, PetscReal time, Vec state, Vec state_rate,
                                      Vec residual, void *context)
{
  Wrapper *w = (Wrapper *)context;

  PetscFunctionBeginUser;
  PetscCall(TransientRate(w, state, state_rate));
  PetscCall(TransportResidual(ts, time, state, w->rate, residual, w->transport));
  PetscFunctionReturn(0);
}

/* With B = (dF/d(dM/dt)) (dM/dU), which TransportJacobian multiplies by the shift:
     J = dF/dU + shift B + B diag(dU/dt),  the last term where M holds exp(U). */
static PetscErrorCode WrappedJacobian(TS ts, PetscReal time, Vec state, Vec state_rate,
                                      PetscReal shift, Mat jacobian, Mat preconditioner,
                                      void *context)
{
  Wrapper *w = (Wrapper *)context;

  PetscFunctionBeginUser;
  PetscCall(TransientRate(w, state, state_rate));
  PetscCall(TransportJacobian(ts, time, state, w->rate, 0, jacobian, preconditioner, w->transport));
  PetscCall(
      TransportJacobian(ts, time, state, w->rate, shift, w->storage, w->storage, w->transport));
  PetscCall(MatAXPY(w->storage, -1, preconditioner, SAME_NONZERO_PATTERN));
  PetscCall(MatAXPY(preconditioner, 1, w->storage, SAME_NONZERO_PATTERN));
  PetscCall(MatDiagonalScale(w->storage, NULL, w->column_factor));
  PetscCall(MatAXPY(preconditioner, 1 / shift, w->storage, SAME_NONZERO_PATTERN));
  PetscFunctionReturn(0);
}

/* The stages of Rosenbrock-W are increments: judge errors by the state at the step's start. */
static PetscErrorCode SetErrorScale(TS ts, PETSC_UNUSED PetscReal time, PETSC_UNUSED PetscInt stage,
                                    PETSC_UNUSED Vec *stages)
{
  Wrapper *w;
  void *context;
  Vec state;

  PetscFunctionBeginUser;
  PetscCall(TSGetIFunction(ts, NULL, NULL, &context));
  w = (Wrapper *)context;
  PetscCall(TSGetSolution(ts, &state));
  PetscCall(TransportErrorScale(w->transport, state, NULL, w->tolerance, 0, PETSC_MAX_REAL,
                                w->error_scale));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetSubType(const Method *method, TS ts)
{
  SNES snes;

  PetscFunctionBeginUser;
  if (!strcmp(method->type, TSROSW)) {
    PetscCall(TSRosWSetType(ts, method->sub_type));
    // One linear solve a stage; the unknowns are increments, which no guess may limit.
    PetscCall(TSGetSNES(ts, &snes));
    PetscCall(SNESSetType(snes, SNESKSPONLY));
    PetscCall(SNESSetComputeInitialGuess(snes, NULL, NULL));
  } else if (!strcmp(method->type, TSARKIMEX)) {
    PetscCall(TSARKIMEXSetType(ts, method->sub_type));
    PetscCall(TSARKIMEXSetFullyImplicit(ts, PETSC_TRUE));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode UseAssembledJacobian(Wrapper *w, TS ts)
{
  SNES snes;
  KSP ksp;
  PC pc;

  PetscFunctionBeginUser;
  PetscCall(TransportCreateJacobian(w->transport, &w->jacobian));
  PetscCall(TSSetIJacobian(ts, w->jacobian, w->jacobian, WrappedJacobian, w));
  PetscCall(TSGetSNES(ts, &snes));
  PetscCall(SNESGetKSP(snes, &ksp));
  PetscCall(KSPGetPC(ksp, &pc));
  PetscCall(PCSetType(pc, PCLU));
  PetscFunctionReturn(0);
}

static PetscErrorCode UseWrapper(Wrapper *w, const Method *method, TS ts, Vec state)
{
  PetscFunctionBeginUser;
  w->tolerance = method->tolerance;
  PetscCall(VecDuplicate(state, &w->rate));
  PetscCall(VecDuplicate(state, &w->column_factor));
  PetscCall(VecDuplicate(state, &w->error_scale));
  PetscCall(TransportCreateJacobian(w->transport, &w->storage));
  PetscCall(TransportErrorScale(w->transport, state, NULL, w->tolerance, 0, PETSC_MAX_REAL,
                                w->error_scale));
  PetscCall(TSSetTransientVariable(ts, NULL, NULL));
  PetscCall(TSSetType(ts, method->type));
  PetscCall(TSSetIFunction(ts, NULL, WrappedResidual, w));
  PetscCall(UseAssembledJacobian(w, ts));
  PetscCall(TSSetPostStage(ts, SetErrorScale));
  PetscCall(TSSetTolerances(ts, 0, w->error_scale, 0, NULL));
  PetscCall(SetSubType(method, ts));
  PetscFunctionReturn(0);
}

static PetscErrorCode DestroyWrapper(Wrapper *w)
{
  PetscFunctionBeginUser;
  PetscCall(VecDestroy(&w->rate));
  PetscCall(VecDestroy(&w->column_factor));
  PetscCall(VecDestroy(&w->error_scale));
  PetscCall(MatDestroy(&w->storage));
  PetscCall(MatDestroy(&w->jacobian));
  PetscCall(TransportDestroy(&w->transport));
  PetscFunctionReturn(0);
}

/* ---- onsets ---- */

/* Time at which the function is zero, by Neville's scheme in the values. */
static PetscReal InverseInterpolation(PetscInt n, const PetscReal value[], const PetscReal time[])
{
  PetscReal p[4];

  for (PetscInt i = 0; i < n; i++) p[i] = time[i];
  for (PetscInt m = 1; m < n; m++) {
    for (PetscInt i = 0; i + m < n; i++) {
      p[i] = (value[i + m] * p[i] - value[i] * p[i + 1]) / (value[i + m] - value[i]);
    }
  }
  return p[0];
}

/* Two points before the root and up to two after it; the linear root where the higher one leaves
   its interval. */
static void FollowOnset(Onset *onset, PetscReal time, PetscReal value)
{
  if (onset->after == 2) return;
  if (onset->points == 2 && onset->after == 0 && value > 0) {
    onset->time[0] = onset->time[1];
    onset->value[0] = onset->value[1];
    onset->points = 1;
  }
  onset->time[onset->points] = time;
  onset->value[onset->points++] = value;
  if (value > 0 && onset->after == 0) return;
  onset->after++;
  if (onset->points <= onset->after) return;
  const PetscInt left = onset->points - onset->after - 1;
  const PetscReal linear = InverseInterpolation(2, onset->value + left, onset->time + left);
  const PetscReal higher = InverseInterpolation(onset->points, onset->value, onset->time);
  const PetscBool in = (PetscBool)(higher > onset->time[left] && higher < onset->time[left + 1]);
  onset->root = in ? higher : linear;
}

static WatchReference ReferenceOf(Transport transport, const Case *case_, const ClosedForms *forms)
{
  CellConstants cell = {0};

  (void)CellConstantsFind(case_, &cell);
  const PetscReal gradient = (1 - case_->electrolyte.transference_number.initial) *
                             forms->current_density /
                             (cell.charge_concentration * cell.effective_diffusivity);
  return (WatchReference){
      .transport = transport,
      .current_density = forms->current_density,
      .side = ANODE,
      .space_charge_distance =
          case_->onset_distance * LimitingLayerWidth(forms->debye_length, gradient)};
}

/* ---- a measurement ---- */

static void FollowDrift(Transport transport, const CellState *cell, const PetscReal before[],
                        PetscReal *drift)
{
  PetscReal amount[MAXIMUM_IONS];

  TransportGetAmounts(transport, cell, amount);
  for (PetscInt k = 0; k < cell->number_of_ions; k++) {
    const PetscReal entered =
        cell->amount_entered[ANODE][k] + cell->amount_entered[COUNTER_ELECTRODE][k];
    *drift = fmax(*drift, fabs(amount[k] - entered - before[k]) / before[k]);
  }
}

static PetscErrorCode Integrate(Integrator integrator, Transport transport, Vec state,
                                const WatchReference *reference, PetscReal end, Finding *finding)
{
  Onset onset[ONSETS] = {{.watch.condition.event = EVENT_DEPLETION, .root = NAN},
                         {.watch.condition.event = EVENT_SPACE_CHARGE, .root = NAN}};
  PetscReal before[MAXIMUM_IONS];
  PetscBool advanced = PETSC_TRUE;
  PetscLogDouble start, now;
  CellState cell;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&start));
  PetscCall(CellStateCreate(transport, &cell));
  PetscCall(TransportGetCellState(transport, state, &cell));
  TransportGetAmounts(transport, &cell, before);
  for (now = start; advanced && finding->end < end && now - start < PATIENCE;) {
    PetscCall(IntegratorStep(integrator, &advanced));
    PetscCall(PetscTime(&now));
    if (!advanced) break;
    PetscCall(IntegratorGetTime(integrator, &finding->end));
    PetscCall(TransportGetCellState(transport, state, &cell));
    FollowDrift(transport, &cell, before, &finding->drift);
    for (PetscInt e = 0; e < ONSETS; e++) {
      FollowOnset(&onset[e], finding->end, WatchValue(&onset[e].watch, reference, &cell));
    }
  }
  finding->outcome = !advanced ? "gave up" : finding->end < end ? "stopped" : "done";
  for (PetscInt e = 0; e < ONSETS; e++) finding->onset[e] = onset[e].root;
  finding->seconds = now - start;
  PetscCall(CellStateDestroy(&cell));
  PetscFunctionReturn(0);
}

static PetscErrorCode Measure(const Case *case_, const Method *method, Finding *finding)
{
  ClosedForms forms;
  PetscReal end, first;
  Wrapper wrapper = {NULL};
  Integrator integrator;
  DM dm;
  Vec state;
  TS ts;

  PetscFunctionBeginUser;
  *finding = (Finding){.end = 0};
  PetscCall(ClosedFormsFind(case_, &forms));
  end = 1.2 * forms.sand_time;
  first = PetscSqr(forms.debye_length) / case_->electrolyte.diffusivity.initial;
  PetscCall(TransportCreate(PETSC_COMM_SELF, case_, &wrapper.transport));
  PetscCall(TransportGetDM(wrapper.transport, &dm));
  PetscCall(DMCreateGlobalVector(dm, &state));
  PetscCall(TransportSetUniform(wrapper.transport, state));
  PetscCall(TransportSetControl(wrapper.transport, CONTROL_CURRENT, forms.current_density, state));
  if (method->order) {
    char order[8];
    PetscCall(PetscSNPrintf(order, sizeof order, "%" PetscInt_FMT, method->order));
    PetscCall(PetscOptionsSetValue(NULL, "-ts_bdf_order", order));
  }
  PetscCall(IntegratorCreate(wrapper.transport, method->tolerance, state, &integrator));
  PetscCall(IntegratorGetTS(integrator, &ts));
  if (method->sub_type) PetscCall(UseWrapper(&wrapper, method, ts, state));
  PetscCall(IntegratorRestart(integrator, first, end));
  const WatchReference reference = ReferenceOf(wrapper.transport, case_, &forms);
  PetscCall(Integrate(integrator, wrapper.transport, state, &reference, end, finding));
  PetscCall(IntegratorGetCounts(integrator, &finding->counts));
  PetscCall(TSGetKSPIterations(ts, &finding->linear_iterations));
  PetscCall(IntegratorDestroy(&integrator));
  PetscCall(VecDestroy(&state));
  PetscCall(DestroyWrapper(&wrapper));
  PetscFunctionReturn(0);
}

static void PrintError(PetscReal time, PetscReal exact)
{
  if (isnan(time)) {
    printf("  %9s", "-");
  } else {
    printf("  %9.1e", (double)fabs(time / exact - 1));
  }
}

static void PrintRow(const Method *method, const Finding *finding, const Finding *reference,
                     PetscReal sand_time)
{
  printf("%-13s %6d %7d %7d %7d", method->name, (int)finding->counts.steps,
         (int)finding->counts.rejected_steps, (int)finding->counts.newton_iterations,
         (int)finding->linear_iterations);
  for (PetscInt e = 0; e < ONSETS; e++) PrintError(finding->onset[e], reference->onset[e]);
  printf("  %8.1e %7.2f  %7.4f  %s\n", (double)finding->drift, (double)finding->seconds,
         (double)(finding->end / sand_time), finding->outcome);
  fflush(stdout);
}

static PetscErrorCode MeasureCell(const Cell *cell)
{
  const char *const settings[] = {
      cell->thickness,  cell->concentration,          "separator.porosity=1",
      "mesh.nodes=401", "protocol.0.current_ratio=5", "protocol.0.for=1 s"};
  Finding reference, finding;
  ClosedForms forms;
  Case case_;

  PetscFunctionBeginUser;
  PetscCall(CaseRead(PETSC_COMM_SELF, "configs/separator.yaml", PETSC_STATIC_ARRAY_LENGTH(settings),
                     settings, &case_));
  PetscCall(ClosedFormsFind(&case_, &forms));
  PetscCall(Measure(&case_, &reference_method, &reference));
  printf("%s: i = 5 i_lim, 401 nodes, to 1.2 t_s, t_s = %.6g s, lambda_D/L = %.3g\n", cell->name,
         (double)forms.sand_time, (double)(forms.debye_length / case_.separator.thickness));
  printf("reference: depletion %.9g s, space charge %.9g s\n\n", (double)reference.onset[DEPLETION],
         (double)reference.onset[SPACE_CHARGE]);
  printf("%-13s %6s %7s %7s %7s  %9s  %9s  %8s %7s  %7s\n", "method", "steps", "reject.", "Newton",
         "linear", "depletion", "sp.charge", "drift", "seconds", "t/t_s");
  PrintRow(&reference_method, &reference, &reference, forms.sand_time);
  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(methods); m++) {
    PetscCall(Measure(&case_, &methods[m], &finding));
    PrintRow(&methods[m], &finding, &reference, forms.sand_time);
  }
  printf("\n");
  PetscCall(CaseDestroy(&case_));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(cells); c++) PetscCall(MeasureCell(&cells[c]));
  PetscCall(PetscFinalize());
  return 0;
}
