#include "tests/support.h"

#include <math.h>

#include "bc/boundary_kind.h"
#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
#include "solver/salt.h"
#include "solver/transport_impl.h"

static PetscReal WorstOnAnyRank(PetscReal value)
{
  PetscReal worst = isnan(value) ? PETSC_MAX_REAL : value;

  CallOrAbort(MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPIU_REAL, MPI_MAX, PETSC_COMM_WORLD));
  return worst;
}

void AssertAtMost(PetscReal value, PetscReal bound, const char text[], const char file[], int line)
{
  const PetscReal worst = WorstOnAnyRank(value);

  if (worst <= bound) return;
  print_error("%s = %.17g (here; worst %.17g), at most %.17g\n", text, (double)value, (double)worst,
              (double)bound);
  _fail(file, line);
}

void AssertClose(PetscReal value, PetscReal expected, PetscReal relative_tolerance,
                 const char text[], const char file[], int line)
{
  const PetscReal error = PetscAbsReal(value - expected);
  const PetscReal bound = relative_tolerance * PetscAbsReal(expected);

  if (WorstOnAnyRank(error - bound) <= 0) return;
  print_error("%s = %.17g, expected %.17g within %g of it, off by %g\n", text, (double)value,
              (double)expected, (double)relative_tolerance,
              (double)(error / PetscAbsReal(expected)));
  _fail(file, line);
}

PetscReal Worse(PetscReal a, PetscReal b)
{
  return isnan(a) || a > b ? a : b;
}

PetscReal RelativeError(PetscReal value, PetscReal expected)
{
  return PetscAbsReal(value - expected) / PetscAbsReal(expected);
}

Boundary LithiumElectrode(PetscReal exchange_current_density, PetscReal reference_concentration,
                          PetscReal capacitance)
{
  return (Boundary){.kind = &boundary_kind_electrode,
                    .exchange_current_density = exchange_current_density,
                    .cathodic_transfer_coefficient = 0.5,
                    .reference_concentration = reference_concentration,
                    .interface_capacitance = capacitance,
                    .sei = {{0, NAN}, {0, NAN}}};
}

Boundary BlockingElectrode(PetscReal capacitance)
{
  return (Boundary){.kind = &boundary_kind_blocking,
                    .interface_capacitance = capacitance,
                    .sei = {{0, NAN}, {0, NAN}}};
}

Boundary OpenBoundary(const BoundaryKind *kind, PetscReal concentration)
{
  return (Boundary){.kind = kind,
                    .interface_capacitance = PETSC_INFINITY,
                    .sei = {{0, NAN}, {0, NAN}},
                    .concentration = concentration};
}

Case BinaryCell(PetscInt charge, PetscReal concentration, PetscReal diffusivity,
                PetscReal transference_number, PetscReal relative_permittivity, PetscReal thickness)
{
  Case cell = {
      .temperature = 298.15,
      .electrolyte = {.flux_law = "dilute",
                      .closure = CLOSURE_POISSON,
                      .number_of_ions = 2,
                      .ion = {{.name = "cation", .charge = charge, .concentration = concentration},
                              {.name = "anion", .charge = -charge, .concentration = concentration}},
                      .concentration = concentration,
                      .diffusivity = {.initial = diffusivity},
                      .transference_number = {.initial = transference_number},
                      .relative_permittivity = relative_permittivity},
      .separator = {.thickness = thickness, .porosity = 1, .bruggeman = 1.5, .tortuosity = NAN},
      .anode = BlockingElectrode(PETSC_INFINITY),
      .counter_electrode = BlockingElectrode(PETSC_INFINITY),
      .mesh = {.nodes = 101, .first_spacing = 0.2},
      .solver = {.relative_tolerance = 1e-5, .maximum_steps = 100000},
      .onset_distance = 2,
      .output = {.times = 1, .fields = FIELDS_NONE}};

  IonsFromSalt(charge, -charge, diffusivity, transference_number,
               &cell.electrolyte.ion[0].diffusivity, &cell.electrolyte.ion[1].diffusivity);
  return cell;
}

Case LithiumFilm(PetscReal debye_ratio)
{
  const PetscReal thickness = 1e-6, concentration = 1000;
  Case cell = BinaryCell(1, concentration, 2e-10, 0.3, 1, thickness);
  const PetscReal debye_length = debye_ratio * thickness;
  PetscReal capacitance;

  cell.electrolyte.relative_permittivity = PetscSqr(debye_length / DebyeLength(&cell));
  capacitance = VACUUM_PERMITTIVITY * cell.electrolyte.relative_permittivity / debye_length;
  cell.anode = cell.counter_electrode = LithiumElectrode(5e4, concentration, capacitance);
  return cell;
}

