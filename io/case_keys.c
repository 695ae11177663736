#include "io/case_keys.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "io/case_values.h"

#define IN_CASE(field) .owner = KEY_OF_CASE, .offset = offsetof(Case, field)
#define IN_BOUNDARY(field) .owner = KEY_OF_BOUNDARY, .offset = offsetof(Boundary, field)
#define IN_STEP(field) .owner = KEY_OF_STEP, .offset = offsetof(ProtocolStep, field)

#define ELECTRODE_ONLY .kinds = {"electrode"}
#define WITH_METAL .kinds = {"electrode", "blocking"}
#define STEP_OF_KIND(kind) \
  .controls = PETSC_TRUE, .step_kind = kind, .default_words = "one such key a step"

/* In the order of a case, which is also the order of reading: `kind` before what depends on it. */
const CaseKey case_keys[] = {
    {.name = "title",
     IN_CASE(title),
     .type = &value_text,
     .default_text = "",
     .meaning = "What the case is about."},
    {.name = "temperature",
     IN_CASE(temperature),
     .type = &value_quantity,
     .unit = "K",
     .default_text = "25 degC",
     .allowed = "> 0 K",
     .meaning = "Temperature of the cell, the same everywhere."},

    {.name = "electrolyte.flux_law",
     IN_CASE(electrolyte.flux_law),
     .type = &value_name,
     .default_text = "dilute",
     .choices = {"dilute"},
     .meaning = "Law of the ions' fluxes; dilute is Nernst-Planck."},
    {.name = "electrolyte.closure",
     IN_CASE(electrolyte.closure),
     .type = &value_choice,
     .default_text = "poisson",
     .choices = {"poisson", "electroneutral"},
     .meaning = "What fixes the potential: Poisson's equation, with charge layers resolved, or "
                "electroneutrality everywhere."},
    {.name = "electrolyte.concentration",
     IN_CASE(electrolyte.concentration),
     .type = &value_quantity,
     .unit = "mol/m^3",
     .required = PETSC_TRUE,
     .allowed = "> 0 mol/L",
     .meaning = "Concentration of the salt at the start, the same everywhere."},
    {.name = "electrolyte.diffusivity",
     IN_CASE(electrolyte.diffusivity.initial),
     .type = &value_quantity,
     .unit = "m^2/s",
     .default_words = "required, or the ions'",
     .allowed = "> 0 m^2/s",
     .meaning = "Diffusivity of the salt in the free liquid; goes with transference_number."},
    {.name = "electrolyte.transference_number",
     IN_CASE(electrolyte.transference_number.initial),
     .type = &value_quantity,
     .default_words = "required, or the ions'",
     .allowed = "> 0, < 1",
     .meaning = "Share of the current that the cation carries without gradients."},
    {.name = "electrolyte.cation_diffusivity",
     IN_CASE(electrolyte.ion[0].diffusivity),
     .type = &value_quantity,
     .unit = "m^2/s",
     .default_words = "from the salt's",
     .allowed = "> 0 m^2/s",
     .excludes = {"electrolyte.diffusivity", "electrolyte.transference_number"},
     .meaning = "Diffusivity of the cation in the free liquid; goes with anion_diffusivity."},
    {.name = "electrolyte.anion_diffusivity",
     IN_CASE(electrolyte.ion[1].diffusivity),
     .type = &value_quantity,
     .unit = "m^2/s",
     .default_words = "from the salt's",
     .allowed = "> 0 m^2/s",
     .excludes = {"electrolyte.diffusivity", "electrolyte.transference_number"},
     .meaning = "Diffusivity of the anion in the free liquid; goes with cation_diffusivity."},
    {.name = "electrolyte.cation_charge",
     IN_CASE(electrolyte.ion[0].charge),
     .type = &value_integer,
     .default_text = "1",
     .allowed = ">= 1",
     .meaning = "Charge number of the cation."},
    {.name = "electrolyte.anion_charge",
     IN_CASE(electrolyte.ion[1].charge),
     .type = &value_integer,
     .default_text = "-1",
     .allowed = "<= -1",
     .meaning = "Charge number of the anion."},
    {.name = "electrolyte.relative_permittivity",
     IN_CASE(electrolyte.relative_permittivity),
     .type = &value_quantity,
     .default_text = "20",
     .allowed = ">= 1",
     .meaning = "Static relative permittivity of the solution. The default is an estimate for "
                "carbonate mixtures; it sets the Debye length."},

    {.name = "separator.thickness",
     IN_CASE(separator.thickness),
     .type = &value_quantity,
     .unit = "m",
     .required = PETSC_TRUE,
     .allowed = "> 0 um",
     .meaning = "Distance between the electrodes."},
    {.name = "separator.porosity",
     IN_CASE(separator.porosity),
     .type = &value_quantity,
     .default_text = "1",
     .allowed = "> 0, <= 1",
     .meaning = "Share of the volume that is electrolyte; 1 is a free liquid."},
    {.name = "separator.bruggeman",
     IN_CASE(separator.bruggeman),
     .type = &value_quantity,
     .default_text = "1.5",
     .allowed = ">= 0",
     .meaning = "Exponent of the porosity in f = porosity^bruggeman, by which the pores reduce "
                "every transport coefficient."},
    {.name = "separator.tortuosity",
     IN_CASE(separator.tortuosity),
     .type = &value_quantity,
     .default_words = "none",
     .allowed = ">= 1",
     .excludes = {"separator.bruggeman"},
     .meaning = "Instead of the exponent: f = porosity/tortuosity."},

    {.name = "kind",
     IN_BOUNDARY(kind),
     .type = &value_boundary_kind,
     .default_text = "electrode",
     .meaning = "What stands at this end: lithium (electrode), a metal without reaction "
                "(blocking), a stirred bath (reservoir) or a cation-selective contact "
                "(selective)."},
    {.name = "exchange_current_density",
     IN_BOUNDARY(exchange_current_density),
     .type = &value_quantity,
     .unit = "A/m^2",
     ELECTRODE_ONLY,
     .default_text = "100 A/m^2",
     .allowed = "> 0 A/m^2",
     .meaning = "Exchange current density of the Butler-Volmer law at the reference "
                "concentration."},
    {.name = "cathodic_transfer_coefficient",
     IN_BOUNDARY(cathodic_transfer_coefficient),
     .type = &value_quantity,
     ELECTRODE_ONLY,
     .default_text = "0.5",
     .allowed = "> 0, < 1",
     .meaning = "Cathodic transfer coefficient; the anodic one is 1 minus this."},
    {.name = "reference_concentration",
     IN_BOUNDARY(reference_concentration),
     .type = &value_quantity,
     .unit = "mol/m^3",
     ELECTRODE_ONLY,
     .default_words = "the initial one of the reacting ion",
     .allowed = "> 0 mol/L",
     .meaning = "Concentration of the reacting ion at which the equilibrium potential is 0."},
    {.name = "interface_capacitance",
     IN_BOUNDARY(interface_capacitance),
     .type = &value_quantity_or_none,
     .unit = "F/m^2",
     WITH_METAL,
     .default_text = "10 uF/cm^2",
     .default_kind = "electrode",
     .default_elsewhere = "none",
     .allowed = "> 0 uF/cm^2",
     .meaning = "Capacitance of the Stern layer; none: there is no such layer."},
    {.name = "zero_charge_potential",
     IN_BOUNDARY(zero_charge_potential),
     .type = &value_quantity,
     .unit = "V",
     WITH_METAL,
     .needs_stern_layer = PETSC_TRUE,
     .default_text = "0 V",
     .meaning = "Potential across the Stern layer at which it holds no charge."},
    {.name = "sei.inner.thickness",
     IN_BOUNDARY(sei.inner.thickness),
     .type = &value_quantity,
     .unit = "m",
     WITH_METAL,
     .default_text = "0 nm",
     .allowed = ">= 0 nm",
     .meaning = "Thickness of the film's inner layer, at the metal; 0: no such layer."},
    {.name = "sei.inner.conductivity",
     IN_BOUNDARY(sei.inner.conductivity),
     .type = &value_quantity,
     .unit = "S/m",
     WITH_METAL,
     .default_words = "required with a thickness",
     .allowed = "> 0 S/m",
     .meaning = "Ionic conductivity of the film's inner layer."},
    {.name = "sei.outer.thickness",
     IN_BOUNDARY(sei.outer.thickness),
     .type = &value_quantity,
     .unit = "m",
     WITH_METAL,
     .default_text = "0 nm",
     .allowed = ">= 0 nm",
     .meaning = "Thickness of the film's outer layer; 0: no such layer."},
    {.name = "sei.outer.conductivity",
     IN_BOUNDARY(sei.outer.conductivity),
     .type = &value_quantity,
     .unit = "S/m",
     WITH_METAL,
     .default_words = "required with a thickness",
     .allowed = "> 0 S/m",
     .meaning = "Ionic conductivity of the film's outer layer."},
    {.name = "concentration",
     IN_BOUNDARY(concentration),
     .type = &value_quantity,
     .unit = "mol/m^3",
     .kinds = {"reservoir", "selective"},
     .default_words = "the initial one",
     .allowed = "> 0 mol/L",
     .meaning = "Concentration beyond this end: of the salt (reservoir) or of the cation "
                "(selective)."},

    {.name = "current",
     IN_STEP(value),
     .type = &value_quantity,
     .unit = "A/m^2",
     STEP_OF_KIND(STEP_CURRENT),
     .meaning = "A step at this current density; > 0 plates the anode."},
    {.name = "current_ratio",
     IN_STEP(value),
     .type = &value_quantity,
     STEP_OF_KIND(STEP_CURRENT_RATIO),
     .meaning = "A step at this current in units of the limiting current. The ends must be two "
                "electrodes, or one and a reservoir at the initial concentration."},
    {.name = "rest",
     IN_STEP(duration),
     .type = &value_quantity,
     .unit = "s",
     STEP_OF_KIND(STEP_REST),
     .allowed = "> 0 s",
     .meaning = "A step without current, of this duration."},
    {.name = "voltage",
     IN_STEP(value),
     .type = &value_quantity,
     .unit = "V",
     STEP_OF_KIND(STEP_VOLTAGE),
     .meaning = "A step at this cell voltage; > 0 plates the anode."},
    {.name = "for",
     IN_STEP(duration),
     .type = &value_quantity_or_none,
     .unit = "s",
     .not_at_rest = PETSC_TRUE,
     .default_text = "none",
     .allowed = "> 0 s",
     .meaning = "Duration of the step at most. A step needs `for` or `until`."},
    {.name = "until",
     IN_STEP(until),
     .type = &value_condition,
     .list = PETSC_TRUE,
     .default_words = "none",
     .meaning = "A list of conditions; the first one that is met ends the step. The charge is the "
                "absolute one of this step."},

    {.name = "mesh.nodes",
     IN_CASE(mesh.nodes),
     .type = &value_integer,
     .default_text = "401",
     .allowed = ">= 5, <= 10000000",
     .meaning = "Number of mesh nodes, those on the electrodes included."},
    {.name = "mesh.first_spacing",
     IN_CASE(mesh.first_spacing),
     .type = &value_quantity,
     .default_text = "0.2",
     .allowed = "> 0",
     .meaning = "Spacing of the nodes at the electrodes, in Debye lengths. Where this would exceed "
                "thickness/(nodes - 1) the mesh is uniform."},
    {.name = "solver.relative_tolerance",
     IN_CASE(solver.relative_tolerance),
     .type = &value_quantity,
     .default_text = "1e-5",
     .allowed = ">= 1e-12, <= 0.1",
     .meaning = "Error allowed in a time step, relative to each quantity."},
    {.name = "solver.maximum_steps",
     IN_CASE(solver.maximum_steps),
     .type = &value_integer,
     .default_text = "1000000",
     .allowed = ">= 1",
     .meaning = "Time steps after which the solver gives up."},
    {.name = "onset.distance",
     IN_CASE(onset_distance),
     .type = &value_quantity,
     .default_text = "2",
     .allowed = "> 0",
     .meaning = "Distance from the electrode at which space_charge is watched, in units of the "
                "width x* of the layer that carries a limiting current."},
    {.name = "output.times",
     IN_CASE(output.times),
     .type = &value_integer,
     .default_text = "200",
     .allowed = ">= 1",
     .meaning = "Times a step at which fields are stored, evenly spaced."},
    {.name = "output.fields",
     IN_CASE(output.fields),
     .type = &value_choice,
     .default_text = "all",
     .choices = {"none", "last", "all"},
     .meaning = "Which of them are stored."},
};

