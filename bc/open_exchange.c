#include "bc/open_exchange.h"

EntryRate OpenExchange(const WallState *wall, PetscInt k)
{
  return (EntryRate){
      .rate = wall->charge[k] * wall->potential_drop - wall->log_activity[k],
      .by_log_activity = -1,
      .by_potential_drop = wall->charge[k],
      .in_equilibrium = PETSC_TRUE,
  };
}
