#ifndef SANDGLASS_IO_GNUPLOT_H
#define SANDGLASS_IO_GNUPLOT_H

#include <petscsys.h>
#include <stdio.h>

/* Pictures by the program gnuplot, which reads its commands from a pipe. */

typedef enum { PICTURE_PNG, PICTURE_SVG, PICTURE_PDF, PICTURE_FORMATS } PictureFormat;
extern const char *const picture_format_names[PICTURE_FORMATS];  // and endings: "png", ...

// From dark to bright, told apart without colours, too (viridis).
#define GNUPLOT_PALETTE \
  "set palette defined (0 '#440154', 1 '#3b528b', 2 '#21918c', 3 '#5ec962', 4 '#fde725')\n"

// Where pictures go: FOLDER/NAME-WHAT.png.
typedef struct {
  const char *folder, *name;
  PictureFormat format;
} PictureSet;

/* Begins the picture `what` of a size in inches; commands are printed to *gnuplot.
   PETSC_ERR_FILE_OPEN where there is no gnuplot. */
PetscErrorCode PictureOpen(const PictureSet *set, const char what[], PetscReal width,
                           PetscReal height, FILE **gnuplot);

/* Ends it and tells its path on standard output.  PETSC_ERR_FILE_WRITE where gnuplot failed. */
PetscErrorCode PictureClose(const PictureSet *set, const char what[], FILE **gnuplot);

// A text in double quotes; and a number, "NaN" where it is none.
void GnuplotText(FILE *gnuplot, const char text[]);
void GnuplotNumber(FILE *gnuplot, PetscReal value);

#endif
