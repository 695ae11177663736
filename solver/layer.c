#include "solver/layer.h"

#include <math.h>

#include "bc/boundary_kind.h"
#include "bc/physical_constants.h"
#include "solver/packing.h"
#include "solver/transport.h"

/* No layer is taken for more charged than this [R T/F]: points that gather e^20 times are denser
   than any matter. */
#define LARGEST_POTENTIAL 20.

PetscReal LayerPotentialOfCharge(PetscReal charge)
{
  return 2 * asinh(0.5 * charge);
}

PetscReal OhmicCurrentDensity(const Case *case_, PetscReal voltage)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  PetscReal conductivity = 0;

  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const Ion *ion = &electrolyte->ion[k];
    conductivity += PetscSqr((PetscReal)ion->charge) * ion->diffusivity * ion->concentration;
  }
  conductivity *= PetscSqr(FARADAY) / (GAS_CONSTANT * case_->temperature);
  if (electrolyte->conductivity.initial > 0) conductivity = electrolyte->conductivity.initial;
  return SeparatorTransportFactor(&case_->separator) * conductivity * voltage /
         case_->separator.thickness;
}

/* The most that any step of the protocol does to an electrode. */
typedef struct {
  PetscReal plating, stripping;  // current density [A/m^2]
  PetscReal charge;              // of a step, passed either way [C/m^2]
  PetscReal voltage;             // of the cell [V]; 0: no step tells
} Load;

/* What ends a step at the latest: the charge that has passed, the voltage that is met. */
static void NoteEnds(const ProtocolStep *step, PetscReal current, Load *load)
{
  PetscReal charge = current * step->duration;

  for (PetscInt c = 0; c < step->number_of_conditions; c++) {
    const PetscReal threshold = PetscAbsReal(step->until[c].threshold);
    if (step->until[c].event == EVENT_CHARGE_LIMIT) charge = PetscMin(charge, threshold);
    if (step->until[c].event == EVENT_VOLTAGE_LIMIT) {
      load->voltage = PetscMax(load->voltage, threshold);
    }
  }
  if (current > 0) load->charge = PetscMax(load->charge, charge);
}

static Load LoadOn(const Case *case_, const ClosedForms *forms, Side side)
{
  Load load = {.voltage = 0};

  for (PetscInt s = 0; s < case_->number_of_steps; s++) {
    const ProtocolStep *step = &case_->protocol[s];
    PetscReal current = StepCurrentDensity(step, forms);
    if (step->kind == STEP_VOLTAGE) {
      current = OhmicCurrentDensity(case_, step->value);
      load.voltage = PetscMax(load.voltage, PetscAbsReal(step->value));
    } else {
      NoteEnds(step, PetscAbsReal(current), &load);
    }
    if (side == COUNTER_ELECTRODE) current = -current;
    if (current > load.plating) load.plating = current;
    if (-current > load.stripping) load.stripping = -current;
  }
  return load;
}

/* Before a boundary's layer: the case, and its Stern layer over eps/lambda_D. */
typedef struct {
  const Case *case_;
  const Boundary *boundary;
  PetscReal stern;            // [-]; infinite: none
  PetscReal thermal_voltage;  // R T/F [V]
  PetscReal charge_unit;      // eps R T/(F lambda_D) [C/m^2]
} Interface;

/* At no current: a metal's against its potential of zero charge, across both layers. */
static PetscReal PotentialAtRest(const Interface *interface)
{
  const Electrolyte *electrolyte = &interface->case_->electrolyte;
  const Ion *ion = &electrolyte->ion[electrolyte->reacting_ion];
  const PetscReal equilibrium =
      log(ion->concentration / interface->boundary->reference_concentration) / ion->charge;

  if (isinf(interface->stern)) return PetscAbsReal(equilibrium);
  return PetscAbsReal(interface->boundary->zero_charge_potential / interface->thermal_voltage -
                      equilibrium);
}

/* Tafel's overpotential, with what the currents near i_0 need. */
static PetscReal Overpotential(PetscReal current_ratio, PetscReal transfer)
{
  return log1p(current_ratio) / PetscMax(transfer, 1e-3);
}

/* Stripping leaves its whole overpotential to the Stern layer; without one the ions in front of the
   metal have to thin out until little comes back.  Plating is also driven by the ions that gather.
 */
