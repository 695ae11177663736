#include <math.h>
#include <string.h>

#include "bc/boundary_kind.h"
#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
#include "tests/support.h"

static RunResult RunProtocol(MPI_Comm comm, Case *cell, ProtocolStep steps[], PetscInt count,
                             RunInspector inspector, void *context)
{
  cell->protocol = steps;
  cell->number_of_steps = count;
  return RunOf(comm, cell, inspector, context);
}

// ---- What every accepted step keeps ------------------------------------------------------------

typedef struct {
  PetscInt steps;
  PetscReal time;                   // of the last step [s]
  PetscReal start[2];               // amount less what entered, at the first step
  PetscReal drift, current, gauss;  // worst errors, over what is allowed for them
  PetscReal charge;                 // worst |charge passed - i t|, over |i| t
} Conservation;

static void NoteDrift(Conservation *c, const HistoryRecord *record)
{
  for (PetscInt k = 0; k < 2; k++) {
    const PetscReal own = record->amount[k] - record->amount_entered[k];
    if (!c->steps) c->start[k] = own;
    c->drift = Worse(RelativeError(own, c->start[k]) / 1e-12, c->drift);
  }
}

/* -eps E = charge from the electrode's metal to the face; against 1e-8 of the charges' sum. */
static PetscErrorCode NoteGauss(Conservation *c, Transport transport, const CellState *cell,
                                PetscReal permittivity)
{
  PetscReal charge = cell->surface_charge[ANODE], size = fabs(charge);
  const Mesh *mesh;

  PetscFunctionBeginUser;
  PetscCall(TransportGetMesh(transport, &mesh));
  for (PetscInt i = 0; i < cell->nodes - 1; i++) {
    const PetscReal inside = mesh->width[i] * TransportChargeDensity(transport, cell, i);
    charge -= inside;
    size += fabs(inside);
    c->gauss = Worse(
        fabs(-permittivity * TransportElectricField(transport, cell, i) - charge) / (1e-8 * size),
        c->gauss);
  }
  PetscFunctionReturn(0);
}

#define REALISTIC_PERMITTIVITY 20.

static PetscErrorCode NoteConservation(void *context, Transport transport, const CellState *cell,
                                       Vec rate, const HistoryRecord *record)
{
  Conservation *c = context;
  CurrentDeviation deviation;

  PetscFunctionBeginUser;
  NoteDrift(c, record);
  PetscCall(FindCurrentDeviation(transport, cell, rate, record->current_density,
                                 record->time - c->time, &deviation));
  c->current = Worse(deviation.with_storage, c->current);
  c->time = record->time;
  PetscCall(NoteGauss(c, transport, cell, VACUUM_PERMITTIVITY * REALISTIC_PERMITTIVITY));
  if (record->step == 0) {
    const PetscReal passed = record->current_density * record->time;
    c->charge = Worse(RelativeError(record->charge_passed, passed), c->charge);
  }
  c->steps++;
  PetscFunctionReturn(0);
}

/* 25 um of 1 mol/L between lithium electrodes of 10 uF/cm^2. */
static Case RealisticCell(void)
{
  Case cell = BinaryCell(1, 1000, 2.2e-10, 0.3, REALISTIC_PERMITTIVITY, 25e-6);

  cell.anode = cell.counter_electrode = LithiumElectrode(1000, 1000, 0.1);
  return cell;
}

static void test_every_step_conserves_ions_current_and_charge(PETSC_UNUSED void **state)
{
  Case cell = RealisticCell();
  ProtocolStep steps[] = {{.kind = STEP_CURRENT_RATIO, .value = 0.8, .duration = 1},
                          {.kind = STEP_REST, .duration = 1},
                          {.kind = STEP_CURRENT_RATIO, .value = -0.8, .duration = 1}};
  Conservation worst = {0};
  RunResult result = RunProtocol(PETSC_COMM_WORLD, &cell, steps, 3, NoteConservation, &worst);

  assert_on_all(result.status == RUN_DONE && result.steps == worst.steps);
  assert_at_most(worst.drift, 1);
  assert_at_most(worst.current, 1);
  assert_at_most(worst.gauss, 1);
  assert_at_most(worst.charge, 1e-8);
  CallOrAbort(RunResultDestroy(&result));
}

