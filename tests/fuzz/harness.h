#ifndef SANDGLASS_TESTS_FUZZ_HARNESS_H
#define SANDGLASS_TESTS_FUZZ_HARNESS_H

#include <petscsys.h>
#include <stdint.h>

/* What the harnesses of the readers share.  libFuzzer calls LLVMFuzzerTestOneInput of each with
   bytes of its own making; harness.c starts MPI and PETSc as the program does and enters a scratch
   folder, in which a harness has files of whatever names. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What a harness needs once, after the start; it may call what the program calls.
PetscErrorCode FuzzPrepare(void);

void FuzzWriteFile(const char path[], const void *bytes, size_t size);

/* Around each call of a reader.  Whatever the input, it is read or it is refused by a code that the
   program tells in one sentence; anything else ends the harness as a crash would.  FuzzEnd is true
   where the input was read. */
void FuzzBegin(void);
PetscBool FuzzEnd(PetscErrorCode code);

// The same for a call that must succeed; and for what must hold after it.
#define FuzzMust(...)                                                                 \
  do {                                                                                \
    FuzzBegin();                                                                      \
    if (!FuzzEnd(__VA_ARGS__)) FuzzFail("refused, after it was read: " #__VA_ARGS__); \
  } while (0)
void FuzzFail(const char what[]) __attribute__((noreturn));

/* Memory of PETSc, for a reader of which a refusal ends the program: what it has then goes with it.
   At the start of an input; after a refusal; and at the end, where none may be left. */
void FuzzCountMemory(void);
void FuzzForgetMemory(void);
void FuzzCheckMemory(void);

// A case, two electrodes and a step, that is read.
#define FUZZ_CELL                                                                               \
  "electrolyte: {concentration: 1 mol/L, diffusivity: 2e-10 m^2/s, transference_number: 0.3}\n" \
  "separator: {thickness: 25 um}\n"                                                             \
  "protocol: [{current: 10 mA/cm^2, for: 2 h}]\n"

#endif
