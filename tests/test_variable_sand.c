#include <math.h>

#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
#include "solver/variable_sand.h"
#include "tests/support.h"

#define TEMPERATURE 298.15

/* Electrolytes by D and t_+ as functions of c [mol/m^3] up to 3 mol/L; the other properties play no
   part here. */
typedef struct {
  Electrolyte electrolyte;
  Solution solution;
} Liquid;

// LG19 EC:DMC 1:1 at 298.15 K.
static PetscReal LandesfeindDiffusivity(PETSC_UNUSED void *context, PetscReal concentration)
{
  const PetscReal c = concentration / 1000;
  return 1470e-10 * exp(1.33 * c) * exp(-1690 / TEMPERATURE) * exp(-563 * c / TEMPERATURE);
}

static PetscReal LandesfeindTransference(PETSC_UNUSED void *context, PetscReal concentration)
{
  const PetscReal c = concentration / 1000, T = TEMPERATURE;
  return -7.91 + 0.245 * c + 0.0528 * T + 0.698 * c * c - 0.0108 * c * T - 8.21e-5 * T * T +
         7.43e-4 * c * c * c - 0.00222 * c * c * T + 3.07e-5 * c * T * T;
}

/* a + b c */
static PetscReal Line(void *context, PetscReal concentration)
{
  const PetscReal *line = (const PetscReal *)context;
  return line[0] + line[1] * concentration;
}

static Property PropertyOf(PropertyFunction function, void *context)
{
  Property property;
  PropertyMistake mistake;

  CallOrAbort(PropertyCreate(function, context, 0, 3000, &property, &mistake));
  assert_on_all(property != NULL);
  return property;
}

static void LiquidCreate(Property diffusivity, Property transference_number, Liquid *liquid)
{
  Electrolyte *electrolyte = &liquid->electrolyte;

  *liquid = (Liquid){.electrolyte = {.concentration_validity = {100, 3000}}};
  electrolyte->diffusivity.function = diffusivity;
  electrolyte->transference_number.function = transference_number;
  CallOrAbort(PropertyCreateConstant(1, &electrolyte->conductivity.function));
  CallOrAbort(PropertyCreateConstant(1, &electrolyte->thermodynamic_factor.function));
  CallOrAbort(SolutionCreate(electrolyte, TEMPERATURE, &liquid->solution));
}

static void LiquidDestroy(Liquid *liquid)
{
  CallOrAbort(SolutionDestroy(&liquid->solution));
  CallOrAbort(PropertyDestroy(&liquid->electrolyte.diffusivity.function));
  CallOrAbort(PropertyDestroy(&liquid->electrolyte.transference_number.function));
  CallOrAbort(PropertyDestroy(&liquid->electrolyte.conductivity.function));
  CallOrAbort(PropertyDestroy(&liquid->electrolyte.thermodynamic_factor.function));
}

static void LandesfeindCreate(Liquid *liquid)
{
  LiquidCreate(PropertyOf(LandesfeindDiffusivity, NULL), PropertyOf(LandesfeindTransference, NULL),
               liquid);
}

/* D = D_1 (1 + b c), 1 - t_+ = T_1 (1 + a c). */
static void LinearCreate(PetscReal D_1, PetscReal b, PetscReal T_1, PetscReal a, Liquid *liquid)
{
  PetscReal D[] = {D_1, D_1 * b}, t[] = {1 - T_1, -T_1 * a};

  LiquidCreate(PropertyOf(Line, D), PropertyOf(Line, t), liquid);
}

static PetscReal SandConstant(PetscReal concentration, PetscReal D, PetscReal t)
{
  return 0.25 * PETSC_PI * D * PetscSqr(FARADAY * concentration / (1 - t));
}

static PetscReal SandConstantOf(const Liquid *liquid, PetscReal concentration)
{
  PetscReal constant;

  CallOrAbort(VariableSandConstant(liquid->solution, concentration, &constant));
  return constant;
}

static PetscReal LimitOf(const LiquidColumn *column)
{
  PetscReal limit;

  CallOrAbort(VariableLimitingCurrent(column, &limit));
  return limit;
}

static PetscReal TimeOf(const LiquidColumn *column, PetscReal current_density)
{
  PetscReal time;

  CallOrAbort(VariableDepletionTime(column, current_density, &time));
  return time;
}

