#include <math.h>
#include <petscdmda.h>

#include "bc/physical_constants.h"
#include "solver/transport_impl.h"

/* The most by which one update changes an overpotential, in units of R T/F. */
#define LARGEST_OVERPOTENTIAL_CHANGE 4.

/* The most by which a guess may exceed the logarithm of a concentration before it. */
#define LARGEST_RISE 1.

/* An ion's error is judged by its concentration plus this share of its initial one. */
#define SCARCE_SHARE 1e-3

/* Where ions are packed, their unknown stands for a potential, and is judged like one: ten times
   less strictly than a logarithm. */
#define PACKED_SENSITIVITY 0.1

/* The state vector as a whole: its start, its updates, its error, its physical meaning. */

/* phi_s = 0 at the anode, whose interface carries no charge. */
PetscErrorCode TransportSetUniform(Transport t, Vec state)
{
  const Wall *anode = &t->wall[ANODE];
  const PetscReal potential =
      anode->interface == INTERFACE_STERN ? -anode->zero_charge_potential : 0;
  PetscScalar *u;

  PetscFunctionBeginUser;
  PetscCall(VecZeroEntries(state));
  PetscCall(VecGetArray(state, &u));
  for (PetscInt b = 0; b < t->count; b++) {
    if (!BlockIsNode(t, t->first + b)) continue;
    u[b * t->dof + t->ions] = (t->first + b == 1 ? 1 : t->carry) * potential;
  }
  PetscCall(VecRestoreArray(state, &u));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportGetGathered(Transport t, Vec vector, const PetscScalar **array)
{
  PetscFunctionBeginUser;
  PetscCall(VecScatterBegin(t->gather, vector, t->gathered, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecScatterEnd(t->gather, vector, t->gathered, INSERT_VALUES, SCATTER_FORWARD));
  PetscCall(VecGetArrayRead(t->gathered, array));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportRestoreGathered(Transport t, const PetscScalar **array)
{
  PetscFunctionBeginUser;
  PetscCall(VecRestoreArrayRead(t->gathered, array));
  PetscFunctionReturn(0);
}

static PetscErrorCode ZeroAmounts(Transport t, Vec state)
{
  PetscScalar *u;

  PetscFunctionBeginUser;
  PetscCall(VecGetArray(state, &u));
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const PetscInt block = t->wall[side].electrode_block;
    for (PetscInt k = 0; k < t->ions && BlockIsOwned(t, block); k++) {
      u[(block - t->first) * t->dof + k] = 0;
    }
  }
  PetscCall(VecRestoreArray(state, &u));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportResetAmountsEntered(Transport t, Vec state)
{
  PetscFunctionBeginUser;
  PetscCall(ZeroAmounts(t, state));
  PetscCall(PetscArrayzero(&t->entered_before[0][0], 2 * MAXIMUM_IONS));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportBeginAmounts(Transport t, Vec state)
{
  const PetscScalar *u;

  PetscFunctionBeginUser;
  PetscCall(TransportGetGathered(t, state, &u));
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const PetscScalar *amount = u + t->wall[side].electrode_block * t->dof;
    for (PetscInt k = 0; k < t->ions; k++) {
      t->entered_before[side][k] += t->salt_concentration * amount[k];
    }
  }
  PetscCall(TransportRestoreGathered(t, &u));
  PetscCall(ZeroAmounts(t, state));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportAdvanceAmounts(Transport t, Vec rate, PetscReal time, Vec state)
{
  const PetscScalar *r;
  PetscScalar *u;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayRead(rate, &r));
  PetscCall(VecGetArray(state, &u));
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const PetscInt start = (t->wall[side].electrode_block - t->first) * t->dof;
    if (!BlockIsOwned(t, t->wall[side].electrode_block)) continue;
    for (PetscInt k = 0; k < t->ions; k++) u[start + k] += time * r[start + k];
  }
  PetscCall(VecRestoreArray(state, &u));
  PetscCall(VecRestoreArrayRead(rate, &r));
  PetscFunctionReturn(0);
}

void TransportAddAmountsBefore(Transport t, PetscScalar whole[])
{
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    PetscScalar *amount = whole + t->wall[side].electrode_block * t->dof;
    for (PetscInt k = 0; k < t->ions; k++) {
      amount[k] += t->entered_before[side][k] * t->per_salt_concentration;
    }
  }
}

/* Whether entry i of this rank's part is the logarithm of a concentration. */
static inline PetscBool EntryIsLogarithm(Transport t, PetscInt i)
{
  return (PetscBool)(BlockIsNode(t, t->first + i / t->dof) && i % t->dof < t->ions);
}

/* Of an update: the change of the interface variable [R T/F]; 0 where another rank owns it, or
   where it is the potential of the wall. */
static PetscReal InterfaceUpdate(Transport t, Side side, const PetscScalar update[])
{
  const Wall *wall = &t->wall[side];

  if (wall->interface == INTERFACE_BARE || !BlockIsOwned(t, wall->electrode_block)) return 0;
  return update[(wall->electrode_block - t->first) * t->dof + t->ions];
}

/* The share of an update that leaves the overpotentials within the reach of a tangent to an
   exponential. */
static PetscErrorCode UpdateShare(Transport t, const PetscScalar update[], PetscReal *share)
{
  PetscReal largest = 0;

  PetscFunctionBeginUser;
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    if (!t->wall[side].boundary->kind->reacts) continue;
    largest = PetscMax(largest, fabs(InterfaceUpdate(t, side, update)));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPIU_REAL, MPI_MAX, t->comm));
  *share = largest > LARGEST_OVERPOTENTIAL_CHANGE ? LARGEST_OVERPOTENTIAL_CHANGE / largest : 1;
  PetscFunctionReturn(0);
}

