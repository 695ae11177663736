#include <hdf5_hl.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "io/results_impl.h"
#include "io/xdmf.h"

#define HISTORY(field) offsetof(HistoryRecord, field)

const Quantity history_quantities[FIXED_HISTORY] = {
    {{"/history/time", "s", "time"}, COLUMN_REAL, HISTORY(time)},
    {{"/history/cell_voltage", "V", "potential of the counter electrode against the anode"},
     COLUMN_REAL,
     HISTORY(cell_voltage)},
    {{"/history/current_density", "A m-2", "total current density, > 0 plates the anode"},
     COLUMN_REAL,
     HISTORY(current_density)},
    {{"/history/faradaic_current_density", "A m-2", "faradaic current density of the anode"},
     COLUMN_REAL,
     HISTORY(faradaic_current_density)},
    {{"/history/charge_passed", "C m-2", "charge passed"}, COLUMN_REAL, HISTORY(charge_passed)},
    {{"/history/virtual_salt_concentration", "mol m-3",
      "salt concentration just outside the double layer of the watched electrode; of the reacting "
      "ion with more than two ions"},
     COLUMN_REAL,
     HISTORY(virtual_salt_concentration)},
    {{"/history/space_charge_width", "m",
      "distance at which the charge separation falls through 1/2"},
     COLUMN_REAL,
     HISTORY(space_charge_width)},
    {{"/history/step", "1", "step of the protocol"}, COLUMN_INTEGER, HISTORY(step)},
};

const Quantity ion_history[ION_HISTORY] = {
    {{"/history/%s_concentration_anode", "mol m-3", "concentration of the %s at the anode"},
     COLUMN_REAL,
     HISTORY(concentration_anode)},
    {{"/history/%s_concentration_counter_electrode", "mol m-3",
      "concentration of the %s at the counter electrode"},
     COLUMN_REAL,
     HISTORY(concentration_counter_electrode)},
    {{"/history/%s_amount", "mol m-2", "amount of the %s in the cell"},
     COLUMN_REAL,
     HISTORY(amount)},
    {{"/history/%s_amount_entered", "mol m-2",
      "amount of the %s that entered through both boundaries"},
     COLUMN_REAL,
     HISTORY(amount_entered)},
};

const Quantity event_quantities[EVENT_COLUMNS] = {
    {{"/events/time", "s", "time of the event"}, COLUMN_REAL, offsetof(EventRow, time)},
    {{"/events/name", "1", "what happened"}, COLUMN_TEXT, offsetof(EventRow, name)},
    {{"/events/step", "1", "step of the protocol"}, COLUMN_INTEGER, offsetof(EventRow, step)},
    {{"/events/electrode", "1", "the electrode that was watched"},
     COLUMN_TEXT,
     offsetof(EventRow, electrode)},
};

