#include <math.h>

#include "benchmarks/validate.h"
#include "io/case_reader.h"
#include "solver/closed_forms.h"

/* Past the depletion: the front between space charge and quasi-neutral liquid moves away from the
   electrode, and the mesh has to be fine where it goes (mesh/mesh.h, solver/front.h). */

#define PAST 1.2  // of the depletion time

typedef struct {
  const char *name, *file;
  PetscBool on_plain;  // whether the plain mesh takes it to the end
  const char *settings[3];
} FrontCell;

#define SEPARATOR "configs/separator.yaml"

static const FrontCell cells[] = {
    {"separator, i = 2 i_lim", SEPARATOR, PETSC_TRUE, {"protocol=[{current_ratio: 2, for: 1 s}]"}},
    {"film of 25 um, i = 5 i_lim",
     SEPARATOR,
     PETSC_TRUE,
     {"protocol=[{current_ratio: 5, for: 1 s}]", "separator.porosity=1"}},
    {"film, lambda_D/L = 1e-6, i = 5 i_lim",
     SEPARATOR,
     PETSC_TRUE,
     {"protocol=[{current_ratio: 5, for: 1 s}]", "separator.porosity=1",
      "separator.thickness=153.5 um"}},
    {"film, lambda_D/L = 1e-4, i = 5 i_lim",
     SEPARATOR,
     PETSC_TRUE,
     {"protocol=[{current_ratio: 5, for: 1 s}]", "separator.porosity=1",
      "separator.thickness=1.535 um"}},
    {"demo without its limit of the voltage",
     "configs/sand.yaml",
     PETSC_FALSE,
     {"protocol=[{current: 10 mA/cm^2, for: 1 s}]"}},
};
#define CELLS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(cells))

enum { CELL, FACTOR, TOLERANCE, PLAIN };  // which; of mesh and tolerance; without front_reach
enum { DEPLETION, SPACE_CHARGE, VOLTAGE, RUN_STEPS, REJECTED, ITERATIONS, NODES };

/* The default, on the plain mesh too; the two meshes of the reference. */
enum { DEFAULT, WITHOUT, COARSE, FINE };
static const PetscReal settings[][3] = {{1, 1, 0}, {1, 1, 1}, {4, 0.05, 0}, {8, 0.05, 0}};
#define SETTINGS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(settings))

static Job *run[PETSC_STATIC_ARRAY_LENGTH(cells)][SETTINGS];

static PetscErrorCode ReadCell(const Job *job, Case *case_)
{
  const FrontCell *cell = &cells[(PetscInt)job->in[CELL]];
  const char *given[3];
  PetscInt count = 0;
  ClosedForms forms;

  PetscFunctionBeginUser;
  while (count < 3 && cell->settings[count]) {
    given[count] = cell->settings[count];
    count++;
  }
  PetscCall(CaseRead(PETSC_COMM_SELF, cell->file, count, given, case_));
  PetscCall(ClosedFormsFind(case_, &forms));
  case_->protocol[0].duration = PAST * ExpectedDepletionTime(case_, &forms);
  case_->mesh.nodes = 1 + (case_->mesh.nodes - 1) * (PetscInt)job->in[FACTOR];
  case_->mesh.first_spacing /= job->in[FACTOR];
  case_->solver.relative_tolerance *= job->in[TOLERANCE];
  if (job->in[PLAIN] > 0) case_->mesh.front_reach = 0;
  case_->output = (OutputParameters){.times = 1, .fields = FIELDS_NONE};
  PetscFunctionReturn(0);
}

static PetscErrorCode RunPast(Job *job)
{
  RunResult result;
  Case case_;

  PetscFunctionBeginUser;
  PetscCall(ReadCell(job, &case_));
  PetscCall(RunWatched(&case_, NULL, NULL, &result));
  job->out[DEPLETION] = result.depletion_time;
  job->out[SPACE_CHARGE] = result.space_charge_time;
  job->out[VOLTAGE] = result.status == RUN_DONE ? result.final.cell_voltage : NAN;
  job->out[RUN_STEPS] = (PetscReal)result.steps;
  job->out[REJECTED] = (PetscReal)result.rejected_steps;
  job->out[ITERATIONS] = (PetscReal)result.newton_iterations;
  job->out[NODES] = (PetscReal)case_.mesh.nodes;
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&case_));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanSection(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < CELLS; c++) {
    for (PetscInt s = 0; s < SETTINGS; s++) {
      const Job job = {.name = "past depletion",
                       .work = RunPast,
                       .cost = 2 * settings[s][0] / sqrt(settings[s][1]),
                       .in = {(PetscReal)c, settings[s][0], settings[s][1], settings[s][2]}};
      if (s == WITHOUT && !cells[c].on_plain) continue;
      PetscCall(PlanAdd(plan, &job, &run[c][s]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscReal Converged(PetscInt c, PetscInt value)
{
  const PetscReal coarse = run[c][COARSE]->out[value], fine = run[c][FINE]->out[value];

  return fine + (fine - coarse) / 3;
}

static PetscErrorCode ReportRuns(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(
      ReportText(report,
                 "\n### Against the plain mesh\n\nThe same with `mesh.front_reach: 0 m`, with no "
                 "nodes for a front, and what the runs "
                 "took.\n\n| cell | mesh | nodes | depletion | "
                 "space charge | voltage | steps | rejected | Newton iterations |\n"
                 "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"));
  for (PetscInt c = 0; c < CELLS; c++) {
    for (PetscInt s = DEFAULT; s <= WITHOUT; s++) {
      const Job *job = run[c][s];
      if (!job) continue;
      PetscCall(ReportText(
          report, "| %s | %s | %g | %+.1e | %+.1e | %+.1e | %g | %g | %g |\n", cells[c].name,
          s == DEFAULT ? "default" : "plain", (double)job->out[NODES],
          (double)(job->out[DEPLETION] / Converged(c, DEPLETION) - 1),
          (double)(job->out[SPACE_CHARGE] / Converged(c, SPACE_CHARGE) - 1),
          (double)(job->out[VOLTAGE] / Converged(c, VOLTAGE) - 1), (double)job->out[RUN_STEPS],
          (double)job->out[REJECTED], (double)job->out[ITERATIONS]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  static const char *const names[] = {"depletion [s]", "space charge [s]",
                                      "voltage at 1.2 t_d [V]"};
  char what[100];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\nThe liquid of `configs/separator.yaml`, and the cell of `configs/sand.yaml`, driven to "
      "1.2 "
      "times the depletion time t_d with default settings; the front has then gone 1 to 3 %% of "
      "the way. Expected: four and eight "
      "times the nodes, a twentieth of the tolerance, "
      "extrapolated by the second order.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt c = 0; c < CELLS; c++) {
    for (PetscInt value = DEPLETION; value <= VOLTAGE; value++) {
      PetscCall(TextPrint(what, sizeof what, "%s: %s", cells[c].name, names[value]));
      PetscCall(ReportClose(report, what, run[c][DEFAULT]->out[value], Converged(c, value), 1e-3,
                            "converged run"));
    }
  }
  PetscCall(ReportRuns(report));
  PetscFunctionReturn(0);
}

const Section section_front = {"The front past depletion", PlanSection, ReportSection};
