/* The competitor: IDA of SUNDIALS (Hindmarsh et al., ACM Trans. Math. Softw. 31 (2005) 363) with
   its band solver, on F(U, (dM/dU) dU/dt) = 0 with F and M from the Transport. */

#include <ida/ida.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <petscdm.h>
#include <sunlinsol/sunlinsol_band.h>
#include <sunmatrix/sunmatrix_band.h>

#include "benchmarks/bench.h"
#include "solver/closed_forms.h"
#include "solver/transport_impl.h"

/* Weight of what is not judged. */
#define UNJUDGED 1e-30

#define MAXIMUM_STEPS 1000000

/* Factor of the rows of what entered; a power of two, so that it rounds nothing. */
#define AMOUNT_SCALE 0x1p400

enum { DEPLETION, SPACE_CHARGE, VOLTAGE_LIMIT, EVENTS };

typedef struct {
  Transport transport;
  PetscInt size;
  Vec state, residual;  // take the arrays of IDA's vectors in turn
  Vec rate;             // dM/dt
  Mat jacobian;         // a shell: the rows stay in the Transport
  CellState cell;
  WatchReference reference;
  Watch watch[EVENTS];
  PetscInt watches;  // EVENTS - 1 where the case names no limit of the voltage
  PetscReal tolerance, first_step;
  void *memory;  // IDA's
} Problem;

typedef struct {
  SUNContext context;
  void *memory;
  N_Vector state, rate, kind;
  SUNMatrix matrix;
  SUNLinearSolver solver;
} Ida;

#define IdaCall(call) PetscCheck((call) >= 0, PETSC_COMM_SELF, PETSC_ERR_LIB, "SUNDIALS: " #call)

/* ---- the equations as IDA wants them ---- */

/* dM/dt = (dM/dU) dU/dt: c_k/c_k,0 at the rate exp(u_k) du_k/dt, the charge of these, the others as
   they are. */
static PetscErrorCode TransientRate(Problem *p, const PetscScalar u[], const PetscScalar v[])
{
  Transport t = p->transport;
  PetscScalar *rate;

  PetscFunctionBeginUser;
  PetscCall(VecGetArrayWrite(p->rate, &rate));
  for (PetscInt b = 0, i = 0; b < t->blocks; b++, i += t->dof) {
    PetscReal charge = 0;
    for (PetscInt k = 0; k < t->ions; k++) {
      rate[i + k] = BlockIsNode(t, b) ? PetscExpReal(u[i + k]) * v[i + k] : v[i + k];
      charge += t->flux.charge[k] * t->relative_initial[k] * rate[i + k];
    }
    rate[i + t->ions] = BlockHoldsCharge(t, b) ? charge : v[i + t->ions];
  }
  PetscCall(VecRestoreArrayWrite(p->rate, &rate));
  PetscFunctionReturn(0);
}

/* The band solver takes its pivots from the largest entries of a column.  A wall's mass balance,
   which is divided by a concentration that may be 1e-30 of the initial one, would be taken before
   the row of what entered there, and leave the amounts of ions that do not enter with an error that
   is nothing beside c_0 and everything beside that concentration: past the onset no step would
   converge.  So the rows of the amounts are made the largest. */
static void ScaleAmounts(Problem *p, PetscInt length, PetscScalar rows[])
{
  Transport t = p->transport;

  for (PetscInt i = 0; i < t->ions * length; i++) {
    rows[i] *= AMOUNT_SCALE;
    rows[(t->blocks - 1) * t->dof * length + i] *= AMOUNT_SCALE;
  }
}

static PetscErrorCode Residual(Problem *p, N_Vector state, N_Vector rate, N_Vector residual)
{
  PetscFunctionBeginUser;
  PetscCall(TransientRate(p, N_VGetArrayPointer(state), N_VGetArrayPointer(rate)));
  PetscCall(VecPlaceArray(p->state, N_VGetArrayPointer(state)));
  PetscCall(VecPlaceArray(p->residual, N_VGetArrayPointer(residual)));
  PetscCall(TransportResidual(NULL, 0, p->state, p->rate, p->residual, p->transport));
  PetscCall(VecResetArray(p->residual));
  PetscCall(VecResetArray(p->state));
  ScaleAmounts(p, 1, N_VGetArrayPointer(residual));
  PetscFunctionReturn(0);
}

