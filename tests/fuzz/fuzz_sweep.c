#include <string.h>

#include "io/case_input.h"
#include "io/case_reader.h"
#include "io/sweep_plan.h"
#include "tests/fuzz/harness.h"

/* The section `sweep` of a case file, and the first and the last of the cases it asks for. */

PetscErrorCode FuzzPrepare(void)
{
  static const char table[] = "separator.thickness, title\n20 um, \"a, b\"\n30 um, c\n";

  FuzzWriteFile("cases.csv", table, sizeof(table) - 1);
  return 0;
}

// Of a sweep of numbers each setting gives one.
static void CheckSettings(SweepPlan plan, CaseInput base, PetscInt number)
{
  const char *const *settings;
  PetscReal value;
  Case case_;

  FuzzMust(SweepPlanSettings(plan, number, &settings));
  for (PetscInt k = 0; k < SweepPlanKeys(plan); k++) {
    FuzzMust(SweepPlanValue(SweepPlanKey(plan, k), settings[k], &value));
  }
  FuzzBegin();
  if (FuzzEnd(CaseReadFrom(base, SweepPlanKeys(plan), settings, &case_))) {
    FuzzMust(CaseDestroy(&case_));
  }
}

static void ReadSection(CaseInput base)
{
  SweepPlan plan;

  FuzzBegin();
  if (!FuzzEnd(SweepPlanCreate(PETSC_COMM_SELF, "cell.yaml", 0, NULL, &plan))) return;
  CheckSettings(plan, base, 0);
  CheckSettings(plan, base, SweepPlanCases(plan) - 1);
  FuzzMust(SweepPlanDestroy(&plan));
}

// As the program does: the file is a case first.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  CaseInput base;

  FuzzWriteFile("cell.yaml", data, size);
  FuzzBegin();
  if (!FuzzEnd(CaseInputCreate(PETSC_COMM_SELF, "cell.yaml", 0, NULL, &base))) return 0;
  ReadSection(base);
  FuzzMust(CaseInputDestroy(&base));
  return 0;
}
