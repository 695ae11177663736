#ifndef SANDGLASS_SOLVER_TRANSPORT_IMPL_H
#define SANDGLASS_SOLVER_TRANSPORT_IMPL_H

#include "bc/boundary_kind.h"
#include "solver/packing.h"
#include "solver/transport.h"

/* How the double layer's inner part is modelled; see the table in solver/transport.h. */
typedef enum { INTERFACE_STERN, INTERFACE_BARE, INTERFACE_ELECTRONEUTRAL } InterfaceModel;

/* One end of the cell in the solver's units: potentials in R T/F, charges and currents over F c_0,
   so that a charge is a length [m] and a current density a velocity [m/s]. */
typedef struct {
  const Boundary *boundary;
  InterfaceModel interface;
  PetscReal capacitance;                           // C_S R T/(F^2 c_0) [m], 0 where there is none
  PetscReal zero_charge_potential;                 // E_pzc F/(R T) [-]
  PetscReal film_resistance;                       // R_SEI F^2 c_0/(R T) [s/m]
  PetscReal exchange_current_density;              // i_0 [A/m^2]
  PetscReal reference_log_activity[MAXIMUM_IONS];  // of the solution the boundary refers to,
                                                   // against the initial one [-]
  PetscBool admits[MAXIMUM_IONS];                  // whether ion k may enter
  PetscInt electrode_block, wall_block, next_block;
} Wall;

struct _p_Transport {
  MPI_Comm comm;
  ClosedForms closed_forms;
  Mesh mesh;
  DM dm;
  const FluxLaw *law;
  FluxParameters flux;
  Packing packing;
  Solution solution;  // NULL where the law needs none
  Closure closure;
  PetscInt ions, dof, blocks;
  PetscInt reacting_ion;
  PetscInt ions_per_formula;                 // nu; 0 of more than one salt
  const char *ion_name[MAXIMUM_IONS];        // lent by the case
  PetscReal initial[MAXIMUM_IONS];           // c_k,0 [mol/m^3]
  PetscReal relative_initial[MAXIMUM_IONS];  // c_k,0/c_0 [-]
  PetscReal salt_concentration;              // c_0 [mol/m^3]
  // A division takes the time of a dozen multiplications: the reciprocals of both.
  PetscReal per_initial[MAXIMUM_IONS], per_salt_concentration;
  NodeState initial_node;     // the solution at the start
  PetscReal thermal_voltage;  // R T/F [V]
  PetscReal porosity;
  PetscReal debye_length;        // in the pores, at the initial concentrations [m]
  PetscReal permittivity;        // eps f R T/(F^2 c_0) [m^2]
  PetscReal *face_permittivity;  // [blocks] that over the spacing, of the face behind a block [m];
                                 // 0 where there is none
  Wall wall[2];
  PetscReal entered_before[2][MAXIMUM_IONS];  // amounts by side, beside the unknowns' [mol/m^2]
  ControlKind control;
  PetscReal carry;          // p = phi - (1 - carry) phi(left): 1 in a voltage step, else 0
  PetscReal control_value;  // current over F c_0 [m/s] or voltage F/(R T) [-]

  PetscInt first, count;              // blocks this rank owns
  PetscInt ghost_first, ghost_count;  // and those it sees
  Vec local_state, local_rate, last_rate;
  const PetscScalar *state, *rate;  // of the blocks it sees, during an evaluation
  NodeState *node;                  // likewise
  PetscBool any_deep;               // whether any row may be deep, likewise

  /* The state that the nodes and the faces were evaluated at: Newton's method asks for the
     transient variables, the residual and the Jacobian of one state in turn. */
  PetscScalar *unpacked;  // of the blocks it sees
  PetscReal unpacked_carry;
  PetscBool faces_evaluated;  // of that state
  PetscReal *face;            // [ghost_count][FaceSize(ions)]; all 0 where there is no face
  PetscReal
      anode_current;  // at the last residual, over F c_0 [m/s]; 0 where the anode is not owned
  PetscBool *steady;  // of this time step: whether a mass balance is without storage, [count][dof]
  PetscScalar *rows;  // Jacobian, [count][dof][3 dof]

  VecScatter gather;  // all of a vector to every rank
  Vec gathered;
};

/* The unknowns and rates of a block this rank sees. */
static inline const PetscScalar *StateBlock(Transport t, PetscInt block)
{
  return t->state + (block - t->ghost_first) * t->dof;
}

