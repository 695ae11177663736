#define _XOPEN_SOURCE 700

#include <fcntl.h>
#include <libfyaml.h>
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

#include "io/progress.h"
#include "io/report.h"

/* Reports are the same on every rank, and so is the verdict of each: nothing has to be reduced. */

static char title[] = "A cell at five times its limiting current";

static EventRecord events[] = {{EVENT_DEPLETION, 251.5, 0, PETSC_FALSE},
                               {EVENT_VOLTAGE_LIMIT, 1.0 / 3, 2, PETSC_TRUE}};

static RunResult SampleRun(void)
{
  return (RunResult){.status = RUN_DEPLETED,
                     .steps = 1234,
                     .rejected_steps = 12,
                     .newton_iterations = 4567,
                     .seconds = 1.25,
                     .closed_forms = {.sand_time = 253.125,
                                      .finite_depletion_time = 250,
                                      .limiting_current_density = 20,
                                      .current_density = 100,
                                      .current_ratio = 5,
                                      .debye_length = 2.1e-10,
                                      .variable_sand_constant = NAN,
                                      .variable_sand_time = NAN,
                                      .variable_limiting_current_density = NAN,
                                      .variable_finite_depletion_time = NAN},
                     .depletion_time = 251.5,
                     .space_charge_time = NAN,
                     .number_of_events = 2,
                     .events = events,
                     .below_validity = {NAN, NAN},
                     .above_validity = {NAN, NAN},
                     .final = {300, 0.1 + 0.2, {1e-300, NAN}}};
}

static Case SampleCase(void)
{
  return (Case){.title = title,
                .electrolyte = {.flux_law = "dilute",
                                .number_of_ions = 2,
                                .ion = {{.name = "cation"}, {.name = "anion"}},
                                .concentration_validity = {100, 2000}},
                .output = {.fields = FIELDS_ALL}};
}

static PetscReal Line(void *context, PetscReal concentration)
{
  const PetscReal *line = (const PetscReal *)context;
  return line[0] + line[1] * concentration;
}

/* 1.2 mol/L of a salt whose diffusivity is a straight line. */
static Electrolyte MeasuredElectrolyte(PetscReal line[2])
{
  Electrolyte electrolyte = {
      .flux_law = "concentrated", .closure = CLOSURE_ELECTRONEUTRAL, .concentration = 1200};
  PropertyMistake mistake;

  assert_int_equal(PropertyCreate(Line, line, 0, 3000, &electrolyte.diffusivity.function, &mistake),
                   0);
  assert_int_equal(PropertyCreateConstant(0.4, &electrolyte.transference_number.function), 0);
  return electrolyte;
}

static void CloseMeasured(Electrolyte *electrolyte)
{
  assert_int_equal(PropertyDestroy(&electrolyte->diffusivity.function), 0);
  assert_int_equal(PropertyDestroy(&electrolyte->transference_number.function), 0);
}

// ---- What was printed --------------------------------------------------------------------------

static char *printed;  // by the last test, freed by the next
static size_t printed_size;

static FILE *Open(void)
{
  free(printed);
  return open_memstream(&printed, &printed_size);
}

static PetscBool Printed(const char text[])
{
  const PetscBool found = strstr(printed, text) != NULL;

  if (!found) print_error("missing: %s\nin:\n%s\n", text, printed);
  return found;
}

static void PrintSummary(const RunResult *run)
{
  const Case case_ = SampleCase();
  FILE *stream = Open();

  assert_int_equal(ReportSummary(stream, &case_, run, "out/run.h5"), 0);
  fclose(stream);
}

static void PrintJson(const RunResult *run)
{
  const Case case_ = SampleCase();
  FILE *stream = Open();

  assert_int_equal(ReportJson(stream, &case_, run), 0);
  fclose(stream);
}

static struct fy_document *ParseJson(void)
{
  const struct fy_parse_cfg strict = {.flags = FYPCF_JSON_FORCE};
  struct fy_document *document = fy_document_build_from_string(&strict, printed, FY_NT);

  assert_non_null(document);
  return document;
}

static void AssertScalar(struct fy_document *document, const char path[], const char expected[])
{
  struct fy_node *node =
      fy_node_by_path(fy_document_root(document), path, FY_NT, FYNWF_DONT_FOLLOW);

  assert_non_null(node);
  assert_string_equal(fy_node_get_scalar0(node), expected);
}

