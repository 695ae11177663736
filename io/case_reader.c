#include "io/case_reader.h"

#include <stddef.h>
#include <string.h>

#include "io/case_input.h"
#include "io/case_values.h"
#include "io/electrolyte_reader.h"
#include "io/key_reader.h"
#include "solver/closed_forms.h"

// ---- Boundaries ----

static PetscErrorCode CompleteFilmLayer(CaseInput input, const char boundary[], const char layer[],
                                        FilmLayer *film)
{
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  if (film->thickness > 0 && PetscIsNanReal(film->conductivity)) {
    snprintf(name, sizeof(name), "%s.sei.%s.conductivity", boundary, layer);
    PetscCall(KeyRefuseMissing(input, name, NULL));
  }
  // Like the conductivity it stays unset where there is no layer.
  if (!PetscIsNanReal(film->conductivity) && PetscIsNanReal(film->activation_energy)) {
    film->activation_energy = 0;
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
  PetscCall(KeyReadAll(input, KEY_OF_BOUNDARY, name, model, boundary));
  PetscCall(CompleteFilmLayer(input, name, "inner", &boundary->sei.inner));
  PetscCall(CompleteFilmLayer(input, name, "outer", &boundary->sei.outer));
  if (PetscIsNanReal(boundary->reference_concentration)) {
    boundary->reference_concentration = reacting;
  }
  if (PetscIsNanReal(boundary->concentration)) {
    boundary->concentration = IsKind(boundary, "selective") ? reacting : electrolyte->concentration;
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
    PetscCall(KeyReadValue(input, name, key, &step->until[i]));
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
      PetscCall(KeyRead(input, key, name, NULL, step));
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
    PetscCall(KeyRefuseFound(input, "electrolyte.closure",
                             "poisson, or an interface_capacitance where kind is blocking (nothing "
                             "else fixes the potential there)"));
  }
  PetscFunctionReturn(0);
}

static const char *LimitingCurrentNeeds(const Electrolyte *electrolyte)
{
  if (electrolyte->number_of_ions > 2)
    return "only with two ions (no other limiting current is known)";
  if (!(AnionShare(electrolyte) > 0)) {
    return "only with a transference number below 1 at the initial concentration (no current is "
           "limited otherwise)";
  }
  return "only between two electrodes, or one and a reservoir at the initial concentration (no "
         "other "
         "limiting current is known)";
}

static PetscErrorCode CheckCurrentRatios(CaseInput input, const Case *case_)
{
  char name[KEY_NAME_LENGTH];
  CellConstants cell;

  PetscFunctionBeginUser;
  if (CellConstantsFind(case_, &cell)) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < case_->number_of_steps; i++) {
    if (case_->protocol[i].kind != STEP_CURRENT_RATIO) continue;
    snprintf(name, sizeof(name), "protocol.%" PetscInt_FMT ".current_ratio", i);
    PetscCall(KeyRefuseFound(input, name, LimitingCurrentNeeds(&case_->electrolyte)));
  }
  PetscFunctionReturn(0);
}

/* Without a Stern layer the reaction sees no drop of potential, phi_s - phi(wall) = 0, and nothing
   but the activity drives it: i_F = i_0 (a/a_ref - 1) plates as fast as it is asked to, but never
   dissolves faster than i_0.  Without charge layers the drop is free. */
static PetscBool IsBare(const Case *case_, const Boundary *boundary)
{
  return (PetscBool)(case_->electrolyte.closure == CLOSURE_POISSON &&
                     IsKind(boundary, "electrode") && IsNone(boundary->interface_capacitance));
}

/* The step's value is in units of `unit` [A/m^2]. */
static PetscErrorCode CheckStripping(CaseInput input, const Case *case_, PetscInt step,
                                     PetscReal unit)
{
  const PetscReal value = case_->protocol[step].value;
  const PetscBool at_counter = (PetscBool)(value > 0),
                  ratio = (PetscBool)(case_->protocol[step].kind == STEP_CURRENT_RATIO);
  const Boundary *const stripped = at_counter ? &case_->counter_electrode : &case_->anode;
  const PetscReal most = BoundaryExchangeCurrentDensity(stripped, case_->temperature);
  char name[KEY_NAME_LENGTH], allowed[KEY_TEXT_LENGTH];

  PetscFunctionBeginUser;
  if (!IsBare(case_, stripped) || unit * PetscAbsReal(value) < most) PetscFunctionReturn(0);
  snprintf(name, sizeof(name), "protocol.%" PetscInt_FMT ".%s", step,
           ratio ? "current_ratio" : "current");
  snprintf(allowed, sizeof(allowed),
           "%s%g%s (without an interface_capacitance the %s dissolves below its "
           "exchange_current_density of %g A/m^2 only)",
           at_counter ? "< " : "> -", (double)(most / unit), ratio ? "" : " A/m^2",
           at_counter ? "counter_electrode" : "anode", (double)most);
  PetscCall(KeyRefuseFound(input, name, allowed));
  PetscFunctionReturn(0);
}

/* Of all steps with a given current: what an electrode that is stripped cannot give would charge
   the double layer in front of it for ever. */
