#include "io/case_values.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "io/expression.h"
#include "io/units.h"

// ---- Text ----

static PetscErrorCode TextRead(const CaseKey *key, const char text[], void *field,
                               const char **mistake)
{
  char **const copy = (char **)field;

  PetscFunctionBeginUser;
  (void)key;
  *mistake = NULL;
  PetscCall(PetscFree(*copy));
  PetscCall(PetscStrallocpy(text, copy));
  PetscFunctionReturn(0);
}

void YamlTextWrite(const char text[], FILE *stream)
{
  fputc('"', stream);
  for (const char *c = text; *c; c++) {
    if (*c == '"' || *c == '\\') {
      fprintf(stream, "\\%c", *c);
    } else if (*c == '\n') {
      fprintf(stream, "\\n");
    } else if (iscntrl((unsigned char)*c)) {
      fprintf(stream, "\\x%02x", (unsigned)*c);
    } else {
      fputc(*c, stream);
    }
  }
  fputc('"', stream);
}

static void TextWrite(const CaseKey *key, const void *field, FILE *stream)
{
  const char *const text = *(char *const *)field;

  (void)key;
  if (text) YamlTextWrite(text, stream);
}

static void TextAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  (void)key;
  snprintf(text, KEY_TEXT_LENGTH, "any text");
}

const ValueType value_text = {TextRead, TextWrite, TextAllowed, NULL};

// A case as resolved has what the library gave it, and needs no library.
static void LibraryWrite(const CaseKey *key, const void *field, FILE *stream)
{
  (void)key, (void)field, (void)stream;
}

static void LibraryAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  (void)key;
  snprintf(text, KEY_TEXT_LENGTH, "a name that `sandglass electrolytes` lists");
}

const ValueType value_library = {TextRead, LibraryWrite, LibraryAllowed, NULL};

// ---- Numbers ----

/* Whether the value [unit] lies in a range written as comparisons, "> 0 mol/L", "> 0, <= 1" or
   "!= 0": the words a user is told are the test itself. */
static PetscErrorCode RangeContains(const char range[], const char unit[], PetscReal value,
                                    PetscBool *inside)
{
  PetscFunctionBeginUser;
  *inside = PETSC_TRUE;
  while (*range && *inside) {
    const PetscBool above = (PetscBool)(range[0] == '>'), below = (PetscBool)(range[0] == '<');
    const PetscBool or_equal = (PetscBool)((above || below) && range[1] == '=');
    const char *const bound_text = range + strspn(range, "<>=!"), *mistake;
    const size_t length = strcspn(bound_text, ",");
    char text[64];
    PetscReal bound = 0;

    PetscCall(PetscStrncpy(text, bound_text, PetscMin(length + 1, sizeof(text))));
    PetscCall(QuantityParse(text, unit, &bound, &mistake));
    PetscCheck(!mistake, PETSC_COMM_SELF, PETSC_ERR_PLIB, "bound '%s': %s", text, mistake);
    *inside = (PetscBool)((above && value > bound) || (below && value < bound) ||
                          (or_equal && value == bound) || (!above && !below && value != bound));
    range = bound_text + length;
    range += strspn(range, ", ");
  }
  PetscFunctionReturn(0);
}

/* Beyond these a product of a few quantities is no number any more, whatever they are. */
#define SMALLEST_QUANTITY 1e-50
#define LARGEST_QUANTITY 1e50

static PetscBool IsOfPossibleSize(PetscReal value)
{
  const PetscReal size = PetscAbsReal(value);

  return (PetscBool)(value == 0 || (size >= SMALLEST_QUANTITY && size <= LARGEST_QUANTITY));
}

PetscErrorCode CheckRange(const CaseKey *key, PetscReal value, const char **mistake)
{
  PetscBool inside;

  PetscFunctionBeginUser;
  if (!IsOfPossibleSize(value)) {
    *mistake = "0, or in SI units of a size from 1e-50 to 1e50";
    PetscFunctionReturn(0);
  }
  if (!key->allowed) PetscFunctionReturn(0);
  PetscCall(RangeContains(key->allowed, key->unit, value, &inside));
  if (!inside) *mistake = "";
  PetscFunctionReturn(0);
}

