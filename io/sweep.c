#define _POSIX_C_SOURCE 200809L  // nanosleep

#include "io/sweep.h"

#include <petsctime.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/case_reader.h"
#include "io/error_catch.h"
#include "io/file_lock.h"
#include "io/sweep_check.h"
#include "io/sweep_fields.h"
#include "io/sweep_file.h"
#include "io/sweep_progress.h"
#include "io/sweep_queue.h"
#include "io/sweep_report.h"
#include "solver/closed_forms.h"

enum { EXIT_DONE = 0, EXIT_GAVE_UP = 3, EXIT_FILE = 4 };

#define NAP 1000000  // while waiting for the others [ns]

typedef struct {
  const SweepOptions *options;
  MPI_Comm comm;            // all ranks
  PetscMPIInt rank, ranks;  // of it
  MPI_Comm group;           // the ranks that solve a case together,
  PetscMPIInt group_rank;   // of which number 0 takes the cases and writes
  PetscMPIInt group_size;
  SweepPlan plan;
  CaseInput base;
  SweepCheck check;
  Case first_case;
  char *status;     // [cases], a CaseStatus each, as the file has it at the start
  PetscInt to_do;   // how many are,
  PetscInt *order;  // and which, the expensive ones first
  FileLock lock;    // of the file, on rank 0
  SweepFile file;   // NULL on a rank that does not write
  SweepRecorder recorder;
  SweepQueue queue;
  SweepProgress progress;  // on rank 0
  PetscReal busy;          // of this rank [s]
  SweepOutcome outcome;    // of this rank, then of all
} Sweep;

// ---- Set-up ----

static PetscBool IsOfSection(const char setting[])
{
  return (PetscBool)(strncmp(setting, "sweep.", 6) == 0);
}

// A key that is both swept and set would have two values.
static PetscErrorCode CheckSetting(const Sweep *sweep, const char setting[])
{
  const size_t length = strcspn(setting, "=");

  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < SweepPlanKeys(sweep->plan); k++) {
    const char *const name = SweepPlanKey(sweep->plan, k)->name;

    PetscCheck(
        strlen(name) != length || strncmp(name, setting, length), sweep->comm, PETSC_ERR_USER_INPUT,
        "--set %.120s: %s: found a swept key, allowed: --set sweep.%s=...", setting, name, name);
  }
  PetscFunctionReturn(0);
}

// The case file with the settings that are not of the section.
static PetscErrorCode ReadBase(Sweep *sweep)
{
  const SweepOptions *const options = sweep->options;
  const char **settings;
  PetscInt n = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(options->number_of_settings, &settings));
  for (PetscInt i = 0; i < options->number_of_settings; i++) {
    if (!IsOfSection(options->settings[i])) settings[n++] = options->settings[i];
  }
  PetscErrorCode ierr = CaseInputCreate(sweep->comm, options->case_path, n, settings, &sweep->base);
  PetscCall(PetscFree(settings));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

// What the case says of a key; NULL: nothing.
static const char *BaseText(const Sweep *sweep, const char name[])
{
  const CaseEntry *const entry = CaseInputFind(sweep->base, name);

  return entry ? entry->value : NULL;
}

static PetscErrorCode ReadPlan(Sweep *sweep)
{
  const SweepOptions *const options = sweep->options;

  PetscFunctionBeginUser;
  PetscCall(ReadBase(sweep));
  PetscCall(SweepPlanCreate(sweep->comm, options->case_path, options->number_of_settings,
                            options->settings, &sweep->plan));
  for (PetscInt i = 0; i < options->number_of_settings; i++) {
    PetscCall(CheckSetting(sweep, options->settings[i]));
  }
  SweepPlanTakeOutput(sweep->plan, BaseText(sweep, "output.fields"),
                      BaseText(sweep, "output.times"));
  PetscFunctionReturn(0);
}

