#ifndef SANDGLASS_SOLVER_TRANSPORT_H
#define SANDGLASS_SOLVER_TRANSPORT_H

#include <petscts.h>

#include "mesh/mesh.h"
#include "solver/case.h"
#include "solver/flux_law.h"
#include "solver/results_record.h"

/* The discrete transport equations of a cell (model.md 2-5 and 8) as a residual F(U, dM/dt) = 0 for
   PETSc's TS, with M(U) the transient variables and the analytic Jacobian.

   The unknowns U stand in blocks of number_of_ions + 1, one block a node with one more at each end
   for the boundary beside it, so that the Jacobian is block-tridiagonal:
     boundary  amount of each ion that came in through it, over c_0 [m]; interface variable y [-]
     node      ln(c_k/c_k,0) of each ion [-], of ions with a size ln of its reduced concentration
               (solver/packing.h) over the initial one; potential variable p [-]
   In a current step p is the potential's jump from the node to the left, in units of R T/F (at the
   first node, the potential itself): its digits do not suffer from the volts that lie between the
   electrodes.  A voltage step, which needs the sum of the jumps at the far end, has the potential
   for p.
   The transient variables are those of the boundary, c_k/c_k,0, and in p's place the
   charge sum_k z_k c_k/c_0, or p itself at the two nodes nearest to each wall, where
   the displacement current needs it.  The charge has digits that the difference of the
   concentrations' rates has not; so the storage of the most abundant ion is taken from it where the
   liquid is nearly neutral.  Sums of the transient variables over the cell are what is conserved,
   and any Newton step that solves the linearised equations keeps them to round-off.

   The interface variable stands for the double layer's inner part.  With s = phi_s on the
   electrode's side of the reaction plane and everything in units of R T/F:
     Stern layer (capacitance C_S)    s = phi(wall) + E_pzc - y,  surface charge C_S y
     none, closure poisson            s = phi(wall), y = p(wall)
     closure electroneutral           s = phi(wall) - y,  interface charge C_S y (0 without C_S)
   The surface charge q = +-eps f dphi/dx at the wall is what the total current charges:
     j = -F sum_k z_k N_k + dq/dt,    > 0 plates this electrode;  s = phi_m + j R_SEI. */
typedef struct _p_Transport *Transport;

typedef enum { CONTROL_CURRENT, CONTROL_VOLTAGE } ControlKind;

typedef enum { ANODE, COUNTER_ELECTRODE } Side;

/* The state in physical units; every rank holds all of it. */
typedef struct {
  PetscInt nodes;
  PetscInt number_of_ions;
  NodeState *node;                            // [nodes]
  PetscReal electrode_potential[2];           // phi_s by side [V]
  PetscReal surface_charge[2];                // q by side [C/m^2]
  PetscReal amount_entered[2][MAXIMUM_IONS];  // by side [mol/m^2]
  PetscReal interface_variable[2];            // y by side [R T/F]
} CellState;

PetscErrorCode TransportCreate(MPI_Comm comm, const Case *case_, Transport *transport);
PetscErrorCode TransportDestroy(Transport *transport);

/* Lent, not given. */
PetscErrorCode TransportGetMesh(Transport transport, const Mesh **mesh);
PetscErrorCode TransportGetClosedForms(Transport transport, const ClosedForms **closed_forms);
PetscErrorCode TransportGetDM(Transport transport, DM *dm);
PetscErrorCode TransportGetSolution(Transport transport, Solution *solution);  // NULL: dilute law

/* A block matrix that fits the Jacobian; the caller destroys it. */
PetscErrorCode TransportCreateJacobian(Transport transport, Mat *jacobian);

/* The block rows of the last Jacobian that this rank owns, as BlockEliminationFactor takes them;
   lent. */
PetscErrorCode TransportGetJacobianRows(Transport transport, const PetscScalar **rows);

/* The uniform neutral cell with uncharged interfaces. */
PetscErrorCode TransportSetUniform(Transport transport, Vec state);

/* What the outer circuit does: value in A/m^2 (> 0 plates the anode) or V (phi_m(L) - phi_m(0)).
   Collective; rewrites the potential variables of `state` where the kind changes. */
PetscErrorCode TransportSetControl(Transport transport, ControlKind kind, PetscReal value,
                                   Vec state);

/* Takes the present amounts as the zero of what has entered. */
PetscErrorCode TransportResetAmountsEntered(Transport transport, Vec state);

/* Lets the unknowns' amounts count from here on, so that the digits of their rates are not those of
   all that has entered before; CellState has both together.  Collective. */
PetscErrorCode TransportBeginAmounts(Transport transport, Vec state);

/* Lets what enters go on at its rates for a time [s]. */
PetscErrorCode TransportAdvanceAmounts(Transport transport, Vec rate, PetscReal time, Vec state);

/* Adds what entered before to the amounts of a whole state vector [blocks], as it is told. */
void TransportAddAmountsBefore(Transport transport, PetscScalar whole[]);

/* TS call-backs; the context is the Transport.  A state that cannot be evaluated gives infinities,
   which end Newton's iteration and shrink the step. */
PetscErrorCode TransportTransientVariable(TS ts, Vec state, Vec transient, void *transport);
PetscErrorCode TransportResidual(TS ts, PetscReal time, Vec state, Vec rate, Vec residual,
                                 void *transport);
PetscErrorCode TransportJacobian(TS ts, PetscReal time, Vec state, Vec rate, PetscReal shift,
                                 Mat jacobian, Mat preconditioner, void *transport);

