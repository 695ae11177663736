/* This program's own solve. */

#include <math.h>
#include <time.h>

#include "benchmarks/bench.h"
#include "solver/closed_forms.h"
#include "solver/onset.h"
#include "solver/run.h"

PetscReal ProcessorTime(void)
{
  struct timespec now;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (PetscReal)now.tv_sec + 1e-9 * (PetscReal)now.tv_nsec;
}

PetscErrorCode FindReference(Transport transport, const Case *case_, WatchReference *reference)
{
  CellConstants cell;
  ClosedForms forms;

  PetscFunctionBeginUser;
  PetscCall(ClosedFormsFind(case_, &forms));
  PetscCheck(CellConstantsFind(case_, &cell) && case_->electrolyte.closure == CLOSURE_POISSON,
             PETSC_COMM_SELF, PETSC_ERR_SUP, "a cell without closed forms");
  const PetscReal gradient = cell.anion_share * fabs(forms.current_density) /
                             (cell.charge_concentration * cell.effective_diffusivity);
  *reference =
      (WatchReference){.transport = transport,
                       .current_density = forms.current_density,
                       .side = ANODE,
                       .space_charge_distance = case_->onset_distance *
                                                LimitingLayerWidth(forms.debye_length, gradient)};
  PetscFunctionReturn(0);
}

PetscErrorCode SolveBySandglass(const Case *case_, PetscReal tolerance, Solve *solve)
{
  Case own = *case_;
  PetscReal begin;
  RunResult result;
  Run run;

  PetscFunctionBeginUser;
  own.solver.relative_tolerance = tolerance;
  own.output.fields = FIELDS_NONE;
  PetscCall(RunCreate(PETSC_COMM_SELF, &own, &run));
  begin = ProcessorTime();
  PetscCall(RunExecute(run, &result));
  *solve = (Solve){.depletion = result.depletion_time,
                   .space_charge = result.space_charge_time,
                   .voltage_limit = NAN,
                   .end = result.final.time,
                   .voltage = result.final.cell_voltage,
                   .steps = result.steps,
                   .rejected = result.rejected_steps,
                   .iterations = result.newton_iterations,
                   .jacobians = result.newton_iterations,
                   .seconds = ProcessorTime() - begin};
  for (PetscInt e = 0; e < result.number_of_events; e++) {
    if (result.events[e].kind == EVENT_VOLTAGE_LIMIT) solve->voltage_limit = result.events[e].time;
  }
  PetscCheck(result.status == RUN_DONE, PETSC_COMM_SELF, PETSC_ERR_NOT_CONVERGED, "%s",
             result.reason);
  PetscCall(RunResultDestroy(&result));
  PetscCall(RunDestroy(&run));
  PetscFunctionReturn(0);
}
