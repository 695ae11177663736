#define _XOPEN_SOURCE 700

#include "io/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "sandglass seal 1\n"
#define BUFFER_SIZE (1 << 20)  // of the bytes read at once; a multiple of 8

static const unsigned char hdf5_magic[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

// In the byte order of the machine, like the numbers of the results.
typedef struct {
  char magic[24];
  uint64_t checksum;  // with this field zero
  uint64_t size;      // of the file
  uint64_t gaps;
  SealGap gap[MAXIMUM_SEAL_GAPS];
} Header;

typedef union {
  Header header;
  unsigned char bytes[SEAL_SIZE];
} Block;

_Static_assert(sizeof(Header) <= SEAL_SIZE, "the gaps do not fit into the user block");

// ---- The checksum ----

/* FNV-1a on words of eight bytes; the shift brings the high bits down, which a product alone never
   does.  Each step is one to one, so that a change within one word never gets lost. */
static uint64_t MixWord(uint64_t hash, uint64_t word)
{
  hash = (hash ^ word) * UINT64_C(0x100000001b3);
  return hash ^ hash >> 32;
}

static uint64_t MixBytes(uint64_t hash, const unsigned char bytes[], size_t size)
{
  uint64_t word;

  for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
    memcpy(&word, bytes, sizeof(word));
    hash = MixWord(hash, word);
  }
  word = size;
  for (size_t i = 0; i < size; i++) word = word << 8 | bytes[i];
  return size ? MixWord(hash, word) : hash;
}

static uint64_t MixBlock(const Block *block)
{
  Block blank = *block;

  blank.header.checksum = 0;
  return MixBytes(UINT64_C(0xcbf29ce484222325), blank.bytes, SEAL_SIZE);
}

static void BlockSetUp(Block *block, uint64_t size, PetscInt gaps, const SealGap gap[])
{
  memset(block, 0, sizeof(*block));
  memcpy(block->header.magic, MAGIC, sizeof(MAGIC));
  block->header.size = size;
  block->header.gaps = (uint64_t)gaps;
  for (PetscInt g = 0; g < gaps; g++) block->header.gap[g] = gap[g];
}

PetscErrorCode SealImage(void *bytes, size_t size)
{
  Block block;

  PetscFunctionBeginUser;
  PetscCheck(size >= SEAL_SIZE, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "no user block for a seal");
  BlockSetUp(&block, size, 0, NULL);
  block.header.checksum =
      MixBytes(MixBlock(&block), (const unsigned char *)bytes + SEAL_SIZE, size - SEAL_SIZE);
  memcpy(bytes, &block, SEAL_SIZE);
  PetscFunctionReturn(0);
}

// ---- Files ----

static PetscErrorCode Refuse(const char path[], PetscErrorCode code, const char reason[])
{
  PetscFunctionBeginUser;
  SETERRQ(PETSC_COMM_SELF, code, "%s: cannot be read: %s", path, reason);
}

// All bytes asked for, or fewer at the end of the file; -1 with errno.
static ssize_t ReadAt(int descriptor, unsigned char bytes[], size_t size, uint64_t offset)
{
  size_t done = 0;

  while (done < size) {
    const ssize_t read = pread(descriptor, bytes + done, size - done, (off_t)(offset + done));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return -1;
    if (read == 0) break;
    done += (size_t)read;
  }
  return (ssize_t)done;
}

// Goes on with the bytes from `first` to before `end`; false with errno where they cannot be read.
static PetscBool MixRange(int descriptor, unsigned char buffer[], uint64_t first, uint64_t end,
                          uint64_t *hash)
{
  while (first < end) {
    const size_t size = (size_t)PetscMin((uint64_t)BUFFER_SIZE, end - first);
    const ssize_t read = ReadAt(descriptor, buffer, size, first);

    if (read < 0) return PETSC_FALSE;
    *hash = MixBytes(*hash, buffer, (size_t)read);
    if ((size_t)read < size) return PETSC_TRUE;  // a file that ends early has another checksum
    first += size;
  }
  return PETSC_TRUE;
}

