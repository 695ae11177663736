#include <hdf5_hl.h>
#include <math.h>
#include <string.h>

#include "io/case_reader.h"
#include "io/error_catch.h"
#include "io/replace_file.h"
#include "io/seal.h"
#include "io/sweep_file_impl.h"

#define TRACKED (H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)
#define BLOCK 16384  // cases at a time

typedef struct {
  hid_t file;
  const char *path;
  const SweepLayout *layout;
  hsize_t cases;
  hid_t case_number;  // the dimension scales
  PetscInt gaps;      // what is written later
  SealGap gap[MAXIMUM_SEAL_GAPS];
} Creation;

static DataSetLabel Label(const SweepLabel *label)
{
  return (DataSetLabel){label->name, label->units, label->long_name};
}

// ---- Data sets ----

// Its values are written later: the seal leaves them out, in the order of their places.
static PetscErrorCode LeaveGap(Creation *creation, hid_t data_set)
{
  const haddr_t offset = H5Dget_offset(data_set);
  PetscInt place = creation->gaps;

  PetscFunctionBeginUser;
  PetscCheck(offset != HADDR_UNDEF && creation->gaps < MAXIMUM_SEAL_GAPS, PETSC_COMM_SELF,
             PETSC_ERR_LIB, "a data set without a place in the file");
  for (; place > 0 && creation->gap[place - 1].offset > offset; place--) {
    creation->gap[place] = creation->gap[place - 1];
  }
  creation->gap[place] = (SealGap){offset, H5Dget_storage_size(data_set)};
  creation->gaps++;
  PetscFunctionReturn(0);
}

/* A data set with its space in the file allocated and filled with `fill` now: nothing about it
   changes later but its values. */
static PetscErrorCode Allocate(Creation *owner, const DataSetLabel *label, hid_t type, int rank,
                               const hsize_t size[], const hid_t scale[], const void *fill,
                               hid_t *data_set)
{
  hid_t space, creation;

  PetscFunctionBeginUser;
  PetscCallH5(space = H5Screate_simple(rank, size, NULL));
  PetscCallH5(creation = H5Pcreate(H5P_DATASET_CREATE));
  PetscCallH5(H5Pset_attr_creation_order(creation, TRACKED));
  PetscCallH5(H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY));
  PetscCallH5(H5Pset_fill_time(creation, H5D_FILL_TIME_ALLOC));
  PetscCallH5(H5Pset_fill_value(creation, type, fill));
  PetscCallH5(*data_set = H5Dcreate2(owner->file, label->name, type, space, H5P_DEFAULT, creation,
                                     H5P_DEFAULT));
  PetscCallH5(H5Pclose(creation));
  PetscCallH5(H5Sclose(space));
  PetscCall(LeaveGap(owner, *data_set));
  PetscCall(AttributeSetText(*data_set, "units", label->units));
  PetscCall(AttributeSetText(*data_set, "long_name", label->long_name));
  for (int d = 0; d < rank; d++) PetscCallH5(H5DSattach_scale(*data_set, scale[d], (unsigned)d));
  PetscFunctionReturn(0);
}

static PetscErrorCode AllocateReals(Creation *creation, const DataSetLabel *label, int rank,
                                    const hsize_t size[], const hid_t scale[])
{
  const double fill = NAN;
  hid_t data_set;

  PetscFunctionBeginUser;
  PetscCall(Allocate(creation, label, H5T_NATIVE_DOUBLE, rank, size, scale, &fill, &data_set));
  PetscCallH5(H5Dclose(data_set));
  PetscFunctionReturn(0);
}

// Numbers 0, 1, ... along a dimension.
static PetscErrorCode CreateIndex(hid_t file, const char name[], const char long_name[],
                                  hsize_t size, hid_t *scale)
{
  int *index;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(size, &index));
  for (int i = 0; i < (int)size; i++) index[i] = i;
  PetscCall(DataSetCreate(file, &(DataSetLabel){name, "1", long_name}, H5T_NATIVE_INT, 1, &size,
                          NULL, scale));
  PetscCallH5(H5Dwrite(*scale, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, index));
  PetscCallH5(H5DSset_scale(*scale, name + 1));
  PetscCall(PetscFree(index));
  PetscFunctionReturn(0);
}

