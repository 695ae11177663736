#include <petscsys.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/case_reader.h"
#include "io/electrolyte_library.h"
#include "tests/case_files.h"

#define TAIL SEPARATOR PROTOCOL  // two lines: what follows stands in line 3
#define VALID "validity: {concentration: [0.2 M, 2 M]}"
#define NYMAN_D "8.794e-11*m^2 - 3.972e-10*m + 4.862e-10"
#define FORMULA \
  "a formula in c (mol/m^3), m (mol/L), T (K), F, R with + - * / ^ ( ) exp ln log10 sqrt"

#define assert_near(value, expected, tolerance)                                     \
  do {                                                                              \
    const PetscReal value_ = (value), expected_ = (expected);                       \
    if (!(PetscAbsReal(value_ - expected_) <= (tolerance)*PetscAbsReal(expected_))) \
      fail_msg("%s: %.17g, not %.17g", #value, value_, expected_);                  \
  } while (0)

static PetscReal At(const MeasuredProperty *property, PetscReal concentration)
{
  return PropertyEvaluate(property->function, concentration).value;
}

// A case of the dilute law whose diffusivity is as in the text.
static void DiffusivityCase(const char diffusivity[], char text[2048])
{
  snprintf(text, 2048,
           TAIL "electrolyte:\n  concentration: 1 M\n  transference_number: 0.3\n  " VALID
                "\n  diffusivity: %s\n",
           diffusivity);
}

static Case ReadDiffusivity(const char diffusivity[])
{
  char text[2048];

  DiffusivityCase(diffusivity, text);
  return Read(text);
}

// ... and is refused in line 7, where it stands.
static void assert_diffusivity_refused(const char diffusivity[], const char expected[])
{
  char text[2048], message[2048];

  DiffusivityCase(diffusivity, text);
  snprintf(message, sizeof(message), "cell.yaml:7: electrolyte.diffusivity%s", expected);
  assert_refused(text, message);
}

// ---- Constants and formulas ----

static void test_constant_is_a_function_of_one_value(void **state)
{
  Case case_ = ReadDiffusivity("2.2e-6 cm^2/s");
  const MeasuredProperty *const D = &case_.electrolyte.diffusivity;

  (void)state;
  assert_true(D->initial == 2.2e-10 && At(D, 0) == 2.2e-10 && At(D, 5000) == 2.2e-10);
  assert_true(PropertyIsConstant(D->function));
  assert_string_equal(D->text, "2.2e-10 m^2/s");
  CaseDestroy(&case_);
}

static void test_formula_is_a_function_of_concentration(void **state)
{
  Case case_ = ReadDiffusivity("{expression: \"" NYMAN_D "\", unit: m^2/s}");
  const MeasuredProperty *const D = &case_.electrolyte.diffusivity;

  (void)state;
  assert_near(D->initial, 1.7694e-10, 1e-12);
  assert_near(At(D, 0), 4.862e-10, 1e-12);
  assert_near(At(D, 500), 8.794e-11 * 0.25 - 3.972e-10 * 0.5 + 4.862e-10, 1e-12);
  assert_near(At(D, 9000), At(D, 2000), 1e-15);
  assert_string_equal(D->text, "{expression: \"" NYMAN_D "\", unit: \"m^2/s\"}");
  CaseDestroy(&case_);
}

static void test_formula_has_the_unit_it_says(void **state)
{
  Case case_ = ReadDiffusivity("{expression: (3 - m)*1e-6, unit: cm^2/s}");

  (void)state;
  assert_near(At(&case_.electrolyte.diffusivity, 500), 2.5e-10, 1e-12);
  CaseDestroy(&case_);
}

static void test_formula_knows_the_temperature_of_the_case(void **state)
{
  const char *const setting = "temperature=40 degC";
  char text[2048];

  (void)state;
  DiffusivityCase("{expression: 1e-12*T*m, unit: m^2/s}", text);
  Case case_ = ReadSettings(text, 1, &setting);
  assert_near(case_.electrolyte.diffusivity.initial, 313.15e-12, 1e-12);
  CaseDestroy(&case_);
}

// Where neither c nor m stands in it, it holds everywhere.
static void test_formula_of_temperature_needs_no_validity(void **state)
{
  Case case_ = Read(TAIL
                    "electrolyte: {concentration: 1 M, transference_number: 0.3, diffusivity: "
                    "{expression: 2e-10*exp(100/T), unit: m^2/s}}\n");

  (void)state;
  assert_near(case_.electrolyte.diffusivity.initial, 2e-10 * exp(100 / 298.15), 1e-14);
  assert_true(case_.electrolyte.concentration_validity.low == 100);
  assert_true(case_.electrolyte.concentration_validity.high == PETSC_INFINITY);
  CaseDestroy(&case_);
}

static void test_dilute_law_takes_the_values_at_the_initial_concentration(void **state)
{
  Case case_ = Read(TAIL "electrolyte: {concentration: 1.5 M, " VALID
                         ", diffusivity: {expression: 3e-10 - 1e-10*m, unit: m^2/s}, "
                         "transference_number: {expression: 0.5 - 0.1*m}}\n");
  const Electrolyte *const electrolyte = &case_.electrolyte;

  (void)state;
  assert_near(electrolyte->ion[0].diffusivity, 1.5e-10 / (2 * 0.65), 1e-12);
  assert_near(electrolyte->ion[1].diffusivity, 1.5e-10 / (2 * 0.35), 1e-12);
  CaseDestroy(&case_);
}

static void test_dilute_law_refuses_what_no_constant_may_be(void **state)
{
  (void)state;
  assert_diffusivity_refused("{expression: 1e-10 - 2e-10*m, unit: m^2/s}",
                             ": found -1e-10 m^2/s at the initial concentration, allowed: > 0 "
                             "m^2/s");
  assert_diffusivity_refused("{expression: 0 - T, unit: m^2/s}",
                             ".expression: found '0 - T', allowed: > 0 m^2/s");
  assert_diffusivity_refused("-1 m^2/s", ": found '-1 m^2/s', allowed: > 0 m^2/s");
  assert_diffusivity_refused("1e-10", ": found '1e-10', allowed: > 0 m^2/s (the unit is missing)");
}

static void test_mistakes_in_a_formula_are_told(void **state)
{
  (void)state;
  assert_diffusivity_refused("{expression: 1 + x, unit: m^2/s}",
                             ".expression: found '1 + x', allowed: " FORMULA
                             " (Unexpected token \"x\" found at position 4)");
  assert_diffusivity_refused("{expression: log(c), unit: m^2/s}",
                             ".expression: found 'log(c)', allowed: " FORMULA
                             " (Unexpected token \"log\" found at position 0; write ln for the "
                             "natural logarithm, or log10)");
  assert_diffusivity_refused("{expression: \"c=5\", unit: m^2/s}",
                             ".expression: found 'c=5', allowed: " FORMULA " ('=' at position 1)");
}

static void test_formula_must_have_values_down_to_zero(void **state)
{
  (void)state;
  assert_diffusivity_refused("{expression: 1e-10*ln(m), unit: m^2/s}",
                             ".expression: found -inf at 0 mol/m^3, which is not a finite number, "
                             "allowed: a smooth function from 0 to 2000 mol/m^3");
}

static void test_formula_needs_its_unit(void **state)
{
  (void)state;
  assert_diffusivity_refused("{expression: 1e-10*m}", ".unit: missing, allowed: a unit like m^2/s");
  assert_diffusivity_refused("{expression: 1e-10*m, unit: m/s}",
                             ".unit: found 'm/s', allowed: a unit like m^2/s (a unit of another "
                             "dimension)");
  assert_refused(TAIL
                 "electrolyte:\n  concentration: 1 M\n  diffusivity: 1e-10 m^2/s\n"
                 "  transference_number: {expression: 0.3*m, unit: m^2/s}\n",
                 "cell.yaml:6: electrolyte.transference_number.unit: found 'm^2/s', allowed: none, "
                 "for it is a pure number");
}

static void test_parts_of_a_property_are_checked(void **state)
{
  (void)state;
  assert_diffusivity_refused("{unit: m^2/s}",
                             ": found neither expression nor table, allowed: one of the two");
  assert_diffusivity_refused("{expression: 1e-10*m, table: d.csv}",
                             ".table: found together with electrolyte.diffusivity.expression, "
                             "allowed: one of the two");
  assert_diffusivity_refused("{table: d.csv, unit: m^2/s}",
                             ".unit: found 'm^2/s', allowed: none, for the units of a table stand "
                             "in its header");
  assert_diffusivity_refused("{table: }",
                             ".table: found '', allowed: FILE.csv, or the lines of a table");
  assert_diffusivity_refused("{expresion: m}",
                             ".expresion: unknown key; did you mean "
                             "electrolyte.diffusivity.expression?");
  assert_diffusivity_refused("[1e-10 m^2/s]", ": found a list, allowed: > 0 m^2/s");
  assert_diffusivity_refused("{expression: [m]}", ".expression: found a list, allowed: a text");
}

static void test_settings_replace_a_property_whole_or_in_part(void **state)
{
  const char *const constant = "electrolyte.diffusivity=1e-10 m^2/s";
  const char *const expression[] = {"electrolyte.diffusivity.expression=1e-10*m",
                                    "electrolyte.diffusivity.unit=m^2/s"};
  const char *const mapping = "electrolyte.diffusivity={expression: 3e-10*m, unit: m^2/s}";
  char text[2048];

  (void)state;
  DiffusivityCase("{expression: 2e-10*m, unit: cm^2/s}", text);
  Case case_ = ReadSettings(text, 1, &constant);
  assert_string_equal(case_.electrolyte.diffusivity.text, "1e-10 m^2/s");
  CaseDestroy(&case_);
  case_ = ReadSettings(text, 1, expression);
  assert_near(case_.electrolyte.diffusivity.initial, 1e-14, 1e-12);
  CaseDestroy(&case_);
  case_ = ReadSettings(text, 1, &mapping);
  assert_near(case_.electrolyte.diffusivity.initial, 3e-10, 1e-12);
  CaseDestroy(&case_);
  DiffusivityCase("2e-10 m^2/s", text);
  case_ = ReadSettings(text, 2, expression);
  assert_near(case_.electrolyte.diffusivity.initial, 1e-10, 1e-12);
  CaseDestroy(&case_);
}

// ---- Validity ----

static void test_formula_needs_an_upper_end(void **state)
{
  const char *const formula =
      "electrolyte: {concentration: 1 M, transference_number: 0.3, diffusivity: {expression: "
      "1e-10*m, unit: m^2/s}%s}\n" TAIL;
  char text[2048];

  (void)state;
  snprintf(text, sizeof(text), formula, "");
  assert_refused(text,
                 "cell.yaml:1: electrolyte.validity.concentration: missing, allowed: [LOW, HIGH] "
                 "(electrolyte.diffusivity is a formula, and holds only in the range of its "
                 "measurements)");
  snprintf(text, sizeof(text), formula, ", validity: {concentration: [0.2 M, none]}");
  assert_refused(text,
                 "cell.yaml:1: electrolyte.validity.concentration: found no upper end, allowed: "
                 "[LOW, HIGH] (electrolyte.diffusivity is a formula, and holds only in the range "
                 "of its measurements)");
}

static void test_validity_is_a_range(void **state)
{
  const char *const cases[][2] = {
      {"concentration=[0.2 M]", "concentration: found a list of 1, allowed: of 2 values"},
      {"concentration=2 M", "concentration: found a list of 1, allowed: of 2 values"},
      {"concentration=[0 M, 2 M]", "concentration.0: found '0 M', allowed: > 0 mol/L, or none"},
      {"concentration=[2 M, 0.2 M]",
       "concentration: found 2000 to 200 mol/m^3, allowed: a lower end below the upper one"},
      {"concentration=[none, none]",
       "concentration: found none to none mol/m^3, allowed: a lower end below the "
       "upper one"},
      {"temperature=[300 K, 290 K]",
       "temperature: found 300 K to 290 K, allowed: a lower end below the upper one"},
  };

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) {
    char setting[256], message[1024];

    snprintf(setting, sizeof(setting), "electrolyte.validity.%s", cases[i][0]);
    snprintf(message, sizeof(message), "electrolyte.validity.%s", cases[i][1]);
    assert_setting_refused(setting, message);
  }
}

