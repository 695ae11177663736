#ifndef SANDGLASS_SOLVER_RESULTS_RECORD_H
#define SANDGLASS_SOLVER_RESULTS_RECORD_H

#include <petscsys.h>

#include "solver/case.h"

/* What a run tells the outside, in SI units.  On rank 0 the arrays are whole; the other ranks get
   no records. */

typedef struct {
  PetscReal time;                        // [s]
  PetscReal cell_voltage;                // phi_m(L) [V]
  PetscReal current_density;             // total, > 0 plates the anode [A/m^2]
  PetscReal faradaic_current_density;    // at the anode [A/m^2]
  PetscReal charge_passed;               // [C/m^2]
  PetscReal virtual_salt_concentration;  // c_v at the watched electrode [mol/m^3]
  PetscReal space_charge_width;          // [m], 0 where there is none
  // Of each ion [mol/m^3].
  PetscReal concentration_anode[MAXIMUM_IONS], concentration_counter_electrode[MAXIMUM_IONS];
  PetscReal amount[MAXIMUM_IONS];          // of each ion in the cell [mol/m^2]
  PetscReal amount_entered[MAXIMUM_IONS];  // through both boundaries since t = 0 [mol/m^2]
  PetscInt step;                           // of the protocol
} HistoryRecord;

typedef struct {
  PetscReal time;                                // [s]
  const PetscReal *concentration[MAXIMUM_IONS];  // [nodes] each [mol/m^3]
  const PetscReal *potential;                    // [nodes] [V]
  const PetscReal *charge_density;               // [nodes] [C/m^3]
  const PetscReal *electric_field;               // [nodes - 1], at the faces [V/m]
} FieldsRecord;

typedef struct {
  EventKind kind;
  PetscReal time;  // from the start of the protocol [s]
  PetscInt step;   // of the protocol
  PetscBool at_counter_electrode;
} EventRecord;

/* Closed forms of model.md 6 for the first current step, with the properties at c_0; NaN where
   there is none.  The last four are what takes their place where D or t_+ follows the concentration
   (solver/variable_sand.h), NaN where neither does. */
typedef struct {
  PetscReal sand_time;                          // t_s [s]
  PetscReal finite_depletion_time;              // t_d [s]; NaN at or below the limiting current
  PetscReal limiting_current_density;           // i_lim [A/m^2]
  PetscReal current_density;                    // of the first current step [A/m^2]
  PetscReal current_ratio;                      // |i|/i_lim
  PetscReal debye_length;                       // in the pores [m]
  PetscReal variable_sand_constant;             // K = t i^2 of an open cell [A^2 s/m^4]
  PetscReal variable_sand_time;                 // K/i^2 [s]
  PetscReal variable_limiting_current_density;  // [A/m^2]
  PetscReal variable_finite_depletion_time;     // [s]; NaN at or below that current
} ClosedForms;

/* When and where a concentrated solution first left the range of its measurements. */
typedef struct {
  PetscReal time;      // from the start of the protocol [s]; NaN: it did not
  PetscReal position;  // x there [m]
} ValidityExit;

typedef enum { RUN_DONE, RUN_DEPLETED, RUN_FAILED, RUN_STOPPED } RunStatus;

typedef struct {
  RunStatus status;
  char reason[512];         // of RUN_FAILED, in words
  PetscInt steps;           // accepted time steps
  PetscInt rejected_steps;  // time steps tried again with a smaller size
  PetscInt newton_iterations;
  PetscReal seconds;  // wall time of the solve
  ClosedForms closed_forms;
  PetscReal depletion_time;     // from the start of the first current step [s]; NaN: did not happen
  PetscReal space_charge_time;  // likewise
  ValidityExit below_validity, above_validity;
  PetscInt number_of_events;
  EventRecord *events;
  struct {
    PetscReal time, cell_voltage, concentration_anode[MAXIMUM_IONS];
  } final;
} RunResult;

/* What a run goes on from, between two time steps: all but the case, which has to be the same.  The
   pointers of a state that is told are lent. */
typedef struct {
  PetscInt step;                           // of the protocol
  PetscBool step_over, run_over;           // ended by this time step; the run goes on behind them
  PetscReal step_start;                    // [s]
  PetscReal elapsed;                       // since then [s]
  PetscReal last_time_step;                // [s]
  PetscReal first_current_time;            // when the first current step began [s]; NaN before
  PetscReal charge_offset;                 // at t = 0 [C/m^2]
  PetscReal charge_at_start;               // of the step [C/m^2]
  PetscBool at_counter_electrode;          // that is the one plated, and watched
  PetscReal output_interval, next_output;  // of the fields, the latter since step_start [s]
  PetscInt outputs;                        // stored at this interval
  PetscReal last_stored;                   // [s]
  RunResult result;                        // so far; its `final` at this time
  PetscInt conditions;                     // watched in any step, at most
  PetscInt *armed;                         // [conditions] 1: may still happen in this step
  PetscInt unknowns;
  PetscReal *unknown;  // [unknowns], of solver/transport.h, the blocks from the anode on
} RunState;

const char *EventKindName(
    EventKind kind);  // "depletion", "space_charge", "voltage_limit", "charge_limit"
const char *RunStatusName(RunStatus status);  // "done", "depleted", "failed", "stopped"

#endif
