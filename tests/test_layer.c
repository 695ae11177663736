#include <math.h>

#include "bc/physical_constants.h"
#include "io/case_reader.h"
#include "solver/layer.h"
#include "tests/support.h"

/* How charged the mesh expects the layers at the two boundaries to be, and what comes of it. */

#define SETTINGS 4

static Case SeparatorWith(const char *const settings[SETTINGS])
{
  PetscInt count = 0;
  Case cell;

  while (count < SETTINGS && settings[count]) count++;
  CallOrAbort(
      CaseRead(PETSC_COMM_WORLD, "configs/separator.yaml", count, (const char **)settings, &cell));
  return cell;
}

static MeshNeeds LayersOf(const char *const settings[SETTINGS])
{
  Case cell = SeparatorWith(settings);
  ClosedForms forms;
  MeshNeeds needs;

  CallOrAbort(ClosedFormsFind(&cell, &forms));
  LayersEstimate(&cell, &forms, &needs);
  CallOrAbort(CaseDestroy(&cell));
  return needs;
}

#define LAYERS_OF(...) LayersOf((const char *const[SETTINGS]){__VA_ARGS__})

// q = 2 sinh(psi/2) in units of eps R T/(F lambda_D) (Grahame 1947).
static void test_charge_of_a_layer_is_grahames(PETSC_UNUSED void **state)
{
  for (PetscReal potential = 0.01; potential < 20; potential *= 2) {
    assert_close(LayerPotentialOfCharge(2 * sinh(0.5 * potential)), potential, 1e-12);
  }
}

static void test_blocking_electrodes_share_the_voltage(PETSC_UNUSED void **state)
{
  const MeshNeeds needs =
      LAYERS_OF("anode={kind: blocking}", "protocol=[{voltage: 0.2 V, for: 1 s}]");
  const PetscReal half = 0.1 * FARADAY / (GAS_CONSTANT * 298.15);

  assert_close(needs.layer[0].potential, half, 1e-12);
  assert_close(needs.layer[1].potential, half, 1e-12);
}

static void test_one_blocking_electrode_takes_it_all(PETSC_UNUSED void **state)
{
  const MeshNeeds needs = LAYERS_OF("anode={kind: blocking}", "counter_electrode={kind: reservoir}",
                                    "protocol=[{voltage: 0.2 V, for: 1 s}]");

  assert_close(needs.layer[0].potential, 0.2 * FARADAY / (GAS_CONSTANT * 298.15), 1e-12);
  assert_on_all(needs.layer[1].potential == 0);
}

// Of a small Stern layer in series the diffuse one gets little.
static void test_stern_layer_takes_its_part(PETSC_UNUSED void **state)
{
  const MeshNeeds bare =
      LAYERS_OF("anode={kind: blocking}", "protocol=[{voltage: 0.2 V, for: 1 s}]");
  const MeshNeeds stern = LAYERS_OF("anode={kind: blocking, interface_capacitance: 1 uF/cm^2}",
                                    "protocol=[{voltage: 0.2 V, for: 1 s}]");

  assert_on_all(stern.layer[0].potential > 0);
  assert_at_most(stern.layer[0].potential, 0.1 * bare.layer[0].potential);
}

static void test_faster_stripping_charges_the_layer_more(PETSC_UNUSED void **state)
{
  const MeshNeeds slow = LAYERS_OF("protocol.0.current_ratio=0.1");
  const MeshNeeds fast = LAYERS_OF("protocol.0.current_ratio=10");

  assert_on_all(fast.layer[1].potential > 2 * slow.layer[1].potential);
}

static void test_neutral_cell_has_no_layers(PETSC_UNUSED void **state)
{
  const MeshNeeds needs = LAYERS_OF("electrolyte.closure=electroneutral");

  assert_on_all(needs.layer[0].length == 0 && needs.layer[1].length == 0);
}

