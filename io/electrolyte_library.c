#include "io/electrolyte_library.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/case_input.h"
#include "io/electrolyte_reader.h"
#include "io/key_reader.h"
#include "io/property_reader.h"

#define ENDING ".yaml"
#define DEFAULT_TEMPERATURE 298.15    // [K]
#define DEFAULT_CONCENTRATION 1000.0  // [mol/m^3]

// ---- Folders: rank 0 only ----

typedef struct {
  PetscInt count, capacity;
  LibraryFile *file;
} FileList;

static const LibraryFile *FindFile(PetscInt count, const LibraryFile file[], const char name[])
{
  for (PetscInt i = 0; i < count; i++) {
    if (strcmp(file[i].name, name) == 0) return &file[i];
  }
  return NULL;
}

static PetscErrorCode AddFile(const char folder[], const char file_name[], FileList *list)
{
  const size_t length = strlen(file_name), ending = strlen(ENDING);
  LibraryFile file = {{0}, {0}};

  PetscFunctionBeginUser;
  if (length <= ending || strcmp(file_name + length - ending, ENDING)) PetscFunctionReturn(0);
  if (file_name[0] == '.' || length - ending >= sizeof(file.name)) PetscFunctionReturn(0);
  snprintf(file.name, sizeof(file.name), "%.*s", (int)(length - ending), file_name);
  snprintf(file.path, sizeof(file.path), "%s/%s", folder, file_name);
  if (FindFile(list->count, list->file, file.name)) PetscFunctionReturn(0);
  if (list->count == list->capacity) {
    list->capacity = 2 * list->capacity + 16;
    PetscCall(PetscRealloc(list->capacity * sizeof(file), &list->file));
  }
  list->file[list->count++] = file;
  PetscFunctionReturn(0);
}

// A folder that cannot be read has no electrolytes.
static PetscErrorCode AddFolder(const char folder[], FileList *list)
{
  DIR *const directory = folder[0] ? opendir(folder) : NULL;
  struct dirent *item;

  PetscFunctionBeginUser;
  if (!directory) PetscFunctionReturn(0);
  while ((item = readdir(directory))) PetscCall(AddFile(folder, item->d_name, list));
  closedir(directory);
  PetscFunctionReturn(0);
}

static PetscErrorCode AddFoldersOfUser(FileList *list)
{
  const char *folders = getenv("SANDGLASS_ELECTROLYTES");
  char folder[PETSC_MAX_PATH_LEN];

  PetscFunctionBeginUser;
  while (folders && *folders) {
    const size_t length = strcspn(folders, ":");

    snprintf(folder, sizeof(folder), "%.*s", (int)length, folders);
    PetscCall(AddFolder(folder, list));
    folders += length + (folders[length] == ':');
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode AddFoldersOfProgram(FileList *list)
{
  static const char *const places[] = {"configs/electrolytes",
                                       "../share/sandglass/configs/electrolytes",
                                       "../../configs/electrolytes"};
  char program[PETSC_MAX_PATH_LEN / 2], folder[PETSC_MAX_PATH_LEN];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

  PetscFunctionBeginUser;
  if (length < 0) PetscFunctionReturn(0);
  program[length] = '\0';
  *strrchr(program, '/') = '\0';
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(places); i++) {
    snprintf(folder, sizeof(folder), "%s/%s", program, places[i]);
    PetscCall(AddFolder(folder, list));
  }
  PetscFunctionReturn(0);
}

static int CompareFiles(const void *one, const void *other)
{
  return strcmp(((const LibraryFile *)one)->name, ((const LibraryFile *)other)->name);
}

// ---- Names ----

PetscErrorCode ElectrolyteLibraryList(MPI_Comm comm, PetscInt *count, LibraryFile **files)
{
  FileList list = {0, 0, NULL};
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    PetscCall(AddFoldersOfUser(&list));
    PetscCall(AddFoldersOfProgram(&list));
    if (list.count > 0) qsort(list.file, list.count, sizeof(*list.file), CompareFiles);
  }
  PetscCallMPI(MPI_Bcast(&list.count, 1, MPIU_INT, 0, comm));
  if (rank != 0) PetscCall(PetscMalloc1(list.count, &list.file));
  PetscCallMPI(MPI_Bcast(list.file, (int)(list.count * sizeof(*list.file)), MPI_BYTE, 0, comm));
  *count = list.count;
  *files = list.file;
  PetscFunctionReturn(0);
}

