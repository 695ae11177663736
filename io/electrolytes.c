#include "io/electrolytes.h"

#include <string.h>

#include "io/electrolyte_library.h"
#include "io/electrolyte_table.h"
#include "io/json.h"
#include "io/units.h"

#define WIDTH 100       // of what is printed
#define INDENT 24       // of what stands behind a label
#define PER_LITRE 1e-3  // mol/L of mol/m^3
#define ZERO_CELSIUS 273.15
#define TEXT_LENGTH 256

// ---- Words -----------------------------------------------------------------------------------

/* "0.1 - 3"; "from 0.1" where there is no upper end. */
static void DescribeRange(const Range *range, PetscReal factor, char text[TEXT_LENGTH])
{
  if (range->high < PETSC_INFINITY) {
    snprintf(text, TEXT_LENGTH, "%.6g - %.6g", (double)(range->low * factor),
             (double)(range->high * factor));
  } else if (range->low > 0) {
    snprintf(text, TEXT_LENGTH, "from %.6g", (double)(range->low * factor));
  } else {
    snprintf(text, TEXT_LENGTH, "any");
  }
}

static const char *ClosureName(const ElectrolyteVerdict *verdict)
{
  if (verdict->missing) return "dilute law";
  if (verdict->poisson) return "poisson";
  return verdict->electroneutral ? "electroneutral" : "none";
}

static void DescribeClosure(const ElectrolyteVerdict *verdict, char text[TEXT_LENGTH])
{
  const SolutionViolation *const violation = &verdict->violation;

  if (verdict->missing) {
    snprintf(text, TEXT_LENGTH, "no %s: for the dilute law only", verdict->missing);
  } else if (verdict->poisson) {
    snprintf(text, TEXT_LENGTH, "poisson, electroneutral");
  } else {
    snprintf(text, TEXT_LENGTH,
             "%s: between %.3g and %.3g mol/L %s reaches %.4g, and %s has to be %s",
             verdict->electroneutral ? "electroneutral only" : "none",
             (double)(violation->low * PER_LITRE), (double)(violation->high * PER_LITRE),
             violation->property, (double)violation->value,
             verdict->electroneutral ? "with poisson it" : "it", violation->allowed);
  }
}

// ---- Text ------------------------------------------------------------------------------------

/* A label and a text broken into lines; nothing for an empty text. */
static void PrintText(FILE *stream, const char label[], const char text[])
{
  int column = INDENT;

  if (!*text) return;
  fprintf(stream, "  %-*s", INDENT - 2, label);
  while (*text) {
    const int length = (int)strcspn(text, " \n");
    if (column > INDENT && column + 1 + length > WIDTH) {
      fprintf(stream, "\n%*s", INDENT, "");
      column = INDENT;
    } else if (column > INDENT) {
      fputc(' ', stream);
      column++;
    }
    fprintf(stream, "%.*s", length, text);
    column += length;
    text += length;
    text += strspn(text, " \n");
  }
  fputc('\n', stream);
}

static void PrintListHead(FILE *stream)
{
  fprintf(stream, "%-32s%-20s%-12s%-17s%s\n", "name", "solvent", "c [mol/L]", "T [K]", "closure");
}

static void PrintListEntry(FILE *stream, const char name[], const LibraryElectrolyte *entry,
                           const ElectrolyteVerdict *verdict)
{
  char concentration[TEXT_LENGTH], temperature[TEXT_LENGTH];

  DescribeRange(&entry->electrolyte.concentration_validity, PER_LITRE, concentration);
  DescribeRange(&entry->electrolyte.temperature_validity, 1, temperature);
  fprintf(stream, "%-31s %-19s %-11s %-16s %s\n", name, entry->solvent, concentration, temperature,
          ClosureName(verdict));
  fprintf(stream, "    %s%s%s\n", entry->salt, *entry->source ? "; " : "", entry->source);
}

static void PrintListFoot(FILE *stream)
{
  fputs(
      "\nclosure: what the measurements allow at 25 degC or nearest to it; poisson includes\n"
      "electroneutral.  sandglass electrolytes NAME shows one of them.\n",
      stream);
}

