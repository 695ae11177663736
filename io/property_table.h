#ifndef SANDGLASS_IO_PROPERTY_TABLE_H
#define SANDGLASS_IO_PROPERTY_TABLE_H

#include <petscsys.h>

/* A measured property as lines of a text: a header of two cells, "name [unit], name [unit]", the
   concentration first; then rows of two numbers, the concentrations ascending.  Empty lines and
   those that begin with # are passed over.  The unit of a pure number may be left out. */
typedef struct {
  PetscInt rows;
  PetscReal *concentration;  // [mol/m^3]; owned
  PetscReal *value;          // in the unit asked for; owned
} PropertyTable;

typedef struct {
  int line;        // from 1; 0: there is no mistake
  char text[384];  // "found '...', allowed: ..."
} TableMistake;

/* unit: in which the values are wanted; NULL: pure numbers.  *table is empty where *mistake has a
   line. */
PetscErrorCode PropertyTableParse(const char text[], const char unit[], PropertyTable *table,
                                  TableMistake *mistake);
PetscErrorCode PropertyTableDestroy(PropertyTable *table);

#endif
