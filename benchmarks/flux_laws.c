/* What the concentrated law costs (benchmarks/flux_laws.md): CPU time per Newton iteration over
   that of the dilute law, in the same cell, by runs that take turns.  Run from the top of the tree.
 */

#include <math.h>
#include <petscsys.h>
#include <stdio.h>
#include <time.h>

#include "io/case_reader.h"
#include "solver/closed_forms.h"
#include "solver/run.h"

#define ROUNDS 9
#define BASE "configs/measured.yaml"

/* LiPF6 in EC:DMC as measured; the dilute law takes D and t_+ of it at 1 mol/L. */
#define DILUTE "electrolyte={library: LiPF6-EC-DMC-Landesfeind2019, concentration: 1 mol/L}"
#define MEASURED                                                                           \
  "electrolyte={library: LiPF6-EC-DMC-Landesfeind2019, concentration: 1 mol/L, flux_law: " \
  "concentrated}"

/* The concentrated law with the fields of the dilute one: D_+ + D_- = D/(2 t_+ (1 - t_+)). */
#define IDEAL                                                                                      \
  "electrolyte={concentration: 1 mol/L, flux_law: concentrated, diffusivity: 2.904957e-10 m^2/s, " \
  "transference_number: 0.325028, thermodynamic_factor: 1, conductivity: {expression: "            \
  "\"F^2*c/(R*T)*2.904957e-10/(2*0.325028*(1-0.325028))\", unit: S/m}, validity: {concentration: " \
  "[0.1 mol/L, 10 mol/L]}}"

static const struct {
  const char *name;
  const char *electrolyte;
} laws[] = {{"dilute", DILUTE}, {"concentrated, ideal", IDEAL}, {"concentrated", MEASURED}};

#define LAWS PETSC_STATIC_ARRAY_LENGTH(laws)

static const struct {
  const char *name;
  const char *closure;
  PetscReal end;  // in units of each law's own t_d
} stretches[] = {{"poisson, to 0.98 t_d", "electrolyte.closure=poisson", 0.98},
                 {"poisson, to 1.1 t_d", "electrolyte.closure=poisson", 1.1},
                 {"electroneutral, to 0.98 t_d", "electrolyte.closure=electroneutral", 0.98}};

#define STRETCHES PETSC_STATIC_ARRAY_LENGTH(stretches)

typedef struct {
  PetscInt steps, iterations;
  PetscReal per_iteration[ROUNDS];  // [s]
} Finding;

static PetscErrorCode Measure(size_t stretch, size_t law, PetscInt round, Finding *finding)
{
  const char *const settings[] = {laws[law].electrolyte,
                                  stretches[stretch].closure,
                                  "separator={thickness: 25 um, porosity: 0.4, bruggeman: 1.5}",
                                  "protocol=[{current_ratio: 2, for: 1 s}]",
                                  "mesh.nodes=401",
                                  "output.fields=none"};
  clock_t begin, end;
  ClosedForms forms;
  RunResult result;
  Case case_;
  Run run;

  PetscFunctionBeginUser;
  PetscCall(CaseRead(PETSC_COMM_SELF, BASE, PETSC_STATIC_ARRAY_LENGTH(settings), settings, &case_));
  PetscCall(ClosedFormsFind(&case_, &forms));
  case_.protocol[0].duration = stretches[stretch].end * ExpectedDepletionTime(&case_, &forms);
  PetscCall(RunCreate(PETSC_COMM_SELF, &case_, &run));
  begin = clock();
  PetscCall(RunExecute(run, &result));
  end = clock();
  PetscCheck(result.status == RUN_DONE, PETSC_COMM_SELF, PETSC_ERR_NOT_CONVERGED, "%s: %s",
             laws[law].name, result.reason);
  finding->steps = result.steps;
  finding->iterations = result.newton_iterations;
  finding->per_iteration[round] =
      (PetscReal)(end - begin) / CLOCKS_PER_SEC / result.newton_iterations;
  PetscCall(RunResultDestroy(&result));
  PetscCall(RunDestroy(&run));
  PetscCall(CaseDestroy(&case_));
  PetscFunctionReturn(0);
}

static PetscErrorCode Median(const PetscReal value[ROUNDS], PetscReal *median)
{
  PetscReal sorted[ROUNDS];

  PetscFunctionBeginUser;
  PetscCall(PetscArraycpy(sorted, value, ROUNDS));
  PetscCall(PetscSortReal(ROUNDS, sorted));
  *median = sorted[ROUNDS / 2];
  PetscFunctionReturn(0);
}

/* The ratio of each round is of runs one after the other, under the same load. */
static PetscErrorCode PrintRow(const char name[], const Finding *finding, const Finding *dilute)
{
  PetscReal ratio[ROUNDS], time, median;

  PetscFunctionBeginUser;
  for (PetscInt r = 0; r < ROUNDS; r++) {
    ratio[r] = finding->per_iteration[r] / dilute->per_iteration[r];
  }
  PetscCall(Median(finding->per_iteration, &time));
  PetscCall(Median(ratio, &median));
  PetscCall(PetscSortReal(ROUNDS, ratio));
  printf("%8.2f   (%.2f - %.2f)  %12.0f  %6d  %6d   %s\n", (double)median, (double)ratio[0],
         (double)ratio[ROUNDS - 1], (double)(1e6 * time), (int)finding->steps,
         (int)finding->iterations, name);
  PetscFunctionReturn(0);
}

static PetscErrorCode MeasureStretch(size_t stretch)
{
  Finding findings[LAWS];

  PetscFunctionBeginUser;
  for (PetscInt round = 0; round < ROUNDS; round++) {
    for (size_t law = 0; law < LAWS; law++) {
      PetscCall(Measure(stretch, law, round, &findings[law]));
    }
  }
  printf("%s\n", stretches[stretch].name);
  printf("   ratio   (all rounds)   us/iteration   steps  Newton   law\n");
  for (size_t law = 0; law < LAWS; law++) {
    PetscCall(PrintRow(laws[law].name, &findings[law], &findings[0]));
  }
  printf("\n");
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  for (size_t s = 0; s < STRETCHES; s++) PetscCall(MeasureStretch(s));
  PetscCall(PetscFinalize());
  return 0;
}