// Without a solve there is nothing to share.
static PetscErrorCode SplitRanks(Sweep *sweep)
{
  const PetscInt size = sweep->options->dry ? 1 : SweepPlanRanksPerCase(sweep->plan);

  PetscFunctionBeginUser;
  PetscCheck(sweep->ranks % size == 0, sweep->comm, PETSC_ERR_USER_INPUT,
             "%s: sweep.ranks_per_case: found %" PetscInt_FMT
             ", allowed: a divisor of the number of ranks, %d",
             sweep->options->case_path, size, sweep->ranks);
  PetscCallMPI(MPI_Comm_split(sweep->comm, (int)(sweep->rank / size), sweep->rank, &sweep->group));
  PetscCallMPI(MPI_Comm_rank(sweep->group, &sweep->group_rank));
  PetscCallMPI(MPI_Comm_size(sweep->group, &sweep->group_size));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadCase(Sweep *sweep, PetscInt number, Case *case_)
{
  const char *const *settings;

  PetscFunctionBeginUser;
  PetscCall(SweepPlanSettings(sweep->plan, number, &settings));
  PetscCall(CaseReadFrom(sweep->base, SweepPlanKeys(sweep->plan), settings, case_));
  case_->output.fields = SweepPlanFields(sweep->plan);
  PetscFunctionReturn(0);
}

// ---- The file ----

// On rank 0: a new file, or what one that is there says.
static PetscErrorCode PrepareFile(Sweep *sweep)
{
  const SweepOptions *const options = sweep->options;
  const SweepLayout layout = {.plan = sweep->plan,
                              .first_case = &sweep->first_case,
                              .nodes = sweep->check.nodes,
                              .dry = options->dry,
                              .program_version = options->program_version};

  PetscFunctionBeginUser;
  PetscCall(FileLockTake(options->output_path, &sweep->lock));
  if (options->resume && access(options->output_path, F_OK) == 0) {
    PetscCall(SweepFileGetStatus(options->output_path, &layout, sweep->status));
  } else {
    PetscCall(SweepFileCreate(options->output_path, &layout));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode OpenFile(Sweep *sweep)
{
  MPI_Comm writers;

  PetscFunctionBeginUser;
  PetscCallMPI(
      MPI_Comm_split(sweep->comm, sweep->group_rank ? MPI_UNDEFINED : 0, sweep->rank, &writers));
  if (sweep->group_rank) PetscFunctionReturn(0);
  PetscCall(SweepFileOpen(writers, sweep->options->output_path, &sweep->file));
  PetscCallMPI(MPI_Comm_free(&writers));
  PetscFunctionReturn(0);
}

static PetscErrorCode OpenPreparedFile(Sweep *sweep)
{
  const PetscInt cases = SweepPlanCases(sweep->plan);
  PetscErrorCode code = 0;

  PetscFunctionBeginUser;
  PetscCall(ReadCase(sweep, 0, &sweep->first_case));
  PetscCall(PetscCalloc1(cases, &sweep->status));
  if (sweep->rank == 0) code = PrepareFile(sweep);
  PetscCallMPI(MPI_Bcast(&code, 1, MPI_INT, 0, sweep->comm));
  PetscCall(code);  // rank 0 has told why
  PetscCallMPI(MPI_Bcast(sweep->status, (int)cases, MPI_CHAR, 0, sweep->comm));
  PetscCall(OpenFile(sweep));
  PetscFunctionReturn(0);
}

// ---- The order of the cases ----

typedef struct {
  float cost;
  PetscInt number;
} Ranked;

// Expensive ones first, and those of one cost by their numbers.
static int CompareCosts(const void *one, const void *other)
{
  const Ranked *const a = (const Ranked *)one, *const b = (const Ranked *)other;

  if (a->cost != b->cost) return a->cost > b->cost ? -1 : 1;
  return a->number < b->number ? -1 : 1;
}

static PetscErrorCode OrderCases(Sweep *sweep)
{
  const PetscInt cases = SweepPlanCases(sweep->plan);
  Ranked *ranked;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(cases, &ranked));
  for (PetscInt i = 0; i < cases; i++) {
    sweep->outcome.count[(int)sweep->status[i]]++;
    if (sweep->status[i] == CASE_TO_DO) {
      ranked[sweep->to_do++] = (Ranked){sweep->check.cost[i], i};
    }
  }
  qsort(ranked, (size_t)sweep->to_do, sizeof(*ranked), CompareCosts);
  PetscCall(PetscMalloc1(sweep->to_do, &sweep->order));
  for (PetscInt i = 0; i < sweep->to_do; i++) sweep->order[i] = ranked[i].number;
  PetscCall(PetscFree(ranked));
  PetscFunctionReturn(0);
}

// ---- Progress ----

static PetscErrorCode ShowProgress(Sweep *sweep)
{
  PetscInt done, failed;
  PetscBool due;

  PetscFunctionBeginUser;
  if (!sweep->progress) PetscFunctionReturn(0);
  PetscCall(SweepProgressIsDue(sweep->progress, &due));
  if (!due) PetscFunctionReturn(0);
  PetscCall(SweepQueueGetCounts(sweep->queue, &done, &failed));
  PetscCall(SweepProgressShow(sweep->progress, done, failed));
  PetscFunctionReturn(0);
}

// What rank 0 does for the others between its time steps.
static PetscErrorCode TakeProgress(void *context, PetscInt step, PetscReal time, PetscReal share)
{
  Sweep *const sweep = (Sweep *)context;

  PetscFunctionBeginUser;
  (void)step, (void)time, (void)share;
  if (sweep->rank == 0) {
    PetscCall(SweepQueueServe(sweep->queue));
    PetscCall(ShowProgress(sweep));
  }
  PetscFunctionReturn(0);
}

// ---- One case ----

static PetscErrorCode TakeHistory(void *context, const HistoryRecord *record)
{
  PetscFunctionBeginUser;
  PetscCall(SweepRecorderTakeHistory(((Sweep *)context)->recorder, record));
  PetscFunctionReturn(0);
}

static PetscErrorCode TakeFields(void *context, const FieldsRecord *record)
{
  PetscFunctionBeginUser;
  PetscCall(SweepRecorderTakeFields(((Sweep *)context)->recorder, record));
  PetscFunctionReturn(0);
}

static PetscErrorCode Observe(Sweep *sweep, Run run)
{
  RunObserver observer = {.context = sweep, .progress = TakeProgress};
  const Mesh *mesh;

  PetscFunctionBeginUser;
  if (sweep->recorder) {
    observer.history = TakeHistory;
    observer.fields = TakeFields;
    PetscCall(RunGetMesh(run, &mesh));
    PetscCall(SweepRecorderStart(sweep->recorder, mesh));
  }
  PetscCall(RunSetObserver(run, &observer));
  PetscCall(RunSetStopFlag(run, sweep->options->hurry));
  PetscFunctionReturn(0);
}

static PetscErrorCode SolveCase(Sweep *sweep, PetscInt number, const Case *case_, SweepRow *row)
{
  RunResult result = {.events = NULL};
  Run run;

  PetscFunctionBeginUser;
  PetscCall(RunCreate(sweep->group, case_, &run));
  PetscCall(Observe(sweep, run));
  PetscErrorCode ierr = RunExecute(run, &result);
  if (!ierr) *row = SweepRowOfRun(number, &result, sweep->rank);
  PetscCall(RunResultDestroy(&result));
  PetscCall(RunDestroy(&run));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

/* An error in a case is the end of that case alone, as far as the ranks that share it are of one
   mind about it: those of a solver that gives up are. */
static PetscErrorCode SolveCaseOrFail(Sweep *sweep, PetscInt number, SweepRow *row)
{
  ErrorCatch caught;
  ClosedForms forms;
  Case case_;

  PetscFunctionBeginUser;
  PetscCall(ReadCase(sweep, number, &case_));
  PetscCall(ErrorCatchBegin(&caught));
  const PetscErrorCode code = SolveCase(sweep, number, &case_, row);
  PetscCall(ErrorCatchEnd());
  if (code && (sweep->group_size == 1 || code == PETSC_ERR_NOT_CONVERGED)) {
    PetscCall(ClosedFormsFind(&case_, &forms));
    *row = SweepRowOfError(number, &forms, caught.message, sweep->rank);
  } else if (code) {
    SETERRQ(PETSC_COMM_SELF, code, "case %" PetscInt_FMT ": %s", number, caught.message);
  }
  PetscCall(CaseDestroy(&case_));
  PetscFunctionReturn(0);
}

static void Count(Sweep *sweep, PetscInt number, const SweepRow *row)
{
  SweepOutcome *const outcome = &sweep->outcome;
  const int status = (int)row->value[COLUMN_STATUS];

  outcome->count[CASE_TO_DO]--;
  outcome->count[status]++;
  outcome->now++;
  if (status == CASE_FAILED && (outcome->first_failed < 0 || number < outcome->first_failed)) {
    outcome->first_failed = number;
    memcpy(outcome->reason, row->reason, sizeof(outcome->reason));
  }
}

// Writes what a case has come to; a case that was stopped has come to nothing.
static PetscErrorCode KeepRow(Sweep *sweep, PetscInt number, const SweepRow *row)
{
  const int status = (int)row->value[COLUMN_STATUS];
  const SweepFields *fields;

  PetscFunctionBeginUser;
  if (status == CASE_TO_DO || !sweep->file) PetscFunctionReturn(0);
  if (sweep->recorder) {
    PetscCall(SweepRecorderChoose(sweep->recorder, &fields));
    PetscCall(SweepFileWriteFields(sweep->file, number, fields));
  }
  PetscCall(SweepFileWriteRow(sweep->file, number, row));
  Count(sweep, number, row);
  PetscCall(SweepQueueReport(sweep->queue, (PetscBool)(status == CASE_FAILED)));
  PetscFunctionReturn(0);
}

// ---- All cases ----

// The next case of this rank's group; -1: there is none for it.
static PetscErrorCode TakeCase(Sweep *sweep, PetscInt *number)
{
  int stop = *sweep->options->signal != 0;
  PetscInt place = -1;

  PetscFunctionBeginUser;
  if (sweep->group_size > 1) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &stop, 1, MPI_INT, MPI_MAX, sweep->group));
  }
  if (stop) {
    PetscCall(SweepQueueStop(sweep->queue));
  } else if (sweep->group_rank == 0) {
    PetscCall(SweepQueueTake(sweep->queue, &place));
  }
  if (sweep->group_size > 1) {
    PetscCallMPI(MPI_Bcast(&place, 1, MPIU_INT, 0, sweep->group));
  }
  *number = place < 0 ? -1 : sweep->order[place];
  PetscFunctionReturn(0);
}

