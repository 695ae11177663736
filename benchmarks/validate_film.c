#include <math.h>

#include "bc/boundary_kind.h"
#include "benchmarks/validate.h"
#include "io/case_reader.h"
#include "solver/closed_forms.h"

/* Current-voltage curves of thin films, and the width of the space charge above the limit. */

static const Numerics as_shipped = {701, NAN, 1e-5};

/* ---- between selective contacts ---- */

#define HOLD 4.  // times L^2/D for each voltage: the slowest mode falls like exp(-pi^2 t)

static const PetscReal voltages[] = {0.5, 1, 2, 4, 6, 8, 12, 16, 20, 30, 50, 100, 200, 400};
#define VOLTAGES ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(voltages))
static const PetscReal film_ratios[] = {1e-2, 1e-3, 1e-4};
#define FILMS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(film_ratios))

enum { DEBYE_RATIO, NODES, FIRST_SPACING, TOLERANCE, FIRST_VOLTAGE, VOLTAGE_COUNT, PLAIN_MESH };

static Job *curve[FILMS], *fine[FILMS], *exact[FILMS];
#define DEFAULT_VOLTAGES 11  // up to 50: 1.3 V
static const Numerics refined = {1601, 0.05, 1e-5};

static PetscErrorCode SelectiveFilm(PetscReal debye_ratio, const Numerics *numerics, Case *film,
                                    PetscReal *limiting_current)
{
  PetscFunctionBeginUser;
  PetscCall(FilmCreate(debye_ratio, 0, numerics, film));
  *limiting_current = FilmLimitingCurrent(film);
  film->anode = film->counter_electrode =
      (Boundary){.kind = &boundary_kind_selective,
                 .interface_capacitance = PETSC_INFINITY,
                 .sei = {{0, NAN, 0}, {0, NAN, 0}},
                 .concentration = film->electrolyte.concentration};
  PetscFunctionReturn(0);
}

/* Out: j, and the width of the space charge over L, of each voltage. */
static PetscErrorCode RunCurve(Job *job)
{
  const Numerics numerics = {(PetscInt)job->in[NODES], job->in[FIRST_SPACING], job->in[TOLERANCE]};
  const PetscInt first = (PetscInt)job->in[FIRST_VOLTAGE], count = (PetscInt)job->in[VOLTAGE_COUNT];
  ProtocolStep steps[VOLTAGES];
  LastStates last = {0};
  PetscReal limit;
  RunResult result;
  Case film;

  PetscFunctionBeginUser;
  PetscCall(SelectiveFilm(job->in[DEBYE_RATIO], &numerics, &film, &limit));
  if (job->in[PLAIN_MESH] > 0) film.mesh.front_reach = 0;
  for (PetscInt i = 0; i < count; i++) {
    steps[i] = (ProtocolStep){.kind = STEP_VOLTAGE,
                              .value = voltages[first + i] * ThermalVoltage(&film),
                              .duration = HOLD * FilmDiffusionTime(&film)};
  }
  PetscCall(CaseSetProtocol(&film, count, steps));
  PetscCall(RunWatched(&film, NoteLastStates, &last, &result));
  for (PetscInt i = 0; i < count; i++) {
    job->out[2 * i] = last.current[i] / limit;
    job->out[2 * i + 1] = last.space_charge[i] / film.separator.thickness;
  }
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&film));
  PetscFunctionReturn(0);
}

