#include <math.h>

#include "bc/boundary_kind.h"
#include "bc/butler_volmer.h"
#include "bc/physical_constants.h"
#include "tests/support.h"

// ---- Butler-Volmer -----------------------------------------------------------------------------

static const PetscReal transfer_coefficients[] = {0, 0.3, 0.5, 1};

static ButlerVolmer LawOf(PetscReal alpha_c, PetscInt charge)
{
  return (ButlerVolmer){
      .exchange_current_density = 10, .cathodic_transfer_coefficient = alpha_c, .charge = charge};
}

static PetscReal CurrentAt(const ButlerVolmer *law, PetscReal log_activity, PetscReal overpotential)
{
  return ButlerVolmerCurrent(law, log_activity, overpotential).current_density;
}

// At eta = (R T/(z F)) ln a no current flows, whatever the transfer coefficients.
static void test_electrode_is_nernstian(PETSC_UNUSED void **state)
{
  for (size_t a = 0; a < PETSC_STATIC_ARRAY_LENGTH(transfer_coefficients); a++) {
    for (PetscInt charge = 1; charge <= 3; charge++) {
      const ButlerVolmer law = LawOf(transfer_coefficients[a], charge);

      for (PetscReal log_activity = -12; log_activity <= 3; log_activity += 1.5) {
        const FaradaicCurrent at = ButlerVolmerCurrent(&law, log_activity, log_activity / charge);
        assert_at_most(PetscAbsReal(at.current_density), 1e-14 * at.by_log_activity);
      }
    }
  }
}

// R_ct = -dV/di = R T/(F i_0) at equilibrium.
static void test_charge_transfer_resistance_is_rt_over_f_i0(PETSC_UNUSED void **state)
{
  const PetscReal thermal_voltage = GAS_CONSTANT * 298.15 / FARADAY, step = 1e-4;

  for (size_t a = 0; a < PETSC_STATIC_ARRAY_LENGTH(transfer_coefficients); a++) {
    const ButlerVolmer law = LawOf(transfer_coefficients[a], 1);
    const PetscReal difference = CurrentAt(&law, 0, -step) - CurrentAt(&law, 0, step);
    assert_close(2 * step * thermal_voltage / difference, thermal_voltage / 10, 1e-8);
  }
}

// Far from equilibrium d ln|i|/d eta is -alpha_c z when plating, (1 - alpha_c) z when stripping.
static void test_tafel_slopes_are_the_transfer_coefficients(PETSC_UNUSED void **state)
{
  const ButlerVolmer law = LawOf(0.3, 2);

  assert_close(log(CurrentAt(&law, 0, -21) / CurrentAt(&law, 0, -20)), 0.6, 1e-13);
  assert_close(log(CurrentAt(&law, 0, 21) / CurrentAt(&law, 0, 20)), 1.4, 1e-13);
  assert_on_all(CurrentAt(&law, 0, -20) > 0 && CurrentAt(&law, 0, 20) < 0);
}

static void test_charge_multiplies_the_overpotential(PETSC_UNUSED void **state)
{
  const ButlerVolmer single = LawOf(0.4, 1), triple = LawOf(0.4, 3);

  for (PetscReal overpotential = -3; overpotential <= 3; overpotential += 0.7) {
    assert_close(CurrentAt(&triple, 0.5, overpotential), CurrentAt(&single, 0.5, 3 * overpotential),
                 1e-13);
  }
}

static void test_butler_volmer_derivatives_are_its_differences(PETSC_UNUSED void **state)
{
  const ButlerVolmer law = LawOf(0.3, 2);
  const PetscReal step = 1e-5;

  for (PetscReal overpotential = -3; overpotential <= 3; overpotential += 0.7) {
    const FaradaicCurrent at = ButlerVolmerCurrent(&law, -0.6, overpotential);
    const PetscReal by_activity =
        CurrentAt(&law, -0.6 + step, overpotential) - CurrentAt(&law, -0.6 - step, overpotential);
    const PetscReal by_potential =
        CurrentAt(&law, -0.6, overpotential + step) - CurrentAt(&law, -0.6, overpotential - step);

    assert_close(at.by_log_activity, by_activity / (2 * step), 1e-7);
    assert_close(at.by_overpotential, by_potential / (2 * step), 1e-8);
  }
}

