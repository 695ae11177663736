#include "io/case_difference.h"

#include <string.h>

#define DEPTH 8  // of the levels of a case

// The line from `*text` on, without its end; *text is moved to the next one.
static void TakeLine(const char **text, char line[KEY_TEXT_LENGTH])
{
  const int length = (int)strcspn(*text, "\n");

  snprintf(line, KEY_TEXT_LENGTH, "%.*s", length, *text);
  *text += length + ((*text)[length] == '\n');
}

/* Keeps the dotted name of the section in hand: `line` is "  key: value" or "- key: value" of a
   resolved case, in which each level is indented by two. */
static void FollowName(const char line[], char part[][KEY_NAME_LENGTH], int *depth)
{
  size_t i = strspn(line, " ");

  *depth = PetscMin((int)(i / 2), DEPTH - 1);
  if (line[i] == '-') i += 2;
  snprintf(part[*depth], KEY_NAME_LENGTH, "%.*s", (int)strcspn(line + i, ":"), line + i);
}

static void JoinName(char part[][KEY_NAME_LENGTH], int depth, char name[KEY_TEXT_LENGTH])
{
  name[0] = '\0';
  for (int d = 0; d <= depth; d++) {
    const size_t used = strlen(name);

    snprintf(name + used, KEY_TEXT_LENGTH - used, "%s%.60s", d ? "." : "", part[d]);
  }
}

static void TakeText(const char line[], char text[KEY_TEXT_LENGTH])
{
  snprintf(text, KEY_TEXT_LENGTH, "%s", line + strspn(line, " "));
}

PetscBool CaseDifferenceFind(const char there[], const char here[], CaseDifference *difference)
{
  char part[DEPTH][KEY_NAME_LENGTH] = {""}, line[2][KEY_TEXT_LENGTH];
  int depth = 0;

  while (*there || *here) {
    const char *const start[] = {there, here};

    TakeLine(&there, line[0]);
    TakeLine(&here, line[1]);
    FollowName(line[1][0] ? line[1] : line[0], part, &depth);
    // As a whole: a line may be longer than what is kept of it.
    if (there - start[0] == here - start[1] &&
        strncmp(start[0], start[1], (size_t)(there - start[0])) == 0) {
      continue;
    }
    JoinName(part, depth, difference->name);
    TakeText(line[0], difference->there);
    TakeText(line[1], difference->here);
    return PETSC_TRUE;
  }
  return PETSC_FALSE;
}
