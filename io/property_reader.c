#include "io/property_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/case_values.h"
#include "io/expression.h"
#include "io/key_reader.h"
#include "io/property_table.h"
#include "io/text_file.h"
#include "io/units.h"

#define VALIDITY "electrolyte.validity.concentration"
#define NUMBER_OF_PROPERTIES 4

/* From c = 0, or from the lower end of the validity (model.md 3). */
static const struct {
  const char *name;
  PetscBool from_zero;
} wanted[NUMBER_OF_PROPERTIES] = {{"electrolyte.diffusivity", PETSC_TRUE},
                                  {"electrolyte.transference_number", PETSC_TRUE},
                                  {"electrolyte.conductivity", PETSC_FALSE},
                                  {"electrolyte.thermodynamic_factor", PETSC_FALSE}};

typedef enum { SOURCE_NONE, SOURCE_CONSTANT, SOURCE_EXPRESSION, SOURCE_TABLE } SourceKind;

/* A property as written, before it is a function. */
typedef struct {
  const char *name;
  const CaseKey *key;
  MeasuredProperty *property;
  PetscBool from_zero, check_constant;
  SourceKind kind;
  PetscReal constant;     // also of a formula without c and m
  Expression expression;  // in its own unit,
  PetscReal factor;       // and that unit in the key's
  PropertyTable table;
} Source;

// The name of a part of the property, "electrolyte.diffusivity.unit".
static void PartName(const Source *source, const char part[], char name[KEY_NAME_LENGTH])
{
  snprintf(name, KEY_NAME_LENGTH, "%s.%s", source->name, part);
}

static const CaseEntry *FindPart(CaseInput input, const Source *source, const char part[])
{
  char name[KEY_NAME_LENGTH];

  PartName(source, part, name);
  return CaseInputFind(input, name);
}

// ---- Texts: what a resolved case writes ----

typedef struct {
  FILE *stream;
  char *buffer;
  size_t length;
} TextBuffer;

static PetscErrorCode TextBegin(TextBuffer *text)
{
  PetscFunctionBeginUser;
  text->stream = open_memstream(&text->buffer, &text->length);
  PetscCheck(text->stream, PETSC_COMM_SELF, PETSC_ERR_MEM, "open_memstream failed");
  PetscFunctionReturn(0);
}

