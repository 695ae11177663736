#ifndef SANDGLASS_MESH_MESH_H
#define SANDGLASS_MESH_MESH_H

#include <petscsys.h>

/* Nodes x_0 = 0 ... x_{n-1} = L on the electrodes and between them, with a finite volume around
   each; the faces stand midway between the nodes, the first and last volume end at the electrode.
 */
typedef struct {
  PetscInt nodes;      // n
  PetscReal *x;        // [n] positions [m]
  PetscReal *width;    // [n] of the volumes [m]; they add up to L
  PetscReal *spacing;  // [n - 1] between nodes i and i + 1 [m]
} Mesh;

/* Graded from both ends to the middle: the spacing grows in geometric progression from
   first_spacing, with the ratio that makes the nodes reach; the mesh is symmetric.  Where
   first_spacing is not below thickness/(nodes - 1) the mesh is uniform.
   Needs nodes >= 3, thickness and first_spacing > 0 (PETSC_ERR_ARG_OUTOFRANGE). */
PetscErrorCode MeshCreateGraded(PetscInt nodes, PetscReal thickness, PetscReal first_spacing,
                                Mesh *mesh);

/* The charged layer on an end of the mesh. */
typedef struct {
  PetscReal length;     // over which a weak one decays, the Debye length [m]; 0: there is none
  PetscReal potential;  // across it, times the charge number of the ions that gather [R T/F]
  PetscReal crowded;    // how far the ions stand as close as they can [m]
} MeshLayer;

/* What a mesh is to resolve: the charged layers; where a space charge will open at an electrode,
   its outer edge, which moves away from the electrode; and the profile of the salt. */
typedef struct {
  MeshLayer layer[2];          // at x = 0, at x = L
  PetscReal reach[2];          // how far the edge will go from x = 0, from x = L [m]; 0: none
  PetscReal edge_width;        // [m]; need not be resolved much finer
  PetscReal diffusion_length;  // of the salt's profile beside an electrode, the shortest [m]
} MeshNeeds;

/* Fine in the layers, from both ends to the middle, nearly uniform out to the reach of each front,
   and from there on fine enough for the salt's profile.  Only one factor is left to the number of
   nodes: twice as many intervals halve the spacing everywhere.

   A first_spacing that is not NaN takes the place of the layers: the spacing grows from there on,
   and is nowhere finer; to halve the spacing everywhere it is to be halved, too.  Without a reach
   this is MeshCreateGraded.

   PETSC_ERR_ARG_OUTOFRANGE as MeshCreateGraded. */
PetscErrorCode MeshCreateFor(PetscInt nodes, PetscReal thickness, PetscReal first_spacing,
                             const MeshNeeds *needs, Mesh *mesh);
PetscErrorCode MeshDestroy(Mesh *mesh);

/* Position of the face between nodes i and i + 1 [m]. */
static inline PetscReal MeshFace(const Mesh *mesh, PetscInt i)
{
  return mesh->x[i] + 0.5 * mesh->spacing[i];
}

#endif
