#!/bin/bash
# Fuzzes the readers, or gives them what has broken them before: tests/fuzz/fuzz.sh BUILD fuzz|regressions [READER]...
# Of the environment: SECONDS_EACH, RUNS (of each reader, in place of seconds).
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$PWD/$1 what=$2
shift 2
here=$PWD/tests/fuzz
readers=${*:-$(cd "$build/tests/fuzz" && ls fuzz_* | grep -v '\.' | sed s/fuzz_//)}

# In memory where that can be: each input is a file.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" fuzz.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch
export ASAN_OPTIONS=quarantine_size_mb=32
export UBSAN_OPTIONS=print_stacktrace=1
# Stacks that go through libraries are dear: while there are many inputs leaks are known by library.
export LSAN_OPTIONS=print_suppressions=0:suppressions=$here/leaks_by_library.supp
precisely() {
  ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=0 \
    LSAN_OPTIONS=print_suppressions=0:suppressions=$here/leaks.supp "$@"
}

# The names and units of all keys, as libFuzzer reads them.
dictionary() {
  ./sandglass keys | grep -oE '^[a-z][A-Za-z_.]+|[a-z]+(_[a-z]+)+|[A-Za-z]+/[A-Za-z]+(\^[0-9])?' |
    tr '.' '\n' | sort -u | sed -E 's/.+/"&"/'
  printf '"%s"\n' ' um' ' mol/L' ' degC' ' mA/cm^2' ' V' ' mV' ': ' ', ' '\\n' '\\n  ' '- ' '[' ']' '{' \
    '}' '{table: ' '{expression: ' 'sweep' 'sample' 'ranges' 'count' 'from' 'to' 'seed' 'sobol' 'log' \
    'latin_hypercube' 'random' 'mode' 'zip' 'cases' 'inf' 'nan' '1e308' '1e-308' '-1' '0x1' '\\"' '#'
}

# Where an input has come to grief the harness leaves it there and this ends.
limits="-timeout=10 -rss_limit_mb=1500 -malloc_limit_mb=400 -max_len=2048 -print_final_stats=1"

# To each of the three files one damage of each kind.
one_damage() {
  local file kind
  for file in 0 1 2; do
    for kind in 0 1 2 3 4 5 6; do
      printf "\\x0$file\\x0$kind\\x03\\x01\\x02\\x41\\x03\\x01\\x01" >"$1/$file$kind"
    done
  done
}

seeds() {
  local folder=$build/seeds/$1
  mkdir -p "$folder"
  [ ! -d "$here/corpus/$1" ] || cp "$here/corpus/$1"/* "$folder"
  case $1 in
    case | sweep) cp configs/*.yaml "$folder" ;;
    electrolyte) cp configs/electrolytes/*.yaml "$folder" ;;
    results) one_damage "$folder" ;;
  esac
  echo "$folder"
}

# The program of a reader, its output into a log that is shown where it comes to grief.
try() {
  local reader=$1 log=$build/$1.log
  shift
  # shellcheck disable=SC2086
  if ! "$@" $limits -artifact_prefix="$build/found/$reader-" >"$log" 2>&1; then
    tail -60 "$log"
    echo "fuzz: the reader of $reader has come to grief: $log, $build/found" >&2
    exit 1
  fi
}

# ... and what has been kept of the inputs once more; but HDF5 keeps what it has taken.
fuzz() {
  local grown=$build/corpus/$1 program=$build/tests/fuzz/fuzz_$1
  mkdir -p "$grown"
  try "$1" "$program" $([ "$1" != results ] || echo "-detect_leaks=0 -len_control=0") -dict="$build/dictionary" ${RUNS:+-runs=$RUNS} \
    $([ -n "${RUNS:-}" ] || echo "-max_total_time=$SECONDS_EACH") "$grown" "$(seeds "$1")"
  sed -nE "s/^stat::number_of_executed_units: *([0-9]+)/  $1: \1 inputs/p" "$build/$1.log"
  [ "$1" = results ] || try "$1" precisely "$program" -runs=0 "$grown"
}

regressions() {
  local inputs=("$here/regressions/$1"/*)
  [ -e "${inputs[0]}" ] || return 0
  try "$1" precisely "$build/tests/fuzz/fuzz_$1" "${inputs[@]}"
  echo "  $1: ${#inputs[@]} inputs"
}

mkdir -p "$build/found"
dictionary >"$build/dictionary"
for reader in $readers; do
  $what "$reader"
done
