#define _XOPEN_SOURCE 700

#include <hdf5.h>
#include <math.h>
#include <petscsys.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/results.h"
#include "tests/scratch_folder.h"

/* Rank 0 writes, reads and judges; its verdict is broadcast before anyone asserts. */

#define NODES 11
#define TIMES 7
#define HISTORY_PER_TIME 40
#define THICKNESS 25e-6

static PetscBool IsRankZero(void)
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank == 0;
}

static PetscInt Agreed(PetscInt value)
{
  (void)MPI_Bcast(&value, 1, MPIU_INT, 0, PETSC_COMM_WORLD);
  return value;
}

// ---- A run made up for the test ---------------------------------------------------------------

static const ClosedForms closed_forms = {.sand_time = 250,
                                         .finite_depletion_time = 240,
                                         .limiting_current_density = 20,
                                         .current_density = 100,
                                         .current_ratio = 5,
                                         .debye_length = 2e-10,
                                         .variable_sand_constant = 5e6,
                                         .variable_sand_time = 500,
                                         .variable_limiting_current_density = 30,
                                         .variable_finite_depletion_time = NAN};

static const char case_yaml[] = "title: made up\n";

static Case SampleCase(StoredFields fields)
{
  static char title[] = "A line with a moving front";

  return (Case){
      .title = title,
      .electrolyte = {.number_of_ions = 2, .ion = {{.name = "cation"}, {.name = "anion"}}},
      .separator = {.thickness = THICKNESS},
      .output = {.times = TIMES, .fields = fields}};
}

static PetscReal Position(PetscInt i)
{
  return THICKNESS * i * i / ((NODES - 1) * (NODES - 1));
}

static PetscReal Potential(PetscInt row, PetscInt i)
{
  return row + 0.01 * i;
}

