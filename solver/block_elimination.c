#include "solver/block_elimination.h"

#define LARGEST_BLOCK 16

/* A run of block rows that is eliminated by one rank: rows of a block-tridiagonal matrix without
   what couples its ends to others.  Factored as L U with L of unit diagonal: rows are what the
   balances are conserved in, and this order leaves them the smaller errors.

   At an end of the whole matrix the last two block rows are eliminated as one, with pivots among
   both: the unknowns of a boundary may be told by the rows of the volume beside it alone, as what
   enters through an open boundary is, and that volume's by the boundary's. */
typedef struct {
  PetscInt count, n;
  PetscBool has_head, has_tail;  // the first two blocks are a pair; the last two
  PetscScalar *factor;           // [count][n][n], L: multiples of the row before
  PetscScalar *inverse;          // [count][n][n], of the diagonal blocks of U, without the pairs'
  PetscScalar *upper;            // [count][n][n], the blocks after, as given
  PetscScalar *pair[2];          // [2 n][2 n], the inverses of head and tail
  PetscScalar *by_first;         // [n][n], multiples of the head's first row in the third row
} Chain;

/* What the ranks tell each other of a factorisation, blocks of n x n each: of the inverse of their
   chain between its ends and its two neighbours, and the row they set aside. */
enum {
  FIRST_BY_LEFT,
  FIRST_BY_RIGHT,
  LAST_BY_LEFT,
  LAST_BY_RIGHT,
  ROW_ASIDE,
  PACKET = ROW_ASIDE + 3
};

struct _p_BlockElimination {
  MPI_Comm comm;
  PetscMPIInt rank, ranks;
  PetscInt n, count;
  Chain own;          // the blocks of this rank, but for one set aside where another rank follows
  Chain between;      // those set aside, of all ranks; on every rank the same
  PetscScalar *ends;  // [2][n][n]: from the first row to the rank before, from the last to the row
                      // set aside
  PetscScalar *packets;   // [ranks][PACKET][n][n]
  PetscScalar *work;      // [count or ranks][n]
  PetscScalar *messages;  // [ranks][3][n]
};

// ---- One block ----------------------------------------------------------------------------------

/* The block size is a constant to the compiler in each of these calls, so that loops unroll. */
#define FOR_SIZE(n, call) \
  do {                    \
    switch (n) {          \
      case 3:             \
        call(3);          \
        break;            \
      case 4:             \
        call(4);          \
        break;            \
      default:            \
        call(n);          \
    }                     \
  } while (0)

/* inverse = a^-1 by cofactors, of the block of two ions and the potential: in two thirds of the
   elimination's time. */
static inline void InvertThree(const PetscScalar a[], PetscScalar inverse[])
{
  inverse[0] = a[4] * a[8] - a[5] * a[7];
  inverse[1] = a[2] * a[7] - a[1] * a[8];
  inverse[2] = a[1] * a[5] - a[2] * a[4];
  inverse[3] = a[5] * a[6] - a[3] * a[8];
  inverse[4] = a[0] * a[8] - a[2] * a[6];
  inverse[5] = a[2] * a[3] - a[0] * a[5];
  inverse[6] = a[3] * a[7] - a[4] * a[6];
  inverse[7] = a[1] * a[6] - a[0] * a[7];
  inverse[8] = a[0] * a[4] - a[1] * a[3];
  const PetscScalar scale = 1 / (a[0] * inverse[0] + a[1] * inverse[3] + a[2] * inverse[6]);
  for (PetscInt i = 0; i < 9; i++) inverse[i] *= scale;
}

