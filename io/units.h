#ifndef SANDGLASS_IO_UNITS_H
#define SANDGLASS_IO_UNITS_H

#include <petscsys.h>

/* Reads a quantity written as text, "5 mA/cm^2" or "25 degC", as a number of the SI unit `unit`;
   with unit NULL the text is a bare number.  A text that is no such quantity is no error of the
   program: *mistake then says what is wrong with it, in a few words, and *value is left alone;
   otherwise *mistake is NULL.  Units are those of UDUNITS-2, and M (mol/L) and Ah with prefixes. */
PetscErrorCode QuantityParse(const char text[], const char unit[], PetscReal *value,
                             const char **mistake);

#endif
