#include "io/property_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "io/units.h"

#define CELL_LENGTH 96
#define HEADER_FORM "a header of two cells, concentration [unit], value [unit]"

typedef struct {
  char cell[2][CELL_LENGTH];
} Row;

typedef struct {
  const char *unit[2];                // of what is wanted: mol/m^3 and the property's
  char written_unit[2][CELL_LENGTH];  // as the header gives them
  int line;                           // that is read, from 1
  PetscBool has_header;
  PetscInt capacity;
  PropertyTable *table;
  TableMistake *mistake;
} TableReader;

static void Refuse(TableReader *reader, const char found[], const char allowed[])
{
  reader->mistake->line = reader->line;
  snprintf(reader->mistake->text, sizeof(reader->mistake->text), "found '%.80s', allowed: %s",
           found, allowed);
}

// A copy of the text without the blanks around it, cut where it does not fit.
static void CopyTrimmed(const char text[], size_t length, char copy[CELL_LENGTH])
{
  while (length > 0 && isspace((unsigned char)*text)) text++, length--;
  while (length > 0 && isspace((unsigned char)text[length - 1])) length--;
  snprintf(copy, CELL_LENGTH, "%.*s", (int)length, text);
}

/* The two cells of a line; false, and a mistake, where there are more or fewer. */
static PetscBool SplitLine(TableReader *reader, const char line[], Row *row)
{
  const char *const comma = strchr(line, ',');

  if (!comma || strchr(comma + 1, ',')) {
    Refuse(reader, line, reader->has_header ? "two numbers with a comma between" : HEADER_FORM);
    return PETSC_FALSE;
  }
  CopyTrimmed(line, comma - line, row->cell[0]);
  CopyTrimmed(comma + 1, strlen(comma + 1), row->cell[1]);
  return PETSC_TRUE;
}

/* The unit in the brackets at the end of a cell of the header; of a pure number there may be none,
   or [-], or [1].  What `1 UNIT` is tells whether it is one of the right dimension. */
static PetscErrorCode ReadHeaderCell(TableReader *reader, int column, const char cell[])
{
  const char *const open = strrchr(cell, '['), *mistake = NULL;
  const size_t length = strlen(cell);
  char *const unit = reader->written_unit[column], quantity[CELL_LENGTH + 2], allowed[160];
  PetscReal one;

  PetscFunctionBeginUser;
  if (open && cell[length - 1] == ']') CopyTrimmed(open + 1, cell + length - 2 - open, unit);
  if (!reader->unit[column]) {
    if (strcmp(unit, "-") && strcmp(unit, "1") && unit[0]) {
      Refuse(reader, cell, "no unit, for it is a pure number");
    }
    PetscFunctionReturn(0);
  }
  snprintf(quantity, sizeof(quantity), "1 %s", unit);
  PetscCall(QuantityParse(quantity, reader->unit[column], &one, &mistake));
  if (mistake) {
    snprintf(allowed, sizeof(allowed), "a name and a unit like [%s] (%s)", reader->unit[column],
             mistake);
    Refuse(reader, cell, allowed);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadHeader(TableReader *reader, const Row *row)
{
  PetscFunctionBeginUser;
  for (int column = 0; column < 2 && !reader->mistake->line; column++) {
    PetscCall(ReadHeaderCell(reader, column, row->cell[column]));
  }
  reader->has_header = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadNumber(TableReader *reader, int column, const char cell[],
                                 PetscReal *value)
{
  char quantity[2 * CELL_LENGTH];
  const char *mistake;

  PetscFunctionBeginUser;
  PetscCall(QuantityParse(cell, NULL, value, &mistake));
  if (!mistake && reader->unit[column]) {
    snprintf(quantity, sizeof(quantity), "%s %s", cell, reader->written_unit[column]);
    PetscCall(QuantityParse(quantity, reader->unit[column], value, &mistake));
  }
  if (mistake) Refuse(reader, cell, "a bare number, in the unit of the header");
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendRow(TableReader *reader, const PetscReal value[2])
{
  PropertyTable *const table = reader->table;

  PetscFunctionBeginUser;
  if (table->rows == reader->capacity) {
    reader->capacity = 2 * reader->capacity + 64;
    PetscCall(PetscRealloc(reader->capacity * sizeof(PetscReal), &table->concentration));
    PetscCall(PetscRealloc(reader->capacity * sizeof(PetscReal), &table->value));
  }
  table->concentration[table->rows] = value[0];
  table->value[table->rows] = value[1];
  table->rows++;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRow(TableReader *reader, const Row *row)
{
  const PropertyTable *const table = reader->table;
  PetscReal value[2] = {0, 0};

  PetscFunctionBeginUser;
  for (int column = 0; column < 2 && !reader->mistake->line; column++) {
    PetscCall(ReadNumber(reader, column, row->cell[column], &value[column]));
  }
  if (reader->mistake->line) PetscFunctionReturn(0);
  if (value[0] < 0 || (table->rows > 0 && value[0] <= table->concentration[table->rows - 1])) {
    Refuse(reader, row->cell[0], "concentrations from 0 up, each above the one before");
  } else {
    PetscCall(AppendRow(reader, value));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLine(TableReader *reader, const char line[])
{
  Row row;

  PetscFunctionBeginUser;
  if (line[0] == '\0' || line[0] == '#' || !SplitLine(reader, line, &row)) PetscFunctionReturn(0);
  if (reader->has_header) {
    PetscCall(ReadRow(reader, &row));
  } else {
    PetscCall(ReadHeader(reader, &row));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadLines(TableReader *reader, const char text[])
{
  char line[CELL_LENGTH];

  PetscFunctionBeginUser;
  while (*text && !reader->mistake->line) {
    const size_t length = strcspn(text, "\n");

    reader->line++;
    CopyTrimmed(text, length, line);
    if (length >= CELL_LENGTH && line[0] != '#') {
      Refuse(reader, line, "lines of less than 96 characters");
    } else {
      PetscCall(ReadLine(reader, line));
    }
    text += length + (text[length] == '\n');
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PropertyTableParse(const char text[], const char unit[], PropertyTable *table,
                                  TableMistake *mistake)
{
  TableReader reader = {.unit = {"mol/m^3", unit}, .table = table, .mistake = mistake};

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(table, sizeof(*table)));
  PetscCall(PetscMemzero(mistake, sizeof(*mistake)));
  if (strncmp(text, "\xef\xbb\xbf", 3) == 0) text += 3;  // the mark some programs put in front
  PetscErrorCode ierr = ReadLines(&reader, text);
  reader.line = PetscMax(reader.line, 1);
  if (!mistake->line && !reader.has_header) Refuse(&reader, "", HEADER_FORM);
  if (!mistake->line && table->rows < 2) {
    mistake->line = reader.line;
    snprintf(mistake->text, sizeof(mistake->text),
             "found the end after %" PetscInt_FMT " rows, allowed: two rows or more", table->rows);
  }
  if (mistake->line || ierr) PetscCall(PropertyTableDestroy(table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode PropertyTableDestroy(PropertyTable *table)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(table->concentration));
  PetscCall(PetscFree(table->value));
  table->rows = 0;
  PetscFunctionReturn(0);
}