static void test_temperature_outside_of_the_measurements_is_refused(void **state)
{
  const char *const text =
      "temperature: 60 degC\nelectrolyte: {concentration: 1 M, diffusivity: "
      "1e-10 m^2/s, transference_number: 0.3, validity: {temperature: [273 K, "
      "313 K]}}\n" TAIL;
  const char *const wider = "electrolyte.validity.temperature=[273 K, 343 K]";

  (void)state;
  assert_refused(text,
                 "cell.yaml:1: temperature: found 333.15 K, allowed: 273 K to 313 K, where the "
                 "electrolyte was measured (electrolyte.validity.temperature, which the case may "
                 "widen)");
  Case case_ = ReadSettings(text, 1, &wider);
  assert_true(case_.electrolyte.temperature_validity.high == 343);
  CaseDestroy(&case_);
}

static void test_concentration_above_the_measurements_is_refused(void **state)
{
  (void)state;
  assert_refused(TAIL
                 "electrolyte: {concentration: 3 M, diffusivity: 1e-10 m^2/s, "
                 "transference_number: 0.3, " VALID "}\n",
                 "cell.yaml:3: electrolyte.concentration: found 3000 mol/m^3, allowed: up to 2000 "
                 "mol/m^3, where the electrolyte was measured (electrolyte.validity.concentration, "
                 "which the case may widen)");
}