static void AssertReal(struct fy_document *document, const char path[], PetscReal expected)
{
  struct fy_node *node =
      fy_node_by_path(fy_document_root(document), path, FY_NT, FYNWF_DONT_FOLLOW);
  char *end;

  assert_non_null(node);
  assert_true(strtod(fy_node_get_scalar0(node), &end) == expected && *end == '\0');
}

// ---- The table ----------------------------------------------------------------------------------

static void test_times_are_given_in_seconds_and_in_words(void **state)
{
  static const struct {
    PetscReal time;
    const char *text;
  } cases[] = {
      {12.34, "12.34 s"},           {253.1, "253.1 s (4 min 13 s)"}, {7500, "7500 s (2 h 5 min)"},
      {90000, "9e+04 s (1 d 1 h)"}, {1.5e-5, "1.5e-05 s"},           {60, "60 s (1 min 0 s)"},
  };
  char text[64];

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) {
    assert_int_equal(FormatTime(cases[i].time, text, sizeof(text)), 0);
    assert_string_equal(text, cases[i].text);
  }
}

static void test_summary_compares_onsets_with_the_closed_forms(void **state)
{
  RunResult run = SampleRun();

  (void)state;
  PrintSummary(&run);
  assert_true(Printed(title));
  assert_true(Printed("253.1 s (4 min 13 s)"));
  assert_true(Printed("0.9936 t_s"));  // 251.5/253.125
  assert_true(Printed("1.006 t_d"));   // 251.5/250
  assert_true(Printed("none in this run"));
  assert_true(Printed("1234 (12 rejected, 4567 Newton iterations)"));
}

static void test_summary_names_the_files(void **state)
{
  RunResult run = SampleRun();

  (void)state;
  PrintSummary(&run);
  assert_true(Printed("out/run.h5\n"));
  assert_true(Printed("out/run.xdmf\n"));
  assert_true(Printed("out/run-sheet.xdmf\n"));
}

static void test_summary_gives_the_reason_of_a_failure(void **state)
{
  RunResult run = SampleRun();

  (void)state;
  run.status = RUN_FAILED;
  strcpy(run.reason, "the time step became too small");
  PrintSummary(&run);
  assert_true(Printed("failed: the time step became too small"));
}

// There is neither a t_d nor an onset at or below the limiting current.
static void test_below_the_limiting_current_there_is_no_depletion(void **state)
{
  const Case case_ = SampleCase();
  RunResult run = SampleRun();
  FILE *stream;

  (void)state;
  run.closed_forms.current_density = -16;
  run.closed_forms.current_ratio = 0.8;
  run.closed_forms.finite_depletion_time = NAN;
  run.depletion_time = NAN;
  PrintSummary(&run);
  assert_non_null(strstr(strstr(printed, "none: i/i_lim = 0.8\n") + 1, "none: i/i_lim = 0.8\n"));
  stream = Open();
  assert_int_equal(ReportClosedForms(stream, &case_, &run.closed_forms), 0);
  fclose(stream);
  assert_true(Printed("none: i/i_lim = 0.8\n"));
}

// With properties that vary, all names what it stands for, and the onsets are against the measured.
static void test_summary_of_measured_properties_has_both_kinds_of_forms(void **state)
{
  static PetscReal line[] = {1e-10, -1e-14};
  Case case_ = SampleCase();
  RunResult run = SampleRun();
  FILE *stream = Open();

  (void)state;
  case_.electrolyte = MeasuredElectrolyte(line);
  run.closed_forms.variable_sand_constant = 4.8e6;
  run.closed_forms.variable_sand_time = 480;
  run.closed_forms.variable_limiting_current_density = 25;
  run.closed_forms.variable_finite_depletion_time = 503;
  run.depletion_time = 505.5;
  assert_int_equal(ReportSummary(stream, &case_, &run, NULL), 0);
  fclose(stream);
  assert_true(Printed("with the properties at 1.2 mol/L\n  limiting current i_lim"));
  assert_true(Printed("with the properties as measured\n  limiting current            25 A/m^2"));
  assert_true(Printed("open cell K = t i^2         4.8e+06 A^2 s/m^4\n"));
  assert_true(Printed("1.896 t_s"));                // 480/253.125
  assert_true(Printed("1.987 t_s"));                // 503/253.125
  assert_true(Printed("1.997 t_s     1.005 t_d"));  // 505.5 over both
  CloseMeasured(&case_.electrolyte);
}