/* A state that cannot be evaluated gives infinities: IDA tries a smaller step. */
static int IdaResidual(PETSC_UNUSED realtype time, N_Vector state, N_Vector rate, N_Vector residual,
                       void *context)
{
  Problem *p = (Problem *)context;
  const realtype *f = N_VGetArrayPointer(residual);
  PetscReal sum = 0;

  if (Residual(p, state, rate, residual)) return -1;
  for (PetscInt i = 0; i < p->size; i++) sum += f[i] * 0;
  return sum == 0 ? 0 : 1;
}

/* Entries of the block-tridiagonal rows to the columns of the band. */
static void RowsToBand(Problem *p, const PetscScalar rows[], SUNMatrix matrix)
{
  const PetscInt dof = p->transport->dof;

  for (PetscInt b = 0; b < p->transport->blocks; b++) {
    const PetscInt first = (b - 1) * dof;
    for (PetscInt r = 0; r < dof; r++) {
      const PetscScalar *row = rows + (b * dof + r) * 3 * dof;
      const PetscInt i = b * dof + r;
      for (PetscInt m = PetscMax(0, -first); m < PetscMin(3 * dof, p->size - first); m++) {
        SM_COLUMN_ELEMENT_B(SM_COLUMN_B(matrix, first + m), i, first + m) = row[m];
      }
    }
  }
}

/* dF/dU + c_j (dF/d(dM/dt)) (dM/dU) is the Transport's at the shift c_j.  What remains is the rate
   of exp(u_k) with u_k itself: in the mass balances, which are divided by exp(u_k) as a whole, the
   volume's share of du_k/dt. */
static PetscErrorCode Jacobian(Problem *p, PetscReal shift, N_Vector state, N_Vector rate,
                               SUNMatrix matrix)
{
  Transport t = p->transport;
  const realtype *v = N_VGetArrayPointer(rate);
  const PetscScalar *rows;

  PetscFunctionBeginUser;
  PetscCall(TransientRate(p, N_VGetArrayPointer(state), v));
  PetscCall(VecPlaceArray(p->state, N_VGetArrayPointer(state)));
  PetscCall(TransportJacobian(NULL, 0, p->state, p->rate, shift, p->jacobian, p->jacobian, t));
  PetscCall(VecResetArray(p->state));
  PetscCall(TransportGetJacobianRows(t, &rows));
  ScaleAmounts(p, 3 * t->dof, (PetscScalar *)rows);
  RowsToBand(p, rows, matrix);
  for (PetscInt b = 1; b < t->blocks - 1; b++) {
    for (PetscInt k = 0; k < t->ions; k++) {
      const PetscInt i = b * t->dof + k;
      SM_COLUMN_ELEMENT_B(SM_COLUMN_B(matrix, i), i, i) +=
          t->porosity * t->mesh.width[b - 1] * t->relative_initial[k] * v[i];
    }
  }
  PetscFunctionReturn(0);
}

static int IdaJacobian(PETSC_UNUSED realtype time, realtype shift, N_Vector state, N_Vector rate,
                       PETSC_UNUSED N_Vector residual, SUNMatrix matrix, void *context,
                       PETSC_UNUSED N_Vector work1, PETSC_UNUSED N_Vector work2,
                       PETSC_UNUSED N_Vector work3)
{
  return Jacobian((Problem *)context, shift, state, rate, matrix) ? -1 : 0;
}

/* The weights of this program's own error test. */
static int IdaWeights(N_Vector state, N_Vector weight, void *context)
{
  Problem *p = (Problem *)context;
  realtype *w = N_VGetArrayPointer(weight), step = 0;

  if (IDAGetCurrentStep(p->memory, &step)) return -1;
  if (step == 0) step = p->first_step;
  if (VecPlaceArray(p->state, N_VGetArrayPointer(state))) return -1;
  if (VecPlaceArray(p->residual, w)) return -1;
  if (TransportErrorScale(p->transport, p->state, NULL, p->tolerance, 0, step, p->residual)) {
    return -1;
  }
  if (VecResetArray(p->residual) || VecResetArray(p->state)) return -1;
  for (PetscInt i = 0; i < p->size; i++) {
    w[i] = w[i] < 1 / UNJUDGED ? 1 / w[i] : UNJUDGED;
  }
  return 0;
}

static int IdaRoots(PETSC_UNUSED realtype time, N_Vector state, PETSC_UNUSED N_Vector rate,
                    realtype *values, void *context)
{
  Problem *p = (Problem *)context;

  if (VecPlaceArray(p->state, N_VGetArrayPointer(state))) return -1;
  if (TransportGetCellState(p->transport, p->state, &p->cell)) return -1;
  if (VecResetArray(p->state)) return -1;
  for (PetscInt w = 0; w < p->watches; w++) {
    values[w] = WatchValue(&p->watch[w], &p->reference, &p->cell);
  }
  return 0;
}

