#include <math.h>

#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
#include "solver/run.h"
#include "tests/support.h"

// ---- An ideal solution is the dilute one
// -----------------------------------------------------------

#define STORED 40

/* All stored fields of a run, one after the other. */
typedef struct {
  PetscInt nodes, count;
  PetscReal time[STORED + 8];
  PetscReal *value[4];  // c_+, c_-, phi, E: [STORED + 8][nodes] each
} StoredRun;

static PetscErrorCode KeepFields(void *context, const FieldsRecord *record)
{
  StoredRun *stored = (StoredRun *)context;
  const PetscReal *source[] = {record->concentration[0], record->concentration[1],
                               record->potential, record->electric_field};

  PetscFunctionBeginUser;
  if (stored->count == STORED + 8) PetscFunctionReturn(0);
  stored->time[stored->count] = record->time;
  for (PetscInt f = 0; f < 4; f++) {
    PetscCall(PetscArraycpy(stored->value[f] + stored->count * stored->nodes, source[f],
                            stored->nodes - (f == 3)));
  }
  stored->count++;
  PetscFunctionReturn(0);
}

static StoredRun StoredRunOf(const Case *cell)
{
  StoredRun stored = {.nodes = cell->mesh.nodes};
  const RunObserver observer = {.context = &stored, .fields = KeepFields};
  RunResult result;
  Run run;

  for (PetscInt f = 0; f < 4; f++) {
    CallOrAbort(PetscCalloc1((STORED + 8) * stored.nodes, &stored.value[f]));
  }
  CallOrAbort(RunCreate(PETSC_COMM_WORLD, cell, &run));
  CallOrAbort(RunSetObserver(run, &observer));
  CallOrAbort(RunExecute(run, &result));
  CallOrAbort(RunDestroy(&run));
  CallOrAbort(RunResultDestroy(&result));
  return stored;
}

static void StoredRunFree(StoredRun *stored)
{
  for (PetscInt f = 0; f < 4; f++) CallOrAbort(PetscFree(stored->value[f]));
}

/* Largest difference of a field over its largest value, at all stored times. */
static PetscReal FieldDifference(const StoredRun *a, const StoredRun *b, PetscInt field)
{
  PetscReal largest = 0, difference = 0;

  for (PetscInt i = 0; i < a->count * a->nodes; i++) {
    largest = PetscMax(largest, fabs(a->value[field][i]));
    difference = Worse(difference, fabs(a->value[field][i] - b->value[field][i]));
  }
  return largest > 0 ? difference / largest : 0;
}

// D, t_+ constant, TDF = 1, kappa = F^2 c (D_+ + D_-)/(R T): every field is the dilute law's.
static void test_ideal_solution_has_the_fields_of_the_dilute_law(PETSC_UNUSED void **state)
{
  const Condition depletion = {.event = EVENT_DEPLETION};

  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Case dilute = LithiumFilm(1e-4), concentrated;
    ProtocolStep step = {.kind = STEP_CURRENT_RATIO,
                         .value = 3,
                         .duration = PETSC_INFINITY,
                         .number_of_conditions = 1,
                         .until = (Condition *)&depletion};
    StoredRun one, other;

    dilute.electrolyte.closure = closure;
    dilute.mesh = (MeshParameters){.nodes = 201, .first_spacing = 0.2};
    // Newton's method may end an iteration apart, which is 1e-3 of this.
    dilute.solver.relative_tolerance = 1e-7;
    dilute.number_of_steps = 1;
    dilute.protocol = &step;
    dilute.output = (OutputParameters){.times = STORED, .fields = FIELDS_ALL};
    concentrated = dilute;
    UseIdealElectrolyte(&concentrated.electrolyte, concentrated.temperature);
    one = StoredRunOf(&dilute);
    other = StoredRunOf(&concentrated);
    assert_int_equal(one.count, other.count);
    for (PetscInt f = 0; f < 4; f++) {
      const PetscReal difference = FieldDifference(&one, &other, f);
      print_message("field %d, closure %d: differs by %.1e of its largest value\n", (int)f,
                    (int)closure, (double)difference);
      assert_at_most(difference, 1e-9);
    }
    StoredRunFree(&one);
    StoredRunFree(&other);
    DestroyMeasured(&concentrated.electrolyte);
  }
}

// ---- Conservation -------------------------------------------------------------------------------

/* Worst departure of an ion's amount from what entered, over the amount. */
typedef struct {
  PetscReal initial[MAXIMUM_IONS], drift;
  PetscInt steps;
} Conservation;

static PetscErrorCode WatchAmounts(void *context, PETSC_UNUSED Transport transport,
                                   const CellState *cell, PETSC_UNUSED Vec rate,
                                   const HistoryRecord *record)
{
  Conservation *c = (Conservation *)context;

  for (PetscInt k = 0; k < cell->number_of_ions; k++) {
    const PetscReal entered = record->amount_entered[k];
    if (c->steps == 0) c->initial[k] = record->amount[k] - entered;
    c->drift = Worse(c->drift, fabs(record->amount[k] - c->initial[k] - entered) / c->initial[k]);
  }
  c->steps++;
  return 0;
}

