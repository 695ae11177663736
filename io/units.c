#include "io/units.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <udunits2.h>

#define MAXIMUM_UNIT_LENGTH 63

static ut_system *units;  // read once, on first use: the XML files take milliseconds

static void ConversionsFree(void);

static PetscErrorCode UnitsFinalize(void)
{
  PetscFunctionBeginUser;
  ConversionsFree();
  ut_free_system(units);
  units = NULL;
  PetscFunctionReturn(0);
}

static PetscErrorCode UnitsInitialize(void)
{
  PetscFunctionBeginUser;
  if (units) PetscFunctionReturn(0);
  ut_set_error_message_handler(ut_ignore);  // what is wrong with a unit is told by our caller
  units = ut_read_xml(NULL);
  PetscCheck(units, PETSC_COMM_SELF, PETSC_ERR_LIB, "UDUNITS-2 cannot read its table of units");
  PetscCall(PetscRegisterFinalize(UnitsFinalize));
  PetscFunctionReturn(0);
}

// PETSC_INFINITY is an ordinary large number; it stands for "none" and no quantity may be taken for
// it.
static PetscBool IsFinite(PetscReal value)
{
  return (PetscBool)(fabs(value) < PETSC_INFINITY);
}

/* A decimal number in front of the text; *rest is what follows it, without the blanks between.
   strtod alone would also take nan, inf and hexadecimal numbers. */
static const char *NumberParse(const char text[], PetscReal *number, const char **rest)
{
  while (isspace((unsigned char)*text)) text++;
  const char *const digits = text + (*text == '-' || *text == '+');
  const PetscBool hexadecimal = (PetscBool)(digits[0] == '0' && tolower(digits[1]) == 'x');

  if (!isdigit((unsigned char)digits[digits[0] == '.']) || hexadecimal) return "not a number";
  *number = strtod(text, (char **)rest);
  while (isspace((unsigned char)**rest)) (*rest)++;
  return IsFinite(*number) ? NULL : "too large a number";
}

// Bytes from 0x80 on belong to letters of UTF-8, such as the micro sign.
static PetscBool IsLetter(char character)
{
  return (PetscBool)(isalpha((unsigned char)character) || (unsigned char)character >= 0x80);
}

/* Where a digit or a sign stands in a unit it must belong to an exponent (cm2, m^-2): UDUNITS would
   take "mol/10 L" and "K @ 273" as scaled and shifted units, hence "5 10 mA" as 50 mA. */
static PetscBool IsPartOfExponent(const char unit[], size_t i)
{
  const char before = i > 0 ? unit[i - 1] : ' ';
  const PetscBool is_sign = (PetscBool)(unit[i] == '-' || unit[i] == '+');

  if (IsLetter(before) || before == '^') return PETSC_TRUE;
  return (PetscBool)(!is_sign &&
                     (isdigit((unsigned char)before) || before == '-' || before == '+'));
}