static void PrintAbout(FILE *stream, const LibraryElectrolyte *entry,
                       const ElectrolyteVerdict *verdict)
{
  const Electrolyte *const electrolyte = &entry->electrolyte;
  char text[TEXT_LENGTH];

  fprintf(stream, "%s\n\n", entry->title);
  PrintText(stream, "salt", entry->salt);
  PrintText(stream, "solvent", entry->solvent);
  PrintText(stream, "source", entry->source);
  DescribeRange(&electrolyte->concentration_validity, PER_LITRE, text);
  PrintText(stream, "valid for c [mol/L]", text);
  DescribeRange(&electrolyte->temperature_validity, 1, text);
  PrintText(stream, "valid for T [K]", text);
  snprintf(text, sizeof(text), "%.4g", (double)electrolyte->relative_permittivity);
  PrintText(stream, "relative permittivity", text);
  PrintText(stream, "remarks", entry->remarks);
  fprintf(stream, "\nAt %.6g degC (%.6g K)\n\n", (double)(entry->temperature - ZERO_CELSIUS),
          (double)entry->temperature);
  DescribeClosure(verdict, text);
  PrintText(stream, "closure", text);
  if (!verdict->held) return;
  snprintf(text, sizeof(text), "Lambda between %.3g and %.3g mol/L (poisson closure)",
           (double)(verdict->held_low * PER_LITRE), (double)(verdict->held_high * PER_LITRE));
  PrintText(stream, "held at its bound", text);
}

static void PrintCell(FILE *stream, int width, const char format[], PetscReal value)
{
  char text[TEXT_LENGTH] = "none";

  if (!PetscIsInfOrNanReal(value)) snprintf(text, sizeof(text), format, (double)value);
  fprintf(stream, "%*s", width, text);
}

static void PrintRow(FILE *stream, const ElectrolyteRow *row)
{
  PrintCell(stream, 8, "%.5g", row->concentration * PER_LITRE);
  PrintCell(stream, 12, "%.4e", row->diffusivity);
  PrintCell(stream, 11, "%.5f", row->conductivity);
  PrintCell(stream, 10, "%.5f", row->transference_number);
  PrintCell(stream, 10, "%.5f", row->thermodynamic_factor);
  PrintCell(stream, 12, "%.4e", row->cation_solvent_diffusivity);
  PrintCell(stream, 12, "%.4e", row->anion_solvent_diffusivity);
  PrintCell(stream, 13, "%.4e", row->ion_ion_friction);
  fprintf(stream, "%s%s\n", row->outside_validity || row->friction_held ? "  " : "",
          row->outside_validity ? row->friction_held ? "outside, held" : "outside"
          : row->friction_held  ? "held"
                                : "");
}

static void PrintTable(FILE *stream, PetscInt count, const ElectrolyteRow row[])
{
  PetscBool outside = PETSC_FALSE, held = PETSC_FALSE, undefined = PETSC_FALSE;

  fprintf(stream, "\n%8s%12s%11s%10s%10s%12s%12s%13s\n", "c", "D", "kappa", "t_+", "TDF", "D_+0",
          "D_-0", "Lambda");
  fprintf(stream, "%8s%12s%11s%10s%10s%12s%12s%13s\n", "mol/L", "m^2/s", "S/m", "", "", "m^2/s",
          "m^2/s", "m s/mol");
  for (PetscInt i = 0; i < count; i++) {
    PrintRow(stream, &row[i]);
    outside = (PetscBool)(outside || row[i].outside_validity);
    held = (PetscBool)(held || row[i].friction_held);
    undefined = (PetscBool)(undefined || PetscIsNanReal(row[i].ion_ion_friction));
  }
  fputc('\n', stream);
  if (outside)
    fputs("  outside: of the validity; as the solver continues the properties\n", stream);
  if (held) fputs("  held: Lambda at the bound of dissipation, not that of kappa\n", stream);
  if (undefined)
    fputs("  none: not given, or no friction where t_+ or TDF is out of range\n", stream);
}

// ---- JSON ------------------------------------------------------------------------------------

