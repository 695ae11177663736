#ifndef SANDGLASS_SOLVER_FRONT_H
#define SANDGLASS_SOLVER_FRONT_H

#include "mesh/mesh.h"
#include "solver/closed_forms.h"
#include "solver/solution.h"

/* How far the front between space charge and quasi-neutral liquid will move away from the depleted
   electrode: estimates from closed forms, for the mesh alone.  They err upwards, by a few per cent
   in a cell with current control. */

/* Where the quasi-neutral salt ends at `time` after a current density i > i_lim was switched on
   between two electrodes [m]: 0 up to the depletion time t_d.

   In the end this edge moves at a steady speed v: the salt it sweeps up, porosity c_0 v, is what
   the current takes, (1 - t_+) i/(z F).  At t_d it starts at 2/pi of that in an open cell: the
   surface concentration then falls at the rate c_0/(2 t_d) under a gradient
   (1 - t_+) i/(z F f D) (Sand 1901).  Between the two a root of the time, which with constant
   properties lies 1 to 5 % above what films show.

   In a cell of finite length it comes to rest where the profile of that slope holds all the salt
   of the cell: at x = L (1 - sqrt(i_lim/i)) (Bazant, Chu and Bayly 2005), or, where a reservoir at
   L keeps c_0, at L (1 - i_lim/i). */
PetscReal SaltEdge(PetscReal final_speed, PetscReal depletion_time, PetscReal time);
PetscReal SteadySaltEdge(PetscReal thickness, PetscReal current_ratio, PetscBool reservoir);

/* Width at which a space charge of cations alone carries the current density at a voltage,
     i = (9/8) eps mu V^2/x^3
   (Mott and Gurney 1940; of an electrolyte: Chazalviel 1990, Phys. Rev. A 42, 7355) [m].  In pores
   eps [F/m] has the factor f and mu [m^2/(V s)], of the charge per volume, f/porosity. */
PetscReal SpaceChargeReach(PetscReal permittivity, PetscReal mobility, PetscReal voltage,
                           PetscReal current_density);

/* Fills all of *needs but the layers (solver/layer.h): the farthest of all steps of the protocol,
   at most half the cell, and the shortest profile.  No reach where no space charge is expected: up
   to the limiting current, at blocking electrodes and reservoirs, without Poisson's equation, and
   where a supporting salt stays behind.  `solution` is NULL in the dilute law.

   The case's mesh.front_reach takes the place of the estimate wherever a step of the protocol
   drives a current to. */
void FrontsEstimate(const Case *case_, const ClosedForms *closed_forms, Solution solution,
                    MeshNeeds *needs);

#endif