static PetscReal TimeOnMesh(const LiquidColumn *column, PetscReal current_density,
                            PetscInt doublings)
{
  PetscReal time;

  CallOrAbort(VariableDepletionTimeOnMesh(column, current_density, doublings, &time));
  return time;
}

// ---- The open cell -------------------------------------------------------------------------

static void test_constant_properties_give_sands_constant(PETSC_UNUSED void **state)
{
  Liquid liquid;

  LinearCreate(7.5e-11, 0, 0.637, 0, &liquid);
  assert_close(SandConstantOf(&liquid, 2000), SandConstant(2000, 7.5e-11, 0.363), 1e-6);
  assert_close(SandConstantOf(&liquid, 1), SandConstant(1, 7.5e-11, 0.363), 1e-6);
  LiquidDestroy(&liquid);
}

/* 8.710e6 A^2 s/m^4 by an implementation of its own, where Sand's formula with the properties at 1
   mol/L has 4.662e6. */
static void test_constant_of_lipf6_in_ec_dmc_at_1_mol_per_litre(PETSC_UNUSED void **state)
{
  Liquid liquid;

  LandesfeindCreate(&liquid);
  assert_close(
      SandConstant(1000, LandesfeindDiffusivity(NULL, 1000), LandesfeindTransference(NULL, 1000)),
      4.662e6, 1e-4);
  assert_close(SandConstantOf(&liquid, 1000), 8.710e6, 1e-4);
  LiquidDestroy(&liquid);
}

/* The error goes as h^2; what the first extrapolation leaves goes as h^3 or better. */
static void test_mesh_and_steps_are_of_second_order_and_extrapolate(PETSC_UNUSED void **state)
{
  PetscReal time[6], change[6], extrapolated[6];
  LiquidColumn column = {NULL, 1000, PETSC_INFINITY, PETSC_FALSE};
  Liquid liquid;

  LandesfeindCreate(&liquid);
  column.solution = liquid.solution;
  for (PetscInt i = 0; i < 6; i++) time[i] = TimeOnMesh(&column, 10, i);
  for (PetscInt i = 1; i < 6; i++) {
    change[i] = time[i] - time[i - 1];
    extrapolated[i] = time[i] + change[i] / 3;
  }
  for (PetscInt i = 3; i < 6; i++) assert_close(change[i - 1] / change[i], 4, 0.02);
  for (PetscInt i = 4; i < 6; i++) {
    const PetscReal ratio =
        (extrapolated[i - 1] - extrapolated[i - 2]) / (extrapolated[i] - extrapolated[i - 1]);
    assert_on_all(ratio > 6.5 && ratio < 16);
  }
  assert_close(SandConstantOf(&liquid, 1000) / 100, extrapolated[5], 1e-7);
  LiquidDestroy(&liquid);
}

// An electrode that is far away is not felt: to the last digit the time goes as i^-2.
static void test_long_cell_depletes_as_the_open_one(PETSC_UNUSED void **state)
{
  LiquidColumn column = {NULL, 1000, 1e-3, PETSC_FALSE};
  PetscReal constant;
  Liquid liquid;

  LandesfeindCreate(&liquid);
  constant = SandConstantOf(&liquid, 1000);
  column.solution = liquid.solution;
  for (PetscReal current = 1e3; current < 1e5; current *= 3) {
    assert_close(TimeOf(&column, current), constant / PetscSqr(current), 1e-12);
    assert_close(TimeOf(&column, -current), constant / PetscSqr(current), 1e-12);
  }
  column.length = 50e-6;
  assert_close(TimeOf(&column, 1e4), constant / 1e8, 1e-6);
  assert_on_all(TimeOf(&column, 1.2 * LimitOf(&column)) >
                1.05 * constant / PetscSqr(1.2 * LimitOf(&column)));
  LiquidDestroy(&liquid);
}

/* Rows every 0.5 mol/L: the monotone cubics have jumps in their second derivative, which cost
   order, not correctness. */
