#include <math.h>

#include "bc/physical_constants.h"
#include "benchmarks/validate.h"
#include "io/case_reader.h"
#include "solver/closed_forms.h"

/* Sand's time: depletion and space charge against t_s and t_d (model.md 6). */

static const Numerics as_shipped = {701, NAN, 1e-5};

/* ---- onsets in a dilute film ---- */

enum { DEBYE_RATIO, RATIO, NODES, FIRST_SPACING, TOLERANCE, CAPACITANCE };
enum { SAND_TIME, FINITE_TIME, DEPLETION, SPACE_CHARGE, VIRTUAL_SALT, PREDICTED_SALT, STEPS };

/* g = (1 - t_+) i/(F D c_0) = 2 (i/i_lim)/L; epsilon = lambda_D g; g x* = epsilon^(2/3). */
static PetscReal Epsilon(const Job *job)
{
  return 2 * job->in[RATIO] * job->in[DEBYE_RATIO];
}

/* Without a Stern layer the cation's concentration at the plated wall is c_0 (1 + i/i_0), and at
   the stripped one c_0 (1 - i/i_0). */
#define KINETICS 10.  // i_0/i
#define WALL_CONCENTRATION (1 + 1 / KINETICS)

static PetscErrorCode FindOnsets(Job *job)
{
  const Numerics numerics = {(PetscInt)job->in[NODES], job->in[FIRST_SPACING], job->in[TOLERANCE]};
  const Condition space_charge = {.event = EVENT_SPACE_CHARGE};
  ProtocolStep step = {.kind = STEP_CURRENT_RATIO,
                       .value = job->in[RATIO],
                       .number_of_conditions = 1,
                       .until = (Condition *)&space_charge};
  LastStates last = {0};
  RunResult result;
  Case film;

  PetscFunctionBeginUser;
  PetscCall(FilmCreate(job->in[DEBYE_RATIO], 0, &numerics, &film));
  PetscCall(FilmElectrodes(&film, KINETICS * job->in[RATIO], job->in[CAPACITANCE]));
  step.duration = 2 * FilmDiffusionTime(&film);
  PetscCall(CaseSetProtocol(&film, 1, &step));
  PetscCall(RunWatched(&film, NoteLastStates, &last, &result));
  job->out[SAND_TIME] = result.closed_forms.sand_time;
  job->out[FINITE_TIME] = result.closed_forms.finite_depletion_time;
  job->out[DEPLETION] = result.depletion_time;
  job->out[SPACE_CHARGE] = result.space_charge_time;
  job->out[VIRTUAL_SALT] = last.virtual_salt[0] / film.electrolyte.concentration;
  job->out[STEPS] = (PetscReal)result.steps;
  if (job->in[CAPACITANCE] == 0) {
    const PetscReal unit = pow(Epsilon(job), 2. / 3);
    PetscCall(LimitingLayerOnset(2, WALL_CONCENTRATION / unit, &job->out[PREDICTED_SALT]));
    job->out[PREDICTED_SALT] *= unit;
  }
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&film));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanOnsets(Plan plan, const char name[], PetscReal debye_ratio,
                                 PetscReal ratio, const Numerics *numerics, PetscReal capacitance,
                                 Job **job)
{
  const Job new = {.name = name,
                   .work = FindOnsets,
                   .cost = 1e-7 * (PetscReal)numerics->nodes * pow(numerics->tolerance, -0.25) *
                           (10 - log10(debye_ratio)),
                   .in = {debye_ratio, ratio, (PetscReal)numerics->nodes, numerics->first_spacing,
                          numerics->tolerance, capacitance}};

  PetscFunctionBeginUser;
  PetscCall(PlanAdd(plan, &new, job));
  PetscFunctionReturn(0);
}

/* ---- a. every ratio and every width ---- */

static const PetscReal ratios[] = {1.05, 1.2, 1.5, 2, 5, 10, 20, 50, 100};
static const PetscReal debye_ratios[] = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6};

#define RATIOS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(ratios))
#define DEBYE_RATIOS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(debye_ratios))

static Job *matrix[RATIOS][DEBYE_RATIOS];

