#ifndef SANDGLASS_IO_REPORT_H
#define SANDGLASS_IO_REPORT_H

#include <stdio.h>

#include "solver/results_record.h"

/* What a run and the closed forms look like on standard output.  Serial: rank 0 alone calls these
   functions. */

/* The table of a run.  `results_path` may be NULL: nothing was stored. */
PetscErrorCode ReportSummary(FILE *stream, const Case *case_, const RunResult *run,
                             const char results_path[]);
PetscErrorCode ReportClosedForms(FILE *stream, const Case *case_, const ClosedForms *closed_forms);

/* One JSON object and a line's end; SI units, null where there is no number. */
PetscErrorCode ReportJson(FILE *stream, const Case *case_, const RunResult *run);
PetscErrorCode ReportClosedFormsJson(FILE *stream, const ClosedForms *closed_forms);

/* "12.3 s", "253.1 s (4 min 13 s)", "9.000e+04 s (1 d 1 h)" for a time [s]. */
PetscErrorCode FormatTime(PetscReal time, char text[], size_t size);

#endif
