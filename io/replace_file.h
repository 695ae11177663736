#ifndef SANDGLASS_IO_REPLACE_FILE_H
#define SANDGLASS_IO_REPLACE_FILE_H

#include <petscsys.h>

/* Puts `size` bytes into the file at `path`, all or nothing: whoever opens it, at any instant and
   even when this process is killed half-way, finds the old contents or the new ones.  A symbolic
   link stays one; what is no regular file (a folder, a device) is refused.
   PETSC_ERR_FILE_OPEN, PETSC_ERR_FILE_WRITE: "PATH: cannot be written: reason".  Call it on one
   rank. */
PetscErrorCode ReplaceFile(const char path[], const void *bytes, size_t size);

/* The same for a file that is written by other means: an empty one is made beside the old one, its
   name is `part`, and put in its place at the end. */
PetscErrorCode ReplaceFileBegin(const char path[], char part[PETSC_MAX_PATH_LEN]);
PetscErrorCode ReplaceFileEnd(const char path[], const char part[]);

#endif
