#include "bc/open_exchange.h"

EntryRate OpenExchange(const WallState *wall, PetscInt k, PetscReal outside_concentration)
{
  const PetscReal driving_force = PetscLogReal(outside_concentration) - wall->log_concentration[k] +
                                  wall->charge[k] * wall->potential_drop;

  return (EntryRate){
      .rate = wall->exchange_rate * driving_force,
      .by_log_concentration = -wall->exchange_rate,
      .by_potential_drop = wall->exchange_rate * wall->charge[k],
  };
}
