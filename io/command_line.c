#include "io/command_line.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* One row a command: what it is called, what it takes, what it does. */
typedef struct {
  const char *name;
  const char *usage;
  const char *summary;
  PetscBool takes_case, takes_output, takes_json, takes_electrolyte, runs, sweeps, plots;
} Command;

static const Command commands[] = {
    [COMMAND_RUN] =
        {"run",
         "CASE.yaml [-o FILE.h5] [--set KEY=VALUE]... [--accurate] [--resume] [--json] [--quiet] "
         "[-- PETSC OPTIONS]",
         "integrate a case and find its onset", .takes_case = PETSC_TRUE,
         .takes_output = PETSC_TRUE, .takes_json = PETSC_TRUE, .runs = PETSC_TRUE},
    [COMMAND_SAND] = {"sand", "CASE.yaml [--set KEY=VALUE]... [--json]",
                      "closed forms only: Sand's time, limiting current, Debye length",
                      .takes_case = PETSC_TRUE, .takes_json = PETSC_TRUE},
    [COMMAND_SWEEP] = {"sweep",
                       "CASE.yaml [-o FILE.h5] [--set KEY=VALUE]... [--dry] [--strict] [--resume] "
                       "[--json] [--quiet] [-- PETSC OPTIONS]",
                       "run the cases of the section `sweep`, under mpirun one a rank at a time",
                       .takes_case = PETSC_TRUE, .takes_output = PETSC_TRUE,
                       .takes_json = PETSC_TRUE, .sweeps = PETSC_TRUE},
    [COMMAND_PLOT] = {"plot", "FILE.h5 [-o FOLDER] [--format png|svg|pdf]",
                      "pictures of a run or a sweep, by gnuplot", .takes_output = PETSC_TRUE,
                      .plots = PETSC_TRUE},
    [COMMAND_CHECK] = {"check", "CASE.yaml [--set KEY=VALUE]... [--json]",
                       "read and judge a case, run nothing", .takes_case = PETSC_TRUE,
                       .takes_json = PETSC_TRUE},
    [COMMAND_KEYS] = {"keys", "", "every key of a case: meaning, unit, default, allowed range",
                      .takes_case = PETSC_FALSE},
    [COMMAND_ELECTROLYTES] = {"electrolytes", "[NAME] [--temperature T] [--json]",
                              "the library of measured electrolytes: source, range, properties",
                              .takes_json = PETSC_TRUE, .takes_electrolyte = PETSC_TRUE},
};

static const char program_help[] =
    "Sandglass finds the time at which the electrolyte of a lithium-metal cell runs out of salt.\n"
    "\n"
    "  sandglass COMMAND ...\n"
    "\n";

static const char options_help[] =
    "  -o, --output FILE   results (HDF5; default: the case's name with .h5, in this folder)\n"
    "      --set KEY=VALUE change a key of the case, by its dotted name: --set mesh.nodes=801\n"
    "      --json          one JSON object on standard output and nothing else there\n"
    "      --quiet         no progress\n"
    "  -h, --help          this text; after a command, the command's\n"
    "      --version       versions of the program and its libraries\n"
    "  --                  what follows is for PETSc: -- -ts_monitor\n"
    "\n"
    "Exit status: 0 done; 2 bad usage or bad input; 3 the solver gave up (what it had is saved);\n"
    "4 a file could not be read or written; 130, 143 stopped by SIGINT, SIGTERM.\n";

static const char run_help[] =
    "\n"
    "      --accurate      ten times the nodes and a fiftieth of the tolerance: event times to "
    "1e-5,\n"
    "                      where the default promises 1e-3\n"
    "      --resume        go on with FILE where its run was stopped or killed; start where there "
    "is "
    "none\n";

static const char sweep_help[] =
    "\n"
    "      --dry           the closed forms only\n"
    "      --strict        exit status 3 when any case failed, not only when all did\n"
    "      --resume        run what is missing in FILE; start where there is none\n"
    "\n"
    "--set sweep.NAME=VALUE changes the section itself. A case that fails is a row of the file.\n"
    "SIGUSR1 and SIGTERM let every rank finish the case at hand; then the exit status is 143.\n";

