#include <math.h>

#include "benchmarks/validate.h"

/* Orders of the errors in space and time. */

enum { DEBYE_RATIO, RATIO, NODES, FIRST_SPACING, TOLERANCE };
enum { DEPLETION, SPACE_CHARGE, EARLY_VOLTAGE, LATE_VOLTAGE, STEPS, QUANTITIES = STEPS };

static const char *const quantity_name[QUANTITIES] = {"depletion", "space charge",
                                                      "voltage at t_d/2", "voltage at 1.2 t_d"};

/* In units of t_d and R T/F. */
static PetscErrorCode RunQuantities(Job *job)
{
  const Numerics numerics = {(PetscInt)job->in[NODES], job->in[FIRST_SPACING], job->in[TOLERANCE]};
  // Space charge comes late in the film of 100 Debye lengths.
  const PetscInt count = job->in[DEBYE_RATIO] > 5e-3 ? 3 : 2;
  const PetscReal until[] = {0.5, 1.2, 2.5};  // t_d
  ProtocolStep steps[3];
  LastStates last = {0};
  PetscReal t_d;
  RunResult result;
  Case film;

  PetscFunctionBeginUser;
  PetscCall(FilmCreate(job->in[DEBYE_RATIO], 0, &numerics, &film));
  film.mesh.front_reach = 0;
  PetscCall(FilmElectrodes(&film, job->in[RATIO], 1));
  // t_d of a film at 5 i_lim is Sand's time, pi/16/25 L^2/D, to seven digits.
  t_d = PETSC_PI / (16 * PetscSqr(job->in[RATIO])) * FilmDiffusionTime(&film);
  for (PetscInt i = 0; i < count; i++) {
    steps[i] = (ProtocolStep){.kind = STEP_CURRENT_RATIO,
                              .value = job->in[RATIO],
                              .duration = (until[i] - (i ? until[i - 1] : 0)) * t_d};
  }
  PetscCall(CaseSetProtocol(&film, count, steps));
  PetscCall(RunWatched(&film, NoteLastStates, &last, &result));
  job->out[DEPLETION] = result.depletion_time / t_d;
  job->out[SPACE_CHARGE] = result.space_charge_time / t_d;
  job->out[EARLY_VOLTAGE] = last.voltage[0] / ThermalVoltage(&film);
  job->out[LATE_VOLTAGE] = last.voltage[1] / ThermalVoltage(&film);
  job->out[STEPS] = (PetscReal)result.steps;
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&film));
  PetscFunctionReturn(0);
}

/* Without the phase of growth, which has another order: who asks for another ratio of the steps has
   none (solver/integrator.c). */
