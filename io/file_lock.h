#ifndef SANDGLASS_IO_FILE_LOCK_H
#define SANDGLASS_IO_FILE_LOCK_H

#include <petscsys.h>

/* The right to write a file, which one process has at a time: a lock of the system on a file of its
   own beside it, FILE.lock, removed at the end.  Of a process that was killed the empty file stays,
   but not the lock.  Call it on one rank; a process may take what it has already. */
typedef struct _p_FileLock *FileLock;

/* PETSC_ERR_FILE_OPEN, "PATH: cannot be written: ...", where another process has the lock or the
   file beside it cannot be made.  Where the file system knows no locks that is told on standard
   error, and the lock holds nobody back. */
PetscErrorCode FileLockTake(const char path[], FileLock *lock);
PetscErrorCode FileLockRelease(FileLock *lock);

// All that are held, at the end of a program that an error has brought there.
void FileLockReleaseAll(void);

#endif
