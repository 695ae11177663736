#include <math.h>
#include <petscsys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/case_reader.h"
#include "io/sweep_plan.h"
#include "io/sweep_table.h"
#include "tests/scratch_folder.h"

/* Every test writes cell.yaml, and some cases.csv, into a folder of their own and reads them on all
   ranks; what a rank finds is reduced before it is asserted. */

#define MINIMAL                                                                             \
  "electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}\n" \
  "separator: {thickness: 25 um}\n"                                                         \
  "protocol: [{current: 10 mA/cm^2, for: 2 h}]\n"  // three lines: `sweep:` stands in line 4

static int AllRanks(int agree)
{
  int all = 0;

  MPI_Allreduce(&agree, &all, 1, MPI_INT, MPI_LAND, PETSC_COMM_WORLD);
  return all;
}

static void Write(const char path[], const char text[])
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) {
    FILE *const file = fopen(path, "w");

    if (!file || fputs(text, file) == EOF || fclose(file)) abort();
  }
}

static SweepPlan PlanOf(const char sweep[], PetscInt n, const char *const settings[])
{
  char text[4096];
  SweepPlan plan;

  snprintf(text, sizeof(text), "%s%s", MINIMAL, sweep);
  Write("cell.yaml", text);
  const PetscErrorCode code = SweepPlanCreate(PETSC_COMM_WORLD, "cell.yaml", n, settings, &plan);
  assert_true(AllRanks(code == 0));
  return plan;
}

// The settings of a case, as one text: "KEY=VALUE; KEY=VALUE".
static const char *CaseOf(SweepPlan plan, PetscInt number)
{
  static char text[1024];
  const char *const *settings;

  text[0] = '\0';
  SweepPlanSettings(plan, number, &settings);
  for (PetscInt k = 0; k < SweepPlanKeys(plan); k++) {
    strncat(text, k ? "; " : "", sizeof(text) - strlen(text) - 1);
    strncat(text, settings[k], sizeof(text) - strlen(text) - 1);
  }
  return text;
}

