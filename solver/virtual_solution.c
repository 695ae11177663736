#include "solver/virtual_solution.h"

#include <math.h>

#include "solver/transport_impl.h"

typedef struct {
  Transport t;
  const PetscReal *log_activity;
  PetscReal osmotic_concentration;  // asked for [mol/m^3]
  PetscReal log_solvent;            // tried
} VirtualSolution;

/* Rises with its argument. */
typedef PetscReal (*Rising)(VirtualSolution *s, PetscReal x);

/* From `start` on, in the steps 1, 2, 4 ... to an interval in which a function passes zero. */
static void Bracket(Rising f, VirtualSolution *s, PetscReal start, PetscReal end[2],
                    PetscReal value[2])
{
  PetscReal step = 1;

  end[0] = end[1] = start;
  value[0] = value[1] = f(s, start);
  while (value[1] < 0) {
    end[0] = end[1];
    value[0] = value[1];
    end[1] += step;
    value[1] = f(s, end[1]);
    step *= 2;
  }
  while (value[0] > 0) {
    end[1] = end[0];
    value[1] = value[0];
    end[0] -= step;
    value[0] = f(s, end[0]);
    step *= 2;
  }
}

/* By the Illinois form of the regula falsi. */
static PetscReal RootOf(Rising f, VirtualSolution *s, PetscReal start)
{
  PetscReal end[2], value[2], x = start;
  PetscInt kept = -1;  // the end that the last iteration kept

  Bracket(f, s, start, end, value);
  for (PetscInt i = 0; i < 100 && value[0] < 0 && value[1] > 0; i++) {
    x = end[0] - value[0] * (end[1] - end[0]) / (value[1] - value[0]);
    if (!(x > end[0] && x < end[1])) x = 0.5 * (end[0] + end[1]);  // at an infinite value, too
    if (!(x > end[0] && x < end[1])) break;
    const PetscReal at = f(s, x);
    const PetscInt moved = at > 0 ? 1 : 0;
    if (at == 0) return x;
    end[moved] = x;
    value[moved] = at;
    if (kept == 1 - moved) value[kept] *= 0.5;
    kept = 1 - moved;
  }
  return value[0] == 0 ? end[0] : value[1] == 0 ? end[1] : x;
}

static PetscBool IsLike(Transport t, PetscInt k)
{
  return (PetscBool)(t->flux.charge[k] * t->flux.charge[t->reacting_ion] > 0);
}

/* ln c_k at a potential x whose sign makes the reacting ion's counter-ions rise with it. */
static PetscReal LogConcentration(const VirtualSolution *s, PetscInt k, PetscReal x)
{
  const PetscReal z = fabs(s->t->flux.charge[k]);

  return s->log_activity[k] + s->t->packing.weight[k] * s->log_solvent +
         (IsLike(s->t, k) ? -z : z) * x;
}

/* ln of the equivalents of all ions of the reacting one's sign but that itself, or of the other
   sign; of none -infinity. */
static PetscReal LogEquivalents(const VirtualSolution *s, PetscBool like, PetscReal x)
{
  PetscReal largest = -PETSC_INFINITY, sum = 0;

  for (PetscInt pass = 0; pass < 2; pass++) {
    for (PetscInt k = 0; k < s->t->ions; k++) {
      if (k == s->t->reacting_ion || IsLike(s->t, k) != like) continue;
      const PetscReal term = log(fabs(s->t->flux.charge[k])) + LogConcentration(s, k, x);
      if (pass == 0) largest = PetscMax(largest, term);
      if (pass == 1) sum += exp(term - largest);
    }
  }
  return largest + log(sum);
}

/* 0 where the others are neutral by themselves. */
static PetscReal ChargeOfOthers(VirtualSolution *s, PetscReal x)
{
  return LogEquivalents(s, PETSC_FALSE, x) - LogEquivalents(s, PETSC_TRUE, x);
}

