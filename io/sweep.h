#ifndef SANDGLASS_IO_SWEEP_H
#define SANDGLASS_IO_SWEEP_H

#include <petscsys.h>
#include <signal.h>

/* The command `sweep`: reads and checks the cases, makes the file or goes on with it, hands the
   cases out to the ranks, and reports.

   A signal: each rank finishes the case at hand and takes no other, on whichever rank it came. */
typedef struct {
  const char *case_path, *output_path;
  PetscInt number_of_settings;  // of --set
  const char *const *settings;
  PetscBool dry;     // closed forms only
  PetscBool strict;  // the exit status tells of any failed case
  PetscBool resume;  // goes on with the file, where there is one
  PetscBool json, quiet;
  const char *program_version;
  const volatile sig_atomic_t *signal;  // that was caught; 0: none
  const volatile sig_atomic_t *hurry;   // the case at hand is not to be finished either
  volatile sig_atomic_t *finishes;      // set when a signal is looked at from then on; may be NULL
} SweepOptions;

/* Collective over PETSC_COMM_WORLD.  *exit_status: 0; 3 where all cases failed, or with `strict`
   any did; 143 or 130 where a signal has left cases to do. */
PetscErrorCode SweepExecute(const SweepOptions *options, int *exit_status);

#endif