static PetscErrorCode QuantityRead(const CaseKey *key, const char text[], void *field,
                                   const char **mistake)
{
  PetscReal value;

  PetscFunctionBeginUser;
  PetscCall(QuantityParse(text, key->unit, &value, mistake));
  if (!*mistake) PetscCall(CheckRange(key, value, mistake));
  if (!*mistake) *(PetscReal *)field = value;
  PetscFunctionReturn(0);
}

void RealWrite(PetscReal value, FILE *stream)
{
  char text[32];
  int digits = 14;

  do {
    snprintf(text, sizeof(text), "%.*g", ++digits, value);
  } while (digits < 17 && strtod(text, NULL) != value);
  fputs(text, stream);
}

static void QuantityWrite(const CaseKey *key, const void *field, FILE *stream)
{
  const PetscReal value = *(const PetscReal *)field;

  if (PetscIsNanReal(value)) return;
  RealWrite(value, stream);
  if (key->unit) fprintf(stream, " %s", key->unit);
}

static void QuantityAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  if (key->allowed) {
    snprintf(text, KEY_TEXT_LENGTH, "%s", key->allowed);
  } else if (key->unit) {
    snprintf(text, KEY_TEXT_LENGTH, "any value in %s or the like", key->unit);
  } else {
    snprintf(text, KEY_TEXT_LENGTH, "any number");
  }
}

const ValueType value_quantity = {QuantityRead, QuantityWrite, QuantityAllowed, NULL};

static PetscErrorCode QuantityOrNoneRead(const CaseKey *key, const char text[], void *field,
                                         const char **mistake)
{
  PetscFunctionBeginUser;
  if (strcmp(text, "none") == 0) {
    *mistake = NULL;
    *(PetscReal *)field = PETSC_INFINITY;
  } else {
    PetscCall(QuantityRead(key, text, field, mistake));
  }
  PetscFunctionReturn(0);
}

static void QuantityOrNoneWrite(const CaseKey *key, const void *field, FILE *stream)
{
  if (IsNone(*(const PetscReal *)field)) {
    fprintf(stream, "none");
  } else {
    QuantityWrite(key, field, stream);
  }
}

static void QuantityOrNoneAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  QuantityAllowed(key, text);
  strncat(text, ", or none", KEY_TEXT_LENGTH - strlen(text) - 1);
}

const ValueType value_quantity_or_none = {QuantityOrNoneRead, QuantityOrNoneWrite,
                                          QuantityOrNoneAllowed, NULL};

static PetscErrorCode IntegerRead(const CaseKey *key, const char text[], void *field,
                                  const char **mistake)
{
  char *end;

  PetscFunctionBeginUser;
  errno = 0;
  const long long value = strtoll(text, &end, 10);
  *mistake = NULL;
  if (end == text || *end) {
    *mistake = "a bare whole number is needed";
  } else if (errno == ERANGE || value > PETSC_MAX_INT || value < PETSC_MIN_INT) {
    *mistake = "";
  } else {
    PetscCall(CheckRange(key, (PetscReal)value, mistake));
  }
  if (!*mistake) *(PetscInt *)field = (PetscInt)value;
  PetscFunctionReturn(0);
}

static void IntegerWrite(const CaseKey *key, const void *field, FILE *stream)
{
  (void)key;
  fprintf(stream, "%" PetscInt_FMT, *(const PetscInt *)field);
}

const ValueType value_integer = {IntegerRead, IntegerWrite, QuantityAllowed, NULL};

// ---- Choices ----

static size_t NumberOfChoices(const CaseKey *key)
{
  size_t n = 0;

  while (n < PETSC_STATIC_ARRAY_LENGTH(key->choices) && key->choices[n]) n++;
  return n;
}

// The position of the text among the choices; that of none, and a mistake, where it is not there.
static size_t ChoiceFind(const CaseKey *key, const char text[], const char **mistake)
{
  size_t i = 0;

  while (i < NumberOfChoices(key) && strcmp(text, key->choices[i])) i++;
  *mistake = i < NumberOfChoices(key) ? NULL : "";
  return i;
}