// ---- Tables ----

#define TABLE "# measured\nc [mol/L], D [cm^2/s]\n\n0, 4e-6\n1, 3e-6\r\n  2,2e-6\n"

static void test_table_is_read_with_its_units(void **state)
{
  Case case_;

  (void)state;
  WriteFile("d.csv", TABLE);
  case_ = ReadDiffusivity("{table: d.csv}");
  const MeasuredProperty *const D = &case_.electrolyte.diffusivity;
  assert_near(D->initial, 3e-10, 1e-15);
  assert_near(At(D, 0), 4e-10, 1e-15);
  assert_near(At(D, 2000), 2e-10, 1e-15);
  assert_near(At(D, 500), 3.5e-10, 1e-12);
  CaseDestroy(&case_);
}

static void test_tables_bound_the_validity(void **state)
{
  Case case_;

  (void)state;
  WriteFile("d.csv", TABLE);
  WriteFile("t.csv", "c [mol/m^3], t [-]\n0, 0.3\n1500, 0.2\n");
  case_ = Read(TAIL
               "electrolyte: {concentration: 1 M, diffusivity: {table: d.csv}, "
               "transference_number: {table: t.csv}}\n");
  assert_true(case_.electrolyte.concentration_validity.low == 100);
  assert_true(case_.electrolyte.concentration_validity.high == 1500);
  CaseDestroy(&case_);
}

// What lies above the validity is not used.
static void test_table_is_cut_at_the_validity(void **state)
{
  Case case_;

  (void)state;
  WriteFile("d.csv", "c [mol/L], D [m^2/s]\n0, 4e-10\n1, 3e-10\n3, 1e-10\n4, 9e-10\n");
  case_ = ReadDiffusivity("{table: d.csv}");
  const MeasuredProperty *const D = &case_.electrolyte.diffusivity;
  assert_true(At(D, 1000) == 3e-10);
  assert_near(At(D, 2000), 2e-10, 0.2);
  assert_near(At(D, 4000), At(D, 2000), 1e-15);
  CaseDestroy(&case_);
}

static void test_table_is_found_beside_the_case(void **state)
{
  PetscMPIInt rank;
  Case case_;
  char text[2048];

  (void)state;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) mkdir("cells", 0777);
  DiffusivityCase("{table: inner.csv}", text);
  WriteFile("cells/one.yaml", text);
  WriteFile("cells/inner.csv", TABLE);
  assert_int_equal(CaseRead(PETSC_COMM_WORLD, "cells/one.yaml", 0, NULL, &case_), 0);
  assert_true(case_.electrolyte.diffusivity.initial == 3e-10);
  CaseDestroy(&case_);
}

static void test_table_may_stand_in_the_case(void **state)
{
  Case case_ = ReadDiffusivity(
      "\n    table: |\n      c [mol/L], D [m^2/s]\n      0, 4e-10\n      2, 2e-10\n");

  (void)state;
  assert_near(case_.electrolyte.diffusivity.initial, 3e-10, 1e-12);
  CaseDestroy(&case_);
  assert_refused(TAIL
                 "electrolyte:\n  concentration: 1 M\n  transference_number: 0.3\n  diffusivity:\n"
                 "    table: |\n      c [mol/L], D [m^2/s]\n      0, x\n",
                 "cell.yaml:7, line of the table 2: electrolyte.diffusivity.table: found 'x', "
                 "allowed: a bare number, in the unit of the header");
}

static void assert_table_refused(const char table[], const char expected[])
{
  char text[2048];

  WriteFile("d.csv", table);
  DiffusivityCase("{table: d.csv}", text);
  assert_refused(text, expected);
}

static void test_mistakes_in_a_table_are_told_with_its_line(void **state)
{
  const char *const cases[][2] = {
      {"",
       "d.csv:1: electrolyte.diffusivity.table: found '', allowed: a header of two cells, "
       "concentration [unit], value [unit]"},
      {"c [mol/L]\n",
       "d.csv:1: electrolyte.diffusivity.table: found 'c [mol/L]', allowed: a header of two "
       "cells, concentration [unit], value [unit]"},
      {"c, D [m^2/s]\n",
       "d.csv:1: electrolyte.diffusivity.table: found 'c', allowed: a name and a unit like "
       "[mol/m^3] (the unit is missing)"},
      {"c [M], D [m/s]\n",
       "d.csv:1: electrolyte.diffusivity.table: found 'D [m/s]', allowed: a name and a unit like "
       "[m^2/s] (a unit of another dimension)"},
      {"# D\nc [M], D [m^2/s]\n0, 1e-10\n1 M, 1e-10\n",
       "d.csv:4: electrolyte.diffusivity.table: found '1 M', allowed: a bare number, in the unit "
       "of the header"},
      {"c [M], D [m^2/s]\n0, 1e-10, 3\n",
       "d.csv:2: electrolyte.diffusivity.table: found '0, 1e-10, 3', allowed: two numbers with a "
       "comma between"},
      {"c [M], D [m^2/s]\n0, 1e-10\n1, 1e-10\n1, 2e-10\n",
       "d.csv:4: electrolyte.diffusivity.table: found '1', allowed: concentrations from 0 up, "
       "each above the one before"},
      {"c [M], D [m^2/s]\n-1, 1e-10\n",
       "d.csv:2: electrolyte.diffusivity.table: found '-1', allowed: concentrations from 0 up, "
       "each above the one before"},
      {"c [M], D [m^2/s]\n0, 1e-10\n",
       "d.csv:2: electrolyte.diffusivity.table: found the end after 1 rows, allowed: two rows or "
       "more"},
      {"c [M], D [m^2/s]\n0, 1e-10\n\xff\n",
       "d.csv:3: electrolyte.diffusivity.table: found a byte that is no text, allowed: UTF-8"},
  };

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) {
    assert_table_refused(cases[i][0], cases[i][1]);
  }
}

static void test_table_must_cover_the_validity(void **state)
{
  (void)state;
  assert_table_refused("c [M], D [m^2/s]\n0.1, 1e-10\n2, 1e-10\n",
                       "cell.yaml:7: electrolyte.diffusivity.table: found a first row at 100 "
                       "mol/m^3, allowed: 0 (this property is needed down to there)");
  assert_table_refused("c [M], D [m^2/s]\n0, 1e-10\n1.5, 1e-10\n",
                       "cell.yaml:7: electrolyte.diffusivity.table: found rows from 0 to 1500 "
                       "mol/m^3, allowed: all of electrolyte.validity.concentration, 200 to 2000 "
                       "mol/m^3");
}

