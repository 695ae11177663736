#ifndef SANDGLASS_IO_HDF5_TOOLS_H
#define SANDGLASS_IO_HDF5_TOOLS_H

#include <hdf5.h>
#include <petscsys.h>

/* HDF5 as netCDF-4 understands it: creation order tracked, text of variable length in UTF-8 (which
   Python reads as str), `units` and `long_name` on every data set. */

/* For calls that fail only by our own mistake, or where the disk or the memory gives out: what HDF5
   says of the system decides which, PETSC_ERR_FILE_WRITE, PETSC_ERR_MEM or PETSC_ERR_LIB. */
#define PetscCallH5(call)                          \
  do {                                             \
    if ((call) < 0) PetscCall(Hdf5Refused(#call)); \
  } while (0)

PetscErrorCode Hdf5Refused(const char call[]);

/* What the system said when the last call of HDF5 failed, "No space left on device"; else "HDF5
   gives no reason". */
void Hdf5Reason(char reason[], size_t size);

// Of a PetscInt in memory.
#define H5T_PETSC_INT (sizeof(PetscInt) == 8 ? H5T_NATIVE_INT64 : H5T_NATIVE_INT32)

typedef struct {
  const char *name;       // path from the root, "/fields/potential"
  const char *units;      // as in netCDF: "mol m-3"; "1" where there is none
  const char *long_name;  // in words
} DataSetLabel;

// A variable-length UTF-8 string, to be closed with H5Tclose.
PetscErrorCode TextTypeCreate(hid_t *type);

PetscErrorCode MemoryFileCreate(const char name[], hid_t *file);
// The file on disk as it is now, to be changed in memory; *file < 0 where there is no HDF5 file.
PetscErrorCode MemoryFileOpen(const char path[], hid_t *file);
// The bytes that the file on disk has to hold, sealed (io/seal.h), lent until the file changes.
PetscErrorCode MemoryFileGetImage(hid_t file, const void **bytes, size_t *size);

PetscErrorCode GroupCreate(hid_t file, const char name[], hid_t *group);

// The pieces in which a data set is written, and whether the bytes of its values are shuffled
// before they are compressed.
typedef struct {
  hsize_t size[2];
  PetscBool shuffled;
  PetscInt compression;  // level of deflate; 0: none
} Chunks;

/* A data set of rank 0, 1 or 2; `chunks` is NULL unless the first dimension is unlimited (and
   starts empty). */
PetscErrorCode DataSetCreate(hid_t file, const DataSetLabel *label, hid_t type, int rank,
                             const hsize_t size[], const Chunks *chunks, hid_t *data_set);

// *data_set < 0 where there is none of that name.
PetscErrorCode DataSetOpen(hid_t file, const char name[], hid_t *data_set);

/* Whether the data set has so many rows or more, of `width` values each: what a damaged file gives
   may be of any shape. */
PetscBool DataSetHolds(hid_t data_set, hsize_t rows, hsize_t width);

/* The number of its values; -1: there are more than its file can have, however compressed.  What
   only claims to be there is not to be allocated. */
PetscErrorCode DataSetCount(hid_t data_set, PetscInt *count);

/* The rows `first` to `first + count` - 1 of a data set of rank 1 to 3, whole.  *done is false
   where the file does not take them, or give them. */
PetscErrorCode DataSetWriteRows(hid_t data_set, hid_t type, hsize_t first, hsize_t count,
                                const void *values, PetscBool *done);
PetscErrorCode DataSetReadRows(hid_t data_set, hid_t type, hsize_t first, hsize_t count,
                               void *values, PetscBool *done);

// Writes the attribute, or its new value where it is there already.
PetscErrorCode AttributeSetText(hid_t object, const char name[], const char text[]);
PetscErrorCode AttributeSetReal(hid_t object, const char name[], PetscReal value);
PetscErrorCode AttributeSetInteger(hid_t object, const char name[], PetscInt value);

// *found is false, and the value left alone, where there is no such attribute of one value.
PetscErrorCode AttributeGetReal(hid_t object, const char name[], PetscReal *value,
                                PetscBool *found);
PetscErrorCode AttributeGetInteger(hid_t object, const char name[], PetscInt *value,
                                   PetscBool *found);
// As much as there is room for.
PetscErrorCode AttributeGetText(hid_t object, const char name[], size_t size, char text[],
                                PetscBool *found);

#endif
