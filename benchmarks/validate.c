#include "benchmarks/validate_report.h"

#include <math.h>
#include <petsctime.h>
#include <unistd.h>

/* `make validate`: runs the whole validation on all ranks, each run on one of them, and writes
   benchmarks/validation.md and its plots.  Exit status 1 when a check failed.  Arguments: the
   numbers of the sections to do (default: all), and -o FILE. */

#define REPORT_FILE "benchmarks/validation.md"
#define MAXIMUM_JOBS 512

static const Section *const sections[] = {
    &section_sand,       &section_film,  &section_transient, &section_equilibrium,
    &section_experiment, &section_order, &section_promise,   &section_front,
};

struct _p_Plan {
  PetscInt count;
  Job job[MAXIMUM_JOBS];
};

PetscErrorCode PlanAdd(Plan plan, const Job *job, Job **added)
{
  PetscFunctionBeginUser;
  PetscCheck(plan->count < MAXIMUM_JOBS, PETSC_COMM_SELF, PETSC_ERR_MEM, "too many jobs");
  *added = &plan->job[plan->count++];
  **added = *job;
  PetscFunctionReturn(0);
}

/* ---- the ranks at work ---- */

/* Numbers handed out by a counter in memory that all ranks of the machine share. */
typedef struct {
  MPI_Win window;
  int *counter;
} Dispenser;

static PetscErrorCode DispenserCreate(Dispenser *dispenser)
{
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Win_allocate(rank ? 0 : sizeof(int), sizeof(int), MPI_INFO_NULL,
                                PETSC_COMM_WORLD, (void *)&dispenser->counter, &dispenser->window));
  if (!rank) *dispenser->counter = 0;
  PetscCallMPI(MPI_Barrier(PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Win_lock_all(0, dispenser->window));
  PetscFunctionReturn(0);
}

static PetscErrorCode DispenserNext(Dispenser *dispenser, int *number)
{
  const int one = 1;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Fetch_and_op(&one, number, MPI_INT, 0, 0, MPI_SUM, dispenser->window));
  PetscCallMPI(MPI_Win_flush(0, dispenser->window));
  PetscFunctionReturn(0);
}

static PetscErrorCode DispenserDestroy(Dispenser *dispenser)
{
  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Win_unlock_all(dispenser->window));
  PetscCallMPI(MPI_Win_free(&dispenser->window));
  PetscFunctionReturn(0);
}

static int DearestFirst(const void *a, const void *b)
{
  const PetscReal x = (*(Job *const *)a)->cost, y = (*(Job *const *)b)->cost;

  return x < y ? 1 : x > y ? -1 : 0;
}

static PetscErrorCode Work(Job *job, PetscInt number, PetscInt count)
{
  PetscLogDouble start, end;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&start));
  PetscCall(job->work(job));
  PetscCall(PetscTime(&end));
  job->seconds = end - start;
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "%3d/%d %6.1f s  %s", (int)number + 1, (int)count,
                        (double)job->seconds, job->name));
  if (job->path) PetscCall(PetscPrintf(PETSC_COMM_SELF, " %s", job->path));
  for (PetscInt i = 0; i < 4; i++) {
    PetscCall(PetscPrintf(PETSC_COMM_SELF, " %g", (double)job->in[i]));
  }
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "\n"));
  PetscFunctionReturn(0);
}

static PetscErrorCode WorkOff(Plan plan)
{
  Job *order[MAXIMUM_JOBS];
  Dispenser dispenser;
  int number;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < plan->count; i++) order[i] = &plan->job[i];
  qsort(order, (size_t)plan->count, sizeof *order, DearestFirst);
  PetscCall(DispenserCreate(&dispenser));
  PetscCall(DispenserNext(&dispenser, &number));
  while (number < plan->count) {
    PetscCall(Work(order[number], number, plan->count));
    PetscCall(DispenserNext(&dispenser, &number));
  }
  PetscCall(DispenserDestroy(&dispenser));
  for (PetscInt i = 0; i < plan->count; i++) {
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, plan->job[i].out, JOB_OUTPUTS, MPIU_REAL, MPI_SUM,
                               PETSC_COMM_WORLD));
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &plan->job[i].seconds, 1, MPIU_REAL, MPI_SUM,
                               PETSC_COMM_WORLD));
  }
  PetscFunctionReturn(0);
}

/* ---- the report ---- */