PetscErrorCode TransportApplyUpdate(Transport t, Vec state, Vec update, Vec new_state)
{
  const PetscScalar *u, *d;
  PetscScalar *w;
  PetscReal share = 1;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayRead(state, &u));
  PetscCall(VecGetArrayRead(update, &d));
  PetscCall(VecGetArrayWrite(new_state, &w));
  PetscCall(UpdateShare(t, d, &share));
  for (PetscInt i = 0; i < t->count * t->dof; i++) w[i] = u[i] - share * d[i];
  for (PetscInt b = 0; b < t->count; b++) {
    const PetscInt i = b * t->dof;
    if (!BlockIsNode(t, t->first + b)) continue;
    TransportUpdateNode(t, u + i, d + i, share, w + i);
    for (PetscInt k = 0; k < t->ions; k++) {
      if (w[i + k] > STEADY_NO_MORE) t->steady[i + k] = PETSC_FALSE;
      if (u[i + k] < STEADY_NO_MORE && share * d[i + k] >= 1) t->steady[i + k] = PETSC_TRUE;
    }
  }
  PetscCall(VecRestoreArrayWrite(new_state, &w));
  PetscCall(VecRestoreArrayRead(update, &d));
  PetscCall(VecRestoreArrayRead(state, &u));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportLimitGuess(Transport t, Vec before, Vec guess)
{
  const PetscScalar *u;
  PetscScalar *g;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayRead(before, &u));
  PetscCall(VecGetArray(guess, &g));
  for (PetscInt i = 0; i < t->count * t->dof; i++) {
    if (!EntryIsLogarithm(t, i)) continue;
    t->steady[i] = (PetscBool)(u[i] < STEADY_LOGARITHM);
    // What enters goes on changing by as many decades as in the steps before.
    if (t->steady[i] && !RowTakesEntry(t, t->first + i / t->dof, i % t->dof))
      g[i] = u[i];
    else
      g[i] = PetscMin(g[i], u[i] + LARGEST_RISE);
  }
  PetscCall(VecRestoreArray(guess, &g));
  PetscCall(VecRestoreArrayRead(before, &u));
  PetscFunctionReturn(0);
}

/* The last digits of stored concentrations, changing within a time step, are a current through the
   cell; what it does to a potential variable, over the distance that this spans, is an error that
   no smaller step mends [1/m]. */