/* Ends at the condition alone, which it borrows. */
static ProtocolStep Until(Condition *condition, StepKind kind, PetscReal value)
{
  return (ProtocolStep){.kind = kind,
                        .value = value,
                        .duration = PETSC_INFINITY,
                        .number_of_conditions = 1,
                        .until = condition};
}

// ---- Steady states -----------------------------------------------------------------------------

typedef struct {
  PetscReal cation[2];  // at the walls [mol/m^3]
  PetscReal voltage;    // [V]
} LastStep;

static PetscErrorCode NoteLast(void *context, PETSC_UNUSED Transport transport,
                               const CellState *cell, PETSC_UNUSED Vec rate,
                               const HistoryRecord *record)
{
  LastStep *last = context;

  last->cation[ANODE] = cell->node[0].concentration[0];
  last->cation[COUNTER_ELECTRODE] = cell->node[cell->nodes - 1].concentration[0];
  last->voltage = record->cell_voltage;
  return 0;
}

/* Without a double layer the reacting ion charges the interface, and the salt moves as it does when
   it plates: 2 (1 - t_+) i/F sqrt(t/(pi D)) at either end. */
static void test_charging_moves_the_salt_of_a_neutral_cell(PETSC_UNUSED void **state)
{
  const PetscReal current = 10, duration = 0.1, diffusivity = 2e-10;
  const PetscReal expected =
      2 * (1 - 0.3) * current / FARADAY * sqrt(duration / (PETSC_PI * diffusivity));
  ProtocolStep step = {.kind = STEP_CURRENT, .value = current, .duration = duration};
  Case cell = BinaryCell(1, 1000, diffusivity, 0.3, 20, 1e-3);
  LastStep last = {0};
  RunResult result;

  cell.electrolyte.closure = CLOSURE_ELECTRONEUTRAL;
  cell.anode = cell.counter_electrode = BlockingElectrode(0.1);
  cell.mesh.nodes = 401;
  result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NoteLast, &last);
  assert_close(1000 - last.cation[ANODE], expected, 1e-3);
  assert_close(last.cation[COUNTER_ELECTRODE] - 1000, expected, 1e-3);
  CallOrAbort(RunResultDestroy(&result));
}

// i (1 - t_+) L/(2 F D) = 327.97 mol/m^3 from the middle to either end.
static void test_steady_profile_of_the_polymer_cell(PETSC_UNUSED void **state)
{
  Case cell = PolymerCell();
  ProtocolStep step = {.kind = STEP_CURRENT, .value = 10, .duration = 1e6};
  LastStep last = {0};
  RunResult result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NoteLast, &last);

  assert_at_most(fabs(last.cation[ANODE] - (2000 - 327.97)), 0.01);
  assert_at_most(fabs(last.cation[COUNTER_ELECTRODE] - (2000 + 327.97)), 0.01);
  CallOrAbort(RunResultDestroy(&result));
}

// Below the limiting current no depletion comes: the run says so, and has an end.
static void test_step_that_waits_in_vain_fails(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-2);
  Condition depletion = {.event = EVENT_DEPLETION};
  ProtocolStep step = Until(&depletion, STEP_CURRENT_RATIO, 0.5);
  LastStep last = {0};
  RunResult result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NoteLast, &last);

  assert_on_all(result.status == RUN_FAILED);
  assert_on_all(strstr(result.reason, "until") != NULL);
  CallOrAbort(RunResultDestroy(&result));
}

