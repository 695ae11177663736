#include <hdf5_hl.h>
#include <petscsys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/series.h"

/* The same on every rank, each with a file in memory of its own: nothing has to be reduced. */

#define WIDTH 500  // 16 rows a chunk
#define ROWS 100

static PetscReal Value(int row, int i)
{
  return 1 / (1.0 + row + 0.01 * i);
}

static PetscErrorCode Append(Series series, int row)
{
  static const char *const names[] = {"one", "other"};
  PetscReal time = row, values[WIDTH];
  PetscInt number = -row;

  PetscFunctionBeginUser;
  for (int i = 0; i < WIDTH; i++) values[i] = Value(row, i);
  PetscCall(SeriesAppend(
      series, (const void *[]){&time, values, values, &number, (void *)&names[row % 2]}));
  PetscFunctionReturn(0);
}

#define COLUMNS 5

static const Column columns[COLUMNS] = {
    {.label = {"/time", "s", "time"}},
    {.label = {"/values", "1", "shuffled"}, .width = WIDTH},
    {.label = {"/repeating", "1", "not shuffled"}, .width = WIDTH, .repeats = PETSC_TRUE},
    {.label = {"/number", "1", "a number"}, .type = COLUMN_INTEGER},
    {.label = {"/name", "1", "a text"}, .type = COLUMN_TEXT}};

// A file with `rows` rows, which were moved into it at the end and each time after `interval`.
static PetscErrorCode Write(int rows, int interval, PetscBool last_only, PetscInt compression,
                            hid_t *file)
{
  Column column[COLUMNS];
  double scale_values[WIDTH] = {0};
  hid_t scale;
  Series series;

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(column, columns, COLUMNS));
  PetscCall(MemoryFileCreate("memory.h5", file));
  PetscCallH5(H5LTmake_dataset_double(*file, "/i", 1, (hsize_t[]){WIDTH}, scale_values));
  PetscCallH5(scale = H5Dopen2(*file, "/i", H5P_DEFAULT));
  column[1].scale = column[2].scale = scale;
  PetscCall(SeriesCreate(*file, COLUMNS, column, last_only, compression, &series));
  for (int row = 0; row < rows; row++) {
    PetscCall(Append(series, row));
    if (row % interval == interval - 1) PetscCall(SeriesWrite(series));
  }
  PetscCall(SeriesWrite(series));
  PetscCall(SeriesDestroy(&series));
  PetscCallH5(H5Dclose(scale));
  PetscFunctionReturn(0);
}

static PetscInt WrongValues(hid_t file, const char name[], int rows, int first)
{
  static double values[ROWS][WIDTH];
  hsize_t size[2];
  PetscInt wrong = 0;

  if (H5LTget_dataset_info(file, name, size, NULL, NULL) < 0 || size[0] != (hsize_t)rows ||
      H5LTread_dataset_double(file, name, *values) < 0) {
    return -1;
  }
  for (int row = 0; row < rows; row++) {
    for (int i = 0; i < WIDTH; i++) wrong += values[row][i] != Value(first + row, i);
  }
  return wrong;
}

static PetscInt WrongNumbers(hid_t file, int rows)
{
  int numbers[ROWS];
  PetscInt wrong = 0;

  if (H5LTread_dataset_int(file, "/number", numbers) < 0) return -1;
  for (int row = 0; row < rows; row++) wrong += numbers[row] != -row;
  return wrong;
}

static PetscInt WrongNames(hid_t file, int rows)
{
  char *names[ROWS];
  PetscInt wrong = 0;
  PetscBool done;
  hid_t data_set = H5Dopen2(file, "/name", H5P_DEFAULT), type;

  if (TextTypeCreate(&type) || DataSetReadRows(data_set, type, 0, (hsize_t)rows, names, &done)) {
    return -1;
  }
  for (int row = 0; row < rows; row++) {
    wrong += strcmp(names[row], row % 2 ? "other" : "one") != 0;
    H5free_memory(names[row]);
  }
  H5Tclose(type);
  H5Dclose(data_set);
  return wrong;
}

/* Goes on after the first `kept` of the rows in the file until there are ROWS. */
static PetscErrorCode GoOn(hid_t file, int kept)
{
  Series series;

  PetscFunctionBeginUser;
  PetscCall(SeriesOpen(file, COLUMNS, columns, PETSC_FALSE, kept, &series));
  PetscCheck(series && SeriesRows(series) == kept, PETSC_COMM_SELF, PETSC_ERR_PLIB, "not opened");
  for (int row = kept; row < ROWS; row++) PetscCall(Append(series, row));
  PetscCall(SeriesWrite(series));
  PetscCall(SeriesDestroy(&series));
  PetscFunctionReturn(0);
}

