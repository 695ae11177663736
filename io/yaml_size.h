#ifndef SANDGLASS_IO_YAML_SIZE_H
#define SANDGLASS_IO_YAML_SIZE_H

#include <petscsys.h>

/* How large a text of YAML gets when its aliases are replaced by what they stand for: aliases of
   aliases grow without bound, from a few lines.  To be asked before that is done. */
#define MAXIMUM_YAML_NODES 1000000
#define MAXIMUM_YAML_ANCHORS 1000

typedef struct {
  double nodes;      // with all aliases replaced
  PetscInt anchors;  // counted up to one more than the maximum
  int line;          // where either first was too many, from 1; 0: nowhere
  int zero_line;     // of the first text with a zero byte, "\0", which would be cut there; 0: none
} YamlSize;

// Of a text with mistakes, the part before them.
PetscErrorCode YamlMeasure(const char text[], YamlSize *size);

#endif
