#include "solver/variable_sand.h"

#include <math.h>

#include "bc/physical_constants.h"

/* Inside, x is in units of X = F D_0 c_0/((1 - t_+,0) i), t in X^2/D_0 and c in c_0, D and 1 - t_+
   in their values at c_0: theta_t = (D theta_x - T)_x, and sqrt(t) = sqrt(pi)/2 at Sand's time.

   The current switched on at t = 0 makes theta a smooth function of x and s = sqrt(t), d/dt =
   (1/2 s) d/ds, so that equal steps in s need no more care at the start.  Finite volumes on a mesh
   that is graded smoothly towards x = 0, and Alexander's L-stable method of order 2 (SIAM J. Numer.
   Anal. 14 (1977) 1006), give the depletion time with an error in h^2 and, from the start that no
   mesh resolves, h^3; three meshes extrapolate both away. */

#define REACH 8  // open cell: sqrt(t) from x = 0, exp(-REACH^2) of the current is felt back there
#define FEWEST_CELLS 32
#define MOST_CELLS 1024
#define NEWTON_ITERATIONS 20
#define NEWTON_UPDATE 1e-8  // of c_0: converging quadratically, the next is rounding
#define PATIENCE 100        // expected sqrt(t), or multiples of c_0, until a search is given up
#define STEADY 1e-12        // of c_0 in a step: no depletion will come
#define PANELS 1024         // of a quadrature from 0 to c_0: a kink in a table costs 1e-8

typedef struct {
  LiquidColumn column;
  PetscReal diffusivity, anion_share;  // D_0, 1 - t_+,0
  PetscReal length;                    // in units of X
} Problem;

/* One mesh and the state on it. */
typedef struct {
  PetscInt nodes;
  PetscBool held;     // c = c_0 at the last node
  PetscReal *x;       // nodes
  PetscReal *volume;  // of the cells around them
  PetscReal *theta, *start, *base;
  PetscReal *gain, *lower, *diagonal, *upper;  // volume dtheta/dt and its Jacobian
  PetscBool failed;
} Discretisation;

// ---- Space ---------------------------------------------------------------------------------

typedef struct {
  PropertyValue diffusivity, anion_share;  // with respect to theta
} RelativeProperties;

/* D and 1 - t_+ below c = 0, where an iteration may go, are those at 0. */
static RelativeProperties PropertiesAt(const Problem *problem, PetscReal theta)
{
  const PetscReal c_0 = problem->column.concentration, c = c_0 * PetscMax(theta, 0);
  const PetscReal slope = theta < 0 ? 0 : c_0;
  const PropertyValue D = SolutionDiffusivity(problem->column.solution, c);
  const PropertyValue t = SolutionTransferenceNumber(problem->column.solution, c);
  const PetscReal D_0 = problem->diffusivity, T_0 = problem->anion_share;

  return (RelativeProperties){{D.value / D_0, slope * D.derivative / D_0},
                              {(1 - t.value) / T_0, -slope * t.derivative / T_0}};
}

static inline PetscBool ArePositive(const RelativeProperties *properties)
{
  return (PetscBool)(properties->diffusivity.value > 0 && properties->anion_share.value > 0);
}

/* Flux of salt into the cell on the left of a face, G = D theta_x - T, and its derivatives with
   respect to theta on either side. */
typedef struct {
  PetscReal flux, by_left, by_right;
} Face;

static Face FaceBetween(const RelativeProperties *left, const RelativeProperties *right,
                        PetscReal gradient, PetscReal spacing)
{
  const PetscReal D = 0.5 * (left->diffusivity.value + right->diffusivity.value);
  const PetscReal T = 0.5 * (left->anion_share.value + right->anion_share.value);

  return (Face){
      D * gradient - T,
      0.5 * (left->diffusivity.derivative * gradient - left->anion_share.derivative) - D / spacing,
      0.5 * (right->diffusivity.derivative * gradient - right->anion_share.derivative) +
          D / spacing};
}

/* gain_j = volume_j dtheta_j/dt, what passes the faces of node j, and the three diagonals of its
   Jacobian.  No salt passes an electrode. */
static void FindGain(const Problem *problem, Discretisation *mesh)
{
  const PetscInt last = mesh->nodes - 1;
  RelativeProperties left, right = PropertiesAt(problem, mesh->theta[0]);

  mesh->gain[0] = mesh->diagonal[0] = 0;
  for (PetscInt j = 0; j < last; j++) {
    const PetscReal spacing = mesh->x[j + 1] - mesh->x[j];
    left = right;
    right = PropertiesAt(problem, mesh->theta[j + 1]);
    const Face face =
        FaceBetween(&left, &right, (mesh->theta[j + 1] - mesh->theta[j]) / spacing, spacing);
    mesh->gain[j] += face.flux;
    mesh->diagonal[j] += face.by_left;
    mesh->upper[j] = face.by_right;
    mesh->gain[j + 1] = -face.flux;
    mesh->lower[j + 1] = -face.by_left;
    mesh->diagonal[j + 1] = -face.by_right;
    if (!ArePositive(&left) || !ArePositive(&right)) mesh->failed = PETSC_TRUE;
  }
  if (mesh->held) mesh->gain[last] = mesh->lower[last] = mesh->diagonal[last] = 0;
}

