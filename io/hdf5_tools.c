#include "io/hdf5_tools.h"

#include <stdio.h>
#include <string.h>

#include "io/seal.h"

#define TRACKED (H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)

// ---- Failures ----

typedef struct {
  char reason[128];     // of the system; "": none
  PetscBool no_memory;  // HDF5 could not allocate
} Failure;

// HDF5 writes "..., errno = 28, error message = 'No space left on device', ..." where a call
// failed.
static herr_t TakeFailure(unsigned number, const H5E_error2_t *error, void *context)
{
  static const char before[] = "error message = '";
  Failure *const failure = (Failure *)context;
  const char *const found = error->desc ? strstr(error->desc, before) : NULL;

  (void)number;
  if (found && !failure->reason[0]) {
    const char *const text = found + strlen(before);
    snprintf(failure->reason, sizeof(failure->reason), "%.*s", (int)strcspn(text, "'"), text);
  }
  if (error->maj_num == H5E_RESOURCE &&
      (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC)) {
    failure->no_memory = PETSC_TRUE;
  }
  return 0;
}

// HDF5 forgets it with the next call, so that a failed write keeps it here.
static Failure of_last_write;

static Failure LastFailure(void)
{
  Failure failure = {.reason = ""};

  (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, TakeFailure, &failure);
  return failure.reason[0] || failure.no_memory ? failure : of_last_write;
}

void Hdf5Reason(char reason[], size_t size)
{
  const Failure failure = LastFailure();

  snprintf(reason, size, "%s",
           failure.reason[0] ? failure.reason
                             : (failure.no_memory ? "no memory" : "HDF5 gives no reason"));
}

PetscErrorCode Hdf5Refused(const char call[])
{
  const Failure failure = LastFailure();

  PetscFunctionBeginUser;
  if (failure.reason[0]) {
    SETERRQ(PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "a file of results cannot be written: %s",
            failure.reason);
  }
  PetscCheck(!failure.no_memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "HDF5 has none left for a file");
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_LIB, "HDF5 refused: %s", call);
}

// ---- Files and data sets ----

PetscErrorCode TextTypeCreate(hid_t *type)
{
  PetscFunctionBeginUser;
  PetscCallH5(*type = H5Tcopy(H5T_C_S1));
  PetscCallH5(H5Tset_size(*type, H5T_VARIABLE));
  PetscCallH5(H5Tset_cset(*type, H5T_CSET_UTF8));
  PetscFunctionReturn(0);
}

static PetscErrorCode MemoryAccessCreate(hid_t *access)
{
  const size_t increment = 1 << 20;  // of the memory [bytes]

  PetscFunctionBeginUser;
  PetscCallH5(*access = H5Pcreate(H5P_FILE_ACCESS));
  PetscCallH5(H5Pset_fapl_core(*access, increment, 0));
  PetscFunctionReturn(0);
}

PetscErrorCode MemoryFileOpen(const char path[], hid_t *file)
{
  hid_t access;

  PetscFunctionBeginUser;
  PetscCall(MemoryAccessCreate(&access));
  // What is read to memory may be open elsewhere.
  PetscCallH5(H5Pset_file_locking(access, 0, 1));
  *file = H5Fopen(path, H5F_ACC_RDWR, access);
  PetscCallH5(H5Pclose(access));
  PetscFunctionReturn(0);
}

PetscErrorCode MemoryFileCreate(const char name[], hid_t *file)
{
  hid_t access, creation;

  PetscFunctionBeginUser;
  PetscCall(MemoryAccessCreate(&access));
  PetscCallH5(creation = H5Pcreate(H5P_FILE_CREATE));
  PetscCallH5(H5Pset_userblock(creation, SEAL_SIZE));
  PetscCallH5(H5Pset_link_creation_order(creation, TRACKED));
  PetscCallH5(H5Pset_attr_creation_order(creation, TRACKED));
  PetscCallH5(*file = H5Fcreate(name, H5F_ACC_TRUNC, creation, access));
  PetscCallH5(H5Pclose(creation));
  PetscCallH5(H5Pclose(access));
  PetscFunctionReturn(0);
}

