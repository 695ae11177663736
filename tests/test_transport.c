#include <math.h>
#include <petscdm.h>

#include "bc/boundary_kind.h"
#include "solver/closed_forms.h"
#include "solver/integrator.h"
#include "solver/transport_impl.h"
#include "tests/support.h"

// ---- The Jacobian against differences of the residual ------------------------------------------

#define SHIFT 3e5  // 1/time step [1/s]

/* A transport with a state, and the rate an integrator's step from another state would give. */
typedef struct {
  Transport transport;
  Vec state, offset, rate, residual, work;
  PetscMPIInt ranks;
} Probe;

/* A rough field, the same on any number of ranks, between -1 and 1. */
static PetscReal Rough(PetscInt i, PetscReal frequency)
{
  return sin(frequency * (i + 1) * (i + 3));
}

/* Logarithms and potentials of the nodes, amounts and interface variables beside them. */
static void FillRough(Transport t, PetscReal frequency, Vec state)
{
  PetscScalar *u;

  CallOrAbort(VecGetArray(state, &u));
  for (PetscInt i = 0; i < t->count * t->dof; i++) {
    u[i] = 1.5 * Rough(t->first * t->dof + i, frequency);
  }
  CallOrAbort(VecRestoreArray(state, &u));
}

/* Lets the anions fall by `depth` logarithms from the counter electrode to the anode; of a negative
   depth, the cations, which react. */
static void Deepen(Transport t, PetscReal depth, Vec state)
{
  PetscScalar *u;

  CallOrAbort(VecGetArray(state, &u));
  for (PetscInt b = 0; b < t->count; b++) {
    const PetscReal share = 1 - (t->first + b) / (t->blocks - 1.);
    if (BlockIsNode(t, t->first + b)) u[b * t->dof + (depth > 0)] -= fabs(depth) * share;
  }
  CallOrAbort(VecRestoreArray(state, &u));
}

static Probe ProbeCreate(const Case *cell, ControlKind control, PetscReal value, PetscReal depth)
{
  Probe probe;
  DM dm;

  CallOrAbort(TransportCreate(PETSC_COMM_WORLD, cell, &probe.transport));
  CallOrAbort(MPI_Comm_size(PETSC_COMM_WORLD, &probe.ranks));
  CallOrAbort(TransportGetDM(probe.transport, &dm));
  CallOrAbort(DMCreateGlobalVector(dm, &probe.state));
  CallOrAbort(VecDuplicate(probe.state, &probe.offset));
  CallOrAbort(VecDuplicate(probe.state, &probe.rate));
  CallOrAbort(VecDuplicate(probe.state, &probe.residual));
  CallOrAbort(VecDuplicate(probe.state, &probe.work));
  CallOrAbort(TransportSetUniform(probe.transport, probe.state));
  CallOrAbort(TransportSetControl(probe.transport, control, value, probe.state));
  FillRough(probe.transport, 0.7, probe.work);
  Deepen(probe.transport, depth, probe.work);
  CallOrAbort(TransportTransientVariable(NULL, probe.work, probe.offset, probe.transport));
  CallOrAbort(VecScale(probe.offset, -SHIFT));
  FillRough(probe.transport, 1.1, probe.state);
  Deepen(probe.transport, depth, probe.state);
  return probe;
}

static void ProbeDestroy(Probe *probe)
{
  CallOrAbort(VecDestroy(&probe->state));
  CallOrAbort(VecDestroy(&probe->offset));
  CallOrAbort(VecDestroy(&probe->rate));
  CallOrAbort(VecDestroy(&probe->residual));
  CallOrAbort(VecDestroy(&probe->work));
  CallOrAbort(TransportDestroy(&probe->transport));
}

static void SetRate(Probe *probe, Vec state)
{
  CallOrAbort(TransportTransientVariable(NULL, state, probe->rate, probe->transport));
  CallOrAbort(VecAYPX(probe->rate, SHIFT, probe->offset));
}

