#ifndef SANDGLASS_IO_SWEEP_PLAN_H
#define SANDGLASS_IO_SWEEP_PLAN_H

#include "io/case_keys.h"

/* The section `sweep` of a case file: which cases there are.

     sweep:
       KEY: [VALUE, ...]                          dotted names; every combination, the last key
       KEY: {from: V, to: V, count: N, spacing: linear | log}                 changing fastest,
       mode: zip                                  or the n-th value of each
     sweep: {sample: {method: latin_hypercube | sobol | random, count: N, seed: 1,
                      ranges: {KEY: [LOW, HIGH], KEY: {from: LOW, to: HIGH, spacing: log}}}}
     sweep: {cases: FILE.csv}                     one row a case below a row of keys; the path
   counts from the folder of the case file and beside any of these ranks_per_case: 1 by how many
   ranks a case is solved fields: none | last | all                  what is stored of the fields
   and the history times: 50                                  on how many times of each case, at
   most

   A case is the file without this section, changed by one setting KEY=VALUE for each key: the text
   that `run --set` takes.  Cases are numbered from 0.  A setting "sweep.NAME=VALUE" changes the
   section itself. */
typedef struct _p_SweepPlan *SweepPlan;

typedef struct {
  const char *name;    // dotted: "protocol.0.current"
  const CaseKey *key;  // NULL: a section or a list
  PetscBool is_text;   // else its values are numbers, in the key's SI unit
  size_t length;       // of the longest text
} SweptKey;

/* Collective; every rank gets the same plan or the same error,
     PETSC_ERR_USER_INPUT  cell.yaml:7: sweep.mode: found 'zap', allowed: product, zip
   Of the settings those count that begin with "sweep.". */
PetscErrorCode SweepPlanCreate(MPI_Comm comm, const char path[], PetscInt number_of_settings,
                               const char *const settings[], SweepPlan *plan);
PetscErrorCode SweepPlanDestroy(SweepPlan *plan);

PetscInt SweepPlanCases(SweepPlan plan);
PetscInt SweepPlanKeys(SweepPlan plan);
const SweptKey *SweepPlanKey(SweepPlan plan, PetscInt key);  // lent
PetscInt SweepPlanRanksPerCase(SweepPlan plan);
/* Where the section says nothing of fields or times, the case's own words do, its output.fields and
   output.times as written; NULL: it has none.  What is no value of theirs is left to the reader of
   the cases to refuse. */
void SweepPlanTakeOutput(SweepPlan plan, const char fields[], const char times[]);
StoredFields SweepPlanFields(SweepPlan plan);
PetscInt SweepPlanTimes(SweepPlan plan);

/* What may stand in the section, for people (`sandglass keys`). */
void SweepPlanPrintKeys(FILE *stream);

/* The settings of a case, one a key; lent until the next call. */
PetscErrorCode SweepPlanSettings(SweepPlan plan, PetscInt number, const char *const **settings);

/* What a setting gives its key: the text after KEY=, and for a number its value in SI units. */
const char *SweepPlanText(const char setting[]);
PetscErrorCode SweepPlanValue(const SweptKey *key, const char setting[], PetscReal *value);

#endif
