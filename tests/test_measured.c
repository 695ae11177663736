#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bc/physical_constants.h"
#include "io/case_reader.h"
#include "io/electrolyte_library.h"
#include "io/report.h"
#include "solver/closed_forms.h"
#include "tests/support.h"

/* The library's electrolytes through the solver: configs/measured.yaml with other settings.  Run
   from the top of the tree.  Each rank runs cases of its own; what they find is shared before it is
   asserted. */

#define CASE "configs/measured.yaml"

/* The case with these settings, on this rank alone; free with CaseDestroy. */
static Case CaseWith(const char *const settings[], PetscInt count)
{
  Case case_;

  CallOrAbort(CaseRead(PETSC_COMM_SELF, CASE, count, settings, &case_));
  return case_;
}

static PetscMPIInt OwnerOf(PetscInt job)
{
  PetscMPIInt ranks;

  MPI_Comm_size(PETSC_COMM_WORLD, &ranks);
  return (PetscMPIInt)(job % ranks);
}

static PetscBool IsMine(PetscInt job)
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return (PetscBool)(OwnerOf(job) == rank);
}

/* What its owner found out about a job, to all. */
static void Share(PetscInt job, void *finding, size_t size)
{
  CallOrAbort(MPI_Bcast(finding, (int)size, MPI_BYTE, OwnerOf(job), PETSC_COMM_WORLD));
}

// ---- The properties back from the fluxes --------------------------------------------------------

/* Three experiments, one after the other, in a cell 100 um long: a current that makes a difference
   of 1e-4 c_0 is switched on (kappa), kept until nothing changes any more (t_+, with D) and cut
   (the thermodynamic factor), whereupon the salt comes back to rest (D). */
#define POLARISATION 25  // in units of the time constant L^2/(pi^2 D) of diffusion
#define REST 5
#define LATE 2.5  // from when on the decay counts: the next mode decays nine times as fast

typedef struct {
  PetscReal time_constant;      // [s]
  PetscReal current_density;    // [A/m^2]
  PetscReal field_at_start;     // -dphi/dx amid the cell [V/m]
  PetscReal steady_difference;  // c(L) - c(0) [mol/m^3]
  PetscReal steady_log_ratio;   // ln c(L)/c(0)
  PetscReal rest_start;         // [s]
  PetscReal rest_voltage;       // just after the cut [V]
  PetscReal late_time, late_difference, last_time, last_difference;
  PetscInt steps;
} Experiment;

static void ObservePolarisation(Experiment *e, Transport transport, const CellState *cell,
                                const HistoryRecord *record, PetscReal difference)
{
  const NodeState *first = &cell->node[0], *last = &cell->node[cell->nodes - 1];

  if (e->steps == 0) e->field_at_start = TransportElectricField(transport, cell, cell->nodes / 2);
  e->current_density = record->current_density;
  e->steady_difference = difference;
  e->steady_log_ratio = last->log_ratio[0] - first->log_ratio[0];
  e->rest_start = record->time;
}

static void ObserveRest(Experiment *e, const HistoryRecord *record, PetscReal difference)
{
  if (e->rest_voltage == 0) e->rest_voltage = record->cell_voltage;
  if (record->time - e->rest_start < LATE * e->time_constant) return;
  if (e->late_time == 0) {
    e->late_time = record->time;
    e->late_difference = difference;
  }
  e->last_time = record->time;
  e->last_difference = difference;
}

static PetscErrorCode Observe(void *context, Transport transport, const CellState *cell,
                              PETSC_UNUSED Vec rate, const HistoryRecord *record)
{
  Experiment *e = (Experiment *)context;
  const PetscReal difference =
      cell->node[cell->nodes - 1].deviation[0] - cell->node[0].deviation[0];

  if (record->step == 0) {
    ObservePolarisation(e, transport, cell, record, difference);
  } else {
    ObserveRest(e, record, difference);
  }
  e->steps++;
  return 0;
}

enum { DIFFUSIVITY, CONDUCTIVITY, TRANSFERENCE_NUMBER, THERMODYNAMIC_FACTOR, PROPERTIES };