static PetscBool IsPlainUnit(const char unit[])
{
  for (size_t i = 0; unit[i]; i++) {
    const PetscBool numeric = (PetscBool)(isdigit((unsigned char)unit[i]) || strchr("+-", unit[i]));

    if (unit[i] == '@' || (numeric && !IsPartOfExponent(unit, i))) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* The units of electrochemistry that UDUNITS does not know.  Each takes a prefix; the prefixed unit
   is put in parentheses so that it stays one factor in a product: Ah/mM, mAh/cm^2. */
static const struct {
  const char *name, *meaning;
} extra_units[] = {{"M", "mol/L"}, {"Ah", "A.h"}};

static const char *const extra_prefixes[] = {"", "n", "u", "\u00b5", "\u03bc", "m", "k"};

// Appends to `translation` the word of `length` letters, or what it stands for.
static void TranslateWord(const char word[], size_t length, char translation[], size_t size)
{
  const size_t used = strlen(translation);

  for (size_t u = 0; u < PETSC_STATIC_ARRAY_LENGTH(extra_units); u++) {
    for (size_t p = 0; p < PETSC_STATIC_ARRAY_LENGTH(extra_prefixes); p++) {
      const size_t prefix = strlen(extra_prefixes[p]), name = strlen(extra_units[u].name);

      if (length != prefix + name || strncmp(word, extra_prefixes[p], prefix) ||
          strncmp(word + prefix, extra_units[u].name, name))
        continue;
      snprintf(translation + used, size - used, "(%s%s)", extra_prefixes[p],
               extra_units[u].meaning);
      return;
    }
  }
  snprintf(translation + used, size - used, "%.*s", (int)length, word);
}

// The unit in the words of UDUNITS, without the blanks at its end, which ut_parse refuses.
static void TranslateUnit(const char unit[], char translation[], size_t size)
{
  translation[0] = '\0';
  while (*unit) {
    size_t length = 0;

    while (IsLetter(unit[length])) length++;
    if (length == 0) length = 1;  // an operator, a digit, a blank: as it stands
    TranslateWord(unit, length, translation, size);
    unit += length;
  }
  ut_trim(translation, UT_UTF8);
}

/* UDUNITS also converts between reciprocal units, 5 Hz into 0.2 s: nobody means that here, so the
   dimension is compared by the quotient of the units. */
static PetscBool SameDimension(const ut_unit *one, const ut_unit *other)
{
  ut_unit *const quotient = ut_divide(one, other);
  const PetscBool same = (PetscBool)(quotient && ut_is_dimensionless(quotient));

  ut_free(quotient);
  return (PetscBool)(same && ut_are_convertible(one, other));
}

// ---- Conversions ----

/* Parsing a unit takes UDUNITS ten times as long as all else, and a sweep reads the same few units
   again and again: conversions are kept, and the oldest one gives way to a new one. */
typedef struct {
  char from[MAXIMUM_UNIT_LENGTH + 1], to[MAXIMUM_UNIT_LENGTH + 1];
  cv_converter *converter;  // NULL: the units are the same
} Conversion;

static struct {
  Conversion kept[64];
  size_t count, next;
} conversions;

static void ConversionsFree(void)
{
  for (size_t i = 0; i < conversions.count; i++) cv_free(conversions.kept[i].converter);
  conversions.count = conversions.next = 0;
}

static const Conversion *FindKept(const char from[], const char to[])
{
  for (size_t i = 0; i < conversions.count; i++) {
    const Conversion *const kept = &conversions.kept[i];

    if (strcmp(kept->from, from) == 0 && strcmp(kept->to, to) == 0) return kept;
  }
  return NULL;
}

static const Conversion *Keep(const char from[], const char to[], cv_converter *converter)
{
  Conversion *const kept = &conversions.kept[conversions.next];

  conversions.next = (conversions.next + 1) % PETSC_STATIC_ARRAY_LENGTH(conversions.kept);
  if (conversions.count < PETSC_STATIC_ARRAY_LENGTH(conversions.kept)) {
    conversions.count++;
  } else {
    cv_free(kept->converter);
  }
  snprintf(kept->from, sizeof(kept->from), "%s", from);
  snprintf(kept->to, sizeof(kept->to), "%s", to);
  kept->converter = converter;
  return kept;
}

// NULL, and a mistake, where there is none.
static const Conversion *MakeConversion(const char from_text[], const char to_text[],
                                        const ut_unit *to, const char **mistake)
{
  char translation[8 * MAXIMUM_UNIT_LENGTH];  // an M becomes "(mol/L)"
  const Conversion *made = NULL;

  *mistake = "unknown unit";
  if (strlen(from_text) > MAXIMUM_UNIT_LENGTH || !IsPlainUnit(from_text)) return NULL;
  TranslateUnit(from_text, translation, sizeof(translation));
  ut_unit *const from = ut_parse(units, translation, UT_UTF8);
  if (!from) return NULL;
  *mistake = SameDimension(from, to) ? NULL : "a unit of another dimension";
  if (!*mistake) {
    made =
        Keep(from_text, to_text,
             ut_compare(from, to) == 0 ? NULL : ut_get_converter((ut_unit *)from, (ut_unit *)to));
  }
  ut_free(from);
  return made;
}

static PetscErrorCode FindConversion(const char from[], const char to_text[],
                                     const Conversion **conversion, const char **mistake)
{
  PetscFunctionBeginUser;
  *mistake = from[0] ? NULL : "the unit is missing";
  *conversion = FindKept(from, to_text);
  if (*mistake || *conversion) PetscFunctionReturn(0);
  PetscCall(UnitsInitialize());
  ut_unit *const to = ut_parse(units, to_text, UT_UTF8);
  PetscCheck(to, PETSC_COMM_SELF, PETSC_ERR_ARG_WRONG, "no unit of UDUNITS-2: '%s'", to_text);
  *conversion = MakeConversion(from, to_text, to, mistake);
  ut_free(to);
  PetscFunctionReturn(0);
}

/* Conversion leaves 1 mol/L at 999.9999999999997 mol/m^3.  Numbers are written as decimals, and so
   are most factors: 15 digits, all that a double keeps of a decimal number, make 1 mol/L, 1 M and
   1000 mol/m^3 the same number.  A number in the unit asked for (a resolved case) keeps all its
   bits. */
static PetscReal Convert(PetscReal number, const Conversion *conversion)
{
  char decimal[32];

  if (!conversion->converter) return number;
  snprintf(decimal, sizeof(decimal), "%.15g", cv_convert_double(conversion->converter, number));
  return strtod(decimal, NULL);
}

// ---- Quantities ----

static PetscErrorCode QuantityConvert(PetscReal number, const char from[], const char to[],
                                      PetscReal *value, const char **mistake)
{
  const Conversion *conversion;

  PetscFunctionBeginUser;
  PetscCall(FindConversion(from, to, &conversion, mistake));
  if (*mistake) PetscFunctionReturn(0);
  const PetscReal converted = Convert(number, conversion);
  if (IsFinite(converted)) {
    *value = converted;
  } else {
    *mistake = "too large a number";
  }
  PetscFunctionReturn(0);
}

PetscErrorCode QuantityParse(const char text[], const char unit[], PetscReal *value,
                             const char **mistake)
{
  const char *rest;
  PetscReal number;

  PetscFunctionBeginUser;
  *mistake = NumberParse(text, &number, &rest);
  if (*mistake) PetscFunctionReturn(0);
  if (unit) {
    PetscCall(QuantityConvert(number, rest, unit, value, mistake));
  } else if (*rest) {
    *mistake = "a bare number is needed";
  } else {
    *value = number;
  }
  PetscFunctionReturn(0);
}