/* sum_k |z_k| c_k [mol/m^3]. */
static PetscReal Equivalents(Transport t, const NodeState *node)
{
  PetscReal total = 0;

  for (PetscInt k = 0; k < t->ions; k++) total += fabs(t->flux.charge[k]) * node->concentration[k];
  return total;
}

/* Residual with one unknown changed. A mass balance is divided by its node's own c_k/c_k,0, and
   neutrality by its equivalents, scales that the Jacobian takes for constants: the changed block's
   are put back to what they were. */
static void ResidualBeside(Probe *probe, PetscInt unknown, PetscReal change, Vec residual)
{
  Transport t = probe->transport;
  const PetscInt block = unknown / t->dof;

  CallOrAbort(VecCopy(probe->state, probe->work));
  CallOrAbort(VecSetValue(probe->work, unknown, change / probe->ranks, ADD_VALUES));
  CallOrAbort(VecAssemblyBegin(probe->work));
  CallOrAbort(VecAssemblyEnd(probe->work));
  SetRate(probe, probe->work);
  CallOrAbort(TransportResidual(NULL, 0, probe->work, probe->rate, residual, t));
  if (BlockIsNode(t, block) && BlockIsOwned(t, block)) {
    const PetscInt first = (block - t->first) * t->dof;
    const PetscScalar *before, *after;
    PetscScalar *f;
    NodeState from, to;

    CallOrAbort(VecGetArray(residual, &f));
    CallOrAbort(VecGetArrayRead(probe->state, &before));
    CallOrAbort(VecGetArrayRead(probe->work, &after));
    TransportUnpackNode(t, before + first, &from);
    TransportUnpackNode(t, after + first, &to);
    for (PetscInt k = 0; k < t->ions; k++) {
      if (RowTakesEntry(t, block, k)) continue;
      f[first + k] *= exp(to.log_ratio[k] - from.log_ratio[k]);
    }
    if (t->closure == CLOSURE_ELECTRONEUTRAL) {
      f[first + t->ions] *= Equivalents(t, &to) / Equivalents(t, &from);
    }
    CallOrAbort(VecRestoreArrayRead(probe->state, &before));
    CallOrAbort(VecRestoreArrayRead(probe->work, &after));
    CallOrAbort(VecRestoreArray(residual, &f));
  }
}

/* Central differences of steps h and h/2, extrapolated to the fourth order. */
static void DifferenceColumn(Probe *probe, PetscInt unknown, PetscReal step, Vec column)
{
  CallOrAbort(VecZeroEntries(column));
  for (PetscInt half = 0; half <= 1; half++) {
    const PetscReal h = half ? 0.5 * step : step, weight = half ? 4. / 3 : -1. / 3;
    for (PetscInt sign = -1; sign <= 1; sign += 2) {
      ResidualBeside(probe, unknown, sign * h, probe->residual);
      CallOrAbort(VecAXPY(column, sign * weight / (2 * h), probe->residual));
    }
  }
}

static void AnalyticJacobian(Probe *probe, Mat *jacobian, Vec row_size)
{
  CallOrAbort(TransportCreateJacobian(probe->transport, jacobian));
  SetRate(probe, probe->state);
  CallOrAbort(TransportJacobian(NULL, 0, probe->state, probe->rate, SHIFT, *jacobian, *jacobian,
                                probe->transport));
  CallOrAbort(MatGetRowMaxAbs(*jacobian, row_size, NULL));
}

