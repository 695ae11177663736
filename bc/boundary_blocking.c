#include "bc/boundary_kind.h"

/* An inert electrode: no ion enters; it only charges its double layer. */
static void EntryRates(PETSC_UNUSED const Boundary *boundary, const WallState *wall,
                       EntryRate rates[])
{
  for (PetscInt k = 0; k < wall->number_of_ions; k++) rates[k] = (EntryRate){0};
}

const BoundaryKind boundary_kind_blocking = {.name = "blocking",
                                             .open = PETSC_FALSE,
                                             .holds_salt = PETSC_FALSE,
                                             .reacts = PETSC_FALSE,
                                             .admission = ADMITS_NO_ION,
                                             .entry_rates = EntryRates};