static PetscReal PotentialRounding(Transport t, PetscReal time_step)
{
  const PetscReal thickness = t->mesh.x[t->mesh.nodes - 1];
  PetscReal diffusivity = t->flux.effective_diffusivity[0];

  for (PetscInt k = 1; k < t->ions; k++) {
    diffusivity = PetscMin(diffusivity, t->flux.effective_diffusivity[k]);
  }
  return 10 * PETSC_MACHINE_EPSILON * t->porosity * thickness / (diffusivity * time_step);
}

/* Weight of an error in the potential variable of a block. */
static inline PetscReal PotentialScale(Transport t, PetscInt block, PetscReal tolerance,
                                       PetscReal rounding)
{
  const PetscReal length =
      t->carry == 1 ? t->mesh.x[t->mesh.nodes - 1] : t->mesh.spacing[PetscMax(0, block - 2)];

  return 10 * tolerance + rounding * length;
}

/* dln c_k/du_k at a node: 1 of points; of ions that are packed, whose concentration no longer
   follows their reduced one, next to nothing. */
static void LogSensitivities(Transport t, const NodeState *node, PetscReal sensitivity[])
{
  PetscReal solvent_by[MAXIMUM_IONS];

  for (PetscInt k = 0; k < t->ions; k++) sensitivity[k] = 1;
  if (t->packing.points) return;
  TransportSolventDerivatives(t, node, solvent_by);
  for (PetscInt k = 0; k < t->ions; k++) sensitivity[k] += t->packing.weight[k] * solvent_by[k];
}

/* Of an amount or a charge of which the rate is the current: a share of its change in this time
   step, with what is little beside all that has come in, or beside what the pores hold.  TS judges
   the mean square over all unknowns, of which this one counts for all. */
static PetscReal AmountScale(Transport t, PetscReal now, PetscReal before, PetscReal tolerance,
                             PetscReal current_share, PetscReal least)
{
  const PetscReal unknowns = t->blocks * t->dof;

  return (current_share * fabs(now - before) + tolerance * fabs(now) + least) / sqrt(unknowns);
}

/* Where the current is what a voltage makes flow, it is judged by the amounts and the charges at
   the boundaries that it is the rate of. */
static void SetElectrodeScale(Transport t, Side side, const PetscScalar now[],
                              const PetscScalar before[], PetscReal tolerance,
                              PetscReal current_share, PetscScalar scale[])
{
  const Wall *wall = &t->wall[side];
  const PetscReal pores = t->porosity * t->mesh.x[t->mesh.nodes - 1];
  const PetscReal least = PetscMax(1e-6 * tolerance, 1e-12) * pores;

  for (PetscInt k = 0; k < t->ions; k++) {
    if (!wall->admits[k]) continue;
    scale[k] = AmountScale(t, now[k], before[k], tolerance, current_share, least);
  }
  if (wall->capacitance > 0) {
    scale[t->ions] =
        AmountScale(t, now[t->ions], before[t->ions], tolerance, current_share, tolerance);
  }
}

/* Whether a block is the node at an open boundary, whose composition jumps to that of the outside,
   whatever the size of the first step. */
