#include <petscsys.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "io/case_reader.h"
#include "solver/flux_law.h"
#include "solver/salt.h"
#include "tests/case_files.h"

static void assert_close(PetscReal value, PetscReal expected, PetscReal tolerance)
{
  if (!(PetscAbsReal(value - expected) <= tolerance * PetscAbsReal(expected))) {
    fail_msg("%.17g, not %.17g", value, expected);
  }
}

static void assert_kind(const Boundary *boundary, const char kind[])
{
  assert_string_equal(BoundaryKindName(boundary->kind), kind);
}

static void test_minimal_case_gets_every_default(void **state)
{
  Case case_ = Read(MINIMAL);

  (void)state;
  assert_string_equal(case_.title, "");
  assert_true(case_.temperature == 298.15);
  assert_string_equal(case_.electrolyte.flux_law, "dilute");
  assert_int_equal(case_.electrolyte.closure, CLOSURE_POISSON);
  assert_true(case_.electrolyte.concentration == 1000);
  assert_int_equal(case_.electrolyte.number_of_ions, 2);
  assert_int_equal(case_.electrolyte.reacting_ion, 0);
  assert_string_equal(case_.electrolyte.ion[0].name, "cation");
  assert_string_equal(case_.electrolyte.ion[1].name, "anion");
  assert_int_equal(case_.electrolyte.ion[0].charge, 1);
  assert_int_equal(case_.electrolyte.ion[1].charge, -1);
  assert_true(case_.electrolyte.relative_permittivity == 20);
  assert_true(case_.separator.porosity == 1 && case_.separator.bruggeman == 1.5);
  assert_true(PetscIsNanReal(case_.separator.tortuosity));
  assert_int_equal(case_.mesh.nodes, 701);
  assert_true(PetscIsNanReal(case_.mesh.first_spacing));
  assert_true(PetscIsNanReal(case_.mesh.front_reach));
  assert_true(case_.onset_distance == 2);
  assert_true(case_.solver.relative_tolerance == 1e-5);
  assert_int_equal(case_.solver.maximum_steps, 1000000);
  assert_int_equal(case_.output.times, 200);
  assert_int_equal(case_.output.fields, FIELDS_ALL);
  assert_memory_equal(&case_.anode, &case_.counter_electrode, sizeof(case_.anode));
  CaseDestroy(&case_);
}

static void test_electrode_gets_every_default(void **state)
{
  Case case_ = Read(MINIMAL);
  const Boundary *const anode = &case_.anode;

  (void)state;
  assert_kind(anode, "electrode");
  assert_true(anode->exchange_current_density == 100);
  assert_true(anode->cathodic_transfer_coefficient == 0.5);
  assert_true(anode->reference_concentration == 1000);
  assert_true(anode->interface_capacitance == 0.1 && anode->zero_charge_potential == 0);
  assert_true(anode->sei.inner.thickness == 0 && anode->sei.outer.thickness == 0);
  assert_true(PetscIsNanReal(anode->sei.inner.conductivity));
  assert_true(PetscIsNanReal(anode->sei.outer.conductivity));
  CaseDestroy(&case_);
}

static void test_case_is_destroyed_to_zero_and_twice(void **state)
{
  static const Case zeroed;
  Case case_ = Read(MINIMAL);

  (void)state;
  assert_int_equal(CaseDestroy(&case_), 0);
  assert_memory_equal(&case_, &zeroed, sizeof(case_));
  assert_int_equal(CaseDestroy(&case_), 0);
}

// ---- The salt and its ions ----

static void test_diffusivities_of_ions_follow_from_the_salt(void **state)
{
  Case case_ = Read(MINIMAL);
  const Ion *const ion = case_.electrolyte.ion;

  (void)state;
  assert_close(ion[0].diffusivity, 2e-10 / (2 * 0.7), 1e-14);
  assert_close(ion[1].diffusivity, 2e-10 / (2 * 0.3), 1e-14);
  assert_true(ion[0].concentration == 1000 && ion[1].concentration == 1000);
  CaseDestroy(&case_);
}

static void test_salt_follows_from_the_diffusivities_of_ions(void **state)
{
  Case case_ = Read(
      "electrolyte: {concentration: 1 M, cation_diffusivity: 1e-10 m^2/s, anion_diffusivity: "
      "3e-10 m^2/s}\n" SEPARATOR PROTOCOL);

  (void)state;
  assert_close(case_.electrolyte.diffusivity.initial, 1.5e-10, 1e-14);
  assert_close(case_.electrolyte.transference_number.initial, 0.25, 1e-14);
  CaseDestroy(&case_);
}

static void test_salt_and_ions_are_inverse_for_any_charges(void **state)
{
  (void)state;
  for (PetscInt z_p = 1; z_p <= 3; z_p++) {
    for (PetscInt z_m = -1; z_m >= -3; z_m--) {
      PetscReal D_p, D_m, D, t;

      IonsFromSalt(z_p, z_m, 2e-10, 0.3, &D_p, &D_m);
      SaltFromIons(z_p, z_m, D_p, D_m, &D, &t);
      assert_close(D, 2e-10, 1e-14);
      assert_close(t, 0.3, 1e-14);
    }
  }
}

// Ions of equal diffusivity do not separate: the salt diffuses as they do.
static void test_equal_ions_make_a_salt_of_their_diffusivity(void **state)
{
  PetscReal D, t;

  (void)state;
  SaltFromIons(2, -1, 1e-9, 1e-9, &D, &t);
  assert_close(D, 1e-9, 1e-14);
  assert_close(t, 2.0 / 3, 1e-14);
}

static void test_ions_of_a_formula_unit_are_neutral(void **state)
{
  const PetscInt expected[][4] = {
      // z_p, z_m, nu_p, nu_m
      {1, -1, 1, 1}, {2, -1, 1, 2}, {1, -2, 2, 1}, {2, -2, 1, 1}, {3, -2, 2, 3}, {4, -2, 1, 2}};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(expected); i++) {
    PetscInt nu_p, nu_m;

    SaltFormula(expected[i][0], expected[i][1], &nu_p, &nu_m);
    assert_int_equal(nu_p, expected[i][2]);
    assert_int_equal(nu_m, expected[i][3]);
  }
}

static void test_multivalent_salt_starts_neutral(void **state)
{
  Case case_ = Read(
      "electrolyte: {concentration: 0.5 mol/L, cation_charge: 2, anion_charge: -1, diffusivity: "
      "1e-10 m^2/s, transference_number: 0.4}\n" SEPARATOR PROTOCOL
      "anode: {kind: selective}\ncounter_electrode: {kind: electrode}\n");

  (void)state;
  assert_true(case_.electrolyte.ion[0].concentration == 500);
  assert_true(case_.electrolyte.ion[1].concentration == 1000);
  assert_true(case_.anode.concentration == 500);
  assert_true(case_.counter_electrode.reference_concentration == 500);
  CaseDestroy(&case_);
}