PetscErrorCode MemoryFileGetImage(hid_t file, const void **bytes, size_t *size)
{
  hid_t access;
  ssize_t length;
  void *memory;  // where the pointer to the bytes stands

  PetscFunctionBeginUser;
  PetscCallH5(H5Fflush(file, H5F_SCOPE_GLOBAL));
  PetscCallH5(length = H5Fget_file_image(file, NULL, 0));
  PetscCallH5(access = H5Fget_access_plist(file));
  PetscCallH5(H5Fget_vfd_handle(file, access, &memory));
  PetscCallH5(H5Pclose(access));
  *bytes = *(void **)memory;
  *size = (size_t)length + SEAL_SIZE;  // HDF5 (1.10) does not count the user block
  PetscCall(SealImage(*(void **)memory, *size));
  PetscFunctionReturn(0);
}

/* Attributes that are written anew are to stay in the group's own header: when HDF5 (1.10) writes
   one that it has moved to a tree of its own, it asks a variable that it has not set. */
#define MOST_ATTRIBUTES 64

PetscErrorCode GroupCreate(hid_t file, const char name[], hid_t *group)
{
  hid_t creation;

  PetscFunctionBeginUser;
  PetscCallH5(creation = H5Pcreate(H5P_GROUP_CREATE));
  PetscCallH5(H5Pset_link_creation_order(creation, TRACKED));
  PetscCallH5(H5Pset_attr_creation_order(creation, TRACKED));
  PetscCallH5(H5Pset_attr_phase_change(creation, MOST_ATTRIBUTES, MOST_ATTRIBUTES / 2));
  PetscCallH5(*group = H5Gcreate2(file, name, H5P_DEFAULT, creation, H5P_DEFAULT));
  PetscCallH5(H5Pclose(creation));
  PetscFunctionReturn(0);
}

static PetscErrorCode SpaceCreate(int rank, const hsize_t size[], PetscBool unlimited, hid_t *space)
{
  hsize_t maximum[2];

  PetscFunctionBeginUser;
  for (int d = 0; d < rank; d++) maximum[d] = d == 0 && unlimited ? H5S_UNLIMITED : size[d];
  PetscCallH5(*space = rank ? H5Screate_simple(rank, size, maximum) : H5Screate(H5S_SCALAR));
  PetscFunctionReturn(0);
}

// Chunks are written whole: none has to wait in a cache, of a megabyte for each data set.
static PetscErrorCode AccessCreate(hid_t *access)
{
  PetscFunctionBeginUser;
  PetscCallH5(*access = H5Pcreate(H5P_DATASET_ACCESS));
  PetscCallH5(H5Pset_chunk_cache(*access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, 0, 1));
  PetscFunctionReturn(0);
}

PetscErrorCode DataSetOpen(hid_t file, const char name[], hid_t *data_set)
{
  hid_t access;

  PetscFunctionBeginUser;
  PetscCall(AccessCreate(&access));
  *data_set = H5Dopen2(file, name, access);
  PetscCallH5(H5Pclose(access));
  PetscFunctionReturn(0);
}

PetscErrorCode DataSetCreate(hid_t file, const DataSetLabel *label, hid_t type, int rank,
                             const hsize_t size[], const Chunks *chunks, hid_t *data_set)
{
  hid_t space, creation, access;

  PetscFunctionBeginUser;
  PetscCall(SpaceCreate(rank, size, chunks != NULL, &space));
  PetscCall(AccessCreate(&access));
  PetscCallH5(creation = H5Pcreate(H5P_DATASET_CREATE));
  PetscCallH5(H5Pset_attr_creation_order(creation, TRACKED));
  if (chunks) {
    PetscCallH5(H5Pset_chunk(creation, rank, chunks->size));
    if (chunks->compression && chunks->shuffled) PetscCallH5(H5Pset_shuffle(creation));
    if (chunks->compression) PetscCallH5(H5Pset_deflate(creation, (unsigned)chunks->compression));
  }
  PetscCallH5(*data_set =
                  H5Dcreate2(file, label->name, type, space, H5P_DEFAULT, creation, access));
  PetscCallH5(H5Pclose(creation));
  PetscCallH5(H5Pclose(access));
  PetscCallH5(H5Sclose(space));
  PetscCall(AttributeSetText(*data_set, "units", label->units));
  PetscCall(AttributeSetText(*data_set, "long_name", label->long_name));
  PetscFunctionReturn(0);
}