/* ---- set-up ---- */

static void SetWatches(const ProtocolStep *step, Problem *p)
{
  p->watches = EVENTS - 1;
  p->watch[DEPLETION].condition.event = EVENT_DEPLETION;
  p->watch[SPACE_CHARGE].condition.event = EVENT_SPACE_CHARGE;
  for (PetscInt c = 0; c < step->number_of_conditions; c++) {
    if (step->until[c].event != EVENT_VOLTAGE_LIMIT) continue;
    p->watch[VOLTAGE_LIMIT].condition = step->until[c];
    p->watches = EVENTS;
  }
}

static PetscErrorCode ProblemCreate(const Case *case_, PetscReal tolerance, Problem *p)
{
  ClosedForms forms;
  DM dm;

  PetscFunctionBeginUser;
  *p = (Problem){.tolerance = tolerance};
  SetWatches(&case_->protocol[0], p);
  PetscCall(ClosedFormsFind(case_, &forms));
  p->first_step = PetscSqr(forms.debye_length) / case_->electrolyte.diffusivity.initial;
  PetscCall(TransportCreate(PETSC_COMM_SELF, case_, &p->transport));
  PetscCheck(p->transport->wall[ANODE].interface == INTERFACE_STERN && p->transport->packing.points,
             PETSC_COMM_SELF, PETSC_ERR_SUP, "the Jacobian is that of Stern layers and of points");
  PetscCall(FindReference(p->transport, case_, &p->reference));
  PetscCall(TransportGetDM(p->transport, &dm));
  PetscCall(DMCreateGlobalVector(dm, &p->state));
  PetscCall(VecDuplicate(p->state, &p->residual));
  PetscCall(VecDuplicate(p->state, &p->rate));
  PetscCall(VecGetLocalSize(p->state, &p->size));
  PetscCall(
      MatCreateShell(PETSC_COMM_SELF, p->size, p->size, p->size, p->size, NULL, &p->jacobian));
  PetscCall(CellStateCreate(p->transport, &p->cell));
  PetscFunctionReturn(0);
}

static PetscErrorCode ProblemDestroy(Problem *p)
{
  PetscFunctionBeginUser;
  PetscCall(CellStateDestroy(&p->cell));
  PetscCall(MatDestroy(&p->jacobian));
  PetscCall(VecDestroy(&p->rate));
  PetscCall(VecDestroy(&p->residual));
  PetscCall(VecDestroy(&p->state));
  PetscCall(TransportDestroy(&p->transport));
  PetscFunctionReturn(0);
}

static PetscErrorCode SetUniform(Problem *p, N_Vector state, N_Vector rate)
{
  PetscFunctionBeginUser;
  N_VConst(0, state);
  N_VConst(0, rate);
  PetscCall(VecPlaceArray(p->state, N_VGetArrayPointer(state)));
  PetscCall(TransportSetUniform(p->transport, p->state));
  PetscCall(
      TransportSetControl(p->transport, CONTROL_CURRENT, p->reference.current_density, p->state));
  PetscCall(VecResetArray(p->state));
  PetscFunctionReturn(0);
}

/* Algebraic are the potentials, by Poisson's equation, and the anode's interface variable, by the
   potential it grounds; the counter electrode's is charged by the current. */
static void MarkAlgebraic(Problem *p, N_Vector kind)
{
  Transport t = p->transport;

  N_VConst(1, kind);
  for (PetscInt b = 0; b < t->blocks - 1; b++) {
    N_VGetArrayPointer(kind)[b * t->dof + t->ions] = 0;
  }
}