static void test_mixed_pairs_of_diffusivities_are_refused(void **state)
{
  (void)state;
  assert_refused(
      "electrolyte:\n  concentration: 1 M\n  diffusivity: 1e-10 m^2/s\n"
      "  cation_diffusivity: 1e-10 m^2/s\n" SEPARATOR PROTOCOL,
      "cell.yaml:4: electrolyte.cation_diffusivity: found together with electrolyte.diffusivity, "
      "allowed: one of the two");
}

static void test_half_a_pair_of_diffusivities_is_refused(void **state)
{
  (void)state;
  assert_refused(SEPARATOR PROTOCOL
                 "electrolyte: {concentration: 1 M, anion_diffusivity: 1e-10 m^2/s}\n",
                 "cell.yaml:3: electrolyte.cation_diffusivity: missing, allowed: > 0 m^2/s");
  assert_refused(SEPARATOR PROTOCOL "electrolyte: {concentration: 1 M, diffusivity: 1e-10 m^2/s}\n",
                 "cell.yaml:3: electrolyte.transference_number: missing, allowed: > 0, < 1");
}

static void test_electrolyte_without_diffusivity_is_refused(void **state)
{
  (void)state;
  assert_refused(SEPARATOR PROTOCOL "electrolyte: {concentration: 1 M}\n",
                 "cell.yaml:3: electrolyte.diffusivity: missing, allowed: > 0 m^2/s");
}

// ---- Boundaries ----

static void test_counter_electrode_takes_after_the_anode(void **state)
{
  Case case_ = Read(MINIMAL
                    "anode: {exchange_current_density: 15 mA/cm^2, interface_capacitance: none, "
                    "sei: {inner: {thickness: 5 nm, conductivity: 1e-6 S/m}}}\n"
                    "counter_electrode: {cathodic_transfer_coefficient: 0.3, sei: {inner: "
                    "{thickness: 7 nm}}}\n");
  const Boundary *const counter = &case_.counter_electrode;

  (void)state;
  assert_true(counter->exchange_current_density == 150);
  assert_true(counter->interface_capacitance == PETSC_INFINITY);
  assert_true(counter->cathodic_transfer_coefficient == 0.3);
  assert_true(case_.anode.cathodic_transfer_coefficient == 0.5);
  assert_true(counter->sei.inner.thickness == 7e-9 && counter->sei.inner.conductivity == 1e-6);
  CaseDestroy(&case_);
}

static void test_kind_is_inherited_as_well(void **state)
{
  Case case_ = Read(MINIMAL "anode: {kind: blocking}\n");

  (void)state;
  assert_kind(&case_.counter_electrode, "blocking");
  assert_true(case_.counter_electrode.interface_capacitance == PETSC_INFINITY);
  CaseDestroy(&case_);
}

// The anode's film and capacitance mean nothing to a reservoir, and its concentration is its own.
static void test_meaningless_keys_are_not_inherited(void **state)
{
  Case case_ = Read(MINIMAL
                    "anode: {interface_capacitance: 5 uF/cm^2, zero_charge_potential: 0.1 V, sei: "
                    "{outer: {thickness: 5 nm, conductivity: 1e-6 S/m}}}\n"
                    "counter_electrode: {kind: reservoir, concentration: 2 M}\n");
  const Boundary *const counter = &case_.counter_electrode;

  (void)state;
  assert_true(counter->interface_capacitance == PETSC_INFINITY);
  assert_true(counter->zero_charge_potential == 0 && counter->sei.outer.thickness == 0);
  assert_true(PetscIsNanReal(counter->sei.outer.conductivity));
  assert_true(counter->concentration == 2000);
  CaseDestroy(&case_);
}

static void test_zero_charge_potential_is_not_inherited_without_stern_layer(void **state)
{
  Case case_ = Read(MINIMAL
                    "anode: {zero_charge_potential: 0.1 V, exchange_current_density: 200 A/m^2}\n"
                    "counter_electrode: {interface_capacitance: none}\n");

  (void)state;
  assert_true(case_.anode.zero_charge_potential == 0.1);
  assert_true(case_.counter_electrode.zero_charge_potential == 0);
  CaseDestroy(&case_);
}

static void test_zero_charge_potential_needs_a_stern_layer(void **state)
{
  (void)state;
  assert_refused(MINIMAL "anode: {interface_capacitance: none, zero_charge_potential: 0.1 V}\n",
                 "cell.yaml:4: anode.zero_charge_potential: found '0.1 V', allowed: only where "
                 "kind is electrode or blocking, with an interface_capacitance");
}

static void test_front_beyond_the_middle_is_refused(void **state)
{
  (void)state;
  assert_refused(MINIMAL "mesh: {front_reach: 2 m}\n",
                 "cell.yaml:4: mesh.front_reach: found '2 m', allowed: at most half of "
                 "separator.thickness");
}

static void test_kinetics_of_other_kinds_are_refused(void **state)
{
  const char *const kinds[] = {"blocking", "reservoir", "selective"};
  const char *const keys[][2] = {{"exchange_current_density", "5 A/m^2"},
                                 {"cathodic_transfer_coefficient", "0.5"},
                                 {"reference_concentration", "1 M"}};

  (void)state;
  for (size_t i = 0; i < 9; i++) {
    const char *const key = keys[i / 3][0], *const value = keys[i / 3][1];
    char text[1024], message[1024];

    snprintf(text, sizeof(text), MINIMAL "anode:\n  kind: %s\n  %s: %s\n", kinds[i % 3], key,
             value);
    snprintf(message, sizeof(message),
             "cell.yaml:6: anode.%s: found '%s', allowed: only where kind is electrode", key,
             value);
    assert_refused(text, message);
  }
}

static void test_open_ends_have_no_interface(void **state)
{
  (void)state;
  assert_refused(MINIMAL "anode: {kind: reservoir, interface_capacitance: 10 uF/cm^2}\n",
                 "cell.yaml:4: anode.interface_capacitance: found '10 uF/cm^2', allowed: only "
                 "where kind is electrode or blocking");
  assert_refused(MINIMAL "anode: {kind: selective, sei: {inner: {thickness: 5 nm}}}\n",
                 "cell.yaml:4: anode.sei.inner.thickness: found '5 nm', allowed: only where kind "
                 "is electrode or blocking");
}

