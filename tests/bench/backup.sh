#!/usr/bin/env bash
# Backup and restore of N employees on embedded SQLite, beside `sqlite3 .dump` and `.read` of the same table,
# in turn. Prints rows a second of each round, the medians, and the API's peak memory.
#   tests/bench/backup.sh [EMPLOYEES] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-1000000} rounds=${2:-5}
# shellcheck source=tests/bench/common.sh
. tests/bench/common.sh
need sqlite3 sqlite3
need curl curl
generate
export BACKUP_URL=file://$work/backups BACKUP_KEEP=1

# The process is a new one for each measurement, so that its peak memory is that of what is measured.
start() { start_api "sqlite://$work/app.db"; }
stop() { stop_api; cat "$work/memory" >> "$work/memory_$1"; rm "$work/memory"; }
post() { curl -sS --fail-with-body -X POST "$address/$1"; }
change() { sqlite3 "$work/app.db" "$@"; }

# measure NAME COMMAND...: notes rows a second under the name.
measure() {
  local name=$1 from; shift
  from=$(now); "$@" > "$work/answer"
  per_second "$stored" "$from" "$(now)" >> "$work/$name"
}

read_dump() {
  rm -f "$work"/read.db*
  sqlite3 "$work/read.db" 'PRAGMA journal_mode = WAL' ".read $work/dump.sql"
}

start; stop load
stored=$(change 'SELECT count(*) FROM employees')
start; before=$(curl -sS "$address/hash/employees"); stop hash

for round in $(seq "$rounds"); do
  start; measure backup post backup/employees; stop backup
  measure dump sqlite3 "$work/app.db" '.dump employees'; mv "$work/answer" "$work/dump.sql"
  change 'DELETE FROM employees'
  start; measure lost post restore/employees; stop lost
  measure read read_dump
  change 'DELETE FROM employees WHERE employee_id % 1000 = 1' \
    "UPDATE employees SET employee_name = 'X' WHERE employee_id % 1000 = 2"
  start; measure equal post restore/employees; stop equal
  start; after=$(curl -sS "$address/hash/employees"); stop hash
  [ "$after" = "$before" ] || { echo 'the content hash differs' >&2; exit 1; }
  last() { tail -1 "$work/$1"; }
  printf 'round %d: backup %d, .dump %d; restore of a lost table %d, of an almost equal one %d, .read %d rows/s\n' \
    "$round" "$(last backup)" "$(last dump)" "$(last lost)" "$(last equal)" "$(last read)"
done

# line WHAT NAME BESIDE
line() {
  local a b
  a=$(median "$work/$2") b=$(median "$work/$3")
  cp "$work/memory_$2" "$work/memory"
  printf '%-34s %9d rows/s, .%s %9d rows/s, ratio %s; peak memory of the API %s\n' \
    "$1" "$a" "$3" "$b" "$(ratio "$a" "$b")" "$(peak_memory)"
}
printf 'medians of %d rounds, %d rows:\n' "$rounds" "$stored"
line 'backup' backup dump
line 'restore of a lost table' lost read
line 'restore of an almost equal table' equal read