static PetscErrorCode AppendRange(struct fy_node *object, const char key[], const Range *range)
{
  struct fy_node *list;

  PetscFunctionBeginUser;
  PetscCall(JsonAppendList(object, key, &list));
  PetscCall(JsonListAppendReal(list, range->low));
  PetscCall(JsonListAppendReal(list, range->high));
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendClosures(struct fy_node *object, const ElectrolyteVerdict *verdict)
{
  struct fy_node *list, *violation;

  PetscFunctionBeginUser;
  PetscCall(JsonAppendList(object, "closures", &list));
  if (verdict->poisson) PetscCall(JsonListAppendText(list, "poisson"));
  if (verdict->electroneutral) PetscCall(JsonListAppendText(list, "electroneutral"));
  if (!verdict->violation.property) PetscFunctionReturn(0);
  PetscCall(JsonAppendObject(object, "violation", &violation));
  PetscCall(JsonAppendText(violation, "property", verdict->violation.property));
  PetscCall(JsonAppendText(violation, "allowed", verdict->violation.allowed));
  PetscCall(JsonAppendReal(violation, "value", verdict->violation.value));
  PetscCall(AppendRange(violation, "concentration",
                        &(Range){verdict->violation.low, verdict->violation.high}));
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendTexts(struct fy_node *object, const char name[],
                                  const LibraryElectrolyte *entry)
{
  const struct {
    const char *key, *text;
  } texts[] = {{"name", name},
               {"title", entry->title},
               {"salt", entry->salt},
               {"solvent", entry->solvent},
               {"source", entry->source},
               {"remarks", entry->remarks}};

  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(texts); i++) {
    PetscCall(JsonAppendText(object, texts[i].key, texts[i].text));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendAbout(struct fy_node *object, const char name[],
                                  const LibraryElectrolyte *entry,
                                  const ElectrolyteVerdict *verdict)
{
  const Electrolyte *const electrolyte = &entry->electrolyte;
  struct fy_node *validity;

  PetscFunctionBeginUser;
  PetscCall(AppendTexts(object, name, entry));
  PetscCall(JsonAppendObject(object, "validity", &validity));
  PetscCall(AppendRange(validity, "concentration", &electrolyte->concentration_validity));
  PetscCall(AppendRange(validity, "temperature", &electrolyte->temperature_validity));
  PetscCall(JsonAppendReal(object, "relative_permittivity", electrolyte->relative_permittivity));
  PetscCall(JsonAppendReal(object, "temperature", entry->temperature));
  PetscCall(AppendClosures(object, verdict));
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendRow(struct fy_node *table, const ElectrolyteRow *row)
{
  const struct {
    const char *key;
    PetscReal value;
  } numbers[] = {{"concentration", row->concentration},
                 {"diffusivity", row->diffusivity},
                 {"conductivity", row->conductivity},
                 {"transference_number", row->transference_number},
                 {"thermodynamic_factor", row->thermodynamic_factor},
                 {"cation_solvent_diffusivity", row->cation_solvent_diffusivity},
                 {"anion_solvent_diffusivity", row->anion_solvent_diffusivity},
                 {"ion_ion_friction", row->ion_ion_friction}};
  struct fy_node *object;

  PetscFunctionBeginUser;
  PetscCall(JsonListAppendObject(table, &object));
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(numbers); i++) {
    PetscCall(JsonAppendReal(object, numbers[i].key, numbers[i].value));
  }
  PetscCall(JsonAppendBoolean(object, "outside_validity", row->outside_validity));
  PetscCall(JsonAppendBoolean(object, "friction_held", row->friction_held));
  PetscFunctionReturn(0);
}

// ---- The list --------------------------------------------------------------------------------

/* A file of the user's own that cannot be read must not hide the others: *read is then false. */
static PetscErrorCode ReadEntry(MPI_Comm comm, const char name[], LibraryElectrolyte *entry,
                                PetscBool *read)
{
  PetscErrorCode code;

  PetscFunctionBeginUser;
  *read = PETSC_FALSE;
  PetscCall(PetscPushErrorHandler(PetscReturnErrorHandler, NULL));
  code = ElectrolyteLibraryRead(comm, name, PETSC_DEFAULT, entry);
  PetscCall(PetscPopErrorHandler());
  if (code == PETSC_ERR_USER_INPUT || code == PETSC_ERR_FILE_OPEN || code == PETSC_ERR_FILE_READ) {
    PetscFunctionReturn(0);
  }
  PetscCall(code);
  *read = PETSC_TRUE;
  PetscFunctionReturn(0);
}

/* Where the entries of a list go: on the stream, or (list not NULL) into an object. */
typedef struct {
  FILE *stream;
  struct fy_document *document;
  struct fy_node *list;
} ListOutput;

static PetscErrorCode BeginList(FILE *stream, PetscBool json, ListOutput *output)
{
  struct fy_node *root;

  PetscFunctionBeginUser;
  *output = (ListOutput){.stream = stream};
  if (json) {
    PetscCall(JsonCreate(&output->document, &root));
    PetscCall(JsonAppendList(root, "electrolytes", &output->list));
  } else {
    PrintListHead(stream);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendToList(ListOutput *output, const char name[],
                                   const LibraryElectrolyte *entry)
{
  ElectrolyteVerdict verdict;
  struct fy_node *object;

  PetscFunctionBeginUser;
  PetscCall(ElectrolyteJudge(entry, &verdict));
  if (output->list) {
    PetscCall(JsonListAppendObject(output->list, &object));
    PetscCall(AppendAbout(object, name, entry, &verdict));
  } else {
    PrintListEntry(output->stream, name, entry, &verdict);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode EndList(ListOutput *output)
{
  PetscFunctionBeginUser;
  if (output->document)
    PetscCall(JsonPrint(output->stream, &output->document));
  else
    PrintListFoot(output->stream);
  PetscFunctionReturn(0);
}

static PetscErrorCode ListFile(MPI_Comm comm, const LibraryFile *file, PetscMPIInt rank,
                               ListOutput *output)
{
  LibraryElectrolyte entry;
  PetscBool read;

  PetscFunctionBeginUser;
  PetscCall(ReadEntry(comm, file->name, &entry, &read));
  if (read) {
    if (rank == 0) PetscCall(AppendToList(output, file->name, &entry));
    PetscCall(LibraryElectrolyteDestroy(&entry));
  } else if (rank == 0) {
    fprintf(stderr, "%s: cannot be used; sandglass electrolytes %s says why\n", file->path,
            file->name);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ElectrolytesReport(MPI_Comm comm, FILE *stream, PetscBool json)
{
  ListOutput output;
  LibraryFile *files;
  PetscInt count;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(ElectrolyteLibraryList(comm, &count, &files));
  if (rank == 0) PetscCall(BeginList(stream, json, &output));
  for (PetscInt i = 0; i < count; i++) PetscCall(ListFile(comm, &files[i], rank, &output));
  if (rank == 0) PetscCall(EndList(&output));
  PetscCall(PetscFree(files));
  PetscFunctionReturn(0);
}

// ---- One of them -----------------------------------------------------------------------------

static PetscErrorCode ReadTemperature(MPI_Comm comm, const char text[], PetscReal *temperature)
{
  const char *mistake;

  PetscFunctionBeginUser;
  *temperature = PETSC_DEFAULT;
  if (!text) PetscFunctionReturn(0);
  PetscCall(QuantityParse(text, "K", temperature, &mistake));
  PetscCheck(!mistake, comm, PETSC_ERR_USER_INPUT,
             "--temperature: found '%.120s', allowed: a temperature, as 25 degC (%s)", text,
             mistake);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReportOne(FILE *stream, const char name[], const LibraryElectrolyte *entry,
                                PetscBool json)
{
  ElectrolyteRow row[MAXIMUM_ROWS];
  ElectrolyteVerdict verdict;
  struct fy_document *document;
  struct fy_node *object, *table;
  PetscInt count;

  PetscFunctionBeginUser;
  PetscCall(ElectrolyteJudge(entry, &verdict));
  PetscCall(ElectrolyteTabulate(entry, &count, row));
  if (!json) {
    PrintAbout(stream, entry, &verdict);
    PrintTable(stream, count, row);
    PetscFunctionReturn(0);
  }
  PetscCall(JsonCreate(&document, &object));
  PetscCall(AppendAbout(object, name, entry, &verdict));
  PetscCall(JsonAppendList(object, "table", &table));
  for (PetscInt i = 0; i < count; i++) PetscCall(AppendRow(table, &row[i]));
  PetscCall(JsonPrint(stream, &document));
  PetscFunctionReturn(0);
}

PetscErrorCode ElectrolyteReport(MPI_Comm comm, FILE *stream, const char name[],
                                 const char temperature[], PetscBool json)
{
  char path[PETSC_MAX_PATH_LEN], unknown[LIBRARY_UNKNOWN_LENGTH];
  LibraryElectrolyte entry;
  PetscReal kelvin;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(ElectrolyteLibraryFind(comm, name, path, unknown));
  PetscCheck(*path, comm, PETSC_ERR_USER_INPUT, "sandglass electrolytes: found '%.120s', %s", name,
             unknown);
  PetscCall(ReadTemperature(comm, temperature, &kelvin));
  PetscCall(ElectrolyteLibraryRead(comm, name, kelvin, &entry));
  if (rank == 0) PetscCall(ReportOne(stream, name, &entry, json));
  PetscCall(LibraryElectrolyteDestroy(&entry));
  PetscFunctionReturn(0);
}