static void ChoiceAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  text[0] = '\0';
  for (size_t i = 0; i < NumberOfChoices(key); i++) {
    const size_t used = strlen(text);

    snprintf(text + used, KEY_TEXT_LENGTH - used, "%s%s", i > 0 ? ", " : "", key->choices[i]);
  }
}

// The enums of a case have no negative members, so that all are stored as an unsigned int.
_Static_assert(sizeof(Closure) == sizeof(unsigned) && sizeof(StoredFields) == sizeof(unsigned),
               "value_choice stores enums as unsigned int");

static PetscErrorCode ChoiceRead(const CaseKey *key, const char text[], void *field,
                                 const char **mistake)
{
  PetscFunctionBeginUser;
  const size_t choice = ChoiceFind(key, text, mistake);
  if (!*mistake) *(unsigned *)field = (unsigned)choice;
  PetscFunctionReturn(0);
}

static void ChoiceWrite(const CaseKey *key, const void *field, FILE *stream)
{
  fprintf(stream, "%s", key->choices[*(const unsigned *)field]);
}

const ValueType value_choice = {ChoiceRead, ChoiceWrite, ChoiceAllowed, NULL};

static PetscErrorCode NameRead(const CaseKey *key, const char text[], void *field,
                               const char **mistake)
{
  PetscFunctionBeginUser;
  const size_t choice = ChoiceFind(key, text, mistake);
  if (!*mistake) *(const char **)field = key->choices[choice];
  PetscFunctionReturn(0);
}

static void NameWrite(const CaseKey *key, const void *field, FILE *stream)
{
  (void)key;
  fprintf(stream, "%s", *(const char *const *)field);
}

const ValueType value_name = {NameRead, NameWrite, ChoiceAllowed, NULL};

static PetscErrorCode BoundaryKindRead(const CaseKey *key, const char text[], void *field,
                                       const char **mistake)
{
  const BoundaryKind *kind;

  PetscFunctionBeginUser;
  (void)key;
  PetscCall(BoundaryKindFind(text, &kind));
  *mistake = kind ? NULL : "";
  if (kind) *(const BoundaryKind **)field = kind;
  PetscFunctionReturn(0);
}

static void BoundaryKindWrite(const CaseKey *key, const void *field, FILE *stream)
{
  (void)key;
  fprintf(stream, "%s", BoundaryKindName(*(const BoundaryKind *const *)field));
}

static void BoundaryKindAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  (void)key;
  snprintf(text, KEY_TEXT_LENGTH, "%s", BOUNDARY_KIND_NAMES);
}

const ValueType value_boundary_kind = {BoundaryKindRead, BoundaryKindWrite, BoundaryKindAllowed,
                                       NULL};

// ---- Ions ----

static PetscErrorCode IonNameRead(const CaseKey *key, const char text[], void *field,
                                  const char **mistake)
{
  char *const name = (char *)field;
  const size_t length = strlen(text);

  PetscFunctionBeginUser;
  (void)key;
  *mistake = NULL;
  if (!isalpha((unsigned char)text[0])) *mistake = "";
  for (size_t i = 0; i < length && !*mistake; i++) {
    if (!isalnum((unsigned char)text[i]) && text[i] != '_') *mistake = "";
  }
  if (length >= sizeof(((Ion *)0)->name)) *mistake = "too long";
  if (!*mistake) PetscCall(PetscStrncpy(name, text, length + 1));
  PetscFunctionReturn(0);
}

static void IonNameWrite(const CaseKey *key, const void *field, FILE *stream)
{
  (void)key;
  YamlTextWrite((const char *)field, stream);  // quoted: YAML takes a bare No for a truth value
}

static void IonNameAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  (void)key;
  snprintf(text, KEY_TEXT_LENGTH, "letters, digits and _, a letter first");
}

const ValueType value_ion_name = {IonNameRead, IonNameWrite, IonNameAllowed, NULL};

static void ReactingIonWrite(const CaseKey *key, const void *field, FILE *stream)
{
  const Electrolyte *const electrolyte =
      (const Electrolyte *)((const char *)field - offsetof(Electrolyte, reacting_ion));

  (void)key;
  YamlTextWrite(electrolyte->ion[electrolyte->reacting_ion].name, stream);
}

static void ReactingIonAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  (void)key;
  snprintf(text, KEY_TEXT_LENGTH, "the name of a cation");
}

