#include "solver/solution.h"

#include <math.h>

#include "bc/physical_constants.h"

/* Share of the bound of dissipation at which the friction between the ions is held. */
#define HELD_SHARE 0.95

/* Below the validity, in the electroneutral closure, D and F^2 c/(R T kappa) keep this share at
   least of what they are at its lower end. */
#define LEAST_SHARE 0.1

/* Intervals of the integrals over the thermodynamic factor, and points of a scan. */
#define INTEGRAL_INTERVALS 512
#define SCAN_POINTS 1000

struct _p_Solution {
  Property diffusivity, transference_number, conductivity, thermodynamic_factor;  // lent
  Property log_activity_coefficient, osmotic_concentration;  // over [low, reach]; NULL: reach = low
  PetscReal low, high;                                       // validity [mol/m^3]
  PetscReal reach;            // from here on the thermodynamic factor is constant [mol/m^3]
  PetscReal factor_at_low;    // TDF
  PetscReal factor_slope;     // of the TDF below the validity [m^3/mol]
  PetscReal friction_at_low;  // Lambda [m s/mol]
  PetscReal least_diffusivity, least_resistance;  // below the validity [m^2/s], [s/m^2]
  PetscReal charge_factor;                        // F^2/(R T) [C^2/J]
  PetscBool dissipative;                          // Lambda is held at its bound
};

// ---- Arithmetic of values with a derivative ----

static inline PropertyValue Product(PropertyValue a, PropertyValue b)
{
  return (PropertyValue){a.value * b.value, a.derivative * b.value + a.value * b.derivative};
}

static inline PropertyValue Quotient(PropertyValue a, PropertyValue b)
{
  const PetscReal per_b = 1 / b.value, value = a.value * per_b;

  return (PropertyValue){value, (a.derivative - value * b.derivative) * per_b};
}

static inline PropertyValue Sum(PropertyValue a, PropertyValue b)
{
  return (PropertyValue){a.value + b.value, a.derivative + b.derivative};
}

static inline PropertyValue Difference(PropertyValue a, PropertyValue b)
{
  return (PropertyValue){a.value - b.value, a.derivative - b.derivative};
}

static inline PropertyValue Multiple(PetscReal factor, PropertyValue a)
{
  return (PropertyValue){factor * a.value, factor * a.derivative};
}

static inline PropertyValue OneMinus(PropertyValue a)
{
  return (PropertyValue){1 - a.value, -a.derivative};
}

static inline PropertyValue Identity(PetscReal concentration)
{
  return (PropertyValue){concentration, 1};
}

// ---- Measured properties, continued beyond the measurements ----

/* Below the validity, where no fit is bound to make sense. */
static inline PropertyValue AtLeast(PetscReal least, PropertyValue a)
{
  return a.value > least ? a : (PropertyValue){least, 0};
}

PropertyValue SolutionDiffusivity(Solution s, PetscReal concentration)
{
  const PropertyValue fit = PropertyEvaluate(s->diffusivity, concentration);

  return concentration < s->low ? AtLeast(s->least_diffusivity, fit) : fit;
}

PropertyValue SolutionTransferenceNumber(Solution s, PetscReal concentration)
{
  return PropertyEvaluate(s->transference_number, concentration);
}

PropertyValue SolutionThermodynamicFactor(Solution s, PetscReal concentration)
{
  if (concentration >= s->low) return PropertyEvaluate(s->thermodynamic_factor, concentration);
  return (PropertyValue){1 + s->factor_slope * concentration, s->factor_slope};
}

PropertyValue SolutionMobility(Solution s, PetscReal concentration)
{
  return Quotient(SolutionDiffusivity(s, concentration),
                  SolutionThermodynamicFactor(s, concentration));
}

/* 2 TDF/D [s/m^2], the sum of the two frictions with the solvent. */
static inline PropertyValue SolventFriction(Solution s, PetscReal concentration)
{
  return Quotient(Multiple(2, SolutionThermodynamicFactor(s, concentration)),
                  SolutionDiffusivity(s, concentration));
}

/* t_+ (1 - t_+) 2 TDF/D: what a solution without friction between its ions would have for
   F^2 c/(R T kappa) [s/m^2]. */
static inline PropertyValue DiluteResistance(const Frictions *frictions, PropertyValue transference)
{
  return Product(transference, frictions->cation_solvent);
}

/* F^2 c/(R T kappa) as measured [s/m^2]. */
static PropertyValue MeasuredResistance(Solution s, PetscReal concentration)
{
  return Multiple(s->charge_factor, Quotient(Identity(concentration),
                                             PropertyEvaluate(s->conductivity, concentration)));
}

