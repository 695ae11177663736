/* The program: reads the command line and a case, runs it, writes the results. */

#include <hdf5.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/accurate.h"
#include "io/case_reader.h"
#include "io/command_line.h"
#include "io/electrolytes.h"
#include "io/file_lock.h"
#include "io/plot.h"
#include "io/program_end.h"
#include "io/progress.h"
#include "io/report.h"
#include "io/results.h"
#include "io/standard_streams.h"
#include "io/sweep.h"
#include "io/sweep_plan.h"
#include "solver/closed_forms.h"
#include "solver/run.h"

static volatile sig_atomic_t caught_signal;
static volatile sig_atomic_t hurry;     // of a sweep: the case at hand is not to be finished either
static volatile sig_atomic_t finishes;  // there is something to save: a signal is only noted

/* Where nothing has been written yet a signal ends the program at once, whatever it is at. */
static void CatchSignal(int number)
{
  static const char message[] = "sandglass: stopped before anything was written\n";

  if (!finishes) {
    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(128 + (number == SIGINT ? SIGINT : SIGTERM));
  }
  hurry = caught_signal || number == SIGINT;
  caught_signal = number;
}

/* Every time it comes: signal() may forget the handler after the first. */
static PetscErrorCode CatchOf(int number)
{
  struct sigaction action = {.sa_handler = CatchSignal, .sa_flags = SA_RESTART};

  PetscFunctionBeginUser;
  sigemptyset(&action.sa_mask);
  PetscCheck(sigaction(number, &action, NULL) == 0, PETSC_COMM_SELF, PETSC_ERR_SYS,
             "signal %d cannot be caught", number);
  PetscFunctionReturn(0);
}

/* ---- what a run is told to ---- */

typedef struct {
  Results results;
  Progress progress;
  PetscInt number_of_steps;
  ResultsLeft left;  // by the run that this one goes on with; on every rank
  RunState state;    // ... and its state, on rank 0
} Listener;

static PetscErrorCode TakeHistory(void *context, const HistoryRecord *record)
{
  return OnRankZero(ResultsWriteHistory(((Listener *)context)->results, record));
}

static PetscErrorCode TakeFields(void *context, const FieldsRecord *record)
{
  return OnRankZero(ResultsWriteFields(((Listener *)context)->results, record));
}

static PetscErrorCode TakeEvent(void *context, const EventRecord *record)
{
  return OnRankZero(ResultsWriteEvent(((Listener *)context)->results, record));
}

static PetscErrorCode TakeState(void *context, const RunState *state)
{
  return OnRankZero(ResultsWriteState(((Listener *)context)->results, state));
}

static PetscErrorCode TakeProgress(void *context, PetscInt step, PetscReal time, PetscReal share)
{
  Listener *listener = (Listener *)context;
  char message[64];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(message, sizeof message, "step %" PetscInt_FMT " of %" PetscInt_FMT,
                          step + 1, listener->number_of_steps));
  PetscCall(ProgressUpdate(listener->progress, share, time, message));
  PetscFunctionReturn(0);
}

/* Goes on with the file, where there is anything to go on with. */
static PetscErrorCode ResumeResults(const char path[], const Case *case_, const char yaml[],
                                    const Mesh *mesh, const ClosedForms *forms, Listener *listener)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  if (access(path, F_OK) != 0) PetscFunctionReturn(0);
  code = ResultsOpen(path, case_, yaml, mesh, forms, &listener->results, &listener->state,
                     &listener->left);
  PetscCall(OnRankZero(code));
  if (listener->left == RESULTS_EMPTY) PetscCall(ResultsDestroy(&listener->results));
  PetscFunctionReturn(0);
}

/* Of rank 0. */
static PetscErrorCode OpenResults(const CommandLine *line, const char path[], const Case *case_,
                                  Run run, Listener *listener)
{
  const ClosedForms *forms;
  const Mesh *mesh;
  char *yaml;
  PetscErrorCode code = 0;

  PetscFunctionBeginUser;
  PetscCall(RunGetClosedForms(run, &forms));
  PetscCall(CaseToYaml(case_, &yaml));
  PetscCall(RunGetMesh(run, &mesh));
  if (line->resume) PetscCall(ResumeResults(path, case_, yaml, mesh, forms, listener));
  if (!listener->results) {
    code = ResultsCreate(path, case_, yaml, SANDGLASS_VERSION, mesh, forms, &listener->results);
  }
  PetscCall(PetscFree(yaml));
  PetscCall(OnRankZero(code));
  PetscFunctionReturn(0);
}