PetscBool DataSetHolds(hid_t data_set, hsize_t rows, hsize_t width)
{
  const hid_t space = H5Dget_space(data_set);
  const int rank = H5Sget_simple_extent_ndims(space);
  hsize_t size[H5S_MAX_RANK] = {0}, values = 1;

  (void)H5Sget_simple_extent_dims(space, size, NULL);
  (void)H5Sclose(space);
  for (int d = 1; d < rank; d++) values *= size[d];
  return (PetscBool)(rank >= 1 && rank <= 3 && size[0] >= rows && values == width);
}

/* Deflate makes a thousandth of its input at best. */
#define BEST_COMPRESSION 1100

PetscErrorCode DataSetCount(hid_t data_set, PetscInt *count)
{
  hid_t file, space;
  hssize_t values;
  hsize_t bytes;

  PetscFunctionBeginUser;
  PetscCallH5(space = H5Dget_space(data_set));
  PetscCallH5(values = H5Sget_simple_extent_npoints(space));
  PetscCallH5(H5Sclose(space));
  PetscCallH5(file = H5Iget_file_id(data_set));
  PetscCallH5(H5Fget_filesize(file, &bytes));
  PetscCallH5(H5Fclose(file));
  *count =
      (hsize_t)values > BEST_COMPRESSION * bytes || values > PETSC_MAX_INT ? -1 : (PetscInt)values;
  PetscFunctionReturn(0);
}

// The rows in the file, and as many in memory; both to be closed with H5Sclose.
static PetscErrorCode SelectRows(hid_t data_set, hsize_t first, hsize_t count, hid_t *in_file,
                                 hid_t *in_memory)
{
  hsize_t start[3] = {first, 0, 0}, size[3];
  int rank;

  PetscFunctionBeginUser;
  PetscCallH5(*in_file = H5Dget_space(data_set));
  PetscCallH5(rank = H5Sget_simple_extent_dims(*in_file, size, NULL));
  size[0] = count;
  PetscCallH5(H5Sselect_hyperslab(*in_file, H5S_SELECT_SET, start, NULL, size, NULL));
  PetscCallH5(*in_memory = H5Screate_simple(rank, size, NULL));
  PetscFunctionReturn(0);
}

PetscErrorCode DataSetWriteRows(hid_t data_set, hid_t type, hsize_t first, hsize_t count,
                                const void *values, PetscBool *done)
{
  hid_t in_file, in_memory;

  PetscFunctionBeginUser;
  PetscCall(SelectRows(data_set, first, count, &in_file, &in_memory));
  of_last_write = (Failure){.reason = ""};
  *done = (PetscBool)(H5Dwrite(data_set, type, in_memory, in_file, H5P_DEFAULT, values) >= 0);
  if (!*done) of_last_write = LastFailure();
  PetscCallH5(H5Sclose(in_memory));
  PetscCallH5(H5Sclose(in_file));
  PetscFunctionReturn(0);
}

PetscErrorCode DataSetReadRows(hid_t data_set, hid_t type, hsize_t first, hsize_t count,
                               void *values, PetscBool *done)
{
  hid_t in_file, in_memory;

  PetscFunctionBeginUser;
  PetscCall(SelectRows(data_set, first, count, &in_file, &in_memory));
  *done = (PetscBool)(H5Dread(data_set, type, in_memory, in_file, H5P_DEFAULT, values) >= 0);
  PetscCallH5(H5Sclose(in_memory));
  PetscCallH5(H5Sclose(in_file));
  PetscFunctionReturn(0);
}

