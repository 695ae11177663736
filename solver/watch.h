#ifndef SANDGLASS_SOLVER_WATCH_H
#define SANDGLASS_SOLVER_WATCH_H

#include "solver/results_record.h"
#include "solver/transport.h"

/* Event functions: each is positive before its event and falls through zero at it. */

typedef struct {
  Condition condition;
  PetscBool ends_step;  // named in `until`
  PetscBool armed;      // may still happen in this step of the protocol
  PetscReal before;     // value at the last accepted step
  PetscReal now;
} Watch;

/* What the event functions of a step of the protocol refer to. */
typedef struct {
  Transport transport;
  Side side;                        // the electrode that is plated
  PetscReal current_density;        // of a current step; NaN in a voltage step [A/m^2]
  PetscReal voltage;                // of a voltage step [V]
  PetscReal charge_at_start;        // [C/m^2]
  PetscReal space_charge_distance;  // from the electrode [m]
  PetscReal depletion_threshold;    // of the salt concentration [mol/m^3]
} WatchReference;

PetscReal WatchValue(const Watch *watch, const WatchReference *reference, const CellState *cell);

/* Charge per area that has gone through the cell, > 0 for plating at the anode [C/m^2]. */
PetscReal ChargePassed(Transport transport, const CellState *cell);

#endif
