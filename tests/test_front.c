#include <math.h>
#include <string.h>

#include "bc/physical_constants.h"
#include "io/case_reader.h"
#include "solver/front.h"
#include "tests/support.h"

/* Where the mesh expects the front between space charge and quasi-neutral liquid to go. */

static Case SeparatorWith(PetscInt count, const char *const settings[])
{
  Case cell;

  CallOrAbort(
      CaseRead(PETSC_COMM_WORLD, "configs/separator.yaml", count, (const char **)settings, &cell));
  return cell;
}

static MeshFronts FrontsOf(const Case *cell)
{
  ClosedForms forms;
  MeshFronts fronts;

  CallOrAbort(ClosedFormsFind(cell, &forms));
  FrontsEstimate(cell, &forms, NULL, &fronts);
  return fronts;
}

/* Of the separator with one setting, and 0.1 A/cm^2 where that leaves i_lim unknown. */
static MeshFronts FrontsWith(const char setting[])
{
  const char *const settings[] = {setting, "protocol=[{current: 100 mA/cm^2, for: 1 s}]"};
  Case cell = SeparatorWith(strncmp(setting, "anode=", 6) ? 1 : 2, settings);
  const MeshFronts fronts = FrontsOf(&cell);

  CallOrAbort(CaseDestroy(&cell));
  return fronts;
}

static void test_salt_edge_starts_at_two_over_pi_of_its_final_speed(PETSC_UNUSED void **state)
{
  assert_close(SaltEdge(3, 10, 10 + 1e-9) / 3e-9, 2 / PETSC_PI, 1e-4);
  assert_close(SaltEdge(3, 10, 1e6) / 3e6, 1, 1e-4);
  assert_on_all(SaltEdge(3, 10, 10) == 0 && SaltEdge(3, 10, 9) == 0);
}

/* A gradient of 2 j/L over L/sqrt(j) holds the salt of the cell; over L/j it reaches a reservoir's
   c_0, where the limiting current is half as large. */
static void test_salt_edge_comes_to_rest(PETSC_UNUSED void **state)
{
  assert_close(SteadySaltEdge(2, 4, PETSC_FALSE), 1, 1e-15);
  assert_close(SteadySaltEdge(2, 4, PETSC_TRUE), 1.5, 1e-15);
  assert_on_all(SteadySaltEdge(2, 1, PETSC_FALSE) == 0);
}

static void test_space_charge_carries_the_current_of_mott_and_gurney(PETSC_UNUSED void **state)
{
  const PetscReal width = SpaceChargeReach(1.77e-10, 5e-9, 3, 200);

  assert_close(9. / 8 * 1.77e-10 * 5e-9 * 9 / pow(width, 3), 200, 1e-12);
}

static PetscErrorCode NoteWidth(void *context, PETSC_UNUSED Transport transport,
                                PETSC_UNUSED const CellState *cell, PETSC_UNUSED Vec rate,
                                const HistoryRecord *record)
{
  *(PetscReal *)context = record->space_charge_width;
  return 0;
}

/* The width that a run ends with, over the reach estimated for it. */
static PetscReal WidthOverReach(const char protocol[], const char thickness[])
{
  const char *const settings[] = {protocol, thickness, "mesh.nodes=201", "output.fields=none"};
  Case cell = SeparatorWith(4, settings);
  const MeshFronts fronts = FrontsOf(&cell);
  PetscReal width = 0;
  RunResult result = RunOf(PETSC_COMM_WORLD, &cell, NoteWidth, &width);

  print_message("%s, %s: ends at %g V, %g um wide, %g um expected\n", protocol, thickness,
                (double)result.final.cell_voltage, (double)(1e6 * width),
                (double)(1e6 * fronts.reach[ANODE]));
  assert_on_all(result.status == RUN_DONE);
  assert_on_all(fronts.reach[COUNTER_ELECTRODE] == 0);
  CallOrAbort(RunResultDestroy(&result));
  CallOrAbort(CaseDestroy(&cell));
  return width / fronts.reach[ANODE];
}

static void test_run_ends_within_the_reach(PETSC_UNUSED void **state)
{
  const char *const cells[][2] = {
      {"protocol=[{current_ratio: 2, for: 0.32964 s}]", "separator.thickness=25 um"},
      {"protocol=[{current_ratio: 5, for: 0.2 ms}]", "separator.thickness=1.5 um"},
      {"protocol=[{current_ratio: 2, for: 1 h, until: ['voltage > 10 V']}]",
       "separator.thickness=25 um"},
  };

  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(cells); c++) {
    const PetscReal share = WidthOverReach(cells[c][0], cells[c][1]);
    assert_at_most(share, 1);
    assert_at_most(1 / share, 1.3);
  }
}

