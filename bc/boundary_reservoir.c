#include "bc/open_exchange.h"

/* A well-stirred bath of given salt concentration: every ion passes. */
static void EntryRates(PETSC_UNUSED const Boundary *boundary, const WallState *wall,
                       EntryRate rates[])
{
  for (PetscInt k = 0; k < wall->number_of_ions; k++) {
    rates[k] = OpenExchange(wall, k);
  }
}

const BoundaryKind boundary_kind_reservoir = {.name = "reservoir",
                                              .open = PETSC_TRUE,
                                              .holds_salt = PETSC_TRUE,
                                              .reacts = PETSC_FALSE,
                                              .admission = ADMITS_ALL_IONS,
                                              .entry_rates = EntryRates};
