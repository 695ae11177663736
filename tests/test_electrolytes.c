#define _POSIX_C_SOURCE 200809L  // open_memstream

#include <libfyaml.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bc/physical_constants.h"
#include "io/case_reader.h"
#include "io/electrolyte_library.h"
#include "io/electrolyte_table.h"
#include "io/electrolytes.h"
#include "tests/support.h"

/* The shipped electrolytes, configs/electrolytes, and what the command prints of them. */

#define NONE NAN

#define EC_DMC "LiPF6-EC-DMC-Landesfeind2019"
#define EC_EMC "LiPF6-EC-EMC-Landesfeind2019"
#define EMC_FEC "LiPF6-EMC-FEC-Landesfeind2019"
#define NYMAN "LiPF6-EC-EMC-Nyman2008"
#define VALOEN "LiPF6-PC-EC-DMC-Valoen2005"
#define BERNARDI "LiPF6-PC-EC-DMC-Bernardi2011"
#define CAPIGLIA "LiPF6-EC-DMC-Capiglia1999"
#define KIM "LiPF6-Kim2011"
#define COLCLASURE "LiPF6-EC-EMC-Colclasure2020"
#define DOYLE_1_2 "LiPF6-EC-DMC-1-2-Doyle1996"
#define DOYLE_2_1 "LiPF6-EC-DMC-2-1-Doyle1996"
#define FULLER "LiClO4-PC-Fuller1994"

static LibraryElectrolyte ReadAt(const char name[], PetscReal temperature)
{
  LibraryElectrolyte entry;

  CallOrAbort(ElectrolyteLibraryRead(PETSC_COMM_WORLD, name, temperature, &entry));
  return entry;
}

static void Release(LibraryElectrolyte *entry)
{
  CallOrAbort(LibraryElectrolyteDestroy(entry));
}

// ---- The numbers -------------------------------------------------------------------------------

/* Worked out from the coefficients by another program, at 298.15 K; NONE: the source gives none. */
typedef struct {
  const char *name;
  PetscReal concentration;         // [mol/m^3]
  PetscReal conductivity;          // [S/m]
  PetscReal diffusivity;           // [m^2/s]
  PetscReal thermodynamic_factor;  // [-]
  PetscReal transference_number;   // [-]
} CheckValues;

