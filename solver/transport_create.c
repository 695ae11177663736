#include <math.h>
#include <petscdmda.h>

#include "bc/physical_constants.h"
#include "solver/closed_forms.h"
#include "solver/front.h"
#include "solver/layer.h"
#include "solver/salt.h"
#include "solver/transport_impl.h"

/* Diffusivity of an ion alone [m^2/s]; in a concentrated solution 1/(friction with the solvent) at
   the initial concentration, or the salt's where that friction is not positive. */
static PetscReal IonDiffusivity(Transport t, const Electrolyte *electrolyte, PetscInt k)
{
  const PetscReal c = electrolyte->concentration;
  PetscReal friction;

  if (!t->solution) return electrolyte->ion[k].diffusivity;
  friction = k == 0 ? SolutionFrictions(t->solution, c).cation_solvent.value
                    : SolutionFrictions(t->solution, c).anion_solvent.value;
  return friction > 0 ? 1 / friction : SolutionDiffusivity(t->solution, c).value;
}

static void SetInitialNode(Transport t)
{
  static const PetscScalar unchanged[MAXIMUM_IONS] = {0};

  if (!t->packing.points) {
    t->initial_node.log_solvent = PackingLogSolvent(&t->packing, t->initial);
  }
  TransportUnpackNode(t, unchanged, &t->initial_node);
}

static PetscErrorCode SetElectrolyte(Transport t, const Case *case_)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  const PetscReal factor = SeparatorTransportFactor(&case_->separator);
  const PetscReal permittivity = VACUUM_PERMITTIVITY * electrolyte->relative_permittivity * factor;
  PetscInt formula_count[2];

  PetscFunctionBeginUser;
  PetscCall(FluxLawFind(t->comm, electrolyte->flux_law, &t->law));
  if (t->law->needs_solution) {
    PetscCall(SolutionCreate(electrolyte, case_->temperature, &t->solution));
  }
  t->closure = electrolyte->closure;
  t->packing = PackingOf(electrolyte);
  t->ions = electrolyte->number_of_ions;
  t->dof = t->ions + 1;
  t->reacting_ion = electrolyte->reacting_ion;
  t->salt_concentration = electrolyte->concentration;
  t->per_salt_concentration = 1 / t->salt_concentration;
  t->porosity = case_->separator.porosity;
  t->debye_length = DebyeLength(case_);
  t->thermal_voltage = GAS_CONSTANT * case_->temperature / FARADAY;
  t->permittivity = permittivity * t->thermal_voltage / (FARADAY * t->salt_concentration);
  t->flux.number_of_ions = t->ions;
  t->flux.solution = t->solution;
  t->flux.transport_factor = factor;
  t->flux.electroneutral = (PetscBool)(t->closure == CLOSURE_ELECTRONEUTRAL);
  for (PetscInt k = 0; k < t->ions; k++) {
    const Ion *ion = &electrolyte->ion[k];
    t->ion_name[k] = ion->name;
    t->flux.charge[k] = ion->charge;
    t->flux.effective_diffusivity[k] = factor * IonDiffusivity(t, electrolyte, k);
    t->flux.packing_weight[k] = t->packing.weight[k];
    t->initial[k] = ion->concentration;
    t->per_initial[k] = 1 / ion->concentration;
    t->relative_initial[k] = ion->concentration / t->salt_concentration;
  }
  SetInitialNode(t);
  if (t->ions == 2) {
    SaltFormula(t->flux.charge[0], t->flux.charge[1], &formula_count[0], &formula_count[1]);
    t->ions_per_formula = formula_count[0] + formula_count[1];
  }
  PetscFunctionReturn(0);
}

static InterfaceModel InterfaceModelOf(Transport t, const Boundary *boundary)
{
  if (t->closure == CLOSURE_ELECTRONEUTRAL) return INTERFACE_ELECTRONEUTRAL;
  return BoundaryHasCapacitance(boundary) ? INTERFACE_STERN : INTERFACE_BARE;
}

