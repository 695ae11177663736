#define _XOPEN_SOURCE 700

#include "io/sweep_progress.h"

#include <petsctime.h>
#include <unistd.h>

#include "io/report.h"

struct _p_SweepProgress {
  FILE *stream;
  PetscBool quiet, is_terminal, drawn;
  PetscInt total, before;
  PetscReal interval;          // between two lines or drawings [s]
  PetscLogDouble start, next;  // by PetscTime [s]
};

PetscErrorCode SweepProgressCreate(FILE *stream, PetscBool quiet, PetscInt total, PetscInt before,
                                   SweepProgress *progress)
{
  SweepProgress p;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&p));
  p->stream = stream;
  p->quiet = quiet;
  p->total = total;
  p->before = before;
  p->is_terminal = isatty(fileno(stream)) ? PETSC_TRUE : PETSC_FALSE;
  p->interval = p->is_terminal ? 0.2 : 60;
  PetscOptionsBegin(PETSC_COMM_SELF, "sandglass_", "Sandglass, progress", NULL);
  PetscCall(PetscOptionsReal("-progress_interval", "Time between two signs of progress [s]", NULL,
                             p->interval, &p->interval, NULL));
  PetscOptionsEnd();
  PetscCall(PetscTime(&p->start));
  p->next = p->start + p->interval;
  *progress = p;
  PetscFunctionReturn(0);
}

PetscErrorCode SweepProgressIsDue(SweepProgress progress, PetscBool *due)
{
  PetscLogDouble now;

  PetscFunctionBeginUser;
  *due = PETSC_FALSE;
  if (progress->quiet) PetscFunctionReturn(0);
  PetscCall(PetscTime(&now));
  *due = (PetscBool)(now >= progress->next);
  PetscFunctionReturn(0);
}

PetscErrorCode SweepProgressShow(SweepProgress progress, PetscInt done, PetscInt failed)
{
  const PetscInt all = progress->before + done;
  char line[160], left[64] = "";
  PetscLogDouble now;

  PetscFunctionBeginUser;
  PetscCall(PetscTime(&now));
  const PetscReal rate = done / (now - progress->start);
  if (done > 0) PetscCall(FormatTime((progress->total - all) / rate, left, sizeof(left)));
  PetscCall(PetscSNPrintf(line, sizeof(line),
                          "%" PetscInt_FMT "/%" PetscInt_FMT " cases, %" PetscInt_FMT
                          " failed, %.3g cases/s%s%s%s",
                          all, progress->total, failed, (double)rate, left[0] ? ", " : "", left,
                          left[0] ? " left" : ""));
  fprintf(progress->stream, progress->is_terminal ? "\r\033[K%s" : "%s\n", line);
  fflush(progress->stream);
  progress->drawn = progress->is_terminal;
  progress->next = now + progress->interval;
  PetscFunctionReturn(0);
}

PetscErrorCode SweepProgressDestroy(SweepProgress *progress)
{
  PetscFunctionBeginUser;
  if (!*progress) PetscFunctionReturn(0);
  if ((*progress)->drawn) fputs("\r\033[K", (*progress)->stream);
  PetscCall(PetscFree(*progress));
  PetscFunctionReturn(0);
}