/* Largest difference of an entry, over the largest entry of its row. */
static PetscReal JacobianError(const Case *cell, ControlKind control, PetscReal depth)
{
  Probe probe = ProbeCreate(cell, control, control == CONTROL_CURRENT ? 100 : 0.1, depth);
  Vec row_size, column, difference;
  PetscInt unknowns;
  PetscReal worst = 0;
  Mat jacobian;

  CallOrAbort(VecDuplicate(probe.state, &row_size));
  CallOrAbort(VecDuplicate(probe.state, &column));
  CallOrAbort(VecDuplicate(probe.state, &difference));
  AnalyticJacobian(&probe, &jacobian, row_size);
  CallOrAbort(VecGetSize(probe.state, &unknowns));
  for (PetscInt j = 0; j < unknowns; j++) {
    // A long step has less rounding, a short one does not reach over the ends of a flux's pieces.
    static const PetscReal steps[] = {2e-3, 1e-4};
    PetscReal least = PETSC_INFINITY;

    for (PetscInt s = 0; s < 2; s++) {
      PetscReal error;

      CallOrAbort(VecZeroEntries(probe.work));
      CallOrAbort(VecSetValue(probe.work, j, 1, INSERT_VALUES));
      CallOrAbort(VecAssemblyBegin(probe.work));
      CallOrAbort(VecAssemblyEnd(probe.work));
      CallOrAbort(MatMult(jacobian, probe.work, column));
      DifferenceColumn(&probe, j, steps[s], difference);
      CallOrAbort(VecAXPY(difference, -1, column));
      CallOrAbort(VecPointwiseDivide(difference, difference, row_size));
      CallOrAbort(VecNorm(difference, NORM_INFINITY, &error));
      if (isnan(error) || error < least) least = error;
    }
    worst = Worse(least, worst);
  }
  CallOrAbort(MatDestroy(&jacobian));
  CallOrAbort(VecDestroy(&row_size));
  CallOrAbort(VecDestroy(&column));
  CallOrAbort(VecDestroy(&difference));
  ProbeDestroy(&probe);
  return worst;
}

/* Twelve nodes of a cell whose Debye length is a fifth of its thickness. */
static Case SmallCell(Closure closure, Boundary anode, Boundary counter_electrode)
{
  Case cell = LithiumFilm(0.2);

  cell.electrolyte.closure = closure;
  cell.separator.porosity = 0.6;
  cell.mesh = (MeshParameters){.nodes = 12, .first_spacing = 0.3};
  cell.anode = anode;
  cell.counter_electrode = counter_electrode;
  return cell;
}

static Boundary FilmedElectrode(void)
{
  Boundary electrode = LithiumElectrode(30, 1000, 0.1);

  electrode.zero_charge_potential = 0.02;
  electrode.sei = (SolidElectrolyteInterphase){{2e-9, 1e-7, 0}, {2e-8, 1e-5, 0}};
  return electrode;
}

static void AssertJacobian(Closure closure)
{
  const Boundary ends[] = {LithiumElectrode(30, 1000, 0.1),
                           FilmedElectrode(),
                           LithiumElectrode(30, 1000, PETSC_INFINITY),
                           OpenBoundary(&boundary_kind_reservoir, 1500),
                           OpenBoundary(&boundary_kind_selective, 1500),
                           BlockingElectrode(0.1),
                           BlockingElectrode(PETSC_INFINITY)};
  // A bare blocking electrode has neither reaction nor charge in the electroneutral closure.
  const size_t kinds =
      PETSC_STATIC_ARRAY_LENGTH(ends) - (closure == CLOSURE_ELECTRONEUTRAL ? 1 : 0);

  for (size_t pair = 0; pair < kinds * kinds; pair++) {
    const Case cell = SmallCell(closure, ends[pair % kinds], ends[pair / kinds]);

    assert_at_most(JacobianError(&cell, CONTROL_CURRENT, 0), 1e-9);
    assert_at_most(JacobianError(&cell, CONTROL_VOLTAGE, 0), 1e-9);
  }
}

static void test_poisson_jacobian_is_the_residuals_difference(PETSC_UNUSED void **state)
{
  AssertJacobian(CLOSURE_POISSON);
}

static void test_electroneutral_jacobian_is_the_residuals_difference(PETSC_UNUSED void **state)
{
  AssertJacobian(CLOSURE_ELECTRONEUTRAL);
}

