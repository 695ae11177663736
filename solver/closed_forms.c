#include "solver/closed_forms.h"

#include <math.h>
#include <string.h>

#include "bc/boundary_kind.h"
#include "bc/physical_constants.h"
#include "solver/salt.h"
#include "solver/variable_sand.h"

PetscReal SeparatorTransportFactor(const Separator *separator)
{
  if (isnan(separator->tortuosity)) return pow(separator->porosity, separator->bruggeman);
  return separator->porosity / separator->tortuosity;
}

PetscReal DebyeLength(const Case *case_)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  const PetscReal permittivity = VACUUM_PERMITTIVITY * electrolyte->relative_permittivity *
                                 SeparatorTransportFactor(&case_->separator) /
                                 case_->separator.porosity;
  PetscReal strength = 0;

  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const Ion *ion = &electrolyte->ion[k];
    strength += PetscSqr((PetscReal)ion->charge) * ion->concentration;
  }
  return sqrt(permittivity * GAS_CONSTANT * case_->temperature / (PetscSqr(FARADAY) * strength));
}

/* D/(1 - t_+) is about the cation's diffusivity, however small either is. */
static PetscReal DiffusivityPerShare(const CellConstants *cell)
{
  return cell->effective_diffusivity / cell->anion_share;
}

/* The length over which the current takes all, z F f D c_0/((1 - t_+) i), times the time in which
   it takes what is there; both are numbers where the square of either is not. */
PetscReal SandTime(const CellConstants *cell, PetscReal current_density)
{
  const PetscReal length = cell->charge_concentration * DiffusivityPerShare(cell) / current_density;
  const PetscReal time_per_length =
      cell->porosity * cell->charge_concentration / (cell->anion_share * current_density);

  return 0.25 * PETSC_PI * length * time_per_length;
}

PetscReal LimitingCurrentDensity(const CellConstants *cell)
{
  return 2 * cell->charge_concentration * DiffusivityPerShare(cell) / cell->length;
}

/* First repeated integral of erfc: ierfc(x) = exp(-x^2)/sqrt(pi) - x erfc(x). */
static PetscReal Ierfc(PetscReal x)
{
  return exp(-x * x) / sqrt(PETSC_PI) - x * erfc(x);
}

/* 1 - (8/pi^2) sum_{n odd} exp(-n^2 pi^2 tau)/n^2, tau = D t/L^2 (Crank 1975).  At small tau its
   images serve, which need few terms where the series needs many. */
static PetscReal DepletionProgress(PetscReal tau)
{
  PetscReal sum = 0;

  if (tau <= 0) return 0;
  if (tau < 0.1) {
    for (PetscInt m = 6; m >= 1; m--) sum += (m % 2 ? -2 : 2) * Ierfc(0.5 * m / sqrt(tau));
    return 4 * sqrt(tau) * (sum + 1 / sqrt(PETSC_PI));
  }
  for (PetscInt n = 11; n >= 1; n -= 2) sum += exp(-PetscSqr(n * PETSC_PI) * tau) / (n * n);
  return 1 - 8 / PetscSqr(PETSC_PI) * sum;
}

static PetscReal DiffusionTime(const CellConstants *cell)
{
  return cell->porosity * PetscSqr(cell->length) / cell->effective_diffusivity;
}

PetscReal SurfaceConcentrationRatio(const CellConstants *cell, PetscReal current_density,
                                    PetscReal time)
{
  const PetscReal ratio = current_density / LimitingCurrentDensity(cell);

  return 1 - ratio * DepletionProgress(time / DiffusionTime(cell));
}

/* Limiting currents from which on the far electrode delays the depletion by less than rounding, by
   exp(-(4/pi) (i/i_lim)^2) of it. */
#define NO_FAR_ELECTRODE 10

/* By bisection in tau: the ratio falls monotonically, from Sand's time on (the far electrode only
   delays the depletion). */