// Values of `count` cases from `first` on: of a data set [case] or [case, column].
static PetscErrorCode WriteBlock(hid_t data_set, hid_t type, hsize_t first, hsize_t count,
                                 const void *values)
{
  PetscBool written;

  PetscFunctionBeginUser;
  PetscCall(DataSetWriteRows(data_set, type, first, count, values, &written));
  if (!written) PetscCall(Hdf5Refused("H5Dwrite"));
  PetscFunctionReturn(0);
}

// ---- The swept keys ----

/* "A/m^2" as netCDF writes it, "A m-2". */
static void NetcdfUnits(const char unit[], char text[NAME_LENGTH])
{
  PetscBool below = PETSC_FALSE;
  size_t used = 0;

  for (const char *c = unit ? unit : "1"; *c && used < NAME_LENGTH - 4; c++) {
    const PetscBool last_letter = (PetscBool) !(c[1] && strchr("^0123456789", c[1]));

    if (*c == '/') {
      below = PETSC_TRUE;
      text[used++] = ' ';
    } else if (*c == '^') {
      if (below) text[used++] = '-';
    } else if (*c == '.') {
      text[used++] = ' ';
    } else {
      text[used++] = *c;
      if (below && last_letter && (*c < '0' || *c > '9') && (!c[1] || strchr("./", c[1]))) {
        text[used++] = '-';
        text[used++] = '1';
      }
    }
  }
  text[used] = '\0';
}

static PetscErrorCode WriteNumbers(Creation *creation, PetscInt k, hid_t data_set)
{
  const SweepPlan plan = creation->layout->plan;
  const char *const *settings;
  PetscReal *value;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(BLOCK, &value));
  for (hsize_t first = 0; first < creation->cases; first += BLOCK) {
    const hsize_t count = PetscMin(BLOCK, creation->cases - first);

    for (hsize_t i = 0; i < count; i++) {
      PetscCall(SweepPlanSettings(plan, (PetscInt)(first + i), &settings));
      PetscCall(SweepPlanValue(SweepPlanKey(plan, k), settings[k], &value[i]));
    }
    PetscCall(WriteBlock(data_set, H5T_NATIVE_DOUBLE, first, count, value));
  }
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteTexts(Creation *creation, PetscInt k, hid_t data_set, hid_t type)
{
  const SweepPlan plan = creation->layout->plan;
  const size_t size = SweepPlanKey(plan, k)->length + 1;
  const char *const *settings;
  const char **value;
  char *text;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(BLOCK, &value, BLOCK * size, &text));
  for (hsize_t first = 0; first < creation->cases; first += BLOCK) {
    const hsize_t count = PetscMin(BLOCK, creation->cases - first);

    for (hsize_t i = 0; i < count; i++) {
      PetscCall(SweepPlanSettings(plan, (PetscInt)(first + i), &settings));
      value[i] = strcpy(text + i * size, SweepPlanText(settings[k]));
    }
    PetscCall(WriteBlock(data_set, type, first, count, value));
  }
  PetscCall(PetscFree2(value, text));
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateKey(Creation *creation, PetscInt k)
{
  const SweptKey *const swept = SweepPlanKey(creation->layout->plan, k);
  char name[KEY_NAME_LENGTH + 1], units[NAME_LENGTH];
  hid_t data_set, text;

  PetscFunctionBeginUser;
  snprintf(name, sizeof(name), "/%s", swept->name);
  NetcdfUnits(swept->is_text ? NULL : swept->key->unit, units);
  const DataSetLabel label = {name, units, swept->key ? swept->key->meaning : "a swept section"};
  PetscCall(TextTypeCreate(&text));
  PetscCall(DataSetCreate(creation->file, &label, swept->is_text ? text : H5T_NATIVE_DOUBLE, 1,
                          &creation->cases, NULL, &data_set));
  PetscCallH5(H5DSattach_scale(data_set, creation->case_number, 0));
  if (swept->is_text) {
    PetscCall(WriteTexts(creation, k, data_set, text));
  } else {
    PetscCall(WriteNumbers(creation, k, data_set));
  }
  PetscCallH5(H5Dclose(data_set));
  PetscCallH5(H5Tclose(text));
  PetscFunctionReturn(0);
}