// ln c_- below -300 at one end, and below -720, past the smallest double; and so ln c_+, whose
// balance at the wall has the current in it.
static void test_jacobian_holds_where_an_ion_is_all_but_gone(PETSC_UNUSED void **state)
{
  const PetscReal depths[] = {360, 800, -360, -800};

  for (size_t d = 0; d < PETSC_STATIC_ARRAY_LENGTH(depths); d++) {
    const Case cell =
        SmallCell(CLOSURE_POISSON, LithiumElectrode(30, 1000, 0.1), FilmedElectrode());

    assert_at_most(JacobianError(&cell, CONTROL_CURRENT, depths[d]), 1e-9);
    assert_at_most(JacobianError(&cell, CONTROL_VOLTAGE, depths[d]), 1e-9);
  }
}

/* Ions of two sizes, which fill a quarter of the volume at the start. */
static void TakeSpace(Electrolyte *electrolyte)
{
  electrolyte->ion[0].size = 5e-10;
  electrolyte->ion[1].size = 7e-10;
}

static void test_jacobian_holds_for_ions_that_take_space(PETSC_UNUSED void **state)
{
  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Case cell = SmallCell(closure, FilmedElectrode(), LithiumElectrode(30, 800, PETSC_INFINITY));

    TakeSpace(&cell.electrolyte);
    assert_at_most(JacobianError(&cell, CONTROL_CURRENT, 0), 1e-9);
    cell.anode = OpenBoundary(&boundary_kind_reservoir, 1300);
    assert_at_most(JacobianError(&cell, CONTROL_VOLTAGE, 0), 1e-9);
  }
}

// To 3e-8: the third derivatives of the properties' splines jump, which a difference sees.
static void test_jacobian_holds_for_measured_solutions(PETSC_UNUSED void **state)
{
  const PetscReal depths[] = {0, 360, 800};

  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    for (size_t d = 0; d < (closure == CLOSURE_POISSON ? 3 : 1); d++) {
      Case cell = SmallCell(closure, FilmedElectrode(), LithiumElectrode(30, 800, PETSC_INFINITY));

      UseMeasuredElectrolyte(&cell.electrolyte);
      assert_at_most(JacobianError(&cell, CONTROL_CURRENT, depths[d]), 3e-8);
      cell.anode = OpenBoundary(&boundary_kind_selective, 1300);
      assert_at_most(JacobianError(&cell, CONTROL_VOLTAGE, depths[d]), 3e-8);
      TakeSpace(&cell.electrolyte);
      cell.electrolyte.ion[1].size = cell.electrolyte.ion[0].size;
      assert_at_most(JacobianError(&cell, CONTROL_CURRENT, 0), 3e-8);
      DestroyMeasured(&cell.electrolyte);
    }
  }
}

/* Lithium, a heavier cation and their common anion. */
static void AddSupportingSalt(Electrolyte *electrolyte)
{
  const Ion ion[] = {{.name = "Li", .charge = 1, .diffusivity = 1e-10, .concentration = 1000},
                     {.name = "Mg", .charge = 2, .diffusivity = 0.5e-10, .concentration = 300},
                     {.name = "PF6", .charge = -1, .diffusivity = 3e-10, .concentration = 1600}};

  electrolyte->number_of_ions = 3;
  for (PetscInt k = 0; k < 3; k++) electrolyte->ion[k] = ion[k];
}

static void test_jacobian_holds_with_three_ions(PETSC_UNUSED void **state)
{
  for (Closure closure = CLOSURE_POISSON; closure <= CLOSURE_ELECTRONEUTRAL; closure++) {
    Case cell = SmallCell(closure, FilmedElectrode(), LithiumElectrode(30, 800, PETSC_INFINITY));

    AddSupportingSalt(&cell.electrolyte);
    assert_at_most(JacobianError(&cell, CONTROL_CURRENT, 0), 1e-9);
    TakeSpace(&cell.electrolyte);
    assert_at_most(JacobianError(&cell, CONTROL_CURRENT, 0), 1e-9);
    cell.anode = OpenBoundary(&boundary_kind_reservoir, 1300);
    assert_at_most(JacobianError(&cell, CONTROL_VOLTAGE, 0), 1e-9);
  }
}

// ---- Order in time -----------------------------------------------------------------------------

typedef struct {
  Transport transport;
  PetscReal duration;
} Ramp;