// ---- The kinds of boundary ---------------------------------------------------------------------

static const PetscReal charges[] = {2, -1};

static WallState WallOf(const PetscReal log_activity[2], PetscReal potential_drop)
{
  return (WallState){.number_of_ions = 2,
                     .reacting_ion = 0,
                     .charge = charges,
                     .log_activity = log_activity,
                     .potential_drop = potential_drop,
                     .exchange_current_density = 10};
}

static Boundary BoundaryOf(const BoundaryKind *kind)
{
  Boundary boundary = LithiumElectrode(10, 1000, PETSC_INFINITY);

  boundary.kind = kind;
  boundary.cathodic_transfer_coefficient = 0.3;
  boundary.concentration = 1500;
  return boundary;
}

/* `unknown`: ln c_k of the two ions and the potential drop. */
static void RatesAt(const Boundary *boundary, const PetscReal unknown[3], EntryRate rates[2])
{
  const PetscReal salt = BoundaryReferenceConcentration(boundary, 1);
  const PetscReal log_activity[] = {unknown[0] - log(salt), unknown[1] - log(2 * salt)};
  const WallState wall = WallOf(log_activity, unknown[2]);

  boundary->kind->entry_rates(boundary, &wall, rates);
}

static void AssertDerivatives(const Boundary *boundary, PetscInt column)
{
  const PetscReal step = 1e-5;
  PetscReal up[3] = {7.3, 7.5, -0.4}, down[3] = {7.3, 7.5, -0.4};
  EntryRate rates[2], above[2], below[2];

  RatesAt(boundary, up, rates);
  up[column] += step;
  down[column] -= step;
  RatesAt(boundary, up, above);
  RatesAt(boundary, down, below);
  for (PetscInt k = 0; k < 2; k++) {
    const PetscReal difference = (above[k].rate - below[k].rate) / (2 * step);
    const PetscReal derivative = column == 2   ? rates[k].by_potential_drop
                                 : column == k ? rates[k].by_log_activity
                                               : 0;
    assert_at_most(PetscAbsReal(derivative - difference), 1e-8 * PetscAbsReal(difference));
  }
}

static void test_derivatives_of_entry_rates_are_their_differences(PETSC_UNUSED void **state)
{
  const BoundaryKind *const kinds[] = {&boundary_kind_electrode, &boundary_kind_blocking,
                                       &boundary_kind_reservoir, &boundary_kind_selective};

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(kinds); n++) {
    const Boundary boundary = BoundaryOf(kinds[n]);
    for (PetscInt column = 0; column < 3; column++) AssertDerivatives(&boundary, column);
  }
}

static const PetscReal off_equilibrium[] = {7.3, 7.5, -0.4};

static void test_nothing_enters_through_a_blocking_electrode(PETSC_UNUSED void **state)
{
  const Boundary boundary = BoundaryOf(&boundary_kind_blocking);
  EntryRate rates[2];

  RatesAt(&boundary, off_equilibrium, rates);
  for (PetscInt k = 0; k < 2; k++) assert_on_all(rates[k].rate == 0);
}

static void test_only_the_reacting_ion_enters_at_electrode_and_selective_contact(
    PETSC_UNUSED void **state)
{
  const BoundaryKind *const kinds[] = {&boundary_kind_electrode, &boundary_kind_selective};

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(kinds); n++) {
    const Boundary boundary = BoundaryOf(kinds[n]);
    EntryRate rates[2];

    RatesAt(&boundary, off_equilibrium, rates);
    assert_on_all(rates[0].rate != 0);
    assert_on_all(rates[1].rate == 0);
  }
}

// N_r = -i_F/(z_r F): plating takes the ion out of the electrolyte.
static void test_plating_takes_a_mole_per_z_faradays(PETSC_UNUSED void **state)
{
  const Boundary boundary = BoundaryOf(&boundary_kind_electrode);
  const ButlerVolmer law = LawOf(0.3, 2);
  EntryRate rates[2];

  RatesAt(&boundary, off_equilibrium, rates);
  assert_close(rates[0].rate, -CurrentAt(&law, 7.3 - log(1000), -0.4) / (2 * FARADAY), 1e-13);
}