/* c(0)/c_0 of the electroneutral film. */
static PetscReal SurfaceRatio(PetscReal ratio, PetscReal time)
{
  const CellConstants unit = {1, 1, 1, 1, 1};  // i_lim = 2, L^2/D = 1

  return SurfaceConcentrationRatio(&unit, 2 * ratio, time);
}

static PetscReal UnitFiniteTime(PetscReal ratio)
{
  const CellConstants unit = {1, 1, 1, 1, 1};

  return FiniteDepletionTime(&unit, 2 * ratio);
}

/* -d(c(0)/c_0)/dln t at t_d: 1/2 in an open cell. */
static PetscReal Slope(PetscReal ratio)
{
  const PetscReal t = UnitFiniteTime(ratio), h = 1e-5;

  return (SurfaceRatio(ratio, (1 - h) * t) - SurfaceRatio(ratio, (1 + h) * t)) / (2 * h);
}

/* Time over t_d at which the electroneutral surface concentration is `salt` c_0 (negative); NaN
   where it does not come so low. */
static PetscReal TimeOfSurfaceRatio(PetscReal ratio, PetscReal salt)
{
  const PetscReal t = UnitFiniteTime(ratio);
  PetscReal low = 1, high = 100;

  if (SurfaceRatio(ratio, high * t) > salt) return NAN;
  for (PetscInt i = 0; i < 60; i++) {
    const PetscReal middle = 0.5 * (low + high);
    if (SurfaceRatio(ratio, middle * t) > salt)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* What the double layer's own salt may shift the surface concentration by, as a share of the time;
   derived in the report. */
static PetscReal LayerShift(PetscReal ratio, PetscReal epsilon)
{
  return epsilon * (0.3 * log(1 / epsilon) + 2) / Slope(ratio);
}

static const PetscReal asymptotic_limit = 1e-2;

static PetscErrorCode MatrixRow(Report report, const Job *job)
{
  const PetscReal ratio = job->in[RATIO], epsilon = Epsilon(job), t_d = job->out[FINITE_TIME];
  const PetscReal allowed = LayerShift(ratio, epsilon) + 1e-3;
  const PetscReal predicted = TimeOfSurfaceRatio(ratio, job->out[PREDICTED_SALT]);
  const PetscReal depletion = job->out[DEPLETION] / t_d, charge = job->out[SPACE_CHARGE] / t_d;
  const PetscBool judged = (PetscBool)(epsilon <= asymptotic_limit * (1 + 1e-9));
  const PetscBool passed =
      (PetscBool)(fabs(depletion - 1) <= allowed && fabs(charge - predicted) <= allowed);

  PetscFunctionBeginUser;
  PetscCall(ReportText(report, "| %g | %.0e | %.1e | %.5f | %.5f | %.5f | %.5f | ", (double)ratio,
                       (double)job->in[DEBYE_RATIO], (double)epsilon,
                       (double)(t_d / job->out[SAND_TIME]), (double)depletion, (double)charge,
                       (double)predicted));
  if (!judged) {
    PetscCall(ReportText(report, "%+.1e | %+.1e | - | no theory |\n", (double)(depletion - 1),
                         (double)(charge - predicted)));
  } else {
    PetscCall(ReportText(report, "%+.1e | %+.1e | %.1e | %s |\n", (double)(depletion - 1),
                         (double)(charge - predicted), (double)allowed,
                         ReportVerdict(report, passed)));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportMatrix(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Depletion and space charge over i/i_lim and lambda_D/L\n\n"
      "A film of the separator's liquid between lithium electrodes without a Stern layer, "
      "i_0 = 10 i, default mesh and tolerance (701 nodes, 1e-5).\n\n"
      "*What is expected.* With g = (1 - t_+) i/(F D c_0) = 2 (i/i_lim)/L the layer that carries a "
      "limiting current is x* = (lambda_D^2/g)^(1/3) wide and holds concentrations of "
      "g x* c_0 = epsilon^(2/3) c_0, epsilon = lambda_D g. In units of these it obeys the second "
      "equation of Painleve, E'' = 1 + (x + a) E + E^3/2, with a = c_v/(g x* c_0). The charge "
      "separation at x = 2 x* reaches 1/2 at an a of its own, a(2) = -1.336 at a wall of infinite "
      "concentration and lower at one of c_w = c_0 (1 + i/i_0) (computed here by a solver of that "
      "one "
      "equation, `validate_steady.c`). Space charge is expected when the electroneutral surface "
      "concentration, continued below zero, is a(2) g x* c_0. The double layer gives back the salt "
      "it lacks, 2 lambda_D sqrt(c c_0), as c falls; that brings both forward by about "
      "epsilon (0.3 ln(1/epsilon) + const) c_0 in the surface concentration: with a constant of 2 "
      "and 1e-3 for the default numerics this is what is allowed. The theory is for small epsilon: "
      "no verdict is given above 1e-2.\n\n"
      "| i/i_lim | lambda_D/L | epsilon | t_d/t_s | depletion/t_d | space charge/t_d | expected | "
      "error of depletion | error of space charge | allowed | |\n"
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n"));
  for (PetscInt r = 0; r < RATIOS; r++) {
    for (PetscInt d = 0; d < DEBYE_RATIOS; d++) PetscCall(MatrixRow(report, matrix[r][d]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotMatrix(Report report)
{
  Plot plot;

  PetscFunctionBeginUser;
  PetscCall(PlotBegin(report, "sand", &plot));
  for (PetscInt d = 0; d < DEBYE_RATIOS; d++) {
    PetscCall(PlotText(&plot, "$D%d << EOD\n", (int)d));
    for (PetscInt r = 0; r < RATIOS; r++) {
      const Job *job = matrix[r][d];
      if (isnan(job->out[SPACE_CHARGE])) continue;
      PetscCall(PlotText(&plot, "%g %g %g\n", (double)job->in[RATIO],
                         (double)(job->out[SPACE_CHARGE] / job->out[SAND_TIME]),
                         (double)(job->out[DEPLETION] / job->out[SAND_TIME])));
    }
    PetscCall(PlotText(&plot, "EOD\n"));
  }
  PetscCall(PlotText(&plot, "$F << EOD\n"));
  for (PetscReal ratio = 1.002; ratio < 110; ratio *= 1.02) {
    const PetscReal unit_sand = PETSC_PI / (16 * PetscSqr(ratio));
    PetscCall(
        PlotText(&plot, "%g %g\n", (double)ratio, (double)(UnitFiniteTime(ratio) / unit_sand)));
  }
  PetscCall(PlotText(&plot,
                     "EOD\nset logscale x\nset xlabel 'i/i_{lim}'\nset ylabel 'time/t_s'\n"
                     "set yrange [0.8:2.6]\nset xrange [1:110]\nset key right top\n"
                     "plot $F w l lw 2 lc 'black' t 't_d', "));
  for (PetscInt d = 0; d < DEBYE_RATIOS; d++) {
    PetscCall(PlotText(&plot,
                       "$D%d u 1:2 w p pt 7 lc %d t 'space charge, {/Symbol l}_D/L = %g', "
                       "$D%d u 1:3 w p pt 4 lc %d t '%s', ",
                       (int)d, (int)d + 1, (double)debye_ratios[d], (int)d, (int)d + 1,
                       d ? "" : "depletion (squares)"));
  }
  PetscCall(PlotText(&plot, "NaN notitle\n"));
  PetscCall(PlotEnd(&plot, "Onsets over Sand's time, and the finite film's t_d"));
  PetscFunctionReturn(0);
}

/* ---- the same epsilon gives the same onset in an open cell ---- */

static PetscErrorCode ReportCollapse(Report report)
{
  static const PetscInt pairs[][4] = {// ratio, lambda_D/L of both, as indices
                                      {5, 1, 8, 2},
                                      {5, 2, 8, 3},
                                      {5, 3, 8, 4}};
  char what[120];

  PetscFunctionBeginUser;
  PetscCall(ReportText(report,
                       "\n### One parameter\n\nFar above the limiting current the film is an open "
                       "cell, which knows lambda_D and i only as epsilon.\n"));
  PetscCall(ReportChecks(report));
  for (size_t n = 0; n < PETSC_STATIC_ARRAY_LENGTH(pairs); n++) {
    const Job *a = matrix[pairs[n][0]][pairs[n][1]], *b = matrix[pairs[n][2]][pairs[n][3]];
    PetscCall(TextPrint(what, sizeof what,
                        "space charge/t_s, i/i_lim = %g, lambda_D/L = %.0e (as %g, %.0e)",
                        (double)b->in[RATIO], (double)b->in[DEBYE_RATIO], (double)a->in[RATIO],
                        (double)a->in[DEBYE_RATIO]));
    PetscCall(ReportClose(report, what, b->out[SPACE_CHARGE] / b->out[SAND_TIME],
                          a->out[SPACE_CHARGE] / a->out[SAND_TIME], 1e-3, "same epsilon"));
  }
  PetscFunctionReturn(0);
}

/* ---- the powers of the approach ---- */

/* lambda_D/L in half decades from 1e-3. */
#define WIDTHS 7
static const PetscReal power_ratios[] = {2, 5, 20};
#define POWER_RATIOS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(power_ratios))

/* Without and with a Stern layer at i = 5 i_lim; two meshes each. */
static Job *approach[POWER_RATIOS + 1][WIDTHS][2];

static PetscReal Extrapolated(Job *const pair[], PetscInt output)
{
  return pair[1]->out[output] + (pair[1]->out[output] - pair[0]->out[output]) / 3;
}

static PetscErrorCode PlanApproach(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt r = 0; r <= POWER_RATIOS; r++) {
    for (PetscInt w = 0; w < WIDTHS; w++) {
      for (PetscInt fine = 0; fine < 2; fine++) {
        const Numerics numerics = {fine ? 1601 : 801, fine ? 0.05 : 0.1, 1e-7};
        PetscCall(PlanOnsets(plan, "approach to Sand's time", 1e-3 * pow(10, -0.5 * (PetscReal)w),
                             r < POWER_RATIOS ? power_ratios[r] : 5, &numerics,
                             r < POWER_RATIOS ? 0 : 1, &approach[r][w][fine]));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Of an onset's distance from t_d over lambda_D/L. */
static LineFit FitApproach(PetscInt r, PetscInt output)
{
  PetscReal x[WIDTHS], y[WIDTHS];

  for (PetscInt w = 0; w < WIDTHS; w++) {
    Job *const *pair = approach[r][w];
    x[w] = log(pair[1]->in[DEBYE_RATIO]);
    y[w] = log(fabs(Extrapolated(pair, output) / pair[1]->out[FINITE_TIME] - 1));
  }
  return FitLine(WIDTHS, x, y);
}

static PetscErrorCode ReportPowers(Report report)
{
  char what[120], source[80];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### The power with which they approach t_d\n\nFit of ln|t/t_d - 1| over ln(lambda_D/L) "
      "from 1e-3 to 1e-6 in half decades, each point extrapolated from 801 and 1601 nodes (first "
      "spacing 0.1 and 0.05 lambda_D, tolerance 1e-7). Space charge: -a(2) g x*/(slope), a power "
      "of 2/3, on which a(2), which falls with the wall's distance lambda_D/x*, and depletion's "
      "own shift are corrections in powers of epsilon^(1/3). Depletion: like epsilon "
      "ln(1/epsilon), no pure power.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt r = 0; r <= POWER_RATIOS; r++) {
    const LineFit fit = FitApproach(r, SPACE_CHARGE);
    PetscCall(TextPrint(what, sizeof what, "power of space charge, i/i_lim = %g%s",
                        (double)approach[r][0][0]->in[RATIO],
                        r < POWER_RATIOS ? "" : ", Stern layer"));
    PetscCall(TextPrint(source, sizeof source, "2/3; 95 %% interval of the fit +-%.3f",
                        (double)fit.half_width));
    PetscCall(ReportNear(report, what, fit.slope, 2. / 3, 0.03, source));
  }
  PetscFunctionReturn(0);
}

/* In an open cell the salt that the layer lacks, Gamma = -2 lambda_D sqrt(c(0) c_0), comes back as
   c(0) = c_0 (1 - sqrt(t/t_s)) falls, and lowers the surface concentration by
     (1/sqrt(pi D)) int dGamma/dtau (t_s - tau)^(-1/2) dtau,
   whose integrand ends like 1/(t_s - tau): a logarithm, cut where the layer is no longer in
   equilibrium, at (t_s - tau)/t_s ~ epsilon^(2/3). */
static PetscErrorCode ReportDepletionShift(Report report)
{
  PetscReal x[WIDTHS], y[WIDTHS];
  const PetscInt count = 5;  // epsilon down to 1e-4: below, the error of the time is as large
  LineFit fit;
  char source[80];

  PetscFunctionBeginUser;
  for (PetscInt w = 0; w < count; w++) {
    Job *const *pair = approach[2][w];
    x[w] = -log(Epsilon(pair[1]));
    y[w] = (Extrapolated(pair, DEPLETION) / pair[1]->out[FINITE_TIME] - 1) / Epsilon(pair[1]);
  }
  fit = FitLine(count, x, y);
  PetscCall(ReportText(
      report,
      "\nDepletion in an open cell (i = 20 i_lim): (t/t_d - 1)/epsilon falls on a line in "
      "ln(1/epsilon). The salt that the double layer lacks, Gamma = -2 lambda_D sqrt(c c_0), comes "
      "back as c = c_0 (1 - sqrt(t/t_s)) falls and lowers the surface concentration by "
      "(pi D)^(-1/2) int Gamma'(tau) (t_s - tau)^(-1/2) dtau = (4/pi) epsilon c_0 (sqrt(2)/4) "
      "ln(1/cut), cut = epsilon^(2/3), so that the slope is -4 sqrt(2)/(3 pi).\n"));
  PetscCall(ReportChecks(report));
  PetscCall(TextPrint(source, sizeof source, "derived above; 95 %% interval +-%.3f",
                      (double)fit.half_width));
  PetscCall(ReportNear(report, "slope of (depletion/t_d - 1)/epsilon over ln(1/epsilon)", fit.slope,
                       -4 * sqrt(2) / (3 * PETSC_PI), 0.06, source));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportLayer(Report report)
{
  char what[100];

  PetscFunctionBeginUser;
  PetscCall(ReportText(report,
                       "\nThe virtual salt concentration at the space charge's onset against "
                       "Painleve's equation, the wall at c_w = 1.1 c_0; corrections are those of a "
                       "layer that is not quite steady, epsilon^(2/3).\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt w = 0; w < WIDTHS; w++) {
    Job *const *pair = approach[1][w];
    const PetscReal unit = pow(Epsilon(pair[1]), 2. / 3);
    PetscCall(TextPrint(what, sizeof what, "c_v/(g x* c_0), i = 5 i_lim, lambda_D/L = %.1e",
                        (double)pair[1]->in[DEBYE_RATIO]));
    PetscCall(ReportClose(report, what, Extrapolated(pair, VIRTUAL_SALT) / unit,
                          pair[1]->out[PREDICTED_SALT] / unit, PetscMax(unit, 2e-3),
                          "a(2) by validate_steady.c"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotApproach(Report report)
{
  Plot plot;

  PetscFunctionBeginUser;
  PetscCall(PlotBegin(report, "sand-approach", &plot));
  for (PetscInt r = 0; r <= POWER_RATIOS; r++) {
    PetscCall(PlotText(&plot, "$D%d << EOD\n", (int)r));
    for (PetscInt w = 0; w < WIDTHS; w++) {
      Job *const *pair = approach[r][w];
      const PetscReal t_d = pair[1]->out[FINITE_TIME];
      PetscCall(PlotText(&plot, "%g %g %g\n", (double)pair[1]->in[DEBYE_RATIO],
                         (double)(Extrapolated(pair, SPACE_CHARGE) / t_d - 1),
                         (double)(1 - Extrapolated(pair, DEPLETION) / t_d)));
    }
    PetscCall(PlotText(&plot, "EOD\n"));
  }
  PetscCall(PlotText(&plot,
                     "set logscale xy\nset xlabel '{/Symbol l}_D/L'\nset ylabel '|t/t_d - 1|'\n"
                     "set format '10^{%%T}'\n"
                     "plot 11*x**(2./3) w l lc 'black' dt 2 t 'power 2/3', "
                     "$D0 u 1:2 w lp pt 7 lc 1 t 'space charge, 2 i_{lim}', "
                     "$D1 u 1:2 w lp pt 7 lc 2 t '5 i_{lim}', "
                     "$D2 u 1:2 w lp pt 7 lc 3 t '20 i_{lim}', "
                     "$D3 u 1:2 w p pt 6 ps 2 lc 2 t '5 i_{lim}, Stern layer', "
                     "$D0 u 1:3 w lp pt 4 lc 1 t 'depletion (early), 2 i_{lim}', "
                     "$D1 u 1:3 w lp pt 4 lc 2 t '5 i_{lim}', "
                     "$D2 u 1:3 w lp pt 4 lc 3 t '20 i_{lim}'\n"));
  PetscCall(PlotEnd(&plot, "How the onsets approach the finite film's depletion time"));
  PetscFunctionReturn(0);
}

/* ---- hot spots ---- */

static const PetscReal focus[] = {1, 2, 4, 8};
#define FOCUSES ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(focus))
static Job *hot[FOCUSES];

static PetscErrorCode ReportHotSpots(Report report)
{
  char what[100];

  PetscFunctionBeginUser;
  PetscCall(ReportText(report,
                       "\n### Hot spots\n\nA column under a defect that focuses the current by "
                       "alpha: the film at alpha times 5 i_lim, lambda_D/L = 1e-6, default "
                       "numerics; allowed: 1e-3 and the double layer's shift.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt a = 0; a < FOCUSES; a++) {
    PetscCall(
        TextPrint(what, sizeof what, "alpha^2 depletion/t_s(i), alpha = %g", (double)focus[a]));
    PetscCall(ReportClose(report, what,
                          PetscSqr(focus[a]) * hot[a]->out[DEPLETION] / hot[0]->out[SAND_TIME], 1,
                          1e-3 + LayerShift(hot[a]->in[RATIO], Epsilon(hot[a])), "t_s/alpha^2"));
  }
  PetscFunctionReturn(0);
}

/* ---- concentrated solutions ---- */

enum { THICKNESS, CONCENTRATION, CURRENT_RATIO, VARIANT };
enum { COARSE, FINE, NEUTRAL, VARIANTS };  // two meshes in closure poisson; the default one
enum { EXPECTED, CONSTANT_TIME, CONCENTRATED_EPSILON, FOUND, FOUND_CHARGE, FOUND_SALT, LAYER_SALT };

static const PetscReal concentrated_ratios[] = {1.2, 3, 20};
static const PetscReal concentrated_cells[][2] = {  // thickness [m], concentration [mol/L]
    {1e-6, 1},
    {25e-6, 1},
    {1e-3, 1},
    {25e-6, 0.5},
    {25e-6, 2}};
#define CONCENTRATED_RATIOS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(concentrated_ratios))
#define CONCENTRATED_CELLS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(concentrated_cells))
static Job *concentrated[CONCENTRATED_CELLS][CONCENTRATED_RATIOS][VARIANTS];

/* At a multiple of the limiting current of its varying properties. */
static PetscErrorCode ConcentratedCell(const Job *job, Case *cell)
{
  char settings[3][80];
  const char *const list[] = {settings[0], settings[1], settings[2]};
  ClosedForms forms;

  PetscFunctionBeginUser;
  PetscCall(TextPrint(settings[0], sizeof settings[0], "separator.thickness=%.17g m",
                      (double)job->in[THICKNESS]));
  PetscCall(TextPrint(settings[1], sizeof settings[1], "electrolyte.concentration=%.17g mol/L",
                      (double)job->in[CONCENTRATION]));
  PetscCall(TextPrint(settings[2], sizeof settings[2], "electrolyte.closure=%s",
                      job->in[VARIANT] == NEUTRAL ? "electroneutral" : "poisson"));
  PetscCall(CaseRead(PETSC_COMM_SELF, "benchmarks/validation/concentrated.yaml", 3, list, cell));
  cell->output = (OutputParameters){.times = 1, .fields = FIELDS_NONE};
  PetscCall(ClosedFormsFind(cell, &forms));
  cell->protocol[0].value = job->in[CURRENT_RATIO] * forms.variable_limiting_current_density;
  cell->protocol[0].duration =
      2 * PetscSqr(cell->separator.thickness) / cell->electrolyte.diffusivity.initial;
  cell->anode.exchange_current_density = cell->counter_electrode.exchange_current_density =
      cell->protocol[0].value;
  if (job->in[VARIANT] != NEUTRAL) {
    cell->mesh = job->in[VARIANT] == FINE ? (MeshParameters){.nodes = 801, .first_spacing = 0.1}
                                          : (MeshParameters){.nodes = 401, .first_spacing = 0.2};
    cell->solver.relative_tolerance = 1e-6;
  }
  PetscFunctionReturn(0);
}

/* Near depletion the liquid is a dilute one, with D and t_+ at c = 0: their gradient g, not the one
   at c_0 by which the run has its x*, makes the layer, up to a wall of the concentration found. */
static PetscErrorCode PredictLayerSalt(const Case *cell, PetscReal wall, PetscReal *salt)
{
  const Electrolyte *e = &cell->electrolyte;
  const PetscReal flux = cell->protocol[0].value / FARADAY, debye = DebyeLength(cell);
  const PetscReal initial = (1 - e->transference_number.initial) * flux / e->diffusivity.initial;
  const PetscReal dilute = (1 - PropertyEvaluate(e->transference_number.function, 0).value) * flux /
                           PropertyEvaluate(e->diffusivity.function, 0).value;
  const PetscReal unit = dilute * cbrt(PetscSqr(debye) * e->concentration / dilute);

  PetscFunctionBeginUser;
  PetscCall(LimitingLayerOnset(2 * cbrt(dilute / initial), wall / unit, salt));
  *salt *= unit / e->concentration;
  PetscFunctionReturn(0);
}

static PetscErrorCode FindConcentratedOnsets(Job *job)
{
  const PetscBool neutral = (PetscBool)(job->in[VARIANT] == NEUTRAL);
  LastStates last = {0};
  RunResult result;
  Case cell;

  PetscFunctionBeginUser;
  PetscCall(ConcentratedCell(job, &cell));
  if (!neutral) cell.protocol[0].until[0].event = EVENT_SPACE_CHARGE;
  PetscCall(RunWatched(&cell, NoteLastStates, &last, &result));
  job->out[EXPECTED] = result.closed_forms.variable_finite_depletion_time;
  job->out[CONSTANT_TIME] = result.closed_forms.sand_time;
  job->out[CONCENTRATED_EPSILON] =
      DebyeLength(&cell) * (1 - cell.electrolyte.transference_number.initial) *
      cell.protocol[0].value /
      (FARADAY * cell.electrolyte.concentration * cell.electrolyte.diffusivity.initial);
  job->out[FOUND] = result.depletion_time;
  job->out[FOUND_CHARGE] = result.space_charge_time;
  job->out[FOUND_SALT] = last.virtual_salt[0] / cell.electrolyte.concentration;
  PetscCall(RunResultDestroy(&result));
  if (!neutral) {
    PetscCall(PredictLayerSalt(&cell, last.anode[0], &job->out[LAYER_SALT]));
    cell.protocol[0].until[0].event = EVENT_DEPLETION;
    PetscCall(RunWatched(&cell, NULL, NULL, &result));
    job->out[FOUND] = result.depletion_time;
    PetscCall(RunResultDestroy(&result));
  }
  PetscCall(CaseDestroy(&cell));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanConcentrated(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt c = 0; c < CONCENTRATED_CELLS; c++) {
    for (PetscInt r = 0; r < CONCENTRATED_RATIOS; r++) {
      for (PetscInt variant = 0; variant < VARIANTS; variant++) {
        const Job job = {.name = "depletion of a concentrated solution",
                         .work = FindConcentratedOnsets,
                         .cost = variant == NEUTRAL ? 1 : 4,
                         .in = {concentrated_cells[c][0], concentrated_cells[c][1],
                                concentrated_ratios[r], (PetscReal)variant}};
        PetscCall(PlanAdd(plan, &job, &concentrated[c][r][variant]));
      }
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ConcentratedRow(Report report, Job *const jobs[VARIANTS])
{
  const Job *fine = jobs[FINE];
  const PetscReal expected = fine->out[EXPECTED], epsilon = fine->out[CONCENTRATED_EPSILON];
  const PetscReal ratio = fine->in[CURRENT_RATIO], unit = pow(epsilon, 2. / 3);
  const PetscReal allowed = 1e-4 + 2 * LayerShift(ratio, epsilon);
  const PetscReal error = Extrapolated(jobs, FOUND) / expected - 1;
  const PetscReal neutral_error = jobs[NEUTRAL]->out[FOUND] / expected - 1;
  const PetscReal salt = Extrapolated(jobs, FOUND_SALT) / unit;
  const PetscReal layer = fine->out[LAYER_SALT] / unit, layer_allowed = 0.05 + 5 * unit;
  const PetscBool passed = (PetscBool)(fabs(neutral_error) <= 1e-3 && fabs(error) <= allowed &&
                                       fabs(salt - layer) <= layer_allowed);

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "| %g | %g | %g | %.1e | %.3f | %.6g | %+.1e | %+.1e | %.1e | %.5f | %.3f | %.3f | %.3f | "
      "%s |\n",
      (double)(1e6 * fine->in[THICKNESS]), (double)fine->in[CONCENTRATION], (double)ratio,
      (double)epsilon, (double)(expected / fine->out[CONSTANT_TIME]), (double)expected,
      (double)neutral_error, (double)error, (double)allowed,
      (double)(Extrapolated(jobs, FOUND_CHARGE) / expected), (double)salt, (double)layer,
      (double)layer_allowed, ReportVerdict(report, passed)));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportConcentrated(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Concentrated solutions\n\nLiPF6 in EC:DMC (library LiPF6-EC-DMC-Landesfeind2019, "
      "25 degC) at multiples of the limiting current of its varying properties. "
      "Expected: the electroneutral reference t of `solver/variable_sand.h`, another part of the "
      "program with another mesh and scheme; t_s is Sand's time with the properties at c_0. "
      "Electroneutral runs: default numerics, error within 1e-3. Poisson runs: extrapolated from "
      "401 "
      "and 801 nodes at a tolerance of 1e-6, error of depletion within 1e-4 and twice the double "
      "layer's shift. At the space charge's onset, which a run watches at 2 x* "
      "with the gradient g by the properties at c_0, the virtual salt concentration c_v/(g x* "
      "c_0) is expected from Painleve's equation with the properties at c = 0, to which the liquid "
      "goes over there: where D(0) is large the layer is wider than x*, and space charge may come "
      "before depletion. The layer's error allowed is absolute.\n\n"
      "| L [um] | c_0 [mol/L] | i/i_lim | epsilon | t/t_s | t [s] | electroneutral | depletion | "
      "allowed | space charge/t | its c_v | expected | allowed | |\n"
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: "
      "| --- |\n"));
  for (PetscInt c = 0; c < CONCENTRATED_CELLS; c++) {
    for (PetscInt r = 0; r < CONCENTRATED_RATIOS; r++) {
      PetscCall(ConcentratedRow(report, concentrated[c][r]));
    }
  }
  PetscFunctionReturn(0);
}

/* ---- the section ---- */

static PetscErrorCode PlanSection(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < RATIOS; r++) {
    for (PetscInt d = 0; d < DEBYE_RATIOS; d++) {
      PetscCall(
          PlanOnsets(plan, "onsets", debye_ratios[d], ratios[r], &as_shipped, 0, &matrix[r][d]));
    }
  }
  for (PetscInt a = 0; a < FOCUSES; a++) {
    PetscCall(PlanOnsets(plan, "hot spot", 1e-6, 5 * focus[a], &as_shipped, 1, &hot[a]));
  }
  PetscCall(PlanApproach(plan));
  PetscCall(PlanConcentrated(plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportMatrix(report));
  PetscCall(PlotMatrix(report));
  PetscCall(ReportCollapse(report));
  PetscCall(ReportPowers(report));
  PetscCall(PlotApproach(report));
  PetscCall(ReportDepletionShift(report));
  PetscCall(ReportLayer(report));
  PetscCall(ReportHotSpots(report));
  PetscCall(ReportConcentrated(report));
  PetscFunctionReturn(0);
}

const Section section_sand = {"Sand's time", PlanSection, ReportSection};
