#include <math.h>

#include "bc/boundary_kind.h"
#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
#include "solver/onset.h"
#include "solver/salt.h"
#include "tests/support.h"

static CellConstants PolymerConstants(void)
{
  const Case cell = PolymerCell();
  CellConstants constants;

  assert_on_all(CellConstantsFind(&cell, &constants));
  return constants;
}

static ClosedForms ClosedFormsOf(const Case *case_)
{
  ClosedForms forms;

  CallOrAbort(ClosedFormsFind(case_, &forms));
  return forms;
}

static void test_times_of_the_polymer_cell_have_five_digits(PETSC_UNUSED void **state)
{
  const CellConstants cell = PolymerConstants();

  assert_close(SandTime(&cell, 100), 540.574, 1e-6);
  assert_close(FiniteDepletionTime(&cell, 100), 548.662, 1e-6);
  assert_close(FiniteDepletionTime(&cell, -100), 548.662, 1e-6);
}

// 2 F D c_0/((1 - t_+) L).
static void test_limiting_current_of_the_polymer_cell(PETSC_UNUSED void **state)
{
  const CellConstants cell = PolymerConstants();

  assert_close(LimitingCurrentDensity(&cell), 60.981683936, 1e-9);
}

static void test_surface_is_empty_at_the_depletion_time(PETSC_UNUSED void **state)
{
  const CellConstants cell = PolymerConstants();

  for (PetscReal ratio = 1.01; ratio < 100; ratio *= 1.6) {
    const PetscReal current = ratio * LimitingCurrentDensity(&cell);
    const PetscReal time = FiniteDepletionTime(&cell, current);
    assert_at_most(PetscAbsReal(SurfaceConcentrationRatio(&cell, current, time)), 1e-12);
  }
}

static void test_depletion_comes_after_sands_time_and_tends_to_it(PETSC_UNUSED void **state)
{
  const CellConstants cell = PolymerConstants();
  const PetscReal limit = LimitingCurrentDensity(&cell);

  assert_on_all(FiniteDepletionTime(&cell, 1.5 * limit) > 1.02 * SandTime(&cell, 1.5 * limit));
  assert_close(FiniteDepletionTime(&cell, 20 * limit), SandTime(&cell, 20 * limit), 1e-12);
}

static void test_nothing_depletes_at_or_below_the_limiting_current(PETSC_UNUSED void **state)
{
  const CellConstants cell = PolymerConstants();
  const PetscReal limit = LimitingCurrentDensity(&cell);

  assert_on_all(isnan(FiniteDepletionTime(&cell, limit)));
  assert_on_all(isnan(FiniteDepletionTime(&cell, 0.5 * limit)));
}

/* The series with as many terms as it needs. */
static long double SeriesReference(long double tau)
{
  long double sum = 0;

  for (PetscInt n = 399; n >= 1; n -= 2) {
    const long double a = n * acosl(-1);
    sum += expl(-a * a * tau) / (a * a);
  }
  return 1 - 8 * sum;
}

static PetscReal SurfaceAt(const CellConstants *cell, PetscReal tau)
{
  const PetscReal time =
      tau * cell->porosity * PetscSqr(cell->length) / cell->effective_diffusivity;

  return SurfaceConcentrationRatio(cell, LimitingCurrentDensity(cell), time);
}

static void test_series_and_images_agree_around_their_switch(PETSC_UNUSED void **state)
{
  const CellConstants cell = PolymerConstants();
  PetscReal worst = 0;

  for (PetscReal tau = 0.002; tau < 1; tau *= 1.01) {
    const PetscReal reference = 1 - (PetscReal)SeriesReference(tau);
    worst = Worse(PetscAbsReal(SurfaceAt(&cell, tau) - reference), worst);
  }
  worst = Worse(PetscAbsReal(SurfaceAt(&cell, 0.1 - 1e-15) - SurfaceAt(&cell, 0.1 + 1e-15)), worst);
  assert_at_most(worst, 1e-14);
}