static PetscErrorCode RunWithoutGrowth(Job *job)
{
  PetscFunctionBeginUser;
  PetscCall(PetscOptionsSetValue(NULL, "-ts_adapt_clip", "0.1,1.2499"));
  PetscCall(RunQuantities(job));
  PetscCall(PetscOptionsClearValue(NULL, "-ts_adapt_clip"));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanRun(Plan plan, PetscErrorCode (*work)(Job *job), PetscReal debye_ratio,
                              PetscReal nodes, PetscReal spacing, PetscReal tolerance, Job **added)
{
  const Job job = {.name = "order",
                   .work = work,
                   .cost = 1e-6 * nodes * pow(tolerance, -0.4),
                   .in = {debye_ratio, 5, nodes, spacing, tolerance}};

  PetscFunctionBeginUser;
  PetscCall(PlanAdd(plan, &job, added));
  PetscFunctionReturn(0);
}

/* ---- space ---- */

typedef struct {
  const char *name;
  PetscReal debye_ratio, nodes, spacing;  // of the coarsest mesh
} Family;

/* The spacing asked of a uniform mesh is out of its reach. */
static const Family families[] = {{"uniform, lambda_D/L = 1e-2", 1e-2, 201, 1e3},
                                  {"graded, lambda_D/L = 1e-3", 1e-3, 201, 0.4},
                                  {"graded, lambda_D/L = 1e-5", 1e-5, 201, 0.4}};
#define FAMILIES ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(families))
#define MESHES 5

static Job *space[FAMILIES][MESHES];

static PetscErrorCode PlanSpace(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < FAMILIES; f++) {
    for (PetscInt m = 0; m < MESHES; m++) {
      const PetscReal factor = pow(2, (PetscReal)m);
      PetscCall(PlanRun(plan, RunQuantities, families[f].debye_ratio,
                        1 + (families[f].nodes - 1) * factor, families[f].spacing / factor, 1e-8,
                        &space[f][m]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSpace(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Space\n\nA film between lithium electrodes (C_S = eps/lambda_D, i_0 = i) at 5 i_lim, "
      "through depletion and space charge to 1.2 t_d; nodes doubled from 201 to 3201, on graded "
      "meshes (mesh.front_reach 0) the first spacing halved with them from 0.4 lambda_D; tolerance "
      "1e-8. Differences "
      "between successive meshes (times in t_d, voltages in R T/F), and the order that the last "
      "three meshes show; expected 2, allowed 0.25 off.\n\n"
      "| mesh | quantity | 201 - 401 | 401 - 801 | 801 - 1601 | 1601 - 3201 | value at 3201 | "
      "order "
      "| |\n"
      "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n"));
  for (PetscInt f = 0; f < FAMILIES; f++) {
    for (PetscInt q = 0; q < QUANTITIES; q++) {
      const PetscReal order = ObservedOrder(
          space[f][MESHES - 3]->out[q], space[f][MESHES - 2]->out[q], space[f][MESHES - 1]->out[q]);
      PetscCall(ReportText(report, "| %s | %s", families[f].name, quantity_name[q]));
      for (PetscInt m = 1; m < MESHES; m++) {
        PetscCall(ReportText(report, " | %+.1e",
                             (double)(space[f][m - 1]->out[q] - space[f][m]->out[q])));
      }
      PetscCall(ReportText(report, " | %.7g | %.2f | %s |\n", (double)space[f][MESHES - 1]->out[q],
                           (double)order,
                           ReportVerdict(report, (PetscBool)(fabs(order - 2) <= 0.25))));
    }
  }
  PetscFunctionReturn(0);
}

/* ---- time ---- */

static const PetscReal tolerances[] = {1e-5,   5.6e-6, 3.2e-6, 1.8e-6, 1e-6,   5.6e-7, 3.2e-7,
                                       1.8e-7, 1e-7,   5.6e-8, 3.2e-8, 1.8e-8, 1e-8};
#define TOLERANCES ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(tolerances))
#define RAMPED_RATIO 1e-3
static const PetscReal time_ratios[] = {RAMPED_RATIO, 1e-5};
/* The integrator's (solver/integrator.c). */
#define BDF_ORDER 4

#define TIME_RATIOS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(time_ratios))
static Job *timed[TIME_RATIOS][TOLERANCES], *reference[TIME_RATIOS];

static PetscErrorCode PlanTime(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < TIME_RATIOS; r++) {
    for (PetscInt i = 0; i < TOLERANCES; i++) {
      PetscCall(
          PlanRun(plan, RunWithoutGrowth, time_ratios[r], 201, 0.2, tolerances[i], &timed[r][i]));
    }
    PetscCall(PlanRun(plan, RunWithoutGrowth, time_ratios[r], 201, 0.2, 1e-11, &reference[r]));
  }
  PetscFunctionReturn(0);
}

/* The order of quantity q: the power of the steps with which its error falls. */
static LineFit FitOrder(PetscInt r, PetscInt q)
{
  PetscReal x[TOLERANCES], y[TOLERANCES];

  for (PetscInt i = 0; i < TOLERANCES; i++) {
    x[i] = log(timed[r][i]->out[STEPS]);
    y[i] = -log(fabs(timed[r][i]->out[q] - reference[r]->out[q]));
  }
  return FitLine(TOLERANCES, x, y);
}

static PetscErrorCode ReportTime(Report report)
{
  char what[100], source[80];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Time\n\nThe same film on 201 nodes at tolerances from 1e-5 to 1e-8 (below, "
      "the location of events is what is left of their error), against 1e-11 on "
      "the same mesh: error over accepted steps. BDF of order %d with steps of its "
      "own choice: the error must fall like their number to the -%d; allowed 0.5 "
      "off. Order 2, by which steps grow that nothing but order 4's stability limits, is "
      "left out here (-ts_adapt_clip 0.1,1.2499): what it adds falls like the tolerance "
      "itself.\n\n"
      "| lambda_D/L | tolerance | steps",
      BDF_ORDER, BDF_ORDER));
  for (PetscInt q = 0; q < QUANTITIES; q++) {
    PetscCall(ReportText(report, " | %s", quantity_name[q]));
  }
  PetscCall(ReportText(report, " |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"));
  for (PetscInt r = 0; r < TIME_RATIOS; r++) {
    for (PetscInt i = 0; i < TOLERANCES; i++) {
      PetscCall(ReportText(report, "| %.0e | %.0e | %g", (double)time_ratios[r],
                           (double)tolerances[i], (double)timed[r][i]->out[STEPS]));
      for (PetscInt q = 0; q < QUANTITIES; q++) {
        PetscCall(
            ReportText(report, " | %+.1e", (double)(timed[r][i]->out[q] - reference[r]->out[q])));
      }
      PetscCall(ReportText(report, " |\n"));
    }
  }
  PetscCall(ReportChecks(report));
  for (PetscInt r = 0; r < TIME_RATIOS; r++) {
    for (PetscInt q = 0; q < QUANTITIES; q++) {
      const LineFit fit = FitOrder(r, q);
      PetscCall(TextPrint(what, sizeof what, "order of %s, lambda_D/L = %.0e%s", quantity_name[q],
                          (double)time_ratios[r],
                          time_ratios[r] == RAMPED_RATIO ? ": missing" : ""));
      PetscCall(TextPrint(source, sizeof source, "BDF %d; 95 %% interval of the fit +-%.2f",
                          BDF_ORDER, (double)fit.half_width));
      if (time_ratios[r] == RAMPED_RATIO) {
        PetscCall(ReportAtMost(report, what, fmax(0, BDF_ORDER - fit.slope), 0.5, source));
      } else {
        PetscCall(ReportNear(report, what, fit.slope, BDF_ORDER, 0.5, source));
      }
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotOrders(Report report)
{
  Plot plot;

  PetscFunctionBeginUser;
  PetscCall(PlotBegin(report, "order-time", &plot));
  for (PetscInt r = 0; r < TIME_RATIOS; r++) {
    PetscCall(PlotText(&plot, "$D%d << EOD\n", (int)r));
    for (PetscInt i = 0; i < TOLERANCES; i++) {
      PetscCall(PlotText(&plot, "%g", (double)timed[r][i]->out[STEPS]));
      for (PetscInt q = 0; q < QUANTITIES; q++) {
        PetscCall(
            PlotText(&plot, " %g", (double)fabs(timed[r][i]->out[q] / reference[r]->out[q] - 1)));
      }
      PetscCall(PlotText(&plot, "\n"));
    }
    PetscCall(PlotText(&plot, "EOD\n"));
  }
  PetscCall(PlotText(&plot,
                     "set logscale xy\nset format y '10^{%%T}'\nset xlabel 'accepted steps'\n"
                     "set ylabel 'relative error'\nset key right top\n"
                     "plot 1e5*x**(-%d) w l lc 'black' dt 2 t 'order %d', ",
                     BDF_ORDER, BDF_ORDER));
  for (PetscInt r = 0; r < TIME_RATIOS; r++) {
    for (PetscInt q = 0; q < QUANTITIES; q++) {
      PetscCall(PlotText(&plot, "$D%d u 1:%d w lp lc %d pt %d t '%s, %g', ", (int)r, (int)q + 2,
                         (int)q + 1, r ? 4 : 7, quantity_name[q], (double)time_ratios[r]));
    }
  }
  PetscCall(PlotText(&plot, "NaN notitle\n"));
  PetscCall(PlotEnd(&plot, "Errors of the time steps; numbers are lambda_D/L"));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanSection(Plan plan)
{
  PetscFunctionBeginUser;
  PetscCall(PlanSpace(plan));
  PetscCall(PlanTime(plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportSpace(report));
  PetscCall(ReportTime(report));
  PetscCall(PlotOrders(report));
  PetscCall(ReportText(report,
                       "\nThe order of a steady current between selective contacts is in section "
                       "2.\n"));
  PetscFunctionReturn(0);
}

const Section section_order = {"Orders", PlanSection, ReportSection};