static PetscErrorCode TextEnd(TextBuffer *text, char **copy)
{
  PetscFunctionBeginUser;
  fclose(text->stream);
  PetscErrorCode ierr = PetscStrallocpy(text->buffer, copy);
  free(text->buffer);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

// ---- Constants ----

static PetscErrorCode CheckConstant(const Source *source, const char **mistake)
{
  PetscFunctionBeginUser;
  *mistake = isfinite(source->constant) ? NULL : "not a finite number";
  if (!*mistake && source->check_constant) {
    PetscCall(CheckRange(source->key, source->constant, mistake));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadConstant(CaseInput input, const char value[], Source *source)
{
  const char *mistake;
  TextBuffer text;

  PetscFunctionBeginUser;
  PetscCall(QuantityParse(value, source->key->unit, &source->constant, &mistake));
  if (!mistake) PetscCall(CheckConstant(source, &mistake));
  if (mistake) PetscCall(KeyRefuseMistake(input, source->name, source->key, mistake));
  PetscCall(TextBegin(&text));
  RealWrite(source->constant, text.stream);
  if (source->key->unit) fprintf(text.stream, " %s", source->key->unit);
  PetscCall(TextEnd(&text, &source->property->text));
  source->kind = SOURCE_CONSTANT;
  PetscFunctionReturn(0);
}

// ---- Formulas ----

static PetscReal EvaluateSource(void *context, PetscReal concentration)
{
  const Source *const source = (const Source *)context;

  return source->factor * ExpressionEvaluate(source->expression, concentration);
}

// What one of the formula's unit is in the key's.
static PetscErrorCode ReadUnit(CaseInput input, Source *source)
{
  const CaseEntry *const entry = FindPart(input, source, PART_UNIT);
  const char *const unit = source->key->unit, *mistake = NULL;
  char name[KEY_NAME_LENGTH], quantity[KEY_TEXT_LENGTH];

  PetscFunctionBeginUser;
  PartName(source, PART_UNIT, name);
  source->factor = 1;
  if (!unit) {
    if (entry && strcmp(entry->value, "1") && strcmp(entry->value, "-")) {
      PetscCall(KeyRefuseFound(input, name, "none, for it is a pure number"));
    }
    PetscFunctionReturn(0);
  }
  if (!entry) {
    PetscCall(CaseInputRefuse(input, name, "missing, allowed: a unit like %s", unit));
  } else {
    snprintf(quantity, sizeof(quantity), "1 %.100s", entry->value);
    PetscCall(QuantityParse(quantity, unit, &source->factor, &mistake));
  }
  if (mistake) {
    snprintf(quantity, sizeof(quantity), "a unit like %s (%s)", unit, mistake);
    PetscCall(KeyRefuseFound(input, name, quantity));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteFormula(CaseInput input, const char formula[], Source *source)
{
  const CaseEntry *const unit = FindPart(input, source, PART_UNIT);
  TextBuffer text;

  PetscFunctionBeginUser;
  PetscCall(TextBegin(&text));
  fprintf(text.stream, "{" PART_EXPRESSION ": ");
  YamlTextWrite(formula, text.stream);
  if (unit) {
    fprintf(text.stream, ", " PART_UNIT ": ");
    YamlTextWrite(unit->value, text.stream);
  }
  fputc('}', text.stream);
  PetscCall(TextEnd(&text, &source->property->text));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFormula(CaseInput input, const char formula[], PetscReal temperature,
                                  Source *source)
{
  char name[KEY_NAME_LENGTH], mistake[EXPRESSION_MISTAKE_LENGTH], allowed[KEY_TEXT_LENGTH];
  const char *constant_mistake = NULL;

  PetscFunctionBeginUser;
  PartName(source, PART_EXPRESSION, name);
  PetscCall(ExpressionCreate(formula, temperature, &source->expression, mistake));
  snprintf(allowed, sizeof(allowed), "%s (%s)", EXPRESSION_ALLOWED, mistake);
  if (mistake[0]) PetscCall(KeyRefuseFound(input, name, allowed));
  PetscCall(ReadUnit(input, source));
  PetscCall(WriteFormula(input, formula, source));
  source->kind = SOURCE_EXPRESSION;
  if (!ExpressionIsConstant(source->expression)) PetscFunctionReturn(0);
  source->kind = SOURCE_CONSTANT;
  source->constant = EvaluateSource(source, 0);
  PetscCall(CheckConstant(source, &constant_mistake));
  if (constant_mistake) PetscCall(KeyRefuseMistake(input, name, source->key, constant_mistake));
  PetscFunctionReturn(0);
}

// ---- Tables ----

// A text of several lines is the table itself.
static PetscBool IsTableText(const char text[])
{
  return (PetscBool)(strchr(text, '\n') != NULL);
}

static PetscErrorCode ParseTable(CaseInput input, const CaseEntry *entry, const char path[],
                                 const char text[], Source *source)
{
  char place[2 * PETSC_MAX_PATH_LEN];
  TableMistake mistake;
  TextBuffer copy;

  PetscFunctionBeginUser;
  PetscCall(PropertyTableParse(text, source->key->unit, &source->table, &mistake));
  if (mistake.line) {
    snprintf(place, sizeof(place), "%s%s%d", path ? path : entry->place,
             path ? ":" : ", line of the table ", mistake.line);
    PetscCall(CaseInputRefuseAt(input, place, entry->name, "%s", mistake.text));
  }
  PetscCall(TextBegin(&copy));
  fprintf(copy.stream, "{" PART_TABLE ": ");
  YamlTextWrite(text, copy.stream);
  fputc('}', copy.stream);
  PetscCall(TextEnd(&copy, &source->property->text));
  source->kind = SOURCE_TABLE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ParseTableFile(CaseInput input, const CaseEntry *entry, const char path[],
                                     const char text[], Source *source)
{
  const int bad_line = TextBadLine(text);
  char place[PETSC_MAX_PATH_LEN + 16];

  PetscFunctionBeginUser;
  if (bad_line) {
    snprintf(place, sizeof(place), "%s:%d", path, bad_line);
    PetscCall(CaseInputRefuseAt(input, place, entry->name, TEXT_MISTAKE));
  }
  PetscCall(ParseTable(input, entry, path, text, source));
  PetscFunctionReturn(0);
}

// Collective.  The file is looked for from the folder of the one that names it.
static PetscErrorCode ReadTableFile(CaseInput input, const CaseEntry *entry, Source *source)
{
  char path[PETSC_MAX_PATH_LEN], *text;
  int error;

  PetscFunctionBeginUser;
  snprintf(path, sizeof(path), "%s%s", entry->value[0] == '/' ? "" : entry->folder, entry->value);
  PetscCall(TextFileRead(CaseInputComm(input), path, &text, &error));
  PetscCheck(!error, CaseInputComm(input), PETSC_ERR_FILE_OPEN, "%s: %s: %s cannot be read: %s",
             entry->place, entry->name, path, strerror(error));
  PetscErrorCode ierr = ParseTableFile(input, entry, path, text, source);
  PetscCall(PetscFree(text));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTable(CaseInput input, const CaseEntry *entry, Source *source)
{
  PetscFunctionBeginUser;
  if (FindPart(input, source, PART_UNIT)) {
    char unit[KEY_NAME_LENGTH];

    PartName(source, PART_UNIT, unit);
    PetscCall(KeyRefuseFound(input, unit, "none, for the units of a table stand in its header"));
  }
  if (!entry->value[0]) {
    PetscCall(KeyRefuseFound(input, entry->name, "FILE.csv, or the lines of a table"));
  }
  if (IsTableText(entry->value)) {
    PetscCall(ParseTable(input, entry, NULL, entry->value, source));
  } else {
    PetscCall(ReadTableFile(input, entry, source));
  }
  PetscFunctionReturn(0);
}

/* A table that goes beyond the validity ends with a row at its upper end: what lies above is not to
   be used. */
static PetscErrorCode CutTable(PetscReal high, PropertyTable *table)
{
  PetscInt rows = table->rows;
  Property whole;

  PetscFunctionBeginUser;
  if (table->concentration[rows - 1] <= high) PetscFunctionReturn(0);
  PetscCall(PropertyCreateTable(rows, table->concentration, table->value, &whole));
  while (table->concentration[rows - 2] >= high) rows--;
  table->concentration[rows - 1] = high;
  table->value[rows - 1] = PropertyEvaluate(whole, high).value;
  table->rows = rows;
  PetscCall(PropertyDestroy(&whole));
  PetscFunctionReturn(0);
}

// ---- Any of them ----

static PetscErrorCode ReadParts(CaseInput input, PetscReal temperature, Source *source)
{
  const CaseEntry *const expression = FindPart(input, source, PART_EXPRESSION);
  const CaseEntry *const table = FindPart(input, source, PART_TABLE);

  PetscFunctionBeginUser;
  if (expression && table) {
    PetscCall(CaseInputRefuse(input, table->name, "found together with %s, allowed: one of the two",
                              expression->name));
  }
  if (expression) {
    PetscCall(ReadFormula(input, expression->value, temperature, source));
  } else if (table) {
    PetscCall(ReadTable(input, table, source));
  } else {
    PetscCall(CaseInputRefuse(input, source->name,
                              "found neither " PART_EXPRESSION " nor " PART_TABLE
                              ", allowed: one of the two"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadSource(CaseInput input, size_t i, PetscReal temperature,
                                 Electrolyte *electrolyte, Source *source)
{
  const PetscBool is_dilute =
      (PetscBool)(electrolyte->flux_law && strcmp(electrolyte->flux_law, "dilute") == 0);
  const CaseEntry *const entry = CaseInputFind(input, wanted[i].name);

  PetscFunctionBeginUser;
  source->name = wanted[i].name;
  source->from_zero = wanted[i].from_zero;
  (void)CaseNodeFind(KEYS_OF_CASE, source->name, &source->key);
  source->check_constant = (PetscBool)(is_dilute || !source->key->dilute_law_allowed);
  source->property =
      (MeasuredProperty *)((char *)electrolyte + source->key->offset - offsetof(Case, electrolyte));
  source->property->initial = NAN;
  if (entry && entry->value) {
    PetscCall(ReadConstant(input, entry->value, source));
  } else if (entry) {
    PetscCall(ReadParts(input, temperature, source));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode SourceDestroy(Source *source)
{
  PetscFunctionBeginUser;
  PetscCall(ExpressionDestroy(&source->expression));
  PetscCall(PropertyTableDestroy(&source->table));
  PetscFunctionReturn(0);
}

// ---- Validity ----

// Formulas go on for ever, where tables end and constants do not change.
static PetscErrorCode CheckFormulasEnd(CaseInput input, const Source source[],
                                       const Range *validity)
{
  PetscFunctionBeginUser;
  if (!IsNone(validity->high)) PetscFunctionReturn(0);
  for (size_t i = 0; i < NUMBER_OF_PROPERTIES; i++) {
    if (source[i].kind != SOURCE_EXPRESSION) continue;
    PetscCall(CaseInputRefuse(input, VALIDITY,
                              "%s, allowed: [LOW, HIGH] (%s is a formula, and holds only in the "
                              "range of its measurements)",
                              CaseInputFind(input, VALIDITY) ? "found no upper end" : "missing",
                              source[i].name));
  }
  PetscFunctionReturn(0);
}

static void EndText(PetscReal end, char text[32])
{
  snprintf(text, 32, "none");
  if (!IsNone(end)) snprintf(text, 32, "%g", (double)end);
}

static PetscErrorCode FindValidity(CaseInput input, const Source source[], Range *validity)
{
  char low[32], high[32];

  PetscFunctionBeginUser;
  PetscCall(CheckFormulasEnd(input, source, validity));
  for (size_t i = 0; i < NUMBER_OF_PROPERTIES; i++) {
    const PropertyTable *const table = &source[i].table;

    if (source[i].kind != SOURCE_TABLE || CaseInputFind(input, VALIDITY)) continue;
    validity->high = PetscMin(validity->high, table->concentration[table->rows - 1]);
  }
  if (validity->low >= validity->high) {
    EndText(validity->low, low);
    EndText(validity->high, high);
    PetscCall(CaseInputRefuse(input, VALIDITY,
                              "found %s to %s mol/m^3, allowed: a lower end below the upper one",
                              low, high));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckTableCovers(CaseInput input, const Source *source, const Range *validity)
{
  const PropertyTable *const table = &source->table;
  const PetscReal first = table->concentration[0], last = table->concentration[table->rows - 1];
  char name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  PartName(source, PART_TABLE, name);
  if (source->from_zero && first > 0) {
    PetscCall(CaseInputRefuse(input, name,
                              "found a first row at %g mol/m^3, allowed: 0 (this property is "
                              "needed down to there)",
                              (double)first));
  }
  if (first > validity->low || last < validity->high) {
    char high[32];

    EndText(validity->high, high);
    PetscCall(CaseInputRefuse(input, name,
                              "found rows from %g to %g mol/m^3, allowed: all of " VALIDITY
                              ", %g to %s mol/m^3",
                              (double)first, (double)last, (double)validity->low, high));
  }
  PetscFunctionReturn(0);
}

// ---- Functions ----

static PetscErrorCode SampleFormula(CaseInput input, const Range *validity, Source *source)
{
  const PetscReal low = source->from_zero ? 0 : validity->low;
  char name[KEY_NAME_LENGTH];
  PropertyMistake mistake;

  PetscFunctionBeginUser;
  PetscCall(PropertyCreate(EvaluateSource, source, low, validity->high, &source->property->function,
                           &mistake));
  if (!mistake.reason) PetscFunctionReturn(0);
  PartName(source, PART_EXPRESSION, name);
  PetscCall(CaseInputRefuse(input, name,
                            "found %g at %g mol/m^3, which %s, allowed: a smooth function from %g "
                            "to %g mol/m^3",
                            (double)mistake.value, (double)mistake.concentration, mistake.reason,
                            (double)low, (double)validity->high));
  PetscFunctionReturn(0);
}

static PetscErrorCode MakeFunction(CaseInput input, const Range *validity, Source *source)
{
  Property *const function = &source->property->function;

  PetscFunctionBeginUser;
  switch (source->kind) {
    case SOURCE_CONSTANT:
      PetscCall(PropertyCreateConstant(source->constant, function));
      break;
    case SOURCE_EXPRESSION:
      PetscCall(SampleFormula(input, validity, source));
      break;
    case SOURCE_TABLE:
      PetscCall(CheckTableCovers(input, source, validity));
      PetscCall(CutTable(validity->high, &source->table));
      PetscCall(PropertyCreateTable(source->table.rows, source->table.concentration,
                                    source->table.value, function));
      break;
    case SOURCE_NONE:
      break;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadSources(CaseInput input, PetscReal temperature, Electrolyte *electrolyte,
                                  Source source[])
{
  PetscFunctionBeginUser;
  for (size_t i = 0; i < NUMBER_OF_PROPERTIES; i++) {
    PetscCall(ReadSource(input, i, temperature, electrolyte, &source[i]));
  }
  PetscCall(FindValidity(input, source, &electrolyte->concentration_validity));
  for (size_t i = 0; i < NUMBER_OF_PROPERTIES; i++) {
    PetscCall(MakeFunction(input, &electrolyte->concentration_validity, &source[i]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode MeasuredPropertiesRead(CaseInput input, PetscReal temperature,
                                      Electrolyte *electrolyte)
{
  Source source[NUMBER_OF_PROPERTIES] = {{0}};

  PetscFunctionBeginUser;
  PetscErrorCode ierr = ReadSources(input, temperature, electrolyte, source);
  for (size_t i = 0; i < NUMBER_OF_PROPERTIES; i++) PetscCall(SourceDestroy(&source[i]));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static void SetInitial(PetscReal concentration, MeasuredProperty *property)
{
  if (!property->function) return;
  property->initial = PropertyEvaluate(property->function, concentration).value;
}

void MeasuredPropertiesSetInitial(PetscReal concentration, Electrolyte *electrolyte)
{
  SetInitial(concentration, &electrolyte->diffusivity);
  SetInitial(concentration, &electrolyte->transference_number);
  SetInitial(concentration, &electrolyte->conductivity);
  SetInitial(concentration, &electrolyte->thermodynamic_factor);
}