/* Of the solution that the boundary refers to, which has the proportions of the initial one. */
static void SetReferenceActivity(Transport t, Wall *wall)
{
  const PetscReal salt_concentration =
      BoundaryReferenceConcentration(wall->boundary, t->relative_initial[t->reacting_ion]);
  const PetscReal log_ratio = PetscLogReal(salt_concentration / t->salt_concentration);
  NodeState node = {.log_solvent = 0};

  for (PetscInt k = 0; k < t->ions; k++) {
    node.log_ratio[k] = log_ratio;
    node.concentration[k] = t->relative_initial[k] * salt_concentration;
  }
  node.log_solvent = t->packing.points ? 0 : PackingLogSolvent(&t->packing, node.concentration);
  if (t->solution) {
    node.log_activity_coefficient = SolutionLogActivityCoefficient(t->solution, salt_concentration);
  }
  TransportLogActivities(t, &node, wall->reference_log_activity);
}

/* Whether ion k enters: by the boundary's law, or, without a double layer, to charge the interface.
 */
static PetscBool AdmitsIon(Transport t, Side side, PetscInt k)
{
  const Admission admission = t->wall[side].boundary->kind->admission;

  if (WallIsChargedBy(t, side, k)) return PETSC_TRUE;
  return (PetscBool)(admission == ADMITS_ALL_IONS ||
                     (admission == ADMITS_REACTING_ION && k == t->reacting_ion));
}

static void SetWall(Transport t, Side side, const Boundary *boundary, PetscReal temperature)
{
  const PetscReal charge_unit = FARADAY * t->salt_concentration / t->thermal_voltage;  // [F/m^3]
  const PetscBool anode = (PetscBool)(side == ANODE);

  t->wall[side] = (Wall){
      .boundary = boundary,
      .interface = InterfaceModelOf(t, boundary),
      .capacitance =
          BoundaryHasCapacitance(boundary) ? boundary->interface_capacitance / charge_unit : 0,
      .zero_charge_potential = boundary->zero_charge_potential / t->thermal_voltage,
      .film_resistance = BoundaryFilmResistance(boundary, temperature) * charge_unit,
      .exchange_current_density = BoundaryExchangeCurrentDensity(boundary, temperature),
      .electrode_block = anode ? 0 : t->blocks - 1,
      .wall_block = anode ? 1 : t->blocks - 2,
      .next_block = anode ? 2 : t->blocks - 3,
  };
  for (PetscInt k = 0; k < t->ions; k++) t->wall[side].admits[k] = AdmitsIon(t, side, k);
  SetReferenceActivity(t, &t->wall[side]);
}

/* Where there is no face its fluxes stay 0, and so do their weights in deep rows. */
static void SetNoFaces(Transport t)
{
  for (PetscInt b = t->ghost_first; b < t->ghost_first + t->ghost_count; b++) {
    if (b > 0 && b < t->blocks - 2) continue;
    for (PetscInt k = 0; k < t->ions; k++) FaceOf(t, t->ions, b).exponent[k] = -PETSC_INFINITY;
  }
}

