#include "solver/onset.h"

#include <math.h>

#include "bc/physical_constants.h"
#include "solver/transport_impl.h"
#include "solver/virtual_solution.h"

/* Of a double layer, in Debye lengths. */
#define LAYER_WIDTH 10.

/* Node number i as counted from the electrode on `side`. */
static inline PetscInt NodeFrom(const CellState *cell, Side side, PetscInt i)
{
  return side == ANODE ? i : cell->nodes - 1 - i;
}

static inline PetscInt FaceFrom(const CellState *cell, Side side, PetscInt i)
{
  return side == ANODE ? i : cell->nodes - 2 - i;
}

/* Sum of the driving fluxes through face number i from the side, away from the electrode [mol/m^4].
 */
static PetscReal TotalDrivingFlux(Transport t, const CellState *cell, Side side, PetscInt i)
{
  PetscReal sum = 0;
  FaceFlux face;

  TransportFaceFlux(t, cell, FaceFrom(cell, side, i), &face);
  for (PetscInt k = 0; k < t->ions; k++) sum += face.driving_flux[k];
  return side == ANODE ? sum : -sum;
}

/* Osmotic pressure over R T, sum_k c_k in an ideal solution of points [mol/m^3]. */
static PetscReal OsmoticConcentration(Transport t, const NodeState *node)
{
  PetscReal sum = 0;

  for (PetscInt k = 0; k < t->ions; k++) sum += node->concentration[k];
  if (t->solution) sum = 2 * SolutionOsmoticConcentration(t->solution, 0.5 * sum).value;
  return sum + PackingOsmoticConcentration(&t->packing, node->log_solvent);
}

/* sum_k z_k c_k at node i of a side [mol/m^3]. */
static PetscReal Charge(Transport t, const CellState *cell, Side side, PetscInt i)
{
  return TransportChargeDensity(t, cell, NodeFrom(cell, side, i)) / FARADAY;
}

/* Osmotic pressure minus Maxwell stress over R T at a face [mol/m^3]: the mean of the two nodes',
   where the stress is eps/2 times the product of the fields on either side, to which the momentum
   of the faces sums up (solver/driving_flux.h).  The fields beyond are by Poisson's equation. */
static PetscReal NetPressure(Transport t, const CellState *cell, Side side, PetscInt i)
{
  const NodeState *near = &cell->node[NodeFrom(cell, side, i)];
  const NodeState *far = &cell->node[NodeFrom(cell, side, i + 1)];
  const PetscReal jump = cell->node[FaceFrom(cell, side, i) + 1].potential_jump;
  const PetscReal field = jump / t->mesh.spacing[FaceFrom(cell, side, i)];
  const PetscReal osmotic = 0.5 * (OsmoticConcentration(t, near) + OsmoticConcentration(t, far));
  const FaceExtent extent = ExtentBehind(t, FaceFrom(cell, side, i) + 1);
  const PetscReal of_near = Charge(t, cell, side, i) * (side == ANODE ? extent.left : extent.right);
  const PetscReal of_far =
      Charge(t, cell, side, i + 1) * (side == ANODE ? extent.right : extent.left);
  const PetscReal away = side == ANODE ? -field : field;

  return osmotic - 0.5 * t->permittivity * t->salt_concentration / t->porosity * PetscSqr(field) -
         0.5 * away * (of_far - of_near);
}

/* Osmotic concentration of the neutral salt, and its slope. */
static PropertyValue SaltOsmoticConcentration(Transport t, PetscReal packed_by_salt, PetscReal c)
{
  const PetscReal packed = packed_by_salt * c;
  NodeState node = {.log_solvent = t->packing.points ? 0 : log1p(-packed)};
  PropertyValue osmotic;

  for (PetscInt k = 0; k < t->ions; k++) node.concentration[k] = t->relative_initial[k] * c;
  osmotic.value = OsmoticConcentration(t, &node);
  osmotic.derivative = t->ions_per_formula;
  if (t->solution) osmotic.derivative *= SolutionThermodynamicFactor(t->solution, c).value;
  if (!t->packing.points) {
    osmotic.derivative += packed_by_salt * packed / (t->packing.largest_volume * (1 - packed));
  }
  return osmotic;
}