static void PropertiesAt(const Electrolyte *e, PetscReal c, PetscReal value[PROPERTIES])
{
  value[DIFFUSIVITY] = PropertyEvaluate(e->diffusivity.function, c).value;
  value[CONDUCTIVITY] = PropertyEvaluate(e->conductivity.function, c).value;
  value[TRANSFERENCE_NUMBER] = PropertyEvaluate(e->transference_number.function, c).value;
  value[THERMODYNAMIC_FACTOR] = PropertyEvaluate(e->thermodynamic_factor.function, c).value;
}

/* As one evaluates such measurements, to first order in the difference:
     i = kappa |dphi/dx|,   d ln(c(L) - c(0))/dt = -pi^2 D/L^2,   1 - t_+ = F D (c(L) - c(0))/(i L),
     V = 2 (R T/F) (1 - t_+) TDF ln c(L)/c(0).
   On a uniform mesh of spacing h, (2/h)^2 sin^2(pi h/(2 L)) stands for pi^2/L^2. */
static void Evaluate(const Case *cell, const Experiment *e, PetscReal value[PROPERTIES])
{
  const PetscReal length = cell->separator.thickness, spacing = length / (cell->mesh.nodes - 1);
  const PetscReal mode = PetscSqr(2 / spacing * sin(0.5 * PETSC_PI * spacing / length));
  const PetscReal decay = log(e->late_difference / e->last_difference);
  PetscReal anion_share;

  value[CONDUCTIVITY] = e->current_density / fabs(e->field_at_start);
  value[DIFFUSIVITY] = decay / ((e->last_time - e->late_time) * mode);
  anion_share = FARADAY * value[DIFFUSIVITY] * e->steady_difference / (e->current_density * length);
  value[TRANSFERENCE_NUMBER] = 1 - anion_share;
  value[THERMODYNAMIC_FACTOR] =
      e->rest_voltage * FARADAY /
      (2 * GAS_CONSTANT * cell->temperature * anion_share * e->steady_log_ratio);
}

/* Time steps of a hundredth of the time constant leave BDF of order 4 an error of 1e-8 or so. */
static void LimitTimeSteps(PetscReal largest)
{
  char value[64];

  snprintf(value, sizeof(value), "%.17g", (double)largest);
  CallOrAbort(PetscOptionsSetValue(NULL, "-ts_adapt_dt_max", value));
  CallOrAbort(PetscOptionsSetValue(NULL, "-ts_bdf_order", "4"));
}

static void ForgetLimit(void)
{
  CallOrAbort(PetscOptionsClearValue(NULL, "-ts_adapt_dt_max"));
  CallOrAbort(PetscOptionsClearValue(NULL, "-ts_bdf_order"));
}

static Case ExperimentalCell(const char library[])
{
  char name[160];
  const char *const settings[] = {name,
                                  "electrolyte.closure=electroneutral",
                                  "separator.thickness=100 um",
                                  "anode.interface_capacitance=none",
                                  "protocol=[{current_ratio: 5e-5, for: 1 s}, {rest: 1 s}]",
                                  "mesh.nodes=41",
                                  "mesh.first_spacing=1e9",  // uniform
                                  "solver.relative_tolerance=1e-10",
                                  "output.fields=none"};

  snprintf(name, sizeof(name), "electrolyte.library=%s", library);
  return CaseWith(settings, PETSC_STATIC_ARRAY_LENGTH(settings));
}

/* Errors of the four properties of one electrolyte at 1 mol/L, and how many steps they took. */
static void RecoverProperties(const char library[], PetscReal error[PROPERTIES + 1])
{
  Case cell = ExperimentalCell(library);
  PetscReal expected[PROPERTIES], value[PROPERTIES];
  Experiment experiment = {0};
  RunResult result;

  PropertiesAt(&cell.electrolyte, cell.electrolyte.concentration, expected);
  experiment.time_constant = PetscSqr(cell.separator.thickness / PETSC_PI) / expected[DIFFUSIVITY];
  cell.protocol[0].duration = POLARISATION * experiment.time_constant;
  cell.protocol[1].duration = REST * experiment.time_constant;
  LimitTimeSteps(0.01 * experiment.time_constant);
  result = RunOf(PETSC_COMM_SELF, &cell, Observe, &experiment);
  ForgetLimit();
  Evaluate(&cell, &experiment, value);
  for (PetscInt p = 0; p < PROPERTIES; p++) {
    error[p] = result.status == RUN_DONE ? RelativeError(value[p], expected[p]) : NAN;
  }
  error[PROPERTIES] = result.steps;
  CallOrAbort(RunResultDestroy(&result));
  CallOrAbort(CaseDestroy(&cell));
}

