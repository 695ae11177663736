#include <math.h>

#include "bc/boundary_kind.h"
#include "bc/physical_constants.h"
#include "benchmarks/validate.h"

/* Capacitance of double layers in equilibrium, between blocking electrodes. */

#define FILM_RATIO 1e-4
#define DIFFERENCE 0.02  // of the voltages that give a capacitance [R T/F]

enum { SIZE, CAPACITANCE, NODES, FIRST_SPACING, POTENTIAL };
enum { FOUND_CAPACITANCE, FOUND_DROP, FOUND_CHARGE, LOW_SALT, HIGH_SALT };

static const PetscReal potentials[] = {0, 1, 2, 4, 6, 8, 12, 16};  // half the cell's, R T/F
#define POTENTIALS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(potentials))

typedef struct {
  const char *name;
  PetscReal size;         // of both ions [m]
  PetscReal capacitance;  // C_S/(eps/lambda_D); 0: none
  PetscInt count;  // of potentials: without a Stern layer or sizes the ions soon crowd beyond
                   // what the mesh resolves
} Layer;

static const Layer layers[] = {{"Gouy-Chapman", 0, 0, 6},
                               {"Stern, C_S = 0.2 eps/lambda_D", 0, 0.2, 8},
                               {"Stern, C_S = eps/lambda_D", 0, 1, 8},
                               {"Kilic-Bazant-Ajdari, 0.3 nm", 3e-10, 0, 8},
                               {"Kilic-Bazant-Ajdari, 0.7 nm", 7e-10, 0, 8},
                               {"0.5 nm and C_S = 0.5 eps/lambda_D", 5e-10, 0.5, 8}};
#define LAYERS ((PetscInt)PETSC_STATIC_ARRAY_LENGTH(layers))

static Job *layer_job[LAYERS][POTENTIALS][2];

/* Out, in units of R T/F, eps/lambda_D and c_0: capacitance of one layer; its drop and charge; the
   concentration in the middle at the lower and the upper voltage.  Each potential has a run of its
   own, from rest. */