/* ---- commands ---- */

/* The case's name with .h5 for its ending, in the current folder. */
static PetscErrorCode DefaultOutput(const char case_path[], char path[PETSC_MAX_PATH_LEN])
{
  const char *name = strrchr(case_path, '/');
  char *ending;

  PetscFunctionBeginUser;
  PetscCall(PetscStrncpy(path, name ? name + 1 : case_path, PETSC_MAX_PATH_LEN - 4));
  ending = strrchr(path, '.');
  if (ending && ending != path) *ending = '\0';
  PetscCall(PetscStrlcat(path, ".h5", PETSC_MAX_PATH_LEN));
  PetscFunctionReturn(0);
}

#define LONGEST_ENDING 16  // of what is made beside the results, "-sheet.xdmf.part"

static PetscErrorCode OutputPath(const CommandLine *line, char path[PETSC_MAX_PATH_LEN])
{
  const char *const given = line->output_path ? line->output_path : line->case_path;

  PetscFunctionBeginUser;
  PetscCheck(strlen(given) < PETSC_MAX_PATH_LEN - LONGEST_ENDING, PETSC_COMM_WORLD,
             PETSC_ERR_USER_INPUT, "%.60s...: found a name of %zu bytes, allowed: < %d", given,
             strlen(given), PETSC_MAX_PATH_LEN - LONGEST_ENDING);
  if (line->output_path) {
    PetscCall(PetscStrncpy(path, line->output_path, PETSC_MAX_PATH_LEN));
  } else {
    PetscCall(DefaultOutput(line->case_path, path));
  }
  PetscFunctionReturn(0);
}

/* Results would replace the case that they come from, under whatever name. */
static PetscErrorCode CheckOutput(const CommandLine *line, const char path[])
{
  struct stat of_case, of_output;
  PetscMPIInt rank;
  int same = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0 && stat(line->case_path, &of_case) == 0 && stat(path, &of_output) == 0) {
    same = of_case.st_dev == of_output.st_dev && of_case.st_ino == of_output.st_ino;
  }
  PetscCallMPI(MPI_Bcast(&same, 1, MPI_INT, 0, PETSC_COMM_WORLD));
  PetscCheck(!same, PETSC_COMM_WORLD, PETSC_ERR_USER_INPUT,
             "%s: the results would replace the case; give them another name by -o FILE.h5", path);
  PetscFunctionReturn(0);
}

static PetscErrorCode ListenTo(Run run, const Case *case_, const CommandLine *line,
                               const char path[], Listener *listener)
{
  const RunObserver observer = {.context = listener,
                                .state = TakeState,
                                .history = TakeHistory,
                                .fields = TakeFields,
                                .event = TakeEvent,
                                .progress = TakeProgress};
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  listener->number_of_steps = case_->number_of_steps;
  if (rank == 0) PetscCall(OpenResults(line, path, case_, run, listener));
  PetscCallMPI(MPI_Bcast(&listener->left, sizeof listener->left, MPI_BYTE, 0, PETSC_COMM_WORLD));
  PetscCall(RunSetObserver(run, &observer));
  PetscFunctionReturn(0);
}

/* The run itself, and its file. */
static PetscErrorCode Solve(Run run, const CommandLine *line, RunResult *result, Listener *listener)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank == 0) PetscCall(ProgressCreate(stderr, line->quiet, &listener->progress));
  if (listener->left == RESULTS_UNFINISHED) PetscCall(RunSetState(run, &listener->state));
  PetscCall(RunExecute(run, result));
  if (rank) PetscFunctionReturn(0);
  PetscCall(ProgressDestroy(&listener->progress));
  PetscCall(OnRankZero(ResultsFinish(listener->results, result)));
  PetscFunctionReturn(0);
}

