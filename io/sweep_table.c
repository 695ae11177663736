#include "io/sweep_table.h"

#include <string.h>

#include "io/text_file.h"

typedef struct {
  MPI_Comm comm;
  const char *path;
  char *next;  // what is still to be read
  int line;    // where that stands, from 1
} Reader;

static PetscErrorCode Refuse(const Reader *reader, int line, const char message[])
{
  PetscFunctionBeginUser;
  SETERRQ(reader->comm, PETSC_ERR_USER_INPUT, "%s:%d: %s", reader->path, line, message);
}

/* Ends a cell's text and steps over what follows it; *last: the row ends with it. */
static void EndCell(Reader *reader, char *end, PetscBool *last)
{
  const char delimiter = *reader->next;

  *last = (PetscBool)(delimiter != ',');
  if (delimiter) reader->next++;
  if (delimiter == '\n') reader->line++;
  *end = '\0';
}

// A cell without quotes; the blanks around it do not belong to it.
static PetscErrorCode ReadPlainCell(Reader *reader, const char **cell, PetscBool *last)
{
  char *end;

  PetscFunctionBeginUser;
  *cell = reader->next;
  reader->next += strcspn(reader->next, ",\n");
  for (end = reader->next; end > *cell && strchr(" \t\r", end[-1]);) end--;
  EndCell(reader, end, last);
  PetscFunctionReturn(0);
}

// A cell in quotes, which is moved together where quotes were doubled in it.
static PetscErrorCode ReadQuotedCell(Reader *reader, const char **cell, PetscBool *last)
{
  const int first_line = reader->line;
  char *from = reader->next + 1, *to = from;

  PetscFunctionBeginUser;
  *cell = from;
  while (*from && (*from != '"' || from[1] == '"')) {
    from += *from == '"';
    reader->line += *from == '\n';
    *to++ = *from++;
  }
  if (!*from) PetscCall(Refuse(reader, first_line, "found a quote that is not closed"));
  from++;
  from += strspn(from, " \t\r");
  if (!strchr(",\n", *from)) {  // the final zero is found, too
    PetscCall(Refuse(reader, reader->line, "found text after a closing quote, allowed: a comma"));
  }
  reader->next = from;
  EndCell(reader, to, last);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadCell(Reader *reader, const char **cell, PetscBool *last)
{
  PetscFunctionBeginUser;
  reader->next += strspn(reader->next, " \t");
  if (*reader->next == '"') {
    PetscCall(ReadQuotedCell(reader, cell, last));
  } else {
    PetscCall(ReadPlainCell(reader, cell, last));
  }
  PetscFunctionReturn(0);
}

// Steps over blank lines and comments; whether a row follows.
static PetscBool FindRow(Reader *reader)
{
  while (*reader->next) {
    const char *const start = reader->next + strspn(reader->next, " \t\r");

    if (*start && *start != '\n' && *start != '#') return PETSC_TRUE;
    reader->next += strcspn(reader->next, "\n");
    if (*reader->next) {
      reader->next++;
      reader->line++;
    }
  }
  return PETSC_FALSE;
}

static PetscErrorCode AddCell(SweepTable *table, PetscInt number, PetscInt *capacity,
                              const char cell[])
{
  PetscFunctionBeginUser;
  if (number == *capacity) {
    *capacity = 2 * *capacity + 64;
    PetscCall(PetscRealloc((size_t)*capacity * sizeof(*table->cell), &table->cell));
  }
  table->cell[number] = cell;
  PetscFunctionReturn(0);
}

// The cells of a row, appended to those there are; *count how many.
static PetscErrorCode ReadRow(Reader *reader, SweepTable *table, PetscInt first, PetscInt *capacity,
                              PetscInt *count)
{
  PetscBool last = PETSC_FALSE;
  const char *cell;

  PetscFunctionBeginUser;
  for (*count = 0; !last; (*count)++) {
    PetscCall(ReadCell(reader, &cell, &last));
    PetscCall(AddCell(table, first + *count, capacity, cell));
  }
  PetscFunctionReturn(0);
}

// The first row gives the names; the cells of all rows stand one after the other.
static PetscErrorCode ReadNames(Reader *reader, SweepTable *table, PetscInt *capacity)
{
  PetscFunctionBeginUser;
  if (!FindRow(reader)) PetscCall(Refuse(reader, reader->line, "found no line of names"));
  table->names_line = reader->line;
  PetscCall(ReadRow(reader, table, 0, capacity, &table->columns));
  PetscCall(PetscMalloc1(table->columns, &table->name));
  PetscCall(PetscArraycpy(table->name, table->cell, table->columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRows(Reader *reader, SweepTable *table)
{
  PetscInt capacity = 0, count;
  char message[128];

  PetscFunctionBeginUser;
  PetscCall(ReadNames(reader, table, &capacity));
  for (table->rows = 0; FindRow(reader); table->rows++) {
    const int line = reader->line;

    PetscCheck(table->rows < PETSC_MAX_INT / table->columns - 1, reader->comm, PETSC_ERR_USER_INPUT,
               "%s: found too many rows", reader->path);
    PetscCall(ReadRow(reader, table, table->rows * table->columns, &capacity, &count));
    if (count != table->columns) {
      snprintf(message, sizeof(message),
               "found %" PetscInt_FMT " cells, allowed: %" PetscInt_FMT ", as in line %d", count,
               table->columns, table->names_line);
      PetscCall(Refuse(reader, line, message));
    }
  }
  if (table->rows == 0) PetscCall(Refuse(reader, reader->line, "found no row below the names"));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadText(MPI_Comm comm, const char path[], char **text)
{
  int error;

  PetscFunctionBeginUser;
  PetscCall(TextFileRead(comm, path, text, &error));
  PetscCheck(!error, comm, PETSC_ERR_FILE_OPEN, "%s: cannot be read: %s", path, strerror(error));
  PetscFunctionReturn(0);
}

PetscErrorCode SweepTableRead(MPI_Comm comm, const char path[], SweepTable *table)
{
  Reader reader = {.comm = comm, .path = path, .line = 1};

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(table, sizeof(*table)));
  PetscCall(ReadText(comm, path, &table->text));
  reader.next = table->text;
  if (strncmp(reader.next, "\xef\xbb\xbf", 3) == 0) reader.next += 3;  // as spreadsheets begin
  PetscErrorCode ierr = ReadRows(&reader, table);
  if (ierr) PetscCall(SweepTableDestroy(table));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode SweepTableDestroy(SweepTable *table)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(table->name));
  PetscCall(PetscFree(table->cell));
  PetscCall(PetscFree(table->text));
  PetscFunctionReturn(0);
}
