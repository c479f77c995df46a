#!/usr/bin/env bash
# Both reports on N employees in embedded SQLite: the first answer after a change, beside `sqlite3` running the
# same SQL on the same file, in turn; then the same question again, which is answered from memory. Prints the
# milliseconds of each round, the medians, and the API's peak memory.
#   tests/bench/reports.sh [EMPLOYEES] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-1000000} rounds=${2:-5} again=200
# shellcheck source=tests/bench/common.sh
. tests/bench/common.sh
need sqlite3 sqlite3
need curl curl
generate
export DELIVERABLES_DIR=$work/deliverables

milliseconds() { awk -v from="$1" -v to="$2" -v n="${3:-1}" 'BEGIN { printf "%.2f\n", (to - from) * 1000 / n }'; }

# Any change will do: the reports are made anew for the next who asks.
change() {
  changes=$((${changes:-0} + 1))
  curl -sf -o "$work/changed" "$address/new_records/jobs" -H 'Content-Type: text/csv' \
    --data-binary "$((1000000 + changes)),Job $changes"
}

# ask REPORT: in CSV, which is what sqlite3 prints too.
ask() { curl -sf "$address/view/$1?format=csv" -o "$work/$1.csv"; }

ask_again() {
  local all=() n
  for ((n = 0; n < again; n++)); do all+=(-o "$work/$1.csv" "$address/view/$1?format=csv"); done
  curl -sf "${all[@]}"
}

# With the cache that the API's connections have.
run_sql() {
  local values=("2021-01-01T00:00:00Z" "2021-12-31T23:59:59Z") n
  [ "$1" = req2 ] || values=("2021-04-01T00:00:00Z" "2021-07-01T00:00:00Z" "2021-10-01T00:00:00Z" "${values[@]}")
  {
    printf '%s\n' 'PRAGMA cache_size = -16384;' '.parameter init' '.mode csv'
    for n in "${!values[@]}"; do printf ".parameter set ?%d \"'%s'\"\n" $((n + 1)) "${values[n]}"; done
    cat "api/src/reports/$1.sql"
    echo ';'
  } | sqlite3 -readonly "$work/app.db" > "$work/$1.sql.csv"
}

# The rows of the report among those that its SQL gives: that of req2 gives all departments, and last whether
# they are above the mean.
answered() {
  case $1 in
    req1) cat "$work/req1.sql.csv" ;;
    req2) sed -n 's/,1\r$/\r/p' "$work/req2.sql.csv" ;;
  esac
}

# timed NAME COMMAND...: notes how long it took.
timed() {
  local name=$1 from; shift
  from=$(now)
  "$@"
  milliseconds "$from" "$(now)" "${times:-1}" >> "$work/$name"
}

start_api "sqlite://$work/app.db"
for report in req1 req2; do
  for round in $(seq "$rounds"); do
    change
    timed "$report.first" ask "$report"
    timed "$report.sqlite3" run_sql "$report"
    times=$again timed "$report.again" ask_again "$report"
    printf '%s, round %d: first answer %8.1f ms, sqlite3 %8.1f ms, again %5.2f ms\n' "$report" "$round" \
      "$(tail -1 "$work/$report.first")" "$(tail -1 "$work/$report.sqlite3")" "$(tail -1 "$work/$report.again")"
  done
  # The one quotes cells that have spaces, the other only those that must be.
  sed '1d; s/"//g' "$work/$report.csv" | cmp - <(answered "$report" | tr -d '"') || { echo "$report: sqlite3 gives other rows" >&2; exit 1; }
  first=$(median "$work/$report.first") sqlite3=$(median "$work/$report.sqlite3")
  printf '%s, median: first answer %8.1f ms, sqlite3 %8.1f ms, ratio %s; again %5.2f ms\n' "$report" \
    "$first" "$sqlite3" "$(ratio "$first" "$sqlite3")" "$(median "$work/$report.again")"
done
stop_api
printf 'peak memory of the API, history included: %s\n' "$(peak_memory)"