// The checksum of the file that the block says it is.
static PetscErrorCode MixFile(const char path[], int descriptor, const Block *block, uint64_t *hash)
{
  const Header *const header = &block->header;
  uint64_t first = SEAL_SIZE;
  unsigned char *buffer;
  PetscBool read = PETSC_TRUE;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(BUFFER_SIZE, &buffer));
  *hash = MixBlock(block);
  for (uint64_t g = 0; g <= header->gaps && read; g++) {
    const PetscBool is_last = (PetscBool)(g == header->gaps);

    read =
        MixRange(descriptor, buffer, first, is_last ? header->size : header->gap[g].offset, hash);
    if (!is_last) first = header->gap[g].offset + header->gap[g].size;
  }
  const int error = errno;
  PetscCall(PetscFree(buffer));
  if (!read) PetscCall(Refuse(path, PETSC_ERR_FILE_READ, strerror(error)));
  PetscFunctionReturn(0);
}

static PetscErrorCode WriteSeal(const char path[], int descriptor, PetscInt gaps,
                                const SealGap gap[])
{
  struct stat status;
  Block block;

  PetscFunctionBeginUser;
  if (fstat(descriptor, &status) != 0) {
    PetscCall(Refuse(path, PETSC_ERR_FILE_READ, strerror(errno)));
  }
  BlockSetUp(&block, (uint64_t)status.st_size, gaps, gap);
  PetscCall(MixFile(path, descriptor, &block, &block.header.checksum));
  PetscCheck(pwrite(descriptor, &block, SEAL_SIZE, 0) == SEAL_SIZE, PETSC_COMM_SELF,
             PETSC_ERR_FILE_WRITE, "%s: cannot be written: %s", path, strerror(errno));
  PetscFunctionReturn(0);
}

PetscErrorCode SealFile(const char path[], PetscInt gaps, const SealGap gap[])
{
  const int descriptor = open(path, O_RDWR | O_CLOEXEC);

  PetscFunctionBeginUser;
  PetscCheck(gaps <= MAXIMUM_SEAL_GAPS, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ, "too many gaps");
  if (descriptor < 0) PetscCall(Refuse(path, PETSC_ERR_FILE_OPEN, strerror(errno)));
  PetscErrorCode ierr = WriteSeal(path, descriptor, gaps, gap);
  const int closed = close(descriptor);
  PetscCall(ierr);
  PetscCheck(closed == 0, PETSC_COMM_SELF, PETSC_ERR_FILE_WRITE, "%s: cannot be written: %s", path,
             strerror(errno));
  PetscFunctionReturn(0);
}

// ---- Checking ----

// Whether the gaps are such as SealFile takes, within the file; else the block is damaged.
static PetscBool IsPossible(const Header *header, uint64_t size)
{
  uint64_t end = SEAL_SIZE;

  if (header->size != size || header->gaps > MAXIMUM_SEAL_GAPS) return PETSC_FALSE;
  for (uint64_t g = 0; g < header->gaps; g++) {
    const SealGap *const gap = &header->gap[g];

    if (gap->offset < end || gap->offset > size || gap->size > size - gap->offset) {
      return PETSC_FALSE;
    }
    end = gap->offset + gap->size;
  }
  return PETSC_TRUE;
}

static PetscErrorCode CheckOpen(const char path[], int descriptor, SealState *state)
{
  Block block = {.bytes = {0}};
  struct stat status;
  uint64_t hash;

  PetscFunctionBeginUser;
  if (fstat(descriptor, &status) != 0 || ReadAt(descriptor, block.bytes, SEAL_SIZE, 0) < 0) {
    PetscCall(Refuse(path, PETSC_ERR_FILE_READ, strerror(errno)));
  }
  if (memcmp(block.header.magic, MAGIC, sizeof(MAGIC)) != 0) {
    if (memcmp(block.bytes, hdf5_magic, sizeof(hdf5_magic)) != 0) {
      PetscCall(Refuse(path, PETSC_ERR_FILE_READ, "no HDF5 file, or a damaged one"));
    }
    *state = SEAL_MISSING;
    PetscFunctionReturn(0);
  }
  *state = SEAL_BROKEN;
  if (!IsPossible(&block.header, (uint64_t)status.st_size)) PetscFunctionReturn(0);
  PetscCall(MixFile(path, descriptor, &block, &hash));
  if (hash == block.header.checksum) *state = SEAL_GOOD;
  PetscFunctionReturn(0);
}

PetscErrorCode SealCheck(const char path[], SealState *state)
{
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);

  PetscFunctionBeginUser;
  *state = SEAL_BROKEN;
  if (descriptor < 0) PetscCall(Refuse(path, PETSC_ERR_FILE_OPEN, strerror(errno)));
  PetscErrorCode ierr = CheckOpen(path, descriptor, state);
  close(descriptor);
  PetscCall(ierr);
  PetscFunctionReturn(0);
}
