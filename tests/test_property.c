#include <math.h>

#include "solver/property.h"
#include "tests/support.h"

#define TEMPERATURE 298.15

/* Laws of the library (coefficients.csv), c in mol/L, at 298.15 K. */
typedef PetscReal (*Law)(PetscReal c);

// LG19 EC:DMC 1:1.
static PetscReal LandesfeindConductivity(PetscReal c)
{
  const PetscReal b = exp(1000 / TEMPERATURE);
  return 0.0798 * (1 + (TEMPERATURE - 228)) * c *
         (1 - 1.22 * sqrt(c) + 0.509 * (1 - 0.004 * b) * c) / (1 + pow(c, 4) * 0.00379 * b);
}

static PetscReal LandesfeindDiffusivity(PetscReal c)
{
  return 1470e-10 * exp(1.33 * c) * exp(-1690 / TEMPERATURE) * exp(-563 * c / TEMPERATURE);
}

static PetscReal LandesfeindTransference(PetscReal c)
{
  const PetscReal T = TEMPERATURE;
  return -7.91 + 0.245 * c + 0.0528 * T + 0.698 * c * c - 0.0108 * c * T - 8.21e-5 * T * T +
         7.43e-4 * c * c * c - 0.00222 * c * c * T + 3.07e-5 * c * T * T;
}

static PetscReal NymanConductivity(PetscReal c)
{
  return 0.1297 * c * c * c - 2.51 * pow(c, 1.5) + 3.329 * c;
}

static PetscReal NymanDiffusivity(PetscReal c)
{
  return 8.794e-11 * c * c - 3.972e-10 * c + 4.862e-10;
}

static PetscReal ValoenDiffusivity(PetscReal c)
{
  return 1e-4 * pow(10, -4.43 - 54 / (TEMPERATURE - (229 + 5 * c)) - 0.22 * c);
}

static PetscReal ValoenFactor(PetscReal c)
{
  return (0.601 - 0.24 * sqrt(c) + 0.982 * (1 - 0.0052 * (TEMPERATURE - 294)) * pow(c, 1.5)) / 0.62;
}

static PetscReal ValoenConductivity(PetscReal c)
{
  const PetscReal T = TEMPERATURE;
  const PetscReal sum = (-10.5 + 0.0740 * T - 6.96e-5 * T * T) +
                        c * (0.668 - 0.0178 * T + 2.80e-5 * T * T) + c * c * (0.494 - 8.86e-4 * T);
  return 0.1 * c * sum * sum;
}

static PetscReal ColclasureDiffusivity(PetscReal c)
{
  const PetscReal t = TEMPERATURE - (-24.83763 + 64.07366 * c);
  return 1e-4 * pow(10, -0.5688226 - 1607.003 / t + (-0.8108721 + 475.291 / t) * c +
                            (-0.005192312 - 33.43827 / t) * c * c);
}

static PetscReal PerchlorateConductivity(PetscReal c)
{
  const PetscReal x = 1000 * c / 1204.1;
  return 1e-4 + pow(1000 * c, 0.855) * 0.542 * pow(1 / (1204.1 * 0.6616), 0.855) *
                    exp(-0.08 * PetscSqr(x - 0.6616) - (0.855 / 0.6616) * (x - 0.6616));
}

static PetscReal LawFunction(void *context, PetscReal concentration)
{
  return (*(Law *)context)(concentration / 1000);
}

static Property PropertyOf(Law law, PetscReal low, PetscReal high)
{
  Property property;
  PropertyMistake mistake;

  CallOrAbort(PropertyCreate(LawFunction, &law, low, high, &property, &mistake));
  assert_on_all(property != NULL);
  assert_on_all(mistake.reason == NULL);
  return property;
}

static PetscReal Largest(Law law, PetscReal low, PetscReal high)
{
  PetscReal largest = 0;

  for (PetscInt i = 0; i <= 1000; i++)
    largest = PetscMax(largest, PetscAbsReal(law(1e-3 * (low + (high - low) * i / 1000.0))));
  return largest;
}

/* Largest deviation from the law at places of no spline's nodes, over its value or a share of its
   largest one. */
