#ifndef SANDGLASS_BC_OPEN_EXCHANGE_H
#define SANDGLASS_BC_OPEN_EXCHANGE_H

#include "bc/boundary_kind.h"

/* Entry of ion k from the solution beyond the boundary, with which the open kinds keep it in
   equilibrium (bc/boundary_kind.h). */
EntryRate OpenExchange(const WallState *wall, PetscInt k);

#endif