static void test_only_open_ends_take_a_concentration(void **state)
{
  (void)state;
  assert_refused(MINIMAL "counter_electrode: {concentration: 1 M}\n",
                 "cell.yaml:4: counter_electrode.concentration: found '1 M', allowed: only where "
                 "kind is reservoir or selective");
}

static void test_film_needs_a_conductivity(void **state)
{
  (void)state;
  assert_refused(MINIMAL "anode:\n  sei:\n    inner:\n      thickness: 5 nm\n",
                 "cell.yaml:6: anode.sei.inner.conductivity: missing, allowed: > 0 S/m");
}

static void test_blocking_end_of_neutral_solution_needs_a_capacitance(void **state)
{
  const char *const settings[] = {"electrolyte.closure=electroneutral", "anode.kind=blocking",
                                  "anode.interface_capacitance=10 uF/cm^2"};
  Case case_ = ReadSettings(MINIMAL, 3, settings);

  (void)state;
  assert_kind(&case_.counter_electrode, "blocking");
  assert_true(case_.counter_electrode.interface_capacitance == 0.1);
  CaseDestroy(&case_);
  assert_read_fails("cell.yaml", 2, settings, PETSC_ERR_USER_INPUT,
                    "--set electrolyte.closure=electroneutral: electrolyte.closure: found "
                    "'electroneutral', allowed: poisson, or an interface_capacitance where kind "
                    "is blocking (nothing else fixes the potential there)");
}

// ---- Protocol ----

static void test_steps_of_every_kind_are_read(void **state)
{
  Case case_ = Read(ELECTROLYTE SEPARATOR
                    "protocol:\n"
                    "  - {current: -10 mA/cm^2, for: 2 h, until: [space_charge, voltage > 2 V]}\n"
                    "  - {current_ratio: 5, until: depletion}\n"
                    "  - {rest: 10 min}\n"
                    "  - {voltage: 0.2 V, for: 1 h, until: ['charge>1 mAh/cm^2', voltage < -0.5 "
                    "V]}\n");
  const ProtocolStep *const step = case_.protocol;

  (void)state;
  assert_int_equal(case_.number_of_steps, 4);
  assert_int_equal(step[0].kind, STEP_CURRENT);
  assert_true(step[0].value == -100 && step[0].duration == 7200);
  assert_int_equal(step[0].number_of_conditions, 2);
  assert_int_equal(step[0].until[0].event, EVENT_SPACE_CHARGE);
  assert_int_equal(step[0].until[1].event, EVENT_VOLTAGE_LIMIT);
  assert_true(step[0].until[1].above && step[0].until[1].threshold == 2);
  assert_int_equal(step[1].kind, STEP_CURRENT_RATIO);
  assert_true(step[1].value == 5 && step[1].duration == PETSC_INFINITY);
  assert_int_equal(step[1].until[0].event, EVENT_DEPLETION);
  assert_int_equal(step[2].kind, STEP_REST);
  assert_true(step[2].duration == 600 && step[2].number_of_conditions == 0);
  assert_int_equal(step[3].kind, STEP_VOLTAGE);
  assert_int_equal(step[3].until[0].event, EVENT_CHARGE_LIMIT);
  assert_true(step[3].until[0].above && step[3].until[0].threshold == 36000);
  assert_true(!step[3].until[1].above && step[3].until[1].threshold == -0.5);
  CaseDestroy(&case_);
}

static void test_step_has_exactly_one_control(void **state)
{
  (void)state;
  assert_refused(ELECTROLYTE SEPARATOR "protocol:\n  - {for: 1 h}\n",
                 "cell.yaml:4: protocol.0: found '', allowed: exactly one of current, "
                 "current_ratio, rest, voltage");
  assert_refused(ELECTROLYTE SEPARATOR
                 "protocol:\n  - {rest: 1 h}\n  - {current: 1 A/m^2, voltage: 1 V, for: 1 h}\n",
                 "cell.yaml:5: protocol.1: found 'current, voltage', allowed: exactly one of "
                 "current, current_ratio, rest, voltage");
}

static void test_step_needs_an_end(void **state)
{
  (void)state;
  assert_refused(ELECTROLYTE SEPARATOR "protocol: [{current: 1 A/m^2}]\n",
                 "cell.yaml:3: protocol.0: found no end of the step, allowed: for, until or both");
  assert_refused(ELECTROLYTE SEPARATOR "protocol: [{current: 1 A/m^2, until: []}]\n",
                 "cell.yaml:3: protocol.0: found no end of the step, allowed: for, until or both");
}

static void test_rest_takes_no_other_duration(void **state)
{
  (void)state;
  assert_refused(ELECTROLYTE SEPARATOR "protocol:\n- rest: 10 min\n  for: 5 min\n",
                 "cell.yaml:5: protocol.0.for: found '5 min', allowed: not in a rest, whose value "
                 "is its duration");
}

static void test_case_needs_a_step(void **state)
{
  (void)state;
  assert_refused(ELECTROLYTE SEPARATOR,
                 "cell.yaml:1: protocol: found no step, allowed: a list of steps");
  assert_refused(ELECTROLYTE SEPARATOR "protocol: []\n",
                 "cell.yaml:3: protocol: found no step, allowed: a list of steps");
}

#define CONDITIONS "depletion, space_charge, voltage > 2 V, voltage < -0.5 V, charge > 1 mAh/cm^2"

static void test_unknown_conditions_are_refused(void **state)
{
  const char *const conditions[] = {"depleted",      "voltage",          "voltage >= 2 V",
                                    "depletion > 2", "charge < 1 C/m^2", "time > 1 h"};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(conditions); i++) {
    char setting[256], message[512];
    const char *const reason = i == 2 ? " (not a number)" : "";  // "= 2 V"

    snprintf(setting, sizeof(setting), "protocol.0.until=%s", conditions[i]);
    snprintf(message, sizeof(message), "protocol.0.until.0: found '%s', allowed: " CONDITIONS "%s",
             conditions[i], reason);
    assert_setting_refused(setting, message);
  }
}

static void test_threshold_needs_its_unit_and_sign(void **state)
{
  (void)state;
  assert_refused(ELECTROLYTE SEPARATOR
                 "protocol:\n- current: 1 A/m^2\n  until:\n  - depletion\n  - voltage > 2\n",
                 "cell.yaml:7: protocol.0.until.1: found 'voltage > 2', allowed: " CONDITIONS
                 " (the unit is missing)");
  assert_setting_refused("protocol.0.until=charge > -1 C/m^2",
                         "protocol.0.until.0: found 'charge > -1 C/m^2', allowed: " CONDITIONS
                         " (must be positive)");
}

#define BARE "anode: {exchange_current_density: 10 A/m^2, interface_capacitance: none}\n"