static void DescribeUnknown(PetscInt count, const LibraryFile file[], const char name[],
                            char text[LIBRARY_UNKNOWN_LENGTH])
{
  char known_length_name[KEY_NAME_LENGTH];
  size_t best = SIZE_MAX;
  PetscInt nearest = 0;

  if (count == 0) {
    snprintf(text, LIBRARY_UNKNOWN_LENGTH,
             "allowed: nothing, for no folder of electrolytes was found (the environment variable "
             "SANDGLASS_ELECTROLYTES names folders)");
    return;
  }
  snprintf(known_length_name, sizeof(known_length_name), "%s", name);
  snprintf(text, LIBRARY_UNKNOWN_LENGTH, "allowed: ");
  for (PetscInt i = 0; i < count; i++) {
    const size_t used = strlen(text), distance = EditDistance(known_length_name, file[i].name);

    snprintf(text + used, LIBRARY_UNKNOWN_LENGTH - used, "%s%s", i > 0 ? ", " : "", file[i].name);
    if (distance < best) nearest = i;
    best = PetscMin(best, distance);
  }
  const size_t used = strlen(text);
  snprintf(text + used, LIBRARY_UNKNOWN_LENGTH - used, " (did you mean %s?)", file[nearest].name);
}

PetscErrorCode ElectrolyteLibraryFind(MPI_Comm comm, const char name[],
                                      char path[PETSC_MAX_PATH_LEN],
                                      char unknown[LIBRARY_UNKNOWN_LENGTH])
{
  LibraryFile *files;
  PetscInt count;

  PetscFunctionBeginUser;
  PetscCall(ElectrolyteLibraryList(comm, &count, &files));
  const LibraryFile *const file = FindFile(count, files, name);
  snprintf(path, PETSC_MAX_PATH_LEN, "%s", file ? file->path : "");
  if (unknown) {
    unknown[0] = '\0';
    if (!file) DescribeUnknown(count, files, name, unknown);
  }
  PetscCall(PetscFree(files));
  PetscFunctionReturn(0);
}

// ---- An electrolyte ----

// The keys of a library file that are those of a case, and then its own.
static PetscErrorCode ReadKeys(CaseInput input, Case *case_, LibraryElectrolyte *entry)
{
  PetscFunctionBeginUser;
  for (size_t k = 0; k < number_of_case_keys; k++) {
    const CaseKey *const key = &case_keys[k];

    if (!key->in_library || key->owner != KEY_OF_CASE) continue;
    PetscCall(KeyRead(input, key, "", NULL, case_));
  }
  PetscCall(KeyReadAll(input, KEY_OF_LIBRARY, "electrolyte", NULL, entry));
  PetscFunctionReturn(0);
}

static PetscReal Nearest(PetscReal value, const Range *range)
{
  return PetscMin(PetscMax(value, range->low), range->high);
}

static PetscErrorCode ReadElectrolyte(CaseInput input, PetscReal temperature, Case *case_,
                                      LibraryElectrolyte *entry)
{
  Electrolyte *const electrolyte = &case_->electrolyte;

  PetscFunctionBeginUser;
  PetscCall(ReadKeys(input, case_, entry));
  PetscCall(PetscStrallocpy(electrolyte->source, &entry->source));
  entry->temperature = temperature == PETSC_DEFAULT
                           ? Nearest(DEFAULT_TEMPERATURE, &electrolyte->temperature_validity)
                           : temperature;
  PetscCall(
      ElectrolyteCheckTemperature(input, entry->temperature, &electrolyte->temperature_validity));
  PetscCall(MeasuredPropertiesRead(input, entry->temperature, electrolyte));
  electrolyte->concentration = Nearest(DEFAULT_CONCENTRATION, &electrolyte->concentration_validity);
  MeasuredPropertiesSetInitial(electrolyte->concentration, electrolyte);
  PetscFunctionReturn(0);
}

PetscErrorCode ElectrolyteLibraryRead(MPI_Comm comm, const char name[], PetscReal temperature,
                                      LibraryElectrolyte *entry)
{
  char path[PETSC_MAX_PATH_LEN], unknown[LIBRARY_UNKNOWN_LENGTH];
  CaseInput input;
  Case case_;

  PetscFunctionBeginUser;
  PetscCall(PetscMemzero(entry, sizeof(*entry)));
  PetscCall(PetscMemzero(&case_, sizeof(case_)));
  PetscCall(ElectrolyteLibraryFind(comm, name, path, unknown));
  PetscCheck(path[0], comm, PETSC_ERR_USER_INPUT, "electrolyte.library: found '%.120s', %s", name,
             unknown);
  PetscCall(CaseInputCreateLibrary(comm, path, &input));
  PetscErrorCode ierr = ReadElectrolyte(input, temperature, &case_, entry);
  PetscCall(CaseInputDestroy(&input));
  entry->electrolyte = case_.electrolyte;
  if (!ierr) ierr = PetscStrallocpy(name, &entry->electrolyte.library);
  if (ierr) PetscCall(LibraryElectrolyteDestroy(entry));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode LibraryElectrolyteDestroy(LibraryElectrolyte *entry)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(entry->title));
  PetscCall(PetscFree(entry->salt));
  PetscCall(PetscFree(entry->solvent));
  PetscCall(PetscFree(entry->source));
  PetscCall(PetscFree(entry->remarks));
  PetscCall(ElectrolyteDestroy(&entry->electrolyte));
  PetscCall(PetscMemzero(entry, sizeof(*entry)));
  PetscFunctionReturn(0);
}
