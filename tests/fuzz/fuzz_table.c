#include <string.h>

#include "io/case_reader.h"
#include "io/property_table.h"
#include "tests/fuzz/harness.h"

/* The table of a measured property (CSV); the first byte chooses which property.  A table that is
   one is taken by a case, too. */

static const struct {
  const char *unit, *setting;
} properties[] = {{"m^2/s", "electrolyte.diffusivity={table: table.csv}"},
                  {NULL, "electrolyte.transference_number={table: table.csv}"},
                  {"S/m", "electrolyte.conductivity={table: table.csv}"},
                  {NULL, "electrolyte.thermodynamic_factor={table: table.csv}"}};

static const char *const law[] = {
    "electrolyte.flux_law=concentrated", "electrolyte.closure=electroneutral",
    "electrolyte.conductivity=1 S/m", "electrolyte.thermodynamic_factor=1"};

static CaseInput base;

PetscErrorCode FuzzPrepare(void)
{
  PetscFunctionBeginUser;
  FuzzWriteFile("cell.yaml", FUZZ_CELL, strlen(FUZZ_CELL));
  PetscCall(
      CaseInputCreate(PETSC_COMM_SELF, "cell.yaml", PETSC_STATIC_ARRAY_LENGTH(law), law, &base));
  PetscFunctionReturn(0);
}

static void ReadCase(const char setting[], const void *table, size_t size)
{
  Case case_;

  FuzzWriteFile("table.csv", table, size);
  FuzzBegin();
  if (FuzzEnd(CaseReadFrom(base, 1, &setting, &case_))) FuzzMust(CaseDestroy(&case_));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const size_t which = size ? data[0] % PETSC_STATIC_ARRAY_LENGTH(properties) : 0;
  PropertyTable table;
  TableMistake mistake;
  char *text;

  if (size == 0) return 0;
  FuzzMust(PetscMalloc1(size, &text));
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  FuzzMust(PropertyTableParse(text, properties[which].unit, &table, &mistake));
  if (!mistake.line) ReadCase(properties[which].setting, data + 1, size - 1);
  FuzzMust(PropertyTableDestroy(&table));
  FuzzMust(PetscFree(text));
  return 0;
}