static PetscErrorCode SolveCases(Sweep *sweep)
{
  PetscLogDouble start, end;
  PetscInt number = -1;
  SweepRow row;

  PetscFunctionBeginUser;
  while (PETSC_TRUE) {
    PetscCall(PetscTime(&start));
    PetscCall(TakeCase(sweep, &number));
    if (number < 0) break;
    PetscCall(SolveCaseOrFail(sweep, number, &row));
    PetscCall(KeepRow(sweep, number, &row));
    PetscCall(ShowProgress(sweep));
    PetscCall(PetscTime(&end));
    sweep->busy += end - start;
  }
  PetscFunctionReturn(0);
}

// The closed forms were found when the cases were read: each rank writes those of its part.
static PetscErrorCode WriteClosedForms(Sweep *sweep)
{
  PetscLogDouble start, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&start));
  for (PetscInt i = 0; i < sweep->check.count && !*sweep->options->signal; i++) {
    const PetscInt number = sweep->check.first + i;
    const SweepRow row = SweepRowOfClosedForms(number, &sweep->check.forms[i], sweep->rank);

    if (sweep->status[number] != CASE_TO_DO) continue;
    PetscCall(KeepRow(sweep, number, &row));
    PetscCall(ShowProgress(sweep));
  }
  PetscCall(PetscTime(&end));
  sweep->busy += end - start;
  PetscFunctionReturn(0);
}

