#ifndef SANDGLASS_BENCHMARKS_VALIDATE_H
#define SANDGLASS_BENCHMARKS_VALIDATE_H

#include <stdio.h>

#include "solver/run.h"

/* The validation (`make validate`): sections plan jobs, the ranks work them off, and each section
   then reports what its jobs found as tables of expected against computed. */

/* ---- jobs ---- */

#define JOB_INPUTS 12
#define JOB_OUTPUTS 96

/* Some runs on one rank, from numbers to numbers.  An output that no job fills stays 0. */
typedef struct _Job Job;
struct _Job {
  const char *name;  // shown as progress
  PetscErrorCode (*work)(Job *job);
  PetscReal cost;    // rough seconds: the dearest are handed out first
  const char *path;  // of a case; NULL: not used
  PetscReal in[JOB_INPUTS];
  PetscReal out[JOB_OUTPUTS];
  PetscReal seconds;
};

typedef struct _p_Plan *Plan;

/* Adds a copy of the job; *added is lent and stays in place. */
PetscErrorCode PlanAdd(Plan plan, const Job *job, Job **added);

/* ---- reports ---- */

typedef struct _p_Report *Report;

/* Text of the report as it stands, with printf's conversions. */
PetscErrorCode ReportText(Report report, const char format[], ...) PETSC_ATTRIBUTE_FORMAT(2, 3);

/* The head of a table of checks; rows follow. */
PetscErrorCode ReportChecks(Report report);

/* A row each: what, expected, computed, error, allowed, source, verdict.  An error that is not a
   number fails. */
PetscErrorCode ReportClose(Report report, const char what[], PetscReal computed, PetscReal expected,
                           PetscReal allowed_relative_error, const char source[]);
PetscErrorCode ReportNear(Report report, const char what[], PetscReal computed, PetscReal expected,
                          PetscReal allowed_error, const char source[]);
PetscErrorCode ReportAtMost(Report report, const char what[], PetscReal computed, PetscReal bound,
                            const char source[]);

/* A verdict within a table of another form: counts it and gives its word. */
const char *ReportVerdict(Report report, PetscBool passed);

/* A plot benchmarks/validation/NAME.png by the commands of gnuplot, and its line in the report.
   Data go in as blocks before (PlotData ... PlotEnd), named $NAME in the commands. */
typedef struct {
  Report report;
  const char *name;
  FILE *stream;
} Plot;

PetscErrorCode PlotBegin(Report report, const char name[], Plot *plot);
PetscErrorCode PlotText(Plot *plot, const char format[], ...) PETSC_ATTRIBUTE_FORMAT(2, 3);
PetscErrorCode PlotEnd(Plot *plot, const char caption[]);

/* ---- sections ---- */

typedef struct {
  const char *title;
  PetscErrorCode (*plan)(Plan plan);
  PetscErrorCode (*report)(Report report);  // on rank 0
} Section;

extern const Section section_sand, section_film, section_transient, section_equilibrium,
    section_experiment, section_order, section_promise, section_front;

/* ---- cells and runs ---- */

typedef struct {
  PetscInt nodes;
  PetscReal first_spacing;  // [lambda_D]
  PetscReal tolerance;
} Numerics;

/* The liquid of configs/separator.yaml (dilute law, t_+ = 0.2594; another one when not 0), 1/ratio
   Debye lengths wide, between lithium electrodes; FilmElectrodes gives them their kinetics, in
   units of what the film has: i_0 over i_lim, and C_S over eps/lambda_D (0: no Stern layer). */
PetscErrorCode FilmCreate(PetscReal debye_ratio, PetscReal transference_number,
                          const Numerics *numerics, Case *film);
PetscErrorCode FilmElectrodes(Case *film, PetscReal exchange_current, PetscReal capacitance);
PetscReal FilmLimitingCurrent(const Case *film);  // [A/m^2]
PetscReal FilmDiffusionTime(const Case *film);    // L^2/D [s]
PetscReal FilmCapacitance(const Case *film);      // eps/lambda_D [F/m^2]
PetscReal ThermalVoltage(const Case *film);       // R T/F [V]

