#include <glob.h>
#include <math.h>

#include "benchmarks/validate.h"
#include "io/case_reader.h"

/* Event times of the shipped cases with default settings against mesh- and step-converged ones. */

#define CASES "configs/*.yaml"
#define MAXIMUM_CASES 24
#define EVENTS 12

enum { FACTOR, TOLERANCE };  // of the mesh, against the case's own; 0: the case's own
enum { COUNT, VOLTAGE, STEPS, SECONDS, NODES, FIRST_EVENT };
enum { KIND, TIME, START, EVENT_VALUES };

/* The case as it is; the two meshes of the reference; other settings that may give 1e-5. */
enum { DEFAULT, COARSE, FINE };
static const PetscReal settings[][2] = {{1, 0}, {4, 1e-7}, {8, 1e-7}, {2, 1e-6}, {4, 1e-6}};
#define SETTINGS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(settings))

static PetscInt number_of_cases;
static char path[MAXIMUM_CASES][PETSC_MAX_PATH_LEN];
static Job *run[MAXIMUM_CASES][SETTINGS];

typedef struct {
  PetscReal start[LAST_STATES];  // of each step of the protocol [s]
  PetscReal time;                // of the last time step [s]
} Starts;

static PetscErrorCode NoteStarts(void *context, PETSC_UNUSED Transport transport,
                                 PETSC_UNUSED const CellState *cell, PETSC_UNUSED Vec rate,
                                 const HistoryRecord *record)
{
  Starts *starts = (Starts *)context;
  const PetscInt step = PetscMin(record->step, LAST_STATES - 1);

  PetscFunctionBeginUser;
  if (step > 0 && starts->start[step] == 0) starts->start[step] = starts->time;
  starts->time = record->time;
  PetscFunctionReturn(0);
}

static PetscErrorCode RunShipped(Job *job)
{
  Starts starts = {.time = 0};
  RunResult result;
  Case case_;

  PetscFunctionBeginUser;
  PetscCall(CaseRead(PETSC_COMM_SELF, job->path, 0, NULL, &case_));
  case_.mesh.nodes = 1 + (case_.mesh.nodes - 1) * (PetscInt)job->in[FACTOR];
  case_.mesh.first_spacing /= job->in[FACTOR];
  if (job->in[TOLERANCE] > 0) case_.solver.relative_tolerance = job->in[TOLERANCE];
  case_.output = (OutputParameters){1, FIELDS_NONE};
  PetscCall(RunWatched(&case_, NoteStarts, &starts, &result));
  job->out[COUNT] = (PetscReal)result.number_of_events;
  job->out[VOLTAGE] = result.final.cell_voltage;
  job->out[STEPS] = (PetscReal)result.steps;
  job->out[SECONDS] = result.seconds;
  job->out[NODES] = (PetscReal)case_.mesh.nodes;
  for (PetscInt e = 0; e < PetscMin(result.number_of_events, EVENTS); e++) {
    PetscReal *event = &job->out[FIRST_EVENT + EVENT_VALUES * e];
    event[KIND] = (PetscReal)result.events[e].kind;
    event[TIME] = result.events[e].time;
    event[START] = starts.start[PetscMin(result.events[e].step, LAST_STATES - 1)];
  }
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&case_));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanSection(Plan plan)
{
  glob_t found;

  PetscFunctionBeginUser;
  number_of_cases = 0;
  if (glob(CASES, 0, NULL, &found)) PetscFunctionReturn(0);
  for (size_t c = 0; c < found.gl_pathc && number_of_cases < MAXIMUM_CASES; c++) {
    PetscCall(TextPrint(path[number_of_cases], sizeof path[0], "%s", found.gl_pathv[c]));
    for (PetscInt s = 0; s < SETTINGS; s++) {
      const Job job = {
          .name = "shipped case",
          .work = RunShipped,
          .cost = 0.03 * settings[s][0] * pow(settings[s][1] > 0 ? settings[s][1] : 1e-5, -0.25),
          .path = path[number_of_cases],
          .in = {settings[s][0], settings[s][1]}};
      PetscCall(PlanAdd(plan, &job, &run[number_of_cases][s]));
    }
    number_of_cases++;
  }
  globfree(&found);
  PetscFunctionReturn(0);
}

static PetscReal EventValue(const Job *job, PetscInt event, PetscInt value)
{
  return event < (PetscInt)job->out[COUNT] ? job->out[FIRST_EVENT + EVENT_VALUES * event + value]
                                           : NAN;
}