/* x = length sinh(a q)/sinh(a), q = 0 to 1 in equal parts: the shorter the depleted layer, as wide
   as `end` = sqrt(t), against the length, the finer the cells in it. */
static PetscErrorCode DiscretisationCreate(PetscInt cells, PetscReal length, PetscBool held,
                                           PetscReal end, Discretisation *mesh)
{
  const PetscReal grading = 2 * log1p(length / end);
  PetscInt n = cells + 1;

  PetscFunctionBeginUser;
  *mesh = (Discretisation){.nodes = n, .held = held};
  PetscCall(PetscMalloc4(n, &mesh->x, n, &mesh->volume, n, &mesh->theta, n, &mesh->start));
  PetscCall(PetscMalloc5(n, &mesh->base, n, &mesh->gain, n, &mesh->lower, n, &mesh->diagonal, n,
                         &mesh->upper));
  for (PetscInt j = 0; j < n; j++) {
    mesh->x[j] = length * sinh(grading * j / cells) / sinh(grading);
    mesh->theta[j] = 1;
  }
  for (PetscInt j = 0; j < n; j++)
    mesh->volume[j] = 0.5 * (mesh->x[PetscMin(j + 1, cells)] - mesh->x[PetscMax(j - 1, 0)]);
  PetscFunctionReturn(0);
}

static PetscErrorCode DiscretisationDestroy(Discretisation *mesh)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(mesh->x, mesh->volume, mesh->theta, mesh->start));
  PetscCall(PetscFree5(mesh->base, mesh->gain, mesh->lower, mesh->diagonal, mesh->upper));
  PetscFunctionReturn(0);
}

// ---- Time ----------------------------------------------------------------------------------

/* Solves (volume - weight J) d = -(volume (theta - base) - weight gain) and adds d to theta;
   returns its largest entry. */
static PetscReal NewtonUpdate(Discretisation *mesh, PetscReal weight)
{
  const PetscInt n = mesh->nodes;
  PetscReal *d = mesh->gain, *diagonal = mesh->diagonal, largest = 0;

  for (PetscInt j = 0; j < n; j++) {
    d[j] = weight * d[j] - mesh->volume[j] * (mesh->theta[j] - mesh->base[j]);
    diagonal[j] = mesh->volume[j] - weight * diagonal[j];
    if (j == 0) continue;
    const PetscReal factor = weight * mesh->lower[j] / diagonal[j - 1];
    diagonal[j] -= factor * weight * mesh->upper[j - 1];
    d[j] += factor * d[j - 1];
  }
  for (PetscInt j = n - 1; j >= 0; j--) {
    if (j < n - 1) d[j] += weight * mesh->upper[j] * d[j + 1];
    d[j] /= diagonal[j];
    mesh->theta[j] += d[j];
    largest = PetscMax(largest, PetscAbsReal(d[j]));
  }
  return largest;
}

/* theta = base + weight d theta/dt(theta) */
static void SolveStage(const Problem *problem, Discretisation *mesh, PetscReal weight)
{
  for (PetscInt i = 0; i < NEWTON_ITERATIONS && !mesh->failed; i++) {
    FindGain(problem, mesh);
    if (NewtonUpdate(mesh, weight) <= NEWTON_UPDATE) return;
  }
  mesh->failed = PETSC_TRUE;
}

/* From s to s + step: two stages, at s + g step and at the end, g = 1 - 1/sqrt(2). */
static void Advance(const Problem *problem, Discretisation *mesh, PetscReal s, PetscReal step)
{
  const PetscReal g = 1 - sqrt(0.5);

  for (PetscInt j = 0; j < mesh->nodes; j++) mesh->start[j] = mesh->base[j] = mesh->theta[j];
  SolveStage(problem, mesh, 2 * (s + g * step) * g * step);
  for (PetscInt j = 0; j < mesh->nodes; j++)
    mesh->base[j] += (1 - g) / g * (mesh->theta[j] - mesh->start[j]);
  SolveStage(problem, mesh, 2 * (s + step) * g * step);
}

/* s at which theta(0) = 0, by the cubic s(theta) through its last four values, the latest first and
   `step` apart. */
