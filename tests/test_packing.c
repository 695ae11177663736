#include "solver/packing.h"

#include <math.h>

#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
#include "solver/watch.h"
#include "tests/support.h"

static Electrolyte SaltOfSizes(PetscReal cation, PetscReal anion)
{
  Electrolyte electrolyte = BinaryCell(1, 1000, 2e-10, 0.3, 20, 1e-6).electrolyte;

  electrolyte.ion[0].size = cation;
  electrolyte.ion[1].size = anion;
  return electrolyte;
}

// S = 1 - sum N_A v c, whether from c or from c/S^w, for equal and unequal sizes.
static void test_share_of_solvent_comes_back_from_reduced_concentrations(PETSC_UNUSED void **state)
{
  const PetscReal sizes[][2] = {{5e-10, 5e-10}, {3e-10, 8e-10}, {0, 6e-10}};
  const PetscReal concentration[] = {1800, 500};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(sizes); i++) {
    const Electrolyte electrolyte = SaltOfSizes(sizes[i][0], sizes[i][1]);
    const Packing packing = PackingOf(&electrolyte);
    const PetscReal expected = PackingLogSolvent(&packing, concentration);
    PetscReal reduced[2], packed = 0;

    for (PetscInt k = 0; k < 2; k++) {
      reduced[k] = concentration[k] * exp(-packing.weight[k] * expected);
      packed += AVOGADRO * pow(sizes[i][k], 3) * concentration[k];
    }
    assert_close(exp(expected), 1 - packed, 1e-14);
    assert_close(PackingSolve(&packing, reduced), expected, 1e-13);
  }
}

// However large the reduced concentrations, what they stand for fills the volume at most.
static void test_no_reduced_concentration_packs_more_than_the_volume(PETSC_UNUSED void **state)
{
  const PetscReal sizes[][2] = {{5e-10, 5e-10}, {3e-10, 8e-10}};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(sizes); i++) {
    const Electrolyte electrolyte = SaltOfSizes(sizes[i][0], sizes[i][1]);
    const Packing packing = PackingOf(&electrolyte);

    for (PetscReal exponent = -50; exponent <= 200; exponent += 10) {
      const PetscReal reduced[] = {1000 * exp(exponent), 1000 * exp(-exponent)};
      const PetscReal log_solvent = PackingSolve(&packing, reduced);
      PetscReal packed = 0;

      for (PetscInt k = 0; k < 2; k++) {
        packed += packing.volume[k] * reduced[k] * exp(packing.weight[k] * log_solvent);
      }
      assert_on_all(packed <= 1 + 1e-12);
      assert_at_most(fabs(packed + exp(log_solvent) - 1), 1e-12);
    }
  }
}

// dPi = sum_k c_k dmu_k at constant temperature (Gibbs and Duhem), here along one ion.
static void test_osmotic_pressure_is_that_of_the_chemical_potentials(PETSC_UNUSED void **state)
{
  const Electrolyte electrolyte = SaltOfSizes(4e-10, 7e-10);
  const Packing packing = PackingOf(&electrolyte);
  const PetscReal c[] = {1500, 900}, step = 0.1;
  PetscReal log_solvent[2], work = 0;

  for (PetscInt side = 0; side < 2; side++) {
    const PetscReal moved[] = {c[0] + (side ? step : -step), c[1]};
    log_solvent[side] = PackingLogSolvent(&packing, moved);
  }
  for (PetscInt k = 0; k < 2; k++) {
    work -= c[k] * packing.weight[k] * (log_solvent[1] - log_solvent[0]);
  }
  assert_close(PackingOsmoticConcentration(&packing, log_solvent[1]) -
                   PackingOsmoticConcentration(&packing, log_solvent[0]),
               work, 1e-8);
}

// ---- The double layer at a blocking electrode
// -----------------------------------------------------

/* What the last state of a run shows of the anode's double layer. */
typedef struct {
  PetscReal charge;              // of the metal [C/m^2]
  PetscReal potential;           // of the wall against the middle [R T/F]
  PetscReal bulk_concentration;  // in the middle [mol/m^3]
  PetscReal largest_packing;     // largest sum N_A v c anywhere at any step [-]
  PetscReal volume;              // N_A a^3 of the ion compared with [m^3/mol]
} DoubleLayer;

static PetscErrorCode LookAtDoubleLayer(void *context, Transport transport, const CellState *cell,
                                        PETSC_UNUSED Vec rate,
                                        PETSC_UNUSED const HistoryRecord *record)
{
  DoubleLayer *layer = (DoubleLayer *)context;
  const NodeState *middle = &cell->node[cell->nodes / 2];

  (void)transport;
  layer->charge = cell->surface_charge[ANODE];
  layer->potential = cell->node[0].potential - middle->potential;
  layer->bulk_concentration = middle->concentration[0];
  for (PetscInt i = 0; i < cell->nodes; i++) {
    layer->largest_packing = PetscMax(layer->largest_packing, -expm1(cell->node[i].log_solvent));
  }
  return 0;
}