static void test_properties_from_a_table_do_as_well(PETSC_UNUSED void **state)
{
  PetscReal row[7], D[7], t[7];
  LiquidColumn column = {NULL, 1000, PETSC_INFINITY, PETSC_FALSE};
  Property diffusivity, transference_number;
  Liquid liquid;

  for (PetscInt i = 0; i < 7; i++) {
    row[i] = 500 * i;
    D[i] = LandesfeindDiffusivity(NULL, row[i]);
    t[i] = LandesfeindTransference(NULL, row[i]);
  }
  CallOrAbort(PropertyCreateTable(7, row, D, &diffusivity));
  CallOrAbort(PropertyCreateTable(7, row, t, &transference_number));
  LiquidCreate(diffusivity, transference_number, &liquid);
  column.solution = liquid.solution;
  assert_close(SandConstantOf(&liquid, 1000), TimeOnMesh(&column, 1, 5), 1e-5);
  assert_close(SandConstantOf(&liquid, 1000), 8.710e6, 0.01);
  LiquidDestroy(&liquid);
}

// ---- The finite cell -----------------------------------------------------------------------

/* Between electrodes and against a reservoir, from long times just above the limiting current to
   Sand's. */
static void test_constant_properties_give_the_closed_forms(PETSC_UNUSED void **state)
{
  CellConstants cell = {FARADAY * 2000, 7.5e-11, 1 - 0.363, 1, 745.15e-6};
  LiquidColumn column = {NULL, 2000, 745.15e-6, PETSC_FALSE};
  Liquid liquid;

  LinearCreate(7.5e-11, 0, 0.637, 0, &liquid);
  column.solution = liquid.solution;
  for (PetscInt reservoir = 0; reservoir < 2; reservoir++) {
    const PetscReal limit = LimitingCurrentDensity(&cell);
    assert_close(LimitOf(&column), limit, 1e-12);
    for (PetscReal above = 1e-3; above < 100; above *= 5) {
      const PetscReal current = (1 + above) * limit;
      assert_close(TimeOf(&column, current), FiniteDepletionTime(&cell, current), 1e-6);
    }
    column.reservoir = PETSC_TRUE;
    cell.length *= 2;
  }
  LiquidDestroy(&liquid);
}

static void test_nothing_depletes_at_or_below_the_limiting_current(PETSC_UNUSED void **state)
{
  LiquidColumn column = {NULL, 1000, 100e-6, PETSC_FALSE};
  Liquid liquid;

  LandesfeindCreate(&liquid);
  column.solution = liquid.solution;
  for (PetscInt reservoir = 0; reservoir < 2; reservoir++) {
    const PetscReal limit = LimitOf(&column);
    assert_on_all(isnan(TimeOf(&column, 0)));
    assert_on_all(isnan(TimeOf(&column, 0.9 * limit)));
    assert_on_all(isnan(TimeOf(&column, limit)));
    assert_on_all(TimeOf(&column, 1.01 * limit) > TimeOf(&column, 1.02 * limit));
    column.reservoir = PETSC_TRUE;
  }
  LiquidDestroy(&liquid);
}

/* The column on its own finds the limit that the quadrature gives: just above it the mesh depletes
   late, just below never. */
static void test_column_tends_to_the_limiting_current_of_the_quadrature(PETSC_UNUSED void **state)
{
  LiquidColumn column = {NULL, 1000, 100e-6, PETSC_FALSE};
  Liquid liquid;

  LandesfeindCreate(&liquid);
  column.solution = liquid.solution;
  for (PetscInt reservoir = 0; reservoir < 2; reservoir++) {
    const PetscReal limit = LimitOf(&column);
    assert_on_all(TimeOnMesh(&column, 1.001 * limit, 0) > 0);
    assert_on_all(isnan(TimeOnMesh(&column, 0.999 * limit, 0)));
    column.reservoir = PETSC_TRUE;
  }
  LiquidDestroy(&liquid);
}

