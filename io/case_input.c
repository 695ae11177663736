#include "io/case_input.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "io/case_keys.h"
#include "io/text_file.h"
#include "io/yaml_size.h"

#define MAXIMUM_MESSAGE_LENGTH 1536  // PETSc cuts at 2048
#define MAXIMUM_FOUND_LENGTH 120     // of a value that is shown in a message

struct _p_CaseInput {
  MPI_Comm comm;
  KeySet set;           // of names the file may use
  const char *path;     // of the file, while it is read; lent by the caller
  const char *setting;  // the --set option that is read; NULL: the file
  PetscInt number_of_entries, capacity;
  CaseEntry *entry;
  PetscInt places;  // of the index, a power of two; 0: it is to be made anew
  PetscInt *index;  // [places], by the hash of a name: 1 + the entry's number; 0: free
};

// ---- Messages ----

// Where line `line` (from 1) of what is being read stands, in words.
static void PlaceOfLine(CaseInput input, int line, char place[], size_t size)
{
  if (input->setting) {
    snprintf(place, size, "--set %.*s", MAXIMUM_FOUND_LENGTH, input->setting);
  } else {
    snprintf(place, size, "%s:%d", input->path, line);
  }
}

// A message is one line, whatever the user wrote.
static void MakeOneLine(char text[])
{
  for (; *text; text++) {
    if ((unsigned char)*text < ' ' || *text == 0x7f) *text = ' ';
  }
}

MPI_Comm CaseInputComm(CaseInput input)
{
  return input->comm;
}

static PetscErrorCode RefuseAt(CaseInput input, const char place[], const char name[],
                               const char message[], va_list arguments)
{
  char text[MAXIMUM_MESSAGE_LENGTH];
  size_t used;

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(text, sizeof(text), "%s: %s%s", place, name, name[0] ? ": " : ""));
  PetscCall(PetscStrlen(text, &used));
  vsnprintf(text + used, sizeof(text) - used, message, arguments);
  MakeOneLine(text);
  SETERRQ(input->comm, PETSC_ERR_USER_INPUT, "%s", text);
}

// Refuses what stands in a line of what is being read, with or without a name for it.
static PetscErrorCode RefuseLine(CaseInput input, int line, const char name[], const char message[],
                                 ...) PETSC_ATTRIBUTE_FORMAT(4, 5);

