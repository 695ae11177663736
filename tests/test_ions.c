#include <math.h>
#include <string.h>

#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
#include "solver/onset.h"
#include "solver/run.h"
#include "tests/support.h"

/* Cells with more than one salt: lithium, a supporting cation that does not react, their anion. */

static const PetscReal lithium_diffusivity = 1e-10;

/* `support`: of the supporting salt, over lithium's 100 mol/m^3. */
static Case SupportedCell(Closure closure, PetscReal support, PetscReal thickness)
{
  Case cell = BinaryCell(1, 100, lithium_diffusivity, 0.5, 20, thickness);
  Electrolyte *electrolyte = &cell.electrolyte;
  const Ion ion[] = {
      {.name = "Cs", .charge = 1, .diffusivity = 2e-10, .concentration = 100 * support},
      {.name = "PF6", .charge = -1, .diffusivity = 3e-10, .concentration = 100 * (1 + support)},
      {.name = "Li", .charge = 1, .diffusivity = lithium_diffusivity, .concentration = 100}};

  electrolyte->closure = closure;
  electrolyte->number_of_ions = 3;
  electrolyte->ions_listed = PETSC_TRUE;
  for (PetscInt k = 0; k < 3; k++) electrolyte->ion[k] = ion[k];
  electrolyte->reacting_ion = 2;
  electrolyte->diffusivity.initial = electrolyte->transference_number.initial = NAN;
  cell.anode = cell.counter_electrode = LithiumElectrode(10, 100, 0.1);
  cell.mesh.nodes = 401;
  return cell;
}

typedef struct {
  PetscReal initial[3], drift;
  PetscReal surface[3];  // concentrations at the anode [mol/m^3]
  PetscReal virtual_salt, voltage;
  PetscInt steps;
} Watched;

static PetscErrorCode WatchIons(void *context, PETSC_UNUSED Transport transport,
                                const CellState *cell, PETSC_UNUSED Vec rate,
                                const HistoryRecord *record)
{
  Watched *w = (Watched *)context;

  for (PetscInt k = 0; k < 3; k++) {
    const PetscReal own = record->amount[k] - record->amount_entered[k];
    if (w->steps == 0) w->initial[k] = own;
    w->drift = Worse(w->drift, RelativeError(own, w->initial[k]));
    w->surface[k] = cell->node[0].concentration[k];
  }
  w->virtual_salt = record->virtual_salt_concentration;
  w->voltage = record->cell_voltage;
  w->steps++;
  return 0;
}

/* At constant current for `duration`. */
static Watched WatchedRun(Case *cell, PetscReal current, PetscReal duration)
{
  ProtocolStep step = {.kind = STEP_CURRENT, .value = current, .duration = duration};
  Watched watched = {.drift = 0};
  RunResult result;

  cell->number_of_steps = 1;
  cell->protocol = &step;
  result = RunOf(PETSC_COMM_WORLD, cell, WatchIons, &watched);
  assert_int_equal(result.status, RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
  return watched;
}

/* In an excess of supporting salt lithium only diffuses, as if its transference number were 0:
     c(0, t)/c_0 = 1 - sqrt(t/t_s),   t_s = pi D_Li (F c_0)^2/(4 i^2)   (Sand 1901) */
static void test_lithium_diffuses_alone_in_excess_of_supporting_salt(PETSC_UNUSED void **state)
{
  const PetscReal current = 2;
  const PetscReal sand_time =
      0.25 * PETSC_PI * lithium_diffusivity * PetscSqr(FARADAY * 100 / current);
  PetscReal error[2];

  for (PetscInt more = 0; more <= 1; more++) {
    Case cell = SupportedCell(CLOSURE_ELECTRONEUTRAL, more ? 400 : 100, 2e-3);
    const Watched watched = WatchedRun(&cell, current, 0.25 * sand_time);
    error[more] = fabs(watched.surface[2] / 100 - 0.5);
    print_message("support %d-fold: c(0) of lithium is %.6f c_0 at t_s/4\n", more ? 400 : 100,
                  (double)watched.surface[2] / 100);
  }
  assert_at_most(error[0], 5e-3);
  assert_at_most(error[1], 0.5 * error[0]);
}

/* ... and is used up, which ends the run, when a salt with its diffusivity and an anion that
   carries all current would be; what it migrates still is in proportion to 1 over the support, and
   two supports tell it away. */
static void test_supported_lithium_is_depleted_as_if_it_only_diffused(PETSC_UNUSED void **state)
{
  const PetscReal current = 2, thickness = 2e-3;
  const CellConstants alone = {FARADAY * 100, lithium_diffusivity, 1, 1, thickness};
  const PetscReal expected = FiniteDepletionTime(&alone, current);
  ProtocolStep step = {.kind = STEP_CURRENT, .value = current, .duration = 2 * expected};
  PetscReal time[2];

  for (PetscInt more = 0; more <= 1; more++) {
    Case cell = SupportedCell(CLOSURE_ELECTRONEUTRAL, more ? 400 : 100, thickness);
    RunResult result;

    cell.anode = cell.counter_electrode = LithiumElectrode(10, 100, PETSC_INFINITY);
    cell.mesh = (MeshParameters){.nodes = 801, .first_spacing = 1000};
    cell.number_of_steps = 1;
    cell.protocol = &step;
    result = RunOf(PETSC_COMM_WORLD, &cell, NULL, NULL);
    assert_int_equal(result.status, RUN_DEPLETED);
    time[more] = result.depletion_time;
    print_message("support %d-fold: depletion at %.6f t_d\n", more ? 400 : 100,
                  (double)(time[more] / expected));
    CallOrAbort(RunResultDestroy(&result));
  }
  assert_close((4 * time[1] - time[0]) / 3, expected, 1e-4);
}

// Nothing but lithium crosses the electrodes, and all three ions are kept, in both closures.
static void test_every_ion_of_two_salts_is_conserved(PETSC_UNUSED void **state)
{
  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Case cell = SupportedCell(closure, 2, 50e-6);
    const Watched watched = WatchedRun(&cell, 30, 20);

    assert_on_all(watched.steps > 20);
    assert_on_all(watched.surface[2] < 90);
    assert_at_most(watched.drift, 1e-12);
  }
}

