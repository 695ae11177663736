#ifndef SANDGLASS_IO_SWEEP_TABLE_H
#define SANDGLASS_IO_SWEEP_TABLE_H

#include <petscsys.h>

/* A table of texts from a CSV file (RFC 4180: commas, quotes doubled within quotes, lines that end
   in LF or CR LF), its first row the names of the columns.  Blank lines and lines that begin with
   '#' are left out, and so are blanks around a cell without quotes. */
typedef struct {
  PetscInt columns, rows;  // without the names
  const char **name;       // [columns]
  const char **cell;       // [rows][columns]
  int names_line;          // of the file, from 1
  char *text;              // what the names and cells point into
} SweepTable;

/* Collective: rank 0 reads the file.  A file that is no such table is refused with its line,
     PETSC_ERR_USER_INPUT  cases.csv:7: found 2 cells, allowed: 3, as in the first line
   PETSC_ERR_FILE_OPEN where it cannot be read. */
PetscErrorCode SweepTableRead(MPI_Comm comm, const char path[], SweepTable *table);
PetscErrorCode SweepTableDestroy(SweepTable *table);

#endif