/* Its wall and its metal have one potential, and i_F = i_0 (a/a_ref - 1) is all that it can do. */
static void test_bare_electrode_dissolves_below_its_exchange_current(void **state)
{
  const char *const plating[] = {"protocol.0={current: 10 A/m^2, for: 1 h}"};
  const char *const stripping[] = {"protocol.0={current: -10 A/m^2, for: 1 h}"};
  const char *const ratio[] = {"protocol.0={current_ratio: 2, for: 1 h}"};
  const char *const others[][2] = {
      {"protocol.0={current: 9.99 A/m^2, for: 1 h}", "mesh.nodes=11"},
      {"protocol.0={voltage: 1 V, for: 1 h}", "mesh.nodes=11"},
      {plating[0], "counter_electrode.interface_capacitance=10 uF/cm^2"},
      {stripping[0], "anode.interface_capacitance=10 uF/cm^2"},
      {ratio[0], "counter_electrode={kind: reservoir}"},
      {plating[0], "electrolyte.closure=electroneutral"}};

  (void)state;
  WriteCell(MINIMAL BARE, strlen(MINIMAL BARE));
  assert_read_fails("cell.yaml", 1, plating, PETSC_ERR_USER_INPUT,
                    "--set protocol.0={current: 10 A/m^2, for: 1 h}: protocol.0.current: found "
                    "'10 A/m^2', allowed: < 10 A/m^2 (without an interface_capacitance the "
                    "counter_electrode dissolves below its exchange_current_density of 10 A/m^2 "
                    "only)");
  assert_read_fails("cell.yaml", 1, stripping, PETSC_ERR_USER_INPUT,
                    "--set protocol.0={current: -10 A/m^2, for: 1 h}: protocol.0.current: found "
                    "'-10 A/m^2', allowed: > -10 A/m^2 (without an interface_capacitance the anode "
                    "dissolves below its exchange_current_density of 10 A/m^2 only)");
  assert_read_fails(
      "cell.yaml", 1, ratio, PETSC_ERR_USER_INPUT,
      "--set protocol.0={current_ratio: 2, for: 1 h}: protocol.0.current_ratio: found "
      "'2', allowed: < 0.00453437 (without an interface_capacitance the "
      "counter_electrode dissolves below its exchange_current_density of 10 A/m^2 "
      "only)");
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(others); i++) {
    Case case_ = ReadSettings(MINIMAL BARE, 2, others[i]);
    CaseDestroy(&case_);
  }
}

static void test_current_ratio_needs_a_limiting_current_in_closed_form(void **state)
{
  const char *const good[] = {"protocol.0={current_ratio: 2, for: 1 h}",
                              "counter_electrode.kind=reservoir",
                              "counter_electrode.concentration=1000 mol/m^3"};
  Case case_ = ReadSettings(MINIMAL, 3, good);

  (void)state;
  CaseDestroy(&case_);
  case_ = ReadSettings(MINIMAL "anode: {kind: reservoir}\n", 2,
                       (const char *[]){good[0], "counter_electrode.kind=electrode"});
  CaseDestroy(&case_);
  for (int i = 0; i < 2; i++) {
    const char *const bad[] = {good[0], i == 0 ? "anode.kind=blocking" : good[1],
                               i == 0 ? "mesh.nodes=11" : "counter_electrode.concentration=2 M"};

    assert_read_fails("cell.yaml", 3, bad, PETSC_ERR_USER_INPUT,
                      "--set protocol.0={current_ratio: 2, for: 1 h}: protocol.0.current_ratio: "
                      "found '2', allowed: only between two electrodes, or one and a reservoir at "
                      "the initial concentration (no other limiting current is known)");
    WriteCell(MINIMAL, strlen(MINIMAL));
  }
}

// ---- Values ----

static void test_value_out_of_range_is_refused(void **state)
{
  (void)state;
  assert_refused("# a comment\nelectrolyte:\n\n  concentration: -1 mol/L\n",
                 "cell.yaml:4: electrolyte.concentration: found '-1 mol/L', allowed: > 0 mol/L");
}

// What is exclusive and what is not, at the bounds themselves.
static void test_bounds_are_inclusive_where_they_say_so(void **state)
{
  const char *const allowed[] = {"separator.porosity=1",
                                 "mesh.nodes=5",
                                 "mesh.nodes=10000000",
                                 "solver.relative_tolerance=1e-12",
                                 "solver.relative_tolerance=1e-1",
                                 "separator.tortuosity=1",
                                 "anode.sei.inner.thickness=0 nm",
                                 "electrolyte.anion_charge=-1",
                                 "output.times=1"};
  const char *const refused[][2] = {
      {"separator.porosity=0", "> 0, <= 1"},
      {"separator.porosity=1.0000001", "> 0, <= 1"},
      {"electrolyte.transference_number=0", "> 0, < 1"},
      {"electrolyte.transference_number=1", "> 0, < 1"},
      {"electrolyte.cation_charge=0", ">= 1"},
      {"electrolyte.anion_charge=1", "<= -1"},
      {"electrolyte.relative_permittivity=0.9", ">= 1"},
      {"temperature=0 K", "> 0 K"},
      {"temperature=-300 degC", "> 0 K"},
      {"separator.thickness=0 um", "> 0 um"},
      {"separator.tortuosity=0.5", ">= 1"},
      {"anode.cathodic_transfer_coefficient=1", "> 0, < 1"},
      {"anode.exchange_current_density=0 A/m^2", "> 0 A/m^2"},
      {"anode.interface_capacitance=0 F/m^2", "> 0 uF/cm^2, or none"},
      {"anode.sei.outer.thickness=-1 nm", ">= 0 nm"},
      {"mesh.nodes=4", ">= 5, <= 10000000"},
      {"mesh.nodes=99999999999999999999", ">= 5, <= 10000000"},
      {"mesh.first_spacing=0", "> 0"},
      {"solver.relative_tolerance=1e-13", ">= 1e-12, <= 0.1"},
      {"solver.relative_tolerance=0.11", ">= 1e-12, <= 0.1"},
      {"onset.distance=0", "> 0"},
      {"output.times=0", ">= 1"},
      {"protocol.0.for=0 s", "> 0 s, or none"},
      {"protocol.0.current=2e12 A/m^2", ">= -1e12 A/m^2, <= 1e12 A/m^2"},
      {"separator.thickness=1e60 m", "> 0 um (0, or in SI units of a size from 1e-50 to 1e50)"},
  };

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(allowed); i++) {
    Case case_ = ReadSettings(MINIMAL, 1, &allowed[i]);

    CaseDestroy(&case_);
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(refused); i++) {
    const char *const setting = refused[i][0], *const value = strchr(setting, '=') + 1;
    char message[512];

    snprintf(message, sizeof(message), "%.*s: found '%s', allowed: %s", (int)(value - 1 - setting),
             setting, value, refused[i][1]);
    assert_setting_refused(setting, message);
  }
}

