#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/case_difference.h"

/* Neither MPI nor PETSc is running: cases are compared as texts. */

#define CELL                        \
  "electrolyte:\n"                  \
  "  concentration: 1000 mol/m^3\n" \
  "protocol:\n"

static CaseDifference difference;

static void test_same_cases_do_not_differ(PETSC_UNUSED void **state)
{
  assert_false(CaseDifferenceFind(CELL, CELL, &difference));
  assert_false(CaseDifferenceFind("", "", &difference));
}

static void test_first_difference_has_its_dotted_name(PETSC_UNUSED void **state)
{
  assert_true(CaseDifferenceFind("mesh:\n  nodes: 41\n  first_spacing: 1\n",
                                 "mesh:\n  nodes: 51\n  first_spacing: 2\n", &difference));
  assert_string_equal(difference.name, "mesh.nodes");
  assert_string_equal(difference.there, "nodes: 41");
  assert_string_equal(difference.here, "nodes: 51");
}

static void test_missing_line_is_an_empty_one(PETSC_UNUSED void **state)
{
  assert_true(CaseDifferenceFind(CELL, CELL "- current: 1 A/m^2\n", &difference));
  assert_string_equal(difference.there, "");
  assert_string_equal(difference.here, "- current: 1 A/m^2");
}

// A table of measurements stands in one line.
static void test_end_of_a_long_line_is_compared(PETSC_UNUSED void **state)
{
  char one[2 * KEY_TEXT_LENGTH], other[2 * KEY_TEXT_LENGTH];

  memset(one, 'a', sizeof(one));
  memcpy(one, "title: ", 7);
  one[sizeof(one) - 1] = '\0';
  memcpy(other, one, sizeof(one));
  other[sizeof(other) - 2] = 'b';
  assert_false(CaseDifferenceFind(one, one, &difference));
  assert_true(CaseDifferenceFind(one, other, &difference));
  assert_string_equal(difference.name, "title");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_cases_do_not_differ),
      cmocka_unit_test(test_first_difference_has_its_dotted_name),
      cmocka_unit_test(test_missing_line_is_an_empty_one),
      cmocka_unit_test(test_end_of_a_long_line_is_compared),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