static void test_missing_table_is_told(void **state)
{
  char text[2048];

  (void)state;
  DiffusivityCase("{table: nowhere.csv}", text);
  WriteFile("cell.yaml", text);
  assert_read_fails("cell.yaml", 0, NULL, PETSC_ERR_FILE_OPEN,
                    "cell.yaml:7: electrolyte.diffusivity.table: nowhere.csv cannot be read: No "
                    "such file or directory");
}

// ---- The concentrated law ----

#define CONCENTRATED                                                                              \
  "electrolyte:\n  flux_law: concentrated\n  concentration: 1 M\n  " VALID                        \
  "\n  diffusivity: {expression: \"" NYMAN_D                                                      \
  "\", unit: m^2/s}\n  transference_number: 0.2594\n  conductivity: {expression: \"0.1297*m^3 - " \
  "2.51*m^1.5 + 3.329*m\", unit: S/m}\n  thermodynamic_factor: {expression: 1 + 0.5*m}\n"

static void test_concentrated_law_takes_measured_properties(void **state)
{
  Case case_ = Read(TAIL CONCENTRATED);
  const Electrolyte *const electrolyte = &case_.electrolyte;

  (void)state;
  assert_string_equal(electrolyte->flux_law, "concentrated");
  assert_near(electrolyte->conductivity.initial, 0.9487, 1e-7);
  assert_near(electrolyte->thermodynamic_factor.initial, 1.5, 1e-12);
  assert_near(electrolyte->transference_number.initial, 0.2594, 0);
  assert_true(electrolyte->concentration_validity.low == 200);
  CaseDestroy(&case_);
}

static void test_concentrated_law_needs_every_property(void **state)
{
  const char *const names[] = {"diffusivity", "transference_number", "conductivity",
                               "thermodynamic_factor"};
  const char *const values[] = {"1e-10 m^2/s", "0.3", "1 S/m", "1"};
  const char *const allowed[] = {"> 0 m^2/s", "> 0, < 1", "> 0 S/m", "any number"};

  (void)state;
  for (int missing = 0; missing < 4; missing++) {
    char text[2048] = TAIL "electrolyte: {flux_law: concentrated, concentration: 1 M", message[256];

    for (int i = 0; i < 4; i++) {
      const size_t used = strlen(text);

      if (i != missing) {
        snprintf(text + used, sizeof(text) - used, ", %s: %s", names[i], values[i]);
      }
    }
    strcat(text, "}\n");
    snprintf(message, sizeof(message),
             "cell.yaml:3: electrolyte.%s: missing, allowed: %s (flux_law concentrated needs it)",
             names[missing], allowed[missing]);
    assert_refused(text, message);
  }
}

static void test_concentrated_law_is_one_of_single_charges(void **state)
{
  const char *const cation = "electrolyte.cation_charge=2";

  (void)state;
  WriteFile("cell.yaml", TAIL CONCENTRATED);
  assert_read_fails("cell.yaml", 1, &cation, PETSC_ERR_USER_INPUT,
                    "--set electrolyte.cation_charge=2: electrolyte.cation_charge: found '2', "
                    "allowed: 1 (flux_law concentrated is one of 1:1 salts)");
  assert_refused(TAIL CONCENTRATED "  anion_charge: -2\n",
                 "cell.yaml:11: electrolyte.anion_charge: found '-2', allowed: -1 (flux_law "
                 "concentrated is one of 1:1 salts)");
}

static void test_properties_that_violate_thermodynamics_are_refused_with_the_range(void **state)
{
  const char *const negative = "electrolyte.transference_number.expression=0.4 - 0.5*m";
  const char *const neutral[] = {negative, "electrolyte.closure=electroneutral"};
  const char *const at_zero[] = {"electrolyte.diffusivity.expression=2e-10*m - 1e-11"};
  const char *message;
  Case case_;

  (void)state;
  WriteFile("cell.yaml", TAIL CONCENTRATED);
  KeepErrors();
  (void)CaseRead(PETSC_COMM_WORLD, "cell.yaml", 1, &negative, &case_);
  ForgetErrors();
  assert_int_equal(FirstError(&message), PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(message, "electrolyte.transference_number: found -0.6, the worst from 8"));
  assert_non_null(strstr(message,
                         " to 2000 mol/m^3, allowed: > 0, < 1 there (or a narrower "
                         "electrolyte.validity.concentration)"));
  KeepErrors();
  (void)CaseRead(PETSC_COMM_WORLD, "cell.yaml", 1, at_zero, &case_);
  ForgetErrors();
  assert_int_equal(FirstError(&message), PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(message, "electrolyte.diffusivity: found -"));
  assert_non_null(strstr(message, "(it is needed down to a concentration of 0)"));
  case_ = ReadSettings(TAIL CONCENTRATED, 2, neutral);
  CaseDestroy(&case_);
}

// Any transference number will do without charge layers; one above 1 limits no current.
static void test_electroneutral_solution_takes_any_transference_number(void **state)
{
  const char *const settings[] = {"electrolyte.transference_number=-0.1",
                                  "electrolyte.closure=electroneutral",
                                  "electrolyte.conductivity=0.1 S/m"};
  const char *const above[] = {"electrolyte.transference_number=1.1",
                               "electrolyte.closure=electroneutral",
                               "protocol=[{current_ratio: 2, for: 1 h}]"};
  Case case_ = ReadSettings(TAIL CONCENTRATED, 3, settings);

  (void)state;
  CaseDestroy(&case_);
  assert_read_fails("cell.yaml", 3, above, PETSC_ERR_USER_INPUT,
                    "--set protocol=[{current_ratio: 2, for: 1 h}]: protocol.0.current_ratio: "
                    "found '2', allowed: only with a transference number below 1 at the initial "
                    "concentration (no current is limited otherwise)");
}

// Below the measurements the solution is a dilute one, whatever their fits say there.
static void test_start_below_the_validity_is_that_of_the_solution(void **state)
{
  const char *const setting = "electrolyte.concentration=0.1 M";
  Case case_ = ReadSettings(TAIL CONCENTRATED, 1, &setting);

  (void)state;
  assert_near(case_.electrolyte.thermodynamic_factor.initial, 1.05, 1e-12);
  const PetscReal share =
      case_.electrolyte.conductivity.initial / At(&case_.electrolyte.conductivity, 200);
  assert_true(share > 0.5 && share < 0.8);  // roughly as the salt
  CaseDestroy(&case_);
}

// ---- The library ----

