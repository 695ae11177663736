#include "solver/property.h"

#include <math.h>

#define DEGREE 8  // of the polynomials that are recognised
#define NODES (DEGREE + 1)
#define CHECKS 500                 // points at which a polynomial must prove to be one
#define POLYNOMIAL_ACCURACY 1e-13  // of the largest value: rounding in a fit of many terms
#define FEWEST_INTERVALS 32
#define MOST_INTERVALS 65536
#define SMALLEST_ROOT 0.02  // of an interval from c = 0: the derivative below is the one there

/* value = a[0] + a[1] t + a[2] t^2 + a[3] t^3, 0 <= t <= 1 over an interval. */
typedef struct {
  PetscReal a[4];
} Cubic;

struct _p_Property {
  PropertyValue (*inside)(const struct _p_Property *property, PetscReal concentration);
  PetscReal low, high;              // [mol/m^3]
  PetscReal low_value, high_value;  // beyond the ends
  PetscReal error;
  PetscBool constant;
  PetscInt degree;                // polynomial in (c - low)/width
  PetscReal coefficient[NODES];   // [0] alone: a constant
  PetscReal width, per_width;     // high - low, of a constant 1, and 1 over it
  PetscReal first_root, spacing;  // spline: sqrt(low) and its intervals in sqrt(c)
  PetscReal per_spacing;
  PetscReal smallest_root, smallest_slope;  // below that root the derivative is this one
  PetscInt intervals;                       // spline, table
  Cubic *cubic;                             // one an interval; owned
  PetscReal *concentration;                 // the rows of a table; owned
};

// ---- Evaluation ----------------------------------------------------------------------------

static PropertyValue PolynomialInside(const struct _p_Property *property, PetscReal concentration)
{
  const PetscReal *a = property->coefficient;
  const PetscReal t = (concentration - property->low) * property->per_width;
  PetscReal value = a[property->degree], slope = 0;

  for (PetscInt k = property->degree - 1; k >= 0; k--) {
    slope = slope * t + value;
    value = value * t + a[k];
  }
  return (PropertyValue){value, slope * property->per_width};
}

static inline PetscReal CubicValue(const Cubic *cubic, PetscReal t)
{
  return ((cubic->a[3] * t + cubic->a[2]) * t + cubic->a[1]) * t + cubic->a[0];
}

static inline PetscReal CubicSlope(const Cubic *cubic, PetscReal t)
{
  return (3 * cubic->a[3] * t + 2 * cubic->a[2]) * t + cubic->a[1];
}

static inline PetscInt SplineInterval(const struct _p_Property *property, PetscReal place)
{
  return PetscMax(0, PetscMin((PetscInt)place, property->intervals - 1));
}

/* With s = sqrt(c), d/dc = (d/ds)/(2 s): infinite at c = 0 where the function has a term in
   sqrt(c), and of a spline always, which has a tiny one.  There the derivative stays the one at a
   small s. */
static PropertyValue SplineInside(const struct _p_Property *property, PetscReal concentration)
{
  const PetscReal root = sqrt(concentration);
  const PetscReal place = (root - property->first_root) * property->per_spacing;
  const PetscInt i = SplineInterval(property, place);
  const Cubic *cubic = &property->cubic[i];
  const PetscReal value = CubicValue(cubic, place - i);

  if (root < property->smallest_root) return (PropertyValue){value, property->smallest_slope};
  return (PropertyValue){value,
                         CubicSlope(cubic, place - i) * (0.5 * property->per_spacing / root)};
}

static PropertyValue TableInside(const struct _p_Property *property, PetscReal concentration)
{
  PetscInt first = 0, end = property->intervals;
  PetscReal width, t;

  while (end - first > 1) {
    const PetscInt middle = (first + end) / 2;
    if (concentration < property->concentration[middle])
      end = middle;
    else
      first = middle;
  }
  width = property->concentration[first + 1] - property->concentration[first];
  t = (concentration - property->concentration[first]) / width;
  return (PropertyValue){CubicValue(&property->cubic[first], t),
                         CubicSlope(&property->cubic[first], t) / width};
}

