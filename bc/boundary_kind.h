#ifndef SANDGLASS_BC_BOUNDARY_KIND_H
#define SANDGLASS_BC_BOUNDARY_KIND_H

#include "bc/boundary.h"

/* What the electrolyte shows to the boundary, and the constants the laws need.  Activities enter as
   logarithms, so that no law ever meets one that is not positive, and against the solution that the
   boundary refers to (BoundaryReferenceConcentration). */
typedef struct {
  PetscInt number_of_ions;
  PetscInt reacting_ion;
  const PetscReal *charge;             // [number_of_ions], z_k
  const PetscReal *log_activity;       // [number_of_ions], ln(a_k(wall)/a_k,ref)
  PetscReal potential_drop;            // (phi_s - phi(wall)) F/(R T) [-]
  PetscReal exchange_current_density;  // i_0 at the temperature of the cell [A/m^2]
} WallState;

/* Molar rate at which each ion enters the electrolyte [mol/(m^2 s)], and its derivatives; or, of an
   ion in equilibrium with the outside, the driving force that vanishes then [-]. */
typedef struct {
  PetscReal rate;
  PetscReal by_log_activity;    // with respect to ln a_k of the same ion
  PetscReal by_potential_drop;  // with respect to (phi_s - phi(wall)) F/(R T)
  PetscBool in_equilibrium;     // `rate` is the driving force
} EntryRate;

/* The ions that may enter. */
typedef enum { ADMITS_NO_ION, ADMITS_REACTING_ION, ADMITS_ALL_IONS } Admission;

/* A kind of boundary: how the ions enter.  `open` kinds give the wall's potential and let ions
   through freely: they have no Stern layer and no film.  The electrochemical potential of an ion at
   their wall is the one outside, and what enters is what the electrolyte takes:
     ln a_k,out - ln a_k + z_k (phi_s - phi) F/(R T) = 0.
   This form, rather than c_k itself, is what remains meaningful when the double layer is not
   resolved (closure electroneutral: a selective contact then shows its Donnan potential). */
struct _BoundaryKind {
  const char *name;
  PetscBool open;
  PetscBool holds_salt;  // its `concentration` is of the salt, not of the ion that reacts
  PetscBool reacts;      // plates the reacting ion: has Faradaic kinetics
  Admission admission;
  void (*entry_rates)(const Boundary *boundary, const WallState *wall, EntryRate rates[]);
};

extern const BoundaryKind boundary_kind_electrode, boundary_kind_blocking, boundary_kind_reservoir,
    boundary_kind_selective;

#endif