static void assert_cases(SweepPlan plan, PetscInt n, const char *const expected[])
{
  int as_expected = SweepPlanCases(plan) == n;

  for (PetscInt i = 0; i < n && as_expected; i++) {
    as_expected = strcmp(CaseOf(plan, i), expected[i]) == 0;
    if (!as_expected)
      print_error("case %d: %s\nexpected: %s\n", (int)i, CaseOf(plan, i), expected[i]);
  }
  assert_true(AllRanks(as_expected));
  SweepPlanDestroy(&plan);
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

static void assert_refused_with(const char sweep[], PetscInt n, const char *const settings[],
                                const char expected[])
{
  char text[4096];
  SweepPlan plan = NULL;

  snprintf(text, sizeof(text), "%s%s", MINIMAL, sweep);
  Write("cell.yaml", text);
  first_message[0] = '\0';
  PetscPushErrorHandler(KeepFirstMessage, NULL);
  const PetscErrorCode code = SweepPlanCreate(PETSC_COMM_WORLD, "cell.yaml", n, settings, &plan);
  PetscPopErrorHandler();
  const int as_expected =
      code == PETSC_ERR_USER_INPUT && !plan && strcmp(first_message, expected) == 0;
  if (!as_expected) print_error("error %d: %s\nexpected: %s\n", code, first_message, expected);
  assert_true(AllRanks(as_expected));
}

static void assert_refused(const char sweep[], const char expected[])
{
  assert_refused_with(sweep, 0, NULL, expected);
}

// ---- Which cases there are ----

static void test_keys_are_multiplied_and_the_last_changes_fastest(void **state)
{
  static const char *const expected[] = {
      "separator.thickness=25 um; electrolyte.transference_number=0.2",
      "separator.thickness=25 um; electrolyte.transference_number=0.4",
      "separator.thickness=25 um; electrolyte.transference_number=0.6",
      "separator.thickness=1 mm; electrolyte.transference_number=0.2",
      "separator.thickness=1 mm; electrolyte.transference_number=0.4",
      "separator.thickness=1 mm; electrolyte.transference_number=0.6"};

  (void)state;
  assert_cases(PlanOf("sweep:\n  separator.thickness: [25 um, 1 mm]\n"
                      "  electrolyte.transference_number: [0.2, 0.4, 0.6]\n",
                      0, NULL),
               6, expected);
}

static void test_zip_takes_the_values_side_by_side(void **state)
{
  static const char *const expected[] = {
      "separator.thickness=25 um; title=a b; electrolyte.transference_number=0.2",
      "separator.thickness=1 mm; title=a b; electrolyte.transference_number=0.4"};

  (void)state;
  assert_cases(PlanOf("sweep: {mode: zip, separator.thickness: [25 um, 1 mm], title: a b,\n"
                      "  electrolyte.transference_number: [0.2, 0.4]}\n",
                      0, NULL),
               2, expected);
}

static void test_linear_ranges_reach_both_ends(void **state)
{
  static const char *const expected[] = {"protocol.0.current=10 A/m^2",
                                         "protocol.0.current=255 A/m^2",
                                         "protocol.0.current=500 A/m^2"};

  (void)state;
  assert_cases(
      PlanOf("sweep: {protocol.0.current: {from: 1 mA/cm^2, to: 500 A/m^2, count: 3}}\n", 0, NULL),
      3, expected);
}

static void test_logarithmic_ranges_multiply(void **state)
{
  static const char *const expected[] = {"electrolyte.relative_permittivity=1",
                                         "electrolyte.relative_permittivity=10",
                                         "electrolyte.relative_permittivity=100"};

  (void)state;
  assert_cases(PlanOf("sweep:\n  electrolyte.relative_permittivity: "
                      "{from: 1, to: 100, count: 3, spacing: log}\n",
                      0, NULL),
               3, expected);
}

static void test_ranges_of_whole_numbers_are_rounded(void **state)
{
  static const char *const expected[] = {"mesh.nodes=100", "mesh.nodes=316", "mesh.nodes=1000"};

  (void)state;
  assert_cases(
      PlanOf("sweep: {mesh.nodes: {from: 100, to: 1000, count: 3, spacing: log}}\n", 0, NULL), 3,
      expected);
}

// Each element of the list is one value of the key, which may itself be a list or a section.
static void test_lists_and_sections_are_swept_as_yaml(void **state)
{
  SweepPlan plan = PlanOf(
      "sweep:\n  protocol.0.until: [[depletion], [space_charge, \"voltage > 2 V\"]]\n"
      "  anode: [{kind: electrode}, {kind: blocking}]\n",
      0, NULL);
  const char *const *settings;
  CaseInput base;
  Case case_;
  int right;

  (void)state;
  right = SweepPlanCases(plan) == 4 && SweepPlanKey(plan, 0)->is_text;
  SweepPlanSettings(plan, 3, &settings);
  right = right && CaseInputCreate(PETSC_COMM_WORLD, "cell.yaml", 0, NULL, &base) == 0;
  right = right && CaseReadFrom(base, 2, settings, &case_) == 0;
  right = right && case_.protocol[0].number_of_conditions == 2;
  right = right && strcmp(BoundaryKindName(case_.anode.kind), "blocking") == 0;
  assert_true(AllRanks(right));
  CaseDestroy(&case_);
  CaseInputDestroy(&base);
  SweepPlanDestroy(&plan);
}

static void test_samples_lie_in_their_ranges(void **state)
{
  static const char *const methods[] = {"latin_hypercube", "sobol", "random"};
  char text[512];
  int right = 1;

  (void)state;
  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(methods); m++) {
    snprintf(text, sizeof(text),
             "sweep: {sample: {method: %s, count: 200, seed: 3, ranges: {\n"
             "  separator.thickness: [20 um, 40 um],\n"
             "  anode.exchange_current_density: {from: 1 A/m^2, to: 100 A/m^2, spacing: log}}}}\n",
             methods[m]);
    SweepPlan plan = PlanOf(text, 0, NULL);
    PetscReal thickness, current, mean = 0;
    const char *const *settings;
    right = right && SweepPlanCases(plan) == 200;
    for (PetscInt i = 0; i < 200; i++) {
      SweepPlanSettings(plan, i, &settings);
      SweepPlanValue(SweepPlanKey(plan, 0), settings[0], &thickness);
      SweepPlanValue(SweepPlanKey(plan, 1), settings[1], &current);
      right = right && thickness > 20e-6 && thickness < 40e-6 && current > 1 && current < 100;
      mean += log10(current) / 200;
    }
    right = right && fabs(mean - 1) < 0.1;
    SweepPlanDestroy(&plan);
  }
  assert_true(AllRanks(right));
}