static PetscReal ElectrodePotential(const Interface *interface, const Load *load)
{
  const Boundary *boundary = interface->boundary;
  const PetscReal i_0 = BoundaryExchangeCurrentDensity(boundary, interface->case_->temperature);
  const PetscReal alpha = boundary->cathodic_transfer_coefficient;
  const PetscReal rest = PotentialAtRest(interface);
  const PetscReal stripping = load->stripping / i_0, plating = load->plating / i_0;
  PetscReal stripped, plated = rest + log1p(plating);

  if (isinf(interface->stern)) {
    stripped = stripping < 1 ? rest - log1p(-stripping) : LARGEST_POTENTIAL;
    return PetscMax(plated, stripped);
  }
  stripped =
      LayerPotentialOfCharge(interface->stern * (rest + Overpotential(stripping, 1 - alpha)));
  plated = PetscMin(
      plated, LayerPotentialOfCharge(interface->stern * (rest + Overpotential(plating, alpha))));
  return PetscMax(plated, stripped);
}

/* The voltage is shared with another blocking electrode. */
static PetscReal BlockingPotential(const Interface *interface, const Load *load)
{
  const Case *case_ = interface->case_;
  const PetscBool shared = (PetscBool)(case_->anode.kind == case_->counter_electrode.kind);
  PetscReal potential = LayerPotentialOfCharge(load->charge / interface->charge_unit);

  if (load->voltage > 0) {
    PetscReal voltage = load->voltage / interface->thermal_voltage * (shared ? 0.5 : 1);
    if (load->charge > 0) voltage = PetscMin(voltage, potential);
    potential = PetscMax(voltage, 0);
  }
  potential +=
      PetscAbsReal(interface->boundary->zero_charge_potential) / interface->thermal_voltage;
  if (isinf(interface->stern)) return potential;
  return PetscMin(potential, LayerPotentialOfCharge(interface->stern * potential));
}

static PetscReal PotentialAt(const Interface *interface, const Load *load)
{
  const Electrolyte *electrolyte = &interface->case_->electrolyte;
  const Ion *ion = &electrolyte->ion[electrolyte->reacting_ion];

  if (interface->boundary->kind == &boundary_kind_electrode) {
    return ElectrodePotential(interface, load);
  }
  if (interface->boundary->kind == &boundary_kind_blocking) {
    return BlockingPotential(interface, load);
  }
  return PetscAbsReal(log(interface->boundary->concentration / ion->concentration));
}

/* Ions of a size gather up to 1/packed of what they were, and then in a layer of that density,
   which holds the rest of the charge: q = sqrt((2/p) ln(1 + 2 p sinh(psi/2)^2)) with p what they
   pack (Kilic, Bazant and Ajdari 2007). */
static void Crowd(PetscReal packed, MeshLayer *layer)
{
  const PetscReal crowding = -log(packed);

  if (!(packed > 0) || layer->potential <= crowding) return;
  layer->crowded = layer->length *
                   PetscMax(0, sqrt(2 * packed * layer->potential) - sqrt(2 * packed * crowding));
  layer->potential = crowding;
}

static PetscReal LargestCharge(const Electrolyte *electrolyte)
{
  PetscInt largest = 1;

  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    const PetscInt charge = electrolyte->ion[k].charge;
    largest = PetscMax(largest, charge < 0 ? -charge : charge);
  }
  return (PetscReal)largest;
}

/* Share of the volume that the ions take. */
static PetscReal Packed(const Electrolyte *electrolyte)
{
  const Packing packing = PackingOf(electrolyte);
  PetscReal packed = 0;

  for (PetscInt k = 0; k < electrolyte->number_of_ions; k++) {
    packed += packing.volume[k] * electrolyte->ion[k].concentration;
  }
  return packed;
}

void LayersEstimate(const Case *case_, const ClosedForms *forms, MeshNeeds *needs)
{
  const Electrolyte *electrolyte = &case_->electrolyte;
  const Boundary *boundary[] = {&case_->anode, &case_->counter_electrode};
  const PetscReal thermal_voltage = GAS_CONSTANT * case_->temperature / FARADAY;
  const PetscReal capacitance = VACUUM_PERMITTIVITY * electrolyte->relative_permittivity *
                                SeparatorTransportFactor(&case_->separator) / forms->debye_length;

  for (PetscInt side = ANODE; side <= COUNTER_ELECTRODE; side++) {
    const Load load = LoadOn(case_, forms, (Side)side);
    const Interface interface = {.case_ = case_,
                                 .boundary = boundary[side],
                                 .stern = boundary[side]->interface_capacitance / capacitance,
                                 .thermal_voltage = thermal_voltage,
                                 .charge_unit = capacitance * thermal_voltage};
    MeshLayer *layer = &needs->layer[side];

    *layer = (MeshLayer){.length = 0};
    if (electrolyte->closure == CLOSURE_ELECTRONEUTRAL) continue;
    layer->length = forms->debye_length;
    if (boundary[side]->kind == &boundary_kind_reservoir) continue;
    layer->potential = LargestCharge(electrolyte) * PotentialAt(&interface, &load);
    if (!(layer->potential <= LARGEST_POTENTIAL)) layer->potential = LARGEST_POTENTIAL;
    Crowd(Packed(electrolyte), layer);
  }
}
