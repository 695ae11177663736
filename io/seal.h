#ifndef SANDGLASS_IO_SEAL_H
#define SANDGLASS_IO_SEAL_H

#include <petscsys.h>

/* What tells a damaged file of results from a good one, before HDF5 reads it, which trusts what it
   reads: a checksum over the whole file but for gaps that are written later.  It stands in the
   first SEAL_SIZE bytes, which HDF5 leaves alone (its user block). */
#define SEAL_SIZE 2048  // a power of two, as HDF5 wants it

#define MAXIMUM_SEAL_GAPS 96

typedef struct {
  uint64_t offset, size;  // [bytes]
} SealGap;

// GAPS grow in offset and do not overlap.
PetscErrorCode SealImage(void *bytes, size_t size);  // a file in memory, without gaps
PetscErrorCode SealFile(const char path[], PetscInt gaps, const SealGap gap[]);

/* SEAL_MISSING: the file was written without one, by version 0.1.0 or by another program that has
   changed it and has left the seal out (h5repack does). */
typedef enum { SEAL_GOOD, SEAL_MISSING, SEAL_BROKEN } SealState;

/* PETSC_ERR_FILE_OPEN, PETSC_ERR_FILE_READ, "PATH: cannot be read: reason"; a file that does not
   exist or is none of HDF5's is refused so, too. */
PetscErrorCode SealCheck(const char path[], SealState *state);

// What a broken seal means, for a message.
#define SEAL_MISTAKE "it is damaged, or another program has changed it: its checksum does not fit"

#endif