/* NaN where the runs differ in their events. */
static PetscReal Converged(PetscInt c, PetscInt event)
{
  const Job *coarse = run[c][COARSE], *fine = run[c][FINE];

  if (EventValue(coarse, event, KIND) != EventValue(fine, event, KIND)) return NAN;
  return EventValue(fine, event, TIME) +
         (EventValue(fine, event, TIME) - EventValue(coarse, event, TIME)) / 3;
}

static PetscReal EventError(PetscInt c, PetscInt s, PetscInt event)
{
  if (EventValue(run[c][s], event, KIND) != EventValue(run[c][FINE], event, KIND)) return NAN;
  return EventValue(run[c][s], event, TIME) / Converged(c, event) - 1;
}

/* Worst over a case's events. */
static PetscReal WorstError(PetscInt c, PetscInt s)
{
  PetscReal worst = 0;

  for (PetscInt e = 0; e < (PetscInt)run[c][FINE]->out[COUNT]; e++) {
    const PetscReal error = fabs(EventError(c, s, e));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

static PetscErrorCode ReportDefaults(Report report)
{
  char what[PETSC_MAX_PATH_LEN + 60];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Event times with default settings\n\nEvery `configs/*.yaml` as it is. Expected: four "
      "and eight times the nodes, the first spacing divided by as much, tolerance 1e-7, "
      "extrapolated by the second order. Times are from the start of the protocol, as a run "
      "tells them. Where an event comes in a later step of it, the error of the time since that "
      "step began stands below the table, without a verdict.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt c = 0; c < number_of_cases; c++) {
    PetscCall(TextPrint(what, sizeof what, "%s: number of events", path[c]));
    PetscCall(ReportNear(report, what, run[c][DEFAULT]->out[COUNT], run[c][FINE]->out[COUNT], 0,
                         "converged run"));
    for (PetscInt e = 0; e < (PetscInt)run[c][FINE]->out[COUNT]; e++) {
      PetscCall(TextPrint(what, sizeof what, "%s: %s [s]", path[c],
                          EventKindName((EventKind)EventValue(run[c][FINE], e, KIND))));
      PetscCall(ReportClose(report, what, EventValue(run[c][DEFAULT], e, TIME), Converged(c, e),
                            1e-3, "converged run"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSinceStep(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(report, "\n"));
  for (PetscInt c = 0; c < number_of_cases; c++) {
    for (PetscInt e = 0; e < (PetscInt)run[c][FINE]->out[COUNT]; e++) {
      const PetscReal start = EventValue(run[c][DEFAULT], e, START);
      if (!(start > 0)) continue;
      const PetscReal time = EventValue(run[c][DEFAULT], e, TIME) - start;
      PetscCall(ReportText(report, "* %s: %s %.4g s after its step began, error %+.1e\n", path[c],
                           EventKindName((EventKind)EventValue(run[c][FINE], e, KIND)),
                           (double)time, (double)(time / (Converged(c, e) - start) - 1)));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSettings(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### What 1e-5 would take\n\nWorst error of an event's time, and the wall time of the run, "
      "by `mesh.nodes` (the first spacing divided with them) and `solver.relative_tolerance`. This "
      "is the table for `--accurate`; no verdict yet. The reference itself is uncertain by about "
      "its last two columns' difference over ten.\n\n| case | nodes | tolerance | worst error | "
      "final voltage [V] | steps | wall time [s] | 1e-5 |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n"));
  for (PetscInt c = 0; c < number_of_cases; c++) {
    for (PetscInt n = 0; n < SETTINGS; n++) {
      static const PetscInt order[SETTINGS] = {DEFAULT, 3, 4, COARSE, FINE};
      const PetscInt s = order[n];
      const Job *job = run[c][s];
      const PetscReal tolerance = settings[s][1];
      const char *shown = tolerance > 0 ? "" : "the case's ";
      PetscCall(ReportText(report, "| %s | %g | %s", path[c], (double)job->out[NODES], shown));
      if (tolerance > 0) PetscCall(ReportText(report, "%.0e", (double)tolerance));
      PetscCall(ReportText(report, " | %.1e | %.6g | %g | %.2f | %s |\n", (double)WorstError(c, s),
                           (double)job->out[VOLTAGE], (double)job->out[STEPS],
                           (double)job->out[SECONDS], WorstError(c, s) <= 1e-5 ? "yes" : "no"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportDefaults(report));
  PetscCall(ReportSinceStep(report));
  PetscCall(ReportSettings(report));
  PetscFunctionReturn(0);
}

const Section section_promise = {"Accuracy of the shipped cases", PlanSection, ReportSection};
