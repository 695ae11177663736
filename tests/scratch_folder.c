#define _XOPEN_SOURCE 700  // mkdtemp, nftw

#include "tests/scratch_folder.h"

#include <ftw.h>
#include <mpi.h>
#include <petscsys.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[PETSC_MAX_PATH_LEN], before[PETSC_MAX_PATH_LEN];

static int Rank(void)
{
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

/* Empties `folder` where it cannot be made, which the other ranks then see, too. */
static void MakeFolder(void)
{
  const char *const parent = getenv("TMPDIR");
  const int length = snprintf(folder, sizeof(folder), "%s/sandglass_test.XXXXXX",
                              parent && *parent ? parent : "/tmp");

  if (length >= (int)sizeof(folder) || !mkdtemp(folder)) folder[0] = '\0';
}

int EnterScratchFolder(void **state)
{
  (void)state;
  if (Rank() == 0) MakeFolder();
  if (MPI_Bcast(folder, sizeof(folder), MPI_CHAR, 0, PETSC_COMM_WORLD)) return 1;
  return !folder[0] || !getcwd(before, sizeof(before)) || chdir(folder);
}

/* Once no rank is in it any more. */
static int Leave(void)
{
  const int failed = chdir(before);

  return MPI_Barrier(PETSC_COMM_WORLD) || failed;
}

static int RemoveItem(const char path[], const struct stat *status, int kind, struct FTW *place)
{
  (void)status, (void)kind, (void)place;
  return remove(path);
}

int RemoveScratchFolder(void **state)
{
  (void)state;
  if (Leave()) return 1;
  return Rank() == 0 ? nftw(folder, RemoveItem, 8, FTW_DEPTH | FTW_PHYS) : 0;
}

int LeaveEmptyScratchFolder(void **state)
{
  (void)state;
  if (Leave()) return 1;
  return Rank() == 0 ? rmdir(folder) : 0;
}
