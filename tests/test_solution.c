#include "solver/solution.h"

#include <math.h>

#include "bc/physical_constants.h"
#include "tests/support.h"

/* 1 mol/L of the measured electrolyte. */
static Electrolyte MeasuredElectrolyte(Closure closure)
{
  Electrolyte electrolyte = BinaryCell(1, 1000, 3e-10, 0.3, 20, 1e-4).electrolyte;

  electrolyte.closure = closure;
  UseMeasuredElectrolyte(&electrolyte);
  return electrolyte;
}

static const PetscReal concentrations[] = {1e-6, 1, 50, 99, 101, 300, 1000, 1700, 2900, 3100, 9000};

// D = 2 TDF (1 - t_+)/(1/D_+0) and so on, backwards: what was measured comes out of the frictions.
static void test_frictions_give_back_the_measured_properties(PETSC_UNUSED void **state)
{
  Electrolyte electrolyte = MeasuredElectrolyte(CLOSURE_ELECTRONEUTRAL);
  const PetscReal unit = PetscSqr(FARADAY) / (GAS_CONSTANT * 298.15);
  Solution solution;

  CallOrAbort(SolutionCreate(&electrolyte, 298.15, &solution));
  for (PetscReal c = 100; c <= 3000; c += 100) {
    const Frictions f = SolutionFrictions(solution, c);
    const PetscReal plus = f.cation_solvent.value, minus = f.anion_solvent.value;
    const PetscReal tdf = SolutionThermodynamicFactor(solution, c).value;
    const PetscReal t = minus / (plus + minus);
    const PetscReal resistance = f.ion_ion.value * c + plus * minus / (plus + minus);

    assert_close(t, PropertyEvaluate(electrolyte.transference_number.function, c).value, 1e-12);
    assert_close(2 * tdf / (plus + minus),
                 PropertyEvaluate(electrolyte.diffusivity.function, c).value, 1e-12);
    assert_close(unit * c / resistance,
                 PropertyEvaluate(electrolyte.conductivity.function, c).value, 1e-12);
  }
  CallOrAbort(SolutionDestroy(&solution));
  DestroyMeasured(&electrolyte);
}

typedef PropertyValue (*SolutionFunction)(Solution solution, PetscReal concentration);

static PropertyValue CationFriction(Solution solution, PetscReal c)
{
  return SolutionFrictions(solution, c).cation_solvent;
}

static PropertyValue AnionFriction(Solution solution, PetscReal c)
{
  return SolutionFrictions(solution, c).anion_solvent;
}

static PropertyValue IonFriction(Solution solution, PetscReal c)
{
  return SolutionFrictions(solution, c).ion_ion;
}

static void test_derivatives_are_differences_within_and_beyond_the_validity(
    PETSC_UNUSED void **state)
{
  const SolutionFunction functions[] = {SolutionDiffusivity,
                                        SolutionTransferenceNumber,
                                        SolutionThermodynamicFactor,
                                        SolutionMobility,
                                        SolutionReducedConductivity,
                                        SolutionLogActivityCoefficient,
                                        SolutionOsmoticConcentration,
                                        CationFriction,
                                        AnionFriction,
                                        IonFriction};

  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Electrolyte electrolyte = MeasuredElectrolyte(closure);
    Solution solution;

    CallOrAbort(SolutionCreate(&electrolyte, 298.15, &solution));
    for (size_t f = 0; f < PETSC_STATIC_ARRAY_LENGTH(functions); f++) {
      for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(concentrations); i++) {
        const PetscReal c = concentrations[i], h = 1e-5 * c;
        const PropertyValue at = functions[f](solution, c);
        const PetscReal difference =
            (functions[f](solution, c + h).value - functions[f](solution, c - h).value) / (2 * h);
        assert_at_most(fabs(at.derivative - difference),
                       1e-6 * fabs(difference) + 1e-9 * fabs(at.value) / c);
      }
    }
    CallOrAbort(SolutionDestroy(&solution));
    DestroyMeasured(&electrolyte);
  }
}