static PetscReal Deviation(Property property, Law law, PetscReal least_share)
{
  PetscReal low, high, worst = 0, largest;

  PropertyRange(property, &low, &high);
  largest = Largest(law, low, high);
  for (PetscInt i = 0; i <= 77777; i++) {
    const PetscReal c = low + (high - low) * PetscSqr(i / 77777.0);
    const PetscReal exact = law(c / 1000);
    const PetscReal error = PetscAbsReal(PropertyEvaluate(property, c).value - exact);
    worst = Worse(worst, error / PetscMax(PetscAbsReal(exact), least_share * largest));
  }
  return worst;
}

// ---- Constants and polynomials -------------------------------------------------------------

static void test_constant_has_no_derivative_and_no_ends(PETSC_UNUSED void **state)
{
  Property property;
  PetscReal low, high;

  CallOrAbort(PropertyCreateConstant(0.38, &property));
  for (PetscReal c = 0; c < 1e5; c = 2 * c + 1) {
    const PropertyValue found = PropertyEvaluate(property, c);
    assert_on_all(found.value == 0.38 && found.derivative == 0);
  }
  PropertyRange(property, &low, &high);
  assert_on_all(low == 0 && high == PETSC_INFINITY);
  assert_on_all(PropertyIsConstant(property));
  assert_on_all(PropertyError(property) == 0);
  CallOrAbort(PropertyDestroy(&property));
  assert_on_all(property == NULL);
  CallOrAbort(PropertyDestroy(&property));
}

static PetscReal OneValue(PETSC_UNUSED PetscReal c)
{
  return 0.363;
}

static void test_function_of_one_value_is_a_constant(PETSC_UNUSED void **state)
{
  Property property = PropertyOf(OneValue, 0, 3000);

  assert_on_all(PropertyIsConstant(property));
  assert_close(PropertyEvaluate(property, 1234).value, 0.363, 1e-15);
  CallOrAbort(PropertyDestroy(&property));
}

/* To 1e-14 of the largest value, or of the terms where they cancel: LG19's t_+ sums terms up to 16
   to values of 0.1, Valoen's conductivity is ten times smaller than its terms. */
static void test_polynomials_are_exact(PETSC_UNUSED void **state)
{
  static const struct {
    Law law;
    PetscReal low, high, tolerance;
  } of[] = {
      {NymanDiffusivity, 0, 2000, 1e-14},        {NymanDiffusivity, 200, 2000, 1e-14},
      {LandesfeindTransference, 0, 3000, 6e-14}, {ValoenConductivity, 0, 3900, 3e-14},
      {ValoenConductivity, 900, 1100, 3e-14},
  };

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(of); i++) {
    Property property = PropertyOf(of[i].law, of[i].low, of[i].high);
    assert_on_all(PropertyError(property) == 0);
    assert_on_all(!PropertyIsConstant(property));
    assert_at_most(Deviation(property, of[i].law, 1), of[i].tolerance);
    CallOrAbort(PropertyDestroy(&property));
  }
}

static PetscReal EighthDegree(PetscReal c)
{
  return 1e-10 * (3 + c * (2 - c * c * (1 - c * (0.3 + c * c * (0.01 - 1e-3 * c * c)))));
}

static PetscReal EighthDegreeSlope(PetscReal c)
{
  return 1e-10 *
         (2 - 3 * pow(c, 2) + 4 * 0.3 * pow(c, 3) + 6 * 0.01 * pow(c, 5) - 8 * 1e-3 * pow(c, 7));
}

static void test_polynomial_of_degree_8_is_exact_with_its_derivative(PETSC_UNUSED void **state)
{
  Property property = PropertyOf(EighthDegree, 0, 3000);
  PetscReal worst = 0, largest = 0;

  assert_on_all(PropertyError(property) == 0);
  assert_at_most(Deviation(property, EighthDegree, 1), 1e-13);
  for (PetscReal c = 0; c <= 3000; c += 1) {
    const PetscReal exact = 1e-3 * EighthDegreeSlope(c / 1000);
    worst = Worse(worst, PetscAbsReal(PropertyEvaluate(property, c).derivative - exact));
    largest = PetscMax(largest, PetscAbsReal(exact));
  }
  assert_at_most(worst / largest, 1e-12);
  CallOrAbort(PropertyDestroy(&property));
}

