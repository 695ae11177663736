#include "bc/boundary_kind.h"
#include "bc/physical_constants.h"

static const BoundaryKind *const kinds[] = {&boundary_kind_electrode, &boundary_kind_blocking,
                                            &boundary_kind_reservoir, &boundary_kind_selective};

PetscErrorCode BoundaryKindFind(const char name[], const BoundaryKind **kind)
{
  PetscBool found = PETSC_FALSE;

  PetscFunctionBeginUser;
  *kind = NULL;
  for (size_t i = 0; i < PETSC_STATIC_ARRAY_LENGTH(kinds) && !found; i++) {
    PetscCall(PetscStrcmp(name, kinds[i]->name, &found));
    if (found) *kind = kinds[i];
  }
  PetscFunctionReturn(0);
}

const char *BoundaryKindName(const BoundaryKind *kind)
{
  return kind->name;
}

PetscBool BoundaryHasCapacitance(const Boundary *boundary)
{
  return (PetscBool)(boundary->interface_capacitance < PETSC_INFINITY);
}

/* exp(-E_a/R (1/T - 1/T_ref)), by which a rate grows from its reference temperature (Arrhenius
   1889). */
static PetscReal ArrheniusFactor(PetscReal activation_energy, PetscReal reference_temperature,
                                 PetscReal temperature)
{
  if (activation_energy == 0) return 1;
  return PetscExpReal(-activation_energy / GAS_CONSTANT *
                      (1 / temperature - 1 / reference_temperature));
}

PetscReal BoundaryExchangeCurrentDensity(const Boundary *boundary, PetscReal temperature)
{
  return boundary->exchange_current_density *
         ArrheniusFactor(boundary->activation_energy, boundary->reference_temperature, temperature);
}

static PetscReal LayerResistance(const FilmLayer *layer, PetscReal reference_temperature,
                                 PetscReal temperature)
{
  if (!(layer->thickness > 0)) return 0;
  return layer->thickness /
         (layer->conductivity *
          ArrheniusFactor(layer->activation_energy, reference_temperature, temperature));
}

PetscReal BoundaryFilmResistance(const Boundary *boundary, PetscReal temperature)
{
  return LayerResistance(&boundary->sei.inner, boundary->reference_temperature, temperature) +
         LayerResistance(&boundary->sei.outer, boundary->reference_temperature, temperature);
}

PetscReal BoundaryReferenceConcentration(const Boundary *boundary, PetscReal reacting)
{
  if (boundary->kind->holds_salt) return boundary->concentration;
  return (boundary->kind->open ? boundary->concentration : boundary->reference_concentration) /
         reacting;
}