/* i(t) ~ t^4: smooth from rest on, so that the first steps of low order cost nothing. */
static PetscErrorCode SetRampCurrent(TS ts, PetscReal stage_time)
{
  Ramp *ramp;
  DM dm;
  Vec state;

  PetscFunctionBeginUser;
  PetscCall(TSGetDM(ts, &dm));
  PetscCall(DMGetApplicationContext(dm, &ramp));
  PetscCall(TSGetSolution(ts, &state));
  PetscCall(TransportSetControl(ramp->transport, CONTROL_CURRENT,
                                20 * PetscPowRealInt(stage_time / ramp->duration, 4), state));
  PetscFunctionReturn(0);
}

static void FixSteps(Integrator integrator)
{
  TSAdapt adapt;
  TS ts;

  CallOrAbort(IntegratorGetTS(integrator, &ts));
  CallOrAbort(TSGetAdapt(ts, &adapt));
  CallOrAbort(TSAdaptSetType(adapt, TSADAPTNONE));
  CallOrAbort(TSSetPreStage(ts, SetRampCurrent));
}

/* c_+(anode) at the end of the ramp after `steps` equal steps. */
static PetscReal EndOfRamp(const char order[], PetscInt steps)
{
  Case cell = PolymerCell();
  Ramp ramp = {.duration = 500};
  CellState end;
  Integrator integrator;
  PetscBool advanced = PETSC_TRUE;
  PetscReal time = 0, concentration;
  Vec state;
  DM dm;

  cell.mesh = (MeshParameters){.nodes = 21, .first_spacing = 1e9};
  CallOrAbort(TransportCreate(PETSC_COMM_WORLD, &cell, &ramp.transport));
  CallOrAbort(TransportGetDM(ramp.transport, &dm));
  CallOrAbort(DMSetApplicationContext(dm, &ramp));
  CallOrAbort(DMCreateGlobalVector(dm, &state));
  CallOrAbort(TransportSetUniform(ramp.transport, state));
  CallOrAbort(TransportSetControl(ramp.transport, CONTROL_CURRENT, 0, state));
  CallOrAbort(PetscOptionsSetValue(NULL, "-ts_bdf_order", order));
  CallOrAbort(IntegratorCreate(ramp.transport, 1e-9, state, &integrator));
  CallOrAbort(PetscOptionsClearValue(NULL, "-ts_bdf_order"));
  FixSteps(integrator);
  CallOrAbort(IntegratorRestart(integrator, ramp.duration / steps, ramp.duration));
  while (advanced && time < ramp.duration) {
    CallOrAbort(IntegratorStep(integrator, &advanced));
    CallOrAbort(IntegratorGetTime(integrator, &time));
  }
  assert_on_all(advanced);
  CallOrAbort(CellStateCreate(ramp.transport, &end));
  CallOrAbort(TransportGetCellState(ramp.transport, state, &end));
  concentration = end.node[0].concentration[0];
  CallOrAbort(CellStateDestroy(&end));
  CallOrAbort(IntegratorDestroy(&integrator));
  CallOrAbort(VecDestroy(&state));
  CallOrAbort(TransportDestroy(&ramp.transport));
  return concentration;
}

static void test_bdf_has_its_design_order(PETSC_UNUSED void **state)
{
  const char *const orders[] = {"1", "2", "3"};

  for (PetscInt order = 1; order <= 3; order++) {
    const char *const name = orders[order - 1];
    const PetscReal coarse = EndOfRamp(name, 40), middle = EndOfRamp(name, 80);
    const PetscReal fine = EndOfRamp(name, 160);
    const PetscReal measured = log2(PetscAbsReal((coarse - middle) / (middle - fine)));

    assert_at_most(PetscAbsReal(measured - order), 0.12);
  }
}

// ---- Order in space ----------------------------------------------------------------------------

/* A manufactured steady state over 0 < x < 1 (in thicknesses), concentrations over c_0:
     c_+ = 3 + cos x,  phi F/(R T) = 2 cos x,  c_- from Poisson's equation. */
