#include "bc/open_exchange.h"

/* An ideal cation-selective contact: the reacting cation's concentration is given, no other ion
   passes (Rubinstein & Shtilman 1979). */
static void EntryRates(PETSC_UNUSED const Boundary *boundary, const WallState *wall,
                       EntryRate rates[])
{
  const PetscInt r = wall->reacting_ion;

  for (PetscInt k = 0; k < wall->number_of_ions; k++) rates[k] = (EntryRate){0};
  rates[r] = OpenExchange(wall, r);
}

const BoundaryKind boundary_kind_selective = {.name = "selective",
                                              .open = PETSC_TRUE,
                                              .holds_salt = PETSC_FALSE,
                                              .reacts = PETSC_FALSE,
                                              .admission = ADMITS_REACTING_ION,
                                              .entry_rates = EntryRates};