static PetscErrorCode CreateSample(const char path[], const Case *case_, const ClosedForms *forms,
                                   Results *results)
{
  PetscReal x[NODES], width[NODES], spacing[NODES - 1];
  const Mesh mesh = {NODES, x, width, spacing};

  PetscFunctionBeginUser;
  for (int i = 0; i < NODES; i++) x[i] = Position(i);
  for (int i = 0; i < NODES - 1; i++) spacing[i] = x[i + 1] - x[i];
  for (int i = 0; i < NODES; i++) {
    width[i] = 0.5 * ((i > 0 ? spacing[i - 1] : 0) + (i < NODES - 1 ? spacing[i] : 0));
  }
  PetscCall(ResultsCreate(path, case_, case_yaml, "1.2.3", &mesh, forms, results));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteSampleFields(Results results, PetscInt row)
{
  PetscReal cation[NODES], anion[NODES], potential[NODES], charge[NODES], field[NODES - 1];

  PetscFunctionBeginUser;
  for (int i = 0; i < NODES; i++) {
    cation[i] = 1000 + row * (i - NODES / 2);
    anion[i] = cation[i] - 1e-3 * i;
    potential[i] = Potential(row, i);
    charge[i] = 96485 * (cation[i] - anion[i]);
  }
  for (int i = 0; i < NODES - 1; i++) field[i] = -1e3 * row * i;
  PetscCall(ResultsWriteFields(
      results, &(FieldsRecord){10.0 * row, {cation, anion}, potential, charge, field}));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteSampleHistory(Results results, PetscInt number)
{
  PetscFunctionBeginUser;
  PetscCall(ResultsWriteHistory(results, &(HistoryRecord){.time = 0.25 * number,
                                                          .cell_voltage = 0.1 + 1e-3 * number,
                                                          .current_density = 100,
                                                          .amount = {0.025, 0.025},
                                                          .amount_entered = {1e-6 * number, 0},
                                                          .step = number / 100}));
  PetscFunctionReturn(0);
}

// The whole run; leaves the file at `path`.
static PetscErrorCode WriteSample(const char path[], StoredFields fields, const ClosedForms *forms)
{
  const Case case_ = SampleCase(fields);
  const EventRecord depletion = {EVENT_DEPLETION, 50, 0, PETSC_FALSE};
  const EventRecord limit = {EVENT_VOLTAGE_LIMIT, 60, 1, PETSC_TRUE};
  const RunResult run = {.status = RUN_DEPLETED,
                         .steps = TIMES * HISTORY_PER_TIME,
                         .seconds = 1.5,
                         .closed_forms = *forms,
                         .depletion_time = 50,
                         .space_charge_time = NAN};
  Results results;

  PetscFunctionBeginUser;
  PetscCall(CreateSample(path, &case_, forms, &results));
  for (int row = 0; row < TIMES; row++) {
    PetscCall(WriteSampleFields(results, row));
    for (int i = 0; i < HISTORY_PER_TIME; i++) {
      PetscCall(WriteSampleHistory(results, HISTORY_PER_TIME * row + i));
    }
  }
  PetscCall(ResultsWriteEvent(results, &depletion));
  PetscCall(ResultsWriteEvent(results, &limit));
  PetscCall(ResultsFinish(results, &run));
  PetscCall(ResultsDestroy(&results));
  PetscFunctionReturn(0);
}

// ---- The files of a test ----------------------------------------------------------------------

static const char path[] = "a run.h5", line_path[] = "a run.xdmf",
                  sheet_path[] = "a run-sheet.xdmf";

static int LeaveFolder(void **state)
{
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  if (IsRankZero()) {
    unlink("a run.h5.part");
    unlink("a run.h5.lock");  // of a run that was killed
    unlink(path);
    unlink(line_path);
    unlink(sheet_path);
  }
  return LeaveEmptyScratchFolder(state);
}

static PetscBool Exists(const char name[])
{
  return access(name, F_OK) == 0;
}

// ---- Reading back -----------------------------------------------------------------------------

// Dimensions of a data set, -1 for what it does not have; all -1 when there is no such data set.
static void GetSize(hid_t file, const char name[], hssize_t size[2])
{
  const hid_t data_set = H5Dopen2(file, name, H5P_DEFAULT);
  hsize_t dimension[2] = {0, 0};
  int rank;

  size[0] = size[1] = -1;
  if (data_set < 0) return;
  const hid_t space = H5Dget_space(data_set);
  rank = H5Sget_simple_extent_dims(space, dimension, NULL);
  for (int d = 0; d < rank; d++) size[d] = (hssize_t)dimension[d];
  H5Sclose(space);
  H5Dclose(data_set);
}

// The values of a real data set, to be freed; NULL when it cannot be read.
static double *ReadReals(hid_t file, const char name[], hssize_t *count)
{
  const hid_t data_set = H5Dopen2(file, name, H5P_DEFAULT);
  if (data_set < 0) return NULL;
  const hid_t space = H5Dget_space(data_set);
  *count = H5Sget_simple_extent_npoints(space);
  double *values = malloc(sizeof(double) * (size_t)(*count + 1));
  if (H5Dread(data_set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
    free(values);
    values = NULL;
  }
  H5Sclose(space);
  H5Dclose(data_set);
  return values;
}

static PetscReal ReadRealAttribute(hid_t file, const char object[], const char name[])
{
  double value = -1;
  const hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);

  H5Aread(attribute, H5T_NATIVE_DOUBLE, &value);
  H5Aclose(attribute);
  return value;
}

static PetscBool TextAttributeIs(hid_t file, const char object[], const char name[],
                                 const char expected[])
{
  char *text = NULL;
  const hid_t attribute = H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t type = H5Aget_type(attribute);
  const PetscBool same = H5Aread(attribute, type, &text) >= 0 && strcmp(text, expected) == 0;

  H5free_memory(text);
  H5Tclose(type);
  H5Aclose(attribute);
  return same;
}

// H5Ovisit: counts in `data` the data sets without units or long_name, or that cannot be read.
static herr_t CountBad(hid_t object, const char *name, const H5O_info_t *info, void *data)
{
  hssize_t count;

  if (info->type != H5O_TYPE_DATASET) return 0;
  const hid_t data_set = H5Dopen2(object, name, H5P_DEFAULT);
  if (data_set < 0) {
    ++*(PetscInt *)data;
    return 0;
  }
  const hid_t type = H5Dget_type(data_set);
  PetscBool good = H5Aexists(data_set, "units") > 0 && H5Aexists(data_set, "long_name") > 0;
  if (H5Tget_class(type) != H5T_STRING) {
    double *values = ReadReals(object, name, &count);
    if (!values) good = PETSC_FALSE;
    free(values);
  }
  H5Tclose(type);
  H5Dclose(data_set);
  if (!good) ++*(PetscInt *)data;
  return 0;
}

static PetscInt CountBadDataSets(hid_t file)
{
  PetscInt bad = 0;

  H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, CountBad, &bad);
  return bad;
}

static hid_t OpenResults(void)
{
  return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

// ---- The facts --------------------------------------------------------------------------------

static void test_data_sets_have_the_shapes_of_the_interface(void **state)
{
  static const struct {
    const char *name;
    hssize_t size[2];
  } expected[] = {
      {"/x", {NODES, -1}},
      {"/cell_width", {NODES, -1}},
      {"/x_over_thickness", {NODES, -1}},
      {"/face", {NODES - 1, -1}},
      {"/time", {TIMES, -1}},
      {"/time_over_sand_time", {TIMES, -1}},
      {"/fields/cation_concentration", {TIMES, NODES}},
      {"/fields/anion_concentration", {TIMES, NODES}},
      {"/fields/potential", {TIMES, NODES}},
      {"/fields/charge_density", {TIMES, NODES}},
      {"/fields/electric_field", {TIMES, NODES - 1}},
      {"/history/time", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/cell_voltage", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/current_density", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/faradaic_current_density", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/charge_passed", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/cation_concentration_anode", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/cation_concentration_counter_electrode", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/virtual_salt_concentration", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/space_charge_width", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/step", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/anion_amount", {TIMES * HISTORY_PER_TIME, -1}},
      {"/history/cation_amount_entered", {TIMES * HISTORY_PER_TIME, -1}},
      {"/events/name", {2, -1}},
      {"/events/time", {2, -1}},
      {"/events/step", {2, -1}},
      {"/events/electrode", {2, -1}},
      {"/case", {-1, -1}},
  };
  PetscInt wrong = 0;

  (void)state;
  if (IsRankZero()) {
    if (WriteSample(path, FIELDS_ALL, &closed_forms)) wrong++;
    const hid_t file = OpenResults();
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(expected); i++) {
      hssize_t size[2];
      GetSize(file, expected[i].name, size);
      if (H5Lexists(file, expected[i].name, H5P_DEFAULT) <= 0 || size[0] != expected[i].size[0] ||
          size[1] != expected[i].size[1]) {
        print_error("%s has the shape %d, %d\n", expected[i].name, (int)size[0], (int)size[1]);
        wrong++;
      }
    }
    H5Fclose(file);
  }
  assert_int_equal(Agreed(wrong), 0);
}

static void test_every_data_set_has_units_and_long_name(void **state)
{
  PetscInt bad = -1;

  (void)state;
  if (IsRankZero() && !WriteSample(path, FIELDS_ALL, &closed_forms)) {
    const hid_t file = OpenResults();
    bad = CountBadDataSets(file);
    H5Fclose(file);
  }
  assert_int_equal(Agreed(bad), 0);
}

static void test_values_are_read_back_unchanged(void **state)
{
  PetscInt wrong = 0;

  (void)state;
  if (IsRankZero()) {
    hssize_t count;
    if (WriteSample(path, FIELDS_ALL, &closed_forms)) wrong++;
    const hid_t file = OpenResults();
    double *potential = ReadReals(file, "/fields/potential", &count);
    double *time = ReadReals(file, "/time_over_sand_time", &count);
    double *step = ReadReals(file, "/history/step", &count);
    double *entered = ReadReals(file, "/history/cation_amount_entered", &count);
    for (int row = 0; row < TIMES; row++) {
      if (time[row] != 10.0 * row / closed_forms.sand_time) wrong++;
      for (int i = 0; i < NODES; i++) wrong += potential[NODES * row + i] != Potential(row, i);
    }
    for (int i = 0; i < count; i++) wrong += step[i] != i / 100 || entered[i] != 1e-6 * i;
    free(potential);
    free(time);
    free(step);
    free(entered);
    H5Fclose(file);
  }
  assert_int_equal(Agreed(wrong), 0);
}

static void test_attributes_tell_the_outcome(void **state)
{
  PetscBool told = PETSC_FALSE;

  (void)state;
  if (IsRankZero() && !WriteSample(path, FIELDS_ALL, &closed_forms)) {
    const hid_t file = OpenResults();
    told = TextAttributeIs(file, "/", "status", "depleted") &&
           TextAttributeIs(file, "/case", "sandglass_version", "1.2.3") &&
           TextAttributeIs(file, "/sand", "debye_length_units", "m") &&
           ReadRealAttribute(file, "/", "steps") == TIMES * HISTORY_PER_TIME &&
           ReadRealAttribute(file, "/sand", "sand_time") == closed_forms.sand_time &&
           ReadRealAttribute(file, "/sand", "depletion_time") == 50 &&
           TextAttributeIs(file, "/sand", "variable_sand_constant_units", "A2 s m-4") &&
           ReadRealAttribute(file, "/sand", "variable_sand_constant") == 5e6 &&
           ReadRealAttribute(file, "/sand", "variable_sand_time") == 500 &&
           ReadRealAttribute(file, "/sand", "variable_limiting_current_density") == 30 &&
           isnan(ReadRealAttribute(file, "/sand", "variable_finite_depletion_time")) &&
           isnan(ReadRealAttribute(file, "/sand", "space_charge_time"));
    H5Fclose(file);
  }
  assert_true(Agreed(told));
}

static void test_without_sand_time_the_sheet_is_over_time(void **state)
{
  ClosedForms forms = closed_forms;
  PetscReal last = -1;

  (void)state;
  forms.sand_time = NAN;
  if (IsRankZero() && !WriteSample(path, FIELDS_ALL, &forms)) {
    hssize_t count;
    const hid_t file = OpenResults();
    double *time = ReadReals(file, "/time_over_sand_time", &count);
    if (time && TextAttributeIs(file, "/time_over_sand_time", "units", "s")) last = time[count - 1];
    free(time);
    H5Fclose(file);
  }
  assert_int_equal(Agreed((PetscInt)last), 10 * (TIMES - 1));
}

static void test_fields_last_keeps_one_time(void **state)
{
  PetscInt kept = -1;

  (void)state;
  if (IsRankZero() && !WriteSample(path, FIELDS_LAST, &closed_forms)) {
    hssize_t count;
    const hid_t file = OpenResults();
    double *time = ReadReals(file, "/time", &count);
    if (time && time[count - 1] == 10 * (TIMES - 1)) kept = (PetscInt)count;
    free(time);
    H5Fclose(file);
    if (!Exists(line_path) || Exists(sheet_path)) kept = -1;
  }
  assert_int_equal(Agreed(kept), 1);
}

static void test_fields_none_writes_no_fields_and_no_xdmf(void **state)
{
  PetscBool none = PETSC_FALSE;

  (void)state;
  if (IsRankZero() && !WriteSample(path, FIELDS_ALL, &closed_forms) && Exists(sheet_path) &&
      !WriteSample(path, FIELDS_NONE, &closed_forms)) {
    const hid_t file = OpenResults();
    none =
        H5Lexists(file, "/fields", H5P_DEFAULT) == 0 && !Exists(line_path) && !Exists(sheet_path);
    H5Fclose(file);
  }
  assert_true(Agreed(none));
}

static void test_nothing_of_hdf5_stays_open(void **state)
{
  PetscInt open = -1;

  (void)state;
  if (IsRankZero() && !WriteSample(path, FIELDS_ALL, &closed_forms)) {
    open = (PetscInt)H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL);
    for (H5I_type_t type = H5I_GROUP; type <= H5I_ATTR; type++) {
      hsize_t members = 0;
      if (type != H5I_DATATYPE) H5Inmembers(type, &members);  // some data types are HDF5's own
      open += (PetscInt)members;
    }
  }
  assert_int_equal(Agreed(open), 0);
}