// kappa, D, t_+ and the thermodynamic factor of every electrolyte come back to 1e-6.
static void test_experiments_give_the_properties_back(PETSC_UNUSED void **state)
{
  PetscReal(*error)[PROPERTIES + 1];
  LibraryFile *files;
  PetscInt count;

  CallOrAbort(ElectrolyteLibraryList(PETSC_COMM_WORLD, &count, &files));
  assert_on_all(count >= 12);
  CallOrAbort(PetscCalloc1(count, &error));
  for (PetscInt f = 0; f < count; f++) {
    if (IsMine(f)) RecoverProperties(files[f].name, error[f]);
  }
  for (PetscInt f = 0; f < count; f++) {
    Share(f, error[f], sizeof(error[f]));
    print_message("%-30s off by: D %.1e, kappa %.1e, t_+ %.1e, TDF %.1e (%d steps)\n",
                  files[f].name, error[f][DIFFUSIVITY], error[f][CONDUCTIVITY],
                  error[f][TRANSFERENCE_NUMBER], error[f][THERMODYNAMIC_FACTOR],
                  (int)error[f][PROPERTIES]);
    for (PetscInt p = 0; p < PROPERTIES; p++) assert_at_most(error[f][p], 1e-6);
  }
  CallOrAbort(PetscFree(error));
  CallOrAbort(PetscFree(files));
}

// ---- Sand's constant ----------------------------------------------------------------------------

/* A cell 4 cm long that is depleted before its far end notices. */
static Case LongCell(PetscReal current_density)
{
  const char *const settings[] = {"electrolyte.closure=electroneutral",
                                  "separator.thickness=4 cm",
                                  "anode.interface_capacitance=none",
                                  "protocol=[{current: 1 A/m^2, until: [depletion]}]",
                                  "mesh.nodes=801",
                                  "mesh.first_spacing=1e4",
                                  "output.fields=none"};
  Case cell = CaseWith(settings, PETSC_STATIC_ARRAY_LENGTH(settings));

  cell.protocol[0].value = current_density;
  return cell;
}

typedef struct {
  PetscReal variable, sand, run;  // K = t i^2 [A^2 s/m^4]
} SandConstants;

static SandConstants FindSandConstants(PetscReal current_density)
{
  Case cell = LongCell(current_density);
  RunResult result = RunOf(PETSC_COMM_SELF, &cell, NULL, NULL);
  const SandConstants found = {result.closed_forms.variable_sand_constant,
                               result.closed_forms.sand_time * PetscSqr(current_density),
                               result.depletion_time * PetscSqr(current_density)};

  CallOrAbort(RunResultDestroy(&result));
  CallOrAbort(CaseDestroy(&cell));
  return found;
}

/* LG19 EC:DMC at 1 mol/L: 8.710e6 A^2 s/m^4 (worked out by another program) where Sand's formula
   has 4.662e6; runs at two currents a decade apart find it, too. */
static void test_sands_constant_of_lipf6_in_ec_dmc(PETSC_UNUSED void **state)
{
  const PetscReal current_density[] = {20, 200};
  SandConstants found[2];

  for (PetscInt i = 0; i < 2; i++) {
    if (IsMine(i)) found[i] = FindSandConstants(current_density[i]);
  }
  for (PetscInt i = 0; i < 2; i++) {
    Share(i, &found[i], sizeof(found[i]));
    print_message("i = %g A/m^2: K = %.5e, Sand's %.5e, a run's %.5e (%+.1e) A^2 s/m^4\n",
                  current_density[i], found[i].variable, found[i].sand, found[i].run,
                  found[i].run / found[i].variable - 1);
    assert_close(found[i].variable, 8.710e6, 1e-4);
    assert_close(found[i].sand, 4.662e6, 1e-4);
    assert_close(found[i].run, found[i].variable, 1e-3);
  }
}