// Until every rank has come to its end; rank 0 goes on to show the progress of the others.
static PetscErrorCode WaitForAll(Sweep *sweep)
{
  MPI_Request request;
  int arrived = 0;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Ibarrier(sweep->comm, &request));
  while (PETSC_TRUE) {
    PetscCallMPI(MPI_Test(&request, &arrived, MPI_STATUS_IGNORE));
    if (arrived) break;
    PetscCall(ShowProgress(sweep));
    nanosleep(&(struct timespec){.tv_nsec = NAP}, NULL);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Work(Sweep *sweep)
{
  PetscLogDouble start, end;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Barrier(sweep->comm));
  PetscCall(PetscTime(&start));
  if (sweep->options->dry) {
    PetscCall(WriteClosedForms(sweep));
  } else {
    PetscCall(SolveCases(sweep));
  }
  PetscCall(WaitForAll(sweep));
  PetscCall(PetscTime(&end));
  sweep->outcome.seconds = end - start;
  PetscFunctionReturn(0);
}

/* What goes wrong on one rank alone ends all: they would wait for it for ever.  Every row in the
   file is whole all the same. */
static PetscErrorCode WorkOrAbort(Sweep *sweep)
{
  ErrorCatch caught;

  PetscFunctionBeginUser;
  PetscCall(ErrorCatchBegin(&caught));
  const PetscErrorCode code = Work(sweep);
  PetscCall(ErrorCatchEnd());
  if (!code) PetscFunctionReturn(0);
  fprintf(stderr, "sandglass: rank %d: %s\n", sweep->rank, caught.message);
  if (sweep->ranks > 1) {
    FileLockReleaseAll();
    MPI_Abort(sweep->comm, caught.code == PETSC_ERR_FILE_WRITE ? EXIT_FILE
                           : caught.code == PETSC_ERR_MEM      ? EXIT_GAVE_UP
                                                               : 1);
  }
  PetscFunctionReturn(caught.code);
}