// The names of the swept keys, so that a reader can tell them from the columns.
static PetscErrorCode ListKeys(Creation *creation)
{
  const SweepPlan plan = creation->layout->plan;
  const hsize_t keys = (hsize_t)SweepPlanKeys(plan);
  const char **name;
  hid_t text, space, attribute;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(keys, &name));
  for (hsize_t k = 0; k < keys; k++) name[k] = SweepPlanKey(plan, (PetscInt)k)->name;
  PetscCall(TextTypeCreate(&text));
  PetscCallH5(space = H5Screate_simple(1, &keys, NULL));
  PetscCallH5(attribute =
                  H5Acreate2(creation->file, SWEPT_KEYS, text, space, H5P_DEFAULT, H5P_DEFAULT));
  PetscCallH5(H5Awrite(attribute, text, name));
  PetscCallH5(H5Aclose(attribute));
  PetscCallH5(H5Sclose(space));
  PetscCallH5(H5Tclose(text));
  PetscCall(PetscFree(name));
  PetscFunctionReturn(0);
}

// ---- Rows and columns ----

static PetscErrorCode WriteEmptyRows(Creation *creation, hid_t rows)
{
  const SweepRow empty = SweepRowEmpty();
  PetscReal(*value)[SWEEP_COLUMNS];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(BLOCK, &value));
  for (hsize_t i = 0; i < BLOCK; i++) memcpy(value[i], empty.value, sizeof(empty.value));
  for (hsize_t first = 0; first < creation->cases; first += BLOCK) {
    PetscCall(WriteBlock(rows, H5T_NATIVE_DOUBLE, first, PetscMin(BLOCK, creation->cases - first),
                         value));
  }
  PetscCall(PetscFree(value));
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateRows(Creation *creation)
{
  const hsize_t size[2] = {creation->cases, SWEEP_COLUMNS};
  const double fill = 0;
  hid_t scale[2] = {creation->case_number, 0}, rows;

  PetscFunctionBeginUser;
  PetscCall(CreateIndex(creation->file, "/column", "column of rows", SWEEP_COLUMNS, &scale[1]));
  PetscCall(Allocate(creation,
                     &(DataSetLabel){"/rows", "1", "the numbers of the columns, one row a case"},
                     H5T_NATIVE_DOUBLE, 2, size, scale, &fill, &rows));
  PetscCall(WriteEmptyRows(creation, rows));
  PetscCallH5(H5Dclose(rows));
  PetscCallH5(H5Dclose(scale[1]));
  PetscFunctionReturn(0);
}

// The meaning of the numbers of `status`, as in the CF conventions.
static PetscErrorCode ExplainStatus(hid_t data_set)
{
  const hsize_t statuses = CASE_STATUSES;
  char meanings[NAME_LENGTH] = "";
  int value[CASE_STATUSES];
  hid_t space, attribute;

  PetscFunctionBeginUser;
  for (int s = 0; s < CASE_STATUSES; s++) {
    value[s] = s;
    PetscCall(PetscStrlcat(meanings, s ? " " : "", sizeof(meanings)));
    PetscCall(PetscStrlcat(meanings, case_status_names[s], sizeof(meanings)));
  }
  PetscCallH5(space = H5Screate_simple(1, &statuses, NULL));
  PetscCallH5(attribute = H5Acreate2(data_set, "flag_values", H5T_NATIVE_INT, space, H5P_DEFAULT,
                                     H5P_DEFAULT));
  PetscCallH5(H5Awrite(attribute, H5T_NATIVE_INT, value));
  PetscCallH5(H5Aclose(attribute));
  PetscCallH5(H5Sclose(space));
  PetscCall(AttributeSetText(data_set, "flag_meanings", meanings));
  PetscFunctionReturn(0);
}

