#ifndef SANDGLASS_IO_SWEEP_FILE_H
#define SANDGLASS_IO_SWEEP_FILE_H

#include "io/sweep_plan.h"
#include "io/sweep_row.h"

/* The one file of a sweep (HDF5, readable as netCDF-4).

     /case_number [case]           0, 1, ...; the dimension scale
     /KEY [case]                   every swept key, dotted; numbers in the key's SI unit, or texts
     /status, /sand_time, ... [case]   the columns of io/sweep_row.h
     /reason [case, letter]        why a case has failed; zeros behind the words
     /rows [case, column]          the numbers of the columns, as they are stored
     /case                         the first case as resolved; attributes as in a run's file
   and with `fields`
     /x [case, node], /time [case, stored_time], /fields/NAME [case, stored_time, node or face],
     /history/NAME [case, stored_step]   as in a run's file, NaN where a case has fewer

   Rank 0 makes the file alone, with everything in it that the library has to manage (groups, names,
   scales) and all space allocated, writes the swept keys and puts it in its place.  Afterwards
   numbers alone are overwritten, by whichever rank has them, each case where it has its place: the
   library's own data never change again, and the file is good whenever a rank is killed.

   A case is written by one write, of its row of /rows; what a reader sees by name, /depletion_time,
   is a virtual data set that shows a column of it (HDF5 >= 1.10).  Fields, history and reason go
   before the row, and the row has a checksum: a row that is not whole is one to do.  All else is
   under the seal of the file (io/seal.h), made before it is put in its place and checked before it
   is gone on with. */
typedef struct _p_SweepFile *SweepFile;

#define MAXIMUM_SWEEP_FIELDS (3 + MAXIMUM_IONS)

typedef struct {
  SweepPlan plan;
  const Case *first_case;  // names the ions
  PetscInt nodes;          // of the case that has most
  PetscBool dry;           // closed forms only
  const char *program_version;
} SweepLayout;

/* What is stored of a case beside its row: [times][nodes], [times][nodes - 1], [times] numbers,
   with `nodes` and `times` those of the file. */
typedef struct {
  PetscReal *x, *time;
  PetscReal *field[MAXIMUM_SWEEP_FIELDS];  // potential, charge density, electric field, the ions
  PetscReal *history[MAXIMUM_HISTORY];     // in the order of a run's file
} SweepFields;

// Of the data sets of the fields and the history of a file, by the number of ions.
PetscInt SweepFieldsCount(PetscInt ions);
PetscInt SweepHistoryCount(PetscInt ions);
// On how many times of a case fields are stored: 1 with `fields: last`.
PetscInt SweepStoredFields(SweepPlan plan);

/* Serial, for rank 0: makes the file; replaces one that is there.  PETSC_ERR_FILE_OPEN,
   PETSC_ERR_FILE_WRITE: "PATH: cannot be written: reason". */
PetscErrorCode SweepFileCreate(const char path[], const SweepLayout *layout);

/* Serial, for rank 0: the CaseStatus of each case of the file, [cases], for going on with it.  A
   file of other cases is refused with the first difference (PETSC_ERR_USER_INPUT). */
PetscErrorCode SweepFileGetStatus(const char path[], const SweepLayout *layout, char status[]);

/* Collective: opens the file for writing.  Writing is not: each rank writes what it has. */
PetscErrorCode SweepFileOpen(MPI_Comm comm, const char path[], SweepFile *file);
PetscErrorCode SweepFileWriteRow(SweepFile file, PetscInt number, const SweepRow *row);
PetscErrorCode SweepFileWriteFields(SweepFile file, PetscInt number, const SweepFields *fields);
PetscErrorCode SweepFileClose(SweepFile *file);  // collective

#endif