/* Newton's update in logarithms: where ln c is to change by -d, c is multiplied by 1 - d, so that
   linear sums of concentrations come out as the linearised equations have them; at least a
   millionth of a concentration stays.  An update that changes an overpotential by more than a
   few R T/F is taken in part. */
PetscErrorCode TransportApplyUpdate(Transport transport, Vec state, Vec update, Vec new_state);

/* Begins a time step from the state `before`.  Keeps an extrapolated guess from overflowing: no
   concentration rises by more than a factor e; and settles which ions, all but gone, are steady in
   this step. */
PetscErrorCode TransportLimitGuess(Transport transport, Vec before, Vec guess);

/* The logarithms of `state` from interpolated transient variables, which conserve; where a scarce
   ion's would be negative, or nothing beside what the logarithms say (which `state` has, and are
   kept between those of the states before and after), these, and the next nodes away from the wall
   make up for the difference.  Collective. */
PetscErrorCode TransportSetConcentrations(Transport transport, Vec transient, Vec before, Vec after,
                                          Vec state);

/* Weights of the unknowns' errors: one unit of error is relative_tolerance of the concentration
   plus a thousandth of it of c_0, and ten times the tolerance in R T/F plus the rounding that a
   time step of that size [s] brings out; a time_step of 0: neither the potentials nor
   the composition at an open boundary are judged, which jump.  Amounts
   and interface variables are judged in voltage steps alone, whose current is their rate: to
   current_share of their change.  `other` may hold the step's first state, NULL for none. */
PetscErrorCode TransportErrorScale(Transport transport, Vec state, Vec other,
                                   PetscReal relative_tolerance, PetscReal current_share,
                                   PetscReal time_step, Vec scale);

/* Size of the update that led to `state` in the same units, the largest of its entries; a change of
   a logarithm by `largest` is one unit at the least.  Collective. */
PetscErrorCode TransportUpdateSize(Transport transport, Vec state, Vec update,
                                   PetscReal relative_tolerance, PetscReal largest,
                                   PetscReal time_step, PetscReal *size);

/* The largest entry of an update at the nodes, in words.  Collective. */
PetscErrorCode TransportDescribeLargest(Transport transport, Vec update, size_t length,
                                        char text[]);

/* What a residual leaves unbalanced. */
typedef struct {
  // The most by which the total current may differ between two faces, over the current density; 0
  // where none flows [-].
  PetscReal current;
  // The greatest rate at which the cell gains or loses an ion, over its initial amount and what has
  // entered of it [1/s].
  PetscReal amount;
  // The most by which a reaction's rate differs from what enters, over the two [-].
  PetscReal law;
  PetscBool current_given;  // by the step, not what a voltage makes flow
  PetscBool finite;         // all of the residual
} Imbalance;

/* Of the last residual, of a time step of that size [s], by which rounding shows in the boundaries'
   rates.  Collective. */
PetscErrorCode TransportFindImbalance(Transport transport, Vec state, Vec residual,
                                      PetscReal time_step, Imbalance *imbalance);

/* Collective.  `cell` comes from CellStateCreate. */
PetscErrorCode TransportGetCellState(Transport transport, Vec state, CellState *cell);
PetscErrorCode CellStateCreate(Transport transport, CellState *cell);
PetscErrorCode CellStateDestroy(CellState *cell);

/* Potential against the anode's metal [V] and charge density F sum z_k c_k [C/m^3] at a node. */
PetscReal TransportPotential(Transport transport, const CellState *cell, PetscInt node);
PetscReal TransportChargeDensity(Transport transport, const CellState *cell, PetscInt node);

/* -dphi/dx at the face between nodes i and i + 1 [V/m]. */
PetscReal TransportElectricField(Transport transport, const CellState *cell, PetscInt i);

/* Fluxes through the face between nodes i and i + 1. */
void TransportFaceFlux(Transport transport, const CellState *cell, PetscInt i, FaceFlux *face);

/* Current that plates this side's electrode by reaction [A/m^2]; `rate` as TS gave it to the last
   residual.  Collective. */
PetscErrorCode TransportFaradaicCurrent(Transport transport, const CellState *cell, Vec rate,
                                        Side side, PetscReal *current);

/* Voltage of the cell, phi_m(L) [V], while the total current density is `current` [A/m^2]. */
PetscReal TransportCellVoltage(Transport transport, const CellState *cell, PetscReal current);

/* Total current density > 0 plating the anode [A/m^2]: at the anode's terminal by the rates of the
   amounts and the charge there; `rate` as TS gave it to the last residual. */
PetscErrorCode TransportGetCurrent(Transport transport, Vec rate, PetscReal *current);

/* [nodes - 1] total current density through each face, ions and displacement, towards the anode,
   [A/m^2], and the rounding floor of its ionic part, 10 u F max_k |z_k| D_k c_k |F dphi/(R T)|/h.
 */
PetscErrorCode TransportGetFaceCurrents(Transport transport, const CellState *cell, Vec rate,
                                        PetscReal current[], PetscReal *floor);

/* The rate dM/dt of the last evaluated residual, as the integrator weighted it. */
PetscErrorCode TransportGetLastRate(Transport transport, Vec *rate);

/* Amount of each ion in the cell [mol/m^2]. */
void TransportGetAmounts(Transport transport, const CellState *cell, PetscReal amount[]);

#endif
