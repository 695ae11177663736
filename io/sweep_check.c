#include "io/sweep_check.h"

#include <limits.h>
#include <unistd.h>

#include "io/case_reader.h"
#include "io/error_catch.h"
#include "solver/closed_forms.h"
#include "solver/run.h"

typedef struct {
  PetscInt number;  // of the first case that is refused; PETSC_MAX_INT: none is
  ErrorCatch error;
} Refusal;

/* What a case costs against another: the time of a step goes with the nodes and the ions, and the
   number of steps with the steps of the protocol. */
static PetscReal EstimateCost(const Case *case_)
{
  PetscReal steps = 0;

  for (PetscInt s = 0; s < case_->number_of_steps; s++) {
    steps += case_->protocol[s].kind == STEP_REST ? 0.5 : 1;
  }
  return steps * case_->mesh.nodes * PetscSqr(case_->electrolyte.number_of_ions + 1);
}

static PetscErrorCode NoteCase(SweepPlan plan, const Case *case_, PetscInt number,
                               SweepCheck *check)
{
  const Electrolyte *const electrolyte = &case_->electrolyte;

  PetscFunctionBeginUser;
  check->cost[number] = (float)EstimateCost(case_);
  check->nodes = PetscMax(check->nodes, case_->mesh.nodes);
  if (check->forms) {
    PetscCall(ClosedFormsFind(case_, &check->forms[number - check->first]));
  }
  PetscCall(RunCheckRanks(PETSC_COMM_SELF, case_, (PetscMPIInt)SweepPlanRanksPerCase(plan)));
  PetscCheck(SweepPlanFields(plan) == FIELDS_NONE || !electrolyte->ions_listed, PETSC_COMM_SELF,
             PETSC_ERR_USER_INPUT,
             "electrolyte.ions: found with sweep.fields, allowed: fields of a salt of two ions");
  PetscFunctionReturn(0);
}

static PetscErrorCode ReadOne(SweepPlan plan, CaseInput base, PetscInt number, SweepCheck *check)
{
  const char *const *settings;
  Case case_;

  PetscFunctionBeginUser;
  PetscCall(SweepPlanSettings(plan, number, &settings));
  PetscCall(CaseReadFrom(base, SweepPlanKeys(plan), settings, &case_));
  PetscErrorCode ierr = NoteCase(plan, &case_, number, check);
  PetscCall(CaseDestroy(&case_));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

// The cases of this rank, up to the first that is refused.
static PetscErrorCode ReadOwn(SweepPlan plan, CaseInput base, const volatile sig_atomic_t *signal,
                              SweepCheck *check, Refusal *refusal)
{
  PetscErrorCode code = 0;

  PetscFunctionBeginUser;
  refusal->number = PETSC_MAX_INT;
  PetscCall(ErrorCatchBegin(&refusal->error));
  for (PetscInt i = 0; i < check->count && !code && !*signal; i++) {
    code = ReadOne(plan, base, check->first + i, check);
    if (code) refusal->number = check->first + i;
  }
  PetscCall(ErrorCatchEnd());
  PetscFunctionReturn(0);
}

// The refusal of the lowest number is told by every rank.
static PetscErrorCode Judge(MPI_Comm comm, const char path[], Refusal *refusal)
{
  struct {
    int number, rank;
  } first;
  PetscMPIInt rank;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  first.number = (int)refusal->number;
  first.rank = rank;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_2INT, MPI_MINLOC, comm));
  if (first.number == PETSC_MAX_INT) PetscFunctionReturn(0);
  PetscCallMPI(MPI_Bcast(&refusal->error, sizeof(refusal->error), MPI_BYTE, first.rank, comm));
  SETERRQ(comm, refusal->error.code, "%s: case %d: %s", path, first.number, refusal->error.message);
}

// What each rank has found about its cases, on all of them.
static PetscErrorCode Share(MPI_Comm comm, SweepCheck *check)
{
  PetscMPIInt ranks, *counts, *firsts;
  const PetscMPIInt count = (PetscMPIInt)check->count, first = (PetscMPIInt)check->first;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(PetscMalloc2(ranks, &counts, ranks, &firsts));
  PetscCallMPI(MPI_Allgather(&count, 1, MPI_INT, counts, 1, MPI_INT, comm));
  PetscCallMPI(MPI_Allgather(&first, 1, MPI_INT, firsts, 1, MPI_INT, comm));
  PetscCallMPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, check->cost, counts, firsts,
                              MPI_FLOAT, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &check->nodes, 1, MPIU_INT, MPI_MAX, comm));
  PetscCall(PetscFree2(counts, firsts));
  PetscFunctionReturn(0);
}

static PetscErrorCode CheckAll(MPI_Comm comm, const char path[], SweepPlan plan, CaseInput base,
                               const volatile sig_atomic_t *signal, SweepCheck *check)
{
  Refusal refusal;
  int stopped;

  PetscFunctionBeginUser;
  PetscCall(ReadOwn(plan, base, signal, check, &refusal));
  stopped = *signal != 0;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &stopped, 1, MPI_INT, MPI_MAX, comm));
  check->stopped = (PetscBool)stopped;
  if (stopped) PetscFunctionReturn(0);
  PetscCall(Judge(comm, path, &refusal));
  PetscCall(Share(comm, check));
  PetscFunctionReturn(0);
}

/* All cases have a place in the memory of every rank: of their costs, their order and their status,
   some of it twice. */
#define BYTES_PER_CASE 48

static PetscErrorCode CheckMemory(MPI_Comm comm, const char path[], PetscInt cases,
                                  PetscMPIInt ranks)
{
  const double pages = (double)sysconf(_SC_PHYS_PAGES), page = (double)sysconf(_SC_PAGESIZE);
  int most = pages > 0 && page > 0 ? (int)PetscMin(pages * page / ranks / BYTES_PER_CASE, INT_MAX)
                                   : INT_MAX;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_INT, MPI_MIN, comm));
  PetscCheck(cases <= most, comm, PETSC_ERR_USER_INPUT,
             "%s: sweep: found %" PetscInt_FMT " cases, allowed: %d in the memory of this host",
             path, cases, most);
  PetscFunctionReturn(0);
}

PetscErrorCode SweepCheckCases(MPI_Comm comm, const char path[], SweepPlan plan, CaseInput base,
                               PetscBool with_forms, const volatile sig_atomic_t *signal,
                               SweepCheck *check)
{
  const int64_t cases = SweepPlanCases(plan);
  PetscMPIInt rank, ranks;

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCall(CheckMemory(comm, path, (PetscInt)cases, ranks));
  *check = (SweepCheck){.first = (PetscInt)(cases * rank / ranks)};
  check->count = (PetscInt)(cases * (rank + 1) / ranks) - check->first;
  PetscCall(PetscMalloc1(cases, &check->cost));
  if (with_forms) PetscCall(PetscMalloc1(check->count, &check->forms));
  PetscErrorCode ierr = CheckAll(comm, path, plan, base, signal, check);
  if (ierr) PetscCall(SweepCheckDestroy(check));
  PetscCall(ierr);
  PetscFunctionReturn(0);
}

PetscErrorCode SweepCheckDestroy(SweepCheck *check)
{
  PetscFunctionBeginUser;
  PetscCall(PetscFree(check->cost));
  PetscCall(PetscFree(check->forms));
  PetscFunctionReturn(0);
}
