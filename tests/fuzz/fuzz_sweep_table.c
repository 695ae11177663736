#include <string.h>

#include "io/sweep_plan.h"
#include "io/sweep_table.h"
#include "tests/fuzz/harness.h"

/* The table of the cases of a sweep (CSV), and the plan that is made of it. */

PetscErrorCode FuzzPrepare(void)
{
  static const char sweep[] = FUZZ_CELL "sweep: {cases: cases.csv}\n";

  FuzzWriteFile("cell.yaml", sweep, sizeof(sweep) - 1);
  return 0;
}

// Every cell is a text within that of the file.
static void CheckCells(const SweepTable *table, size_t size)
{
  for (PetscInt i = 0; i < table->rows * table->columns; i++) {
    if (strlen(table->cell[i]) > size) FuzzFail("a cell is longer than the file");
  }
}

static void CheckPlan(void)
{
  const char *const *settings;
  SweepPlan plan;

  FuzzBegin();
  if (!FuzzEnd(SweepPlanCreate(PETSC_COMM_SELF, "cell.yaml", 0, NULL, &plan))) return;
  FuzzMust(SweepPlanSettings(plan, SweepPlanCases(plan) - 1, &settings));
  FuzzMust(SweepPlanDestroy(&plan));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  SweepTable table;

  FuzzWriteFile("cases.csv", data, size);
  FuzzBegin();
  if (!FuzzEnd(SweepTableRead(PETSC_COMM_SELF, "cases.csv", &table))) return 0;
  CheckCells(&table, size);
  FuzzMust(SweepTableDestroy(&table));
  CheckPlan();
  return 0;
}
