#ifndef SANDGLASS_IO_COMMAND_LINE_H
#define SANDGLASS_IO_COMMAND_LINE_H

#include <petscsys.h>
#include <stdio.h>

typedef enum {
  COMMAND_RUN,
  COMMAND_SAND,
  COMMAND_SWEEP,
  COMMAND_PLOT,
  COMMAND_CHECK,
  COMMAND_KEYS,
  COMMAND_ELECTROLYTES,
  COMMAND_NONE
} CommandName;

typedef struct {
  CommandName command;
  PetscBool help;  // of the command, or of the program where there is none
  PetscBool version;
  const char *case_path;     // NULL where the command takes none
  const char *results_path;  // of plot
  const char *electrolyte;   // its name in the library; NULL: not given
  const char *output_path;   // -o; NULL: not given
  const char *temperature;   // of --temperature; NULL: not given
  const char **settings;     // [number_of_settings] of --set
  int number_of_settings;
  PetscBool json, quiet;
  PetscBool accurate;             // of a run
  PetscBool dry, strict, resume;  // of a sweep
  const char *format;             // of pictures, a name; NULL: not given
  int petsc_argc;                 // the program's name and what stands after --
  char **petsc_argv;
} CommandLine;

/* Reads the command line without MPI or PETSc.  Returns whether it could be read; otherwise one
   line on standard error has said why. */
PetscBool CommandLineRead(int argc, char *argv[], CommandLine *line);
void CommandLineFree(CommandLine *line);

/* What `--help` prints. */
void CommandLineHelp(FILE *stream, CommandName command);

#endif