static void test_pores_let_something_through(void **state)
{
  const char *const pores[] = {"separator.porosity=0.5", "separator.bruggeman=1e6"};
  Case case_;

  (void)state;
  assert_setting_refused("separator.porosity=1e-20",
                         "separator.porosity: found 1e-20, allowed: >= 1e-12");
  assert_setting_refused("separator.tortuosity=1e13",
                         "separator.tortuosity: found 1e+13, porosity/tortuosity = 1e-13, "
                         "allowed: >= 1e-12");
  case_ = ReadSettings(MINIMAL, 1, pores);
  CaseDestroy(&case_);
  KeepErrors();
  assert_int_equal(CaseRead(PETSC_COMM_WORLD, "cell.yaml", 2, pores, &case_), PETSC_ERR_USER_INPUT);
  ForgetErrors();
}

static void test_text_with_a_zero_byte_is_refused(void **state)
{
  (void)state;
  assert_refused(ELECTROLYTE "separator: {thickness: \"25 um\\0 junk\"}\n" PROTOCOL,
                 "cell.yaml:2: found a zero byte (\\0) in a text, allowed: none");
}

static void test_bare_number_for_a_quantity_is_refused(void **state)
{
  (void)state;
  assert_refused("electrolyte: {concentration: 1}\n",
                 "cell.yaml:1: electrolyte.concentration: found '1', allowed: > 0 mol/L (the unit "
                 "is missing)");
  assert_refused(ELECTROLYTE SEPARATOR "protocol: [{voltage: 1, for: 1 h}]\n",
                 "cell.yaml:3: protocol.0.voltage: found '1', allowed: any value in V or the like "
                 "(the unit is missing)");
}

static void test_wrong_dimension_is_refused(void **state)
{
  (void)state;
  assert_refused("separator:\n  thickness: 25 s\n" PROTOCOL
                 "electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: "
                 "0.3}\n",
                 "cell.yaml:2: separator.thickness: found '25 s', allowed: > 0 um (a unit of "
                 "another dimension)");
}

static void test_unit_for_a_pure_number_is_refused(void **state)
{
  (void)state;
  assert_setting_refused("separator.porosity=40 %",
                         "separator.porosity: found '40 %', allowed: > 0, <= 1 (a bare number is "
                         "needed)");
}

static void test_integer_is_a_bare_whole_number(void **state)
{
  const char *const values[] = {"401.5", "4e2", "401 nodes", "many", ""};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(values); i++) {
    char setting[64], message[256];

    snprintf(setting, sizeof(setting), "mesh.nodes=%s", values[i]);
    snprintf(message, sizeof(message),
             "mesh.nodes: found '%s', allowed: >= 5, <= 10000000 (a bare whole number is needed)",
             values[i]);
    assert_setting_refused(setting, message);
  }
}

static void test_other_choice_is_refused_with_the_choices(void **state)
{
  (void)state;
  assert_setting_refused("electrolyte.closure=Poisson",
                         "electrolyte.closure: found 'Poisson', allowed: poisson, electroneutral");
  assert_setting_refused("electrolyte.flux_law=fick",
                         "electrolyte.flux_law: found 'fick', allowed: dilute, concentrated");
  assert_setting_refused("output.fields=some",
                         "output.fields: found 'some', allowed: none, last, all");
  assert_setting_refused("anode.kind=wall",
                         "anode.kind: found 'wall', allowed: electrode, blocking, reservoir, "
                         "selective");
}

static void test_tortuosity_stands_instead_of_bruggeman(void **state)
{
  Case case_ = ReadSettings(MINIMAL, 1, (const char *[]){"separator.tortuosity=3"});

  (void)state;
  assert_true(case_.separator.tortuosity == 3);
  CaseDestroy(&case_);
  assert_refused(ELECTROLYTE PROTOCOL
                 "separator: {thickness: 25 um,\n  bruggeman: 1.5,\n  tortuosity: 3}\n",
                 "cell.yaml:5: separator.tortuosity: found together with separator.bruggeman, "
                 "allowed: one of the two");
}

// ---- Names and shapes ----

static void test_missing_key_is_told_with_the_line_of_its_section(void **state)
{
  (void)state;
  assert_refused("title: x\nelectrolyte:\n  closure: poisson\n",
                 "cell.yaml:2: electrolyte.concentration: missing, allowed: > 0 mol/L");
  assert_refused(ELECTROLYTE PROTOCOL,
                 "cell.yaml:1: separator.thickness: missing, allowed: > 0 um");
}

static void test_unknown_key_is_told_with_the_nearest(void **state)
{
  const char *const cases[][2] = {
      {"electrolyte:\n  concentratoin: 1 M\n",
       "cell.yaml:2: electrolyte.concentratoin: unknown key; did you mean "
       "electrolyte.concentration?"},
      {"seperator: {thickness: 25 um}\n",
       "cell.yaml:1: seperator: unknown key; did you mean separator?"},
      {"concentration: 1 M\n",
       "cell.yaml:1: concentration: unknown key; did you mean electrolyte.concentration?"},
      {"anode: {sei: {iner: {thickness: 5 nm}}}\n",
       "cell.yaml:1: anode.sei.iner: unknown key; did you mean anode.sei.inner?"},
      {"counter_electrode: {knd: blocking}\n",
       "cell.yaml:1: counter_electrode.knd: unknown key; did you mean counter_electrode.kind?"},
      {"protocol:\n- {rest: 1 h}\n- {curent: 1 A/m^2}\n",
       "cell.yaml:3: protocol.1.curent: unknown key; did you mean protocol.1.current?"},
      {"electrolyte: {temperature: 300 K}\n",
       "cell.yaml:1: electrolyte.temperature: unknown key; did you mean temperature?"},
      {"\"me\\nsh\": 1\n", "cell.yaml:1: me sh: unknown key; did you mean mesh?"},
  };

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) {
    assert_refused(cases[i][0], cases[i][1]);
  }
}

// N is how `keys` writes any number; it is none itself.
static void test_placeholder_of_the_table_is_no_key(void **state)
{
  (void)state;
  assert_setting_refused("protocol.N.rest=1 h",
                         "protocol.N.rest: unknown key; did you mean protocol.N.rest?");
}