static PetscErrorCode AttributeSet(hid_t object, const char name[], hid_t file_type,
                                   hid_t memory_type, const void *value)
{
  hid_t attribute, space;
  htri_t exists;

  PetscFunctionBeginUser;
  PetscCallH5(exists = H5Aexists(object, name));
  if (exists) {
    PetscCallH5(attribute = H5Aopen(object, name, H5P_DEFAULT));
  } else {
    PetscCallH5(space = H5Screate(H5S_SCALAR));
    PetscCallH5(attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT));
    PetscCallH5(H5Sclose(space));
  }
  PetscCallH5(H5Awrite(attribute, memory_type, value));
  PetscCallH5(H5Aclose(attribute));
  PetscFunctionReturn(0);
}

PetscErrorCode AttributeSetText(hid_t object, const char name[], const char text[])
{
  hid_t type;

  PetscFunctionBeginUser;
  PetscCall(TextTypeCreate(&type));
  PetscCall(AttributeSet(object, name, type, type, &text));
  PetscCallH5(H5Tclose(type));
  PetscFunctionReturn(0);
}

PetscErrorCode AttributeSetReal(hid_t object, const char name[], PetscReal value)
{
  const double real = value;

  PetscFunctionBeginUser;
  PetscCall(AttributeSet(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &real));
  PetscFunctionReturn(0);
}

PetscErrorCode AttributeSetInteger(hid_t object, const char name[], PetscInt value)
{
  const long long integer = value;

  PetscFunctionBeginUser;
  PetscCall(AttributeSet(object, name, H5T_STD_I64LE, H5T_NATIVE_LLONG, &integer));
  PetscFunctionReturn(0);
}

// There is room for one value, however many a damaged file has.
static PetscBool IsOneValue(hid_t attribute)
{
  const hid_t space = H5Aget_space(attribute);
  const hssize_t values = H5Sget_simple_extent_npoints(space);

  (void)H5Sclose(space);
  return (PetscBool)(values == 1);
}

static PetscErrorCode AttributeGet(hid_t object, const char name[], hid_t memory_type, void *value,
                                   PetscBool *found)
{
  const htri_t exists = H5Aexists(object, name);
  hid_t attribute;

  PetscFunctionBeginUser;
  *found = (PetscBool)(exists > 0);
  if (!*found) PetscFunctionReturn(0);
  PetscCallH5(attribute = H5Aopen(object, name, H5P_DEFAULT));
  *found = (PetscBool)(IsOneValue(attribute) && H5Aread(attribute, memory_type, value) >= 0);
  PetscCallH5(H5Aclose(attribute));
  PetscFunctionReturn(0);
}

PetscErrorCode AttributeGetReal(hid_t object, const char name[], PetscReal *value, PetscBool *found)
{
  double real;

  PetscFunctionBeginUser;
  PetscCall(AttributeGet(object, name, H5T_NATIVE_DOUBLE, &real, found));
  if (*found) *value = real;
  PetscFunctionReturn(0);
}

PetscErrorCode AttributeGetInteger(hid_t object, const char name[], PetscInt *value,
                                   PetscBool *found)
{
  long long integer;

  PetscFunctionBeginUser;
  PetscCall(AttributeGet(object, name, H5T_NATIVE_LLONG, &integer, found));
  if (*found) *value = (PetscInt)integer;
  PetscFunctionReturn(0);
}

PetscErrorCode AttributeGetText(hid_t object, const char name[], size_t size, char text[],
                                PetscBool *found)
{
  char *whole = NULL;
  hid_t type;

  PetscFunctionBeginUser;
  PetscCall(TextTypeCreate(&type));
  PetscCall(AttributeGet(object, name, type, &whole, found));
  PetscCallH5(H5Tclose(type));
  if (*found) PetscCall(PetscStrncpy(text, whole ? whole : "", size));
  if (whole) PetscCallH5(H5free_memory(whole));
  PetscFunctionReturn(0);
}
