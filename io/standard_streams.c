#include "io/standard_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void StandardStreamsOpen(void)
{
  for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
    if (fcntl(descriptor, F_GETFD) != -1) continue;
    // It gets the lowest number that is free, this one; read only, so that writing fails and is
    // told.
    if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

/* What could not be written waits in the stream, and every later flush, also one of PETSC's, would
   fail again. */
static void Discard(int descriptor)
{
  const int nowhere = open("/dev/null", O_WRONLY);

  if (nowhere >= 0) dup2(nowhere, descriptor);
  if (nowhere > STDERR_FILENO) close(nowhere);
}

// What went wrong; NULL: nothing did.  The reason of an earlier failure is no longer known.
static const char *MistakeOf(FILE *stream)
{
  errno = 0;
  if (fflush(stream) == 0 && !ferror(stream)) return NULL;
  clearerr(stream);
  return errno ? strerror(errno) : "it is full, closed or broken";
}

PetscBool StandardStreamsFlush(void)
{
  const char *const of_output = MistakeOf(stdout);

  if (of_output) {
    fprintf(stderr, "sandglass: standard output cannot be written: %s\n", of_output);
    Discard(STDOUT_FILENO);
  }
  const PetscBool of_messages = (PetscBool)(MistakeOf(stderr) != NULL);

  if (of_messages) Discard(STDERR_FILENO);
  return (PetscBool)(!of_output && !of_messages);
}
