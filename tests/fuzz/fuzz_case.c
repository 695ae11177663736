#include <string.h>

#include "io/case_reader.h"
#include "tests/fuzz/harness.h"

/* The case file.  One that is read is written as resolved and read back: to the same case. */

PetscErrorCode FuzzPrepare(void)
{
  static const char library[] =
      "title: t\nsalt: s\nsolvent: s\nsource: s\nremarks: r\nrelative_permittivity: 10\n"
      "validity: {concentration: [0.1 mol/L, 2 mol/L], temperature: [0 degC, 60 degC]}\n"
      "diffusivity: {expression: 4e-10 - 1e-10*m, unit: m^2/s}\ntransference_number: 0.3\n"
      "conductivity: {table: \"c [mol/L], kappa [S/m]\\n0.1, 0.5\\n1, 1\\n2, 0.9\\n\"}\n"
      "thermodynamic_factor: {expression: 1 + m}\n";

  FuzzWriteFile("library.yaml", library, sizeof(library) - 1);
  return 0;
}

static void CheckRoundTrip(Case *case_)
{
  char *yaml, *yaml_of_twin;
  Case twin;

  case_->electrolyte.library[0] = '\0';  // all but this name is kept
  FuzzMust(CaseToYaml(case_, &yaml));
  FuzzWriteFile("resolved.yaml", yaml, strlen(yaml));
  FuzzMust(CaseRead(PETSC_COMM_SELF, "resolved.yaml", 0, NULL, &twin));
  FuzzMust(CaseToYaml(&twin, &yaml_of_twin));
  if (strcmp(yaml, yaml_of_twin)) FuzzFail("the resolved case is read as another one");
  FuzzMust(PetscFree(yaml));
  FuzzMust(PetscFree(yaml_of_twin));
  FuzzMust(CaseDestroy(&twin));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  Case case_;

  FuzzWriteFile("cell.yaml", data, size);
  FuzzBegin();
  if (!FuzzEnd(CaseRead(PETSC_COMM_SELF, "cell.yaml", 0, NULL, &case_))) return 0;
  CheckRoundTrip(&case_);
  FuzzMust(CaseDestroy(&case_));
  return 0;
}
