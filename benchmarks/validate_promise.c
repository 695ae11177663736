#include <glob.h>
#include <math.h>

#include "benchmarks/validate.h"
#include "io/case_reader.h"

/* Event times of the shipped cases with default settings against mesh- and step-converged ones. */

#define CASES "configs/*.yaml"
#define MAXIMUM_CASES 24
#define EVENTS 12

enum { FACTOR, TOLERANCE };  // of the mesh and of the tolerance, against the case's own
enum { COUNT, VOLTAGE, STEPS, SECONDS, NODES, USED_TOLERANCE, FIRST_EVENT };
enum { KIND, TIME, START, EVENT_VALUES };

/* The case as it is; the two meshes of the reference; what `sandglass run --accurate` makes of it
   (io/sandglass.c). */
enum { DEFAULT, COARSE, FINE, ACCURATE };
static const PetscReal settings[][2] = {{1, 1}, {4, 0.01}, {8, 0.01}, {10, 0.02}};
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
  case_.solver.relative_tolerance *= job->in[TOLERANCE];
  case_.output = (OutputParameters){.times = 1, .fields = FIELDS_NONE};
  PetscCall(RunWatched(&case_, NoteStarts, &starts, &result));
  job->out[COUNT] = (PetscReal)result.number_of_events;
  job->out[VOLTAGE] = result.final.cell_voltage;
  job->out[STEPS] = (PetscReal)result.steps;
  job->out[SECONDS] = result.seconds;
  job->out[NODES] = (PetscReal)case_.mesh.nodes;
  job->out[USED_TOLERANCE] = case_.solver.relative_tolerance;
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
      const Job job = {.name = "shipped case",
                       .work = RunShipped,
                       .cost = settings[s][0] / sqrt(settings[s][1]),
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

/* The event in another run that is to be compared with `event` of the finest: of the same kind and
   as many of that kind before it.  Events close together may change their order. */
static PetscInt Counterpart(PetscInt c, PetscInt s, PetscInt event)
{
  PetscInt before = 0;

  for (PetscInt e = 0; e < event; e++) {
    before += EventValue(run[c][FINE], e, KIND) == EventValue(run[c][FINE], event, KIND);
  }
  for (PetscInt e = 0; e < (PetscInt)run[c][s]->out[COUNT]; e++) {
    if (EventValue(run[c][s], e, KIND) == EventValue(run[c][FINE], event, KIND) && before-- == 0) {
      return e;
    }
  }
  return EVENTS;
}

/* Of an event of the finest run in another; NaN where it has none such. */
static PetscReal EventTime(PetscInt c, PetscInt s, PetscInt event)
{
  return EventValue(run[c][s], Counterpart(c, s, event), TIME);
}

static PetscReal Converged(PetscInt c, PetscInt event)
{
  return EventTime(c, FINE, event) + (EventTime(c, FINE, event) - EventTime(c, COARSE, event)) / 3;
}

static PetscReal EventError(PetscInt c, PetscInt s, PetscInt event)
{
  return EventTime(c, s, event) / Converged(c, event) - 1;
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

static PetscReal ConvergedVoltage(PetscInt c)
{
  const PetscReal coarse = run[c][COARSE]->out[VOLTAGE], fine = run[c][FINE]->out[VOLTAGE];

  return fine + (fine - coarse) / 3;
}

static PetscErrorCode ReportTimes(Report report, PetscInt s, PetscReal allowed)
{
  char what[PETSC_MAX_PATH_LEN + 60];

  PetscFunctionBeginUser;
  PetscCall(ReportChecks(report));
  for (PetscInt c = 0; c < number_of_cases; c++) {
    PetscCall(TextPrint(what, sizeof what, "%s: number of events", path[c]));
    PetscCall(ReportNear(report, what, run[c][s]->out[COUNT], run[c][FINE]->out[COUNT], 0,
                         "converged run"));
    for (PetscInt e = 0; e < (PetscInt)run[c][FINE]->out[COUNT]; e++) {
      PetscCall(TextPrint(what, sizeof what, "%s: %s [s]", path[c],
                          EventKindName((EventKind)EventValue(run[c][FINE], e, KIND))));
      PetscCall(
          ReportClose(report, what, EventTime(c, s, e), Converged(c, e), allowed, "converged run"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportVoltages(Report report)
{
  char what[PETSC_MAX_PATH_LEN + 60];

  PetscFunctionBeginUser;
  PetscCall(ReportText(report, "\n### Cell voltage at the end with default settings\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt c = 0; c < number_of_cases; c++) {
    PetscCall(TextPrint(what, sizeof what, "%s: voltage at the end [V]", path[c]));
    PetscCall(ReportClose(report, what, run[c][DEFAULT]->out[VOLTAGE], ConvergedVoltage(c), 1e-3,
                          "converged run"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSinceStep(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(report, "\n"));
  for (PetscInt c = 0; c < number_of_cases; c++) {
    for (PetscInt e = 0; e < (PetscInt)run[c][FINE]->out[COUNT]; e++) {
      const PetscReal start = EventValue(run[c][DEFAULT], Counterpart(c, DEFAULT, e), START);
      if (!(start > 0)) continue;
      const PetscReal time = EventTime(c, DEFAULT, e) - start, expected = Converged(c, e) - start;
      const PetscReal accurate = EventTime(c, ACCURATE, e) - start;
      PetscCall(ReportText(
          report, "* %s: %s %.4g s after its step began, error %+.1e (--accurate %+.1e)\n", path[c],
          EventKindName((EventKind)EventValue(run[c][FINE], e, KIND)), (double)time,
          (double)(time / expected - 1), (double)(accurate / expected - 1)));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportRuns(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### The runs\n\nWorst error of an event's time, and the voltage at the end, by the "
      "nodes and the tolerance. Wall times are of "
      "one of two ranks at work.\n\n| case | nodes | tolerance | worst error | "
      "final voltage [V] | steps | wall time [s] |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"));
  for (PetscInt c = 0; c < number_of_cases; c++) {
    for (PetscInt s = 0; s < SETTINGS; s++) {
      const Job *job = run[c][s];
      PetscCall(ReportText(report, "| %s | %g | %.0e | %.1e | %.6g | %g | %.2f |\n", path[c],
                           (double)job->out[NODES], (double)job->out[USED_TOLERANCE],
                           (double)WorstError(c, s), (double)job->out[VOLTAGE],
                           (double)job->out[STEPS], (double)job->out[SECONDS]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Event times with default settings\n\nEvery `configs/*.yaml` as it is (of a sweep the "
      "case it starts from). Expected: four and eight times the nodes, "
      "a hundredth of the tolerance, extrapolated by the second order. Times are from "
      "the start of the protocol, as a run tells them. Where an event comes in a later step of "
      "it, the error of the time since that step began stands below the table, without a "
      "verdict.\n"));
  PetscCall(ReportTimes(report, DEFAULT, 1e-3));
  PetscCall(ReportSinceStep(report));
  PetscCall(ReportVoltages(report));
  PetscCall(ReportText(report,
                       "\n### Event times with --accurate\n\nTen times the nodes, a fiftieth of "
                       "the tolerance.\n"));
  PetscCall(ReportTimes(report, ACCURATE, 1e-5));
  PetscCall(ReportRuns(report));
  PetscFunctionReturn(0);
}

const Section section_promise = {"Accuracy of the shipped cases", PlanSection, ReportSection};