const size_t number_of_case_keys = PETSC_STATIC_ARRAY_LENGTH(case_keys);

// ---- Names ----

/* Where the owners stand in a case.  The elements of a list are numbered: N stands for a number. */
static const struct {
  const char *name;
  KeyOwner owner;
} owners[] = {{"", KEY_OF_CASE},
              {"anode", KEY_OF_BOUNDARY},
              {"counter_electrode", KEY_OF_BOUNDARY},
              {"protocol.N", KEY_OF_STEP}};

void CaseKeyName(const CaseKey *key, const char owner[], char name[KEY_NAME_LENGTH])
{
  snprintf(name, KEY_NAME_LENGTH, "%s%s%s", owner, owner[0] ? "." : "", key->name);
}

/* All the names there are, by a running number: false past the last one.  A list is given by its
   elements, "protocol.N.until.N". */
static PetscBool NameOfNumber(size_t number, const CaseKey **key, char name[KEY_NAME_LENGTH])
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(owners); i++) {
    for (size_t k = 0; k < number_of_case_keys; k++) {
      if (case_keys[k].owner != owners[i].owner || number-- > 0) continue;
      *key = &case_keys[k];
      CaseKeyName(*key, owners[i].name, name);
      if ((*key)->list) strncat(name, ".N", KEY_NAME_LENGTH - strlen(name) - 1);
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

// The digits in front of `name`, where they are a whole part of it and a number as C writes it.
static size_t IndexLength(const char name[])
{
  const size_t length = strspn(name, "0123456789");
  const PetscBool whole = (PetscBool)(name[length] == '\0' || name[length] == '.');

  return whole && length < 9 && (name[0] != '0' || length == 1) ? length : 0;
}

// "protocol.3.current" as "protocol.N.current"; an N that the user wrote becomes a '?'.
static void NumbersToN(const char name[], char generic[KEY_NAME_LENGTH])
{
  size_t used = 0;

  while (*name && used < KEY_NAME_LENGTH - 1) {
    const size_t index = IndexLength(name), part = strcspn(name, "."), length = index ? 1 : part;

    snprintf(generic + used, KEY_NAME_LENGTH - used, "%.*s%s", (int)length,
             index                         ? "N"
             : part == 1 && name[0] == 'N' ? "?"
                                           : name,
             name[part] ? "." : "");
    used = strlen(generic);
    name += part + (name[part] == '.');
  }
  generic[used] = '\0';
}

// The reverse, with the numbers that stand in `numbered`; an N too many stays.
static void NToNumbers(const char generic[], const char numbered[], char name[KEY_NAME_LENGTH])
{
  size_t used = 0;

  while (*generic && used < KEY_NAME_LENGTH - 1) {
    const size_t part = strcspn(generic, ".");
    const PetscBool is_n = (PetscBool)(part == 1 && generic[0] == 'N');

    while (is_n && *numbered && !IndexLength(numbered)) {
      numbered += strcspn(numbered, ".");
      numbered += *numbered == '.';
    }
    const size_t index = is_n ? IndexLength(numbered) : 0;
    snprintf(name + used, KEY_NAME_LENGTH - used, "%.*s%s", (int)(index ? index : part),
             index ? numbered : generic, generic[part] ? "." : "");
    used = strlen(name);
    numbered += index;
    generic += part + (generic[part] == '.');
  }
  name[used] = '\0';
}

CaseNodeKind CaseNodeFind(const char name[], const CaseKey **key)
{
  char generic[KEY_NAME_LENGTH], known[KEY_NAME_LENGTH];

  if (!name[0]) return NODE_SECTION;  // the case itself
  NumbersToN(name, generic);
  const size_t length = strlen(generic);
  for (size_t number = 0; NameOfNumber(number, key, known); number++) {
    if (strcmp(generic, known) == 0) return NODE_VALUE;
    if (strncmp(generic, known, length) || known[length] != '.') continue;
    if (strcmp(known + length, ".N") == 0) return NODE_VALUE_LIST;
    return strncmp(known + length, ".N.", 3) == 0 ? NODE_LIST : NODE_SECTION;
  }
  return NODE_UNKNOWN;
}

// Levenshtein's: the fewest letters to insert, delete or replace that make one text the other.
static size_t EditDistance(const char one[], const char other[])
{
  const size_t columns = strlen(other);
  size_t row[KEY_NAME_LENGTH];

  for (size_t j = 0; j <= columns; j++) row[j] = j;
  for (size_t i = 1; one[i - 1]; i++) {
    size_t diagonal = row[0];

    row[0] = i;
    for (size_t j = 1; j <= columns; j++) {
      const size_t replaced = diagonal + (one[i - 1] != other[j - 1]);

      diagonal = row[j];
      row[j] = PetscMin(replaced, PetscMin(row[j], row[j - 1]) + 1);
    }
  }
  return row[columns];
}

static const char *LastPart(const char name[])
{
  const char *const dot = strrchr(name, '.');

  return dot ? dot + 1 : name;
}

/* Likeness as a whole, or, where it is clear, in the last part: a key in the wrong section.  The
   former counts a little more. */
static size_t NameDistance(const char one[], const char other[])
{
  const size_t whole = 2 * EditDistance(one, other);
  const size_t last = EditDistance(LastPart(one), LastPart(other));

  return 3 * last <= strlen(LastPart(one)) ? PetscMin(whole, 2 * last + 1) : whole;
}

void CaseKeyNearest(const char name[], char nearest[KEY_NAME_LENGTH])
{
  char generic[KEY_NAME_LENGTH], known[KEY_NAME_LENGTH], best[KEY_NAME_LENGTH] = "";
  size_t best_distance = SIZE_MAX;
  const CaseKey *key;

  NumbersToN(name, generic);
  for (size_t number = 0; NameOfNumber(number, &key, known); number++) {
    // The name itself, then the sections it stands in.
    for (char *end = known + strlen(known); end; end = strrchr(known, '.')) {
      *end = '\0';
      if (strcmp(LastPart(known), "N") == 0) continue;
      const size_t distance = NameDistance(generic, known);
      if (distance >= best_distance) continue;
      best_distance = distance;
      strcpy(best, known);
    }
  }
  NToNumbers(best, name, nearest);
}

// ---- Where a key has a meaning ----

static PetscBool KindIsListed(const CaseKey *key, const char kind[])
{
  if (!key->kinds[0]) return PETSC_TRUE;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(key->kinds) && key->kinds[i]; i++) {
    if (strcmp(kind, key->kinds[i]) == 0) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscBool AppliesToBoundary(const CaseKey *key, const Boundary *boundary)
{
  // The kind is itself a key, the first one to be read, and applies before there is any.
  if (key->kinds[0] && !KindIsListed(key, BoundaryKindName(boundary->kind))) return PETSC_FALSE;
  return (PetscBool)(!key->needs_stern_layer || !IsNone(boundary->interface_capacitance));
}

static PetscBool AppliesToStep(const CaseKey *key, const ProtocolStep *step)
{
  if (key->controls) return (PetscBool)(key->step_kind == step->kind);
  return (PetscBool)(!key->not_at_rest || step->kind != STEP_REST);
}

PetscBool CaseKeyApplies(const CaseKey *key, const void *owner)
{
  switch (key->owner) {
    case KEY_OF_BOUNDARY:
      return AppliesToBoundary(key, (const Boundary *)owner);
    case KEY_OF_STEP:
      return AppliesToStep(key, (const ProtocolStep *)owner);
    default:
      return PETSC_TRUE;
  }
}

void CaseKeyCondition(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  text[0] = '\0';
  if (key->kinds[0]) {
    snprintf(text, KEY_TEXT_LENGTH, "only where kind is %s%s%s%s", key->kinds[0],
             key->kinds[1] ? " or " : "", key->kinds[1] ? key->kinds[1] : "",
             key->needs_stern_layer ? ", with an interface_capacitance" : "");
  } else if (key->not_at_rest) {
    snprintf(text, KEY_TEXT_LENGTH, "not in a rest, whose value is its duration");
  }
}

PetscErrorCode CaseKeySetDefault(const CaseKey *key, void *owner)
{
  void *const field = (char *)owner + key->offset;
  const char *text = key->default_text, *mistake = NULL;

  PetscFunctionBeginUser;
  if (key->default_kind) {
    const char *const kind = BoundaryKindName(((const Boundary *)owner)->kind);

    if (strcmp(kind, key->default_kind)) text = key->default_elsewhere;
  }
  if (text) {
    PetscCall(key->type->read(key, text, field, &mistake));
    PetscCheck(!mistake, PETSC_COMM_SELF, PETSC_ERR_PLIB, "default of %s: %s", key->name, mistake);
  } else {
    *(PetscReal *)field = NAN;
  }
  PetscFunctionReturn(0);
}

// ---- For people ----

#define COLUMNS 100

// The length of as many whole words as fit into `width`.
static int WrappedLength(const char text[], int width)
{
  int length = (int)strlen(text);

  if (length <= width) return length;
  for (length = width; length > 0 && text[length] != ' ';) length--;
  return length > 0 ? length : width;  // one long word is cut
}

// One row of a table, on as many lines as its cells need; no blanks at the end of a line.
static void PrintRow(FILE *stream, size_t n, const int widths[], const char *cells[])
{
  PetscBool more = PETSC_TRUE;

  while (more) {
    int blanks = 0;

    more = PETSC_FALSE;
    for (size_t i = 0; i < n; i++) {
      const int length = WrappedLength(cells[i], widths[i]);

      if (length > 0) {
        fprintf(stream, "%*s%.*s", blanks, "", length, cells[i]);
        blanks = 0;
      }
      blanks += widths[i] - length + 2;
      cells[i] += length;
      cells[i] += strspn(cells[i], " ");
      more = (PetscBool)(more || *cells[i]);
    }
    fputc('\n', stream);
  }
}

static void DescribeDefault(const CaseKey *key, char text[KEY_TEXT_LENGTH])
{
  if (key->default_kind) {
    snprintf(text, KEY_TEXT_LENGTH, "%s (%s), else %s", key->default_text, key->default_kind,
             key->default_elsewhere);
  } else if (key->default_text && !key->default_text[0]) {
    snprintf(text, KEY_TEXT_LENGTH, "empty");
  } else {
    snprintf(text, KEY_TEXT_LENGTH, "%s",
             key->required        ? "required"
             : key->default_text  ? key->default_text
             : key->default_words ? key->default_words
                                  : "");
  }
}

static void DescribeMeaning(const CaseKey *key, char text[2 * KEY_TEXT_LENGTH])
{
  char condition[KEY_TEXT_LENGTH];

  CaseKeyCondition(key, condition);
  condition[0] = (char)toupper((unsigned char)condition[0]);
  snprintf(text, 2 * KEY_TEXT_LENGTH, "%s%s%s%s%s%s%s%s%s", key->meaning, condition[0] ? " " : "",
           condition, condition[0] ? "." : "", key->excludes[0] ? " Not together with " : "",
           key->excludes[0] ? key->excludes[0] : "", key->excludes[1] ? " or " : "",
           key->excludes[1] ? key->excludes[1] : "", key->excludes[0] ? "." : "");
}

static void PrintKey(FILE *stream, const CaseKey *key, const char name[])
{
  static const int row_widths[] = {35, 7, 22, 30}, meaning_widths[] = {2, COLUMNS - 4};
  char defaults[KEY_TEXT_LENGTH], allowed[KEY_TEXT_LENGTH], meaning[2 * KEY_TEXT_LENGTH];

  DescribeDefault(key, defaults);
  key->type->allowed(key, allowed);
  DescribeMeaning(key, meaning);
  PrintRow(stream, 4, row_widths,
           (const char *[]){name, key->unit ? key->unit : "-", defaults, allowed});
  PrintRow(stream, 2, meaning_widths, (const char *[]){"", meaning});
}

PetscErrorCode CaseKeysPrint(FILE *stream)
{
  static const char *const placeholders[] = {"", "anode", "protocol.N"};
  char name[KEY_NAME_LENGTH], section[KEY_NAME_LENGTH] = "";

  PetscFunctionBeginUser;
  fprintf(stream,
          "Keys of a case. Below each key: its meaning. The first line gives the SI unit in which "
          "it is\nstored (any unit of that dimension may be written), the default and what is "
          "allowed.\nA counter_electrode takes the same keys as the anode, and the anode's values "
          "where it gives none.\nN numbers the steps of the protocol from 0.\n");
  for (size_t k = 0; k < number_of_case_keys; k++) {
    CaseKeyName(&case_keys[k], placeholders[case_keys[k].owner], name);
    const size_t length = strcspn(name, ".");
    if (strncmp(section, name, length) || section[length]) {
      snprintf(section, sizeof(section), "%.*s", (int)length, name);
      fputc('\n', stream);
    }
    PrintKey(stream, &case_keys[k], name);
  }
  PetscFunctionReturn(0);
}
