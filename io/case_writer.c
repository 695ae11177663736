#define _POSIX_C_SOURCE 200809L  // open_memstream

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/case_reader.h"
#include "solver/salt.h"

/* CaseToYaml: the keys in the order of their table, each with the value of its field.  The texts
   are built in streams of memory, which grow as needed. */

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

static PetscErrorCode WriteConditions(YamlWriter *writer, const char list[], const CaseKey *key,
                                      const ProtocolStep *step)
{
  char name[KEY_NAME_LENGTH + 16];

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < step->number_of_conditions; i++) {
    snprintf(name, sizeof(name), "%s.%" PetscInt_FMT, list, i);
    PetscCall(WriteValue(writer, name, key, &step->until[i]));
  }
  PetscFunctionReturn(0);
}

// Every key of an owner that has a meaning there.
static PetscErrorCode WriteOwner(YamlWriter *writer, KeyOwner kind, const char owner_name[],
                                 const void *owner)
{
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    const CaseKey *const key = &case_keys[k];

    if (key->owner != kind || !CaseKeyApplies(key, owner)) continue;
    CaseKeyName(key, owner_name, name);
    if (key->list) {
      PetscCall(WriteConditions(writer, name, key, (const ProtocolStep *)owner));
    } else {
      PetscCall(WriteValue(writer, name, key, (const char *)owner + key->offset));
    }
  }
  PetscFunctionReturn(0);
}

/* Of keys that exclude each other only one may be written: the others become NaN, not set.  Which
   pair of the salt's properties the user gave shows in the bits: the other was computed from it. */
static Case WithoutDerivedKeys(const Case *case_)
{
  Case given = *case_;
  Ion *const cation = &given.electrolyte.ion[0], *const anion = &given.electrolyte.ion[1];
  PetscReal cation_diffusivity, anion_diffusivity;

  IonsFromSalt(cation->charge, anion->charge, given.electrolyte.diffusivity.initial,
               given.electrolyte.transference_number.initial, &cation_diffusivity,
               &anion_diffusivity);
  if (cation_diffusivity == cation->diffusivity && anion_diffusivity == anion->diffusivity) {
    cation->diffusivity = anion->diffusivity = NAN;
  } else {
    given.electrolyte.diffusivity.initial = given.electrolyte.transference_number.initial = NAN;
  }
  if (!PetscIsNanReal(given.separator.tortuosity)) given.separator.bruggeman = NAN;
  return given;
}

static PetscErrorCode WriteCase(YamlWriter *writer, const Case *case_)
{
  const Case given = WithoutDerivedKeys(case_);
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(WriteOwner(writer, KEY_OF_CASE, "", &given));
  PetscCall(WriteOwner(writer, KEY_OF_BOUNDARY, "anode", &given.anode));
  PetscCall(WriteOwner(writer, KEY_OF_BOUNDARY, "counter_electrode", &given.counter_electrode));
  for (PetscInt i = 0; i < given.number_of_steps; i++) {
    snprintf(name, sizeof(name), "protocol.%" PetscInt_FMT, i);
    PetscCall(WriteOwner(writer, KEY_OF_STEP, name, &given.protocol[i]));
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
