#ifndef SANDGLASS_IO_RESULTS_IMPL_H
#define SANDGLASS_IO_RESULTS_IMPL_H

#include "io/file_lock.h"
#include "io/results.h"
#include "io/series.h"

#define NAME_LENGTH 96

// Columns of the tables: the fixed ones, and what each ion adds.
#define FIXED_HISTORY 8
#define ION_HISTORY 4
#define MAXIMUM_HISTORY (FIXED_HISTORY + ION_HISTORY * MAXIMUM_IONS)
#define FIXED_FIELDS 6
#define MAXIMUM_FIELDS (FIXED_FIELDS + MAXIMUM_IONS)
#define EVENT_COLUMNS 4

// The tables, and what a state counts the rows of.
typedef enum { TABLE_FIELDS, TABLE_HISTORY, TABLE_EVENTS, TABLES } ResultsTable;

struct _p_Results {
  char *path;
  FileLock lock;       // of the file on disk
  PetscBool replaces;  // what was in its place is kept until the run has come to its end
  PetscBool replaced;  // ... and has been replaced
  const Case *case_;
  hid_t file;  // in memory
  PetscInt nodes;
  PetscReal *sheet_points;  // of the surface, one row [3 nodes]: x/L, t/t_s, 0
  PetscReal sand_time;      // [s], NaN: none
  Series table[TABLES];     // NULL of the fields: none are stored
  RunState state;           // the last told, with arrays of its own; NULL before the first
  PetscInt rows[TABLES];    // of the tables, that the state has behind it
  PetscBool goes_on;        // the file is that of a run before
  PetscInt times, times_capacity;
  PetscReal *time;            // of the stored fields [s]
  PetscBool unsaved;          // there is something that the disk does not have
  PetscReal flush_interval;   // [s]
  PetscLogDouble next_flush;  // by PetscTime [s]
};

/* One column of a table, and where its value stands in the record.  A name or description with %s
   is one of an ion's. */
typedef struct {
  DataSetLabel label;
  ColumnType type;
  size_t offset;
} Quantity;

// An EventRecord in words.
typedef struct {
  PetscReal time;  // [s]
  const char *name;
  PetscInt step;
  const char *electrode;
} EventRow;

extern const Quantity history_quantities[FIXED_HISTORY];  // in a HistoryRecord
extern const Quantity ion_history[ION_HISTORY];           // likewise, in arrays of PetscReal
extern const Quantity event_quantities[EVENT_COLUMNS];    // in an EventRow

// The attributes of /sand, in a RunResult.
typedef struct {
  const char *name, *units;
  size_t offset;
} SandAttribute;

// A number of a record as an attribute; a PetscBool or an enum is an int.
typedef enum { NUMBER_REAL, NUMBER_INTEGER, NUMBER_INT } NumberKind;
typedef struct {
  const char *name;
  NumberKind kind;
  size_t offset;
} Number;

PetscErrorCode NumbersSet(hid_t object, size_t count, const Number number[], const void *record);
// *found is false where one of them is missing.
PetscErrorCode NumbersGet(hid_t object, size_t count, const Number number[], void *record,
                          PetscBool *found);

// Those of the root group and of /resume, in a RunResult.
#define OUTCOME_NUMBERS 8
extern const Number outcome_numbers[OUTCOME_NUMBERS];

#define SAND_ATTRIBUTES 11
extern const SandAttribute sand_attributes[SAND_ATTRIBUTES];

// /case, the case as resolved and the versions of program and libraries.
PetscErrorCode ResultsWriteCase(hid_t file, const char case_yaml[], const char program_version[]);

// The handle, without a file.
PetscErrorCode ResultsSetUp(const char path[], const Case *case_, const Mesh *mesh,
                            const ClosedForms *closed_forms, Results *results);

// Before the first saving of a new file: what is in its place is kept.
PetscErrorCode ResultsKeepPrevious(Results results);

// The tables of a file that goes on, cut to their rows; one that cannot be opened is NULL.
PetscErrorCode ResultsOpenTables(Results results, const Mesh *mesh);

// The group of the state (io/results_state.c), empty; and what was last told, into it.
PetscErrorCode ResultsCreateState(Results results);
PetscErrorCode ResultsPutState(Results results);

// How the run ended, in the attributes of the root group and of /sand.
PetscErrorCode ResultsSetOutcome(hid_t file, const char status[], const RunResult *run);

#endif
