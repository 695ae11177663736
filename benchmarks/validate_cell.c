#include <math.h>

#include "bc/physical_constants.h"
#include "benchmarks/validate.h"
#include "io/case_reader.h"
#include "solver/transport_impl.h"
#include "solver/closed_forms.h"

/* ---- cells ---- */

PetscErrorCode FilmCreate(PetscReal debye_ratio, PetscReal transference_number,
                          const Numerics *numerics, Case *film)
{
  const char *settings[] = {"separator.porosity=1", "electrolyte.transference_number=0.5"};

  PetscFunctionBeginUser;
  PetscCheck(transference_number == 0 || transference_number == 0.5, PETSC_COMM_SELF,
             PETSC_ERR_ARG_OUTOFRANGE, "a film of t_+ = %g", (double)transference_number);
  PetscCall(CaseRead(PETSC_COMM_SELF, "configs/separator.yaml", transference_number == 0 ? 1 : 2,
                     settings, film));
  film->separator.thickness = DebyeLength(film) / debye_ratio;
  film->mesh = (MeshParameters){
      .nodes = numerics->nodes, .first_spacing = numerics->first_spacing, .front_reach = NAN};
  film->solver.relative_tolerance = numerics->tolerance;
  film->output = (OutputParameters){.times = 1, .fields = FIELDS_NONE};
  PetscFunctionReturn(0);
}

PetscReal FilmLimitingCurrent(const Case *film)
{
  CellConstants constants;

  (void)CellConstantsFind(film, &constants);
  return LimitingCurrentDensity(&constants);
}

PetscReal FilmDiffusionTime(const Case *film)
{
  return PetscSqr(film->separator.thickness) / film->electrolyte.diffusivity.initial;
}

PetscReal FilmCapacitance(const Case *film)
{
  return VACUUM_PERMITTIVITY * film->electrolyte.relative_permittivity / DebyeLength(film);
}

PetscReal ThermalVoltage(const Case *film)
{
  return GAS_CONSTANT * film->temperature / FARADAY;
}

