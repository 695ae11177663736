#include <math.h>
#include <petscsys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/sampling.h"

/* Points do not depend on the ranks, and so the verdict of each is the same. */

static const SampleMethod methods[] = {SAMPLE_LATIN_HYPERCUBE, SAMPLE_SOBOL, SAMPLE_RANDOM};

static PetscReal SobolCoordinate(PetscInt dimension, uint64_t number)
{
  return SampleCoordinate(SAMPLE_SOBOL, 0, 0, dimension, number);
}

// In binary fractions the first points are known: 0, 1/2, then quarters, by coordinate.
static void test_sobol_starts_with_the_known_points(void **state)
{
  static const PetscReal points[8][4] = {
      {0, 0, 0, 0},
      {0.5, 0.5, 0.5, 0.5},
      {0.25, 0.75, 0.75, 0.75},
      {0.75, 0.25, 0.25, 0.25},
      {0.125, 0.625, 0.375, 0.125},
      {0.625, 0.125, 0.875, 0.625},
      {0.375, 0.375, 0.625, 0.875},
      {0.875, 0.875, 0.125, 0.375},
  };

  (void)state;
  for (uint64_t i = 0; i < 8; i++) {
    for (PetscInt d = 0; d < 4; d++) {
      assert_true(fabs(SobolCoordinate(d, i) - points[i][d]) < 1e-9);
    }
  }
}

// Every coordinate has one point in each of 2^m equal parts, whatever 2^m points in a row.
static void test_sobol_fills_every_coordinate_evenly(void **state)
{
  enum { BITS = 10, POINTS = 1 << BITS };
  PetscBool taken[POINTS];

  (void)state;
  for (PetscInt d = 0; d < SOBOL_DIMENSIONS; d++) {
    for (uint64_t block = 0; block < 3; block++) {
      PetscMemzero(taken, sizeof(taken));
      for (uint64_t i = 0; i < POINTS; i++) {
        const PetscReal x = SampleCoordinate(SAMPLE_SOBOL, 7, 0, d, block * POINTS + i);
        taken[(int)(x * POINTS)] = PETSC_TRUE;
      }
      for (int i = 0; i < POINTS; i++) assert_true(taken[i]);
    }
  }
}

/* 2^m points are a (t, m, 2)-net where every rectangle of area 2^(t-m), its sides powers of 1/2,
   has 2^t points.  The smallest such t. */
static int NetQuality(PetscInt one, PetscInt other, int m, uint64_t seed)
{
  for (int t = 0; t < m; t++) {
    PetscBool even = PETSC_TRUE;

    for (int a = 0; a <= m - t && even; a++) {
      int *count;
      const int columns = 1 << a, rows = 1 << (m - t - a);

      PetscCalloc1(columns * rows, &count);
      for (uint64_t i = 0; i < UINT64_C(1) << m; i++) {
        const int column = (int)(columns * SampleCoordinate(SAMPLE_SOBOL, seed, 0, one, i));
        const int row = (int)(rows * SampleCoordinate(SAMPLE_SOBOL, seed, 0, other, i));
        count[row * columns + column]++;
      }
      for (int i = 0; i < columns * rows; i++) even = (PetscBool)(even && count[i] == 1 << t);
      PetscFree(count);
    }
    if (even) return t;
  }
  return m;
}

// t of two coordinates is at most the sum of (degree - 1) of their polynomials; of the first two 0.
static void test_sobol_pairs_are_nets(void **state)
{
  static const int degree[] = {1, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7};

  (void)state;
  assert_int_equal(NetQuality(0, 1, 10, 0), 0);
  assert_int_equal(NetQuality(0, 1, 10, 11), 0);  // the shift keeps it
  for (PetscInt d = 1; d < SOBOL_DIMENSIONS; d++) {
    assert_true(NetQuality(d - 1, d, 8, 0) <= degree[d - 1] + degree[d] - 2);
  }
}

// The integral of prod_d (1 + (x_d - 1/2)/d), which is 1, by the mean over `count` points.
static PetscReal IntegrationError(SampleMethod method, uint64_t seed, uint64_t count)
{
  PetscReal sum = 0;

  for (uint64_t i = 0; i < count; i++) {
    PetscReal product = 1;

    for (PetscInt d = 0; d < 8; d++) {
      product *= 1 + (SampleCoordinate(method, seed, count, d, i) - 0.5) / (d + 1);
    }
    sum += product;
  }
  return fabs(sum / (PetscReal)count - 1);
}

