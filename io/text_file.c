#include "io/text_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

// Reads the file on this rank; *text is allocated, and *error the errno of what went wrong, or 0.
static PetscErrorCode ReadFile(const char path[], char **text, size_t *length, int *error)
{
  FILE *const file = fopen(path, "rb");
  size_t capacity = 0;

  PetscFunctionBeginUser;
  *length = 0;
  *error = file ? 0 : errno;
  do {  // at least once: the text always has its final zero
    if (capacity < *length + 2) capacity = 2 * capacity + 4096;
    PetscCall(PetscRealloc(capacity, text));
    if (file) *length += fread(*text + *length, 1, capacity - *length - 1, file);
    if (*length > INT_MAX / 4) *error = EFBIG;  // MPI counts in int
  } while (file && !feof(file) && !ferror(file) && !*error);
  (*text)[*length] = '\0';
  if (file && ferror(file)) *error = errno;
  if (file) fclose(file);
  PetscFunctionReturn(0);
}

PetscErrorCode TextFileRead(MPI_Comm comm, const char path[], char **text, int *error)
{
  int header[2] = {0, 0};  // error, length
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  *text = NULL;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (rank == 0) {
    size_t length;

    PetscCall(ReadFile(path, text, &length, &header[0]));
    header[1] = (int)length;
  }
  PetscCallMPI(MPI_Bcast(header, 2, MPI_INT, 0, comm));
  *error = header[0];
  if (*error) {
    PetscCall(PetscFree(*text));
    PetscFunctionReturn(0);
  }
  if (rank != 0) PetscCall(PetscMalloc1(header[1] + 1, text));
  PetscCallMPI(MPI_Bcast(*text, header[1] + 1, MPI_CHAR, 0, comm));
  if (strlen(*text) < (size_t)header[1]) (*text)[strlen(*text)] = '\x01';  // a zero is no text
  PetscFunctionReturn(0);
}

// How many bytes a character has by its first one; 0: none begins so.
static int LengthByFirst(unsigned char byte)
{
  if (byte < 0x80) return 1;
  if (byte < 0xc2) return 0;
  if (byte < 0xe0) return 2;
  if (byte < 0xf0) return 3;
  return byte < 0xf5 ? 4 : 0;
}

/* The first byte that is not UTF-8, or is a control character YAML does not allow; NULL: none.
   libfyaml reads a scalar with such a byte as an empty one and says nothing, and a directive with
   one for ever. */
static const char *FirstBadByte(const char text[])
{
  static const unsigned long smallest[] = {0, 0, 0x80, 0x800, 0x10000};  // by number of bytes
  const unsigned char *byte = (const unsigned char *)text;

  while (*byte) {
    const int n = LengthByFirst(*byte);
    unsigned long code = n == 1 ? *byte : *byte & (0x7fu >> n);

    for (int i = 1; i < n; i++) {
      if ((byte[i] & 0xc0) != 0x80) return (const char *)byte;
      code = code << 6 | (byte[i] & 0x3f);
    }
    if (n == 0 || code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ||
        code == 0x7f || (code < ' ' && !strchr("\t\n\r", (int)code)))
      return (const char *)byte;
    byte += n;
  }
  return NULL;
}

int TextBadLine(const char text[])
{
  const char *const bad = FirstBadByte(text);
  int line = 1;

  if (!bad) return 0;
  for (const char *c = text; c < bad; c++) line += *c == '\n';
  return line;
}
