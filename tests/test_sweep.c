#include <hdf5.h>
#include <math.h>
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

#include "io/case_reader.h"
#include "io/sweep.h"
#include "io/sweep_row.h"
#include "solver/closed_forms.h"
#include "solver/run.h"
#include "tests/scratch_folder.h"

/* Sweeps of small cases, in this process and on all its ranks.  Each test writes cell.yaml into a
   folder of its own and sweeps it into sweep.h5, which rank 0 reads; the verdict is reduced. */

#define CELL                                                                                \
  "title: A small cell\n"                                                                   \
  "electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}\n" \
  "separator: {thickness: 25 um}\n"                                                         \
  "protocol: [{current_ratio: 3, until: [depletion]}]\n"                                    \
  "mesh: {nodes: 41}\n"

#define THREE_BY_TWO                         \
  "sweep:\n"                                 \
  "  protocol.0.current_ratio: [2, 5, 10]\n" \
  "  electrolyte.transference_number: [0.3, 0.5]\n"

static const volatile sig_atomic_t no_signal;

static int AllRanks(int agree)
{
  int all = 0;

  MPI_Allreduce(&agree, &all, 1, MPI_INT, MPI_LAND, PETSC_COMM_WORLD);
  return all;
}

static PetscBool IsRankZero(void)
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return (PetscBool)(rank == 0);
}

static PetscMPIInt Ranks(void)
{
  PetscMPIInt ranks;

  MPI_Comm_size(PETSC_COMM_WORLD, &ranks);
  return ranks;
}

static void WriteCell(const char sweep[])
{
  if (!IsRankZero()) return;
  FILE *const file = fopen("cell.yaml", "w");
  if (!file || fprintf(file, "%s%s", CELL, sweep) < 0 || fclose(file)) abort();
  remove("sweep.h5");
}

static SweepOptions Options(void)
{
  return (SweepOptions){.case_path = "cell.yaml",
                        .output_path = "sweep.h5",
                        .json = PETSC_TRUE,
                        .quiet = PETSC_TRUE,
                        .program_version = "0",
                        .signal = &no_signal,
                        .hurry = &no_signal};
}

static int Execute(const SweepOptions *options)
{
  int exit_status = -1;
  const PetscErrorCode code = SweepExecute(options, &exit_status);

  assert_true(AllRanks(code == 0));
  return exit_status;
}

// ---- Refusals ----

static char first_message[2048];

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

// Refused with PETSC_ERR_USER_INPUT and this message, on rank 0 at least.
static void assert_refused(const SweepOptions *options, const char expected[])
{
  int exit_status = -1;

  first_message[0] = '\0';
  PetscPushErrorHandler(KeepFirstMessage, NULL);
  const PetscErrorCode code = SweepExecute(options, &exit_status);
  PetscPopErrorHandler();
  const int as_expected =
      code == PETSC_ERR_USER_INPUT && (!IsRankZero() || strcmp(first_message, expected) == 0);
  if (!as_expected) print_error("error %d: %s\nexpected: %s\n", code, first_message, expected);
  assert_true(AllRanks(as_expected));
}

// ---- Reading and spoiling the file ----