// No layer gathers more ions than have room.
static void test_ions_with_a_size_crowd(PETSC_UNUSED void **state)
{
  const MeshNeeds points =
      LAYERS_OF("anode={kind: blocking}", "protocol=[{voltage: 2 V, for: 1 s}]");
  const MeshNeeds packed = LAYERS_OF("anode={kind: blocking}", "electrolyte.ion_size=0.6 nm",
                                     "protocol=[{voltage: 2 V, for: 1 s}]");
  const PetscReal most = 1 / (2 * 6.02214076e23 * 1000 * pow(0.6e-9, 3));

  assert_on_all(points.layer[0].crowded == 0 && packed.layer[0].crowded > 0);
  assert_close(packed.layer[0].potential, log(most), 1e-6);
}

/* ---- what comes of it ---- */

static PetscErrorCode KeepRecord(void *context, PETSC_UNUSED Transport transport,
                                 PETSC_UNUSED const CellState *cell, PETSC_UNUSED Vec rate,
                                 const HistoryRecord *record)
{
  *(HistoryRecord *)context = *record;
  return 0;
}

/* The last state. */
static HistoryRecord EndWith(const char *const settings[SETTINGS], PetscInt finer)
{
  Case cell = SeparatorWith(settings);
  HistoryRecord last = {.step = 0};
  RunResult result;

  cell.mesh.nodes = finer * (cell.mesh.nodes - 1) + 1;
  cell.solver.relative_tolerance = 1e-7;
  cell.output.fields = FIELDS_NONE;
  result = RunOf(PETSC_COMM_WORLD, &cell, KeepRecord, &last);
  assert_on_all(result.status == RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
  CallOrAbort(CaseDestroy(&cell));
  return last;
}

/* The default mesh against three times the nodes, where the layers are charged most or the current
   still flows. */
static void AssertPromised(const char *const settings[SETTINGS])
{
  const HistoryRecord is = EndWith(settings, 1), should = EndWith(settings, 3);
  const PetscReal voltage = RelativeError(is.cell_voltage, should.cell_voltage);
  const PetscReal current = RelativeError(is.current_density, should.current_density);
  const PetscReal anode = RelativeError(is.concentration_anode[0], should.concentration_anode[0]);
  const PetscReal counter = RelativeError(is.concentration_counter_electrode[0],
                                          should.concentration_counter_electrode[0]);

  print_message("%s: voltage off by %.1e, current by %.1e, c_+ by %.1e and %.1e\n", settings[0],
                (double)voltage, (double)current, (double)anode, (double)counter);
  assert_at_most(voltage, 1e-3);
  assert_at_most(current, 1e-3);
  assert_at_most(anode, 1e-3);
  assert_at_most(counter, 1e-3);
}

#define ASSERT_PROMISED(...) AssertPromised((const char *const[SETTINGS]){__VA_ARGS__})

/* From a first spacing of 0.2 Debye lengths on, concentrations were 1 %, 170 %, 600 % and 130 %
   off. */
static void test_default_mesh_keeps_the_promise_in_layers(PETSC_UNUSED void **state)
{
  ASSERT_PROMISED("protocol=[{current_ratio: 2, for: 0.1 s}]");
  ASSERT_PROMISED("anode={exchange_current_density: 1 A/m^2, interface_capacitance: 1 F/m^2}",
                  "protocol=[{current_ratio: 2, for: 0.1 s}]");
  ASSERT_PROMISED("anode={exchange_current_density: 100 A/m^2, interface_capacitance: 10 F/m^2}",
                  "protocol=[{current_ratio: 2, for: 0.1 s}]");
  ASSERT_PROMISED("anode={kind: blocking}", "separator.thickness=1 um",
                  "protocol=[{voltage: 0.5 V, for: 5 us}]");
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_charge_of_a_layer_is_grahames),
      cmocka_unit_test(test_blocking_electrodes_share_the_voltage),
      cmocka_unit_test(test_one_blocking_electrode_takes_it_all),
      cmocka_unit_test(test_stern_layer_takes_its_part),
      cmocka_unit_test(test_faster_stripping_charges_the_layer_more),
      cmocka_unit_test(test_neutral_cell_has_no_layers),
      cmocka_unit_test(test_ions_with_a_size_crowd),
      cmocka_unit_test(test_default_mesh_keeps_the_promise_in_layers),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