static void test_a_table_gives_one_case_a_row(void **state)
{
  static const char *const expected[] = {"protocol.0.current=5 mA/cm^2; title=plain",
                                         "protocol.0.current=7 mA/cm^2; title=with, and \"",
                                         "protocol.0.current=9 mA/cm^2; title="};

  (void)state;
  Write("cases.csv",
        "\xef\xbb\xbf# currents\r\nprotocol.0.current, \"title\"\r\n\r\n5 mA/cm^2 , plain\r\n"
        "7 mA/cm^2,\"with, and \"\"\"\n9 mA/cm^2,");
  assert_cases(PlanOf("sweep: {cases: cases.csv}\n", 0, NULL), 3, expected);
}

static void test_settings_change_the_section(void **state)
{
  static const char *const settings[] = {"sweep.electrolyte.transference_number=0.5",
                                         "mesh.nodes=101", "sweep.separator.thickness.count=2",
                                         "sweep.temperature=[20 degC, 30 degC]", "sweep.mode=zip"};
  static const char *const expected[] = {
      "separator.thickness=1e-05 m; electrolyte.transference_number=0.5; temperature=20 degC",
      "separator.thickness=3e-05 m; electrolyte.transference_number=0.5; "
      "temperature=30 degC"};

  (void)state;
  assert_cases(PlanOf("sweep:\n  separator.thickness: {from: 10 um, to: 30 um, count: 3}\n"
                      "  electrolyte.transference_number: [0.2, 0.4]\n",
                      5, settings),
               2, expected);
}

static void test_numbers_are_told_from_texts(void **state)
{
  SweepPlan plan = PlanOf(
      "sweep: {mode: zip, separator.thickness: [25 um, 30 um],\n"
      "  anode.interface_capacitance: [none, 10 uF/cm^2], electrolyte.closure: poisson,\n"
      "  electrolyte.transference_number: 0.4}\n",
      0, NULL);
  const char *const *settings;
  PetscReal thickness, capacitance;

  (void)state;
  SweepPlanSettings(plan, 1, &settings);
  SweepPlanValue(SweepPlanKey(plan, 0), settings[0], &thickness);
  SweepPlanValue(SweepPlanKey(plan, 1), settings[1], &capacitance);
  const int right = !SweepPlanKey(plan, 0)->is_text && SweepPlanKey(plan, 1)->is_text &&
                    SweepPlanKey(plan, 2)->is_text && !SweepPlanKey(plan, 3)->is_text &&
                    fabs(thickness - 30e-6) < 1e-20 && isnan(capacitance) &&
                    strcmp(SweepPlanText(settings[1]), "10 uF/cm^2") == 0;
  assert_true(AllRanks(right));
  SweepPlanDestroy(&plan);
}

// ---- The file without its section ----

static void test_the_section_is_no_part_of_the_base_case(void **state)
{
  Case case_;

  (void)state;
  Write("cell.yaml", MINIMAL "sweep: {separator.thickness: [1 um, nonsense]}\n");
  assert_true(AllRanks(CaseRead(PETSC_COMM_WORLD, "cell.yaml", 0, NULL, &case_) == 0));
  assert_true(AllRanks(fabs(case_.separator.thickness - 25e-6) < 1e-20));
  CaseDestroy(&case_);
}

// ---- Refusals ----

