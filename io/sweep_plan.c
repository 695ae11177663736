#include "io/sweep_plan.h"

#include <errno.h>
#include <libfyaml.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "io/case_values.h"
#include "io/sampling.h"
#include "io/sweep_table.h"
#include "io/text_file.h"
#include "io/units.h"
#include "io/yaml_size.h"

#define SETTING_PREFIX "sweep."
#define NUMBER_LENGTH 96  // of a number with its unit

/* One swept key: its texts, or the range its numbers lie in. */
typedef struct {
  SweptKey swept;
  PetscInt count;     // of the values
  char **text;        // [count], owned; NULL: a range, or a column of the table
  PetscReal ends[2];  // of a range, in SI units
  PetscBool logarithmic, whole;
} Axis;

typedef enum { SOURCE_NONE, SOURCE_KEYS, SOURCE_SAMPLE, SOURCE_TABLE } Source;
typedef enum { MODE_PRODUCT, MODE_ZIP } Mode;

struct _p_SweepPlan {
  MPI_Comm comm;
  const char *path;             // of the case file, while it is read; lent by the caller
  PetscInt number_of_settings;  // likewise
  const char *const *settings;
  int line;  // of the section, or of the entry that is read
  Source source;
  Mode mode;
  SampleMethod method;
  uint64_t seed;
  PetscInt sample_count;
  SweepTable table;
  PetscInt ranks_per_case, times;
  StoredFields fields;
  PetscBool has_fields, has_times;  // the section says so
  PetscInt cases, axes, capacity;
  Axis *axis;
  char **setting;  // [axes], of the case asked for last
};

// ---- Messages ----

// The setting that has given an entry of the section, or one it stands in; NULL: the file.
static const char *SettingOf(SweepPlan plan, const char name[])
{
  const size_t prefix = strlen(SETTING_PREFIX);

  for (PetscInt i = plan->number_of_settings; i-- > 0;) {
    if (strncmp(plan->settings[i], SETTING_PREFIX, prefix)) continue;  // it may be shorter
    const char *const setting = plan->settings[i] + prefix;
    const size_t length = strcspn(setting, "=");

    if (strncmp(setting, name, length) == 0 && strchr(".", name[length])) return plan->settings[i];
  }
  return NULL;
}

// Refuses the entry `name` of the section; "": the section itself.
static PetscErrorCode Refuse(SweepPlan plan, const char name[], const char message[], ...)
    PETSC_ATTRIBUTE_FORMAT(3, 4);

static PetscErrorCode Refuse(SweepPlan plan, const char name[], const char message[], ...)
{
  const char *const setting = SettingOf(plan, name);
  char text[1024], place[PETSC_MAX_PATH_LEN], line[1536];
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, message);
  vsnprintf(text, sizeof(text), message, arguments);
  va_end(arguments);
  if (setting) {
    snprintf(place, sizeof(place), "--set %.120s", setting);
  } else {
    snprintf(place, sizeof(place), "%s:%d", plan->path, plan->line);
  }
  snprintf(line, sizeof(line), "%.400s: sweep%s%.200s: %.900s", place, name[0] ? "." : "", name,
           text);
  for (char *c = line; *c; c++) {  // a message is one line, whatever the user wrote
    if ((unsigned char)*c < ' ' || *c == 0x7f) *c = ' ';
  }
  SETERRQ(plan->comm, PETSC_ERR_USER_INPUT, "%s", line);
}

// ---- Nodes of YAML ----

static const char *NodeText(struct fy_node *node)
{
  const char *const text = node && fy_node_is_scalar(node) ? fy_node_get_scalar0(node) : NULL;

  return text ? text : "";
}

// The next pair of a mapping; false at its end.
static PetscBool NextPair(struct fy_node *mapping, void **position, const char **name,
                          struct fy_node **value)
{
  struct fy_node_pair *const pair = fy_node_mapping_iterate(mapping, position);

  if (!pair) return PETSC_FALSE;
  *name = NodeText(fy_node_pair_key(pair));
  *value = fy_node_pair_value(pair);
  return PETSC_TRUE;
}

static struct fy_node *FindValue(struct fy_node *mapping, const char name[])
{
  return fy_node_mapping_lookup_value_by_simple_key(mapping, name, strlen(name));
}

// What was found, for a message: 'text', a list, a mapping.
static const char *DescribeNode(struct fy_node *node, char text[KEY_TEXT_LENGTH])
{
  if (node && fy_node_is_sequence(node)) return "a list";
  if (node && fy_node_is_mapping(node)) return "a mapping";
  snprintf(text, KEY_TEXT_LENGTH, "'%.120s'", NodeText(node));
  return text;
}

