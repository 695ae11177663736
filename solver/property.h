#ifndef SANDGLASS_SOLVER_PROPERTY_H
#define SANDGLASS_SOLVER_PROPERTY_H

#include <petscsys.h>

/* A measured property as a function of the salt concentration c [mol/m^3], at one temperature; its
   values are in SI units.  It is made once, from what a user wrote, and evaluated millions of
   times: a polynomial in c (a constant among them), or a cubic spline with continuous derivatives.
   Beyond the ends of its range it keeps the value it has there. */
typedef struct _p_Property *Property;

typedef struct {
  PetscReal value;
  PetscReal derivative;  // with respect to c [per mol/m^3]
} PropertyValue;

/* What a property is made from: its value at a concentration.  Whatever it gives that is not finite
   is refused by PropertyCreate. */
typedef PetscReal (*PropertyFunction)(void *context, PetscReal concentration);

/* How far a spline may be from its function, as a share of the function's value, or of a hundredth
   of its largest value where that is more. */
#define PROPERTY_ACCURACY 1e-8

/* Why a property could not be made: where, and what was found there. */
typedef struct {
  const char *reason;       // in words, NULL: it was made
  PetscReal concentration;  // [mol/m^3]
  PetscReal value;          // of the function there
} PropertyMistake;

PetscErrorCode PropertyCreateConstant(PetscReal value, Property *property);

/* Over low <= c <= high.  A function that is a polynomial in c of degree 8 or less (told by its
   values, to rounding) is kept as one; any other becomes a spline in sqrt(c), in which laws of
   electrolytes are smooth, on as many equal intervals as the accuracy takes.  *property is NULL
   where *mistake has a reason. */
PetscErrorCode PropertyCreate(PropertyFunction function, void *context, PetscReal low,
                              PetscReal high, Property *property, PropertyMistake *mistake);

/* Through the rows of a table, ascending concentrations, without overshoot between them (Fritsch
   and Carlson 1980).  Two rows or more. */
PetscErrorCode PropertyCreateTable(PetscInt rows, const PetscReal concentration[],
                                   const PetscReal value[], Property *property);

PetscErrorCode PropertyDestroy(Property *property);

PropertyValue PropertyEvaluate(Property property, PetscReal concentration);

/* Ends of its range [mol/m^3]: 0 and PETSC_INFINITY of a constant. */
void PropertyRange(Property property, PetscReal *low, PetscReal *high);

PetscBool PropertyIsConstant(Property property);

/* The largest deviation found between a spline and its function, as a share as in
   PROPERTY_ACCURACY; 0 of what is exact. */
PetscReal PropertyError(Property property);

#endif
