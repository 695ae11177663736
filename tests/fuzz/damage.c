#include "tests/fuzz/damage.h"

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "io/hdf5_tools.h"
#include "tests/fuzz/harness.h"

// ---- Images ----

static herr_t KeepName(hid_t file, const char name[], const H5O_info_t *info, void *context)
{
  Image *const image = context;

  (void)file, (void)info;
  if (PetscRealloc(sizeof(*image->object) * (size_t)(image->objects + 1), &image->object))
    return -1;
  snprintf(image->object[image->objects++], sizeof(*image->object), "%s", name);
  return 0;
}

PetscErrorCode ImageRead(const char path[], Image *image)
{
  hid_t file;
  const void *bytes;

  PetscFunctionBeginUser;
  PetscCall(MemoryFileOpen(path, &file));
  PetscCallH5(H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, KeepName, image, H5O_INFO_BASIC));
  PetscCall(MemoryFileGetImage(file, &bytes, &image->size));
  PetscCall(PetscMalloc1(image->size, &image->bytes));
  PetscCall(PetscArraycpy(image->bytes, (const char *)bytes, image->size));
  PetscCallH5(H5Fclose(file));
  PetscFunctionReturn(0);
}

// ---- Damages in the language of HDF5; one that HDF5 refuses is none ----

typedef struct {
  uint8_t kind, object, attribute, what;
  uint32_t value;
} Damage;

static const hsize_t sizes[] = {0, 1, 2, 3, 10, 11, 12, 20, 1000, 100000, 1 << 30, 1ULL << 40};

#define SIZES PETSC_STATIC_ARRAY_LENGTH(sizes)

// A space of the rank and the sizes that the value says: four bits each.
static hid_t MakeSpace(uint32_t value, PetscBool unlimited)
{
  const int rank = (int)(value % 6);
  hsize_t size[6], most[6];

  if (rank == 0) return H5Screate(value & 64 ? H5S_NULL : H5S_SCALAR);
  for (int d = 0; d < rank; d++) {
    size[d] = sizes[(value >> (8 + 4 * d)) % SIZES];
    most[d] = H5S_UNLIMITED;
  }
  return H5Screate_simple(rank, size, unlimited ? most : NULL);
}

static hid_t MakeType(uint8_t what)
{
  hid_t type = H5Tcopy(what % 6 == 0   ? H5T_IEEE_F64LE
                       : what % 6 == 1 ? H5T_STD_I64LE
                       : what % 6 == 2 ? H5T_STD_I8LE
                       : what % 6 == 3 ? H5T_STD_REF_OBJ
                                       : H5T_C_S1);

  if (what % 6 == 4) (void)H5Tset_size(type, H5T_VARIABLE);
  if (what % 6 == 5) (void)H5Tset_size(type, 1 + what / 6);
  return type;
}

// In the place of an object, a data set of zeros, or a group.
static void Replace(hid_t file, const char name[], const Damage *damage)
{
  const hid_t space = MakeSpace(damage->value, PETSC_TRUE), type = MakeType(damage->what);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {16, 16, 16, 16, 16, 16};

  (void)H5Ldelete(file, name, H5P_DEFAULT);
  if (damage->what == 255) {
    (void)H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  } else {
    if (damage->value % 6) (void)H5Pset_chunk(creation, (int)(damage->value % 6), chunk);
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    if (damage->attribute % 2 && set >= 0) (void)AttributeSetText(set, "units", "1");
  }
}

static void SetExtent(hid_t file, const char name[], const Damage *damage)
{
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  hsize_t size[2] = {sizes[damage->value % SIZES], sizes[(damage->value >> 4) % SIZES]};
  hsize_t now[8];

  if (set < 0) return;
  const hid_t space = H5Dget_space(set);
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1 || rank > 2) return;
  (void)H5Sget_simple_extent_dims(space, now, NULL);
  if (now[0] > 100000 || now[rank - 1] > 100000)
    return;  // to cut that off again takes HDF5 for ever
  if (damage->what % 2) size[1] = now[1];
  (void)H5Dset_extent(set, size);
}

static PetscBool IsView(hid_t set)
{
  const hid_t creation = H5Dget_create_plist(set);
  const H5D_layout_t layout = H5Pget_layout(creation);

  (void)H5Pclose(creation);
  return (PetscBool)(layout == H5D_VIRTUAL);
}

// Zeros or what the value says, byte by byte, in the whole of a data set of numbers.
static void Overwrite(hid_t file, const char name[], const Damage *damage)
{
  const double reals[] = {0, -1, 1, 1e308, -1e308, 1e-308, NAN, INFINITY, 2147483648.0, 0.5};
  double value[4096];
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);

  // HDF5 (1.10) does not survive a view on a data set that has shrunk.
  if (set < 0 || IsView(set)) return;
  if (H5Sget_simple_extent_npoints(H5Dget_space(set)) > 4096) return;
  if (H5Tget_class(H5Dget_type(set)) == H5T_STRING) return;
  for (size_t i = 0; i < 4096; i++) {
    value[i] =
        reals[(damage->value + (damage->what % 2 ? i : 0)) % PETSC_STATIC_ARRAY_LENGTH(reals)];
  }
  (void)H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value);
}