static const CheckValues check_values[] = {
    {EC_DMC, 100, 3.743175e-01, 4.801358e-10, 1.311530, 0.509933},
    {EC_DMC, 1000, 1.181873e+00, 2.904957e-10, 2.201131, 0.325028},
    {EC_DMC, 2000, 7.311802e-01, 1.662142e-10, 4.010918, 0.192558},
    {EC_EMC, 100, 2.581751e-01, 5.068776e-10, 0.547742, 0.372505},
    {EC_EMC, 1000, 9.130211e-01, 2.892248e-10, 2.181761, 0.220913},
    {EC_EMC, 2000, 5.939402e-01, 1.550578e-10, 3.849900, 0.105719},
    {EMC_FEC, 100, 4.231019e-02, 5.379381e-10, 0.603146, 0.539244},
    {EMC_FEC, 1000, 5.529469e-01, 3.073262e-10, 1.162764, 0.129124},
    {EMC_FEC, 2000, 5.743674e-01, 1.649879e-10, 3.211168, -0.006267},
    {NYMAN, 100, 2.536565e-01, 4.473594e-10, NONE, NONE},
    {NYMAN, 1000, 9.487000e-01, 1.769400e-10, NONE, NONE},
    {NYMAN, 2000, 5.962479e-01, 4.356000e-11, NONE, NONE},
    {VALOEN, 100, 2.666081e-01, 5.772997e-10, 0.895950, 0.380000},
    {VALOEN, 1000, 1.194326e+00, 3.222723e-10, 2.131949, 0.380000},
    {VALOEN, 2000, 7.962970e-01, 1.648416e-10, 4.805105, 0.380000},
    {BERNARDI, 100, 2.298172e-01, 5.772997e-10, 0.895950, 0.380000},
    {BERNARDI, 1000, 1.118307e+00, 3.222723e-10, 2.131949, 0.380000},
    {BERNARDI, 2000, 8.415313e-01, 1.648416e-10, 4.805105, 0.380000},
    {CAPIGLIA, 100, 2.717454e-01, 5.003940e-10, NONE, 0.400000},
    {CAPIGLIA, 1000, 1.104600e+00, 2.787724e-10, NONE, 0.400000},
    {CAPIGLIA, 2000, 9.465000e-01, 1.455320e-10, NONE, 0.400000},
    {KIM, 100, 1.821914e-01, 2.628994e-10, NONE, NONE},
    {KIM, 1000, 8.905771e-01, 1.308042e-10, NONE, NONE},
    {KIM, 2000, 6.135269e-01, 5.725272e-11, NONE, NONE},
    {COLCLASURE, 100, 1.867738e-01, 2.648400e-10, 1.813084, 0.441708},
    {COLCLASURE, 1000, 8.838369e-01, 1.303072e-10, 3.230856, 0.459186},
    {COLCLASURE, 2000, 5.998526e-01, 5.409636e-11, 7.899151, 0.473968},
    {DOYLE_1_2, 100, 7.316438e-02, 7.500000e-11, 1.000000, 0.363000},
    {DOYLE_1_2, 1000, 2.872790e-01, 7.500000e-11, 1.000000, 0.363000},
    {DOYLE_1_2, 2000, 1.710290e-01, 7.500000e-11, 1.000000, 0.363000},
    {DOYLE_2_1, 100, 8.675114e-02, 7.500000e-11, 1.000000, 0.363000},
    {DOYLE_2_1, 1000, 2.047550e-01, 7.500000e-11, 1.000000, 0.363000},
    {DOYLE_2_1, 2000, 1.054050e-01, 7.500000e-11, 1.000000, 0.363000},
    {FULLER, 100, 1.891186e-01, 2.580000e-10, NONE, 0.200000},
    {FULLER, 1000, 5.281075e-01, 2.580000e-10, NONE, 0.200000},
    {FULLER, 2000, 3.022317e-01, 2.580000e-10, NONE, 0.200000},
};

/* Below the validity the conductivity is not that of the formula, unless a case widens it. */
static PetscReal ConductivityOfWiderCase(const char name[], PetscReal concentration)
{
  char library[128], validity[128];
  const char *const settings[] = {library, validity, "electrolyte.flux_law=concentrated"};
  PetscReal conductivity;
  Case case_;

  snprintf(library, sizeof(library), "electrolyte.library=%s", name);
  snprintf(validity, sizeof(validity),
           "electrolyte.validity.concentration=[%.17g mol/m^3, 2 mol/L]", (double)concentration);
  CallOrAbort(CaseRead(PETSC_COMM_WORLD, "configs/sand.yaml", PETSC_STATIC_ARRAY_LENGTH(settings),
                       settings, &case_));
  conductivity = PropertyEvaluate(case_.electrolyte.conductivity.function, concentration).value;
  CallOrAbort(CaseDestroy(&case_));
  return conductivity;
}

static PetscReal ConductivityAt(const CheckValues *values, const Electrolyte *electrolyte)
{
  if (values->concentration < electrolyte->concentration_validity.low) {
    return ConductivityOfWiderCase(values->name, values->concentration);
  }
  return PropertyEvaluate(electrolyte->conductivity.function, values->concentration).value;
}

/* Seven digits of kappa and D, six decimals of TDF and t_+: each to half a unit of the last. */
static void test_files_give_the_check_values(PETSC_UNUSED void **state)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(check_values); i++) {
    const CheckValues *const expected = &check_values[i];
    const PetscReal c = expected->concentration;
    LibraryElectrolyte entry = ReadAt(expected->name, 298.15);
    const Electrolyte *const found = &entry.electrolyte;

    assert_close(PropertyEvaluate(found->diffusivity.function, c).value, expected->diffusivity,
                 5.1e-7);
    assert_close(ConductivityAt(expected, found), expected->conductivity, 5.1e-7);
    if (!isnan(expected->thermodynamic_factor)) {
      assert_at_most(fabs(PropertyEvaluate(found->thermodynamic_factor.function, c).value -
                          expected->thermodynamic_factor),
                     5.1e-7);
    }
    if (!isnan(expected->transference_number)) {
      assert_at_most(fabs(PropertyEvaluate(found->transference_number.function, c).value -
                          expected->transference_number),
                     5.1e-7);
    }
    Release(&entry);
  }
}

