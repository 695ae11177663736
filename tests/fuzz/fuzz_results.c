#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/case_reader.h"
#include "io/hdf5_tools.h"
#include "io/plot.h"
#include "io/results.h"
#include "io/sweep_file.h"
#include "solver/closed_forms.h"
#include "solver/run.h"
#include "tests/fuzz/damage.h"
#include "tests/fuzz/harness.h"

/* The files of results (HDF5) that --resume and plot read: of a run that was left, of one that has
   come to its end, and of a sweep.  The first byte of an input chooses one of the three, the others
   are damages that are done to it (damage.h). */

#define CELL                                                \
  FUZZ_CELL                                                 \
  "mesh: {nodes: 11}\noutput: {times: 3, compression: 9}\n" \
  "sweep: {electrolyte.transference_number: [0.2, 0.4], title: [a, b]}\n"

enum { FILE_LEFT, FILE_FINISHED, FILE_SWEEP, FILES };

static Image image[FILES];

// Of the run that the files are of.
static Case cell;
static Run run;
static char *yaml;
static const Mesh *mesh;
static const ClosedForms *forms;
static SweepLayout layout;

// ---- The files, whole ----

typedef struct {
  Results results;
  PetscInt states;
} Writer;

static PetscErrorCode TakeState(void *context, const RunState *state)
{
  Writer *const writer = context;

  PetscFunctionBeginUser;
  PetscCall(ResultsWriteState(writer->results, state));
  if (++writer->states != 5) PetscFunctionReturn(0);
  PetscCall(ResultsFlush(writer->results));
  // HDF5 takes a file in memory of the same name for the same file.
  PetscCheck(rename("cell.h5", "left.h5") == 0, PETSC_COMM_SELF, PETSC_ERR_SYS, "no left.h5");
  PetscCall(ImageRead("left.h5", &image[FILE_LEFT]));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeHistory(void *context, const HistoryRecord *record)
{
  return ResultsWriteHistory(((Writer *)context)->results, record);
}

static PetscErrorCode TakeFields(void *context, const FieldsRecord *record)
{
  return ResultsWriteFields(((Writer *)context)->results, record);
}

static PetscErrorCode TakeEvent(void *context, const EventRecord *record)
{
  return ResultsWriteEvent(((Writer *)context)->results, record);
}

static PetscErrorCode MakeRun(void)
{
  Writer writer = {0};
  const RunObserver observer = {.context = &writer,
                                .state = TakeState,
                                .history = TakeHistory,
                                .fields = TakeFields,
                                .event = TakeEvent};
  RunResult result;

  PetscFunctionBeginUser;
  PetscCall(RunCreate(PETSC_COMM_SELF, &cell, &run));
  PetscCall(RunGetMesh(run, &mesh));
  PetscCall(RunGetClosedForms(run, &forms));
  PetscCall(ResultsCreate("cell.h5", &cell, yaml, "0", mesh, forms, &writer.results));
  PetscCall(RunSetObserver(run, &observer));
  PetscCall(RunExecute(run, &result));
  PetscCall(ResultsFinish(writer.results, &result));
  PetscCall(ResultsDestroy(&writer.results));
  PetscCall(RunResultDestroy(&result));
  PetscCall(ImageRead("cell.h5", &image[FILE_FINISHED]));
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeSweep(void)
{
  PetscFunctionBeginUser;
  PetscCall(SweepPlanCreate(PETSC_COMM_SELF, "cell.yaml", 0, NULL, &layout.plan));
  layout.first_case = &cell;
  layout.nodes = mesh->nodes;
  layout.program_version = "0";
  PetscCall(SweepFileCreate("cell.h5", &layout));
  PetscCall(ImageRead("cell.h5", &image[FILE_SWEEP]));
  PetscFunctionReturn(0);
}

PetscErrorCode FuzzPrepare(void)
{
  PetscFunctionBeginUser;
  PetscCheck(freopen("/dev/null", "w", stdout), PETSC_COMM_SELF, PETSC_ERR_SYS, "no /dev/null");
  FuzzWriteFile("cell.yaml", CELL, strlen(CELL));
  PetscCall(CaseRead(PETSC_COMM_SELF, "cell.yaml", 0, NULL, &cell));
  PetscCall(CaseToYaml(&cell, &yaml));
  PetscCall(MakeRun());
  PetscCall(MakeSweep());
  PetscFunctionReturn(0);
}

// ---- gnuplot, which is not what is tested ----

FILE *__wrap_popen(const char command[], const char type[]);
int __wrap_pclose(FILE *stream);
int __wrap_system(const char command[]);

FILE *__wrap_popen(const char command[], const char type[])
{
  (void)command;
  return fopen("/dev/null", type);
}

int __wrap_pclose(FILE *stream)
{
  return fclose(stream);
}

int __wrap_system(const char command[])
{
  (void)command;
  return 0;
}

// ---- Reading ----

/* What HDF5 refuses is a refusal, too: io/program_end.c tells it in a line. */
static PetscBool End(PetscErrorCode code)
{
  return FuzzEnd(code == PETSC_ERR_LIB ? PETSC_ERR_FILE_READ : code);
}

static void Resume(void)
{
  Results results = NULL;
  RunState state;
  ResultsLeft left;

  FuzzBegin();
  if (!End(ResultsOpen("cell.h5", &cell, yaml, mesh, forms, &results, &state, &left))) {
    FuzzForgetMemory();
    return;
  }
  FuzzMust(ResultsDestroy(&results));
}

static void ResumeSweep(void)
{
  char status[8];

  FuzzBegin();
  if (!End(SweepFileGetStatus("cell.h5", &layout, status))) FuzzForgetMemory();
}

static void Plot(void)
{
  FuzzBegin();
  if (!End(PlotFile("cell.h5", ".", PICTURE_SVG))) FuzzForgetMemory();
}

// What a refusal leaves open is closed with the program.
static void EndHdf5(void)
{
  if (H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) > 0) (void)H5close();
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const int file = size ? data[0] % FILES : 0;

  if (size == 0) return 0;
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  FuzzCountMemory();
  ImageDamage(&image[file], data + 1, size - 1, "cell.h5");
  EndHdf5();
  if (file == FILE_SWEEP) {
    ResumeSweep();
  } else {
    Resume();
  }
  EndHdf5();
  Plot();
  EndHdf5();
  FuzzCheckMemory();
  return 0;
}
