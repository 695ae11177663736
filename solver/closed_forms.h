#ifndef SANDGLASS_SOLVER_CLOSED_FORMS_H
#define SANDGLASS_SOLVER_CLOSED_FORMS_H

#include "solver/results_record.h"

/* The closed forms of model.md 6, for constant properties.  `charge_concentration` is the reacting
   cation's z_+ F c_+,0 [C/m^3], F c_0 for a 1:1 salt; effective_diffusivity is f D. */
typedef struct {
  PetscReal charge_concentration;   // [C/m^3]
  PetscReal effective_diffusivity;  // f D [m^2/s]
  PetscReal anion_share;            // 1 - t_+ [-]
  PetscReal porosity;               // [-]
  PetscReal length;                 // L; 2 L for an electrode facing a reservoir [m]
} CellConstants;

/* Factor f of the pores: porosity^bruggeman, or porosity/tortuosity where that is given. */
PetscReal SeparatorTransportFactor(const Separator *separator);

/* Debye length in the pores, lambda_D^2 = (f/porosity) eps R T/(F^2 sum z_k^2 c_k,0) [m]. */
PetscReal DebyeLength(const Case *case_);

/* t_s = pi porosity f D (z F c_0)^2/(4 (1 - t_+)^2 i^2) [s] (Sand 1901). */
PetscReal SandTime(const CellConstants *cell, PetscReal current_density);

/* i_lim = 2 z F f D c_0/((1 - t_+) L) [A/m^2]. */
PetscReal LimitingCurrentDensity(const CellConstants *cell);

/* Salt concentration at the plated electrode over its initial value, at `time` after the current
   density was switched on, between two electrodes: falls below zero past the depletion. */
PetscReal SurfaceConcentrationRatio(const CellConstants *cell, PetscReal current_density,
                                    PetscReal time);

/* Time at which that ratio is zero, t_d [s]; NaN at or below the limiting current. */
PetscReal FiniteDepletionTime(const CellConstants *cell, PetscReal current_density);

/* 1 - t_+ of a binary salt at c_0: by the ions in the dilute law, as a subtraction would lose its
   digits where the anion hardly moves; of the transference number as measured in the concentrated
   one.  NaN with more ions. */
PetscReal AnionShare(const Electrolyte *electrolyte);

/* Relative gradient of the ions' total concentration, over the initial one, in the steady state of
   unit current density [m/A].  Only the ion that reacts flows then, and in a neutral solution the
   field drops out of the sum of the ions' driving fluxes, N_r/(f D_r) = -d(sum c_k)/dx:
     g/i = 1/(z_r F f D_r sum c_k,0)
   for any number of ions, a trace of one being a trace; of a binary salt it is (1 - t_+)/(z F f D
   c_+,0), and with the properties at c_0 in the concentrated law, too. */
PetscReal SteadyGradientPerCurrent(const Case *case_);

/* PETSC_TRUE where a binary salt between this pair of boundaries has closed forms, and the
   constants then, with the properties at c_0.  With t_+ >= 1, which the electroneutral closure
   takes, no current depletes the electrode that it plates. */
PetscBool CellConstantsFind(const Case *case_, CellConstants *cell);

/* Whether D or t_+ follows the concentration, so that the closed forms hold only for those at c_0.
 */
PetscBool PropertiesVary(const Electrolyte *electrolyte);

/* All of it for a case; its first current step gives the current density.  Some 50 ms where the
   properties vary. */
PetscErrorCode ClosedFormsFind(const Case *case_, ClosedForms *closed_forms);

/* The depletion time of the finite cell that a run is to be compared with: t_d, or what takes its
   place where the properties vary [s]. */
PetscReal ExpectedDepletionTime(const Case *case_, const ClosedForms *closed_forms);

/* The current density a step asks for [A/m^2]: NaN for a voltage step. */
PetscReal StepCurrentDensity(const ProtocolStep *step, const ClosedForms *closed_forms);

#endif
