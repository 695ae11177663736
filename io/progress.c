#define _XOPEN_SOURCE 700

#include "io/progress.h"

#include <petsctime.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io/report.h"

#define BAR_WIDTH 30
#define LINE_LENGTH 256

struct _p_Progress {
  FILE *stream;
  PetscBool quiet, is_terminal;
  PetscReal interval;        // between two lines or drawings [s]
  PetscLogDouble next;       // time of the next one, by PetscTime [s]
  PetscBool drawn;           // there is a bar to be cleared
  PetscReal fraction;        // of the last update; negative: not known
  PetscLogDouble start;      // time of the first update of this piece of work [s]
  PetscReal first_fraction;  // of that update: a run that goes on starts half-way
};

PetscErrorCode ProgressCreate(FILE *stream, PetscBool quiet, Progress *progress)
{
  PetscLogDouble now;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(progress));
  (*progress)->stream = stream;
  (*progress)->quiet = quiet;
  (*progress)->is_terminal = isatty(fileno(stream)) ? PETSC_TRUE : PETSC_FALSE;
  (*progress)->interval = (*progress)->is_terminal ? 0.1 : 10;
  PetscOptionsBegin(PETSC_COMM_SELF, "sandglass_", "Sandglass, progress", NULL);
  PetscCall(PetscOptionsReal("-progress_interval", "Time between two signs of progress [s]", NULL,
                             (*progress)->interval, &(*progress)->interval, NULL));
  PetscOptionsEnd();
  (*progress)->fraction = -1;
  PetscCall(PetscTime(&now));
  (*progress)->next = now + (*progress)->interval;
  PetscFunctionReturn(0);
}

// ", 12 s left", or nothing as long as that cannot be known.
static PetscErrorCode FormatTimeLeft(const struct _p_Progress *progress, PetscLogDouble now,
                                     char text[], size_t size)
{
  const PetscReal done = progress->fraction - progress->first_fraction;

  PetscFunctionBeginUser;
  text[0] = '\0';
  if (progress->fraction >= 0 && done > 0) {
    const PetscReal seconds = (now - progress->start) * (1 - progress->fraction) / done;
    const PetscBool long_time = seconds >= 100;
    PetscCall(PetscSNPrintf(text, size, ", %.0f %s left",
                            (double)(long_time ? seconds / 60 : seconds), long_time ? "min" : "s"));
  }
  PetscFunctionReturn(0);
}

// " 43 %, t = 112.4 s (1 min 52 s), 12 s left, message"; no share where it is not known.
static PetscErrorCode FormatLine(const struct _p_Progress *progress, PetscLogDouble now,
                                 PetscReal time, const char message[], char line[], size_t size)
{
  char share[32] = "", simulated[64], left[64];

  PetscFunctionBeginUser;
  if (progress->fraction >= 0) {
    PetscCall(
        PetscSNPrintf(share, sizeof(share), "%3.0f %%, ", (double)(100 * progress->fraction)));
  }
  PetscCall(FormatTime(time, simulated, sizeof(simulated)));
  PetscCall(FormatTimeLeft(progress, now, left, sizeof(left)));
  PetscCall(PetscSNPrintf(line, size, "%st = %s%s%s%s", share, simulated, left,
                          message && *message ? ", " : "", message ? message : ""));
  PetscFunctionReturn(0);
}

// The bar (an empty one where the share is not known) and the line, cut so that it does not wrap.
static PetscErrorCode DrawBar(const struct _p_Progress *progress, const char line[])
{
  const int filled = (int)(BAR_WIDTH * PetscMax(0, progress->fraction));
  char bar[BAR_WIDTH + 1], text[LINE_LENGTH + BAR_WIDTH];
  struct winsize window;
  int columns = 80;

  PetscFunctionBeginUser;
  memset(bar, ' ', BAR_WIDTH);
  memset(bar, '=', (size_t)filled);
  bar[BAR_WIDTH] = '\0';
  PetscCall(PetscSNPrintf(text, sizeof(text), "[%s] %s", bar, line));
  if (ioctl(fileno(progress->stream), TIOCGWINSZ, &window) == 0 && window.ws_col > 1) {
    columns = window.ws_col;
  }
  fprintf(progress->stream, "\r\033[K%.*s", columns - 1, text);
  PetscFunctionReturn(0);
}

static PetscErrorCode Show(Progress progress, PetscLogDouble now, PetscReal time,
                           const char message[])
{
  char line[LINE_LENGTH];

  PetscFunctionBeginUser;
  PetscCall(FormatLine(progress, now, time, message, line, sizeof(line)));
  if (progress->is_terminal) {
    PetscCall(DrawBar(progress, line));
    progress->drawn = PETSC_TRUE;
  } else {
    fprintf(progress->stream, "%s\n", line);
  }
  fflush(progress->stream);
  progress->next = now + progress->interval;
  PetscFunctionReturn(0);
}

PetscErrorCode ProgressUpdate(Progress progress, PetscReal fraction, PetscReal time,
                              const char message[])
{
  PetscLogDouble now;

  PetscFunctionBeginUser;
  if (progress->quiet) PetscFunctionReturn(0);
  PetscCall(PetscTime(&now));
  fraction = PetscMin(1, fraction);
  if (progress->fraction < 0 || fraction < progress->fraction) {
    progress->start = now;
    progress->first_fraction = fraction;
  }
  progress->fraction = fraction;
  if (now >= progress->next) PetscCall(Show(progress, now, time, message));
  PetscFunctionReturn(0);
}

PetscErrorCode ProgressDestroy(Progress *progress)
{
  PetscFunctionBeginUser;
  if (!*progress) PetscFunctionReturn(0);
  if ((*progress)->drawn) fputs("\r\033[K", (*progress)->stream);
  PetscCall(PetscFree(*progress));
  PetscFunctionReturn(0);
}
