#ifndef SANDGLASS_TESTS_FUZZ_DAMAGE_H
#define SANDGLASS_TESTS_FUZZ_DAMAGE_H

#include <petscsys.h>
#include <stdint.h>

/* An HDF5 file in memory, and what can be damaged in it.  The bytes as libFuzzer would change them
   are compressed numbers for the most part, or lead no further than into the library; a damage
   changes what the file says in the language of HDF5: an object is missing, or has another type or
   shape, an attribute has another value. */
typedef struct {
  char *bytes;
  size_t size;
  PetscInt objects;
  char (*object)[96];  // [objects], their names
} Image;

PetscErrorCode ImageRead(const char path[], Image *image);

/* Writes a copy to which the damages were done, eight bytes each and at most eight of them. */
void ImageDamage(const Image *image, const uint8_t *damages, size_t size, const char path[]);

#endif
