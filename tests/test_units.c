#include <petscsys.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "io/units.h"

// Reads a quantity that must be one.
static PetscReal Quantity(const char text[], const char unit[])
{
  const char *mistake;
  PetscReal value = NAN;

  assert_int_equal(QuantityParse(text, unit, &value, &mistake), 0);
  if (mistake) fail_msg("'%s': %s", text, mistake);
  return value;
}

static void assert_quantity(const char text[], const char unit[], PetscReal expected)
{
  const PetscReal value = Quantity(text, unit);

  if (value != expected) fail_msg("'%s': %.17g, not %.17g %s", text, value, expected, unit);
}

// A text that is no quantity of that unit: it says why and leaves the value alone.
static void assert_mistake(const char text[], const char unit[], const char expected[])
{
  const char *mistake;
  PetscReal value = 42;

  assert_int_equal(QuantityParse(text, unit, &value, &mistake), 0);
  if (!mistake) fail_msg("'%s' was taken as %.17g", text, value);
  assert_string_equal(mistake, expected);
  assert_true(value == 42);
}

// Decimal numbers in decimal units give the double nearest to the decimal result.
static void test_units_of_a_cell_convert_to_si(void **state)
{
  (void)state;
  assert_quantity("5 mA/cm^2", "A/m^2", 50);
  assert_quantity("1 mol/L", "mol/m^3", 1000);
  assert_quantity("10 uF/cm^2", "F/m^2", 0.1);
  assert_quantity("2.2e-10 m^2/s", "m^2/s", 2.2e-10);
  assert_quantity("1e-6 S/cm", "S/m", 1e-4);
  assert_quantity("2 h", "s", 7200);
  assert_quantity("-200 mV", "V", -0.2);
  assert_quantity("25um", "m", 25e-6);
  assert_quantity("  25   nm  ", "m", 25e-9);
}

static void test_both_micro_signs_and_superscripts_are_read(void **state)
{
  (void)state;
  assert_quantity("25 \u00b5m", "m", 25e-6);
  assert_quantity("25 \u03bcm", "m", 25e-6);
  assert_quantity("5 mA/cm\u00b2", "A/m^2", 50);
  assert_quantity("5 mA cm-2", "A/m^2", 50);
}

static void test_celsius_has_an_offset(void **state)
{
  (void)state;
  assert_quantity("25 degC", "K", 298.15);
  assert_quantity("25 \u00b0C", "K", 298.15);
  assert_quantity("-10 degC", "K", 263.15);
  assert_quantity("77 degF", "K", 298.15);
}

static void test_molar_is_mole_per_litre(void **state)
{
  (void)state;
  assert_quantity("1.2 M", "mol/m^3", 1200);
  assert_quantity("50 mM", "mol/m^3", 50);
  assert_quantity("3 uM", "mol/m^3", 0.003);
  assert_quantity("3 \u00b5M", "mol/m^3", 0.003);
}

static void test_ampere_hours_stand_in_products(void **state)
{
  (void)state;
  assert_quantity("1 mAh/cm^2", "C/m^2", 36000);
  assert_quantity("2 Ah", "C", 7200);
  assert_quantity("1 mA.h/cm^2", "C/m^2", 36000);
  assert_quantity("1 Ah/M", "C.m^3/mol", 3.6);  // all of mol/L divides
}

// What a resolved case says is what was solved, to the last bit.
static void test_number_in_the_wanted_unit_keeps_its_bits(void **state)
{
  const char *const units[] = {"A/m^2", "mol/m^3", "m^2/s", "K",     "m", "F/m^2",
                               "V",     "S/m",     "s",     "C/m^2", NULL};
  PetscReal number = 1.0 / 3;
  char text[64];

  (void)state;
  for (size_t u = 0; u < PETSC_STATIC_ARRAY_LENGTH(units); u++) {
    for (int i = 0; i < 200; i++) {
      number = 7.3 * number * (1 - number / 1e9) / (1 + number);
      snprintf(text, sizeof(text), "%.17g %s", number, units[u] ? units[u] : "");
      assert_quantity(text, units[u], number);
    }
  }
}

static void test_missing_unit_is_a_mistake(void **state)
{
  (void)state;
  assert_mistake("5", "A/m^2", "the unit is missing");
  assert_mistake("5 ", "A/m^2", "the unit is missing");
}

