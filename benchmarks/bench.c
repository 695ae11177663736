/* The race of `make bench`: this program, IDA of SUNDIALS and the bare work of the Newton
   iterations taken, side by side on some cells.  Run from the top of the tree; prints one JSON
   object a line, of which benchmarks/bench.py makes tables. */

#include <math.h>
#include <stdio.h>

#include "benchmarks/bench.h"
#include "io/case_reader.h"
#include "solver/closed_forms.h"

/* Tolerances of the scan: these many a decade, from the loosest on. */
#define PER_DECADE 3
#define TOLERANCES 13
#define LOOSEST 1e-3

#define REFERENCE_TOLERANCE 1e-9

/* Turns of the competitors, of which the median counts. */
#define TURNS 5
#define SCALING_TURNS 3

#define MAXIMUM_SETTINGS 5

typedef struct {
  const char *name, *path;
  const char *settings[MAXIMUM_SETTINGS];  // up to a NULL
  PetscReal end;                           // over t_s; 0: as the case has it
} BenchCell;

static const BenchCell cells[] = {
    {"demo", "configs/sand.yaml", {NULL}, 0},
    {"separator", "configs/separator.yaml", {NULL}, 0},
    {"25 um at 5 i_lim",
     "configs/separator.yaml",
     {"separator.porosity=1", "protocol.0.current_ratio=5"},
     1.2},
    {"lambda_D/L = 1e-6",
     "configs/separator.yaml",
     {"separator.porosity=1", "separator.thickness=153.55 um", "protocol.0.current_ratio=5"},
     1.2},
};

static const PetscInt scaling_nodes[] = {201, 401, 801, 1601, 3201, 6401, 12801};

enum { SANDGLASS, IDA_ALL, IDA_DIFFERENTIAL, METHODS };

static const IdaVariant variants[METHODS] = {
    [IDA_ALL] = {"IDA", 5, PETSC_TRUE},
    [IDA_DIFFERENTIAL] = {"IDA, potentials not judged", 5, PETSC_FALSE},
};

/* What the tolerances of a cell gave. */
typedef struct {
  Solve reference;
  Solve solve[METHODS][TOLERANCES];
  PetscReal error[METHODS][TOLERANCES];
} Scan;

/* ---- solving a cell ---- */

static PetscErrorCode ReadCell(const BenchCell *cell, PetscInt nodes, Case *case_)
{
  const char *settings[MAXIMUM_SETTINGS + 1];
  char nodes_setting[32];
  PetscInt count = 0;
  ClosedForms forms;

  PetscFunctionBeginUser;
  while (count < MAXIMUM_SETTINGS && cell->settings[count]) {
    settings[count] = cell->settings[count];
    count++;
  }
  PetscCall(PetscSNPrintf(nodes_setting, sizeof nodes_setting, "mesh.nodes=%d", (int)nodes));
  settings[count++] = nodes_setting;
  PetscCall(CaseRead(PETSC_COMM_SELF, cell->path, count, settings, case_));
  PetscCall(ClosedFormsFind(case_, &forms));
  if (cell->end > 0) case_->protocol[0].duration = cell->end * forms.sand_time;
  PetscFunctionReturn(0);
}

static PetscErrorCode SolveBy(int method, const Case *case_, PetscReal tolerance, Solve *solve)
{
  PetscFunctionBeginUser;
  if (method == SANDGLASS)
    PetscCall(SolveBySandglass(case_, tolerance, solve));
  else
    PetscCall(SolveByIda(case_, &variants[method], tolerance, solve));
  PetscFunctionReturn(0);
}

static PetscReal Deviation(PetscReal value, PetscReal reference)
{
  if (isnan(reference)) return 0;
  return isnan(value) ? INFINITY : fabs(value / reference - 1);
}

/* The largest relative error of the times of events and, where no voltage ends the solve, of the
   voltage at its end. */
static PetscReal SolveError(const Solve *solve, const Solve *reference)
{
  PetscReal error = Deviation(solve->depletion, reference->depletion);

  error = PetscMax(error, Deviation(solve->space_charge, reference->space_charge));
  error = PetscMax(error, Deviation(solve->voltage_limit, reference->voltage_limit));
  if (isnan(reference->voltage_limit)) {
    error = PetscMax(error, Deviation(solve->voltage, reference->voltage));
  }
  return error;
}

static PetscReal Tolerance(PetscInt i)
{
  return LOOSEST * pow(10, -(PetscReal)i / PER_DECADE);
}

