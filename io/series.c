#include "io/series.h"

#include <hdf5_hl.h>
#include <string.h>

#define CHUNK_BYTES 16384  // of one data set: small enough for short runs, large enough to be quick

_Static_assert(sizeof(PetscReal) == sizeof(double), "columns of PetscReal are stored as doubles");

typedef struct {
  hid_t data_set, memory_type;
  hsize_t width;     // values a row
  int rank;          // of the data set
  size_t row_bytes;  // in memory
  char *waiting;     // rows that are not in the file yet
} Store;

struct _p_Series {
  PetscInt columns;
  Store *store;
  PetscBool last_only;
  size_t waiting, capacity;  // rows in memory
  hsize_t written;           // rows in the file
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
    const hid_t integer = sizeof(PetscInt) == 8 ? H5T_NATIVE_INT64 : H5T_NATIVE_INT32;
    PetscCallH5(*memory_type = H5Tcopy(type == COLUMN_INTEGER ? integer : H5T_NATIVE_DOUBLE));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreCreate(hid_t file, const Column *column, Store *store)
{
  hsize_t chunk[2];

  PetscFunctionBeginUser;
  PetscCall(MemoryTypeCreate(column->type, &store->memory_type));
  store->rank = column->width ? 2 : 1;
  store->width = column->width ? (hsize_t)column->width : 1;
  store->row_bytes = store->width * value_bytes[column->type];
  chunk[0] = PetscMax(1, CHUNK_BYTES / store->row_bytes);
  chunk[1] = store->width;
  PetscCall(DataSetCreate(file, &column->label, store->memory_type, store->rank,
                          (hsize_t[]){0, store->width}, chunk, &store->data_set));
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
                            PetscBool last_only, Series *series)
{
  Series new_series;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&new_series));
  PetscCall(PetscCalloc1(columns, &new_series->store));
  new_series->columns = columns;
  new_series->last_only = last_only;
  for (PetscInt i = 0; i < columns; i++) {
    PetscCall(StoreCreate(file, &column[i], &new_series->store[i]));
    PetscCall(AttachScales(&column[i], &new_series->store[i], new_series->store[0].data_set));
  }
  *series = new_series;
  PetscFunctionReturn(0);
}

static PetscErrorCode Grow(Series series)
{
  PetscFunctionBeginUser;
  series->capacity = PetscMax(16, 2 * series->capacity);
  for (PetscInt i = 0; i < series->columns; i++) {
    Store *store = &series->store[i];
    PetscCall(PetscRealloc(series->capacity * store->row_bytes, &store->waiting));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SeriesAppend(Series series, const void *const row[])
{
  PetscFunctionBeginUser;
  if (series->last_only) series->waiting = 0;
  if (series->waiting == series->capacity) PetscCall(Grow(series));
  for (PetscInt i = 0; i < series->columns; i++) {
    const Store *store = &series->store[i];
    PetscCall(
        PetscMemcpy(store->waiting + series->waiting * store->row_bytes, row[i], store->row_bytes));
  }
  series->waiting++;
  PetscFunctionReturn(0);
}

static PetscErrorCode StoreWrite(const Store *store, hsize_t first, hsize_t rows)
{
  const hsize_t start[2] = {first, 0}, count[2] = {rows, store->width};
  const hsize_t size[2] = {first + rows, store->width};
  hid_t file_space, memory_space;

  PetscFunctionBeginUser;
  PetscCallH5(H5Dset_extent(store->data_set, size));
  PetscCallH5(file_space = H5Dget_space(store->data_set));
  PetscCallH5(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, count, NULL));
  PetscCallH5(memory_space = H5Screate_simple(store->rank, count, NULL));
  PetscCallH5(H5Dwrite(store->data_set, store->memory_type, memory_space, file_space, H5P_DEFAULT,
                       store->waiting));
  PetscCallH5(H5Sclose(memory_space));
  PetscCallH5(H5Sclose(file_space));
  PetscFunctionReturn(0);
}

PetscErrorCode SeriesWrite(Series series)
{
  const hsize_t first = series->last_only ? 0 : series->written;

  PetscFunctionBeginUser;
  if (series->waiting == 0) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < series->columns; i++) {
    PetscCall(StoreWrite(&series->store[i], first, series->waiting));
  }
  series->written = first + series->waiting;
  series->waiting = 0;
  PetscFunctionReturn(0);
}

PetscErrorCode SeriesDestroy(Series *series)
{
  PetscFunctionBeginUser;
  if (!*series) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < (*series)->columns; i++) {
    Store *store = &(*series)->store[i];
    PetscCallH5(H5Dclose(store->data_set));
    PetscCallH5(H5Tclose(store->memory_type));
    PetscCall(PetscFree(store->waiting));
  }
  PetscCall(PetscFree((*series)->store));
  PetscCall(PetscFree(*series));
  PetscFunctionReturn(0);
}
