#ifndef SANDGLASS_IO_CASE_DIFFERENCE_H
#define SANDGLASS_IO_CASE_DIFFERENCE_H

#include "io/case_keys.h"

/* Where two cases, as CaseToYaml has them, first differ. */
typedef struct {
  char name[KEY_TEXT_LENGTH];  // of the key, dotted; of a step without its number
  char there[KEY_TEXT_LENGTH], here[KEY_TEXT_LENGTH];  // the lines, "" where there is none
} CaseDifference;

PetscBool CaseDifferenceFind(const char there[], const char here[], CaseDifference *difference);

#endif