static PetscErrorCode RunLayer(Job *job)
{
  const Numerics numerics = {(PetscInt)job->in[NODES], job->in[FIRST_SPACING], 1e-5};
  ProtocolStep steps[2];
  LastStates last = {0};
  PetscReal unit, thermal;
  RunResult result;
  Case film;

  PetscFunctionBeginUser;
  PetscCall(FilmCreate(FILM_RATIO, 0, &numerics, &film));
  unit = FilmCapacitance(&film);
  thermal = ThermalVoltage(&film);
  film.anode = film.counter_electrode =
      (Boundary){.kind = &boundary_kind_blocking,
                 .interface_capacitance =
                     job->in[CAPACITANCE] > 0 ? job->in[CAPACITANCE] * unit : PETSC_INFINITY,
                 .sei = {{0, NAN, 0}, {0, NAN, 0}}};
  for (PetscInt k = 0; k < 2; k++) film.electrolyte.ion[k].size = job->in[SIZE];
  for (PetscInt i = 0; i < 2; i++) {
    const PetscReal offset = i ? 0.5 * DIFFERENCE : -0.5 * DIFFERENCE;
    steps[i] = (ProtocolStep){.kind = STEP_VOLTAGE,
                              .value = 2 * (job->in[POTENTIAL] + offset) * thermal,
                              .duration = 4 * FilmDiffusionTime(&film)};
  }
  PetscCall(CaseSetProtocol(&film, 2, steps));
  PetscCall(RunWatched(&film, NoteLastStates, &last, &result));
  job->out[FOUND_CAPACITANCE] = (last.charge[1] - last.charge[0]) / (DIFFERENCE * thermal * unit);
  job->out[FOUND_DROP] = -0.5 * (last.drop[1] + last.drop[0]) / thermal;
  job->out[FOUND_CHARGE] = 0.5 * (last.charge[1] + last.charge[0]) / (thermal * unit);
  job->out[LOW_SALT] = last.middle[0] / film.electrolyte.concentration;
  job->out[HIGH_SALT] = last.middle[1] / film.electrolyte.concentration;
  PetscCall(RunResultDestroy(&result));
  PetscCall(CaseDestroy(&film));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanSection(Plan plan)
{
  PetscFunctionBeginUser;
  for (PetscInt l = 0; l < LAYERS; l++) {
    const PetscBool bare = (PetscBool)(layers[l].size == 0 && layers[l].capacitance == 0);
    for (PetscInt i = 0; i < layers[l].count; i++) {
      // The wall's own Debye length falls like exp(-psi/2) where nothing stops the ions.
      const PetscReal spacing = bare ? 0.02 * exp(-0.5 * PetscMax(0, potentials[i] - 4)) : 0.02;
      for (PetscInt fine = 0; fine < 2; fine++) {
        const Job job = {.name = "double layer",
                         .work = RunLayer,
                         .cost = fine ? 2 : 1,
                         .in = {layers[l].size, layers[l].capacitance, fine ? 801 : 401,
                                (fine ? 0.5 : 1) * spacing, potentials[i]}};
        PetscCall(PlanAdd(plan, &job, &layer_job[l][i][fine]));
      }
    }
  }
  PetscFunctionReturn(0);
}

/* nu = 2 N_A a^3 c_0, at the 1 mol/L of the film. */
static PetscReal PackingShare(PetscReal size)
{
  return 2 * AVOGADRO * size * size * size * 1000;
}

/* Charge of a diffuse layer in units of eps R T/(F lambda_D) at its drop; of points 2 sinh(psi/2),
   else sqrt((2/nu) ln(1 + 2 nu sinh^2(psi/2))). */
static PetscReal LayerCharge(PetscReal nu, PetscReal drop)
{
  const PetscReal sine = sinh(0.5 * drop);

  if (nu == 0) return 2 * sine;
  return copysign(sqrt(2 / nu * log1p(2 * nu * sine * sine)), drop);
}

/* Its derivative. */
static PetscReal LayerCapacitance(PetscReal nu, PetscReal drop)
{
  const PetscReal square = PetscSqr(sinh(0.5 * drop)), charge = fabs(LayerCharge(nu, drop));

  if (nu == 0 || charge < 1e-6) return cosh(0.5 * drop);
  return sinh(fabs(drop)) / ((1 + 2 * nu * square) * charge);
}

/* Charge at a potential that the diffuse and the Stern layer share, the concentration beside them
   being `salt` c_0: lambda_D is that of c_0. */
static PetscReal ChargeAt(const Layer *layer, PetscReal potential, PetscReal salt)
{
  const PetscReal nu = salt * PackingShare(layer->size), root = sqrt(salt);
  PetscReal low = PetscMin(0, potential), high = PetscMax(0, potential);

  if (layer->capacitance == 0) return root * LayerCharge(nu, potential);
  for (PetscInt i = 0; i < 100; i++) {
    const PetscReal middle = 0.5 * (low + high);
    if (middle + root * LayerCharge(nu, middle) / layer->capacitance < potential)
      low = middle;
    else
      high = middle;
  }
  return root * LayerCharge(nu, low);
}

/* As the run takes it: the layers themselves take some of the salt. */
static PetscReal ExpectedCapacitance(PetscInt l, PetscInt i)
{
  const PetscReal *salt = &layer_job[l][i][1]->out[LOW_SALT];

  return (ChargeAt(&layers[l], potentials[i] + 0.5 * DIFFERENCE, salt[1]) -
          ChargeAt(&layers[l], potentials[i] - 0.5 * DIFFERENCE, salt[0])) /
         DIFFERENCE;
}

/* At c_0. */
static PetscReal FormulaCapacitance(const Layer *layer, PetscReal potential)
{
  const PetscReal charge = ChargeAt(layer, potential, 1);
  const PetscReal drop =
      layer->capacitance > 0 ? potential - charge / layer->capacitance : potential;
  const PetscReal diffuse = LayerCapacitance(PackingShare(layer->size), drop);

  return layer->capacitance > 0 ? 1 / (1 / diffuse + 1 / layer->capacitance) : diffuse;
}

static PetscReal Extrapolated(PetscInt l, PetscInt i, PetscInt output)
{
  const Job *coarse = layer_job[l][i][0], *fine = layer_job[l][i][1];

  return fine->out[output] + (fine->out[output] - coarse->out[output]) / 3;
}

static PetscErrorCode ReportTable(Report report)
{
  char what[100];

  PetscFunctionBeginUser;
  PetscCall(ReportText(
      report,
      "\n1 mol/L of a 1:1 salt, 1e4 Debye lengths between two blocking electrodes, each at "
      "the potential psi against the middle; capacitance in eps/lambda_D from the charges at psi "
      "+- 0.01 R T/F. Diffuse layers, psi_D their drop, nu = 2 N_A a^3 c_0: C = cosh(psi_D/2) "
      "(Gouy, Chapman), C = sinh(psi_D)/([1 + 2 nu sinh^2(psi_D/2)] q), q = sqrt((2/nu) ln(1 + 2 "
      "nu sinh^2(psi_D/2))) (Kilic, Bazant and Ajdari, Phys. Rev. E 75 (2007) 021502); a Stern "
      "layer in series, 1/C = 1/C_D + 1/C_S with psi = psi_D + q/C_S. Extrapolated from 401 and "
      "801 nodes (first spacing 0.02 and 0.01 lambda_D, less by exp(-(psi - 4)/2) in Gouy and "
      "Chapman's), tolerance 1e-5; expected is the "
      "difference of "
      "the charges by the formulas, with the concentration found in the middle; allowed 1e-3.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt l = 0; l < LAYERS; l++) {
    for (PetscInt i = 0; i < layers[l].count; i++) {
      PetscCall(
          TextPrint(what, sizeof what, "C, %s, psi = %g", layers[l].name, (double)potentials[i]));
      PetscCall(ReportClose(report, what, Extrapolated(l, i, FOUND_CAPACITANCE),
                            ExpectedCapacitance(l, i), 1e-3,
                            layers[l].size > 0 ? "Kilic, Bazant, Ajdari" : "Gouy, Chapman, Stern"));
    }
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportCharge(Report report)
{
  char what[100];

  PetscFunctionBeginUser;
  PetscCall(ReportText(report,
                       "\nThe charge itself over the drop found, with the concentration found in "
                       "the middle: the balance of osmotic pressure and Maxwell stress.\n"));
  PetscCall(ReportChecks(report));
  for (PetscInt l = 0; l < LAYERS; l++) {
    const PetscInt last = layers[l].count - 1;
    const PetscReal middle =
        0.5 * (layer_job[l][last][1]->out[LOW_SALT] + layer_job[l][last][1]->out[HIGH_SALT]);
    const PetscReal drop = Extrapolated(l, last, FOUND_DROP);
    PetscCall(TextPrint(what, sizeof what, "charge, %s, psi = %g", layers[l].name,
                        (double)potentials[last]));
    PetscCall(ReportClose(report, what, Extrapolated(l, last, FOUND_CHARGE),
                          sqrt(middle) * LayerCharge(PackingShare(layers[l].size) * middle, drop),
                          5e-4, "equilibrium of momentum"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotTable(Report report)
{
  Plot plot;

  PetscFunctionBeginUser;
  PetscCall(PlotBegin(report, "capacitance", &plot));
  for (PetscInt l = 0; l < LAYERS; l++) {
    PetscCall(PlotText(&plot, "$D%d << EOD\n", (int)l));
    for (PetscInt i = 0; i < layers[l].count; i++) {
      PetscCall(PlotText(&plot, "%g %g\n", (double)potentials[i],
                         (double)Extrapolated(l, i, FOUND_CAPACITANCE)));
    }
    PetscCall(PlotText(&plot, "EOD\n$F%d << EOD\n", (int)l));
    for (PetscReal potential = 0; potential < 17; potential += 0.1) {
      PetscCall(PlotText(&plot, "%g %g\n", (double)potential,
                         (double)FormulaCapacitance(&layers[l], potential)));
    }
    PetscCall(PlotText(&plot, "EOD\n"));
  }
  PetscCall(PlotText(&plot,
                     "set xlabel '{/Symbol y} [R T/F]'\nset ylabel 'C [{/Symbol e}/{/Symbol "
                     "l}_D]'\nset xrange [0:17]\nset yrange [0.1:30]\nset logscale y\n"
                     "set key right top\nplot "));
  for (PetscInt l = 0; l < LAYERS; l++) {
    PetscCall(PlotText(&plot, "$F%d w l lc %d t '', $D%d w p pt 7 lc %d t '%s', ", (int)l,
                       (int)l + 1, (int)l, (int)l + 1, layers[l].name));
  }
  PetscCall(PlotText(&plot, "NaN notitle\n"));
  PetscCall(PlotEnd(&plot, "Capacitance over potential, points computed, lines by the formulas"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  PetscFunctionBeginUser;
  PetscCall(ReportTable(report));
  PetscCall(ReportCharge(report));
  PetscCall(PlotTable(report));
  PetscFunctionReturn(0);
}

const Section section_equilibrium = {"Equilibrium double layers", PlanSection, ReportSection};
