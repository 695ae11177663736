#include <math.h>

#include "benchmarks/validate.h"

/* The steady dilute equations with no anion flux, written for the field alone: another formulation
   than the solver's, as its reference.  With c in c_0, x in L, E in R T/(F L), lambda = lambda_D/L
   and g the gradient that the current asks for (the sum of the driving fluxes is -2 g),

     c_+' - E c_+ = 2 g,   c_-' + E c_- = 0,   2 lambda^2 E' = c_+ - c_-

   add up to (c_+ + c_-)/2 = g x + a + lambda^2 E^2/2, a the virtual salt concentration at x = 0,
   and Poisson's equation, differentiated, is the second equation of Painleve,

     lambda^2 E'' = g + (g x + a) E + lambda^2 E^3/2.

   A wall that holds the cation at c_w asks for c_+ = g x + a + lambda^2 (E^2/2 + E') = c_w.
   Central differences on a smooth mesh, of second order; Newton's method with the tridiagonal
   matrix bordered by the conditions on a and g. */

typedef struct {
  PetscInt nodes;
  PetscReal *x, *field;  // E
  PetscReal *lower, *diagonal, *upper, *residual, *by_salt, *by_gradient;
  PetscReal debye_length;    // lambda
  PetscReal gradient, salt;  // g, a
  PetscReal wall[2];         // c_w at both ends; NaN: E = -g/(g x + a) there
} Steady;

typedef struct {
  PetscReal anions;   // their amount; NaN: `salt` is given
  PetscReal voltage;  // NaN: `gradient` is given
} Conditions;

/* x in [0, length], with spacings that fall to about length/exp(2 crowding) at the ends wanted. */
static PetscErrorCode SteadyCreate(PetscInt nodes, PetscReal length, PetscReal crowding,
                                   PetscBool both_ends, Steady *s)
{
  PetscFunctionBeginUser;
  *s = (Steady){.nodes = nodes};
  PetscCall(PetscMalloc4(nodes, &s->x, nodes, &s->field, nodes, &s->lower, nodes, &s->diagonal));
  PetscCall(PetscMalloc4(nodes, &s->upper, nodes, &s->residual, nodes, &s->by_salt, nodes,
                         &s->by_gradient));
  for (PetscInt i = 0; i < nodes; i++) {
    const PetscReal share = (PetscReal)i / (PetscReal)(nodes - 1);
    const PetscReal at = both_ends ? 2 * share - 1 : share - 1;
    const PetscReal scaled = tanh(crowding * at) / tanh(crowding);
    s->x[i] = length * (both_ends ? 0.5 * (1 + scaled) : 1 + scaled);
    s->field[i] = 0;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode SteadyDestroy(Steady *s)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree4(s->x, s->field, s->lower, s->diagonal));
  PetscCall(PetscFree4(s->upper, s->residual, s->by_salt, s->by_gradient));
  PetscFunctionReturn(0);
}

/* lambda^2 E'' by the equation, and its derivatives. */
typedef struct {
  PetscReal value, by_field, by_salt, by_gradient;
} Curvature;

static Curvature CurvatureAt(const Steady *s, PetscInt i)
{
  const PetscReal e = s->field[i], square = PetscSqr(s->debye_length);
  const PetscReal salt = s->gradient * s->x[i] + s->salt;

  return (Curvature){.value = s->gradient + salt * e + 0.5 * square * e * e * e,
                     .by_field = salt + 1.5 * square * e * e,
                     .by_salt = e,
                     .by_gradient = 1 + s->x[i] * e};
}

