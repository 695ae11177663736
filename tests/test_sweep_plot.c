#include <petscsys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/plot.h"
#include "io/sweep.h"
#include "tests/scratch_folder.h"

/* Pictures of sweeps of closed forms, drawn by rank 0; each in a folder of the test's own. */

#define CELL                                                                                \
  "title: A cell with \"quotes\" and a \\\\\n"                                              \
  "electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}\n" \
  "separator: {thickness: 25 um}\n"                                                         \
  "protocol: [{current_ratio: 3, until: [depletion]}]\n"

static const volatile sig_atomic_t no_signal;

static PetscMPIInt Rank(void)
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

static int AllRanks(int agree)
{
  int all = 0;

  MPI_Allreduce(&agree, &all, 1, MPI_INT, MPI_LAND, PETSC_COMM_WORLD);
  return all;
}

static void SweepDry(const char sweep[])
{
  const SweepOptions options = {.case_path = "cell.yaml",
                                .output_path = "a.sweep.h5",
                                .dry = PETSC_TRUE,
                                .json = PETSC_TRUE,
                                .quiet = PETSC_TRUE,
                                .program_version = "0",
                                .signal = &no_signal,
                                .hurry = &no_signal};
  int exit_status = -1;

  if (Rank() == 0) {
    FILE *const file = fopen("cell.yaml", "w");
    if (!file || fprintf(file, "%s%s", CELL, sweep) < 0 || fclose(file)) abort();
  }
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  const PetscErrorCode code = SweepExecute(&options, &exit_status);
  assert_true(AllRanks(code == 0 && exit_status == 0));
}

// Removes the picture; whether it was there and of that kind.
static int TakePicture(const char what[], const char ending[], const char first_bytes[])
{
  char path[128], found[8] = "";

  snprintf(path, sizeof(path), "pictures/a.sweep-%s.%s", what, ending);
  FILE *const file = fopen(path, "rb");
  if (!file) return 0;
  const size_t count = fread(found, 1, sizeof(found), file);
  fclose(file);
  remove(path);
  return count == sizeof(found) && strncmp(found, first_bytes, strlen(first_bytes)) == 0;
}

static void assert_pictures(PictureFormat format, const char ending[], const char first_bytes[],
                            const char one[], const char other[])
{
  int right = 1;

  if (Rank() == 0) {
    right = PlotFile("a.sweep.h5", "pictures", format) == 0;
    right = right && TakePicture(one, ending, first_bytes);
    right = right && (!other || TakePicture(other, ending, first_bytes));
    right = right && rmdir("pictures") == 0;  // there is no other
  }
  assert_true(AllRanks(right));
}

static void test_one_key_is_drawn_as_a_curve(void **state)
{
  (void)state;
  SweepDry("sweep: {protocol.0.current_ratio: [0.5, 2, 5, 10]}\n");
  assert_pictures(PICTURE_PNG, "png", "\x89PNG", "onset", NULL);
}

static void test_two_keys_are_drawn_as_curves_and_a_map(void **state)
{
  (void)state;
  SweepDry("sweep: {protocol.0.current_ratio: [1.5, 2, 5], separator.thickness: [20 um, 30 um]}\n");
  assert_pictures(PICTURE_SVG, "svg", "<?xml", "onset", "map");
}

static void test_a_text_tells_curves_apart(void **state)
{
  (void)state;
  SweepDry(
      "sweep: {electrolyte.closure: [poisson, electroneutral],\n"
      "  protocol.0.current_ratio: [1.5, 2, 5]}\n");
  assert_pictures(PICTURE_PDF, "pdf", "%PDF", "onset", NULL);
}

static void test_samples_are_drawn_in_a_panel_a_key(void **state)
{
  (void)state;
  SweepDry(
      "sweep: {sample: {method: sobol, count: 64, ranges: {separator.thickness: [20 um, 40 "
      "um],\n  electrolyte.concentration: [0.5 M, 2 M], temperature: [0 degC, 50 degC]}}}\n");
  assert_pictures(PICTURE_PNG, "png", "\x89PNG", "onset", NULL);  // nothing was solved
}

static char first_message[512];

static PetscErrorCode KeepFirstMessage(MPI_Comm comm, int line, const char *function,
                                       const char *file, PetscErrorCode code, PetscErrorType type,
                                       const char *message, void *context)
{
  (void)comm, (void)line, (void)function, (void)file, (void)context;
  if (type == PETSC_ERROR_INITIAL && !first_message[0]) {
    snprintf(first_message, sizeof(first_message), "%s", message);
  }
  return code;
}

static void test_without_gnuplot_the_package_is_named(void **state)
{
  char *path = NULL;
  int right = 1;

  (void)state;
  SweepDry("sweep: {protocol.0.current_ratio: [2, 5]}\n");
  if (Rank() == 0) {
    PetscStrallocpy(getenv("PATH"), &path);
    setenv("PATH", "/nowhere", 1);
    PetscPushErrorHandler(KeepFirstMessage, NULL);
    right = PlotFile("a.sweep.h5", "pictures", PICTURE_PNG) == PETSC_ERR_FILE_OPEN;
    PetscPopErrorHandler();
    setenv("PATH", path, 1);
    PetscFree(path);
    right = right && strstr(first_message, "gnuplot-nox") && rmdir("pictures") == 0;
  }
  assert_true(AllRanks(right));
}

static int LeaveFolder(void **state)
{
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  if (Rank() == 0) {
    remove("cell.yaml");
    remove("a.sweep.h5");
  }
  return LeaveEmptyScratchFolder(state);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_key_is_drawn_as_a_curve),
      cmocka_unit_test(test_two_keys_are_drawn_as_curves_and_a_map),
      cmocka_unit_test(test_a_text_tells_curves_apart),
      cmocka_unit_test(test_samples_are_drawn_in_a_panel_a_key),
      cmocka_unit_test(test_without_gnuplot_the_package_is_named),
  };
  int failures;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failures = cmocka_run_group_tests(tests, EnterScratchFolder, LeaveFolder);
  return PetscFinalize() ? 1 : failures;
}