// d ln gamma = (TDF - 1) dln c and dP = TDF dc, integrated here anew by Simpson's rule in sqrt(c).
static void test_activity_and_pressure_are_integrals_of_the_thermodynamic_factor(
    PETSC_UNUSED void **state)
{
  Electrolyte electrolyte = MeasuredElectrolyte(CLOSURE_POISSON);
  const PetscInt intervals = 20000;
  const PetscReal step = sqrt(5000.) / intervals;
  PetscReal activity = 0, pressure = 0;
  Solution solution;

  CallOrAbort(SolutionCreate(&electrolyte, 298.15, &solution));
  for (PetscInt i = 0; i < intervals; i++) {
    for (PetscInt j = 0; j <= 2; j++) {
      const PetscReal root = (i + 0.5 * j) * step, c = PetscMax(root * root, 1e-300);
      const PetscReal weight = step / 6 * (j == 1 ? 4 : 1) * 2 * root;
      const PetscReal tdf = SolutionThermodynamicFactor(solution, c).value;
      if (root > 0) activity += weight * (tdf - 1) / c;
      pressure += weight * tdf;
    }
  }
  assert_close(SolutionLogActivityCoefficient(solution, 5000).value, activity, 1e-6);
  assert_close(SolutionOsmoticConcentration(solution, 5000).value, pressure, 1e-6);
  CallOrAbort(SolutionDestroy(&solution));
  DestroyMeasured(&electrolyte);
}

// As c -> 0: TDF -> 1, ln gamma -> 0, the ions' friction on each other vanishes.
static void test_solution_becomes_ideal_as_salt_vanishes(PETSC_UNUSED void **state)
{
  Electrolyte electrolyte = MeasuredElectrolyte(CLOSURE_POISSON);
  Frictions frictions;
  Solution solution;

  CallOrAbort(SolutionCreate(&electrolyte, 298.15, &solution));
  frictions = SolutionFrictions(solution, 1e-6);
  assert_close(SolutionThermodynamicFactor(solution, 1e-6).value, 1, 1e-7);
  assert_at_most(fabs(SolutionLogActivityCoefficient(solution, 1e-6).value), 1e-7);
  assert_at_most(fabs(frictions.ion_ion.value) * 1e-6, 1e-6 * frictions.cation_solvent.value);
  assert_close(SolutionReducedConductivity(solution, 1e-6).value,
               1 / frictions.cation_solvent.value + 1 / frictions.anion_solvent.value, 1e-6);
  CallOrAbort(SolutionDestroy(&solution));
  DestroyMeasured(&electrolyte);
}

// LG19 EC:DMC below 1 mol/L conducts more than Nernst and Einstein say: Lambda < 0 there.
static void test_negative_friction_stays_within_dissipation(PETSC_UNUSED void **state)
{
  Electrolyte electrolyte = MeasuredElectrolyte(CLOSURE_POISSON);
  Solution solution;
  PetscInt negative = 0;

  CallOrAbort(SolutionCreate(&electrolyte, 298.15, &solution));
  for (PetscReal c = 1; c < 5000; c *= 1.1) {
    const Frictions f = SolutionFrictions(solution, c);
    const PetscReal least = PetscMin(f.cation_solvent.value, f.anion_solvent.value);

    negative += f.ion_ion.value < 0;
    assert_on_all(2 * f.ion_ion.value * c > -0.951 * least);
  }
  assert_on_all(negative > 5);
  CallOrAbort(SolutionDestroy(&solution));
  DestroyMeasured(&electrolyte);
}

static PetscReal FallsToZero(PETSC_UNUSED void *context, PetscReal c)
{
  return 0.6 - 0.3e-3 * c;
}

static void CheckWith(Closure closure, PropertyFunction transference, PropertyFunction factor,
                      PropertyFunction diffusivity, SolutionViolation *violation)
{
  Electrolyte e = MeasuredElectrolyte(closure);
  const struct {
    PropertyFunction function;
    PetscBool from_zero;
    MeasuredProperty *property;
  } changed[] = {{transference, PETSC_TRUE, &e.transference_number},
                 {factor, PETSC_FALSE, &e.thermodynamic_factor},
                 {diffusivity, PETSC_TRUE, &e.diffusivity}};
  Solution solution;

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(changed); i++) {
    if (!changed[i].function) continue;
    CallOrAbort(PropertyDestroy(&changed[i].property->function));
    SetMeasured(&e, changed[i].function, NULL, changed[i].from_zero, changed[i].property);
  }
  CallOrAbort(SolutionCreate(&e, 298.15, &solution));
  SolutionCheck(solution, violation);
  CallOrAbort(SolutionDestroy(&solution));
  DestroyMeasured(&e);
}

