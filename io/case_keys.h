#ifndef SANDGLASS_IO_CASE_KEYS_H
#define SANDGLASS_IO_CASE_KEYS_H

#include <petscsys.h>
#include <stdio.h>

#include "solver/case.h"

/* The keys of a case, one row each in one table.  Everything that deals with keys walks over it:
   reading and checking, --set, the messages, the resolved case, `sandglass keys`.  To add a key to
   a case, add a field to its struct and a row to the table. */

#define KEY_NAME_LENGTH 128  // of a dotted name; none of ours is half as long
#define KEY_TEXT_LENGTH 512  // of what is said about a key

typedef struct _CaseKey CaseKey;

/* A key of the mapping that may stand in place of a value. */
typedef struct {
  const char *name;
  const char *allowed;  // what a user may write, in words
} ValuePart;

/* How the values of a key are written (io/case_values.h lists the types there are). */
typedef struct {
  // Where `text` is no value of the key, *mistake says why ("": outside of what is allowed) and
  // the field is left alone; otherwise *mistake is NULL.  NULL: the field is worked out of several
  // keys, by the reader, and so is its default.
  PetscErrorCode (*read)(const CaseKey *key, const char text[], void *field, const char **mistake);
  // As YAML that `read` takes back to the same bits; writes nothing where the field is not set.
  void (*write)(const CaseKey *key, const void *field, FILE *stream);
  // What a user may write, in words.
  void (*allowed)(const CaseKey *key, char text[KEY_TEXT_LENGTH]);
  // `expression` and the like, up to one without a name; NULL: there are none.
  const ValuePart *parts;
} ValueType;

/* Whose field it is.  A case has several ions, two boundaries and many steps: one row serves them
   all.  KEY_OF_LIBRARY are those that a file of the library of electrolytes has for itself. */
typedef enum { KEY_OF_CASE, KEY_OF_ION, KEY_OF_BOUNDARY, KEY_OF_STEP, KEY_OF_LIBRARY } KeyOwner;

/* The names that a file may use: a case; or a file of the library, whose keys are those of
   `electrolyte` in a case, without `electrolyte` written. */
typedef enum { KEYS_OF_CASE, KEYS_OF_LIBRARY } KeySet;

struct _CaseKey {
  KeyOwner owner;
  const char *name;  // below its owner: "electrolyte.concentration", "kind", "current"
  const ValueType *type;
  size_t offset;              // of the field in a Case, Ion, Boundary, ProtocolStep or
                              // LibraryElectrolyte
  const char *unit;           // in which the field is stored; NULL: a pure number
  const char *allowed;        // range, "> 0 mol/L" or "> 0, <= 1", in the user's units; NULL: any
  const char *choices[4];     // of a type that chooses
  PetscBool required;         // else, where it is not written:
  const char *default_text;   // the default, as a user would write it; NULL: another one,
  const char *default_words;  // told in words, which the reader works out, or none (NaN)
  const char *default_kind;   // boundaries: default_text holds for this kind only,
  const char *default_elsewhere;  // this for the others
  const char *kinds[3];           // boundaries: the kinds it has a meaning for; none given: all
  PetscBool needs_stern_layer;    // boundaries: has a meaning only with an interface_capacitance
  PetscBool controls;             // steps: one such key a step, which makes it
  StepKind step_kind;             // a step of this kind
  PetscBool not_at_rest;          // steps: has no meaning in a rest
  PetscBool list;                 // the field is an array
  PetscInt length;                // of the list, where it is fixed: the array stands in the owner.
                                  // 0: the reader allocates it
  PetscBool in_library;           // a file of the library may give it
  PetscBool dilute_law_allowed;   // `allowed` binds a constant of the dilute law only
  const char *excludes[3];        // keys of the case that cannot stand beside this one; a required
                                  // key is not, where one of them stands
  const char *meaning;
};

extern const CaseKey case_keys[];
extern const size_t number_of_case_keys;

// "anode" and "kind" make "anode.kind"; the owner of the case's own keys is "".
void CaseKeyName(const CaseKey *key, const char owner[], char name[KEY_NAME_LENGTH]);

/* What stands under a dotted name ("protocol.0.current"); *key is set for a value, one that may be
   a mapping of parts, such a part ("electrolyte.diffusivity.unit"), and for a list of values and
   its elements ("protocol.0.until", "protocol.0.until.1"). */
typedef enum {
  NODE_UNKNOWN,
  NODE_SECTION,
  NODE_LIST,
  NODE_VALUE,
  NODE_VALUE_OR_PARTS,
  NODE_PART,
  NODE_VALUE_LIST
} CaseNodeKind;
CaseNodeKind CaseNodeFind(KeySet set, const char name[], const CaseKey **key);

// The known name most like this one, as a whole or in its last part.
void CaseKeyNearest(KeySet set, const char name[], char nearest[KEY_NAME_LENGTH]);

// How like two texts are: the fewest letters to insert, delete or replace.
size_t EditDistance(const char one[], const char other[]);

/* Whether the key has a meaning for this Case, Boundary (as far as its earlier keys are read) or
   ProtocolStep; CaseKeyCondition says when it has, "only where kind is electrode". */
PetscBool CaseKeyApplies(const CaseKey *key, const void *owner);
void CaseKeyCondition(const CaseKey *key, char text[KEY_TEXT_LENGTH]);

// Gives the owner's field the key's default; one that is worked out later is NaN until then.
PetscErrorCode CaseKeySetDefault(const CaseKey *key, void *owner);

// The table for people (`sandglass keys`), 100 columns wide.
PetscErrorCode CaseKeysPrint(FILE *stream);

#endif