static PetscReal DeviationOfInverse(Solution solution, PetscReal c, PetscReal charge_factor,
                                    const Electrolyte *electrolyte)
{
  const Frictions frictions = SolutionFrictions(solution, c);
  const PetscReal factor = SolutionThermodynamicFactor(solution, c).value;
  const PetscReal sum = frictions.cation_solvent.value + frictions.anion_solvent.value;
  const PetscReal transference_number = frictions.anion_solvent.value / sum;
  const PetscReal series = frictions.cation_solvent.value * frictions.anion_solvent.value /
                           sum;  // t_+ (1 - t_+) 2 TDF/D
  const PetscReal conductivity = charge_factor * c / (frictions.ion_ion.value * c + series);
  const MeasuredProperty *const property[] = {
      &electrolyte->diffusivity, &electrolyte->transference_number, &electrolyte->conductivity,
      &electrolyte->thermodynamic_factor};
  const PetscReal value[] = {2 * factor / sum, transference_number, conductivity, factor};
  PetscReal worst = 0;

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(property); i++) {
    const PetscReal given = PropertyEvaluate(property[i]->function, c).value;
    worst = Worse(RelativeError(value[i], given), worst);
  }
  return worst;
}

/* The frictions hold what was measured, and nothing else: model of concentrated solutions,
     1/D_+0 = 2 TDF (1 - t_+)/D, 1/D_-0 = 2 TDF t_+/D, Lambda c = F^2 c/(R T kappa) - 1/(D_+0 +
   D_-0) solved for D, t_+ and kappa. */
static void test_frictions_give_the_properties_back(PETSC_UNUSED void **state)
{
  PetscInt count;
  LibraryFile *files;

  CallOrAbort(ElectrolyteLibraryList(PETSC_COMM_WORLD, &count, &files));
  for (PetscInt i = 0; i < count; i++) {
    LibraryElectrolyte entry = ReadAt(files[i].name, 298.15);
    const Range *const validity = &entry.electrolyte.concentration_validity;
    const PetscReal charge_factor = PetscSqr(FARADAY) / (GAS_CONSTANT * entry.temperature);
    Solution solution;

    entry.electrolyte.closure = CLOSURE_POISSON;
    CallOrAbort(SolutionCreate(&entry.electrolyte, entry.temperature, &solution));
    for (PetscInt k = 0; k <= 20; k++) {
      const PetscReal c = validity->low + k * (validity->high - validity->low) / 20;
      assert_at_most(DeviationOfInverse(solution, c, charge_factor, &entry.electrolyte), 1e-10);
    }
    CallOrAbort(SolutionDestroy(&solution));
    Release(&entry);
  }
  CallOrAbort(PetscFree(files));
}

// ---- The files ---------------------------------------------------------------------------------

static void test_every_file_says_what_it_is_and_where_it_holds(PETSC_UNUSED void **state)
{
  PetscInt count;
  LibraryFile *files;

  CallOrAbort(ElectrolyteLibraryList(PETSC_COMM_WORLD, &count, &files));
  assert_on_all(count == 12);
  for (PetscInt i = 0; i < count; i++) {
    LibraryElectrolyte entry = ReadAt(files[i].name, PETSC_DEFAULT);
    const Electrolyte *const electrolyte = &entry.electrolyte;

    assert_close(entry.temperature, 298.15, 1e-15);  // every one of them holds at 25 degC
    assert_on_all(*entry.title && *entry.salt && *entry.solvent && *entry.source);
    assert_on_all(strstr(entry.title, entry.salt) == entry.title);
    assert_on_all(strstr(files[i].name, entry.salt) == files[i].name);
    assert_on_all(strstr(entry.remarks, "permittivity is an estimate") != NULL);
    assert_on_all(electrolyte->concentration_validity.low > 0);
    assert_on_all(electrolyte->concentration_validity.high <= 4000);
    assert_on_all(electrolyte->temperature_validity.low >= 263);
    assert_on_all(electrolyte->temperature_validity.high <= 333);
    assert_on_all(electrolyte->relative_permittivity > 1);
    Release(&entry);
  }
  CallOrAbort(PetscFree(files));
}

