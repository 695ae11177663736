#include <complex.h>
#include <math.h>

#include "bc/boundary_kind.h"
#include "benchmarks/validate.h"
#include "solver/closed_forms.h"

/* Transients: diffusion, the cell voltage after a current step, double layer charging. */

/* ---- diffusion in the neutral film ---- */

/* c/c_0 at x/L, `time` [L^2/D] after a current of j limiting ones was switched on. */
static PetscReal SaltProfile(PetscReal j, PetscReal x, PetscReal time)
{
  PetscReal sum = 0;

  for (PetscInt n = 1; n < 20000; n += 2) {
    const PetscReal decay = exp(-PetscSqr(n * PETSC_PI) * time);
    if (decay < 1e-18) break;
    sum += cos(n * PETSC_PI * x) * decay / (n * n);
  }
  return 1 + j * (2 * x - 1 + 8 / PetscSqr(PETSC_PI) * sum);
}

/* int_0^1 c_0/c dx by Gauss's rule on panels that shrink towards the plated electrode. */
static PetscReal ResistanceIntegral(PetscReal j, PetscReal time)
{
  static const PetscReal node[] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                   0.9602898564975363};
  static const PetscReal weight[] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                     0.1012285362903763};
  PetscReal right = 1, sum = 0;

  for (PetscInt panel = 0; panel < 60; panel++) {
    const PetscReal left = panel < 59 ? 0.75 * right : 0;
    for (PetscInt k = 0; k < 4; k++) {
      for (PetscInt side = -1; side <= 1; side += 2) {
        const PetscReal x = 0.5 * (left + right + (PetscReal)side * node[k] * (right - left));
        sum += 0.5 * weight[k] * (right - left) / SaltProfile(j, x, time);
      }
    }
    right = left;
  }
  return sum;
}

/* Cell voltage in R T/F with the double layers in equilibrium with the neutral film:
     bulk     4 j t_+ int dx/c - (2 t_+ - 1) ln(c(L)/c(0))
     layers   ln(c(L)/c(0)) and the kinetics, as in the steady film. */
static PetscReal TransientVoltage(PetscReal j, PetscReal transference, PetscReal exchange,
                                  PetscBool bare, PetscReal time)
{
  const PetscReal plated = SaltProfile(j, 0, time), stripped = SaltProfile(j, 1, time);
  const PetscReal share = j / exchange, logarithm = log(stripped / plated);
  const PetscReal kinetic =
      bare ? 2 * atanh(share)
           : 2 * asinh(share / (2 * sqrt(plated))) + 2 * asinh(share / (2 * sqrt(stripped)));

  return 4 * j * transference * ResistanceIntegral(j, time) + (2 - 2 * transference) * logarithm +
         kinetic;
}

/* ---- a current step ---- */

enum { CURRENT, EXCHANGE, CAPACITANCE, CLOSURE };

#define TIMES 9
static const PetscReal step_times[TIMES] = {1e-4, 1e-3, 3e-3, 0.01, 0.03,
                                            0.1,  0.2,  0.4,  1};  // L^2/D
static const PetscReal depletion_shares[TIMES] = {0.001, 0.01, 0.1,  0.3, 0.5,
                                                  0.7,   0.9,  0.97, 0.99};  // t_d
#define STEP_RATIO 1e-5

static PetscReal TimeOf(PetscReal j, PetscInt i)
{
  const CellConstants unit = {1, 1, 1, 1, 1};

  return j > 1 ? depletion_shares[i] * FiniteDepletionTime(&unit, 2 * j) : step_times[i];
}

/* Out: V [R T/F] and c_v/c_0 at each time; of currents below the limit, c_v at three times of a
   rest after them. */
