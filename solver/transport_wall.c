#include <math.h>

#include "solver/transport_impl.h"

/* The rows of the two ends (model.md 4 and 5).  A boundary's block holds, for each ion,
     dX_k/dt - rate_k = 0,
   or, of an ion in equilibrium with the outside, the driving force that vanishes; and one row more
   for its interface variable.

   In the electroneutral closure the ions bring the interface its charge,
     rate_k - w_k (dq/dt)/(z_k F),
   the reacting ion alone (model.md 4), unless it has run out beside others of its sign: w_k is a
   share of the equivalents at the wall, the others' counted at CHARGING_BESIDE of theirs. */
#define CHARGING_BESIDE 1e-12

PetscReal WallPotentialDrop(const Wall *wall, PetscReal interface_variable, PetscReal *derivative)
{
  switch (wall->interface) {
    case INTERFACE_STERN:
      *derivative = -1;
      return wall->zero_charge_potential - interface_variable;
    case INTERFACE_ELECTRONEUTRAL:
      *derivative = -1;
      return -interface_variable;
    default:
      *derivative = 0;
      return 0;
  }
}

PetscReal WallElectrodePotential(const Wall *wall, PetscReal wall_potential,
                                 PetscReal interface_variable)
{
  PetscReal derivative;

  return wall_potential + WallPotentialDrop(wall, interface_variable, &derivative);
}

void WallEntryRates(Transport t, Side side, PetscReal interface_variable,
                    const NodeState *wall_node, EntryRate rates[])
{
  const Wall *wall = &t->wall[side];
  PetscReal log_activity[MAXIMUM_IONS], unused;

  TransportLogActivities(t, wall_node, log_activity);
  for (PetscInt k = 0; k < t->ions; k++) log_activity[k] -= wall->reference_log_activity[k];
  const WallState state = {
      .number_of_ions = t->ions,
      .reacting_ion = t->reacting_ion,
      .charge = t->flux.charge,
      .log_activity = log_activity,
      .potential_drop = WallPotentialDrop(wall, interface_variable, &unused),
      .exchange_current_density = wall->exchange_current_density,
  };
  wall->boundary->kind->entry_rates(wall->boundary, &state, rates);
}

PetscReal WallCurrent(Transport t, Side side, const PetscScalar electrode_rate[],
                      const PetscScalar wall_rate[], const PetscScalar next_rate[])
{
  const Wall *wall = &t->wall[side];
  const PetscInt node = wall->wall_block - 1, face = side == ANODE ? 0 : t->mesh.nodes - 2;
  PetscReal current = 0;

  for (PetscInt k = 0; k < t->ions; k++) current -= t->flux.charge[k] * electrode_rate[k];
  if (wall->interface == INTERFACE_STERN) {
    current += wall->capacitance * electrode_rate[t->ions];
  } else if (wall->interface == INTERFACE_BARE) {
    // The surface charge by Poisson's equation over the wall's half volume.
    const PetscReal jump_rate = side == ANODE ? PotentialJump(t, wall_rate, next_rate)
                                              : -PotentialJump(t, next_rate, wall_rate);
    current += t->permittivity * jump_rate / t->mesh.spacing[face];
    for (PetscInt k = 0; k < t->ions; k++) {
      current += t->porosity * t->mesh.width[node] * t->flux.charge[k] * t->relative_initial[k] *
                 wall_rate[k];
    }
  }
  return current;
}

/* What the outer circuit asks of this end.  In a current step the anode's own current is known, and
   its film's potential drop with it; the counter electrode's follows from its rates. */
static PetscReal ControlResidual(Transport t, Side side)
{
  const Wall *wall = &t->wall[side];
  const PetscScalar *electrode = StateBlock(t, wall->electrode_block);
  const PetscReal potential =
      WallElectrodePotential(wall, StateBlock(t, wall->wall_block)[t->ions], electrode[t->ions]);
  PetscReal current;

  if (t->control == CONTROL_CURRENT && side == ANODE) {
    return potential - wall->film_resistance * t->control_value;
  }
  current = WallCurrent(t, side, RateBlock(t, wall->electrode_block),
                        RateBlock(t, wall->wall_block), RateBlock(t, wall->next_block));
  if (t->control == CONTROL_CURRENT) return current + t->control_value;
  return potential - wall->film_resistance * current - (side == ANODE ? 0 : t->control_value);
}

/* Share of the interface's charge that ion k brings in the electroneutral closure, and its
   derivatives to the wall's unknowns unless by_unknown is NULL. */
