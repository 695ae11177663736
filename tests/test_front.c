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

static MeshNeeds FrontsOf(const Case *cell)
{
  ClosedForms forms;
  MeshNeeds fronts;

  CallOrAbort(ClosedFormsFind(cell, &forms));
  FrontsEstimate(cell, &forms, NULL, &fronts);
  return fronts;
}

/* Of the separator with one setting, and 0.1 A/cm^2 where that leaves i_lim unknown. */
static MeshNeeds FrontsWith(const char setting[])
{
  const char *const settings[] = {setting, "protocol=[{current: 100 mA/cm^2, for: 1 s}]"};
  Case cell = SeparatorWith(strncmp(setting, "anode=", 6) ? 1 : 2, settings);
  const MeshNeeds fronts = FrontsOf(&cell);

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
  const MeshNeeds fronts = FrontsOf(&cell);
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
  const MeshNeeds one = FrontsWith("protocol=[{current_ratio: 2, for: 0.3 s}]");
  const MeshNeeds other = FrontsWith("protocol=[{current_ratio: -2, for: 0.3 s}]");
  const MeshNeeds both =
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
  const MeshNeeds limited = FrontsWith(PLATING("2", "voltage > 0.5 V"));
  const MeshNeeds other = FrontsWith(PLATING("2", "voltage < -0.5 V"));
  const MeshNeeds reversed = FrontsWith(PLATING("-2", "voltage < -0.5 V"));
  const MeshNeeds reversed_other = FrontsWith(PLATING("-2", "voltage > 0.5 V"));

  assert_on_all(limited.reach[ANODE] < 0.9 * free);
  assert_on_all(other.reach[ANODE] == free);
  assert_on_all(reversed.reach[COUNTER_ELECTRODE] == limited.reach[ANODE]);
  assert_on_all(reversed_other.reach[COUNTER_ELECTRODE] == free);
}

static void test_steps_without_a_rest_between_them_count_as_one(PETSC_UNUSED void **state)
{
  const MeshNeeds one = FrontsWith("protocol=[{current_ratio: 2, for: 0.3 s}]");
  const MeshNeeds two =
      FrontsWith("protocol=[{current_ratio: 2, for: 0.1 s}, {current_ratio: 2, for: 0.2 s}]");

  assert_close(two.reach[ANODE], one.reach[ANODE], 1e-12);
}

static void test_reach_given_takes_the_place_of_the_estimate(PETSC_UNUSED void **state)
{
  assert_close(FrontsWith("mesh.front_reach=1 um").reach[ANODE], 1e-6, 1e-15);
  assert_on_all(FrontsWith("mesh.front_reach=1 um").reach[COUNTER_ELECTRODE] == 0);
  assert_on_all(FrontsWith("mesh.front_reach=0 m").reach[ANODE] == 0);
}

#define MIXTURE(supporting)                                                                 \
  "electrolyte={ions: [{name: li, charge: 1, diffusivity: 1.2e-10 m^2/s, concentration: 1 " \
  "mol/L}, "                                                                                \
  "{name: an, charge: -1, diffusivity: 3.4e-10 m^2/s, concentration: 1 mol/L}, "            \
  "{name: x, charge: 1, diffusivity: 2e-10 m^2/s, concentration: " supporting               \
  "}, "                                                                                     \
  "{name: y, charge: -1, diffusivity: 2e-10 m^2/s, concentration: " supporting "}]}"
#define SALT                                                                                \
  "electrolyte={ions: [{name: li, charge: 1, diffusivity: 1.2e-10 m^2/s, concentration: 1 " \
  "mol/L}, "                                                                                \
  "{name: an, charge: -1, diffusivity: 3.4e-10 m^2/s, concentration: 1 mol/L}]}"

// Twice the salt's limiting current.
static MeshNeeds FrontsOfMixture(const char mixture[], const char more[])
{
  const char *const settings[] = {mixture, "protocol=[{current: 933 A/m^2, for: 0.36 s}]", more};
  Case cell = SeparatorWith(3, settings);
  const MeshNeeds fronts = FrontsOf(&cell);

  CallOrAbort(CaseDestroy(&cell));
  return fronts;
}

static void test_traces_leave_the_front_of_the_salt(PETSC_UNUSED void **state)
{
  const MeshNeeds salt = FrontsOfMixture(SALT, "mesh.nodes=601");
  const MeshNeeds traces = FrontsOfMixture(MIXTURE("1e-9 mol/m^3"), "mesh.nodes=601");

  assert_on_all(salt.reach[ANODE] > 0);
  assert_close(traces.reach[ANODE], salt.reach[ANODE], 1e-9);
  assert_close(traces.edge_width, salt.edge_width, 1e-9);
  assert_close(traces.diffusion_length, salt.diffusion_length, 1e-9);
}