/* Lambda before it is held anywhere [m s/mol]. */
static inline PropertyValue MeasuredIonFriction(Solution s, PropertyValue dilute_resistance,
                                                PetscReal concentration)
{
  if (concentration < s->low) return (PropertyValue){s->friction_at_low, 0};
  return Quotient(Difference(MeasuredResistance(s, concentration), dilute_resistance),
                  Identity(concentration));
}

/* The least Lambda allowed: -0.95 min(1/D_+0, 1/D_-0)/(2 c). */
static PropertyValue LeastIonFriction(const Frictions *frictions, PetscReal concentration)
{
  const PropertyValue least = frictions->cation_solvent.value < frictions->anion_solvent.value
                                  ? frictions->cation_solvent
                                  : frictions->anion_solvent;

  return Multiple(-0.5 * HELD_SHARE, Quotient(least, Identity(concentration)));
}

/* Each property is evaluated once: a face of the flux law costs little more. */
static Frictions FrictionsAndHold(Solution s, PetscReal concentration, PetscBool *held)
{
  const PropertyValue t = SolutionTransferenceNumber(s, concentration);
  const PropertyValue sum = SolventFriction(s, concentration);
  Frictions frictions = {.cation_solvent = Product(OneMinus(t), sum),
                         .anion_solvent = Product(t, sum)};

  *held = PETSC_FALSE;
  frictions.ion_ion = MeasuredIonFriction(s, DiluteResistance(&frictions, t), concentration);
  if (s->dissipative && frictions.ion_ion.value < 0) {
    const PropertyValue least = LeastIonFriction(&frictions, concentration);
    *held = (PetscBool)(frictions.ion_ion.value < least.value);
    if (*held) frictions.ion_ion = least;
  }
  return frictions;
}

Frictions SolutionFrictions(Solution s, PetscReal concentration)
{
  PetscBool held;

  return FrictionsAndHold(s, concentration, &held);
}

/* Where nothing is held and the measurements reach, the frictions give back kappa itself. */
PropertyValue SolutionReducedConductivity(Solution s, PetscReal concentration)
{
  const PropertyValue one = {1, 0};
  PropertyValue t, resistance;
  Frictions frictions;

  if (!s->dissipative && concentration >= s->low) {
    return Quotient(one, MeasuredResistance(s, concentration));
  }
  t = SolutionTransferenceNumber(s, concentration);
  frictions = SolutionFrictions(s, concentration);
  resistance =
      Sum(Product(frictions.ion_ion, Identity(concentration)), DiluteResistance(&frictions, t));
  if (concentration < s->low) resistance = AtLeast(s->least_resistance, resistance);
  return Quotient(one, resistance);
}

// ---- Integrals over the thermodynamic factor ----

/* Both in closed form below the validity and where the factor is constant; between, the splines. */

PropertyValue SolutionLogActivityCoefficient(Solution s, PetscReal concentration)
{
  const PetscReal slope = s->factor_slope;
  PropertyValue at_reach;
  PetscReal excess;

  if (concentration < s->low) return (PropertyValue){slope * concentration, slope};
  if (s->log_activity_coefficient && concentration <= s->reach) {
    return PropertyEvaluate(s->log_activity_coefficient, concentration);
  }
  excess = PropertyEvaluate(s->thermodynamic_factor, concentration).value - 1;
  at_reach = s->log_activity_coefficient ? PropertyEvaluate(s->log_activity_coefficient, s->reach)
                                         : (PropertyValue){slope * s->low, slope};
  return (PropertyValue){at_reach.value + excess * log(concentration / s->reach),
                         excess / concentration};
}

PropertyValue SolutionOsmoticConcentration(Solution s, PetscReal concentration)
{
  const PetscReal slope = s->factor_slope;
  PetscReal at_reach, factor;

  if (concentration <= 0) return Identity(concentration);
  if (concentration < s->low) {
    return (PropertyValue){concentration + 0.5 * slope * PetscSqr(concentration),
                           1 + slope * concentration};
  }
  if (s->osmotic_concentration && concentration <= s->reach) {
    return PropertyEvaluate(s->osmotic_concentration, concentration);
  }
  factor = PropertyEvaluate(s->thermodynamic_factor, concentration).value;
  at_reach = s->osmotic_concentration ? PropertyEvaluate(s->osmotic_concentration, s->reach).value
                                      : s->low + 0.5 * slope * PetscSqr(s->low);
  return (PropertyValue){at_reach + factor * (concentration - s->reach), factor};
}

typedef PetscReal (*Integrand)(PetscReal factor, PetscReal concentration);

static PetscReal LogActivityIntegrand(PetscReal factor, PetscReal concentration)
{
  return (factor - 1) / concentration;
}

