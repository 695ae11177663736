#include "io/electrolyte_table.h"

#include <math.h>

#include "bc/physical_constants.h"

#define MOST_STEPS 12
#define OPEN_END 2000  // [mol/m^3]

static const char *MissingProperty(const Electrolyte *electrolyte)
{
  if (!electrolyte->diffusivity.function) return "diffusivity";
  if (!electrolyte->transference_number.function) return "transference_number";
  if (!electrolyte->conductivity.function) return "conductivity";
  if (!electrolyte->thermodynamic_factor.function) return "thermodynamic_factor";
  return NULL;
}

/* As the closure sees it; to be destroyed before the entry. */
static PetscErrorCode SolutionOf(const LibraryElectrolyte *entry, Closure closure,
                                 Solution *solution)
{
  Electrolyte electrolyte = entry->electrolyte;  // lends its properties

  PetscFunctionBeginUser;
  electrolyte.closure = closure;
  PetscCall(SolutionCreate(&electrolyte, entry->temperature, solution));
  PetscFunctionReturn(0);
}

PetscErrorCode ElectrolyteJudge(const LibraryElectrolyte *entry, ElectrolyteVerdict *verdict)
{
  SolutionViolation of_both;
  Solution solution;

  PetscFunctionBeginUser;
  *verdict = (ElectrolyteVerdict){.missing = MissingProperty(&entry->electrolyte)};
  if (verdict->missing) PetscFunctionReturn(0);
  PetscCall(SolutionOf(entry, CLOSURE_POISSON, &solution));
  SolutionCheck(solution, &verdict->violation);
  verdict->poisson = verdict->violation.property ? PETSC_FALSE : PETSC_TRUE;
  if (verdict->poisson) {
    verdict->held = SolutionHeldRange(solution, &verdict->held_low, &verdict->held_high);
  }
  PetscCall(SolutionDestroy(&solution));
  PetscCall(SolutionOf(entry, CLOSURE_ELECTRONEUTRAL, &solution));
  SolutionCheck(solution, &of_both);
  verdict->electroneutral = of_both.property ? PETSC_FALSE : PETSC_TRUE;
  PetscCall(SolutionDestroy(&solution));
  PetscFunctionReturn(0);
}

// ---- The table ------------------------------------------------------------------------------

/* 1, 2, 2.5 or 5 times a power of ten: the least that `end` takes MOST_STEPS of at most. */
static PetscReal RoundStep(PetscReal end)
{
  static const PetscReal factors[] = {1, 2, 2.5, 5, 10};
  const PetscReal least = end / MOST_STEPS, decade = pow(10, floor(log10(least)));
  size_t i = 0;

  while (factors[i] * decade < least * (1 - 1e-9)) i++;
  return factors[i] * decade;
}

static PetscInt Concentrations(const Range *validity, PetscReal concentration[MAXIMUM_ROWS])
{
  const PetscReal end = validity->high < PETSC_INFINITY ? validity->high : OPEN_END;
  const PetscReal step = RoundStep(end);
  PetscInt count = 0;

  for (PetscInt i = 0; i * step < end * (1 - 1e-9); i++) {
    const PetscReal next = i * step;
    const PetscReal last = count ? concentration[count - 1] : 0;
    if (last < validity->low * (1 - 1e-9) && validity->low < next * (1 - 1e-9)) {
      concentration[count++] = validity->low;
    }
    concentration[count++] = next;
  }
  concentration[count++] = end;
  return count;
}

static PetscReal ValueAt(const MeasuredProperty *property, PetscReal concentration)
{
  return property->function ? PropertyEvaluate(property->function, concentration).value : NAN;
}

/* What the file gives, where that is not enough for a solution: without one, only D and t_+ have a
   value below the validity. */
static void TakeGiven(const Electrolyte *electrolyte, ElectrolyteRow *row)
{
  const PetscReal c = row->concentration;

  row->diffusivity = ValueAt(&electrolyte->diffusivity, c);
  row->transference_number = ValueAt(&electrolyte->transference_number, c);
  row->conductivity = row->outside_validity ? NAN : ValueAt(&electrolyte->conductivity, c);
  row->thermodynamic_factor =
      row->outside_validity ? NAN : ValueAt(&electrolyte->thermodynamic_factor, c);
}

static void TakeProperties(Solution measured, PetscReal temperature, ElectrolyteRow *row)
{
  const PetscReal c = row->concentration;

  row->diffusivity = SolutionDiffusivity(measured, c).value;
  row->conductivity = SolutionReducedConductivity(measured, c).value * PetscSqr(FARADAY) * c /
                      (GAS_CONSTANT * temperature);
  row->transference_number = SolutionTransferenceNumber(measured, c).value;
  row->thermodynamic_factor = SolutionThermodynamicFactor(measured, c).value;
}

static void TakeFrictions(Solution measured, Solution dissipative, ElectrolyteRow *row)
{
  const Frictions frictions = SolutionFrictions(dissipative, row->concentration);

  if (!(frictions.cation_solvent.value > 0 && frictions.anion_solvent.value > 0)) return;
  row->cation_solvent_diffusivity = 1 / frictions.cation_solvent.value;
  row->anion_solvent_diffusivity = 1 / frictions.anion_solvent.value;
  row->ion_ion_friction = frictions.ion_ion.value;
  row->friction_held = (PetscBool)(frictions.ion_ion.value !=
                                   SolutionFrictions(measured, row->concentration).ion_ion.value);
}

PetscErrorCode ElectrolyteTabulate(const LibraryElectrolyte *entry, PetscInt *count,
                                   ElectrolyteRow row[MAXIMUM_ROWS])
{
  const Range *const validity = &entry->electrolyte.concentration_validity;
  PetscReal concentration[MAXIMUM_ROWS];
  Solution measured = NULL, dissipative = NULL;

  PetscFunctionBeginUser;
  if (!MissingProperty(&entry->electrolyte)) {
    PetscCall(SolutionOf(entry, CLOSURE_ELECTRONEUTRAL, &measured));
    PetscCall(SolutionOf(entry, CLOSURE_POISSON, &dissipative));
  }
  *count = Concentrations(validity, concentration);
  for (PetscInt i = 0; i < *count; i++) {
    row[i] = (ElectrolyteRow){
        .concentration = concentration[i],
        .cation_solvent_diffusivity = NAN,
        .anion_solvent_diffusivity = NAN,
        .ion_ion_friction = NAN,
        .outside_validity = (PetscBool)(concentration[i] < validity->low * (1 - 1e-9))};
    if (measured) {
      TakeProperties(measured, entry->temperature, &row[i]);
      TakeFrictions(measured, dissipative, &row[i]);
    } else {
      TakeGiven(&entry->electrolyte, &row[i]);
    }
  }
  PetscCall(SolutionDestroy(&measured));
  PetscCall(SolutionDestroy(&dissipative));
  PetscFunctionReturn(0);
}