static PetscReal ChargingShare(Transport t, Side side, PetscInt k, PetscReal by_unknown[])
{
  const NodeState *node = BlockNode(t, t->wall[side].wall_block);
  PetscReal share[MAXIMUM_IONS], total = 0, solvent_by[MAXIMUM_IONS], by_solvent;

  for (PetscInt m = 0; m < t->ions; m++) {
    const PetscReal weight = m == t->reacting_ion ? 1 : CHARGING_BESIDE;
    share[m] =
        WallIsChargedBy(t, side, m) ? weight * fabs(t->flux.charge[m]) * node->concentration[m] : 0;
    total += share[m];
  }
  for (PetscInt m = 0; m < t->ions; m++) share[m] /= total;
  if (!by_unknown) return share[k];
  by_solvent = t->packing.weight[k];
  for (PetscInt m = 0; m < t->ions; m++) {
    by_unknown[m] = share[k] * ((m == k) - share[m]);
    by_solvent -= share[m] * t->packing.weight[m];
  }
  if (t->packing.points) return share[k];
  TransportSolventDerivatives(t, node, solvent_by);
  for (PetscInt m = 0; m < t->ions; m++) by_unknown[m] += share[k] * by_solvent * solvent_by[m];
  return share[k];
}

static void ElectrodeRows(Transport t, Side side, PetscScalar *rows)
{
  const Wall *wall = &t->wall[side];
  const PetscScalar *electrode = StateBlock(t, wall->electrode_block);
  const PetscScalar *rate = RateBlock(t, wall->electrode_block);
  const PetscScalar *wall_node = StateBlock(t, wall->wall_block);
  EntryRate entry[MAXIMUM_IONS];

  WallEntryRates(t, side, electrode[t->ions], BlockNode(t, wall->wall_block), entry);
  for (PetscInt k = 0; k < t->ions; k++) {
    rows[k] = entry[k].in_equilibrium ? -entry[k].rate
                                      : rate[k] - entry[k].rate * t->per_salt_concentration;
    if (!WallIsChargedBy(t, side, k)) continue;
    rows[k] +=
        wall->capacitance * rate[t->ions] * ChargingShare(t, side, k, NULL) / t->flux.charge[k];
  }
  rows[t->ions] = wall->interface == INTERFACE_BARE ? wall_node[t->ions] - electrode[t->ions]
                                                    : ControlResidual(t, side);
}

/* Weight of what enters in the wall's mass balance.  What came in of an ion that is not let in is
   rounding, some 1e-31 m; but its rate over a concentration of e^-150 would be the largest of all
   terms. */
static inline PetscReal EntryWeight(const Wall *wall, PetscInt k)
{
  return wall->admits[k] ? 1 : 0;
}

/* What the boundary adds to the balances of the wall's half volume. */
static void WallRows(Transport t, Side side, PetscScalar *rows)
{
  const Wall *wall = &t->wall[side];
  const PetscScalar *rate = RateBlock(t, wall->electrode_block);

  for (PetscInt k = 0; k < t->ions; k++) {
    rows[k] -= rate[k] * EntryWeight(wall, k);
  }
  if (wall->interface == INTERFACE_STERN) {
    rows[t->ions] -= wall->capacitance * StateBlock(t, wall->electrode_block)[t->ions];
  } else if (wall->interface == INTERFACE_BARE) {
    rows[t->ions] = ControlResidual(t, side);
  }
}

void WallAddResidual(Transport t, Side side, PetscScalar *electrode_rows, PetscScalar *wall_rows)
{
  if (electrode_rows) ElectrodeRows(t, side, electrode_rows);
  if (wall_rows) WallRows(t, side, wall_rows);
}

/* Columns of the electrode's, the wall's and the next node's block within a row of `block`. */
static PetscScalar *ColumnBlock(Transport t, PetscInt block, PetscInt row, PetscInt column_block)
{
  return JacobianRow(t, block, row) + (column_block - block + 1) * t->dof;
}

static void CurrentDerivatives(Transport t, Side side, PetscInt block, PetscInt row,
                               PetscReal factor)
{
  const Wall *wall = &t->wall[side];
  const PetscInt node = wall->wall_block - 1, face = side == ANODE ? 0 : t->mesh.nodes - 2;
  PetscScalar *by_electrode = ColumnBlock(t, block, row, wall->electrode_block);

  for (PetscInt k = 0; k < t->ions; k++) by_electrode[k] -= factor * t->flux.charge[k];
  if (wall->interface == INTERFACE_STERN) by_electrode[t->ions] += factor * wall->capacitance;
  if (wall->interface == INTERFACE_BARE) {
    PetscScalar *by_wall = ColumnBlock(t, block, row, wall->wall_block);
    const PetscReal displacement = factor * t->permittivity / t->mesh.spacing[face];

    ColumnBlock(t, block, row, wall->next_block)[t->ions] +=
        displacement * (side == ANODE ? 1 : t->carry);
    by_wall[t->ions] -= displacement * (side == ANODE ? t->carry : 1);
    TransportAddConcentrationDerivatives(
        t, BlockNode(t, wall->wall_block),
        factor * t->porosity * t->mesh.width[node] / t->salt_concentration, t->flux.charge,
        by_wall);
  }
}