/* Concentration of the neutral salt that has an osmotic pressure [mol/m^3], by Newton's method; of
   an ideal solution of points below zero. */
static PetscReal SaltConcentrationOf(Transport t, PetscReal osmotic_concentration)
{
  PetscReal c = osmotic_concentration / t->ions_per_formula, step = c, packed_by_salt = 0;

  if (c <= 0 || (t->packing.points && !t->solution)) return c;
  for (PetscInt k = 0; k < t->ions; k++) {
    packed_by_salt += t->packing.volume[k] * t->relative_initial[k];
  }
  if (packed_by_salt > 0) c = PetscMin(c, 0.5 / packed_by_salt);
  for (PetscInt i = 0; i < 50 && fabs(step) > 1e-13 * c; i++) {
    const PropertyValue osmotic = SaltOsmoticConcentration(t, packed_by_salt, c);
    PetscReal next;
    step = (osmotic.value - osmotic_concentration) / osmotic.derivative;
    next = PetscMax(c - step, 0.1 * c);
    // Half way to where the salt would fill the volume at most.
    if (packed_by_salt > 0) next = PetscMin(next, 0.5 * (c + 1 / packed_by_salt));
    c = next;
  }
  return c;
}

/* Of several salts: by the reacting ion's concentration in the neutral solution that has the other
   ions' electrochemical potentials at the wall, and an osmotic concentration. */
static PetscReal MixtureConcentrationOf(Transport t, const NodeState *wall,
                                        PetscReal osmotic_concentration)
{
  PetscReal log_activity[MAXIMUM_IONS];

  for (PetscInt k = 0; k < t->ions; k++) {
    log_activity[k] =
        log(t->initial[k]) + wall->log_ratio[k] - t->packing.weight[k] * wall->log_solvent;
  }
  return VirtualIonConcentration(t, log_activity, osmotic_concentration) /
         t->relative_initial[t->reacting_ion];
}

PetscReal VirtualSaltConcentration(Transport t, const CellState *cell, Side side)
{
  const PetscReal distance = LAYER_WIDTH * t->debye_length;
  PetscReal x = 0, integral = 0, spacing = t->mesh.spacing[FaceFrom(cell, side, 0)];
  PetscInt i = 0;

  if (t->closure == CLOSURE_ELECTRONEUTRAL) {
    const PetscInt r = t->reacting_ion;
    return cell->node[NodeFrom(cell, side, 0)].concentration[r] / t->relative_initial[r];
  }
  // Whole spacings up to the node before the face nearest `distance`, then half a spacing.
  while (x + spacing < distance && i + 2 < cell->nodes) {
    integral += spacing * TotalDrivingFlux(t, cell, side, i);
    x += spacing;
    spacing = t->mesh.spacing[FaceFrom(cell, side, ++i)];
  }
  integral += 0.5 * spacing * TotalDrivingFlux(t, cell, side, i);
  integral += NetPressure(t, cell, side, i);
  if (t->ions == 2) return SaltConcentrationOf(t, integral);
  return MixtureConcentrationOf(t, &cell->node[NodeFrom(cell, side, 0)], integral);
}

PetscReal SupportedDepletion(Transport t, PetscReal gradient)
{
  return InitialSupport(t) * t->debye_length * gradient * t->salt_concentration;
}

/* Charge separation at logarithms of c_k/c_k,0. */
static PetscReal SeparationAt(Transport t, const PetscReal log_ratio[])
{
  PetscReal charge = 0, total = 0;

  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal c = t->initial[k] * exp(log_ratio[k]);
    charge += t->flux.charge[k] * c;
    total += fabs(t->flux.charge[k]) * c;
  }
  return fabs(charge) / total;
}