// Smooth itself, but over so wide a range not so to the accuracy of its integrals.
static void test_factor_without_smooth_integrals_is_refused(void **state)
{
  (void)state;
  assert_refused(
      TAIL
      "electrolyte:\n  flux_law: concentrated\n  closure: electroneutral\n  concentration: 1 M\n"
      "  diffusivity: 2e-10 m^2/s\n  transference_number: 0.3\n  conductivity: 1 S/m\n"
      "  thermodynamic_factor: {table: \"c [mol/m^3], TDF\\n0, 1.1\\n2.4e8, 1\\n\"}\n",
      "cell.yaml:10: electrolyte.thermodynamic_factor: found a function whose integral is not "
      "smooth at 102.376 mol/m^3, allowed: one with smooth integrals from 100 to 2.4e+08 mol/m^3");
}

#define LIBRARY_FILE                                                             \
  "title: LiPF6 in EC:EMC 3:7\nsalt: LiPF6\nsolvent: EC:EMC\nsource: Nyman\n"    \
  "remarks: none\nvalidity: {concentration: [0.2 M, 2 M], temperature: [297 K, " \
  "299 K]}\ndiffusivity: {expression: \"" NYMAN_D                                \
  "\", unit: m^2/s}\nconductivity: {expression: 0.9487*m, unit: S/m}\n"          \
  "transference_number: {table: t.csv}\nthermodynamic_factor: 1\nrelative_permittivity: 19\n"

#define FROM_LIBRARY TAIL "electrolyte:\n  library: Nyman\n  concentration: 1 M\n"

static void WriteLibrary(const char text[])
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) {
    mkdir("library", 0777);
    mkdir("other", 0777);
  }
  setenv("SANDGLASS_ELECTROLYTES", "nowhere::library:other", 1);
  WriteFile("library/Nyman.yaml", text);
  WriteFile("library/t.csv", "c [M], t\n0, 0.3\n2, 0.2\n");
  WriteFile("library/.hidden.yaml", text);
  WriteFile("other/Nyman.yaml", "not to be read\n");
  WriteFile("other/Diederichsen.yaml", "title: a polymer\n");
}

static void test_library_gives_what_the_case_does_not(void **state)
{
  Case case_;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  case_ = Read(FROM_LIBRARY "  flux_law: concentrated\n  thermodynamic_factor: 2\n");
  const Electrolyte *const electrolyte = &case_.electrolyte;
  assert_string_equal(electrolyte->library, "Nyman");
  assert_string_equal(electrolyte->source, "Nyman");
  assert_near(electrolyte->diffusivity.initial, 1.7694e-10, 1e-12);
  assert_near(electrolyte->transference_number.initial, 0.25, 1e-12);
  assert_near(electrolyte->conductivity.initial, 0.9487, 1e-12);
  assert_true(electrolyte->thermodynamic_factor.initial == 2);
  assert_true(electrolyte->relative_permittivity == 19);
  assert_true(electrolyte->concentration_validity.high == 2000);
  assert_true(electrolyte->temperature_validity.low == 297);
  CaseDestroy(&case_);
}

// A property is taken whole: the case's unit goes with the case's formula.
static void test_property_of_the_case_replaces_the_librarys_whole(void **state)
{
  const char *const setting = "electrolyte.validity.concentration=[0.5 M, 1.5 M]";
  Case case_;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  case_ = ReadSettings(FROM_LIBRARY, 1, &setting);
  assert_true(case_.electrolyte.concentration_validity.low == 500);
  assert_true(case_.electrolyte.temperature_validity.low == 297);
  CaseDestroy(&case_);
  assert_refused(FROM_LIBRARY "  diffusivity: {expression: 2e-10*m}\n",
                 "cell.yaml:6: electrolyte.diffusivity.unit: missing, allowed: a unit like m^2/s");
}

static void test_diffusivities_of_ions_drop_those_of_the_library(void **state)
{
  Case case_;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  case_ =
      Read(FROM_LIBRARY "  cation_diffusivity: 1e-10 m^2/s\n  anion_diffusivity: 3e-10 m^2/s\n");
  assert_null(case_.electrolyte.diffusivity.function);
  assert_near(case_.electrolyte.diffusivity.initial, 1.5e-10, 1e-14);
  CaseDestroy(&case_);
}

static void test_listed_ions_take_only_the_permittivity_from_the_library(void **state)
{
  Case case_;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  case_ = Read(TAIL
               "temperature: 60 degC\nelectrolyte:\n  library: Nyman\n  ions:\n"
               "    - {name: Li, charge: 1, diffusivity: 1e-10 m^2/s, concentration: 1 M}\n"
               "    - {name: PF6, charge: -1, diffusivity: 3e-10 m^2/s, concentration: 1 M}\n");
  assert_null(case_.electrolyte.conductivity.function);
  assert_true(case_.electrolyte.relative_permittivity == 19);
  CaseDestroy(&case_);
}

static void test_unknown_electrolyte_is_told_with_those_there_are(void **state)
{
  const char *const setting = "electrolyte.library=Nymann";
  const char *message;
  Case case_;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  WriteFile("cell.yaml", MINIMAL);
  KeepErrors();
  (void)CaseRead(PETSC_COMM_WORLD, "cell.yaml", 1, &setting, &case_);
  ForgetErrors();
  assert_int_equal(FirstError(&message), PETSC_ERR_USER_INPUT);
  assert_non_null(strstr(message, "electrolyte.library: found 'Nymann', allowed: "));
  assert_non_null(strstr(message, "Diederichsen"));
  assert_non_null(strstr(message, " (did you mean Nyman?)"));
}

static void test_mistakes_in_the_library_are_told_with_its_place(void **state)
{
  (void)state;
  WriteLibrary("title: x\nsource: y\n\ndiffusivity: {expression: \"1 = c\", unit: m^2/s}\n");
  assert_refused(FROM_LIBRARY,
                 "library/Nyman.yaml:4: electrolyte.diffusivity.expression: found '1 = c', "
                 "allowed: " FORMULA " ('=' at position 2)");
  WriteLibrary("title: x\ndifusivity: 1e-10 m^2/s\n");
  assert_refused(FROM_LIBRARY,
                 "library/Nyman.yaml:2: electrolyte.difusivity: unknown key; did you mean "
                 "electrolyte.diffusivity?");
  WriteLibrary("concentration: 1 M\n");
  assert_refused(FROM_LIBRARY,
                 "library/Nyman.yaml:1: electrolyte.concentration: unknown key; did you mean "
                 "electrolyte.validity.concentration?");
  WriteLibrary("- 1\n");
  assert_refused(FROM_LIBRARY,
                 "library/Nyman.yaml:1: electrolyte: found a list, allowed: a mapping of keys");
  WriteLibrary(LIBRARY_FILE);
  WriteFile("library/t.csv", "c [M], t\n0, 0.3\n2, none\n");
  assert_refused(FROM_LIBRARY,
                 "library/t.csv:3: electrolyte.transference_number.table: found 'none', allowed: "
                 "a bare number, in the unit of the header");
}