PropertyValue PropertyEvaluate(Property property, PetscReal concentration)
{
  if (concentration >= property->low && concentration <= property->high)
    return property->inside(property, concentration);
  if (isnan(concentration)) return (PropertyValue){NAN, NAN};
  return (PropertyValue){concentration < property->low ? property->low_value : property->high_value,
                         0};
}

// ---- Constants and polynomials -------------------------------------------------------------

PetscErrorCode PropertyCreateConstant(PetscReal value, Property *property)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(property));
  (*property)->inside = PolynomialInside;
  (*property)->high = PETSC_INFINITY;
  (*property)->low_value = (*property)->high_value = (*property)->coefficient[0] = value;
  (*property)->width = (*property)->per_width = 1;
  (*property)->constant = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* The function's value, and the mistake where it is not finite. */
static PetscReal Sample(PropertyFunction function, void *context, PetscReal concentration,
                        PropertyMistake *mistake)
{
  const PetscReal value = function(context, concentration);

  if (PetscIsInfOrNanReal(value) && !mistake->reason)
    *mistake = (PropertyMistake){"is not a finite number", concentration, value};
  return value;
}

/* Coefficients of the Chebyshev polynomials T_k(2 t - 1), 0 <= t <= 1, of the interpolant through
   the zeros of T_9, at which they are orthogonal sums over the values. */
static void ChebyshevCoefficients(const PetscReal value[NODES], PetscReal chebyshev[NODES])
{
  for (PetscInt k = 0; k < NODES; k++) {
    chebyshev[k] = 0;
    for (PetscInt j = 0; j < NODES; j++)
      chebyshev[k] += (k ? 2.0 : 1.0) / NODES * value[j] * cos(PETSC_PI * k * (j + 0.5) / NODES);
  }
}

/* From Chebyshev polynomials of 2 t - 1 to powers of t, in which a fit that vanishes at c = 0 does
   so to its last digit.  T_(k+1) = 2 (2 t - 1) T_k - T_(k-1). */
static void PowerCoefficients(PetscInt degree, const PetscReal chebyshev[NODES],
                              PetscReal power[NODES])
{
  PetscReal before[NODES] = {1}, now[NODES] = {-1, 2}, next[NODES];

  for (PetscInt j = 0; j < NODES; j++) power[j] = chebyshev[0] * before[j];
  for (PetscInt k = 1; k <= degree; k++) {
    for (PetscInt j = 0; j < NODES; j++) {
      power[j] += chebyshev[k] * now[j];
      next[j] = 4 * (j ? now[j - 1] : 0) - 2 * now[j] - before[j];
    }
    for (PetscInt j = 0; j < NODES; j++) {
      before[j] = now[j];
      now[j] = next[j];
    }
  }
}

/* The polynomial through nine points, without what is rounding in it; *largest is the largest
   value met. */
static void FitPolynomial(PropertyFunction function, void *context, Property property,
                          PetscReal *largest, PropertyMistake *mistake)
{
  PetscReal value[NODES], chebyshev[NODES];
  PetscInt degree = DEGREE;

  *largest = 0;
  for (PetscInt j = 0; j < NODES; j++) {
    const PetscReal t = 0.5 * (1 + cos(PETSC_PI * (j + 0.5) / NODES));
    value[j] = Sample(function, context, property->low + property->width * t, mistake);
    *largest = PetscMax(*largest, PetscAbsReal(value[j]));
  }
  ChebyshevCoefficients(value, chebyshev);
  while (degree > 0 && PetscAbsReal(chebyshev[degree]) <= 0.3 * POLYNOMIAL_ACCURACY * *largest)
    degree--;
  PowerCoefficients(degree, chebyshev, property->coefficient);
  if (PetscAbsReal(property->coefficient[0]) <= 0.1 * POLYNOMIAL_ACCURACY * *largest)
    property->coefficient[0] = 0;
  property->degree = degree;
  property->inside = PolynomialInside;
}