static PetscReal OsmoticIntegrand(PetscReal factor, PETSC_UNUSED PetscReal concentration)
{
  return factor;
}

/* The integral from `low` on, tabulated at equal steps of sqrt(c). */
typedef struct {
  Property thermodynamic_factor;
  Integrand integrand;
  PetscReal root_low, root_step;          // of the concentrations [(mol/m^3)^(1/2)]
  PetscReal sum[INTEGRAL_INTERVALS + 1];  // up to each step, with the integral up to `low`
} Integral;

/* Five points of Gauss between two roots of concentrations: dc = 2 s ds. */
static PetscReal IntegrateBetween(const Integral *integral, PetscReal from, PetscReal to)
{
  static const PetscReal point[] = {0, 0.5384693101056831, 0.9061798459386640};
  static const PetscReal weight[] = {0.5688888888888889, 0.4786286704993665, 0.2369268850561891};
  const PetscReal middle = 0.5 * (from + to), half = 0.5 * (to - from);
  PetscReal sum = 0;

  for (PetscInt i = -2; i <= 2; i++) {
    const PetscInt j = i < 0 ? -i : i;
    const PetscReal root = middle + (i < 0 ? -half : half) * point[j];
    const PetscReal c = root * root;
    const PetscReal factor = PropertyEvaluate(integral->thermodynamic_factor, c).value;
    sum += weight[j] * 2 * root * integral->integrand(factor, c);
  }
  return half * sum;
}

static PetscReal IntegralUpTo(void *context, PetscReal concentration)
{
  const Integral *integral = (const Integral *)context;
  const PetscReal root = sqrt(concentration);
  const PetscReal position = (root - integral->root_low) / integral->root_step;
  const PetscInt i = PetscMax(0, PetscMin(INTEGRAL_INTERVALS - 1, (PetscInt)position));

  return integral->sum[i] +
         IntegrateBetween(integral, integral->root_low + i * integral->root_step, root);
}

static PetscErrorCode CreateIntegral(Solution s, Integrand integrand, PetscReal at_low,
                                     Property *property)
{
  Integral integral = {.thermodynamic_factor = s->thermodynamic_factor,
                       .integrand = integrand,
                       .root_low = sqrt(s->low),
                       .root_step = (sqrt(s->reach) - sqrt(s->low)) / INTEGRAL_INTERVALS,
                       .sum = {at_low}};
  PropertyMistake mistake;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < INTEGRAL_INTERVALS; i++) {
    const PetscReal from = integral.root_low + i * integral.root_step;
    integral.sum[i + 1] =
        integral.sum[i] + IntegrateBetween(&integral, from, from + integral.root_step);
  }
  PetscCall(PropertyCreate(IntegralUpTo, &integral, s->low, s->reach, property, &mistake));
  PetscCheck(*property, PETSC_COMM_SELF, PETSC_ERR_USER_INPUT, "integral %s at %g mol/m^3",
             mistake.reason, (double)mistake.concentration);
  PetscFunctionReturn(0);
}

static PetscErrorCode CreateIntegrals(Solution s)
{
  const PetscReal excess = s->factor_at_low - 1;

  PetscFunctionBeginUser;
  PetscCall(CreateIntegral(s, LogActivityIntegrand, excess, &s->log_activity_coefficient));
  PetscCall(
      CreateIntegral(s, OsmoticIntegrand, s->low * (1 + 0.5 * excess), &s->osmotic_concentration));
  PetscFunctionReturn(0);
}

// ---- Making ----

/* The poisson closure takes no solution that would need it. */
static void SetLeast(Solution s)
{
  const PetscReal none = -PETSC_INFINITY;

  s->least_diffusivity =
      s->dissipative ? none : LEAST_SHARE * PropertyEvaluate(s->diffusivity, s->low).value;
  s->least_resistance = s->dissipative ? none : LEAST_SHARE * MeasuredResistance(s, s->low).value;
}

/* Held there, if anywhere: the value at the lower end is what continues below it. */
static PetscReal IonFrictionAtLow(Solution s)
{
  return SolutionFrictions(s, s->low).ion_ion.value;
}