static void test_wrong_shapes_are_refused(void **state)
{
  const char *const cases[][2] = {
      {"electrolyte: {concentration: {value: 1 M}}\n",
       "cell.yaml:1: electrolyte.concentration: found a mapping, allowed: > 0 mol/L"},
      {"title: [a, b]\n", "cell.yaml:1: title: found a list, allowed: any text"},
      {"electrolyte: salt\n", "cell.yaml:1: electrolyte: found 'salt', allowed: a mapping of keys"},
      {"electrolyte:\n", "cell.yaml:1: electrolyte: found '', allowed: a mapping of keys"},
      {"anode: [1]\n", "cell.yaml:1: anode: found a list, allowed: a mapping of keys"},
      {"protocol: {rest: 1 h}\n", "cell.yaml:1: protocol: found a mapping, allowed: a list"},
      {"protocol: rest\n", "cell.yaml:1: protocol: found 'rest', allowed: a list"},
      {"protocol: [rest]\n", "cell.yaml:1: protocol.0: found 'rest', allowed: a mapping of keys"},
      {"protocol: [{until: {voltage: 2 V}}]\n",
       "cell.yaml:1: protocol.0.until: found a mapping, allowed: a list"},
      {"protocol: [{until: [[depletion]]}]\n",
       "cell.yaml:1: protocol.0.until.0: found a list, allowed: " CONDITIONS},
      {"- title\n", "cell.yaml:1: found a list, allowed: a mapping of keys"},
      {"title\n", "cell.yaml:1: found 'title', allowed: a mapping of keys"},
      {"? [a, b]\n: 1\n", "cell.yaml:1: found a list or mapping as a key, allowed: text"},
      {"mesh.nodes: 11\n",
       "cell.yaml:1: mesh.nodes: found a dot in a key, allowed: nested mappings"},
  };

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(cases); i++) {
    assert_refused(cases[i][0], cases[i][1]);
  }
}

static void test_key_given_twice_is_refused(void **state)
{
  (void)state;
  assert_refused("title: a\nmesh: {nodes: 11}\ntitle: b\n", "cell.yaml:3: duplicate key");
}

static void test_yaml_that_does_not_parse_is_refused(void **state)
{
  (void)state;
  assert_refused("title: a\nmesh: {nodes: 11\n", "cell.yaml:3: missing comma in flow mapping");
  assert_refused("mesh:\n\tnodes: 11\n",
                 "cell.yaml:2: tab character may not be used as indentation");
  assert_refused("", "cell.yaml:1: found nothing, allowed: the keys of a case");
  assert_refused("# only a comment\n", "cell.yaml:1: found nothing, allowed: the keys of a case");
  assert_refused(MINIMAL "---\n" MINIMAL,
                 "cell.yaml:1: found several YAML documents, allowed: one");
}

static void test_file_that_is_no_text_is_refused(void **state)
{
  const char *const bad[] = {"\xff",
                             "\xf9\x9e\x93\x93",
                             "\xc0\xaf",
                             "\xed\xa0\x80",
                             "\xf5\x80\x80\x80",
                             "\xe2\x82",
                             "\x01",
                             "\x7f"};

  (void)state;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(bad); i++) {
    char text[64];

    snprintf(text, sizeof(text), "mesh: {}\ntitle: a%s\n", bad[i]);
    assert_refused(text, "cell.yaml:2: found a byte that is no text, allowed: UTF-8");
  }
  WriteCell("title: a\0b\n", 11);
  assert_read_fails("cell.yaml", 0, NULL, PETSC_ERR_USER_INPUT,
                    "cell.yaml:1: found a byte that is no text, allowed: UTF-8");
}

static void test_unreadable_file_is_told(void **state)
{
  (void)state;
  assert_read_fails("nowhere.yaml", 0, NULL, PETSC_ERR_FILE_OPEN,
                    "nowhere.yaml: cannot be read: No such file or directory");
  assert_read_fails(".", 0, NULL, PETSC_ERR_FILE_OPEN, ".: cannot be read: Is a directory");
}

static void test_long_value_is_cut_in_the_message(void **state)
{
  char text[8192] = "title: x\ntemperature: ", expected[256];
  char *const value = text + strlen(text);

  (void)state;
  memset(value, '7', 8000);
  snprintf(expected, sizeof(expected),
           "cell.yaml:2: temperature: found '%.120s', allowed: > 0 K (too large a number)", value);
  assert_refused(text, expected);
}

static void test_alias_says_a_thing_once(void **state)
{
  Case case_ = Read(MINIMAL
                    "anode: &lithium {exchange_current_density: 500 A/m^2}\n"
                    "counter_electrode: {<<: *lithium, interface_capacitance: none}\n");

  (void)state;
  assert_true(case_.counter_electrode.exchange_current_density == 500);
  assert_true(case_.counter_electrode.interface_capacitance == PETSC_INFINITY);
  CaseDestroy(&case_);
}

// ---- Settings ----

static void test_settings_win_over_the_file_and_later_ones_over_earlier(void **state)
{
  const char *const settings[] = {"mesh.nodes=11", "separator.thickness=1 mm", "mesh.nodes=21"};
  Case case_ = ReadSettings(MINIMAL "mesh: {nodes: 51, first_spacing: 0.1}\n", 3, settings);

  (void)state;
  assert_int_equal(case_.mesh.nodes, 21);
  assert_true(case_.mesh.first_spacing == 0.1 && case_.separator.thickness == 1e-3);
  CaseDestroy(&case_);
}

static void test_settings_create_sections_and_append_to_lists(void **state)
{
  const char *const settings[] = {
      "anode.sei.inner.thickness=5 nm", "anode.sei.inner.conductivity=1e-6 S/m",
      "protocol.1.rest=1 h", "protocol.0.until.0=depletion", "protocol.0.until.1=voltage > 2 V"};
  Case case_ = ReadSettings(MINIMAL, 5, settings);

  (void)state;
  assert_true(case_.anode.sei.inner.thickness == 5e-9);
  assert_int_equal(case_.number_of_steps, 2);
  assert_int_equal(case_.protocol[1].kind, STEP_REST);
  assert_int_equal(case_.protocol[0].number_of_conditions, 2);
  CaseDestroy(&case_);
}

static void test_setting_of_a_section_replaces_it(void **state)
{
  const char *const settings[] = {
      "protocol=[{rest: 1 s}, {voltage: 1 V, until: [depletion, space_charge]}]",
      "protocol.1.until=depletion", "anode={kind: blocking}"};
  Case case_ = ReadSettings(MINIMAL "anode: {exchange_current_density: 5 A/m^2}\n", 3, settings);

  (void)state;
  assert_int_equal(case_.number_of_steps, 2);
  assert_int_equal(case_.protocol[1].number_of_conditions, 1);
  assert_kind(&case_.anode, "blocking");
  CaseDestroy(&case_);
}

