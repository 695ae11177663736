#include <math.h>
#include <string.h>

#include "io/accurate.h"
#include "tests/case_files.h"

static void assert_refused_and_left(Case *cell, const char expected[])
{
  const Case before = *cell;
  const char *message;

  KeepErrors();
  (void)CaseMakeAccurate(PETSC_COMM_WORLD, "cell.yaml", cell);
  const PetscErrorCode code = FirstError(&message);
  const int as_expected = code == PETSC_ERR_USER_INPUT && message && !strcmp(message, expected);
  if (!as_expected) print_message("%d: %s\n", (int)code, message ? message : "no error");
  ForgetErrors();
  assert_true(AllRanks(as_expected));
  assert_int_equal(cell->mesh.nodes, before.mesh.nodes);
  assert_true(cell->solver.relative_tolerance == before.solver.relative_tolerance);
}

static void test_mesh_keeps_its_ends_and_gets_ten_times_the_spacings(void **state)
{
  Case cell = Read(MINIMAL);
  const PetscInt nodes = cell.mesh.nodes;
  const PetscReal tolerance = cell.solver.relative_tolerance;

  (void)state;
  assert_int_equal(CaseMakeAccurate(PETSC_COMM_WORLD, "cell.yaml", &cell), 0);
  assert_int_equal(cell.mesh.nodes - 1, 10 * (nodes - 1));
  assert_true(fabs(50 * cell.solver.relative_tolerance / tolerance - 1) < 1e-15);
  assert_int_equal(CaseDestroy(&cell), 0);
}

/* The default follows the nodes; one that is given has to be told. */
static void test_first_spacing_that_is_given_gets_a_tenth(void **state)
{
  Case given = Read(MINIMAL "mesh: {first_spacing: 0.2}\n"), estimated = Read(MINIMAL);

  (void)state;
  assert_int_equal(CaseMakeAccurate(PETSC_COMM_WORLD, "cell.yaml", &given), 0);
  assert_int_equal(CaseMakeAccurate(PETSC_COMM_WORLD, "cell.yaml", &estimated), 0);
  assert_true(fabs(given.mesh.first_spacing / 0.02 - 1) < 1e-15);
  assert_true(isnan(estimated.mesh.first_spacing));
  assert_int_equal(CaseDestroy(&given), 0);
  assert_int_equal(CaseDestroy(&estimated), 0);
}

static void test_tolerance_below_the_keys_range_is_refused(void **state)
{
  Case cell = Read(MINIMAL "solver: {relative_tolerance: 1e-12}\n");

  (void)state;
  assert_refused_and_left(&cell,
                          "cell.yaml: solver.relative_tolerance: --accurate makes 2e-14 of 1e-12, "
                          "allowed: >= 1e-12, <= 0.1");
  assert_int_equal(CaseDestroy(&cell), 0);
}

static void test_nodes_above_the_keys_range_are_refused(void **state)
{
  Case cell = Read(MINIMAL "mesh: {nodes: 10000000}\n");

  (void)state;
  assert_refused_and_left(&cell,
                          "cell.yaml: mesh.nodes: --accurate makes 99999991 of 10000000, allowed: "
                          ">= 5, <= 10000000");
  assert_int_equal(CaseDestroy(&cell), 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mesh_keeps_its_ends_and_gets_ten_times_the_spacings),
      cmocka_unit_test(test_first_spacing_that_is_given_gets_a_tenth),
      cmocka_unit_test(test_tolerance_below_the_keys_range_is_refused),
      cmocka_unit_test(test_nodes_above_the_keys_range_are_refused),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, EnterScratchFolder, RemoveScratchFolder);
  PetscCall(PetscFinalize());
  return failures;
}