static PetscErrorCode ReportConservation(Report report, const Conservation *c)
{
  PetscFunctionBeginUser;
  PetscCall(
      ReportText(report,
                 "\n## Conservation over everything\n\n"
                 "Every run of this validation was watched at each of its time steps: the "
                 "amount of each ion less what entered, the total current at every face "
                 "against the applied one, and Gauss's law from the electrode's charge on. "
                 "Amounts are compared with what is in the cell and what went through its ends; "
                 "the bounds of current and charge are 1e-8 of them and ten times the "
                 "rounding of the fluxes and of what is stored. %g runs, %g steps.\n",
                 (double)c->runs, (double)c->steps));
  PetscCall(ReportChecks(report));
  PetscCall(ReportAtMost(report, "change of an ion's amount, relative", c->drift, 1e-12,
                         "mass balance (model 2)"));
  PetscCall(ReportAtMost(report, "current between faces in current steps, over its bound",
                         c->current, 1, "total current is the same everywhere (model 5)"));
  PetscCall(ReportAtMost(report, "charge between faces in voltage steps, relative", c->charge, 1e-8,
                         "the same, over a run"));
  PetscCall(ReportAtMost(report, "Gauss's law, over its bound", c->gauss, 1, "Poisson's equation"));
  PetscCall(ReportAtMost(report, "runs that gave up", c->failures, 0, "status of the run"));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteReport(const PetscBool wanted[], const Conservation *conservation,
                                  PetscMPIInt ranks, PetscLogDouble start, const char path[],
                                  PetscInt *failed)
{
  struct _p_Report report = {.stream = fopen(path, "w")};
  PetscLogDouble now;

  PetscFunctionBeginUser;
  PetscCheck(report.stream, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "%s cannot be written", path);
  PetscCall(ReportText(
      &report,
      "# Validation\n\n`make validate` wrote this text and its plots (Sandglass " SANDGLASS_VERSION
      "). The error is (computed - expected)/expected, or computed - expected "
      "where the text says so; what is allowed stands beside it, and what fails "
      "is marked.\n"));
  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(sections); s++) {
    if (!wanted[s]) continue;
    PetscCall(ReportText(&report, "\n## %d. %s\n", (int)s + 1, sections[s]->title));
    PetscCall(sections[s]->report(&report));
  }
  PetscCall(ReportConservation(&report, conservation));
  PetscCall(PetscTime(&now));
  PetscCall(ReportText(&report, "\n## Count\n\n**%d passed, %d failed**, in %.0f s on %d ranks.\n",
                       (int)report.passed, (int)report.failed, (double)(now - start), (int)ranks));
  (void)fclose(report.stream);
  PetscCall(PetscPrintf(PETSC_COMM_SELF, "%d passed, %d failed, in %.0f s: %s\n",
                        (int)report.passed, (int)report.failed, (double)(now - start), path));
  *failed = report.failed;
  PetscFunctionReturn(0);
}

static PetscErrorCode Validate(const PetscBool wanted[], const char path[], PetscInt *failed)
{
  Conservation conservation;
  PetscMPIInt rank, ranks;
  PetscLogDouble start;
  Plan plan;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&start));
  PetscCallMPI(MPI_Comm_rank(PETSC_COMM_WORLD, &rank));
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(PetscNew(&plan));
  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(sections); s++) {
    if (wanted[s]) PetscCall(sections[s]->plan(plan));
  }
  PetscCall(WorkOff(plan));
  PetscCall(ConservationCollect(&conservation));
  if (!rank) PetscCall(WriteReport(wanted, &conservation, ranks, start, path, failed));
  PetscCallMPI(MPI_Bcast(failed, 1, MPIU_INT, 0, PETSC_COMM_WORLD));
  PetscCall(PetscFree(plan));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  PetscBool wanted[PETSC_STATIC_ARRAY_LENGTH(sections)] = {PETSC_FALSE}, any = PETSC_FALSE;
  const char *path = REPORT_FILE;
  PetscInt failed = 0;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  for (int i = 1; i < argc; i++) {
    const int number = atoi(argv[i]);
    if (number >= 1 && number <= (int)PETSC_STATIC_ARRAY_LENGTH(sections)) {
      wanted[number - 1] = any = PETSC_TRUE;
    } else if (i + 1 < argc) {
      path = argv[++i];  // of -o
    }
  }
  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(sections) && !any; s++) wanted[s] = PETSC_TRUE;
  for (size_t s = 0; s < PETSC_STATIC_ARRAY_LENGTH(sections) && !any; s++) wanted[s] = PETSC_TRUE;
  PetscCall(Validate(wanted, path, &failed));
  PetscCall(PetscFinalize());
  return failed > 0;
}