static void ControlDerivatives(Transport t, Side side, PetscInt block, PetscReal shift)
{
  const Wall *wall = &t->wall[side];
  const PetscInt row = t->ions;
  PetscReal by_interface;

  if (t->control == CONTROL_CURRENT && side == COUNTER_ELECTRODE) {
    CurrentDerivatives(t, side, block, row, shift);
    return;
  }
  WallPotentialDrop(wall, 0, &by_interface);
  ColumnBlock(t, block, row, wall->wall_block)[t->ions] += 1;
  ColumnBlock(t, block, row, wall->electrode_block)[t->ions] += by_interface;
  if (t->control == CONTROL_VOLTAGE) {
    CurrentDerivatives(t, side, block, row, -shift * wall->film_resistance);
  }
}

/* Of ion k's entry with respect to the wall's unknowns, through its activity there. */
static void ActivityDerivatives(Transport t, const Wall *wall, PetscInt k, PetscReal by_activity)
{
  PetscScalar *columns = ColumnBlock(t, wall->electrode_block, k, wall->wall_block);
  PetscReal by_unknown[MAXIMUM_IONS];

  columns[k] -= by_activity;
  if (!t->solution) return;
  TransportActivityDerivatives(t, BlockNode(t, wall->wall_block), by_unknown);
  for (PetscInt m = 0; m < t->ions; m++) columns[m] -= by_activity * by_unknown[m];
}

/* Of the charge that ion k brings to the interface. */
static void ChargingDerivatives(Transport t, Side side, PetscInt k, PetscReal shift)
{
  const Wall *wall = &t->wall[side];
  const PetscInt block = wall->electrode_block;
  const PetscReal factor = wall->capacitance / t->flux.charge[k];
  const PetscReal rate = RateBlock(t, block)[t->ions];
  PetscScalar *by_wall = ColumnBlock(t, block, k, wall->wall_block);
  PetscReal by_unknown[MAXIMUM_IONS];

  ColumnBlock(t, block, k, block)[t->ions] +=
      factor * shift * ChargingShare(t, side, k, by_unknown);
  for (PetscInt m = 0; m < t->ions; m++) by_wall[m] += factor * rate * by_unknown[m];
}

static void ElectrodeDerivatives(Transport t, Side side, PetscReal shift)
{
  const Wall *wall = &t->wall[side];
  const PetscInt block = wall->electrode_block;
  const PetscScalar *electrode = StateBlock(t, block);
  PetscReal by_interface;
  EntryRate entry[MAXIMUM_IONS];

  WallEntryRates(t, side, electrode[t->ions], BlockNode(t, wall->wall_block), entry);
  WallPotentialDrop(wall, electrode[t->ions], &by_interface);
  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal per_unit = entry[k].in_equilibrium ? 1 : t->per_salt_concentration;
    PetscScalar *own = ColumnBlock(t, block, k, block);
    if (!entry[k].in_equilibrium) own[k] += shift;
    own[t->ions] -= entry[k].by_potential_drop * by_interface * per_unit;
    ActivityDerivatives(t, wall, k, entry[k].by_log_activity * per_unit);
    if (WallIsChargedBy(t, side, k)) ChargingDerivatives(t, side, k, shift);
  }
  if (wall->interface == INTERFACE_BARE) {
    ColumnBlock(t, block, t->ions, wall->wall_block)[t->ions] += 1;
    ColumnBlock(t, block, t->ions, block)[t->ions] -= 1;
  } else {
    ControlDerivatives(t, side, block, shift);
  }
}

static void WallDerivatives(Transport t, Side side, PetscReal shift)
{
  const Wall *wall = &t->wall[side];
  const PetscInt block = wall->wall_block;

  for (PetscInt k = 0; k < t->ions; k++) {
    ColumnBlock(t, block, k, wall->electrode_block)[k] -= shift * EntryWeight(wall, k);
  }
  if (wall->interface == INTERFACE_STERN) {
    ColumnBlock(t, block, t->ions, wall->electrode_block)[t->ions] -= wall->capacitance;
  } else if (wall->interface == INTERFACE_BARE) {
    PetscScalar *row = JacobianRow(t, block, t->ions);
    for (PetscInt m = 0; m < 3 * t->dof; m++) row[m] = 0;
    ControlDerivatives(t, side, block, shift);
  }
}

void WallAddJacobian(Transport t, Side side, PetscReal shift)
{
  if (BlockIsOwned(t, t->wall[side].electrode_block)) ElectrodeDerivatives(t, side, shift);
  if (BlockIsOwned(t, t->wall[side].wall_block)) WallDerivatives(t, side, shift);
}