Case PolymerCell(void)
{
  const PetscReal concentration = 2000;
  Case cell = BinaryCell(1, concentration, 7.5e-11, 0.363, 10, 745.15e-6);

  cell.electrolyte.closure = CLOSURE_ELECTRONEUTRAL;
  cell.anode = cell.counter_electrode = LithiumElectrode(1000, concentration, PETSC_INFINITY);
  return cell;
}

void SetMeasured(const Electrolyte *electrolyte, PropertyFunction function, void *context,
                 PetscBool from_zero, MeasuredProperty *property)
{
  const Range *range = &electrolyte->concentration_validity;
  PropertyMistake mistake;

  CallOrAbort(PropertyCreate(function, context, from_zero ? 0 : range->low, range->high,
                             &property->function, &mistake));
  if (!property->function) fail_msg("%s at %g", mistake.reason, (double)mistake.concentration);
  property->initial = PropertyEvaluate(property->function, electrolyte->concentration).value;
}

static PetscReal MeasuredDiffusivity(PETSC_UNUSED void *context, PetscReal c)
{
  const PetscReal m = 1e-3 * c, T = 298.15;

  return 1470e-10 * exp(1.33 * m - 1690 / T - 563 * m / T);
}

static PetscReal MeasuredConductivity(PETSC_UNUSED void *context, PetscReal c)
{
  const PetscReal m = 1e-3 * c, T = 298.15, e = exp(1000 / T);

  return 0.1 * 0.798 * (1 + (T - 228)) * m * (1 - 1.22 * sqrt(m) + 0.509 * (1 - 0.004 * e) * m) /
         (1 + pow(m, 4) * 0.00379 * e);
}

static PetscReal MeasuredTransferenceNumber(PETSC_UNUSED void *context, PetscReal c)
{
  const PetscReal m = 1e-3 * c, T = 298.15;

  return -7.91 + 0.245 * m + 0.0528 * T + 0.698 * m * m - 0.0108 * m * T - 8.21e-5 * T * T +
         7.43e-4 * m * m * m - 0.00222 * m * m * T + 3.07e-5 * m * T * T;
}

static PetscReal MeasuredThermodynamicFactor(PETSC_UNUSED void *context, PetscReal c)
{
  const PetscReal m = 1e-3 * c, T = 298.15;

  return -5.58 + 7.17 * m + 0.038 * T + 1.91 * m * m - 0.0665 * m * T - 5.08e-5 * T * T +
         0.11 * m * m * m - 0.0061 * m * m * T + 1.51e-4 * m * T * T;
}

void UseMeasuredElectrolyte(Electrolyte *e)
{
  e->flux_law = "concentrated";
  e->concentration_validity = (Range){100, 3000};
  SetMeasured(e, MeasuredDiffusivity, NULL, PETSC_TRUE, &e->diffusivity);
  SetMeasured(e, MeasuredConductivity, NULL, PETSC_FALSE, &e->conductivity);
  SetMeasured(e, MeasuredTransferenceNumber, NULL, PETSC_TRUE, &e->transference_number);
  SetMeasured(e, MeasuredThermodynamicFactor, NULL, PETSC_FALSE, &e->thermodynamic_factor);
}

/* F^2 c (D_+ + D_-)/(R T), the context being its factor to c. */
static PetscReal Proportional(void *context, PetscReal c)
{
  return *(const PetscReal *)context * c;
}

void UseIdealElectrolyte(Electrolyte *e, PetscReal temperature)
{
  PetscReal molar_conductivity = PetscSqr(FARADAY) / (GAS_CONSTANT * temperature) *
                                 (e->ion[0].diffusivity + e->ion[1].diffusivity);

  e->flux_law = "concentrated";
  e->concentration_validity = (Range){100, 10000};
  CallOrAbort(PropertyCreateConstant(e->diffusivity.initial, &e->diffusivity.function));
  CallOrAbort(
      PropertyCreateConstant(e->transference_number.initial, &e->transference_number.function));
  CallOrAbort(PropertyCreateConstant(1, &e->thermodynamic_factor.function));
  SetMeasured(e, Proportional, &molar_conductivity, PETSC_FALSE, &e->conductivity);
}