static void test_electrode_facing_a_reservoir_is_half_a_cell(PETSC_UNUSED void **state)
{
  Case cell = PolymerCell();
  CellConstants constants;

  cell.counter_electrode = OpenBoundary(&boundary_kind_reservoir, 2000);
  assert_on_all(CellConstantsFind(&cell, &constants));
  assert_close(constants.length, 2 * 745.15e-6, 1e-15);
  assert_close(LimitingCurrentDensity(&constants), 0.5 * 60.981683936, 1e-9);
}

static void test_other_pairs_of_boundaries_have_no_closed_forms(PETSC_UNUSED void **state)
{
  const Boundary others[] = {OpenBoundary(&boundary_kind_reservoir, 1999),
                             OpenBoundary(&boundary_kind_selective, 2000),
                             BlockingElectrode(PETSC_INFINITY)};

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(others); n++) {
    Case cell = PolymerCell();
    CellConstants constants;

    cell.counter_electrode = others[n];
    assert_on_all(!CellConstantsFind(&cell, &constants));
    assert_on_all(isnan(ClosedFormsOf(&cell).limiting_current_density));
  }
}

// i_lim = 2 F D c_0/((1 - t_+) L) = 4 F D_+ c_0/L where the anion hardly moves, t_s ~ 1/D_-.
static void test_anion_may_be_as_slow_as_it_likes(PETSC_UNUSED void **state)
{
  ProtocolStep step = {.kind = STEP_CURRENT, .value = 10, .duration = PETSC_INFINITY};
  Case cell = BinaryCell(1, 20000, 1e-12, 0.5, 10, 20e-6);
  Electrolyte *electrolyte = &cell.electrolyte;
  Ion *ion = electrolyte->ion;

  cell.anode = cell.counter_electrode = LithiumElectrode(10, 20000, PETSC_INFINITY);
  cell.protocol = &step;
  cell.number_of_steps = 1;
  ion[0].diffusivity = 5.3e-13;
  for (PetscReal slow = 1e-16; slow > 1e-300; slow *= 1e-12) {
    ClosedForms forms;

    ion[1].diffusivity = slow;
    SaltFromIons(1, -1, ion[0].diffusivity, slow, &electrolyte->diffusivity.initial,
                 &electrolyte->transference_number.initial);
    forms = ClosedFormsOf(&cell);
    assert_close(forms.limiting_current_density, 204.548907, 1e-7);
    assert_close(forms.sand_time,
                 0.5 * PETSC_PI * PetscSqr(FARADAY * 2000) * 5.3e-13 / slow * (5.3e-13 + slow),
                 1e-12);
  }
}

// Times and currents scale with D, however small or large it is.
static void test_closed_forms_hold_for_any_diffusivity(PETSC_UNUSED void **state)
{
  const PetscReal ratios[] = {1.5, 15};

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(ratios); n++) {
    ProtocolStep step = {.kind = STEP_CURRENT_RATIO, .value = ratios[n], .duration = 1};
    Case cell = PolymerCell();
    ClosedForms one;

    cell.protocol = &step;
    cell.number_of_steps = 1;
    one = ClosedFormsOf(&cell);
    for (PetscReal D = 7.5e-291; D < 1e291; D *= 1e20) {
      Case scaled = BinaryCell(1, 2000, D, 0.363, 10, 745.15e-6);
      ClosedForms forms;

      scaled.anode = scaled.counter_electrode = cell.anode;
      scaled.protocol = &step;
      scaled.number_of_steps = 1;
      forms = ClosedFormsOf(&scaled);
      assert_close(forms.limiting_current_density, one.limiting_current_density / 7.5e-11 * D,
                   1e-12);
      assert_close(forms.sand_time, one.sand_time / D * 7.5e-11, 1e-12);
      assert_close(forms.finite_depletion_time, one.finite_depletion_time / D * 7.5e-11, 1e-12);
    }
  }
}

