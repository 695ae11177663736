#ifndef SANDGLASS_IO_EXPRESSION_H
#define SANDGLASS_IO_EXPRESSION_H

#include <petscsys.h>

/* A formula for a property of an electrolyte, as a user writes it (muParser).  It may use
     c  the salt concentration [mol/m^3]        T  the temperature [K]
     m  the same in mol/L                       F  96485 C/mol, R  8.3145 J/(mol K)
   decimal numbers, + - * / ^ and parentheses, exp, ln, log10 and sqrt.  There is no log: versions
   of muParser take it for either logarithm. */
typedef struct _p_Expression *Expression;

#define EXPRESSION_ALLOWED \
  "a formula in c (mol/m^3), m (mol/L), T (K), F, R with + - * / ^ ( ) exp ln log10 sqrt"

#define EXPRESSION_MISTAKE_LENGTH 256

/* A text that is no formula is no error of the program: mistake then says what is wrong and where,
   and *expression is NULL; otherwise it is "". */
PetscErrorCode ExpressionCreate(const char text[], PetscReal temperature, Expression *expression,
                                char mistake[EXPRESSION_MISTAKE_LENGTH]);
PetscErrorCode ExpressionDestroy(Expression *expression);

/* Not a number where the formula has no value. */
PetscReal ExpressionEvaluate(Expression expression, PetscReal concentration);

/* Whether neither c nor m stands in it. */
PetscBool ExpressionIsConstant(Expression expression);

#endif
