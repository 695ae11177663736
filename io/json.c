#include "io/json.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode Append(struct fy_node *object, const char key[], struct fy_node *value)
{
  struct fy_node *const key_node = fy_node_create_scalar_copy(fy_node_document(object), key, FY_NT);

  PetscFunctionBeginUser;
  PetscCheck(key_node && value && fy_node_mapping_append(object, key_node, value) == 0,
             PETSC_COMM_SELF, PETSC_ERR_LIB, "JSON: cannot append '%s'", key);
  PetscFunctionReturn(0);
}

static PetscErrorCode AppendToList(struct fy_node *list, struct fy_node *value)
{
  PetscFunctionBeginUser;
  PetscCheck(value && fy_node_sequence_append(list, value) == 0, PETSC_COMM_SELF, PETSC_ERR_LIB,
             "JSON: cannot append to a list");
  PetscFunctionReturn(0);
}

/* Plain text that reads as a number, a truth value or null comes out without quotes. */
static struct fy_node *Plain(struct fy_node *parent, const char text[])
{
  return fy_node_create_scalar_copy(fy_node_document(parent), text, FY_NT);
}

/* Every other text is built from its quoted form: a title of "2008" stays a text. */
static struct fy_node *Quoted(struct fy_node *parent, const char text[])
{
  const size_t length = strlen(text);
  char *const quoted = malloc(6 * length + 3);  // at most six characters for one, \u001b
  size_t used = 0;

  if (!quoted) return NULL;
  quoted[used++] = '"';
  for (size_t i = 0; i < length; i++) {
    const unsigned char character = (unsigned char)text[i];

    if (character < ' ') {
      used += (size_t)snprintf(&quoted[used], 7, "\\u%04x", character);
    } else {
      if (character == '"' || character == '\\') quoted[used++] = '\\';
      quoted[used++] = (char)character;
    }
  }
  quoted[used++] = '"';
  return fy_node_build_from_malloc_string(fy_node_document(parent), quoted, used);  // takes it
}

static void WriteReal(PetscReal value, char text[32])
{
  if (PetscIsInfOrNanReal(value) || PetscAbsReal(value) >= PETSC_INFINITY) {
    snprintf(text, 32, "null");
  } else {
    snprintf(text, 32, "%.17g", (double)value);
  }
}

PetscErrorCode JsonCreate(struct fy_document **document, struct fy_node **root)
{
  PetscFunctionBeginUser;
  *document = fy_document_create(NULL);
  PetscCheck(*document, PETSC_COMM_SELF, PETSC_ERR_MEM, "JSON: no memory");
  *root = fy_node_create_mapping(*document);
  fy_document_set_root(*document, *root);
  PetscFunctionReturn(0);
}

PetscErrorCode JsonPrint(FILE *stream, struct fy_document **document)
{
  char *text = fy_emit_document_to_string(*document, FYECF_MODE_JSON);

  PetscFunctionBeginUser;
  PetscCheck(text, PETSC_COMM_SELF, PETSC_ERR_LIB, "JSON: cannot be emitted");
  fputs(text, stream);
  free(text);
  fy_document_destroy(*document);
  *document = NULL;
  PetscFunctionReturn(0);
}

PetscErrorCode JsonAppendObject(struct fy_node *object, const char key[], struct fy_node **value)
{
  PetscFunctionBeginUser;
  *value = fy_node_create_mapping(fy_node_document(object));
  PetscCall(Append(object, key, *value));
  PetscFunctionReturn(0);
}

PetscErrorCode JsonAppendList(struct fy_node *object, const char key[], struct fy_node **value)
{
  PetscFunctionBeginUser;
  *value = fy_node_create_sequence(fy_node_document(object));
  PetscCall(Append(object, key, *value));
  PetscFunctionReturn(0);
}

PetscErrorCode JsonListAppendObject(struct fy_node *list, struct fy_node **value)
{
  PetscFunctionBeginUser;
  *value = fy_node_create_mapping(fy_node_document(list));
  PetscCall(AppendToList(list, *value));
  PetscFunctionReturn(0);
}

PetscErrorCode JsonAppendText(struct fy_node *object, const char key[], const char text[])
{
  PetscFunctionBeginUser;
  PetscCall(Append(object, key, Quoted(object, text)));
  PetscFunctionReturn(0);
}

PetscErrorCode JsonAppendReal(struct fy_node *object, const char key[], PetscReal value)
{
  char text[32];

  PetscFunctionBeginUser;
  WriteReal(value, text);
  PetscCall(Append(object, key, Plain(object, text)));
  PetscFunctionReturn(0);
}

PetscErrorCode JsonAppendInteger(struct fy_node *object, const char key[], PetscInt value)
{
  char text[32];

  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(text, sizeof(text), "%" PetscInt_FMT, value));
  PetscCall(Append(object, key, Plain(object, text)));
  PetscFunctionReturn(0);
}

PetscErrorCode JsonAppendBoolean(struct fy_node *object, const char key[], PetscBool value)
{
  PetscFunctionBeginUser;
  PetscCall(Append(object, key, Plain(object, value ? "true" : "false")));
  PetscFunctionReturn(0);
}

PetscErrorCode JsonListAppendText(struct fy_node *list, const char text[])
{
  PetscFunctionBeginUser;
  PetscCall(AppendToList(list, Quoted(list, text)));
  PetscFunctionReturn(0);
}

PetscErrorCode JsonListAppendReal(struct fy_node *list, PetscReal value)
{
  char text[32];

  PetscFunctionBeginUser;
  WriteReal(value, text);
  PetscCall(AppendToList(list, Plain(list, text)));
  PetscFunctionReturn(0);
}