/* c_+ - c_w, the slope at the wall by Taylor's series with the equation's curvature. */
static void FillWallRow(Steady *s, PetscInt side)
{
  const PetscInt i = side ? s->nodes - 1 : 0, next = side ? i - 1 : 1;
  const PetscReal h = fabs(s->x[next] - s->x[i]), sign = side ? -1 : 1;
  const PetscReal square = PetscSqr(s->debye_length), e = s->field[i];
  const Curvature c = CurvatureAt(s, i);
  PetscReal *off = side ? s->lower : s->upper;

  if (isnan(s->wall[side])) {
    const PetscReal salt = s->gradient * s->x[i] + s->salt;
    s->residual[i] = e + s->gradient / salt;
    s->diagonal[i] = 1;
    off[i] = 0;
    s->by_salt[i] = -s->gradient / PetscSqr(salt);
    s->by_gradient[i] = 1 / salt - s->gradient * s->x[i] / PetscSqr(salt);
    return;
  }
  s->residual[i] = s->gradient * s->x[i] + s->salt + 0.5 * square * e * e +
                   sign * (square * (s->field[next] - e) / h - 0.5 * h * c.value) - s->wall[side];
  s->diagonal[i] = square * e - sign * (square / h + 0.5 * h * c.by_field);
  off[i] = sign * square / h;
  s->by_salt[i] = 1 - sign * 0.5 * h * c.by_salt;
  s->by_gradient[i] = s->x[i] - sign * 0.5 * h * c.by_gradient;
}

static void FillRows(Steady *s)
{
  const PetscReal square = PetscSqr(s->debye_length);

  FillWallRow(s, 0);
  FillWallRow(s, 1);
  for (PetscInt i = 1; i < s->nodes - 1; i++) {
    const PetscReal left = s->x[i] - s->x[i - 1], right = s->x[i + 1] - s->x[i];
    const PetscReal to_left = 2 * square / (left * (left + right));
    const PetscReal to_right = 2 * square / (right * (left + right));
    const Curvature c = CurvatureAt(s, i);
    s->residual[i] = to_left * (s->field[i - 1] - s->field[i]) +
                     to_right * (s->field[i + 1] - s->field[i]) - c.value;
    s->lower[i] = to_left;
    s->upper[i] = to_right;
    s->diagonal[i] = -to_left - to_right - c.by_field;
    s->by_salt[i] = -c.by_salt;
    s->by_gradient[i] = -c.by_gradient;
  }
}

/* Solves with the three right-hand sides at once, in place. */
static void Eliminate(Steady *s)
{
  PetscReal *side[] = {s->residual, s->by_salt, s->by_gradient};

  for (PetscInt i = 1; i < s->nodes; i++) {
    const PetscReal factor = s->lower[i] / s->diagonal[i - 1];
    s->diagonal[i] -= factor * s->upper[i - 1];
    for (PetscInt k = 0; k < 3; k++) side[k][i] -= factor * side[k][i - 1];
  }
  for (PetscInt i = s->nodes - 1; i >= 0; i--) {
    for (PetscInt k = 0; k < 3; k++) {
      if (i < s->nodes - 1) side[k][i] -= s->upper[i] * side[k][i + 1];
      side[k][i] /= s->diagonal[i];
    }
  }
}

/* Weight of E_i in the trapezoidal rule. */
static PetscReal Weight(const Steady *s, PetscInt i)
{
  const PetscInt last = s->nodes - 1;

  return 0.5 * (s->x[PetscMin(i + 1, last)] - s->x[PetscMax(i - 1, 0)]);
}

/* A condition's residual, and its change by the three solutions of Eliminate. */
typedef struct {
  PetscReal residual, by[3];
} BorderRow;

static BorderRow AnionCondition(const Steady *s, PetscReal amount)
{
  const PetscReal square = PetscSqr(s->debye_length);
  const PetscReal *side[] = {s->residual, s->by_salt, s->by_gradient};
  const PetscInt last = s->nodes - 1;
  BorderRow c = {.residual = 0.5 * s->gradient + s->salt - amount -
                             square * (s->field[last] - s->field[0])};

  for (PetscInt i = 0; i < s->nodes; i++) {
    c.residual += 0.5 * square * Weight(s, i) * PetscSqr(s->field[i]);
    for (PetscInt k = 0; k < 3; k++) c.by[k] += square * Weight(s, i) * s->field[i] * side[k][i];
  }
  for (PetscInt k = 0; k < 3; k++) c.by[k] -= square * (side[k][last] - side[k][0]);
  return c;
}