// A data set of fixed size with scales on its dimensions.
static PetscErrorCode WriteDataSet(hid_t file, const DataSetLabel *label, hid_t type, int rank,
                                   const hsize_t size[], const hid_t scale[], const void *values)
{
  hid_t data_set;

  PetscFunctionBeginUser;
  PetscCall(DataSetCreate(file, label, type, rank, size, NULL, &data_set));
  PetscCallH5(H5Dwrite(data_set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  for (int d = 0; d < rank; d++) PetscCallH5(H5DSattach_scale(data_set, scale[d], (unsigned)d));
  PetscCallH5(H5Dclose(data_set));
  PetscFunctionReturn(0);
}

// A dimension scale, to be closed with H5Dclose.
static PetscErrorCode WriteScale(hid_t file, const DataSetLabel *label, hid_t type, hsize_t size,
                                 const void *values, hid_t *scale)
{
  PetscFunctionBeginUser;
  PetscCall(DataSetCreate(file, label, type, 1, &size, NULL, scale));
  PetscCallH5(H5Dwrite(*scale, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  PetscCallH5(H5DSset_scale(*scale, strrchr(label->name, '/') + 1));
  PetscFunctionReturn(0);
}

// The numbers 0, 1, ... as the scale of a dimension that has no coordinate.
static PetscErrorCode WriteIndexScale(hid_t file, const DataSetLabel *label, PetscInt size,
                                      hid_t *scale)
{
  int *index;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(size, &index));
  for (int i = 0; i < (int)size; i++) index[i] = i;
  PetscCall(WriteScale(file, label, H5T_NATIVE_INT, (hsize_t)size, index, scale));
  PetscCall(PetscFree(index));
  PetscFunctionReturn(0);
}

// What stands along x; the two scales are left open.
static PetscErrorCode WriteGrid(Results results, const Mesh *mesh, hid_t *x, hid_t *face)
{
  const hsize_t nodes = (hsize_t)mesh->nodes;
  const PetscReal thickness = results->case_->separator.thickness;
  const hid_t file = results->file;
  PetscReal *x_over_thickness, *face_x;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc2(nodes, &x_over_thickness, nodes - 1, &face_x));
  for (PetscInt i = 0; i < mesh->nodes; i++) x_over_thickness[i] = mesh->x[i] / thickness;
  for (PetscInt i = 0; i < mesh->nodes - 1; i++) face_x[i] = MeshFace(mesh, i);
  PetscCall(WriteScale(file, &(DataSetLabel){"/x", "m", "position of the nodes"}, H5T_NATIVE_DOUBLE,
                       nodes, mesh->x, x));
  PetscCall(WriteScale(file, &(DataSetLabel){"/face", "m", "position of the faces"},
                       H5T_NATIVE_DOUBLE, nodes - 1, face_x, face));
  PetscCall(WriteDataSet(file, &(DataSetLabel){"/cell_width", "m", "width of the finite volumes"},
                         H5T_NATIVE_DOUBLE, 1, &nodes, x, mesh->width));
  PetscCall(WriteDataSet(
      file, &(DataSetLabel){"/x_over_thickness", "1", "position of the nodes over the thickness"},
      H5T_NATIVE_DOUBLE, 1, &nodes, x, x_over_thickness));
  PetscCall(PetscFree2(x_over_thickness, face_x));
  PetscFunctionReturn(0);
}

// The points and segments of the line.
static PetscErrorCode WriteLineGeometry(hid_t file, const Mesh *mesh, hid_t x, hid_t face)
{
  const hsize_t nodes = (hsize_t)mesh->nodes;
  hid_t axis, end;
  PetscReal *points;
  int *cells;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc2(3 * nodes, &points, 2 * (nodes - 1), &cells));
  for (hsize_t i = 0; i < nodes; i++) points[3 * i] = mesh->x[i];
  for (int i = 0; i < 2 * ((int)nodes - 1); i++) cells[i] = (i + 1) / 2;
  PetscCall(WriteIndexScale(file, &(DataSetLabel){"/xdmf/axis", "1", "axis of space"}, 3, &axis));
  PetscCall(WriteIndexScale(file, &(DataSetLabel){"/xdmf/end", "1", "end of a segment"}, 2, &end));
  PetscCall(WriteDataSet(file,
                         &(DataSetLabel){"/xdmf/line_points", "m", "points of the line: x, 0, 0"},
                         H5T_NATIVE_DOUBLE, 2, (hsize_t[]){nodes, 3}, (hid_t[]){x, axis}, points));
  PetscCall(WriteDataSet(file,
                         &(DataSetLabel){"/xdmf/line_cells", "1",
                                         "segments of the line: the numbers of their two points"},
                         H5T_NATIVE_INT, 2, (hsize_t[]){nodes - 1, 2}, (hid_t[]){face, end},
                         cells));
  PetscCallH5(H5Dclose(end));
  PetscCallH5(H5Dclose(axis));
  PetscCall(PetscFree2(points, cells));
  PetscFunctionReturn(0);
}

// The row of the surface's points.
static PetscErrorCode SetSheetPoints(Results results, const Mesh *mesh)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(3 * mesh->nodes, &results->sheet_points));
  for (PetscInt i = 0; i < mesh->nodes; i++) {
    results->sheet_points[3 * i] = mesh->x[i] / results->case_->separator.thickness;
  }
  PetscFunctionReturn(0);
}