// Cut back to no row, within a chunk, to its end, and not at all.
static void test_opened_series_goes_on_after_the_rows_it_keeps(void **state)
{
  const int rows[] = {16, 40, 53}, kept[] = {0, 5, 16, 37, 40, 53};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(rows); i++) {
    for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(kept) && kept[j] <= rows[i]; j++) {
      hid_t file;
      assert_int_equal(Write(rows[i], 7, PETSC_FALSE, 1, &file), 0);
      assert_int_equal(GoOn(file, kept[j]), 0);
      assert_int_equal(WrongValues(file, "/values", ROWS, 0), 0);
      assert_int_equal(WrongNumbers(file, ROWS), 0);
      assert_int_equal(WrongNames(file, ROWS), 0);
      H5Fclose(file);
    }
  }
}

static void test_series_with_fewer_rows_or_columns_is_not_opened(void **state)
{
  Column other[COLUMNS];
  Series series;
  hid_t file;

  (void)state;
  assert_int_equal(Write(16, 7, PETSC_FALSE, 0, &file), 0);
  assert_int_equal(SeriesOpen(file, COLUMNS, columns, PETSC_FALSE, 17, &series), 0);
  assert_null(series);
  for (int i = 0; i < COLUMNS; i++) other[i] = columns[i];
  other[1].width = WIDTH + 1;
  assert_int_equal(SeriesOpen(file, COLUMNS, other, PETSC_FALSE, 16, &series), 0);
  assert_null(series);
  other[1].label.name = "/nothing";
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  assert_int_equal(SeriesOpen(file, COLUMNS, other, PETSC_FALSE, 16, &series), 0);
  assert_null(series);
  assert_int_equal(H5Fget_obj_count(file, H5F_OBJ_DATASET), 0);
  H5Fclose(file);
}

// To cut these off takes HDF5 a day.
static void test_series_with_rows_that_no_file_could_have_is_not_opened(void **state)
{
  const hsize_t rows = 1ULL << 36;
  Series series;
  hid_t file;

  (void)state;
  assert_int_equal(Write(16, 7, PETSC_FALSE, 0, &file), 0);
  const hid_t data_set = H5Dopen2(file, "/number", H5P_DEFAULT);
  assert_true(H5Dset_extent(data_set, &rows) >= 0);
  H5Dclose(data_set);
  assert_int_equal(SeriesOpen(file, COLUMNS, columns, PETSC_FALSE, 16, &series), 0);
  assert_null(series);
  H5Fclose(file);
}

// Within a chunk, at its end and beyond it; moved row by row, seldom, and only at the end.
static void test_rows_come_back_however_often_they_are_moved(void **state)
{
  const int rows[] = {1, 15, 16, 17, ROWS}, intervals[] = {1, 7, 16, ROWS + 1};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(rows); i++) {
    for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(intervals); j++) {
      hid_t file;
      for (PetscInt compression = 0; compression <= 1; compression++) {
        assert_int_equal(Write(rows[i], intervals[j], PETSC_FALSE, compression, &file), 0);
        assert_int_equal(WrongValues(file, "/values", rows[i], 0), 0);
        assert_int_equal(WrongValues(file, "/repeating", rows[i], 0), 0);
        assert_int_equal(WrongNumbers(file, rows[i]), 0);
        H5Fclose(file);
      }
    }
  }
}

static void test_compression_makes_the_file_shorter(void **state)
{
  ssize_t size[2];

  (void)state;
  for (PetscInt compression = 0; compression <= 1; compression++) {
    hid_t file;
    assert_int_equal(Write(ROWS, ROWS + 1, PETSC_FALSE, compression, &file), 0);
    size[compression] = H5Fget_file_image(file, NULL, 0);
    H5Fclose(file);
  }
  assert_true(size[1] < 0.9 * size[0]);
}

static void test_last_only_keeps_the_last_row(void **state)
{
  hid_t file;

  (void)state;
  assert_int_equal(Write(ROWS, 7, PETSC_TRUE, 1, &file), 0);
  assert_int_equal(WrongValues(file, "/values", 1, ROWS - 1), 0);
  H5Fclose(file);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_come_back_however_often_they_are_moved),
      cmocka_unit_test(test_opened_series_goes_on_after_the_rows_it_keeps),
      cmocka_unit_test(test_series_with_fewer_rows_or_columns_is_not_opened),
      cmocka_unit_test(test_series_with_rows_that_no_file_could_have_is_not_opened),
      cmocka_unit_test(test_compression_makes_the_file_shorter),
      cmocka_unit_test(test_last_only_keeps_the_last_row),
  };
  int failed;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failed;
}
