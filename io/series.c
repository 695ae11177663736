#include "io/series.h"

#include <hdf5_hl.h>
#include <string.h>

/* Sizes of chunks, unless a row is longer: large enough to be quick, small enough to be filled
   soon.  What a short run leaves empty is written, too, and a history has many columns. */
#define COLUMN_CHUNK_BYTES 16384
#define FIELD_CHUNK_BYTES 65536

_Static_assert(sizeof(PetscReal) == sizeof(double), "columns of PetscReal are stored as doubles");

typedef struct {
  hid_t data_set, memory_type;
  ColumnType type;
  hsize_t width;  // values a row
  int rank;       // of the data set
  size_t row_bytes, chunk_rows;
  char *waiting;  // [chunk_rows], the chunk that is not full yet
  size_t rows;    // of them in use
  hsize_t first;  // the first one's number
} Store;

struct _p_Series {
  PetscInt columns;
  Store *store;
  PetscBool last_only;
};

static const size_t value_bytes[] = {
    [COLUMN_REAL] = sizeof(PetscReal),
    [COLUMN_INTEGER] = sizeof(PetscInt),
    [COLUMN_TEXT] = sizeof(char *),
};

static PetscErrorCode MemoryTypeCreate(ColumnType type, hid_t *memory_type)
{
  PetscFunctionBeginUser;
  if (type == COLUMN_TEXT) {
    PetscCall(TextTypeCreate(memory_type));
  } else {
    PetscCallH5(*memory_type = H5Tcopy(type == COLUMN_INTEGER ? H5T_PETSC_INT : H5T_NATIVE_DOUBLE));
  }
  PetscFunctionReturn(0);
}

// What a column asks for, without its data set.
static PetscErrorCode StoreSetUp(const Column *column, PetscBool last_only, Store *store)
{
  const size_t chunk_bytes = column->width ? FIELD_CHUNK_BYTES : COLUMN_CHUNK_BYTES;

  PetscFunctionBeginUser;
  PetscCall(MemoryTypeCreate(column->type, &store->memory_type));
  store->type = column->type;
  store->rank = column->width ? 2 : 1;
  store->width = column->width ? (hsize_t)column->width : 1;
  store->row_bytes = store->width * value_bytes[column->type];
  store->chunk_rows = last_only ? 1 : PetscMax(1, chunk_bytes / store->row_bytes);
  PetscCall(PetscMalloc(store->chunk_rows * store->row_bytes, &store->waiting));
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreCreate(hid_t file, const Column *column, PetscBool last_only,
                                  PetscInt compression, Store *store)
{
  Chunks chunks = {.shuffled = (PetscBool)!column->repeats, .compression = compression};

  PetscFunctionBeginUser;
  PetscCall(StoreSetUp(column, last_only, store));
  chunks.size[0] = store->chunk_rows;
  chunks.size[1] = store->width;
  PetscCall(DataSetCreate(file, &column->label, store->memory_type, store->rank,
                          (hsize_t[]){0, store->width}, &chunks, &store->data_set));
  PetscFunctionReturn(0);
}

/* Whether the data set is one of the column's, with so many rows or more; to cut off more than a
   file can have takes HDF5 for ever. */
static PetscErrorCode StoreFits(const Store *store, hsize_t rows, PetscBool *fits)
{
  hsize_t size[2] = {0, 1};
  PetscInt count;
  hid_t space;

  PetscFunctionBeginUser;
  *fits = (PetscBool)(store->data_set >= 0);
  if (!*fits) PetscFunctionReturn(0);
  PetscCallH5(space = H5Dget_space(store->data_set));
  *fits = (PetscBool)(H5Sget_simple_extent_ndims(space) == store->rank);
  if (*fits) PetscCallH5(H5Sget_simple_extent_dims(space, size, NULL));
  PetscCallH5(H5Sclose(space));
  PetscCall(DataSetCount(store->data_set, &count));
  *fits = (PetscBool)(*fits && count >= 0 && size[0] >= rows && size[1] == store->width);
  PetscFunctionReturn(0);
}

// The rows of a chunk that was not full wait in memory again.
static PetscErrorCode StoreOpen(hid_t file, const Column *column, PetscBool last_only, hsize_t rows,
                                Store *store, PetscBool *fits)
{
  PetscFunctionBeginUser;
  PetscCall(StoreSetUp(column, last_only, store));
  PetscCall(DataSetOpen(file, column->label.name, &store->data_set));
  PetscCall(StoreFits(store, rows, fits));
  if (!*fits) PetscFunctionReturn(0);
  *fits = (PetscBool)(H5Dset_extent(store->data_set, (hsize_t[]){rows, store->width}) >= 0);
  if (!*fits) PetscFunctionReturn(0);
  store->rows = store->type == COLUMN_TEXT ? 0 : rows % store->chunk_rows;
  store->first = rows - store->rows;
  if (store->rows == 0) PetscFunctionReturn(0);
  PetscCall(DataSetReadRows(store->data_set, store->memory_type, store->first, store->rows,
                            store->waiting, fits));
  PetscFunctionReturn(0);
}

static PetscErrorCode AttachScales(const Column *column, const Store *store, hid_t common)
{
  PetscFunctionBeginUser;
  if (store->data_set == common) {
    PetscCallH5(H5DSset_scale(common, strrchr(column->label.name, '/') + 1));
  } else {
    PetscCallH5(H5DSattach_scale(store->data_set, common, 0));
    if (store->rank == 2) PetscCallH5(H5DSattach_scale(store->data_set, column->scale, 1));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SeriesCreate(hid_t file, PetscInt columns, const Column column[],
                            PetscBool last_only, PetscInt compression, Series *series)
{
  Series new_series;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&new_series));
  PetscCall(PetscCalloc1(columns, &new_series->store));
  new_series->columns = columns;
  new_series->last_only = last_only;
  for (PetscInt i = 0; i < columns; i++) {
    Store *store = &new_series->store[i];
    PetscCall(StoreCreate(file, &column[i], last_only, compression, store));
    PetscCall(AttachScales(&column[i], store, new_series->store[0].data_set));
  }
  *series = new_series;
  PetscFunctionReturn(0);
}

PetscErrorCode SeriesOpen(hid_t file, PetscInt columns, const Column column[], PetscBool last_only,
                          PetscInt rows, Series *series)
{
  PetscBool fits = PETSC_TRUE;
  Series opened;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&opened));
  PetscCall(PetscCalloc1(columns, &opened->store));
  opened->last_only = last_only;
  for (; opened->columns < columns && fits; opened->columns++) {
    const PetscInt i = opened->columns;
    PetscCall(StoreOpen(file, &column[i], last_only, (hsize_t)rows, &opened->store[i], &fits));
  }
  if (!fits) PetscCall(SeriesDestroy(&opened));
  *series = opened;
  PetscFunctionReturn(0);
}

