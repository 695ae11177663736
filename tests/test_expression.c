#include <petscsys.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bc/physical_constants.h"
#include "io/expression.h"

#define TEMPERATURE 300.0

static Expression Create(const char text[])
{
  char mistake[EXPRESSION_MISTAKE_LENGTH];
  Expression expression;

  assert_int_equal(ExpressionCreate(text, TEMPERATURE, &expression, mistake), 0);
  if (mistake[0]) fail_msg("'%s': %s", text, mistake);
  assert_non_null(expression);
  return expression;
}

static void assert_value(const char text[], PetscReal concentration, PetscReal expected)
{
  Expression expression = Create(text);
  const PetscReal value = ExpressionEvaluate(expression, concentration);

  if (!(PetscAbsReal(value - expected) <= 1e-14 * PetscAbsReal(expected))) {
    fail_msg("'%s' is %.17g, not %.17g", text, value, expected);
  }
  assert_int_equal(ExpressionDestroy(&expression), 0);
  assert_null(expression);
}

// The words of muParser differ between its versions; what matters of them is `expected`.
static void assert_mistake(const char text[], const char expected[])
{
  char mistake[EXPRESSION_MISTAKE_LENGTH];
  Expression expression;

  assert_int_equal(ExpressionCreate(text, TEMPERATURE, &expression, mistake), 0);
  assert_null(expression);
  if (!mistake[0] || !strstr(mistake, expected)) fail_msg("'%s': %s", text, mistake);
}

static void test_concentration_is_known_in_both_units(void **state)
{
  (void)state;
  assert_value("c", 1500, 1500);
  assert_value("m", 1500, 1.5);
  assert_value("c/m", 700, 1000);
}

static void test_constants_are_those_of_nature_and_the_temperature(void **state)
{
  (void)state;
  assert_value("T", 0, TEMPERATURE);
  assert_value("F", 0, FARADAY);
  assert_value("R", 0, GAS_CONSTANT);
  assert_value("R*T/F", 0, GAS_CONSTANT * TEMPERATURE / FARADAY);
}

static void test_functions_are_those_of_their_names(void **state)
{
  (void)state;
  assert_value("exp(m)", 2000, exp(2));
  assert_value("ln(m)", 2000, log(2));
  assert_value("log10(c)", 100, 2);
  assert_value("sqrt(m)", 4000, 2);
  assert_value("1.5e-10*exp(-0.2*m)*exp(-1500/T)", 1000,
               1.5e-10 * exp(-0.2) * exp(-1500 / TEMPERATURE));
}

static void test_operators_bind_as_in_mathematics(void **state)
{
  (void)state;
  assert_value("1 + 2*3", 0, 7);
  assert_value("-m^2", 3000, -9);
  assert_value("2^m^2", 3000, 512);
  assert_value("10 - 4 - 3", 0, 3);
  assert_value("12/2/3", 0, 2);
  assert_value("m^-2", 2000, 0.25);
  assert_value(" ( 1\n + m )\t* 2", 1000, 4);
}

static void test_measured_fits_have_their_values(void **state)
{
  (void)state;
  assert_value("8.794e-11*m^2 - 3.972e-10*m + 4.862e-10", 1000, 1.7694e-10);
  assert_value("0.1297*m^3 - 2.51*m^1.5 + 3.329*m", 1000, 0.9487);
}

static void test_formula_without_value_gives_no_finite_number(void **state)
{
  Expression expression = Create("ln(m)");

  (void)state;
  assert_false(isfinite(ExpressionEvaluate(expression, 0)));
  ExpressionDestroy(&expression);
  expression = Create("sqrt(-m)");
  assert_true(isnan(ExpressionEvaluate(expression, 1)));
  ExpressionDestroy(&expression);
}

static void test_formula_of_temperature_alone_is_constant(void **state)
{
  const char *const constant[] = {"3", "2e-10*exp(-1000/T)", "R*T/F"};
  const char *const variable[] = {"c", "m", "0*m"};

  (void)state;
  for (size_t i = 0; i < 3; i++) {
    Expression one = Create(constant[i]), other = Create(variable[i]);

    assert_true(ExpressionIsConstant(one));
    assert_false(ExpressionIsConstant(other));
    ExpressionDestroy(&one);
    ExpressionDestroy(&other);
  }
}

// Every formula has variables of its own.
static void test_formulas_do_not_disturb_each_other(void **state)
{
  Expression one = Create("c"), other = Create("2*c");

  (void)state;
  assert_true(ExpressionEvaluate(one, 3) == 3);
  assert_true(ExpressionEvaluate(other, 5) == 10);
  assert_true(ExpressionEvaluate(one, 7) == 7);
  ExpressionDestroy(&one);
  ExpressionDestroy(&other);
}

static void test_mistakes_are_told_with_their_position(void **state)
{
  (void)state;
  assert_mistake("1 + x", "\"x\" found at position 4");
  assert_mistake("2*", "position 3");
  assert_mistake("(1 + c", "parenthesis");
  assert_mistake("2c", "\"c\" found at position 1");
  assert_mistake("ln()", "\"ln\"");
  assert_mistake("", "empty");
  assert_mistake("1e999", "position 0");
}

static void test_log_alone_is_refused(void **state)
{
  (void)state;
  assert_mistake("2*log(c)", "position 2; write ln for the natural logarithm, or log10");
}

// muParser would take them: an assignment, a list of results, a comparison.
static void test_what_makes_no_property_is_refused(void **state)
{
  (void)state;
  assert_mistake("c = 5", "'=' at position 2");
  assert_mistake("1,2", "',' at position 1");
  assert_mistake("c > 1 ? 2 : 3", "'>' at position 2");
  assert_mistake("_pi", "'_' at position 0");
  assert_mistake("2\xc2\xb7m", "'\xc2\xb7' at position 1");
  assert_mistake("sin(c)", "position 0");
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_concentration_is_known_in_both_units),
      cmocka_unit_test(test_constants_are_those_of_nature_and_the_temperature),
      cmocka_unit_test(test_functions_are_those_of_their_names),
      cmocka_unit_test(test_operators_bind_as_in_mathematics),
      cmocka_unit_test(test_measured_fits_have_their_values),
      cmocka_unit_test(test_formula_without_value_gives_no_finite_number),
      cmocka_unit_test(test_formula_of_temperature_alone_is_constant),
      cmocka_unit_test(test_formulas_do_not_disturb_each_other),
      cmocka_unit_test(test_mistakes_are_told_with_their_position),
      cmocka_unit_test(test_log_alone_is_refused),
      cmocka_unit_test(test_what_makes_no_property_is_refused),
  };

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  const int failures = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() || failures;
}