static inline const PetscScalar *RateBlock(Transport t, PetscInt block)
{
  return t->rate + (block - t->ghost_first) * t->dof;
}

/* The face behind a block: fluxes over c_0 and over exp(exponent[k]) [m/s], which is 1 unless a row
   is deep, and their derivatives with respect to the unknowns of the blocks on either side. */
typedef struct {
  PetscReal *exponent, *flux;     // [ions]
  PetscReal *by_left, *by_right;  // [ions][dof]
} FaceRows;

static inline PetscInt FaceSize(PetscInt ions)
{
  return 2 * ions * (ions + 2);
}

static inline FaceRows FaceOf(Transport t, PetscInt ions, PetscInt block)
{
  PetscReal *start = t->face + (block - t->ghost_first) * FaceSize(ions);

  return (FaceRows){start, start + ions, start + 2 * ions, start + ions * (ions + 3)};
}

static inline const NodeState *BlockNode(Transport t, PetscInt block)
{
  return &t->node[block - t->ghost_first];
}

static inline FaceExtent ExtentBehind(Transport t, PetscInt block)
{
  const PetscReal *width = t->mesh.width + block - 1;

  return (FaceExtent){.spacing = t->mesh.spacing[block - 1],
                      .left = block == 1 ? width[0] : 0.5 * width[0],
                      .right = block == t->blocks - 3 ? width[1] : 0.5 * width[1]};
}

static inline PetscBool BlockIsOwned(Transport t, PetscInt block)
{
  return (PetscBool)(block >= t->first && block < t->first + t->count);
}

static inline PetscBool BlockIsNode(Transport t, PetscInt block)
{
  return (PetscBool)(block > 0 && block < t->blocks - 1);
}

/* Potential jump [R T/F] from the node of `block` to the next, from the blocks' unknowns or rates.
 */
static inline PetscReal PotentialJump(Transport t, const PetscScalar left[],
                                      const PetscScalar right[])
{
  return right[t->ions] - t->carry * left[t->ions];
}

/* First and last of this rank's blocks that is a node. */
static inline PetscInt FirstNodeBlock(Transport t)
{
  return PetscMax(1, t->first);
}

static inline PetscInt LastNodeBlock(Transport t)
{
  return PetscMin(t->blocks - 2, t->first + t->count - 1);
}

/* Whether the potential's place among the transient variables holds the charge. */
static inline PetscBool BlockHoldsCharge(Transport t, PetscInt block)
{
  return (PetscBool)(block > 2 && block < t->blocks - 3);
}

/* A mass balance is divided by its node's own c_k/c_k,0: so it has coefficients of one size, and an
   ion that is all but gone is solved for as well as the rest.  Where the concentration is near the
   end of the range of a double, the row is `deep`: its terms are made without ever forming it, from
   differences of logarithms. */
#define DEEP_LOGARITHM (-300.)

/* An ion of which less than this is left when a time step begins is balanced without storage in
   that step, until it comes back above the second bound; and so is one below the second bound that
   an update would take all of.  The amounts are far below the rounding of what is conserved; but
   where they fall by many decades a step, the differences that BDF makes of the steps before ask
   for a negative concentration, and no step, however small, has a solution. */
#define STEADY_LOGARITHM (-60.)
#define STEADY_NO_MORE (-50.)

/* Whether ion k is one of those that charge the interface of a side (solver/transport_wall.c). */
static inline PetscBool WallIsChargedBy(Transport t, Side side, PetscInt k)
{
  const Wall *wall = &t->wall[side];

  return (PetscBool)(wall->interface == INTERFACE_ELECTRONEUTRAL && wall->capacitance > 0 &&
                     t->flux.charge[k] * t->flux.charge[t->reacting_ion] > 0);
}

/* Whether ion k enters through a boundary into the volume of this block: its balance is then of two
   fluxes, which the concentration there may be next to nothing beside, and is not divided by it. */
static inline PetscBool RowTakesEntry(Transport t, PetscInt block, PetscInt k)
{
  if (block == 1) return t->wall[ANODE].admits[k];
  return (PetscBool)(block == t->blocks - 2 && t->wall[COUNTER_ELECTRODE].admits[k]);
}

/* The logarithm that is taken out of a deep row's terms beforehand; 0 in other rows, which are
   divided as a whole, last of all. */