typedef struct {
  const char *name;
  PetscReal temperature;  // [degC]
  PetscReal low, high;    // where t_+ < 0 [mol/L]; 0: nowhere, the poisson closure can use it
} ExpectedVerdict;

/* The limits are roots of t_+(c), worked out elsewhere. */
static const ExpectedVerdict expected_verdicts[] = {
    {EC_DMC, 10, 0, 0},        {EC_DMC, 25, 0, 0},        {EC_DMC, 40, 0, 0},
    {EC_EMC, 10, 1.06, 2.82},  {EC_EMC, 25, 0, 0},        {EC_EMC, 40, 0, 0},
    {EMC_FEC, 10, 0.83, 2.83}, {EMC_FEC, 25, 1.81, 2.35}, {EMC_FEC, 40, 0, 0},
    {VALOEN, 10, 0, 0},        {VALOEN, 25, 0, 0},        {VALOEN, 40, 0, 0},
    {BERNARDI, 10, 0, 0},      {BERNARDI, 25, 0, 0},      {BERNARDI, 40, 0, 0},
    {KIM, 10, 0, 0},           {KIM, 25, 0, 0},           {KIM, 40, 0, 0},
    {COLCLASURE, 10, 0, 0},    {COLCLASURE, 25, 0, 0},    {COLCLASURE, 40, 0, 0},
    {NYMAN, 25, 0, 0},         {CAPIGLIA, 25, 0, 0},      {DOYLE_1_2, 25, 0, 0},
    {DOYLE_2_1, 25, 0, 0},     {FULLER, 25, 0, 0},
};

static void test_verdicts_are_those_of_the_transference_numbers(PETSC_UNUSED void **state)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(expected_verdicts); i++) {
    const ExpectedVerdict *const expected = &expected_verdicts[i];
    LibraryElectrolyte entry = ReadAt(expected->name, expected->temperature + 273.15);
    ElectrolyteVerdict verdict;

    CallOrAbort(ElectrolyteJudge(&entry, &verdict));
    assert_on_all(!verdict.missing && verdict.electroneutral && !verdict.held);
    assert_on_all(verdict.poisson == (expected->high == 0));
    if (!verdict.poisson) {
      assert_on_all(!strcmp(verdict.violation.property, "transference_number"));
      assert_on_all(verdict.violation.value < 0);
      assert_at_most(fabs(verdict.violation.low - 1000 * expected->low), 10);
      assert_at_most(fabs(verdict.violation.high - 1000 * expected->high), 10);
    }
    Release(&entry);
  }
}

// ---- The table ---------------------------------------------------------------------------------

static void test_tables_run_from_zero_to_the_end_of_the_validity(PETSC_UNUSED void **state)
{
  PetscInt count, rows;
  LibraryFile *files;
  ElectrolyteRow row[MAXIMUM_ROWS];

  CallOrAbort(ElectrolyteLibraryList(PETSC_COMM_WORLD, &count, &files));
  for (PetscInt i = 0; i < count; i++) {
    LibraryElectrolyte entry = ReadAt(files[i].name, PETSC_DEFAULT);
    const Range *const validity = &entry.electrolyte.concentration_validity;
    PetscBool has_low = PETSC_FALSE;

    CallOrAbort(ElectrolyteTabulate(&entry, &rows, row));
    assert_on_all(rows >= 8 && rows <= 15);
    assert_on_all(row[0].concentration == 0 && row[0].outside_validity);
    assert_close(row[rows - 1].concentration, validity->high, 1e-12);
    for (PetscInt k = 1; k < rows; k++) {
      assert_on_all(row[k].concentration > row[k - 1].concentration);
      if (RelativeError(row[k].concentration, validity->low) < 1e-12) {
        has_low = PETSC_TRUE;
        assert_on_all(!row[k].outside_validity);
      }
    }
    assert_on_all(has_low);
    Release(&entry);
  }
  CallOrAbort(PetscFree(files));
}