static PetscReal FallingTransferenceNumber(PETSC_UNUSED void *context, PetscReal c)
{
  return 0.6 - 0.3e-3 * c;
}

// The current's share t_+(c) i/F lies inside the face flux: none is lost where t_+ varies.
static void test_ions_are_conserved_where_the_transference_number_varies(PETSC_UNUSED void **state)
{
  ProtocolStep steps[] = {{.kind = STEP_CURRENT, .value = 80, .duration = 20},
                          {.kind = STEP_REST, .duration = 20},
                          {.kind = STEP_CURRENT, .value = -80, .duration = 30}};

  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Case cell = BinaryCell(1, 1000, 3e-10, 0.3, 20, 100e-6);
    Electrolyte *electrolyte = &cell.electrolyte;
    Conservation conservation = {.drift = 0};
    RunResult result;

    electrolyte->closure = closure;
    UseMeasuredElectrolyte(electrolyte);
    electrolyte->concentration_validity.high = 1900;
    CallOrAbort(PropertyDestroy(&electrolyte->transference_number.function));
    SetMeasured(electrolyte, FallingTransferenceNumber, NULL, PETSC_TRUE,
                &electrolyte->transference_number);
    cell.anode = cell.counter_electrode = LithiumElectrode(100, 1000, 0.1);
    cell.mesh = (MeshParameters){.nodes = 301, .first_spacing = 0.2};
    cell.number_of_steps = 3;
    cell.protocol = steps;
    result = RunOf(PETSC_COMM_WORLD, &cell, WatchAmounts, &conservation);
    print_message("t_+ = 0.6 - 0.3 m, closure %d: %d steps, drift %.1e\n", (int)closure,
                  (int)result.steps, (double)conservation.drift);
    assert_int_equal(result.status, RUN_DONE);
    assert_on_all(conservation.steps > 50);
    assert_at_most(conservation.drift, 1e-12);
    CallOrAbort(RunResultDestroy(&result));
    DestroyMeasured(electrolyte);
  }
}

// ---- Depletion ----------------------------------------------------------------------------------

/* Depletion and space charge of a measured solution in a film at 3 times its limiting current. */
static RunResult MeasuredFilm(Closure closure, PetscReal debye_ratio, PetscInt nodes)
{
  Case cell = LithiumFilm(debye_ratio);
  const Condition space_charge = {.event = EVENT_SPACE_CHARGE};
  ProtocolStep step = {.kind = STEP_CURRENT_RATIO,
                       .value = 3,
                       .duration = 1,
                       .number_of_conditions = 1,
                       .until = (Condition *)&space_charge};
  RunResult result;

  cell.electrolyte.closure = closure;
  UseMeasuredElectrolyte(&cell.electrolyte);
  cell.mesh = (MeshParameters){.nodes = nodes, .first_spacing = 0.2};
  cell.number_of_steps = 1;
  cell.protocol = &step;
  result = RunOf(PETSC_COMM_WORLD, &cell, NULL, NULL);
  DestroyMeasured(&cell.electrolyte);
  return result;
}

static void test_depletion_tends_to_that_of_the_electroneutral_solution(PETSC_UNUSED void **state)
{
  const PetscReal ratios[] = {1e-2, 1e-3, 1e-4, 1e-5};
  RunResult neutral = MeasuredFilm(CLOSURE_ELECTRONEUTRAL, 1e-4, 801);
  PetscReal before = PETSC_INFINITY;

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(ratios); i++) {
    RunResult result = MeasuredFilm(CLOSURE_POISSON, ratios[i], 801);
    const PetscReal error = result.depletion_time / neutral.depletion_time - 1;

    print_message(
        "lambda_D/L %.0e: depletion %+.3e, space charge %+.3e of the neutral depletion "
        "after it, %d steps, %d rejected\n",
        (double)ratios[i], (double)error,
        (double)(result.space_charge_time / neutral.depletion_time - 1), (int)result.steps,
        (int)result.rejected_steps);
    assert_int_equal(result.status, RUN_DONE);
    assert_on_all(fabs(error) < before);
    before = fabs(error);
    CallOrAbort(RunResultDestroy(&result));
  }
  assert_at_most(before, 1e-3);
  CallOrAbort(RunResultDestroy(&neutral));
}

// ---- A transference number below 0 -------------------------------------------------------------

/* 2.6 mol/L with t_+ = -0.1 and constants for the rest, in the electroneutral closure, which needs
   D and kappa alone to be positive. */