/* Replaces the protocol by a copy of these steps, which have at most one condition each. */
PetscErrorCode CaseSetProtocol(Case *case_, PetscInt count, const ProtocolStep steps[]);

/* A run on this rank, whose conservation is watched at every step; free the result. */
PetscErrorCode RunWatched(const Case *case_, RunInspector inspector, void *context,
                          RunResult *result);

/* Worst of all watched runs on all ranks, over what rounding allows. */
typedef struct {
  PetscReal runs, steps, failures;
  PetscReal drift;    // largest change of an ion's amount less what entered, relative
  PetscReal current;  // largest difference of a face's current from the applied one, over the bound
  PetscReal charge;   // what passed one face and not another in a run's voltage steps, relative
  PetscReal gauss;    // largest difference of eps E from the charge to its left, over the bound
} Conservation;

PetscErrorCode ConservationCollect(Conservation *conservation);  // collective

/* The last state of each step of the protocol. */
#define LAST_STATES 64
typedef struct {
  PetscInt steps;
  PetscReal time[LAST_STATES];          // [s]
  PetscReal voltage[LAST_STATES];       // [V]
  PetscReal current[LAST_STATES];       // [A/m^2]
  PetscReal charge[LAST_STATES];        // eps dphi/dx at the anode [C/m^2]
  PetscReal drop[LAST_STATES];          // phi(wall of the anode) - phi(middle) [V]
  PetscReal middle[LAST_STATES];        // cation concentration in the middle [mol/m^3]
  PetscReal anode[LAST_STATES];         // cation concentration at the anode's wall [mol/m^3]
  PetscReal virtual_salt[LAST_STATES];  // c_v [mol/m^3]
  PetscReal space_charge[LAST_STATES];  // its width [m]
} LastStates;

PetscErrorCode NoteLastStates(void *last_states, Transport transport, const CellState *cell,
                              Vec rate, const HistoryRecord *record);

/* ---- an independent solution of the steady equations (validate_steady.c) ---- */

/* The steady film between ideal cation-selective contacts, in units of L, c_0, R T/F and i_lim. */
typedef struct {
  PetscReal debye_ratio;  // lambda_D/L
  PetscReal voltage;
  PetscReal current;             // j
  PetscReal virtual_salt;        // c_v at x = 0
  PetscReal space_charge_width;  // where |c_+ - c_-| = (c_+ + c_-)/2, 0: nowhere
} SteadyFilm;

/* At every one of the ascending voltages; extrapolated from two meshes. */
PetscErrorCode SteadyFilmCurve(PetscReal debye_ratio, PetscInt count, const PetscReal voltage[],
                               SteadyFilm film[]);

/* c_v/(g x*) at which the charge separation at x = m x* is 1/2, in the layer that carries a
   limiting current up to a wall with the cation concentration c_w/(g x*). */
PetscErrorCode LimitingLayerOnset(PetscReal distance, PetscReal wall_concentration,
                                  PetscReal *virtual_salt);

/* ---- numbers and words ---- */

/* snprintf; PETSc's writes 100 as "100.". */
PetscErrorCode TextPrint(char text[], size_t size, const char format[], ...)
    PETSC_ATTRIBUTE_FORMAT(3, 4);

/* Least squares y = a + b x, and the half width of b's 95 % confidence interval. */
typedef struct {
  PetscReal intercept, slope, half_width;
} LineFit;

LineFit FitLine(PetscInt count, const PetscReal x[], const PetscReal y[]);

/* The same of y = a + b x + c z. */
LineFit FitPlane(PetscInt count, const PetscReal x[], const PetscReal z[], const PetscReal y[]);

/* log2 of the ratio of successive differences over three meshes, each twice as fine. */
PetscReal ObservedOrder(PetscReal coarse, PetscReal medium, PetscReal fine);

#endif
