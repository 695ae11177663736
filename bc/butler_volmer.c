#include "bc/butler_volmer.h"

FaradaicCurrent ButlerVolmerCurrent(const ButlerVolmer *law, PetscReal log_activity,
                                    PetscReal overpotential)
{
  const PetscReal alpha_c = law->cathodic_transfer_coefficient;
  const PetscReal eta = law->charge * overpotential;
  const PetscReal plating =
      law->exchange_current_density * PetscExpReal(log_activity - alpha_c * eta);
  const PetscReal stripping = law->exchange_current_density * PetscExpReal((1 - alpha_c) * eta);

  return (FaradaicCurrent){
      .current_density = plating - stripping,
      .by_log_activity = plating,
      .by_overpotential = -law->charge * (alpha_c * plating + (1 - alpha_c) * stripping),
  };
}
