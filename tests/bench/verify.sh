#!/usr/bin/env bash
# A file of N employees, loaded as history into embedded SQLite, proved by `client verify`. Prints rows a second of
# each round, the median, and the API's peak memory.
#   tests/bench/verify.sh [EMPLOYEES] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-1000000} rounds=${2:-5}
# shellcheck source=tests/bench/common.sh
. tests/bench/common.sh
generate

start_api "sqlite://$work/app.db"
for round in $(seq "$rounds"); do
  from=$(now)
  target/release/client --api-url "$address" --log-dir "$work/log" --json verify employees "$work/data/employees.csv" > /dev/null
  per_second "$rows" "$from" "$(now)" >> "$work/verify"
  printf 'round %d: verify %9d rows/s\n' "$round" "$(tail -1 "$work/verify")"
done
stop_api
printf 'median:  verify %9d rows/s; peak memory of the API %s\n' "$(median "$work/verify")" "$(peak_memory)"