static void test_missing_folder_is_refused(void **state)
{
  PetscErrorCode error = 0;

  (void)state;
  if (IsRankZero()) {
    PetscPushErrorHandler(PetscReturnErrorHandler, NULL);
    const Case case_ = SampleCase(FIELDS_ALL);
    Results results = NULL;
    error = CreateSample("missing/run.h5", &case_, &closed_forms, &results);
    ResultsDestroy(&results);
    PetscPopErrorHandler();
  }
  assert_int_equal(Agreed(error), Agreed(PETSC_ERR_FILE_OPEN));
}

static void test_folder_in_place_of_the_file_is_refused(void **state)
{
  PetscErrorCode error = 0;

  (void)state;
  if (IsRankZero()) {
    PetscPushErrorHandler(PetscReturnErrorHandler, NULL);
    const Case case_ = SampleCase(FIELDS_ALL);
    Results results = NULL;
    mkdir("a folder", 0700);
    error = CreateSample("a folder", &case_, &closed_forms, &results);
    ResultsDestroy(&results);
    rmdir("a folder");
    PetscPopErrorHandler();
  }
  assert_int_equal(Agreed(error), Agreed(PETSC_ERR_FILE_OPEN));
}

// The largest file this process may write stands for a full disk.
static PetscErrorCode WriteWithoutSpace(void)
{
  struct rlimit before, small;
  PetscErrorCode error;

  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 4096;
  setrlimit(RLIMIT_FSIZE, &small);
  PetscPushErrorHandler(PetscReturnErrorHandler, NULL);
  const Case case_ = SampleCase(FIELDS_ALL);
  Results results = NULL;
  error = CreateSample(path, &case_, &closed_forms, &results);
  ResultsDestroy(&results);
  PetscPopErrorHandler();
  setrlimit(RLIMIT_FSIZE, &before);
  return error;
}

