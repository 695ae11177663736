#define _POSIX_C_SOURCE 200809L  // open_memstream

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/case_reader.h"

/* CaseToYaml: the keys in the order of their table, each with the value of its field, all owners of
   a kind where its keys begin.  The texts are built in streams of memory, which grow as needed. */

typedef struct {
  FILE *stream;
  char last[KEY_NAME_LENGTH];  // the name written last: its sections are open
} YamlWriter;

// The length of the sections, "anode.sei.", that two names have in common.
static size_t CommonSections(const char one[], const char other[])
{
  size_t common = 0;

  for (size_t i = 0; one[i] && one[i] == other[i]; i++) {
    if (one[i] == '.') common = i + 1;
  }
  return common;
}

// Writes "name: value" at its depth, after the sections and list dashes that are not yet open.
static void WriteEntry(YamlWriter *writer, const char name[], const char value[])
{
  const size_t common = CommonSections(name, writer->last);
  PetscBool after_dash = PETSC_FALSE;
  int depth = 0;

  for (size_t i = 0; i < common; i++) depth += name[i] == '.';
  for (const char *part = name + common; *part; depth++) {
    const int length = (int)strcspn(part, ".");
    const PetscBool is_last = (PetscBool)(part[length] == '\0');

    if (!after_dash) fprintf(writer->stream, "%*s", 2 * depth, "");
    after_dash = (PetscBool)(part[0] >= '0' && part[0] <= '9');
    if (after_dash) {
      fprintf(writer->stream, "- ");
    } else {
      fprintf(writer->stream, "%.*s:%s", length, part, is_last ? " " : "\n");
    }
    if (is_last) fprintf(writer->stream, "%s\n", value);
    part += length + !is_last;
  }
  snprintf(writer->last, sizeof(writer->last), "%s", name);
}

// One value; none where it is not set.
static PetscErrorCode WriteValue(YamlWriter *writer, const char name[], const CaseKey *key,
                                 const void *field)
{
  char *value = NULL;
  size_t length;

  PetscFunctionBeginUser;
  FILE *const stream = open_memstream(&value, &length);
  PetscCheck(stream, PETSC_COMM_SELF, PETSC_ERR_MEM, "open_memstream failed");
  key->type->write(key, field, stream);
  fclose(stream);
  if (length > 0) WriteEntry(writer, name, value);
  free(value);
  PetscFunctionReturn(0);
}

// The elements of a list: numbers in the owner, or the conditions of a step.
static PetscErrorCode WriteList(YamlWriter *writer, const char list[], const CaseKey *key,
                                const void *owner)
{
  const PetscReal *const numbers = (const PetscReal *)((const char *)owner + key->offset);
  const ProtocolStep *const step = (const ProtocolStep *)owner;
  const PetscInt count = key->length ? key->length : step->number_of_conditions;
  char name[KEY_NAME_LENGTH + 16];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "%s.%" PetscInt_FMT, list, i);
    PetscCall(WriteValue(writer, name, key,
                         key->length ? (const void *)&numbers[i] : (const void *)&step->until[i]));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteKey(YamlWriter *writer, const CaseKey *key, const char owner_name[],
                               const void *owner)
{
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  if (!CaseKeyApplies(key, owner)) PetscFunctionReturn(0);
  CaseKeyName(key, owner_name, name);
  if (key->list) {
    PetscCall(WriteList(writer, name, key, owner));
  } else {
    PetscCall(WriteValue(writer, name, key, (const char *)owner + key->offset));
  }
  PetscFunctionReturn(0);
}

// Every key of an owner that has a meaning there.
static PetscErrorCode WriteOwner(YamlWriter *writer, KeyOwner kind, const char owner_name[],
                                 const void *owner)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    if (case_keys[k].owner != kind) continue;
    PetscCall(WriteKey(writer, &case_keys[k], owner_name, owner));
  }
  PetscFunctionReturn(0);
}

// All that are of a kind: the ions, the two ends, the steps.
static PetscErrorCode WriteOwners(YamlWriter *writer, KeyOwner kind, const Case *case_)
{
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  if (kind == KEY_OF_ION && case_->electrolyte.ions_listed) {
    for (PetscInt k = 0; k < case_->electrolyte.number_of_ions; k++) {
      snprintf(name, sizeof(name), "electrolyte.ions.%" PetscInt_FMT, k);
      PetscCall(WriteOwner(writer, kind, name, &case_->electrolyte.ion[k]));
    }
  } else if (kind == KEY_OF_BOUNDARY) {
    PetscCall(WriteOwner(writer, kind, "anode", &case_->anode));
    PetscCall(WriteOwner(writer, kind, "counter_electrode", &case_->counter_electrode));
  } else if (kind == KEY_OF_STEP) {
    for (PetscInt i = 0; i < case_->number_of_steps; i++) {
      snprintf(name, sizeof(name), "protocol.%" PetscInt_FMT, i);
      PetscCall(WriteOwner(writer, kind, name, &case_->protocol[i]));
    }
  }
  PetscFunctionReturn(0);
}

static PetscBool ExcludesIons(const CaseKey *key)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(key->excludes) && key->excludes[i]; i++) {
    if (strcmp(key->excludes[i], "electrolyte.ions") == 0) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Of keys that exclude each other only one may be written: the others become NaN, not set.  Listed
   ions give their own sizes. */
static Case WithoutDerivedKeys(const Case *case_)
{
  Case given = *case_;
  Ion *const ion = given.electrolyte.ion;

  if (given.electrolyte.diffusivity.text) ion[0].diffusivity = ion[1].diffusivity = NAN;
  if (given.electrolyte.ions_listed) ion[0].size = NAN;
  if (!PetscIsNanReal(given.separator.tortuosity)) given.separator.bruggeman = NAN;
  return given;
}

static PetscErrorCode WriteCase(YamlWriter *writer, const Case *case_)
{
  const Case given = WithoutDerivedKeys(case_);
  const char *const library = case_->electrolyte.library;

  PetscFunctionBeginUser;
  if (library && library[0]) {
    fprintf(writer->stream, "# Properties of the electrolyte from the library: %s\n", library);
  }
  for (size_t k = 0; k < number_of_case_keys; k++) {
    const CaseKey *const key = &case_keys[k];

    if (key->owner != KEY_OF_CASE) {
      if (case_keys[k - 1].owner == key->owner) continue;
      PetscCall(WriteOwners(writer, key->owner, case_));
    } else if (!case_->electrolyte.ions_listed || !ExcludesIons(key)) {
      PetscCall(WriteKey(writer, key, "", &given));
    }
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CaseToYaml(const Case *case_, char **text)
{
  YamlWriter writer = {.last = ""};
  char *buffer = NULL;
  size_t length;

  PetscFunctionBeginUser;
  writer.stream = open_memstream(&buffer, &length);
  PetscCheck(writer.stream, PETSC_COMM_SELF, PETSC_ERR_MEM, "open_memstream failed");
  PetscErrorCode ierr = WriteCase(&writer, case_);
  fclose(writer.stream);
  if (!ierr) ierr = PetscStrallocpy(buffer, text);
  free(buffer);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
