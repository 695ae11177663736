#ifndef SANDGLASS_SOLVER_VIRTUAL_SOLUTION_H
#define SANDGLASS_SOLVER_VIRTUAL_SOLUTION_H

#include "solver/transport.h"

/* The neutral solution just outside an electrode's double layer, of any number of ions.

   A layer in quasi-equilibrium leaves as they are the electrochemical potentials of the ions that
   do not react, whose flux ends at the electrode, and the osmotic pressure less the Maxwell stress
   (solver/onset.h).  These and neutrality tell the n concentrations and the potential outside:
     c_k = a_k S^w_k exp(-z_k phi)  of all but the reacting ion r,
     c_r = -sum_(k != r) z_k c_k/z_r,
     Pi(c) = sum_k c_k and what packing adds = what the layer has.
   The reacting ion is not asked for its own potential: it has what charge the others leave, and can
   fall through zero.  While c_r >= 0, Pi rises with z_r phi, and so does c_r; hence c_r falls
   through zero just where Pi falls through Pi_*, the osmotic pressure of a neutral solution of the
   other ions alone at those potentials.  Without other ions of the reacting one's sign Pi_* is 0
   and no such solution: of two ions c_r is the salt's, as it should be.  A supporting salt keeps
   Pi_* > 0, and traces of one move the depletion by a share of the square root of theirs. */

/* Concentration of the reacting ion there [mol/m^3].  log_activity[k]: ln of the concentration in
   mol/m^3, plus z_k phi at any zero of the potential, less packing_weight[k] log_solvent; that of
   the reacting ion is not looked at.  osmotic_concentration: Pi over R T [mol/m^3].  Below zero it
   goes on as a straight line, with the ratio of c_r to Pi - Pi_* of the initial solution.  For the
   dilute law. */
PetscReal VirtualIonConcentration(Transport transport, const PetscReal log_activity[],
                                  PetscReal osmotic_concentration);

/* Pi_* over Pi of the initial solution, 0 without other ions of the reacting one's sign. */
PetscReal InitialSupport(Transport transport);

#endif