static inline PetscReal RowDepth(Transport t, PetscInt block, PetscInt k)
{
  const PetscReal log_ratio = BlockNode(t, block)->log_ratio[k];

  return log_ratio < DEEP_LOGARITHM && !RowTakesEntry(t, block, k) ? log_ratio : 0;
}

/* exp(-depth), for terms that are not concentrations of the same depth: below the range of a double
   they are nothing. */
static inline PetscReal DepthFactor(PetscReal depth)
{
  if (depth == 0) return 1;
  return depth < -700 ? 0 : PetscExpReal(-depth);
}

/* Row `row` of a block this rank owns: [3 dof], the columns of the block before, of itself and of
   the block after. */
static inline PetscScalar *JacobianRow(Transport t, PetscInt block, PetscInt row)
{
  return t->rows + ((block - t->first) * t->dof + row) * 3 * t->dof;
}

/* What decides which terms the balances have. */
typedef struct {
  PetscInt ions;
  Closure closure;
  PetscBool deep;  // whether any row may be
} BalanceShape;

static inline BalanceShape ShapeOf(Transport t)
{
  return (BalanceShape){t->ions, t->closure, t->any_deep};
}

/* The rows of the nodes, without what the walls add; those of the nodes on the walls then wait for
   TransportScaleBalances, which divides rows by c_k/c_k,0, `length` entries of each
   (solver/transport_balance.c). */
void TransportNodeTerms(Transport t, PetscScalar residual[]);
void TransportNodeDerivatives(Transport t, PetscReal shift);
void TransportScaleBalances(Transport t, PetscInt block, PetscInt length, PetscScalar rows[]);

/* Ghost copies of a state and its nodes' composition, where they are not at hand already. */
PetscErrorCode TransportUnpackState(Transport t, Vec state);

/* [blocks][dof] of a vector on every rank; lent until TransportRestoreGathered.  Collective. */
PetscErrorCode TransportGetGathered(Transport t, Vec vector, const PetscScalar **array);
PetscErrorCode TransportRestoreGathered(Transport t, const PetscScalar **array);

/* A node's composition from its unknowns (solver/transport_node.c). */
void TransportUnpackNode(Transport t, const PetscScalar unknown[], NodeState *node);

/* dln S/du_j [ions], S the share of volume that the ions leave and u_j a node's unknowns; with
   dln c_k/du_j = [k = j] + weight_k dln S/du_j. */
void TransportSolventDerivatives(Transport t, const NodeState *node, PetscReal by_unknown[]);

/* Adds the derivatives of factor * sum_k z_k c_k with respect to a node's unknowns. */
void TransportAddConcentrationDerivatives(Transport t, const NodeState *node, PetscReal factor,
                                          const PetscReal z[], PetscScalar by_unknown[]);

/* ln of each ion's activity against that in the initial solution, and dln gamma/du_j. */
void TransportLogActivities(Transport t, const NodeState *node, PetscReal log_activity[]);
void TransportActivityDerivatives(Transport t, const NodeState *node, PetscReal by_unknown[]);

/* The ions' unknowns of a node after `share` of Newton's update (TransportApplyUpdate). */
void TransportUpdateNode(Transport t, const PetscScalar unknown[], const PetscScalar update[],
                         PetscReal share, PetscScalar updated[]);

/* phi_s - phi(wall) [R T/F] and its derivative with respect to the interface variable. */
PetscReal WallPotentialDrop(const Wall *wall, PetscReal interface_variable, PetscReal *derivative);

/* phi_s [R T/F]. */
PetscReal WallElectrodePotential(const Wall *wall, PetscReal wall_potential,
                                 PetscReal interface_variable);

/* Rates at which the ions enter through `side`. */
void WallEntryRates(Transport t, Side side, PetscReal interface_variable,
                    const NodeState *wall_node, EntryRate rates[]);

/* Total current over F c_0 that plates this side's electrode, from the rates of its three blocks.
 */
PetscReal WallCurrent(Transport t, Side side, const PetscScalar electrode_rate[],
                      const PetscScalar wall_rate[], const PetscScalar next_rate[]);

/* Residual and Jacobian of the rows that belong to a side (solver/transport_wall.c). */
void WallAddResidual(Transport t, Side side, PetscScalar *electrode_rows, PetscScalar *wall_rows);
void WallAddJacobian(Transport t, Side side, PetscReal shift);

#endif
