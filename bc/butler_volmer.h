#ifndef SANDGLASS_BC_BUTLER_VOLMER_H
#define SANDGLASS_BC_BUTLER_VOLMER_H

#include <petscsys.h>

typedef struct {
  PetscReal exchange_current_density;       // i_0 [A/m^2]
  PetscReal cathodic_transfer_coefficient;  // alpha_c [-]
  PetscInt charge;                          // z_r of the reacting ion [-]
} ButlerVolmer;

typedef struct {
  PetscReal current_density;   // i_F, > 0 plates [A/m^2]
  PetscReal by_log_activity;   // [A/m^2]
  PetscReal by_overpotential;  // with respect to eta F/(R T) [A/m^2]
} FaradaicCurrent;

/* Frumkin-Butler-Volmer law at the reaction plane, metal activity 1 (model.md 4; Frumkin 1933,
   van Soestbergen 2012):
     i_F = i_0 [(a/a_ref) exp(-alpha_c z eta) - exp((1 - alpha_c) z eta)]
   log_activity = ln(a/a_ref) of the ion at the reaction plane, overpotential = eta F/(R T).
   The transfer coefficients add up to one, without which the electrode were not Nernstian. */
FaradaicCurrent ButlerVolmerCurrent(const ButlerVolmer *law, PetscReal log_activity,
                                    PetscReal overpotential);

#endif
