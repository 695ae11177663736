#ifndef SANDGLASS_TESTS_SUPPORT_H
#define SANDGLASS_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <petscts.h>

#include "solver/run.h"

/* Shared by the tests of physics and numerics: assertions, cells built by hand, runs. */

/* Collective assertions: what fails on one rank fails on all of them, and none is left waiting. A
   value that is not a number fails. */
#define assert_close(value, expected, relative_tolerance) \
  AssertClose((value), (expected), (relative_tolerance), #value, __FILE__, __LINE__)
#define assert_at_most(value, bound) AssertAtMost((value), (bound), #value, __FILE__, __LINE__)
#define assert_on_all(condition) \
  AssertAtMost((condition) ? 0 : 1, 0.5, "not (" #condition ")", __FILE__, __LINE__)

void AssertClose(PetscReal value, PetscReal expected, PetscReal relative_tolerance,
                 const char text[], const char file[], int line);
void AssertAtMost(PetscReal value, PetscReal bound, const char text[], const char file[], int line);

/* An error of PETSc where none is expected ends the program on every rank. */
#define CallOrAbort(...) PetscCallAbort(PETSC_COMM_WORLD, __VA_ARGS__)

/* The larger of the two, where NaN is larger than any number. */
PetscReal Worse(PetscReal a, PetscReal b);

/* |value - expected|/|expected|. */
PetscReal RelativeError(PetscReal value, PetscReal expected);

/* A binary z:z salt in a cell without pores at 298.15 K, closure poisson: two bare blocking
   electrodes, no protocol, 101 nodes. */
Case BinaryCell(PetscInt charge, PetscReal concentration, PetscReal diffusivity,
                PetscReal transference_number, PetscReal relative_permittivity,
                PetscReal thickness);

/* Lithium against lithium over 1 um of 1 mol/L, fast electrodes (i_0 = 5e4 A/m^2) whose Stern layer
   has the capacitance of the diffuse one; the Debye length is `debye_ratio` of the thickness. */
Case LithiumFilm(PetscReal debye_ratio);

/* The polymer cell of the closed forms' numbers: c_0 = 2000 mol/m^3, D = 7.5e-11 m^2/s, t_+ =
   0.363, L = 745.15 um, closure electroneutral, between lithium electrodes. */
Case PolymerCell(void);

/* LiPF6 in EC:DMC 1:1 at 298.15 K as Landesfeind and Gasteiger (2019) measured it, 0.1 to 3 mol/L,
   in the concentrated law; free with DestroyMeasured. */
void UseMeasuredElectrolyte(Electrolyte *electrolyte);

/* One property by a function of c [mol/m^3], over the electrolyte's validity (from 0 on: D, t_+).
 */
void SetMeasured(const Electrolyte *electrolyte, PropertyFunction function, void *context,
                 PetscBool from_zero, MeasuredProperty *property);

/* The concentrated law with the frictions of the dilute one, up to 10 mol/L: its salt's D and t_+,
   TDF = 1 and the conductivity of Nernst and Einstein. */
void UseIdealElectrolyte(Electrolyte *electrolyte, PetscReal temperature);
void DestroyMeasured(Electrolyte *electrolyte);

Boundary LithiumElectrode(PetscReal exchange_current_density, PetscReal reference_concentration,
                          PetscReal capacitance);
Boundary BlockingElectrode(PetscReal capacitance);
Boundary OpenBoundary(const BoundaryKind *kind, PetscReal concentration);

/* Runs the case on `comm`; the inspector may be NULL.  Free with RunResultDestroy. */
RunResult RunOf(MPI_Comm comm, const Case *case_, RunInspector inspector, void *context);

/* The first event of a kind; NULL where it did not happen. */
const EventRecord *FindEvent(const RunResult *result, EventKind kind);

/* Largest deviation of the total current at a face from the one expected [A/m^2], over what is
   allowed; strict: 1e-8 of itself, the rounding floor of TransportGetFaceCurrents and what the
   rounding of the state makes of fluxes; with_storage: besides, what it makes of the rates. */
typedef struct {
  PetscReal strict, with_storage;
} CurrentDeviation;

/* time_step: the one that led to this state [s]. */
PetscErrorCode FindCurrentDeviation(Transport transport, const CellState *cell, Vec rate,
                                    PetscReal expected, PetscReal time_step,
                                    CurrentDeviation *deviation);

#endif