// ---- The end ----

// The outcome of this rank becomes that of all.
static PetscErrorCode Gather(Sweep *sweep)
{
  SweepOutcome *const outcome = &sweep->outcome;
  PetscInt changes[CASE_STATUSES + 1];
  struct {
    int number, rank;
  } first;

  PetscFunctionBeginUser;
  for (int s = 0; s < CASE_STATUSES; s++) changes[s] = outcome->count[s];
  for (PetscInt i = 0; i < outcome->cases; i++) changes[(int)sweep->status[i]]--;
  changes[CASE_STATUSES] = outcome->now;
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, changes, CASE_STATUSES + 1, MPIU_INT, MPI_SUM, sweep->comm));
  PetscCall(PetscArrayzero(outcome->count, CASE_STATUSES));
  for (PetscInt i = 0; i < outcome->cases; i++) outcome->count[(int)sweep->status[i]]++;
  for (int s = 0; s < CASE_STATUSES; s++) outcome->count[s] += changes[s];
  outcome->now = changes[CASE_STATUSES];
  outcome->idle_share = outcome->seconds > 0 ? 1 - sweep->busy / outcome->seconds : 0;
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, &outcome->idle_share, 1, MPIU_REAL, MPIU_MAX, sweep->comm));
  first.number = outcome->first_failed < 0 ? PETSC_MAX_INT : (int)outcome->first_failed;
  first.rank = sweep->rank;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_2INT, MPI_MINLOC, sweep->comm));
  outcome->first_failed = first.number == PETSC_MAX_INT ? -1 : first.number;
  PetscCallMPI(
      MPI_Bcast(outcome->reason, sizeof(outcome->reason), MPI_CHAR, first.rank, sweep->comm));
  PetscFunctionReturn(0);
}

static PetscErrorCode Report(Sweep *sweep)
{
  const SweepOptions *const options = sweep->options;

  PetscFunctionBeginUser;
  if (sweep->rank) PetscFunctionReturn(0);
  if (options->json) {
    PetscCall(SweepReportJson(stdout, &sweep->outcome, options->output_path));
  } else {
    PetscCall(
        SweepReportSummary(stdout, sweep->first_case.title, &sweep->outcome, options->output_path));
  }
  PetscFunctionReturn(0);
}

