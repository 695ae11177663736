#include "solver/front.h"

#include <math.h>
#include <stdlib.h>

#include "bc/boundary_kind.h"
#include "bc/physical_constants.h"
#include "solver/layer.h"
#include "solver/onset.h"
#include "solver/transport.h"

/* What a film takes of a voltage, besides the space charge [R T/F]. */
#define OTHER_DROPS 8.

/* Share of c_0 at which the properties are those of the depleted liquid. */
#define DEPLETED_SHARE 1e-6

PetscReal SaltEdge(PetscReal final_speed, PetscReal depletion_time, PetscReal time)
{
  const PetscReal first_share = 2 / PETSC_PI, past = 1 - depletion_time / time;

  if (!(past > 0)) return 0;
  return final_speed * (time - depletion_time) * (first_share + (1 - first_share) * sqrt(past));
}

PetscReal SteadySaltEdge(PetscReal thickness, PetscReal current_ratio, PetscBool reservoir)
{
  const PetscReal share = reservoir ? 1 / current_ratio : 1 / sqrt(current_ratio);

  return thickness * PetscMax(0, 1 - share);
}

PetscReal SpaceChargeReach(PetscReal permittivity, PetscReal mobility, PetscReal voltage,
                           PetscReal current_density)
{
  return cbrt(9 * permittivity * mobility * PetscSqr(voltage) / (8 * current_density));
}

/* What the estimates take from a case. */
typedef struct {
  const Case *case_;
  const ClosedForms *forms;
  CellConstants cell;
  PetscReal limiting_current;   // [A/m^2]
  PetscReal permittivity;       // f eps [F/m]
  PetscReal mobility;           // of charge per volume of the separator, f D_+ z F/(porosity R T),
                                // in the depleted liquid [m^2/(V s)]
  PetscReal thermal_voltage;    // R T/F [V]
  PetscReal supporting_charge;  // of the other ions of the reacting one's sign [C/m^3]
} FrontCell;

/* Per volume of the separator. */
static PetscReal SupportingCharge(const Case *case_)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  const PetscBool positive = (PetscBool)(electrolyte->ion[electrolyte->reacting_ion].charge > 0);
  PetscReal charge = 0;

  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const Ion *ion = &electrolyte->ion[k];
    if (k == electrolyte->reacting_ion || (ion->charge > 0) != positive) continue;
    charge += case_->separator.porosity * FARADAY * abs(ion->charge) * ion->concentration;
  }
  return charge;
}

/* Salts that share an ion: the diffusivity and the transference number of the reacting ion that
   give the closed forms of a binary salt, t = z^2 c D/sum_k z_k^2 c_k D_k,   D_salt = D (1 - t) (1
   + z^2 c/sum_other z_k^2 c_k), which for two ions are those of the salt, and beside a supporting
   salt D and almost 0. */
static void TakeMixture(const Electrolyte *electrolyte, PetscReal factor, CellConstants *cell)
{
  const Ion *reacting = &electrolyte->ion[electrolyte->reacting_ion];
  const PetscReal strength = PetscSqr((PetscReal)reacting->charge) * reacting->concentration;
  PetscReal mobility = 0, others = -strength;

  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const Ion *ion = &electrolyte->ion[k];
    const PetscReal weight = PetscSqr((PetscReal)ion->charge) * ion->concentration;
    others += weight;
    mobility += weight * ion->diffusivity;
  }
  cell->anion_share = (mobility - strength * reacting->diffusivity) / mobility;
  cell->effective_diffusivity =
      factor * reacting->diffusivity * cell->anion_share * (1 + strength / others);
}

static FrontCell FrontCellOf(const Case *case_, const ClosedForms *forms, Solution solution)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  const Ion *cation = &electrolyte->ion[electrolyte->reacting_ion];
  const PetscReal factor = SeparatorTransportFactor(&case_->separator);
  const PetscReal depleted = DEPLETED_SHARE * electrolyte->concentration;
  const PetscReal diffusivity = solution
                                    ? 1 / SolutionFrictions(solution, depleted).cation_solvent.value
                                    : cation->diffusivity;
  FrontCell front = {.case_ = case_, .forms = forms};

  (void)CellConstantsFind(case_, &front.cell);
  if (electrolyte->number_of_ions > 2) TakeMixture(electrolyte, factor, &front.cell);
  front.limiting_current = isnan(forms->variable_limiting_current_density)
                               ? LimitingCurrentDensity(&front.cell)
                               : forms->variable_limiting_current_density;
  front.permittivity = VACUUM_PERMITTIVITY * electrolyte->relative_permittivity * factor;
  front.thermal_voltage = GAS_CONSTANT * case_->temperature / FARADAY;
  front.mobility =
      factor * diffusivity * cation->charge / (case_->separator.porosity * front.thermal_voltage);
  front.supporting_charge = SupportingCharge(case_);
  return front;
}

