#include "bc/boundary_kind.h"

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

static PetscReal LayerResistance(const FilmLayer *layer)
{
  return layer->thickness > 0 ? layer->thickness / layer->conductivity : 0;
}

PetscReal BoundaryFilmResistance(const Boundary *boundary)
{
  return LayerResistance(&boundary->sei.inner) + LayerResistance(&boundary->sei.outer);
}
