#ifndef SANDGLASS_IO_JSON_H
#define SANDGLASS_IO_JSON_H

#include <petscsys.h>
#include <stdio.h>

/* What --json prints: one object, built and emitted by libfyaml, which reads the cases, too.  A
   node belongs to the document of the object it was made for. */
struct fy_document;
struct fy_node;

/* A document whose root is an empty object. */
PetscErrorCode JsonCreate(struct fy_document **document, struct fy_node **root);

/* Prints the document and a line's end, and frees it. */
PetscErrorCode JsonPrint(FILE *stream, struct fy_document **document);

/* Empty ones for a key of the object, or for the end of the list. */
PetscErrorCode JsonAppendObject(struct fy_node *object, const char key[], struct fy_node **value);
PetscErrorCode JsonAppendList(struct fy_node *object, const char key[], struct fy_node **value);
PetscErrorCode JsonListAppendObject(struct fy_node *list, struct fy_node **value);

/* Texts are copied.  A number that is not finite is null. */
PetscErrorCode JsonAppendText(struct fy_node *object, const char key[], const char text[]);
PetscErrorCode JsonAppendReal(struct fy_node *object, const char key[], PetscReal value);
PetscErrorCode JsonAppendInteger(struct fy_node *object, const char key[], PetscInt value);
PetscErrorCode JsonAppendBoolean(struct fy_node *object, const char key[], PetscBool value);
PetscErrorCode JsonListAppendText(struct fy_node *list, const char text[]);
PetscErrorCode JsonListAppendReal(struct fy_node *list, PetscReal value);

#endif
