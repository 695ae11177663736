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
extern const ValueType value_library;           // char *, owned by the case; never written
extern const ValueType value_ion_name;          // char[], the name of an Ion
extern const ValueType value_reacting_ion;      // PetscInt, the index of an ion in an Electrolyte
extern const ValueType value_property;          // MeasuredProperty (io/property_reader.h)

/* A double-quoted scalar of YAML, the only style that holds any text. */
void YamlTextWrite(const char text[], FILE *stream);

/* The shortest decimal that is read back to the same bits: 298.15, not 298.14999999999998. */
void RealWrite(PetscReal value, FILE *stream);

/* A mistake, and "" for its words, where the value [in the key's unit] is not allowed. */
PetscErrorCode CheckRange(const CaseKey *key, PetscReal value, const char **mistake);

/* The parts of value_property. */
#define PART_EXPRESSION "expression"
#define PART_UNIT "unit"
#define PART_TABLE "table"

#endif
