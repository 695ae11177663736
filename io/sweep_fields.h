#ifndef SANDGLASS_IO_SWEEP_FIELDS_H
#define SANDGLASS_IO_SWEEP_FIELDS_H

#include "io/sweep_file.h"
#include "solver/run.h"

/* Keeps what a run tells and chooses from it what a sweep's file has room for: so many of the
   stored fields and so many of the time steps, as evenly as they can be spread over their numbers,
   the first and the last among them.  Nothing is interpolated: what is kept is what a run alone
   would store.
 */
typedef struct _p_SweepRecorder *SweepRecorder;

// `nodes`, `fields` (stored ones; 1: the last) and `times` (of the history): what the file has.
PetscErrorCode SweepRecorderCreate(PetscInt ions, PetscInt nodes, PetscInt fields, PetscInt times,
                                   SweepRecorder *recorder);
PetscErrorCode SweepRecorderDestroy(SweepRecorder *recorder);

// Begins a case on this mesh.
PetscErrorCode SweepRecorderStart(SweepRecorder recorder, const Mesh *mesh);

// What a run tells its observer.
PetscErrorCode SweepRecorderTakeHistory(SweepRecorder recorder, const HistoryRecord *record);
PetscErrorCode SweepRecorderTakeFields(SweepRecorder recorder, const FieldsRecord *record);

// What is to be stored of the case; lent until the next start.
PetscErrorCode SweepRecorderChoose(SweepRecorder recorder, const SweepFields **fields);

#endif
