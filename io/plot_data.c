#include "io/plot_data.h"

#include <string.h>

PetscBool PlotHas(hid_t file, const char name[])
{
  char group[128];
  const char *const slash = strrchr(name, '/');

  snprintf(group, sizeof(group), "%.*s", (int)(slash - name), name);
  if (group[0] && H5Lexists(file, group, H5P_DEFAULT) <= 0) return PETSC_FALSE;
  return (PetscBool)(H5Lexists(file, name, H5P_DEFAULT) > 0);
}

PetscErrorCode PlotRefuse(hid_t object, const char name[], const char what[])
{
  char path[PETSC_MAX_PATH_LEN] = "";

  PetscFunctionBeginUser;
  (void)H5Fget_name(object, path, sizeof(path));
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_FILE_READ, "%s: cannot be read: %.120s: %s", path, name, what);
}

// ---- Texts ----

// Reads texts of variable length, of a data set or an attribute; they are copied.
static PetscErrorCode CopyTexts(hid_t type, hid_t space, char **read, PetscInt count, char ***text)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(count, text));
  for (PetscInt i = 0; i < count; i++) {
    PetscCall(PetscStrallocpy(read[i] ? read[i] : "", &(*text)[i]));
  }
  PetscCallH5(H5Dvlen_reclaim(type, space, H5P_DEFAULT, read));
  PetscFunctionReturn(0);
}

PetscErrorCode PlotTextsRead(hid_t file, const char name[], PetscInt *count, char ***text)
{
  hid_t attribute, space, type;
  char **read;

  PetscFunctionBeginUser;
  PetscCallH5(attribute = H5Aopen(file, name, H5P_DEFAULT));
  PetscCallH5(space = H5Aget_space(attribute));
  *count = (PetscInt)H5Sget_simple_extent_npoints(space);
  if (*count < 1) PetscCall(PlotRefuse(file, name, "it has no text"));
  PetscCall(PetscMalloc1(*count, &read));
  PetscCall(TextTypeCreate(&type));
  PetscCallH5(H5Aread(attribute, type, read));
  PetscCall(CopyTexts(type, space, read, *count, text));
  PetscCallH5(H5Tclose(type));
  PetscCallH5(H5Sclose(space));
  PetscCallH5(H5Aclose(attribute));
  PetscCall(PetscFree(read));
  PetscFunctionReturn(0);
}

PetscErrorCode PlotTextsDestroy(PetscInt count, char ***text)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < count && *text; i++) PetscCall(PetscFree((*text)[i]));
  PetscCall(PetscFree(*text));
  PetscFunctionReturn(0);
}

// ---- Columns ----

static PetscErrorCode ReadUnits(hid_t data_set, char units[64])
{
  char **text;
  PetscInt count;

  PetscFunctionBeginUser;
  PetscCall(PlotTextsRead(data_set, "units", &count, &text));
  snprintf(units, 64, "%s", text[0]);
  PetscCall(PlotTextsDestroy(count, &text));
  PetscFunctionReturn(0);
}

// Equal texts get equal numbers, in the order in which they come.
static PetscErrorCode NumberTexts(PlotColumn *column)
{
  PetscReal next = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < column->count; i++) {
    PetscInt j = 0;

    while (strcmp(column->text[j], column->text[i])) j++;
    column->value[i] = j < i ? column->value[j] : next++;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTextColumn(hid_t data_set, PlotColumn *column)
{
  hid_t type, space;
  char **read;

  PetscFunctionBeginUser;
  PetscCallH5(space = H5Dget_space(data_set));
  PetscCall(PetscMalloc1(column->count, &read));
  PetscCall(TextTypeCreate(&type));
  PetscCallH5(H5Dread(data_set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read));
  PetscCall(CopyTexts(type, space, read, column->count, &column->text));
  PetscCall(NumberTexts(column));
  PetscCallH5(H5Sclose(space));
  PetscCallH5(H5Tclose(type));
  PetscCall(PetscFree(read));
  PetscFunctionReturn(0);
}

PetscErrorCode PlotColumnRead(hid_t file, const char name[], PlotColumn *column)
{
  hid_t data_set, type;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(column, sizeof(*column)));
  PetscCall(PetscStrncpy(column->name, name[0] == '/' ? name + 1 : name, sizeof(column->name)));
  PetscCallH5(data_set = H5Dopen2(file, name, H5P_DEFAULT));
  PetscCallH5(type = H5Dget_type(data_set));
  PetscCall(DataSetCount(data_set, &column->count));
  if (column->count < 0) PetscCall(PlotRefuse(file, name, "it is larger than the file"));
  PetscCall(ReadUnits(data_set, column->units));
  PetscCall(PetscMalloc1(column->count, &column->value));
  if (H5Tget_class(type) == H5T_STRING) {
    PetscCall(ReadTextColumn(data_set, column));
  } else {
    PetscCallH5(H5Dread(data_set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, column->value));
  }
  PetscCallH5(H5Tclose(type));
  PetscCallH5(H5Dclose(data_set));
  PetscFunctionReturn(0);
}

PetscErrorCode PlotColumnCheck(hid_t file, const PlotColumn *column, PetscInt count)
{
  char what[96];

  PetscFunctionBeginUser;
  snprintf(what, sizeof(what), "found %" PetscInt_FMT " values, allowed: %" PetscInt_FMT,
           column->count, count);
  if (column->count != count) PetscCall(PlotRefuse(file, column->name, what));
  PetscFunctionReturn(0);
}

PetscErrorCode PlotColumnDestroy(PlotColumn *column)
{
  PetscFunctionBeginUser;
  PetscCall(PlotTextsDestroy(column->count, &column->text));
  PetscCall(PetscFree(column->value));
  PetscFunctionReturn(0);
}

void PlotLabel(FILE *gnuplot, const PlotColumn *column)
{
  char label[256];

  snprintf(label, sizeof(label), "%s%s%s%s", column->name, column->units[0] != '1' ? " [" : "",
           column->units[0] != '1' ? column->units : "", column->units[0] != '1' ? "]" : "");
  GnuplotText(gnuplot, label);
}
