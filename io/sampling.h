#ifndef SANDGLASS_IO_SAMPLING_H
#define SANDGLASS_IO_SAMPLING_H

#include <petscsys.h>
#include <stdint.h>

/* Points of the unit cube that depend on nothing but their number: every rank gets the same point
   without being told, and memory is not needed for any.  The same seed gives the same points. */

#define SOBOL_DIMENSIONS 21

typedef enum { SAMPLE_LATIN_HYPERCUBE, SAMPLE_SOBOL, SAMPLE_RANDOM } SampleMethod;

/* Coordinate `dimension` (< SOBOL_DIMENSIONS by SAMPLE_SOBOL) of point `number` of `count`, in
   (0, 1).

   latin_hypercube: each of the `count` strata of each coordinate has one point, at random in it
            (McKay, Beckman & Conover 1979).
   sobol:   Sobol's sequence with the direction numbers of Joe & Kuo (2008), shifted digit by digit
            by the seed (seed 0: not shifted), so that each 2^m points from number k 2^m on stay a
            (t, m, s)-net in base 2.
   random:  independent and uniform.

   Random numbers are those of SplitMix64 (Steele, Lea & Flood 2014), which finds any number of its
   sequence without the ones before. */
PetscReal SampleCoordinate(SampleMethod method, uint64_t seed, uint64_t count, PetscInt dimension,
                           uint64_t number);

#endif
