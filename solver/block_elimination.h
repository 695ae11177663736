#ifndef SANDGLASS_SOLVER_BLOCK_ELIMINATION_H
#define SANDGLASS_SOLVER_BLOCK_ELIMINATION_H

#include <petscsys.h>

/* Direct solution of block-tridiagonal systems, their block rows split among the ranks in order.
   PETSc would assemble and factor a general sparse matrix, which takes a Newton iteration on a few
   hundred nodes most of its time.

   On one rank, elimination from the first block on, with pivots within a block, and among two at
   either end of the matrix (Thomas 1949).  On several, every rank but the last sets its last block
   aside; the rest of each is eliminated at the same time, and what is left between those that were
   set aside, one block a rank, is solved by all (Wang 1981). */
typedef struct _p_BlockElimination *BlockElimination;

/* How many block rows `ranks` need among them, split evenly and the first ranks given what is left
   over: three each, so that the first two and the last two are on one rank each. */
PetscInt BlockEliminationLeastRows(PetscMPIInt ranks);

/* `count` block rows of this rank: two or more on all but the last. */
PetscErrorCode BlockEliminationCreate(MPI_Comm comm, PetscInt count, PetscInt block_size,
                                      BlockElimination *elimination);
PetscErrorCode BlockEliminationDestroy(BlockElimination *elimination);

/* rows: [count][block_size][3 block_size], the columns of the block before, of itself and of the
   block after; copied.  Collective.  A singular block gives infinities, as a division would. */
PetscErrorCode BlockEliminationFactor(BlockElimination elimination, const PetscScalar rows[]);

/* Both [count][block_size].  Collective. */
PetscErrorCode BlockEliminationSolve(BlockElimination elimination, const PetscScalar right_hand[],
                                     PetscScalar solution[]);

#endif
