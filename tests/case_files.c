#include "tests/case_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/case_reader.h"

int AllRanks(int agree)
{
  int all = 0;

  MPI_Allreduce(&agree, &all, 1, MPI_INT, MPI_LAND, PETSC_COMM_WORLD);
  return all;
}

static void WriteBytes(const char path[], const char text[], size_t length)
{
  PetscMPIInt rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  if (rank == 0) {
    FILE *const file = fopen(path, "w");

    if (!file || fwrite(text, 1, length, file) != length || fclose(file)) abort();
  }
}

void WriteFile(const char path[], const char text[])
{
  WriteBytes(path, text, strlen(text));
}

void WriteCell(const char text[], size_t length)
{
  WriteBytes("cell.yaml", text, length);
}

// ---- Refusals ----

static char first_message[2048];
static PetscErrorCode first_code;

static PetscErrorCode KeepFirstMessage(MPI_Comm comm, int line, const char *function,
                                       const char *file, PetscErrorCode code, PetscErrorType type,
                                       const char *message, void *context)
{
  (void)comm, (void)line, (void)function, (void)file, (void)context;
  if (type == PETSC_ERROR_INITIAL && !first_code) {
    first_code = code;
    snprintf(first_message, sizeof(first_message), "%s", message);
  }
  return code;
}

void KeepErrors(void)
{
  first_code = 0;
  first_message[0] = '\0';
  PetscPushErrorHandler(KeepFirstMessage, NULL);
}

void ForgetErrors(void)
{
  PetscPopErrorHandler();
}

PetscErrorCode FirstError(const char **message)
{
  *message = first_message;
  return first_code;
}

void assert_read_fails(const char path[], PetscInt n, const char *const settings[],
                       PetscErrorCode expected_code, const char expected[])
{
  Case case_;
  PetscErrorCode code;
  static const Case zeroed;

  KeepErrors();
  code = CaseRead(PETSC_COMM_WORLD, path, n, settings, &case_);
  ForgetErrors();
  const int as_expected =
      code == expected_code && first_code == expected_code && strcmp(first_message, expected) == 0;
  if (!as_expected) print_error("error %d: %s\nexpected: %s\n", code, first_message, expected);
  assert_true(AllRanks(as_expected));
  assert_memory_equal(&case_, &zeroed, sizeof(case_));
}

void assert_refused(const char text[], const char expected[])
{
  WriteCell(text, strlen(text));
  assert_read_fails("cell.yaml", 0, NULL, PETSC_ERR_USER_INPUT, expected);
}

void assert_setting_refused(const char setting[], const char expected[])
{
  char message[2048];

  WriteCell(MINIMAL, strlen(MINIMAL));
  snprintf(message, sizeof(message), "--set %s: %s", setting, expected);
  assert_read_fails("cell.yaml", 1, &setting, PETSC_ERR_USER_INPUT, message);
}

// ---- Cases that are read ----

Case ReadSettings(const char text[], PetscInt n, const char *const settings[])
{
  Case case_;

  WriteCell(text, strlen(text));
  const PetscErrorCode code = CaseRead(PETSC_COMM_WORLD, "cell.yaml", n, settings, &case_);
  assert_true(AllRanks(code == 0));
  return case_;
}

Case Read(const char text[])
{
  return ReadSettings(text, 0, NULL);
}

// Functions of the same text have the same values.
static void assert_same_property(const MeasuredProperty *one, const MeasuredProperty *other)
{
  assert_memory_equal(&one->initial, &other->initial, sizeof(one->initial));
  assert_int_equal(one->text != NULL, other->text != NULL);
  assert_int_equal(one->function != NULL, other->function != NULL);
  if (one->text) assert_string_equal(one->text, other->text);
  for (PetscReal c = 0; one->function && c <= 4000; c += 125) {
    assert_true(PropertyEvaluate(one->function, c).value ==
                PropertyEvaluate(other->function, c).value);
  }
}

static void assert_same_electrolyte(const Electrolyte *one, const Electrolyte *other)
{
  assert_string_equal(one->source, other->source);
  assert_string_equal(one->flux_law, other->flux_law);
  assert_int_equal(one->closure, other->closure);
  assert_int_equal(one->number_of_ions, other->number_of_ions);
  assert_int_equal(one->ions_listed, other->ions_listed);
  assert_memory_equal(one->ion, other->ion, sizeof(one->ion));
  assert_int_equal(one->reacting_ion, other->reacting_ion);
  assert_true(one->concentration == other->concentration);
  assert_same_property(&one->diffusivity, &other->diffusivity);
  assert_same_property(&one->transference_number, &other->transference_number);
  assert_same_property(&one->conductivity, &other->conductivity);
  assert_same_property(&one->thermodynamic_factor, &other->thermodynamic_factor);
  assert_memory_equal(&one->concentration_validity, &other->concentration_validity, sizeof(Range));
  assert_memory_equal(&one->temperature_validity, &other->temperature_validity, sizeof(Range));
  assert_true(one->relative_permittivity == other->relative_permittivity);
}

void assert_same_case(const Case *one, const Case *other)
{
  assert_string_equal(one->title, other->title);
  assert_true(one->temperature == other->temperature);
  assert_same_electrolyte(&one->electrolyte, &other->electrolyte);
  assert_memory_equal(&one->separator, &other->separator, sizeof(one->separator));
  assert_memory_equal(&one->anode, &other->anode, sizeof(one->anode));
  assert_memory_equal(&one->counter_electrode, &other->counter_electrode, sizeof(one->anode));
  assert_memory_equal(&one->mesh, &other->mesh, sizeof(one->mesh));
  assert_memory_equal(&one->solver, &other->solver, sizeof(one->solver));
  assert_memory_equal(&one->output, &other->output, sizeof(one->output));
  assert_true(one->onset_distance == other->onset_distance);
  assert_int_equal(one->number_of_steps, other->number_of_steps);
  for (PetscInt i = 0; i < one->number_of_steps; i++) {
    const ProtocolStep *const step = &one->protocol[i], *const twin = &other->protocol[i];

    assert_int_equal(step->kind, twin->kind);
    assert_true(step->value == twin->value && step->duration == twin->duration);
    assert_int_equal(step->number_of_conditions, twin->number_of_conditions);
    if (step->until) {
      assert_memory_equal(step->until, twin->until,
                          step->number_of_conditions * sizeof(*step->until));
    }
  }
}

void assert_survives_round_trip(const char text[])
{
  Case case_ = Read(text), twin;
  char *yaml, *yaml_of_twin;

  assert_int_equal(CaseToYaml(&case_, &yaml), 0);
  twin = Read(yaml);
  assert_same_case(&case_, &twin);
  assert_int_equal(CaseToYaml(&twin, &yaml_of_twin), 0);
  assert_string_equal(yaml, yaml_of_twin);
  PetscFree(yaml);
  PetscFree(yaml_of_twin);
  CaseDestroy(&case_);
  CaseDestroy(&twin);
}