static int ExitStatusOfSignal(int signal)
{
  return 128 + (signal == SIGINT ? SIGINT : SIGTERM);
}

static int ExitStatus(const Sweep *sweep)
{
  const SweepOutcome *const outcome = &sweep->outcome;
  const PetscInt failed = outcome->count[CASE_FAILED];

  if (outcome->count[CASE_TO_DO]) return ExitStatusOfSignal(*sweep->options->signal);
  if (failed == outcome->cases || (failed && sweep->options->strict)) return EXIT_GAVE_UP;
  return EXIT_DONE;
}

// ---- The whole ----

static PetscErrorCode Start(Sweep *sweep)
{
  const Electrolyte *const electrolyte = &sweep->first_case.electrolyte;
  SweepOutcome *const outcome = &sweep->outcome;

  PetscFunctionBeginUser;
  outcome->cases = SweepPlanCases(sweep->plan);
  outcome->first_failed = -1;
  PetscCall(OpenPreparedFile(sweep));
  PetscCall(OrderCases(sweep));
  PetscCall(SweepQueueCreate(sweep->comm, sweep->to_do, &sweep->queue));
  if (sweep->rank == 0) {
    PetscCall(SweepProgressCreate(stderr, sweep->options->quiet, outcome->cases,
                                  outcome->cases - sweep->to_do, &sweep->progress));
  }
  if (SweepPlanFields(sweep->plan) != FIELDS_NONE && !sweep->options->dry) {
    PetscCall(SweepRecorderCreate(electrolyte->number_of_ions, sweep->check.nodes,
                                  SweepStoredFields(sweep->plan), SweepPlanTimes(sweep->plan),
                                  &sweep->recorder));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ExecuteChecked(Sweep *sweep, int *exit_status)
{
  PetscFunctionBeginUser;
  PetscCall(Start(sweep));
  PetscCall(WorkOrAbort(sweep));
  PetscCall(SweepProgressDestroy(&sweep->progress));
  PetscCall(SweepFileClose(&sweep->file));
  PetscCall(Gather(sweep));
  PetscCall(Report(sweep));
  *exit_status = ExitStatus(sweep);
  PetscFunctionReturn(0);
}

static PetscErrorCode Execute(Sweep *sweep, int *exit_status)
{
  PetscFunctionBeginUser;
  PetscCall(ReadPlan(sweep));
  PetscCall(SplitRanks(sweep));
  if (sweep->options->finishes) *sweep->options->finishes = 1;
  PetscCall(SweepCheckCases(sweep->comm, sweep->options->case_path, sweep->plan, sweep->base,
                            sweep->options->dry, sweep->options->signal, &sweep->check));
  if (sweep->check.stopped) {
    *exit_status = ExitStatusOfSignal(*sweep->options->signal);
  } else {
    PetscCall(ExecuteChecked(sweep, exit_status));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Destroy(Sweep *sweep)
{
  PetscFunctionBeginUser;
  PetscCall(SweepProgressDestroy(&sweep->progress));
  PetscCall(SweepQueueDestroy(&sweep->queue));
  PetscCall(SweepRecorderDestroy(&sweep->recorder));
  PetscCall(SweepCheckDestroy(&sweep->check));
  PetscCall(PetscFree(sweep->order));
  PetscCall(PetscFree(sweep->status));
  PetscCall(CaseDestroy(&sweep->first_case));
  PetscCall(CaseInputDestroy(&sweep->base));
  PetscCall(SweepPlanDestroy(&sweep->plan));
  PetscCall(FileLockRelease(&sweep->lock));
  if (sweep->group != MPI_COMM_NULL) PetscCallMPI(MPI_Comm_free(&sweep->group));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepExecute(const SweepOptions *options, int *exit_status)
{
  Sweep sweep = {.options = options, .comm = PETSC_COMM_WORLD, .group = MPI_COMM_NULL};

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(sweep.comm, &sweep.rank));
  PetscCallMPI(MPI_Comm_size(sweep.comm, &sweep.ranks));
  PetscErrorCode ierr = Execute(&sweep, exit_status);
  PetscCall(Destroy(&sweep));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
