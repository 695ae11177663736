#include "benchmarks/validate.h"
static PetscErrorCode P(Plan p)
{
  (void)p;
  return 0;
}
static PetscErrorCode R(Report r)
{
  (void)r;
  return 0;
}
const Section section_transient = {"transient", P, R};