// Sand's diffusion is that of one salt.
static void test_more_than_two_ions_have_no_closed_forms(PETSC_UNUSED void **state)
{
  Case cell = PolymerCell();
  CellConstants constants;

  cell.electrolyte.number_of_ions = 3;
  assert_on_all(!CellConstantsFind(&cell, &constants));
  assert_on_all(isnan(ClosedFormsOf(&cell).limiting_current_density));
}

/* g/i = (1 - t_+)/(z F D c_+) of a salt of any charges; a trace of a third ion changes it by a
   trace, and so does its own mobility. */
static void test_steady_gradient_is_that_of_the_salt_and_its_traces(PETSC_UNUSED void **state)
{
  for (PetscInt charge = 1; charge <= 2; charge++) {
    Case cell = BinaryCell(charge, 1000, 2e-10, 0.3, 20, 1e-4);
    Electrolyte *electrolyte = &cell.electrolyte;
    const PetscReal of_salt = 0.7 / (charge * FARADAY * 2e-10 * 1000 * 0.125);
    PetscReal with_trace;

    cell.separator.porosity = 0.25;
    assert_close(SteadyGradientPerCurrent(&cell), of_salt, 1e-14);
    electrolyte->number_of_ions = 3;
    electrolyte->ion[2] = (Ion){.charge = 1, .diffusivity = 1e-9, .concentration = 1e-9};
    electrolyte->ion[1].concentration += 1e-9 / charge;
    with_trace = SteadyGradientPerCurrent(&cell);
    assert_close(with_trace, of_salt, 2e-12);
    electrolyte->ion[2].diffusivity = 1e-12;
    assert_on_all(SteadyGradientPerCurrent(&cell) == with_trace);
  }
}

// x* = (lambda_D^2/g)^(1/3) is of the layer that the ion carries alone, whatever salt was beside
// it.
static void test_limiting_layer_does_not_depend_on_a_supporting_salt(PETSC_UNUSED void **state)
{
  Case cell = BinaryCell(1, 1000, 2e-10, 0.3, 20, 1e-4);
  Electrolyte *electrolyte = &cell.electrolyte;
  const PetscReal alone =
      LimitingLayerWidth(DebyeLength(&cell), 10 * SteadyGradientPerCurrent(&cell));

  electrolyte->number_of_ions = 3;
  electrolyte->ion[2] = (Ion){.charge = 1, .diffusivity = 1e-9, .concentration = 5000};
  electrolyte->ion[1].concentration += 5000;
  assert_close(LimitingLayerWidth(DebyeLength(&cell), 10 * SteadyGradientPerCurrent(&cell)), alone,
               1e-14);
}

// sqrt(eps R T/(2 F^2 c_0)) of 0.01 mol/L in water.
static void test_debye_length_of_a_1_1_salt(PETSC_UNUSED void **state)
{
  const Case water = BinaryCell(1, 10, 1e-9, 0.5, 78.49, 1e-6);
  const Case divalent = BinaryCell(2, 10, 1e-9, 0.5, 78.49, 1e-6);

  assert_close(DebyeLength(&water), 3.0418635924e-9, 1e-9);
  assert_close(DebyeLength(&divalent), 0.5 * 3.0418635924e-9, 1e-9);
}

static void test_pores_scale_transport_by_bruggeman_or_tortuosity(PETSC_UNUSED void **state)
{
  Separator separator = {.porosity = 0.4, .bruggeman = 1.5, .tortuosity = NAN};

  assert_close(SeparatorTransportFactor(&separator), 0.252982212813470, 1e-14);
  separator.tortuosity = 3.2;
  assert_close(SeparatorTransportFactor(&separator), 0.125, 1e-15);
}

