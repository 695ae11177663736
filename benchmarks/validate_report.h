#ifndef SANDGLASS_BENCHMARKS_VALIDATE_REPORT_H
#define SANDGLASS_BENCHMARKS_VALIDATE_REPORT_H

#include "benchmarks/validate.h"

struct _p_Report {
  FILE *stream;
  PetscInt passed, failed;
};

#endif