/* Whether the polynomial is the function, at many more points and at the ends. */
static PetscBool PolynomialHolds(PropertyFunction function, void *context, Property property,
                                 PetscReal largest, PropertyMistake *mistake)
{
  PetscBool holds = PETSC_TRUE;

  for (PetscInt j = 0; j <= CHECKS && !mistake->reason; j++) {
    const PetscReal t = PetscSqr((PetscReal)j / CHECKS);
    const PetscReal concentration =
        j < CHECKS ? property->low + property->width * t : property->high;
    const PetscReal value = Sample(function, context, concentration, mistake);
    const PetscReal deviation = PolynomialInside(property, concentration).value - value;
    if (!(PetscAbsReal(deviation) <= POLYNOMIAL_ACCURACY * PetscMax(largest, PetscAbsReal(value))))
      holds = PETSC_FALSE;
  }
  return holds;
}

// ---- Splines -------------------------------------------------------------------------------

/* Second derivatives times spacing^2 at the nodes of the cubic spline through values at equal
   spacing, with "not-a-knot" ends: m_(i-1) + 4 m_i + m_(i+1) = 6 (y_(i-1) - 2 y_i + y_(i+1)), and
   m linear over the two intervals at either end, which makes m_1 and m_(n-1) second differences. */
static void SplineCurvatures(PetscInt intervals, const PetscReal y[], PetscReal pivot[],
                             PetscReal m[])
{
  const PetscInt n = intervals;

  for (PetscInt i = 1; i < n; i++) m[i] = y[i - 1] - 2 * y[i] + y[i + 1];
  pivot[1] = 0;
  for (PetscInt i = 2; i < n - 1; i++) {
    pivot[i] = 1 / (4 - pivot[i - 1]);
    m[i] = (6 * m[i] - m[i - 1]) * pivot[i];
  }
  for (PetscInt i = n - 2; i > 1; i--) m[i] -= pivot[i] * m[i + 1];
  m[0] = 2 * m[1] - m[2];
  m[n] = 2 * m[n - 1] - m[n - 2];
}

static PetscReal RootAt(const struct _p_Property *property, PetscReal place)
{
  return property->first_root + property->spacing * place;
}

/* Concentration at a place counted in intervals: the ends are met to the last digit. */
static PetscReal ConcentrationAt(const struct _p_Property *property, PetscReal place)
{
  if (place <= 0) return property->low;
  if (place >= property->intervals) return property->high;
  return PetscSqr(RootAt(property, place));
}

static PetscErrorCode FitSpline(PropertyFunction function, void *context, PetscInt intervals,
                                Property property, PropertyMistake *mistake)
{
  PetscReal *y, *m, *pivot;

  PetscFunctionBeginUser;
  property->intervals = intervals;
  property->first_root = sqrt(property->low);
  property->spacing = (sqrt(property->high) - property->first_root) / intervals;
  property->per_spacing = 1 / property->spacing;
  property->smallest_root = property->low > 0 ? 0 : SMALLEST_ROOT * property->spacing;
  property->inside = SplineInside;
  PetscCall(PetscFree(property->cubic));
  PetscCall(PetscMalloc1(intervals, &property->cubic));
  PetscCall(PetscMalloc3(intervals + 1, &y, intervals + 1, &m, intervals + 1, &pivot));
  for (PetscInt i = 0; i <= intervals; i++)
    y[i] = Sample(function, context, ConcentrationAt(property, i), mistake);
  SplineCurvatures(intervals, y, pivot, m);
  for (PetscInt i = 0; i < intervals; i++)
    property->cubic[i] = (Cubic){
        {y[i], y[i + 1] - y[i] - (2 * m[i] + m[i + 1]) / 6, 0.5 * m[i], (m[i + 1] - m[i]) / 6}};
  property->smallest_slope = CubicSlope(&property->cubic[0], SMALLEST_ROOT) /
                             (2 * SMALLEST_ROOT * PetscSqr(property->spacing));
  PetscCall(PetscFree3(y, m, pivot));
  PetscFunctionReturn(0);
}