PetscReal FiniteDepletionTime(const CellConstants *cell, PetscReal current_density)
{
  const PetscReal current = PetscAbsReal(current_density);
  PetscReal low = SandTime(cell, current), high = 2 * low, middle;

  if (!(current > LimitingCurrentDensity(cell))) return NAN;
  if (current > NO_FAR_ELECTRODE * LimitingCurrentDensity(cell)) return low;
  while (SurfaceConcentrationRatio(cell, current, high) > 0) {
    low = high;
    high *= 2;
    if (high > 100 * DiffusionTime(cell)) return NAN;  // above i_lim by less than rounding
  }
  for (middle = 0.5 * (low + high); low < middle && middle < high; middle = 0.5 * (low + high)) {
    if (SurfaceConcentrationRatio(cell, current, middle) > 0)
      low = middle;
    else
      high = middle;
  }
  return middle;
}

static PetscBool IsConcentrated(const Electrolyte *electrolyte)
{
  return (PetscBool)(electrolyte->flux_law && strcmp(electrolyte->flux_law, "concentrated") == 0);
}

PetscReal AnionShare(const Electrolyte *electrolyte)
{
  const Ion *cation = &electrolyte->ion[0], *anion = &electrolyte->ion[1];

  if (electrolyte->number_of_ions != 2) return NAN;
  if (IsConcentrated(electrolyte)) return 1 - electrolyte->transference_number.initial;
  return AnionShareFromIons(cation->charge, anion->charge, cation->diffusivity, anion->diffusivity);
}

PetscReal SteadyGradientPerCurrent(const Case *case_)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  const Ion *reacting = &electrolyte->ion[electrolyte->reacting_ion];
  const PetscReal per_flux =
      1 / (reacting->charge * FARADAY * SeparatorTransportFactor(&case_->separator));
  PetscReal total = 0;

  if (IsConcentrated(electrolyte)) {
    return per_flux * AnionShare(electrolyte) /
           (electrolyte->diffusivity.initial * reacting->concentration);
  }
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    total += electrolyte->ion[k].concentration;
  }
  return per_flux / (reacting->diffusivity * total);
}

/* Whatever flows, the salt there stays as it is at the start; two units may round it apart. */
static PetscBool KeepsInitial(const Case *case_, const Boundary *boundary)
{
  const PetscReal initial = case_->electrolyte.concentration;

  return (PetscBool)(boundary->kind == &boundary_kind_reservoir &&
                     PetscAbsReal(boundary->concentration - initial) <= 1e-12 * initial);
}

/* Electrodes, and reservoirs that keep c_0, among the two boundaries. */
static void CountBoundaries(const Case *case_, PetscInt *electrodes, PetscInt *reservoirs)
{
  const Boundary *ends[] = {&case_->anode, &case_->counter_electrode};

  *electrodes = *reservoirs = 0;
  for (PetscInt side = 0; side < 2; side++) {
    *electrodes += ends[side]->kind == &boundary_kind_electrode;
    *reservoirs += KeepsInitial(case_, ends[side]);
  }
}

PetscBool CellConstantsFind(const Case *case_, CellConstants *cell)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  const Ion *ion = &electrolyte->ion[electrolyte->reacting_ion];
  PetscInt electrodes, reservoirs;

  CountBoundaries(case_, &electrodes, &reservoirs);
  *cell = (CellConstants){
      .charge_concentration = ion->charge * FARADAY * ion->concentration,
      .effective_diffusivity =
          SeparatorTransportFactor(&case_->separator) * electrolyte->diffusivity.initial,
      .anion_share = AnionShare(electrolyte),
      .porosity = case_->separator.porosity,
      .length = (reservoirs ? 2 : 1) * case_->separator.thickness,
  };
  return (PetscBool)(cell->anion_share > 0 && electrodes > 0 && electrodes + reservoirs == 2);
}