// ---- Past the onset -----------------------------------------------------------------------------

/* A separator of 25 um at five times its limiting current, up to 1.2 of the time at which it should
   be depleted, and what is found at every step of that. */
typedef struct {
  char library[128];
  PetscReal temperature;  // [K]
  RunStatus status;
  char reason[256];  // of a run that failed
  PetscInt steps, rejected_steps, watched_steps, infinite_logarithms;
  PetscReal seconds;
  PetscReal expected_time, depletion_time, space_charge_time;  // [s]
  PetscReal initial[2];                                        // amounts [mol/m^2]
  PetscReal drift;                                             // of these, relative
  PetscReal lowest, highest;                                   // salt concentrations [mol/m^3]
  Range validity;                                              // [mol/m^3]
  ValidityExit below_validity, above_validity;
  PetscReal held_low, held_high;  // where the friction between the ions is held [mol/m^3]
  char summary[4096];             // as the program prints it
} Passage;

#define MOST_PASSAGES 64

static Passage passages[MOST_PASSAGES];
static PetscInt number_of_passages;

static Case SeparatorOf(const Passage *p)
{
  char library[160], temperature[64];
  const char *const settings[] = {library,
                                  temperature,
                                  "separator={thickness: 25 um, porosity: 0.4, bruggeman: 1.5}",
                                  "protocol=[{current_ratio: 5, for: 1 s}]",
                                  "mesh.nodes=401",
                                  "output.fields=none"};
  ClosedForms forms;
  Case cell;

  snprintf(library, sizeof(library), "electrolyte.library=%s", p->library);
  snprintf(temperature, sizeof(temperature), "temperature=%.17g K", (double)p->temperature);
  cell = CaseWith(settings, PETSC_STATIC_ARRAY_LENGTH(settings));
  CallOrAbort(ClosedFormsFind(&cell, &forms));
  cell.protocol[0].duration = 1.2 * ExpectedDepletionTime(&cell, &forms);
  return cell;
}

static PetscErrorCode WatchPassage(void *context, PETSC_UNUSED Transport transport,
                                   const CellState *cell, PETSC_UNUSED Vec rate,
                                   const HistoryRecord *record)
{
  Passage *p = (Passage *)context;

  for (PetscInt k = 0; k < 2; k++) {
    const PetscReal amount = record->amount[k] - record->amount_entered[k];
    if (p->watched_steps == 0) p->initial[k] = amount;
    p->drift = Worse(p->drift, fabs(amount - p->initial[k]) / p->initial[k]);
  }
  for (PetscInt i = 0; i < cell->nodes; i++) {
    const NodeState *node = &cell->node[i];
    const PetscReal c = 0.5 * (node->concentration[0] + node->concentration[1]);
    p->lowest = PetscMin(p->lowest, c);
    p->highest = PetscMax(p->highest, c);
    p->infinite_logarithms += !isfinite(node->log_ratio[0]) + !isfinite(node->log_ratio[1]);
  }
  p->watched_steps++;
  return 0;
}

static void NoteResult(const Case *cell, const RunResult *result, Passage *p)
{
  FILE *stream = fmemopen(p->summary, sizeof(p->summary), "w");

  CallOrAbort(ReportSummary(stream, cell, result, NULL));
  fclose(stream);
  p->status = result->status;
  (void)PetscStrncpy(p->reason, result->reason, sizeof(p->reason));
  p->steps = result->steps;
  p->rejected_steps = result->rejected_steps;
  p->seconds = result->seconds;
  p->expected_time = ExpectedDepletionTime(cell, &result->closed_forms);
  p->depletion_time = result->depletion_time;
  p->space_charge_time = result->space_charge_time;
  p->below_validity = result->below_validity;
  p->above_validity = result->above_validity;
}

static void NoteSolution(const Case *cell, Passage *p)
{
  Solution solution;

  p->validity = cell->electrolyte.concentration_validity;
  p->held_low = p->held_high = NAN;
  CallOrAbort(SolutionCreate(&cell->electrolyte, cell->temperature, &solution));
  (void)SolutionHeldRange(solution, &p->held_low, &p->held_high);
  CallOrAbort(SolutionDestroy(&solution));
}