static const char plot_help[] =
    "  -o, --output FOLDER where the pictures go (default: this folder)\n"
    "      --format FORMAT png (default), svg or pdf\n"
    "  -h, --help          this text\n"
    "\n"
    "Of a sweep: the onset over the swept key with Sand's line and the depletion time of the\n"
    "finite cell; a map where two keys are swept. Of a run: profiles and history.\n"
    "\n"
    "Exit status: 0 done; 2 bad usage; 4 no gnuplot, or a file could not be read or written.\n";

static const char electrolytes_help[] =
    "  NAME                one of them: its properties and frictions over the concentration\n"
    "      --temperature T at which, with its unit: --temperature \"10 degC\" (default: 25 degC)\n"
    "      --json          one JSON object on standard output and nothing else there\n"
    "  -h, --help          this text\n"
    "\n"
    "A case takes one by its name, electrolyte.library: NAME; what it gives itself wins.\n"
    "Files of your own, NAME.yaml, are found in the folders of SANDGLASS_ELECTROLYTES\n"
    "(separated by colons).\n"
    "\n"
    "Exit status: 0 done; 2 bad usage or an unknown name; 4 a file could not be read.\n";

void CommandLineHelp(FILE *stream, CommandName command)
{
  if (command == COMMAND_NONE) {
    fputs(program_help, stream);
    for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(commands); i++) {
      fprintf(stream, "  %-14s%s\n", commands[i].name, commands[i].summary);
    }
    fprintf(stream, "\n%s", options_help);
    return;
  }
  fprintf(stream, "sandglass %s %s\n\n  %s\n", commands[command].name, commands[command].usage,
          commands[command].summary);
  if (commands[command].takes_case) fprintf(stream, "\n%s", options_help);
  if (commands[command].runs) fputs(run_help, stream);
  if (commands[command].sweeps) fputs(sweep_help, stream);
  if (commands[command].plots) fprintf(stream, "\n%s", plot_help);
  if (commands[command].takes_electrolyte) fprintf(stream, "\n%s", electrolytes_help);
}

static PetscBool Complain(const char text[], const char about[])
{
  fprintf(stderr, "sandglass: %s%s; see sandglass --help\n", text, about);
  return PETSC_FALSE;
}

static PetscBool FindCommand(const char name[], CommandName *command)
{
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(commands); i++) {
    if (!strcmp(name, commands[i].name)) {
      *command = (CommandName)i;
      return PETSC_TRUE;
    }
  }
  fprintf(stderr, "sandglass: unknown command '%s', allowed:", name);
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(commands); i++) {
    fprintf(stderr, "%s %s", i ? "," : "", commands[i].name);
  }
  fprintf(stderr, "\n");
  return PETSC_FALSE;
}

enum {
  OPTION_SET = 256,
  OPTION_JSON,
  OPTION_QUIET,
  OPTION_ACCURATE,
  OPTION_TEMPERATURE,
  OPTION_DRY,
  OPTION_STRICT,
  OPTION_RESUME,
  OPTION_FORMAT,
  OPTION_VERSION
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"set", required_argument, NULL, OPTION_SET},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"accurate", no_argument, NULL, OPTION_ACCURATE},
    {"temperature", required_argument, NULL, OPTION_TEMPERATURE},
    {"dry", no_argument, NULL, OPTION_DRY},
    {"strict", no_argument, NULL, OPTION_STRICT},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0}};

static PetscBool TakeOption(int option, char *const argv[], CommandLine *line)
{
  switch (option) {
    case 'o':
      if (!optarg[0]) return Complain("-o takes a name, not an empty text", "");
      line->output_path = optarg;
      return PETSC_TRUE;
    case OPTION_SET:
      line->settings[line->number_of_settings++] = optarg;
      return PETSC_TRUE;
    case OPTION_JSON:
      line->json = PETSC_TRUE;
      return PETSC_TRUE;
    case OPTION_QUIET:
      line->quiet = PETSC_TRUE;
      return PETSC_TRUE;
    case OPTION_ACCURATE:
      line->accurate = PETSC_TRUE;
      return PETSC_TRUE;
    case OPTION_TEMPERATURE:
      line->temperature = optarg;
      return PETSC_TRUE;
    case OPTION_DRY:
      line->dry = PETSC_TRUE;
      return PETSC_TRUE;
    case OPTION_STRICT:
      line->strict = PETSC_TRUE;
      return PETSC_TRUE;
    case OPTION_RESUME:
      line->resume = PETSC_TRUE;
      return PETSC_TRUE;
    case OPTION_FORMAT:
      line->format = optarg;
      return PETSC_TRUE;
    case 'h':
      line->help = PETSC_TRUE;
      return PETSC_TRUE;
    case OPTION_VERSION:
      line->version = PETSC_TRUE;
      return PETSC_TRUE;
    case ':':
      return Complain("a value is missing after ", argv[optind - 1]);
    default:
      return Complain("unknown option ", argv[optind - 1]);
  }
}

