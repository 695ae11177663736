#ifndef SANDGLASS_SOLVER_LAYER_H
#define SANDGLASS_SOLVER_LAYER_H

#include "mesh/mesh.h"
#include "solver/closed_forms.h"

/* The charged layers that a protocol will raise at the two boundaries: estimates, for the mesh
   alone.  They err upwards; a layer that is taken for more charged than it is only gets more nodes.

   Every potential here is in units of R T/F and a magnitude. */

/* Across the diffuse layer that holds the charge q [C/m^2] over eps R T/(F lambda_D): 2 arsinh(q/2)
   (Gouy 1910, Chapman 1913). */
PetscReal LayerPotentialOfCharge(PetscReal charge);

/* The current density that a voltage [V] drives through the uniform solution [A/m^2]: the first one
   of a voltage step. */
PetscReal OhmicCurrentDensity(const Case *case_, PetscReal voltage);

/* Fills needs->layer: no layer in the electroneutral closure, nor at a reservoir. */
void LayersEstimate(const Case *case_, const ClosedForms *closed_forms, MeshNeeds *needs);

#endif