static PetscErrorCode RefuseNode(SweepPlan plan, const char name[], struct fy_node *node,
                                 const char allowed[])
{
  char found[KEY_TEXT_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(Refuse(plan, name, "found %s, allowed: %s", DescribeNode(node, found), allowed));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadInteger(SweepPlan plan, const char name[], struct fy_node *node,
                                  PetscInt least, PetscInt *value)
{
  const char *const text = NodeText(node);
  char *end, allowed[64];

  PetscFunctionBeginUser;
  errno = 0;
  const long long number = strtoll(text, &end, 10);
  if (end == text || *end || errno || number < least || number > PETSC_MAX_INT) {
    snprintf(allowed, sizeof(allowed), "a whole number >= %" PetscInt_FMT, least);
    PetscCall(RefuseNode(plan, name, node, allowed));
  }
  *value = (PetscInt)number;
  PetscFunctionReturn(0);
}

// One of the words, "product, zip", by its place among them.
static PetscErrorCode ReadWord(SweepPlan plan, const char name[], struct fy_node *node,
                               const char allowed[], unsigned *choice)
{
  const char *const text = NodeText(node);
  const size_t length = strlen(text);

  PetscFunctionBeginUser;
  *choice = 0;
  for (const char *word = allowed; word; (*choice)++) {
    const size_t word_length = strcspn(word, ",");

    if (length == word_length && strncmp(text, word, length) == 0) PetscFunctionReturn(0);
    word = word[word_length] ? word + word_length + 2 : NULL;
  }
  PetscCall(RefuseNode(plan, name, node, allowed));
  PetscFunctionReturn(0);
}

// ---- Swept keys ----

// Whether a value of the key can be a number with a unit.
static PetscBool IsQuantity(const CaseKey *key)
{
  const ValueType *const texts[] = {&value_text,          &value_choice,      &value_name,
                                    &value_boundary_kind, &value_condition,   &value_library,
                                    &value_ion_name,      &value_reacting_ion};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(texts); i++) {
    if (!key || key->type == texts[i]) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

static PetscBool LooksLikeNumber(const char text[])
{
  char *end;

  (void)strtod(text, &end);
  return (PetscBool)(end != text);
}

// Takes notice of one of the values a key can have.
static void NoteText(SweptKey *swept, const char text[])
{
  swept->length = PetscMax(swept->length, strlen(text));
  if (!LooksLikeNumber(text)) swept->is_text = PETSC_TRUE;
}

static PetscErrorCode SetSource(SweepPlan plan, const char name[], Source source)
{
  static const char *const words[] = {"", "the keys", "sample", "cases"};

  PetscFunctionBeginUser;
  if (plan->source != SOURCE_NONE && (plan->source != source || source != SOURCE_KEYS)) {
    PetscCall(Refuse(plan, name, "found together with %s, allowed: either keys, sample or cases",
                     words[plan->source]));
  }
  plan->source = source;
  PetscFunctionReturn(0);
}

// A new axis, whose key has to be one of a case.  `entry` is where it stands in the section.
static PetscErrorCode AddAxis(SweepPlan plan, const char entry[], const char name[], Axis **axis)
{
  char nearest[KEY_NAME_LENGTH];
  const CaseKey *key;
  const CaseNodeKind kind = CaseNodeFind(KEYS_OF_CASE, name, &key);

  const PetscBool is_value = (PetscBool)(kind == NODE_VALUE || kind == NODE_VALUE_OR_PARTS);

  PetscFunctionBeginUser;
  if (kind == NODE_UNKNOWN || !name[0]) {
    CaseKeyNearest(KEYS_OF_CASE, name, nearest);
    PetscCall(Refuse(plan, entry, "unknown key; did you mean %s?", nearest));
  }
  for (PetscInt a = 0; a < plan->axes; a++) {
    if (strcmp(plan->axis[a].swept.name, name) == 0) {
      PetscCall(Refuse(plan, entry, "found twice, allowed: once"));
    }
  }
  if (plan->axes == plan->capacity) {
    plan->capacity = 2 * plan->capacity + 8;
    PetscCall(PetscRealloc((size_t)plan->capacity * sizeof(**axis), &plan->axis));
  }
  *axis = &plan->axis[plan->axes++];
  PetscCall(PetscMemzero(*axis, sizeof(**axis)));
  PetscCall(PetscStrallocpy(name, (char **)&(*axis)->swept.name));
  (*axis)->swept.key = is_value ? key : NULL;
  (*axis)->swept.is_text = (PetscBool)!IsQuantity((*axis)->swept.key);
  (*axis)->whole = (PetscBool)(is_value && key->type == &value_integer);
  PetscFunctionReturn(0);
}

// A value as a setting gives it: a scalar's text, or a list or mapping as YAML in one line.
static PetscErrorCode CopyValue(struct fy_node *node, char **text)
{
  char *yaml;

  PetscFunctionBeginUser;
  if (!node || fy_node_is_scalar(node)) {
    PetscCall(PetscStrallocpy(NodeText(node), text));
    PetscFunctionReturn(0);
  }
  yaml = fy_emit_node_to_string(node, FYECF_MODE_FLOW_ONELINE | FYECF_WIDTH_INF);
  PetscCheck(yaml, PETSC_COMM_SELF, PETSC_ERR_LIB, "a value cannot be emitted as YAML");
  yaml[strcspn(yaml, "\n")] = '\0';
  PetscCall(PetscStrallocpy(yaml, text));
  free(yaml);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadList(SweepPlan plan, const char entry[], struct fy_node *node, Axis *axis)
{
  const PetscBool is_list = (PetscBool)(node && fy_node_is_sequence(node));

  PetscFunctionBeginUser;
  axis->count = is_list ? fy_node_sequence_item_count(node) : 1;
  if (axis->count == 0) PetscCall(Refuse(plan, entry, "found no value, allowed: one or more"));
  PetscCall(PetscCalloc1(axis->count, &axis->text));
  for (PetscInt i = 0; i < axis->count; i++) {
    PetscCall(
        CopyValue(is_list ? fy_node_sequence_get_by_index(node, (int)i) : node, &axis->text[i]));
    NoteText(&axis->swept, axis->text[i]);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadEnd(SweepPlan plan, const char entry[], struct fy_node *node, Axis *axis,
                              int end)
{
  const CaseKey *const key = axis->swept.key;
  char allowed[KEY_TEXT_LENGTH], found[KEY_TEXT_LENGTH];
  const char *mistake;

  PetscFunctionBeginUser;
  if (axis->swept.is_text) {
    PetscCall(Refuse(plan, entry, "found a range, allowed: a list of values"));
  }
  PetscCall(QuantityParse(NodeText(node), key->unit, &axis->ends[end], &mistake));
  if (mistake) {
    key->type->allowed(key, allowed);
    PetscCall(Refuse(plan, entry, "found %s, allowed: %s (%s)", DescribeNode(node, found), allowed,
                     mistake));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckSpacing(SweepPlan plan, const char entry[], const Axis *axis)
{
  PetscFunctionBeginUser;
  if (axis->logarithmic && !(axis->ends[0] > 0 && axis->ends[1] > 0)) {
    PetscCall(Refuse(plan, entry, "found an end <= 0 with spacing log, allowed: > 0"));
  }
  PetscFunctionReturn(0);
}

/* {from, to, spacing} and, where `counted`, count. */
static PetscErrorCode ReadRange(SweepPlan plan, const char entry[], struct fy_node *node,
                                PetscBool counted, Axis *axis)
{
  struct fy_node *value;
  const char *name;
  char full[KEY_NAME_LENGTH];
  void *position = NULL;
  unsigned spacing = 0, given = 0;

  PetscFunctionBeginUser;
  while (NextPair(node, &position, &name, &value)) {
    snprintf(full, sizeof(full), "%s.%s", entry, name);
    if (strcmp(name, "from") == 0) {
      PetscCall(ReadEnd(plan, full, value, axis, 0));
      given |= 1;
    } else if (strcmp(name, "to") == 0) {
      PetscCall(ReadEnd(plan, full, value, axis, 1));
      given |= 2;
    } else if (strcmp(name, "count") == 0 && counted) {
      PetscCall(ReadInteger(plan, full, value, 2, &axis->count));
      given |= 4;
    } else if (strcmp(name, "spacing") == 0) {
      PetscCall(ReadWord(plan, full, value, "linear, log", &spacing));
    } else {
      PetscCall(Refuse(plan, full, "unknown key, allowed: from, to, %sspacing",
                       counted ? "count, " : ""));
    }
  }
  if (given != (counted ? 7 : 3)) {
    PetscCall(
        Refuse(plan, entry, "found a range without all of from, to%s", counted ? ", count" : ""));
  }
  axis->logarithmic = (PetscBool)(spacing == 1);
  PetscCall(CheckSpacing(plan, entry, axis));
  PetscFunctionReturn(0);
}

// A mapping is a range where it has the words of one; else it is the value of a section.
static PetscBool IsRange(struct fy_node *node)
{
  static const char *const words[] = {"from", "to", "count", "spacing"};

  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(words); i++) {
    if (node && fy_node_is_mapping(node) && FindValue(node, words[i])) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

static PetscErrorCode ReadKey(SweepPlan plan, const char name[], struct fy_node *node)
{
  Axis *axis;

  PetscFunctionBeginUser;
  PetscCall(AddAxis(plan, name, name, &axis));
  PetscCall(SetSource(plan, name, SOURCE_KEYS));
  if (IsRange(node)) {
    PetscCall(ReadRange(plan, name, node, PETSC_TRUE, axis));
  } else {
    PetscCall(ReadList(plan, name, node, axis));
  }
  PetscFunctionReturn(0);
}

// ---- The words of the section ----

static PetscErrorCode ReadMode(SweepPlan plan, const char name[], struct fy_node *node)
{
  unsigned choice;

  PetscFunctionBeginUser;
  PetscCall(ReadWord(plan, name, node, "product, zip", &choice));
  plan->mode = (Mode)choice;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRanksPerCase(SweepPlan plan, const char name[], struct fy_node *node)
{
  PetscFunctionBeginUser;
  PetscCall(ReadInteger(plan, name, node, 1, &plan->ranks_per_case));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFields(SweepPlan plan, const char name[], struct fy_node *node)
{
  unsigned choice;

  PetscFunctionBeginUser;
  PetscCall(ReadWord(plan, name, node, "none, last, all", &choice));
  plan->fields = (StoredFields)choice;
  plan->has_fields = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadTimes(SweepPlan plan, const char name[], struct fy_node *node)
{
  PetscFunctionBeginUser;
  PetscCall(ReadInteger(plan, name, node, 2, &plan->times));
  plan->has_times = PETSC_TRUE;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadMethod(SweepPlan plan, const char name[], struct fy_node *node)
{
  unsigned choice;

  PetscFunctionBeginUser;
  PetscCall(ReadWord(plan, name, node, "latin_hypercube, sobol, random", &choice));
  plan->method = (SampleMethod)choice;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadCount(SweepPlan plan, const char name[], struct fy_node *node)
{
  PetscFunctionBeginUser;
  PetscCall(ReadInteger(plan, name, node, 1, &plan->sample_count));
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadSeed(SweepPlan plan, const char name[], struct fy_node *node)
{
  PetscInt seed;

  PetscFunctionBeginUser;
  PetscCall(ReadInteger(plan, name, node, 0, &seed));
  plan->seed = (uint64_t)seed;
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadSampleRange(SweepPlan plan, const char entry[], const char key[],
                                      struct fy_node *node)
{
  Axis *axis;

  PetscFunctionBeginUser;
  PetscCall(AddAxis(plan, entry, key, &axis));
  if (IsRange(node)) {
    PetscCall(ReadRange(plan, entry, node, PETSC_FALSE, axis));
  } else if (node && fy_node_is_sequence(node) && fy_node_sequence_item_count(node) == 2) {
    for (int end = 0; end < 2; end++) {
      PetscCall(ReadEnd(plan, entry, fy_node_sequence_get_by_index(node, end), axis, end));
    }
  } else {
    PetscCall(RefuseNode(plan, entry, node, "[LOW, HIGH] or {from: LOW, to: HIGH, spacing: log}"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadRanges(SweepPlan plan, const char name[], struct fy_node *node)
{
  struct fy_node *value;
  const char *key;
  char entry[KEY_NAME_LENGTH];
  void *position = NULL;

  PetscFunctionBeginUser;
  if (!node || !fy_node_is_mapping(node)) {
    PetscCall(RefuseNode(plan, name, node, "a mapping KEY: [LOW, HIGH]"));
  }
  while (NextPair(node, &position, &key, &value)) {
    snprintf(entry, sizeof(entry), "%s.%s", name, key);
    PetscCall(ReadSampleRange(plan, entry, key, value));
  }
  PetscFunctionReturn(0);
}

typedef struct {
  const char *name;
  PetscErrorCode (*read)(SweepPlan plan, const char name[], struct fy_node *node);
} Word;

static const Word sample_words[] = {
    {"method", ReadMethod}, {"count", ReadCount}, {"seed", ReadSeed}, {"ranges", ReadRanges}};

static PetscErrorCode ReadSample(SweepPlan plan, const char name[], struct fy_node *node)
{
  struct fy_node *value;
  char entry[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(SetSource(plan, name, SOURCE_SAMPLE));
  if (!node || !fy_node_is_mapping(node)) {
    PetscCall(RefuseNode(plan, name, node, "a mapping with method, count, seed and ranges"));
  }
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(sample_words); i++) {
    snprintf(entry, sizeof(entry), "%s.%s", name, sample_words[i].name);
    value = FindValue(node, sample_words[i].name);
    if (value) PetscCall(sample_words[i].read(plan, entry, value));
  }
  const char *key;
  void *position = NULL;
  while (NextPair(node, &position, &key, &value)) {
    PetscBool known = PETSC_FALSE;

    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(sample_words) && !known; i++) {
      PetscCall(PetscStrcmp(key, sample_words[i].name, &known));
    }
    snprintf(entry, sizeof(entry), "%s.%s", name, key);
    if (!known) {
      PetscCall(Refuse(plan, entry, "unknown key, allowed: method, count, seed, ranges"));
    }
  }
  PetscFunctionReturn(0);
}

// The path of a file that a case names: from the folder of the case file.
static void PathBeside(const char case_path[], const char name[], char path[PETSC_MAX_PATH_LEN])
{
  const char *const slash = name[0] == '/' ? NULL : strrchr(case_path, '/');

  snprintf(path, PETSC_MAX_PATH_LEN, "%.*s%s", slash ? (int)(slash + 1 - case_path) : 0, case_path,
           name);
}

static PetscErrorCode ReadCases(SweepPlan plan, const char name[], struct fy_node *node)
{
  char path[PETSC_MAX_PATH_LEN];
  Axis *axis;

  PetscFunctionBeginUser;
  PetscCall(SetSource(plan, name, SOURCE_TABLE));
  if (!NodeText(node)[0]) PetscCall(RefuseNode(plan, name, node, "a file"));
  PathBeside(plan->path, NodeText(node), path);
  PetscCall(SweepTableRead(plan->comm, path, &plan->table));
  for (PetscInt c = 0; c < plan->table.columns; c++) {
    PetscCall(AddAxis(plan, name, plan->table.name[c], &axis));
    for (PetscInt r = 0; r < plan->table.rows; r++) {
      NoteText(&axis->swept, plan->table.cell[r * plan->table.columns + c]);
    }
  }
  PetscFunctionReturn(0);
}

static const Word words[] = {{"mode", ReadMode},     {"sample", ReadSample},
                             {"cases", ReadCases},   {"ranks_per_case", ReadRanksPerCase},
                             {"fields", ReadFields}, {"times", ReadTimes}};

static PetscErrorCode ReadEntry(SweepPlan plan, const char name[], struct fy_node *value)
{
  PetscFunctionBeginUser;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(words); i++) {
    if (strcmp(name, words[i].name)) continue;
    PetscCall(words[i].read(plan, name, value));
    PetscFunctionReturn(0);
  }
  PetscCall(ReadKey(plan, name, value));
  PetscFunctionReturn(0);
}

// ---- The number of cases ----

static PetscErrorCode CountProduct(SweepPlan plan)
{
  PetscFunctionBeginUser;
  plan->cases = 1;
  for (PetscInt a = 0; a < plan->axes; a++) {
    if (plan->axis[a].count > PETSC_MAX_INT / plan->cases) {
      PetscCall(Refuse(plan, "", "found too many cases, allowed: %d", PETSC_MAX_INT));
    }
    plan->cases *= plan->axis[a].count;
  }
  PetscFunctionReturn(0);
}

// Lists of one length, beside which a single value serves every case.
static PetscErrorCode CountZip(SweepPlan plan)
{
  const Axis *longest = plan->axis;

  PetscFunctionBeginUser;
  for (PetscInt a = 1; a < plan->axes; a++) {
    if (plan->axis[a].count > longest->count) longest = &plan->axis[a];
  }
  for (PetscInt a = 0; a < plan->axes; a++) {
    const PetscInt count = plan->axis[a].count;

    if (count == longest->count || count == 1) continue;
    PetscCall(Refuse(plan, plan->axis[a].swept.name,
                     "found %" PetscInt_FMT " values, allowed: %" PetscInt_FMT
                     ", as of %s, or 1 (mode: zip)",
                     count, longest->count, longest->swept.name));
  }
  plan->cases = longest->count;
  PetscFunctionReturn(0);
}

static PetscErrorCode CountSample(SweepPlan plan)
{
  PetscFunctionBeginUser;
  if (plan->sample_count == 0) PetscCall(Refuse(plan, "sample.count", "missing, allowed: >= 1"));
  if (plan->axes == 0) {
    PetscCall(Refuse(plan, "sample.ranges", "missing, allowed: KEY: [LOW, HIGH]"));
  }
  if (plan->method == SAMPLE_SOBOL && plan->axes > SOBOL_DIMENSIONS) {
    PetscCall(Refuse(plan, "sample.ranges", "found %" PetscInt_FMT " keys, allowed: %d by sobol",
                     plan->axes, SOBOL_DIMENSIONS));
  }
  plan->cases = plan->sample_count;
  PetscFunctionReturn(0);
}

static PetscErrorCode CountCases(SweepPlan plan)
{
  PetscFunctionBeginUser;
  switch (plan->source) {
    case SOURCE_KEYS:
      PetscCall(plan->mode == MODE_ZIP ? CountZip(plan) : CountProduct(plan));
      break;
    case SOURCE_SAMPLE:
      PetscCall(CountSample(plan));
      break;
    case SOURCE_TABLE:
      plan->cases = plan->table.rows;
      break;
    default:
      PetscCall(Refuse(plan, "", "found no key, allowed: keys with their values, sample or cases"));
  }
  PetscFunctionReturn(0);
}

// ---- The section ----

static int LineOf(struct fy_node *scalar, int line)
{
  struct fy_token *const token = fy_node_get_scalar_token(scalar);
  const struct fy_mark *const mark = token ? fy_token_start_mark(token) : NULL;

  return mark ? mark->line + 1 : line;
}

static PetscErrorCode ReadSection(SweepPlan plan, struct fy_node *section)
{
  struct fy_node_pair *pair;
  void *position = NULL;
  const int line = plan->line;

  PetscFunctionBeginUser;
  if (!section || !fy_node_is_mapping(section)) {
    PetscCall(RefuseNode(plan, "", section, "a mapping, such as electrolyte.concentration: [...]"));
  }
  while ((pair = fy_node_mapping_iterate(section, &position))) {
    plan->line = LineOf(fy_node_pair_key(pair), line);
    PetscCall(ReadEntry(plan, NodeText(fy_node_pair_key(pair)), fy_node_pair_value(pair)));
  }
  plan->line = line;
  PetscCall(CountCases(plan));
  PetscFunctionReturn(0);
}

// A new entry; for libfyaml "mode " is the key that "mode" is, and there cannot be both.
static PetscErrorCode AppendValue(SweepPlan plan, struct fy_node *mapping, const char name[],
                                  struct fy_node *value)
{
  struct fy_node *const key = fy_node_create_scalar_copy(fy_node_document(mapping), name, FY_NT);

  PetscFunctionBeginUser;
  if (fy_node_mapping_append(mapping, key, value) == 0) PetscFunctionReturn(0);
  (void)fy_node_free(key);
  (void)fy_node_free(value);
  PetscCall(Refuse(plan, name, "found a key beside one that differs by blanks, allowed: the same"));
  PetscFunctionReturn(0);
}

/* Puts a value into a mapping by a dotted name: in the place of the entry of that name, into an
   entry that begins it ("sample" of "sample.count"), or as a new one. */
static PetscErrorCode SetValue(SweepPlan plan, struct fy_node *mapping, const char name[],
                               struct fy_node *value)
{
  struct fy_node_pair *pair;
  void *position = NULL;

  PetscFunctionBeginUser;
  while ((pair = fy_node_mapping_iterate(mapping, &position))) {
    const char *const key = NodeText(fy_node_pair_key(pair));
    const size_t length = strlen(key);

    if (strcmp(key, name) == 0) {
      PetscCheck(!fy_node_pair_set_value(pair, value), plan->comm, PETSC_ERR_LIB,
                 "libfyaml cannot set a value");
      PetscFunctionReturn(0);
    }
    if (strncmp(key, name, length) == 0 && name[length] == '.' &&
        fy_node_is_mapping(fy_node_pair_value(pair))) {
      PetscCall(SetValue(plan, fy_node_pair_value(pair), name + length + 1, value));
      PetscFunctionReturn(0);
    }
  }
  PetscCall(AppendValue(plan, mapping, name, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckSettingYaml(SweepPlan plan, const char name[], const char text[])
{
  YamlSize size;

  PetscFunctionBeginUser;
  PetscCall(YamlMeasure(text, &size));
  if (size.zero_line) {
    PetscCall(Refuse(plan, name, "found a zero byte (\\0) in a text, allowed: none"));
  }
  if (size.line) {
    PetscCall(Refuse(plan, name, "found more values, allowed: %d", MAXIMUM_YAML_NODES));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode ApplySetting(SweepPlan plan, struct fy_node *section, const char setting[])
{
  struct fy_document *const document = fy_node_document(section);
  const char *const equals = strchr(setting, '=');
  char name[KEY_NAME_LENGTH];
  struct fy_node *value;

  PetscFunctionBeginUser;
  snprintf(name, sizeof(name), "%.*s", (int)(equals - setting), setting);
  if (TextBadLine(setting)) PetscCall(Refuse(plan, name, TEXT_MISTAKE));
  if (equals[1] == '[' || equals[1] == '{') {
    PetscCall(CheckSettingYaml(plan, name, equals + 1));
    value = fy_node_build_from_string(document, equals + 1, FY_NT);
    if (!value) PetscCall(Refuse(plan, name, "found no YAML, allowed: a value"));
  } else {
    value = fy_node_create_scalar_copy(document, equals + 1, FY_NT);
  }
  PetscCall(SetValue(plan, section, name, value));
  PetscFunctionReturn(0);
}

static PetscErrorCode ApplySettings(SweepPlan plan, struct fy_node *section)
{
  const size_t prefix = strlen(SETTING_PREFIX);

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < plan->number_of_settings; i++) {
    if (strncmp(plan->settings[i], SETTING_PREFIX, prefix)) continue;
    if (strchr(plan->settings[i], '=')) {
      PetscCall(ApplySetting(plan, section, plan->settings[i] + prefix));
    }
  }
  PetscFunctionReturn(0);
}

// The section in a document, a new and empty one where the file has none; and its line.
static PetscErrorCode FindSection(SweepPlan plan, struct fy_document *document,
                                  struct fy_node **section)
{
  struct fy_node *const root = fy_document_root(document);
  struct fy_node_pair *const pair = fy_node_mapping_lookup_pair_by_simple_key(root, "sweep", FY_NT);

  PetscFunctionBeginUser;
  plan->line = 1;
  if (pair) {
    plan->line = LineOf(fy_node_pair_key(pair), plan->line);
    *section = fy_node_pair_value(pair);
    PetscFunctionReturn(0);
  }
  *section = fy_node_create_mapping(document);
  PetscCheck(*section && !fy_node_mapping_append(
                             root, fy_node_create_scalar(document, "sweep", FY_NT), *section),
             plan->comm, PETSC_ERR_LIB, "libfyaml cannot add a section");
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadDocument(SweepPlan plan, struct fy_document *document)
{
  struct fy_node *section;

  PetscFunctionBeginUser;
  PetscCall(FindSection(plan, document, &section));
  if (section && fy_node_is_mapping(section)) PetscCall(ApplySettings(plan, section));
  PetscCall(ReadSection(plan, section));
  PetscFunctionReturn(0);
}

/* Keeps quiet, or libfyaml prints what is wrong with a setting.  What is wrong with the YAML of the
   file as such is told by io/case_input.c, which reads it before. */
static PetscErrorCode ReadText(SweepPlan plan, const char text[])
{
  struct fy_diag_cfg quiet;

  PetscFunctionBeginUser;
  fy_diag_cfg_default(&quiet);
  quiet.fp = NULL;
  struct fy_diag *const messages = fy_diag_create(&quiet);
  const struct fy_parse_cfg config = {
      .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_RESOLVE_DOCUMENT, .diag = messages};
  struct fy_document *const document = fy_document_build_from_string(&config, text, FY_NT);
  const PetscBool is_mapping = (PetscBool)(document && fy_document_root(document) &&
                                           fy_node_is_mapping(fy_document_root(document)));
  PetscErrorCode ierr = is_mapping ? ReadDocument(plan, document) : PETSC_ERR_USER_INPUT;
  fy_document_destroy(document);
  fy_diag_destroy(messages);
  PetscCheck(is_mapping, plan->comm, PETSC_ERR_USER_INPUT, "%s: found no case", plan->path);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadFile(SweepPlan plan)
{
  char *text;
  int error;

  PetscFunctionBeginUser;
  PetscCall(TextFileRead(plan->comm, plan->path, &text, &error));
  PetscCheck(!error, plan->comm, PETSC_ERR_FILE_OPEN, "%s: cannot be read: %s", plan->path,
             strerror(error));
  PetscErrorCode ierr = ReadText(plan, text);
  PetscCall(PetscFree(text));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode AllocateSettings(SweepPlan plan)
{
  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(plan->axes, &plan->setting));
  for (PetscInt a = 0; a < plan->axes; a++) {
    const SweptKey *const swept = &plan->axis[a].swept;

    PetscCall(PetscMalloc1(strlen(swept->name) + swept->length + NUMBER_LENGTH, &plan->setting[a]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SweepPlanCreate(MPI_Comm comm, const char path[], PetscInt number_of_settings,
                               const char *const settings[], SweepPlan *plan)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(plan));
  (*plan)->comm = comm;
  (*plan)->path = path;
  (*plan)->number_of_settings = number_of_settings;
  (*plan)->settings = settings;
  (*plan)->seed = 1;
  (*plan)->ranks_per_case = 1;
  (*plan)->times = 50;
  PetscErrorCode ierr = ReadFile(*plan);
  if (!ierr) ierr = AllocateSettings(*plan);
  if (ierr) PetscCall(SweepPlanDestroy(plan));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode SweepPlanDestroy(SweepPlan *plan)
{
  SweepPlan p = *plan;

  PetscFunctionBeginUser;
  if (!p) PetscFunctionReturn(0);
  for (PetscInt a = 0; a < p->axes; a++) {
    for (PetscInt i = 0; i < p->axis[a].count && p->axis[a].text; i++) {
      PetscCall(PetscFree(p->axis[a].text[i]));
    }
    PetscCall(PetscFree(p->axis[a].text));
    PetscCall(PetscFree(*(char **)&p->axis[a].swept.name));
    if (p->setting) PetscCall(PetscFree(p->setting[a]));
  }
  PetscCall(SweepTableDestroy(&p->table));
  PetscCall(PetscFree(p->setting));
  PetscCall(PetscFree(p->axis));
  PetscCall(PetscFree(*plan));
  PetscFunctionReturn(0);
}

// ---- What others ask ----

PetscInt SweepPlanCases(SweepPlan plan)
{
  return plan->cases;
}

PetscInt SweepPlanKeys(SweepPlan plan)
{
  return plan->axes;
}

const SweptKey *SweepPlanKey(SweepPlan plan, PetscInt key)
{
  return &plan->axis[key].swept;
}

PetscInt SweepPlanRanksPerCase(SweepPlan plan)
{
  return plan->ranks_per_case;
}

void SweepPlanTakeOutput(SweepPlan plan, const char fields[], const char times[])
{
  static const char *const names[] = {"none", "last", "all"};  // as StoredFields numbers them

  for (int f = FIELDS_NONE; f <= FIELDS_ALL && fields && !plan->has_fields; f++) {
    if (strcmp(fields, names[f]) == 0) plan->fields = (StoredFields)f;
  }
  if (times && !plan->has_times) plan->times = PetscMax(2, (PetscInt)strtol(times, NULL, 10));
}

StoredFields SweepPlanFields(SweepPlan plan)
{
  return plan->fields;
}

PetscInt SweepPlanTimes(SweepPlan plan)
{
  return plan->times;
}

void SweepPlanPrintKeys(FILE *stream)
{
  fputs(
      "\nsweep.KEY                            a key of the case by its dotted name, and its "
      "values:\n"
      "    a list, [VALUE, ...], or {from: VALUE, to: VALUE, count: N, spacing: linear | log}.\n"
      "sweep.mode                           product (default) of the keys' values, or zip.\n"
      "sweep.sample                         instead of keys: {method: latin_hypercube | sobol | "
      "random,\n"
      "    count: N, seed: N, ranges: {KEY: [LOW, HIGH], ...}}.\n"
      "sweep.cases                          instead of keys: FILE.csv, a row of keys, then one a "
      "case.\n"
      "sweep.ranks_per_case                 ranks that solve a case together (default 1).\n"
      "sweep.fields                         none (default), last, all: fields and history of "
      "every\n"
      "    case; else what output.fields says where the case has it.\n"
      "sweep.times                          stored times of a case (default 50, or "
      "output.times).\n",
      stream);
}

// ---- The settings of a case ----

// A number of the range, at this share of the way from one end to the other.
static PetscReal NumberAt(const Axis *axis, PetscReal share)
{
  const PetscReal from = axis->ends[0], to = axis->ends[1];
  PetscReal value = axis->logarithmic ? from * pow(to / from, share) : from + share * (to - from);

  if (share <= 0) value = from;
  if (share >= 1) value = to;
  return axis->whole ? round(value) : value;
}

// "2.5e-05 m", by the shortest decimal that is read back to the same bits.
static void FormatNumber(const Axis *axis, PetscReal value, char text[NUMBER_LENGTH])
{
  const char *const unit = axis->swept.key->unit;
  int digits = 14;

  do {
    snprintf(text, NUMBER_LENGTH, "%.*g", ++digits, value);
  } while (digits < 17 && strtod(text, NULL) != value);
  if (axis->whole) snprintf(text, NUMBER_LENGTH, "%.0f", value);
  if (unit) {
    strncat(text, " ", NUMBER_LENGTH - strlen(text) - 1);
    strncat(text, unit, NUMBER_LENGTH - strlen(text) - 1);
  }
}

// Which of the values of an axis a case has.
static PetscInt ValueIndex(SweepPlan plan, PetscInt a, PetscInt number)
{
  if (plan->mode == MODE_ZIP) return plan->axis[a].count == 1 ? 0 : number;
  for (PetscInt b = plan->axes - 1; b > a; b--) number /= plan->axis[b].count;
  return number % plan->axis[a].count;
}

static const char *ValueText(SweepPlan plan, PetscInt a, PetscInt number,
                             char buffer[NUMBER_LENGTH])
{
  const Axis *const axis = &plan->axis[a];

  if (plan->source == SOURCE_TABLE) return plan->table.cell[number * plan->table.columns + a];
  if (plan->source == SOURCE_SAMPLE) {
    FormatNumber(axis,
                 NumberAt(axis, SampleCoordinate(plan->method, plan->seed, (uint64_t)plan->cases, a,
                                                 (uint64_t)number)),
                 buffer);
    return buffer;
  }
  const PetscInt index = ValueIndex(plan, a, number);
  if (axis->text) return axis->text[index];
  FormatNumber(axis, NumberAt(axis, (PetscReal)index / (PetscReal)(axis->count - 1)), buffer);
  return buffer;
}

PetscErrorCode SweepPlanSettings(SweepPlan plan, PetscInt number, const char *const **settings)
{
  char buffer[NUMBER_LENGTH];

  PetscFunctionBeginUser;
  for (PetscInt a = 0; a < plan->axes; a++) {
    const SweptKey *const swept = &plan->axis[a].swept;

    snprintf(plan->setting[a], strlen(swept->name) + swept->length + NUMBER_LENGTH, "%s=%s",
             swept->name, ValueText(plan, a, number, buffer));
  }
  *settings = (const char *const *)plan->setting;
  PetscFunctionReturn(0);
}

const char *SweepPlanText(const char setting[])
{
  return strchr(setting, '=') + 1;
}

PetscErrorCode SweepPlanValue(const SweptKey *key, const char setting[], PetscReal *value)
{
  const char *mistake;

  PetscFunctionBeginUser;
  *value = NAN;
  if (!key->is_text) {
    PetscCall(QuantityParse(SweepPlanText(setting), key->key->unit, value, &mistake));
  }
  PetscFunctionReturn(0);
}