static void test_no_reach_without_depletion(PETSC_UNUSED void **state)
{
  const char *const settings[] = {
      "protocol.0.current_ratio=0.9",
      "protocol.0.for=0.2 s",
      "electrolyte.closure=electroneutral",
      "protocol=[{rest: 1 h}]",
      "protocol=[{voltage: 0.1 V, for: 1 h}]",
      "anode={kind: blocking}",
      "anode={kind: reservoir, concentration: 1 mol/L}",
  };

  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(settings); s++) {
    assert_on_all(FrontsWith(settings[s]).reach[ANODE] == 0);
  }
}

static void test_reversed_current_depletes_the_counter_electrode(PETSC_UNUSED void **state)
{
  const MeshFronts one = FrontsWith("protocol=[{current_ratio: 2, for: 0.3 s}]");
  const MeshFronts other = FrontsWith("protocol=[{current_ratio: -2, for: 0.3 s}]");
  const MeshFronts both =
      FrontsWith("protocol=[{current_ratio: 2, for: 0.3 s}, {current_ratio: -2, for: 0.3 s}]");

  assert_on_all(one.reach[ANODE] > 0 && one.reach[COUNTER_ELECTRODE] == 0);
  assert_on_all(other.reach[COUNTER_ELECTRODE] == one.reach[ANODE] && other.reach[ANODE] == 0);
  assert_on_all(both.reach[ANODE] == one.reach[ANODE]);
  assert_on_all(both.reach[COUNTER_ELECTRODE] == one.reach[ANODE]);
}

// A current towards the anode drives a voltage > 0, and one to the other side a voltage < 0.
static void test_voltage_of_the_other_sign_limits_no_front(PETSC_UNUSED void **state)
{
#define PLATING(ratio, until) \
  "protocol=[{current_ratio: " ratio ", for: 0.33 s, until: ['" until "']}]"
  const PetscReal free = FrontsWith("protocol=[{current_ratio: 2, for: 0.33 s}]").reach[ANODE];
  const MeshFronts limited = FrontsWith(PLATING("2", "voltage > 0.5 V"));
  const MeshFronts other = FrontsWith(PLATING("2", "voltage < -0.5 V"));
  const MeshFronts reversed = FrontsWith(PLATING("-2", "voltage < -0.5 V"));
  const MeshFronts reversed_other = FrontsWith(PLATING("-2", "voltage > 0.5 V"));

  assert_on_all(limited.reach[ANODE] < 0.9 * free);
  assert_on_all(other.reach[ANODE] == free);
  assert_on_all(reversed.reach[COUNTER_ELECTRODE] == limited.reach[ANODE]);
  assert_on_all(reversed_other.reach[COUNTER_ELECTRODE] == free);
}

static void test_steps_without_a_rest_between_them_count_as_one(PETSC_UNUSED void **state)
{
  const MeshFronts one = FrontsWith("protocol=[{current_ratio: 2, for: 0.3 s}]");
  const MeshFronts two =
      FrontsWith("protocol=[{current_ratio: 2, for: 0.1 s}, {current_ratio: 2, for: 0.2 s}]");

  assert_close(two.reach[ANODE], one.reach[ANODE], 1e-12);
}

static void test_reach_given_takes_the_place_of_the_estimate(PETSC_UNUSED void **state)
{
  assert_close(FrontsWith("mesh.front_reach=1 um").reach[ANODE], 1e-6, 1e-15);
  assert_on_all(FrontsWith("mesh.front_reach=1 um").reach[COUNTER_ELECTRODE] == 0);
  assert_on_all(FrontsWith("mesh.front_reach=0 m").reach[ANODE] == 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_salt_edge_starts_at_two_over_pi_of_its_final_speed),
      cmocka_unit_test(test_salt_edge_comes_to_rest),
      cmocka_unit_test(test_space_charge_carries_the_current_of_mott_and_gurney),
      cmocka_unit_test(test_run_ends_within_the_reach),
      cmocka_unit_test(test_no_reach_without_depletion),
      cmocka_unit_test(test_reversed_current_depletes_the_counter_electrode),
      cmocka_unit_test(test_voltage_of_the_other_sign_limits_no_front),
      cmocka_unit_test(test_steps_without_a_rest_between_them_count_as_one),
      cmocka_unit_test(test_reach_given_takes_the_place_of_the_estimate),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
