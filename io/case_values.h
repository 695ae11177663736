#ifndef SANDGLASS_IO_CASE_VALUES_H
#define SANDGLASS_IO_CASE_VALUES_H

#include "io/case_keys.h"

/* "none": PETSC_INFINITY is a large number, not an infinite one (PetscIsInfReal does not know it);
   QuantityParse takes no number as large. */
static inline PetscBool IsNone(PetscReal value)
{
  return (PetscBool)(value >= PETSC_INFINITY);
}

/* The types of a key's value, and the C type of its field. */
extern const ValueType value_text;              // char *, owned by the case
extern const ValueType value_quantity;          // PetscReal; NaN: not set
extern const ValueType value_quantity_or_none;  // PetscReal; none: PETSC_INFINITY
extern const ValueType value_integer;           // PetscInt
extern const ValueType value_choice;            // an enum, in the order of the key's choices
extern const ValueType value_name;              // const char *, one of the key's choices
extern const ValueType value_boundary_kind;     // const BoundaryKind *
extern const ValueType value_condition;         // Condition

#endif
