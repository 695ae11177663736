#include <petscsys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/previous_file.h"
#include "io/seal.h"
#include "io/yaml_size.h"
#include "tests/case_files.h"
#include "tests/scratch_folder.h"

/* Every rank has files of its own, in one folder: nothing has to be reduced. */

#define SIZE 6000  // of a file [bytes]

static const char *Path(const char name[])
{
  static char path[64];
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  snprintf(path, sizeof(path), "%s-%d", name, rank);
  return path;
}

static void Write(const char path[], const void *bytes, size_t size)
{
  FILE *const file = fopen(path, "wb");

  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

// What SealCheck says of a file with these bytes; -1: it is refused.
static int StateOf(const void *bytes, size_t size)
{
  SealState state = SEAL_GOOD;

  Write(Path("file"), bytes, size);
  KeepErrors();
  const PetscErrorCode code = SealCheck(Path("file"), &state);
  ForgetErrors();
  return code ? -1 : (int)state;
}

static void Fill(unsigned char bytes[SIZE])
{
  for (int i = 0; i < SIZE; i++) bytes[i] = (unsigned char)(i < SEAL_SIZE ? 0 : i * 7 % 251);
}

static void test_every_changed_byte_breaks_the_seal(void **state)
{
  unsigned char bytes[SIZE];

  (void)state;
  Fill(bytes);
  assert_int_equal(SealImage(bytes, SIZE), 0);
  assert_int_equal(StateOf(bytes, SIZE), SEAL_GOOD);
  for (int i = 0; i < SIZE; i += i < 64 ? 1 : 37) {
    bytes[i] ^= 1;
    assert_int_not_equal(StateOf(bytes, SIZE), SEAL_GOOD);
    assert_int_not_equal(StateOf(bytes, SIZE), SEAL_MISSING);
    bytes[i] ^= 1;
  }
}

static void test_shorter_and_longer_files_break_the_seal(void **state)
{
  unsigned char bytes[SIZE + 8] = {0};

  (void)state;
  Fill(bytes);
  assert_int_equal(SealImage(bytes, SIZE), 0);
  for (size_t size = SEAL_SIZE; size < SIZE; size += 401) {
    assert_int_equal(StateOf(bytes, size), SEAL_BROKEN);
  }
  assert_int_equal(StateOf(bytes, SIZE + 8), SEAL_BROKEN);
  assert_int_equal(StateOf(bytes, 0), -1);
}

static void test_gaps_may_change_and_nothing_else(void **state)
{
  static const SealGap gap[] = {{2100, 100}, {2200, 5}, {4003, 1990}};
  unsigned char bytes[SIZE];
  FILE *file;

  (void)state;
  Fill(bytes);
  Write(Path("file"), bytes, SIZE);
  assert_int_equal(SealFile(Path("file"), 3, gap), 0);
  file = fopen(Path("file"), "rb");
  assert_int_equal(fread(bytes, 1, SIZE, file), SIZE);
  fclose(file);
  for (int i = SEAL_SIZE; i < SIZE; i += 1 + (i % 3 == 0)) {
    PetscBool in_gap = PETSC_FALSE;

    for (int g = 0; g < 3; g++) {
      const uint64_t place = (uint64_t)i;
      if (place >= gap[g].offset && place < gap[g].offset + gap[g].size) in_gap = PETSC_TRUE;
    }
    bytes[i] ^= 0x80;
    assert_int_equal(StateOf(bytes, SIZE), in_gap ? SEAL_GOOD : SEAL_BROKEN);
    bytes[i] ^= 0x80;
  }
}

// Of version 0.1.0, or of h5repack.
static void test_file_of_hdf5_alone_has_no_seal(void **state)
{
  unsigned char bytes[SIZE] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

  (void)state;
  assert_int_equal(StateOf(bytes, SIZE), SEAL_MISSING);
}

static void test_previous_file_comes_back(void **state)
{
  PetscBool kept;
  FILE *file;
  char path[64], part[72], text[4] = "";

  (void)state;
  snprintf(path, sizeof(path), "%s", Path("results"));
  snprintf(part, sizeof(part), "%s.part", path);
  Write(path, "old", 3);
  assert_int_equal(PreviousFileKeep(path), 0);
  remove(path);
  Write(path, "new", 3);
  assert_int_equal(PreviousFileKeep(path), 0);  // the older one is not lost
  assert_int_equal(PreviousFileForget(path), 0);
  assert_int_equal(PreviousFileRestore(path), 0);
  file = fopen(path, "rb");
  assert_int_equal(fread(text, 1, 3, file), 3);
  fclose(file);
  assert_string_equal(text, "old");
  assert_int_equal(remove(part), 0);
  assert_int_equal(PreviousFileIsKept(path, &kept), 0);
  assert_false(kept);
}

static double NodesOf(const char yaml[])
{
  YamlSize size;

  assert_int_equal(YamlMeasure(yaml, &size), 0);
  return size.nodes;
}

// A mapping, its keys, and of a list its elements, too.
static void test_aliases_count_as_what_they_stand_for(void **state)
{
  (void)state;
  assert_true(NodesOf("{a: b}") == 3);
  assert_true(NodesOf("[1, 2, 3]") == 4);
  assert_true(NodesOf("{a: &x [1, 2, 3], b: *x}") == 11);
  assert_true(NodesOf("{a: &x [1, 2, 3], b: &y [*x, *x], c: [*y, *y]}") == 1 + 5 + 10 + 20);
  assert_true(NodesOf("{a: &x 1, b: &x [1, 1], c: *x}") == 1 + 2 + 4 + 4);
}

static void test_too_many_are_told_with_their_line(void **state)
{
  YamlSize size;

  (void)state;
  assert_int_equal(YamlMeasure("a: &a [x, x, x, x, x, x, x, x, x, x, x]\n"
                               "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
                               "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
                               "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
                               "e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n"
                               "f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n",
                               &size),
                   0);
  assert_int_equal(size.line, 6);
  assert_int_equal(YamlMeasure("a: b\nc: \"d\\0e\"\n", &size), 0);
  assert_int_equal(size.line, 0);
  assert_int_equal(size.zero_line, 2);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_changed_byte_breaks_the_seal),
      cmocka_unit_test(test_shorter_and_longer_files_break_the_seal),
      cmocka_unit_test(test_gaps_may_change_and_nothing_else),
      cmocka_unit_test(test_file_of_hdf5_alone_has_no_seal),
      cmocka_unit_test(test_previous_file_comes_back),
      cmocka_unit_test(test_aliases_count_as_what_they_stand_for),
      cmocka_unit_test(test_too_many_are_told_with_their_line),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, EnterScratchFolder, RemoveScratchFolder);
  if (PetscFinalize()) return 1;
  return failed;
}
