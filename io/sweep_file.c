#include "io/sweep_file.h"

#include "io/sweep_file_impl.h"

struct _p_SweepFile {
  char *path;
  hid_t file;
  hid_t rows, reason;
  hid_t x, time;  // 0: no fields are stored
  PetscInt fields, histories;
  hid_t field[MAXIMUM_SWEEP_FIELDS], history[MAXIMUM_HISTORY];
};

// ---- Names ----

static const SweepLabel fixed_fields[] = {
    {"/fields/potential", "potential against the anode's metal", "V", PETSC_FALSE},
    {"/fields/charge_density", "charge density", "C m-3", PETSC_FALSE},
    {"/fields/electric_field", "electric field at the faces", "V m-1", PETSC_TRUE},
};

#define FIXED_SWEEP_FIELDS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(fixed_fields))

PetscInt SweepFieldsCount(PetscInt ions)
{
  return FIXED_SWEEP_FIELDS + ions;
}

PetscInt SweepHistoryCount(PetscInt ions)
{
  return FIXED_HISTORY + ION_HISTORY * ions;
}

PetscInt SweepStoredFields(SweepPlan plan)
{
  return SweepPlanFields(plan) == FIELDS_LAST ? 1 : SweepPlanTimes(plan);
}

SweepLabel SweepFieldLabel(const Electrolyte *electrolyte, PetscInt field)
{
  SweepLabel label = {.units = "mol m-3"};

  if (field < FIXED_SWEEP_FIELDS) return fixed_fields[field];
  const char *const ion = electrolyte->ion[field - FIXED_SWEEP_FIELDS].name;
  snprintf(label.name, sizeof(label.name), "/fields/%s_concentration", ion);
  snprintf(label.long_name, sizeof(label.long_name), "concentration of the %s", ion);
  return label;
}

SweepLabel SweepHistoryLabel(const Electrolyte *electrolyte, PetscInt quantity)
{
  const PetscBool is_fixed = (PetscBool)(quantity < FIXED_HISTORY);
  const PetscInt of_ion = is_fixed ? 0 : quantity - FIXED_HISTORY;
  const DataSetLabel *const template =
      is_fixed ? &history_quantities[quantity].label : &ion_history[of_ion % ION_HISTORY].label;
  const char *const ion = electrolyte->ion[of_ion / ION_HISTORY].name;
  SweepLabel label = {.units = template->units};

  snprintf(label.name, sizeof(label.name), template->name, ion);
  snprintf(label.long_name, sizeof(label.long_name), template->long_name, ion);
  return label;
}

// ---- Opening ----

static PetscErrorCode OpenParallel(MPI_Comm comm, const char path[], hid_t *file)
{
  hid_t access;

  PetscFunctionBeginUser;
  PetscCallH5(access = H5Pcreate(H5P_FILE_ACCESS));
  PetscCallH5(H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL));
  PetscCallH5(H5Pset_all_coll_metadata_ops(access, 1));  // one rank reads, the others are told
  *file = H5Fopen(path, H5F_ACC_RDWR, access);
  PetscCallH5(H5Pclose(access));
  PetscCheck(*file >= 0, comm, PETSC_ERR_FILE_OPEN, "%s: cannot be written: no file of a sweep",
             path);
  PetscFunctionReturn(0);
}

// Opens the data sets of a group in the order in which they were made; *count how many.
static PetscErrorCode OpenGroup(hid_t file, const char name[], hid_t data_set[], PetscInt *count)
{
  hid_t group;
  H5G_info_t info;
  char member[NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCallH5(group = H5Gopen2(file, name, H5P_DEFAULT));
  PetscCallH5(H5Gget_info(group, &info));
  *count = (PetscInt)info.nlinks;
  for (PetscInt i = 0; i < *count; i++) {
    PetscCallH5(H5Lget_name_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, (hsize_t)i, member,
                                   sizeof(member), H5P_DEFAULT));
    PetscCallH5(data_set[i] = H5Dopen2(group, member, H5P_DEFAULT));
  }
  PetscCallH5(H5Gclose(group));
  PetscFunctionReturn(0);
}

