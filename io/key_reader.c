#include "io/key_reader.h"

#include <stdio.h>
#include <string.h>

PetscErrorCode KeyRefuseMissing(CaseInput input, const char name[], const char reason[])
{
  char allowed[KEY_TEXT_LENGTH];
  const CaseKey *key;

  PetscFunctionBeginUser;
  (void)CaseNodeFind(KEYS_OF_CASE, name, &key);
  key->type->allowed(key, allowed);
  PetscCall(CaseInputRefuse(input, name, "missing, allowed: %s%s%s%s", allowed, reason ? " (" : "",
                            reason ? reason : "", reason ? ")" : ""));
  PetscFunctionReturn(0);
}

PetscErrorCode KeyRefuseFound(CaseInput input, const char name[], const char allowed[])
{
  const CaseEntry *const entry = CaseInputFind(input, name);

  PetscFunctionBeginUser;
  PetscCall(CaseInputRefuse(input, name, "found '%.120s', allowed: %s",
                            entry && entry->value ? entry->value : "", allowed));
  PetscFunctionReturn(0);
}

PetscErrorCode KeyRefuseMistake(CaseInput input, const char name[], const CaseKey *key,
                                const char mistake[])
{
  char allowed[KEY_TEXT_LENGTH];

  PetscFunctionBeginUser;
  key->type->allowed(key, allowed);
  if (mistake[0]) {
    const size_t used = strlen(allowed);
    snprintf(allowed + used, sizeof(allowed) - used, " (%s)", mistake);
  }
  PetscCall(KeyRefuseFound(input, name, allowed));
  PetscFunctionReturn(0);
}

PetscErrorCode KeyReadValue(CaseInput input, const char name[], const CaseKey *key, void *field)
{
  const char *mistake;

  PetscFunctionBeginUser;
  PetscCall(key->type->read(key, CaseInputFind(input, name)->value, field, &mistake));
  if (mistake) PetscCall(KeyRefuseMistake(input, name, key, mistake));
  PetscFunctionReturn(0);
}

// A list with a fixed number of numbers, which stand in the owner.
static PetscErrorCode ReadList(CaseInput input, const char list[], const CaseKey *key,
                               PetscReal field[])
{
  const PetscInt count = CaseInputCount(input, list);
  char name[KEY_NAME_LENGTH + 16];

  PetscFunctionBeginUser;
  if (count != key->length) {
    PetscCall(CaseInputRefuse(
        input, list, "found a list of %" PetscInt_FMT ", allowed: of %" PetscInt_FMT " values",
        count, key->length));
  }
  for (PetscInt i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "%s.%" PetscInt_FMT, list, i);
    PetscCall(KeyReadValue(input, name, key, &field[i]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckApplies(CaseInput input, const char name[], const CaseKey *key,
                                   const void *owner)
{
  char condition[KEY_TEXT_LENGTH];

  PetscFunctionBeginUser;
  if (!CaseInputFind(input, name) || CaseKeyApplies(key, owner)) PetscFunctionReturn(0);
  CaseKeyCondition(key, condition);
  PetscCall(KeyRefuseFound(input, name, condition));
  PetscFunctionReturn(0);
}

// The first of the keys that cannot stand beside this one and does; NULL: none.
static const char *FindExcluded(CaseInput input, const CaseKey *key)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(key->excludes) && key->excludes[i]; i++) {
    if (CaseInputFind(input, key->excludes[i])) return key->excludes[i];
  }
  return NULL;
}

static PetscErrorCode CheckExcluded(CaseInput input, const char name[], const CaseKey *key)
{
  const char *const excluded = FindExcluded(input, key);

  PetscFunctionBeginUser;
  if (excluded && CaseInputFind(input, name)) {
    PetscCall(
        CaseInputRefuse(input, name, "found together with %s, allowed: one of the two", excluded));
  }
  PetscFunctionReturn(0);
}

// The name under which the key's value is written: that of the model where the owner has none.
static PetscErrorCode FindName(CaseInput input, const CaseKey *key, const char model_name[],
                               const void *owner, char name[KEY_NAME_LENGTH])
{
  char model[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  if (!model_name || !CaseKeyApplies(key, owner) || CaseInputFind(input, name)) {
    PetscFunctionReturn(0);
  }
  CaseKeyName(key, model_name, model);
  if (CaseInputFind(input, model)) PetscCall(PetscStrncpy(name, model, KEY_NAME_LENGTH));
  PetscFunctionReturn(0);
}

PetscErrorCode KeyRead(CaseInput input, const CaseKey *key, const char owner_name[],
                       const char model_name[], void *owner)
{
  char name[KEY_NAME_LENGTH];
  void *const field = (char *)owner + key->offset;

  PetscFunctionBeginUser;
  CaseKeyName(key, owner_name, name);
  PetscCall(CheckApplies(input, name, key, owner));
  PetscCall(CheckExcluded(input, name, key));
  if (!key->type->read) PetscFunctionReturn(0);
  // The keys of a step share its fields: only those of its kind may touch them.
  if (key->owner == KEY_OF_STEP && !CaseKeyApplies(key, owner)) PetscFunctionReturn(0);
  PetscCall(FindName(input, key, model_name, owner, name));
  if (!CaseInputFind(input, name)) {
    if (key->required && !FindExcluded(input, key)) PetscCall(KeyRefuseMissing(input, name, NULL));
    PetscCall(CaseKeySetDefault(key, owner));
  } else if (key->length) {
    PetscCall(ReadList(input, name, key, (PetscReal *)field));
  } else {
    PetscCall(KeyReadValue(input, name, key, field));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode KeyReadAll(CaseInput input, KeyOwner kind, const char owner_name[],
                          const char model_name[], void *owner)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    if (case_keys[k].owner != kind) continue;
    PetscCall(KeyRead(input, &case_keys[k], owner_name, model_name, owner));
  }
  PetscFunctionReturn(0);
}