/* Two bare blocking electrodes `voltage` apart, at rest again. */
static DoubleLayer LayerAt(PetscReal size, PetscReal anion_size, PetscReal voltage, PetscInt nodes)
{
  Case cell = BinaryCell(1, 1000, 2e-10, 0.3, 78.49, 1e-6);
  ProtocolStep step = {.kind = STEP_VOLTAGE, .value = voltage, .duration = 1};
  DoubleLayer layer = {.volume = AVOGADRO * size * size * size};
  RunResult result;

  cell.electrolyte.ion[0].size = size;
  cell.electrolyte.ion[1].size = anion_size;
  cell.mesh.nodes = nodes;
  cell.mesh.first_spacing = 0.1 * 400 / (nodes - 1.);
  cell.number_of_steps = 1;
  cell.protocol = &step;
  result = RunOf(PETSC_COMM_WORLD, &cell, LookAtDoubleLayer, &layer);
  assert_int_equal(result.status, RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
  return layer;
}

/* By the balance of osmotic pressure and Maxwell stress,
     q^2/(2 eps) = R T/(N_A a^3) ln(1 + 2 nu sinh^2(u/2)),   nu = 2 N_A a^3 c
   (Kilic, Bazant and Ajdari 2007); for points, nu -> 0, Gouy and Chapman's. */
static PetscReal ExpectedCharge(const DoubleLayer *layer)
{
  const PetscReal permittivity = VACUUM_PERMITTIVITY * 78.49, energy = GAS_CONSTANT * 298.15;
  const PetscReal square = PetscSqr(sinh(0.5 * layer->potential));
  const PetscReal nu = 2 * layer->volume * layer->bulk_concentration;
  const PetscReal pressure =
      nu > 0 ? log1p(2 * nu * square) / layer->volume : 4 * layer->bulk_concentration * square;

  return sqrt(2 * permittivity * energy * pressure);
}

static void test_charge_of_packed_layer_is_that_of_kilic_bazant_and_ajdari(
    PETSC_UNUSED void **state)
{
  const PetscReal size = 5e-10, voltages[] = {0.1, 0.5, 1, 2};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(voltages); i++) {
    PetscReal error[2];
    for (PetscInt fine = 0; fine <= 1; fine++) {
      const DoubleLayer layer = LayerAt(size, size, voltages[i], fine ? 801 : 401);
      error[fine] = RelativeError(fabs(layer.charge), ExpectedCharge(&layer));
      assert_at_most(layer.largest_packing, 1);
    }
    print_message("%g V: charge off by %.2e (401 nodes), %.2e (801)\n", (double)voltages[i],
                  (double)error[0], (double)error[1]);
    assert_at_most(error[0], 5e-3);
    assert_at_most(error[1], 0.3 * error[0]);
  }
}

static void test_points_have_the_charge_of_gouy_and_chapman(PETSC_UNUSED void **state)
{
  const DoubleLayer coarse = LayerAt(0, 0, 0.1, 401), fine = LayerAt(0, 0, 0.1, 801);
  const PetscReal coarse_error = RelativeError(fabs(coarse.charge), ExpectedCharge(&coarse));
  const PetscReal fine_error = RelativeError(fabs(fine.charge), ExpectedCharge(&fine));

  assert_at_most(coarse_error, 5e-3);
  assert_at_most(fine_error, 0.3 * coarse_error);
}

// Where ions pack, charge grows as the root of the voltage: C = dq/dV ~ V^(-1/2).
static void test_capacitance_of_packed_layer_falls_as_root_of_voltage(PETSC_UNUSED void **state)
{
  const PetscReal voltages[] = {1, 1.05, 2, 2.1};
  PetscReal charge[4], potential[4], exponent;

  for (PetscInt i = 0; i < 4; i++) {
    const DoubleLayer layer = LayerAt(7e-10, 7e-10, voltages[i], 401);
    charge[i] = fabs(layer.charge);
    potential[i] = fabs(layer.potential);
  }
  exponent = log((charge[3] - charge[2]) / (potential[3] - potential[2]) /
                 ((charge[1] - charge[0]) / (potential[1] - potential[0]))) /
             log((potential[3] + potential[2]) / (potential[1] + potential[0]));
  print_message("C ~ V^%.3f between %.2f and %.2f V at the electrode\n", (double)exponent,
                (double)(potential[0] * 0.0257), (double)(potential[3] * 0.0257));
  assert_at_most(fabs(exponent + 0.5), 0.06);
}

// Ions of two sizes: each electrode packs its own, to the volume at most.
static void test_unequal_ions_never_pack_more_than_the_volume(PETSC_UNUSED void **state)
{
  const DoubleLayer layer = LayerAt(4e-10, 8e-10, 2, 401);

  assert_at_most(layer.largest_packing, 1);
  assert_on_all(layer.largest_packing > 0.99);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_share_of_solvent_comes_back_from_reduced_concentrations),
      cmocka_unit_test(test_no_reduced_concentration_packs_more_than_the_volume),
      cmocka_unit_test(test_osmotic_pressure_is_that_of_the_chemical_potentials),
      cmocka_unit_test(test_charge_of_packed_layer_is_that_of_kilic_bazant_and_ajdari),
      cmocka_unit_test(test_points_have_the_charge_of_gouy_and_chapman),
      cmocka_unit_test(test_capacitance_of_packed_layer_falls_as_root_of_voltage),
      cmocka_unit_test(test_unequal_ions_never_pack_more_than_the_volume),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