/* The largest deviation, at three points of every interval, and where. */
static void MeasureSpline(PropertyFunction function, void *context, Property property,
                          PetscReal largest, PetscReal *where, PropertyMistake *mistake)
{
  static const PetscReal part[] = {0.21, 0.5, 0.77};

  property->error = 0;
  for (PetscInt i = 0; i < property->intervals && !mistake->reason; i++) {
    for (size_t j = 0; j < PETSC_STATIC_ARRAY_LENGTH(part); j++) {
      const PetscReal concentration = ConcentrationAt(property, i + part[j]);
      const PetscReal value = Sample(function, context, concentration, mistake);
      const PetscReal deviation = SplineInside(property, concentration).value - value;
      const PetscReal error =
          PetscAbsReal(deviation) / PetscMax(PetscAbsReal(value), 0.01 * largest);
      if (error <= property->error) continue;
      property->error = error;
      *where = concentration;
    }
  }
}

static PetscErrorCode RefineSpline(PropertyFunction function, void *context, PetscReal largest,
                                   Property property, PropertyMistake *mistake)
{
  PetscReal where = property->low;

  PetscFunctionBeginUser;
  for (PetscInt n = FEWEST_INTERVALS; n <= MOST_INTERVALS && !mistake->reason; n *= 2) {
    PetscCall(FitSpline(function, context, n, property, mistake));
    MeasureSpline(function, context, property, largest, &where, mistake);
    if (property->error <= PROPERTY_ACCURACY) PetscFunctionReturn(0);
  }
  if (!mistake->reason)
    *mistake = (PropertyMistake){"is not smooth", where, function(context, where)};
  PetscFunctionReturn(0);
}

PetscErrorCode PropertyCreate(PropertyFunction function, void *context, PetscReal low,
                              PetscReal high, Property *property, PropertyMistake *mistake)
{
  PetscReal largest;

  PetscFunctionBeginUser;
  PetscCheck(0 <= low && low < high && !PetscIsInfOrNanReal(high), PETSC_COMM_SELF,
             PETSC_ERR_ARG_OUTOFRANGE, "no range of concentrations: %g to %g mol/m^3", (double)low,
             (double)high);
  *mistake = (PropertyMistake){NULL, 0, 0};
  PetscCall(PetscNew(property));
  (*property)->low = low;
  (*property)->high = high;
  (*property)->width = high - low;
  (*property)->per_width = 1 / (*property)->width;
  FitPolynomial(function, context, *property, &largest, mistake);
  if (!PolynomialHolds(function, context, *property, largest, mistake) && !mistake->reason)
    PetscCall(RefineSpline(function, context, largest, *property, mistake));
  if (mistake->reason) {
    PetscCall(PropertyDestroy(property));
    PetscFunctionReturn(0);
  }
  (*property)->low_value = (*property)->inside(*property, low).value;
  (*property)->high_value = (*property)->inside(*property, high).value;
  (*property)->constant =
      (PetscBool)((*property)->inside == PolynomialInside && (*property)->degree == 0);
  PetscFunctionReturn(0);
}

// ---- Tables --------------------------------------------------------------------------------

/* Slope at the first row from the parabola through three, not beyond what keeps the first interval
   monotone.  `h` and `secant` are of the first and the second interval. */
static PetscReal EndSlope(const PetscReal h[2], const PetscReal secant[2])
{
  const PetscReal slope = secant[0] + (secant[0] - secant[1]) * h[0] / (h[0] + h[1]);

  return slope * secant[0] > 0 ? slope : 0;
}