// Rate K (ln c_out - ln c + z (phi_s - phi)): zero at the outside's composition, Nernstian off it.
static void test_reservoir_is_at_rest_with_its_own_composition(PETSC_UNUSED void **state)
{
  const Boundary boundary = BoundaryOf(&boundary_kind_reservoir);
  const PetscReal drop = 0.7;
  const PetscReal equilibrium[3] = {log(1500) + 2 * drop, log(3000) - drop, drop};
  const PetscReal twice[3] = {equilibrium[0] + log(2), equilibrium[1], drop};
  EntryRate rates[2];

  RatesAt(&boundary, equilibrium, rates);
  for (PetscInt k = 0; k < 2; k++) assert_at_most(PetscAbsReal(rates[k].rate), 1e-14);
  RatesAt(&boundary, twice, rates);
  assert_close(rates[0].rate, -log(2), 1e-13);
  assert_true(rates[0].in_equilibrium && rates[1].in_equilibrium);
}

static void test_film_resistances_of_both_layers_add_up(PETSC_UNUSED void **state)
{
  Boundary boundary = LithiumElectrode(10, 1000, PETSC_INFINITY);

  assert_on_all(BoundaryFilmResistance(&boundary, 298.15) == 0);
  boundary.sei.outer = (FilmLayer){20e-9, 1e-6, 0};
  assert_close(BoundaryFilmResistance(&boundary, 298.15), 0.02, 1e-14);
  boundary.sei.inner = (FilmLayer){2e-9, 1e-8, 0};
  assert_close(BoundaryFilmResistance(&boundary, 298.15), 0.22, 1e-14);
}

// k(T) = k(T_ref) exp(-E_a/R (1/T - 1/T_ref)), of the reaction and of each layer by itself.
static void test_kinetics_and_film_follow_arrhenius(PETSC_UNUSED void **state)
{
  Boundary boundary = LithiumElectrode(10, 1000, PETSC_INFINITY);
  const PetscReal factor = exp(-50e3 / GAS_CONSTANT * (1 / 313.15 - 1 / 298.15));

  boundary.reference_temperature = 298.15;
  boundary.activation_energy = 50e3;
  assert_close(BoundaryExchangeCurrentDensity(&boundary, 298.15), 10, 1e-14);
  assert_close(BoundaryExchangeCurrentDensity(&boundary, 313.15), 10 * factor, 1e-13);
  boundary.sei.inner = (FilmLayer){2e-9, 1e-8, 50e3};
  boundary.sei.outer = (FilmLayer){20e-9, 1e-6, 0};
  assert_close(BoundaryFilmResistance(&boundary, 313.15), 0.2 / factor + 0.02, 1e-13);
}

static void test_kinds_are_found_by_name(PETSC_UNUSED void **state)
{
  const BoundaryKind *kind;

  CallOrAbort(BoundaryKindFind("selective", &kind));
  assert_ptr_equal(kind, &boundary_kind_selective);
  assert_string_equal(BoundaryKindName(kind), "selective");
  CallOrAbort(BoundaryKindFind("elective", &kind));
  assert_null(kind);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_electrode_is_nernstian),
      cmocka_unit_test(test_charge_transfer_resistance_is_rt_over_f_i0),
      cmocka_unit_test(test_tafel_slopes_are_the_transfer_coefficients),
      cmocka_unit_test(test_charge_multiplies_the_overpotential),
      cmocka_unit_test(test_butler_volmer_derivatives_are_its_differences),
      cmocka_unit_test(test_derivatives_of_entry_rates_are_their_differences),
      cmocka_unit_test(test_nothing_enters_through_a_blocking_electrode),
      cmocka_unit_test(test_only_the_reacting_ion_enters_at_electrode_and_selective_contact),
      cmocka_unit_test(test_plating_takes_a_mole_per_z_faradays),
      cmocka_unit_test(test_reservoir_is_at_rest_with_its_own_composition),
      cmocka_unit_test(test_film_resistances_of_both_layers_add_up),
      cmocka_unit_test(test_kinetics_and_film_follow_arrhenius),
      cmocka_unit_test(test_kinds_are_found_by_name),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
