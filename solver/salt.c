#include "solver/salt.h"

/* Electroneutral Nernst-Planck without current (Newman & Thomas-Alyea, section 11.4):
     D   = (z_p + |z_m|) D_p D_m/(z_p D_p + |z_m| D_m),
     t_+ = z_p D_p/(z_p D_p + |z_m| D_m). */
void SaltFromIons(PetscInt z_p, PetscInt z_m, PetscReal D_p, PetscReal D_m, PetscReal *D,
                  PetscReal *t)
{
  const PetscReal mobility = z_p * D_p - z_m * D_m;

  *D = (z_p - z_m) * D_p * (D_m / mobility);  // D_p D_m would underflow for very small ones
  *t = z_p * D_p / mobility;
}

PetscReal AnionShareFromIons(PetscInt z_p, PetscInt z_m, PetscReal D_p, PetscReal D_m)
{
  return -z_m * D_m / (z_p * D_p - z_m * D_m);
}

/* The inverse: with S = z_p D_p + |z_m| D_m the transference number gives z_p D_p = t S and
   |z_m| D_m = (1 - t) S, and D then
     S = D z_p |z_m|/((z_p + |z_m|) t (1 - t)). */
void IonsFromSalt(PetscInt z_p, PetscInt z_m, PetscReal D, PetscReal t, PetscReal *D_p,
                  PetscReal *D_m)
{
  const PetscReal mobility = D * (-(PetscReal)z_p * z_m) / ((z_p - z_m) * t * (1 - t));

  *D_p = t * mobility / z_p;
  *D_m = (1 - t) * mobility / -z_m;
}

static PetscInt GreatestCommonDivisor(PetscInt a, PetscInt b)
{
  return b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

void SaltFormula(PetscInt z_p, PetscInt z_m, PetscInt *nu_p, PetscInt *nu_m)
{
  const PetscInt divisor = GreatestCommonDivisor(z_p, -z_m);

  *nu_p = -z_m / divisor;
  *nu_m = z_p / divisor;
}