/* A voltage brings its charge however small it is, only none at all does not. */
static void test_wait_for_a_charge_without_current_fails(PETSC_UNUSED void **state)
{
  const PetscReal voltage[] = {0, 1e-9};
  Condition charge = {.event = EVENT_CHARGE_LIMIT, .above = PETSC_TRUE, .threshold = 3600};

  for (size_t v = 0; v < PETSC_STATIC_ARRAY_LENGTH(voltage); v++) {
    Case cell = LithiumFilm(1e-2);
    ProtocolStep step = Until(&charge, STEP_VOLTAGE, voltage[v]);
    RunResult result;

    cell.solver.maximum_steps = 1000;
    result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NULL, NULL);
    assert_on_all(result.status == (voltage[v] == 0 ? RUN_FAILED : RUN_DONE));
    assert_on_all(voltage[v] > 0 || strstr(result.reason, "until") != NULL);
    CallOrAbort(RunResultDestroy(&result));
  }
}

/* A rest so long that the next step's output times differ in digits its end has no more. */
static void test_short_step_after_a_long_one_ends(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-2);
  ProtocolStep steps[] = {{.kind = STEP_REST, .duration = 1e7},
                          {.kind = STEP_CURRENT_RATIO, .value = 0.5, .duration = 1e-7}};
  LastStep last = {0};
  RunResult result;

  cell.output.fields = FIELDS_ALL;
  cell.output.times = 200;
  result = RunProtocol(PETSC_COMM_WORLD, &cell, steps, 2, NoteLast, &last);
  assert_on_all(result.status == RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
}

static void test_open_ends_hold_their_concentration(PETSC_UNUSED void **state)
{
  const BoundaryKind *const kinds[] = {&boundary_kind_reservoir, &boundary_kind_selective};

  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(kinds); n++) {
    Case cell = LithiumFilm(1e-2);
    ProtocolStep step = {.kind = STEP_CURRENT, .value = 100, .duration = 0.1};
    LastStep last = {0};
    RunResult result;

    cell.counter_electrode = OpenBoundary(kinds[n], 1000);
    result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NoteLast, &last);
    assert_on_all(result.status == RUN_DONE);
    assert_close(last.cation[COUNTER_ELECTRODE], 1000, 1e-6);
    CallOrAbort(RunResultDestroy(&result));
  }
}

// ---- How a run ends ----------------------------------------------------------------------------

static void test_event_named_in_until_ends_the_step_there(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-3);
  Condition depletion = {.event = EVENT_DEPLETION};
  ProtocolStep step = Until(&depletion, STEP_CURRENT_RATIO, 5);
  RunResult result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NULL, NULL);

  assert_on_all(result.status == RUN_DONE && result.number_of_events == 1);
  assert_on_all(result.events[0].kind == EVENT_DEPLETION);
  assert_on_all(result.final.time == result.depletion_time);
  CallOrAbort(RunResultDestroy(&result));
}

static void test_voltage_limit_ends_at_the_voltage(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-3);
  Condition limit = {.event = EVENT_VOLTAGE_LIMIT, .above = PETSC_TRUE, .threshold = 1};
  ProtocolStep step = Until(&limit, STEP_CURRENT_RATIO, 5);
  RunResult result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NULL, NULL);

  assert_on_all(result.status == RUN_DONE);
  assert_close(result.final.cell_voltage, 1, 1e-6);
  CallOrAbort(RunResultDestroy(&result));
}

// The overpotential at 30 i_0 is far from the zero that Newton's method begins from.
static void test_current_far_above_the_exchange_current_can_be_switched_on(
    PETSC_UNUSED void **state)
{
  Case cell = PolymerCell();
  ProtocolStep step = {.kind = STEP_CURRENT, .value = 300, .duration = 1};
  RunResult result;

  cell.anode.exchange_current_density = cell.counter_electrode.exchange_current_density = 10;
  result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NULL, NULL);
  assert_on_all(result.status == RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
}

static void test_stop_flag_stops_the_run(PETSC_UNUSED void **state)
{
  const volatile sig_atomic_t stop = 1;
  Case cell = LithiumFilm(1e-3);
  ProtocolStep step = {.kind = STEP_CURRENT_RATIO, .value = 0.5, .duration = 1};
  RunResult result;
  Run run;

  cell.protocol = &step;
  cell.number_of_steps = 1;
  CallOrAbort(RunCreate(PETSC_COMM_WORLD, &cell, &run));
  CallOrAbort(RunSetStopFlag(run, &stop));
  CallOrAbort(RunExecute(run, &result));
  CallOrAbort(RunDestroy(&run));
  assert_on_all(result.status == RUN_STOPPED && result.final.time < 1);
  CallOrAbort(RunResultDestroy(&result));
}