// t_s ~ porosity f, i_lim ~ f, lambda_D ~ sqrt(f/porosity).
static void test_closed_forms_hold_in_pores(PETSC_UNUSED void **state)
{
  const Case open = PolymerCell();
  Case porous = PolymerCell();
  ProtocolStep step = {.kind = STEP_CURRENT, .value = 200, .duration = PETSC_INFINITY};
  CellConstants in_open, in_pores;

  porous.separator.porosity = 0.4;
  porous.separator.tortuosity = 3.2;
  porous.protocol = &step;
  porous.number_of_steps = 1;
  assert_on_all(CellConstantsFind(&open, &in_open) && CellConstantsFind(&porous, &in_pores));
  assert_close(SandTime(&in_pores, 200), 0.4 * 0.125 * SandTime(&in_open, 200), 1e-14);
  assert_close(ClosedFormsOf(&porous).limiting_current_density, 0.125 * 60.981683936, 1e-9);
  assert_close(ClosedFormsOf(&porous).sand_time, SandTime(&in_pores, 200), 1e-15);
  assert_close(DebyeLength(&porous), sqrt(0.125 / 0.4) * DebyeLength(&open), 1e-14);
}

// ---- Properties that vary ------------------------------------------------------------------

/* LiPF6 in EC:DMC, 1 mol/L, in 100 um of the polymer cell's place, charged at `current_density`. */
static Case MeasuredCell(ProtocolStep *step, PetscReal current_density)
{
  Case cell = PolymerCell();

  *step =
      (ProtocolStep){.kind = STEP_CURRENT, .value = current_density, .duration = PETSC_INFINITY};
  cell.number_of_steps = 1;
  cell.protocol = step;
  cell.separator.thickness = 100e-6;
  cell.electrolyte.concentration = 1000;
  for (PetscInt k = 0; k < 2; k++) cell.electrolyte.ion[k].concentration = 1000;
  UseMeasuredElectrolyte(&cell.electrolyte);
  return cell;
}

static PetscBool NoVariableForms(const ClosedForms *forms)
{
  return (PetscBool)(isnan(forms->variable_sand_constant) && isnan(forms->variable_sand_time) &&
                     isnan(forms->variable_limiting_current_density) &&
                     isnan(forms->variable_finite_depletion_time));
}

static void test_constant_properties_have_only_the_closed_forms(PETSC_UNUSED void **state)
{
  Case cell = PolymerCell();
  ProtocolStep step = {.kind = STEP_CURRENT, .value = 200, .duration = PETSC_INFINITY};
  ClosedForms forms;

  cell.protocol = &step;
  cell.number_of_steps = 1;
  forms = ClosedFormsOf(&cell);
  assert_on_all(NoVariableForms(&forms) && !PropertiesVary(&cell.electrolyte));
  assert_on_all(ExpectedDepletionTime(&cell, &forms) == forms.finite_depletion_time);
  UseIdealElectrolyte(&cell.electrolyte, cell.temperature);
  forms = ClosedFormsOf(&cell);
  assert_on_all(NoVariableForms(&forms) && !PropertiesVary(&cell.electrolyte));
  assert_on_all(forms.sand_time > 0);
  DestroyMeasured(&cell.electrolyte);
}

static void test_measured_properties_have_forms_of_their_own(PETSC_UNUSED void **state)
{
  ProtocolStep step;
  Case cell = MeasuredCell(&step, 5000);
  ClosedForms forms = ClosedFormsOf(&cell);

  assert_close(forms.variable_sand_constant, 8.710e6, 1e-4);
  assert_close(forms.variable_sand_time, forms.variable_sand_constant / 25e6, 1e-15);
  assert_close(forms.sand_time, 4.662e6 / 25e6, 1e-4);
  assert_on_all(forms.variable_limiting_current_density > forms.limiting_current_density);
  assert_on_all(forms.variable_finite_depletion_time > forms.variable_sand_time * (1 - 1e-6));
  assert_on_all(ExpectedDepletionTime(&cell, &forms) == forms.variable_finite_depletion_time);
  cell.counter_electrode = OpenBoundary(&boundary_kind_selective, 1000);
  forms = ClosedFormsOf(&cell);
  assert_on_all(NoVariableForms(&forms) && isnan(forms.sand_time));
  DestroyMeasured(&cell.electrolyte);
}