// The supporting cation and the anion gather at the anode as lithium leaves: the field holds them.
static void test_supporting_cation_replaces_lithium_at_the_anode(PETSC_UNUSED void **state)
{
  Case cell = SupportedCell(CLOSURE_ELECTRONEUTRAL, 2, 50e-6);
  const Watched watched = WatchedRun(&cell, 30, 20);

  assert_on_all(watched.surface[0] > 205);
  assert_close(watched.surface[0] + watched.surface[2], watched.surface[1], 1e-10);
}

/* Just outside the double layer there is as much lithium as at the electrode without one. */
static void test_virtual_concentration_is_that_of_the_electroneutral_closure(
    PETSC_UNUSED void **state)
{
  Case neutral = SupportedCell(CLOSURE_ELECTRONEUTRAL, 2, 50e-6);
  Case resolved = SupportedCell(CLOSURE_POISSON, 2, 50e-6);
  const Watched expected = WatchedRun(&neutral, 30, 20);
  const Watched found = WatchedRun(&resolved, 30, 20);

  print_message("c_v %.9g, electroneutral c(0) %.9g mol/m^3\n", (double)found.virtual_salt,
                (double)expected.surface[2]);
  assert_on_all(expected.surface[2] < 50);
  assert_close(found.virtual_salt, expected.surface[2], 1e-3);
}

// ---- Depletion of an ion among others ----------------------------------------------------------

/* Of 200 mol/m^3 of a salt that does not react sqrt(200 300) are neutral by themselves, at the
   potentials that the three ions have together. */
static void test_ion_beside_a_support_is_gone_within_a_debye_length(PETSC_UNUSED void **state)
{
  const PetscReal gradient = 1e5, support = sqrt(200. * 300) / 300;
  const Case cell = SupportedCell(CLOSURE_POISSON, 2, 50e-6);
  Transport transport;

  CallOrAbort(TransportCreate(PETSC_COMM_WORLD, &cell, &transport));
  assert_close(SupportedDepletion(transport, gradient),
               support * gradient * DebyeLength(&cell) * 100, 1e-12);
  CallOrAbort(TransportDestroy(&transport));
}

static RunResult RunWith(Case *cell, ProtocolStep step, Watched *watched)
{
  RunResult result;

  cell->number_of_steps = 1;
  cell->protocol = &step;
  result = RunOf(PETSC_COMM_WORLD, cell, WatchIons, watched);
  return result;
}

/* A film far past its limiting current, with or without 1e-14 of a third ion. */
static RunResult FilmRun(PetscInt trace_charge, Watched *watched)
{
  Case cell = LithiumFilm(1e-3);
  CellConstants constants;
  ProtocolStep step = {.kind = STEP_CURRENT};

  assert_on_all(CellConstantsFind(&cell, &constants));
  step.value = 5 * LimitingCurrentDensity(&constants);
  step.duration = 1.1 * SandTime(&constants, step.value);
  cell.mesh.nodes = 401;
  cell.solver.relative_tolerance = 1e-6;  // the traces' own errors choose other time steps
  if (trace_charge != 0) {
    cell.electrolyte.number_of_ions = 3;
    cell.electrolyte.ions_listed = PETSC_TRUE;
    cell.electrolyte.ion[2] = (Ion){
        .name = "trace", .charge = trace_charge, .diffusivity = 5e-10, .concentration = 1e-11};
  }
  return RunWith(&cell, step, watched);
}

