/* What handing out the cases of a sweep costs, and what comes of it on many ranks:
     mpiexec -n 2 build/benchmarks/scheduler [FILE.h5 of a sweep]
   1. the counter: numbers taken from it a second,
   2. empty cases a second, each with its row in the file,
   3. a simulation of the scheduler on up to 4,096 ranks: every rank asks the counter, which answers
      one after the other, computes, and asks again.  The times of the cases are those of the sweep
      in FILE.h5, or of a few cases that are run for it; the latencies those measured and worse
   ones. Run from the top of the tree; see benchmarks/scheduler.md. */

#define _POSIX_C_SOURCE 200809L  // mkdtemp

#include <hdf5.h>
#include <math.h>
#include <petsctime.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/case_reader.h"
#include "io/sampling.h"
#include "io/sweep_file.h"
#include "io/sweep_queue.h"
#include "solver/run.h"

#define EMPTY_CASES 200000
#define TAKES 1000000
#define CASE_FILE "configs/sand-sweep.yaml"

static PetscMPIInt rank, ranks;

static PetscErrorCode Elapsed(PetscLogDouble start, PetscReal *seconds)
{
  PetscLogDouble end;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCall(PetscTime(&end));
  *seconds = end - start;
  PetscFunctionReturn(0);
}

// ---- The counter ----

// All ranks take numbers as fast as they can; *latency is the time of one taking [s].
static PetscErrorCode MeasureCounter(PetscReal *latency)
{
  PetscLogDouble start;
  PetscReal seconds;
  PetscInt number = 0;
  SweepQueue queue;

  PetscFunctionBeginUser;
  PetscCall(SweepQueueCreate(PETSC_COMM_WORLD, TAKES, &queue));
  PetscCall(PetscTime(&start));
  while (number >= 0) PetscCall(SweepQueueTake(queue, &number));
  PetscCall(Elapsed(start, &seconds));
  PetscCall(SweepQueueDestroy(&queue));
  *latency = seconds * ranks / TAKES;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "counter, %d ranks at once: %.2f us a number, %.3g numbers/s\n", ranks,
                        (double)(1e6 * *latency), (double)(TAKES / seconds)));
  PetscFunctionReturn(0);
}

// ---- Empty cases ----

static PetscErrorCode CreateFile(const char path[], PetscInt *cases)
{
  char setting[96];
  const char *const settings[] = {setting, "sweep.electrolyte.transference_number=0.3"};
  const char *const first[] = {"protocol.0.current_ratio=2"};
  SweepLayout layout = {.nodes = 401, .program_version = "benchmark"};
  Case case_;

  PetscFunctionBeginUser;
  snprintf(setting, sizeof(setting), "sweep.protocol.0.current_ratio.count=%d", EMPTY_CASES);
  PetscCall(SweepPlanCreate(PETSC_COMM_SELF, CASE_FILE, 2, settings, &layout.plan));
  PetscCall(CaseRead(PETSC_COMM_SELF, CASE_FILE, 1, first, &case_));
  layout.first_case = &case_;
  *cases = SweepPlanCases(layout.plan);
  PetscCall(SweepFileCreate(path, &layout));
  PetscCall(CaseDestroy(&case_));
  PetscCall(SweepPlanDestroy(&layout.plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteEmptyCases(const char path[], SweepQueue queue)
{
  const ClosedForms forms = {.sand_time = 1};
  SweepFile file;
  PetscInt number;

  PetscFunctionBeginUser;
  PetscCall(SweepFileOpen(PETSC_COMM_WORLD, path, &file));
  while (PETSC_TRUE) {
    PetscCall(SweepQueueTake(queue, &number));
    if (number < 0) break;
    const SweepRow row = SweepRowOfClosedForms(number, &forms, rank);
    PetscCall(SweepFileWriteRow(file, number, &row));
    PetscCall(SweepQueueReport(queue, PETSC_FALSE));
  }
  PetscCall(SweepFileClose(&file));
  PetscFunctionReturn(0);
}

// *row is what a case costs beside its own time [s].
static PetscErrorCode MeasureEmptyCases(PetscReal *row)
{
  const char *const parent = getenv("TMPDIR");
  char folder[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN + 16];
  PetscLogDouble start;
  PetscReal seconds;
  PetscInt cases = 0;
  SweepQueue queue;

  PetscFunctionBeginUser;
  if (rank == 0) {
    snprintf(folder, sizeof(folder), "%s/scheduler_XXXXXX", parent ? parent : "/tmp");
    PetscCheck(mkdtemp(folder), PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "no folder %s", folder);
  }
  PetscCallMPI(MPI_Bcast(folder, sizeof(folder), MPI_CHAR, 0, PETSC_COMM_WORLD));
  snprintf(path, sizeof(path), "%s/empty.h5", folder);
  if (rank == 0) PetscCall(CreateFile(path, &cases));
  PetscCallMPI(MPI_Bcast(&cases, 1, MPIU_INT, 0, PETSC_COMM_WORLD));
  PetscCall(SweepQueueCreate(PETSC_COMM_WORLD, cases, &queue));
  PetscCall(PetscTime(&start));
  PetscCall(WriteEmptyCases(path, queue));
  PetscCall(Elapsed(start, &seconds));
  PetscCall(SweepQueueDestroy(&queue));
  *row = seconds * ranks / cases;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "empty cases, %d ranks: %.3g cases/s, %.2f us a case and rank\n", ranks,
                        (double)(cases / seconds), (double)(1e6 * *row)));
  if (rank == 0) {
    remove(path);
    rmdir(folder);
  }
  PetscFunctionReturn(0);
}

// ---- Times of cases ----

typedef struct {
  PetscInt count;
  PetscReal *seconds;
} CaseTimes;

static PetscErrorCode ReadTimes(const char path[], CaseTimes *times)
{
  hid_t file, data_set, space;

  PetscFunctionBeginUser;
  PetscCallH5(file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT));
  PetscCallH5(data_set = H5Dopen2(file, "/seconds", H5P_DEFAULT));
  PetscCallH5(space = H5Dget_space(data_set));
  times->count = (PetscInt)H5Sget_simple_extent_npoints(space);
  PetscCall(PetscMalloc1(times->count, &times->seconds));
  PetscCallH5(H5Dread(data_set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, times->seconds));
  PetscCallH5(H5Sclose(space));
  PetscCallH5(H5Dclose(data_set));
  PetscCallH5(H5Fclose(file));
  PetscFunctionReturn(0);
}

