#ifndef SANDGLASS_IO_PREVIOUS_FILE_H
#define SANDGLASS_IO_PREVIOUS_FILE_H

#include <petscsys.h>

/* The file that a run writes over, kept as FILE.before until the new one is whole: a disk that gets
   full is no reason to lose it.  One that a killed run has left there is older than what stands in
   its place, and stays.  What cannot be kept (a folder where nothing can be made, for one) is told
   by whoever writes there next. */

// The file, where there is one, stays under its name, too.
PetscErrorCode PreviousFileKeep(const char path[]);
PetscErrorCode PreviousFileIsKept(const char path[], PetscBool *kept);

/* Puts it back; what has taken its place is then FILE.part. */
PetscErrorCode PreviousFileRestore(const char path[]);

PetscErrorCode PreviousFileDrop(const char path[]);
// Only where nothing has taken its place yet.
PetscErrorCode PreviousFileForget(const char path[]);

#endif
