#ifndef SANDGLASS_IO_RESULTS_IMPL_H
#define SANDGLASS_IO_RESULTS_IMPL_H

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

struct _p_Results {
  char *path;
  const Case *case_;
  hid_t file;  // in memory
  PetscInt nodes;
  PetscReal *sheet_points;  // of the surface, one row [3 nodes]: x/L, t/t_s, 0
  PetscReal sand_time;      // [s], NaN: none
  Series fields;            // NULL: none are stored
  Series history, events;
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

#define SAND_ATTRIBUTES 11
extern const SandAttribute sand_attributes[SAND_ATTRIBUTES];

// /case, the case as resolved and the versions of program and libraries.
PetscErrorCode ResultsWriteCase(hid_t file, const char case_yaml[], const char program_version[]);

// How the run ended, in the attributes of the root group and of /sand.
PetscErrorCode ResultsSetOutcome(hid_t file, const char status[], const RunResult *run);

#endif