static PetscErrorCode MeasureTimes(CaseTimes *times)
{
  static const char *const ratios[] = {"1.2", "1.5", "2", "3", "5", "10", "30", "100"};
  char setting[64];
  const char *const settings[] = {setting};
  RunResult result;
  Case case_;
  Run run;

  PetscFunctionBeginUser;
  times->count = PETSC_STATIC_ARRAY_LENGTH(ratios);
  PetscCall(PetscMalloc1(times->count, &times->seconds));
  for (PetscInt i = 0; i < times->count; i++) {
    snprintf(setting, sizeof(setting), "protocol.0.current_ratio=%s", ratios[i]);
    PetscCall(CaseRead(PETSC_COMM_SELF, CASE_FILE, 1, settings, &case_));
    PetscCall(RunCreate(PETSC_COMM_SELF, &case_, &run));
    PetscCall(RunExecute(run, &result));
    times->seconds[i] = result.seconds;
    PetscCall(RunResultDestroy(&result));
    PetscCall(RunDestroy(&run));
    PetscCall(CaseDestroy(&case_));
  }
  PetscFunctionReturn(0);
}

// ---- Simulation ----

typedef struct {
  PetscInt ranks, cases_per_rank;
  PetscReal latency, service;  // of a number: on the way, and at the counter [s]
  PetscReal row;               // of writing [s]
  PetscReal spread;            // largest factor on the measured times, log-uniform; 1: none
  PetscBool sorted;            // dear ones first
} Scenario;

static int CompareDescending(const void *one, const void *other)
{
  const PetscReal a = *(const PetscReal *)one, b = *(const PetscReal *)other;

  return (a < b) - (a > b);
}

static PetscErrorCode DrawCases(const Scenario *scenario, const CaseTimes *times, PetscInt cases,
                                PetscReal **cost)
{
  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(cases, cost));
  for (PetscInt i = 0; i < cases; i++) {
    const PetscReal which = SampleCoordinate(SAMPLE_RANDOM, 1, 0, 0, (uint64_t)i);
    const PetscReal share = SampleCoordinate(SAMPLE_RANDOM, 1, 0, 1, (uint64_t)i);

    (*cost)[i] = times->seconds[(PetscInt)(which * times->count)] * pow(scenario->spread, share);
  }
  if (scenario->sorted) qsort(*cost, (size_t)cases, sizeof(**cost), CompareDescending);
  PetscFunctionReturn(0);
}