/* A cell that is not at rest to begin with: its electrodes have to be charged. */
static Case RestlessFilm(void)
{
  Case cell = LithiumFilm(1e-3);

  cell.anode.zero_charge_potential = 0.1;
  return cell;
}

static void test_coming_to_rest_can_be_stopped(PETSC_UNUSED void **state)
{
  const volatile sig_atomic_t stop = 1;
  Case cell = RestlessFilm();
  ProtocolStep step = {.kind = STEP_REST, .duration = 1};
  RunResult result;
  Run run;

  cell.protocol = &step;
  cell.number_of_steps = 1;
  CallOrAbort(RunCreate(PETSC_COMM_WORLD, &cell, &run));
  CallOrAbort(RunSetStopFlag(run, &stop));
  CallOrAbort(RunExecute(run, &result));
  CallOrAbort(RunDestroy(&run));
  assert_on_all(result.status == RUN_STOPPED && result.steps == 1);
  CallOrAbort(RunResultDestroy(&result));
}

static void test_coming_to_rest_takes_no_more_steps_than_allowed(PETSC_UNUSED void **state)
{
  Case cell = RestlessFilm();
  ProtocolStep step = {.kind = STEP_REST, .duration = 1};
  RunResult result;

  cell.solver.maximum_steps = 5;
  result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NULL, NULL);
  assert_on_all(result.status == RUN_FAILED && result.steps == 5);
  assert_non_null(strstr(result.reason, "solver.maximum_steps"));
  CallOrAbort(RunResultDestroy(&result));
}

static void test_too_many_steps_fail_with_a_reason(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-3);
  ProtocolStep step = {.kind = STEP_CURRENT_RATIO, .value = 0.5, .duration = 1};
  RunResult result;

  cell.solver.maximum_steps = 5;
  result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NULL, NULL);
  assert_on_all(result.status == RUN_FAILED && result.steps == 5);
  assert_non_null(strstr(result.reason, "solver.maximum_steps"));
  CallOrAbort(RunResultDestroy(&result));
}

/* Five nodes and two boundaries are seven block rows: two each for three ranks, one for a fourth.
 */
static void test_mesh_too_small_for_the_ranks_is_refused(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-2);
  PetscErrorCode few, many;

  cell.mesh.nodes = 7;
  CallOrAbort(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  few = RunCheckRanks(PETSC_COMM_WORLD, &cell, 3);
  many = RunCheckRanks(PETSC_COMM_WORLD, &cell, 4);
  CallOrAbort(PetscPopErrorHandler());
  assert_on_all(few == 0 && many == PETSC_ERR_USER_INPUT);
}

static void test_parallel_onsets_are_the_serial_ones(PETSC_UNUSED void **state)
{
  Case cell = LithiumFilm(1e-3);
  Condition space_charge = {.event = EVENT_SPACE_CHARGE};
  ProtocolStep step = Until(&space_charge, STEP_CURRENT_RATIO, 5);
  RunResult parallel, serial;

  parallel = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NULL, NULL);
  serial = RunProtocol(PETSC_COMM_SELF, &cell, &step, 1, NULL, NULL);
  assert_close(parallel.depletion_time, serial.depletion_time, 1e-6);
  assert_close(parallel.space_charge_time, serial.space_charge_time, 1e-6);
  assert_close(parallel.final.cell_voltage, serial.final.cell_voltage, 1e-4);
  CallOrAbort(RunResultDestroy(&parallel));
  CallOrAbort(RunResultDestroy(&serial));
}

// ---- Double layers -----------------------------------------------------------------------------