typedef struct {
  Transport transport;
  PetscReal charge;        // z [-]
  PetscReal permittivity;  // over thickness^2 [-]
} Manufactured;

/* Unknowns at x. */
static void ExactUnknowns(const Manufactured *m, PetscReal x, PetscReal unknown[3])
{
  unknown[0] = log(3 + cos(x));
  unknown[1] = log(3 + cos(x) - 2 * m->permittivity * cos(x) / m->charge);
  unknown[2] = 2 * cos(x);
}

/* N_k L/(D_k c_0) = -(dc/dx + z c dphi/dx). */
static PetscReal ExactFlux(const Manufactured *m, PetscInt k, PetscReal x)
{
  PetscReal unknown[3];
  const PetscReal share = k == 0 ? 1 : 1 - 2 * m->permittivity / m->charge;
  const PetscReal z = k == 0 ? m->charge : -m->charge;

  ExactUnknowns(m, x, unknown);
  return share * sin(x) + z * exp(unknown[k]) * 2 * sin(x);
}

/* Takes what the manufactured fluxes bring out of the balances; the ends have the exact state. */
static PetscErrorCode ManufacturedResidual(PETSC_UNUSED SNES snes, Vec state, Vec residual,
                                           void *context)
{
  const Manufactured *m = context;
  Transport t = m->transport;
  const PetscReal thickness = t->mesh.x[t->mesh.nodes - 1];
  const PetscScalar *u;
  PetscScalar *f;
  Vec rest;

  PetscFunctionBeginUser;
  PetscCall(VecDuplicate(state, &rest));
  PetscCall(TransportResidual(NULL, 0, state, rest, residual, t));
  PetscCall(VecDestroy(&rest));
  PetscCall(VecGetArrayRead(state, &u));
  PetscCall(VecGetArray(residual, &f));
  for (PetscInt i = 0; i < t->blocks * t->dof; i++) {
    const PetscInt block = i / t->dof, k = i % t->dof, node = block - 1;
    if (block < 2 || block > t->blocks - 3) {
      PetscReal exact[3] = {0};
      if (BlockIsNode(t, block)) ExactUnknowns(m, t->mesh.x[node] / thickness, exact);
      f[i] = u[i] - exact[k];
    } else if (k < t->ions) {
      const PetscReal out = ExactFlux(m, k, MeshFace(&t->mesh, node) / thickness) -
                            ExactFlux(m, k, MeshFace(&t->mesh, node - 1) / thickness);
      f[i] -= t->flux.effective_diffusivity[k] / thickness * out * exp(-u[i]);
    }
  }
  PetscCall(VecRestoreArray(residual, &f));
  PetscCall(VecRestoreArrayRead(state, &u));
  PetscFunctionReturn(0);
}

static PetscErrorCode ManufacturedJacobian(PETSC_UNUSED SNES snes, Vec state,
                                           PETSC_UNUSED Mat jacobian, Mat preconditioner,
                                           void *context)
{
  Transport t = ((Manufactured *)context)->transport;
  const PetscInt last = (t->blocks - 2) * t->dof;
  PetscInt rows[] = {0, 1, 2, 3, 4, 5, last, last + 1, last + 2, last + 3, last + 4, last + 5};
  Vec rest;

  PetscFunctionBeginUser;
  PetscCall(VecDuplicate(state, &rest));
  PetscCall(TransportJacobian(NULL, 0, state, rest, 0, preconditioner, preconditioner, t));
  PetscCall(VecDestroy(&rest));
  PetscCall(MatZeroRows(preconditioner, 12, rows, 1, NULL, NULL));
  PetscFunctionReturn(0);
}