// The limiting current that holds is the measured one.
static void test_measured_limiting_current_tells_why_nothing_depletes(void **state)
{
  static PetscReal line[] = {1e-10, -1e-14};
  Case case_ = SampleCase();
  RunResult run = SampleRun();
  FILE *stream = Open();

  (void)state;
  case_.electrolyte = MeasuredElectrolyte(line);
  run.closed_forms.variable_sand_constant = 4.8e6;
  run.closed_forms.variable_limiting_current_density = 125;
  run.depletion_time = NAN;
  assert_int_equal(ReportSummary(stream, &case_, &run, NULL), 0);
  fclose(stream);
  assert_true(Printed("finite depletion t_d        none: i/i_lim = 0.8\n"));
  assert_true(Printed("depletion                   none: i/i_lim = 0.8\n"));
  CloseMeasured(&case_.electrolyte);
}

// ---- JSON ---------------------------------------------------------------------------------------

static void test_json_gives_every_number_back_exactly(void **state)
{
  RunResult run = SampleRun();
  struct fy_document *document;

  (void)state;
  PrintJson(&run);
  document = ParseJson();
  AssertScalar(document, "/status", "depleted");
  AssertReal(document, "/steps", 1234);
  AssertReal(document, "/seconds", 1.25);
  AssertReal(document, "/sand_time", 253.125);
  AssertReal(document, "/debye_length", 2.1e-10);
  AssertScalar(document, "/events/1/name", "voltage_limit");
  AssertReal(document, "/events/1/time", 1.0 / 3);
  AssertReal(document, "/events/1/step", 2);
  AssertReal(document, "/final/cell_voltage", 0.1 + 0.2);
  AssertReal(document, "/final/cation_concentration_anode", 1e-300);
  fy_document_destroy(document);
}

static void test_json_quotes_text_and_nothing_else(void **state)
{
  RunResult run = SampleRun();

  (void)state;
  PrintJson(&run);
  assert_true(Printed("\"status\": \"depleted\","));
  assert_true(Printed("\"steps\": 1234,"));
  assert_true(Printed("\"time\": 0.33333333333333331,"));
  assert_int_equal(printed[0], '{');
  assert_string_equal(printed + printed_size - 2, "}\n");
}

static void test_leaving_the_range_of_the_measurements_is_told(void **state)
{
  RunResult run = SampleRun();

  (void)state;
  run.above_validity = (ValidityExit){90, 25e-6};
  PrintSummary(&run);
  assert_true(Printed("above 2 mol/L from 90 s (1 min 30 s) on, first at x = 25 um"));
  assert_null(strstr(printed, "below"));
  PrintJson(&run);
  assert_true(Printed("\"below_validity\": null,"));
  assert_true(Printed("\"position\": 2.5"));
}

static void test_json_is_null_where_there_is_no_number(void **state)
{
  RunResult run = SampleRun();

  (void)state;
  run.closed_forms.finite_depletion_time = NAN;
  run.closed_forms.sand_time = PETSC_INFINITY * 1e300;
  PrintJson(&run);
  assert_true(Printed("\"finite_depletion_time\": null,"));
  assert_true(Printed("\"sand_time\": null,"));
  assert_true(Printed("\"variable_sand_constant\": null,"));
  assert_true(Printed("\"anion_concentration_anode\": null\n"));
}

static void test_json_of_a_run_without_events_has_an_empty_list(void **state)
{
  RunResult run = SampleRun();

  (void)state;
  run.number_of_events = 0;
  PrintJson(&run);
  assert_true(Printed("\"events\": [],"));
}

static void test_json_of_the_closed_forms_has_their_nine_numbers(void **state)
{
  RunResult run = SampleRun();
  struct fy_document *document;
  FILE *stream = Open();

  (void)state;
  assert_int_equal(ReportClosedFormsJson(stream, &run.closed_forms), 0);
  fclose(stream);
  document = ParseJson();
  assert_int_equal(fy_node_mapping_item_count(fy_document_root(document)), 9);
  AssertReal(document, "/limiting_current_density", 20);
  AssertReal(document, "/current_ratio", 5);
  fy_document_destroy(document);
}

// ---- Progress -----------------------------------------------------------------------------------

static void SetInterval(const char seconds[])
{
  assert_int_equal(PetscOptionsSetValue(NULL, "-sandglass_progress_interval", seconds), 0);
}

static int ClearInterval(void **state)
{
  (void)state;
  return (int)PetscOptionsClearValue(NULL, "-sandglass_progress_interval");
}

// Ten updates, the first half-way as in a run that goes on.
static void RunWithProgress(FILE *stream, PetscBool quiet)
{
  Progress progress;

  assert_int_equal(ProgressCreate(stream, quiet, &progress), 0);
  for (int i = 0; i <= 10; i++) {
    assert_int_equal(ProgressUpdate(progress, 0.5 + 0.05 * i, 100 + 10 * i, "step 0"), 0);
  }
  assert_int_equal(ProgressDestroy(&progress), 0);
  assert_null(progress);
}

