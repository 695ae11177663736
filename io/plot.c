#define _POSIX_C_SOURCE 200809L

#include "io/plot.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "io/error_catch.h"
#include "io/plot_data.h"
#include "io/seal.h"
#include "io/sweep_file_impl.h"

// The file's name without folders and ending.
static void BaseName(const char path[], char name[PETSC_MAX_PATH_LEN])
{
  const char *const slash = strrchr(path, '/');
  char *ending;

  snprintf(name, PETSC_MAX_PATH_LEN, "%s", slash ? slash + 1 : path);
  ending = strrchr(name, '.');
  if (ending && ending != name) *ending = '\0';
}

static PetscErrorCode MakeFolder(const char folder[])
{
  PetscFunctionBeginUser;
  PetscCheck(mkdir(folder, 0777) == 0 || errno == EEXIST, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN,
             "%s: cannot be made: %s", folder, strerror(errno));
  PetscFunctionReturn(0);
}

static PetscErrorCode PlotOpenFile(hid_t file, const char path[], const PictureSet *set)
{
  htri_t is_sweep;

  PetscFunctionBeginUser;
  PetscCallH5(is_sweep = H5Aexists(file, SWEPT_KEYS));
  if (is_sweep) {
    PetscCall(PlotSweep(file, set));
  } else {
    PetscCheck(PlotHas(file, "/history/time"), PETSC_COMM_SELF, PETSC_ERR_FILE_READ,
               "%s: cannot be read: neither the file of a run nor of a sweep", path);
    PetscCall(PlotRun(file, set));
  }
  PetscFunctionReturn(0);
}

/* What HDF5 refuses of a file that it could open is damaged, or is not what its names say. */
static PetscErrorCode PlotCaught(const char path[], hid_t file, const PictureSet *set)
{
  ErrorCatch caught;

  PetscFunctionBeginUser;
  PetscCall(ErrorCatchBegin(&caught));
  const PetscErrorCode code = PlotOpenFile(file, path, set);
  PetscCall(ErrorCatchEnd());
  PetscCheck(caught.code != PETSC_ERR_LIB, PETSC_COMM_SELF, PETSC_ERR_FILE_READ,
             "%s: cannot be read: it is damaged, or not of this program: %s", path, caught.message);
  if (code) SETERRQ(PETSC_COMM_SELF, caught.code, "%s", caught.message);
  PetscFunctionReturn(0);
}

static PetscErrorCode OpenFile(const char path[], hid_t *file)
{
  SealState state;

  PetscFunctionBeginUser;
  PetscCall(SealCheck(path, &state));
  PetscCheck(state != SEAL_BROKEN, PETSC_COMM_SELF, PETSC_ERR_FILE_READ, "%s: cannot be read: %s",
             path, SEAL_MISTAKE);
  *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  PetscCheck(*file >= 0, PETSC_COMM_SELF, PETSC_ERR_FILE_OPEN,
             "%s: cannot be read: no HDF5 file, or a damaged one", path);
  PetscFunctionReturn(0);
}

PetscErrorCode PlotFile(const char path[], const char folder[], PictureFormat format)
{
  char name[PETSC_MAX_PATH_LEN];
  const PictureSet set = {.folder = folder, .name = name, .format = format};
  hid_t file = -1;

  PetscFunctionBeginUser;
  PetscCallH5(H5Eset_auto2(H5E_DEFAULT, NULL, NULL));
  BaseName(path, name);
  PetscCall(OpenFile(path, &file));
  PetscErrorCode ierr = MakeFolder(folder);
  if (!ierr) ierr = PlotCaught(path, file, &set);
  PetscCallH5(H5Fclose(file));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
