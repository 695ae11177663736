#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "benchmarks/validate.h"
#include "io/case_reader.h"
#include "io/electrolyte_library.h"
#include "solver/closed_forms.h"

/* Measured onsets (benchmarks/experiments.csv, one a row) against what the library predicts.  The
   columns are fixed; a text with a comma stands in double quotes. */

#define TABLE "benchmarks/experiments.csv"
#define MAXIMUM_ROWS 200
#define TEXT_LENGTH 160

static const char header[] =
    "source,salt,solvent,concentration [mol/L],temperature [K],thickness [mm],current density "
    "[mA/cm^2],measured onset [s]";

enum { SOURCE, SALT, SOLVENT, CONCENTRATION, TEMPERATURE, THICKNESS, CURRENT, ONSET, COLUMNS };

typedef struct {
  char text[COLUMNS][TEXT_LENGTH];
  PetscReal number[COLUMNS];
} Experiment;

/* ---- the table ---- */

/* The next field of a line; NULL after the last. */
static const char *NextField(const char *line, char field[TEXT_LENGTH])
{
  PetscBool quoted = PETSC_FALSE;
  size_t length = 0;

  for (; *line && (quoted || *line != ',') && *line != '\n' && *line != '\r'; line++) {
    if (*line == '"')
      quoted = (PetscBool)!quoted;
    else if (length + 1 < TEXT_LENGTH)
      field[length++] = *line;
  }
  field[length] = '\0';
  return *line == ',' ? line + 1 : NULL;
}

