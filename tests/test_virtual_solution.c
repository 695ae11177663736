#include <math.h>

#include "solver/transport_impl.h"
#include "solver/virtual_solution.h"
#include "tests/support.h"

/* Copper beside an acid, of two anions: ions of one sign with unlike charges. */
static Case AcidCell(PetscReal ion_size)
{
  static const Ion ion[] = {
      {.name = "HSO4", .charge = -1, .diffusivity = 1.4e-9, .concentration = 200},
      {.name = "Cu", .charge = 2, .diffusivity = 7e-10, .concentration = 100},
      {.name = "H", .charge = 1, .diffusivity = 9e-9, .concentration = 300},
      {.name = "SO4", .charge = -2, .diffusivity = 1e-9, .concentration = 150}};
  Case cell = BinaryCell(1, 100, 1e-9, 0.5, 78, 1e-6);
  Electrolyte *electrolyte = &cell.electrolyte;

  electrolyte->number_of_ions = PETSC_STATIC_ARRAY_LENGTH(ion);
  electrolyte->ions_listed = PETSC_TRUE;
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    electrolyte->ion[k] = ion[k];
    electrolyte->ion[k].size = ion_size * (1 + 0.1 * (PetscReal)k);
  }
  electrolyte->reacting_ion = 1;
  electrolyte->diffusivity.initial = electrolyte->transference_number.initial = NAN;
  return cell;
}

static Transport TransportOf(const Case *cell)
{
  Transport transport;

  CallOrAbort(TransportCreate(PETSC_COMM_WORLD, cell, &transport));
  return transport;
}

/* What a double layer would show of a neutral solution at a potential: found back from it. */
static PetscReal FoundBack(Transport t, const PetscReal c[], PetscReal potential)
{
  PetscReal log_activity[MAXIMUM_IONS], osmotic = 0;
  const PetscReal log_solvent = PackingLogSolvent(&t->packing, c);

  for (PetscInt k = 0; k < t->ions; k++) {
    log_activity[k] =
        log(c[k]) + t->flux.charge[k] * potential - t->packing.weight[k] * log_solvent;
    osmotic += c[k];
  }
  log_activity[t->reacting_ion] = NAN;
  return VirtualIonConcentration(t, log_activity,
                                 osmotic + PackingOsmoticConcentration(&t->packing, log_solvent));
}

// ... whatever its composition, and whether its ions are points or take up to a third of the
// volume.
static void test_reacting_ion_of_any_neutral_solution_is_found(PETSC_UNUSED void **state)
{
  for (PetscInt sized = 0; sized < 2; sized++) {
    const Case cell = AcidCell(sized ? 0.7e-9 : 0);
    Transport t = TransportOf(&cell);

    for (PetscReal copper = 1e-4; copper < 300; copper *= 7) {
      for (PetscReal acid = 1e-8; acid < 300; acid *= 30) {
        for (PetscReal potential = -30; potential <= 30; potential += 12) {
          const PetscReal c[] = {0.4 * acid, copper, acid, copper + 0.3 * acid};
          const PetscReal least = 1e-13 * (copper + acid) / copper;
          assert_close(FoundBack(t, c, potential), copper, 1e-12 + 10 * least);
        }
      }
    }
    CallOrAbort(TransportDestroy(&t));
  }
}

/* ln of what is left when the others are neutral by themselves: H+, HSO4- and SO4--. */
static void test_reacting_ion_is_gone_at_the_pressure_of_the_others_alone(PETSC_UNUSED void **state)
{
  const Case cell = AcidCell(0);
  Transport t = TransportOf(&cell);
  const PetscReal log_activity[] = {log(200), NAN, log(300), log(50)};
  const PetscReal slope = 100 / (750 - InitialSupport(t) * 750);

  assert_at_most(fabs(VirtualIonConcentration(t, log_activity, 550)), 1e-9);
  assert_at_most(VirtualIonConcentration(t, log_activity, 550 - 1e-6), -slope * 0.99e-6);
  assert_close(VirtualIonConcentration(t, log_activity, 350), -200 * slope, 1e-11);
  // At first c_r is the whole of what the pressure gains.
  assert_close(VirtualIonConcentration(t, log_activity, 550.01), 0.01, 1e-4);
  assert_on_all(InitialSupport(t) > 0.8 && InitialSupport(t) < 0.9);
  CallOrAbort(TransportDestroy(&t));
}

/* Without other ions of its sign, the reacting ion has half the pressure of equal charges. */
static void test_salt_with_two_anions_is_a_salt(PETSC_UNUSED void **state)
{
  Case cell = AcidCell(0);
  Transport t;

  cell.electrolyte.ion[2].charge = -2;
  cell.electrolyte.ion[0].charge = -2;
  cell.electrolyte.ion[1].concentration = 650;
  cell.electrolyte.concentration = 650;
  t = TransportOf(&cell);
  assert_at_most(InitialSupport(t), 0);
  for (PetscReal osmotic = -100; osmotic <= 100; osmotic += 12.5) {
    const PetscReal log_activity[] = {-3, NAN, 5, 2};
    const PetscReal found = VirtualIonConcentration(t, log_activity, osmotic);
    assert_at_most(fabs(found - 0.5 * osmotic), 1e-12);
  }
  CallOrAbort(TransportDestroy(&t));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reacting_ion_of_any_neutral_solution_is_found),
      cmocka_unit_test(test_reacting_ion_is_gone_at_the_pressure_of_the_others_alone),
      cmocka_unit_test(test_salt_with_two_anions_is_a_salt),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