static void test_sets_outside_of_what_a_closure_needs_are_found(PETSC_UNUSED void **state)
{
  SolutionViolation violation;

  CheckWith(CLOSURE_POISSON, NULL, NULL, NULL, &violation);
  assert_null(violation.property);
  CheckWith(CLOSURE_POISSON, FallsToZero, NULL, NULL, &violation);
  assert_string_equal(violation.property, "transference_number");
  assert_close(violation.low, 2000, 0.01);
  assert_close(violation.high, 3000, 1e-12);
  assert_close(violation.value, -0.3, 1e-12);
  CheckWith(CLOSURE_POISSON, NULL, FallsToZero, NULL, &violation);
  assert_string_equal(violation.property, "thermodynamic_factor");
  CheckWith(CLOSURE_ELECTRONEUTRAL, FallsToZero, FallsToZero, NULL, &violation);
  assert_null(violation.property);
  CheckWith(CLOSURE_ELECTRONEUTRAL, NULL, NULL, FallsToZero, &violation);
  assert_string_equal(violation.property, "diffusivity");
}

static PetscReal NegativeBelow(PETSC_UNUSED void *context, PetscReal c)
{
  return 1e-12 * (c - 50);
}

static PetscReal Negative(PETSC_UNUSED void *context, PETSC_UNUSED PetscReal c)
{
  return -0.1;
}

/* Where an electroneutral cell may never come, what it does not need there is no reason to refuse a
   set: D and kappa/c stay positive and as they were at the lower end, within a factor of ten. */
static void test_electroneutral_solution_goes_on_below_any_validity(PETSC_UNUSED void **state)
{
  Electrolyte e = MeasuredElectrolyte(CLOSURE_ELECTRONEUTRAL);
  SolutionViolation violation;
  PetscReal D_low, reduced_low;
  Solution s;

  CheckWith(CLOSURE_POISSON, NULL, NULL, NegativeBelow, &violation);
  assert_string_equal(violation.property, "diffusivity");
  CheckWith(CLOSURE_ELECTRONEUTRAL, Negative, NULL, NegativeBelow, &violation);
  assert_null(violation.property);
  CallOrAbort(PropertyDestroy(&e.transference_number.function));
  CallOrAbort(PropertyDestroy(&e.diffusivity.function));
  SetMeasured(&e, Negative, NULL, PETSC_TRUE, &e.transference_number);
  SetMeasured(&e, NegativeBelow, NULL, PETSC_TRUE, &e.diffusivity);
  CallOrAbort(SolutionCreate(&e, 298.15, &s));
  D_low = SolutionDiffusivity(s, 100).value;
  reduced_low = SolutionReducedConductivity(s, 100).value;
  assert_close(SolutionDiffusivity(s, 100 - 1e-9).value, D_low, 1e-9);
  assert_close(SolutionReducedConductivity(s, 100 - 1e-9).value, reduced_low, 1e-9);
  for (PetscReal c = 99; c > 1e-12; c *= 0.8) {
    assert_on_all(SolutionDiffusivity(s, c).value >= 0.0999 * D_low);
    assert_on_all(SolutionReducedConductivity(s, c).value > 0);
    assert_on_all(SolutionReducedConductivity(s, c).value <= 10.001 * reduced_low);
  }
  CallOrAbort(SolutionDestroy(&s));
  DestroyMeasured(&e);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_frictions_give_back_the_measured_properties),
      cmocka_unit_test(test_derivatives_are_differences_within_and_beyond_the_validity),
      cmocka_unit_test(test_activity_and_pressure_are_integrals_of_the_thermodynamic_factor),
      cmocka_unit_test(test_solution_becomes_ideal_as_salt_vanishes),
      cmocka_unit_test(test_negative_friction_stays_within_dissipation),
      cmocka_unit_test(test_sets_outside_of_what_a_closure_needs_are_found),
      cmocka_unit_test(test_electroneutral_solution_goes_on_below_any_validity),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