/* ---- what is printed ---- */

static const char *MethodName(int method)
{
  return method == SANDGLASS ? "sandglass" : variants[method].name;
}

static void PrintNumber(const char name[], PetscReal value)
{
  if (isfinite(value)) {
    printf(", \"%s\": %.12g", name, value);
  } else {
    printf(", \"%s\": null", name);
  }
}

static void PrintSolve(const char prefix[], const Solve *solve)
{
  printf(", \"%ssteps\": %d, \"%srejected\": %d, \"%siterations\": %d, \"%sjacobians\": %d", prefix,
         (int)solve->steps, prefix, (int)solve->rejected, prefix, (int)solve->iterations, prefix,
         (int)solve->jacobians);
}

static void PrintScanRow(const BenchCell *cell, int method, PetscReal tolerance, const Solve *solve,
                         PetscReal error)
{
  printf("{\"kind\": \"scan\", \"cell\": \"%s\", \"method\": \"%s\"", cell->name,
         MethodName(method));
  PrintNumber("tolerance", tolerance);
  PrintNumber("depletion", solve->depletion);
  PrintNumber("space_charge", solve->space_charge);
  PrintNumber("voltage_limit", solve->voltage_limit);
  PrintNumber("voltage", solve->voltage);
  PrintNumber("error", error);
  PrintNumber("seconds", solve->seconds);
  PrintSolve("", solve);
  printf("}\n");
}

/* ---- the scan of tolerances ---- */

static PetscErrorCode ScanCell(const BenchCell *cell, const Case *case_, Scan *scan)
{
  PetscReal jacobian_error = 0;

  PetscFunctionBeginUser;
  PetscCall(CheckIdaJacobian(case_, &jacobian_error));
  PetscCall(SolveBySandglass(case_, REFERENCE_TOLERANCE, &scan->reference));
  printf("{\"kind\": \"reference\", \"cell\": \"%s\"", cell->name);
  PrintNumber("depletion", scan->reference.depletion);
  PrintNumber("space_charge", scan->reference.space_charge);
  PrintNumber("end", scan->reference.end);
  PrintNumber("voltage", scan->reference.voltage);
  PrintNumber("jacobian_error", jacobian_error);
  printf("}\n");
  for (PetscInt i = 0; i < TOLERANCES; i++) {
    for (int m = 0; m < METHODS; m++) {
      Solve *solve = &scan->solve[m][i];
      PetscCall(SolveBy(m, case_, Tolerance(i), solve));
      scan->error[m][i] = SolveError(solve, &scan->reference);
      PrintScanRow(cell, m, Tolerance(i), solve, scan->error[m][i]);
    }
  }
  PetscFunctionReturn(0);
}

/* The loosest tolerance from which on every tighter one keeps the error below the target: what met
   it by luck is not taken.  -1: none does. */
static PetscInt TolerancePicked(const Scan *scan, int method, PetscReal target)
{
  PetscInt picked = TOLERANCES;

  while (picked > 0 && scan->error[method][picked - 1] <= target) picked--;
  return picked < TOLERANCES ? picked : -1;
}

/* ---- the race ---- */

static int CompareReals(const void *a, const void *b)
{
  const PetscReal x = *(const PetscReal *)a, y = *(const PetscReal *)b;

  return (x > y) - (x < y);
}