static void test_full_disk_leaves_the_earlier_file(void **state)
{
  PetscErrorCode error = 0;
  PetscBool kept = PETSC_FALSE;

  (void)state;
  if (IsRankZero() && !WriteSample(path, FIELDS_ALL, &closed_forms)) {
    error = WriteWithoutSpace();
    const hid_t file = OpenResults();
    kept = file >= 0 && CountBadDataSets(file) == 0 &&
           TextAttributeIs(file, "/", "status", "depleted");
    H5Fclose(file);
  }
  assert_int_equal(Agreed(error), Agreed(PETSC_ERR_FILE_WRITE));
  assert_true(Agreed(kept));
}

static void test_symbolic_link_stays_one(void **state)
{
  PetscBool stays = PETSC_FALSE;

  (void)state;
  if (IsRankZero()) {
    static const char target[] = "target";
    struct stat status;
    fclose(fopen(target, "w"));
    stays = symlink(target, path) == 0 && !WriteSample(path, FIELDS_ALL, &closed_forms) &&
            lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && stat(target, &status) == 0 &&
            status.st_size > 0;
    unlink(target);
  }
  assert_true(Agreed(stays));
}

// In the child: records without end, with far more flushes than a run has.
static void WriteForEver(void)
{
  const Case case_ = SampleCase(FIELDS_ALL);
  Results results;
  PetscErrorCode error = CreateSample(path, &case_, &closed_forms, &results);

  for (int i = 0; !error; i++) {
    error = WriteSampleHistory(results, i);
    if (!error && i % 20 == 0) error = WriteSampleFields(results, i / 20);
    if (!error && i % 50 == 0) error = ResultsFlush(results);
  }
  _exit(1);
}

