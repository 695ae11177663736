#define _POSIX_C_SOURCE 200809L  // dup, dup2

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/command_line.h"

/* Neither MPI nor PETSc is running when the command line is read. */

#define WORDS 8

static CommandLine line;

// Reads "sandglass" and the words, NULL after the last.
static PetscBool Read(const char *const words[])
{
  static char program[] = "sandglass";
  static char *arguments[WORDS + 2];
  int count = 1;

  arguments[0] = program;
  for (; words[count - 1]; count++) arguments[count] = (char *)words[count - 1];
  arguments[count] = NULL;
  CommandLineFree(&line);
  optind = 0;  // getopt starts anew
  return CommandLineRead(count, arguments, &line);
}

#define ReadWords(...) Read((const char *const[WORDS]){__VA_ARGS__, NULL})

// What is refused says so on standard error.
static PetscBool Refused(const char *const words[])
{
  const int kept = dup(STDERR_FILENO);
  FILE *const silence = freopen("/dev/null", "w", stderr);
  const PetscBool taken = Read(words);

  fflush(silence);
  dup2(kept, STDERR_FILENO);
  close(kept);
  return taken ? PETSC_FALSE : PETSC_TRUE;
}

#define RefusedWords(...) Refused((const char *const[WORDS]){__VA_ARGS__, NULL})

static void test_options_stand_anywhere(PETSC_UNUSED void **state)
{
  assert_true(ReadWords("--json", "run", "--set", "a=1", "cell.yaml", "--set", "b=2"));
  assert_int_equal(line.command, COMMAND_RUN);
  assert_string_equal(line.case_path, "cell.yaml");
  assert_int_equal(line.number_of_settings, 2);
  assert_string_equal(line.settings[1], "b=2");
  assert_true(line.json);
}

static void test_what_follows_two_dashes_is_for_petsc(PETSC_UNUSED void **state)
{
  assert_true(ReadWords("run", "cell.yaml", "--", "-ts_monitor", "--json"));
  assert_int_equal(line.petsc_argc, 3);
  assert_string_equal(line.petsc_argv[2], "--json");
  assert_false(line.json);
}

static void test_electrolytes_take_a_name_and_a_temperature(PETSC_UNUSED void **state)
{
  assert_true(ReadWords("electrolytes"));
  assert_int_equal(line.command, COMMAND_ELECTROLYTES);
  assert_null(line.electrolyte);
  assert_true(ReadWords("electrolytes", "--temperature", "10 degC", "LiPF6-Kim2011", "--json"));
  assert_string_equal(line.electrolyte, "LiPF6-Kim2011");
  assert_string_equal(line.temperature, "10 degC");
  assert_null(line.case_path);
}

static void test_a_run_may_be_accurate(PETSC_UNUSED void **state)
{
  assert_true(ReadWords("run", "cell.yaml"));
  assert_false(line.accurate);
  assert_true(ReadWords("run", "cell.yaml", "--accurate"));
  assert_true(line.accurate);
  assert_true(RefusedWords("sand", "cell.yaml", "--accurate"));
}

static void test_runs_and_sweeps_can_be_gone_on_with(PETSC_UNUSED void **state)
{
  assert_true(ReadWords("run", "cell.yaml", "--resume"));
  assert_true(line.resume);
  assert_true(ReadWords("sweep", "cell.yaml", "--resume"));
  assert_true(RefusedWords("sand", "cell.yaml", "--resume"));
  assert_true(RefusedWords("run", "cell.yaml", "--dry"));
}

static void test_what_has_no_meaning_is_refused(PETSC_UNUSED void **state)
{
  assert_true(RefusedWords("stir", "cell.yaml"));
  assert_true(RefusedWords("run"));
  assert_true(RefusedWords("run", "a.yaml", "b.yaml"));
  assert_true(RefusedWords("run", "a.yaml", "--temperature", "10 degC"));
  assert_true(RefusedWords("sand", "a.yaml", "-o", "a.h5"));
  assert_true(RefusedWords("keys", "--json"));
  assert_true(RefusedWords("keys", "--set", "a=1"));
  assert_true(RefusedWords("electrolytes", "--temperature", "10 degC"));
  assert_true(RefusedWords("electrolytes", "A", "B"));
  assert_true(RefusedWords("electrolytes", "A", "--temperature"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_options_stand_anywhere),
      cmocka_unit_test(test_what_follows_two_dashes_is_for_petsc),
      cmocka_unit_test(test_electrolytes_take_a_name_and_a_temperature),
      cmocka_unit_test(test_a_run_may_be_accurate),
      cmocka_unit_test(test_runs_and_sweeps_can_be_gone_on_with),
      cmocka_unit_test(test_what_has_no_meaning_is_refused),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);

  CommandLineFree(&line);
  return failed;
}