static void test_library_lists_its_electrolytes(void **state)
{
  LibraryFile *files;
  PetscInt count, own = 0;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  assert_int_equal(ElectrolyteLibraryList(PETSC_COMM_WORLD, &count, &files), 0);
  for (PetscInt i = 0; i < count; i++) {
    if (i > 0) assert_true(strcmp(files[i - 1].name, files[i].name) < 0);
    if (strcmp(files[i].name, "Nyman") == 0) {
      assert_string_equal(files[i].path, "library/Nyman.yaml");
      own++;
    } else if (strcmp(files[i].name, "Diederichsen") == 0) {
      assert_string_equal(files[i].path, "other/Diederichsen.yaml");
      own++;
    }
  }
  assert_int_equal(own, 2);
  PetscFree(files);
}

static void test_electrolyte_of_the_library_is_read_by_itself(void **state)
{
  LibraryElectrolyte entry;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  assert_int_equal(ElectrolyteLibraryRead(PETSC_COMM_WORLD, "Nyman", PETSC_DEFAULT, &entry), 0);
  assert_string_equal(entry.title, "LiPF6 in EC:EMC 3:7");
  assert_string_equal(entry.salt, "LiPF6");
  assert_string_equal(entry.solvent, "EC:EMC");
  assert_string_equal(entry.source, "Nyman");
  assert_string_equal(entry.remarks, "none");
  assert_true(entry.temperature == 298.15 && entry.electrolyte.concentration == 1000);
  assert_near(entry.electrolyte.diffusivity.initial, 1.7694e-10, 1e-12);
  assert_near(At(&entry.electrolyte.transference_number, 2000), 0.2, 1e-14);
  assert_int_equal(LibraryElectrolyteDestroy(&entry), 0);
}

static void assert_library_refuses(const char name[], PetscReal temperature, const char expected[])
{
  LibraryElectrolyte entry;
  const char *message;

  KeepErrors();
  (void)ElectrolyteLibraryRead(PETSC_COMM_WORLD, name, temperature, &entry);
  ForgetErrors();
  assert_int_equal(FirstError(&message), PETSC_ERR_USER_INPUT);
  if (strncmp(message, expected, strlen(expected))) fail_msg("%s", message);
  assert_null(entry.title);
}

static void test_library_refuses_by_itself_as_well(void **state)
{
  LibraryElectrolyte entry;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  assert_library_refuses("Nymann", PETSC_DEFAULT, "electrolyte.library: found 'Nymann', allowed: ");
  assert_library_refuses("Nyman", 350,
                         "library/Nyman.yaml: temperature: found 350 K, allowed: 297 K to 299 K");
  WriteLibrary("validity: {temperature: [343 K, 363 K], concentration: [2 M, 3 M]}\n");
  assert_int_equal(ElectrolyteLibraryRead(PETSC_COMM_WORLD, "Nyman", PETSC_DEFAULT, &entry), 0);
  assert_true(entry.temperature == 343 && entry.electrolyte.concentration == 2000);
  assert_null(entry.electrolyte.diffusivity.function);
  LibraryElectrolyteDestroy(&entry);
}

// ---- The resolved case ----

static void test_resolved_properties_read_back_to_the_same_bits(void **state)
{
  (void)state;
  WriteFile("d.csv", TABLE);
  assert_survives_round_trip(TAIL CONCENTRATED);
  assert_survives_round_trip(TAIL
                             "electrolyte: {concentration: 1 M, diffusivity: {table: d.csv}, "
                             "transference_number: {expression: 0.3*T/298.15}, conductivity: 1 "
                             "mS/cm, ion_size: 0.37 nm, validity: {temperature: [10 degC, 33.3 "
                             "degC]}}\n");
  assert_survives_round_trip(MINIMAL
                             "anode: {activation_energy: 33.3 kJ/mol, reference_temperature: 17.7 "
                             "degC, sei: {inner: {thickness: 5 nm, conductivity: 1e-7 S/m, "
                             "activation_energy: 50 kJ/mol}}}\n");
}

// It runs where neither the library nor the table is.
static void test_resolved_case_needs_no_library(void **state)
{
  Case case_, twin;
  char *yaml;

  (void)state;
  WriteLibrary(LIBRARY_FILE);
  case_ = Read(FROM_LIBRARY "  flux_law: concentrated\n");
  assert_int_equal(CaseToYaml(&case_, &yaml), 0);
  assert_null(strstr(yaml, "\n  library:"));
  assert_non_null(strstr(yaml, "# Properties of the electrolyte from the library: Nyman\n"));
  WriteLibrary("not to be read\n");
  WriteFile("library/t.csv", "nor this\n");
  twin = Read(yaml);
  assert_same_case(&case_, &twin);
  PetscFree(yaml);
  CaseDestroy(&case_);
  CaseDestroy(&twin);
}

// ---- Listed ions ----

#define LITHIUM "{name: Li, charge: 1, diffusivity: 1e-10 m^2/s, concentration: 1 M}"
#define ANION "{name: PF6, charge: -1, diffusivity: 3e-10 m^2/s, concentration: 1 M}"
#define SODIUM "{name: Na, charge: 1, diffusivity: 2e-10 m^2/s, concentration: 0.5 M, size: 0.5 nm}"
#define THREE                                                                                   \
  TAIL "electrolyte:\n  ion_size: 0.2 nm\n  ions:\n    - " LITHIUM "\n    - " SODIUM            \
       "\n    - {name: PF6, charge: -1, diffusivity: 3e-10 m^2/s, concentration: 1500 mol/m^3}" \
       "\n"

static void test_two_listed_ions_are_a_salt(void **state)
{
  Case case_ = Read(TAIL "electrolyte: {ions: [" ANION ", " LITHIUM "]}\n");
  const Electrolyte *const electrolyte = &case_.electrolyte;

  (void)state;
  assert_true(electrolyte->ions_listed);
  assert_int_equal(electrolyte->number_of_ions, 2);
  assert_string_equal(electrolyte->ion[0].name, "Li");
  assert_string_equal(electrolyte->ion[1].name, "PF6");
  assert_int_equal(electrolyte->reacting_ion, 0);
  assert_true(electrolyte->concentration == 1000);
  assert_near(electrolyte->diffusivity.initial, 1.5e-10, 1e-14);
  assert_near(electrolyte->transference_number.initial, 0.25, 1e-14);
  CaseDestroy(&case_);
}

