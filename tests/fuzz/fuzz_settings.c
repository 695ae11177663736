#include <stdlib.h>
#include <string.h>

#include "io/case_reader.h"
#include "io/sweep_plan.h"
#include "tests/fuzz/harness.h"

/* The arguments of --set, KEY=VALUE, one a line. */

#define MOST_SETTINGS 8

static CaseInput base;

PetscErrorCode FuzzPrepare(void)
{
  static const char sweep[] = FUZZ_CELL "sweep: {separator.thickness: [20 um, 30 um]}\n";

  PetscFunctionBeginUser;
  FuzzWriteFile("cell.yaml", sweep, strlen(sweep));
  PetscCall(CaseInputCreate(PETSC_COMM_SELF, "cell.yaml", 0, NULL, &base));
  PetscFunctionReturn(0);
}

// The lines, as texts that end in a zero; as many as fit.
static int SplitLines(char text[], const char *settings[MOST_SETTINGS])
{
  int n = 0;

  while (text && n < MOST_SETTINGS) {
    char *const end = strchr(text, '\n');

    if (end) *end = '\0';
    settings[n++] = text;
    text = end ? end + 1 : NULL;
  }
  return n;
}

static void ReadSweep(int n, const char *const settings[])
{
  SweepPlan plan;

  FuzzBegin();
  if (FuzzEnd(SweepPlanCreate(PETSC_COMM_SELF, "cell.yaml", n, settings, &plan))) {
    FuzzMust(SweepPlanDestroy(&plan));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *settings[MOST_SETTINGS];
  char *const text = malloc(size + 1);
  Case case_;

  if (!text) abort();
  memcpy(text, data, size);
  text[size] = '\0';
  const int n = SplitLines(text, settings);
  FuzzBegin();
  if (FuzzEnd(CaseReadFrom(base, n, settings, &case_))) FuzzMust(CaseDestroy(&case_));
  if (strstr(text, "sweep.") == text) ReadSweep(n, settings);
  free(text);
  return 0;
}