// At infinite dilution the two frictions are those of the free ions, D_+ = D/(2 (1 - t_+)).
static void test_table_ends_in_the_dilute_law(PETSC_UNUSED void **state)
{
  LibraryElectrolyte entry = ReadAt(VALOEN, 298.15);
  ElectrolyteRow row[MAXIMUM_ROWS];
  PetscInt rows;

  CallOrAbort(ElectrolyteTabulate(&entry, &rows, row));
  assert_close(row[0].thermodynamic_factor, 1, 1e-15);
  assert_close(row[0].cation_solvent_diffusivity, row[0].diffusivity / (2 * (1 - 0.38)), 1e-12);
  assert_close(row[0].anion_solvent_diffusivity, row[0].diffusivity / (2 * 0.38), 1e-12);
  assert_at_most(fabs(row[0].conductivity), 0);
  Release(&entry);
}

/* Near its glass temperature kappa exceeds what D and t_+ allow: Lambda stays at 0.95 of the bound,
   2 Lambda c = -0.95/D_-0 or so, from 0.9 to 3.3 mol/L. */
static void test_table_marks_where_the_friction_is_held(PETSC_UNUSED void **state)
{
  LibraryElectrolyte entry = ReadAt(VALOEN, 263);
  ElectrolyteVerdict verdict;
  ElectrolyteRow row[MAXIMUM_ROWS];
  PetscInt rows, held = 0;

  CallOrAbort(ElectrolyteJudge(&entry, &verdict));
  assert_on_all(verdict.poisson && verdict.held);
  assert_at_most(fabs(verdict.held_low - 898), 10);
  assert_at_most(fabs(verdict.held_high - 3279), 20);
  CallOrAbort(ElectrolyteTabulate(&entry, &rows, row));
  for (PetscInt i = 0; i < rows; i++) {
    const PetscReal c = row[i].concentration;
    const PetscReal least =
        fmin(1 / row[i].cation_solvent_diffusivity, 1 / row[i].anion_solvent_diffusivity);
    assert_on_all(row[i].friction_held == (c >= verdict.held_low && c <= verdict.held_high));
    if (!row[i].friction_held) continue;
    held++;
    assert_close(2 * row[i].ion_ion_friction * c, -0.95 * least, 1e-12);
  }
  assert_on_all(held >= 4);
  Release(&entry);
}

static void test_table_has_no_friction_where_the_cation_moves_backwards(PETSC_UNUSED void **state)
{
  LibraryElectrolyte entry = ReadAt(EMC_FEC, 298.15);
  ElectrolyteRow row[MAXIMUM_ROWS];
  PetscInt rows, none = 0;

  CallOrAbort(ElectrolyteTabulate(&entry, &rows, row));
  for (PetscInt i = 0; i < rows; i++) {
    assert_on_all(isnan(row[i].ion_ion_friction) == (row[i].transference_number <= 0));
    none += isnan(row[i].ion_ion_friction);
  }
  assert_on_all(none == 2);
  Release(&entry);
}

// A set without a thermodynamic factor serves the dilute law, and is shown as far as it goes.
static void test_incomplete_sets_are_for_the_dilute_law(PETSC_UNUSED void **state)
{
  LibraryElectrolyte entry = ReadAt(KIM, 298.15);
  ElectrolyteVerdict verdict;
  ElectrolyteRow row[MAXIMUM_ROWS];
  PetscInt rows;

  CallOrAbort(PropertyDestroy(&entry.electrolyte.thermodynamic_factor.function));
  CallOrAbort(ElectrolyteJudge(&entry, &verdict));
  assert_on_all(verdict.missing && !strcmp(verdict.missing, "thermodynamic_factor"));
  assert_on_all(!verdict.poisson && !verdict.electroneutral);
  CallOrAbort(ElectrolyteTabulate(&entry, &rows, row));
  assert_on_all(isnan(row[0].conductivity) && !isnan(row[0].diffusivity));
  assert_close(row[rows - 1].conductivity, 6.135269e-01, 1e-6);
  assert_on_all(isnan(row[rows - 1].thermodynamic_factor));
  assert_on_all(isnan(row[rows - 1].ion_ion_friction));
  Release(&entry);
}

