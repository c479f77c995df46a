#!/usr/bin/env bash
# History of N employees into embedded SQLite, beside `sqlite3 .import` of the clean rows into the same
# schema, in turn. Prints rows a second of each round, the medians, and the API's peak memory.
#   tests/bench/history.sh [EMPLOYEES] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-1000000} rounds=${2:-5}
# shellcheck source=tests/bench/common.sh
. tests/bench/common.sh
need sqlite3 sqlite3
generate

history() {
  rm -f "$work"/app.db*
  local from
  from=$(now)
  # From the start of the process to ready is what is measured.
  start_api "sqlite://$work/app.db"
  per_second "$rows" "$from" "$(now)" >> "$work/history"
  stop_api
}

import() {
  rm -f "$work"/import.db*
  sqlite3 "$work/app.db" ".schema departments" ".schema jobs" ".schema employees" | sqlite3 "$work/import.db"
  sqlite3 "$work/import.db" "PRAGMA journal_mode = WAL" > /dev/null
  for table in departments jobs; do
    sqlite3 "$work/import.db" ".mode csv" ".import $work/clean/$table.csv $table"
  done
  local from
  from=$(now)
  sqlite3 "$work/import.db" "PRAGMA foreign_keys = ON" ".mode csv" ".import $work/clean/employees.csv employees"
  per_second "$clean" "$from" "$(now)" >> "$work/import"
}

for round in $(seq "$rounds"); do
  history; import
  printf 'round %d: history %9d rows/s, .import %9d rows/s\n' "$round" "$(tail -1 "$work/history")" "$(tail -1 "$work/import")"
done
h=$(median "$work/history") i=$(median "$work/import")
printf 'median:  history %9d rows/s, .import %9d rows/s, ratio %s; peak memory of the API %s\n' \
  "$h" "$i" "$(ratio "$h" "$i")" "$(peak_memory)"