static PetscReal Median(PetscInt n, PetscReal values[])
{
  qsort(values, n, sizeof *values, CompareReals);
  return n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

/* Processor times of the competitors, turn by turn. */
typedef struct {
  PetscReal own[TURNS], ida[TURNS];
  PetscReal residual[TURNS], jacobian[TURNS], factor[TURNS], solve[TURNS], iteration[TURNS];
} Times;

static void PrintMedians(PetscInt turns, Times *times)
{
  PrintNumber("seconds", Median(turns, times->own));
  PrintNumber("ida_seconds", Median(turns, times->ida));
  PrintNumber("iteration_seconds", Median(turns, times->iteration));
  PrintNumber("residual", Median(turns, times->residual));
  PrintNumber("jacobian", Median(turns, times->jacobian));
  PrintNumber("factor", Median(turns, times->factor));
  PrintNumber("solve", Median(turns, times->solve));
}

static void KeepParts(const IterationTime *parts, PetscInt turn, Times *times)
{
  times->residual[turn] = parts->residual;
  times->jacobian[turn] = parts->jacobian;
  times->factor[turn] = parts->factor;
  times->solve[turn] = parts->solve;
  times->iteration[turn] = parts->whole;
}

/* The competitors in turn; prints medians. */
static PetscErrorCode Race(const char kind[], const BenchCell *cell, const Case *case_,
                           PetscReal target, const PetscReal tolerance[METHODS], int ida,
                           PetscInt turns)
{
  IterationTime parts;
  Times times;
  Solve own, other;
  Floor floor;

  PetscFunctionBeginUser;
  PetscCall(SolveBySandglass(case_, tolerance[SANDGLASS], &own));
  PetscCall(FloorCreate(case_, tolerance[SANDGLASS], &own, &floor));
  for (PetscInt i = 0; i < turns; i++) {
    PetscCall(SolveBySandglass(case_, tolerance[SANDGLASS], &own));
    PetscCall(SolveBy(ida, case_, tolerance[ida], &other));
    PetscCall(FloorMeasure(floor, &parts));
    times.own[i] = own.seconds;
    times.ida[i] = other.seconds;
    KeepParts(&parts, i, &times);
  }
  PetscCall(FloorDestroy(&floor));
  printf("{\"kind\": \"%s\", \"cell\": \"%s\", \"nodes\": %d, \"ida\": \"%s\"", kind, cell->name,
         (int)case_->mesh.nodes, MethodName(ida));
  PrintNumber("target", target);
  PrintNumber("tolerance", tolerance[SANDGLASS]);
  PrintNumber("ida_tolerance", tolerance[ida]);
  PrintMedians(turns, &times);
  PrintSolve("", &own);
  PrintSolve("ida_", &other);
  printf("}\n");
  PetscFunctionReturn(0);
}

/* IDA by the variant that was faster in the scan. */
static PetscErrorCode RaceAtError(const BenchCell *cell, const Case *case_, const Scan *scan,
                                  PetscReal target)
{
  PetscReal tolerance[METHODS];
  int fastest = -1;

  PetscFunctionBeginUser;
  for (int m = 0; m < METHODS; m++) {
    const PetscInt picked = TolerancePicked(scan, m, target);
    PetscReal best;
    if (picked < 0) continue;
    tolerance[m] = Tolerance(picked);
    if (m == SANDGLASS) continue;
    best = fastest < 0 ? INFINITY
                       : scan->solve[fastest][TolerancePicked(scan, fastest, target)].seconds;
    if (scan->solve[m][picked].seconds < best) fastest = m;
  }
  if (fastest < 0 || TolerancePicked(scan, SANDGLASS, target) < 0) {
    printf("{\"kind\": \"missed\", \"cell\": \"%s\", \"by\": \"%s\"", cell->name,
           fastest < 0 ? "IDA" : "sandglass");
    PrintNumber("target", target);
    printf("}\n");
    PetscFunctionReturn(0);
  }
  PetscCall(Race("race", cell, case_, target, tolerance, fastest, TURNS));
  PetscFunctionReturn(0);
}

static PetscErrorCode BenchOneCell(const BenchCell *cell)
{
  const PetscReal targets[] = {1e-4, 1e-5};
  Case case_;
  Scan scan;

  PetscFunctionBeginUser;
  PetscCall(ReadCell(cell, 401, &case_));
  PetscCall(ScanCell(cell, &case_, &scan));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(targets); i++) {
    PetscCall(RaceAtError(cell, &case_, &scan, targets[i]));
  }
  PetscCall(CaseDestroy(&case_));
  PetscFunctionReturn(0);
}

/* The default tolerance on finer and finer meshes. */
static PetscErrorCode BenchScaling(const BenchCell *cell)
{
  Case case_;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(scaling_nodes); i++) {
    PetscReal tolerance[METHODS];
    PetscCall(ReadCell(cell, scaling_nodes[i], &case_));
    for (int m = 0; m < METHODS; m++) tolerance[m] = case_.solver.relative_tolerance;
    PetscCall(Race("scaling", cell, &case_, NAN, tolerance, IDA_DIFFERENTIAL, SCALING_TURNS));
    PetscCall(CaseDestroy(&case_));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  for (size_t c = 0; c < PETSC_STATIC_ARRAY_LENGTH(cells); c++) {
    PetscCall(BenchOneCell(&cells[c]));
    fflush(stdout);
  }
  PetscCall(BenchScaling(&cells[0]));
  PetscCall(PetscFinalize());
  return 0;
}