static void test_text_of_a_setting_needs_no_yaml_quotes(void **state)
{
  Case case_ =
      ReadSettings(MINIMAL, 1, (const char *[]){"title=Sand's time: i = 5 i_lim # no comment"});

  (void)state;
  assert_string_equal(case_.title, "Sand's time: i = 5 i_lim # no comment");
  CaseDestroy(&case_);
}

static void test_bad_settings_are_refused(void **state)
{
  (void)state;
  assert_setting_refused("electrolyte.concentration=-1 mol/L",
                         "electrolyte.concentration: found '-1 mol/L', allowed: > 0 mol/L");
  assert_setting_refused("mesh.node=11", "mesh.node: unknown key; did you mean mesh.nodes?");
  assert_setting_refused("mesh.nodes", "found no key, allowed: KEY=VALUE");
  assert_setting_refused("=5", "found no key, allowed: KEY=VALUE");
  assert_setting_refused("mesh=5", "mesh: found '5', allowed: a mapping of keys");
  assert_setting_refused("title.text=5", "title.text: unknown key; did you mean title?");
  assert_setting_refused("protocol=[{rest: 1 h]", "mismatched flow sequence end");
  assert_setting_refused("title=a\xff", "found a byte that is no text, allowed: UTF-8");
}

static void test_setting_leaves_no_gap_in_a_list(void **state)
{
  (void)state;
  assert_setting_refused("protocol.2.rest=1 h", "protocol.2.rest: found number 2, allowed: 0 to 1");
  assert_setting_refused("protocol.0.until.1=depletion",
                         "protocol.0.until.1: found number 1, allowed: 0 to 0");
  assert_setting_refused("protocol.01.rest=1 h",
                         "protocol.01.rest: unknown key; did you mean protocol.N.rest?");
}

// ---- The resolved case ----

static void test_resolved_case_reads_back_to_the_same_bits(void **state)
{
  (void)state;
  assert_survives_round_trip(MINIMAL);
  assert_survives_round_trip(
      "title: \"a \\\"quoted\\\" \\\\ title: with # and\\n\\ttabs, \u00b5 \\x01\\e\"\n"
      "temperature: 31.7 degC\n"
      "electrolyte: {closure: electroneutral, concentration: 0.123 M, cation_charge: 2, "
      "cation_diffusivity: 1.1e-10 m^2/s, anion_diffusivity: 3.7e-6 cm^2/s, "
      "relative_permittivity: 33.3}\n"
      "separator: {thickness: 33 um, porosity: 0.41, tortuosity: 2.7}\n"
      "anode: {interface_capacitance: 7 uF/cm^2, zero_charge_potential: -33 mV, "
      "sei: {inner: {thickness: 5.1 nm, conductivity: 1.3e-8 S/cm}, outer: {conductivity: 3 "
      "S/m}}}\n"
      "counter_electrode: {interface_capacitance: none, reference_concentration: 0.77 M}\n"
      "protocol:\n- {current: -1.3 mA/cm^2, for: 1.7 h, until: [space_charge, voltage > 2.1 V, "
      "voltage < -1 mV, charge > 0.3 mAh/cm^2]}\n- {rest: 7 min, until: depletion}\n"
      "- {voltage: 33 mV, for: 1 day}\n- {current_ratio: 0.7, until: depletion}\n"
      "mesh: {nodes: 77, first_spacing: 0.3}\nsolver: {relative_tolerance: 3e-7, maximum_steps: "
      "9}\nonset: {distance: 3}\noutput: {times: 7, fields: last}\n");
}

static void test_every_pair_of_kinds_reads_back_to_the_same_bits(void **state)
{
  const char *const kinds[] = {"electrode", "blocking", "reservoir", "selective"};

  (void)state;
  for (int i = 0; i < 16; i++) {
    char text[1024];

    snprintf(text, sizeof(text), MINIMAL "anode: {kind: %s%s}\ncounter_electrode: {kind: %s}\n",
             kinds[i / 4],
             i / 4 < 2 ? ", interface_capacitance: 3 uF/cm^2, zero_charge_potential: 1 mV" : "",
             kinds[i % 4]);
    assert_survives_round_trip(text);
  }
}

// Whichever pair the user gave, the other one comes back with the same bits.
static void test_both_pairs_of_diffusivities_read_back_to_the_same_bits(void **state)
{
  (void)state;
  for (int i = 1; i < 20; i++) {
    char text[1024];

    snprintf(text, sizeof(text),
             "electrolyte: {concentration: 1 M, %s: %.3g m^2/s, %s: %.3g%s}\n" SEPARATOR PROTOCOL,
             i % 2 ? "diffusivity" : "cation_diffusivity", 1.37e-10 * i,
             i % 2 ? "transference_number" : "anion_diffusivity", i % 2 ? i / 20.3 : i * i * 1e-11,
             i % 2 ? "" : " m^2/s");
    assert_survives_round_trip(text);
  }
}

static void test_resolved_case_is_nested_yaml(void **state)
{
  Case case_ = ReadSettings(
      MINIMAL, 2,
      (const char *[]){"protocol.0.until=[depletion, voltage > 2 V]", "protocol.1={rest: 5 s}"});
  char *yaml;

  (void)state;
  assert_int_equal(CaseToYaml(&case_, &yaml), 0);
  assert_non_null(strstr(yaml,
                         "title: \"\"\ntemperature: 298.15 K\nelectrolyte:\n  "
                         "flux_law: dilute\n  closure: poisson\n  concentration: 1000 "
                         "mol/m^3\n  diffusivity: "));
  assert_non_null(strstr(yaml, "anode:\n  kind: electrode\n"));
  assert_non_null(strstr(yaml, "  sei:\n    inner:\n      thickness: 0 m\n    outer:\n"));
  assert_non_null(strstr(yaml,
                         "protocol:\n  - current: 100 A/m^2\n    for: 7200 s\n    until:\n"
                         "      - depletion\n      - \"voltage > 2 V\"\n  - rest: 5 s\n"));
  PetscFree(yaml);
  CaseDestroy(&case_);
}

// ---- The table for people ----

static void test_keys_print_every_key_within_the_width_of_a_page(void **state)
{
  char line[256];
  size_t keys = 0;
  FILE *const stream = tmpfile();

  (void)state;
  assert_non_null(stream);
  assert_int_equal(CaseKeysPrint(stream), 0);
  rewind(stream);
  while (fgets(line, sizeof(line), stream)) {
    assert_true(strlen(line) <= 101);
    for (size_t k = 0; k < number_of_case_keys; k++) {
      const char *const name = strstr(line, case_keys[k].name);
      const char before = name && name > line ? name[-1] : '.';

      // At the start of a line, after its section: not the word in some sentence.
      if (name && before == '.' && !memchr(line, ' ', name - line) &&
          name[strlen(case_keys[k].name)] == ' ' && line[0] != 'K') {
        keys++;
        break;
      }
    }
  }
  fclose(stream);
  assert_int_equal(keys, number_of_case_keys);
}