void DestroyMeasured(Electrolyte *e)
{
  CallOrAbort(PropertyDestroy(&e->diffusivity.function));
  CallOrAbort(PropertyDestroy(&e->conductivity.function));
  CallOrAbort(PropertyDestroy(&e->transference_number.function));
  CallOrAbort(PropertyDestroy(&e->thermodynamic_factor.function));
}

RunResult RunOf(MPI_Comm comm, const Case *case_, RunInspector inspector, void *context)
{
  RunResult result;
  Run run;

  CallOrAbort(RunCreate(comm, case_, &run));
  CallOrAbort(RunSetInspector(run, inspector, context));
  CallOrAbort(RunExecute(run, &result));
  CallOrAbort(RunDestroy(&run));
  return result;
}

const EventRecord *FindEvent(const RunResult *result, EventKind kind)
{
  for (PetscInt e = 0; e < result->number_of_events; e++) {
    if (result->events[e].kind == kind) return &result->events[e];
  }
  return NULL;
}

/* What the last digits of the stored concentrations are as a current when they change within a time
   step: with the nanosecond steps after a switch, and the wide volumes amid the cell, more than the
   rounding of the fluxes.  The current at a face holds the rates of all volumes before it, each
   with a rounding of its own.  The weights of BDF's difference add up to about 8/(time step):
   to 6.7 and 10.7 in equal steps of order 3 and 4. */
static PetscReal StorageFloor(Transport transport, const CellState *cell, PetscReal time_step)
{
  PetscReal sum = 0;
  const Mesh *mesh;

  (void)TransportGetMesh(transport, &mesh);
  for (PetscInt i = 0; i < cell->nodes; i++) {
    sum += PetscSqr(mesh->width[i] * cell->node[i].concentration[0]);
  }
  return 10 * 0.5 * PETSC_MACHINE_EPSILON * FARADAY * sqrt(sum) * 8 / time_step;
}

/* Of the stored potential, whose jumps a voltage step makes of the potentials themselves [R T/F].
 */
static PetscReal StoredPotential(Transport transport, const CellState *cell)
{
  PetscReal potential = cell->node[0].potential_jump, largest = fabs(potential);

  if (transport->control != CONTROL_VOLTAGE) return 0;
  for (PetscInt i = 1; i < cell->nodes; i++) {
    potential += cell->node[i].potential_jump;
    largest = fmax(largest, fabs(potential));
  }
  return largest;
}

/* Between close nodes the last digits of what is stored are as large as the currents: those of ln
   c_k and of the potential as a flux, and those of the potential as a displacement current, too. */
static PetscReal StateFloor(Transport transport, const CellState *cell, PetscReal time_step)
{
  const PetscReal potential = StoredPotential(transport, cell);
  const PetscReal displacement =
      transport->permittivity * transport->salt_concentration * potential * 8 / time_step;
  PetscReal largest = 0;
  const Mesh *mesh;

  (void)TransportGetMesh(transport, &mesh);
  for (PetscInt i = 0; i < cell->nodes - 1; i++) {
    const NodeState *node = &cell->node[i];
    for (PetscInt k = 0; k < cell->number_of_ions; k++) {
      const PetscReal c = node->concentration[k], charge = fabs(transport->flux.charge[k]);
      PetscReal logarithm = fabs(node->log_ratio[k]);
      if (transport->solution) {  // of the activity
        logarithm *= SolutionThermodynamicFactor(transport->solution, c).value;
        logarithm += fabs(node->log_activity_coefficient.value);
      }
      largest = fmax(largest, (transport->flux.effective_diffusivity[k] * c *
                                   (logarithm + charge * potential) +
                               displacement) /
                                  mesh->spacing[i]);
    }
  }
  return 10 * 0.5 * PETSC_MACHINE_EPSILON * FARADAY * largest;
}

PetscErrorCode FindCurrentDeviation(Transport transport, const CellState *cell, Vec rate,
                                    PetscReal expected, PetscReal time_step,
                                    CurrentDeviation *deviation)
{
  PetscReal *current, floor, storage, worst = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscMalloc1(cell->nodes - 1, &current));
  PetscCall(TransportGetFaceCurrents(transport, cell, rate, current, &floor));
  for (PetscInt i = 0; i < cell->nodes - 1; i++) worst = Worse(fabs(current[i] - expected), worst);
  PetscCall(PetscFree(current));
  floor += 1e-8 * fabs(expected) + StateFloor(transport, cell, time_step);
  storage = StorageFloor(transport, cell, time_step);
  *deviation = (CurrentDeviation){worst / floor, worst / (floor + storage)};
  PetscFunctionReturn(0);
}