static PetscBool WallIsOpen(Transport t, PetscInt block)
{
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const Wall *wall = &t->wall[side];
    if (block == wall->wall_block && wall->boundary->kind->open) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

PetscErrorCode TransportErrorScale(Transport t, Vec state, Vec other, PetscReal tolerance,
                                   PetscReal current_share, PetscReal time_step, Vec scale)
{
  const PetscBool at_start = (PetscBool) !(time_step > 0);
  const PetscReal rounding = at_start ? PETSC_INFINITY : PotentialRounding(t, time_step);
  const PetscScalar *u, *v = NULL;
  PetscScalar *s;

  PetscFunctionBeginUser;
  PetscCall(TransportUnpackState(t, state));
  PetscCall(VecGetArrayRead(state, &u));
  if (other) PetscCall(VecGetArrayRead(other, &v));
  PetscCall(VecGetArrayWrite(scale, &s));
  for (PetscInt i = 0; i < t->count * t->dof; i++) s[i] = PETSC_MAX_REAL;
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    const PetscInt i = (b - t->first) * t->dof;
    PetscReal sensitivity[MAXIMUM_IONS];
    LogSensitivities(t, BlockNode(t, b), sensitivity);
    for (PetscInt k = 0; k < t->ions; k++) {
      const PetscReal least = time_step > 0 ? PACKED_SENSITIVITY : PETSC_SMALL;
      const PetscReal inverse = v && v[i + k] > u[i + k]
                                    ? PetscExpReal(-v[i + k])
                                    : t->initial[k] / BlockNode(t, b)->concentration[k];
      if (!t->steady[i + k] && !(at_start && WallIsOpen(t, b))) {
        s[i + k] = tolerance * (1 + SCARCE_SHARE * inverse) / PetscMax(sensitivity[k], least);
      }
    }
    if (time_step > 0) s[i + t->ions] = PotentialScale(t, b, tolerance, rounding);
  }
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const PetscInt i = (t->wall[side].electrode_block - t->first) * t->dof;
    if (!v || t->control != CONTROL_VOLTAGE || !(time_step > 0)) continue;
    if (!BlockIsOwned(t, t->wall[side].electrode_block)) continue;
    SetElectrodeScale(t, side, u + i, v + i, tolerance, current_share, s + i);
  }
  PetscCall(VecRestoreArrayWrite(scale, &s));
  if (other) PetscCall(VecRestoreArrayRead(other, &v));
  PetscCall(VecRestoreArrayRead(state, &u));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportUpdateSize(Transport t, Vec state, Vec update, PetscReal tolerance,
                                   PetscReal largest, PetscReal time_step, PetscReal *size)
{
  const PetscReal rounding = PotentialRounding(t, time_step), per_largest = 1 / largest;
  const PetscScalar *d;

  PetscFunctionBeginUser;
  *size = 0;
  PetscCall(TransportUnpackState(t, state));
  PetscCall(VecGetArrayRead(update, &d));
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    const PetscInt i = (b - t->first) * t->dof;
    for (PetscInt k = 0; k < t->ions; k++) {
      const PetscReal c = BlockNode(t, b)->concentration[k], change = PetscAbsReal(d[i + k]);
      const PetscReal weighted = change * c / (tolerance * (c + SCARCE_SHARE * t->initial[k]));
      if (!t->steady[i + k]) *size = PetscMax(*size, PetscMax(weighted, change * per_largest));
    }
    *size =
        PetscMax(*size, PetscAbsReal(d[i + t->ions]) / PotentialScale(t, b, tolerance, rounding));
  }
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    *size = PetscMax(*size, fabs(InterfaceUpdate(t, side, d)) / (10 * tolerance));
  }
  PetscCall(VecRestoreArrayRead(update, &d));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, size, 1, MPIU_REAL, MPI_MAX, t->comm));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportDescribeLargest(Transport t, Vec update, size_t length, char text[])
{
  const PetscScalar *d;
  PetscReal largest = -1;
  PetscInt block = 1, entry = t->ions;

  PetscFunctionBeginUser;
  PetscCall(TransportGetGathered(t, update, &d));
  for (PetscInt i = t->dof; i < (t->blocks - 1) * t->dof; i++) {
    if (fabs(d[i]) <= largest) continue;
    largest = fabs(d[i]);
    block = i / t->dof;
    entry = i % t->dof;
  }
  PetscCall(TransportRestoreGathered(t, &d));
  PetscCall(PetscSNPrintf(text, length, "largest update: %s at node %" PetscInt_FMT ", x = %.4g m",
                          entry < t->ions ? t->ion_name[entry] : "potential", block - 1,
                          (double)t->mesh.x[block - 1]));
  PetscFunctionReturn(0);
}

/* The applied current density, or that of the anode where a voltage is. */
static PetscErrorCode CurrentSize(Transport t, PetscReal *size)
{
  PetscFunctionBeginUser;
  *size = fabs(t->control == CONTROL_CURRENT ? t->control_value : t->anode_current);
  if (t->control == CONTROL_VOLTAGE) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, size, 1, MPIU_REAL, MPI_SUM, t->comm));
  }
  PetscFunctionReturn(0);
}

