#ifndef SANDGLASS_SOLVER_CASE_H
#define SANDGLASS_SOLVER_CASE_H

#include <petscsys.h>

#include "bc/boundary.h"
#include "solver/property.h"

/* A case as resolved: every quantity in SI units, every default filled in.  io/case_reader.h makes
   one from a file; the solver only reads it. */

#define MAXIMUM_IONS 8

typedef struct {
  char name[32];            // "cation", "anion": names the fields of the results
  PetscInt charge;          // z_k [-]
  PetscReal diffusivity;    // D_k in the free liquid [m^2/s]
  PetscReal concentration;  // initial [mol/m^3]
  PetscReal size;           // a_k [m], of which its volume is the cube; 0: a point
} Ion;

typedef enum { CLOSURE_POISSON, CLOSURE_ELECTRONEUTRAL } Closure;

typedef struct {
  PetscReal low, high;  // PETSC_INFINITY: no upper end
} Range;

/* A property over the salt concentration, at the temperature of the case. */
typedef struct {
  char *text;         // as the case gives it, in YAML; owned.  NULL: not given
  Property function;  // in SI units; owned.  NULL: not given
  PetscReal initial;  // its value at the initial concentration; NaN: not given
} MeasuredProperty;

typedef struct {
  char *library;         // name of the measured electrolyte the case took after; owned; "": none
  char *source;          // of the properties, in words; owned; "": not given
  const char *flux_law;  // "dilute", "concentrated"
  Closure closure;
  PetscInt number_of_ions;
  PetscBool ions_listed;  // by `ions`; else ion[0] is the cation, ion[1] the anion of the salt
  Ion ion[MAXIMUM_IONS];
  PetscInt reacting_ion;    // index of the ion that plates
  PetscReal concentration;  // of the salt; of several salts, of the reacting ion; c_0 [mol/m^3]
  MeasuredProperty diffusivity;           // of the salt, D [m^2/s]
  MeasuredProperty transference_number;   // of the cation, t_+ [-]
  MeasuredProperty conductivity;          // kappa [S/m]; concentrated law only
  MeasuredProperty thermodynamic_factor;  // 1 + dln f/dln c [-]; concentrated law only
  Range concentration_validity;           // of the four [mol/m^3]
  Range temperature_validity;             // [K]
  PetscReal relative_permittivity;        // [-]
} Electrolyte;

typedef struct {
  PetscReal thickness;   // L [m]
  PetscReal porosity;    // [-]
  PetscReal bruggeman;   // exponent [-]; not used where a tortuosity is given
  PetscReal tortuosity;  // [-]; NaN: not given
} Separator;

typedef enum { STEP_CURRENT, STEP_CURRENT_RATIO, STEP_REST, STEP_VOLTAGE } StepKind;

typedef enum {
  EVENT_DEPLETION,
  EVENT_SPACE_CHARGE,
  EVENT_VOLTAGE_LIMIT,
  EVENT_CHARGE_LIMIT
} EventKind;

/* What ends a step.  EVENT_VOLTAGE_LIMIT and EVENT_CHARGE_LIMIT compare the cell voltage [V] or the
   absolute charge of this step [C/m^2] with the threshold; the two onsets have none. */
typedef struct {
  EventKind event;
  PetscBool above;      // "voltage > 2 V"; false: "voltage < 2 V"
  PetscReal threshold;  // [V] or [C/m^2]
} Condition;

typedef struct {
  StepKind kind;
  PetscReal value;     // [A/m^2], [-] (units of the limiting current), not used, [V]
  PetscReal duration;  // `for` [s]; PETSC_INFINITY: none given
  PetscInt number_of_conditions;
  Condition *until;
} ProtocolStep;

typedef struct {
  PetscInt nodes;
  PetscReal first_spacing;  // in Debye lengths; NaN: estimated (solver/layer.h)
  PetscReal front_reach;    // [m]; 0: none; NaN: estimated (solver/front.h)
} MeshParameters;

typedef struct {
  PetscReal relative_tolerance;
  PetscInt maximum_steps;
} SolverParameters;

typedef enum { FIELDS_NONE, FIELDS_LAST, FIELDS_ALL } StoredFields;

typedef struct {
  PetscInt times;  // stored times per step of the protocol
  StoredFields fields;
  PetscInt compression;  // level of deflate, 0 to 9; 0: none
} OutputParameters;

typedef struct {
  char *title;
  PetscReal temperature;  // [K]
  Electrolyte electrolyte;
  Separator separator;
  Boundary anode, counter_electrode;
  PetscInt number_of_steps;
  ProtocolStep *protocol;
  MeshParameters mesh;
  SolverParameters solver;
  PetscReal onset_distance;  // m, in units of x* (model.md 6)
  OutputParameters output;
} Case;

/* Free what they own, leave them zeroed. */
PetscErrorCode CaseDestroy(Case *case_);
PetscErrorCode ElectrolyteDestroy(Electrolyte *electrolyte);

#endif
