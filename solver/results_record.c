#include "solver/results_record.h"

const char *EventKindName(EventKind kind)
{
  static const char *const names[] = {
      [EVENT_DEPLETION] = "depletion",
      [EVENT_SPACE_CHARGE] = "space_charge",
      [EVENT_VOLTAGE_LIMIT] = "voltage_limit",
      [EVENT_CHARGE_LIMIT] = "charge_limit",
  };
  return names[kind];
}

const char *RunStatusName(RunStatus status)
{
  static const char *const names[] = {
      [RUN_DONE] = "done",
      [RUN_DEPLETED] = "depleted",
      [RUN_FAILED] = "failed",
      [RUN_STOPPED] = "stopped",
  };
  return names[status];
}