static BorderRow VoltageCondition(const Steady *s, PetscReal voltage)
{
  const PetscReal *side[] = {s->residual, s->by_salt, s->by_gradient};
  BorderRow c = {.residual = -voltage};

  for (PetscInt i = 0; i < s->nodes; i++) {
    c.residual -= Weight(s, i) * s->field[i];
    for (PetscInt k = 0; k < 3; k++) c.by[k] -= Weight(s, i) * side[k][i];
  }
  return c;
}

/* One step of Newton's method; its size relative to the field. */
static PetscReal NewtonStep(Steady *s, const Conditions *conditions)
{
  PetscReal salt = 0, gradient = 0, largest = 0, size = 0;
  BorderRow anions, voltage;

  FillRows(s);
  Eliminate(s);
  if (!isnan(conditions->anions)) {
    // dE = -(residual + by_salt da + by_gradient dg) leaves two equations for da and dg.
    anions = AnionCondition(s, conditions->anions);
    voltage = VoltageCondition(s, conditions->voltage);
    const PetscReal a11 = 1 - anions.by[1], a12 = 0.5 - anions.by[2], a21 = -voltage.by[1],
                    a22 = -voltage.by[2];
    const PetscReal b1 = anions.by[0] - anions.residual, b2 = voltage.by[0] - voltage.residual;
    salt = (b1 * a22 - b2 * a12) / (a11 * a22 - a12 * a21);
    gradient = (a11 * b2 - a21 * b1) / (a11 * a22 - a12 * a21);
  }
  for (PetscInt i = 0; i < s->nodes; i++) {
    const PetscReal change = s->residual[i] + s->by_salt[i] * salt + s->by_gradient[i] * gradient;
    s->field[i] -= change;
    size = fmax(size, fabs(change));
    largest = fmax(largest, fabs(s->field[i]));
  }
  s->salt += salt;
  s->gradient += gradient;
  return isfinite(size) ? size / (1 + largest) : PETSC_MAX_REAL;
}

static PetscErrorCode SteadySolve(Steady *s, const Conditions *conditions)
{
  PetscReal size = 1;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < 60 && size > 1e-11; i++) size = NewtonStep(s, conditions);
  PetscCheck(size <= 1e-9, PETSC_COMM_SELF, PETSC_ERR_NOT_CONVERGED,
             "steady reference: lambda %g, V %g, g %g", (double)s->debye_length,
             (double)conditions->voltage, (double)s->gradient);
  PetscFunctionReturn(0);
}

/* (c_+ - c_-)/(c_+ + c_-) at node i. */
static PetscReal Separation(const Steady *s, PetscInt i)
{
  const PetscReal square = PetscSqr(s->debye_length);
  const PetscReal slope = (s->field[i + 1] - s->field[i - 1]) / (s->x[i + 1] - s->x[i - 1]);

  return square * slope / (s->gradient * s->x[i] + s->salt + 0.5 * square * PetscSqr(s->field[i]));
}

/* Where the separation falls through 1/2; 0: nowhere. */
static PetscReal Width(const Steady *s)
{
  PetscReal before = Separation(s, 1), now;

  for (PetscInt i = 2; i < s->nodes - 1; i++, before = now) {
    now = Separation(s, i);
    if (before > 0.5 && now <= 0.5) {
      return s->x[i] + (s->x[i - 1] - s->x[i]) * (0.5 - now) / (before - now);
    }
  }
  return 0;
}

/* ---- the film between selective contacts ---- */

#define FILM_NODES 16001
#define LARGEST_VOLTAGE_STEP 1.

