#ifndef SANDGLASS_IO_RESULTS_H
#define SANDGLASS_IO_RESULTS_H

#include "mesh/mesh.h"
#include "solver/results_record.h"

/* The results of one run: an HDF5 file that netCDF-4 reads, and FILE.xdmf and FILE-sheet.xdmf
   beside it for ParaView.  Serial: rank 0 alone calls these functions.

   Records are collected in memory, and so is the file; at most twice a second (and never for more
   than a twentieth of the time) the whole file is written beside the old one and renamed onto it.
   So the file on disk is complete at every instant, also while the run goes on and after it has
   been killed; what a killed run loses is what came after the last renaming.  The XDMF files are
   written at the end, those of an earlier run removed at the start.

   The file is sealed (io/seal.h), and locked for as long as the handle lives (io/file_lock.h). What
   it replaces is kept until the run has come to its end (io/previous_file.h): where the new one
   cannot be written any more, the old one comes back.

   With every state that the run can go on from the file keeps how many rows the tables had then.
   What goes on with it (ResultsOpen) cuts off what came behind.

   Beside the data sets of the interface the file has
     /x_over_thickness, /time_over_sand_time   for plots (time over t_s; without a t_s the time)
     /history/<ion>_amount, <ion>_amount_entered   [mol m-2]
     /xdmf     points and cells for the two XDMF files
     the attributes title, status, reason, steps, rejected_steps, newton_iterations, seconds of the
               root group (status "running" until ResultsFinish)
     /resume   the last state: numbers as attributes, unknowns, and which conditions are armed
     the attributes <name>_units of /sand, and sandglass_version, petsc_version, hdf5_version,
               mpi_version of /case. */
typedef struct _p_Results *Results;

/* Replaces the file at `path` (PETSC_ERR_FILE_OPEN, PETSC_ERR_FILE_WRITE where that fails, here
   and below; the handle is there to be destroyed all the same).  `case_` has to outlive it. */
PetscErrorCode ResultsCreate(const char path[], const Case *case_, const char case_yaml[],
                             const char program_version[], const Mesh *mesh,
                             const ClosedForms *closed_forms, Results *results);

/* What a file has to go on with: nothing; a state; a run that has come to its end. */
typedef enum { RESULTS_EMPTY, RESULTS_UNFINISHED, RESULTS_FINISHED } ResultsLeft;

/* Opens the file that a run of this case has left, stopped or killed, to go on with it; in place of
   ResultsCreate.  The state, whose arrays are lent until ResultsDestroy, has the whole result of a
   run that is finished; then, and where there is nothing, the handle is to be destroyed at once,
   and the file stays as it is.
     PETSC_ERR_USER_INPUT  it is of another case, with the first difference
     PETSC_ERR_FILE_READ   it is damaged, not of a run, or not of this version of the program */
PetscErrorCode ResultsOpen(const char path[], const Case *case_, const char case_yaml[],
                           const Mesh *mesh, const ClosedForms *closed_forms, Results *results,
                           RunState *state, ResultsLeft *left);

/* Every stored time may be handed over: with `fields: none` nothing is kept, with `fields: last`
   the last record. */
PetscErrorCode ResultsWriteFields(Results results, const FieldsRecord *fields);
PetscErrorCode ResultsWriteHistory(Results results, const HistoryRecord *history);
PetscErrorCode ResultsWriteEvent(Results results, const EventRecord *event);

// Copied; after the records of its time step.
PetscErrorCode ResultsWriteState(Results results, const RunState *state);

// Writes the file now, whatever the clock says.
PetscErrorCode ResultsFlush(Results results);

// How the run ended; flushes and writes the XDMF files.
PetscErrorCode ResultsFinish(Results results, const RunResult *run);

// Flushes what has not been written.
PetscErrorCode ResultsDestroy(Results *results);

#endif