/* inverse = a^-1 by elimination with exchanged rows; a is spent. */
static inline void InvertByElimination(PetscInt n, PetscScalar a[], PetscScalar inverse[])
{
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++) inverse[i * n + j] = i == j;
  }
  for (PetscInt k = 0; k < n; k++) {
    PetscScalar scale;
    PetscInt p = k;
    for (PetscInt i = k + 1; i < n; i++) {
      if (PetscAbsScalar(a[i * n + k]) > PetscAbsScalar(a[p * n + k])) p = i;
    }
    for (PetscInt j = 0; j < n && p != k; j++) {
      const PetscScalar swap = a[k * n + j], swap_inverse = inverse[k * n + j];
      a[k * n + j] = a[p * n + j];
      a[p * n + j] = swap;
      inverse[k * n + j] = inverse[p * n + j];
      inverse[p * n + j] = swap_inverse;
    }
    scale = 1 / a[k * n + k];
    for (PetscInt i = k + 1; i < n; i++) {
      const PetscScalar factor = a[i * n + k] * scale;
      for (PetscInt j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
      for (PetscInt j = 0; j < n; j++) inverse[i * n + j] -= factor * inverse[k * n + j];
    }
    a[k * n + k] = scale;
  }
  for (PetscInt k = n - 1; k >= 0; k--) {
    for (PetscInt j = 0; j < n; j++) {
      PetscScalar sum = inverse[k * n + j];
      for (PetscInt i = k + 1; i < n; i++) sum -= a[k * n + i] * inverse[i * n + j];
      inverse[k * n + j] = sum * a[k * n + k];
    }
  }
}

/* inverse = a^-1; a is spent. */
static inline void InvertBlock(PetscInt n, PetscScalar a[], PetscScalar inverse[])
{
  if (n == 3)
    InvertThree(a, inverse);
  else
    InvertByElimination(n, a, inverse);
}

/* y [n][columns] = a x. */
static inline void Product(PetscInt n, PetscInt columns, const PetscScalar a[],
                           const PetscScalar x[], PetscScalar y[])
{
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt c = 0; c < columns; c++) {
      PetscScalar sum = 0;
      for (PetscInt j = 0; j < n; j++) sum += a[i * n + j] * x[j * columns + c];
      y[i * columns + c] = sum;
    }
  }
}

/* y [n][columns] -= a x. */
static inline void SubtractProduct(PetscInt n, PetscInt columns, const PetscScalar a[],
                                   const PetscScalar x[], PetscScalar y[])
{
  for (PetscInt i = 0; i < n; i++) {
    for (PetscInt j = 0; j < n; j++) {
      for (PetscInt c = 0; c < columns; c++)
        y[i * columns + c] -= a[i * n + j] * x[j * columns + c];
    }
  }
}

// ---- A chain of blocks --------------------------------------------------------------------------

static PetscErrorCode ChainCreate(PetscInt count, PetscInt n, PetscBool at_start, PetscBool at_end,
                                  Chain *chain)
{
  const PetscInt size = count * n * n;

  PetscFunctionBeginUser;
  chain->count = count;
  chain->n = n;
  chain->has_head = (PetscBool)(at_start && count >= 2);
  chain->has_tail = (PetscBool)(at_end && count - 2 * chain->has_head >= 2);
  PetscCall(PetscMalloc3(size, &chain->factor, size, &chain->inverse, size, &chain->upper));
  PetscCall(PetscMalloc3(4 * n * n, &chain->pair[0], 4 * n * n, &chain->pair[1], n * n,
                         &chain->by_first));
  PetscFunctionReturn(0);
}

static PetscErrorCode ChainDestroy(Chain *chain)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree3(chain->factor, chain->inverse, chain->upper));
  PetscCall(PetscFree3(chain->pair[0], chain->pair[1], chain->by_first));
  PetscFunctionReturn(0);
}

/* Block b of a row as BlockEliminationFactor has it, [n][3 n], to `block` [n][n]. */
static inline void CopyBlock(PetscInt n, const PetscScalar row[], PetscInt b, PetscScalar block[])
{
  for (PetscInt r = 0; r < n; r++) {
    for (PetscInt c = 0; c < n; c++) block[r * n + c] = row[(r * 3 + b) * n + c];
  }
}

