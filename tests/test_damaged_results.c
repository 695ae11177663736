#include <hdf5.h>
#include <hdf5_hl.h>
#include <string.h>

#include "io/hdf5_tools.h"
#include "io/plot_data.h"
#include "tests/case_files.h"

/* Files of results that are not what their names say.  Each rank has a file of its own in memory;
   nothing is drawn. */

#define NODES 3
#define TIMES 2

static hid_t file;

static int MakeFile(void **state)
{
  (void)state;
  return MemoryFileCreate("damaged.h5", &file) ? 1 : 0;
}

static int CloseFile(void **state)
{
  (void)state;
  return H5Fclose(file) < 0;
}

static void Put(const char name[], int rank, const hsize_t size[])
{
  static const double zeros[64];

  assert_true(AllRanks(H5LTmake_dataset_double(file, name, rank, size, zeros) >= 0));
  const hid_t data_set = H5Dopen2(file, name, H5P_DEFAULT);
  PetscCallAbort(PETSC_COMM_WORLD, AttributeSetText(data_set, "units", "m"));
  H5Dclose(data_set);
}

static void PutGroup(const char name[])
{
  hid_t group;

  PetscCallAbort(PETSC_COMM_WORLD, GroupCreate(file, name, &group));
  H5Gclose(group);
}

// One value a node and time, but for the one that the damage has taken some of.
static void PutRun(hsize_t nodes, hsize_t concentrations, hsize_t voltages)
{
  PetscCallAbort(PETSC_COMM_WORLD, AttributeSetText(file, "title", "a run"));
  PutGroup("/fields");
  PutGroup("/history");
  Put("/x", 1, (hsize_t[]){nodes});
  Put("/time", 1, (hsize_t[]){TIMES});
  Put("/fields/charge_density", 2, (hsize_t[]){TIMES, nodes});
  Put("/fields/cation_concentration", 1, (hsize_t[]){concentrations});
  Put("/history/time", 1, (hsize_t[]){TIMES});
  Put("/history/cell_voltage", 1, (hsize_t[]){voltages});
}

// ---- Attributes and data sets ----

// It would be read to a place for one.
static void test_attribute_of_several_values_is_no_number(void **state)
{
  const double values[] = {1, 2, 3, 4};
  double value[4] = {-1, -1, -1, -1};
  PetscBool found;

  (void)state;
  assert_true(AllRanks(H5LTset_attribute_double(file, "/", "several", values, 4) >= 0));
  assert_int_equal(AttributeGetReal(file, "several", value, &found), 0);
  assert_true(AllRanks(!found && value[0] == -1 && value[1] == -1));
}

static void test_shape_of_a_data_set_is_told(void **state)
{
  static const struct {
    int rank;
    hsize_t size[4], rows, width;
    PetscBool holds;
  } cases[] = {{1, {5}, 5, 1, PETSC_TRUE},          {1, {5}, 6, 1, PETSC_FALSE},
               {2, {5, 3}, 4, 3, PETSC_TRUE},       {2, {5, 3}, 4, 1, PETSC_FALSE},
               {3, {5, 3, 2}, 1, 3, PETSC_FALSE},   {3, {5, 1, 3}, 1, 3, PETSC_TRUE},
               {4, {5, 1, 1, 1}, 1, 1, PETSC_FALSE}};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) {
    Put("/a", cases[i].rank, cases[i].size);
    const hid_t data_set = H5Dopen2(file, "/a", H5P_DEFAULT);
    const PetscBool holds = DataSetHolds(data_set, cases[i].rows, cases[i].width);
    H5Dclose(data_set);
    H5Ldelete(file, "/a", H5P_DEFAULT);
    assert_true(AllRanks(holds == cases[i].holds));
  }
}

// A terabyte of which nothing was written costs nothing in the file, and all there is in memory.
static void test_values_that_no_file_could_have_are_not_counted(void **state)
{
  const hsize_t size = 1ULL << 37, chunk = 1024;
  PetscInt count[2] = {0, 0};

  (void)state;
  const hid_t space = H5Screate_simple(1, &size, NULL), creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, 1, &chunk);
  const hid_t huge =
      H5Dcreate2(file, "/huge", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_int_equal(DataSetCount(huge, &count[0]), 0);
  Put("/small", 2, (hsize_t[]){5, 3});
  const hid_t small = H5Dopen2(file, "/small", H5P_DEFAULT);
  assert_int_equal(DataSetCount(small, &count[1]), 0);
  H5Dclose(huge), H5Dclose(small), H5Sclose(space), H5Pclose(creation);
  assert_true(AllRanks(count[0] == -1 && count[1] == 15));
}

// ---- Pictures ----

static void assert_not_drawn(const char expected[])
{
  const PictureSet set = {.folder = ".", .name = "damaged", .format = PICTURE_SVG};
  const char *message;

  KeepErrors();
  const PetscErrorCode code = PlotRun(file, &set);
  ForgetErrors();
  (void)FirstError(&message);
  const int as_expected = code == PETSC_ERR_FILE_READ && strcmp(message, expected) == 0;
  if (!as_expected) print_error("error %d: %s\nexpected: %s\n", code, message, expected);
  assert_true(AllRanks(as_expected));
}

static void test_profiles_of_unlike_sizes_are_not_drawn(void **state)
{
  (void)state;
  PutRun(NODES, TIMES * NODES - 1, TIMES);
  assert_not_drawn("damaged.h5: cannot be read: cation: found 5 values, allowed: 6");
}

static void test_profiles_without_nodes_are_not_drawn(void **state)
{
  (void)state;
  PutRun(0, 0, TIMES);
  assert_not_drawn("damaged.h5: cannot be read: x: found 0 values, allowed: 2");
}

static void test_history_of_unlike_sizes_is_not_drawn(void **state)
{
  (void)state;
  PutRun(NODES, TIMES * NODES, TIMES - 1);
  H5Ldelete(file, "/fields", H5P_DEFAULT);
  assert_not_drawn("damaged.h5: cannot be read: history/cell_voltage: found 1 values, allowed: 2");
}

int main(int argc, char *argv[])
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, MakeFile, CloseFile)
  const struct CMUnitTest tests[] = {
      WITH_FILE(test_attribute_of_several_values_is_no_number),
      WITH_FILE(test_shape_of_a_data_set_is_told),
      WITH_FILE(test_values_that_no_file_could_have_are_not_counted),
      WITH_FILE(test_profiles_of_unlike_sizes_are_not_drawn),
      WITH_FILE(test_profiles_without_nodes_are_not_drawn),
      WITH_FILE(test_history_of_unlike_sizes_is_not_drawn),
  };
  int failures;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscFinalize();
  return failures;
}