/* The result that the file has: on rank 0, and its status on every rank. */
static PetscErrorCode TakeFinished(RunResult *result, const Listener *listener)
{
  const EventRecord *const events = listener->state.result.events;  // lent

  PetscFunctionBeginUser;
  *result = listener->state.result;
  PetscCall(PetscMalloc1(result->number_of_events, &result->events));
  PetscCall(PetscArraycpy(result->events, events, result->number_of_events));
  PetscCallMPI(MPI_Bcast(&result->status, sizeof result->status, MPI_BYTE, 0, PETSC_COMM_WORLD));
  PetscFunctionReturn(0);
}

/* What has become of a run that does not end as it was asked to, or has done so before. */
static void TellEnd(const CommandLine *line, const char path[], const RunResult *result,
                    const Listener *listener)
{
  if (listener->left == RESULTS_FINISHED) {
    fprintf(stderr, "%s: there is nothing to go on with: the run in %s has come to its end\n",
            line->case_path, path);
  }
  if (result->status == RUN_FAILED) {
    fprintf(stderr, "%s: the solver gave up: %s; what it had is in %s\n", line->case_path,
            result->reason, path);
  }
  if (result->status == RUN_STOPPED) {
    fprintf(stderr, "%s: stopped at t = %.9g s; run it with --resume to go on with %s\n",
            line->case_path, (double)result->final.time, path);
  }
}

static PetscErrorCode Report(const Case *case_, const CommandLine *line, const char path[],
                             const RunResult *result, const Listener *listener)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank) PetscFunctionReturn(0);
  if (line->json)
    PetscCall(ReportJson(stdout, case_, result));
  else
    PetscCall(ReportSummary(stdout, case_, result, path));
  TellEnd(line, path, result, listener);
  PetscFunctionReturn(0);
}

static int ExitStatusOfRun(const RunResult *result)
{
  if (result->status == RUN_FAILED) return EXIT_GAVE_UP;
  if (result->status == RUN_STOPPED) return 128 + (caught_signal ? caught_signal : SIGTERM);
  return EXIT_DONE;
}

/* Measured, with two ions and without fields; more ions take more. */
#define BYTES_PER_NODE 2400

/* The system grants more memory than it has, and ends who uses it without a word. */
static PetscErrorCode CheckMemory(const CommandLine *line, const Case *case_)
{
  const double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
  PetscMPIInt ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  if (ranks > 1 || memory <= 0) PetscFunctionReturn(0);  // on how many hosts is not known
  PetscCheck(BYTES_PER_NODE * (double)case_->mesh.nodes <= memory, PETSC_COMM_WORLD,
             PETSC_ERR_USER_INPUT,
             "%s: mesh.nodes: found %" PetscInt_FMT ", allowed: <= %.0f in the memory of this host",
             line->case_path, case_->mesh.nodes, memory / BYTES_PER_NODE);
  PetscFunctionReturn(0);
}

static PetscErrorCode RunCase(const CommandLine *line, const Case *case_, int *exit_status)
{
  char path[PETSC_MAX_PATH_LEN];
  Listener listener = {0};
  RunResult result = {.events = NULL};
  Run run;

  PetscFunctionBeginUser;
  PetscCall(OutputPath(line, path));
  PetscCall(CheckOutput(line, path));
  PetscCall(CheckMemory(line, case_));
  PetscCall(RunCreate(PETSC_COMM_WORLD, case_, &run));
  finishes = 1;
  PetscCall(ListenTo(run, case_, line, path, &listener));
  PetscCall(RunSetStopFlag(run, &caught_signal));
  if (listener.left == RESULTS_FINISHED)
    PetscCall(TakeFinished(&result, &listener));
  else
    PetscCall(Solve(run, line, &result, &listener));
  PetscCall(Report(case_, line, path, &result, &listener));
  *exit_status = ExitStatusOfRun(&result);
  PetscCall(ResultsDestroy(&listener.results));
  PetscCall(RunResultDestroy(&result));
  PetscCall(RunDestroy(&run));
  PetscFunctionReturn(0);
}