/* Concentrations at a potential, the reacting ion's by neutrality; returns their sum. */
static PetscReal Concentrations(const VirtualSolution *s, PetscReal x, PetscReal c[])
{
  const PetscInt r = s->t->reacting_ion;
  PetscReal sum = 0;

  c[r] = 0;
  for (PetscInt k = 0; k < s->t->ions; k++) {
    if (k == r) continue;
    c[k] = exp(LogConcentration(s, k, x));
    c[r] -= c[k] * s->t->flux.charge[k] / s->t->flux.charge[r];
    sum += c[k];
  }
  return sum + c[r];
}

static PetscReal OsmoticConcentrationOfPoints(const VirtualSolution *s)
{
  return s->osmotic_concentration - PackingOsmoticConcentration(&s->t->packing, s->log_solvent);
}

static PetscReal OsmoticExcess(VirtualSolution *s, PetscReal x)
{
  PetscReal c[MAXIMUM_IONS];

  return log(Concentrations(s, x, c) / OsmoticConcentrationOfPoints(s));
}

/* The solution of the others alone; returns the sum of their concentrations. */
static PetscReal OthersAlone(VirtualSolution *s, PetscReal *x, PetscReal c[])
{
  const PetscBool some = (PetscBool)(LogEquivalents(s, PETSC_TRUE, 0) > -PETSC_INFINITY);
  PetscReal sum;

  *x = some ? RootOf(ChargeOfOthers, s, 0) : 0;
  sum = Concentrations(s, *x, c);
  if (!some) {
    for (PetscInt k = 0; k < s->t->ions; k++) c[k] = 0;
    return 0;
  }
  sum -= c[s->t->reacting_ion];  // rounding
  c[s->t->reacting_ion] = 0;
  return sum;
}

/* Osmotic concentrations at the start, without what packing adds: of the initial solution, and of
   the others alone. */
static void InitialOsmotic(Transport t, PetscReal *all, PetscReal *others)
{
  PetscReal log_activity[MAXIMUM_IONS], c[MAXIMUM_IONS], x;
  VirtualSolution s = {
      .t = t, .log_activity = log_activity, .log_solvent = t->initial_node.log_solvent};

  *all = 0;
  for (PetscInt k = 0; k < t->ions; k++) {
    log_activity[k] = log(t->initial[k]) - t->packing.weight[k] * s.log_solvent;
    *all += t->initial[k];
  }
  *others = OthersAlone(&s, &x, c);
}

PetscReal InitialSupport(Transport t)
{
  PetscReal all, others;

  InitialOsmotic(t, &all, &others);
  return others / all;
}

/* Of the reacting ion's concentration to what it adds to the osmotic one, at the start. */
static PetscReal InitialRatio(Transport t)
{
  PetscReal all, others;

  InitialOsmotic(t, &all, &others);
  return t->initial[t->reacting_ion] / (all - others);
}

/* The concentrations at the share of solvent that is tried. */
static void Solve(VirtualSolution *s, PetscReal c[])
{
  const PetscReal asked = OsmoticConcentrationOfPoints(s);
  PetscReal x;
  const PetscReal least = OthersAlone(s, &x, c);

  if (asked > least) {
    (void)Concentrations(s, RootOf(OsmoticExcess, s, x), c);
  } else {
    c[s->t->reacting_ion] = InitialRatio(s->t) * (asked - least);
  }
}

/* By which ions and solvent take more than the volume there is. */
static PetscReal ExcessVolume(VirtualSolution *s, PetscReal log_solvent)
{
  PetscReal c[MAXIMUM_IONS], volume;

  s->log_solvent = log_solvent;
  volume = expm1(log_solvent);
  Solve(s, c);
  for (PetscInt k = 0; k < s->t->ions; k++) volume += s->t->packing.volume[k] * PetscMax(c[k], 0);
  return volume;
}

PetscReal VirtualIonConcentration(Transport t, const PetscReal log_activity[],
                                  PetscReal osmotic_concentration)
{
  PetscReal c[MAXIMUM_IONS];
  VirtualSolution s = {
      .t = t, .log_activity = log_activity, .osmotic_concentration = osmotic_concentration};

  if (!t->packing.points) s.log_solvent = RootOf(ExcessVolume, &s, 0);
  Solve(&s, c);
  return c[t->reacting_ion];
}
