#include <math.h>

#include "solver/bernoulli.h"
#include "tests/support.h"

static long double BernoulliReference(long double x)
{
  return x == 0 ? 1 : x / expm1l(x);
}

/* dB/dx = (e^x - 1 - x e^x)/(e^x - 1)^2, near zero its series. */
static long double DerivativeReference(long double x)
{
  const long double e = expm1l(x);

  if (fabsl(x) < 1e-3L) return -0.5L + x / 6 - x * x * x / 180;
  return (e - x * (e + 1)) / (e * e);
}

typedef PetscReal (*RelativeErrorAt)(PetscReal x);

static PetscReal ValueError(PetscReal x)
{
  return RelativeError(Bernoulli(x), (PetscReal)BernoulliReference(x));
}

static PetscReal DerivativeError(PetscReal x)
{
  return RelativeError(BernoulliDerivative(x, Bernoulli(x)), (PetscReal)DerivativeReference(x));
}

/* Over [-100, 100], evenly and towards zero in geometric steps. */
static PetscReal WorstError(RelativeErrorAt error)
{
  PetscReal worst = error(0);

  for (PetscInt i = -10007; i <= 10007; i++) worst = Worse(error(100 * (i / 10007.)), worst);
  for (PetscReal x = 1; x > 1e-300; x *= 0.7) {
    worst = Worse(error(x), worst);
    worst = Worse(error(-x), worst);
  }
  return worst;
}

static void test_bernoulli_has_fourteen_digits(PETSC_UNUSED void **state)
{
  assert_at_most(WorstError(ValueError), 1e-14);
}

// At x = -100, 1 - B(x) - x is what 100 leaves of its last digit.
static void test_derivative_has_thirteen_digits(PETSC_UNUSED void **state)
{
  assert_at_most(WorstError(DerivativeError), 1e-13);
}

static void test_derivative_is_continuous_where_its_series_ends(PETSC_UNUSED void **state)
{
  for (PetscInt sign = -1; sign <= 1; sign += 2) {
    const PetscReal outside = sign * 0.1, inside = nextafter(outside, 0);

    assert_close(BernoulliDerivative(inside, Bernoulli(inside)),
                 BernoulliDerivative(outside, Bernoulli(outside)), 1e-14);
  }
}

static void test_bernoulli_of_minus_x_is_larger_by_x(PETSC_UNUSED void **state)
{
  PetscReal worst = 0;

  for (PetscReal x = 1e-8; x < 100; x *= 1.3) {
    worst = Worse(RelativeError(Bernoulli(-x), Bernoulli(x) + x), worst);
  }
  assert_at_most(worst, 1e-15);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bernoulli_has_fourteen_digits),
      cmocka_unit_test(test_derivative_has_thirteen_digits),
      cmocka_unit_test(test_derivative_is_continuous_where_its_series_ends),
      cmocka_unit_test(test_bernoulli_of_minus_x_is_larger_by_x),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
