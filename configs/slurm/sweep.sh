#!/bin/bash
# A sweep as one job, however long it takes:
#   sbatch --ntasks=256 configs/slurm/sweep.sh CASE.yaml [FILE.h5] [OPTIONS OF sandglass sweep]
# Ten minutes before its time is over the job gets SIGUSR1, tells every rank to finish the case at
# hand, and puts itself into the queue again; --resume runs what is missing.  It is also requeued
# when a node fails: whatever was finished then is in the file.
#SBATCH --job-name=sandglass
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@600
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log

# What the site needs, for example:
# module load gcc openmpi hdf5 petsc udunits
set -u
case_file=$1
results=${2:-$(basename "${1%.*}").h5}
shift $(($# < 2 ? $# : 2))
sandglass=${SANDGLASS:-sandglass}

"${SRUN:-srun}" --kill-on-bad-exit=1 "$sandglass" sweep "$case_file" -o "$results" --resume "$@" &
step=$!

# srun hands SIGUSR1 on to every rank.  The signal ends a wait, not the step.
interrupted=1
out_of_time() {
  interrupted=1
  echo "$(date): the time is nearly over, the ranks finish the cases at hand"
  kill -USR1 "$step" 2>/dev/null
}
trap out_of_time USR1
while [ "$interrupted" = 1 ]; do
  interrupted=0
  wait "$step"
  status=$?
done

if [ "$status" = 143 ]; then
  echo "$(date): cases are left, the job is queued again"
  "${SCONTROL:-scontrol}" requeue "$SLURM_JOB_ID"
fi
exit "$status"