static Case NegativeCell(void)
{
  const PetscReal concentration = 2600;
  Case cell = BinaryCell(1, concentration, 7e-12, 0.5, 10, 50e-6);
  Electrolyte *e = &cell.electrolyte;

  e->closure = CLOSURE_ELECTRONEUTRAL;
  e->flux_law = "concentrated";
  e->concentration_validity = (Range){100, PETSC_INFINITY};
  e->transference_number.initial = -0.1;
  CallOrAbort(PropertyCreateConstant(7e-12, &e->diffusivity.function));
  CallOrAbort(PropertyCreateConstant(-0.1, &e->transference_number.function));
  CallOrAbort(PropertyCreateConstant(0.1, &e->conductivity.function));
  CallOrAbort(PropertyCreateConstant(1, &e->thermodynamic_factor.function));
  cell.anode = cell.counter_electrode = LithiumElectrode(50, concentration, PETSC_INFINITY);
  cell.mesh = (MeshParameters){.nodes = 401, .first_spacing = 1000};
  cell.solver.relative_tolerance = 1e-7;
  return cell;
}

typedef struct {
  PetscInt step;
  PetscReal surface[2], voltage[2];  // at the end of either step [mol/m^3], [V]
} LastOfSteps;

static PetscErrorCode NoteSteps(void *context, PETSC_UNUSED Transport transport,
                                const CellState *cell, PETSC_UNUSED Vec rate,
                                const HistoryRecord *record)
{
  LastOfSteps *last = (LastOfSteps *)context;

  last->surface[record->step] = cell->node[0].concentration[0];
  last->voltage[record->step] = record->cell_voltage;
  return 0;
}

/* V of the steady state by Newman's theory at a share j of the limiting current, where c = c_0 (1 -
   j) at the anode and c_0 (1 + j) at the counter electrode:
     i L/kappa + (2 R T/F) [(1 - t_+) ln(c_L/c_0) + the overpotentials asinh(i/(2 i_0 sqrt(c)))]. */
static PetscReal SteadyVoltage(const Case *cell, PetscReal j, PetscReal current)
{
  const PetscReal thermal = GAS_CONSTANT * cell->temperature / FARADAY;
  const PetscReal relative = 0.5 * current / cell->anode.exchange_current_density;

  return current * cell->separator.thickness / 0.1 +
         2 * thermal *
             (1.1 * log((1 + j) / (1 - j)) + asinh(relative / sqrt(1 - j)) +
              asinh(relative / sqrt(1 + j)));
}

// Sand's formula and the limiting current hold with 1 - t_+ = 1.1.
static void test_negative_transference_number_has_the_closed_forms(PETSC_UNUSED void **state)
{
  const PetscReal diffusion_time = PetscSqr(50e-6) / 7e-12, j = 0.5;
  ProtocolStep steps[] = {
      {.kind = STEP_CURRENT_RATIO, .value = j, .duration = 0.1 * diffusion_time},
      {.kind = STEP_CURRENT_RATIO, .value = j, .duration = 5 * diffusion_time}};
  Case cell = NegativeCell();
  CellConstants constants;
  LastOfSteps last = {0};
  RunResult result;

  cell.protocol = steps;
  cell.number_of_steps = 2;
  result = RunOf(PETSC_COMM_WORLD, &cell, NoteSteps, &last);
  assert_int_equal(result.status, RUN_DONE);
  const PetscReal limit = result.closed_forms.limiting_current_density;
  assert_close(limit, 2 * FARADAY * 7e-12 * 2600 / (1.1 * 50e-6), 1e-12);
  assert_on_all(CellConstantsFind(&cell, &constants));
  assert_close(last.surface[0],
               2600 * SurfaceConcentrationRatio(&constants, j * limit, steps[0].duration), 1e-5);
  assert_close(last.surface[1], 1300, 1e-6);
  assert_close(last.voltage[1], SteadyVoltage(&cell, j, j * limit), 1e-5);
  CallOrAbort(RunResultDestroy(&result));
  DestroyMeasured(&cell.electrolyte);
}

// Below the measurements, down to no salt, the run goes on; D and t_+ alone tell when it gets
// there.
static void test_negative_transference_number_depletes_at_the_closed_form(PETSC_UNUSED void **state)
{
  ProtocolStep step = {.kind = STEP_CURRENT_RATIO, .value = 2, .duration = 1e4};
  Case cell = NegativeCell();
  RunResult result;

  cell.protocol = &step;
  cell.number_of_steps = 1;
  result = RunOf(PETSC_COMM_WORLD, &cell, NULL, NULL);
  assert_int_equal(result.status, RUN_DEPLETED);
  assert_on_all(result.below_validity.time < result.depletion_time);
  assert_close(result.depletion_time, result.closed_forms.finite_depletion_time, 1e-4);
  CallOrAbort(RunResultDestroy(&result));
  DestroyMeasured(&cell.electrolyte);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ideal_solution_has_the_fields_of_the_dilute_law),
      cmocka_unit_test(test_ions_are_conserved_where_the_transference_number_varies),
      cmocka_unit_test(test_depletion_tends_to_that_of_the_electroneutral_solution),
      cmocka_unit_test(test_negative_transference_number_has_the_closed_forms),
      cmocka_unit_test(test_negative_transference_number_depletes_at_the_closed_form),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
