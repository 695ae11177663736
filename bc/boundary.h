#ifndef SANDGLASS_BC_BOUNDARY_H
#define SANDGLASS_BC_BOUNDARY_H

#include <petscsys.h>

/* One end of the cell, as numbers (model.md 4).  Currents are positive when they plate lithium on
 *this* electrode, potentials are against the anode's metal. */

typedef struct _BoundaryKind BoundaryKind;  // see bc/boundary_kind.h

typedef struct {
  PetscReal thickness;     // [m], 0: no such layer
  PetscReal conductivity;  // at the reference temperature [S/m], NaN where the layer is missing
  PetscReal activation_energy;  // of the conductivity [J/mol]
} FilmLayer;

typedef struct {
  FilmLayer inner, outer;
} SolidElectrolyteInterphase;

typedef struct {
  const BoundaryKind *kind;                 // electrode, blocking, reservoir, selective
  PetscReal reference_temperature;          // of what has an activation energy [K]
  PetscReal exchange_current_density;       // i_0 at the reference concentration and temperature
                                            // [A/m^2]
  PetscReal activation_energy;              // of the exchange current density [J/mol]
  PetscReal cathodic_transfer_coefficient;  // alpha_c [-]; the anodic one is 1 - alpha_c
  PetscReal reference_concentration;        // of the reacting ion, where E_eq = 0 [mol/m^3]
  PetscReal interface_capacitance;          // C_S [F/m^2]; PETSC_INFINITY: no Stern layer
  PetscReal zero_charge_potential;          // E_pzc [V]
  SolidElectrolyteInterphase sei;
  PetscReal concentration;  // reservoir: of the salt; selective: of the cation [mol/m^3]
} Boundary;

/* Resistance of the film at a temperature [K], R_SEI = delta_inner/kappa_inner +
   delta_outer/kappa_outer [ohm m^2]. */
PetscReal BoundaryFilmResistance(const Boundary *boundary, PetscReal temperature);

/* i_0 at a temperature [K], at the reference concentration [A/m^2]. */
PetscReal BoundaryExchangeCurrentDensity(const Boundary *boundary, PetscReal temperature);

/* Concentration of the salt in the solution that the boundary refers to [mol/m^3]: that beyond it,
   or the one at which its equilibrium potential is 0.  One of the salt holds `reacting` ions of the
   kind that reacts. */
PetscReal BoundaryReferenceConcentration(const Boundary *boundary, PetscReal reacting);

/* Whether the interface has a capacitance of its own (a Stern layer). */
PetscBool BoundaryHasCapacitance(const Boundary *boundary);

/* The kind of that name; *kind is NULL where there is none. */
PetscErrorCode BoundaryKindFind(const char name[], const BoundaryKind **kind);
const char *BoundaryKindName(const BoundaryKind *kind);
#define BOUNDARY_KIND_NAMES "electrode, blocking, reservoir, selective"

#endif