static PetscErrorCode ShowClosedForms(const CommandLine *line, const Case *case_)
{
  ClosedForms forms;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank) PetscFunctionReturn(0);
  PetscCall(ClosedFormsFind(case_, &forms));
  if (line->json) {
    PetscCall(ReportClosedFormsJson(stdout, &forms));
    PetscFunctionReturn(0);
  }
  if (line->command == COMMAND_CHECK) printf("%s: a valid case\n", line->case_path);
  PetscCall(ReportClosedForms(stdout, case_, &forms));
  PetscFunctionReturn(0);
}

/* PETSc takes any option in silence; one that nothing has asked for is most likely misspelt. */
static PetscErrorCode NameUnusedOptions(void)
{
  PetscInt count;
  char **names, **values;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCall(PetscOptionsLeftGet(NULL, &count, &names, &values));
  for (PetscInt i = 0; i < count && rank == 0; i++) {
    fprintf(stderr, "sandglass: nothing has used the PETSc option -%s\n", names[i]);
  }
  PetscCall(PetscOptionsLeftRestore(NULL, &count, &names, &values));
  PetscFunctionReturn(0);
}

static PetscErrorCode ShowElectrolytes(const CommandLine *line)
{
  PetscFunctionBeginUser;
  if (line->electrolyte) {
    PetscCall(ElectrolyteReport(PETSC_COMM_WORLD, stdout, line->electrolyte, line->temperature,
                                line->json));
  } else {
    PetscCall(ElectrolytesReport(PETSC_COMM_WORLD, stdout, line->json));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ExecuteCase(const CommandLine *line, int *exit_status)
{
  Case case_;

  PetscFunctionBeginUser;
  PetscCall(CaseRead(PETSC_COMM_WORLD, line->case_path, line->number_of_settings, line->settings,
                     &case_));
  if (line->accurate) PetscCall(CaseMakeAccurate(PETSC_COMM_WORLD, line->case_path, &case_));
  if (line->command == COMMAND_RUN)
    PetscCall(RunCase(line, &case_, exit_status));
  else
    PetscCall(ShowClosedForms(line, &case_));
  PetscCall(CaseDestroy(&case_));
  PetscFunctionReturn(0);
}

static PetscErrorCode ExecuteSweep(const CommandLine *line, int *exit_status)
{
  char path[PETSC_MAX_PATH_LEN];
  const SweepOptions options = {.case_path = line->case_path,
                                .output_path = path,
                                .number_of_settings = line->number_of_settings,
                                .settings = line->settings,
                                .dry = line->dry,
                                .strict = line->strict,
                                .resume = line->resume,
                                .json = line->json,
                                .quiet = line->quiet,
                                .program_version = SANDGLASS_VERSION,
                                .signal = &caught_signal,
                                .hurry = &hurry,
                                .finishes = &finishes};

  PetscFunctionBeginUser;
  PetscCall(CatchOf(SIGUSR1));
  PetscCall(OutputPath(line, path));
  PetscCall(CheckOutput(line, path));
  PetscCall(SweepExecute(&options, exit_status));
  PetscFunctionReturn(0);
}

static PetscErrorCode DrawPictures(const CommandLine *line)
{
  PictureFormat format = PICTURE_PNG;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  if (rank) PetscFunctionReturn(0);
  for (int f = 0; f < PICTURE_FORMATS && line->format; f++) {
    if (strcmp(line->format, picture_format_names[f]) == 0) format = (PictureFormat)f;
  }
  PetscCall(PlotFile(line->results_path, line->output_path ? line->output_path : ".", format));
  PetscFunctionReturn(0);
}

static PetscErrorCode Execute(const CommandLine *line, int *exit_status)
{
  PetscFunctionBeginUser;
  if (line->command == COMMAND_ELECTROLYTES)
    PetscCall(ShowElectrolytes(line));
  else if (line->command == COMMAND_SWEEP)
    PetscCall(ExecuteSweep(line, exit_status));
  else if (line->command == COMMAND_PLOT)
    PetscCall(DrawPictures(line));
  else
    PetscCall(ExecuteCase(line, exit_status));
  PetscCall(NameUnusedOptions());
  PetscFunctionReturn(0);
}

/* ---- start ---- */

/* Open MPI started without mpirun spends half a second on a daemon and networks that one process
   has no use for, and hwloc asks every PCI device and graphics card what it is.  Isolated, all such
   processes of a user share one session folder, which each deletes at its end: there is to be none.
   What the user has set wins. */
static void SetUpSingleProcess(void)
{
  const char *const settings[][2] = {
      {"OMPI_MCA_ess_singleton_isolated", "1"},
      {"OMPI_MCA_orte_create_session_dirs", "0"},  // one for all runs of a user on a host
      {"OMPI_MCA_sharedfp", "individual"},         // a pointer in a file of that folder is not used
      {"OMPI_MCA_btl", "self,vader"},
      {"OMPI_MCA_pml", "ob1"},
      {"OMPI_MCA_coll", "self,basic,libnbc"},
      {"HWLOC_COMPONENTS", "-pci,-linuxio,-gl,-opencl,-cuda,-nvml,-rsmi,-levelzero"},
  };
  const char *const launchers[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(launchers); i++) {
    if (getenv(launchers[i])) return;
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(settings); i++) {
    setenv(settings[i][0], settings[i][1], 0);
  }
}

static void ShowVersions(void)
{
  unsigned major, minor, release;
  char petsc[256], mpi[MPI_MAX_LIBRARY_VERSION_STRING];
  int length;

  H5get_libversion(&major, &minor, &release);
  (void)PetscGetVersion(petsc, sizeof petsc);
  MPI_Get_library_version(mpi, &length);
  mpi[strcspn(mpi, ",\n")] = '\0';
  printf("sandglass %s\n%s\nHDF5 %u.%u.%u\n%s\n", SANDGLASS_VERSION, petsc, major, minor, release,
         mpi);
}

static int ShowKeys(void)
{
  if (CaseKeysPrint(stdout)) return 1;
  SweepPlanPrintKeys(stdout);
  return EXIT_DONE;
}

/* A reader that has seen enough ends what only prints, as with every filter; a run is worth more
   than its messages.  What a file may grow to is told like a disk that is full. */
static PetscErrorCode IgnoreSignals(const CommandLine *line)
{
  const PetscBool writes =
      (PetscBool)(line->command == COMMAND_RUN || line->command == COMMAND_SWEEP ||
                  line->command == COMMAND_PLOT);

  PetscFunctionBeginUser;
  PetscCheck(
      signal(SIGXFSZ, SIG_IGN) != SIG_ERR && signal(SIGPIPE, writes ? SIG_IGN : SIG_DFL) != SIG_ERR,
      PETSC_COMM_SELF, PETSC_ERR_SYS, "signals cannot be ignored");
  PetscFunctionReturn(0);
}

static int ExecuteUnderPetsc(CommandLine *line)
{
  int status = EXIT_DONE;
  PetscErrorCode code;

  SetUpSingleProcess();
  if (PetscInitialize(&line->petsc_argc, &line->petsc_argv, NULL, NULL)) return 1;
  (void)PetscPopSignalHandler();
  if (ErrorsAreLines() || CatchOf(SIGINT) || CatchOf(SIGTERM) || IgnoreSignals(line)) return 1;
  code = Execute(line, &status);
  (void)PetscPopErrorHandler();
  if (code) EndAfterError(code);
  if (code) status = ExitStatusOfError(code);
  // PETSc flushes, too, with many words where it cannot.
  if (!StandardStreamsFlush() && status == EXIT_DONE) status = EXIT_FILE;
  if (PetscFinalize()) return 1;
  return status;
}

int main(int argc, char *argv[])
{
  CommandLine line;
  int status = EXIT_DONE;

  StandardStreamsOpen();
  if (!CommandLineRead(argc, argv, &line)) return EXIT_BAD_INPUT;
  if (line.help)
    CommandLineHelp(stdout, line.command);
  else if (line.version)
    ShowVersions();
  else if (line.command == COMMAND_KEYS)
    status = ShowKeys();
  else
    status = ExecuteUnderPetsc(&line);
  CommandLineFree(&line);
  if (!StandardStreamsFlush() && status == EXIT_DONE) status = EXIT_FILE;
  return status;
}