/* Quarter (row, column) of a pair's inverse, [n][n]. */
static inline void CopyQuarter(PetscInt n, const PetscScalar pair[], PetscInt row, PetscInt column,
                               PetscScalar block[])
{
  for (PetscInt r = 0; r < n; r++) {
    for (PetscInt c = 0; c < n; c++) {
      block[r * n + c] = pair[(row * n + r) * 2 * n + column * n + c];
    }
  }
}

/* Divides the rows by their largest entries, so that pivots are compared in like units. */
static void EquilibrateRows(PetscInt n, PetscScalar a[], PetscReal scale[])
{
  for (PetscInt r = 0; r < n; r++) {
    PetscReal largest = 0;
    for (PetscInt c = 0; c < n; c++) largest = PetscMax(largest, PetscAbsScalar(a[r * n + c]));
    scale[r] = largest > 0 ? 1 / largest : 1;
    for (PetscInt c = 0; c < n; c++) a[r * n + c] *= scale[r];
  }
}

/* The inverse of two block rows [2 n][3 n] together, of which the first one's diagonal block is as
   `first` has it. */
static void InvertPair(PetscInt n, const PetscScalar rows[], const PetscScalar first[],
                       PetscScalar inverse[])
{
  PetscScalar pair[4 * LARGEST_BLOCK * LARGEST_BLOCK];
  PetscReal scale[2 * LARGEST_BLOCK] = {0};

  for (PetscInt r = 0; r < 2 * n; r++) {
    for (PetscInt c = 0; c < 2 * n; c++) {
      pair[r * 2 * n + c] = rows[r * 3 * n + (r < n ? n : 0) + c];
      if (r < n && c < n) pair[r * 2 * n + c] = first[r * n + c];
    }
  }
  EquilibrateRows(2 * n, pair, scale);
  InvertByElimination(2 * n, pair, inverse);
  for (PetscInt r = 0; r < 2 * n; r++) {
    for (PetscInt c = 0; c < 2 * n; c++) inverse[r * 2 * n + c] *= scale[c];
  }
}

/* What the third row takes of the head's two. */
static void FactorHead(Chain *chain, PetscInt n, const PetscScalar rows[])
{
  PetscScalar first[LARGEST_BLOCK * LARGEST_BLOCK] = {0}, lower[LARGEST_BLOCK * LARGEST_BLOCK];
  PetscScalar quarter[LARGEST_BLOCK * LARGEST_BLOCK];

  CopyBlock(n, rows, 1, first);
  InvertPair(n, rows, first, chain->pair[0]);
  CopyBlock(n, rows + n * 3 * n, 2, chain->upper + n * n);
  CopyQuarter(n, chain->pair[0], 1, 1, chain->inverse + n * n);
  if (chain->count < 3) return;
  CopyBlock(n, rows + 2 * n * 3 * n, 0, lower);
  CopyQuarter(n, chain->pair[0], 1, 0, quarter);
  Product(n, n, lower, quarter, chain->by_first);
}

static inline void ChainFactorOfSize(Chain *chain, PetscInt n, const PetscScalar rows[])
{
  const PetscInt first = chain->has_head ? 2 : 0;
  const PetscInt last = chain->count - (chain->has_tail ? 2 : 1);
  PetscScalar lower[LARGEST_BLOCK * LARGEST_BLOCK], diagonal[LARGEST_BLOCK * LARGEST_BLOCK] = {0};

  if (chain->has_head) FactorHead(chain, n, rows);
  for (PetscInt i = first; i <= last; i++) {
    const PetscScalar *row = rows + i * n * 3 * n;
    PetscScalar *factor = chain->factor + i * n * n;
    CopyBlock(n, row, 1, diagonal);
    CopyBlock(n, row, 2, chain->upper + i * n * n);
    if (i > 0) {
      CopyBlock(n, row, 0, lower);
      Product(n, n, lower, chain->inverse + (i - 1) * n * n, factor);
      SubtractProduct(n, n, factor, chain->upper + (i - 1) * n * n, diagonal);
    }
    if (i == chain->count - 2 && chain->has_tail)
      InvertPair(n, row, diagonal, chain->pair[1]);
    else
      InvertBlock(n, diagonal, chain->inverse + i * n * n);
  }
}

