#include "io/sampling.h"

// ---- Random numbers ----

/* The number at `position` of the sequence of SplitMix64 that starts from `seed`. */
static uint64_t SplitMix(uint64_t seed, uint64_t position)
{
  uint64_t z = seed + (position + 1) * UINT64_C(0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

// The seed of one coordinate's own sequence; `purpose` tells apart those of one coordinate.
static uint64_t SeedOf(uint64_t seed, PetscInt dimension, uint64_t purpose)
{
  return SplitMix(SplitMix(seed, (uint64_t)dimension), purpose);
}

// In (0, 1), by 52 bits: the ends are not reached.
static PetscReal UnitInterval(uint64_t bits)
{
  return ((PetscReal)(bits >> 12) + 0.5) * 0x1p-52;
}

// ---- Latin hypercube ----

/* Where `number` goes in a random permutation of 0 .. count - 1: a Feistel network of four rounds
   over the least even number of bits that holds them, repeated until the result is among them. */
static uint64_t Permute(uint64_t seed, uint64_t count, uint64_t number)
{
  unsigned half = 1;

  while (half < 32 && UINT64_C(1) << (2 * half) < count) half++;
  const uint64_t mask = (UINT64_C(1) << half) - 1;
  do {
    uint64_t left = number >> half, right = number & mask;

    for (uint64_t round = 0; round < 4; round++) {
      const uint64_t next = left ^ (SplitMix(seed + right, round) & mask);

      left = right;
      right = next;
    }
    number = left << half | right;
  } while (number >= count);
  return number;
}

static PetscReal LatinHypercube(uint64_t seed, uint64_t count, PetscInt dimension, uint64_t number)
{
  const uint64_t stratum = Permute(SeedOf(seed, dimension, 1), count, number);

  return ((PetscReal)stratum + UnitInterval(SplitMix(SeedOf(seed, dimension, 2), number))) /
         (PetscReal)count;
}

// ---- Sobol ----

#define SOBOL_BITS 32

/* Of each coordinate after the first: the degree of its primitive polynomial, the bits of that
   between the first and the last, and the first direction numbers.  From new-joe-kuo-6.21201:
   S. Joe and F. Y. Kuo, SIAM J. Sci. Comput. 30 (2008) 2635. */
static const struct {
  unsigned degree, polynomial;
  uint32_t initial[7];
} joe_kuo[SOBOL_DIMENSIONS - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

/* The direction numbers of a coordinate, as binary fractions:
     v_k = v_(k-s) ^ (v_(k-s) >> s) ^ a_1 v_(k-1) ^ ... ^ a_(s-1) v_(k-s+1). */
static void DirectionNumbers(PetscInt dimension, uint32_t direction[SOBOL_BITS])
{
  const unsigned degree = dimension ? joe_kuo[dimension - 1].degree : SOBOL_BITS;

  for (unsigned k = 0; k < SOBOL_BITS; k++) {
    if (k < degree) {
      direction[k] = (dimension ? joe_kuo[dimension - 1].initial[k] : 1) << (SOBOL_BITS - 1 - k);
      continue;
    }
    direction[k] = direction[k - degree] ^ direction[k - degree] >> degree;
    for (unsigned j = 1; j < degree; j++) {
      if (joe_kuo[dimension - 1].polynomial >> (degree - 1 - j) & 1) {
        direction[k] ^= direction[k - j];
      }
    }
  }
}

static PetscReal Sobol(uint64_t seed, PetscInt dimension, uint64_t number)
{
  uint32_t direction[SOBOL_BITS];
  uint32_t bits = seed ? (uint32_t)(SeedOf(seed, dimension, 3) >> 32) : 0;

  DirectionNumbers(dimension, direction);
  for (unsigned k = 0; k < SOBOL_BITS && number >> k; k++) {
    if (number >> k & 1) bits ^= direction[k];
  }
  return ((PetscReal)bits + 0.5) * 0x1p-32;
}

// ---- All of them ----

PetscReal SampleCoordinate(SampleMethod method, uint64_t seed, uint64_t count, PetscInt dimension,
                           uint64_t number)
{
  switch (method) {
    case SAMPLE_LATIN_HYPERCUBE:
      return LatinHypercube(seed, count, dimension, number);
    case SAMPLE_SOBOL:
      return Sobol(seed, dimension, number);
    default:
      return UnitInterval(SplitMix(SeedOf(seed, dimension, 0), number));
  }
}