const ValueType value_reacting_ion = {NULL, ReactingIonWrite, ReactingIonAllowed, NULL};

// ---- Measured properties ----

static void PropertyWrite(const CaseKey *key, const void *field, FILE *stream)
{
  const MeasuredProperty *const property = (const MeasuredProperty *)field;

  (void)key;
  if (property->text) fputs(property->text, stream);
}

static const ValuePart property_parts[] = {
    {PART_EXPRESSION, EXPRESSION_ALLOWED},
    {PART_UNIT, "that of the formula's value; none for a pure number"},
    {PART_TABLE, "FILE.csv, from this file's folder, or its lines"},
    {NULL, NULL}};

const ValueType value_property = {NULL, PropertyWrite, QuantityAllowed, property_parts};

// ---- Conditions that end a step ----

typedef struct {
  const char *word;
  EventKind event;
  char comparison;      // '\0': it needs none
  const char *unit;     // of the threshold,
  const char *example;  // and one for people
  PetscBool positive;   // the threshold must be: what is compared with it is an absolute value
} ConditionForm;

static const ConditionForm condition_forms[] = {
    {.word = "depletion", .event = EVENT_DEPLETION},
    {.word = "space_charge", .event = EVENT_SPACE_CHARGE},
    {"voltage", EVENT_VOLTAGE_LIMIT, '>', "V", "2 V", PETSC_FALSE},
    {"voltage", EVENT_VOLTAGE_LIMIT, '<', "V", "-0.5 V", PETSC_FALSE},
    {"charge", EVENT_CHARGE_LIMIT, '>', "C/m^2", "1 mAh/cm^2", PETSC_TRUE},
};

// What follows the word and the comparison of a form, NULL where the text has another form.
static const char *ConditionThreshold(const ConditionForm *form, const char text[])
{
  const size_t length = strlen(form->word);

  if (strncmp(text, form->word, length)) return NULL;
  text += length;
  text += strspn(text, " \t");
  if (form->comparison) return *text == form->comparison ? text + 1 : NULL;
  return *text ? NULL : text;
}

static PetscErrorCode ConditionRead(const CaseKey *key, const char text[], void *field,
                                    const char **mistake)
{
  PetscFunctionBeginUser;
  (void)key;
  *mistake = "";
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(condition_forms); i++) {
    const ConditionForm *const form = &condition_forms[i];
    const char *const threshold = ConditionThreshold(form, text);
    Condition condition = {.event = form->event, .above = (PetscBool)(form->comparison == '>')};

    if (!threshold) continue;
    *mistake = NULL;
    if (form->comparison) {
      PetscCall(QuantityParse(threshold, form->unit, &condition.threshold, mistake));
    }
    if (!*mistake && form->positive && condition.threshold <= 0) *mistake = "must be positive";
    if (!*mistake) *(Condition *)field = condition;
    break;
  }
  PetscFunctionReturn(0);
}

static void ConditionWrite(const CaseKey *key, const void *field, FILE *stream)
{
  const Condition *const condition = (const Condition *)field;

  (void)key;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(condition_forms); i++) {
    const ConditionForm *const form = &condition_forms[i];

    if (form->event != condition->event || (form->comparison == '>') != condition->above) continue;
    if (form->comparison) {
      fprintf(stream, "\"%s %c ", form->word, form->comparison);
      RealWrite(condition->threshold, stream);
      fprintf(stream, " %s\"", form->unit);
    } else {
      fprintf(stream, "%s", form->word);
    }
    return;
  }
}

static void ConditionAllowed(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  (void)key;
  text[0] = '\0';
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(condition_forms); i++) {
    const ConditionForm *const form = &condition_forms[i];
    const size_t used = strlen(text);

    snprintf(text + used, KEY_TEXT_LENGTH - used, "%s%s", i > 0 ? ", " : "", form->word);
    if (form->comparison) {
      const size_t word_end = strlen(text);

      snprintf(text + word_end, KEY_TEXT_LENGTH - word_end, " %c %s", form->comparison,
               form->example);
    }
  }
}

const ValueType value_condition = {ConditionRead, ConditionWrite, ConditionAllowed, NULL};