// The name of the attribute with that number, counted round.
static PetscBool NameAttribute(hid_t object, uint8_t number, char name[96])
{
  H5O_info_t info;

  if (H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) < 0 || info.num_attrs == 0)
    return PETSC_FALSE;
  return (PetscBool)(H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC,
                                        number % info.num_attrs, name, 96, H5P_DEFAULT) >= 0);
}

static void SetNumber(hid_t object, const char name[], const Damage *damage)
{
  static const long long integers[] = {
      -1, 0, 1, 2, 5, 99, 2147483647, -2147483648LL, 1LL << 40, 9223372036854775807LL};
  const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  const long long small = (int)damage->value;
  const hid_t space = H5Aget_space(attribute), type = H5Aget_type(attribute);
  const double real = (double)small / (damage->what / 2 + 1);

  if (H5Sget_simple_extent_npoints(space) != 1) return;
  if (H5Tget_class(type) != H5T_INTEGER && H5Tget_class(type) != H5T_FLOAT) return;
  if (damage->what % 2 == 0) {
    (void)H5Awrite(attribute, H5T_NATIVE_DOUBLE, &real);
  } else if (damage->what < 128) {
    (void)H5Awrite(attribute, H5T_NATIVE_LLONG, &small);
  } else {
    (void)H5Awrite(attribute, H5T_NATIVE_LLONG,
                   &integers[damage->value % PETSC_STATIC_ARRAY_LENGTH(integers)]);
  }
}

static void ReplaceAttribute(hid_t object, const char name[], const Damage *damage)
{
  if (damage->value % 6 && damage->what % 4 == 0) {
    (void)H5Adelete(object, name);
    (void)AttributeSetText(object, name, damage->what % 8 ? "\x01" : "");
  } else {
    const hid_t space = MakeSpace(damage->value, PETSC_FALSE), type = MakeType(damage->what);
    if (H5Sget_simple_extent_npoints(space) > 8000) return;
    (void)H5Adelete(object, name);
    (void)H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  }
}

static void DamageAttribute(hid_t file, const char object_name[], const Damage *damage)
{
  const hid_t object = H5Oopen(file, object_name, H5P_DEFAULT);
  char name[96];

  if (object < 0 || !NameAttribute(object, damage->attribute, name)) return;
  if (damage->kind % 8 == 4) (void)H5Adelete(object, name);
  if (damage->kind % 8 == 5) ReplaceAttribute(object, name, damage);
  if (damage->kind % 8 == 6) SetNumber(object, name, damage);
}

static void DoDamage(hid_t file, const Image *image, const Damage *damage)
{
  const char *const name = image->object[damage->object % image->objects];

  switch (damage->kind % 8) {
    case 0:
      if (strcmp(name, ".")) (void)H5Ldelete(file, name, H5P_DEFAULT);
      break;
    case 1:
      if (strcmp(name, ".")) Replace(file, name, damage);
      break;
    case 2:
      SetExtent(file, name, damage);
      break;
    case 3:
      Overwrite(file, name, damage);
      break;
    default:
      DamageAttribute(file, name, damage);
  }
}

// Whatever of the file is open, and the file, so that its image is whole.
static void CloseObjects(hid_t file)
{
  hid_t object[64];
  ssize_t count;

  while ((count = H5Fget_obj_ids(file, H5F_OBJ_ALL & ~(unsigned)H5F_OBJ_FILE, 64, object)) > 0) {
    for (ssize_t i = 0; i < count; i++) (void)H5Oclose(object[i]);
    for (ssize_t i = 0; i < count; i++)
      (void)(H5Iget_type(object[i]) == H5I_ATTR ? H5Aclose(object[i]) : 0);
  }
}

void ImageDamage(const Image *image, const uint8_t *damages, size_t size, const char path[])
{
  const void *bytes;
  size_t damaged_size;
  Damage damage;
  hid_t file;

  FuzzWriteFile(path, image->bytes, image->size);
  if (MemoryFileOpen(path, &file) || file < 0) FuzzFail("a whole file cannot be opened");
  for (size_t i = 0; i + sizeof(damage) <= size && i < 8 * sizeof(damage); i += sizeof(damage)) {
    memcpy(&damage, damages + i, sizeof(damage));
    DoDamage(file, image, &damage);
  }
  CloseObjects(file);
  FuzzMust(MemoryFileGetImage(file, &bytes, &damaged_size));
  FuzzWriteFile(path, bytes, damaged_size);
  (void)H5Fclose(file);
}
