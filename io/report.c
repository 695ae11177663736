#include "io/report.h"

#include <math.h>
#include <string.h>

#include "io/json.h"
#include "io/xdmf.h"
#include "solver/closed_forms.h"
#include "solver/solution.h"

#define TEXT_LENGTH 128

static PetscBool IsNumber(PetscReal value)
{
  return PetscIsInfOrNanReal(value) ? PETSC_FALSE : PETSC_TRUE;
}

// ---- The table -----------------------------------------------------------------------------

/* The two leading units of a time in whole seconds, "4 min 13 s"; none below a minute. */
static PetscErrorCode FormatLongTime(PetscReal time, char text[], size_t size)
{
  static const struct {
    long seconds;
    const char *name;
  } unit[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
  const long seconds = lround(time);
  int i = 0;

  PetscFunctionBeginUser;
  while (i < 2 && seconds < unit[i].seconds) i++;
  PetscCall(PetscSNPrintf(text, size, "%ld %s %ld %s", seconds / unit[i].seconds, unit[i].name,
                          seconds % unit[i].seconds / unit[i + 1].seconds, unit[i + 1].name));
  PetscFunctionReturn(0);
}

PetscErrorCode FormatTime(PetscReal time, char text[], size_t size)
{
  char long_time[TEXT_LENGTH];

  PetscFunctionBeginUser;
  if (time < 60 || time > 1e9) {
    PetscCall(PetscSNPrintf(text, size, "%.4g s", (double)time));
  } else {
    PetscCall(FormatLongTime(time, long_time, sizeof(long_time)));
    PetscCall(PetscSNPrintf(text, size, "%.4g s (%s)", (double)time, long_time));
  }
  PetscFunctionReturn(0);
}

static void PrintQuantity(FILE *stream, const char name[], PetscReal value, const char unit[])
{
  if (IsNumber(value)) {
    fprintf(stream, "  %-28s%.4g%s%s\n", name, (double)value, *unit ? " " : "", unit);
  } else {
    fprintf(stream, "  %-28snone\n", name);
  }
}

static void PrintRatio(FILE *stream, PetscReal time, PetscReal reference, const char name[])
{
  if (IsNumber(reference)) fprintf(stream, "%10.4g %s", (double)(time / reference), name);
}

// A time and its ratios to t_s and t_d (either may be NaN: not wanted), or why there is none.
static PetscErrorCode PrintTime(FILE *stream, const char name[], PetscReal time,
                                PetscReal sand_time, PetscReal depletion_time, const char none[])
{
  char text[TEXT_LENGTH];

  PetscFunctionBeginUser;
  if (IsNumber(time)) {
    PetscCall(FormatTime(time, text, sizeof(text)));
    fprintf(stream, "  %-28s%-*s", name, IsNumber(sand_time) ? 26 : 0, text);
    PrintRatio(stream, time, sand_time, "t_s");
    PrintRatio(stream, time, depletion_time, "t_d");
    fputc('\n', stream);
  } else {
    fprintf(stream, "  %-28s%s\n", name, none);
  }
  PetscFunctionReturn(0);
}

/* Why there is no depletion, where the limiting current tells: the one by the measured properties
   where they vary; `otherwise` where it does not. */
static PetscErrorCode ExplainMissing(PetscReal current_density, PetscReal limiting_current_density,
                                     const char otherwise[], char text[], size_t size)
{
  const PetscReal ratio = PetscAbsReal(current_density) / limiting_current_density;

  PetscFunctionBeginUser;
  if (ratio <= 1) {
    PetscCall(PetscSNPrintf(text, size, "none: i/i_lim = %.4g", (double)ratio));
  } else {
    PetscCall(PetscStrncpy(text, otherwise, size));
  }
  PetscFunctionReturn(0);
}

#define NO_CLOSED_FORM "none: no closed form for this case"

/* With the properties at the initial concentration, and with `vary` it says so. */
static PetscErrorCode PrintConstantForms(FILE *stream, const Case *case_, const ClosedForms *forms,
                                         PetscBool vary)
{
  char missing[TEXT_LENGTH];

  PetscFunctionBeginUser;
  if (vary)
    fprintf(stream, "\n  with the properties at %.4g mol/L\n",
            (double)(case_->electrolyte.concentration / 1000));
  PrintQuantity(stream, "limiting current i_lim", forms->limiting_current_density, "A/m^2");
  PrintQuantity(stream, "i/i_lim", forms->current_ratio, "");
  PrintQuantity(stream, "Debye length", forms->debye_length * 1e9, "nm");
  PetscCall(PrintTime(stream, "Sand's time t_s", forms->sand_time, NAN, NAN, NO_CLOSED_FORM));
  PetscCall(ExplainMissing(forms->current_density, forms->limiting_current_density, NO_CLOSED_FORM,
                           missing, sizeof(missing)));
  PetscCall(PrintTime(stream, vary ? "finite depletion" : "finite depletion t_d",
                      forms->finite_depletion_time, forms->sand_time, NAN, missing));
  PetscFunctionReturn(0);
}

/* With the properties that follow the concentration. */
static PetscErrorCode PrintVariableForms(FILE *stream, const ClosedForms *forms)
{
  char missing[TEXT_LENGTH];

  PetscFunctionBeginUser;
  fprintf(stream, "\n  with the properties as measured\n");
  PrintQuantity(stream, "limiting current", forms->variable_limiting_current_density, "A/m^2");
  PrintQuantity(stream, "open cell K = t i^2", forms->variable_sand_constant, "A^2 s/m^4");
  PetscCall(PrintTime(stream, "open cell K/i^2", forms->variable_sand_time, forms->sand_time, NAN,
                      NO_CLOSED_FORM));
  PetscCall(ExplainMissing(forms->current_density, forms->variable_limiting_current_density,
                           NO_CLOSED_FORM, missing, sizeof(missing)));
  PetscCall(PrintTime(stream, "finite depletion t_d", forms->variable_finite_depletion_time,
                      forms->sand_time, NAN, missing));
  PetscFunctionReturn(0);
}

/* The poisson closure keeps a measured set from making energy (model.md 3); said once. */
static PetscErrorCode PrintHeldFriction(FILE *stream, const Case *case_)
{
  const Electrolyte *e = &case_->electrolyte;
  Solution solution;
  PetscReal low, high;

  PetscFunctionBeginUser;
  if (strcmp(e->flux_law, "concentrated") || e->closure != CLOSURE_POISSON) PetscFunctionReturn(0);
  PetscCall(SolutionCreate(e, case_->temperature, &solution));
  if (SolutionHeldRange(solution, &low, &high)) {
    fprintf(stream,
            "\n  friction between the ions held at the bound of dissipation from %.4g to %.4g "
            "mol/L\n",
            (double)(low / 1000), (double)(high / 1000));
  }
  PetscCall(SolutionDestroy(&solution));
  PetscFunctionReturn(0);
}

static PetscErrorCode PrintClosedForms(FILE *stream, const Case *case_, const ClosedForms *forms)
{
  const PetscBool vary = PropertiesVary(&case_->electrolyte);
  const char *title = case_->title;

  PetscFunctionBeginUser;
  if (title && *title) fprintf(stream, "%s\n\n", title);
  PrintQuantity(stream, "current density i", forms->current_density, "A/m^2");
  PetscCall(PrintConstantForms(stream, case_, forms, vary));
  if (vary) PetscCall(PrintVariableForms(stream, forms));
  PetscCall(PrintHeldFriction(stream, case_));
  PetscFunctionReturn(0);
}

static PetscErrorCode PrintOnsets(FILE *stream, const Case *case_, const RunResult *run)
{
  const ClosedForms *forms = &run->closed_forms;
  const PetscBool vary = PropertiesVary(&case_->electrolyte);
  const PetscReal limit =
      vary ? forms->variable_limiting_current_density : forms->limiting_current_density;
  const PetscReal expected = ExpectedDepletionTime(case_, forms);
  char missing[TEXT_LENGTH];

  PetscFunctionBeginUser;
  if (vary) fputc('\n', stream);
  PetscCall(
      ExplainMissing(forms->current_density, limit, "none in this run", missing, sizeof(missing)));
  PetscCall(
      PrintTime(stream, "depletion", run->depletion_time, forms->sand_time, expected, missing));
  PetscCall(PrintTime(stream, "space charge", run->space_charge_time, forms->sand_time, expected,
                      missing));
  PetscFunctionReturn(0);
}

static PetscErrorCode PrintExit(FILE *stream, const char side[], PetscReal bound,
                                const char consequence[], const ValidityExit *left)
{
  char time[TEXT_LENGTH];

  PetscFunctionBeginUser;
  if (!IsNumber(left->time)) PetscFunctionReturn(0);
  PetscCall(FormatTime(left->time, time, sizeof(time)));
  fprintf(stream, "  %s %.4g mol/L from %s on, first at x = %.4g um: %s\n", side,
          (double)(bound / 1000), time, (double)(left->position * 1e6), consequence);
  PetscFunctionReturn(0);
}

/* Where a run used properties that were not measured, and by which rule (solver/solution.h). */
static PetscErrorCode PrintValidity(FILE *stream, const Case *case_, const RunResult *run)
{
  const Range *validity = &case_->electrolyte.concentration_validity;

  PetscFunctionBeginUser;
  if (IsNumber(run->below_validity.time) || IsNumber(run->above_validity.time)) {
    fprintf(stream, "\n  outside of the measurements\n");
  }
  PetscCall(PrintExit(stream, "below", validity->low,
                      "D and t+ by their fits, to an ideal solution", &run->below_validity));
  PetscCall(PrintExit(stream, "above", validity->high, "properties kept at their values there",
                      &run->above_validity));
  PetscFunctionReturn(0);
}

static void PrintOutcome(FILE *stream, const RunResult *run)
{
  fprintf(stream, "\n  %-28s%s%s%s\n", "status", RunStatusName(run->status),
          *run->reason ? ": " : "", run->reason);
  fprintf(stream,
          "  %-28s%" PetscInt_FMT " (%" PetscInt_FMT " rejected, %" PetscInt_FMT
          " Newton iterations)\n",
          "time steps", run->steps, run->rejected_steps, run->newton_iterations);
  fprintf(stream, "  %-28s%.3g s\n", "wall time", (double)run->seconds);
}

static PetscErrorCode PrintFiles(FILE *stream, const Case *case_, const char results_path[])
{
  const char *const parts[] = {XDMF_LINE, XDMF_SHEET};
  const int count = (int)case_->output.fields;  // none: 0, last: the line, all: both
  char *name;

  PetscFunctionBeginUser;
  fprintf(stream, "  %-28s%s\n", "written", results_path);
  for (int i = 0; i < count; i++) {
    PetscCall(XdmfFileName(results_path, parts[i], &name));
    fprintf(stream, "  %-28s%s\n", "", name);
    PetscCall(PetscFree(name));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ReportClosedForms(FILE *stream, const Case *case_, const ClosedForms *closed_forms)
{
  PetscFunctionBeginUser;
  PetscCall(PrintClosedForms(stream, case_, closed_forms));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportSummary(FILE *stream, const Case *case_, const RunResult *run,
                             const char results_path[])
{
  PetscFunctionBeginUser;
  PetscCall(PrintClosedForms(stream, case_, &run->closed_forms));
  PetscCall(PrintOnsets(stream, case_, run));
  PetscCall(PrintValidity(stream, case_, run));
  PrintOutcome(stream, run);
  if (results_path) PetscCall(PrintFiles(stream, case_, results_path));
  PetscFunctionReturn(0);
}

// ---- JSON ----------------------------------------------------------------------------------

static PetscErrorCode AppendClosedForms(struct fy_node *object, const ClosedForms *forms)
{
  const struct {
    const char *key;
    PetscReal value;
  } number[] = {
      {"sand_time", forms->sand_time},
      {"finite_depletion_time", forms->finite_depletion_time},
      {"limiting_current_density", forms->limiting_current_density},
      {"current_ratio", forms->current_ratio},
      {"debye_length", forms->debye_length},
      {"variable_sand_constant", forms->variable_sand_constant},
      {"variable_sand_time", forms->variable_sand_time},
      {"variable_limiting_current_density", forms->variable_limiting_current_density},
      {"variable_finite_depletion_time", forms->variable_finite_depletion_time},
  };

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(number); i++)
    PetscCall(JsonAppendReal(object, number[i].key, number[i].value));
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendEvents(struct fy_node *object, const RunResult *run)
{
  struct fy_node *events, *event;

  PetscFunctionBeginUser;
  PetscCall(JsonAppendList(object, "events", &events));
  for (PetscInt i = 0; i < run->number_of_events; i++) {
    PetscCall(JsonListAppendObject(events, &event));
    PetscCall(JsonAppendText(event, "name", EventKindName(run->events[i].kind)));
    PetscCall(JsonAppendReal(event, "time", run->events[i].time));
    PetscCall(JsonAppendInteger(event, "step", run->events[i].step));
  }
  PetscFunctionReturn(0);
}

// When and where the range of the measurements was left; null where it was not.
static PetscErrorCode AppendValidity(struct fy_node *object, const char key[],
                                     const ValidityExit *left)
{
  struct fy_node *value;

  PetscFunctionBeginUser;
  if (IsNumber(left->time)) {
    PetscCall(JsonAppendObject(object, key, &value));
    PetscCall(JsonAppendReal(value, "time", left->time));
    PetscCall(JsonAppendReal(value, "position", left->position));
  } else {
    PetscCall(JsonAppendReal(object, key, NAN));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendFinal(struct fy_node *object, const Case *case_, const RunResult *run)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  struct fy_node *final;
  char key[TEXT_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(JsonAppendObject(object, "final", &final));
  PetscCall(JsonAppendReal(final, "time", run->final.time));
  PetscCall(JsonAppendReal(final, "cell_voltage", run->final.cell_voltage));
  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    PetscCall(PetscSNPrintf(key, sizeof(key), "%s_concentration_anode", electrolyte->ion[k].name));
    PetscCall(JsonAppendReal(final, key, run->final.concentration_anode[k]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ReportJson(FILE *stream, const Case *case_, const RunResult *run)
{
  struct fy_document *document;
  struct fy_node *object;

  PetscFunctionBeginUser;
  PetscCall(JsonCreate(&document, &object));
  PetscCall(JsonAppendText(object, "status", RunStatusName(run->status)));
  PetscCall(JsonAppendInteger(object, "steps", run->steps));
  PetscCall(JsonAppendReal(object, "seconds", run->seconds));
  PetscCall(AppendClosedForms(object, &run->closed_forms));
  PetscCall(AppendEvents(object, run));
  PetscCall(AppendValidity(object, "below_validity", &run->below_validity));
  PetscCall(AppendValidity(object, "above_validity", &run->above_validity));
  PetscCall(AppendFinal(object, case_, run));
  PetscCall(JsonPrint(stream, &document));
  PetscFunctionReturn(0);
}

PetscErrorCode ReportClosedFormsJson(FILE *stream, const ClosedForms *closed_forms)
{
  struct fy_document *document;
  struct fy_node *object;

  PetscFunctionBeginUser;
  PetscCall(JsonCreate(&document, &object));
  PetscCall(AppendClosedForms(object, closed_forms));
  PetscCall(JsonPrint(stream, &document));
  PetscFunctionReturn(0);
}
