# shellcheck shell=bash disable=SC2034,SC2154 # shared with the script that sources it
# To be sourced by the benchmarks: what they have in common.

need() { command -v "$1" >/dev/null || { echo "$1 is missing: apt-get install $2" >&2; exit 1; }; }

now() { date +%s.%N; }

# per_second ROWS FROM TO
per_second() { awk -v n="$1" -v from="$2" -v to="$3" 'BEGIN { printf "%d\n", n / (to - from) }'; }

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", a / b }'; }

# Builds the programs. Makes employees with and without dirty rows, and a data package with each.
generate() {
  cargo build --release --quiet -p api -p client -p generator -p support
  target/release/generate --employees "$rows" --out "$work/data"
  target/release/generate --employees "$rows" --clean --out "$work/clean"
  cp data/datapackage.json "$work/data"
  clean=$(wc -l < "$work/clean/employees.csv")
}

# start_api DATABASE_URL [FOLDER]: on the data package of the folder. Returns when history is in, which the process logs
# as "ready".
start_api() {
  rm -rf "$work/log"; mkdir "$work/log"
  API_BIND=127.0.0.1:0 DATA_PACKAGE=${2:-$work/data}/datapackage.json DATABASE_URL=$1 LOG_DIR=$work/log \
    target/release/api > "$work/log/out" &
  api=$!
  until grep -q ' ready; ' "$work/log/out"; do
    kill -0 "$api" 2>/dev/null || { tail "$work/log/out" >&2; exit 1; }
    sleep 0.01
  done
  address=$(sed -n 's/.*listening on //p' "$work/log/out")
}

# Notes its peak memory in KiB.
stop_api() {
  awk '/VmHWM/ { print $2 }' "/proc/$api/status" >> "$work/memory"
  kill "$api"; wait "$api" || true; api=
}

peak_memory() { echo "$(($(sort -n "$work/memory" | tail -1) / 1024)) MiB"; }

work=$(mktemp -d) api='' server=''
cleanup() {
  for process in $api $server; do kill "$process" 2>/dev/null && wait "$process" 2>/dev/null; done
  rm -rf "$work"
}
trap cleanup EXIT
