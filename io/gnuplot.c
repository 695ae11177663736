#define _POSIX_C_SOURCE 200809L  // popen

#include "io/gnuplot.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>

const char *const picture_format_names[PICTURE_FORMATS] = {"png", "svg", "pdf"};

static PetscErrorCode PathOf(const PictureSet *set, const char what[], char path[], size_t size)
{
  PetscFunctionBeginUser;
  PetscCall(PetscSNPrintf(path, size, "%s/%s-%s.%s", set->folder, set->name, what,
                          picture_format_names[set->format]));
  PetscFunctionReturn(0);
}

static void SetTerminal(FILE *gnuplot, PictureFormat format, PetscReal width, PetscReal height)
{
  static const struct {
    const char *name, *font;
    int unit;  // of a size: dots an inch
  } terminals[PICTURE_FORMATS] = {
      {"pngcairo", "Sans,10", 110}, {"svg dynamic", "Sans,12", 96}, {"pdfcairo", "Sans,10", 1}};

  fprintf(gnuplot, "set terminal %s size %g,%g font '%s' noenhanced background rgb 'white'\n",
          terminals[format].name, width * terminals[format].unit, height * terminals[format].unit,
          terminals[format].font);
}

PetscErrorCode PictureOpen(const PictureSet *set, const char what[], PetscReal width,
                           PetscReal height, FILE **gnuplot)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCheck(system("command -v gnuplot >/dev/null 2>&1") == 0, PETSC_COMM_SELF,
             PETSC_ERR_FILE_OPEN,
             "sandglass plot: the program gnuplot is missing (Debian: apt install gnuplot-nox)");
  signal(SIGPIPE, SIG_IGN);  // a gnuplot that fails is told by its exit status
  *gnuplot = popen("gnuplot", "w");
  PetscCheck(*gnuplot, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "sandglass plot: no pipe to gnuplot");
  PetscCall(PathOf(set, what, path, sizeof(path)));
  SetTerminal(*gnuplot, set->format, width, height);
  fprintf(*gnuplot, "set output ");
  GnuplotText(*gnuplot, path);
  fprintf(*gnuplot, "\nset grid lc rgb '#d0d0d0'\nset key opaque\n");
  PetscFunctionReturn(0);
}

PetscErrorCode PictureClose(const PictureSet *set, const char what[], FILE **gnuplot)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  PetscCall(PathOf(set, what, path, sizeof(path)));
  fprintf(*gnuplot, "unset output\n");
  const int status = pclose(*gnuplot);
  *gnuplot = NULL;
  PetscCheck(status == 0, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE,
             "%s: cannot be written: gnuplot failed", path);
  printf("%s\n", path);
  PetscFunctionReturn(0);
}

void GnuplotText(FILE *gnuplot, const char text[])
{
  fputc('"', gnuplot);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') fputc('\\', gnuplot);
    fputc((unsigned char)*text < ' ' ? ' ' : *text, gnuplot);
  }
  fputc('"', gnuplot);
}

void GnuplotNumber(FILE *gnuplot, PetscReal value)
{
  if (isfinite(value)) {
    fprintf(gnuplot, " %.9g", value);
  } else {
    fprintf(gnuplot, " NaN");
  }
}
