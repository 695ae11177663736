#include <math.h>
#include <petscdm.h>

#include "solver/closed_forms.h"
#include "solver/onset.h"
#include "tests/support.h"

// ---- Runs to the onset -------------------------------------------------------------------------

/* At `ratio` limiting currents, for `sand_times` of Sand's times. */
static ProtocolStep OverLimit(const Case *cell, PetscReal ratio, PetscReal sand_times)
{
  CellConstants constants;

  assert_on_all(CellConstantsFind(cell, &constants));
  return (ProtocolStep){
      .kind = STEP_CURRENT_RATIO,
      .value = ratio,
      .duration = sand_times * SandTime(&constants, ratio * LimitingCurrentDensity(&constants))};
}

static RunResult RunOverLimit(Case *cell, PetscReal ratio, PetscReal sand_times,
                              RunInspector inspector, void *context)
{
  ProtocolStep step = OverLimit(cell, ratio, sand_times);

  cell->protocol = &step;
  cell->number_of_steps = 1;
  return RunOf(PETSC_COMM_WORLD, cell, inspector, context);
}

/* What a run printed of itself, for the record. */
static void Show(const char name[], const RunResult *result)
{
  const PetscReal t_d = result->closed_forms.finite_depletion_time;

  print_message(
      "%s: i/i_lim %g, depletion %.6f t_d, space charge %.6f t_d, %d steps, %d rejected\n", name,
      result->closed_forms.current_ratio, result->depletion_time / t_d,
      result->space_charge_time / t_d, (int)result->steps, (int)result->rejected_steps);
}

static void test_electroneutral_depletion_is_at_the_closed_form(PETSC_UNUSED void **state)
{
  const PetscReal ratios[] = {1.2, 1.5, 2, 5, 10};

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(ratios); n++) {
    Case cell = PolymerCell();
    RunResult result;

    cell.mesh.nodes = 401;
    result = RunOverLimit(&cell, ratios[n], 10, NULL, NULL);
    assert_on_all(result.status == RUN_DEPLETED);
    assert_close(result.depletion_time, result.closed_forms.finite_depletion_time, 1e-3);
    Show("electroneutral", &result);
    CallOrAbort(RunResultDestroy(&result));
  }
}

/* The last of the salt falls slowly there: its share at which the surface counts as depleted, and
   the errors of the time steps, must be small beside it. */
static void test_electroneutral_depletion_just_above_the_limit_is_in_time(PETSC_UNUSED void **state)
{
  const PetscReal excesses[] = {1e-2, 1e-4, 1e-6};

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(excesses); n++) {
    Case cell = PolymerCell();
    RunResult result;

    cell.mesh = (MeshParameters){.nodes = 401, .first_spacing = 2e4};
    result = RunOverLimit(&cell, 1 + excesses[n], 20, NULL, NULL);
    assert_on_all(result.status == RUN_DEPLETED);
    assert_close(result.depletion_time, result.closed_forms.finite_depletion_time, 5e-5);
    Show("electroneutral", &result);
    CallOrAbort(RunResultDestroy(&result));
  }
}

static PetscErrorCode NoteCurrent(void *context, PETSC_UNUSED Transport transport,
                                  PETSC_UNUSED const CellState *cell, PETSC_UNUSED Vec rate,
                                  const HistoryRecord *record)
{
  *(PetscReal *)context = record->current_density;
  return 0;
}

// ... in the end, and depletes nothing however high it is.
static void test_electroneutral_voltage_drives_the_limiting_current(PETSC_UNUSED void **state)
{
  Case cell = PolymerCell();
  ProtocolStep step = {.kind = STEP_VOLTAGE, .value = 2, .duration = 1e5};
  PetscReal current = 0;
  RunResult result;

  cell.protocol = &step;
  cell.number_of_steps = 1;
  result = RunOf(PETSC_COMM_WORLD, &cell, NoteCurrent, &current);
  assert_on_all(result.status == RUN_DONE && result.number_of_events == 0);
  assert_close(current, result.closed_forms.limiting_current_density, 1e-6);
  CallOrAbort(RunResultDestroy(&result));
}