static PetscErrorCode SolveCurve(Job *job)
{
  SteadyFilm film[VOLTAGES];

  PetscFunctionBeginUser;
  PetscCall(SteadyFilmCurve(job->in[DEBYE_RATIO], VOLTAGES, voltages, film));
  for (PetscInt i = 0; i < VOLTAGES; i++) {
    job->out[2 * i] = film[i].current;
    job->out[2 * i + 1] = film[i].space_charge_width;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanCurves(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < FILMS; f++) {
    const Job run = {.name = "selective film",
                     .work = RunCurve,
                     .cost = 8,
                     .in = {film_ratios[f], (PetscReal)as_shipped.nodes, as_shipped.first_spacing,
                            as_shipped.tolerance, 0, VOLTAGES}};
    const Job refine = {.name = "selective film, refined",
                        .work = RunCurve,
                        .cost = 20,
                        .in = {film_ratios[f], (PetscReal)refined.nodes, refined.first_spacing,
                               refined.tolerance, 0, VOLTAGES}};
    const Job solve = {
        .name = "its reference", .work = SolveCurve, .cost = 30, .in = {film_ratios[f]}};
    PetscCall(PlanAdd(plan, &run, &curve[f]));
    PetscCall(PlanAdd(plan, &refine, &fine[f]));
    PetscCall(PlanAdd(plan, &solve, &exact[f]));
  }
  PetscFunctionReturn(0);
}

/* Over a space charge of cations alone, y_0 wide:
   V = (4/3) (L/lambda_D) sqrt(j) y_0^(3/2), y_0 = 1 - 1/sqrt(j). */
static PetscReal SpaceChargeVoltage(PetscReal debye_ratio, PetscReal current)
{
  return 4. / 3 / debye_ratio * sqrt(current) * pow(1 - 1 / sqrt(current), 1.5);
}

static const Job *Curve(PetscInt f, PetscInt i)
{
  return i < DEFAULT_VOLTAGES ? curve[f] : fine[f];
}

static PetscErrorCode ReportCurves(Report report)
{
  char what[80];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Between cation-selective contacts\n\nBoth contacts hold the cation at c_0 and let no "
      "anion pass; each voltage is held for 4 L^2/D. j = i/i_lim, V in R T/F. Up to 50 (1.3 V) the "
      "numerics are the default (701 nodes, 1e-5), above 1601 nodes and 0.05 "
      "lambda_D: the wall's layer grows thinner with the field, and at V = 400 and 100 Debye "
      "lengths the default mesh gives a current 0.6 %% too low.\n\n"
      "*Below the limit.* The anion, which does not move, is in equilibrium: its potential drop "
      "over the neutral film, in which c runs from 1 - j to 1 + j, is ln((1 + j)/(1 - j)). The "
      "cation's electrochemical potential is continuous through the double layers and equal to "
      "the contacts' at both ends, so V = 2 ln((1 + j)/(1 - j)), or j = tanh(V/4), for lambda_D/L "
      "-> 0; this is what Bazant, Chu and Bayly (2005) have for fast reactions. At finite "
      "lambda_D/L the expected current is the one of `validate_steady.c`, which solves the steady "
      "equations for the field alone (Painleve's second equation with the amount of anions and V "
      "as conditions; central differences on 16,001 and 32,001 nodes, extrapolated).\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt f = 0; f < FILMS; f++) {
    for (PetscInt i = 0; i < VOLTAGES; i++) {
      PetscCall(TextPrint(what, sizeof what, "j, lambda_D/L = %.0e, V = %g", (double)film_ratios[f],
                          (double)voltages[i]));
      PetscCall(ReportClose(report, what, Curve(f, i)->out[2 * i], exact[f]->out[2 * i], 1e-3,
                            "field equation"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportBelowLimit(Report report)
{
  const PetscReal allowed = 1;
  char what[80];

  PetscFunctionBeginUser;
  PetscCall(ReportText(report,
                       "\nThe law of the neutral film, j = tanh(V/4): its error is of order "
                       "lambda_D/L (the salt and the conductance of the double layers); the share "
                       "(j/tanh(V/4) - 1) L/lambda_D, allowed up to 1 below V = 4, is the same at "
                       "every lambda_D/L.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt f = 0; f < FILMS; f++) {
    for (PetscInt i = 0; i < 3; i++) {
      PetscCall(TextPrint(what, sizeof what, "j over tanh(V/4), lambda_D/L = %.0e, V = %g",
                          (double)film_ratios[f], (double)voltages[i]));
      PetscCall(ReportClose(report, what, curve[f]->out[2 * i], tanh(voltages[i] / 4),
                            allowed * film_ratios[f], "tanh(V/4), derived above"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportAboveLimit(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n*Above the limit.* The anions withdraw to y_0 < x < L, where c = 2 j (x - y_0), and their "
      "amount gives j (1 - y_0)^2 = 1. In 0 < x < y_0 the cations alone carry the current by "
      "drift, -E c_+ = 4 j, against Poisson's 2 lambda^2 E' = c_+: lambda^2 E^2 = 4 j (y_0 - x), "
      "and the drop is V_RS = (4/3) (L/lambda_D) sqrt(j) y_0^(3/2) (Rubinstein and Shtilman 1979; "
      "Chu and Bazant 2005). To it the wall's own layer adds ln(c_0/c_+(0)), c_+(0) = 2 "
      "(lambda_D/L) sqrt(j/y_0), the edge ln(y_0/x*)/2, the neutral rest ln((1 - y_0)/x*), "
      "together at most 2 ln(L/lambda_D); and the salt that the counter contact's layer holds, 2 "
      "lambda_D (c_L - sqrt(c_L)) with c_L = 2 sqrt(j), widens y_0 and adds up to 4 sqrt(j y_0). "
      "So V - V_RS must lie between 0 and the sum of the two (1601 nodes). The edge "
      "is x* = (lambda_D^2/(2 j/L))^(1/3) wide, within which the width found (charge separation "
      "1/2) must be y_0, but for 2 lambda_D by the same salt.\n\n"
      "Chazalviel's (1990) scaling is this law where y_0 << L: j -> 1 leaves y_0 = (9/16 V^2 "
      "lambda_D^2 L)^(1/3). In general y_0 = (9/16 V^2 lambda_D^2 L)^(1/3) (1 - y_0/L)^(2/3), V "
      "the drop over the space charge. Rubinstein and Shtilman's law is the one that holds, "
      "because the anions driven out of the space charge steepen the neutral rest and raise the "
      "current; Chazalviel keeps the current at its limit, as a thick cell does.\n\n"
      "| lambda_D/L | V | j | V_RS(j) | V - V_RS | allowed | width | y_0(j) | x* | "
      "Chazalviel, V_RS | |\n"
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n"));
  for (PetscInt f = 0; f < FILMS; f++) {
    for (PetscInt i = 0; i < VOLTAGES; i++) {
      const PetscReal j = fine[f]->out[2 * i], width = fine[f]->out[2 * i + 1];
      const PetscReal ratio = film_ratios[f], edge = cbrt(PetscSqr(ratio) / (2 * j));
      const PetscReal drop = j > 1 ? SpaceChargeVoltage(ratio, j) : 0, y = 1 - 1 / sqrt(j);
      const PetscReal rest = voltages[i] - drop, most = -2 * log(ratio) + 4 * sqrt(j * fabs(y));
      if (j <= 1 || y < 2 * edge) continue;  // no space charge yet that deserves the name
      const PetscBool passed =
          (PetscBool)(rest >= 0 && rest <= most && fabs(width - y) <= edge + 2 * ratio);
      PetscCall(ReportText(
          report, "| %.0e | %g | %.6f | %.3f | %.3f | %.1f | %.5f | %.5f | %.5f | %.5f | %s |\n",
          (double)ratio, (double)voltages[i], (double)j, (double)drop, (double)rest, (double)most,
          (double)width, (double)y, (double)edge, (double)cbrt(9. / 16 * PetscSqr(drop * ratio)),
          ReportVerdict(report, passed)));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportWidthPower(Report report)
{
  const PetscInt last = VOLTAGES - 1, f = FILMS - 1;
  const PetscReal power = log(fine[f]->out[2 * last + 1] / fine[f]->out[2 * last - 1]) /
                          log(voltages[last] / voltages[last - 1]);

  PetscFunctionBeginUser;
  PetscCall(ReportChecks(report));
  PetscCall(ReportNear(report, "power of V in the width, V = 200 ... 400, lambda_D/L = 1e-4", power,
                       2. / 3, 0.03, "Chazalviel's limit, y_0 << L"));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotCurves(Report report)
{
  Plot plot;

  PetscFunctionBeginUser;
  PetscCall(PlotBegin(report, "film", &plot));
  for (PetscInt f = 0; f < FILMS; f++) {
    PetscCall(PlotText(&plot, "$D%d << EOD\n", (int)f));
    for (PetscInt i = 0; i < VOLTAGES; i++) {
      PetscCall(PlotText(&plot, "%g %g %g\n", (double)voltages[i], (double)Curve(f, i)->out[2 * i],
                         (double)exact[f]->out[2 * i]));
    }
    PetscCall(PlotText(&plot, "EOD\n$R%d << EOD\n", (int)f));
    for (PetscReal j = 1.001; j < 2.6; j += 0.002) {
      const PetscReal v = SpaceChargeVoltage(film_ratios[f], j);
      if (v < 60) PetscCall(PlotText(&plot, "%g %g\n", (double)v, (double)j));
    }
    PetscCall(PlotText(&plot, "EOD\n"));
  }
  PetscCall(PlotText(&plot,
                     "set xrange [0:52]\nset yrange [0:2.5]\nset xlabel 'V [R T/F]'\n"
                     "set ylabel 'i/i_{lim}'\nset samples 400\n"
                     "plot tanh(x/4) w l lw 2 lc 'black' t 'tanh(V/4)', "));
  for (PetscInt f = 0; f < FILMS; f++) {
    PetscCall(PlotText(&plot,
                       "$D%d u 1:2 w p pt 7 lc %d t '{/Symbol l}_D/L = %g', "
                       "$D%d u 1:3 w l lc %d t '%s', $R%d w l dt 2 lc %d t '%s', ",
                       (int)f, (int)f + 1, (double)film_ratios[f], (int)f, (int)f + 1,
                       f ? "" : "field equation", (int)f, (int)f + 1,
                       f ? "" : "Rubinstein and Shtilman, space charge alone"));
  }
  PetscCall(PlotText(&plot, "NaN notitle\n"));
  PetscCall(PlotEnd(&plot, "Current-voltage curves between cation-selective contacts"));
  PetscFunctionReturn(0);
}

/* ---- the shipped film ---- */

static Job *shipped;

/* Out: count, and of each step V, j found, j expected. */
static PetscErrorCode RunShippedFilm(Job *job)
{
  PetscReal voltage[LAST_STATES], limit, ratio;
  SteadyFilm film[LAST_STATES];
  CellConstants constants;
  LastStates last = {0};
  RunResult result;
  Case cell;

  PetscFunctionBeginUser;
  PetscCall(CaseRead(PETSC_COMM_SELF, job->path, 0, NULL, &cell));
  ratio = DebyeLength(&cell) / cell.separator.thickness;
  (void)CellConstantsFind(&cell, &constants);  // which it has none of as a whole
  limit = LimitingCurrentDensity(&constants);
  PetscCall(RunWatched(&cell, NoteLastStates, &last, &result));
  for (PetscInt i = 0; i < cell.number_of_steps; i++) {
    voltage[i] = cell.protocol[i].value / ThermalVoltage(&cell);
  }
  PetscCall(SteadyFilmCurve(ratio, cell.number_of_steps, voltage, film));
  job->out[0] = (PetscReal)cell.number_of_steps;
  for (PetscInt i = 0; i < cell.number_of_steps; i++) {
    job->out[1 + 3 * i] = cell.protocol[i].value;
    job->out[2 + 3 * i] = last.current[i] / limit;
    job->out[3 + 3 * i] = film[i].current;
  }
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&cell));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportShippedFilm(Report report)
{
  char what[60];

  PetscFunctionBeginUser;
  PetscCall(ReportText(report, "\nThe shipped case `configs/thin-film.yaml` as it is.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt i = 0; i < (PetscInt)shipped->out[0]; i++) {
    PetscCall(TextPrint(what, sizeof what, "j at %g V", (double)shipped->out[1 + 3 * i]));
    PetscCall(ReportClose(report, what, shipped->out[2 + 3 * i], shipped->out[3 + 3 * i], 1e-3,
                          "field equation"));
  }
  PetscFunctionReturn(0);
}

/* ---- at the limit ---- */

#define LIMIT_FILMS 7
static Job *at_limit[LIMIT_FILMS][2];

static PetscErrorCode RunAtLimit(Job *job)
{
  const Numerics numerics = {(PetscInt)job->in[NODES], job->in[FIRST_SPACING], job->in[TOLERANCE]};
  ProtocolStep step = {.kind = STEP_CURRENT};
  LastStates last = {0};
  RunResult result;
  PetscReal limit;
  Case film;

  PetscFunctionBeginUser;
  PetscCall(SelectiveFilm(job->in[DEBYE_RATIO], &numerics, &film, &limit));
  step.value = limit;
  step.duration = HOLD * FilmDiffusionTime(&film);
  PetscCall(CaseSetProtocol(&film, 1, &step));
  PetscCall(RunWatched(&film, NoteLastStates, &last, &result));
  job->out[0] = last.voltage[0] / ThermalVoltage(&film);
  job->out[1] = last.virtual_salt[0] / film.electrolyte.concentration;
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&film));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanAtLimit(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < LIMIT_FILMS; f++) {
    for (PetscInt fine = 0; fine < 2; fine++) {
      const Job job = {
          .name = "selective film at its limit",
          .work = RunAtLimit,
          .cost = fine ? 4 : 2,
          .in = {1e-3 * pow(10, -0.5 * (PetscReal)f), fine ? 801 : 401, fine ? 0.1 : 0.2, 1e-6}};
      PetscCall(PlanAdd(plan, &job, &at_limit[f][fine]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportAtLimit(Report report)
{
  PetscReal x[LIMIT_FILMS], y[LIMIT_FILMS], z[LIMIT_FILMS];
  char source[80];
  LineFit fit;

  PetscFunctionBeginUser;
  for (PetscInt f = 0; f < LIMIT_FILMS; f++) {
    x[f] = -log(at_limit[f][0]->in[DEBYE_RATIO]);
    z[f] = cbrt(at_limit[f][0]->in[DEBYE_RATIO]);
    y[f] = at_limit[f][1]->out[0] + (at_limit[f][1]->out[0] - at_limit[f][0]->out[0]) / 3;
  }
  fit = FitPlane(LIMIT_FILMS, x, z, y);
  PetscCall(ReportText(
      report,
      "\n*At the limit*, j = 1, the neutral film's 2 ln(c(L)/c(0)) is cut where the limiting layer "
      "begins, at c ~ (lambda_D/L)^(2/3), within which the cation loses only a constant: V = (4/3) "
      "ln(L/lambda_D) + const, with a correction like lambda_D/x* ~ (lambda_D/L)^(1/3) by the "
      "wall's "
      "own layer. Fit of V = a + b ln(L/lambda_D) + c (lambda_D/L)^(1/3) over lambda_D/L = 1e-3 "
      "... "
      "1e-6, under current control, extrapolated from 401 and 801 nodes.\n"));
  PetscCall(ReportChecks(report));
  PetscCall(TextPrint(source, sizeof source, "4/3, derived above; 95 %% interval +-%.3f",
                      (double)fit.half_width));
  PetscCall(ReportNear(report, "slope of V over ln(L/lambda_D) at j = 1", fit.slope, 4. / 3, 0.03,
                       source));
  PetscFunctionReturn(0);
}

/* ---- order of the steady current ---- */

#define MESHES 5
static Job *order_job[2][MESHES];  // first spacing halved with the mesh; kept
enum { JOB_HALVED, JOB_KEPT };
#define ORDER_VOLTAGE 8  // V = 20
#define ORDER_FILM 1     // lambda_D/L = 1e-3

static PetscErrorCode PlanOrder(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt kept = 0; kept < 2; kept++) {
    for (PetscInt m = 0; m < MESHES; m++) {
      const PetscReal intervals = 100 * pow(2, (PetscReal)m);
      const Job job = {.name = "selective film, order",
                       .work = RunCurve,
                       .cost = 3e-3 * intervals,
                       .in = {film_ratios[ORDER_FILM], intervals + 1,
                              kept ? 0.2 : 0.2 * 400 / intervals, 1e-6, ORDER_VOLTAGE, 1, 1}};
      PetscCall(PlanAdd(plan, &job, &order_job[kept][m]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportOrder(Report report)
{
  const PetscReal expected = exact[ORDER_FILM]->out[2 * ORDER_VOLTAGE];
  PetscReal before = NAN;

  PetscFunctionBeginUser;
  PetscCall(ReportText(report,
                       "\n### Order of the steady current\n\nlambda_D/L = 1e-3, V = 20 R T/F: "
                       "intervals doubled and first spacing halved, against the field equation's j "
                       "= %.9f. Allowed is a factor of 4 within a tenth on the last two meshes, "
                       "and 1e-4 of the current at 400 intervals. The last columns keep the first "
                       "spacing at 0.2 lambda_D.\n\n| intervals | first spacing | j | error | "
                       "factor | j, spacing kept | error |\n"
                       "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
                       (double)expected));
  for (PetscInt m = 0; m < MESHES; m++) {
    const Job *halved = order_job[JOB_HALVED][m], *kept = order_job[JOB_KEPT][m];
    const PetscReal error = halved->out[0] / expected - 1;
    PetscCall(ReportText(report, "| %g | %g | %.9f | %+.2e | %.2f | %.9f | %+.2e |\n",
                         (double)(halved->in[NODES] - 1), (double)halved->in[FIRST_SPACING],
                         (double)halved->out[0], (double)error, (double)(before / error),
                         (double)kept->out[0], (double)(kept->out[0] / expected - 1)));
    before = error;
  }
  PetscCall(ReportChecks(report));
  for (PetscInt m = MESHES - 2; m < MESHES; m++) {
    const PetscReal coarse = order_job[JOB_HALVED][m - 1]->out[0] - expected;
    char what[80];
    PetscCall(TextPrint(what, sizeof what, "factor by which the error falls, %d intervals",
                        100 << (int)m));
    PetscCall(ReportClose(report, what, coarse / (order_job[JOB_HALVED][m]->out[0] - expected), 4,
                          0.1, "second order"));
  }
  PetscCall(ReportClose(report, "j at 400 intervals", order_job[JOB_HALVED][2]->out[0], expected,
                        1e-4, "field equation"));
  PetscFunctionReturn(0);
}

/* ---- between lithium electrodes ---- */

enum { ELECTRODE_RATIO, CURRENT, EXCHANGE, CAPACITANCE };

static const PetscReal electrode_currents[] = {0.1, 0.25, 0.4, 0.45, 0.49, 0.7, 0.9, 0.99};
#define ELECTRODE_CURRENTS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(electrode_currents))
/* i_0/i_lim, C_S/(eps/lambda_D) */
static const PetscReal kinetics[][2] = {{0.5, 0}, {2, 0}, {0.5, 1e-6}, {2, 1e-6}};
#define KINETICS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(kinetics))
static Job *electrode[KINETICS][ELECTRODE_CURRENTS];

static const PetscReal over_currents[] = {1.2, 1.5, 2};
#define OVER_CURRENTS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(over_currents))
static Job *over[OVER_CURRENTS];

static PetscErrorCode RunElectrodes(Job *job)
{
  ProtocolStep step = {.kind = STEP_CURRENT_RATIO, .value = job->in[CURRENT]};
  LastStates last = {0};
  RunResult result;
  Case film;

  PetscFunctionBeginUser;
  PetscCall(FilmCreate(job->in[ELECTRODE_RATIO], 0, &as_shipped, &film));
  PetscCall(FilmElectrodes(&film, job->in[EXCHANGE], job->in[CAPACITANCE]));
  step.duration = HOLD * FilmDiffusionTime(&film);
  PetscCall(CaseSetProtocol(&film, 1, &step));
  PetscCall(RunWatched(&film, NoteLastStates, &last, &result));
  job->out[0] = last.voltage[0] / ThermalVoltage(&film);
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&film));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanElectrodes(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt k = 0; k < KINETICS; k++) {
    for (PetscInt i = 0; i < ELECTRODE_CURRENTS; i++) {
      const Job job = {.name = "film between electrodes",
                       .work = RunElectrodes,
                       .cost = 0.5,
                       .in = {1e-5, electrode_currents[i], kinetics[k][0], kinetics[k][1]}};
      if (kinetics[k][1] == 0 && electrode_currents[i] >= kinetics[k][0]) continue;
      PetscCall(PlanAdd(plan, &job, &electrode[k][i]));
    }
  }
  for (PetscInt i = 0; i < OVER_CURRENTS; i++) {
    const Job job = {.name = "film between electrodes, above its limit",
                     .work = RunElectrodes,
                     .cost = 1,
                     .in = {1e-3, over_currents[i], 2, 1}};
    PetscCall(PlanAdd(plan, &job, &over[i]));
  }
  PetscFunctionReturn(0);
}

static PetscReal GouyChapmanVoltage(PetscReal j, PetscReal exchange)
{
  return 4 * atanh(j) + 2 * atanh(j / exchange);
}

static PetscReal HelmholtzVoltage(PetscReal j, PetscReal exchange)
{
  return 4 * atanh(j) + 2 * asinh(j / (2 * exchange * sqrt(1 - j))) +
         2 * asinh(j / (2 * exchange * sqrt(1 + j)));
}

static PetscErrorCode ReportElectrodes(Report report)
{
  char what[120];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Between lithium electrodes\n\nThe galvanic film of Bazant, Chu and Bayly (2005): "
      "i_F = i_0 [(c_+(0)/c_0) exp(-eta/2) - exp(eta/2)] at the reaction plane, lambda_D/L = 1e-5, "
      "default numerics. To the neutral film's 4 artanh(j) the electrodes add, with r = "
      "i/i_0:\n\n"
      "* Gouy and Chapman's limit, no Stern layer: eta = 0, so c_+ at the walls is 1 + r and "
      "1 - r, and with the cation's potential continuous V = 4 artanh(j) + ln((1 + r)/(1 - r)). "
      "The current cannot pass i_0, their reaction-limited current: with i_0 = i_lim/2 V "
      "diverges at j = 1/2.\n"
      "* Helmholtz's limit, C_S << eps/lambda_D (1e-6 of it here): all of the drop in the Stern "
      "layer, i = 2 i_0 sqrt(c) sinh((ln c - eta)/2) with c = 1 - j and 1 + j outside: V = 4 "
      "artanh(j) + 2 arsinh(r/(2 sqrt(1 - j))) + 2 arsinh(r/(2 sqrt(1 + j))).\n\n"
      "Allowed is 1e-3 and what the wall's layer, two of its own Debye lengths lambda_D/sqrt(1 - "
      "j) "
      "wide, may take from the drop or add to it: 8 j (lambda_D/L) (1 - j)^(-3/2).\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt k = 0; k < KINETICS; k++) {
    for (PetscInt i = 0; i < ELECTRODE_CURRENTS; i++) {
      const PetscReal j = electrode_currents[i], exchange = kinetics[k][0];
      const PetscBool bare = (PetscBool)(kinetics[k][1] == 0);
      const PetscReal expected =
          bare ? GouyChapmanVoltage(j, exchange) : HelmholtzVoltage(j, exchange);
      if (!electrode[k][i]) continue;
      PetscCall(TextPrint(what, sizeof what, "V, %s, i_0 = %g i_lim, j = %g",
                          bare ? "Gouy-Chapman" : "Helmholtz", (double)exchange, (double)j));
      PetscCall(ReportClose(report, what, electrode[k][i]->out[0], expected,
                            1e-3 + 8e-5 * j * pow(1 - j, -1.5) / expected, "derived above"));
    }
  }
  PetscCall(ReportText(report,
                       "\nAbove the limit (Chu and Bazant 2005), lambda_D/L = 1e-3, i_0 = 2 i_lim, "
                       "C_S = eps/lambda_D: to leading order the drop over the space charge, V_RS; "
                       "the rest is allowed 2 ln(L/lambda_D) and the "
                       "kinetics' 4 arsinh(r/2).\n\n| j | V | V_RS(j) | V - V_RS | allowed | |\n"
                       "| ---: | ---: | ---: | ---: | ---: | --- |\n"));
  for (PetscInt i = 0; i < OVER_CURRENTS; i++) {
    const PetscReal j = over_currents[i], v = over[i]->out[0];
    const PetscReal drop = SpaceChargeVoltage(1e-3, j);
    const PetscReal allowed = 2 * log(1e3) + 4 * asinh(j / 4);
    PetscCall(ReportText(report, "| %g | %.3f | %.3f | %.3f | %.2f | %s |\n", (double)j, (double)v,
                         (double)drop, (double)(v - drop), (double)allowed,
                         ReportVerdict(report, (PetscBool)(v >= drop && v - drop <= allowed))));
  }
  PetscFunctionReturn(0);
}

/* ---- the section ---- */

static PetscErrorCode PlanSection(Plan plan)
{
  const Job job = {
      .name = "shipped film", .work = RunShippedFilm, .cost = 15, .path = "configs/thin-film.yaml"};

  PetscFunctionBeginUser;
  PetscCall(PlanCurves(plan));
  PetscCall(PlanAdd(plan, &job, &shipped));
  PetscCall(PlanAtLimit(plan));
  PetscCall(PlanOrder(plan));
  PetscCall(PlanElectrodes(plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportCurves(report));
  PetscCall(PlotCurves(report));
  PetscCall(ReportBelowLimit(report));
  PetscCall(ReportAtLimit(report));
  PetscCall(ReportAboveLimit(report));
  PetscCall(ReportWidthPower(report));
  PetscCall(ReportShippedFilm(report));
  PetscCall(ReportOrder(report));
  PetscCall(ReportElectrodes(report));
  PetscFunctionReturn(0);
}

const Section section_film = {"Thin films", PlanSection, ReportSection};