// A column of /rows under its own name.
static PetscErrorCode CreateColumn(Creation *creation, PetscInt c)
{
  const SweepColumn column = SweepColumnGet(c);
  const hsize_t whole[2] = {creation->cases, SWEEP_COLUMNS}, start[2] = {0, (hsize_t)c};
  const hsize_t size[2] = {creation->cases, 1};
  hid_t space, source, properties, data_set;

  PetscFunctionBeginUser;
  PetscCallH5(space = H5Screate_simple(1, &creation->cases, NULL));
  PetscCallH5(source = H5Screate_simple(2, whole, NULL));
  PetscCallH5(H5Sselect_hyperslab(source, H5S_SELECT_SET, start, NULL, size, NULL));
  PetscCallH5(properties = H5Pcreate(H5P_DATASET_CREATE));
  PetscCallH5(H5Pset_attr_creation_order(properties, TRACKED));
  PetscCallH5(H5Pset_virtual(properties, space, ".", "/rows", source));
  PetscCallH5(data_set = H5Dcreate2(creation->file, column.label.name,
                                    column.whole ? H5T_NATIVE_INT : H5T_NATIVE_DOUBLE, space,
                                    H5P_DEFAULT, properties, H5P_DEFAULT));
  PetscCall(AttributeSetText(data_set, "units", column.label.units));
  PetscCall(AttributeSetText(data_set, "long_name", column.label.long_name));
  if (c == COLUMN_STATUS) PetscCall(ExplainStatus(data_set));
  PetscCallH5(H5DSattach_scale(data_set, creation->case_number, 0));
  PetscCallH5(H5Dclose(data_set));
  PetscCallH5(H5Pclose(properties));
  PetscCallH5(H5Sclose(source));
  PetscCallH5(H5Sclose(space));
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateReason(Creation *creation)
{
  const hsize_t size[2] = {creation->cases, SWEEP_REASON_LENGTH};
  hid_t scale[2] = {creation->case_number, 0}, reason;

  PetscFunctionBeginUser;
  PetscCall(
      CreateIndex(creation->file, "/letter", "letter of a reason", SWEEP_REASON_LENGTH, &scale[1]));
  PetscCall(Allocate(creation, &(DataSetLabel){"/reason", "1", "why a case has failed"}, H5T_C_S1,
                     2, size, scale, "", &reason));
  PetscCallH5(H5Dclose(reason));
  PetscCallH5(H5Dclose(scale[1]));
  PetscFunctionReturn(0);
}

// ---- Fields and history ----

typedef struct {
  hid_t node, face, stored_time, stored_step;
} FieldScales;

static PetscErrorCode CreateFieldScales(Creation *creation, FieldScales *scales)
{
  const hsize_t nodes = (hsize_t)creation->layout->nodes;
  const hsize_t fields = (hsize_t)SweepStoredFields(creation->layout->plan);
  const hsize_t times = (hsize_t)SweepPlanTimes(creation->layout->plan);

  PetscFunctionBeginUser;
  PetscCall(CreateIndex(creation->file, "/node", "node of the mesh", nodes, &scales->node));
  PetscCall(CreateIndex(creation->file, "/face", "face between nodes", nodes - 1, &scales->face));
  PetscCall(CreateIndex(creation->file, "/stored_time", "stored fields of a case", fields,
                        &scales->stored_time));
  PetscCall(CreateIndex(creation->file, "/stored_step", "stored time steps of a case", times,
                        &scales->stored_step));
  PetscFunctionReturn(0);
}

static PetscErrorCode AllocateFields(Creation *creation, const FieldScales *scales)
{
  const Electrolyte *const electrolyte = &creation->layout->first_case->electrolyte;
  const hsize_t nodes = (hsize_t)creation->layout->nodes;
  const hsize_t times = (hsize_t)SweepStoredFields(creation->layout->plan);

  PetscFunctionBeginUser;
  PetscCall(AllocateReals(creation, &(DataSetLabel){"/x", "m", "position of the nodes"}, 2,
                          (hsize_t[]){creation->cases, nodes},
                          (hid_t[]){creation->case_number, scales->node}));
  PetscCall(AllocateReals(creation, &(DataSetLabel){"/time", "s", "time of the stored fields"}, 2,
                          (hsize_t[]){creation->cases, times},
                          (hid_t[]){creation->case_number, scales->stored_time}));
  for (PetscInt f = 0; f < SweepFieldsCount(electrolyte->number_of_ions); f++) {
    const SweepLabel label = SweepFieldLabel(electrolyte, f);
    const hsize_t size[3] = {creation->cases, times, nodes - (label.on_faces ? 1 : 0)};
    const hid_t scale[3] = {creation->case_number, scales->stored_time,
                            label.on_faces ? scales->face : scales->node};
    const DataSetLabel data_set = Label(&label);

    PetscCall(AllocateReals(creation, &data_set, 3, size, scale));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AllocateHistory(Creation *creation, const FieldScales *scales)
{
  const Electrolyte *const electrolyte = &creation->layout->first_case->electrolyte;
  const hsize_t size[2] = {creation->cases, (hsize_t)SweepPlanTimes(creation->layout->plan)};
  const hid_t scale[2] = {creation->case_number, scales->stored_step};

  PetscFunctionBeginUser;
  for (PetscInt q = 0; q < SweepHistoryCount(electrolyte->number_of_ions); q++) {
    const SweepLabel label = SweepHistoryLabel(electrolyte, q);
    const DataSetLabel data_set = Label(&label);

    PetscCall(AllocateReals(creation, &data_set, 2, size, scale));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateFields(Creation *creation)
{
  FieldScales scales;
  hid_t group;

  PetscFunctionBeginUser;
  if (SweepPlanFields(creation->layout->plan) == FIELDS_NONE) PetscFunctionReturn(0);
  PetscCall(GroupCreate(creation->file, "/fields", &group));
  PetscCallH5(H5Gclose(group));
  PetscCall(GroupCreate(creation->file, "/history", &group));
  PetscCallH5(H5Gclose(group));
  PetscCall(CreateFieldScales(creation, &scales));
  PetscCall(AllocateFields(creation, &scales));
  PetscCall(AllocateHistory(creation, &scales));
  PetscCallH5(H5Dclose(scales.node));
  PetscCallH5(H5Dclose(scales.face));
  PetscCallH5(H5Dclose(scales.stored_time));
  PetscCallH5(H5Dclose(scales.stored_step));
  PetscFunctionReturn(0);
}

// ---- The whole ----

static PetscErrorCode CreateFile(Creation *creation, const char part[])
{
  hid_t properties;

  PetscFunctionBeginUser;
  PetscCallH5(properties = H5Pcreate(H5P_FILE_CREATE));
  PetscCallH5(H5Pset_userblock(properties, SEAL_SIZE));
  PetscCallH5(H5Pset_link_creation_order(properties, TRACKED));
  PetscCallH5(H5Pset_attr_creation_order(properties, TRACKED));
  creation->file = H5Fcreate(part, H5F_ACC_TRUNC, properties, H5P_DEFAULT);
  PetscCallH5(H5Pclose(properties));
  PetscCheck(creation->file >= 0, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "%s: cannot be written",
             creation->path);
  PetscFunctionReturn(0);
}

static PetscErrorCode FillFile(Creation *creation)
{
  const SweepLayout *const layout = creation->layout;
  char *yaml;

  PetscFunctionBeginUser;
  PetscCall(AttributeSetText(creation->file, "title", layout->first_case->title));
  PetscCall(AttributeSetInteger(creation->file, CLOSED_FORMS, layout->dry));
  PetscCall(CaseToYaml(layout->first_case, &yaml));
  PetscCall(ResultsWriteCase(creation->file, yaml, layout->program_version));
  PetscCall(PetscFree(yaml));
  PetscCall(ListKeys(creation));
  PetscCall(CreateIndex(creation->file, "/case_number", "number of the case", creation->cases,
                        &creation->case_number));
  for (PetscInt k = 0; k < SweepPlanKeys(layout->plan); k++) PetscCall(CreateKey(creation, k));
  for (PetscInt c = 0; c < COLUMN_CHECKSUM; c++) PetscCall(CreateColumn(creation, c));
  PetscCall(CreateReason(creation));
  PetscCall(CreateRows(creation));
  PetscCall(CreateFields(creation));
  PetscCallH5(H5Dclose(creation->case_number));
  PetscFunctionReturn(0);
}

// The file, closed and sealed.
static PetscErrorCode MakeFile(Creation *creation, const char part[])
{
  PetscFunctionBeginUser;
  PetscCall(CreateFile(creation, part));
  PetscErrorCode ierr = FillFile(creation);
  const herr_t closed = H5Fclose(creation->file);
  PetscCall(ierr);
  PetscCallH5(closed);
  PetscCall(SealFile(part, creation->gaps, creation->gap));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepFileCreate(const char path[], const SweepLayout *layout)
{
  Creation creation = {
      .path = path, .layout = layout, .cases = (hsize_t)SweepPlanCases(layout->plan)};
  char part[PETSC_MAX_PATH_LEN];
  ErrorCatch caught;

  PetscFunctionBeginUser;
  PetscCallH5(H5Eset_auto2(H5E_DEFAULT, NULL, NULL));
  PetscCall(ReplaceFileBegin(path, part));
  PetscCall(ErrorCatchBegin(&caught));
  const PetscErrorCode code = MakeFile(&creation, part);
  PetscCall(ErrorCatchEnd());
  if (code) {
    (void)remove(part);
    SETERRQ(PETSC_COMM_SELF, caught.code, "%s: no file is made: %s", path, caught.message);
  }
  PetscCall(ReplaceFileEnd(path, part));
  PetscFunctionReturn(0);
}