// Moves the first element of a heap, the smallest but for itself, to its place.
static void SiftDown(PetscInt n, PetscReal heap[])
{
  PetscInt i = 0;

  while (PETSC_TRUE) {
    PetscInt least = i;

    for (PetscInt child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++) {
      if (heap[child] < heap[least]) least = child;
    }
    if (least == i) return;
    const PetscReal moved = heap[i];
    heap[i] = heap[least];
    heap[least] = moved;
    i = least;
  }
}

/* The share of the ranks' time that is spent in cases: `heap` holds when each rank asks next. */
static PetscErrorCode Simulate(const Scenario *scenario, const CaseTimes *times,
                               PetscReal *efficiency)
{
  const PetscInt cases = scenario->ranks * scenario->cases_per_rank;
  PetscReal *heap, *cost, counter_free = 0, end = 0, work = 0;

  PetscFunctionBeginUser;
  PetscCall(DrawCases(scenario, times, cases, &cost));
  PetscCall(PetscCalloc1(scenario->ranks, &heap));
  for (PetscInt i = 0; i < cases; i++) {
    const PetscReal arrival = heap[0] + 0.5 * scenario->latency;

    counter_free = PetscMax(arrival, counter_free) + scenario->service;
    heap[0] = counter_free + 0.5 * scenario->latency + cost[i] + scenario->row;
    end = PetscMax(end, heap[0]);
    work += cost[i];
    SiftDown(scenario->ranks, heap);
  }
  *efficiency = work / (end * scenario->ranks);
  PetscCall(PetscFree(heap));
  PetscCall(PetscFree(cost));
  PetscFunctionReturn(0);
}

static PetscErrorCode SimulateAll(const CaseTimes *times, PetscReal latency, PetscReal row)
{
  const struct {
    const char *name;
    PetscReal latency, service, row;
  } machines[] = {
      {"as measured here", latency, latency, row},
      {"network, 3 us, file system 1 ms", 3e-6, 1e-6, 1e-3},
      {"no hardware atomics, 5 ms", 5e-3, 1e-5, 1e-3},
  };
  const PetscInt sizes[][2] = {{128, 100}, {1024, 100}, {4096, 10}, {4096, 100}};

  PetscFunctionBeginUser;
  printf("\nparallel efficiency, simulated    ranks  cases/rank   as is   100-fold   and sorted\n");
  for (size_t m = 0; m < PETSC_STATIC_ARRAY_LENGTH(machines); m++) {
    for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(sizes); s++) {
      Scenario scenario = {.ranks = sizes[s][0],
                           .cases_per_rank = sizes[s][1],
                           .latency = machines[m].latency,
                           .service = machines[m].service,
                           .row = machines[m].row,
                           .spread = 1};
      PetscReal efficiency[3];

      PetscCall(Simulate(&scenario, times, &efficiency[0]));
      scenario.spread = 100;
      PetscCall(Simulate(&scenario, times, &efficiency[1]));
      scenario.sorted = PETSC_TRUE;
      PetscCall(Simulate(&scenario, times, &efficiency[2]));
      printf("%-33s %5d  %10d  %5.1f %%    %5.1f %%      %5.1f %%\n", s ? "" : machines[m].name,
             (int)scenario.ranks, (int)scenario.cases_per_rank, (double)(100 * efficiency[0]),
             (double)(100 * efficiency[1]), (double)(100 * efficiency[2]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Main(const char sweep[])
{
  PetscReal latency = 0, row = 0, mean = 0;
  CaseTimes times;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(MeasureCounter(&latency));
  PetscCall(MeasureEmptyCases(&row));
  if (rank) PetscFunctionReturn(0);
  PetscCall(sweep ? ReadTimes(sweep, &times) : MeasureTimes(&times));
  for (PetscInt i = 0; i < times.count; i++) mean += times.seconds[i] / times.count;
  printf("times of %d cases: %.3g s on average\n", (int)times.count, (double)mean);
  PetscCall(SimulateAll(&times, latency, row));
  PetscCall(PetscFree(times.seconds));
  PetscFunctionReturn(0);
}

int main(int argc, char *argv[])
{
  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 1;
  PetscCallAbort(PETSC_COMM_WORLD, Main(argc > 1 ? argv[1] : NULL));
  return PetscFinalize() ? 1 : 0;
}
