#include <hdf5_hl.h>
#include <petscsys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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

// A file with `rows` rows, which were moved into it at the end and each time after `interval`.
static PetscErrorCode Write(int rows, int interval, PetscBool last_only, PetscInt compression,
                            hid_t *file)
{
  Column column[] = {{.label = {"/time", "s", "time"}},
                     {.label = {"/values", "1", "shuffled"}, .width = WIDTH},
                     {.label = {"/repeating", "1", "not shuffled"}, .width = WIDTH},
                     {.label = {"/number", "1", "a number"}, .type = COLUMN_INTEGER},
                     {.label = {"/name", "1", "a text"}, .type = COLUMN_TEXT}};
  double scale_values[WIDTH] = {0};
  hid_t scale;
  Series series;

  PetscFunctionBeginUser;
  PetscCall(MemoryFileCreate("memory.h5", file));
  PetscCallH5(H5LTmake_dataset_double(*file, "/i", 1, (hsize_t[]){WIDTH}, scale_values));
  PetscCallH5(scale = H5Dopen2(*file, "/i", H5P_DEFAULT));
  column[1].scale = column[2].scale = scale;
  column[2].repeats = PETSC_TRUE;
  PetscCall(SeriesCreate(*file, 5, column, last_only, compression, &series));
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
      cmocka_unit_test(test_compression_makes_the_file_shorter),
      cmocka_unit_test(test_last_only_keeps_the_last_row),
  };
  int failed;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failed;
}