static void test_listed_salt_of_other_charges_counts_formula_units(void **state)
{
  Case case_ = Read(TAIL
                    "electrolyte: {ions: [{name: Mg, charge: 2, diffusivity: 1e-10 m^2/s, "
                    "concentration: 0.5 M}, " ANION "]}\n");

  (void)state;
  assert_true(case_.electrolyte.concentration == 500);
  assert_true(case_.anode.reference_concentration == 500);
  CaseDestroy(&case_);
}

static void test_several_ions_are_read(void **state)
{
  const char *const setting = "electrolyte.reacting_ion=Na";
  Case case_ = Read(THREE);
  const Electrolyte *electrolyte = &case_.electrolyte;

  (void)state;
  assert_int_equal(electrolyte->number_of_ions, 3);
  assert_string_equal(electrolyte->ion[2].name, "PF6");
  assert_int_equal(electrolyte->reacting_ion, 0);
  assert_true(electrolyte->ion[0].size == 0.2e-9 && electrolyte->ion[1].size == 0.5e-9);
  assert_true(PetscIsNanReal(electrolyte->diffusivity.initial));
  assert_true(PetscIsNanReal(electrolyte->transference_number.initial));
  assert_true(case_.anode.reference_concentration == 1000);
  CaseDestroy(&case_);
  case_ = ReadSettings(THREE, 1, &setting);
  assert_int_equal(case_.electrolyte.reacting_ion, 1);
  assert_true(case_.electrolyte.concentration == 500);
  assert_true(case_.anode.reference_concentration == 500);
  CaseDestroy(&case_);
}

// In either closure: it is that of the ion that reacts.
static void test_depletion_of_one_of_several_ions_ends_a_step(void **state)
{
  const char *const closures[] = {"electrolyte.closure=poisson",
                                  "electrolyte.closure=electroneutral"};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(closures); i++) {
    Case case_ = ReadSettings(
        THREE, 2, (const char *[]){closures[i], "protocol.0={current: 1 A/m^2, until: depletion}"});
    assert_int_equal(case_.protocol[0].number_of_conditions, 1);
    assert_int_equal(case_.protocol[0].until[0].event, EVENT_DEPLETION);
    CaseDestroy(&case_);
  }
}

static void test_listed_ions_read_back_to_the_same_bits(void **state)
{
  (void)state;
  assert_survives_round_trip(THREE);
  assert_survives_round_trip(THREE "  reacting_ion: Na\n");
  assert_survives_round_trip(TAIL "electrolyte: {ions: [" ANION ", " LITHIUM "]}\n");
}

static void assert_ions_refused(const char ions[], const char expected[])
{
  char text[2048], message[2048];

  snprintf(text, sizeof(text), TAIL "electrolyte: {ions: [%s]}\n", ions);
  snprintf(message, sizeof(message), "cell.yaml:3: electrolyte.ions%s", expected);
  assert_refused(text, message);
}

static void test_ions_that_make_no_electrolyte_are_refused(void **state)
{
  (void)state;
  assert_ions_refused("", ": found 0 of them, allowed: 2 to 8");
  assert_ions_refused(LITHIUM, ": found 1 of them, allowed: 2 to 8");
  assert_ions_refused(LITHIUM ", " LITHIUM,
                      ".1.name: found 'Li', allowed: a name that no other ion has");
  assert_ions_refused(LITHIUM ", " SODIUM, ": found no anion, allowed: cations and anions");
  assert_ions_refused(LITHIUM ", " ANION ", " SODIUM,
                      ": found a net charge of 500 mol/m^3, the sum of charge times "
                      "concentration, allowed: 0");
  assert_ions_refused(LITHIUM ", {name: X, charge: 0}", ".1.charge: found '0', allowed: != 0");
  assert_ions_refused("{name: 3Li}, " ANION,
                      ".0.name: found '3Li', allowed: letters, digits and _, a "
                      "letter first");
  assert_ions_refused("{charge: 1}, " ANION,
                      ".0.name: missing, allowed: letters, digits and _, a letter "
                      "first");
  assert_ions_refused("{name: Li, charge: 1, difusivity: 1}",
                      ".0.difusivity: unknown key; did you mean electrolyte.ions.0.diffusivity?");
}

static void test_rounding_leaves_ions_neutral(void **state)
{
  Case case_ = Read(TAIL "electrolyte: {ions: [" LITHIUM
                         ", {name: A, charge: -3, diffusivity: 1e-10 m^2/s, concentration: "
                         "333.3333333 mol/m^3}]}\n");

  (void)state;
  CaseDestroy(&case_);
}

static void test_listed_ions_exclude_the_keys_of_a_salt(void **state)
{
  const char *const keys[] = {"concentration: 1 M",       "diffusivity: 1e-10 m^2/s",
                              "transference_number: 0.3", "conductivity: 1 S/m",
                              "thermodynamic_factor: 1",  "cation_diffusivity: 1e-10 m^2/s",
                              "cation_charge: 1",         "anion_charge: -1"};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(keys); i++) {
    char text[2048], message[512];

    snprintf(text, sizeof(text), TAIL "electrolyte: {ions: [" LITHIUM ", " ANION "], %s}\n",
             keys[i]);
    snprintf(message, sizeof(message),
             "cell.yaml:3: electrolyte.%.*s: found together with electrolyte.ions, allowed: one of "
             "the two",
             (int)strcspn(keys[i], ":"), keys[i]);
    assert_refused(text, message);
  }
  assert_refused(TAIL "electrolyte: {ions: [" LITHIUM ", " ANION "], flux_law: concentrated}\n",
                 "cell.yaml:3: electrolyte.flux_law: found 'concentrated', allowed: dilute, where "
                 "ions are listed");
}

static void test_only_a_cation_reacts(void **state)
{
  (void)state;
  assert_refused(THREE "  reacting_ion: PF6\n",
                 "cell.yaml:9: electrolyte.reacting_ion: found 'PF6', allowed: Li, Na (a cation)");
  assert_setting_refused("electrolyte.reacting_ion=anion",
                         "electrolyte.reacting_ion: found 'anion', allowed: cation (a cation)");
}

static void test_several_ions_know_no_limiting_current(void **state)
{
  const char *const setting = "protocol=[{current_ratio: 2, for: 1 h}]";

  (void)state;
  WriteFile("cell.yaml", THREE);
  assert_read_fails("cell.yaml", 1, &setting, PETSC_ERR_USER_INPUT,
                    "--set protocol=[{current_ratio: 2, for: 1 h}]: protocol.0.current_ratio: "
                    "found '2', allowed: only with two ions (no other limiting current is known)");
}

// ---- Sizes and temperatures ----

static void test_ions_have_the_size_of_the_electrolyte(void **state)
{
  const char *const setting = "electrolyte.ion_size=3 angstrom";
  Case case_ = ReadSettings(MINIMAL, 1, &setting);

  (void)state;
  assert_near(case_.electrolyte.ion[0].size, 3e-10, 1e-14);
  assert_near(case_.electrolyte.ion[1].size, 3e-10, 1e-14);
  CaseDestroy(&case_);
}

