#include "io/sweep_fields.h"

#include <math.h>
#include <string.h>

struct _p_SweepRecorder {
  PetscInt ions, nodes, fields, times;  // of the file
  PetscInt mesh_nodes;                  // of the case in hand
  PetscInt number_of_steps, step_capacity;
  HistoryRecord *step;
  PetscInt number_of_fields, field_capacity;
  PetscReal *record;  // [number_of_fields][1 + fields][nodes]: the time, and the fields
  SweepFields chosen;
};

// ---- Memory ----

PetscErrorCode SweepRecorderCreate(PetscInt ions, PetscInt nodes, PetscInt fields, PetscInt times,
                                   SweepRecorder *recorder)
{
  SweepRecorder r;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&r));
  *recorder = r;
  r->ions = ions;
  r->nodes = nodes;
  r->fields = fields;
  r->times = times;
  PetscCall(PetscMalloc2(nodes, &r->chosen.x, fields, &r->chosen.time));
  for (PetscInt f = 0; f < SweepFieldsCount(ions); f++) {
    PetscCall(PetscMalloc1(fields * nodes, &r->chosen.field[f]));
  }
  for (PetscInt q = 0; q < SweepHistoryCount(ions); q++) {
    PetscCall(PetscMalloc1(times, &r->chosen.history[q]));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SweepRecorderDestroy(SweepRecorder *recorder)
{
  SweepRecorder r = *recorder;

  PetscFunctionBeginUser;
  if (!r) PetscFunctionReturn(0);
  PetscCall(PetscFree2(r->chosen.x, r->chosen.time));
  for (PetscInt f = 0; f < SweepFieldsCount(r->ions); f++) {
    PetscCall(PetscFree(r->chosen.field[f]));
  }
  for (PetscInt q = 0; q < SweepHistoryCount(r->ions); q++) {
    PetscCall(PetscFree(r->chosen.history[q]));
  }
  PetscCall(PetscFree(r->step));
  PetscCall(PetscFree(r->record));
  PetscCall(PetscFree(*recorder));
  PetscFunctionReturn(0);
}

// ---- Keeping ----

PetscErrorCode SweepRecorderStart(SweepRecorder recorder, const Mesh *mesh)
{
  PetscFunctionBeginUser;
  recorder->mesh_nodes = mesh->nodes;
  recorder->number_of_steps = recorder->number_of_fields = 0;
  for (PetscInt i = 0; i < recorder->nodes; i++) {
    recorder->chosen.x[i] = i < mesh->nodes ? mesh->x[i] : NAN;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SweepRecorderTakeHistory(SweepRecorder recorder, const HistoryRecord *record)
{
  PetscFunctionBeginUser;
  if (recorder->number_of_steps == recorder->step_capacity) {
    recorder->step_capacity = 2 * recorder->step_capacity + 256;
    PetscCall(PetscRealloc((size_t)recorder->step_capacity * sizeof(*record), &recorder->step));
  }
  recorder->step[recorder->number_of_steps++] = *record;
  PetscFunctionReturn(0);
}

// The numbers of a stored record, and of field f in it.
static size_t RecordSize(SweepRecorder recorder)
{
  return 1 + (size_t)SweepFieldsCount(recorder->ions) * (size_t)recorder->nodes;
}

static PetscReal *FieldOf(SweepRecorder recorder, PetscInt record, PetscInt f)
{
  return recorder->record + (size_t)record * RecordSize(recorder) + 1 +
         (size_t)f * (size_t)recorder->nodes;
}

// A field as the file has it: NaN behind the nodes of a smaller mesh.
static void KeepField(SweepRecorder recorder, PetscInt f, PetscInt count, const PetscReal values[])
{
  PetscReal *const field = FieldOf(recorder, recorder->number_of_fields, f);

  for (PetscInt i = 0; i < recorder->nodes; i++) field[i] = i < count ? values[i] : NAN;
}

PetscErrorCode SweepRecorderTakeFields(SweepRecorder recorder, const FieldsRecord *record)
{
  const PetscInt nodes = recorder->mesh_nodes;

  PetscFunctionBeginUser;
  if (recorder->fields == 1) recorder->number_of_fields = 0;
  if (recorder->number_of_fields == recorder->field_capacity) {
    recorder->field_capacity = 2 * recorder->field_capacity + 1;
    PetscCall(PetscRealloc(
        (size_t)recorder->field_capacity * RecordSize(recorder) * sizeof(*recorder->record),
        &recorder->record));
  }
  recorder->record[(size_t)recorder->number_of_fields * RecordSize(recorder)] = record->time;
  KeepField(recorder, 0, nodes, record->potential);
  KeepField(recorder, 1, nodes, record->charge_density);
  KeepField(recorder, 2, nodes - 1, record->electric_field);
  for (PetscInt k = 0; k < recorder->ions; k++) {
    KeepField(recorder, 3 + k, nodes, record->concentration[k]);
  }
  recorder->number_of_fields++;
  PetscFunctionReturn(0);
}

// ---- Choosing ----

/* Which of `count` records takes place `i` of `places`; -1: the place stays empty. */
static PetscInt Choose(PetscInt count, PetscInt places, PetscInt i)
{
  if (count <= places) return i < count ? i : -1;
  if (places == 1) return count - 1;
  return (PetscInt)((int64_t)i * (count - 1) / (places - 1));
}

static PetscReal HistoryValue(const HistoryRecord *record, PetscInt quantity)
{
  const char *const bytes = (const char *)record;

  if (quantity >= FIXED_HISTORY) {
    const PetscInt of_ion = quantity - FIXED_HISTORY;
    const size_t offset = ion_history[of_ion % ION_HISTORY].offset;

    return ((const PetscReal *)(bytes + offset))[of_ion / ION_HISTORY];
  }
  const Quantity *const fixed = &history_quantities[quantity];
  if (fixed->type == COLUMN_INTEGER) return *(const PetscInt *)(bytes + fixed->offset);
  return *(const PetscReal *)(bytes + fixed->offset);
}

static void ChooseHistory(SweepRecorder recorder, PetscInt i)
{
  const PetscInt step = Choose(recorder->number_of_steps, recorder->times, i);

  for (PetscInt q = 0; q < SweepHistoryCount(recorder->ions); q++) {
    recorder->chosen.history[q][i] = step < 0 ? NAN : HistoryValue(&recorder->step[step], q);
  }
}

// The electric field has a value less than the others: it stands between the nodes.
static PetscErrorCode ChooseFields(SweepRecorder recorder, PetscInt i)
{
  const PetscInt record = Choose(recorder->number_of_fields, recorder->fields, i);

  PetscFunctionBeginUser;
  recorder->chosen.time[i] =
      record < 0 ? NAN : recorder->record[(size_t)record * RecordSize(recorder)];
  for (PetscInt f = 0; f < SweepFieldsCount(recorder->ions); f++) {
    const PetscInt width = recorder->nodes - (f == 2);
    PetscReal *const to = recorder->chosen.field[f] + (size_t)i * (size_t)width;

    for (PetscInt n = 0; n < width && record < 0; n++) to[n] = NAN;
    if (record >= 0) PetscCall(PetscArraycpy(to, FieldOf(recorder, record, f), width));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode SweepRecorderChoose(SweepRecorder recorder, const SweepFields **fields)
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < recorder->times; i++) ChooseHistory(recorder, i);
  for (PetscInt i = 0; i < recorder->fields; i++) PetscCall(ChooseFields(recorder, i));
  *fields = &recorder->chosen;
  PetscFunctionReturn(0);
}