static void test_unknown_keys_are_refused_with_the_nearest(void **state)
{
  (void)state;
  assert_refused("sweep:\n  electrolyte.transferance_number: [0.2]\n",
                 "cell.yaml:5: sweep.electrolyte.transferance_number: unknown key; did you mean "
                 "electrolyte.transference_number?");
  assert_refused("sweep:\n  sample: {count: 4, ranges: {separator.thicknes: [1 um, 2 um]}}\n",
                 "cell.yaml:5: sweep.sample.ranges.separator.thicknes: unknown key; did you mean "
                 "separator.thickness?");
  Write("cases.csv", "separator.thicknes\n1 um\n");
  assert_refused("sweep: {cases: cases.csv}\n",
                 "cell.yaml:4: sweep.cases: unknown key; did you mean separator.thickness?");
}

static void test_what_no_sweep_can_be_made_of_is_refused(void **state)
{
  static const char *const cases[][2] = {
      {"", "cell.yaml:1: sweep: found no key, allowed: keys with their values, sample or cases"},
      {"sweep: 5\n",
       "cell.yaml:4: sweep: found '5', allowed: a mapping, such as electrolyte.concentration: "
       "[...]"},
      {"sweep: {mode: zap, mesh.nodes: [101]}\n",
       "cell.yaml:4: sweep.mode: found 'zap', allowed: product, zip"},
      {"sweep:\n  mesh.nodes: []\n",
       "cell.yaml:5: sweep.mesh.nodes: found no value, allowed: one or more"},
      {"sweep:\n  mode: zip\n  mesh.nodes: [101, 201]\n  temperature: [1 K, 2 K, 3 K]\n",
       "cell.yaml:4: sweep.mesh.nodes: found 2 values, allowed: 3, as of temperature, or 1 (mode: "
       "zip)"},
      {"sweep:\n  temperature: {from: 0 degC, to: 10 m, count: 3}\n",
       "cell.yaml:5: sweep.temperature.to: found '10 m', allowed: > 0 K (a unit of another "
       "dimension)"},
      {"sweep:\n  temperature: {from: 0 degC, to: 10 degC}\n",
       "cell.yaml:5: sweep.temperature: found a range without all of from, to, count"},
      {"sweep:\n  temperature: {from: 0 degC, to: 10 degC, count: 1}\n",
       "cell.yaml:5: sweep.temperature.count: found '1', allowed: a whole number >= 2"},
      {"sweep:\n  temperature: {from: 0 degC, to: 10 degC, step: 1}\n",
       "cell.yaml:5: sweep.temperature.step: unknown key, allowed: from, to, count, spacing"},
      {"sweep:\n  anode.zero_charge_potential: {from: 0 V, to: 1 V, count: 3, spacing: log}\n",
       "cell.yaml:5: sweep.anode.zero_charge_potential: found an end <= 0 with spacing log, "
       "allowed: > 0"},
      {"sweep:\n  title: {from: 1, to: 2, count: 2}\n",
       "cell.yaml:5: sweep.title.from: found a range, allowed: a list of values"},
      {"sweep:\n  mesh.nodes: [101]\n  sample: {count: 4, ranges: {temperature: [1 K, 2 K]}}\n",
       "cell.yaml:6: sweep.sample: found together with the keys, allowed: either keys, sample or "
       "cases"},
      {"sweep: {sample: {method: halton, count: 4, ranges: {temperature: [1 K, 2 K]}}}\n",
       "cell.yaml:4: sweep.sample.method: found 'halton', allowed: latin_hypercube, sobol, random"},
      {"sweep: {sample: {ranges: {temperature: [1 K, 2 K]}}}\n",
       "cell.yaml:4: sweep.sample.count: missing, allowed: >= 1"},
      {"sweep: {sample: {count: 4}}\n",
       "cell.yaml:4: sweep.sample.ranges: missing, allowed: KEY: [LOW, HIGH]"},
      {"sweep: {ranks_per_case: 0, mesh.nodes: [101]}\n",
       "cell.yaml:4: sweep.ranks_per_case: found '0', allowed: a whole number >= 1"},
      {"sweep: {fields: some, mesh.nodes: [101]}\n",
       "cell.yaml:4: sweep.fields: found 'some', allowed: none, last, all"},
      {"sweep:\n  mesh.nodes: {from: 5, to: 10, count: 100000}\n"
       "  temperature: {from: 1 K, to: 2 K, count: 100000}\n",
       "cell.yaml:4: sweep: found too many cases, allowed: 2147483647"},
  };

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) {
    assert_refused(cases[i][0], cases[i][1]);
  }
}

