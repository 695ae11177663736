#include <math.h>
#include <string.h>

#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
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

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lithium_diffuses_alone_in_excess_of_supporting_salt),
      cmocka_unit_test(test_supported_lithium_is_depleted_as_if_it_only_diffused),
      cmocka_unit_test(test_every_ion_of_two_salts_is_conserved),
      cmocka_unit_test(test_supporting_cation_replaces_lithium_at_the_anode),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