/* Slopes at the rows: those of the parabola through three neighbours, 0 at an extreme. */
static void TableSlopes(PetscInt rows, const PetscReal c[], const PetscReal value[],
                        PetscReal slope[])
{
  PetscReal h[2] = {1, 1}, secant[2] = {0, 0};

  for (PetscInt i = 0; i + 1 < rows; i++) {
    h[0] = h[1];
    secant[0] = secant[1];
    h[1] = c[i + 1] - c[i];
    secant[1] = (value[i + 1] - value[i]) / h[1];
    if (i == 0) continue;
    slope[i] =
        secant[0] * secant[1] > 0 ? (h[1] * secant[0] + h[0] * secant[1]) / (h[0] + h[1]) : 0;
    if (i == 1) slope[0] = EndSlope(h, secant);
  }
  if (rows == 2)
    slope[0] = slope[1] = secant[1];
  else
    slope[rows - 1] = EndSlope((PetscReal[]){h[1], h[0]}, (PetscReal[]){secant[1], secant[0]});
}

/* A cubic between two values is monotone where its end slopes, in units of the secant, lie within
   the circle of radius 3 (Fritsch and Carlson 1980). */
static void LimitSlopes(PetscReal secant, PetscReal slope[2])
{
  const PetscReal radius = hypot(slope[0], slope[1]);

  if (radius <= 3 * PetscAbsReal(secant)) return;
  slope[0] *= 3 * PetscAbsReal(secant) / radius;
  slope[1] *= 3 * PetscAbsReal(secant) / radius;
}

/* Hermite's cubics, and whether they are all one constant. */
static void TableCubics(PetscInt rows, const PetscReal c[], const PetscReal value[],
                        const PetscReal slope[], Cubic cubic[], PetscBool *constant)
{
  *constant = PETSC_TRUE;
  for (PetscInt i = 0; i + 1 < rows; i++) {
    const PetscReal width = c[i + 1] - c[i], jump = value[i + 1] - value[i];
    const PetscReal left = slope[i] * width, right = slope[i + 1] * width;
    cubic[i] = (Cubic){{value[i], left, 3 * jump - 2 * left - right, left + right - 2 * jump}};
    if (jump != 0) *constant = PETSC_FALSE;
  }
}

PetscErrorCode PropertyCreateTable(PetscInt rows, const PetscReal concentration[],
                                   const PetscReal value[], Property *property)
{
  PetscReal *slope;
  Property table;

  PetscFunctionBeginUser;
  PetscCheck(rows >= 2, PETSC_COMM_SELF, PETSC_ERR_ARG_OUTOFRANGE, "a table takes two rows");
  PetscCall(PetscNew(&table));
  table->inside = TableInside;
  table->low = concentration[0];
  table->high = concentration[rows - 1];
  table->low_value = value[0];
  table->high_value = value[rows - 1];
  table->intervals = rows - 1;
  PetscCall(PetscMalloc1(rows, &table->concentration));
  PetscCall(PetscMalloc1(rows - 1, &table->cubic));
  PetscCall(PetscMalloc1(rows, &slope));
  PetscCall(PetscArraycpy(table->concentration, concentration, rows));
  TableSlopes(rows, concentration, value, slope);
  for (PetscInt i = 0; i + 1 < rows; i++)  // each may lower a slope of the one before
    LimitSlopes((value[i + 1] - value[i]) / (concentration[i + 1] - concentration[i]), &slope[i]);
  TableCubics(rows, concentration, value, slope, table->cubic, &table->constant);
  PetscCall(PetscFree(slope));
  *property = table;
  PetscFunctionReturn(0);
}

// ---- Getters -------------------------------------------------------------------------------

void PropertyRange(Property property, PetscReal *low, PetscReal *high)
{
  *low = property->low;
  *high = property->high;
}

PetscBool PropertyIsConstant(Property property)
{
  return property->constant;
}

PetscReal PropertyError(Property property)
{
  return property->error;
}

PetscErrorCode PropertyDestroy(Property *property)
{
  PetscFunctionBeginUser;
  if (!*property) PetscFunctionReturn(0);
  PetscCall(PetscFree((*property)->cubic));
  PetscCall(PetscFree((*property)->concentration));
  PetscCall(PetscFree(*property));
  PetscFunctionReturn(0);
}