static PetscReal Root(const PetscReal theta[4], PetscReal s, PetscReal step)
{
  PetscReal root = 0;

  for (PetscInt i = 0; i < 4; i++) {
    PetscReal share = s - i * step;
    for (PetscInt j = 0; j < 4; j++)
      if (j != i) share *= theta[j] / (theta[j] - theta[i]);
    root += share;
  }
  return root;
}

/* sqrt(t) at the depletion on one mesh, in about as many steps as cells when it is the expected
   one; NaN: not found. */
static PetscErrorCode March(const Problem *problem, PetscInt cells, PetscReal length,
                            PetscReal expected, PetscReal *root)
{
  const PetscReal step = expected / cells;
  const PetscBool held = (PetscBool)(length < problem->length || problem->column.reservoir);
  PetscReal theta[4] = {1, 1, 1, 1};
  Discretisation mesh;

  PetscFunctionBeginUser;
  *root = NAN;
  PetscCall(DiscretisationCreate(cells, length, held, expected, &mesh));
  for (PetscInt i = 0; i < PATIENCE * cells && isnan(*root) && !mesh.failed; i++) {
    Advance(problem, &mesh, i * step, step);
    for (PetscInt j = 3; j > 0; j--) theta[j] = theta[j - 1];
    theta[0] = mesh.theta[0];
    if (i >= 3 && (theta[0] <= 0 || (i + 1 == cells && theta[0] < 0.01)))
      *root = Root(theta, (i + 1) * step, step);
    else if (i >= 3 && PetscAbsReal(theta[1] - theta[0]) < STEADY)
      break;
  }
  if (mesh.failed) *root = NAN;
  PetscCall(DiscretisationDestroy(&mesh));
  PetscFunctionReturn(0);
}

// ---- Extrapolation -------------------------------------------------------------------------

static PetscReal ReachOf(const Problem *problem, PetscReal root)
{
  return PetscMin(problem->length, REACH * root);
}

/* The depletion on a coarse mesh, and the length of column that it needs, which follows the
   depletion: the first is expected at Sand's time. */
static PetscErrorCode Search(const Problem *problem, PetscInt cells, PetscReal *length,
                             PetscReal *root)
{
  PetscReal expected = 0.5 * sqrt(PETSC_PI);

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < 20; i++) {
    *length = ReachOf(problem, expected);
    PetscCall(March(problem, cells, *length, expected, root));
    if (isnan(*root) || PetscAbsReal(*root - expected) < 0.01 * expected) break;
    expected = *root;
  }
  PetscFunctionReturn(0);
}

/* sqrt(t) on meshes of twice as many cells each, with the error in h^2 taken away by two of them
   and that in h^3 by three. */
typedef struct {
  PetscReal plain, twice, thrice;
} Extrapolation;

static Extrapolation Extrapolated(const Extrapolation *before, PetscReal root)
{
  const PetscReal twice = (4 * root - before->plain) / 3;

  return (Extrapolation){root, twice, (8 * twice - before->twice) / 7};
}

/* The last extrapolation improves on the one before by far more than this. */
static PetscBool IsWithin(const Extrapolation *found, PetscReal accuracy)
{
  return (PetscBool)(PetscAbsReal(found->thrice - found->twice) <= 0.25 * accuracy * found->thrice);
}

static PetscErrorCode FindRoot(const Problem *problem, PetscReal *root)
{
  Extrapolation found = {NAN, NAN, NAN};
  PetscInt cells = FEWEST_CELLS;
  PetscReal length;

  PetscFunctionBeginUser;
  for (; cells < MOST_CELLS && isnan(found.plain); cells *= 2)
    PetscCall(Search(problem, cells, &length, &found.plain));
  for (; cells <= MOST_CELLS && !IsWithin(&found, VARIABLE_SAND_ACCURACY); cells *= 2) {
    PetscCall(March(problem, cells, length, found.plain, root));
    found = Extrapolated(&found, *root);
  }
  *root = IsWithin(&found, VARIABLE_SAND_LEAST_ACCURACY) ? found.thrice : NAN;
  PetscFunctionReturn(0);
}

// X^2/D_0 is the unit of time; false where D_0 or 1 - t_+,0 is not positive.
static PetscBool ProblemOf(const LiquidColumn *column, PetscReal current_density, Problem *problem,
                           PetscReal *time_unit)
{
  const PetscReal c_0 = column->concentration;
  const PetscReal D_0 = SolutionDiffusivity(column->solution, c_0).value;
  const PetscReal T_0 = 1 - SolutionTransferenceNumber(column->solution, c_0).value;
  const PetscReal unit = FARADAY * D_0 * c_0 / (T_0 * PetscAbsReal(current_density));

  *problem = (Problem){*column, D_0, T_0, column->length / unit};
  *time_unit = PetscSqr(unit) / D_0;
  return (PetscBool)(D_0 > 0 && T_0 > 0 && unit < PETSC_INFINITY);
}