// ---- What is printed ---------------------------------------------------------------------------

static char *printed;  // on rank 0; elsewhere ""
static size_t printed_size;

static FILE *Open(void)
{
  free(printed);
  return open_memstream(&printed, &printed_size);
}

static PetscMPIInt Rank(void)
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

static PetscBool Printed(const char text[])
{
  if (Rank() || strstr(printed, text)) return PETSC_TRUE;
  print_error("missing: %s\nin:\n%s\n", text, printed);
  return PETSC_FALSE;
}

static size_t LongestLine(void)
{
  size_t longest = 0;

  for (const char *text = printed; *text; text += strcspn(text, "\n") + 1) {
    longest = PetscMax(longest, strcspn(text, "\n"));
  }
  return longest;
}

static void PrintList(PetscBool json)
{
  FILE *const stream = Open();

  CallOrAbort(ElectrolytesReport(PETSC_COMM_WORLD, stream, json));
  fclose(stream);
}

static void PrintOne(const char name[], const char temperature[], PetscBool json)
{
  FILE *const stream = Open();

  CallOrAbort(ElectrolyteReport(PETSC_COMM_WORLD, stream, name, temperature, json));
  fclose(stream);
}

static void test_list_names_every_file(PETSC_UNUSED void **state)
{
  PetscInt count;
  LibraryFile *files;

  PrintList(PETSC_FALSE);
  CallOrAbort(ElectrolyteLibraryList(PETSC_COMM_WORLD, &count, &files));
  for (PetscInt i = 0; i < count; i++) assert_on_all(Printed(files[i].name));
  CallOrAbort(PetscFree(files));
  assert_on_all(Printed("Valoen & Reimers, J. Electrochem. Soc. 152 (2005) A882\n"));
  assert_on_all(Printed("263 - 333        poisson\n"));
  assert_on_all(Printed("263 - 323        electroneutral\n"));
  assert_on_all(LongestLine() <= 100);
}

static void test_one_is_shown_with_its_table(PETSC_UNUSED void **state)
{
  PrintOne(NYMAN, NULL, PETSC_FALSE);
  assert_on_all(Printed("Electrochim. Acta 53 (2008) 6356"));
  assert_on_all(Printed("memory, unconfirmed"));
  assert_on_all(Printed("At 25 degC (298.15 K)"));
  assert_on_all(Printed("       1  1.7694e-10    0.94870   0.25940   1.47468"));
  assert_on_all(LongestLine() <= 100);
  PrintOne(VALOEN, "-10.15 degC", PETSC_FALSE);
  assert_on_all(Printed("  held\n"));
  assert_on_all(LongestLine() <= 100);
  PrintOne(EC_EMC, "10 degC", PETSC_FALSE);
  assert_on_all(Printed("electroneutral only: between 1.06 and 2.82 mol/L transference_number"));
  assert_on_all(LongestLine() <= 100);
}

static const char *Scalar(struct fy_document *document, const char path[])
{
  struct fy_node *const node =
      fy_node_by_path(fy_document_root(document), path, FY_NT, FYNWF_DONT_FOLLOW);

  return node ? fy_node_get_scalar0(node) : "";
}