static void test_supporting_salt_leaves_no_front(PETSC_UNUSED void **state)
{
  assert_on_all(FrontsOfMixture(MIXTURE("1 mol/L"), "mesh.nodes=601").reach[ANODE] == 0);
}

static void test_reach_given_holds_for_every_electrolyte(PETSC_UNUSED void **state)
{
  const char *const reach = "mesh.front_reach=1 um";

  assert_close(FrontsOfMixture(MIXTURE("1 mol/L"), reach).reach[ANODE], 1e-6, 1e-15);
  assert_close(FrontsOfMixture("electrolyte.closure=electroneutral", reach).reach[ANODE], 1e-6,
               1e-15);
}

/* Salt beside traces comes to the voltage of the salt alone, which it missed by 2 % on a mesh
   without the front. */
static PetscReal VoltageOfMixture(const char mixture[])
{
  const char *const settings[] = {mixture, "protocol=[{current: 933 A/m^2, for: 0.36 s}]",
                                  "output.fields=none"};
  Case cell = SeparatorWith(3, settings);
  RunResult result = RunOf(PETSC_COMM_WORLD, &cell, NULL, NULL);
  const PetscReal voltage = result.final.cell_voltage;

  assert_on_all(result.status == RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
  CallOrAbort(CaseDestroy(&cell));
  return voltage;
}

static void test_traces_leave_the_voltage_of_the_salt(PETSC_UNUSED void **state)
{
  const PetscReal salt = VoltageOfMixture(SALT);
  const PetscReal traces = VoltageOfMixture(MIXTURE("1e-9 mol/m^3"));

  print_message("salt %g V, beside traces %g V\n", (double)salt, (double)traces);
  assert_close(traces, salt, 1e-3);
}

static MeshNeeds NeutralWith(const char protocol[])
{
  const char *const settings[] = {protocol, "electrolyte.closure=electroneutral"};
  Case cell = SeparatorWith(2, settings);
  const MeshNeeds needs = FrontsOf(&cell);

  CallOrAbort(CaseDestroy(&cell));
  return needs;
}

/* sqrt(f D t_d/porosity); Sand's time goes as 1/i^2. */
static void test_profile_is_as_wide_as_diffusion_makes_it(PETSC_UNUSED void **state)
{
  const PetscReal slow = NeutralWith("protocol=[{current_ratio: 10, for: 1 s}]").diffusion_length;
  const PetscReal fast = NeutralWith("protocol=[{current_ratio: 100, for: 1 s}]").diffusion_length;
  const PetscReal none = NeutralWith("protocol=[{current_ratio: 0.1, for: 1 s}]").diffusion_length;

  assert_close(slow, sqrt(PETSC_PI) / 4 * 25e-6 / 10, 1e-6);
  assert_close(fast, 0.1 * slow, 1e-6);
  assert_close(none, 0.25 * 25e-6, 1e-12);
}

/* The depletion time of the demo without Poisson's equation, which 401 nodes missed by 6e-4. */
static void test_neutral_cell_depletes_in_time(PETSC_UNUSED void **state)
{
  const char *const settings[] = {"electrolyte.closure=electroneutral", "mesh.nodes=401",
                                  "protocol.0.until=[depletion]", "output.fields=none"};
  RunResult result;
  Case cell;

  CallOrAbort(CaseRead(PETSC_COMM_WORLD, "configs/sand.yaml", 4, (const char **)settings, &cell));
  result = RunOf(PETSC_COMM_WORLD, &cell, NULL, NULL);
  assert_close(result.depletion_time, result.closed_forms.finite_depletion_time, 5e-5);
  CallOrAbort(RunResultDestroy(&result));
  CallOrAbort(CaseDestroy(&cell));
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
      cmocka_unit_test(test_traces_leave_the_front_of_the_salt),
      cmocka_unit_test(test_supporting_salt_leaves_no_front),
      cmocka_unit_test(test_reach_given_holds_for_every_electrolyte),
      cmocka_unit_test(test_traces_leave_the_voltage_of_the_salt),
      cmocka_unit_test(test_profile_is_as_wide_as_diffusion_makes_it),
      cmocka_unit_test(test_neutral_cell_depletes_in_time),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