// A new table, or one that goes on.
static PetscErrorCode MakeTable(Results results, ResultsTable table, PetscInt columns,
                                const Column column[], PetscBool last_only, PetscInt compression)
{
  Series *const series = &results->table[table];

  PetscFunctionBeginUser;
  if (results->goes_on) {
    PetscCall(SeriesOpen(results->file, columns, column, last_only, results->rows[table], series));
  } else {
    PetscCall(SeriesCreate(results->file, columns, column, last_only, compression, series));
  }
  PetscFunctionReturn(0);
}

// Of a table that goes on the scales are there: 0.
static PetscErrorCode MakeFields(Results results, hid_t x, hid_t face, hid_t coordinate)
{
  const Electrolyte *electrolyte = &results->case_->electrolyte;
  const PetscBool has_sand_time = !PetscIsNanReal(results->sand_time);
  const PetscInt nodes = results->nodes;
  char name[MAXIMUM_IONS][NAME_LENGTH], long_name[MAXIMUM_IONS][NAME_LENGTH];
  Column column[MAXIMUM_FIELDS] = {
      {.label = {"/time", "s", "time of the stored fields"}},
      {.label = {"/time_over_sand_time", has_sand_time ? "1" : "s",
                 has_sand_time ? "time over Sand's time" : "time (there is no Sand's time)"}},
      {.label = {"/xdmf/sheet_points", "1",
                 "points of the surface: x_over_thickness, time_over_sand_time, 0"},
       .width = 3 * nodes,
       .scale = coordinate,
       .repeats = PETSC_TRUE},
      {.label = {"/fields/potential", "V", "potential against the anode's metal"},
       .width = nodes,
       .scale = x},
      {.label = {"/fields/charge_density", "C m-3", "charge density"}, .width = nodes, .scale = x},
      {.label = {"/fields/electric_field", "V m-1", "electric field at the faces"},
       .width = nodes - 1,
       .scale = face},
  };
  PetscInt columns = FIXED_FIELDS;

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const char *ion = electrolyte->ion[k].name;
    PetscCall(PetscSNPrintf(name[k], NAME_LENGTH, "/fields/%s_concentration", ion));
    PetscCall(PetscSNPrintf(long_name[k], NAME_LENGTH, "concentration of the %s", ion));
    column[columns++] =
        (Column){.label = {name[k], "mol m-3", long_name[k]}, .width = nodes, .scale = x};
  }
  PetscCall(MakeTable(results, TABLE_FIELDS, columns, column,
                      (PetscBool)(results->case_->output.fields == FIELDS_LAST),
                      results->case_->output.compression));
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeHistory(Results results)
{
  const Electrolyte *electrolyte = &results->case_->electrolyte;
  Column column[MAXIMUM_HISTORY] = {0};
  char name[MAXIMUM_HISTORY][NAME_LENGTH], long_name[MAXIMUM_HISTORY][NAME_LENGTH];
  PetscInt columns = 0;

  PetscFunctionBeginUser;
  for (; columns < FIXED_HISTORY; columns++) {
    column[columns].label = history_quantities[columns].label;
    column[columns].type = history_quantities[columns].type;
  }
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const char *ion = electrolyte->ion[k].name;
    for (size_t i = 0; i < ION_HISTORY; i++, columns++) {
      const DataSetLabel *label = &ion_history[i].label;
      PetscCall(PetscSNPrintf(name[columns], NAME_LENGTH, label->name, ion));
      PetscCall(PetscSNPrintf(long_name[columns], NAME_LENGTH, label->long_name, ion));
      column[columns].label = (DataSetLabel){name[columns], label->units, long_name[columns]};
      column[columns].type = ion_history[i].type;
    }
  }
  PetscCall(MakeTable(results, TABLE_HISTORY, columns, column, PETSC_FALSE,
                      results->case_->output.compression));
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeEvents(Results results)
{
  Column column[EVENT_COLUMNS] = {0};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < EVENT_COLUMNS; i++) {
    column[i].label = event_quantities[i].label;
    column[i].type = event_quantities[i].type;
  }
  PetscCall(MakeTable(results, TABLE_EVENTS, EVENT_COLUMNS, column, PETSC_FALSE, 0));
  PetscFunctionReturn(0);
}