// The numbers of a data set whatever its shape, on rank 0; the caller frees them.
static PetscReal *ReadReals(const char name[], hssize_t *count)
{
  const hid_t file = H5Fopen("sweep.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t data_set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(data_set);
  PetscReal *values;

  *count = H5Sget_simple_extent_npoints(space);
  PetscMalloc1(*count, &values);
  if (H5Dread(data_set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) abort();
  H5Sclose(space);
  H5Dclose(data_set);
  H5Fclose(file);
  return values;
}

static PetscReal ReadReal(const char name[], hssize_t place)
{
  hssize_t count;
  PetscReal *values = ReadReals(name, &count);
  const PetscReal value = place < count ? values[place] : NAN;

  PetscFree(values);
  return value;
}

static void ReadText(const char name[], hssize_t place, char text[SWEEP_REASON_LENGTH])
{
  const hid_t file = H5Fopen("sweep.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t data_set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(data_set);
  const hsize_t start[2] = {(hsize_t)place, 0}, size[2] = {1, SWEEP_REASON_LENGTH};
  const hid_t memory = H5Screate_simple(2, size, NULL);

  H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL);
  if (H5Dread(data_set, H5T_C_S1, memory, space, H5P_DEFAULT, text) < 0) abort();
  H5Sclose(memory);
  H5Sclose(space);
  H5Dclose(data_set);
  H5Fclose(file);
}

// Overwrites one number of a row, as a write that was cut off would leave it.
static void TearRow(hsize_t number, hsize_t column)
{
  if (!IsRankZero()) return;
  const hid_t file = H5Fopen("sweep.h5", H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t rows = H5Dopen2(file, "/rows", H5P_DEFAULT), space = H5Dget_space(rows);
  const hsize_t start[2] = {number, column}, size[2] = {1, 1};
  const hid_t memory = H5Screate_simple(2, size, NULL);
  const PetscReal value = 12345;

  H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL);
  if (H5Dwrite(rows, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &value) < 0) abort();
  H5Sclose(memory);
  H5Sclose(space);
  H5Dclose(rows);
  H5Fclose(file);
}

static PetscBool Exists(const char path[])
{
  return (PetscBool)(access(path, F_OK) == 0);
}

// ---- Cases alone ----

static RunResult RunAlone(PetscInt n, const char *const settings[])
{
  RunResult result;
  Case case_;
  Run run;

  if (CaseRead(PETSC_COMM_SELF, "cell.yaml", n, settings, &case_) ||
      RunCreate(PETSC_COMM_SELF, &case_, &run) || RunExecute(run, &result) || RunDestroy(&run) ||
      CaseDestroy(&case_))
    abort();
  return result;
}

static PetscBool SameBits(PetscReal one, PetscReal other)
{
  return (PetscBool)(memcmp(&one, &other, sizeof(one)) == 0 || (isnan(one) && isnan(other)));
}

static void test_each_row_is_what_the_case_alone_comes_to(void **state)
{
  static const char *const ratios[] = {"2", "5", "10"}, *const numbers[] = {"0.3", "0.5"};
  const SweepOptions options = Options();
  int right = 1;

  (void)state;
  WriteCell(THREE_BY_TWO);
  assert_int_equal(Execute(&options), 0);
  for (int i = 0; i < 6 && IsRankZero(); i++) {
    char ratio[64], number[64];
    const char *const settings[] = {ratio, number};

    snprintf(ratio, sizeof(ratio), "protocol.0.current_ratio=%s", ratios[i / 2]);
    snprintf(number, sizeof(number), "electrolyte.transference_number=%s", numbers[i % 2]);
    RunResult alone = RunAlone(2, settings);
    right = right && SameBits(ReadReal("/depletion_time", i), alone.depletion_time);
    right = right && SameBits(ReadReal("/space_charge_time", i), alone.space_charge_time);
    right = right && SameBits(ReadReal("/sand_time", i), alone.closed_forms.sand_time);
    right = right && ReadReal("/steps", i) == alone.steps && ReadReal("/status", i) == CASE_DONE;
    right = right && ReadReal("/protocol.0.current_ratio", i) == atof(ratios[i / 2]);
    RunResultDestroy(&alone);
  }
  assert_true(AllRanks(right));
}

// ---- Checks before the start ----

static void test_a_bad_value_is_told_with_its_case_and_nothing_is_written(void **state)
{
  const SweepOptions options = Options();

  (void)state;
  WriteCell(
      "sweep:\n  protocol.0.current_ratio: [2, 5, 10]\n"
      "  separator.thickness: [25 um, 1 mm, -1 mm, 0 um]\n");
  assert_refused(&options,
                 "cell.yaml: case 2: --set separator.thickness=-1 mm: separator.thickness: found "
                 "'-1 mm', allowed: > 0 um");
  assert_false(Exists("sweep.h5"));
}

static void test_a_swept_key_cannot_be_set(void **state)
{
  static const char *const settings[] = {"protocol.0.current_ratio=5"};
  SweepOptions options = Options();

  (void)state;
  WriteCell(THREE_BY_TWO);
  options.number_of_settings = 1;
  options.settings = settings;
  assert_refused(&options,
                 "--set protocol.0.current_ratio=5: protocol.0.current_ratio: found a swept key, "
                 "allowed: --set sweep.protocol.0.current_ratio=...");
}

static void test_settings_reach_every_case(void **state)
{
  static const char *const settings[] = {"mesh.nodes=31", "sweep.protocol.0.current_ratio=[2, 5]"};
  static const char *const alone[] = {"mesh.nodes=31", "protocol.0.current_ratio=5",
                                      "electrolyte.transference_number=0.5"};
  SweepOptions options = Options();
  int right = 1;

  (void)state;
  WriteCell(THREE_BY_TWO);
  options.number_of_settings = 2;
  options.settings = settings;
  assert_int_equal(Execute(&options), 0);
  if (IsRankZero()) {
    RunResult result = RunAlone(3, alone);
    right = SameBits(ReadReal("/depletion_time", 3), result.depletion_time);
    RunResultDestroy(&result);
  }
  assert_true(AllRanks(right));
}

// ---- Failures ----

// 64 cases, of which number 17 may take three time steps only.
static void WriteImpossibleCase(void)
{
  char sweep[1024] = "sweep: {mode: zip, mesh.nodes: 21, solver.maximum_steps: [";

  for (int i = 0; i < 64; i++) {
    strcat(sweep, i == 17 ? "3" : "10000");
    strcat(sweep, i == 63 ? "]}\n" : ", ");
  }
  WriteCell(sweep);
}

static void test_a_case_that_fails_is_a_row(void **state)
{
  SweepOptions options = Options();
  char reason[SWEEP_REASON_LENGTH] = "";
  int right = 1, failed = 0;

  (void)state;
  WriteImpossibleCase();
  assert_int_equal(Execute(&options), 0);
  for (int i = 0; i < 64 && IsRankZero(); i++) failed += ReadReal("/status", i) == CASE_FAILED;
  if (IsRankZero()) {
    ReadText("/reason", 17, reason);
    right = failed == 1 && ReadReal("/status", 17) == CASE_FAILED && ReadReal("/steps", 17) == 3 &&
            strstr(reason, "solver.maximum_steps = 3 reached at t = ") == reason;
  }
  assert_true(AllRanks(right));
  options.strict = PETSC_TRUE;
  assert_int_equal(Execute(&options), 3);
}

static void test_all_failed_is_told_by_the_exit_status(void **state)
{
  const SweepOptions options = Options();

  (void)state;
  WriteCell("sweep: {mode: zip, mesh.nodes: [21, 31], solver.maximum_steps: 3}\n");
  assert_int_equal(Execute(&options), 3);
}

// ---- Going on ----

static void test_a_torn_row_is_done_again(void **state)
{
  SweepOptions options = Options();
  PetscReal before[6] = {0};
  int right = 1;

  (void)state;
  WriteCell(THREE_BY_TWO);
  assert_int_equal(Execute(&options), 0);
  for (int i = 0; i < 6 && IsRankZero(); i++) before[i] = ReadReal("/depletion_time", i);
  TearRow(2, COLUMN_STEPS);
  TearRow(3, COLUMN_STATUS);
  TearRow(4, COLUMN_CHECKSUM);
  options.resume = PETSC_TRUE;
  assert_int_equal(Execute(&options), 0);
  for (int i = 0; i < 6 && IsRankZero(); i++) {
    right = right && SameBits(ReadReal("/depletion_time", i), before[i]);
    right = right && ReadReal("/steps", i) < 12345 && ReadReal("/status", i) == CASE_DONE;
  }
  assert_true(AllRanks(right));
}

static void test_what_is_done_is_not_done_again(void **state)
{
  SweepOptions options = Options();
  PetscReal seconds[6] = {0};
  int right = 1;

  (void)state;
  WriteCell(THREE_BY_TWO);
  options.resume = PETSC_TRUE;  // there is no file yet: it starts
  assert_int_equal(Execute(&options), 0);
  for (int i = 0; i < 6 && IsRankZero(); i++) seconds[i] = ReadReal("/seconds", i);
  assert_int_equal(Execute(&options), 0);
  for (int i = 0; i < 6 && IsRankZero(); i++) {
    right = right && SameBits(ReadReal("/seconds", i), seconds[i]);
  }
  assert_true(AllRanks(right));
}

// The same number of cases and keys, so that the difference is in what is told.
static void assert_other(const char cell_from[], const char cell_to[], const char sweep[],
                         const char difference[])
{
  SweepOptions options = Options();
  char text[2048], expected[1024];

  if (IsRankZero()) {
    snprintf(text, sizeof(text), "%s%s", CELL, sweep);
    char *const place = strstr(text, cell_from);
    char rest[2048];
    snprintf(rest, sizeof(rest), "%s", place + strlen(cell_from));
    snprintf(place, sizeof(text) - (size_t)(place - text), "%s%s", cell_to, rest);
    FILE *const file = fopen("cell.yaml", "w");
    if (!file || fputs(text, file) == EOF || fclose(file)) abort();
  }
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  options.resume = PETSC_TRUE;
  snprintf(expected, sizeof(expected),
           "sweep.h5: a sweep of other cases: %s; without --resume it is replaced", difference);
  assert_refused(&options, expected);
}

static void test_other_cases_are_refused_with_the_difference(void **state)
{
  const SweepOptions options = Options();

  (void)state;
  WriteCell(THREE_BY_TWO);
  assert_int_equal(Execute(&options), 0);
  assert_other("25 um", "26 um", THREE_BY_TWO,
               "separator.thickness: found 'thickness: 2.5e-05 m' there, 'thickness: 2.6e-05 m' "
               "now");
  assert_other("[2, 5, 10]", "[2, 6, 10]", THREE_BY_TWO,
               "protocol.0.current_ratio of case 2: found '5' there, '6' now");
  assert_other("[2, 5, 10]", "[2, 5, 10, 20]", THREE_BY_TWO,
               "number of cases: found '6' there, '8' now");
  assert_other("sweep:", "sweep:\n  fields: last", THREE_BY_TWO,
               "sweep.fields: found 'none' there, 'stored' now");
}

static void test_closed_forms_are_no_cases_that_were_solved(void **state)
{
  SweepOptions options = Options();

  (void)state;
  WriteCell(THREE_BY_TWO);
  options.dry = PETSC_TRUE;
  assert_int_equal(Execute(&options), 0);
  options.dry = PETSC_FALSE;
  options.resume = PETSC_TRUE;
  assert_refused(&options,
                 "sweep.h5: a sweep of other cases: what was computed: found 'closed forms only "
                 "(--dry)' there, 'cases solved' now; without --resume it is replaced");
}

// ---- Closed forms only ----

static void test_dry_rows_hold_the_closed_forms(void **state)
{
  static const char *const alone[] = {"protocol.0.current_ratio=10",
                                      "electrolyte.transference_number=0.5"};
  SweepOptions options = Options();
  ClosedForms forms;
  Case case_;
  int right = 1;

  (void)state;
  WriteCell(THREE_BY_TWO);
  options.dry = PETSC_TRUE;
  assert_int_equal(Execute(&options), 0);
  if (IsRankZero()) {
    right = CaseRead(PETSC_COMM_SELF, "cell.yaml", 2, alone, &case_) == 0 &&
            ClosedFormsFind(&case_, &forms) == 0;
    right = right && SameBits(ReadReal("/sand_time", 5), forms.sand_time);
    right = right && SameBits(ReadReal("/finite_depletion_time", 5), forms.finite_depletion_time);
    right = right && isnan(ReadReal("/depletion_time", 5)) && ReadReal("/steps", 5) == 0;
    CaseDestroy(&case_);
  }
  assert_true(AllRanks(right));
}

// ---- Fields ----

// What a run tells, as far as the tests compare it.
typedef struct {
  PetscReal last_time, last_potential, first_time;
  PetscInt fields, steps;
} Told;

static PetscErrorCode TakeFields(void *context, const FieldsRecord *record)
{
  Told *const told = (Told *)context;

  if (!told->fields++) told->first_time = record->time;
  told->last_time = record->time;
  told->last_potential = record->potential[0];
  return 0;
}

static Told RunTold(PetscInt n, const char *const settings[])
{
  Told told = {.fields = 0};
  const RunObserver observer = {.context = &told, .fields = TakeFields};
  RunResult result;
  Case case_;
  Run run;

  if (CaseRead(PETSC_COMM_SELF, "cell.yaml", n, settings, &case_) ||
      RunCreate(PETSC_COMM_SELF, &case_, &run) || RunSetObserver(run, &observer) ||
      RunExecute(run, &result) || RunDestroy(&run) || CaseDestroy(&case_))
    abort();
  told.steps = result.steps;
  RunResultDestroy(&result);
  return told;
}

static void test_fields_are_those_of_the_case_alone(void **state)
{
  enum { TIMES = 20, NODES = 41 };
  static const char *const alone[] = {"mesh.nodes=31"};
  const SweepOptions options = Options();
  hssize_t count[3];
  int right = 1;

  (void)state;
  WriteCell("sweep: {mesh.nodes: [41, 31], fields: all, times: 20}\n");
  assert_int_equal(Execute(&options), 0);
  if (IsRankZero()) {
    const Told told = RunTold(1, alone);
    PetscReal *time = ReadReals("/time", &count[0]);
    PetscReal *potential = ReadReals("/fields/potential", &count[1]);
    PetscReal *voltage = ReadReals("/history/cell_voltage", &count[2]);
    const PetscInt last = 2 * TIMES - 1;

    right = count[0] == 2 * TIMES && count[1] == 2 * TIMES * NODES && count[2] == 2 * TIMES;
    right = right && SameBits(time[TIMES], told.first_time) && SameBits(time[last], told.last_time);
    right = right && SameBits(potential[last * NODES], told.last_potential);
    right = right && isfinite(potential[last * NODES + 30]) && isnan(potential[last * NODES + 31]);
    right = right && SameBits(voltage[last], ReadReal("/end_voltage", 1));
    for (int i = 1; i < TIMES; i++) right = right && time[i] > time[i - 1];
    PetscFree(time);
    PetscFree(potential);
    PetscFree(voltage);
  }
  assert_true(AllRanks(right));
}

static void test_fields_may_be_asked_for_by_the_cases_own_output(void **state)
{
  const SweepOptions options = Options();
  hssize_t count = 0;

  (void)state;
  WriteCell("output: {fields: last}\nsweep: {mesh.nodes: [41, 31]}\n");
  assert_int_equal(Execute(&options), 0);
  if (IsRankZero()) {
    PetscReal *potential = ReadReals("/fields/potential", &count);
    PetscFree(potential);
  }
  assert_true(AllRanks(!IsRankZero() || count == 2 * 41));
}

static void test_places_that_are_too_many_stay_empty(void **state)
{
  const SweepOptions options = Options();
  hssize_t count[2];
  int right = 1;

  (void)state;
  WriteCell("sweep: {mesh.nodes: [31], fields: last, times: 5000}\n");
  assert_int_equal(Execute(&options), 0);
  if (IsRankZero()) {
    PetscReal *voltage = ReadReals("/history/cell_voltage", &count[0]);
    PetscReal *potential = ReadReals("/fields/potential", &count[1]);
    const PetscInt steps = (PetscInt)ReadReal("/steps", 0);

    right = count[0] == 5000 && isfinite(voltage[steps - 1]) && isnan(voltage[steps]);
    right = right && count[1] == 31 && isfinite(potential[30]);
    right = right && ReadReal("/time", 0) == ReadReal("/end_time", 0);
    PetscFree(voltage);
    PetscFree(potential);
  }
  assert_true(AllRanks(right));
}

// ---- Several ranks a case ----

static void test_ranks_can_share_a_case(void **state)
{
  static const char *const alone[] = {"protocol.0.current_ratio=5",
                                      "electrolyte.transference_number=0.5"};
  SweepOptions options = Options();
  char setting[64];
  const char *const settings[] = {setting};
  int right = 1;

  (void)state;
  WriteCell(THREE_BY_TWO);
  snprintf(setting, sizeof(setting), "sweep.ranks_per_case=%d", Ranks());
  options.number_of_settings = 1;
  options.settings = settings;
  assert_int_equal(Execute(&options), 0);
  if (IsRankZero()) {
    RunResult result = RunAlone(2, alone);
    right = fabs(ReadReal("/depletion_time", 3) / result.depletion_time - 1) < 1e-6;
    RunResultDestroy(&result);
  }
  assert_true(AllRanks(right));
}

static void test_ranks_have_to_be_shared_evenly(void **state)
{
  static const char *const settings[] = {"sweep.ranks_per_case=4"};
  SweepOptions options = Options();
  char expected[128];

  (void)state;
  WriteCell(THREE_BY_TWO);
  options.number_of_settings = 1;
  options.settings = settings;
  snprintf(expected, sizeof(expected),
           "cell.yaml: sweep.ranks_per_case: found 4, allowed: a divisor of the number of ranks, "
           "%d",
           Ranks());
  assert_refused(&options, expected);
}

// ---- The file ----

static void ReadUnits(const char name[], char units[64])
{
  const hid_t file = H5Fopen("sweep.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t attribute = H5Aopen_by_name(file, name, "units", H5P_DEFAULT, H5P_DEFAULT);
  const hid_t type = H5Aget_type(attribute);
  char *text;

  if (H5Aread(attribute, type, &text) < 0) abort();
  snprintf(units, 64, "%s", text);
  H5free_memory(text);
  H5Tclose(type);
  H5Aclose(attribute);
  H5Fclose(file);
}

static void test_swept_keys_have_the_units_of_netcdf(void **state)
{
  static const char *const expected[][2] = {{"/protocol.0.current", "A m-2"},
                                            {"/electrolyte.concentration", "mol m-3"},
                                            {"/electrolyte.diffusivity", "m2 s-1"},
                                            {"/anode.interface_capacitance", "F m-2"},
                                            {"/temperature", "K"},
                                            {"/separator.porosity", "1"},
                                            {"/electrolyte.closure", "1"}};
  static const char *const settings[] = {"protocol=[{current: 5 mA/cm^2, for: 1 s}]"};
  SweepOptions options = Options();
  char units[64];
  int right = 1;

  (void)state;
  WriteCell(
      "sweep: {protocol.0.current: 5 mA/cm^2, electrolyte.concentration: 1 M,\n"
      "  electrolyte.diffusivity: 1e-10 m^2/s, anode.interface_capacitance: 10 uF/cm^2,\n"
      "  temperature: 25 degC, separator.porosity: 0.5, electrolyte.closure: poisson}\n");
  options.dry = PETSC_TRUE;
  options.number_of_settings = 1;
  options.settings = settings;
  assert_int_equal(Execute(&options), 0);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(expected) && IsRankZero(); i++) {
    ReadUnits(expected[i][0], units);
    if (strcmp(units, expected[i][1])) {
      print_error("%s: %s, expected: %s\n", expected[i][0], units, expected[i][1]);
      right = 0;
    }
  }
  assert_true(AllRanks(right));
}

static void test_a_signal_before_the_start_leaves_everything_to_do(void **state)
{
  static const volatile sig_atomic_t terminated = SIGTERM;
  SweepOptions options = Options();

  (void)state;
  WriteCell(THREE_BY_TWO);
  options.signal = &terminated;
  assert_int_equal(Execute(&options), 143);
  assert_false(Exists("sweep.h5"));
}

// ---- Start ----

static int EnterFolder(void **state)
{
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return EnterScratchFolder(state);
}

static int LeaveFolder(void **state)
{
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  if (IsRankZero()) {
    remove("cell.yaml");
    remove("sweep.h5");
  }
  return LeaveEmptyScratchFolder(state);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_row_is_what_the_case_alone_comes_to),
      cmocka_unit_test(test_a_bad_value_is_told_with_its_case_and_nothing_is_written),
      cmocka_unit_test(test_a_swept_key_cannot_be_set),
      cmocka_unit_test(test_settings_reach_every_case),
      cmocka_unit_test(test_a_case_that_fails_is_a_row),
      cmocka_unit_test(test_all_failed_is_told_by_the_exit_status),
      cmocka_unit_test(test_a_torn_row_is_done_again),
      cmocka_unit_test(test_what_is_done_is_not_done_again),
      cmocka_unit_test(test_other_cases_are_refused_with_the_difference),
      cmocka_unit_test(test_closed_forms_are_no_cases_that_were_solved),
      cmocka_unit_test(test_dry_rows_hold_the_closed_forms),
      cmocka_unit_test(test_fields_are_those_of_the_case_alone),
      cmocka_unit_test(test_fields_may_be_asked_for_by_the_cases_own_output),
      cmocka_unit_test(test_places_that_are_too_many_stay_empty),
      cmocka_unit_test(test_ranks_can_share_a_case),
      cmocka_unit_test(test_ranks_have_to_be_shared_evenly),
      cmocka_unit_test(test_swept_keys_have_the_units_of_netcdf),
      cmocka_unit_test(test_a_signal_before_the_start_leaves_everything_to_do),
  };
  int failures;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failures = cmocka_run_group_tests(tests, EnterFolder, LeaveFolder);
  return PetscFinalize() ? 1 : failures;
}