static void SolveManufactured(Manufactured *m, Vec state)
{
  SNESConvergedReason reason;
  Mat jacobian;
  SNES snes;
  KSP ksp;
  PC pc;

  CallOrAbort(TransportCreateJacobian(m->transport, &jacobian));
  CallOrAbort(MatSetOption(jacobian, MAT_KEEP_NONZERO_PATTERN, PETSC_TRUE));
  CallOrAbort(SNESCreate(PETSC_COMM_SELF, &snes));
  CallOrAbort(SNESSetFunction(snes, NULL, ManufacturedResidual, m));
  CallOrAbort(SNESSetJacobian(snes, jacobian, jacobian, ManufacturedJacobian, m));
  CallOrAbort(SNESSetTolerances(snes, 0, 0, 1e-12, 30, -1));
  CallOrAbort(SNESGetKSP(snes, &ksp));
  CallOrAbort(KSPSetType(ksp, KSPPREONLY));
  CallOrAbort(KSPGetPC(ksp, &pc));
  CallOrAbort(PCSetType(pc, PCLU));
  CallOrAbort(SNESSolve(snes, NULL, state));
  CallOrAbort(SNESGetConvergedReason(snes, &reason));
  assert_on_all(reason > 0);
  CallOrAbort(SNESDestroy(&snes));
  CallOrAbort(MatDestroy(&jacobian));
}

/* Largest error of an unknown at a node; begins from the exact unknowns, a good guess. */
static PetscReal ManufacturedError(PetscInt charge, PetscInt nodes)
{
  Case cell = BinaryCell(charge, 1000, 2e-10, 0.3, 1, 1e-6);
  Manufactured m = {.charge = charge};
  PetscReal worst = 0;
  Vec state, exact;
  PetscScalar *u;
  DM dm;

  cell.electrolyte.relative_permittivity = PetscSqr(0.3e-6 / DebyeLength(&cell));
  cell.mesh = (MeshParameters){.nodes = nodes, .first_spacing = 1. / (nodes - 1)};
  CallOrAbort(TransportCreate(PETSC_COMM_SELF, &cell, &m.transport));
  m.permittivity = m.transport->permittivity / PetscSqr(cell.separator.thickness);
  CallOrAbort(TransportGetDM(m.transport, &dm));
  CallOrAbort(DMCreateGlobalVector(dm, &state));
  CallOrAbort(VecDuplicate(state, &exact));
  CallOrAbort(TransportSetControl(m.transport, CONTROL_VOLTAGE, 0, state));
  CallOrAbort(VecGetArray(exact, &u));
  for (PetscInt i = 0; i < nodes; i++) {
    ExactUnknowns(&m, m.transport->mesh.x[i] / cell.separator.thickness, u + 3 * (i + 1));
  }
  CallOrAbort(VecRestoreArray(exact, &u));
  CallOrAbort(VecCopy(exact, state));
  SolveManufactured(&m, state);
  CallOrAbort(VecAXPY(state, -1, exact));
  CallOrAbort(VecNorm(state, NORM_INFINITY, &worst));
  CallOrAbort(VecDestroy(&state));
  CallOrAbort(VecDestroy(&exact));
  CallOrAbort(TransportDestroy(&m.transport));
  return worst;
}

static void test_scheme_is_of_second_order_in_space_on_graded_meshes(PETSC_UNUSED void **state)
{
  for (PetscInt charge = 1; charge <= 2; charge++) {
    const PetscReal coarse = ManufacturedError(charge, 81), middle = ManufacturedError(charge, 161);
    const PetscReal fine = ManufacturedError(charge, 321);

    assert_at_most(PetscAbsReal(log2(coarse / middle) - 2), 0.1);
    assert_at_most(PetscAbsReal(log2(middle / fine) - 2), 0.05);
  }
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_poisson_jacobian_is_the_residuals_difference),
      cmocka_unit_test(test_electroneutral_jacobian_is_the_residuals_difference),
      cmocka_unit_test(test_jacobian_holds_where_an_ion_is_all_but_gone),
      cmocka_unit_test(test_jacobian_holds_for_ions_that_take_space),
      cmocka_unit_test(test_jacobian_holds_for_measured_solutions),
      cmocka_unit_test(test_jacobian_holds_with_three_ions),
      cmocka_unit_test(test_bdf_has_its_design_order),
      cmocka_unit_test(test_scheme_is_of_second_order_in_space_on_graded_meshes),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
