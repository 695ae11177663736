#!/bin/bash
# Many sweeps as an array, one file each: for parts that are better kept apart, such as one
# electrolyte each, or where jobs of few nodes start sooner than one of many.
#   sbatch --array=0-7 --ntasks=32 configs/slurm/array.sh SETTINGS CASE.yaml
# SETTINGS is a text file with one line of options for each task, blanks between them:
#   --set electrolyte.library=LiPF6-EC-EMC-Nyman2008
#   --set electrolyte.library=LiPF6-PC-EC-DMC-Valoen2005
# The results are CASE-0.h5, CASE-1.h5, ...
#SBATCH --job-name=sandglass
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@600
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A_%a.log

set -u
settings=$1
case_file=$2
part=$SLURM_ARRAY_TASK_ID
folder=${SANDGLASS_SLURM:-$(dirname "$0")}   # sbatch runs a copy: name the folder of sweep.sh

mapfile -t lines <"$settings"
if [ "$part" -ge "${#lines[@]}" ]; then
  echo "$settings: line $((part + 1)) is missing" >&2
  exit 2
fi
read -ra options <<<"${lines[$part]}"
exec bash "$folder/sweep.sh" "$case_file" "$(basename "${case_file%.*}")-$part.h5" "${options[@]}"