static PetscErrorCode SetUpMesh(Transport t, const Case *case_)
{
  MeshNeeds needs;

  PetscFunctionBeginUser;
  FrontsEstimate(case_, &t->closed_forms, t->solution, &needs);
  LayersEstimate(case_, &t->closed_forms, &needs);
  PetscCall(MeshCreateFor(case_->mesh.nodes, case_->separator.thickness,
                          case_->mesh.first_spacing * t->debye_length, &needs, &t->mesh));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetUpGrid(Transport t)
{
  PetscFunctionBeginUser;
  PetscCall(DMDACreate1d(t->comm, DM_BOUNDARY_NONE, t->blocks, t->dof, 1, NULL, &t->dm));
  PetscCall(DMSetUp(t->dm));
  PetscCall(DMDAGetCorners(t->dm, &t->first, NULL, NULL, &t->count, NULL, NULL));
  PetscCall(DMDAGetGhostCorners(t->dm, &t->ghost_first, NULL, NULL, &t->ghost_count, NULL, NULL));
  PetscCall(DMCreateLocalVector(t->dm, &t->local_state));
  PetscCall(VecDuplicate(t->local_state, &t->local_rate));
  PetscCall(DMCreateGlobalVector(t->dm, &t->last_rate));
  PetscCall(VecScatterCreateToAll(t->last_rate, &t->gather, &t->gathered));
  PetscCall(PetscCalloc1(t->blocks, &t->face_permittivity));
  for (PetscInt b = 1; b < t->blocks - 2; b++) {
    t->face_permittivity[b] = t->permittivity / t->mesh.spacing[b - 1];
  }
  PetscCall(PetscCalloc1(t->ghost_count, &t->node));
  PetscCall(PetscMalloc1(t->count * t->dof * 3 * t->dof, &t->rows));
  PetscCall(PetscCalloc1(t->ghost_count * FaceSize(t->ions), &t->face));
  SetNoFaces(t);
  PetscCall(PetscCalloc1(t->count * t->dof, &t->steady));
  PetscCall(PetscMalloc1(t->ghost_count * t->dof, &t->unpacked));
  t->unpacked_carry = NAN;  // like no other: nothing is unpacked yet
  PetscFunctionReturn(0);
}

PetscErrorCode TransportCreate(MPI_Comm comm, const Case *case_, Transport *transport)
{
  Transport t;

  PetscFunctionBeginUser;
  PetscCall(PetscNew(&t));
  t->comm = comm;
  PetscCall(SetElectrolyte(t, case_));
  PetscCall(ClosedFormsFind(case_, &t->closed_forms));
  PetscCall(SetUpMesh(t, case_));
  t->blocks = t->mesh.nodes + 2;
  SetWall(t, ANODE, &case_->anode, case_->temperature);
  SetWall(t, COUNTER_ELECTRODE, &case_->counter_electrode, case_->temperature);
  PetscCall(SetUpGrid(t));
  *transport = t;
  PetscFunctionReturn(0);
}

PetscErrorCode TransportDestroy(Transport *transport)
{
  Transport t = *transport;

  PetscFunctionBeginUser;
  if (!t) PetscFunctionReturn(0);
  PetscCall(SolutionDestroy(&t->solution));
  PetscCall(VecScatterDestroy(&t->gather));
  PetscCall(VecDestroy(&t->gathered));
  PetscCall(VecDestroy(&t->local_state));
  PetscCall(VecDestroy(&t->local_rate));
  PetscCall(VecDestroy(&t->last_rate));
  PetscCall(PetscFree(t->face_permittivity));
  PetscCall(PetscFree(t->node));
  PetscCall(PetscFree(t->rows));
  PetscCall(PetscFree(t->face));
  PetscCall(PetscFree(t->unpacked));
  PetscCall(PetscFree(t->steady));
  PetscCall(DMDestroy(&t->dm));
  PetscCall(MeshDestroy(&t->mesh));
  PetscCall(PetscFree(*transport));
  PetscFunctionReturn(0);
}

PetscErrorCode TransportGetMesh(Transport t, const Mesh **mesh)
{
  PetscFunctionBeginUser;
  *mesh = &t->mesh;
  PetscFunctionReturn(0);
}

PetscErrorCode TransportGetClosedForms(Transport t, const ClosedForms **closed_forms)
{
  PetscFunctionBeginUser;
  *closed_forms = &t->closed_forms;
  PetscFunctionReturn(0);
}

PetscErrorCode TransportGetDM(Transport t, DM *dm)
{
  PetscFunctionBeginUser;
  *dm = t->dm;
  PetscFunctionReturn(0);
}

PetscErrorCode TransportGetSolution(Transport t, Solution *solution)
{
  PetscFunctionBeginUser;
  *solution = t->solution;
  PetscFunctionReturn(0);
}

/* DMDA itself makes no block matrix in one dimension. */
PetscErrorCode TransportCreateJacobian(Transport t, Mat *jacobian)
{
  PetscFunctionBeginUser;
  PetscCall(MatCreate(t->comm, jacobian));
  PetscCall(MatSetSizes(*jacobian, t->count * t->dof, t->count * t->dof, PETSC_DETERMINE,
                        PETSC_DETERMINE));
  PetscCall(MatSetType(*jacobian, MATBAIJ));
  PetscCall(MatSetBlockSize(*jacobian, t->dof));
  PetscCall(MatSeqBAIJSetPreallocation(*jacobian, t->dof, 3, NULL));
  PetscCall(MatMPIBAIJSetPreallocation(*jacobian, t->dof, 3, NULL, 1, NULL));
  PetscFunctionReturn(0);
}
