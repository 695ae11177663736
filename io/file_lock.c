#define _XOPEN_SOURCE 700

#include "io/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct _p_FileLock {
  int descriptor;
  char path[PETSC_MAX_PATH_LEN + 8];  // of the lock
  FileLock next;
};

static FileLock held;  // the first of a list

// Behind all links: one file has one lock, whatever it is called.
static PetscErrorCode LockPath(const char path[], char lock_path[PETSC_MAX_PATH_LEN + 8])
{
  char *const resolved = realpath(path, NULL);

  PetscFunctionBeginUser;
  snprintf(lock_path, PETSC_MAX_PATH_LEN + 8, "%s.lock", resolved ? resolved : path);
  free(resolved);
  PetscFunctionReturn(0);
}

static PetscErrorCode Refuse(const char path[], int error)
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN, "%s: cannot be written: %s", path, strerror(error));
}

// The holder may be on another host, where its number says nothing; then it is 0.
static PetscErrorCode RefuseHeld(const char path[], int descriptor)
{
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

  PetscFunctionBeginUser;
  if (fcntl(descriptor, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) lock.l_pid = 0;
  close(descriptor);
  SETERRQ(PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN,
          "%s: cannot be written: another run is writing it (process %d); wait for its end, or "
          "give another name by -o FILE.h5",
          path, (int)lock.l_pid);
}

// Whether the file that is locked still has its name: who has released it has removed it.
static PetscBool IsNamed(int descriptor, const char lock_path[])
{
  struct stat opened, named;

  return (PetscBool)(fstat(descriptor, &opened) == 0 && stat(lock_path, &named) == 0 &&
                     opened.st_dev == named.st_dev && opened.st_ino == named.st_ino);
}

static PetscErrorCode Lock(const char path[], const char lock_path[], int *descriptor)
{
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

  PetscFunctionBeginUser;
  while (PETSC_TRUE) {
    *descriptor = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*descriptor < 0) PetscCall(Refuse(path, errno));
    if (fcntl(*descriptor, F_SETLK, &lock) != 0) {
      if (errno == EACCES || errno == EAGAIN) PetscCall(RefuseHeld(path, *descriptor));
      fprintf(stderr, "%s: nothing keeps two runs from writing it at once: no locks there: %s\n",
              path, strerror(errno));
      break;
    }
    if (IsNamed(*descriptor, lock_path)) break;
    close(*descriptor);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode FileLockTake(const char path[], FileLock *lock)
{
  FileLock taken;

  PetscFunctionBeginUser;
  *lock = NULL;
  PetscCall(PetscNew(&taken));
  PetscCall(LockPath(path, taken->path));
  PetscErrorCode ierr = Lock(path, taken->path, &taken->descriptor);
  if (ierr) PetscCall(PetscFree(taken));
  PetscCall(ierr);
  taken->next = held;
  held = *lock = taken;
  PetscFunctionReturn(0);
}

// The name goes first: who opens it afterwards makes a file of its own.
static void Release(FileLock lock)
{
  unlink(lock->path);
  close(lock->descriptor);
}

PetscErrorCode FileLockRelease(FileLock *lock)
{
  FileLock *place = &held;

  PetscFunctionBeginUser;
  if (!*lock) PetscFunctionReturn(0);
  while (*place && *place != *lock) place = &(*place)->next;
  if (*place) *place = (*lock)->next;
  Release(*lock);
  PetscCall(PetscFree(*lock));
  PetscFunctionReturn(0);
}

void FileLockReleaseAll(void)
{
  for (; held; held = held->next) Release(held);
}