// kappa/c stays bounded where the fit has kappa = 0 at c = 0.
static void test_polynomial_that_vanishes_without_salt_does_so_exactly(PETSC_UNUSED void **state)
{
  Property property = PropertyOf(ValoenConductivity, 0, 3900);

  assert_on_all(PropertyEvaluate(property, 0).value == 0);
  assert_close(PropertyEvaluate(property, 1e-6).value, ValoenConductivity(1e-9), 1e-9);
  CallOrAbort(PropertyDestroy(&property));
}

// ---- Splines -------------------------------------------------------------------------------

static const struct {
  Law law;
  PetscReal low, high;
} smooth[] = {
    {LandesfeindConductivity, 0, 3000}, {LandesfeindDiffusivity, 0, 3000},
    {NymanConductivity, 0, 2000},       {NymanConductivity, 200, 2000},
    {ValoenDiffusivity, 0, 3900},       {ValoenFactor, 0, 3900},
    {ColclasureDiffusivity, 0, 2000},   {PerchlorateConductivity, 100, 3000},
};

static void test_splines_are_within_1e_8_of_the_library(PETSC_UNUSED void **state)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(smooth); i++) {
    Property property = PropertyOf(smooth[i].law, smooth[i].low, smooth[i].high);
    assert_on_all(PropertyError(property) > 0);
    assert_at_most(PropertyError(property), PROPERTY_ACCURACY);
    assert_at_most(Deviation(property, smooth[i].law, 0.01), 1.1 * PROPERTY_ACCURACY);
    CallOrAbort(PropertyDestroy(&property));
  }
}

// Of the interpolant itself: what Newton's method needs.
static void test_derivative_is_that_of_the_spline(PETSC_UNUSED void **state)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(smooth); i++) {
    Property property = PropertyOf(smooth[i].law, smooth[i].low, smooth[i].high);
    const PetscReal largest = Largest(smooth[i].law, smooth[i].low, smooth[i].high);
    for (PetscReal c = smooth[i].low + 1; c < smooth[i].high - 1; c *= 1.0173) {
      const PetscReal step = 1e-4 * c;
      const PetscReal difference = (PropertyEvaluate(property, c + step).value -
                                    PropertyEvaluate(property, c - step).value) /
                                   (2 * step);
      const PetscReal error = PropertyEvaluate(property, c).derivative - difference;
      assert_at_most(PetscAbsReal(error) * c / largest, 2e-8);
    }
    CallOrAbort(PropertyDestroy(&property));
  }
}

/* Jumps of the value, the derivative and the second derivative over a hundredth of an interval of
   32 (nodes of every finer one among them) stay what the law itself has there. */
static void test_spline_has_two_continuous_derivatives(PETSC_UNUSED void **state)
{
  Property property = PropertyOf(LandesfeindConductivity, 0, 3000);
  const PetscReal largest = 1.2, step = 1e-9;

  for (PetscInt i = 1; i < 4094; i++) {
    const PetscReal c = 3000 * PetscSqr(i / 4096.0), h = 1e-3 * c;
    const PropertyValue left = PropertyEvaluate(property, c * (1 - step));
    const PropertyValue right = PropertyEvaluate(property, c * (1 + step));
    const PropertyValue here = PropertyEvaluate(property, c);
    const PropertyValue before = PropertyEvaluate(property, c - h);
    const PropertyValue after = PropertyEvaluate(property, c + h);
    const PetscReal bend_left = (here.derivative - before.derivative) / h;
    const PetscReal bend_right = (after.derivative - here.derivative) / h;
    assert_at_most(PetscAbsReal(right.value - left.value) / largest, 1e-8);
    assert_at_most(PetscAbsReal(right.derivative - left.derivative) * c / largest, 1e-7);
    assert_at_most(PetscAbsReal(bend_right - bend_left) * c * c / largest, 1e-2);
  }
  CallOrAbort(PropertyDestroy(&property));
}

static PetscReal Root(PetscReal c)
{
  return 1 + sqrt(c);
}