/* Lowest ln c of the anion over the run; NaN for good once one is not finite (PetscMin forgets it).
 */
static PetscErrorCode NoteDepth(void *context, PETSC_UNUSED Transport transport,
                                const CellState *cell, PETSC_UNUSED Vec rate,
                                PETSC_UNUSED const HistoryRecord *record)
{
  PetscReal *lowest = context;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < cell->nodes; i++) {
    const PetscReal log_ratio = cell->node[i].log_ratio[1];
    if (!isfinite(log_ratio)) *lowest = NAN;
    if (log_ratio < *lowest) *lowest = log_ratio;
  }
  PetscFunctionReturn(0);
}

/* Depletion and space charge of a film at five limiting currents, over t_d. */
static void AssertOnsets(Case cell, PetscReal depletion, PetscReal space_charge)
{
  PetscReal lowest = 0;
  RunResult result;

  cell.mesh.nodes = 401;
  result = RunOverLimit(&cell, 5, 1.3, NoteDepth, &lowest);
  assert_on_all(result.status == RUN_DONE);
  assert_close(result.final.time, 1.3 * result.closed_forms.sand_time, 1e-9);
  assert_at_most(
      PetscAbsReal(result.depletion_time / result.closed_forms.finite_depletion_time - depletion),
      1e-3);
  assert_at_most(PetscAbsReal(result.space_charge_time / result.closed_forms.finite_depletion_time -
                              space_charge),
                 1e-3);
  assert_at_most(lowest, -10);  // and finite
  Show("film", &result);
  CallOrAbort(RunResultDestroy(&result));
}

static void test_onsets_of_a_film_of_a_thousand_debye_lengths(PETSC_UNUSED void **state)
{
  AssertOnsets(LithiumFilm(1e-3), 1 - 0.0122, 1 + 0.1125);
}

static void test_onsets_tend_to_the_depletion_time_as_the_debye_length_falls(
    PETSC_UNUSED void **state)
{
  AssertOnsets(LithiumFilm(1e-5), 1 - 0.0004, 1 + 0.0054);
}

// The overpotential of i_0 = i/100 charges the double layer; what is outside it depletes as before.
static void test_depletion_does_not_depend_on_the_charge_of_the_double_layer(
    PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-5);
  CellConstants constants;
  PetscReal slow;

  assert_on_all(CellConstantsFind(&cell, &constants));
  slow = 5 * LimitingCurrentDensity(&constants) / 100;
  cell.anode.exchange_current_density = cell.counter_electrode.exchange_current_density = slow;
  AssertOnsets(cell, 1 - 0.0004, 1 + 0.0054);
}

/* Space charge in a film at twice the limiting current, of a salt with a trace of another cation.
 */