static void ChainFactor(Chain *chain, const PetscScalar rows[])
{
#define CALL(n) ChainFactorOfSize(chain, n, rows)
  FOR_SIZE(chain->n, CALL);
#undef CALL
}

static void SolvePair(PetscInt n, const PetscScalar pair[], PetscScalar x[])
{
  PetscScalar right_hand[2 * LARGEST_BLOCK];

  for (PetscInt k = 0; k < 2 * n; k++) right_hand[k] = x[k];
  Product(2 * n, 1, pair, right_hand, x);
}

static inline void ChainSolveOfSize(const Chain *chain, PetscInt n, PetscScalar x[])
{
  const PetscInt first = chain->has_head ? 2 : 0;
  const PetscInt last = chain->count - (chain->has_tail ? 2 : 1);
  PetscScalar rest[LARGEST_BLOCK];

  if (first == 2 && chain->count > 2) SubtractProduct(n, 1, chain->by_first, x, x + 2 * n);
  for (PetscInt i = PetscMax(1, first); i <= last; i++) {
    SubtractProduct(n, 1, chain->factor + i * n * n, x + (i - 1) * n, x + i * n);
  }
  if (chain->has_tail) SolvePair(n, chain->pair[1], x + last * n);
  for (PetscInt i = last - chain->has_tail; i >= first; i--) {
    for (PetscInt k = 0; k < n; k++) rest[k] = x[i * n + k];
    if (i < chain->count - 1) {
      SubtractProduct(n, 1, chain->upper + i * n * n, x + (i + 1) * n, rest);
    }
    Product(n, 1, chain->inverse + i * n * n, rest, x + i * n);
  }
  if (first == 0) return;
  if (chain->count > 2) SubtractProduct(n, 1, chain->upper + n * n, x + 2 * n, x + n);
  SolvePair(n, chain->pair[0], x);
}

/* x [count][n], the right-hand side, becomes the solution. */
static void ChainSolve(const Chain *chain, PetscScalar x[])
{
#define CALL(n) ChainSolveOfSize(chain, n, x)
  FOR_SIZE(chain->n, CALL);
#undef CALL
}

// ---- Several ranks ------------------------------------------------------------------------------

static inline PetscBool SetsAside(BlockElimination e)
{
  return (PetscBool)(e->rank < e->ranks - 1);
}

static inline PetscScalar *PacketBlock(BlockElimination e, PetscInt rank, PetscInt block)
{
  return e->packets + (rank * PACKET + block) * e->n * e->n;
}

/* Column c of the inverse of the chain times the block that couples one of its ends outwards, at
   both ends. */
static void SolveEndColumn(BlockElimination e, PetscBool at_last, PetscInt c)
{
  const PetscInt n = e->n, last = (e->own.count - 1) * n;
  const PetscScalar *block = e->ends + (at_last ? n * n : 0);
  PetscScalar *first_block = PacketBlock(e, e->rank, at_last ? FIRST_BY_RIGHT : FIRST_BY_LEFT);
  PetscScalar *last_block = PacketBlock(e, e->rank, at_last ? LAST_BY_RIGHT : LAST_BY_LEFT);

  for (PetscInt i = 0; i < e->own.count * n; i++) e->work[i] = 0;
  for (PetscInt r = 0; r < n; r++) e->work[(at_last ? last : 0) + r] = block[r * n + c];
  ChainSolve(&e->own, e->work);
  for (PetscInt r = 0; r < n; r++) {
    first_block[r * n + c] = e->work[r];
    last_block[r * n + c] = e->work[last + r];
  }
}