// d sqrt(c)/dc has no bound; c times it has, and is what enters the equations.
static void test_derivative_at_no_salt_is_finite(PETSC_UNUSED void **state)
{
  Property property = PropertyOf(Root, 0, 3000);

  for (PetscReal c = 0; c < 3000; c = 10 * c + 1e-30) {
    const PropertyValue found = PropertyEvaluate(property, c);
    assert_on_all(!PetscIsInfOrNanReal(found.derivative) && found.derivative > 0);
    assert_at_most(PetscAbsReal(c * found.derivative - 0.5 * sqrt(c / 1000)), 1e-3);
  }
  CallOrAbort(PropertyDestroy(&property));
  property = PropertyOf(LandesfeindDiffusivity, 0, 3000);
  assert_close(PropertyEvaluate(property, 0).derivative,
               1e-3 * (1.33 - 563 / TEMPERATURE) * LandesfeindDiffusivity(0), 1e-2);
  CallOrAbort(PropertyDestroy(&property));
}

// ---- Ends ----------------------------------------------------------------------------------

static void test_beyond_its_ends_a_property_keeps_its_value(PETSC_UNUSED void **state)
{
  const Law laws[] = {NymanDiffusivity, LandesfeindConductivity};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(laws); i++) {
    Property property = PropertyOf(laws[i], 100, 2000);
    const PropertyValue low = PropertyEvaluate(property, 100);
    const PropertyValue high = PropertyEvaluate(property, 2000);
    const PropertyValue below = PropertyEvaluate(property, -5);
    const PropertyValue above = PropertyEvaluate(property, 1e9);
    assert_close(low.value, laws[i](0.1), 1e-10);
    assert_close(high.value, laws[i](2), 1e-10);
    assert_on_all(low.derivative != 0 && high.derivative != 0);
    assert_on_all(below.value == low.value && below.derivative == 0);
    assert_on_all(above.value == high.value && above.derivative == 0);
    assert_on_all(isnan(PropertyEvaluate(property, NAN).value));
    CallOrAbort(PropertyDestroy(&property));
  }
}

// ---- Refusals ------------------------------------------------------------------------------

static PetscReal Pole(PetscReal c)
{
  return 1 / (c - 1);
}

static PetscReal RootOfNegative(PetscReal c)
{
  return sqrt(2 - c);
}

static PetscReal LogarithmAtNoSalt(PetscReal c)
{
  return log(c);
}

static PetscReal Step(PetscReal c)
{
  return c < 1.3 ? 1 : 2;
}

static PetscReal Kink(PetscReal c)
{
  return PetscMax(0.3, c);
}

static PropertyMistake MistakeOf(Law law)
{
  Property property;
  PropertyMistake mistake;

  CallOrAbort(PropertyCreate(LawFunction, &law, 0, 3000, &property, &mistake));
  assert_on_all(property == NULL);
  assert_on_all(mistake.reason != NULL);
  return mistake;
}

static void test_function_that_is_not_finite_is_refused_with_the_place(PETSC_UNUSED void **state)
{
  const PropertyMistake negative = MistakeOf(RootOfNegative), none = MistakeOf(LogarithmAtNoSalt);

  assert_on_all(negative.concentration > 2000 && isnan(negative.value));
  assert_on_all(none.concentration == 0 && isinf(none.value));
}

static void test_function_that_jumps_or_bends_sharply_is_refused(PETSC_UNUSED void **state)
{
  assert_close(MistakeOf(Step).concentration, 1300, 1e-3);
  assert_close(MistakeOf(Kink).concentration, 300, 1e-3);
  assert_close(MistakeOf(Pole).concentration, 1000, 1e-3);
}

// ---- Tables --------------------------------------------------------------------------------

#define ROWS 9

static const PetscReal row[ROWS] = {100, 250, 300, 800, 1000, 1700, 1800, 2500, 3000};

