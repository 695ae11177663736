#ifndef SANDGLASS_IO_STANDARD_STREAMS_H
#define SANDGLASS_IO_STANDARD_STREAMS_H

#include <petscsys.h>

/* Standard output and standard error as a user may leave them: closed, on a full disk, or a pipe
   that nobody reads any more. */

/* The first thing of a program: a file that is opened must not get the number of a stream that is
   closed, or what is printed would go into it. */
void StandardStreamsOpen(void);

/* The last thing that is printed: brings everything out.  False, with one line on standard error,
   where that fails; what is printed afterwards is lost. */
PetscBool StandardStreamsFlush(void);

#endif