/* What the imbalance is made of: sums over the blocks. */
typedef struct {
  PetscReal of_ion[MAXIMUM_IONS];   // what is left of each balance, in equivalents
  PetscReal entered[MAXIMUM_IONS];  // without regard to sign, over c_0 [m]
  PetscReal law;                    // of the boundaries' laws, over the rates [-]
  PetscReal absolute;               // of current, without regard to sign
  PetscReal any;                    // of all rows, to tell that all are finite
} ImbalanceSums;

/* Adds a node's residual: mass balances, most of them over c_k/c_k,0 (solver/transport_impl.h). */
static void AddNodeImbalance(Transport t, PetscInt block, const PetscScalar rows[],
                             ImbalanceSums *sums)
{
  for (PetscInt k = 0; k < t->ions; k++) {
    PetscReal left = t->flux.charge[k] * rows[k];
    if (!RowTakesEntry(t, block, k)) {
      left *= BlockNode(t, block)->concentration[k] * t->per_initial[k];
    }
    sums->absolute += fabs(left);
    sums->of_ion[k] += left;
  }
}

/* A rate of entry over c_0 that is next to nothing beside diffusion across the cell [m/s]. */
static PetscReal LeastRate(Transport t)
{
  return 1e-9 * t->flux.effective_diffusivity[t->reacting_ion] / t->mesh.x[t->mesh.nodes - 1];
}

/* Adds the residual of a boundary's laws: the current of the reaction that is not what the ions
   bring, but for what rounding of the law's arguments makes of it; and what is said to have come in
   of an ion that is not let in. */
static void AddElectrodeImbalance(Transport t, Side side, const PetscScalar rows[],
                                  const PetscScalar rate[], const PetscScalar electrode[],
                                  PetscReal time_step, ImbalanceSums *sums)
{
  const Wall *wall = &t->wall[side];
  const NodeState *node = BlockNode(t, wall->wall_block);
  const PetscReal interface_variable = electrode[t->ions];
  EntryRate entry[MAXIMUM_IONS];

  WallEntryRates(t, side, interface_variable, node, entry);
  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal left = t->flux.charge[k] * rows[k];
    const PetscReal by_arguments =
        fabs(entry[k].by_potential_drop) * (1 + fabs(interface_variable)) +
        fabs(entry[k].by_log_activity) * (1 + fabs(node->log_ratio[k]));
    const PetscReal stored =
        fabs(electrode[k]) + wall->capacitance * (1 + fabs(interface_variable));
    const PetscReal rounding =
        PETSC_MACHINE_EPSILON *
        (4 * by_arguments * t->per_salt_concentration + 16 * stored / time_step);
    const PetscReal broken = PetscMax(0, fabs(rows[k]) - rounding);
    sums->entered[k] += fabs(electrode[k]);
    if (!wall->admits[k]) sums->of_ion[k] += left;
    if (!wall->admits[k] || entry[k].in_equilibrium) continue;
    sums->absolute += fabs(t->flux.charge[k]) * broken;
    sums->law += broken / (fabs(rate[k]) + LeastRate(t));
  }
}

PetscErrorCode TransportFindImbalance(Transport t, Vec state, Vec residual, PetscReal time_step,
                                      Imbalance *imbalance)
{
  const PetscReal pores = t->porosity * t->mesh.x[t->mesh.nodes - 1];
  ImbalanceSums sums = {.law = 0};
  const PetscScalar *f, *u, *rate;
  PetscReal size;

  PetscFunctionBeginUser;
  PetscCall(CurrentSize(t, &size));
  PetscCall(TransportUnpackState(t, state));
  PetscCall(VecGetArrayRead(residual, &f));
  PetscCall(VecGetArrayRead(state, &u));
  PetscCall(VecGetArrayRead(t->last_rate, &rate));
  for (PetscInt b = FirstNodeBlock(t); b <= LastNodeBlock(t); b++) {
    AddNodeImbalance(t, b, f + (b - t->first) * t->dof, &sums);
  }
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const PetscInt start = (t->wall[side].electrode_block - t->first) * t->dof;
    if (!BlockIsOwned(t, t->wall[side].electrode_block)) continue;
    AddElectrodeImbalance(t, side, f + start, rate + start, u + start, time_step, &sums);
  }
  for (PetscInt i = 0; i < t->count * t->dof; i++) sums.any += fabs(f[i]);
  PetscCall(VecRestoreArrayRead(t->last_rate, &rate));
  PetscCall(VecRestoreArrayRead(state, &u));
  PetscCall(VecRestoreArrayRead(residual, &f));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &sums, sizeof sums / sizeof(PetscReal), MPIU_REAL,
                             MPI_SUM, t->comm));
  *imbalance = (Imbalance){.current = size > 0 ? sums.absolute / size : 0,
                           .law = sums.law,
                           .current_given = (PetscBool)(t->control == CONTROL_CURRENT),
                           .finite = (PetscBool)(!PetscIsInfOrNanReal(sums.any))};
  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal held =
        fabs(t->flux.charge[k]) * (t->relative_initial[k] * pores + sums.entered[k]);
    imbalance->amount = PetscMax(imbalance->amount, fabs(sums.of_ion[k]) / held);
  }
  PetscFunctionReturn(0);
}

