#ifndef SANDGLASS_IO_TEXT_FILE_H
#define SANDGLASS_IO_TEXT_FILE_H

#include <petscsys.h>

/* Collective: the text of a file, read by rank 0 and the same on every rank; free with PetscFree.
 *error is the errno of what went wrong, or 0; where it is set the text is NULL. */
PetscErrorCode TextFileRead(MPI_Comm comm, const char path[], char **text, int *error);

/* The line (from 1) of the first byte that is not UTF-8, or is a control character that is no
   blank; 0: it is text all through. */
int TextBadLine(const char text[]);

#define TEXT_MISTAKE "found a byte that is no text, allowed: UTF-8"

#endif
