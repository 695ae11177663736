#ifndef SANDGLASS_IO_SWEEP_FILE_IMPL_H
#define SANDGLASS_IO_SWEEP_FILE_IMPL_H

#include "io/sweep_file.h"

/* What the files that make, open and compare a sweep's file have in common. */

// Attributes of the root group.
#define SWEPT_KEYS "swept_keys"      // their names
#define CLOSED_FORMS "closed_forms"  // 1: nothing but these was computed (--dry)

// The label of a data set of the fields or the history; an ion's is found by its number.
typedef struct {
  char name[NAME_LENGTH], long_name[NAME_LENGTH];
  const char *units;
  PetscBool on_faces;  // fields: between the nodes
} SweepLabel;

SweepLabel SweepFieldLabel(const Electrolyte *electrolyte, PetscInt field);
SweepLabel SweepHistoryLabel(const Electrolyte *electrolyte, PetscInt quantity);

#endif
