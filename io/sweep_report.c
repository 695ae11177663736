#include "io/sweep_report.h"

#include "io/json.h"
#include "io/report.h"

static PetscReal Rate(const SweepOutcome *outcome)
{
  return outcome->seconds > 0 ? outcome->now / outcome->seconds : 0;
}

static void PrintCount(FILE *stream, const char name[], PetscInt count)
{
  fprintf(stream, "  %-28s%" PetscInt_FMT "\n", name, count);
}

PetscErrorCode SweepReportSummary(FILE *stream, const char title[], const SweepOutcome *outcome,
                                  const char path[])
{
  char seconds[64];

  PetscFunctionBeginUser;
  if (title[0]) fprintf(stream, "%s\n\n", title);
  PrintCount(stream, "cases", outcome->cases);
  for (int s = CASE_DONE; s < CASE_STATUSES; s++) {
    PrintCount(stream, case_status_names[s], outcome->count[s]);
  }
  if (outcome->first_failed >= 0) {
    fprintf(stream, "  %-28scase %" PetscInt_FMT ": %s\n", "first failure", outcome->first_failed,
            outcome->reason);
  }
  PrintCount(stream, "left to do", outcome->count[CASE_TO_DO]);
  PetscCall(FormatTime(outcome->seconds, seconds, sizeof(seconds)));
  fprintf(stream, "  %-28s%s, %.3g cases/s, %.1f %% idle\n", "wall time", seconds,
          (double)Rate(outcome), (double)(100 * outcome->idle_share));
  fprintf(stream, "  %-28s%s\n", "written", path);
  PetscFunctionReturn(0);
}

PetscErrorCode SweepReportJson(FILE *stream, const SweepOutcome *outcome, const char path[])
{
  const char *const status = outcome->count[CASE_TO_DO]                      ? "stopped"
                             : outcome->count[CASE_FAILED] == outcome->cases ? "failed"
                                                                             : "done";
  struct fy_document *document;
  struct fy_node *object;

  PetscFunctionBeginUser;
  PetscCall(JsonCreate(&document, &object));
  PetscCall(JsonAppendText(object, "status", status));
  PetscCall(JsonAppendInteger(object, "cases", outcome->cases));
  for (int s = CASE_DONE; s < CASE_STATUSES; s++) {
    PetscCall(JsonAppendInteger(object, case_status_names[s], outcome->count[s]));
  }
  PetscCall(JsonAppendInteger(object, "left", outcome->count[CASE_TO_DO]));
  PetscCall(JsonAppendReal(object, "seconds", outcome->seconds));
  PetscCall(JsonAppendReal(object, "cases_per_second", Rate(outcome)));
  PetscCall(JsonAppendReal(object, "idle_share", outcome->idle_share));
  PetscCall(JsonAppendText(object, "file", path));
  PetscCall(JsonPrint(stream, &document));
  PetscFunctionReturn(0);
}