// D = D_1 (1 + b c): int D dc = D_1 (c_0 + b c_0^2/2) before a reservoir; between electrodes c_L is
// the root of (b/3) c^2 + (1 - b c_0)/2 c - c_0.
static void test_limiting_current_of_a_linear_diffusivity(PETSC_UNUSED void **state)
{
  const PetscReal D_1 = 3e-10, b = -2e-4, T_1 = 0.7, c_0 = 1000, p = 0.5 * (1 - b * c_0);
  const PetscReal c_L = (-p + sqrt(p * p + 4 * b / 3 * c_0)) / (2 * b / 3);
  LiquidColumn column = {NULL, c_0, 100e-6, PETSC_FALSE};
  Liquid liquid;

  LinearCreate(D_1, b, T_1, 0, &liquid);
  column.solution = liquid.solution;
  assert_on_all(c_L > 2000 && c_L < 3000);
  assert_close(LimitOf(&column), FARADAY / 100e-6 * D_1 / T_1 * (c_L + 0.5 * b * c_L * c_L), 1e-12);
  column.reservoir = PETSC_TRUE;
  assert_close(LimitOf(&column), FARADAY / 100e-6 * D_1 / T_1 * (c_0 + 0.5 * b * c_0 * c_0), 1e-12);
  LiquidDestroy(&liquid);
}

// 1 - t_+ = T_1 (1 + a c): int dc/(1 - t_+) = ln(1 + a c_0)/(a T_1).
static void test_limiting_current_of_a_linear_transference_number(PETSC_UNUSED void **state)
{
  const PetscReal D_1 = 3e-10, T_1 = 0.5, a = 2e-4, c_0 = 1000;
  LiquidColumn column = {NULL, c_0, 100e-6, PETSC_TRUE};
  Liquid liquid;

  LinearCreate(D_1, 0, T_1, a, &liquid);
  column.solution = liquid.solution;
  assert_close(LimitOf(&column), FARADAY / 100e-6 * D_1 / T_1 * log(1 + a * c_0) / a, 1e-12);
  LiquidDestroy(&liquid);
}

// ---- What has no value ---------------------------------------------------------------------

static void test_no_value_where_the_diffusivity_or_anion_share_vanishes(PETSC_UNUSED void **state)
{
  LiquidColumn column = {NULL, 1000, 100e-6, PETSC_FALSE};
  Liquid liquid;

  for (PetscInt i = 0; i < 2; i++) {
    // Negative below 0.4 mol/L, where a depletion must pass.
    LinearCreate(i ? 1e-10 : -1e-10, i ? 0 : -2.5e-3, i ? -0.6 : 0.6, i ? -2.5e-3 : 0, &liquid);
    column.solution = liquid.solution;
    column.reservoir = PETSC_FALSE;
    assert_on_all(isnan(SandConstantOf(&liquid, 1000)));
    assert_on_all(isnan(LimitOf(&column)));
    assert_on_all(isnan(TimeOf(&column, 1e5)));
    column.reservoir = PETSC_TRUE;
    assert_on_all(isnan(LimitOf(&column)));
    LiquidDestroy(&liquid);
  }
}

// D ~ c: the last salt does not diffuse.
static void test_no_time_where_the_diffusivity_vanishes_without_salt(PETSC_UNUSED void **state)
{
  PetscReal D[] = {0, 3e-13}, t[] = {0.3, 0};
  Liquid liquid;

  LiquidCreate(PropertyOf(Line, D), PropertyOf(Line, t), &liquid);
  assert_on_all(isnan(SandConstantOf(&liquid, 1000)));
  LiquidDestroy(&liquid);
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_constant_properties_give_sands_constant),
      cmocka_unit_test(test_constant_of_lipf6_in_ec_dmc_at_1_mol_per_litre),
      cmocka_unit_test(test_mesh_and_steps_are_of_second_order_and_extrapolate),
      cmocka_unit_test(test_long_cell_depletes_as_the_open_one),
      cmocka_unit_test(test_properties_from_a_table_do_as_well),
      cmocka_unit_test(test_constant_properties_give_the_closed_forms),
      cmocka_unit_test(test_nothing_depletes_at_or_below_the_limiting_current),
      cmocka_unit_test(test_column_tends_to_the_limiting_current_of_the_quadrature),
      cmocka_unit_test(test_limiting_current_of_a_linear_diffusivity),
      cmocka_unit_test(test_limiting_current_of_a_linear_transference_number),
      cmocka_unit_test(test_no_value_where_the_diffusivity_or_anion_share_vanishes),
      cmocka_unit_test(test_no_time_where_the_diffusivity_vanishes_without_salt),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