static void test_json_is_one_object(PETSC_UNUSED void **state)
{
  const struct fy_parse_cfg strict = {.flags = FYPCF_JSON_FORCE};
  struct fy_document *document;

  PrintList(PETSC_TRUE);
  document = Rank() ? NULL : fy_document_build_from_string(&strict, printed, FY_NT);
  assert_on_all(Rank() || document);
  assert_on_all(Rank() || !strcmp(Scalar(document, "/electrolytes/11/name"), VALOEN));
  assert_on_all(Rank() || !strcmp(Scalar(document, "/electrolytes/11/closures/0"), "poisson"));
  fy_document_destroy(document);
  PrintOne(EMC_FEC, "25 degC", PETSC_TRUE);
  document = Rank() ? NULL : fy_document_build_from_string(&strict, printed, FY_NT);
  assert_on_all(Rank() || document);
  assert_on_all(Rank() || !strcmp(Scalar(document, "/closures/0"), "electroneutral"));
  assert_on_all(Rank() || !strcmp(Scalar(document, "/violation/property"), "transference_number"));
  assert_on_all(Rank() || !strcmp(Scalar(document, "/table/5/concentration"), "1000"));
  assert_on_all(Rank() ||
                fabs(strtod(Scalar(document, "/table/5/diffusivity"), NULL) / 3.073262e-10 - 1) <
                    1e-6);
  fy_document_destroy(document);
}

// ---- Refusals ----------------------------------------------------------------------------------

static char first_message[4096];

static PetscErrorCode KeepFirstMessage(MPI_Comm comm, int line, const char *function,
                                       const char *file, PetscErrorCode code, PetscErrorType type,
                                       const char *message, void *context)
{
  (void)comm, (void)line, (void)function, (void)file, (void)context;
  if (type == PETSC_ERROR_INITIAL) {
    snprintf(first_message, sizeof(first_message), "%s", message);
  }
  return code;
}

static PetscBool Refused(const char name[], const char temperature[], const char message[])
{
  FILE *const stream = Open();
  PetscErrorCode code;

  CallOrAbort(PetscPushErrorHandler(KeepFirstMessage, NULL));
  code = ElectrolyteReport(PETSC_COMM_WORLD, stream, name, temperature, PETSC_FALSE);
  CallOrAbort(PetscPopErrorHandler());
  fclose(stream);
  if (code == PETSC_ERR_USER_INPUT && strstr(first_message, message)) return PETSC_TRUE;
  print_error("code %d, message: %s\n", (int)code, first_message);
  return PETSC_FALSE;
}

static void test_an_unknown_name_is_answered_with_the_nearest(PETSC_UNUSED void **state)
{
  assert_on_all(Refused("LiPF6-EC-EMC-Nyman", NULL, "found 'LiPF6-EC-EMC-Nyman', allowed: "));
  assert_on_all(strstr(first_message, "did you mean LiPF6-EC-EMC-Nyman2008?") != NULL);
}

static void test_temperatures_without_a_unit_or_a_measurement_are_refused(PETSC_UNUSED void **state)
{
  assert_on_all(Refused(NYMAN, "25", "--temperature: found '25'"));
  assert_on_all(Refused(NYMAN, "10 degC", "297.15"));
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_files_give_the_check_values),
      cmocka_unit_test(test_frictions_give_the_properties_back),
      cmocka_unit_test(test_every_file_says_what_it_is_and_where_it_holds),
      cmocka_unit_test(test_verdicts_are_those_of_the_transference_numbers),
      cmocka_unit_test(test_tables_run_from_zero_to_the_end_of_the_validity),
      cmocka_unit_test(test_table_ends_in_the_dilute_law),
      cmocka_unit_test(test_table_marks_where_the_friction_is_held),
      cmocka_unit_test(test_table_has_no_friction_where_the_cation_moves_backwards),
      cmocka_unit_test(test_incomplete_sets_are_for_the_dilute_law),
      cmocka_unit_test(test_list_names_every_file),
      cmocka_unit_test(test_one_is_shown_with_its_table),
      cmocka_unit_test(test_json_is_one_object),
      cmocka_unit_test(test_an_unknown_name_is_answered_with_the_nearest),
      cmocka_unit_test(test_temperatures_without_a_unit_or_a_measurement_are_refused),
  };
  int failed;

  CallOrAbort(PetscInitialize(&argc, &argv, NULL, NULL));
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  free(printed);
  CallOrAbort(PetscFinalize());
  return failed;
}
