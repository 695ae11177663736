#ifndef SANDGLASS_SOLVER_ONSET_H
#define SANDGLASS_SOLVER_ONSET_H

#include "solver/transport.h"

/* What tells the onset of depletion and of space charge from a state (model.md 6), seen from the
   electrode on `side`. */

/* Salt concentration just outside the double layer, c_v [mol/m^3]: the osmotic pressure minus the
   Maxwell stress, carried to the wall from the face nearest ten Debye lengths by the momentum
   balance,
     Pi(c_v) = [Pi - (f/porosity) eps E^2/(2 R T)](x_e) + int_0^x_e sum_k J_k dx,
   Pi the osmotic pressure over R T, nu c_v in an ideal solution (nu the ions of a formula unit).
   With more than two ions it is by the one that reacts, in the neutral solution of that pressure
   with which the other ions at the wall are in equilibrium (solver/virtual_solution.h).  Below zero
   past the depletion.  In the electroneutral closure the wall's own concentration,
   of the salt or of the ion that reacts. */
PetscReal VirtualSaltConcentration(Transport transport, const CellState *cell, Side side);

/* c_v at the depletion in the poisson closure [mol/m^3], where the current asks for a relative
   gradient of concentration [1/m].  A salt by itself is gone where c_v falls through 0: the current
   goes on, and c_v below.  An ion beside a supporting salt cannot carry more than diffuses to the
   electrode; the rest of the current charges the double layer, and c_v falls by a factor in the
   time that this takes, to end at a share, of either sign, of what it differs by over a Debye
   length.  So it counts as gone where c_v is no more than that difference.  In between this is
   multiplied by the supporting ions' share of the osmotic pressure at the start, Pi_* over Pi: 0 of
   a salt by itself, and of traces the square root of their share. */
PetscReal SupportedDepletion(Transport transport, PetscReal gradient);

/* Charge separation |sum z_k c_k|/sum |z_k| c_k at a distance from the wall [m], the concentrations
   interpolated in their logarithms between nodes. */
PetscReal ChargeSeparation(Transport transport, const CellState *cell, Side side,
                           PetscReal distance);

/* Distance from the wall [m] at which the charge separation first falls through 1/2; 0: nowhere. */
PetscReal SpaceChargeWidth(Transport transport, const CellState *cell, Side side);

/* Width x* = (lambda_D^2/g)^(1/3) [m] of the layer that carries a limiting current; g [1/m] is the
   relative gradient of concentration that the current asks for (SteadyGradientPerCurrent).  With
   single charges it does not depend on what salt there is besides: none is left in that layer. */
PetscReal LimitingLayerWidth(PetscReal debye_length, PetscReal gradient);

#endif
