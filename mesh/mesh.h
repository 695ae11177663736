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
/* What a mesh is to resolve where a space charge will open at an electrode: its outer edge, which
   moves away from the electrode, and the profile of the salt beyond it. */
typedef struct {
  PetscReal reach[2];          // how far the edge will go from x = 0, from x = L [m]; 0: none
  PetscReal edge_width;        // [m]; need not be resolved much finer
  PetscReal diffusion_length;  // of the salt's profile beside that electrode [m]
} MeshFronts;

/* Graded from both ends as above, but nearly uniform out to the reach of each front, and from there
   on fine enough for the salt's profile; nowhere finer than first_spacing.  Only one factor is left
   to the number of nodes: twice as many intervals with half the first_spacing halve the spacing
   everywhere.  Without a reach this is MeshCreateGraded; PETSC_ERR_ARG_OUTOFRANGE likewise. */
PetscErrorCode MeshCreateForFronts(PetscInt nodes, PetscReal thickness, PetscReal first_spacing,
                                   const MeshFronts *fronts, Mesh *mesh);
PetscErrorCode MeshDestroy(Mesh *mesh);

/* Position of the face between nodes i and i + 1 [m]. */
static inline PetscReal MeshFace(const Mesh *mesh, PetscInt i)
{
  return mesh->x[i] + 0.5 * mesh->spacing[i];
}

#endif