/* A salt with traces is the salt: its depletion, and the space charge that the momentum makes. */
static void test_traces_leave_the_onset_of_the_salt(PETSC_UNUSED void **state)
{
  static const PetscInt charges[] = {1, -1, -2};
  Watched salt = {.steps = 0};
  RunResult expected = FilmRun(0, &salt);

  assert_on_all(expected.status == RUN_DONE);
  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(charges); n++) {
    Watched traced = {.steps = 0};
    RunResult found = FilmRun(charges[n], &traced);

    print_message("trace of charge %d: depletion %.3g, c_v/c_0 %.3g, voltage %.3g off\n",
                  (int)charges[n],
                  (double)RelativeError(found.depletion_time, expected.depletion_time),
                  (double)fabs(traced.virtual_salt - salt.virtual_salt) / 1000,
                  (double)RelativeError(traced.voltage, salt.voltage));
    assert_on_all(found.status == RUN_DONE);
    assert_close(found.depletion_time, expected.depletion_time, 1e-6);
    assert_at_most(fabs(traced.virtual_salt - salt.virtual_salt) / 1000, 1e-6);
    assert_close(traced.voltage, salt.voltage, 1e-6);
    CallOrAbort(RunResultDestroy(&found));
  }
  CallOrAbort(RunResultDestroy(&expected));
}

/* 10 mM of a copper salt in 1 M of sulphuric acid, as 2 H+ and SO4--. */
static Case CopperCell(PetscReal capacitance)
{
  static const Ion ion[] = {
      {.name = "Cu", .charge = 2, .diffusivity = 0.72e-9, .concentration = 10},
      {.name = "H", .charge = 1, .diffusivity = 9.31e-9, .concentration = 2000},
      {.name = "SO4", .charge = -2, .diffusivity = 1.065e-9, .concentration = 1010}};
  Case cell = BinaryCell(1, 10, 1e-9, 0.5, 78.5, 1e-3);
  Electrolyte *electrolyte = &cell.electrolyte;

  electrolyte->number_of_ions = 3;
  electrolyte->ions_listed = PETSC_TRUE;
  for (PetscInt k = 0; k < 3; k++) electrolyte->ion[k] = ion[k];
  electrolyte->reacting_ion = 0;
  electrolyte->diffusivity.initial = electrolyte->transference_number.initial = NAN;
  cell.anode = cell.counter_electrode = LithiumElectrode(100, 10, capacitance);
  cell.mesh.nodes = 601;
  return cell;
}

/* Sand's time of copper that only diffuses, pi D (2 F c)^2/(4 i^2); 1 % of migration makes it 0.43
   % longer without charge layers.  The charging of a layer takes current from the reaction. */
static void test_transition_time_of_copper_beside_an_excess_of_acid(PETSC_UNUSED void **state)
{
  static const PetscReal capacitances[] = {1e-4, 1e-2};
  static const Condition gone = {.event = EVENT_DEPLETION};
  const PetscReal current = 50, electroneutral = 0.8461;
  const PetscReal sand = 0.25 * PETSC_PI * 0.72e-9 * PetscSqr(2 * FARADAY * 10 / current);

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(capacitances); n++) {
    Case cell = CopperCell(capacitances[n]);
    ProtocolStep step = {.kind = STEP_CURRENT,
                         .value = current,
                         .duration = 2,
                         .until = (Condition *)&gone,
                         .number_of_conditions = 1};
    Watched watched = {.steps = 0};
    RunResult result = RunWith(&cell, step, &watched);

    print_message("%g F/m^2: depletion %.6f s, Sand's time %.6f s\n", (double)capacitances[n],
                  (double)result.depletion_time, (double)sand);
    assert_on_all(result.status == RUN_DONE && result.final.time == result.depletion_time);
    assert_close(result.depletion_time, electroneutral, n == 0 ? 5e-4 : 2.5e-3);
    assert_close(result.depletion_time, sand, 7e-3);
    CallOrAbort(RunResultDestroy(&result));
  }
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lithium_diffuses_alone_in_excess_of_supporting_salt),
      cmocka_unit_test(test_supported_lithium_is_depleted_as_if_it_only_diffused),
      cmocka_unit_test(test_every_ion_of_two_salts_is_conserved),
      cmocka_unit_test(test_supporting_cation_replaces_lithium_at_the_anode),
      cmocka_unit_test(test_virtual_concentration_is_that_of_the_electroneutral_closure),
      cmocka_unit_test(test_ion_beside_a_support_is_gone_within_a_debye_length),
      cmocka_unit_test(test_traces_leave_the_onset_of_the_salt),
      cmocka_unit_test(test_transition_time_of_copper_beside_an_excess_of_acid),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