PetscInt SeriesRows(Series series)
{
  return (PetscInt)(series->store[0].first + series->store[0].rows);
}

/* A chunk that is not full stays in memory, to be written anew; text, which would then lie in the
   file twice, is not. */
static PetscErrorCode StoreWrite(Store *store)
{
  const hsize_t size[2] = {store->first + store->rows, store->width};
  PetscBool written;

  PetscFunctionBeginUser;
  if (store->rows == 0) PetscFunctionReturn(0);
  PetscCallH5(H5Dset_extent(store->data_set, size));
  PetscCall(DataSetWriteRows(store->data_set, store->memory_type, store->first, store->rows,
                             store->waiting, &written));
  if (!written) PetscCall(Hdf5Refused("rows in memory"));
  if (store->type == COLUMN_TEXT || store->rows == store->chunk_rows) {
    store->first += store->rows;
    store->rows = 0;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SeriesAppend(Series series, const void *const row[])
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < series->columns; i++) {
    Store *store = &series->store[i];
    if (series->last_only) store->first = store->rows = 0;
    PetscCall(
        PetscMemcpy(store->waiting + store->rows * store->row_bytes, row[i], store->row_bytes));
    store->rows++;
    if (store->rows == store->chunk_rows && !series->last_only) {
      PetscCall(StoreWrite(store));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SeriesWrite(Series series)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < series->columns; i++) {
    PetscCall(StoreWrite(&series->store[i]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SeriesDestroy(Series *series)
{
  PetscFunctionBeginUser;
  if (!*series) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < (*series)->columns; i++) {
    Store *store = &(*series)->store[i];
    if (store->data_set >= 0) PetscCallH5(H5Dclose(store->data_set));
    PetscCallH5(H5Tclose(store->memory_type));
    PetscCall(PetscFree(store->waiting));
  }
  PetscCall(PetscFree((*series)->store));
  PetscCall(PetscFree(*series));
  PetscFunctionReturn(0);
}