static PetscReal SpaceChargeWithTrace(PetscReal trace)
{
  ProtocolStep step = {.kind = STEP_CURRENT, .duration = PETSC_INFINITY};
  const Condition until = {.event = EVENT_SPACE_CHARGE};
  Case cell = LithiumFilm(1e-4);
  Electrolyte *electrolyte = &cell.electrolyte;
  CellConstants constants;
  RunResult result;

  assert_on_all(CellConstantsFind(&cell, &constants));
  step.value = 2 * LimitingCurrentDensity(&constants);
  step.number_of_conditions = 1;
  step.until = (Condition *)&until;
  cell.protocol = &step;
  cell.number_of_steps = 1;
  cell.mesh = (MeshParameters){.nodes = 1601, .first_spacing = 0.2, .front_reach = 0};
  cell.solver.relative_tolerance = 1e-6;
  if (trace > 0) {
    electrolyte->ions_listed = PETSC_TRUE;
    electrolyte->number_of_ions = 3;
    electrolyte->ion[2] =
        (Ion){.name = "trace", .charge = 1, .diffusivity = 1e-9, .concentration = trace};
    electrolyte->ion[1].concentration += trace;
  }
  result = RunOf(PETSC_COMM_WORLD, &cell, NULL, NULL);
  assert_on_all(result.status == RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
  return result.space_charge_time;
}

// ... is where that of the salt alone is.
static void test_trace_of_an_ion_leaves_the_space_charge_in_time(PETSC_UNUSED void **state)
{
  const PetscReal salt = SpaceChargeWithTrace(0), both = SpaceChargeWithTrace(1e-9);

  print_message("space charge with a trace of 1e-12: %+.2e\n", (double)(both / salt - 1));
  assert_close(both, salt, 1e-6);
}

static void test_nothing_happens_below_the_limiting_current(PETSC_UNUSED void **state)
{
  Case cells[] = {LithiumFilm(1e-3), PolymerCell()};

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(cells); n++) {
    RunResult result = RunOverLimit(&cells[n], 0.9, 20, NULL, NULL);

    assert_on_all(result.status == RUN_DONE && result.number_of_events == 0);
    assert_on_all(isnan(result.depletion_time) && isnan(result.space_charge_time));
    CallOrAbort(RunResultDestroy(&result));
  }
}

// Stripping the anode plates the counter electrode: the onset is there, at the same time.
static void test_onset_of_the_counter_electrode_mirrors_the_anodes(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-3);
  RunResult plating = RunOverLimit(&cell, 5, 1.3, NULL, NULL);
  RunResult stripping = RunOverLimit(&cell, -5, 1.3, NULL, NULL);

  assert_close(stripping.depletion_time, plating.depletion_time, 1e-4);
  assert_close(stripping.space_charge_time, plating.space_charge_time, 1e-3);
  assert_on_all(FindEvent(&stripping, EVENT_DEPLETION)->at_counter_electrode);
  assert_on_all(!FindEvent(&plating, EVENT_DEPLETION)->at_counter_electrode);
  CallOrAbort(RunResultDestroy(&plating));
  CallOrAbort(RunResultDestroy(&stripping));
}

static PetscErrorCode NoteVoltage(void *context, PETSC_UNUSED Transport transport,
                                  PETSC_UNUSED const CellState *cell, PETSC_UNUSED Vec rate,
                                  const HistoryRecord *record)
{
  PetscFunctionBeginUser;
  *(PetscReal *)context = record->cell_voltage;
  PetscFunctionReturn(0);
}

// And so is all that follows, where e^-300 of the anions are left at the wall.
static void test_space_charge_at_the_counter_electrode_mirrors_the_anodes(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-5);
  PetscReal plating_voltage = 0, stripping_voltage = 0;
  RunResult plating, stripping;

  cell.mesh.nodes = 401;
  plating = RunOverLimit(&cell, 2, 1.1, NoteVoltage, &plating_voltage);
  stripping = RunOverLimit(&cell, -2, 1.1, NoteVoltage, &stripping_voltage);
  print_message("%d steps to %.9g V, %d steps to %.9g V\n", (int)plating.steps,
                (double)plating_voltage, (int)stripping.steps, (double)stripping_voltage);
  assert_on_all(plating.status == RUN_DONE && stripping.status == RUN_DONE);
  assert_on_all(plating_voltage > 5);
  assert_close(-stripping_voltage, plating_voltage, 1e-6);
  assert_on_all(stripping.steps < 1.1 * plating.steps);
  CallOrAbort(RunResultDestroy(&plating));
  CallOrAbort(RunResultDestroy(&stripping));
}

// ---- What tells the onset, from states made by hand --------------------------------------------