static void test_tables_that_are_none_are_refused_with_their_line(void **state)
{
  static const char *const cases[][2] = {
      {"", "./cases.csv:1: found no line of names"},
      {"\n# only\n", "./cases.csv:3: found no line of names"},
      {"mesh.nodes\n", "./cases.csv:2: found no row below the names"},
      {"mesh.nodes,temperature\n101,300 K\n102\n",
       "./cases.csv:3: found 1 cells, allowed: 2, as in line 1"},
      {"mesh.nodes\n\"101\n", "./cases.csv:2: found a quote that is not closed"},
      {"mesh.nodes\n\"101\"1\n",
       "./cases.csv:2: found text after a closing quote, allowed: a comma"},
  };

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) {
    Write("cases.csv", cases[i][0]);
    assert_refused("sweep: {cases: ./cases.csv}\n", cases[i][1]);
  }
}

static void test_a_wrong_setting_is_shown(void **state)
{
  static const char *const settings[] = {"sweep.sample.count=many"};

  (void)state;
  assert_refused_with("sweep: {sample: {count: 4, ranges: {temperature: [1 K, 2 K]}}}\n", 1,
                      settings,
                      "--set sweep.sample.count=many: sweep.sample.count: found 'many', allowed: a "
                      "whole number >= 1");
}

// libfyaml has one key for both, and an error of its own.
static void test_a_setting_of_another_spelling_is_refused(void **state)
{
  static const char *const settings[][1] = {
      {"sweep.separator.thickness =[1 um]"}, {"sweep.mode={zip"}, {"sweep.mode=z\xffp"}};
  static const char *const expected[] = {
      "--set sweep.separator.thickness =[1 um]: sweep.separator.thickness : found a key beside one "
      "that differs by blanks, allowed: the same",
      "--set sweep.mode={zip: sweep.mode: found no YAML, allowed: a value",
      "--set sweep.mode=z\xffp: sweep.mode: found a byte that is no text, allowed: UTF-8"};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(expected); i++) {
    assert_refused_with("sweep: {separator.thickness: [20 um, 30 um]}\n", 1, settings[i],
                        expected[i]);
  }
}

// ---- Start ----

static int LeaveFolder(void **state)
{
  PetscMPIInt rank;

  (void)MPI_Barrier(PETSC_COMM_WORLD);
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) {
    remove("cell.yaml");
    remove("cases.csv");
  }
  return LeaveEmptyScratchFolder(state);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_keys_are_multiplied_and_the_last_changes_fastest),
      cmocka_unit_test(test_zip_takes_the_values_side_by_side),
      cmocka_unit_test(test_linear_ranges_reach_both_ends),
      cmocka_unit_test(test_logarithmic_ranges_multiply),
      cmocka_unit_test(test_ranges_of_whole_numbers_are_rounded),
      cmocka_unit_test(test_lists_and_sections_are_swept_as_yaml),
      cmocka_unit_test(test_samples_lie_in_their_ranges),
      cmocka_unit_test(test_a_table_gives_one_case_a_row),
      cmocka_unit_test(test_settings_change_the_section),
      cmocka_unit_test(test_numbers_are_told_from_texts),
      cmocka_unit_test(test_the_section_is_no_part_of_the_base_case),
      cmocka_unit_test(test_unknown_keys_are_refused_with_the_nearest),
      cmocka_unit_test(test_what_no_sweep_can_be_made_of_is_refused),
      cmocka_unit_test(test_tables_that_are_none_are_refused_with_their_line),
      cmocka_unit_test(test_a_wrong_setting_is_shown),
      cmocka_unit_test(test_a_setting_of_another_spelling_is_refused),
  };
  int failures;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failures = cmocka_run_group_tests(tests, EnterScratchFolder, LeaveFolder);
  return PetscFinalize() ? 1 : failures;
}
