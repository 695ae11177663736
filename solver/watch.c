#include "solver/watch.h"

#include <math.h>

#include "bc/physical_constants.h"
#include "solver/onset.h"
#include "solver/transport_impl.h"

/* Integral of the total current: what the ions brought, and in the poisson closure the charge of
   the double layer beside it (in the electroneutral one the ions bring that, too). */
PetscReal ChargePassed(Transport t, const CellState *cell)
{
  PetscReal charge =
      t->wall[ANODE].interface == INTERFACE_ELECTRONEUTRAL ? 0 : cell->surface_charge[ANODE];

  for (PetscInt k = 0; k < t->ions; k++) {
    charge -= FARADAY * t->flux.charge[k] * cell->amount_entered[ANODE][k];
  }
  return charge;
}

static PetscReal Voltage(const WatchReference *reference, const CellState *cell)
{
  if (isnan(reference->current_density)) return reference->voltage;
  return TransportCellVoltage(reference->transport, cell, reference->current_density);
}

PetscReal WatchValue(const Watch *watch, const WatchReference *reference, const CellState *cell)
{
  const Condition *condition = &watch->condition;
  PetscReal value = 0;

  switch (condition->event) {
    case EVENT_DEPLETION:
      return VirtualSaltConcentration(reference->transport, cell, reference->side) -
             reference->depletion_threshold;
    case EVENT_SPACE_CHARGE:
      return 0.5 - ChargeSeparation(reference->transport, cell, reference->side,
                                    reference->space_charge_distance);
    case EVENT_VOLTAGE_LIMIT:
      value = Voltage(reference, cell);
      break;
    case EVENT_CHARGE_LIMIT:
      value = fabs(ChargePassed(reference->transport, cell) - reference->charge_at_start);
      break;
  }
  return condition->above ? condition->threshold - value : value - condition->threshold;
}
