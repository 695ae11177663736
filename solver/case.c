#include "solver/case.h"

PetscErrorCode CaseDestroy(Case *case_)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(case_->title));
  for (PetscInt i = 0; i < case_->number_of_steps; i++) {
    PetscCall(PetscFree(case_->protocol[i].until));
  }
  PetscCall(PetscFree(case_->protocol));
  PetscCall(PetscMemzero(case_, sizeof(*case_)));
  PetscFunctionReturn(0);
}
