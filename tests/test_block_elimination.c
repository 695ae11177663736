#include "solver/block_elimination.h"

#include <math.h>

#include "tests/support.h"

/* Any rank's share of a system whose entries follow from their place. */
typedef struct {
  PetscInt total, n, first, count;
  PetscScalar *rows;
} System;

/* Between -1 and 1, the same on any number of ranks. */
static PetscReal Entry(PetscInt row, PetscInt column)
{
  return sin(12.9898 * row + 78.233 * column + 0.37 * row * column);
}

/* With small diagonals of the blocks, so that pivots are needed, and coupling that lets the blocks
   be eliminated in order. */
static System SystemCreate(PetscInt total, PetscInt n)
{
  System s = {.total = total, .n = n};
  PetscMPIInt rank, ranks;

  CallOrAbort(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  CallOrAbort(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  s.first = rank * total / ranks;
  s.count = (rank + 1) * total / ranks - s.first;
  CallOrAbort(PetscCalloc1(s.count * n * 3 * n, &s.rows));
  for (PetscInt i = 0; i < s.count * n; i++) {
    const PetscInt row = s.first * n + i;
    for (PetscInt b = 0; b < 3; b++) {
      for (PetscInt j = 0; j < n; j++) {
        const PetscInt column = (s.first + i / n + b - 1) * n + j;
        const PetscReal size = b == 1 ? (j == (row + 1) % n ? 3 : 0.4) : 0.3;
        if (column < 0 || column >= total * n) continue;
        s.rows[i * 3 * n + b * n + j] =
            size * (b == 1 && j == (row + 1) % n ? 1 : Entry(row, column));
      }
    }
  }
  return s;
}

/* The first and the last block have no row that tells their first unknown: only their neighbours
   know it. */
static void LeaveUntold(System *s)
{
  const PetscInt n = s->n;

  for (PetscInt i = 0; i < s->count * n; i++) {
    const PetscInt block = s->first + i / n;
    if (block > 0 && block < s->total - 1) continue;
    s->rows[i * 3 * n + n] = 0;
  }
}

static PetscReal Known(PetscInt i)
{
  return Entry(i, 3) * pow(10, 3 * Entry(i, 5));
}

static PetscReal LargestError(PetscInt total, PetscInt n, PetscBool untold)
{
  System s = SystemCreate(total, n);
  BlockElimination elimination;
  PetscScalar *right_hand, *solution;
  PetscReal worst = 0;

  if (untold) LeaveUntold(&s);
  CallOrAbort(PetscCalloc2(s.count * n, &right_hand, s.count * n, &solution));
  for (PetscInt i = 0; i < s.count * n; i++) {
    for (PetscInt c = 0; c < 3 * n; c++) {
      const PetscInt column = (s.first + i / n - 1) * n + c;
      right_hand[i] += s.rows[i * 3 * n + c] * Known(column);
    }
  }
  CallOrAbort(BlockEliminationCreate(PETSC_COMM_WORLD, s.count, n, &elimination));
  for (PetscInt again = 0; again < 2; again++) {
    CallOrAbort(BlockEliminationFactor(elimination, s.rows));
    CallOrAbort(BlockEliminationSolve(elimination, right_hand, solution));
  }
  for (PetscInt i = 0; i < s.count * n; i++) {
    worst = Worse(worst, fabs(solution[i] - Known(s.first * n + i)));
  }
  CallOrAbort(BlockEliminationDestroy(&elimination));
  CallOrAbort(PetscFree2(right_hand, solution));
  CallOrAbort(PetscFree(s.rows));
  return worst;
}

// Against a known solution of entries up to 1000, for block sizes of two, three and more ions.
static void test_block_tridiagonal_systems_are_solved_to_rounding(PETSC_UNUSED void **state)
{
  for (PetscInt n = 1; n <= 9; n++) {
    for (PetscInt total = 9; total <= 400; total = 3 * total + 1) {
      assert_at_most(LargestError(total, n, PETSC_FALSE), 1e-10);
    }
  }
}

// What enters through an open boundary is told by the balance of the volume beside it alone.
static void test_ends_may_be_told_by_their_neighbours(PETSC_UNUSED void **state)
{
  for (PetscInt n = 2; n <= 9; n++) {
    for (PetscInt total = 9; total <= 400; total = 3 * total + 1) {
      assert_at_most(LargestError(total, n, PETSC_TRUE), 1e-9);
    }
  }
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_block_tridiagonal_systems_are_solved_to_rounding),
      cmocka_unit_test(test_ends_may_be_told_by_their_neighbours),
  };
  int failures;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  failures = cmocka_run_group_tests(tests, NULL, NULL);
  PetscCall(PetscFinalize());
  return failures;
}
