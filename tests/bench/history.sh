#!/usr/bin/env bash
# History of N employees into embedded SQLite, beside `sqlite3 .import` of the clean rows into the same
# schema, in turn. Prints rows a second of each round, the medians, and the API's peak memory.
#   tests/bench/history.sh [EMPLOYEES] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-1000000} rounds=${2:-5}
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing: apt-get install sqlite3" >&2; exit 1; }

cargo build --release --quiet -p api -p generator
work=$(mktemp -d); api=
trap '[ -z "$api" ] || kill "$api" 2>/dev/null || true; rm -rf "$work"' EXIT
target/release/generate --employees "$rows" --out "$work/data"
target/release/generate --employees "$rows" --clean --out "$work/clean"
cp data/datapackage.json "$work/data"
clean=$(wc -l < "$work/clean/employees.csv")

per_second() { awk -v n="$1" -v from="$2" -v to="$3" 'BEGIN { printf "%d\n", n / (to - from) }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

history() {
  rm -rf "$work/var"; mkdir "$work/var"
  local from to
  from=$(date +%s.%N)
  API_BIND=127.0.0.1:0 DATA_PACKAGE=$work/data/datapackage.json DATABASE_URL=sqlite://$work/var/app.db \
    LOG_DIR=$work/var target/release/api > "$work/var/out" &
  api=$!
  # The process logs "ready" when history is in; from its start to there is what is measured.
  until grep -q ' ready; ' "$work/var/out"; do sleep 0.01; done
  to=$(date +%s.%N)
  awk '/VmHWM/ { print $2 }' "/proc/$api/status" >> "$work/memory"
  kill "$api"; wait "$api" || true; api=
  per_second "$rows" "$from" "$to"
}

import() {
  rm -f "$work"/import.db*
  sqlite3 "$work/var/app.db" ".schema departments" ".schema jobs" ".schema employees" | sqlite3 "$work/import.db"
  sqlite3 "$work/import.db" "PRAGMA journal_mode = WAL" > /dev/null
  for table in departments jobs; do
    sqlite3 "$work/import.db" ".mode csv" ".import $work/clean/$table.csv $table"
  done
  local from to
  from=$(date +%s.%N)
  sqlite3 "$work/import.db" "PRAGMA foreign_keys = ON" ".mode csv" ".import $work/clean/employees.csv employees"
  to=$(date +%s.%N)
  per_second "$clean" "$from" "$to"
}

for round in $(seq "$rounds"); do
  h=$(history); i=$(import)
  echo "$h" >> "$work/history"; echo "$i" >> "$work/import"
  printf 'round %d: history %9d rows/s, .import %9d rows/s\n' "$round" "$h" "$i"
done
h=$(median < "$work/history") i=$(median < "$work/import")
printf 'median:  history %9d rows/s, .import %9d rows/s, ratio %.2f; peak memory of the API %d MiB\n' \
  "$h" "$i" "$(awk -v h="$h" -v i="$i" 'BEGIN { print h / i }')" "$(($(sort -n "$work/memory" | tail -1) / 1024))"