/* From one choice of the potential variable to the other. */
static PetscErrorCode ConvertPotentials(Transport t, Vec state, PetscReal carry)
{
  CellState cell;
  PetscScalar *u;

  PetscFunctionBeginUser;
  PetscCall(CellStateCreate(t, &cell));
  PetscCall(TransportGetCellState(t, state, &cell));
  PetscCall(VecGetArray(state, &u));
  for (PetscInt b = PetscMax(2, t->first); b < PetscMin(t->blocks - 1, t->first + t->count); b++) {
    const NodeState *node = &cell.node[b - 1];
    u[(b - t->first) * t->dof + t->ions] = carry == 1 ? node->potential : node->potential_jump;
  }
  PetscCall(VecRestoreArray(state, &u));
  PetscCall(CellStateDestroy(&cell));
  t->carry = carry;
  PetscFunctionReturn(0);
}

PetscErrorCode TransportSetControl(Transport t, ControlKind kind, PetscReal value, Vec state)
{
  const PetscReal carry = kind == CONTROL_VOLTAGE ? 1 : 0;

  PetscFunctionBeginUser;
  if (carry != t->carry) PetscCall(ConvertPotentials(t, state, carry));
  t->control = kind;
  t->control_value = kind == CONTROL_CURRENT ? value / (FARADAY * t->salt_concentration)
                                             : value / t->thermal_voltage;
  PetscFunctionReturn(0);
}

PetscErrorCode CellStateCreate(Transport t, CellState *cell)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(cell, sizeof *cell));
  cell->nodes = t->mesh.nodes;
  cell->number_of_ions = t->ions;
  PetscCall(PetscCalloc1(cell->nodes, &cell->node));
  PetscFunctionReturn(0);
}

PetscErrorCode CellStateDestroy(CellState *cell)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(cell->node));
  PetscFunctionReturn(0);
}

/* Surface charge [m]: of a Stern layer or of the electroneutral interface its capacitance's; of a
   bare wall by Poisson's equation over the wall's half volume. */
static PetscReal ScaledSurfaceCharge(Transport t, Side side, const CellState *cell,
                                     PetscReal interface_variable)
{
  const Wall *wall = &t->wall[side];
  const PetscInt i = wall->wall_block - 1, next = wall->next_block - 1;
  const PetscReal spacing = t->mesh.spacing[PetscMin(i, next)];
  const PetscReal jump =
      side == ANODE ? cell->node[next].potential_jump : -cell->node[i].potential_jump;
  PetscReal charge = 0;

  if (wall->interface != INTERFACE_BARE) return wall->capacitance * interface_variable;
  for (PetscInt k = 0; k < t->ions; k++) {
    charge += t->flux.charge[k] * cell->node[i].deviation[k] / t->salt_concentration;
  }
  return t->permittivity * jump / spacing + t->porosity * t->mesh.width[i] * charge;
}