PetscErrorCode FilmElectrodes(Case *film, PetscReal exchange_current, PetscReal capacitance)
{
  Boundary *ends[] = {&film->anode, &film->counter_electrode};
  const PetscReal limit = FilmLimitingCurrent(film);

  PetscFunctionBeginUser;
  for (PetscInt side = 0; side < 2; side++) {
    ends[side]->exchange_current_density = exchange_current * limit;
    ends[side]->interface_capacitance =
        capacitance > 0 ? capacitance * FilmCapacitance(film) : PETSC_INFINITY;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode CaseSetProtocol(Case *case_, PetscInt count, const ProtocolStep steps[])
{
  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < case_->number_of_steps; i++) {
    PetscCall(PetscFree(case_->protocol[i].until));
  }
  PetscCall(PetscFree(case_->protocol));
  PetscCall(PetscMalloc1(count, &case_->protocol));
  case_->number_of_steps = count;
  for (PetscInt i = 0; i < count; i++) {
    case_->protocol[i] = steps[i];
    if (!steps[i].number_of_conditions) continue;
    PetscCall(PetscMalloc1(1, &case_->protocol[i].until));
    case_->protocol[i].until[0] = steps[i].until[0];
  }
  PetscFunctionReturn(0);
}

/* ---- conservation ---- */

static Conservation worst;

typedef struct {
  const Case *case_;
  RunInspector inspector;  // that follows; may be NULL
  void *context;
  PetscReal start[MAXIMUM_IONS];  // amount less what entered, at the first step
  PetscReal time;                 // of the last step [s]
  PetscReal astray, passed;       // integrals of what WatchCurrent finds, and of |i| [C/m^2]
  PetscInt steps;
} Watcher;

/* The larger of two, for good NaN once either is. */
static PetscReal Worse(PetscReal a, PetscReal b)
{
  return isnan(a) || a > b ? a : b;
}

/* Against what is in the cell and what went through its ends. */
static void WatchAmounts(Watcher *w, const CellState *cell, const HistoryRecord *record)
{
  for (PetscInt k = 0; k < cell->number_of_ions; k++) {
    const PetscReal own = record->amount[k] - record->amount_entered[k];
    const PetscReal size = record->amount[k] + fabs(cell->amount_entered[ANODE][k]) +
                           fabs(cell->amount_entered[COUNTER_ELECTRODE][k]);
    if (!w->steps) w->start[k] = own;
    worst.drift = Worse(fabs(own - w->start[k]) / size, worst.drift);
  }
}

static PetscReal Permittivity(const Case *case_)
{
  return VACUUM_PERMITTIVITY * case_->electrolyte.relative_permittivity *
         SeparatorTransportFactor(&case_->separator);
}

/* Sum of the weights of BDF's difference of order 4 in steps that grow by a quarter, times the step
   (10.7 in equal ones). */
#define BDF_WEIGHTS 21

/* What the last digits are as a current: of the stored concentrations when they change within a
   time step, the weights of BDF's difference adding up to BDF_WEIGHTS/(time step), and of ln c_k
   where ions diffuse, twice: what keeps the momentum (solver/driving_flux.h) is a difference of the
   same logarithms once more.  tests/support.c bounds the current likewise, but by each once. */
static PetscReal RoundingCurrent(Transport transport, const CellState *cell, PetscReal time_step)
{
  const PetscReal *diffusivity = transport->flux.effective_diffusivity;
  PetscReal stored = 0, diffusing = 0;
  const Mesh *mesh;

  (void)TransportGetMesh(transport, &mesh);
  for (PetscInt i = 0; i < cell->nodes; i++) {
    for (PetscInt k = 0; k < cell->number_of_ions; k++) {
      const NodeState *node = &cell->node[i];
      const PetscReal amount = mesh->width[i] * node->concentration[k];
      const PetscReal activity =
          fabs(node->log_ratio[k]) + fabs(node->log_activity_coefficient.value);
      stored = fmax(stored, amount);
      diffusing = fmax(diffusing, diffusivity[k] * amount * activity / PetscSqr(mesh->width[i]));
    }
  }
  return 10 * 0.5 * PETSC_MACHINE_EPSILON * FARADAY *
         (2 * diffusing + stored * BDF_WEIGHTS / time_step);
}

/* In a voltage step the potential is stored whole, and within the picoseconds after a jump of volts
   its last digit is a large displacement current: there the charge that goes astray is what counts.
   */
static PetscErrorCode WatchCurrent(Watcher *w, Transport transport, const CellState *cell, Vec rate,
                                   const HistoryRecord *record)
{
  const PetscReal expected = record->current_density;
  PetscReal *current, bound, largest = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(cell->nodes - 1, &current));
  PetscCall(TransportGetFaceCurrents(transport, cell, rate, current, &bound));
  for (PetscInt i = 0; i < cell->nodes - 1; i++) {
    largest = Worse(fabs(current[i] - expected), largest);
  }
  PetscCall(PetscFree(current));
  bound += RoundingCurrent(transport, cell, record->time - w->time);
  if (w->case_->protocol[record->step].kind == STEP_VOLTAGE) {
    w->astray += fmax(0, largest - bound) * (record->time - w->time);
    w->passed += fabs(expected) * (record->time - w->time);
  } else {
    worst.current = Worse(largest / (bound + 1e-8 * fabs(expected)), worst.current);
  }
  PetscFunctionReturn(0);
}

/* -eps f E = charge from the electrode's metal to the face; against 1e-8 of the charges and the
   last digit of the ions. */