static void Pass(Passage *p)
{
  Case cell = SeparatorOf(p);
  RunResult result;

  p->lowest = PETSC_MAX_REAL;
  result = RunOf(PETSC_COMM_SELF, &cell, WatchPassage, p);
  NoteResult(&cell, &result, p);
  NoteSolution(&cell, p);
  CallOrAbort(RunResultDestroy(&result));
  CallOrAbort(CaseDestroy(&cell));
}

/* Whether this electrolyte was measured at this temperature. */
static PetscBool IsMeasuredAt(const char library[], PetscReal temperature)
{
  LibraryElectrolyte entry;
  Range validity;

  CallOrAbort(ElectrolyteLibraryRead(PETSC_COMM_WORLD, library, PETSC_DEFAULT, &entry));
  validity = entry.electrolyte.temperature_validity;
  CallOrAbort(LibraryElectrolyteDestroy(&entry));
  return (PetscBool)(temperature >= validity.low && temperature <= validity.high);
}

/* Whether the poisson closure takes it there. */
static PetscBool IsAllowedAt(const char library[], PetscReal temperature)
{
  SolutionViolation violation;
  LibraryElectrolyte entry;
  Solution solution;

  CallOrAbort(ElectrolyteLibraryRead(PETSC_COMM_WORLD, library, temperature, &entry));
  entry.electrolyte.closure = CLOSURE_POISSON;
  CallOrAbort(SolutionCreate(&entry.electrolyte, temperature, &solution));
  SolutionCheck(solution, &violation);
  CallOrAbort(SolutionDestroy(&solution));
  CallOrAbort(LibraryElectrolyteDestroy(&entry));
  if (violation.property) {
    print_message("%-29s %3.0f degC: no, %s = %.3g\n", library, temperature - 273.15,
                  violation.property, violation.value);
  }
  return (PetscBool)!violation.property;
}

static void AddPassage(const char library[], PetscReal temperature)
{
  Passage *p = &passages[number_of_passages++];

  snprintf(p->library, sizeof(p->library), "%s", library);
  p->temperature = temperature;
}

/* The library at 10, 25 and 40 degC, wherever it goes, and one of it in the cold. */
static void ListPassages(void)
{
  const PetscReal temperature[] = {283.15, 298.15, 313.15};
  LibraryFile *files;
  PetscInt count;

  CallOrAbort(ElectrolyteLibraryList(PETSC_COMM_WORLD, &count, &files));
  for (PetscInt f = 0; f < count; f++) {
    for (PetscInt i = 0; i < 3 && number_of_passages < MOST_PASSAGES - 1; i++) {
      if (!IsMeasuredAt(files[f].name, temperature[i])) continue;
      if (IsAllowedAt(files[f].name, temperature[i])) AddPassage(files[f].name, temperature[i]);
    }
  }
  AddPassage("LiPF6-PC-EC-DMC-Valoen2005", 263.15);
  CallOrAbort(PetscFree(files));
}

static void PrintPassage(const Passage *p)
{
  print_message(
      "%-29s %3.0f degC: t_d %.5f s, depletion %+.1e, space charge %+.1e, drift %.0e, %d steps (%d "
      "rejected) in %.1f s; up to %.2f mol/L",
      p->library, p->temperature - 273.15, p->expected_time,
      p->depletion_time / p->expected_time - 1, p->space_charge_time / p->expected_time - 1,
      p->drift, (int)p->steps, (int)p->rejected_steps, p->seconds, 1e-3 * p->highest);
  if (!isnan(p->above_validity.time)) {
    print_message(", past %.3g from %.2f t_d on", 1e-3 * p->validity.high,
                  p->above_validity.time / p->expected_time);
  }
  if (!isnan(p->held_low)) {
    print_message(", friction held from %.2f to %.2f", 1e-3 * p->held_low, 1e-3 * p->held_high);
  }
  if (p->status != RUN_DONE) print_message(", %s", p->reason);
  print_message("\n");
}

static const Passage *PassageOf(const char library[], PetscReal temperature)
{
  for (PetscInt i = 0; i < number_of_passages; i++) {
    const Passage *p = &passages[i];
    if (strcmp(p->library, library) == 0 && p->temperature == temperature) return p;
  }
  fail_msg("no run of %s at %g K", library, (double)temperature);
  return NULL;
}

