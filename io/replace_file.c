#define _XOPEN_SOURCE 700

#include "io/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static PetscErrorCode Refuse(const char path[], PetscErrorCode code, int error)
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, code, "%s: cannot be written: %s", path, strerror(error));
}

/* The file that `path` means behind all links [PETSC_MAX_PATH_LEN] and the mode to give it.  A
   rename needs no right to the file itself, so a write-protected one must be asked for. */
static PetscErrorCode FindTarget(const char path[], char target[], mode_t *mode)
{
  struct stat status;
  char *resolved = NULL;

  PetscFunctionBeginUser;
  *mode = 0666;
  if (stat(path, &status) == 0) {
    PetscCheck(S_ISREG(status.st_mode), PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN,
               "%s: cannot be written: not a regular file", path);
    if (access(path, W_OK) != 0) PetscCall(Refuse(path, PETSC_ERR_FILE_OPEN, errno));
    *mode = status.st_mode & 0777;
    resolved = realpath(path, NULL);
  }
  PetscCall(PetscStrncpy(target, resolved ? resolved : path, PETSC_MAX_PATH_LEN));
  free(resolved);
  PetscFunctionReturn(0);
}

// Writes everything and brings it to the disk; false with errno set where that fails.
static PetscBool WriteAll(int descriptor, const char *bytes, size_t size)
{
  while (size > 0) {
    const ssize_t written = write(descriptor, bytes, size);
    if (written < 0 && errno != EINTR) return PETSC_FALSE;
    if (written > 0) {
      bytes += written;
      size -= (size_t)written;
    }
  }
  return fsync(descriptor) == 0 || errno == EINVAL;  // EINVAL: a file system without fsync
}

PetscErrorCode ReplaceFile(const char path[], const void *bytes, size_t size)
{
  char target[PETSC_MAX_PATH_LEN], part[PETSC_MAX_PATH_LEN + 8];
  mode_t mode;
  int descriptor, error = 0;

  PetscFunctionBeginUser;
  PetscCall(FindTarget(path, target, &mode));
  PetscCall(PetscSNPrintf(part, sizeof(part), "%s.part", target));
  descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (descriptor < 0) PetscCall(Refuse(path, PETSC_ERR_FILE_OPEN, errno));
  if (!WriteAll(descriptor, bytes, size)) error = errno;
  if (close(descriptor) != 0 && !error) error = errno;
  if (!error && rename(part, target) != 0) error = errno;
  if (error) {
    unlink(part);
    PetscCall(Refuse(path, PETSC_ERR_FILE_WRITE, error));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ReplaceFileBegin(const char path[], char part[PETSC_MAX_PATH_LEN])
{
  char target[PETSC_MAX_PATH_LEN];
  mode_t mode;
  int descriptor;

  PetscFunctionBeginUser;
  PetscCall(FindTarget(path, target, &mode));
  PetscCall(PetscStrncpy(part, target, PETSC_MAX_PATH_LEN - 5));
  PetscCall(PetscStrlcat(part, ".part", PETSC_MAX_PATH_LEN));
  descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (descriptor < 0) PetscCall(Refuse(path, PETSC_ERR_FILE_OPEN, errno));
  close(descriptor);
  PetscFunctionReturn(0);
}

PetscErrorCode ReplaceFileEnd(const char path[], const char part[])
{
  char target[PETSC_MAX_PATH_LEN];
  mode_t mode;
  int descriptor;

  PetscFunctionBeginUser;
  PetscCall(FindTarget(path, target, &mode));
  descriptor = open(part, O_WRONLY | O_CLOEXEC);
  const int synced = descriptor >= 0 && (fsync(descriptor) == 0 || errno == EINVAL);
  const int error = synced ? 0 : errno;
  if (descriptor >= 0) close(descriptor);
  if (error || rename(part, target) != 0) {
    const int reason = error ? error : errno;
    unlink(part);
    PetscCall(Refuse(path, PETSC_ERR_FILE_WRITE, reason));
  }
  PetscFunctionReturn(0);
}