static PetscBool TakeWord(char word[], CommandLine *line)
{
  if (line->command == COMMAND_NONE) return FindCommand(word, &line->command);
  if (commands[line->command].takes_electrolyte && !line->electrolyte) {
    line->electrolyte = word;
    return PETSC_TRUE;
  }
  if (commands[line->command].plots && !line->results_path) {
    line->results_path = word;
    return PETSC_TRUE;
  }
  if (!commands[line->command].takes_case) return Complain("too many arguments: ", word);
  if (line->case_path) return Complain("one case at a time; too many arguments: ", word);
  line->case_path = word;
  return PETSC_TRUE;
}

static PetscBool CheckWhole(const CommandLine *line)
{
  const Command *command;

  if (line->help || line->version) return PETSC_TRUE;
  if (line->command == COMMAND_NONE) return Complain("no command", "");
  command = &commands[line->command];
  if (command->takes_case && !line->case_path) return Complain("no case file", "");
  if (line->output_path && !command->takes_output) {
    return Complain("-o has no meaning for ", command->name);
  }
  if (line->json && !command->takes_json) {
    return Complain("--json has no meaning for ", command->name);
  }
  if (line->accurate && !command->runs) {
    return Complain("--accurate has no meaning for ", command->name);
  }
  if ((line->dry || line->strict) && !command->sweeps) {
    return Complain("--dry and --strict have no meaning for ", command->name);
  }
  if (line->resume && !command->sweeps && !command->runs) {
    return Complain("--resume has no meaning for ", command->name);
  }
  if (command->plots && !line->results_path) return Complain("no file of results", "");
  if (line->format && !command->plots) {
    return Complain("--format has no meaning for ", command->name);
  }
  if (line->format && strcmp(line->format, "png") && strcmp(line->format, "svg") &&
      strcmp(line->format, "pdf")) {
    return Complain("--format takes png, svg or pdf, not ", line->format);
  }
  if (line->temperature && !command->takes_electrolyte) {
    return Complain("--temperature has no meaning for ", command->name);
  }
  if (line->temperature && !line->electrolyte) {
    return Complain("--temperature goes with the name of an electrolyte", "");
  }
  if (line->number_of_settings && !command->takes_case) {
    return Complain("--set has no meaning for ", command->name);
  }
  return PETSC_TRUE;
}

/* Everything after `--` is PETSc's; getopt sees what stands before it. */
static int SplitOff(int argc, char *argv[], CommandLine *line)
{
  int end = 0;

  while (end < argc && strcmp(argv[end], "--")) end++;
  line->petsc_argv = calloc(argc + 1, sizeof *line->petsc_argv);
  line->petsc_argv[line->petsc_argc++] = argv[0];
  for (int i = end + 1; i < argc; i++) line->petsc_argv[line->petsc_argc++] = argv[i];
  return end;
}

PetscBool CommandLineRead(int argc, char *argv[], CommandLine *line)
{
  int option;

  *line = (CommandLine){.command = COMMAND_NONE};
  argc = SplitOff(argc, argv, line);
  line->settings = calloc(argc + 1, sizeof *line->settings);
  opterr = 0;
  // "-" hands over words in their order, so that options may stand anywhere.
  while ((option = getopt_long(argc, argv, "-:o:h", long_options, NULL)) != -1) {
    if (!(option == 1 ? TakeWord(optarg, line) : TakeOption(option, argv, line))) {
      return PETSC_FALSE;
    }
  }
  return CheckWhole(line);
}

void CommandLineFree(CommandLine *line)
{
  free(line->settings);
  free(line->petsc_argv);
  *line = (CommandLine){.command = COMMAND_NONE};
}