/* Of a current density of any size [s]. */
static PetscReal DepletionTime(const FrontCell *front, PetscReal current)
{
  const ClosedForms *forms = front->forms;

  if (isnan(forms->variable_sand_constant)) return FiniteDepletionTime(&front->cell, current);
  if (current == PetscAbsReal(forms->current_density)) return forms->variable_finite_depletion_time;
  return forms->variable_sand_constant / PetscSqr(current);
}

static PetscReal DiffusionLength(const FrontCell *front, PetscReal time)
{
  return sqrt(front->cell.effective_diffusivity * time / front->cell.porosity);
}

/* Of the salt's edge in the end, when it sweeps up what the current density takes [m/s]. */
static PetscReal FinalSpeed(const FrontCell *front, PetscReal current)
{
  return front->cell.anion_share * current /
         (front->cell.porosity * front->cell.charge_concentration);
}

/* Width of the front, x* = (lambda_D^2/g)^(1/3), under this current density. */
static PetscReal EdgeWidth(const FrontCell *front, PetscReal current)
{
  const PetscReal gradient =
      2 * current / (front->limiting_current * front->case_->separator.thickness);

  return LimitingLayerWidth(front->forms->debye_length, gradient);
}

/* When a step with this current density ends at the latest, and at which voltage, > 0 as is what
   the current drives: `sign` times that of the cell.  A condition on the other direction is met at
   once or never, or as the voltage falls after a larger current; it limits no front. */
static void FindEnd(const FrontCell *front, const ProtocolStep *step, PetscReal sign,
                    PetscReal current, PetscReal *duration, PetscReal *voltage)
{
  *duration = step->duration;
  *voltage = PETSC_INFINITY;
  for (PetscInt c = 0; c < step->number_of_conditions; c++) {
    const Condition *until = &step->until[c];
    if (until->event == EVENT_CHARGE_LIMIT) {
      *duration = PetscMin(*duration, PetscAbsReal(until->threshold) / current);
    } else if (until->event == EVENT_VOLTAGE_LIMIT) {
      if (until->above != (sign > 0)) continue;
      *voltage = PetscMin(*voltage, PetscMax(0, sign * until->threshold));
    } else {
      *duration = PetscMin(*duration, DepletionTime(front, current));
    }
  }
}

/* One side's fronts as the steps of the protocol go on: `elapsed` since a current in this direction
   began, without a rest or a reversal. */
typedef struct {
  PetscBool driven;  // by any step
  PetscReal elapsed, reach, edge_width, diffusion_length;
} FrontRecord;

/* Other ions of the reacting one's sign that stay behind keep the liquid neutral where that one is
   used up, unless the front sweeps up too few of them to take the place of the space charge, of
   which (3/2) eps V/x stands on an area. */
static PetscBool IsSupported(const FrontCell *front, PetscReal reach, PetscReal current)
{
  const PetscReal per_mobility = 8 * current * reach / (9 * front->permittivity * front->mobility);
  const PetscReal space_charge = 1.5 * front->permittivity * sqrt(per_mobility);

  return (PetscBool)(front->supporting_charge * reach > space_charge);
}

static void NoteFront(const FrontCell *front, PetscReal reach, PetscReal current,
                      FrontRecord *record)
{
  const PetscReal edge_width = EdgeWidth(front, current);

  if (!(reach >= 0) || IsSupported(front, reach, current)) return;
  reach += (1 + front->case_->onset_distance) * edge_width;
  record->reach = PetscMax(record->reach, reach);
  if (edge_width < record->edge_width) record->edge_width = edge_width;
}

/* The salt's profile is as wide as it is when the salt is used up: later it gets no steeper. */
static void NoteProfile(const FrontCell *front, PetscReal current, PetscReal depletion_time,
                        FrontRecord *record)
{
  const PetscReal time = isnan(depletion_time) ? SandTime(&front->cell, current) : depletion_time;
  const PetscReal length = DiffusionLength(front, time);

  if (length < record->diffusion_length) record->diffusion_length = length;
}