/* Whether the table goes through its rows and stays between neighbouring values. */
static void CheckTable(PetscInt rows, const PetscReal value[])
{
  Property table;

  CallOrAbort(PropertyCreateTable(rows, row, value, &table));
  for (PetscInt i = 0; i < rows; i++)
    assert_at_most(PetscAbsReal(PropertyEvaluate(table, row[i]).value - value[i]), 1e-15);
  for (PetscInt i = 0; i + 1 < rows; i++) {
    const PetscReal direction = value[i + 1] > value[i] ? 1 : -1;
    PetscReal before = value[i];
    for (PetscInt j = 1; j <= 100; j++) {
      const PropertyValue found =
          PropertyEvaluate(table, row[i] + (row[i + 1] - row[i]) * j / 100.0);
      assert_on_all(direction * (found.value - before) >= -1e-15);
      assert_on_all(direction * found.derivative >= -1e-15);
      before = found.value;
    }
  }
  assert_on_all(PropertyEvaluate(table, 0).value == value[0]);
  assert_on_all(PropertyEvaluate(table, 1e4).value == value[rows - 1]);
  assert_on_all(PropertyError(table) == 0);
  CallOrAbort(PropertyDestroy(&table));
}

static void test_table_goes_through_its_rows_without_overshoot(PETSC_UNUSED void **state)
{
  CheckTable(ROWS, (PetscReal[]){0.1, 0.5, 0.9, 0.91, 0.91, 0.4, 0.39, 0.388, 0.1});
  CheckTable(ROWS, (PetscReal[]){0, 0, 1, 0, 1, 1, 1, 0.5, 0.49});
  CheckTable(3, (PetscReal[]){1, 0.999, 0});
  CheckTable(3, (PetscReal[]){0, 1, 0});
  CheckTable(2, (PetscReal[]){3, 7});
}

static void test_table_has_a_continuous_derivative_of_its_own(PETSC_UNUSED void **state)
{
  const PetscReal value[ROWS] = {0.1, 0.5, 0.9, 0.91, 0.91, 0.4, 0.39, 0.388, 0.1};
  Property table;

  CallOrAbort(PropertyCreateTable(ROWS, row, value, &table));
  for (PetscReal c = 101; c < 2999; c += 3.7) {
    const PetscReal difference =
        (PropertyEvaluate(table, c + 1e-3).value - PropertyEvaluate(table, c - 1e-3).value) / 2e-3;
    assert_at_most(PetscAbsReal(PropertyEvaluate(table, c).derivative - difference), 1e-7);
  }
  for (PetscInt i = 1; i + 1 < ROWS; i++)
    assert_at_most(PetscAbsReal(PropertyEvaluate(table, row[i] * (1 - 1e-12)).derivative -
                                PropertyEvaluate(table, row[i] * (1 + 1e-12)).derivative),
                   1e-9);
  CallOrAbort(PropertyDestroy(&table));
}

static void test_table_of_one_value_is_a_constant(PETSC_UNUSED void **state)
{
  Property table;

  CallOrAbort(PropertyCreateTable(3, row, (PetscReal[]){0.4, 0.4, 0.4}, &table));
  assert_on_all(PropertyIsConstant(table));
  CallOrAbort(PropertyDestroy(&table));
  CallOrAbort(PropertyCreateTable(3, row, (PetscReal[]){0.4, 0.4, 0.41}, &table));
  assert_on_all(!PropertyIsConstant(table));
  CallOrAbort(PropertyDestroy(&table));
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_constant_has_no_derivative_and_no_ends),
      cmocka_unit_test(test_function_of_one_value_is_a_constant),
      cmocka_unit_test(test_polynomials_are_exact),
      cmocka_unit_test(test_polynomial_of_degree_8_is_exact_with_its_derivative),
      cmocka_unit_test(test_polynomial_that_vanishes_without_salt_does_so_exactly),
      cmocka_unit_test(test_splines_are_within_1e_8_of_the_library),
      cmocka_unit_test(test_derivative_is_that_of_the_spline),
      cmocka_unit_test(test_spline_has_two_continuous_derivatives),
      cmocka_unit_test(test_derivative_at_no_salt_is_finite),
      cmocka_unit_test(test_beyond_its_ends_a_property_keeps_its_value),
      cmocka_unit_test(test_function_that_is_not_finite_is_refused_with_the_place),
      cmocka_unit_test(test_function_that_jumps_or_bends_sharply_is_refused),
      cmocka_unit_test(test_table_goes_through_its_rows_without_overshoot),
      cmocka_unit_test(test_table_has_a_continuous_derivative_of_its_own),
      cmocka_unit_test(test_table_of_one_value_is_a_constant),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
