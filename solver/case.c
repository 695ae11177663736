#include "solver/case.h"

static PetscErrorCode MeasuredPropertyDestroy(MeasuredProperty *property)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(property->text));
  PetscCall(PropertyDestroy(&property->function));
  PetscFunctionReturn(0);
}

PetscErrorCode ElectrolyteDestroy(Electrolyte *electrolyte)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(electrolyte->library));
  PetscCall(PetscFree(electrolyte->source));
  PetscCall(MeasuredPropertyDestroy(&electrolyte->diffusivity));
  PetscCall(MeasuredPropertyDestroy(&electrolyte->transference_number));
  PetscCall(MeasuredPropertyDestroy(&electrolyte->conductivity));
  PetscCall(MeasuredPropertyDestroy(&electrolyte->thermodynamic_factor));
  PetscCall(PetscMemzero(electrolyte, sizeof(*electrolyte)));
  PetscFunctionReturn(0);
}

PetscErrorCode CaseDestroy(Case *case_)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(case_->title));
  PetscCall(ElectrolyteDestroy(&case_->electrolyte));
  for (PetscInt i = 0; i < case_->number_of_steps; i++) {
    PetscCall(PetscFree(case_->protocol[i].until));
  }
  PetscCall(PetscFree(case_->protocol));
  PetscCall(PetscMemzero(case_, sizeof(*case_)));
  PetscFunctionReturn(0);
}