static PetscErrorCode RunStep(Job *job)
{
  const Numerics numerics = {801, 0.2, 1e-6};
  ProtocolStep steps[TIMES + 3];
  PetscReal before = 0;
  const PetscInt count = job->in[CURRENT] < 1 ? TIMES + 3 : TIMES;
  LastStates last = {0};
  RunResult result;
  Case film;

  PetscFunctionBeginUser;
  PetscCall(FilmCreate(STEP_RATIO, 0, &numerics, &film));
  PetscCall(FilmElectrodes(&film, job->in[EXCHANGE], job->in[CAPACITANCE]));
  film.electrolyte.closure = job->in[CLOSURE] != 0 ? CLOSURE_ELECTRONEUTRAL : CLOSURE_POISSON;
  for (PetscInt i = 0; i < count; i++) {
    const PetscReal time =
        i < TIMES ? TimeOf(job->in[CURRENT], i) : step_times[TIMES - 1] + step_times[i - TIMES + 3];
    steps[i] = (ProtocolStep){.kind = i < TIMES ? STEP_CURRENT_RATIO : STEP_REST,
                              .value = job->in[CURRENT],
                              .duration = (time - before) * FilmDiffusionTime(&film)};
    before = time;
  }
  PetscCall(CaseSetProtocol(&film, count, steps));
  PetscCall(RunWatched(&film, NoteLastStates, &last, &result));
  for (PetscInt i = 0; i < count; i++) {
    job->out[2 * i] = last.voltage[i] / ThermalVoltage(&film);
    job->out[2 * i + 1] = last.virtual_salt[i] / film.electrolyte.concentration;
  }
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&film));
  PetscFunctionReturn(0);
}

/* j, i_0/i_lim, C_S/(eps/lambda_D), closure: 1 electroneutral. */
static const PetscReal current_steps[][4] = {{0.9, 5, 0, 0},    {0.9, 5, 1e-6, 0}, {0.9, 5, 0, 1},
                                             {2, 10, 0, 0},     {2, 10, 1e-6, 0},  {10, 50, 0, 0},
                                             {10, 50, 1e-6, 0}, {10, 50, 0, 1}};
#define CURRENT_STEPS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(current_steps))
static Job *step_job[CURRENT_STEPS];

static PetscErrorCode PlanSteps(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt s = 0; s < CURRENT_STEPS; s++) {
    const PetscReal *c = current_steps[s];
    const Job job = {
        .name = "current step", .work = RunStep, .cost = 6, .in = {c[0], c[1], c[2], c[3]}};
    PetscCall(PlanAdd(plan, &job, &step_job[s]));
  }
  PetscFunctionReturn(0);
}

static const char *StepName(const Job *job)
{
  if (job->in[CLOSURE] != 0) return "electroneutral";
  return job->in[CAPACITANCE] > 0 ? "Helmholtz" : "Gouy-Chapman";
}

/* Allowed in c/c_0: 1e-3 of what has changed, and the salt of the double layers, of order
   sqrt(c_0/D t) lambda_D. */