PetscBool PropertiesVary(const Electrolyte *electrolyte)
{
  if (!IsConcentrated(electrolyte)) return PETSC_FALSE;
  return (PetscBool)(!PropertyIsConstant(electrolyte->diffusivity.function) ||
                     !PropertyIsConstant(electrolyte->transference_number.function));
}

PetscReal StepCurrentDensity(const ProtocolStep *step, const ClosedForms *closed_forms)
{
  switch (step->kind) {
    case STEP_CURRENT:
      return step->value;
    case STEP_CURRENT_RATIO:
      return step->value * closed_forms->limiting_current_density;
    case STEP_REST:
      return 0;
    default:
      return NAN;
  }
}

static PetscReal FirstCurrentDensity(const Case *case_, const ClosedForms *closed_forms)
{
  for (PetscInt s = 0; s < case_->number_of_steps; s++) {
    const PetscReal current = StepCurrentDensity(&case_->protocol[s], closed_forms);
    if (PetscAbsReal(current) > 0) return current;
  }
  return NAN;
}

/* With x/f for x and t/(porosity f) for t the separator is a column of free liquid. */
static PetscErrorCode FindVariableForms(const Case *case_, ClosedForms *forms)
{
  const Separator *separator = &case_->separator;
  const PetscReal factor = SeparatorTransportFactor(separator);
  const PetscReal time_factor = separator->porosity * factor;
  LiquidColumn column = {.concentration = case_->electrolyte.concentration,
                         .length = separator->thickness / factor};
  PetscInt electrodes, reservoirs;

  PetscFunctionBeginUser;
  CountBoundaries(case_, &electrodes, &reservoirs);
  column.reservoir = (PetscBool)(reservoirs > 0);
  PetscCall(SolutionCreate(&case_->electrolyte, case_->temperature, &column.solution));
  PetscCall(
      VariableSandConstant(column.solution, column.concentration, &forms->variable_sand_constant));
  PetscCall(VariableLimitingCurrent(&column, &forms->variable_limiting_current_density));
  PetscCall(VariableDepletionTime(&column, forms->current_density,
                                  &forms->variable_finite_depletion_time));
  PetscCall(SolutionDestroy(&column.solution));
  forms->variable_sand_constant *= time_factor;
  forms->variable_finite_depletion_time *= time_factor;
  forms->variable_sand_time = forms->variable_sand_constant / PetscSqr(forms->current_density);
  PetscFunctionReturn(0);
}

PetscErrorCode ClosedFormsFind(const Case *case_, ClosedForms *forms)
{
  CellConstants cell;
  const PetscBool known = CellConstantsFind(case_, &cell);

  PetscFunctionBeginUser;
  *forms = (ClosedForms){.sand_time = NAN,
                         .finite_depletion_time = NAN,
                         .limiting_current_density = NAN,
                         .current_ratio = NAN,
                         .debye_length = DebyeLength(case_),
                         .variable_sand_constant = NAN,
                         .variable_sand_time = NAN,
                         .variable_limiting_current_density = NAN,
                         .variable_finite_depletion_time = NAN};
  if (known) forms->limiting_current_density = LimitingCurrentDensity(&cell);
  forms->current_density = FirstCurrentDensity(case_, forms);
  if (!known) PetscFunctionReturn(0);
  if (PropertiesVary(&case_->electrolyte)) PetscCall(FindVariableForms(case_, forms));
  if (isnan(forms->current_density)) PetscFunctionReturn(0);
  forms->sand_time = SandTime(&cell, forms->current_density);
  forms->current_ratio = PetscAbsReal(forms->current_density) / forms->limiting_current_density;
  forms->finite_depletion_time = FiniteDepletionTime(&cell, forms->current_density);
  PetscFunctionReturn(0);
}

PetscReal ExpectedDepletionTime(const Case *case_, const ClosedForms *forms)
{
  return PropertiesVary(&case_->electrolyte) ? forms->variable_finite_depletion_time
                                             : forms->finite_depletion_time;
}