/* The system between the rows set aside: row s of rank r, whose chain ends beside it, and the chain
   of rank r + 1 that begins there. */
static void FactorBetween(BlockElimination e, PetscScalar rows[])
{
  const PetscInt n = e->n;

  for (PetscInt r = 0; r < e->ranks - 1; r++) {
    const PetscScalar *lower = PacketBlock(e, r, ROW_ASIDE);
    const PetscScalar *diagonal = PacketBlock(e, r, ROW_ASIDE + 1);
    const PetscScalar *upper = PacketBlock(e, r, ROW_ASIDE + 2);
    PetscScalar block[3][LARGEST_BLOCK * LARGEST_BLOCK] = {{0}};

    for (PetscInt i = 0; i < n * n; i++) block[1][i] = diagonal[i];
    SubtractProduct(n, n, lower, PacketBlock(e, r, LAST_BY_LEFT), block[0]);
    SubtractProduct(n, n, lower, PacketBlock(e, r, LAST_BY_RIGHT), block[1]);
    SubtractProduct(n, n, upper, PacketBlock(e, r + 1, FIRST_BY_LEFT), block[1]);
    SubtractProduct(n, n, upper, PacketBlock(e, r + 1, FIRST_BY_RIGHT), block[2]);
    for (PetscInt i = 0; i < n; i++) {
      for (PetscInt b = 0; b < 3; b++) {
        for (PetscInt j = 0; j < n; j++) rows[((r * n + i) * 3 + b) * n + j] = block[b][i * n + j];
      }
    }
  }
  ChainFactor(&e->between, rows);
}

static PetscErrorCode FactorTogether(BlockElimination e, const PetscScalar rows[])
{
  const PetscInt n = e->n, size = PACKET * n * n;
  PetscScalar *between;

  PetscFunctionBeginUser;
  PetscCall(PetscArrayzero(PacketBlock(e, e->rank, 0), size));
  CopyBlock(n, rows, 0, e->ends);
  CopyBlock(n, rows + (e->own.count - 1) * n * 3 * n, 2, e->ends + n * n);
  for (PetscInt c = 0; c < n; c++) {
    if (e->rank > 0) SolveEndColumn(e, PETSC_FALSE, c);
    if (SetsAside(e)) SolveEndColumn(e, PETSC_TRUE, c);
  }
  for (PetscInt b = 0; b < 3 && SetsAside(e); b++) {
    CopyBlock(n, rows + e->own.count * n * 3 * n, b, PacketBlock(e, e->rank, ROW_ASIDE + b));
  }
  PetscCallMPI(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, e->packets, (PetscMPIInt)size,
                             MPIU_SCALAR, e->comm));
  PetscCall(PetscMalloc1((e->ranks - 1) * n * 3 * n, &between));
  FactorBetween(e, between);
  PetscCall(PetscFree(between));
  PetscFunctionReturn(0);
}

/* Ends of the chains' own solutions, and the right-hand sides set aside. */
static PetscErrorCode SolveBetween(BlockElimination e, const PetscScalar right_hand[],
                                   const PetscScalar own[], PetscScalar aside[])
{
  const PetscInt n = e->n;
  PetscScalar *message = e->messages + e->rank * 3 * n;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < n; i++) {
    message[i] = own[i];
    message[n + i] = own[(e->own.count - 1) * n + i];
    message[2 * n + i] = SetsAside(e) ? right_hand[e->own.count * n + i] : 0;
  }
  PetscCallMPI(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, e->messages, (PetscMPIInt)(3 * n),
                             MPIU_SCALAR, e->comm));
  for (PetscInt r = 0; r < e->ranks - 1; r++) {
    for (PetscInt i = 0; i < n; i++) aside[r * n + i] = e->messages[(r * 3 + 2) * n + i];
    SubtractProduct(n, 1, PacketBlock(e, r, ROW_ASIDE), e->messages + (r * 3 + 1) * n,
                    aside + r * n);
    SubtractProduct(n, 1, PacketBlock(e, r, ROW_ASIDE + 2), e->messages + (r + 1) * 3 * n,
                    aside + r * n);
  }
  ChainSolve(&e->between, aside);
  PetscFunctionReturn(0);
}