PetscErrorCode VariableDepletionTime(const LiquidColumn *column, PetscReal current_density,
                                     PetscReal *time)
{
  PetscReal limit, unit, root;
  Problem problem;

  PetscFunctionBeginUser;
  *time = NAN;
  PetscCall(VariableLimitingCurrent(column, &limit));
  if (!(PetscAbsReal(current_density) > limit)) PetscFunctionReturn(0);
  if (!ProblemOf(column, current_density, &problem, &unit)) PetscFunctionReturn(0);
  PetscCall(FindRoot(&problem, &root));
  *time = PetscSqr(root) * unit;
  PetscFunctionReturn(0);
}

PetscErrorCode VariableDepletionTimeOnMesh(const LiquidColumn *column, PetscReal current_density,
                                           PetscInt doublings, PetscReal *time)
{
  PetscInt cells = FEWEST_CELLS;
  PetscReal unit, length, root;
  Problem problem;

  PetscFunctionBeginUser;
  *time = NAN;
  if (!ProblemOf(column, current_density, &problem, &unit)) PetscFunctionReturn(0);
  PetscCall(Search(&problem, cells, &length, &root));
  for (PetscInt i = 0; i < doublings; i++)
    PetscCall(March(&problem, cells *= 2, length, root, &root));
  *time = PetscSqr(root) * unit;
  PetscFunctionReturn(0);
}

PetscErrorCode VariableSandConstant(Solution solution, PetscReal concentration, PetscReal *constant)
{
  const LiquidColumn open = {solution, concentration, PETSC_INFINITY, PETSC_FALSE};

  PetscFunctionBeginUser;
  PetscCall(VariableDepletionTime(&open, 1, constant));
  PetscFunctionReturn(0);
}

// ---- The steady state ----------------------------------------------------------------------

/* int D/(1 - t_+) dc and int (c - c_0) D/(1 - t_+) dc. */
typedef struct {
  PetscReal current, excess;
} SteadyIntegrals;

/* With the integrals between two concentrations added, by three points of Gauss. */
static SteadyIntegrals Continued(const LiquidColumn *column, SteadyIntegrals sum, PetscReal from,
                                 PetscReal to)
{
  for (PetscInt i = -1; i <= 1; i++) {
    const PetscReal c = 0.5 * (from + to) + 0.5 * (to - from) * sqrt(0.6) * i;
    const PetscReal D = SolutionDiffusivity(column->solution, c).value;
    const PetscReal T = 1 - SolutionTransferenceNumber(column->solution, c).value;
    const PetscReal part = (i ? 5 : 8) / 18.0 * (to - from) * (D > 0 && T > 0 ? D / T : NAN);
    sum.current += part;
    sum.excess += part * (c - column->concentration);
  }
  return sum;
}

/* The integral up to c_L between electrodes, where no excess is left: it falls up to c_0 and grows
   from there on. */
static PetscReal IntegralBetweenElectrodes(const LiquidColumn *column)
{
  const PetscReal panel = column->concentration / PANELS;
  SteadyIntegrals sum = {0, 0}, next = {0, -1};
  PetscReal start = 0, low, high;

  for (PetscInt i = 0; i < PATIENCE * PANELS && next.excess < 0; i++) {
    if (i > 0) sum = next;
    start = i * panel;
    next = Continued(column, sum, start, start + panel);
  }
  if (!(next.excess >= 0)) return NAN;
  low = start;
  high = start + panel;
  for (PetscReal c = 0.5 * (low + high); low < c && c < high; c = 0.5 * (low + high)) {
    if (Continued(column, sum, start, c).excess < 0)
      low = c;
    else
      high = c;
  }
  return Continued(column, sum, start, low).current;
}

static PetscReal IntegralToReservoir(const LiquidColumn *column)
{
  const PetscReal panel = column->concentration / PANELS;
  SteadyIntegrals sum = {0, 0};

  for (PetscInt i = 0; i < PANELS; i++) sum = Continued(column, sum, i * panel, (i + 1) * panel);
  return sum.current;
}

PetscErrorCode VariableLimitingCurrent(const LiquidColumn *column, PetscReal *current_density)
{
  PetscFunctionBeginUser;
  *current_density = 0;
  if (column->length == PETSC_INFINITY) PetscFunctionReturn(0);
  *current_density =
      FARADAY / column->length *
      (column->reservoir ? IntegralToReservoir(column) : IntegralBetweenElectrodes(column));
  PetscFunctionReturn(0);
}