static void test_ions_that_do_not_fit_are_refused(void **state)
{
  const char *const bath[] = {"electrolyte.ion_size=0.8 nm", "counter_electrode.kind=reservoir",
                              "counter_electrode.concentration=2 M"};

  (void)state;
  assert_setting_refused("electrolyte.ion_size=1 nm",
                         "electrolyte.ion_size: found ions that take 1.20443 of the volume at the "
                         "start, allowed: < 1");
  assert_read_fails("cell.yaml", 3, bath, PETSC_ERR_USER_INPUT,
                    "--set counter_electrode.concentration=2 M: counter_electrode.concentration: "
                    "found ions that take 1.23333 of the volume, allowed: < 1");
}

static void test_activation_energies_are_read(void **state)
{
  Case case_ = Read(MINIMAL
                    "anode: {activation_energy: 65 kJ/mol, reference_temperature: 30 degC, sei: "
                    "{inner: {thickness: 5 nm, conductivity: 1e-6 S/m, activation_energy: 50 "
                    "kJ/mol}, outer: {thickness: 5 nm, conductivity: 1e-6 S/m}}}\n"
                    "counter_electrode: {activation_energy: 1 J/mol}\n");

  (void)state;
  assert_true(case_.anode.activation_energy == 65000);
  assert_true(case_.anode.reference_temperature == 303.15);
  assert_true(case_.anode.sei.inner.activation_energy == 50000);
  assert_true(case_.anode.sei.outer.activation_energy == 0);
  assert_true(case_.counter_electrode.activation_energy == 1);
  assert_true(case_.counter_electrode.sei.inner.activation_energy == 50000);
  CaseDestroy(&case_);
  case_ = Read(MINIMAL);
  assert_true(case_.anode.activation_energy == 0);
  assert_true(case_.anode.reference_temperature == 298.15);
  CaseDestroy(&case_);
}

static void test_energy_of_one_particle_is_refused(void **state)
{
  (void)state;
  assert_setting_refused("anode.activation_energy=0.6 eV",
                         "anode.activation_energy: found '0.6 eV', allowed: >= 0 J/mol (a unit of "
                         "another dimension)");
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_constant_is_a_function_of_one_value),
      cmocka_unit_test(test_formula_is_a_function_of_concentration),
      cmocka_unit_test(test_formula_has_the_unit_it_says),
      cmocka_unit_test(test_formula_knows_the_temperature_of_the_case),
      cmocka_unit_test(test_formula_of_temperature_needs_no_validity),
      cmocka_unit_test(test_dilute_law_takes_the_values_at_the_initial_concentration),
      cmocka_unit_test(test_dilute_law_refuses_what_no_constant_may_be),
      cmocka_unit_test(test_mistakes_in_a_formula_are_told),
      cmocka_unit_test(test_formula_must_have_values_down_to_zero),
      cmocka_unit_test(test_formula_needs_its_unit),
      cmocka_unit_test(test_parts_of_a_property_are_checked),
      cmocka_unit_test(test_settings_replace_a_property_whole_or_in_part),
      cmocka_unit_test(test_formula_needs_an_upper_end),
      cmocka_unit_test(test_validity_is_a_range),
      cmocka_unit_test(test_temperature_outside_of_the_measurements_is_refused),
      cmocka_unit_test(test_concentration_above_the_measurements_is_refused),
      cmocka_unit_test(test_table_is_read_with_its_units),
      cmocka_unit_test(test_tables_bound_the_validity),
      cmocka_unit_test(test_table_is_cut_at_the_validity),
      cmocka_unit_test(test_table_is_found_beside_the_case),
      cmocka_unit_test(test_table_may_stand_in_the_case),
      cmocka_unit_test(test_mistakes_in_a_table_are_told_with_its_line),
      cmocka_unit_test(test_table_must_cover_the_validity),
      cmocka_unit_test(test_missing_table_is_told),
      cmocka_unit_test(test_factor_without_smooth_integrals_is_refused),
      cmocka_unit_test(test_concentrated_law_takes_measured_properties),
      cmocka_unit_test(test_concentrated_law_needs_every_property),
      cmocka_unit_test(test_concentrated_law_is_one_of_single_charges),
      cmocka_unit_test(test_properties_that_violate_thermodynamics_are_refused_with_the_range),
      cmocka_unit_test(test_electroneutral_solution_takes_any_transference_number),
      cmocka_unit_test(test_start_below_the_validity_is_that_of_the_solution),
      cmocka_unit_test(test_library_gives_what_the_case_does_not),
      cmocka_unit_test(test_property_of_the_case_replaces_the_librarys_whole),
      cmocka_unit_test(test_diffusivities_of_ions_drop_those_of_the_library),
      cmocka_unit_test(test_listed_ions_take_only_the_permittivity_from_the_library),
      cmocka_unit_test(test_unknown_electrolyte_is_told_with_those_there_are),
      cmocka_unit_test(test_mistakes_in_the_library_are_told_with_its_place),
      cmocka_unit_test(test_library_lists_its_electrolytes),
      cmocka_unit_test(test_electrolyte_of_the_library_is_read_by_itself),
      cmocka_unit_test(test_library_refuses_by_itself_as_well),
      cmocka_unit_test(test_resolved_properties_read_back_to_the_same_bits),
      cmocka_unit_test(test_resolved_case_needs_no_library),
      cmocka_unit_test(test_two_listed_ions_are_a_salt),
      cmocka_unit_test(test_listed_salt_of_other_charges_counts_formula_units),
      cmocka_unit_test(test_several_ions_are_read),
      cmocka_unit_test(test_depletion_of_one_of_several_ions_ends_a_step),
      cmocka_unit_test(test_listed_ions_read_back_to_the_same_bits),
      cmocka_unit_test(test_ions_that_make_no_electrolyte_are_refused),
      cmocka_unit_test(test_rounding_leaves_ions_neutral),
      cmocka_unit_test(test_listed_ions_exclude_the_keys_of_a_salt),
      cmocka_unit_test(test_only_a_cation_reacts),
      cmocka_unit_test(test_several_ions_know_no_limiting_current),
      cmocka_unit_test(test_ions_have_the_size_of_the_electrolyte),
      cmocka_unit_test(test_ions_that_do_not_fit_are_refused),
      cmocka_unit_test(test_activation_energies_are_read),
      cmocka_unit_test(test_energy_of_one_particle_is_refused),
  };

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  const int failures = cmocka_run_group_tests(tests, EnterScratchFolder, RemoveScratchFolder);
  return PetscFinalize() || failures;
}