static PetscErrorCode CheckCurrents(CaseInput input, const Case *case_)
{
  CellConstants cell;

  PetscFunctionBeginUser;
  (void)CellConstantsFind(case_, &cell);
  for (PetscInt i = 0; i < case_->number_of_steps; i++) {
    const StepKind kind = case_->protocol[i].kind;

    if (kind == STEP_CURRENT) PetscCall(CheckStripping(input, case_, i, 1));
    if (kind != STEP_CURRENT_RATIO) continue;
    PetscCall(CheckStripping(input, case_, i, LimitingCurrentDensity(&cell)));
  }
  PetscFunctionReturn(0);
}

/* A bath holds the ions in their proportions at the start, and no more of them than fit in. */
static PetscErrorCode CheckBath(CaseInput input, const char boundary_name[], const Case *case_,
                                const Boundary *boundary)
{
  const Electrolyte *const electrolyte = &case_->electrolyte;
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  if (!IsKind(boundary, "reservoir")) PetscFunctionReturn(0);
  const PetscReal packing =
      ElectrolytePacking(electrolyte) * boundary->concentration / electrolyte->concentration;
  if (packing >= 1) {
    snprintf(name, sizeof(name), "%s.concentration", boundary_name);
    PetscCall(CaseInputRefuse(input, name, "found ions that take %g of the volume, allowed: < 1",
                              (double)packing));
  }
  PetscFunctionReturn(0);
}

/* Pores that let nothing through are no way for ions; what they leave of a Debye length or of a
   conductivity is then a number of no meaning, or zero. */
#define LEAST_TRANSPORT 1e-12

static PetscErrorCode CheckPores(CaseInput input, const Case *case_)
{
  const Separator *const separator = &case_->separator;
  const PetscBool has_tortuosity = (PetscBool)!PetscIsNanReal(separator->tortuosity);
  const PetscReal factor = has_tortuosity ? separator->porosity / separator->tortuosity
                                          : PetscPowReal(separator->porosity, separator->bruggeman);

  PetscFunctionBeginUser;
  if (separator->porosity < LEAST_TRANSPORT) {
    PetscCall(CaseInputRefuse(input, "separator.porosity", "found %g, allowed: >= %g",
                              (double)separator->porosity, LEAST_TRANSPORT));
  }
  if (factor >= LEAST_TRANSPORT) PetscFunctionReturn(0);
  PetscCall(CaseInputRefuse(input, has_tortuosity ? "separator.tortuosity" : "separator.bruggeman",
                            "found %g, %s = %g, allowed: >= %g",
                            (double)(has_tortuosity ? separator->tortuosity : separator->bruggeman),
                            has_tortuosity ? "porosity/tortuosity" : "porosity^bruggeman",
                            (double)factor, LEAST_TRANSPORT));
  PetscFunctionReturn(0);
}

/* The fine meshes of two electrodes meet in the middle. */
static PetscErrorCode CheckFrontReach(CaseInput input, const Case *case_)
{
  PetscFunctionBeginUser;
  if (case_->mesh.front_reach > 0.5 * case_->separator.thickness) {
    PetscCall(KeyRefuseFound(input, "mesh.front_reach", "at most half of separator.thickness"));
  }
  PetscFunctionReturn(0);
}

// ---- The whole ----

static PetscErrorCode FillCase(CaseInput input, Case *case_)
{
  PetscFunctionBeginUser;
  PetscCall(ElectrolyteTakeFromLibrary(input));
  PetscCall(KeyReadAll(input, KEY_OF_CASE, "", NULL, case_));
  PetscCall(ElectrolyteComplete(input, case_->temperature, &case_->electrolyte));
  PetscCall(ReadBoundary(input, "anode", NULL, &case_->electrolyte, &case_->anode));
  PetscCall(ReadBoundary(input, "counter_electrode", "anode", &case_->electrolyte,
                         &case_->counter_electrode));
  PetscCall(ReadProtocol(input, case_));
  PetscCall(CheckClosure(input, case_, &case_->anode));
  PetscCall(CheckClosure(input, case_, &case_->counter_electrode));
  PetscCall(CheckCurrentRatios(input, case_));
  PetscCall(CheckCurrents(input, case_));
  PetscCall(CheckFrontReach(input, case_));
  PetscCall(CheckPores(input, case_));
  PetscCall(CheckBath(input, "anode", case_, &case_->anode));
  PetscCall(CheckBath(input, "counter_electrode", case_, &case_->counter_electrode));
  PetscFunctionReturn(0);
}

// Fills the case and destroys the input.
static PetscErrorCode TakeCase(CaseInput *input, Case *case_)
{
  PetscFunctionBeginUser;
  PetscErrorCode ierr = FillCase(*input, case_);
  PetscCall(CaseInputDestroy(input));
  if (ierr) PetscCall(CaseDestroy(case_));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode CaseRead(MPI_Comm comm, const char path[], PetscInt number_of_settings,
                        const char *const settings[], Case *case_)
{
  CaseInput input;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(case_, sizeof(*case_)));
  PetscCall(CaseInputCreate(comm, path, number_of_settings, settings, &input));
  PetscCall(TakeCase(&input, case_));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseReadFrom(CaseInput base, PetscInt number_of_settings,
                            const char *const settings[], Case *case_)
{
  CaseInput input;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(case_, sizeof(*case_)));
  PetscCall(CaseInputExtend(base, number_of_settings, settings, &input));
  PetscCall(TakeCase(&input, case_));
  PetscFunctionReturn(0);
}
