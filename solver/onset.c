#include "solver/onset.h"

#include <math.h>

#include "solver/transport_impl.h"

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
  for (PetscInt k = 0; k < t->ions; k++) sum += TransportDrivingFlux(t, k, face.flux[k]);
  return side == ANODE ? sum : -sum;
}

/* Osmotic pressure minus Maxwell stress over R T at a face [mol/m^3]. */
static PetscReal NetPressure(Transport t, const CellState *cell, Side side, PetscInt i)
{
  const NodeState *near = &cell->node[NodeFrom(cell, side, i)];
  const NodeState *far = &cell->node[NodeFrom(cell, side, i + 1)];
  const PetscReal field = cell->node[FaceFrom(cell, side, i) + 1].potential_jump /
                          t->mesh.spacing[FaceFrom(cell, side, i)];
  PetscReal osmotic = 0;

  for (PetscInt k = 0; k < t->ions; k++) {
    osmotic += 0.5 * (near->concentration[k] + far->concentration[k]);
  }
  return osmotic - 0.5 * t->permittivity * t->salt_concentration / t->porosity * PetscSqr(field);
}

PetscReal VirtualSaltConcentration(Transport t, const CellState *cell, Side side)
{
  const PetscReal distance = 10 * t->debye_length;
  const PetscInt ions_per_formula = t->formula_count[0] + t->formula_count[1];
  PetscReal x = 0, integral = 0, spacing = t->mesh.spacing[FaceFrom(cell, side, 0)];
  PetscInt i = 0;

  if (t->closure == CLOSURE_ELECTRONEUTRAL) {
    return cell->node[NodeFrom(cell, side, 0)].concentration[0] / t->formula_count[0];
  }
  // Whole spacings up to the node before the face nearest `distance`, then half a spacing.
  while (x + spacing < distance && i + 2 < cell->nodes) {
    integral += spacing * TotalDrivingFlux(t, cell, side, i);
    x += spacing;
    spacing = t->mesh.spacing[FaceFrom(cell, side, ++i)];
  }
  integral += 0.5 * spacing * TotalDrivingFlux(t, cell, side, i);
  return (NetPressure(t, cell, side, i) + integral) / ions_per_formula;
}

/* Charge separation a fraction of the way from one node to the next. */
static PetscReal SeparationBetween(Transport t, const NodeState *near, const NodeState *far,
                                   PetscReal fraction)
{
  PetscReal charge = 0, total = 0;

  for (PetscInt k = 0; k < t->ions; k++) {
    const PetscReal c =
        t->initial[k] * exp((1 - fraction) * near->log_ratio[k] + fraction * far->log_ratio[k]);
    charge += t->flux.charge[k] * c;
    total += fabs((PetscReal)t->flux.charge[k]) * c;
  }
  return fabs(charge) / total;
}

PetscReal ChargeSeparation(Transport t, const CellState *cell, Side side, PetscReal distance)
{
  PetscInt i = 0;

  while (i + 2 < cell->nodes && distance > t->mesh.spacing[FaceFrom(cell, side, i)]) {
    distance -= t->mesh.spacing[FaceFrom(cell, side, i++)];
  }
  return SeparationBetween(t, &cell->node[NodeFrom(cell, side, i)],
                           &cell->node[NodeFrom(cell, side, i + 1)],
                           PetscMin(1, distance / t->mesh.spacing[FaceFrom(cell, side, i)]));
}

PetscReal SpaceChargeWidth(Transport t, const CellState *cell, Side side)
{
  PetscReal x = 0, before = 0;

  for (PetscInt i = 0; i < cell->nodes; i++) {
    const NodeState *node = &cell->node[NodeFrom(cell, side, i)];
    const PetscReal separation = SeparationBetween(t, node, node, 0);
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
