#include "solver/packing.h"

#include <math.h>

#include "bc/physical_constants.h"

Packing PackingOf(const Electrolyte *electrolyte)
{
  Packing packing = {.number_of_ions = electrolyte->number_of_ions};

  for (PetscInt k = 0; k < packing.number_of_ions; k++) {
    const PetscReal size = electrolyte->ion[k].size;
    packing.volume[k] = AVOGADRO * size * size * size;
    packing.largest_volume = PetscMax(packing.largest_volume, packing.volume[k]);
  }
  packing.points = (PetscBool)(packing.largest_volume == 0);
  for (PetscInt k = 0; k < packing.number_of_ions && !packing.points; k++) {
    packing.weight[k] = packing.volume[k] / packing.largest_volume;
  }
  return packing;
}

PetscReal PackingLogSolvent(const Packing *packing, const PetscReal concentration[])
{
  PetscReal packed = 0;

  for (PetscInt k = 0; k < packing->number_of_ions; k++) {
    packed += packing->volume[k] * concentration[k];
  }
  return log1p(-packed);
}

/* Newton's method in x = ln S on exp(x) + sum_k N_A v_k b_k exp(w_k x) = 1, which rises and is
   convex: from above the root, where this starts, it comes down to it without a step too far. */
PetscReal PackingSolve(const Packing *packing, const PetscReal reduced[])
{
  PetscReal sum = 0, x, step;

  for (PetscInt k = 0; k < packing->number_of_ions; k++) sum += packing->volume[k] * reduced[k];
  x = -log1p(sum);
  do {
    PetscReal excess = expm1(x), slope = PetscExpReal(x);
    for (PetscInt k = 0; k < packing->number_of_ions; k++) {
      const PetscReal share =
          packing->volume[k] * reduced[k] * PetscExpReal(packing->weight[k] * x);
      excess += share;
      slope += packing->weight[k] * share;
    }
    step = excess / slope;
    x -= step;
  } while (step > 1e-14 * PetscMax(1, -x));
  return x;
}

void PackingDerivatives(const Packing *packing, const PetscReal concentration[],
                        PetscReal log_solvent, PetscReal by_log_reduced[])
{
  PetscReal slope = PetscExpReal(log_solvent);

  for (PetscInt k = 0; k < packing->number_of_ions; k++) {
    slope += packing->weight[k] * packing->volume[k] * concentration[k];
  }
  for (PetscInt k = 0; k < packing->number_of_ions; k++) {
    by_log_reduced[k] = -packing->volume[k] * concentration[k] / slope;
  }
}

PetscReal PackingOsmoticConcentration(const Packing *packing, PetscReal log_solvent)
{
  return packing->points ? 0 : (expm1(log_solvent) - log_solvent) / packing->largest_volume;
}