/* One of the two equal double layers of a cell of bare blocking electrodes. */
typedef struct {
  PetscReal charge;           // of the electrode [C/m^2]
  PetscReal drop;             // from the middle to the wall [V]
  PetscReal pressure_spread;  // worst difference of pressure from the middle's, over the latter
} DoubleLayer;

static PetscReal Pressure(Transport transport, const CellState *cell, PetscInt i,
                          PetscReal permittivity)
{
  const PetscReal field = TransportElectricField(transport, cell, i);
  PetscReal sum = 0;

  for (PetscInt k = 0; k < 2; k++) {
    sum += 0.5 * (cell->node[i].concentration[k] + cell->node[i + 1].concentration[k]);
  }
  return sum * GAS_CONSTANT * 298.15 - 0.5 * permittivity * PetscSqr(field);
}

static PetscErrorCode NoteDoubleLayer(void *context, Transport transport, const CellState *cell,
                                      PETSC_UNUSED Vec rate,
                                      PETSC_UNUSED const HistoryRecord *record)
{
  const PetscReal permittivity = 78.49 * VACUUM_PERMITTIVITY;
  const PetscInt middle = cell->nodes / 2;
  const PetscReal bulk = Pressure(transport, cell, middle, permittivity);
  DoubleLayer *layer = context;

  layer->charge = cell->surface_charge[ANODE];
  layer->drop =
      TransportPotential(transport, cell, middle) - TransportPotential(transport, cell, 0);
  layer->pressure_spread = 0;
  for (PetscInt i = 0; i < middle; i++) {
    const PetscReal pressure = Pressure(transport, cell, i, permittivity);
    layer->pressure_spread = Worse(RelativeError(pressure, bulk), layer->pressure_spread);
  }
  return 0;
}

