#include "bc/open_exchange.h"

/* A well-stirred bath of given salt concentration: every ion passes. */
static void EntryRates(const Boundary *boundary, const WallState *wall, EntryRate rates[])
{
  for (PetscInt k = 0; k < wall->number_of_ions; k++) {
    rates[k] = OpenExchange(wall, k, wall->formula_count[k] * boundary->concentration);
  }
}

const BoundaryKind boundary_kind_reservoir = {
    .name = "reservoir", .open = PETSC_TRUE, .reacts = PETSC_FALSE, .entry_rates = EntryRates};
