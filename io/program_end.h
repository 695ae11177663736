#ifndef SANDGLASS_IO_PROGRAM_END_H
#define SANDGLASS_IO_PROGRAM_END_H

#include <petscsys.h>

/* How the program ends: its exit statuses, and errors, each of which is one line on standard error.
 */
enum { EXIT_DONE = 0, EXIT_MISTAKE = 1, EXIT_BAD_INPUT = 2, EXIT_GAVE_UP = 3, EXIT_FILE = 4 };

// From here on errors are told in that way; after PetscInitialize.
PetscErrorCode ErrorsAreLines(void);

// The exit status that an error asks for.
int ExitStatusOfError(PetscErrorCode code);

// An error that only rank 0 has met ends the others, too: they would wait for it for ever.
PetscErrorCode OnRankZero(PetscErrorCode code);

/* The end after an error: of a process by itself, and of several where the others may not have met
   it.  Returns where all have. */
void EndAfterError(PetscErrorCode code);

#endif
