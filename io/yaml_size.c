#include "io/yaml_size.h"

#include <libfyaml.h>
#include <string.h>

#define MAXIMUM_DEPTH 256  // libfyaml takes fewer

// A node that has a name, with all that is in it.
typedef struct {
  char *name;
  double nodes;
} Anchor;

typedef struct {
  double nodes_before;  // in the text, when the list or mapping began
  PetscInt anchor;      // that is its name; -1: none
} Open;

typedef struct {
  YamlSize *size;
  PetscInt depth;
  Open open[MAXIMUM_DEPTH];
  Anchor *anchor;  // [MAXIMUM_YAML_ANCHORS], those that are used
} Measurement;

static PetscErrorCode CopyName(struct fy_token *token, char **name)
{
  size_t length = 0;
  const char *const text = fy_token_get_text(token, &length);

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc1(length + 1, name));
  if (text) memcpy(*name, text, length);
  PetscFunctionReturn(0);
}

// The place of a name in the list, a new one of the same name before older ones.
static PetscErrorCode AddAnchor(Measurement *m, struct fy_token *token, PetscInt *place)
{
  PetscFunctionBeginUser;
  *place = -1;
  if (!token) PetscFunctionReturn(0);
  if (m->size->anchors++ == MAXIMUM_YAML_ANCHORS) PetscFunctionReturn(0);
  *place = m->size->anchors - 1;
  PetscCall(CopyName(token, &m->anchor[*place].name));
  PetscFunctionReturn(0);
}

static void Begin(Measurement *m, PetscInt anchor)
{
  m->open[m->depth++] = (Open){.nodes_before = m->size->nodes, .anchor = anchor};
  m->size->nodes++;
}

static void End(Measurement *m)
{
  const Open *const open = &m->open[--m->depth];

  if (open->anchor >= 0) m->anchor[open->anchor].nodes = m->size->nodes - open->nodes_before;
}

static PetscErrorCode AddAlias(Measurement *m, struct fy_token *token)
{
  double nodes = 1;  // of one that is not known, or is within what it stands for
  char *name;

  PetscFunctionBeginUser;
  PetscCall(CopyName(token, &name));
  for (PetscInt a = m->size->anchors; a-- > 0;) {
    if (strcmp(m->anchor[a].name, name) != 0) continue;
    nodes = PetscMax(1, m->anchor[a].nodes);
    break;
  }
  m->size->nodes += nodes;
  PetscCall(PetscFree(name));
  PetscFunctionReturn(0);
}

static void FindZero(Measurement *m, struct fy_token *token)
{
  const struct fy_mark *const mark = fy_token_start_mark(token);
  size_t length = 0;
  const char *const text = fy_token_get_text(token, &length);

  if (m->size->zero_line || !text || !memchr(text, '\0', length)) return;
  m->size->zero_line = mark ? mark->line + 1 : 1;
}

static PetscErrorCode TakeEvent(Measurement *m, struct fy_event *event)
{
  PetscInt anchor = -1;

  PetscFunctionBeginUser;
  switch (event->type) {
    case FYET_MAPPING_START:
      PetscCall(AddAnchor(m, event->mapping_start.anchor, &anchor));
      Begin(m, anchor);
      break;
    case FYET_SEQUENCE_START:
      PetscCall(AddAnchor(m, event->sequence_start.anchor, &anchor));
      Begin(m, anchor);
      break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
      End(m);
      break;
    case FYET_SCALAR:
      FindZero(m, event->scalar.value);
      PetscCall(AddAnchor(m, event->scalar.anchor, &anchor));
      Begin(m, anchor);
      End(m);
      break;
    case FYET_ALIAS:
      PetscCall(AddAlias(m, event->alias.anchor));
      break;
    default:
      break;
  }
  PetscFunctionReturn(0);
}

// To the end of the text, or to where it is too large.
static PetscErrorCode Measure(Measurement *m, struct fy_parser *parser)
{
  struct fy_event *event;
  PetscErrorCode ierr = 0;

  PetscFunctionBeginUser;
  while (!ierr && !m->size->line && m->depth < MAXIMUM_DEPTH - 1 &&
         (event = fy_parser_parse(parser))) {
    const struct fy_mark *const mark = fy_event_start_mark(event);

    ierr = TakeEvent(m, event);
    if (m->size->nodes > MAXIMUM_YAML_NODES || m->size->anchors > MAXIMUM_YAML_ANCHORS) {
      m->size->line = mark ? mark->line + 1 : 1;
    }
    fy_parser_event_free(parser, event);
  }
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode YamlMeasure(const char text[], YamlSize *size)
{
  struct fy_diag_cfg quiet;
  struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG};
  Measurement m = {.size = size};
  struct fy_parser *parser;

  PetscFunctionBeginUser;
  fy_diag_cfg_default(&quiet);
  quiet.fp = NULL;
  config.diag = fy_diag_create(&quiet);  // what is wrong is told by whoever reads the text
  PetscCheck(config.diag, PETSC_COMM_SELF, PETSC_ERR_MEM, "for reading YAML");
  fy_diag_set_collect_errors(config.diag, true);
  *size = (YamlSize){.nodes = 0};
  PetscCall(PetscCalloc1(MAXIMUM_YAML_ANCHORS, &m.anchor));
  parser = fy_parser_create(&config);
  PetscCheck(parser && !fy_parser_set_string(parser, text, strlen(text)), PETSC_COMM_SELF,
             PETSC_ERR_MEM, "for reading YAML");
  PetscErrorCode ierr = Measure(&m, parser);
  fy_parser_destroy(parser);
  fy_diag_destroy(config.diag);
  for (PetscInt a = 0; a < PetscMin(size->anchors, MAXIMUM_YAML_ANCHORS); a++) {
    PetscCall(PetscFree(m.anchor[a].name));
  }
  PetscCall(PetscFree(m.anchor));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