static PetscErrorCode RefuseLine(CaseInput input, int line, const char name[], const char message[],
                                 ...)
{
  char place[PETSC_MAX_PATH_LEN];
  va_list arguments;

  PetscFunctionBeginUser;
  PlaceOfLine(input, line, place, sizeof(place));
  va_start(arguments, message);
  PetscErrorCode ierr = RefuseAt(input, place, name, message, arguments);
  va_end(arguments);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

// Cuts the last part off a name; false where nothing is left to cut.
static PetscBool ToParent(char name[])
{
  char *const dot = strrchr(name, '.');

  if (!name[0]) return PETSC_FALSE;
  *(dot ? dot : name) = '\0';
  return PETSC_TRUE;
}

static const char *FindPlace(CaseInput input, const char name[])
{
  const CaseEntry *entry = CaseInputFind(input, name);
  char ancestor[KEY_NAME_LENGTH];

  snprintf(ancestor, sizeof(ancestor), "%s", name);
  while (!entry && ToParent(ancestor)) entry = CaseInputFind(input, ancestor);
  return entry ? entry->place : input->path;
}

PetscErrorCode CaseInputRefuse(CaseInput input, const char name[], const char message[], ...)
{
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, message);
  PetscErrorCode ierr = RefuseAt(input, FindPlace(input, name), name, message, arguments);
  va_end(arguments);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode CaseInputRefuseAt(CaseInput input, const char place[], const char name[],
                                 const char message[], ...)
{
  va_list arguments;

  PetscFunctionBeginUser;
  va_start(arguments, message);
  PetscErrorCode ierr = RefuseAt(input, place, name, message, arguments);
  va_end(arguments);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

// ---- Entries ----

static size_t HashOf(const char name[])
{
  uint64_t hash = UINT64_C(0xcbf29ce484222325);  // FNV-1a

  for (; *name; name++) hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
  return (size_t)(hash ^ hash >> 32);
}

// The place in the index that has the name, or that it may take.
static PetscInt *PlaceInIndex(CaseInput input, const char name[])
{
  const size_t mask = (size_t)input->places - 1;
  size_t place = HashOf(name) & mask;

  while (input->index[place] && strcmp(input->entry[input->index[place] - 1].name, name) != 0) {
    place = (place + 1) & mask;
  }
  return &input->index[place];
}

// Of several entries of a name the first is found.
static void AddToIndex(CaseInput input, PetscInt number)
{
  PetscInt *const place = PlaceInIndex(input, input->entry[number].name);

  if (!*place) *place = number + 1;
}

// At most half full, so that every search ends soon.
static PetscErrorCode MakeIndex(CaseInput input)
{
  PetscInt places = 64;

  PetscFunctionBeginUser;
  while (places < 2 * (input->number_of_entries + 1)) places *= 2;
  PetscCall(PetscFree(input->index));
  PetscCall(PetscCalloc1(places, &input->index));
  input->places = places;
  for (PetscInt i = 0; i < input->number_of_entries; i++) AddToIndex(input, i);
  PetscFunctionReturn(0);
}

const CaseEntry *CaseInputFind(CaseInput input, const char name[])
{
  const PetscInt number = input->places ? *PlaceInIndex(input, name) : 0;

  return number ? &input->entry[number - 1] : NULL;
}

PetscInt CaseInputCount(CaseInput input, const char list[])
{
  char name[KEY_NAME_LENGTH];
  PetscInt n = -1;

  do {
    snprintf(name, sizeof(name), "%s.%" PetscInt_FMT, list, ++n);
  } while (CaseInputFind(input, name));
  return n;
}

// Appends an entry; the texts are copied, and the value may be NULL.
static PetscErrorCode AppendEntry(CaseInput input, const CaseEntry *texts)
{
  PetscFunctionBeginUser;
  if (input->number_of_entries == input->capacity) {
    input->capacity = 2 * input->capacity + 64;
    PetscCall(PetscRealloc(input->capacity * sizeof(*input->entry), &input->entry));
  }
  CaseEntry *const entry = &input->entry[input->number_of_entries];
  PetscCall(PetscMemzero(entry, sizeof(*entry)));
  input->number_of_entries++;  // from here on it is freed with the others
  PetscCall(PetscStrallocpy(texts->name, &entry->name));
  PetscCall(PetscStrallocpy(texts->value, &entry->value));
  PetscCall(PetscStrallocpy(texts->place, &entry->place));
  PetscCall(PetscStrallocpy(texts->folder, &entry->folder));
  if (input->places < 2 * input->number_of_entries) {
    PetscCall(MakeIndex(input));
  } else {
    AddToIndex(input, input->number_of_entries - 1);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddEntry(CaseInput input, const char name[], int line)
{
  const char *const slash = strrchr(input->path, '/');
  char place[PETSC_MAX_PATH_LEN], folder[PETSC_MAX_PATH_LEN], own_name[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  PlaceOfLine(input, line, place, sizeof(place));
  snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash + 1 - input->path) : 0, input->path);
  snprintf(own_name, sizeof(own_name), "%s", name);
  PetscCall(AppendEntry(input, &(CaseEntry){.name = own_name, .place = place, .folder = folder}));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetLastValue(CaseInput input, const char text[])
{
  PetscFunctionBeginUser;
  PetscCall(PetscStrallocpy(text, &input->entry[input->number_of_entries - 1].value));
  PetscFunctionReturn(0);
}

static PetscErrorCode FreeEntry(CaseEntry *entry)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(entry->name));
  PetscCall(PetscFree(entry->value));
  PetscCall(PetscFree(entry->place));
  PetscCall(PetscFree(entry->folder));
  PetscFunctionReturn(0);
}

// Whether the name is that one or stands below it.
static PetscBool IsWithin(const char name[], const char section[])
{
  const size_t length = strlen(section);

  return (PetscBool)(strncmp(name, section, length) == 0 && strchr(".", name[length]));
}

// Removes the entry of that name and all below it, keeping the order of the others.
static PetscErrorCode RemoveEntries(CaseInput input, const char name[])
{
  PetscInt kept = 0;

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < input->number_of_entries; i++) {
    CaseEntry *const entry = &input->entry[i];

    if (IsWithin(entry->name, name)) {
      PetscCall(FreeEntry(entry));
    } else {
      input->entry[kept++] = *entry;
    }
  }
  if (kept < input->number_of_entries) {
    input->number_of_entries = kept;
    PetscCall(MakeIndex(input));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CaseInputTake(CaseInput input, CaseInput other, const char name[])
{
  PetscFunctionBeginUser;
  if (!CaseInputFind(other, name)) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < other->number_of_entries; i++) {
    const CaseEntry *const entry = &other->entry[i];
    const PetscBool is_around = (PetscBool)(entry->name[0] && IsWithin(name, entry->name));

    if (!is_around && !IsWithin(entry->name, name)) continue;
    if (!CaseInputFind(input, entry->name)) PetscCall(AppendEntry(input, entry));
  }
  PetscFunctionReturn(0);
}

// ---- From nodes of YAML to entries ----

static PetscErrorCode RefuseShape(CaseInput input, const char name[], const char found[],
                                  CaseNodeKind kind, const CaseKey *key)
{
  char allowed[KEY_TEXT_LENGTH] = "a mapping of keys";

  PetscFunctionBeginUser;
  if (kind == NODE_LIST || kind == NODE_VALUE_LIST) snprintf(allowed, sizeof(allowed), "a list");
  if (kind == NODE_VALUE || kind == NODE_VALUE_OR_PARTS) key->type->allowed(key, allowed);
  if (kind == NODE_PART) snprintf(allowed, sizeof(allowed), "a text");
  PetscCall(CaseInputRefuse(input, name, "found %s, allowed: %s", found, allowed));
  PetscFunctionReturn(0);
}

static PetscErrorCode RefuseUnknown(CaseInput input, const char name[])
{
  char nearest[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  CaseKeyNearest(input->set, name, nearest);
  PetscCall(CaseInputRefuse(input, name, "unknown key; did you mean %s?", nearest));
  PetscFunctionReturn(0);
}

static void ChildName(const char name[], const char child[], char full[KEY_NAME_LENGTH])
{
  snprintf(full, KEY_NAME_LENGTH, "%s%s%s", name, name[0] ? "." : "", child);
}

// A scalar; one in the place of a list of values is its only element.
static PetscErrorCode AddText(CaseInput input, const char name[], const char text[], int line)
{
  char element[KEY_NAME_LENGTH], found[MAXIMUM_FOUND_LENGTH + 3];
  const CaseKey *key;
  const CaseNodeKind kind = CaseNodeFind(input->set, name, &key);

  PetscFunctionBeginUser;
  PetscCall(AddEntry(input, name, line));
  switch (kind) {
    case NODE_VALUE:
    case NODE_VALUE_OR_PARTS:
    case NODE_PART:
      PetscCall(SetLastValue(input, text));
      break;
    case NODE_VALUE_LIST:
      ChildName(name, "0", element);
      PetscCall(AddText(input, element, text, line));
      break;
    case NODE_UNKNOWN:
      PetscCall(RefuseUnknown(input, name));
      break;
    default:
      snprintf(found, sizeof(found), "'%.*s'", MAXIMUM_FOUND_LENGTH, text);
      PetscCall(RefuseShape(input, name, found, kind, key));
  }
  PetscFunctionReturn(0);
}

// The text of a scalar; NULL for other nodes.  A text with a zero byte in it is cut there: "\0".
static const char *ScalarText(struct fy_node *node)
{
  return fy_node_is_scalar(node) ? fy_node_get_scalar0(node) : NULL;
}

// The line of the first scalar in a node, which has none of its own; `line` where there is none.
static int FirstLine(struct fy_node *node, int line)
{
  void *position = NULL;

  while (node && !fy_node_is_scalar(node)) {
    position = NULL;
    if (fy_node_is_mapping(node)) {
      struct fy_node_pair *const pair = fy_node_mapping_iterate(node, &position);
      node = pair ? fy_node_pair_key(pair) : NULL;
    } else {
      node = fy_node_sequence_iterate(node, &position);
    }
  }
  const struct fy_mark *const mark =
      node ? fy_token_start_mark(fy_node_get_scalar_token(node)) : NULL;
  return mark ? mark->line + 1 : line;
}

static PetscErrorCode AddNode(CaseInput input, const char name[], struct fy_node *node, int line);

static PetscErrorCode AddMapping(CaseInput input, const char name[], struct fy_node *node, int line)
{
  struct fy_node_pair *pair;
  char child[KEY_NAME_LENGTH];
  void *position = NULL;

  PetscFunctionBeginUser;
  while ((pair = fy_node_mapping_iterate(node, &position))) {
    struct fy_node *const key_node = fy_node_pair_key(pair);
    const char *const key = ScalarText(key_node);

    line = FirstLine(key_node, line);
    if (!key)
      PetscCall(RefuseLine(input, line, "", "found a list or mapping as a key, allowed: text"));
    if (strchr(key, '.')) {
      PetscCall(RefuseLine(input, line, key, "found a dot in a key, allowed: nested mappings"));
    }
    if (!name[0] && strcmp(key, "sweep") == 0) continue;  // io/sweep_plan.c reads it
    ChildName(name, key, child);
    PetscCall(AddNode(input, child, fy_node_pair_value(pair), line));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddSequence(CaseInput input, const char name[], struct fy_node *node,
                                  int line)
{
  struct fy_node *item;
  char child[KEY_NAME_LENGTH], index[16];
  void *position = NULL;

  PetscFunctionBeginUser;
  for (int i = 0; (item = fy_node_sequence_iterate(node, &position)); i++) {
    snprintf(index, sizeof(index), "%d", i);
    ChildName(name, index, child);
    PetscCall(AddNode(input, child, item, FirstLine(item, line)));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddNode(CaseInput input, const char name[], struct fy_node *node, int line)
{
  const CaseKey *key;
  const CaseNodeKind kind = CaseNodeFind(input->set, name, &key);
  const PetscBool is_list = (PetscBool)(kind == NODE_LIST || kind == NODE_VALUE_LIST);

  PetscFunctionBeginUser;
  if (!node || fy_node_is_scalar(node)) {
    const char *const text = node ? ScalarText(node) : "";

    PetscCall(AddText(input, name, text ? text : "", line));
    PetscFunctionReturn(0);
  }
  PetscCall(AddEntry(input, name, line));
  if (kind == NODE_UNKNOWN) {
    PetscCall(RefuseUnknown(input, name));
  } else if (fy_node_is_mapping(node) && (kind == NODE_SECTION || kind == NODE_VALUE_OR_PARTS)) {
    PetscCall(AddMapping(input, name, node, line));
  } else if (fy_node_is_sequence(node) && is_list) {
    PetscCall(AddSequence(input, name, node, line));
  } else {
    const char *const found = fy_node_is_mapping(node) ? "a mapping" : "a list";

    PetscCall(RefuseShape(input, name, found, kind, key));
  }
  PetscFunctionReturn(0);
}

// ---- Texts of YAML ----

// A parser that keeps its messages for us instead of printing them.
static PetscErrorCode ParserCreate(const char text[], struct fy_diag **messages,
                                   struct fy_parser **parser)
{
  struct fy_diag_cfg quiet;

  PetscFunctionBeginUser;
  fy_diag_cfg_default(&quiet);
  quiet.fp = NULL;
  *messages = fy_diag_create(&quiet);
  PetscCheck(*messages, PETSC_COMM_SELF, PETSC_ERR_LIB, "fy_diag_create failed");
  fy_diag_set_collect_errors(*messages, true);
  // Aliases are resolved, so that a case may say a thing once: anode: &lithium {...}
  *parser = fy_parser_create(&(struct fy_parse_cfg){
      .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_RESOLVE_DOCUMENT, .diag = *messages});
  PetscCheck(*parser && !fy_parser_set_string(*parser, text, strlen(text)), PETSC_COMM_SELF,
             PETSC_ERR_LIB, "fy_parser_create failed");
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckSyntax(CaseInput input, struct fy_diag *messages, PetscBool is_empty,
                                  PetscBool has_more)
{
  void *position = NULL;
  const struct fy_diag_error *const error = fy_diag_errors_iterate(messages, &position);

  PetscFunctionBeginUser;
  if (error) PetscCall(RefuseLine(input, error->line, "", "%s", error->msg));
  if (is_empty) PetscCall(RefuseLine(input, 1, "", "found nothing, allowed: the keys of a case"));
  if (has_more) PetscCall(RefuseLine(input, 1, "", "found several YAML documents, allowed: one"));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckSize(CaseInput input, const char text[])
{
  YamlSize size;

  PetscFunctionBeginUser;
  PetscCall(YamlMeasure(text, &size));
  if (size.zero_line) {
    PetscCall(
        RefuseLine(input, size.zero_line, "", "found a zero byte (\\0) in a text, allowed: none"));
  }
  if (!size.line) PetscFunctionReturn(0);
  if (size.anchors > MAXIMUM_YAML_ANCHORS) {
    PetscCall(RefuseLine(input, size.line, "", "found more anchors (&NAME), allowed: %d",
                         MAXIMUM_YAML_ANCHORS));
  }
  PetscCall(RefuseLine(input, size.line, "",
                       "found more keys and values with the aliases (*NAME) replaced, allowed: %d",
                       MAXIMUM_YAML_NODES));
  PetscFunctionReturn(0);
}

// Adds what a text of YAML says to the entries, below `name`.
static PetscErrorCode AddYaml(CaseInput input, const char name[], const char text[])
{
  struct fy_diag *messages;
  struct fy_parser *parser;

  PetscFunctionBeginUser;
  PetscCall(CheckSize(input, text));
  PetscCall(ParserCreate(text, &messages, &parser));
  struct fy_document *const document = fy_parse_load_document(parser);
  struct fy_document *const second = document ? fy_parse_load_document(parser) : NULL;
  struct fy_node *const root = document ? fy_document_root(document) : NULL;
  PetscErrorCode ierr = CheckSyntax(input, messages, (PetscBool)!root, (PetscBool)(second != NULL));
  if (!ierr) ierr = AddNode(input, name, root, 1);
  if (second) fy_parse_document_destroy(parser, second);
  if (document) fy_parse_document_destroy(parser, document);
  fy_parser_destroy(parser);
  fy_diag_destroy(messages);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckCharacters(CaseInput input, const char text[])
{
  const int line = TextBadLine(text);

  PetscFunctionBeginUser;
  if (line) PetscCall(RefuseLine(input, line, "", TEXT_MISTAKE));
  PetscFunctionReturn(0);
}

// ---- The file ----

static PetscErrorCode AddFile(CaseInput input)
{
  char *text;
  int error;

  PetscFunctionBeginUser;
  PetscCall(TextFileRead(input->comm, input->path, &text, &error));
  PetscCheck(!error, input->comm, PETSC_ERR_FILE_OPEN, "%s: cannot be read: %s", input->path,
             strerror(error));
  PetscErrorCode ierr = CheckCharacters(input, text);
  if (!ierr) ierr = AddYaml(input, input->set == KEYS_OF_LIBRARY ? "electrolyte" : "", text);
  PetscCall(PetscFree(text));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

// ---- Settings ----

/* Adds the sections that `name` stands in where there are none.  A value that now gets a part is
   replaced by the mapping of its parts. */
static PetscErrorCode AddAncestors(CaseInput input, const char name[])
{
  char ancestor[KEY_NAME_LENGTH];

  PetscFunctionBeginUser;
  for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
    snprintf(ancestor, sizeof(ancestor), "%.*s", (int)(dot - name), name);
    const CaseEntry *const entry = CaseInputFind(input, ancestor);
    if (entry && entry->value) PetscCall(RemoveEntries(input, ancestor));
    if (!CaseInputFind(input, ancestor)) PetscCall(AddEntry(input, ancestor, 0));
  }
  PetscFunctionReturn(0);
}

// A setting may change an element of a list or add the next one; it cannot leave a gap.
static PetscErrorCode CheckNumbers(CaseInput input, const char name[])
{
  char list[KEY_NAME_LENGTH];
  const CaseKey *key;

  PetscFunctionBeginUser;
  for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
    snprintf(list, sizeof(list), "%.*s", (int)(dot - name), name);
    const CaseNodeKind kind = CaseNodeFind(input->set, list, &key);
    if (kind != NODE_LIST && kind != NODE_VALUE_LIST) continue;
    const long count = CaseInputCount(input, list), number = strtol(dot + 1, NULL, 10);
    if (number > count) {
      PetscCall(RefuseLine(input, 0, name, "found number %ld, allowed: 0 to %ld", number, count));
    }
  }
  PetscFunctionReturn(0);
}

/* VALUE is the text itself; only [...] and {...} are YAML, so that a title needs no quotes within
   those of the shell. */
static PetscErrorCode AddSetting(CaseInput input)
{
  const char *const equals = strchr(input->setting, '=');
  char name[KEY_NAME_LENGTH];
  const CaseKey *key;

  PetscFunctionBeginUser;
  PetscCall(CheckCharacters(input, input->setting));
  if (!equals || equals == input->setting) {
    PetscCall(RefuseLine(input, 0, "", "found no key, allowed: KEY=VALUE"));
  }
  PetscCall(PetscStrncpy(name, input->setting,
                         PetscMin((size_t)(equals - input->setting) + 1, sizeof(name))));
  if (CaseNodeFind(input->set, name, &key) != NODE_UNKNOWN) {
    PetscCall(CheckNumbers(input, name));
    PetscCall(RemoveEntries(input, name));
    PetscCall(AddAncestors(input, name));
  }
  if (equals[1] == '[' || equals[1] == '{') {
    PetscCall(AddYaml(input, name, equals + 1));
  } else {
    PetscCall(AddText(input, name, equals + 1, 0));
  }
  PetscFunctionReturn(0);
}

// ---- The whole ----

// The file, or what `base` has (NULL: none), and the settings.
static PetscErrorCode AddAll(CaseInput input, CaseInput base, PetscInt n,
                             const char *const settings[])
{
  PetscFunctionBeginUser;
  if (!base) PetscCall(AddFile(input));
  for (PetscInt i = 0; base && i < base->number_of_entries; i++) {
    PetscCall(AppendEntry(input, &base->entry[i]));
  }
  for (PetscInt i = 0; i < n; i++) {
    input->setting = settings[i];
    PetscCall(AddSetting(input));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Create(MPI_Comm comm, KeySet set, const char path[], CaseInput base,
                             PetscInt n, const char *const settings[], CaseInput *input)
{
  PetscFunctionBeginUser;
  PetscCall(PetscNew(input));
  (*input)->comm = comm;
  (*input)->set = set;
  (*input)->path = path;
  PetscErrorCode ierr = AddAll(*input, base, n, settings);
  if (ierr) PetscCall(CaseInputDestroy(input));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode CaseInputCreate(MPI_Comm comm, const char path[], PetscInt number_of_settings,
                               const char *const settings[], CaseInput *input)
{
  PetscFunctionBeginUser;
  PetscCall(Create(comm, KEYS_OF_CASE, path, NULL, number_of_settings, settings, input));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseInputCreateLibrary(MPI_Comm comm, const char path[], CaseInput *input)
{
  PetscFunctionBeginUser;
  PetscCall(Create(comm, KEYS_OF_LIBRARY, path, NULL, 0, NULL, input));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseInputExtend(CaseInput base, PetscInt number_of_settings,
                               const char *const settings[], CaseInput *input)
{
  PetscFunctionBeginUser;
  PetscCall(
      Create(PETSC_COMM_SELF, base->set, base->path, base, number_of_settings, settings, input));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseInputDestroy(CaseInput *input)
{
  PetscFunctionBeginUser;
  if (!*input) PetscFunctionReturn(0);
  for (PetscInt i = 0; i < (*input)->number_of_entries; i++) {
    PetscCall(FreeEntry(&(*input)->entry[i]));
  }
  PetscCall(PetscFree((*input)->entry));
  PetscCall(PetscFree((*input)->index));
  PetscCall(PetscFree(*input));
  PetscFunctionReturn(0);
}