static PetscErrorCode ReportDiffusion(Report report)
{
  char what[100];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Diffusion between two electrodes\n\nThe salt concentration at the plated electrode "
      "(c_v in closure poisson) after a current step, and at rest again, against Fourier's "
      "series; time in L^2/D, lambda_D/L = 1e-5, 801 nodes, tolerance 1e-6. The error is absolute "
      "in c_0; allowed are 1e-3 of the change and the double layers' salt, 2 lambda_D spread over "
      "the diffusion length.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt s = 0; s < CURRENT_STEPS; s++) {
    const Job *job = step_job[s];
    const PetscReal j = job->in[CURRENT];
    for (PetscInt i = 0; i < (j < 1 ? TIMES + 3 : TIMES); i++) {
      const PetscReal rest = i < TIMES ? 0 : step_times[i - TIMES + 3];
      const PetscReal time = i < TIMES ? TimeOf(j, i) : step_times[TIMES - 1] + rest;
      const PetscReal salt = SaltProfile(j, 0, time) - (rest > 0 ? SaltProfile(j, 0, rest) - 1 : 0);
      const PetscReal layers =
          job->in[CLOSURE] != 0 ? 0 : 2 * STEP_RATIO / sqrt(PetscMin(1, i < TIMES ? time : rest));
      PetscCall(TextPrint(what, sizeof what, "c/c_0, %s, j = %g, t = %.3g%s", StepName(job),
                          (double)j, (double)time, rest > 0 ? " (rest)" : ""));
      PetscCall(ReportNear(
          report, what, job->out[2 * i + 1], salt,
          1e-3 * fabs(1 - SaltProfile(j, 0, PetscMin(time, step_times[TIMES - 1]))) + layers,
          "Fourier's series"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportVoltage(Report report)
{
  const PetscReal transference = 0.2594;
  char what[100];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Voltage after a current step\n\nvan Soestbergen, Biesheuvel and Bazant, Phys. Rev. E "
      "81 (2010) 021503, give formulas for the voltage over time in the limits of Gouy and Chapman "
      "(no Stern layer) and of Helmholtz (C_S -> 0) and extend Sand's time to all currents above "
      "the limiting one. No number of theirs was at hand for certain, so none is quoted: the "
      "formulas were derived anew, for any t_+. With c(x, t) the Fourier series and r = i/i_0,\n\n"
      "    V = 4 j t_+ int_0^1 dx c_0/c + 2 (1 - t_+) ln(c(L)/c(0)) + kinetics,\n"
      "    kinetics = ln((1 + r)/(1 - r))                                       no Stern layer\n"
      "             = 2 arsinh(r/(2 sqrt(c(0)/c_0))) + 2 arsinh(r/(2 sqrt(c(L)/c_0)))  C_S -> 0\n\n"
      "once the double layers are charged (t >> lambda_D L/D), until the plated side is empty "
      "(t_d, "
      "section 1). V in R T/F, time in t_d above the limit, in L^2/D below; allowed are 1e-3 and "
      "8 j (lambda_D/L) (c(0)/c_0)^(-3/2) of the wall's layer, as in section 2, and, in the first "
      "10 lambda_D L/D, exp(-D t/(lambda_D L)).\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt s = 0; s < CURRENT_STEPS; s++) {
    const Job *job = step_job[s];
    const PetscReal j = job->in[CURRENT];
    if (job->in[CLOSURE] != 0) continue;
    for (PetscInt i = 0; i < TIMES; i++) {
      const PetscReal time = TimeOf(j, i);
      const PetscReal expected = TransientVoltage(j, transference, job->in[EXCHANGE],
                                                  (PetscBool)(job->in[CAPACITANCE] == 0), time);
      const PetscReal layer = 8 * j * STEP_RATIO * pow(SaltProfile(j, 0, time), -1.5) / expected;
      PetscCall(TextPrint(what, sizeof what, "V, %s, j = %g, t = %g %s", StepName(job), (double)j,
                          (double)(j > 1 ? depletion_shares[i] : time), j > 1 ? "t_d" : "L^2/D"));
      PetscCall(ReportClose(report, what, job->out[2 * i], expected,
                            1e-3 + layer + exp(-time / STEP_RATIO), "derived above"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotVoltage(Report report)
{
  static const PetscInt shown[] = {3, 4};
  Plot plot;

  PetscFunctionBeginUser;
  PetscCall(PlotBegin(report, "transient-voltage", &plot));
  for (PetscInt k = 0; k < 2; k++) {
    const Job *job = step_job[shown[k]];
    PetscCall(PlotText(&plot, "$D%d << EOD\n", (int)k));
    for (PetscInt i = 0; i < TIMES; i++) {
      PetscCall(PlotText(&plot, "%g %g\n", (double)depletion_shares[i], (double)job->out[2 * i]));
    }
    PetscCall(PlotText(&plot, "EOD\n$F%d << EOD\n", (int)k));
    for (PetscReal share = 0.002; share < 0.9995; share += 0.002) {
      const PetscReal time = share * TimeOf(2, 0) / depletion_shares[0];
      PetscCall(PlotText(&plot, "%g %g\n", (double)share,
                         (double)TransientVoltage(2, 0.2594, 10, (PetscBool)(k == 0), time)));
    }
    PetscCall(PlotText(&plot, "EOD\n"));
  }
  PetscCall(PlotText(&plot,
                     "set xlabel 't/t_d'\nset ylabel 'V [R T/F]'\nset xrange [0:1.02]\n"
                     "plot $F0 w l lc 1 t 'Gouy-Chapman, derived', $D0 w p pt 7 lc 1 t 'computed', "
                     "$F1 w l lc 2 t 'Helmholtz, derived', $D1 w p pt 7 lc 2 t 'computed'\n"));
  PetscCall(PlotEnd(&plot, "Cell voltage after a step to twice the limiting current"));
  PetscFunctionReturn(0);
}

/* ---- double layer charging ---- */

/* Charge over eps V/(2 lambda_D) after a small voltage step between blocking electrodes, D_+ = D_-,
   in units of lambda_D and lambda_D^2/D, `half` the half width.  The linear equations
     rho_t = rho_xx - rho, E_x = rho (in units of eps), no flux at the walls (rho_x = E),
   have rho^ = A sinh(k x), k^2 = 1 + s, and with the voltage V/s between the walls
     q^ = V k/(s (2 tanh(k half)/k^2 + 2 half s/k)). */
static double complex ChargeTransform(double complex s, PetscReal half)
{
  const double complex k = csqrt(1 + s);

  return 2 * k / (s * (2 * ctanh(k * half) / (k * k) + 2 * half * s / k));
}

/* Talbot's contour with fixed parameters (Abate and Valko 2004). */
static PetscReal ChargeAt(PetscReal time, PetscReal half)
{
  enum { TERMS = 20 };
  const PetscReal r = 2. * TERMS / (5 * time);
  PetscReal sum = 0.5 * exp(r * time) * creal(ChargeTransform(r, half));

  for (PetscInt n = 1; n < TERMS; n++) {
    const PetscReal angle = (PetscReal)n * PETSC_PI / TERMS, cotangent = 1 / tan(angle);
    const double complex s = r * angle * (cotangent + I);
    const PetscReal sigma = angle + (angle * cotangent - 1) * cotangent;
    sum += creal(cexp(time * s) * ChargeTransform(s, half) * (1 + I * sigma));
  }
  return sum * r / TERMS;
}

/* Of the slowest mode: s = -1/tau < 0 with tanh(k half) = -half k s, k^2 = 1 + s. */
static PetscReal ChargingTime(PetscReal half)
{
  PetscReal low = -0.9, high = -1e-12;

  for (PetscInt i = 0; i < 200; i++) {
    const PetscReal s = 0.5 * (low + high), k = sqrt(1 + s);
    if (tanh(k * half) + half * k * s > 0)
      high = s;
    else
      low = s;
  }
  return -2 / (low + high);
}

static const PetscReal charging_ratios[] = {0.1, 0.03, 0.01};
#define CHARGING_RATIOS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(charging_ratios))
static const PetscReal charging_times[] = {0.03, 0.1, 0.3, 0.6, 1,
                                           1.5,  2,   3,   4};  // lambda_D L/(2 D)
#define CHARGING_TIMES ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(charging_times))
static Job *charging[CHARGING_RATIOS][2];

static PetscErrorCode RunCharging(Job *job)
{
  const PetscReal ratio = job->in[0], voltage = 1e-4;
  const Numerics numerics = {(PetscInt)job->in[1], job->in[2], 1e-9};
  ProtocolStep steps[CHARGING_TIMES];
  LastStates last = {0};
  RunResult result;
  Case film;

  PetscFunctionBeginUser;
  PetscCall(FilmCreate(ratio, 0.5, &numerics, &film));
  film.anode = film.counter_electrode = (Boundary){.kind = &boundary_kind_blocking,
                                                   .interface_capacitance = PETSC_INFINITY,
                                                   .sei = {{0, NAN, 0}, {0, NAN, 0}}};
  for (PetscInt i = 0; i < CHARGING_TIMES; i++) {
    const PetscReal span = charging_times[i] - (i ? charging_times[i - 1] : 0);
    steps[i] = (ProtocolStep){.kind = STEP_VOLTAGE,
                              .value = voltage,
                              .duration = 0.5 * span * ratio * FilmDiffusionTime(&film)};
  }
  PetscCall(CaseSetProtocol(&film, CHARGING_TIMES, steps));
  PetscCall(RunWatched(&film, NoteLastStates, &last, &result));
  for (PetscInt i = 0; i < CHARGING_TIMES; i++) {
    job->out[i] = last.charge[i] / (0.5 * FilmCapacitance(&film) * voltage);
  }
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&film));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanCharging(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < CHARGING_RATIOS; r++) {
    for (PetscInt fine = 0; fine < 2; fine++) {
      const Job job = {.name = "double layer charging",
                       .work = RunCharging,
                       .cost = fine ? 8 : 4,
                       .in = {charging_ratios[r], fine ? 401 : 201, fine ? 0.05 : 0.1}};
      PetscCall(PlanAdd(plan, &job, &charging[r][fine]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscReal Charge(PetscInt r, PetscInt i)
{
  return charging[r][1]->out[i] + (charging[r][1]->out[i] - charging[r][0]->out[i]) / 3;
}

static PetscErrorCode ReportCharging(Report report)
{
  char what[100];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n### Double layer charging\n\nA step of 0.1 mV between blocking electrodes, D_+ = D_-: the "
      "electrode's charge over eps V/(2 lambda_D) at multiples of lambda_D L/(2 D), against the "
      "exact solution of the linear equations (Bazant, Thornton and Ajdari, Phys. Rev. E 70 (2004) "
      "021506; derived anew): with k^2 = 1/lambda_D^2 + s/D, a = L/2, the transform is\n\n"
      "    q^ = eps V k lambda_D^2/(s [2 tanh(k a)/k^2 + 2 a lambda_D^2 s/(D k)]),\n\n"
      "inverted on Talbot's contour; its slowest pole, tanh(k a) = -a k lambda_D^2 s/D, is the "
      "charging time, lambda_D L/(2 D) for thin layers. Computed: extrapolated from 201 and 401 "
      "nodes, tolerance 1e-9; allowed 1e-4.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt r = 0; r < CHARGING_RATIOS; r++) {
    const PetscReal half = 0.5 / charging_ratios[r], final = 1;
    const PetscInt late = CHARGING_TIMES - 2, last = CHARGING_TIMES - 1;
    for (PetscInt i = 0; i < CHARGING_TIMES; i++) {
      PetscCall(TextPrint(what, sizeof what, "charge, lambda_D/L = %g, t = %g",
                          (double)charging_ratios[r], (double)charging_times[i]));
      PetscCall(ReportClose(report, what, Charge(r, i), ChargeAt(charging_times[i] * half, half),
                            1e-4, "linear solution"));
    }
    PetscCall(
        TextPrint(what, sizeof what, "time constant, lambda_D/L = %g", (double)charging_ratios[r]));
    PetscCall(ReportClose(report, what,
                          (charging_times[last] - charging_times[late]) /
                              log((final - Charge(r, late)) / (final - Charge(r, last))),
                          ChargingTime(half) / half, 1e-2, "its slowest pole"));
  }
  PetscFunctionReturn(0);
}

/* ---- the section ---- */

static PetscErrorCode PlanSection(Plan plan)
{
  PetscFunctionBeginUser;
  PetscCall(PlanSteps(plan));
  PetscCall(PlanCharging(plan));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportDiffusion(report));
  PetscCall(ReportVoltage(report));
  PetscCall(PlotVoltage(report));
  PetscCall(ReportCharging(report));
  PetscFunctionReturn(0);
}

const Section section_transient = {"Transients", PlanSection, ReportSection};