static PetscBool SummaryHas(const Passage *p, const char text[])
{
  return (PetscBool)(strstr(p->summary, text) != NULL);
}

static void PrintLineWith(const Passage *p, const char text[])
{
  const char *line = strstr(p->summary, text);

  if (line) print_message("  \"%.*s\"\n", (int)strcspn(line, "\n"), line);
}

/* To its end, with the depletion where the electroneutral column has it, and every step sound. */
static void test_every_electrolyte_passes_its_onset(PETSC_UNUSED void **state)
{
  PetscReal worst = 0;

  ListPassages();
  for (PetscInt i = 0; i < number_of_passages; i++) {
    if (IsMine(i)) Pass(&passages[i]);
  }
  for (PetscInt i = 0; i < number_of_passages; i++) {
    Share(i, &passages[i], sizeof(passages[i]));
    PrintPassage(&passages[i]);
    worst = Worse(worst, RelativeError(passages[i].depletion_time, passages[i].expected_time));
  }
  print_message("%d runs, depletion %.1e off at most\n", (int)number_of_passages, worst);
  assert_on_all(number_of_passages >= 24);
  for (PetscInt i = 0; i < number_of_passages; i++) {
    const Passage *p = &passages[i];
    assert_int_equal(p->status, RUN_DONE);
    assert_int_equal(p->watched_steps, p->steps);
    assert_int_equal(p->infinite_logarithms, 0);
    assert_at_most(p->drift, 1e-12);
    assert_close(p->depletion_time, p->expected_time, 2e-3);
    assert_close(p->space_charge_time, p->expected_time, 1e-2);
  }
}

// A run notes that it left the measurements where it did, and only there.
static void test_runs_note_where_the_measurements_end(PETSC_UNUSED void **state)
{
  for (PetscInt i = 0; i < number_of_passages; i++) {
    const Passage *p = &passages[i];
    assert_true(p->lowest < p->validity.low);
    assert_true(p->below_validity.time < p->depletion_time && p->below_validity.position < 1e-8);
    assert_int_equal(p->highest > p->validity.high, !isnan(p->above_validity.time));
    assert_int_equal(SummaryHas(p, "kept at their values"), !isnan(p->above_validity.time));
    assert_int_equal(SummaryHas(p, "bound of dissipation"), !isnan(p->held_low));
  }
}

static void test_nyman_goes_on_above_2_mol_per_litre_and_says_so(PETSC_UNUSED void **state)
{
  const Passage *p = PassageOf("LiPF6-EC-EMC-Nyman2008", 298.15);

  PrintLineWith(p, "above 2 mol/L");
  assert_true(p->highest > 2000);
  assert_true(p->above_validity.time < p->depletion_time);
  assert_true(p->above_validity.position == 25e-6);
  assert_true(SummaryHas(p, "above 2 mol/L from "));
  assert_true(SummaryHas(p, "first at x = 25 um: properties kept at their values there"));
}

// In the cold it conducts better than D and t_+ allow: some fluxes would make energy.
static void test_valoen_in_the_cold_is_held_and_says_so(PETSC_UNUSED void **state)
{
  const Passage *p = PassageOf("LiPF6-PC-EC-DMC-Valoen2005", 263.15);
  char expected[160];

  snprintf(expected, sizeof(expected),
           "friction between the ions held at the bound of dissipation from %.4g to %.4g mol/L",
           (double)(1e-3 * p->held_low), (double)(1e-3 * p->held_high));
  PrintLineWith(p, "friction between");
  assert_true(p->held_low > p->validity.low && p->held_high < p->validity.high);
  assert_true(SummaryHas(p, expected));
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_experiments_give_the_properties_back),
      cmocka_unit_test(test_sands_constant_of_lipf6_in_ec_dmc),
      cmocka_unit_test(test_every_electrolyte_passes_its_onset),
      // of the runs of that one
      cmocka_unit_test(test_runs_note_where_the_measurements_end),
      cmocka_unit_test(test_nyman_goes_on_above_2_mol_per_litre_and_says_so),
      cmocka_unit_test(test_valoen_in_the_cold_is_held_and_says_so),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
