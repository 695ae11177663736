#include "bc/open_exchange.h"

EntryRate OpenExchange(const WallState *wall, PetscInt k)
{
  const PetscReal driving_force = wall->charge[k] * wall->potential_drop - wall->log_activity[k];

  return (EntryRate){
      .rate = wall->exchange_rate * driving_force,
      .by_log_activity = -wall->exchange_rate,
      .by_potential_drop = wall->exchange_rate * wall->charge[k],
  };
}