static void UnpackSide(Transport t, Side side, const PetscScalar u[], CellState *cell)
{
  const Wall *wall = &t->wall[side];
  const PetscScalar *electrode = u + wall->electrode_block * t->dof;

  cell->electrode_potential[side] =
      t->thermal_voltage *
      WallElectrodePotential(wall, cell->node[wall->wall_block - 1].potential, electrode[t->ions]);
  cell->surface_charge[side] =
      FARADAY * t->salt_concentration * ScaledSurfaceCharge(t, side, cell, electrode[t->ions]);
  cell->interface_variable[side] = electrode[t->ions];
  for (PetscInt k = 0; k < t->ions; k++) {
    cell->amount_entered[side][k] =
        t->entered_before[side][k] + t->salt_concentration * electrode[k];
  }
}

/* Every rank's nodes; a rank that sees them all has those of the last state unpacked already. */
static PetscErrorCode CopyNodes(Transport t, Vec state, const PetscScalar u[], NodeState node[])
{
  const PetscBool sees_all = (PetscBool)(t->ghost_count == t->blocks);

  PetscFunctionBeginUser;
  if (sees_all) PetscCall(TransportUnpackState(t, state));
  for (PetscInt i = 0; i < t->mesh.nodes; i++) {
    if (sees_all)
      node[i] = *BlockNode(t, i + 1);
    else
      TransportUnpackNode(t, u + (i + 1) * t->dof, &node[i]);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode TransportGetCellState(Transport t, Vec state, CellState *cell)
{
  const PetscScalar *u;

  PetscFunctionBeginUser;
  PetscCall(TransportGetGathered(t, state, &u));
  PetscCall(CopyNodes(t, state, u, cell->node));
  for (PetscInt i = 0; i < cell->nodes; i++) {
    const PetscScalar *unknown = u + (i + 1) * t->dof;
    cell->node[i].potential_jump = i ? PotentialJump(t, unknown - t->dof, unknown) : 0;
    cell->node[i].potential =
        i ? cell->node[i - 1].potential + cell->node[i].potential_jump : unknown[t->ions];
  }
  for (Side side = ANODE; side <= COUNTER_ELECTRODE; side++) UnpackSide(t, side, u, cell);
  PetscCall(TransportRestoreGathered(t, &u));
  PetscFunctionReturn(0);
}

PetscReal TransportPotential(Transport t, const CellState *cell, PetscInt node)
{
  return t->thermal_voltage * cell->node[node].potential;
}

PetscReal TransportElectricField(Transport t, const CellState *cell, PetscInt i)
{
  return -t->thermal_voltage * cell->node[i + 1].potential_jump / t->mesh.spacing[i];
}

/* From the deviations, whose initial part is neutral. */
PetscReal TransportChargeDensity(Transport t, const CellState *cell, PetscInt node)
{
  PetscReal charge = 0;

  for (PetscInt k = 0; k < t->ions; k++) {
    charge += FARADAY * t->flux.charge[k] * cell->node[node].deviation[k];
  }
  return charge;
}

void TransportFaceFlux(Transport t, const CellState *cell, PetscInt i, FaceFlux *face)
{
  const FaceExtent extent = ExtentBehind(t, i + 1);

  t->law->evaluate(&t->flux, &cell->node[i], &cell->node[i + 1], &extent, NULL, PETSC_FALSE, face);
}

/* By the kinetics at the state; through an open boundary what the ions' amounts say. */
PetscErrorCode TransportFaradaicCurrent(Transport t, const CellState *cell, Vec rate, Side side,
                                        PetscReal *current)
{
  const Wall *wall = &t->wall[side];
  const PetscReal unit = FARADAY * t->salt_concentration;
  EntryRate entry[MAXIMUM_IONS];
  const PetscScalar *r;

  PetscFunctionBeginUser;
  *current = 0;
  PetscCall(TransportGetGathered(t, rate, &r));
  WallEntryRates(t, side, cell->interface_variable[side], &cell->node[wall->wall_block - 1], entry);
  for (PetscInt k = 0; k < t->ions; k++) {
    *current -=
        t->flux.charge[k] * (entry[k].in_equilibrium ? unit * r[wall->electrode_block * t->dof + k]
                                                     : FARADAY * entry[k].rate);
  }
  PetscCall(TransportRestoreGathered(t, &r));
  PetscFunctionReturn(0);
}

/* The counter electrode's film carries -i. */
PetscReal TransportCellVoltage(Transport t, const CellState *cell, PetscReal current)
{
  return cell->electrode_potential[COUNTER_ELECTRODE] +
         current * t->wall[COUNTER_ELECTRODE].film_resistance * t->thermal_voltage /
             (FARADAY * t->salt_concentration);
}

PetscErrorCode TransportGetCurrent(Transport t, Vec rate, PetscReal *current)
{
  const Wall *wall = &t->wall[ANODE];
  const PetscScalar *r;

  PetscFunctionBeginUser;
  PetscCall(TransportGetGathered(t, rate, &r));
  *current = FARADAY * t->salt_concentration *
             WallCurrent(t, ANODE, r + wall->electrode_block * t->dof,
                         r + wall->wall_block * t->dof, r + wall->next_block * t->dof);
  PetscCall(TransportRestoreGathered(t, &r));
  PetscFunctionReturn(0);
}

/* Ionic current towards the anode, and where its rounding error comes from: each flux is a small
   difference of a drift and a diffusion that may be far larger. */
static PetscReal IonicCurrent(Transport t, const CellState *cell, PetscInt i, PetscReal *floor)
{
  const PetscReal jump = cell->node[i + 1].potential_jump;
  PetscReal current = 0;
  FaceFlux face;

  TransportFaceFlux(t, cell, i, &face);
  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal mobility = FARADAY * fabs(t->flux.charge[k]) *
                               t->flux.effective_diffusivity[k] * cell->node[i].concentration[k];
    current -= FARADAY * t->flux.charge[k] * face.flux[k];
    *floor = PetscMax(*floor, 10 * 0.5 * PETSC_MACHINE_EPSILON * mobility * PetscAbsReal(jump) /
                                  t->mesh.spacing[i]);
  }
  return current;
}

/* Towards the anode the displacement current is d(eps f dphi/dx)/dt, by Gauss's law the rate of the
   charge between the anode's metal and the face; `rate` as in the residual. */
static PetscReal ChargeRate(Transport t, const PetscScalar rate[], PetscInt i)
{
  const PetscInt block = i + 1;
  PetscReal charge = 0;

  if (BlockHoldsCharge(t, block)) {
    charge = rate[block * t->dof + t->ions];
  } else {
    for (PetscInt k = 0; k < t->ions; k++) {
      charge += t->flux.charge[k] * t->relative_initial[k] * rate[block * t->dof + k];
    }
  }
  return t->porosity * t->mesh.width[i] * charge;
}

PetscErrorCode TransportGetFaceCurrents(Transport t, const CellState *cell, Vec rate,
                                        PetscReal current[], PetscReal *floor)
{
  const PetscReal unit = FARADAY * t->salt_concentration;
  const Wall *wall = &t->wall[ANODE];
  const PetscScalar *r;
  PetscReal charge_rate = 0;

  PetscFunctionBeginUser;
  *floor = 0;
  PetscCall(TransportGetGathered(t, rate, &r));
  for (PetscInt k = 0; k < t->ions; k++) charge_rate += t->flux.charge[k] * r[k];
  charge_rate +=
      WallCurrent(t, ANODE, r, r + wall->wall_block * t->dof, r + wall->next_block * t->dof);
  for (PetscInt i = 0; i < cell->nodes - 1; i++) {
    charge_rate -= ChargeRate(t, r, i);
    current[i] = IonicCurrent(t, cell, i, floor);
    if (t->closure == CLOSURE_POISSON) current[i] += unit * charge_rate;
  }
  PetscCall(TransportRestoreGathered(t, &r));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportGetLastRate(Transport t, Vec *rate)
{
  PetscFunctionBeginUser;
  *rate = t->last_rate;
  PetscFunctionReturn(0);
}

void TransportGetAmounts(Transport t, const CellState *cell, PetscReal amount[])
{
  for (PetscInt k = 0; k < t->ions; k++) amount[k] = 0;
  for (PetscInt i = 0; i < cell->nodes; i++) {
    for (PetscInt k = 0; k < t->ions; k++) {
      amount[k] += t->porosity * t->mesh.width[i] * cell->node[i].concentration[k];
    }
  }
}
