#!/bin/bash
# The job scripts of configs/slurm under stand-ins for srun and scontrol:  tests/slurm_jobs.sh SANDGLASS
# A job that is told by SIGUSR1 that its time is nearly over ends with 143 and is queued again; the
# next one does the rest.
set -u
sandglass=$(realpath "$1")
scripts=$(realpath "$(dirname "$0")/../configs/slurm")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
export SANDGLASS=$sandglass SANDGLASS_SLURM=$scripts SRUN=$folder/srun SCONTROL=$folder/scontrol
export SLURM_JOB_ID=7

# srun's own options go, the program is started on two ranks; mpirun hands SIGUSR1 on, as srun does.
cat >srun <<'STUB'
#!/bin/bash
while [[ $1 == --* ]]; do shift; done
exec mpirun -n 2 "$@"
STUB
printf '#!/bin/bash\necho "$@" >>requeued\n' >scontrol
chmod +x srun scontrol

cat >cell.yaml <<'CASE'
electrolyte: {concentration: 1 M, diffusivity: 2e-10 m^2/s, transference_number: 0.3}
separator: {thickness: 25 um}
protocol: [{current_ratio: 3, until: [depletion]}]
sweep: {protocol.0.current_ratio: {from: 1.5, to: 30, count: 240, spacing: log}}
CASE

fail() {
  echo "slurm_jobs: $1" >&2
  cat job.log >&2
  exit 1
}

count_left() { sed -n 's/^ *"left": \([0-9]*\),*$/\1/p' job.log | tail -n 1; }

bash "$scripts/sweep.sh" cell.yaml sweep.h5 --json --quiet >job.log 2>&1 &
job=$!
while [ ! -f sweep.h5 ]; do
  kill -0 "$job" 2>/dev/null || fail "the job ended without a file"
  sleep 0.1
done
sleep 1.5
kill -USR1 "$job"
wait "$job"
status=$?
[ "$status" = 143 ] || fail "exit status $status of a job without time, expected 143"
grep -qx "requeue 7" requeued || fail "the job was not queued again"
left=$(count_left)
[ "$left" -gt 0 ] && [ "$left" -lt 240 ] || fail "$left cases left, expected some of 240"

bash "$scripts/sweep.sh" cell.yaml sweep.h5 --json --quiet >job.log 2>&1 || fail "it does not go on"
[ "$(count_left)" = 0 ] || fail "$(count_left) cases left at last"
[ "$(wc -l <requeued)" = 1 ] || fail "a finished job was queued again"

printf '%s\n' '--set separator.thickness=20um' '--set separator.thickness=30um --dry' >settings
SLURM_ARRAY_TASK_ID=1 bash "$scripts/array.sh" settings cell.yaml >job.log 2>&1 ||
  fail "a task of the array failed"
[ -f cell-1.h5 ] || fail "no file of task 1"
SLURM_ARRAY_TASK_ID=2 bash "$scripts/array.sh" settings cell.yaml >job.log 2>&1
[ $? = 2 ] || fail "a task without settings did not end with 2"
echo "slurm_jobs: stopped with $left cases left, requeued, finished; array task done"