// Versions of the libraries that are in use now, as attributes.
static PetscErrorCode SetLibraryVersions(hid_t object)
{
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  PetscInt major, minor, patch;
  unsigned h5_major, h5_minor, h5_patch;
  int length;

  PetscFunctionBeginUser;
  PetscCall(PetscGetVersionNumber(&major, &minor, &patch, NULL));
  PetscCall(PetscSNPrintf(version, sizeof(version),
                          "%" PetscInt_FMT ".%" PetscInt_FMT ".%" PetscInt_FMT, major, minor,
                          patch));
  PetscCall(AttributeSetText(object, "petsc_version", version));
  PetscCallH5(H5get_libversion(&h5_major, &h5_minor, &h5_patch));
  PetscCall(PetscSNPrintf(version, sizeof(version), "%u.%u.%u", h5_major, h5_minor, h5_patch));
  PetscCall(AttributeSetText(object, "hdf5_version", version));
  PetscCallMPI(MPI_Get_library_version(version, &length));
  version[strcspn(version, ",\n")] = '\0';  // "Open MPI v4.1.4, package: ..." says it at the start
  PetscCall(AttributeSetText(object, "mpi_version", version));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsWriteCase(hid_t file, const char case_yaml[], const char program_version[])
{
  hid_t type, data_set;

  PetscFunctionBeginUser;
  PetscCall(TextTypeCreate(&type));
  PetscCall(DataSetCreate(file, &(DataSetLabel){"/case", "1", "the case as resolved, in YAML"},
                          type, 0, NULL, NULL, &data_set));
  PetscCallH5(H5Dwrite(data_set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &case_yaml));
  PetscCall(AttributeSetText(data_set, "sandglass_version", program_version));
  PetscCall(SetLibraryVersions(data_set));
  PetscCallH5(H5Dclose(data_set));
  PetscCallH5(H5Tclose(type));
  PetscFunctionReturn(0);
}

// What a file says that no run has finished.
static PetscErrorCode WriteUnfinished(Results results, const ClosedForms *closed_forms)
{
  const RunResult run = {.closed_forms = *closed_forms,
                         .depletion_time = NAN,
                         .space_charge_time = NAN,
                         .below_validity = {NAN, NAN},
                         .above_validity = {NAN, NAN}};
  const char *title = results->case_->title;

  PetscFunctionBeginUser;
  PetscCall(AttributeSetText(results->file, "title", title ? title : ""));
  PetscCall(ResultsSetOutcome(results->file, "running", &run));
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateGroups(Results results)
{
  const char *const groups[] = {"/sand", "/history", "/events", "/fields", "/xdmf"};
  const size_t count = results->case_->output.fields == FIELDS_NONE ? 3 : 5;
  hid_t group;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < count; i++) {
    PetscCall(GroupCreate(results->file, groups[i], &group));
    PetscCallH5(H5Gclose(group));
  }
  PetscFunctionReturn(0);
}

// The data sets over x and time, and the shapes that ParaView draws them on.
static PetscErrorCode CreateFieldsAndShapes(Results results, const Mesh *mesh, hid_t x, hid_t face)
{
  hid_t coordinate;

  PetscFunctionBeginUser;
  PetscCall(WriteLineGeometry(results->file, mesh, x, face));
  PetscCall(SetSheetPoints(results, mesh));
  PetscCall(WriteIndexScale(results->file,
                            &(DataSetLabel){"/xdmf/coordinate", "1",
                                            "three coordinates of every node, one after the other"},
                            3 * mesh->nodes, &coordinate));
  PetscCall(MakeFields(results, x, face, coordinate));
  PetscCallH5(H5Dclose(coordinate));
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateDataSets(Results results, const Mesh *mesh)
{
  hid_t x, face;

  PetscFunctionBeginUser;
  PetscCall(CreateGroups(results));
  PetscCall(WriteGrid(results, mesh, &x, &face));
  if (results->case_->output.fields != FIELDS_NONE) {
    PetscCall(CreateFieldsAndShapes(results, mesh, x, face));
  }
  PetscCall(MakeHistory(results));
  PetscCall(MakeEvents(results));
  PetscCallH5(H5Dclose(face));
  PetscCallH5(H5Dclose(x));
  PetscFunctionReturn(0);
}

// A data set along a dimension that has no coordinate.
static PetscErrorCode CreateList(hid_t file, const DataSetLabel *label, hid_t type,
                                 const DataSetLabel *along, PetscInt size)
{
  const hsize_t length = (hsize_t)size;
  hid_t scale, data_set;

  PetscFunctionBeginUser;
  PetscCall(WriteIndexScale(file, along, size, &scale));
  PetscCall(DataSetCreate(file, label, type, 1, &length, NULL, &data_set));
  PetscCallH5(H5DSattach_scale(data_set, scale, 0));
  PetscCallH5(H5Dclose(data_set));
  PetscCallH5(H5Dclose(scale));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsCreateState(Results r)
{
  hid_t group;

  PetscFunctionBeginUser;
  PetscCall(GroupCreate(r->file, "/resume", &group));
  PetscCallH5(H5Gclose(group));
  PetscCall(
      CreateList(r->file, &(DataSetLabel){"/resume/unknowns", "1", "what the solver solves for"},
                 H5T_NATIVE_DOUBLE, &(DataSetLabel){"/resume/unknown", "1", "number of an unknown"},
                 r->state.unknowns));
  PetscCall(CreateList(
      r->file,
      &(DataSetLabel){"/resume/armed", "1", "1: the condition may still be met in this step"},
      H5T_PETSC_INT, &(DataSetLabel){"/resume/condition", "1", "number of a condition"},
      r->state.conditions));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsOpenTables(Results results, const Mesh *mesh)
{
  PetscFunctionBeginUser;
  if (results->case_->output.fields != FIELDS_NONE) {
    PetscCall(SetSheetPoints(results, mesh));
    PetscCall(MakeFields(results, 0, 0, 0));
  }
  PetscCall(MakeHistory(results));
  PetscCall(MakeEvents(results));
  PetscFunctionReturn(0);
}

static PetscErrorCode GetFlushInterval(PetscReal *interval)
{
  PetscFunctionBeginUser;
  *interval = 0.5;
  PetscOptionsBegin(PETSC_COMM_SELF, "sandglass_", "Sandglass, results", NULL);
  PetscCall(PetscOptionsReal("-flush_interval", "Least time between two savings of the results [s]",
                             NULL, *interval, interval, NULL));
  PetscOptionsEnd();
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsSetUp(const char path[], const Case *case_, const Mesh *mesh,
                            const ClosedForms *closed_forms, Results *results)
{
  const PetscReal sand_time = closed_forms->sand_time;
  Results r;

  PetscFunctionBeginUser;
  PetscCallH5(H5Eset_auto2(H5E_DEFAULT, NULL, NULL));
  PetscCall(PetscNew(results));
  r = *results;
  PetscCall(PetscStrallocpy(path, &r->path));
  PetscCall(FileLockTake(path, &r->lock));
  r->case_ = case_;
  r->nodes = mesh->nodes;
  r->sand_time = sand_time > 0 && !PetscIsInfOrNanReal(sand_time) ? sand_time : NAN;
  PetscCall(GetFlushInterval(&r->flush_interval));
  PetscFunctionReturn(0);
}

PetscErrorCode ResultsCreate(const char path[], const Case *case_, const char case_yaml[],
                             const char program_version[], const Mesh *mesh,
                             const ClosedForms *closed_forms, Results *results)
{
  Results r;

  PetscFunctionBeginUser;
  PetscCall(ResultsSetUp(path, case_, mesh, closed_forms, results));
  r = *results;
  PetscCall(MemoryFileCreate(path, &r->file));
  PetscCall(ResultsWriteCase(r->file, case_yaml, program_version));
  PetscCall(CreateDataSets(r, mesh));
  PetscCall(WriteUnfinished(r, closed_forms));
  PetscCall(ResultsKeepPrevious(r));
  PetscCall(ResultsFlush(r));
  PetscCall(XdmfRemove(path));  // those of the file that was replaced
  PetscFunctionReturn(0);
}