PetscErrorCode SolutionCreate(const Electrolyte *electrolyte, PetscReal temperature,
                              Solution *solution)
{
  const MeasuredProperty *const needed[] = {&electrolyte->diffusivity, &electrolyte->conductivity,
                                            &electrolyte->transference_number,
                                            &electrolyte->thermodynamic_factor};
  Solution s;

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(needed); i++) {
    PetscCheck(needed[i]->function, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONGSTATE,
               "a property of the solution is missing");
  }
  PetscCall(PetscNew(&s));
  s->diffusivity = electrolyte->diffusivity.function;
  s->conductivity = electrolyte->conductivity.function;
  s->transference_number = electrolyte->transference_number.function;
  s->thermodynamic_factor = electrolyte->thermodynamic_factor.function;
  s->low = electrolyte->concentration_validity.low;
  s->high = electrolyte->concentration_validity.high;
  s->reach = PropertyIsConstant(s->thermodynamic_factor) ? s->low : s->high;
  s->charge_factor = PetscSqr(FARADAY) / (GAS_CONSTANT * temperature);
  s->dissipative = (PetscBool)(electrolyte->closure == CLOSURE_POISSON);
  s->factor_at_low = PropertyEvaluate(s->thermodynamic_factor, s->low).value;
  s->factor_slope = (s->factor_at_low - 1) / s->low;
  SetLeast(s);
  s->friction_at_low = IonFrictionAtLow(s);
  PetscErrorCode ierr = s->reach > s->low ? CreateIntegrals(s) : 0;
  if (ierr) PetscCall(SolutionDestroy(&s));
  PetscCall(ierr);
  *solution = s;
  PetscFunctionReturn(0);
}

PetscErrorCode SolutionDestroy(Solution *solution)
{
  PetscFunctionBeginUser;
  if (!*solution) PetscFunctionReturn(0);
  PetscCall(PropertyDestroy(&(*solution)->log_activity_coefficient));
  PetscCall(PropertyDestroy(&(*solution)->osmotic_concentration));
  PetscCall(PetscFree(*solution));
  PetscFunctionReturn(0);
}

// ---- Judging ----

/* Point number i of a scan: equal steps of sqrt(c) from 0 to the end of the validity, or to twice
   its lower end where there is no other. */
static PetscReal ScanPoint(Solution s, PetscInt i)
{
  const PetscReal end = s->high < PETSC_INFINITY ? s->high : 2 * s->low;

  return end * PetscSqr(i / (PetscReal)SCAN_POINTS);
}

typedef struct {
  const char *property, *allowed;
  PropertyValue (*evaluate)(Solution solution, PetscReal concentration);
  PetscReal above, below;  // what it must lie between
  PetscBool poisson_only;
} Requirement;

static PropertyValue Conductivity(Solution s, PetscReal concentration)
{
  const PropertyValue reduced = SolutionReducedConductivity(s, concentration);

  return Multiple(s->charge_factor, Product(reduced, Identity(concentration)));
}

static const Requirement requirements[] = {
    {"diffusivity", "> 0 m^2/s", SolutionDiffusivity, 0, PETSC_INFINITY, PETSC_FALSE},
    {"transference_number", "> 0, < 1", SolutionTransferenceNumber, 0, 1, PETSC_TRUE},
    {"thermodynamic_factor", "> 0", SolutionThermodynamicFactor, 0, PETSC_INFINITY, PETSC_TRUE},
    {"conductivity", "> 0 S/m", Conductivity, 0, PETSC_INFINITY, PETSC_FALSE},
};

/* How far outside of what is required a value lies; not above 0 inside. */
static inline PetscReal Excess(const Requirement *requirement, PetscReal value)
{
  return PetscMax(requirement->above - value, value - requirement->below);
}

static void CheckRequirement(Solution s, const Requirement *requirement,
                             SolutionViolation *violation)
{
  PetscReal worst = -PETSC_INFINITY;

  // A conductivity is zero where there is no salt.
  for (PetscInt i = 1; i <= SCAN_POINTS; i++) {
    const PetscReal c = ScanPoint(s, i), value = requirement->evaluate(s, c).value;
    const PetscReal excess = Excess(requirement, value);
    if (excess < 0) continue;
    if (!violation->property) violation->low = c;
    violation->property = requirement->property;
    violation->allowed = requirement->allowed;
    violation->high = c;
    if (!(excess > worst)) continue;
    worst = excess;
    violation->value = value;
  }
}

void SolutionCheck(Solution s, SolutionViolation *violation)
{
  *violation = (SolutionViolation){0};
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(requirements) && !violation->property; i++) {
    if (requirements[i].poisson_only && !s->dissipative) continue;
    CheckRequirement(s, &requirements[i], violation);
  }
}

PetscBool SolutionHeldRange(Solution s, PetscReal *low, PetscReal *high)
{
  PetscBool any = PETSC_FALSE, held;

  for (PetscInt i = 1; i <= SCAN_POINTS; i++) {
    const PetscReal c = ScanPoint(s, i);
    (void)FrictionsAndHold(s, c, &held);
    if (!held) continue;
    if (!any) *low = c;
    *high = c;
    any = PETSC_TRUE;
  }
  return any;
}