static PetscErrorCode CurveOnMesh(PetscReal debye_ratio, PetscInt nodes, PetscInt count,
                                  const PetscReal voltage[], SteadyFilm film[])
{
  Conditions conditions = {.anions = 1, .voltage = 0};
  Steady s;

  PetscFunctionBeginUser;
  PetscCall(SteadyCreate(nodes, 1, 0.5 * log(2 / debye_ratio), PETSC_TRUE, &s));
  s.debye_length = debye_ratio;
  s.salt = s.wall[0] = s.wall[1] = 1;
  for (PetscInt i = 0; i < count; i++) {
    const PetscReal start = conditions.voltage;
    const PetscInt steps = (PetscInt)ceil((voltage[i] - start) / LARGEST_VOLTAGE_STEP);
    for (PetscInt n = 1; n <= steps; n++) {
      conditions.voltage = start + (voltage[i] - start) * (PetscReal)n / (PetscReal)steps;
      PetscCall(SteadySolve(&s, &conditions));
    }
    film[i] = (SteadyFilm){.debye_ratio = debye_ratio,
                           .voltage = voltage[i],
                           .current = 0.5 * s.gradient,
                           .virtual_salt = s.salt,
                           .space_charge_width = Width(&s)};
  }
  PetscCall(SteadyDestroy(&s));
  PetscFunctionReturn(0);
}

PetscErrorCode SteadyFilmCurve(PetscReal debye_ratio, PetscInt count, const PetscReal voltage[],
                               SteadyFilm film[])
{
  SteadyFilm *coarse;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(count, &coarse));
  PetscCall(CurveOnMesh(debye_ratio, FILM_NODES, count, voltage, coarse));
  PetscCall(CurveOnMesh(debye_ratio, 2 * FILM_NODES - 1, count, voltage, film));
  for (PetscInt i = 0; i < count; i++) {
    film[i].current += (film[i].current - coarse[i].current) / 3;
    film[i].virtual_salt += (film[i].virtual_salt - coarse[i].virtual_salt) / 3;
    film[i].space_charge_width += (film[i].space_charge_width - coarse[i].space_charge_width) / 3;
  }
  PetscCall(PetscFree(coarse));
  PetscFunctionReturn(0);
}

/* ---- the layer of a limiting current ---- */

#define LAYER_NODES 4001
#define LAYER_LENGTH 40.  // x*

/* In units of x*, g x* and R T/(F x*): lambda = g = 1. */
static PetscErrorCode SeparationInLayer(Steady *s, PetscReal distance, PetscReal salt,
                                        PetscReal *separation)
{
  const Conditions none = {NAN, NAN};
  const PetscInt steps = 1 + (PetscInt)(fabs(salt - s->salt) / 0.05);
  const PetscReal start = s->salt;
  PetscInt i = 1;

  PetscFunctionBeginUser;
  for (PetscInt n = 1; n <= steps; n++) {
    s->salt = start + (salt - start) * (PetscReal)n / (PetscReal)steps;
    PetscCall(SteadySolve(s, &none));
  }
  while (s->x[i + 1] < distance) i++;
  const PetscReal share = (distance - s->x[i]) / (s->x[i + 1] - s->x[i]);
  *separation = (1 - share) * Separation(s, i) + share * Separation(s, i + 1);
  PetscFunctionReturn(0);
}

PetscErrorCode LimitingLayerOnset(PetscReal distance, PetscReal wall_concentration,
                                  PetscReal *virtual_salt)
{
  const Conditions none = {NAN, NAN};
  PetscReal low = -6, high = 2, separation = 0;
  Steady s;

  PetscFunctionBeginUser;
  PetscCall(SteadyCreate(LAYER_NODES, LAYER_LENGTH, 3, PETSC_FALSE, &s));
  s.debye_length = s.gradient = 1;
  s.salt = high;
  s.wall[0] = high + 1;
  s.wall[1] = NAN;
  for (PetscInt i = 0; i < s.nodes; i++) s.field[i] = -1 / (s.x[i] + high);
  // The wall's concentration is brought up step by step: the layer at the wall grows thinner.
  for (; s.wall[0] < wall_concentration; s.wall[0] *= 1.2) PetscCall(SteadySolve(&s, &none));
  s.wall[0] = wall_concentration;
  PetscCall(SteadySolve(&s, &none));
  while (high - low > 1e-7) {
    *virtual_salt = 0.5 * (low + high);
    PetscCall(SeparationInLayer(&s, distance, *virtual_salt, &separation));
    if (separation > 0.5)
      low = *virtual_salt;
    else
      high = *virtual_salt;
  }
  PetscCall(SteadyDestroy(&s));
  PetscFunctionReturn(0);
}