static PetscErrorCode SolveTogether(BlockElimination e, const PetscScalar right_hand[],
                                    PetscScalar solution[])
{
  const PetscInt n = e->n, last = (e->own.count - 1) * n;
  PetscScalar *aside;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1((e->ranks - 1) * n, &aside));
  PetscCall(SolveBetween(e, right_hand, solution, aside));
  // Once more, now that the neighbours are known.
  PetscCall(PetscArraycpy(solution, right_hand, e->own.count * n));
  if (e->rank > 0) SubtractProduct(n, 1, e->ends, aside + (e->rank - 1) * n, solution);
  if (SetsAside(e)) {
    SubtractProduct(n, 1, e->ends + n * n, aside + e->rank * n, solution + last);
    PetscCall(PetscArraycpy(solution + last + n, aside + e->rank * n, n));
  }
  ChainSolve(&e->own, solution);
  PetscCall(PetscFree(aside));
  PetscFunctionReturn(0);
}

// ---- Public -------------------------------------------------------------------------------------

PetscInt BlockEliminationLeastRows(PetscMPIInt ranks)
{
  return ranks == 1 ? 1 : 3 * ranks;
}

PetscErrorCode BlockEliminationCreate(MPI_Comm comm, PetscInt count, PetscInt block_size,
                                      BlockElimination *elimination)
{
  BlockElimination e;

  PetscFunctionBeginUser;
  PetscCheck(block_size <= LARGEST_BLOCK, comm, PETSC_ERR_ARG_OUTOFRANGE, "blocks of %d",
             (int)block_size);
  PetscCall(PetscNew(&e));
  e->comm = comm;
  e->n = block_size;
  e->count = count;
  PetscCallMPI(MPI_Comm_rank(comm, &e->rank));
  PetscCallMPI(MPI_Comm_size(comm, &e->ranks));
  PetscCheck(count - SetsAside(e) >= 1, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "%d block rows on a rank", (int)count);
  PetscCall(ChainCreate(count - SetsAside(e), block_size, (PetscBool)(e->rank == 0),
                        (PetscBool)(e->rank == e->ranks - 1), &e->own));
  PetscCall(ChainCreate(e->ranks - 1, block_size, PETSC_FALSE, PETSC_FALSE, &e->between));
  PetscCall(PetscMalloc4(2 * block_size * block_size, &e->ends,
                         e->ranks * PACKET * block_size * block_size, &e->packets,
                         count * block_size, &e->work, e->ranks * 3 * block_size, &e->messages));
  *elimination = e;
  PetscFunctionReturn(0);
}

PetscErrorCode BlockEliminationDestroy(BlockElimination *elimination)
{
  BlockElimination e = *elimination;

  PetscFunctionBeginUser;
  if (!e) PetscFunctionReturn(0);
  PetscCall(ChainDestroy(&e->own));
  PetscCall(ChainDestroy(&e->between));
  PetscCall(PetscFree4(e->ends, e->packets, e->work, e->messages));
  PetscCall(PetscFree(*elimination));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockEliminationFactor(BlockElimination e, const PetscScalar rows[])
{
  PetscFunctionBeginUser;
  ChainFactor(&e->own, rows);
  if (e->ranks > 1) PetscCall(FactorTogether(e, rows));
  PetscFunctionReturn(0);
}

PetscErrorCode BlockEliminationSolve(BlockElimination e, const PetscScalar right_hand[],
                                     PetscScalar solution[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(solution, right_hand, e->own.count * e->n));
  ChainSolve(&e->own, solution);
  if (e->ranks > 1) PetscCall(SolveTogether(e, right_hand, solution));
  PetscFunctionReturn(0);
}