static PetscErrorCode WatchGauss(Watcher *w, Transport transport, const CellState *cell)
{
  const PetscReal porosity = w->case_->separator.porosity, permittivity = Permittivity(w->case_);
  PetscReal charge = cell->surface_charge[ANODE], bound = 1e-8 * fabs(charge);
  const Mesh *mesh;

  PetscFunctionBeginUser;
  PetscCall(TransportGetMesh(transport, &mesh));
  for (PetscInt i = 0; i < cell->nodes - 1; i++) {
    const PetscReal volume = porosity * mesh->width[i];
    const PetscReal inside = volume * TransportChargeDensity(transport, cell, i);
    charge -= inside;
    bound += 1e-8 * fabs(inside) +
             10 * 0.5 * PETSC_MACHINE_EPSILON * FARADAY * volume * cell->node[i].concentration[0];
    worst.gauss =
        Worse(fabs(-permittivity * TransportElectricField(transport, cell, i) - charge) / bound,
              worst.gauss);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Watch(void *context, Transport transport, const CellState *cell, Vec rate,
                            const HistoryRecord *record)
{
  Watcher *w = (Watcher *)context;

  PetscFunctionBeginUser;
  WatchAmounts(w, cell, record);
  PetscCall(WatchCurrent(w, transport, cell, rate, record));
  if (w->case_->electrolyte.closure == CLOSURE_POISSON) {
    PetscCall(WatchGauss(w, transport, cell));
  }
  if (w->inspector) PetscCall(w->inspector(w->context, transport, cell, rate, record));
  w->time = record->time;
  w->steps++;
  PetscFunctionReturn(0);
}

PetscErrorCode RunWatched(const Case *case_, RunInspector inspector, void *context,
                          RunResult *result)
{
  Watcher watcher = {.case_ = case_, .inspector = inspector, .context = context};
  Run run;

  PetscFunctionBeginUser;
  PetscCall(RunCreate(PETSC_COMM_SELF, case_, &run));
  PetscCall(RunSetInspector(run, Watch, &watcher));
  PetscCall(RunExecute(run, result));
  PetscCall(RunDestroy(&run));
  if (watcher.passed > 0) worst.charge = Worse(watcher.astray / watcher.passed, worst.charge);
  worst.runs++;
  worst.steps += watcher.steps;
  if (result->status == RUN_FAILED) {
    worst.failures++;
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "a run gave up: %s\n", result->reason));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ConservationCollect(Conservation *conservation)
{
  PetscReal sums[] = {worst.runs, worst.steps, worst.failures};
  PetscReal largest[] = {worst.drift, worst.current, worst.charge, worst.gauss};

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < 4; i++) {
    if (isnan(largest[i])) largest[i] = PETSC_MAX_REAL;  // which the maximum would forget
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, largest, 4, MPIU_REAL, MPI_MAX, PETSC_COMM_WORLD));
  *conservation = (Conservation){.runs = sums[0],
                                 .steps = sums[1],
                                 .failures = sums[2],
                                 .drift = largest[0],
                                 .current = largest[1],
                                 .charge = largest[2],
                                 .gauss = largest[3]};
  PetscFunctionReturn(0);
}

/* ---- what runs show ---- */

PetscErrorCode NoteLastStates(void *last_states, Transport transport, const CellState *cell,
                              PETSC_UNUSED Vec rate, const HistoryRecord *record)
{
  LastStates *s = (LastStates *)last_states;
  const PetscInt i = record->step, middle = cell->nodes / 2;

  PetscFunctionBeginUser;
  if (i >= LAST_STATES) PetscFunctionReturn(0);
  s->steps = i + 1;
  s->time[i] = record->time;
  s->voltage[i] = record->cell_voltage;
  s->current[i] = record->current_density;
  s->charge[i] = cell->surface_charge[ANODE];
  s->drop[i] = TransportPotential(transport, cell, 0) - TransportPotential(transport, cell, middle);
  s->middle[i] = cell->node[middle].concentration[0];
  s->anode[i] = cell->node[0].concentration[0];
  s->virtual_salt[i] = record->virtual_salt_concentration;
  s->space_charge[i] = record->space_charge_width;
  PetscFunctionReturn(0);
}
