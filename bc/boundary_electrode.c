#include "bc/boundary_kind.h"
#include "bc/butler_volmer.h"
#include "bc/physical_constants.h"

/* A lithium electrode: the reacting ion enters at -i_F/(z_r F), no other ion does (model.md 4). */
static void EntryRates(const Boundary *boundary, const WallState *wall, EntryRate rates[])
{
  const PetscInt r = wall->reacting_ion;
  const ButlerVolmer law = {
      .exchange_current_density = wall->exchange_current_density,
      .cathodic_transfer_coefficient = boundary->cathodic_transfer_coefficient,
      .charge = wall->charge[r],
  };
  const FaradaicCurrent faradaic =
      ButlerVolmerCurrent(&law, wall->log_activity[r], wall->potential_drop);
  const PetscReal per_charge = -1 / (wall->charge[r] * FARADAY);

  for (PetscInt k = 0; k < wall->number_of_ions; k++) rates[k] = (EntryRate){0};
  rates[r] = (EntryRate){
      .rate = per_charge * faradaic.current_density,
      .by_log_activity = per_charge * faradaic.by_log_activity,
      .by_potential_drop = per_charge * faradaic.by_overpotential,
  };
}

const BoundaryKind boundary_kind_electrode = {.name = "electrode",
                                              .open = PETSC_FALSE,
                                              .holds_salt = PETSC_FALSE,
                                              .reacts = PETSC_TRUE,
                                              .admission = ADMITS_REACTING_ION,
                                              .entry_rates = EntryRates};
