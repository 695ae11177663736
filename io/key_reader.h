#ifndef SANDGLASS_IO_KEY_READER_H
#define SANDGLASS_IO_KEY_READER_H

#include "io/case_input.h"
#include "io/case_keys.h"

/* From what a user wrote to the fields of a case, one key at a time. */

/* The field of an owner: from its entry, or from that of the owner it takes after (NULL: none)
   where it has a meaning here, or its default.  Of a key whose field is worked out of several, only
   whether it may stand there is checked. */
PetscErrorCode KeyRead(CaseInput input, const CaseKey *key, const char owner_name[],
                       const char model_name[], void *owner);

/* Every key of an owner, in the order of their table. */
PetscErrorCode KeyReadAll(CaseInput input, KeyOwner kind, const char owner_name[],
                          const char model_name[], void *owner);

/* The value of the entry of that name, which exists, into a field: an element of a list, say. */
PetscErrorCode KeyReadValue(CaseInput input, const char name[], const CaseKey *key, void *field);

/* Refusals.  A mistake is what ValueType's `read` tells; a reason may be NULL. */
PetscErrorCode KeyRefuseMissing(CaseInput input, const char name[], const char reason[]);
PetscErrorCode KeyRefuseMistake(CaseInput input, const char name[], const CaseKey *key,
                                const char mistake[]);
PetscErrorCode KeyRefuseFound(CaseInput input, const char name[], const char allowed[]);

#endif
