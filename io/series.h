#ifndef SANDGLASS_IO_SERIES_H
#define SANDGLASS_IO_SERIES_H

#include "io/hdf5_tools.h"

/* Data sets of an HDF5 file that grow together, one row each at a time: the columns of a table.
   Rows wait in memory until a chunk is full or SeriesWrite is called, so that adding one costs a
   few copies.  Column 0 is the dimension scale of the common dimension. */
typedef struct _p_Series *Series;

typedef enum { COLUMN_REAL, COLUMN_INTEGER, COLUMN_TEXT } ColumnType;

typedef struct {
  DataSetLabel label;
  ColumnType type;
  PetscInt width;     // values a row; 0: one, and the data set is one-dimensional
  hid_t scale;        // of the second dimension, where there is one
  PetscBool repeats;  // a row is much like the one before, which deflate finds in unshuffled bytes
} Column;

// last_only: a new row takes the place of the one before; compression: a level of deflate, 0 of
// none.
PetscErrorCode SeriesCreate(hid_t file, PetscInt columns, const Column column[],
                            PetscBool last_only, PetscInt compression, Series *series);
/* Goes on with the series in a file after its first `rows` rows; what comes behind them is cut off.
 *series is NULL where the file has not all the columns, or fewer rows. */
PetscErrorCode SeriesOpen(hid_t file, PetscInt columns, const Column column[], PetscBool last_only,
                          PetscInt rows, Series *series);
// Of the file and waiting.
PetscInt SeriesRows(Series series);
// row[i] points to the values of column i: PetscReal, PetscInt or const char * (of a constant).
PetscErrorCode SeriesAppend(Series series, const void *const row[]);
// Moves the rows that are still waiting into the file, too.
PetscErrorCode SeriesWrite(Series series);
PetscErrorCode SeriesDestroy(Series *series);

#endif
