#ifndef SANDGLASS_IO_PLOT_DATA_H
#define SANDGLASS_IO_PLOT_DATA_H

#include "io/gnuplot.h"
#include "io/hdf5_tools.h"

/* What a picture is made of, read from a file of results. */

typedef struct {
  char name[128], units[64];
  PetscInt count;
  PetscReal *value;  // [count]; of texts, the number of the text among all there are
  char **text;       // [count], of texts; else NULL
} PlotColumn;

PetscBool PlotHas(hid_t file, const char name[]);

// A data set as a row of values, whatever its shape.
PetscErrorCode PlotColumnRead(hid_t file, const char name[], PlotColumn *column);
PetscErrorCode PlotColumnDestroy(PlotColumn *column);

/* Refuses the file where the column has not so many values: what stands together in a picture has
   to be of one size. */
PetscErrorCode PlotColumnCheck(hid_t file, const PlotColumn *column, PetscInt count);

// PETSC_ERR_FILE_READ, "FILE: cannot be read: NAME: WHAT".
PetscErrorCode PlotRefuse(hid_t object, const char name[], const char what[]);

// The texts of an attribute, one or several; free each and the list.
PetscErrorCode PlotTextsRead(hid_t file, const char name[], PetscInt *count, char ***text);
PetscErrorCode PlotTextsDestroy(PetscInt count, char ***text);

// "name [units]" as the label of an axis; nothing in brackets where there is no unit.
void PlotLabel(FILE *gnuplot, const PlotColumn *column);

// The pictures of each kind of file.
PetscErrorCode PlotSweep(hid_t file, const PictureSet *set);
PetscErrorCode PlotRun(hid_t file, const PictureSet *set);

#endif