static PetscErrorCode OpenDataSets(SweepFile file)
{
  htri_t has_fields;

  PetscFunctionBeginUser;
  PetscCallH5(file->rows = H5Dopen2(file->file, "/rows", H5P_DEFAULT));
  PetscCallH5(file->reason = H5Dopen2(file->file, "/reason", H5P_DEFAULT));
  PetscCallH5(has_fields = H5Lexists(file->file, "/fields", H5P_DEFAULT));
  if (!has_fields) PetscFunctionReturn(0);
  PetscCallH5(file->x = H5Dopen2(file->file, "/x", H5P_DEFAULT));
  PetscCallH5(file->time = H5Dopen2(file->file, "/time", H5P_DEFAULT));
  PetscCall(OpenGroup(file->file, "/fields", file->field, &file->fields));
  PetscCall(OpenGroup(file->file, "/history", file->history, &file->histories));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepFileOpen(MPI_Comm comm, const char path[], SweepFile *file)
{
  PetscFunctionBeginUser;
  PetscCallH5(H5Eset_auto2(H5E_DEFAULT, NULL, NULL));
  PetscCall(PetscNew(file));
  PetscCall(PetscStrallocpy(path, &(*file)->path));
  PetscCall(OpenParallel(comm, path, &(*file)->file));
  PetscCall(OpenDataSets(*file));
  PetscFunctionReturn(0);
}

static PetscErrorCode CloseDataSet(hid_t data_set)
{
  PetscFunctionBeginUser;
  if (data_set > 0) PetscCallH5(H5Dclose(data_set));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepFileClose(SweepFile *file)
{
  SweepFile f = *file;

  PetscFunctionBeginUser;
  if (!f) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < f->fields; i++) PetscCall(CloseDataSet(f->field[i]));
  for (PetscInt i = 0; i < f->histories; i++) PetscCall(CloseDataSet(f->history[i]));
  PetscCall(CloseDataSet(f->time));
  PetscCall(CloseDataSet(f->x));
  PetscCall(CloseDataSet(f->reason));
  PetscCall(CloseDataSet(f->rows));
  if (f->file > 0) PetscCallH5(H5Fclose(f->file));
  PetscCall(PetscFree(f->path));
  PetscCall(PetscFree(*file));
  PetscFunctionReturn(0);
}

// ---- Writing ----

// All that a data set [case, ...] has of one case: one piece of the file.
static PetscErrorCode WriteCase(SweepFile file, hid_t data_set, PetscInt number, hid_t type,
                                const void *values)
{
  char reason[128];
  PetscBool written;

  PetscFunctionBeginUser;
  PetscCall(DataSetWriteRows(data_set, type, (hsize_t)number, 1, values, &written));
  if (written) PetscFunctionReturn(0);
  Hdf5Reason(reason, sizeof(reason));
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE,
          "%s: case %" PetscInt_FMT
          " cannot be written: %s; --resume goes on with those that are there",
          file->path, number, reason);
}

PetscErrorCode SweepFileWriteRow(SweepFile file, PetscInt number, const SweepRow *row)
{
  PetscFunctionBeginUser;
  if (row->reason[0]) {
    PetscCall(WriteCase(file, file->reason, number, H5T_C_S1, row->reason));
  }
  PetscCall(WriteCase(file, file->rows, number, H5T_NATIVE_DOUBLE, row->value));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepFileWriteFields(SweepFile file, PetscInt number, const SweepFields *fields)
{
  PetscFunctionBeginUser;
  PetscCall(WriteCase(file, file->x, number, H5T_NATIVE_DOUBLE, fields->x));
  PetscCall(WriteCase(file, file->time, number, H5T_NATIVE_DOUBLE, fields->time));
  for (PetscInt i = 0; i < file->fields; i++) {
    PetscCall(WriteCase(file, file->field[i], number, H5T_NATIVE_DOUBLE, fields->field[i]));
  }
  for (PetscInt i = 0; i < file->histories; i++) {
    PetscCall(WriteCase(file, file->history[i], number, H5T_NATIVE_DOUBLE, fields->history[i]));
  }
  PetscFunctionReturn(0);
}