static void Wait(long milliseconds)
{
  nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

// Kills the writer after this time; true if everything can be read and time only grows.
static PetscBool SurvivesKillAfter(long milliseconds)
{
  PetscBool survives;
  hssize_t count = 0;
  const pid_t child = fork();

  if (child == 0) WriteForEver();
  while (!Exists(path)) Wait(1);
  Wait(milliseconds);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  const hid_t file = OpenResults();
  if (file < 0) return PETSC_FALSE;
  double *time = ReadReals(file, "/history/time", &count);
  survives = time && CountBadDataSets(file) == 0;
  for (int i = 1; survives && i < count; i++) survives = time[i] > time[i - 1];
  free(time);
  H5Fclose(file);
  return survives;
}

static void test_killed_run_leaves_a_readable_file(void **state)
{
  PetscInt broken = 0;

  (void)state;
  if (IsRankZero()) {
    for (int i = 0; i < 20; i++) {
      unlink(path);
      if (!SurvivesKillAfter(rand() % 120)) broken++;
    }
  }
  assert_int_equal(Agreed(broken), 0);
}

#define RESULTS_TEST(test) cmocka_unit_test_setup_teardown(test, EnterScratchFolder, LeaveFolder)

/* With -sample FILE.h5 the made-up run is written there, for the checks with other programs
   (tests/open_results.py, tests/open_in_paraview.py). */
int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      RESULTS_TEST(test_data_sets_have_the_shapes_of_the_interface),
      RESULTS_TEST(test_every_data_set_has_units_and_long_name),
      RESULTS_TEST(test_values_are_read_back_unchanged),
      RESULTS_TEST(test_attributes_tell_the_outcome),
      RESULTS_TEST(test_without_sand_time_the_sheet_is_over_time),
      RESULTS_TEST(test_fields_last_keeps_one_time),
      RESULTS_TEST(test_fields_none_writes_no_fields_and_no_xdmf),
      RESULTS_TEST(test_nothing_of_hdf5_stays_open),
      RESULTS_TEST(test_missing_folder_is_refused),
      RESULTS_TEST(test_folder_in_place_of_the_file_is_refused),
      RESULTS_TEST(test_full_disk_leaves_the_earlier_file),
      RESULTS_TEST(test_symbolic_link_stays_one),
      RESULTS_TEST(test_killed_run_leaves_a_readable_file),
  };
  PetscBool sample = PETSC_FALSE;
  char sample_path[PETSC_MAX_PATH_LEN];
  int failed;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(
      PetscOptionsGetString(NULL, NULL, "-sample", sample_path, sizeof(sample_path), &sample));
  if (sample) {
    failed = IsRankZero() ? (int)WriteSample(sample_path, FIELDS_ALL, &closed_forms) : 0;
  } else {
    failed = cmocka_run_group_tests(tests, NULL, NULL);
  }
  PetscCall(PetscFinalize());
  return failed;
}
