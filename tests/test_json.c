#define _POSIX_C_SOURCE 200809L  // open_memstream

#include <libfyaml.h>
#include <math.h>
#include <petscsys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/json.h"

/* The same on every rank: nothing has to be reduced. */

static char *printed;
static size_t printed_size;

static void Print(struct fy_document *document)
{
  FILE *stream;

  free(printed);
  stream = open_memstream(&printed, &printed_size);
  assert_int_equal(JsonPrint(stream, &document), 0);
  assert_null(document);
  fclose(stream);
}

static void AssertPrinted(const char text[])
{
  if (strstr(printed, text)) return;
  print_error("missing: %s\nin:\n%s\n", text, printed);
  fail();
}

// What reads as a number, or needs an escape, is a text in quotes and comes back as it was.
static void test_texts_stay_texts(PETSC_UNUSED void **state)
{
  static const char *const texts[] = {"2008",          "null", "true",         "",
                                      "- a: [b, {c}]", "~",    "a\"b",         "back\\slash",
                                      "\t\n",          "# no", "50 °C, 25 µm", " x "};
  const struct fy_parse_cfg strict = {.flags = FYPCF_JSON_FORCE};
  struct fy_document *document;
  struct fy_node *root, *list, *parsed;

  assert_int_equal(JsonCreate(&document, &root), 0);
  assert_int_equal(JsonAppendText(root, "year", texts[0]), 0);
  assert_int_equal(JsonAppendList(root, "list", &list), 0);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(texts); i++) {
    assert_int_equal(JsonListAppendText(list, texts[i]), 0);
  }
  Print(document);
  AssertPrinted("\"2008\"");
  AssertPrinted("\"null\"");
  document = fy_document_build_from_string(&strict, printed, FY_NT);
  assert_non_null(document);
  parsed = fy_node_by_path(fy_document_root(document), "/list", FY_NT, FYNWF_DONT_FOLLOW);
  assert_int_equal(fy_node_sequence_item_count(parsed), PETSC_STATIC_ARRAY_LENGTH(texts));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(texts); i++) {
    assert_string_equal(fy_node_get_scalar0(fy_node_sequence_get_by_index(parsed, (int)i)),
                        texts[i]);
  }
  fy_document_destroy(document);
}

// JSON has no word for what is not a number.
static void test_numbers_are_null_unless_finite(PETSC_UNUSED void **state)
{
  struct fy_document *document;
  struct fy_node *root, *list, *object;

  assert_int_equal(JsonCreate(&document, &root), 0);
  assert_int_equal(JsonAppendReal(root, "nan", NAN), 0);
  assert_int_equal(JsonAppendReal(root, "none", PETSC_INFINITY), 0);
  assert_int_equal(JsonAppendReal(root, "tenth", 0.1), 0);
  assert_int_equal(JsonAppendInteger(root, "steps", -3), 0);
  assert_int_equal(JsonAppendBoolean(root, "held", PETSC_TRUE), 0);
  assert_int_equal(JsonAppendList(root, "list", &list), 0);
  assert_int_equal(JsonListAppendReal(list, -INFINITY), 0);
  assert_int_equal(JsonListAppendObject(list, &object), 0);
  Print(document);
  AssertPrinted("\"nan\": null");
  AssertPrinted("\"none\": null");
  AssertPrinted("\"tenth\": 0.10000000000000001");
  AssertPrinted("\"steps\": -3");
  AssertPrinted("\"held\": true");
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_texts_stay_texts),
      cmocka_unit_test(test_numbers_are_null_unless_finite),
  };
  int failed;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  free(printed);
  if (PetscFinalize()) return 1;
  return failed;
}
