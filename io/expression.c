#include "io/expression.h"

#include <ctype.h>
#include <math.h>
#include <muParserDLL.h>
#include <stdio.h>
#include <string.h>

#include "bc/physical_constants.h"

struct _p_Expression {
  muParserHandle_t parser;
  PetscReal concentration;  // c [mol/m^3], read by the parser
  PetscReal molarity;       // m [mol/L], likewise
  PetscBool constant;
};

static const struct {
  const char *name;
  muFun1_t function;
} functions[] = {{"exp", exp}, {"ln", log}, {"log10", log10}, {"sqrt", sqrt}};

/* The parser calls this, and would end the program without it; what it has found is asked for
   afterwards. */
static void LeaveErrorToCaller(muParserHandle_t parser)
{
  (void)parser;
}

// Only what the header names is left of what muParser knows.
static void DefineNames(Expression expression, PetscReal temperature)
{
  muParserHandle_t const parser = expression->parser;

  mupSetErrorHandler(parser, LeaveErrorToCaller);
  mupClearFun(parser);
  mupClearConst(parser);
  mupClearOprt(parser);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(functions); i++) {
    mupDefineFun1(parser, functions[i].name, functions[i].function, 1);
  }
  mupDefineVar(parser, "c", &expression->concentration);
  mupDefineVar(parser, "m", &expression->molarity);
  mupDefineConst(parser, "T", temperature);
  mupDefineConst(parser, "F", FARADAY);
  mupDefineConst(parser, "R", GAS_CONSTANT);
}

// The bytes at `letter` that make one letter of UTF-8.
static int LetterLength(const char letter[])
{
  int length = 1;

  while (((unsigned char)letter[length] & 0xc0) == 0x80) length++;
  return length;
}

/* muParser also knows assignments, comparisons and lists of results, of which no property is made.
 */
static PetscBool HasForeignLetter(const char text[], char mistake[EXPRESSION_MISTAKE_LENGTH])
{
  for (const char *c = text; *c; c++) {
    if (isalnum((unsigned char)*c) || strchr("+-*/^(). \t\r\n", *c)) continue;
    snprintf(mistake, EXPRESSION_MISTAKE_LENGTH, "'%.*s' at position %d", LetterLength(c), c,
             (int)(c - text));
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

// What muParser has found, in its words; positions count from 0.
static void DescribeError(muParserHandle_t parser, const char text[],
                          char mistake[EXPRESSION_MISTAKE_LENGTH])
{
  const int position = (int)mupGetErrorPos(parser), length = (int)strlen(text);
  const char *const place = text + PetscMin(PetscMax(position, 0), length);
  const PetscBool is_log = (PetscBool)(strncmp(place, "log", 3) == 0 && !isalnum(place[3]));
  const char *const message = mupGetErrorMsg(parser);  // until the next question
  int end = (int)strlen(message);

  while (end > 0 && message[end - 1] == '.') end--;
  snprintf(mistake, EXPRESSION_MISTAKE_LENGTH, "%.*s%s", end, message,
           is_log ? "; write ln for the natural logarithm, or log10" : "");
}

PetscErrorCode ExpressionCreate(const char text[], PetscReal temperature, Expression *expression,
                                char mistake[EXPRESSION_MISTAKE_LENGTH])
{
  PetscFunctionBeginUser;
  *expression = NULL;
  mistake[0] = '\0';
  if (HasForeignLetter(text, mistake)) PetscFunctionReturn(0);
  PetscCall(PetscNew(expression));
  (*expression)->parser = mupCreate(muBASETYPE_FLOAT);
  DefineNames(*expression, temperature);
  muParserHandle_t const parser = (*expression)->parser;
  mupSetExpr(parser, text);
  if (!mupError(parser)) (void)ExpressionEvaluate(*expression, 1000);
  if (mupError(parser)) {
    DescribeError(parser, text, mistake);
    PetscCall(ExpressionDestroy(expression));
    PetscFunctionReturn(0);
  }
  (*expression)->constant = (PetscBool)(mupGetExprVarNum(parser) == 0);
  PetscFunctionReturn(0);
}

PetscErrorCode ExpressionDestroy(Expression *expression)
{
  PetscFunctionBeginUser;
  if (!*expression) PetscFunctionReturn(0);
  mupRelease((*expression)->parser);
  PetscCall(PetscFree(*expression));
  PetscFunctionReturn(0);
}

PetscReal ExpressionEvaluate(Expression expression, PetscReal concentration)
{
  expression->concentration = concentration;
  expression->molarity = concentration / 1000;
  return mupEval(expression->parser);
}

PetscBool ExpressionIsConstant(Expression expression)
{
  return expression->constant;
}
