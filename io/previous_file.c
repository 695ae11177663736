#define _XOPEN_SOURCE 700

#include "io/previous_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char target[PETSC_MAX_PATH_LEN];  // behind all links
  char before[PETSC_MAX_PATH_LEN + 8], part[PETSC_MAX_PATH_LEN + 8];
} Names;

static Names NamesOf(const char path[])
{
  char *const resolved = realpath(path, NULL);
  Names names;

  snprintf(names.target, sizeof(names.target), "%s", resolved ? resolved : path);
  free(resolved);
  snprintf(names.before, sizeof(names.before), "%s.before", names.target);
  snprintf(names.part, sizeof(names.part), "%s.part", names.target);
  return names;
}

PetscErrorCode PreviousFileKeep(const char path[])
{
  const Names names = NamesOf(path);
  struct stat status;

  PetscFunctionBeginUser;
  if (stat(names.target, &status) == 0 && S_ISREG(status.st_mode)) {
    (void)!link(names.target, names.before);
  }
  PetscFunctionReturn(0);
}

PetscErrorCode PreviousFileIsKept(const char path[], PetscBool *kept)
{
  const Names names = NamesOf(path);

  PetscFunctionBeginUser;
  *kept = (PetscBool)(access(names.before, F_OK) == 0);
  PetscFunctionReturn(0);
}

PetscErrorCode PreviousFileRestore(const char path[])
{
  const Names names = NamesOf(path);

  PetscFunctionBeginUser;
  if (access(names.before, F_OK) != 0) PetscFunctionReturn(0);
  (void)!rename(names.target, names.part);
  (void)!rename(names.before, names.target);
  PetscFunctionReturn(0);
}

PetscErrorCode PreviousFileDrop(const char path[])
{
  const Names names = NamesOf(path);

  PetscFunctionBeginUser;
  unlink(names.before);
  PetscFunctionReturn(0);
}

PetscErrorCode PreviousFileForget(const char path[])
{
  const Names names = NamesOf(path);
  struct stat here, before;

  PetscFunctionBeginUser;
  if (stat(names.target, &here) == 0 && stat(names.before, &before) == 0 &&
      here.st_dev == before.st_dev && here.st_ino == before.st_ino) {
    unlink(names.before);
  }
  PetscFunctionReturn(0);
}
