#include "io/electrolyte_reader.h"

#include <math.h>
#include <string.h>

#include "bc/physical_constants.h"
#include "io/case_values.h"
#include "io/electrolyte_library.h"
#include "io/error_catch.h"
#include "io/key_reader.h"
#include "io/property_reader.h"
#include "solver/salt.h"
#include "solver/solution.h"

#define NEUTRALITY 1e-9  // of sum |z_k| c_k: what rounding in a case may leave

// ---- Library ----

static PetscBool IsOneOf(const char name[], size_t n, const char *const names[])
{
  for (size_t i = 0; i < n; i++) {
    if (strcmp(name, names[i]) == 0) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* What the ions' own properties replace: with two diffusivities the salt's, with a list of ions
   all that was measured of the salt. */
static PetscBool IsReplaced(CaseInput input, const char name[])
{
  static const char *const salt[] = {"electrolyte.diffusivity", "electrolyte.transference_number"};
  static const char *const liquid[] = {"electrolyte.relative_permittivity"};

  if (CaseInputFind(input, "electrolyte.ions")) return (PetscBool)!IsOneOf(name, 1, liquid);
  if (CaseInputFind(input, "electrolyte.cation_diffusivity") ||
      CaseInputFind(input, "electrolyte.anion_diffusivity")) {
    return IsOneOf(name, PETSC_STATIC_ARRAY_LENGTH(salt), salt);
  }
  return PETSC_FALSE;
}

// Properties are taken whole: one that the case gives keeps nothing of the library's.
static PetscErrorCode TakeAll(CaseInput input, CaseInput library)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    const CaseKey *const key = &case_keys[k];

    if (!key->in_library || key->owner != KEY_OF_CASE) continue;
    if (CaseInputFind(input, key->name) || IsReplaced(input, key->name)) continue;
    PetscCall(CaseInputTake(input, library, key->name));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ElectrolyteTakeFromLibrary(CaseInput input)
{
  const CaseEntry *const entry = CaseInputFind(input, "electrolyte.library");
  char path[PETSC_MAX_PATH_LEN], unknown[LIBRARY_UNKNOWN_LENGTH];
  CaseInput library;

  PetscFunctionBeginUser;
  if (!entry || !entry->value[0]) PetscFunctionReturn(0);
  PetscCall(ElectrolyteLibraryFind(CaseInputComm(input), entry->value, path, unknown));
  if (!path[0]) {
    PetscCall(CaseInputRefuse(input, entry->name, "found '%.120s', %s", entry->value, unknown));
  }
  PetscCall(CaseInputCreateLibrary(CaseInputComm(input), path, &library));
  PetscErrorCode ierr = TakeAll(input, library);
  PetscCall(CaseInputDestroy(&library));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

// ---- A list of ions ----

static PetscErrorCode CheckIonName(CaseInput input, const Ion ion[], PetscInt k)
{
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  for (PetscInt other = 0; other < k; other++) {
    if (strcmp(ion[k].name, ion[other].name)) continue;
    snprintf(name, sizeof(name), "electrolyte.ions.%" PetscInt_FMT ".name", k);
    PetscCall(KeyRefuseFound(input, name, "a name that no other ion has"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadIons(CaseInput input, Electrolyte *electrolyte)
{
  const PetscInt count = CaseInputCount(input, "electrolyte.ions");
  const PetscReal size = electrolyte->ion[0].size;
  Ion *const ion = electrolyte->ion;

  PetscFunctionBeginUser;
  if (count < 2 || count > MAXIMUM_IONS) {
    PetscCall(CaseInputRefuse(input, "electrolyte.ions",
                              "found %" PetscInt_FMT " of them, allowed: 2 to %d", count,
                              MAXIMUM_IONS));
  }
  electrolyte->number_of_ions = count;
  for (PetscInt k = 0; k < count; k++) {
    char name[KEY_NAME_LENGTH];

    snprintf(name, sizeof(name), "electrolyte.ions.%" PetscInt_FMT, k);
    PetscCall(KeyReadAll(input, KEY_OF_ION, name, NULL, &ion[k]));
    PetscCall(CheckIonName(input, ion, k));
    if (PetscIsNanReal(ion[k].size)) ion[k].size = size;
  }
  PetscFunctionReturn(0);
}

// The first ion whose charge has this sign; the number of ions where there is none.
static PetscInt FirstOfSign(const Electrolyte *electrolyte, PetscInt sign)
{
  PetscInt k = 0;

  while (k < electrolyte->number_of_ions && electrolyte->ion[k].charge * sign < 0) k++;
  return k;
}

static PetscErrorCode CheckCharges(CaseInput input, const Electrolyte *electrolyte)
{
  PetscReal net = 0, total = 0;

  PetscFunctionBeginUser;
  for (PetscInt sign = -1; sign <= 1; sign += 2) {
    if (FirstOfSign(electrolyte, sign) < electrolyte->number_of_ions) continue;
    PetscCall(CaseInputRefuse(input, "electrolyte.ions", "found no %s, allowed: cations and anions",
                              sign > 0 ? "cation" : "anion"));
  }
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const Ion *const ion = &electrolyte->ion[k];

    net += ion->charge * ion->concentration;
    total += PetscAbsInt(ion->charge) * ion->concentration;
  }
  if (PetscAbsReal(net) > NEUTRALITY * total) {
    PetscCall(CaseInputRefuse(input, "electrolyte.ions",
                              "found a net charge of %g mol/m^3, the sum of charge times "
                              "concentration, allowed: 0",
                              (double)net));
  }
  PetscFunctionReturn(0);
}

/* A list of two is a salt like any other, whose first ion is the cation. */
static void MakeSalt(Electrolyte *electrolyte)
{
  Ion *const ion = electrolyte->ion;
  PetscInt formula_count[2];

  if (ion[0].charge < 0) {
    const Ion anion = ion[0];

    ion[0] = ion[1];
    ion[1] = anion;
  }
  SaltFormula(ion[0].charge, ion[1].charge, &formula_count[0], &formula_count[1]);
  electrolyte->concentration = ion[0].concentration / formula_count[0];
  SaltFromIons(ion[0].charge, ion[1].charge, ion[0].diffusivity, ion[1].diffusivity,
               &electrolyte->diffusivity.initial, &electrolyte->transference_number.initial);
}

// ---- A salt ----

static PetscErrorCode MakeIons(Electrolyte *electrolyte)
{
  Ion *const ion = electrolyte->ion;
  PetscInt formula_count[2];

  PetscFunctionBeginUser;
  electrolyte->number_of_ions = 2;
  PetscCall(PetscStrncpy(ion[0].name, "cation", sizeof(ion[0].name)));
  PetscCall(PetscStrncpy(ion[1].name, "anion", sizeof(ion[1].name)));
  SaltFormula(ion[0].charge, ion[1].charge, &formula_count[0], &formula_count[1]);
  for (PetscInt k = 0; k < 2; k++) {
    ion[k].concentration = formula_count[k] * electrolyte->concentration;
  }
  ion[1].size = ion[0].size;
  PetscFunctionReturn(0);
}

/* Of a property that is no constant, its value at the start must be what a constant has to be. */
static PetscErrorCode CheckInitial(CaseInput input, const char name[],
                                   const MeasuredProperty *property)
{
  const char *mistake = NULL;
  const CaseKey *key;

  PetscFunctionBeginUser;
  (void)CaseNodeFind(KEYS_OF_CASE, name, &key);
  PetscCall(CheckRange(key, property->initial, &mistake));
  if (mistake) {
    PetscCall(CaseInputRefuse(input, name, "found %g%s%s at the initial concentration, allowed: %s",
                              (double)property->initial, key->unit ? " " : "",
                              key->unit ? key->unit : "", key->allowed));
  }
  PetscFunctionReturn(0);
}

// Dilute law: one pair of diffusivities, whole; the other one follows from it.
static PetscErrorCode CompleteDilute(CaseInput input, Electrolyte *electrolyte)
{
  Ion *const cation = &electrolyte->ion[0], *const anion = &electrolyte->ion[1];
  MeasuredProperty *const D = &electrolyte->diffusivity, *const t =
                                                             &electrolyte->transference_number;

  PetscFunctionBeginUser;
  if (!PetscIsNanReal(cation->diffusivity) || !PetscIsNanReal(anion->diffusivity)) {
    if (PetscIsNanReal(cation->diffusivity))
      PetscCall(KeyRefuseMissing(input, "electrolyte.cation_diffusivity", NULL));
    if (PetscIsNanReal(anion->diffusivity))
      PetscCall(KeyRefuseMissing(input, "electrolyte.anion_diffusivity", NULL));
    SaltFromIons(cation->charge, anion->charge, cation->diffusivity, anion->diffusivity,
                 &D->initial, &t->initial);
  } else {
    if (!D->function) PetscCall(KeyRefuseMissing(input, "electrolyte.diffusivity", NULL));
    if (!t->function) PetscCall(KeyRefuseMissing(input, "electrolyte.transference_number", NULL));
    PetscCall(CheckInitial(input, "electrolyte.diffusivity", D));
    PetscCall(CheckInitial(input, "electrolyte.transference_number", t));
    IonsFromSalt(cation->charge, anion->charge, D->initial, t->initial, &cation->diffusivity,
                 &anion->diffusivity);
  }
  PetscFunctionReturn(0);
}

// ---- Concentrated law ----

static PetscErrorCode CheckConcentratedKeys(CaseInput input, const Electrolyte *electrolyte)
{
  const struct {
    const char *name;
    const MeasuredProperty *property;
  } needed[] = {{"electrolyte.diffusivity", &electrolyte->diffusivity},
                {"electrolyte.transference_number", &electrolyte->transference_number},
                {"electrolyte.conductivity", &electrolyte->conductivity},
                {"electrolyte.thermodynamic_factor", &electrolyte->thermodynamic_factor}};

  PetscFunctionBeginUser;
  if (electrolyte->ion[0].charge != 1) {
    PetscCall(KeyRefuseFound(input, "electrolyte.cation_charge",
                             "1 (flux_law concentrated is one of 1:1 salts)"));
  }
  if (electrolyte->ion[1].charge != -1) {
    PetscCall(KeyRefuseFound(input, "electrolyte.anion_charge",
                             "-1 (flux_law concentrated is one of 1:1 salts)"));
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(needed); i++) {
    if (needed[i].property->function) continue;
    PetscCall(KeyRefuseMissing(input, needed[i].name, "flux_law concentrated needs it"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode RefuseViolation(CaseInput input, const Electrolyte *electrolyte,
                                      const SolutionViolation *violation)
{
  const PetscBool within = (PetscBool)(violation->low >= electrolyte->concentration_validity.low);
  char name[KEY_NAME_LENGTH];
  const CaseKey *key;

  PetscFunctionBeginUser;
  snprintf(name, sizeof(name), "electrolyte.%s", violation->property);
  (void)CaseNodeFind(KEYS_OF_CASE, name, &key);
  PetscCall(CaseInputRefuse(
      input, name, "found %g%s%s, the worst from %g to %g mol/m^3, allowed: %s there (%s)",
      (double)violation->value, key->unit ? " " : "", key->unit ? key->unit : "",
      (double)violation->low, (double)violation->high, violation->allowed,
      within ? "or a narrower electrolyte.validity.concentration"
             : "it is needed down to a concentration of 0"));
  PetscFunctionReturn(0);
}

/* Below the validity the solution, not the fit of a property, tells what the properties are. */
static void SetInitialBelow(Solution solution, PetscReal temperature, Electrolyte *electrolyte)
{
  const PetscReal c = electrolyte->concentration;
  const PetscReal charge_factor = PetscSqr(FARADAY) * c / (GAS_CONSTANT * temperature);

  if (c >= electrolyte->concentration_validity.low) return;
  electrolyte->thermodynamic_factor.initial = SolutionThermodynamicFactor(solution, c).value;
  electrolyte->conductivity.initial =
      charge_factor * SolutionReducedConductivity(solution, c).value;
}

/* Of a property that is smooth itself, as the rows of a table far apart. */
static PetscErrorCode MakeSolution(CaseInput input, PetscReal temperature,
                                   const Electrolyte *electrolyte, Solution *solution)
{
  const Range *const validity = &electrolyte->concentration_validity;
  ErrorCatch caught;

  PetscFunctionBeginUser;
  PetscCall(ErrorCatchBegin(&caught));
  const PetscErrorCode code = SolutionCreate(electrolyte, temperature, solution);
  PetscCall(ErrorCatchEnd());
  if (code == PETSC_ERR_USER_INPUT) {
    PetscCall(CaseInputRefuse(input, "electrolyte.thermodynamic_factor",
                              "found a function whose %s, allowed: one with smooth integrals from "
                              "%g to %g mol/m^3",
                              caught.message, (double)validity->low, (double)validity->high));
  }
  PetscCall(code);
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckSolution(CaseInput input, PetscReal temperature,
                                    Electrolyte *electrolyte)
{
  SolutionViolation violation;
  Solution solution;

  PetscFunctionBeginUser;
  PetscCall(MakeSolution(input, temperature, electrolyte, &solution));
  SolutionCheck(solution, &violation);
  SetInitialBelow(solution, temperature, electrolyte);
  PetscCall(SolutionDestroy(&solution));
  if (violation.property) PetscCall(RefuseViolation(input, electrolyte, &violation));
  PetscFunctionReturn(0);
}

/* Its ions have no diffusivities of their own; those of the dilute law at the start stand in for
   them where one is wanted, as a scale. */
static PetscErrorCode CompleteConcentrated(CaseInput input, PetscReal temperature,
                                           Electrolyte *electrolyte)
{
  Ion *const ion = electrolyte->ion;

  PetscFunctionBeginUser;
  PetscCall(CheckConcentratedKeys(input, electrolyte));
  PetscCall(CheckSolution(input, temperature, electrolyte));
  IonsFromSalt(1, -1, electrolyte->diffusivity.initial, electrolyte->transference_number.initial,
               &ion[0].diffusivity, &ion[1].diffusivity);
  PetscFunctionReturn(0);
}

// ---- The whole ----

PetscErrorCode ElectrolyteCheckTemperature(CaseInput input, PetscReal temperature,
                                           const Range *validity)
{
  char high[32] = "any above";

  PetscFunctionBeginUser;
  if (!IsNone(validity->high)) snprintf(high, sizeof(high), "%g K", (double)validity->high);
  if (validity->low >= validity->high) {
    PetscCall(CaseInputRefuse(input, "electrolyte.validity.temperature",
                              "found %g K to %s, allowed: a lower end below the upper one",
                              (double)validity->low, high));
  }
  if (temperature < validity->low || temperature > validity->high) {
    PetscCall(CaseInputRefuse(input, "temperature",
                              "found %g K, allowed: %g K to %s, where the electrolyte was measured "
                              "(electrolyte.validity.temperature, which the case may widen)",
                              (double)temperature, (double)validity->low, high));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckConcentration(CaseInput input, const Electrolyte *electrolyte)
{
  const PetscReal concentration = electrolyte->concentration;
  const PetscReal high = electrolyte->concentration_validity.high;

  PetscFunctionBeginUser;
  if (concentration > high) {
    PetscCall(CaseInputRefuse(input, "electrolyte.concentration",
                              "found %g mol/m^3, allowed: up to %g mol/m^3, where the "
                              "electrolyte was measured (electrolyte.validity.concentration, which "
                              "the case may widen)",
                              (double)concentration, (double)high));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode FindReactingIon(CaseInput input, Electrolyte *electrolyte)
{
  const CaseEntry *const entry = CaseInputFind(input, "electrolyte.reacting_ion");
  char cations[KEY_TEXT_LENGTH] = "";
  PetscBool found = PETSC_FALSE;

  PetscFunctionBeginUser;
  electrolyte->reacting_ion = FirstOfSign(electrolyte, 1);
  for (PetscInt k = 0; k < electrolyte->number_of_ions && entry; k++) {
    const Ion *const ion = &electrolyte->ion[k];

    if (ion->charge < 0) continue;
    PetscCall(PetscStrlcat(cations, cations[0] ? ", " : "", sizeof(cations)));
    PetscCall(PetscStrlcat(cations, ion->name, sizeof(cations)));
    if (strcmp(entry->value, ion->name)) continue;
    electrolyte->reacting_ion = k;
    found = PETSC_TRUE;
  }
  if (entry && !found) {
    PetscCall(PetscStrlcat(cations, " (a cation)", sizeof(cations)));
    PetscCall(KeyRefuseFound(input, entry->name, cations));
  }
  PetscFunctionReturn(0);
}

PetscReal ElectrolytePacking(const Electrolyte *electrolyte)
{
  PetscReal packing = 0;

  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const Ion *const ion = &electrolyte->ion[k];

    packing += AVOGADRO * PetscPowRealInt(ion->size, 3) * ion->concentration;
  }
  return packing;
}

static PetscErrorCode CheckPacking(CaseInput input, const Electrolyte *electrolyte)
{
  const PetscReal packing = ElectrolytePacking(electrolyte);

  PetscFunctionBeginUser;
  if (packing >= 1) {
    PetscCall(CaseInputRefuse(
        input, electrolyte->ions_listed ? "electrolyte.ions" : "electrolyte.ion_size",
        "found ions that take %g of the volume at the start, allowed: < 1", (double)packing));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CompleteListedIons(CaseInput input, Electrolyte *electrolyte)
{
  PetscFunctionBeginUser;
  if (strcmp(electrolyte->flux_law, "dilute")) {
    PetscCall(KeyRefuseFound(input, "electrolyte.flux_law", "dilute, where ions are listed"));
  }
  PetscCall(ReadIons(input, electrolyte));
  PetscCall(CheckCharges(input, electrolyte));
  if (electrolyte->number_of_ions == 2) MakeSalt(electrolyte);
  PetscCall(FindReactingIon(input, electrolyte));
  if (electrolyte->number_of_ions > 2) {
    electrolyte->concentration = electrolyte->ion[electrolyte->reacting_ion].concentration;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CompleteSalt(CaseInput input, PetscReal temperature, Electrolyte *electrolyte)
{
  PetscFunctionBeginUser;
  PetscCall(CheckConcentration(input, electrolyte));
  MeasuredPropertiesSetInitial(electrolyte->concentration, electrolyte);
  PetscCall(MakeIons(electrolyte));
  PetscCall(FindReactingIon(input, electrolyte));
  if (strcmp(electrolyte->flux_law, "dilute") == 0) {
    PetscCall(CompleteDilute(input, electrolyte));
  } else {
    PetscCall(CompleteConcentrated(input, temperature, electrolyte));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ElectrolyteComplete(CaseInput input, PetscReal temperature, Electrolyte *electrolyte)
{
  PetscFunctionBeginUser;
  PetscCall(ElectrolyteCheckTemperature(input, temperature, &electrolyte->temperature_validity));
  PetscCall(MeasuredPropertiesRead(input, temperature, electrolyte));
  electrolyte->ions_listed = (PetscBool)(CaseInputFind(input, "electrolyte.ions") != NULL);
  if (electrolyte->ions_listed) {
    PetscCall(CompleteListedIons(input, electrolyte));
  } else {
    PetscCall(CompleteSalt(input, temperature, electrolyte));
  }
  PetscCall(CheckPacking(input, electrolyte));
  PetscFunctionReturn(0);
}
