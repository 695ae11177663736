#ifndef SANDGLASS_SOLVER_VARIABLE_SAND_H
#define SANDGLASS_SOLVER_VARIABLE_SAND_H

#include "solver/solution.h"

/* Sand's problem with properties that follow the concentration (model.md 3 and 6).  A current
   density i is switched on at t = 0 that plates the cation at x = 0, in a column of liquid at c_0;
   the salt is depleted when its concentration at x = 0, c(0, t), reaches zero:

     dc/dt = d/dx [D(c) dc/dx - (1 - t_+(c)) i/F],   the bracket (-N_-) zero at x = 0.

   A separator is such a column with x/f for x and t/(porosity f) for t, f its transport factor:
   give these functions its thickness over f, and multiply times by porosity f.

   D and 1 - t_+ must be positive wherever c comes.  Whatever has no value is NaN, and so is what
   could not be found to the accuracy below. */
typedef struct {
  Solution solution;
  PetscReal concentration;  // c_0 [mol/m^3]
  PetscReal length;         // L [m]; PETSC_INFINITY: an open cell
  PetscBool reservoir;      // c = c_0 at x = L; else an electrode that strips, N_-(L) = 0
} LiquidColumn;

/* Of a time, relative.  Less is accepted where the finest mesh gives no more: in the last hundredth
   above the limiting current, or by a table whose slope jumps. */
#define VARIABLE_SAND_ACCURACY 1e-6
#define VARIABLE_SAND_LEAST_ACCURACY 1e-4

/* The constant K = t i^2 of an open cell [A^2 s/m^4]: the equation knows x and t only as i x and
   i^2 t, so that K depends on c_0 alone. */
PetscErrorCode VariableSandConstant(Solution solution, PetscReal concentration,
                                    PetscReal *constant);

/* The current density at which c(0) = 0 in the steady state [A/m^2]; 0 of an open cell:

     i L/F = int_0^(c_L) D/(1 - t_+) dc,

   c_L the concentration at x = L: c_0 at a reservoir; else what keeps the salt in the column, int c
   D/(1 - t_+) dc = c_0 int D/(1 - t_+) dc, both from 0 to c_L. */
PetscErrorCode VariableLimitingCurrent(const LiquidColumn *column, PetscReal *current_density);

/* The time of depletion at a current density [s]; NaN at or below the limiting one. */
PetscErrorCode VariableDepletionTime(const LiquidColumn *column, PetscReal current_density,
                                     PetscReal *time);

/* The same on one mesh, its cells and its time steps halved so many times: of second order. */
PetscErrorCode VariableDepletionTimeOnMesh(const LiquidColumn *column, PetscReal current_density,
                                           PetscInt doublings, PetscReal *time);

#endif