// The error of random points falls as 1/sqrt(n), that of Sobol's nearly as 1/n.
static void test_sobol_integrates_at_its_rate(void **state)
{
  PetscReal error[2] = {0, 0}, random_error = 0;

  (void)state;
  for (uint64_t seed = 1; seed <= 16; seed++) {
    error[0] += IntegrationError(SAMPLE_SOBOL, seed, 256) / 16;
    error[1] += IntegrationError(SAMPLE_SOBOL, seed, 16384) / 16;
    random_error += IntegrationError(SAMPLE_RANDOM, seed, 16384) / 16;
  }
  const PetscReal order = log(error[0] / error[1]) / log(64);
  print_message("sobol: error %.1e at 2^8 points, %.1e at 2^14, order %.2f; random %.1e\n",
                error[0], error[1], order, random_error);
  assert_true(order > 0.85);
  assert_true(error[1] < 0.05 * random_error);
}

// One point a stratum and coordinate, for counts that are powers of two and others.
static void test_latin_hypercube_has_one_point_in_each_stratum(void **state)
{
  static const uint64_t counts[] = {1, 2, 3, 64, 1000, 1024, 4097};
  PetscBool taken[4097];

  (void)state;
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(counts); c++) {
    for (PetscInt d = 0; d < 40; d += 13) {
      PetscMemzero(taken, sizeof(taken));
      for (uint64_t i = 0; i < counts[c]; i++) {
        const PetscReal x = SampleCoordinate(SAMPLE_LATIN_HYPERCUBE, 5, counts[c], d, i);
        assert_true(x > 0 && x < 1);
        taken[(int)(x * (PetscReal)counts[c])] = PETSC_TRUE;
      }
      for (uint64_t i = 0; i < counts[c]; i++) assert_true(taken[i]);
    }
  }
}

/* Pearson's chi^2 of 16 x 16 cells against its mean, 255, and four standard deviations, 4 x 22.6:
   of two coordinates, and of neighbours in one. */
static PetscReal ChiSquare(SampleMethod method, PetscInt one, PetscInt other, uint64_t shift)
{
  enum { POINTS = 25600, CELLS = 256 };
  int count[CELLS] = {0};
  PetscReal chi_square = 0;

  for (uint64_t i = 0; i < POINTS; i++) {
    const PetscReal x = SampleCoordinate(method, 3, POINTS + 1, one, i);
    const PetscReal y = SampleCoordinate(method, 3, POINTS + 1, other, i + shift);
    count[16 * (int)(16 * x) + (int)(16 * y)]++;
  }
  for (int i = 0; i < CELLS; i++) chi_square += PetscSqr(count[i] - POINTS / CELLS);
  return chi_square * CELLS / POINTS;
}

static void test_coordinates_and_neighbours_are_independent(void **state)
{
  static const SampleMethod random_methods[] = {SAMPLE_RANDOM, SAMPLE_LATIN_HYPERCUBE};

  (void)state;
  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(random_methods); m++) {
    for (PetscInt d = 0; d < 5; d++) {
      assert_true(ChiSquare(random_methods[m], d, d + 1, 0) < 255 + 4 * 22.6);
      assert_true(ChiSquare(random_methods[m], d, d, 1) < 255 + 4 * 22.6);
    }
  }
}

static void test_the_seed_makes_the_points(void **state)
{
  (void)state;
  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(methods); m++) {
    PetscInt same = 0;

    for (uint64_t i = 0; i < 100; i++) {
      const PetscReal x = SampleCoordinate(methods[m], 1, 100, 2, i);
      assert_true(x == SampleCoordinate(methods[m], 1, 100, 2, i));
      same += x == SampleCoordinate(methods[m], 2, 100, 2, i);
    }
    assert_int_equal(same, 0);
  }
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sobol_starts_with_the_known_points),
      cmocka_unit_test(test_sobol_fills_every_coordinate_evenly),
      cmocka_unit_test(test_sobol_pairs_are_nets),
      cmocka_unit_test(test_sobol_integrates_at_its_rate),
      cmocka_unit_test(test_latin_hypercube_has_one_point_in_each_stratum),
      cmocka_unit_test(test_coordinates_and_neighbours_are_independent),
      cmocka_unit_test(test_the_seed_makes_the_points),
  };
  int failures;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() ? 1 : failures;
}