/* After a long time at `voltage` across 0.01 mol/L in water. */
static DoubleLayer EquilibriumAt(PetscReal voltage, PetscInt nodes)
{
  Case cell = BinaryCell(1, 10, 1e-9, 0.5, 78.49, 1e-3);
  // A thousand times L^2/D.
  ProtocolStep step = {.kind = STEP_VOLTAGE, .value = voltage, .duration = 1e6};
  DoubleLayer layer;
  RunResult result;

  cell.mesh = (MeshParameters){.nodes = nodes, .first_spacing = 4. / nodes};
  result = RunProtocol(PETSC_COMM_WORLD, &cell, &step, 1, NoteDoubleLayer, &layer);
  assert_on_all(result.status == RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
  return layer;
}

/* Second order in the spacing: what two meshes extrapolate to. */
static PetscReal Extrapolated(PetscReal coarse, PetscReal fine)
{
  return fine + (fine - coarse) / 3;
}

// C = eps/lambda_D.
static void test_wall_at_zero_charge_has_gouys_capacitance(PETSC_UNUSED void **state)
{
  const DoubleLayer coarse = EquilibriumAt(1e-4, 201), fine = EquilibriumAt(1e-4, 401);

  assert_close(Extrapolated(coarse.charge / coarse.drop, fine.charge / fine.drop), 0.22846692,
               1e-5);
}

/* dq/dV around 0.1 V across one layer. */
static PetscReal DifferentialCapacitance(PetscInt nodes)
{
  const DoubleLayer below = EquilibriumAt(0.1998, nodes), above = EquilibriumAt(0.2002, nodes);

  return (above.charge - below.charge) / (above.drop - below.drop);
}

// C = (eps/lambda_D) cosh(F phi/(2 R T)).
static void test_capacitance_grows_by_chapmans_hyperbolic_cosine(PETSC_UNUSED void **state)
{
  const PetscReal law = 0.22846692 * cosh(0.1 * FARADAY / (2 * GAS_CONSTANT * 298.15));

  assert_close(Extrapolated(DifferentialCapacitance(201), DifferentialCapacitance(401)), law, 1e-3);
}

static void test_pressure_is_constant_through_an_equilibrium_double_layer(PETSC_UNUSED void **state)
{
  const DoubleLayer coarse = EquilibriumAt(0.1, 201), fine = EquilibriumAt(0.1, 401);

  assert_at_most(fine.pressure_spread, 2.5e-3);
  assert_at_most(fabs(log2(coarse.pressure_spread / fine.pressure_spread) - 2), 0.2);
}

/* In a cell of a millimetre the last digits of the stored concentrations are, over the nanoseconds
   after a switch, a current that must not be taken for an error of the step. */
static void test_wide_polarised_cell_can_be_switched_between_controls(PETSC_UNUSED void **state)
{
  Case cell = RealisticCell();
  ProtocolStep steps[] = {{.kind = STEP_CURRENT_RATIO, .value = 2, .duration = 100},
                          {.kind = STEP_REST, .duration = 100},
                          {.kind = STEP_VOLTAGE, .value = 0.1, .duration = 100},
                          {.kind = STEP_VOLTAGE, .value = -0.1, .duration = 100},
                          {.kind = STEP_CURRENT, .value = -20, .duration = 100},
                          {.kind = STEP_CURRENT_RATIO, .value = -2, .duration = 100}};
  RunResult result;

  cell.separator.thickness = 1e-3;
  result = RunProtocol(PETSC_COMM_WORLD, &cell, steps, 6, NULL, NULL);
  assert_on_all(result.status == RUN_DONE);
  assert_close(result.final.time, 600, 1e-12);
  CallOrAbort(RunResultDestroy(&result));
}

// The steps after a switch are as short as 1e-14 s, also where the switch comes at 500 s.
static void test_late_switch_has_time_for_the_shortest_steps(PETSC_UNUSED void **state)
{
  Case cell = BinaryCell(1, 1000, 1.7694e-10, 0.2594, 20, 1e-6);
  ProtocolStep steps[] = {{.kind = STEP_VOLTAGE, .value = -0.0005, .duration = 500},
                          {.kind = STEP_VOLTAGE, .value = 0.1, .duration = 500}};
  RunResult result;

  cell.electrolyte.ion[0].size = cell.electrolyte.ion[1].size = 0.7e-9;
  cell.mesh.nodes = 401;
  cell.mesh.first_spacing = 0.2;
  cell.solver.relative_tolerance = 1e-7;
  result = RunProtocol(PETSC_COMM_WORLD, &cell, steps, 2, NULL, NULL);
  assert_on_all(result.status == RUN_DONE);
  CallOrAbort(RunResultDestroy(&result));
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_step_conserves_ions_current_and_charge),
      cmocka_unit_test(test_charging_moves_the_salt_of_a_neutral_cell),
      cmocka_unit_test(test_steady_profile_of_the_polymer_cell),
      cmocka_unit_test(test_step_that_waits_in_vain_fails),
      cmocka_unit_test(test_wait_for_a_charge_without_current_fails),
      cmocka_unit_test(test_short_step_after_a_long_one_ends),
      cmocka_unit_test(test_open_ends_hold_their_concentration),
      cmocka_unit_test(test_event_named_in_until_ends_the_step_there),
      cmocka_unit_test(test_voltage_limit_ends_at_the_voltage),
      cmocka_unit_test(test_current_far_above_the_exchange_current_can_be_switched_on),
      cmocka_unit_test(test_wide_polarised_cell_can_be_switched_between_controls),
      cmocka_unit_test(test_late_switch_has_time_for_the_shortest_steps),
      cmocka_unit_test(test_stop_flag_stops_the_run),
      cmocka_unit_test(test_too_many_steps_fail_with_a_reason),
      cmocka_unit_test(test_coming_to_rest_can_be_stopped),
      cmocka_unit_test(test_coming_to_rest_takes_no_more_steps_than_allowed),
      cmocka_unit_test(test_mesh_too_small_for_the_ranks_is_refused),
      cmocka_unit_test(test_parallel_onsets_are_the_serial_ones),
      cmocka_unit_test(test_wall_at_zero_charge_has_gouys_capacitance),
      cmocka_unit_test(test_capacitance_grows_by_chapmans_hyperbolic_cosine),
      cmocka_unit_test(test_pressure_is_constant_through_an_equilibrium_double_layer),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
