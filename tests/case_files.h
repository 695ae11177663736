#ifndef SANDGLASS_TESTS_CASE_FILES_H
#define SANDGLASS_TESTS_CASE_FILES_H

#include <petscsys.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "solver/case.h"
#include "tests/scratch_folder.h"

/* For the tests of what is read: cases as files, in the scratch folder, that are read on all ranks.
   What a rank finds is reduced before it is asserted, so that no rank is left waiting for another.
 */

#define ELECTROLYTE \
  "electrolyte: {concentration: 1 mol/L, diffusivity: 2e-10 m^2/s, transference_number: 0.3}\n"
#define SEPARATOR "separator: {thickness: 25 um}\n"
#define PROTOCOL "protocol: [{current: 10 mA/cm^2, for: 2 h}]\n"
#define MINIMAL ELECTROLYTE SEPARATOR PROTOCOL  // three lines: what follows stands in line 4

// True on every rank where it is on all.
int AllRanks(int agree);

void WriteFile(const char path[], const char text[]);
void WriteCell(const char text[], size_t length);  // cell.yaml, zero bytes and all

// Writes cell.yaml and reads it, which must succeed.
Case Read(const char text[]);
Case ReadSettings(const char text[], PetscInt n, const char *const settings[]);

/* A file is refused with just this code and message. */
void assert_read_fails(const char path[], PetscInt n, const char *const settings[],
                       PetscErrorCode expected_code, const char expected[]);

/* ... cell.yaml of this text is; the minimal case is with this setting, which the message starts
   with. */
void assert_refused(const char text[], const char expected[]);
void assert_setting_refused(const char setting[], const char expected[]);

/* The error handler that keeps the first message and its code, for calls that must fail. */
void KeepErrors(void);
void ForgetErrors(void);
PetscErrorCode FirstError(const char **message);

/* Bit by bit; what the case owns is compared by content. */
void assert_same_case(const Case *one, const Case *other);

/* The resolved case of this text reads back to the same one, and is written as the same text. */
void assert_survives_round_trip(const char text[]);

#endif