static PetscErrorCode IdaSetUp(Problem *p, const IdaVariant *variant, PetscReal end, Ida *ida)
{
  const sunindextype band = 2 * p->transport->dof - 1;
  int falling[EVENTS] = {-1, -1, -1};

  PetscFunctionBeginUser;
  IdaCall(SUNContext_Create(NULL, &ida->context));
  ida->state = N_VNew_Serial(p->size, ida->context);
  ida->rate = N_VClone(ida->state);
  ida->kind = N_VClone(ida->state);
  ida->matrix = SUNBandMatrix(p->size, band, band, ida->context);
  ida->solver = SUNLinSol_Band(ida->state, ida->matrix, ida->context);
  PetscCall(SetUniform(p, ida->state, ida->rate));
  MarkAlgebraic(p, ida->kind);
  ida->memory = IDACreate(ida->context);
  IdaCall(IDAInit(ida->memory, IdaResidual, 0, ida->state, ida->rate));
  p->memory = ida->memory;
  // Where it gives up, the solve has no end and counts as failed.
  IdaCall(IDASetErrFile(ida->memory, NULL));
  IdaCall(IDASetUserData(ida->memory, p));
  IdaCall(IDAWFtolerances(ida->memory, IdaWeights));
  IdaCall(IDASetLinearSolver(ida->memory, ida->solver, ida->matrix));
  IdaCall(IDASetJacFn(ida->memory, IdaJacobian));
  IdaCall(IDASetId(ida->memory, ida->kind));
  IdaCall(IDASetSuppressAlg(ida->memory, !variant->judge_algebraic));
  IdaCall(IDASetMaxOrd(ida->memory, variant->order));
  IdaCall(IDASetMaxNumSteps(ida->memory, MAXIMUM_STEPS));
  IdaCall(IDASetMaxErrTestFails(ida->memory, 50));
  IdaCall(IDASetMaxConvFails(ida->memory, 50));
  IdaCall(IDASetInitStep(ida->memory, p->first_step));
  IdaCall(IDASetStopTime(ida->memory, end));
  IdaCall(IDARootInit(ida->memory, p->watches, IdaRoots));
  IdaCall(IDASetRootDirection(ida->memory, falling));
  PetscFunctionReturn(0);
}

static void IdaTearDown(Ida *ida)
{
  IDAFree(&ida->memory);
  SUNLinSolFree(ida->solver);
  SUNMatDestroy(ida->matrix);
  N_VDestroy(ida->kind);
  N_VDestroy(ida->rate);
  N_VDestroy(ida->state);
  SUNContext_Free(&ida->context);
}

/* ---- public ---- */

static void NoteRoots(const int found[], PetscReal time, Solve *solve)
{
  if (found[DEPLETION] && isnan(solve->depletion)) solve->depletion = time;
  if (found[SPACE_CHARGE] && isnan(solve->space_charge)) solve->space_charge = time;
  if (found[VOLTAGE_LIMIT]) solve->voltage_limit = time;
}