/* `current` > 0 flows towards the side that is recorded: in `sign` times the cell's direction. */
static void NoteCurrentStep(const FrontCell *front, const ProtocolStep *step, PetscReal sign,
                            PetscReal current, FrontRecord *record)
{
  const PetscReal depletion_time = DepletionTime(front, current);
  const PetscReal thickness = front->case_->separator.thickness;
  const PetscReal ratio = current / front->limiting_current;
  const PetscBool reservoir = (PetscBool)(front->cell.length > thickness);
  PetscReal duration, voltage, reach;

  FindEnd(front, step, sign, current, &duration, &voltage);
  record->elapsed += duration;
  NoteProfile(front, current, depletion_time, record);
  if (!(ratio > 1) || isnan(depletion_time)) return;
  reach = SaltEdge(FinalSpeed(front, current), depletion_time, record->elapsed);
  reach = PetscMin(reach, SteadySaltEdge(thickness, ratio, reservoir));
  if (voltage < PETSC_INFINITY) {
    reach =
        PetscMin(reach, SpaceChargeReach(front->permittivity, front->mobility, voltage, current));
  }
  if (record->elapsed >= depletion_time) {
    NoteFront(front, reach, current, record);
  }
}

/* A voltage drives the limiting current, or more, and at first what the uniform solution lets
   through. */
static void NoteVoltageStep(const FrontCell *front, PetscReal voltage, FrontRecord *record)
{
  const PetscReal left = voltage - OTHER_DROPS * front->thermal_voltage;
  const PetscReal current = front->limiting_current;

  if (voltage <= 0) return;
  NoteProfile(front, PetscMax(current, OhmicCurrentDensity(front->case_, voltage)), NAN, record);
  if (left <= 0) return;
  NoteFront(front, SpaceChargeReach(front->permittivity, front->mobility, left, current), current,
            record);
}

/* Whether a current towards this boundary depletes the salt in front of it. */
static PetscBool CanBeDepleted(const Boundary *boundary)
{
  return (PetscBool)(boundary->kind == &boundary_kind_electrode ||
                     boundary->kind == &boundary_kind_selective);
}

/* All steps that drive the reacting ion towards `side`. */
static void NoteProtocol(const FrontCell *front, Side side, FrontRecord *record)
{
  const PetscReal sign = side == ANODE ? 1 : -1;

  for (PetscInt s = 0; s < front->case_->number_of_steps; s++) {
    const ProtocolStep *step = &front->case_->protocol[s];
    const PetscReal current = StepCurrentDensity(step, front->forms);
    if (isnan(current) && step->kind == STEP_VOLTAGE) {
      record->driven = (PetscBool)(record->driven || sign * step->value > 0);
      NoteVoltageStep(front, sign * step->value, record);
    } else if (sign * current > 0) {
      record->driven = PETSC_TRUE;
      NoteCurrentStep(front, step, sign, sign * current, record);
    } else {
      record->elapsed = 0;
    }
  }
}

void FrontsEstimate(const Case *case_, const ClosedForms *forms, Solution solution,
                    MeshNeeds *needs)
{
  const PetscReal thickness = case_->separator.thickness, wanted = case_->mesh.front_reach;
  const PetscBool charged = (PetscBool)(case_->electrolyte.closure == CLOSURE_POISSON);
  const Boundary *boundary[] = {&case_->anode, &case_->counter_electrode};
  const FrontCell front = FrontCellOf(case_, forms, solution);

  *needs = (MeshNeeds){.diffusion_length = 0.25 * thickness,
                       .edge_width = EdgeWidth(&front, front.limiting_current)};
  for (PetscInt side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    FrontRecord record = {.edge_width = needs->edge_width,
                          .diffusion_length = needs->diffusion_length};
    NoteProtocol(&front, (Side)side, &record);
    needs->diffusion_length = record.diffusion_length;
    if (!charged || !CanBeDepleted(boundary[side])) record.reach = 0;
    if (record.driven && !isnan(wanted)) record.reach = wanted;
    needs->reach[side] = PetscMin(record.reach, 0.5 * thickness);
    needs->edge_width = record.edge_width;
  }
}