/* False where a field is missing, or a number is none or not positive. */
static PetscBool ReadExperiment(const char *line, Experiment *experiment)
{
  PetscInt column = 0;
  char *end;

  for (; line && column < COLUMNS; column++) line = NextField(line, experiment->text[column]);
  if (column < COLUMNS) return PETSC_FALSE;
  for (column = CONCENTRATION; column < COLUMNS; column++) {
    const char *text = experiment->text[column];
    experiment->number[column] = strtod(text, &end);
    if (end == text || *end || !(experiment->number[column] > 0)) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

static PetscErrorCode ReadTable(Report report, PetscInt *count, Experiment rows[])
{
  FILE *stream = fopen(TABLE, "r");
  char line[2048];

  PetscFunctionBeginUser;
  *count = 0;
  PetscCheck(stream, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "%s cannot be read", TABLE);
  if (!fgets(line, sizeof line, stream)) line[0] = '\0';
  line[strcspn(line, "\r\n")] = '\0';
  PetscCheck(!strcmp(line, header), PETSC_COMM_SELF, PETSC_ERR_FILE_UNEXPECTED,
             "%s: its first line must be: %s", TABLE, header);
  for (PetscInt number = 2; *count < MAXIMUM_ROWS && fgets(line, sizeof line, stream); number++) {
    if (line[strspn(line, " \t\r\n")] == '\0') continue;
    if (ReadExperiment(line, &rows[*count])) {
      (*count)++;
    } else {
      PetscCall(ReportText(report, "\nLine %d of %s is not a row of the table: %s\n", (int)number,
                           TABLE, ReportVerdict(report, PETSC_FALSE)));
    }
  }
  (void)fclose(stream);
  PetscFunctionReturn(0);
}

/* ---- the prediction ---- */

/* The library's solvent may say more than the table: "EC:DMC 1:1 (w/w)" fits "EC:DMC 1:1". */
static PetscBool Fits(const LibraryElectrolyte *entry, const Experiment *experiment)
{
  const char *solvent = experiment->text[SOLVENT];

  return (PetscBool)(!strcasecmp(entry->salt, experiment->text[SALT]) && *solvent &&
                     !strncasecmp(entry->solvent, solvent, strlen(solvent)));
}

/* The last is the finite cell's time; NaN: no depletion at that current. */
typedef struct {
  PetscReal sand_time, open_cell, finite_cell;  // [s]
} Prediction;

static PetscErrorCode Predict(const char name[], const Experiment *e, Prediction *prediction)
{
  char settings[6][TEXT_LENGTH];
  const char *list[6];
  ClosedForms forms;
  Case cell;

  PetscFunctionBeginUser;
  PetscCall(TextPrint(settings[0], TEXT_LENGTH, "electrolyte.library=%s", name));
  PetscCall(TextPrint(settings[1], TEXT_LENGTH, "electrolyte.concentration=%.17g mol/L",
                      (double)e->number[CONCENTRATION]));
  PetscCall(
      TextPrint(settings[2], TEXT_LENGTH, "temperature=%.17g K", (double)e->number[TEMPERATURE]));
  PetscCall(TextPrint(settings[3], TEXT_LENGTH, "separator.thickness=%.17g mm",
                      (double)e->number[THICKNESS]));
  PetscCall(TextPrint(settings[4], TEXT_LENGTH, "protocol.0.current=%.17g mA/cm^2",
                      (double)e->number[CURRENT]));
  PetscCall(TextPrint(settings[5], TEXT_LENGTH, "electrolyte.closure=electroneutral"));
  for (PetscInt i = 0; i < 6; i++) list[i] = settings[i];
  PetscCall(CaseRead(PETSC_COMM_SELF, "benchmarks/validation/concentrated.yaml", 6, list, &cell));
  PetscCall(ClosedFormsFind(&cell, &forms));
  *prediction = (Prediction){
      .sand_time = forms.sand_time,
      .open_cell = PropertiesVary(&cell.electrolyte) ? forms.variable_sand_time : forms.sand_time,
      .finite_cell = ExpectedDepletionTime(&cell, &forms)};
  PetscCall(CaseDestroy(&cell));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportRow(Report report, const Experiment *e, const char name[],
                                const Prediction *prediction)
{
  const PetscReal measured = e->number[ONSET];

  PetscFunctionBeginUser;
  PetscCall(ReportText(report, "| %s | %s | %s | %g | %g | %g | %g | %g | ", e->text[SOURCE],
                       e->text[SALT], e->text[SOLVENT], (double)e->number[CONCENTRATION],
                       (double)e->number[TEMPERATURE], (double)e->number[THICKNESS],
                       (double)e->number[CURRENT], (double)measured));
  if (!prediction) {
    PetscCall(ReportText(report, "%s | - | - | - | - |\n", name));
  } else if (isnan(prediction->finite_cell)) {
    PetscCall(ReportText(report, "%s | %.4g | %.4g | none: below the limiting current | - |\n",
                         name, (double)prediction->sand_time, (double)prediction->open_cell));
  } else {
    PetscCall(ReportText(report, "%s | %.4g | %.4g | %.4g | %.3g |\n", name,
                         (double)prediction->sand_time, (double)prediction->open_cell,
                         (double)prediction->finite_cell,
                         (double)(measured / prediction->finite_cell)));
  }
  PetscFunctionReturn(0);
}

/* One line with each electrolyte of the library that fits; one without where none does, or where
   the conditions lie outside its validity. */
static PetscErrorCode ReportExperiment(Report report, const Experiment *e)
{
  PetscInt count, lines = 0;
  LibraryFile *files;

  PetscFunctionBeginUser;
  PetscCall(ElectrolyteLibraryList(PETSC_COMM_SELF, &count, &files));
  for (PetscInt f = 0; f < count; f++) {
    LibraryElectrolyte entry;
    PetscErrorCode error;
    Prediction prediction;
    PetscBool fits;
    PetscCall(ElectrolyteLibraryRead(PETSC_COMM_SELF, files[f].name, PETSC_DEFAULT, &entry));
    fits = Fits(&entry, e);
    PetscCall(LibraryElectrolyteDestroy(&entry));
    if (!fits) continue;
    PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
    error = Predict(files[f].name, e, &prediction);
    PetscCall(PetscPopErrorHandler());
    PetscCall(ReportRow(report, e, error ? "outside the validity" : files[f].name,
                        error ? NULL : &prediction));
    lines++;
  }
  if (!lines) PetscCall(ReportRow(report, e, "none in the library", NULL));
  PetscCall(PetscFree(files));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlanSection(PETSC_UNUSED Plan plan)
{
  PetscFunctionBeginUser;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportSection(Report report)
{
  Experiment *rows;
  PetscInt count;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(MAXIMUM_ROWS, &rows));
  PetscCall(ReadTable(report, &count, rows));
  PetscCall(
      ReportText(report,
                 "\nMeasured onsets, one a row of [experiments.csv](experiments.csv), against "
                 "the electrolytes of the library with that salt and solvent: Sand's time "
                 "with the properties at c_0, K/i^2 of an open cell with those measured, and "
                 "the finite cell's time. No row is from memory; a row that is added appears "
                 "here. No verdict: a difference is the cell's or the properties' as much as "
                 "the solver's.\n\n"));
  if (!count) PetscCall(ReportText(report, "The table has no row yet.\n"));
  if (count) {
    PetscCall(ReportText(
        report,
        "| source | salt | solvent | c_0 [mol/L] | T [K] | L [mm] | i [mA/cm^2] | measured [s] | "
        "electrolyte | t_s(c_0) [s] | K/i^2 [s] | finite cell [s] | measured/predicted |\n"
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: "
        "|\n"));
  }
  for (PetscInt i = 0; i < count; i++) PetscCall(ReportExperiment(report, &rows[i]));
  PetscCall(PetscFree(rows));
  PetscFunctionReturn(0);
}

const Section section_experiment = {"Experiment", PlanSection, ReportSection};