/* Slope of ln c_k from node i of a side to the next. */
static PetscReal SlopeFrom(Transport t, const CellState *cell, Side side, PetscInt i, PetscInt k)
{
  return (cell->node[NodeFrom(cell, side, i + 1)].log_ratio[k] -
          cell->node[NodeFrom(cell, side, i)].log_ratio[k]) /
         t->mesh.spacing[FaceFrom(cell, side, i)];
}

/* Slope at a node between two others, 0 where it turns: Fritsch and Butland (1984). */
static PetscReal MonotoneSlope(PetscReal before, PetscReal spacing_before, PetscReal after,
                               PetscReal spacing_after)
{
  const PetscReal w_before = spacing_before + 2 * spacing_after;
  const PetscReal w_after = 2 * spacing_before + spacing_after;

  if (!(before * after > 0)) return 0;
  return (w_before + w_after) / (w_before / before + w_after / after);
}

/* ln c_k at a fraction of the way from node i of a side to the next: a cubic that, like the nodes
   about it, does not turn, whatever the decades between them. */
static PetscReal LogRatioBetween(Transport t, const CellState *cell, Side side, PetscInt i,
                                 PetscReal fraction, PetscInt k)
{
  const PetscReal h = t->mesh.spacing[FaceFrom(cell, side, i)];
  const PetscReal slope = SlopeFrom(t, cell, side, i, k);
  PetscReal near = slope, far = slope;

  if (i > 0) {
    near = MonotoneSlope(SlopeFrom(t, cell, side, i - 1, k),
                         t->mesh.spacing[FaceFrom(cell, side, i - 1)], slope, h);
  }
  if (i + 2 < cell->nodes) {
    far = MonotoneSlope(slope, h, SlopeFrom(t, cell, side, i + 1, k),
                        t->mesh.spacing[FaceFrom(cell, side, i + 1)]);
  }
  // The straight line, and what the slopes at its ends bend it by.
  return cell->node[NodeFrom(cell, side, i)].log_ratio[k] +
         fraction * h *
             (slope +
              (1 - fraction) * ((1 - fraction) * (near - slope) - fraction * (far - slope)));
}

PetscReal ChargeSeparation(Transport t, const CellState *cell, Side side, PetscReal distance)
{
  PetscReal log_ratio[MAXIMUM_IONS], fraction;
  PetscInt i = 0;

  while (i + 2 < cell->nodes && distance > t->mesh.spacing[FaceFrom(cell, side, i)]) {
    distance -= t->mesh.spacing[FaceFrom(cell, side, i++)];
  }
  fraction = PetscMin(1, distance / t->mesh.spacing[FaceFrom(cell, side, i)]);
  for (PetscInt k = 0; k < t->ions; k++) {
    log_ratio[k] = LogRatioBetween(t, cell, side, i, fraction, k);
  }
  return SeparationAt(t, log_ratio);
}

PetscReal SpaceChargeWidth(Transport t, const CellState *cell, Side side)
{
  PetscReal x = 0, before = 0;

  for (PetscInt i = 0; i < cell->nodes; i++) {
    const NodeState *node = &cell->node[NodeFrom(cell, side, i)];
    const PetscReal separation = SeparationAt(t, node->log_ratio);
    if (i > 0) {
      const PetscReal spacing = t->mesh.spacing[FaceFrom(cell, side, i - 1)];
      if (before >= 0.5 && separation < 0.5) {
        return x + spacing * (before - 0.5) / (before - separation);
      }
      x += spacing;
    }
    before = separation;
  }
  return 0;
}

PetscReal LimitingLayerWidth(PetscReal debye_length, PetscReal gradient)
{
  return cbrt(PetscSqr(debye_length) / gradient);
}
