#include <string.h>

#include "io/case_difference.h"
#include "io/case_reader.h"
#include "io/seal.h"
#include "io/sweep_file_impl.h"

#define BLOCK 16384  // cases at a time

typedef struct {
  const char *path;
  const SweepLayout *layout;
  hid_t file;
} Comparison;

// ---- Refusals ----

static PetscErrorCode RefuseFile(const Comparison *comparison, const char what[])
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_FILE_READ, "%s: cannot be gone on with: %s", comparison->path,
          what);
}

static PetscErrorCode CheckSeal(const Comparison *comparison)
{
  SealState state;

  PetscFunctionBeginUser;
  PetscCall(SealCheck(comparison->path, &state));
  if (state == SEAL_BROKEN) PetscCall(RefuseFile(comparison, SEAL_MISTAKE));
  if (state == SEAL_MISSING) {
    PetscCall(RefuseFile(comparison,
                         "it has no checksum: version 0.1.0 or another program has written it"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode RefuseDifference(const Comparison *comparison, const char what[],
                                       const char there[], const char here[])
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_USER_INPUT,
          "%s: a sweep of other cases: %s: found '%.200s' there, '%.200s' now; without --resume it "
          "is replaced",
          comparison->path, what, there, here);
}

static PetscErrorCode CompareCounts(const Comparison *comparison, const char what[],
                                    long long there, long long here)
{
  char texts[2][32];

  PetscFunctionBeginUser;
  if (there == here) PetscFunctionReturn(0);
  snprintf(texts[0], sizeof(texts[0]), "%lld", there);
  snprintf(texts[1], sizeof(texts[1]), "%lld", here);
  PetscCall(RefuseDifference(comparison, what, texts[0], texts[1]));
  PetscFunctionReturn(0);
}

// ---- Reading ----

static PetscErrorCode OpenDataSet(const Comparison *comparison, const char name[], hid_t *data_set)
{
  PetscFunctionBeginUser;
  *data_set = H5Dopen2(comparison->file, name, H5P_DEFAULT);
  if (*data_set < 0) PetscCall(RefuseFile(comparison, "not the file of a sweep"));
  PetscFunctionReturn(0);
}

static PetscErrorCode GetSize(hid_t data_set, hsize_t size[3])
{
  hid_t space;

  PetscFunctionBeginUser;
  size[0] = size[1] = size[2] = 0;
  PetscCallH5(space = H5Dget_space(data_set));
  if (H5Sget_simple_extent_ndims(space) <= 3) {
    PetscCallH5(H5Sget_simple_extent_dims(space, size, NULL));
  }
  PetscCallH5(H5Sclose(space));
  PetscFunctionReturn(0);
}

// The values of `count` cases from `first` on, of a data set [case] or [case, column].
static PetscErrorCode ReadBlock(const Comparison *comparison, hid_t data_set, hid_t type,
                                hsize_t first, hsize_t count, hsize_t columns, void *values)
{
  PetscBool read = PETSC_FALSE;

  PetscFunctionBeginUser;
  if (DataSetHolds(data_set, first + count, columns)) {
    PetscCall(DataSetReadRows(data_set, type, first, count, values, &read));
  }
  if (!read) PetscCall(RefuseFile(comparison, "it cannot be read"));
  PetscFunctionReturn(0);
}

// ---- The first case ----

static PetscErrorCode CompareYaml(const Comparison *comparison, const char there[],
                                  const char here[])
{
  CaseDifference difference;

  PetscFunctionBeginUser;
  if (CaseDifferenceFind(there, here, &difference)) {
    PetscCall(RefuseDifference(comparison, difference.name, difference.there, difference.here));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CompareFirstCase(const Comparison *comparison)
{
  char *there = NULL, *here;
  hid_t data_set, type;
  PetscInt count;

  PetscFunctionBeginUser;
  PetscCall(OpenDataSet(comparison, "/case", &data_set));
  PetscCall(TextTypeCreate(&type));
  PetscCall(DataSetCount(data_set, &count));
  if (count != 1 || H5Dread(data_set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &there) < 0 || !there) {
    PetscCall(RefuseFile(comparison, "not the file of a sweep"));
  }
  PetscCall(CaseToYaml(comparison->layout->first_case, &here));
  PetscErrorCode ierr = CompareYaml(comparison, there, here);
  PetscCall(PetscFree(here));
  PetscCallH5(H5free_memory(there));
  PetscCallH5(H5Tclose(type));
  PetscCallH5(H5Dclose(data_set));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

// ---- The swept keys ----

static PetscErrorCode RefuseValue(const Comparison *comparison, PetscInt k, hsize_t number,
                                  const char there[], const char here[])
{
  char what[KEY_TEXT_LENGTH];

  PetscFunctionBeginUser;
  snprintf(what, sizeof(what), "%s of case %llu", SweepPlanKey(comparison->layout->plan, k)->name,
           (unsigned long long)number);
  PetscCall(RefuseDifference(comparison, what, there, here));
  PetscFunctionReturn(0);
}

static PetscErrorCode CompareNumbers(const Comparison *comparison, PetscInt k, hid_t data_set,
                                     hsize_t first, hsize_t count)
{
  const SweepPlan plan = comparison->layout->plan;
  const char *const *settings;
  PetscReal *there, here;
  char texts[2][32];

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(count, &there));
  PetscCall(ReadBlock(comparison, data_set, H5T_NATIVE_DOUBLE, first, count, 1, there));
  for (hsize_t i = 0; i < count; i++) {
    PetscCall(SweepPlanSettings(plan, (PetscInt)(first + i), &settings));
    PetscCall(SweepPlanValue(SweepPlanKey(plan, k), settings[k], &here));
    if (memcmp(&here, &there[i], sizeof(here)) == 0) continue;
    snprintf(texts[0], sizeof(texts[0]), "%.15g", there[i]);
    snprintf(texts[1], sizeof(texts[1]), "%.15g", here);
    PetscCall(RefuseValue(comparison, k, first + i, texts[0], texts[1]));
  }
  PetscCall(PetscFree(there));
  PetscFunctionReturn(0);
}

static PetscErrorCode CompareTexts(const Comparison *comparison, PetscInt k, hid_t data_set,
                                   hsize_t first, hsize_t count)
{
  const SweepPlan plan = comparison->layout->plan;
  const char *const *settings;
  char **there;
  hid_t type, space;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(count, &there));
  PetscCall(TextTypeCreate(&type));
  PetscCall(ReadBlock(comparison, data_set, type, first, count, 1, there));
  for (hsize_t i = 0; i < count; i++) {
    const char *const text = there[i] ? there[i] : "";

    PetscCall(SweepPlanSettings(plan, (PetscInt)(first + i), &settings));
    if (strcmp(text, SweepPlanText(settings[k])) == 0) continue;
    PetscCall(RefuseValue(comparison, k, first + i, text, SweepPlanText(settings[k])));
  }
  PetscCallH5(space = H5Screate_simple(1, &count, NULL));
  PetscCallH5(H5Dvlen_reclaim(type, space, H5P_DEFAULT, there));
  PetscCallH5(H5Sclose(space));
  PetscCallH5(H5Tclose(type));
  PetscCall(PetscFree(there));
  PetscFunctionReturn(0);
}

static PetscErrorCode CompareKey(const Comparison *comparison, PetscInt k)
{
  const SweptKey *const swept = SweepPlanKey(comparison->layout->plan, k);
  const hsize_t cases = (hsize_t)SweepPlanCases(comparison->layout->plan);
  hid_t data_set, type;

  PetscFunctionBeginUser;
  data_set = H5Dopen2(comparison->file, swept->name, H5P_DEFAULT);
  if (data_set < 0) PetscCall(RefuseDifference(comparison, "swept keys", "none", swept->name));
  PetscCallH5(type = H5Dget_type(data_set));
  const PetscBool is_text = (PetscBool)(H5Tget_class(type) == H5T_STRING);
  PetscCallH5(H5Tclose(type));
  if (is_text != swept->is_text) {
    PetscCall(RefuseDifference(comparison, swept->name, is_text ? "texts" : "numbers",
                               is_text ? "numbers" : "texts"));
  }
  for (hsize_t first = 0; first < cases; first += BLOCK) {
    const hsize_t count = PetscMin(BLOCK, cases - first);

    PetscCall(is_text ? CompareTexts(comparison, k, data_set, first, count)
                      : CompareNumbers(comparison, k, data_set, first, count));
  }
  PetscCallH5(H5Dclose(data_set));
  PetscFunctionReturn(0);
}

static PetscErrorCode CompareKeys(const Comparison *comparison)
{
  hid_t attribute, space;
  hssize_t keys;

  PetscFunctionBeginUser;
  attribute = H5Aopen(comparison->file, SWEPT_KEYS, H5P_DEFAULT);
  if (attribute < 0) PetscCall(RefuseFile(comparison, "not the file of a sweep"));
  PetscCallH5(space = H5Aget_space(attribute));
  PetscCallH5(keys = H5Sget_simple_extent_npoints(space));
  PetscCallH5(H5Sclose(space));
  PetscCallH5(H5Aclose(attribute));
  PetscCall(CompareCounts(comparison, "number of swept keys", keys,
                          SweepPlanKeys(comparison->layout->plan)));
  for (PetscInt k = 0; k < SweepPlanKeys(comparison->layout->plan); k++) {
    PetscCall(CompareKey(comparison, k));
  }
  PetscFunctionReturn(0);
}

// ---- Rows and fields ----

static PetscErrorCode CompareFields(const Comparison *comparison)
{
  const PetscBool stored = (PetscBool)(SweepPlanFields(comparison->layout->plan) != FIELDS_NONE);
  hsize_t size[3] = {0, 0, 0};
  htri_t exists;
  hid_t data_set;

  PetscFunctionBeginUser;
  PetscCallH5(exists = H5Lexists(comparison->file, "/fields", H5P_DEFAULT));
  if ((exists > 0) != stored) {
    PetscCall(RefuseDifference(comparison, "sweep.fields", exists ? "stored" : "none",
                               stored ? "stored" : "none"));
  }
  if (!stored) PetscFunctionReturn(0);
  PetscCall(OpenDataSet(comparison, "/fields/potential", &data_set));
  PetscCall(GetSize(data_set, size));
  PetscCallH5(H5Dclose(data_set));
  PetscCall(CompareCounts(comparison, "stored fields of a case", (long long)size[1],
                          SweepStoredFields(comparison->layout->plan)));
  PetscCall(CompareCounts(comparison, "nodes of the largest mesh", (long long)size[2],
                          comparison->layout->nodes));
  PetscCall(OpenDataSet(comparison, "/history/time", &data_set));
  PetscCall(GetSize(data_set, size));
  PetscCallH5(H5Dclose(data_set));
  PetscCall(CompareCounts(comparison, "stored times of a case", (long long)size[1],
                          SweepPlanTimes(comparison->layout->plan)));
  PetscFunctionReturn(0);
}

static PetscErrorCode CompareKind(const Comparison *comparison)
{
  static const char *const kinds[] = {"cases solved", "closed forms only (--dry)"};
  PetscInt there = 0;
  PetscBool found;

  PetscFunctionBeginUser;
  PetscCall(AttributeGetInteger(comparison->file, CLOSED_FORMS, &there, &found));
  if (!found) PetscCall(RefuseFile(comparison, "not the file of a sweep"));
  if (there != (PetscInt)comparison->layout->dry) {
    PetscCall(RefuseDifference(comparison, "what was computed", kinds[there != 0],
                               kinds[comparison->layout->dry]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStatus(const Comparison *comparison, hid_t rows, char status[])
{
  const hsize_t cases = (hsize_t)SweepPlanCases(comparison->layout->plan);
  PetscReal(*value)[SWEEP_COLUMNS];
  PetscInt broken = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(BLOCK, &value));
  for (hsize_t first = 0; first < cases; first += BLOCK) {
    const hsize_t count = PetscMin(BLOCK, cases - first);

    PetscCall(ReadBlock(comparison, rows, H5T_NATIVE_DOUBLE, first, count, SWEEP_COLUMNS, value));
    for (hsize_t i = 0; i < count; i++) {
      const PetscBool whole = SweepRowIsWhole((PetscInt)(first + i), value[i]);

      status[first + i] = whole ? (char)value[i][COLUMN_STATUS] : CASE_TO_DO;
      broken += !whole && !SweepRowIsEmpty(value[i]);
    }
  }
  PetscCall(PetscFree(value));
  if (broken) {
    fprintf(stderr, "%s: %" PetscInt_FMT " of its rows are damaged or not whole: run again\n",
            comparison->path, broken);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CompareAll(const Comparison *comparison, char status[])
{
  hsize_t size[3];
  hid_t rows;

  PetscFunctionBeginUser;
  PetscCall(OpenDataSet(comparison, "/rows", &rows));
  PetscCall(GetSize(rows, size));
  if (size[1] != SWEEP_COLUMNS) PetscCall(RefuseFile(comparison, "it is of another version"));
  PetscCall(CompareCounts(comparison, "number of cases", (long long)size[0],
                          SweepPlanCases(comparison->layout->plan)));
  PetscCall(CompareKind(comparison));
  PetscCall(CompareFields(comparison));
  PetscCall(CompareFirstCase(comparison));
  PetscCall(CompareKeys(comparison));
  PetscCall(ReadStatus(comparison, rows, status));
  PetscCallH5(H5Dclose(rows));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepFileGetStatus(const char path[], const SweepLayout *layout, char status[])
{
  Comparison comparison = {.path = path, .layout = layout};

  PetscFunctionBeginUser;
  PetscCallH5(H5Eset_auto2(H5E_DEFAULT, NULL, NULL));
  PetscCall(CheckSeal(&comparison));
  comparison.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (comparison.file < 0) PetscCall(RefuseFile(&comparison, "no HDF5 file"));
  PetscErrorCode ierr = CompareAll(&comparison, status);
  (void)H5Fclose(comparison.file);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