static void test_wrong_dimension_is_a_mistake(void **state)
{
  (void)state;
  assert_mistake("5 V", "A/m^2", "a unit of another dimension");
  assert_mistake("25 C", "K", "a unit of another dimension");  // coulomb
  assert_mistake("1 mA", "A/m^2", "a unit of another dimension");
}

// UDUNITS takes 5 Hz for 0.2 s.
static void test_reciprocal_unit_is_a_mistake(void **state)
{
  (void)state;
  assert_mistake("5 Hz", "s", "a unit of another dimension");
  assert_mistake("5 s/m^2", "m^2/s", "a unit of another dimension");
}

static void test_unknown_unit_is_a_mistake(void **state)
{
  (void)state;
  assert_mistake("5 foo", "m", "unknown unit");
  assert_mistake("1,5 mol/L", "mol/m^3", "unknown unit");
  assert_mistake("5 m/", "m", "unknown unit");
  assert_mistake("5 (m", "m", "unknown unit");
}

// UDUNITS takes "10 mA" and "K @ 273.15" for units: 5 10 mA would be 50 mA.
static void test_numbers_within_a_unit_are_a_mistake(void **state)
{
  (void)state;
  assert_mistake("5 10 m", "m", "unknown unit");
  assert_mistake("5 m 10", "m", "unknown unit");
  assert_mistake("5 mol/10 L", "mol/m^3", "unknown unit");
  assert_mistake("5 K @ 273.15", "K", "unknown unit");
  assert_mistake("5 K from 273.15", "K", "unknown unit");
  assert_mistake("5 - 3 m", "m", "unknown unit");
}

static void test_only_decimal_finite_numbers_are_read(void **state)
{
  const char *const texts[] = {"",           "  ",   "nan",   "nan m",  "inf m", "-inf m",
                               "infinity m", "0x10", "0x1 m", "five m", "+ 5 m", ". m",
                               "- m",        "m",    "--5 m", "e5 m"};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(texts); i++) {
    assert_mistake(texts[i], "m", "not a number");
  }
  assert_mistake("1e999 m", "m", "too large a number");
  assert_mistake("1e300 Tm", "m", "too large a number");
  assert_mistake("5e307 m", "m", "too large a number");  // PETSC_INFINITY
  assert_quantity("+.5e1 m", "m", 5);
}

static void test_pure_number_takes_no_unit(void **state)
{
  (void)state;
  assert_quantity("0.3", NULL, 0.3);
  assert_quantity(" 1e-5 ", NULL, 1e-5);
  assert_mistake("0.3 m", NULL, "a bare number is needed");
  assert_mistake("30 %", NULL, "a bare number is needed");
  assert_mistake("0,3", NULL, "a bare number is needed");
}

static void test_very_long_unit_is_a_mistake(void **state)
{
  char text[10000];

  (void)state;
  memset(text, 'M', sizeof(text));
  text[0] = '1';
  text[sizeof(text) - 1] = '\0';
  assert_mistake(text, "m", "unknown unit");
  for (size_t i = 1; i < sizeof(text) - 1; i++) text[i] = i % 2 ? 'M' : '.';
  text[64] = '\0';  // as long as a unit may be: it must fit after translation
  assert_mistake(text, "m", "a unit of another dimension");
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_units_of_a_cell_convert_to_si),
      cmocka_unit_test(test_both_micro_signs_and_superscripts_are_read),
      cmocka_unit_test(test_celsius_has_an_offset),
      cmocka_unit_test(test_molar_is_mole_per_litre),
      cmocka_unit_test(test_ampere_hours_stand_in_products),
      cmocka_unit_test(test_number_in_the_wanted_unit_keeps_its_bits),
      cmocka_unit_test(test_missing_unit_is_a_mistake),
      cmocka_unit_test(test_wrong_dimension_is_a_mistake),
      cmocka_unit_test(test_reciprocal_unit_is_a_mistake),
      cmocka_unit_test(test_unknown_unit_is_a_mistake),
      cmocka_unit_test(test_numbers_within_a_unit_are_a_mistake),
      cmocka_unit_test(test_only_decimal_finite_numbers_are_read),
      cmocka_unit_test(test_pure_number_takes_no_unit),
      cmocka_unit_test(test_very_long_unit_is_a_mistake),
  };

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  const int failures = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failures;
}