static void test_progress_of_a_short_run_is_silent(void **state)
{
  FILE *stream = Open();

  (void)state;
  RunWithProgress(stream, PETSC_FALSE);
  fclose(stream);
  assert_string_equal(printed, "");
}

static void test_progress_off_a_terminal_is_plain_lines(void **state)
{
  FILE *stream = Open();

  (void)state;
  SetInterval("0");
  RunWithProgress(stream, PETSC_FALSE);
  fclose(stream);
  assert_true(Printed(" 75 %, t = 150 s (2 min 30 s), "));
  assert_true(Printed("s left, step 0\n"));
  assert_null(strchr(printed, '\r'));
}

// A step that a voltage ends has no share; the time left of the next one is counted from its start.
static void test_progress_gives_no_share_where_there_is_none(void **state)
{
  Progress progress;
  FILE *stream = Open();

  (void)state;
  SetInterval("0");
  assert_int_equal(ProgressCreate(stream, PETSC_FALSE, &progress), 0);
  assert_int_equal(ProgressUpdate(progress, 0.9, 1, "step 0"), 0);
  assert_int_equal(ProgressUpdate(progress, -1, 2, "step 1"), 0);
  assert_int_equal(ProgressUpdate(progress, 0.1, 3, NULL), 0);
  assert_int_equal(ProgressDestroy(&progress), 0);
  fclose(stream);
  assert_string_equal(printed, " 90 %, t = 1 s, step 0\nt = 2 s, step 1\n 10 %, t = 3 s\n");
}

static void test_progress_is_silent_when_quiet(void **state)
{
  FILE *stream = Open();

  (void)state;
  SetInterval("0");
  RunWithProgress(stream, PETSC_TRUE);
  fclose(stream);
  assert_string_equal(printed, "");
}

static void test_progress_on_a_terminal_is_a_bar_that_is_cleared(void **state)
{
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  char drawn[8192];
  size_t size = 0;
  FILE *stream;

  (void)state;
  assert_int_equal(grantpt(master) || unlockpt(master), 0);
  stream = fopen(ptsname(master), "w");
  assert_non_null(stream);
  SetInterval("0");
  RunWithProgress(stream, PETSC_FALSE);
  fclose(stream);
  for (ssize_t got = 1; got > 0; size += got > 0 ? (size_t)got : 0) {
    got = read(master, drawn + size, sizeof(drawn) - 1 - size);  // fails at the end
  }
  close(master);
  assert_true(size > 4);
  drawn[size] = '\0';
  assert_non_null(strstr(drawn, "\r\033[K[======================        ]  75 %"));
  assert_string_equal(drawn + size - 4, "\r\033[K");
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_times_are_given_in_seconds_and_in_words),
      cmocka_unit_test(test_summary_compares_onsets_with_the_closed_forms),
      cmocka_unit_test(test_summary_names_the_files),
      cmocka_unit_test(test_summary_gives_the_reason_of_a_failure),
      cmocka_unit_test(test_below_the_limiting_current_there_is_no_depletion),
      cmocka_unit_test(test_summary_of_measured_properties_has_both_kinds_of_forms),
      cmocka_unit_test(test_measured_limiting_current_tells_why_nothing_depletes),
      cmocka_unit_test(test_json_gives_every_number_back_exactly),
      cmocka_unit_test(test_json_quotes_text_and_nothing_else),
      cmocka_unit_test(test_leaving_the_range_of_the_measurements_is_told),
      cmocka_unit_test(test_json_is_null_where_there_is_no_number),
      cmocka_unit_test(test_json_of_a_run_without_events_has_an_empty_list),
      cmocka_unit_test(test_json_of_the_closed_forms_has_their_nine_numbers),
      cmocka_unit_test(test_progress_of_a_short_run_is_silent),
      cmocka_unit_test_teardown(test_progress_off_a_terminal_is_plain_lines, ClearInterval),
      cmocka_unit_test_teardown(test_progress_gives_no_share_where_there_is_none, ClearInterval),
      cmocka_unit_test_teardown(test_progress_is_silent_when_quiet, ClearInterval),
      cmocka_unit_test_teardown(test_progress_on_a_terminal_is_a_bar_that_is_cleared,
                                ClearInterval),
  };
  int failed;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  free(printed);
  PetscCall(PetscFinalize());
  return failed;
}