// The parts of a value are told with it, in the table's one way for all of them.
static void test_keys_print_the_parts_of_properties(void **state)
{
  char text[65536] = "";
  FILE *const stream = tmpfile();

  (void)state;
  assert_non_null(stream);
  assert_int_equal(CaseKeysPrint(stream), 0);
  rewind(stream);
  assert_true(fread(text, 1, sizeof(text) - 1, stream) > 0);
  fclose(stream);
  assert_non_null(strstr(text, "\nelectrolyte.diffusivity.expression "));
  assert_non_null(strstr(text, "\nelectrolyte.transference_number.unit "));
  assert_non_null(strstr(text, "\nelectrolyte.conductivity.table "));
  assert_null(strstr(text, "\nelectrolyte.concentration.expression "));
}

// A case may choose what the solver has.
static void test_every_flux_law_of_the_table_exists(void **state)
{
  const FluxLaw *law;
  const CaseKey *key;

  (void)state;
  assert_int_equal(CaseNodeFind(KEYS_OF_CASE, "electrolyte.flux_law", &key), NODE_VALUE);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(key->choices) && key->choices[i]; i++) {
    assert_int_equal(FluxLawFind(PETSC_COMM_WORLD, key->choices[i], &law), 0);
    assert_string_equal(law->name, key->choices[i]);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_minimal_case_gets_every_default),
      cmocka_unit_test(test_electrode_gets_every_default),
      cmocka_unit_test(test_case_is_destroyed_to_zero_and_twice),
      cmocka_unit_test(test_diffusivities_of_ions_follow_from_the_salt),
      cmocka_unit_test(test_salt_follows_from_the_diffusivities_of_ions),
      cmocka_unit_test(test_salt_and_ions_are_inverse_for_any_charges),
      cmocka_unit_test(test_equal_ions_make_a_salt_of_their_diffusivity),
      cmocka_unit_test(test_ions_of_a_formula_unit_are_neutral),
      cmocka_unit_test(test_multivalent_salt_starts_neutral),
      cmocka_unit_test(test_mixed_pairs_of_diffusivities_are_refused),
      cmocka_unit_test(test_front_beyond_the_middle_is_refused),
      cmocka_unit_test(test_half_a_pair_of_diffusivities_is_refused),
      cmocka_unit_test(test_electrolyte_without_diffusivity_is_refused),
      cmocka_unit_test(test_counter_electrode_takes_after_the_anode),
      cmocka_unit_test(test_kind_is_inherited_as_well),
      cmocka_unit_test(test_meaningless_keys_are_not_inherited),
      cmocka_unit_test(test_zero_charge_potential_is_not_inherited_without_stern_layer),
      cmocka_unit_test(test_zero_charge_potential_needs_a_stern_layer),
      cmocka_unit_test(test_kinetics_of_other_kinds_are_refused),
      cmocka_unit_test(test_open_ends_have_no_interface),
      cmocka_unit_test(test_only_open_ends_take_a_concentration),
      cmocka_unit_test(test_film_needs_a_conductivity),
      cmocka_unit_test(test_blocking_end_of_neutral_solution_needs_a_capacitance),
      cmocka_unit_test(test_steps_of_every_kind_are_read),
      cmocka_unit_test(test_step_has_exactly_one_control),
      cmocka_unit_test(test_step_needs_an_end),
      cmocka_unit_test(test_rest_takes_no_other_duration),
      cmocka_unit_test(test_case_needs_a_step),
      cmocka_unit_test(test_unknown_conditions_are_refused),
      cmocka_unit_test(test_threshold_needs_its_unit_and_sign),
      cmocka_unit_test(test_current_ratio_needs_a_limiting_current_in_closed_form),
      cmocka_unit_test(test_bare_electrode_dissolves_below_its_exchange_current),
      cmocka_unit_test(test_value_out_of_range_is_refused),
      cmocka_unit_test(test_bounds_are_inclusive_where_they_say_so),
      cmocka_unit_test(test_bare_number_for_a_quantity_is_refused),
      cmocka_unit_test(test_wrong_dimension_is_refused),
      cmocka_unit_test(test_unit_for_a_pure_number_is_refused),
      cmocka_unit_test(test_pores_let_something_through),
      cmocka_unit_test(test_text_with_a_zero_byte_is_refused),
      cmocka_unit_test(test_integer_is_a_bare_whole_number),
      cmocka_unit_test(test_other_choice_is_refused_with_the_choices),
      cmocka_unit_test(test_tortuosity_stands_instead_of_bruggeman),
      cmocka_unit_test(test_missing_key_is_told_with_the_line_of_its_section),
      cmocka_unit_test(test_unknown_key_is_told_with_the_nearest),
      cmocka_unit_test(test_placeholder_of_the_table_is_no_key),
      cmocka_unit_test(test_wrong_shapes_are_refused),
      cmocka_unit_test(test_key_given_twice_is_refused),
      cmocka_unit_test(test_yaml_that_does_not_parse_is_refused),
      cmocka_unit_test(test_file_that_is_no_text_is_refused),
      cmocka_unit_test(test_unreadable_file_is_told),
      cmocka_unit_test(test_long_value_is_cut_in_the_message),
      cmocka_unit_test(test_alias_says_a_thing_once),
      cmocka_unit_test(test_settings_win_over_the_file_and_later_ones_over_earlier),
      cmocka_unit_test(test_settings_create_sections_and_append_to_lists),
      cmocka_unit_test(test_setting_of_a_section_replaces_it),
      cmocka_unit_test(test_text_of_a_setting_needs_no_yaml_quotes),
      cmocka_unit_test(test_bad_settings_are_refused),
      cmocka_unit_test(test_setting_leaves_no_gap_in_a_list),
      cmocka_unit_test(test_resolved_case_reads_back_to_the_same_bits),
      cmocka_unit_test(test_every_pair_of_kinds_reads_back_to_the_same_bits),
      cmocka_unit_test(test_both_pairs_of_diffusivities_read_back_to_the_same_bits),
      cmocka_unit_test(test_resolved_case_is_nested_yaml),
      cmocka_unit_test(test_keys_print_every_key_within_the_width_of_a_page),
      cmocka_unit_test(test_keys_print_the_parts_of_properties),
      cmocka_unit_test(test_every_flux_law_of_the_table_exists),
  };

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  const int failures = cmocka_run_group_tests(tests, EnterScratchFolder, RemoveScratchFolder);
  return PetscFinalize() || failures;
}