// K ~ porosity f, i_lim ~ f; a current lower by f depletes after porosity/f of the time.
static void test_variable_forms_hold_in_pores(PETSC_UNUSED void **state)
{
  ProtocolStep open_step, porous_step;
  const Case open = MeasuredCell(&open_step, 2000);
  Case porous = MeasuredCell(&porous_step, 0.125 * 2000);
  ClosedForms in_open, in_pores;

  porous.separator.porosity = 0.4;
  porous.separator.tortuosity = 3.2;
  in_open = ClosedFormsOf(&open);
  in_pores = ClosedFormsOf(&porous);
  assert_close(in_pores.variable_sand_constant, 0.4 * 0.125 * in_open.variable_sand_constant,
               1e-12);
  assert_close(in_pores.variable_limiting_current_density,
               0.125 * in_open.variable_limiting_current_density, 1e-12);
  assert_close(in_pores.variable_finite_depletion_time,
               0.4 / 0.125 * in_open.variable_finite_depletion_time, 1e-9);
}

/* The solver's own electroneutral cell, which ends where c(0) is used up; at 2 and 5 times the
   closed form's limiting current, between electrodes and against a reservoir. */
static void test_cell_depletes_when_the_variable_forms_say(PETSC_UNUSED void **state)
{
  for (PetscInt i = 0; i < 4; i++) {
    ProtocolStep step;
    Case cell = MeasuredCell(&step, i % 2 ? 5 : 2);
    RunResult result;

    step.kind = STEP_CURRENT_RATIO;
    cell.mesh = (MeshParameters){.nodes = 801, .first_spacing = 20};
    cell.solver.relative_tolerance = 1e-6;
    if (i >= 2) cell.counter_electrode = OpenBoundary(&boundary_kind_reservoir, 1000);
    result = RunOf(PETSC_COMM_WORLD, &cell, NULL, NULL);
    assert_on_all(result.status == RUN_DEPLETED);
    print_message("depletion %.7g s, expected %.7g s\n", (double)result.depletion_time,
                  (double)result.closed_forms.variable_finite_depletion_time);
    assert_close(result.depletion_time, result.closed_forms.variable_finite_depletion_time, 1e-4);
    CallOrAbort(RunResultDestroy(&result));
    DestroyMeasured(&cell.electrolyte);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_times_of_the_polymer_cell_have_five_digits),
      cmocka_unit_test(test_limiting_current_of_the_polymer_cell),
      cmocka_unit_test(test_surface_is_empty_at_the_depletion_time),
      cmocka_unit_test(test_depletion_comes_after_sands_time_and_tends_to_it),
      cmocka_unit_test(test_nothing_depletes_at_or_below_the_limiting_current),
      cmocka_unit_test(test_series_and_images_agree_around_their_switch),
      cmocka_unit_test(test_electrode_facing_a_reservoir_is_half_a_cell),
      cmocka_unit_test(test_other_pairs_of_boundaries_have_no_closed_forms),
      cmocka_unit_test(test_anion_may_be_as_slow_as_it_likes),
      cmocka_unit_test(test_closed_forms_hold_for_any_diffusivity),
      cmocka_unit_test(test_more_than_two_ions_have_no_closed_forms),
      cmocka_unit_test(test_steady_gradient_is_that_of_the_salt_and_its_traces),
      cmocka_unit_test(test_limiting_layer_does_not_depend_on_a_supporting_salt),
      cmocka_unit_test(test_debye_length_of_a_1_1_salt),
      cmocka_unit_test(test_pores_scale_transport_by_bruggeman_or_tortuosity),
      cmocka_unit_test(test_closed_forms_hold_in_pores),
      cmocka_unit_test(test_constant_properties_have_only_the_closed_forms),
      cmocka_unit_test(test_measured_properties_have_forms_of_their_own),
      cmocka_unit_test(test_variable_forms_hold_in_pores),
      cmocka_unit_test(test_cell_depletes_when_the_variable_forms_say),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
