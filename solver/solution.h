#ifndef SANDGLASS_SOLVER_SOLUTION_H
#define SANDGLASS_SOLVER_SOLUTION_H

#include "solver/case.h"
#include "solver/property.h"

/* A concentrated solution of a binary 1:1 salt, by its measured properties at the temperature of a
   case, for every salt concentration c = (c_+ + c_-)/2 >= 0 [mol/m^3] (model.md 3).  Within the
   validity [low, high] the properties are those measured.  Above it every property keeps its value
   at its upper end.  Below it D and t_+ follow their fit, the thermodynamic factor goes linearly to
   1 at c = 0, and the friction between the ions keeps its value at the lower end, so that the
   solution becomes an ideal dilute one.  There is none with t_+ outside 0 to 1, which the
   electroneutral closure takes: there D falls, and kappa/c rises, to a tenth and to ten times of
   what they are at the lower end at most. */
typedef struct _p_Solution *Solution;

/* PETSC_ERR_ARG_WRONGSTATE where a property is missing; which one is the reader's to tell.
   PETSC_ERR_USER_INPUT, "integral is not smooth at 102 mol/m^3", where the thermodynamic factor
   changes too much between two concentrations. */
PetscErrorCode SolutionCreate(const Electrolyte *electrolyte, PetscReal temperature,
                              Solution *solution);
PetscErrorCode SolutionDestroy(Solution *solution);

/* What the solver may not be given: the first violation over the whole range from c = 0 up. */
typedef struct {
  const char *property;  // key below `electrolyte`, NULL: nothing is wrong
  const char *allowed;   // "> 0", "> 0, < 1"
  PetscReal value;       // the worst found
  PetscReal low, high;   // where [mol/m^3]
} SolutionViolation;

/* In both closures D > 0 and kappa > 0, in the poisson closure 0 < t_+ < 1 and TDF > 0 besides, and
   all of it below the validity, too. */
void SolutionCheck(Solution solution, SolutionViolation *violation);

/* Concentrations at which the friction between the ions is held at 0.95 of the bound of dissipation
   (poisson closure); false: nowhere. */
PetscBool SolutionHeldRange(Solution solution, PetscReal *low, PetscReal *high);

/* Diffusivity of the salt D [m^2/s] and transference number of the cation [-]. */
PropertyValue SolutionDiffusivity(Solution solution, PetscReal concentration);
PropertyValue SolutionTransferenceNumber(Solution solution, PetscReal concentration);
PropertyValue SolutionThermodynamicFactor(Solution solution, PetscReal concentration);

/* D/TDF: the salt's flux over that of its chemical potential [m^2/s]. */
PropertyValue SolutionMobility(Solution solution, PetscReal concentration);

/* kappa R T/(F^2 c) [m^2/s]: (D_+0 + D_-0) in a dilute solution. */
PropertyValue SolutionReducedConductivity(Solution solution, PetscReal concentration);

/* Frictions: 1/D_+0 and 1/D_-0 [s/m^2], Lambda [m s/mol]. */
typedef struct {
  PropertyValue cation_solvent, anion_solvent, ion_ion;
} Frictions;

Frictions SolutionFrictions(Solution solution, PetscReal concentration);

/* ln gamma = int_0^c (TDF - 1) dln c' [-] and int_0^c TDF dc' [mol/m^3]: the osmotic pressure over
   2 R T.  The latter continues to negative c as c itself. */
PropertyValue SolutionLogActivityCoefficient(Solution solution, PetscReal concentration);
PropertyValue SolutionOsmoticConcentration(Solution solution, PetscReal concentration);

#endif