/* A film at a uniform state, in which a test changes concentrations. */
static void CreateUniform(Transport *transport, CellState *state)
{
  const Case cell = LithiumFilm(1e-2);
  Vec uniform;
  DM dm;

  CallOrAbort(TransportCreate(PETSC_COMM_WORLD, &cell, transport));
  CallOrAbort(TransportGetDM(*transport, &dm));
  CallOrAbort(DMCreateGlobalVector(dm, &uniform));
  CallOrAbort(TransportSetUniform(*transport, uniform));
  CallOrAbort(CellStateCreate(*transport, state));
  CallOrAbort(TransportGetCellState(*transport, uniform, state));
  CallOrAbort(VecDestroy(&uniform));
}

static void test_uniform_cell_has_its_salt_concentration_and_no_space_charge(
    PETSC_UNUSED void **state)
{
  Transport transport;
  CellState cell;

  CreateUniform(&transport, &cell);
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    assert_close(VirtualSaltConcentration(transport, &cell, side), 1000, 1e-14);
    assert_at_most(ChargeSeparation(transport, &cell, side, 1e-8), 1e-15);
    assert_at_most(SpaceChargeWidth(transport, &cell, side), 0);
  }
  CallOrAbort(CellStateDestroy(&cell));
  CallOrAbort(TransportDestroy(&transport));
}

// Cations three times the anions: the separation is (3 - 1)/(3 + 1), seen from one side alone.
static void test_charge_separation_is_the_charges_share(PETSC_UNUSED void **state)
{
  Transport transport;
  CellState cell;

  CreateUniform(&transport, &cell);
  for (PetscInt i = 0; i < 20; i++) {
    cell.node[i].concentration[0] = 3000;
    cell.node[i].log_ratio[0] = log(3);
  }
  assert_close(ChargeSeparation(transport, &cell, ANODE, 1e-9), 0.5, 1e-14);
  assert_on_all(SpaceChargeWidth(transport, &cell, ANODE) > 0);
  assert_at_most(ChargeSeparation(transport, &cell, COUNTER_ELECTRODE, 1e-9), 1e-15);
  CallOrAbort(CellStateDestroy(&cell));
  CallOrAbort(TransportDestroy(&transport));
}

// A salt is gone where nothing is left of it.
static void test_depletion_of_a_salt_has_no_threshold(PETSC_UNUSED void **state)
{
  Transport transport;
  CellState cell;

  CreateUniform(&transport, &cell);
  assert_at_most(fabs(SupportedDepletion(transport, 1e6)), 0);
  CallOrAbort(CellStateDestroy(&cell));
  CallOrAbort(TransportDestroy(&transport));
}

static void test_limiting_layer_is_the_cube_root_of_debye_squared_over_gradient(
    PETSC_UNUSED void **state)
{
  assert_close(LimitingLayerWidth(1e-9, 1e6), 1e-8, 1e-14);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_electroneutral_depletion_is_at_the_closed_form),
      cmocka_unit_test(test_electroneutral_voltage_drives_the_limiting_current),
      cmocka_unit_test(test_electroneutral_depletion_just_above_the_limit_is_in_time),
      cmocka_unit_test(test_onsets_of_a_film_of_a_thousand_debye_lengths),
      cmocka_unit_test(test_onsets_tend_to_the_depletion_time_as_the_debye_length_falls),
      cmocka_unit_test(test_depletion_does_not_depend_on_the_charge_of_the_double_layer),
      cmocka_unit_test(test_nothing_happens_below_the_limiting_current),
      cmocka_unit_test(test_trace_of_an_ion_leaves_the_space_charge_in_time),
      cmocka_unit_test(test_onset_of_the_counter_electrode_mirrors_the_anodes),
      cmocka_unit_test(test_space_charge_at_the_counter_electrode_mirrors_the_anodes),
      cmocka_unit_test(test_uniform_cell_has_its_salt_concentration_and_no_space_charge),
      cmocka_unit_test(test_charge_separation_is_the_charges_share),
      cmocka_unit_test(test_depletion_of_a_salt_has_no_threshold),
      cmocka_unit_test(test_limiting_layer_is_the_cube_root_of_debye_squared_over_gradient),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
