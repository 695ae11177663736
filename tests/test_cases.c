#include <math.h>

#include "io/case_reader.h"
#include "tests/support.h"

/* What holds at every accepted step of every shipped case.  Run from the top of the tree. */

typedef struct {
  PetscReal invariant[MAXIMUM_IONS];  // amount less what entered, at the first step [mol/m^2]
  PetscReal drift;                    // largest change of that, over the amount
  // Largest deviation of a face's current over what is allowed: under current strictly; at rest,
  // where the strict bound falls to nothing, with the rounding of stored concentrations, and
  // without.
  PetscReal current, rest, strict_rest;
  PetscReal time;  // of the last step [s]
  PetscInt steps, infinite_logarithms;
} Findings;

static PetscReal AmountDrift(Findings *findings, PetscInt ions, const HistoryRecord *record)
{
  PetscReal worst = 0;

  for (PetscInt k = 0; k < ions; k++) {
    const PetscReal invariant = record->amount[k] - record->amount_entered[k];
    if (findings->steps == 0) findings->invariant[k] = invariant;
    worst = Worse(fabs(invariant - findings->invariant[k]) / record->amount[k], worst);
  }
  return worst;
}

static PetscErrorCode Inspect(void *context, Transport transport, const CellState *cell, Vec rate,
                              const HistoryRecord *record)
{
  Findings *findings = (Findings *)context;
  CurrentDeviation deviation;

  PetscFunctionBeginUser;
  findings->drift = Worse(AmountDrift(findings, cell->number_of_ions, record), findings->drift);
  PetscCall(FindCurrentDeviation(transport, cell, rate, record->current_density,
                                 record->time - findings->time, &deviation));
  findings->time = record->time;
  if (record->current_density != 0) {
    findings->current = Worse(deviation.strict, findings->current);
  } else {
    findings->rest = Worse(deviation.with_storage, findings->rest);
    findings->strict_rest = Worse(deviation.strict, findings->strict_rest);
  }
  for (PetscInt i = 0; i < cell->nodes; i++) {
    for (PetscInt k = 0; k < cell->number_of_ions; k++) {
      findings->infinite_logarithms += !isfinite(cell->node[i].log_ratio[k]);
    }
  }
  findings->steps++;
  PetscFunctionReturn(0);
}

static Findings RunShippedCase(const char path[], PetscInt count, const char *const settings[],
                               RunResult *result)
{
  Findings findings = {0};
  Case case_;
  Run run;

  assert_int_equal(CaseRead(PETSC_COMM_WORLD, path, count, settings, &case_), 0);
  assert_int_equal(RunCreate(PETSC_COMM_WORLD, &case_, &run), 0);
  assert_int_equal(RunSetInspector(run, Inspect, &findings), 0);
  assert_int_equal(RunExecute(run, result), 0);
  assert_int_equal(RunDestroy(&run), 0);
  assert_int_equal(CaseDestroy(&case_), 0);
  print_message(
      "%s: %d steps, drift %.1e; current %.4g of the allowed; at rest %.2g, %.2g strictly\n", path,
      (int)findings.steps, findings.drift, findings.current, findings.rest, findings.strict_rest);
  return findings;
}

static void CheckShippedCase(const char path[])
{
  RunResult result;
  const Findings findings = RunShippedCase(path, 0, NULL, &result);

  assert_int_equal(result.status, RUN_DONE);
  assert_true(findings.steps > 10);
  assert_true(findings.drift <= 1e-12);
  assert_true(findings.current <= 1);
  assert_true(findings.rest <= 1);
  assert_int_equal(findings.infinite_logarithms, 0);
  assert_int_equal(RunResultDestroy(&result), 0);
}

static void test_sand_conserves_ions_and_current(void **state)
{
  (void)state;
  CheckShippedCase("configs/sand.yaml");
}

static void test_separator_conserves_ions_and_current(void **state)
{
  (void)state;
  CheckShippedCase("configs/separator.yaml");
}

static void test_below_limit_conserves_ions_and_current(void **state)
{
  (void)state;
  CheckShippedCase("configs/below-limit.yaml");
}

static void test_thin_film_conserves_ions_and_current(void **state)
{
  (void)state;
  CheckShippedCase("configs/thin-film.yaml");
}

static void test_measured_conserves_ions_and_current(void **state)
{
  (void)state;
  CheckShippedCase("configs/measured.yaml");
}

static void test_supporting_salt_conserves_ions_and_current(void **state)
{
  (void)state;
  CheckShippedCase("configs/supporting-salt.yaml");
}

static void AssertEnds(const char path[], PetscInt count, const char *const settings[])
{
  RunResult result;

  (void)RunShippedCase(path, count, settings, &result);
  assert_int_equal(result.status, RUN_DONE);
  assert_int_equal(RunResultDestroy(&result), 0);
}

/* A front thinner than the nodes apart sends out waves that BDF of order 4 does not damp: steps of
   2e-9 s, of which ten thousand do not get there. */
static void test_fifty_volts_at_once_are_passed(void **state)
{
  static const char *const settings[] = {"protocol=[{voltage: 50 V, for: 100 us}]",
                                         "solver.maximum_steps=5000"};

  (void)state;
  AssertEnds("configs/separator.yaml", 2, settings);
}

/* One of its steps towards an event is rejected and ends before the event. */
static void test_step_rejected_before_an_event_is_not_repeated_for_ever(void **state)
{
  static const char *const settings[] = {
      "protocol=[{voltage: 3 V, for: 5 ms}, {voltage: -3 V, for: 5 ms}, {rest: 5 ms}]",
      "mesh.nodes=401"};

  (void)state;
  AssertEnds("configs/thin-film.yaml", 2, settings);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sand_conserves_ions_and_current),
      cmocka_unit_test(test_separator_conserves_ions_and_current),
      cmocka_unit_test(test_below_limit_conserves_ions_and_current),
      cmocka_unit_test(test_thin_film_conserves_ions_and_current),
      cmocka_unit_test(test_measured_conserves_ions_and_current),
      cmocka_unit_test(test_supporting_salt_conserves_ions_and_current),
      cmocka_unit_test(test_fifty_volts_at_once_are_passed),
      cmocka_unit_test(test_step_rejected_before_an_event_is_not_repeated_for_ever),
  };
  int failures;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  return PetscFinalize() ? 1 : failures;
}
