#ifndef SANDGLASS_IO_PLOT_H
#define SANDGLASS_IO_PLOT_H

#include "io/gnuplot.h"

/* The pictures of a file of results, by gnuplot.  Serial: rank 0 alone calls these.

   Of a sweep: NAME-onset, the onset over the swept key on logarithmic axes with Sand's line and the
   depletion time of the finite cell; with a second key one curve for each of its values, and
   NAME-map, the onset over both; with more keys, or a sample, NAME-onset and NAME-voltage, each key
   in a panel of its own. Of a run: NAME-profiles and NAME-history. */
PetscErrorCode PlotFile(const char path[], const char folder[], PictureFormat format);

#endif