static PetscErrorCode Integrate(Problem *p, Ida *ida, PetscReal end, Solve *solve)
{
  realtype time = 0;

  PetscFunctionBeginUser;
  IdaCall(IDACalcIC(ida->memory, IDA_YA_YDP_INIT, p->first_step));
  while (time < end && isnan(solve->voltage_limit)) {
    const int outcome = IDASolve(ida->memory, end, &time, ida->state, ida->rate, IDA_NORMAL);
    int found[EVENTS] = {0};
    if (outcome < 0) break;
    if (outcome != IDA_ROOT_RETURN) continue;
    IdaCall(IDAGetRootInfo(ida->memory, found));
    NoteRoots(found, time, solve);
  }
  PetscCall(VecPlaceArray(p->state, N_VGetArrayPointer(ida->state)));
  PetscCall(TransportGetCellState(p->transport, p->state, &p->cell));
  PetscCall(VecResetArray(p->state));
  solve->end = time;
  if (time >= end || !isnan(solve->voltage_limit)) {
    solve->voltage = TransportCellVoltage(p->transport, &p->cell, p->reference.current_density);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode Count(Ida *ida, Solve *solve)
{
  long steps, errors, failures, iterations, jacobians;

  PetscFunctionBeginUser;
  IdaCall(IDAGetNumSteps(ida->memory, &steps));
  IdaCall(IDAGetNumErrTestFails(ida->memory, &errors));
  IdaCall(IDAGetNumStepSolveFails(ida->memory, &failures));
  IdaCall(IDAGetNumNonlinSolvIters(ida->memory, &iterations));
  IdaCall(IDAGetNumJacEvals(ida->memory, &jacobians));
  solve->steps = (PetscInt)steps;
  solve->rejected = (PetscInt)(errors + failures);
  solve->iterations = (PetscInt)iterations;
  solve->jacobians = (PetscInt)jacobians;
  PetscFunctionReturn(0);
}

PetscErrorCode SolveByIda(const Case *case_, const IdaVariant *variant, PetscReal tolerance,
                          Solve *solve)
{
  const PetscReal end = case_->protocol[0].duration;
  Problem problem;
  PetscReal begin;
  Ida ida;

  PetscFunctionBeginUser;
  *solve = (Solve){.depletion = NAN, .space_charge = NAN, .voltage_limit = NAN, .voltage = NAN};
  PetscCall(ProblemCreate(case_, tolerance, &problem));
  PetscCall(IdaSetUp(&problem, variant, end, &ida));
  begin = ProcessorTime();
  PetscCall(Integrate(&problem, &ida, end, solve));
  solve->seconds = ProcessorTime() - begin;
  PetscCall(Count(&ida, solve));
  IdaTearDown(&ida);
  PetscCall(ProblemDestroy(&problem));
  PetscFunctionReturn(0);
}

/* ---- a check ---- */

/* A state with gradients and charges, and rates to match their scales. */
static void SetTestState(Problem *p, N_Vector state, N_Vector rate, PetscReal *shift)
{
  Transport t = p->transport;
  realtype *u = N_VGetArrayPointer(state), *v = N_VGetArrayPointer(rate);
  const PetscReal thickness = t->mesh.x[t->mesh.nodes - 1];
  const PetscReal diffusion = PetscSqr(thickness) / t->flux.effective_diffusivity[0];

  *shift = 1e3 / diffusion;
  for (PetscInt b = 1; b < t->blocks - 1; b++) {
    const PetscReal x = t->mesh.x[b - 1] / thickness;
    for (PetscInt k = 0; k < t->ions; k++) {
      u[b * t->dof + k] = 1.5 * x - 1 + 1e-3 * (k + 1) * sin(20 * x);
      v[b * t->dof + k] = (cos(3 * x) + 0.1 * k) * *shift;
    }
    u[b * t->dof + t->ions] = 1e-2 * cos(7 * x);
  }
}

/* Column j by central differences along U_j and, with it, c_j times as much along dU_j/dt. */
static PetscErrorCode DifferenceColumn(Problem *p, Ida *ida, PetscReal shift, PetscInt j,
                                       PetscReal column[])
{
  const PetscReal change = 1e-5;
  realtype *u = N_VGetArrayPointer(ida->state), *v = N_VGetArrayPointer(ida->rate);
  const realtype u_j = u[j], v_j = v[j];
  const PetscInt dof = p->transport->dof;
  // Rows are divided by a concentration as a whole: no derivative of that is in the Jacobian.
  const PetscBool divides =
      (PetscBool)(BlockIsNode(p->transport, j / dof) && j % dof < p->transport->ions);

  PetscFunctionBeginUser;
  for (PetscInt i = 0; i < p->size; i++) column[i] = 0;
  for (int side = -1; side <= 1; side += 2) {
    u[j] = u_j + side * change;
    v[j] = v_j + side * change * shift;
    PetscCall(Residual(p, ida->state, ida->rate, ida->kind));
    const realtype *f = N_VGetArrayPointer(ida->kind);
    for (PetscInt i = 0; i < p->size; i++) {
      column[i] += side * f[i] * (i == j && divides ? exp(side * change) : 1) / (2 * change);
    }
  }
  u[j] = u_j;
  v[j] = v_j;
  PetscFunctionReturn(0);
}

static PetscReal LargestOfRow(const Problem *p, SUNMatrix matrix, PetscInt i)
{
  const PetscInt band = 2 * p->transport->dof - 1;
  PetscReal largest = 0;

  for (PetscInt j = PetscMax(0, i - band); j <= PetscMin(p->size - 1, i + band); j++) {
    largest = PetscMax(largest, fabs(SM_ELEMENT_B(matrix, i, j)));
  }
  return largest;
}

PetscErrorCode CheckIdaJacobian(const Case *case_, PetscReal *error)
{
  const IdaVariant variant = {.order = 5};
  PetscReal shift, *column;
  Problem p;
  Ida ida;

  PetscFunctionBeginUser;
  *error = 0;
  PetscCall(ProblemCreate(case_, 1e-5, &p));
  PetscCall(IdaSetUp(&p, &variant, 1, &ida));
  PetscCall(PetscMalloc1(p.size, &column));
  SetTestState(&p, ida.state, ida.rate, &shift);
  PetscCall(Jacobian(&p, shift, ida.state, ida.rate, ida.matrix));
  for (PetscInt j = 0; j < p.size; j++) {
    const PetscInt band = 2 * p.transport->dof - 1;
    PetscCall(DifferenceColumn(&p, &ida, shift, j, column));
    for (PetscInt i = PetscMax(0, j - band); i <= PetscMin(p.size - 1, j + band); i++) {
      const PetscReal difference = fabs(SM_ELEMENT_B(ida.matrix, i, j) - column[i]);
      *error = PetscMax(*error, difference / LargestOfRow(&p, ida.matrix, i));
    }
  }
  PetscCall(PetscFree(column));
  IdaTearDown(&ida);
  PetscCall(ProblemDestroy(&p));
  PetscFunctionReturn(0);
}
