#include "io/case_reader.h"

#include <stddef.h>
#include <string.h>

#include "io/case_input.h"
#include "io/case_values.h"
#include "solver/salt.h"

// ---- One key ----

static PetscErrorCode RefuseMissing(CaseInput input, const char name[])
{
  char allowed[KEY_TEXT_LENGTH];
  const CaseKey *key;

  PetscFunctionBeginUser;
  (void)CaseNodeFind(name, &key);
  key->type->allowed(key, allowed);
  PetscCall(CaseInputRefuse(input, name, "missing, allowed: %s", allowed));
  PetscFunctionReturn(0);
}

// Refuses an entry for a reason that is not in its value alone.
static PetscErrorCode RefuseFound(CaseInput input, const char name[], const char allowed[])
{
  const CaseEntry *const entry = CaseInputFind(input, name);

  PetscFunctionBeginUser;
  PetscCall(CaseInputRefuse(input, name, "found '%.120s', allowed: %s",
                            entry && entry->value ? entry->value : "", allowed));
  PetscFunctionReturn(0);
}

// Reads the value of the entry of that name, which exists.
static PetscErrorCode ReadValue(CaseInput input, const char name[], const CaseKey *key, void *field)
{
  char allowed[KEY_TEXT_LENGTH];
  const char *mistake;

  PetscFunctionBeginUser;
  PetscCall(key->type->read(key, CaseInputFind(input, name)->value, field, &mistake));
  if (!mistake) PetscFunctionReturn(0);
  key->type->allowed(key, allowed);
  if (mistake[0]) {
    const size_t used = strlen(allowed);
    snprintf(allowed + used, sizeof(allowed) - used, " (%s)", mistake);
  }
  PetscCall(RefuseFound(input, name, allowed));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckApplies(CaseInput input, const char name[], const CaseKey *key,
                                   const void *owner)
{
  char condition[KEY_TEXT_LENGTH];

  PetscFunctionBeginUser;
  if (!CaseInputFind(input, name) || CaseKeyApplies(key, owner)) PetscFunctionReturn(0);
  CaseKeyCondition(key, condition);
  PetscCall(RefuseFound(input, name, condition));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckExcluded(CaseInput input, const char name[], const CaseKey *key)
{
  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(key->excludes) && key->excludes[i]; i++) {
    if (CaseInputFind(input, name) && CaseInputFind(input, key->excludes[i])) {
      PetscCall(CaseInputRefuse(input, name, "found together with %s, allowed: one of the two",
                                key->excludes[i]));
    }
  }
  PetscFunctionReturn(0);
}

/* One field of an owner: from its entry, or from that of the owner it takes after (NULL: none)
   where it has a meaning here, or its default. */
static PetscErrorCode ReadKey(CaseInput input, const CaseKey *key, const char owner_name[],
                              const char model_name[], void *owner)
{
  char name[KEY_NAME_LENGTH], model[KEY_NAME_LENGTH];
  void *const field = (char *)owner + key->offset;

  PetscFunctionBeginUser;
  CaseKeyName(key, owner_name, name);
  PetscCall(CheckApplies(input, name, key, owner));
  PetscCall(CheckExcluded(input, name, key));
  // The keys of a step share its fields: only those of its kind may touch them.
  if (key->owner == KEY_OF_STEP && !CaseKeyApplies(key, owner)) PetscFunctionReturn(0);
  if (model_name && CaseKeyApplies(key, owner) && !CaseInputFind(input, name)) {
    CaseKeyName(key, model_name, model);
    if (CaseInputFind(input, model)) PetscCall(PetscStrncpy(name, model, sizeof(name)));
  }
  if (CaseInputFind(input, name)) {
    PetscCall(ReadValue(input, name, key, field));
  } else {
    if (key->required) PetscCall(RefuseMissing(input, name));
    PetscCall(CaseKeySetDefault(key, owner));
  }
  PetscFunctionReturn(0);
}

// ---- Electrolyte ----

// One pair of properties, whole; the other one follows from it.
static PetscErrorCode CompleteSalt(CaseInput input, Electrolyte *electrolyte)
{
  Ion *const cation = &electrolyte->ion[0], *const anion = &electrolyte->ion[1];

  PetscFunctionBeginUser;
  if (!PetscIsNanReal(cation->diffusivity) || !PetscIsNanReal(anion->diffusivity)) {
    if (PetscIsNanReal(cation->diffusivity))
      PetscCall(RefuseMissing(input, "electrolyte.cation_diffusivity"));
    if (PetscIsNanReal(anion->diffusivity))
      PetscCall(RefuseMissing(input, "electrolyte.anion_diffusivity"));
    SaltFromIons(cation->charge, anion->charge, cation->diffusivity, anion->diffusivity,
                 &electrolyte->diffusivity.initial, &electrolyte->transference_number.initial);
  } else {
    if (PetscIsNanReal(electrolyte->diffusivity.initial))
      PetscCall(RefuseMissing(input, "electrolyte.diffusivity"));
    if (PetscIsNanReal(electrolyte->transference_number.initial))
      PetscCall(RefuseMissing(input, "electrolyte.transference_number"));
    IonsFromSalt(cation->charge, anion->charge, electrolyte->diffusivity.initial,
                 electrolyte->transference_number.initial, &cation->diffusivity,
                 &anion->diffusivity);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CompleteElectrolyte(CaseInput input, Electrolyte *electrolyte)
{
  Ion *const ion = electrolyte->ion;
  PetscInt formula_count[2];

  PetscFunctionBeginUser;
  electrolyte->number_of_ions = 2;
  electrolyte->reacting_ion = 0;
  PetscCall(PetscStrncpy(ion[0].name, "cation", sizeof(ion[0].name)));
  PetscCall(PetscStrncpy(ion[1].name, "anion", sizeof(ion[1].name)));
  SaltFormula(ion[0].charge, ion[1].charge, &formula_count[0], &formula_count[1]);
  for (PetscInt k = 0; k < 2; k++) {
    ion[k].concentration = formula_count[k] * electrolyte->concentration;
  }
  PetscCall(CompleteSalt(input, electrolyte));
  PetscFunctionReturn(0);
}

// ---- Boundaries ----

static PetscErrorCode CheckFilmLayer(CaseInput input, const char boundary[], const char layer[],
                                     const FilmLayer *film)
{
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  if (film->thickness > 0 && PetscIsNanReal(film->conductivity)) {
    snprintf(name, sizeof(name), "%s.sei.%s.conductivity", boundary, layer);
    PetscCall(RefuseMissing(input, name));
  }
  PetscFunctionReturn(0);
}

static PetscBool IsKind(const Boundary *boundary, const char kind[])
{
  return (PetscBool)(strcmp(BoundaryKindName(boundary->kind), kind) == 0);
}

static PetscErrorCode ReadBoundary(CaseInput input, const char name[], const char model[],
                                   const Electrolyte *electrolyte, Boundary *boundary)
{
  const PetscReal reacting = electrolyte->ion[electrolyte->reacting_ion].concentration;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    if (case_keys[k].owner != KEY_OF_BOUNDARY) continue;
    PetscCall(ReadKey(input, &case_keys[k], name, model, boundary));
  }
  PetscCall(CheckFilmLayer(input, name, "inner", &boundary->sei.inner));
  PetscCall(CheckFilmLayer(input, name, "outer", &boundary->sei.outer));
  if (PetscIsNanReal(boundary->reference_concentration)) {
    boundary->reference_concentration = reacting;
  }
  if (PetscIsNanReal(boundary->concentration)) {
    boundary->concentration = IsKind(boundary, "selective") ? electrolyte->ion[0].concentration
                                                            : electrolyte->concentration;
  }
  PetscFunctionReturn(0);
}

// ---- Protocol ----

// The one key of a step that says what it does.
static PetscErrorCode FindControl(CaseInput input, const char step[], const CaseKey **control)
{
  char name[KEY_NAME_LENGTH], found[KEY_TEXT_LENGTH] = "", allowed[KEY_TEXT_LENGTH] = "";
  PetscInt count = 0;

  PetscFunctionBeginUser;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    if (!case_keys[k].controls) continue;
    PetscCall(PetscStrlcat(allowed, allowed[0] ? ", " : "", sizeof(allowed)));
    PetscCall(PetscStrlcat(allowed, case_keys[k].name, sizeof(allowed)));
    CaseKeyName(&case_keys[k], step, name);
    if (!CaseInputFind(input, name)) continue;
    PetscCall(PetscStrlcat(found, found[0] ? ", " : "", sizeof(found)));
    PetscCall(PetscStrlcat(found, case_keys[k].name, sizeof(found)));
    *control = &case_keys[k];
    count++;
  }
  if (count != 1) {
    PetscCall(
        CaseInputRefuse(input, step, "found '%s', allowed: exactly one of %s", found, allowed));
  }
  PetscFunctionReturn(0);
}

// The elements of the list `until`, of which there may be none.
static PetscErrorCode ReadConditions(CaseInput input, const CaseKey *key, const char step_name[],
                                     ProtocolStep *step)
{
  char list[KEY_NAME_LENGTH], name[KEY_NAME_LENGTH + 16];

  PetscFunctionBeginUser;
  CaseKeyName(key, step_name, list);
  const PetscInt count = CaseInputCount(input, list);
  PetscCall(PetscCalloc1(count, &step->until));
  step->number_of_conditions = count;
  for (PetscInt i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "%s.%" PetscInt_FMT, list, i);
    PetscCall(ReadValue(input, name, key, &step->until[i]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadStep(CaseInput input, const char name[], ProtocolStep *step)
{
  const CaseKey *control = NULL;

  PetscFunctionBeginUser;
  PetscCall(FindControl(input, name, &control));
  step->kind = control->step_kind;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    const CaseKey *const key = &case_keys[k];

    if (key->owner != KEY_OF_STEP) continue;
    if (key->list) {
      PetscCall(ReadConditions(input, key, name, step));
    } else {
      PetscCall(ReadKey(input, key, name, NULL, step));
    }
  }
  if (IsNone(step->duration) && step->number_of_conditions == 0) {
    PetscCall(
        CaseInputRefuse(input, name, "found no end of the step, allowed: for, until or both"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadProtocol(CaseInput input, Case *case_)
{
  const PetscInt count = CaseInputCount(input, "protocol");
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  if (count == 0) {
    PetscCall(CaseInputRefuse(input, "protocol", "found no step, allowed: a list of steps"));
  }
  PetscCall(PetscCalloc1(count, &case_->protocol));
  case_->number_of_steps = count;
  for (PetscInt i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "protocol.%" PetscInt_FMT, i);
    PetscCall(ReadStep(input, name, &case_->protocol[i]));
  }
  PetscFunctionReturn(0);
}

// ---- What several keys must agree on ----

/* A metal that exchanges neither ions nor charge with an electroneutral solution leaves the
   potential between the two undefined. */
static PetscErrorCode CheckClosure(CaseInput input, const Case *case_, const Boundary *boundary)
{
  PetscFunctionBeginUser;
  if (case_->electrolyte.closure == CLOSURE_ELECTRONEUTRAL && IsKind(boundary, "blocking") &&
      IsNone(boundary->interface_capacitance)) {
    PetscCall(RefuseFound(input, "electrolyte.closure",
                          "poisson, or an interface_capacitance where kind is blocking (nothing "
                          "else fixes the potential there)"));
  }
  PetscFunctionReturn(0);
}

// An end at which the salt stays at the initial concentration whatever flows.
static PetscBool IsInitialReservoir(const Case *case_, const Boundary *boundary)
{
  const PetscReal initial = case_->electrolyte.concentration;

  return (PetscBool)(IsKind(boundary, "reservoir") &&
                     PetscAbsReal(boundary->concentration - initial) <= 1e-12 * initial);
}

static PetscBool HasLimitingCurrent(const Case *case_)
{
  const Boundary *const anode = &case_->anode, *const counter = &case_->counter_electrode;

  if (IsKind(anode, "electrode")) {
    return (PetscBool)(IsKind(counter, "electrode") || IsInitialReservoir(case_, counter));
  }
  return (PetscBool)(IsKind(counter, "electrode") && IsInitialReservoir(case_, anode));
}

static PetscErrorCode CheckCurrentRatios(CaseInput input, const Case *case_)
{
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  if (HasLimitingCurrent(case_)) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < case_->number_of_steps; i++) {
    if (case_->protocol[i].kind != STEP_CURRENT_RATIO) continue;
    snprintf(name, sizeof(name), "protocol.%" PetscInt_FMT ".current_ratio", i);
    PetscCall(RefuseFound(input, name,
                          "only between two electrodes, or one and a reservoir at the initial "
                          "concentration (no other limiting current is known)"));
  }
  PetscFunctionReturn(0);
}

// ---- The whole ----

static PetscErrorCode FillCase(CaseInput input, Case *case_)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    if (case_keys[k].owner != KEY_OF_CASE) continue;
    PetscCall(ReadKey(input, &case_keys[k], "", NULL, case_));
  }
  PetscCall(CompleteElectrolyte(input, &case_->electrolyte));
  PetscCall(ReadBoundary(input, "anode", NULL, &case_->electrolyte, &case_->anode));
  PetscCall(ReadBoundary(input, "counter_electrode", "anode", &case_->electrolyte,
                         &case_->counter_electrode));
  PetscCall(ReadProtocol(input, case_));
  PetscCall(CheckClosure(input, case_, &case_->anode));
  PetscCall(CheckClosure(input, case_, &case_->counter_electrode));
  PetscCall(CheckCurrentRatios(input, case_));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseRead(MPI_Comm comm, const char path[], PetscInt number_of_settings,
                        const char *const settings[], Case *case_)
{
  CaseInput input;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(case_, sizeof(*case_)));
  PetscCall(CaseInputCreate(comm, path, number_of_settings, settings, &input));
  PetscErrorCode ierr = FillCase(input, case_);
  PetscCall(CaseInputDestroy(&input));
  if (ierr) PetscCall(CaseDestroy(case_));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
