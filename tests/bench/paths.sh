# shellcheck shell=bash disable=SC2154,SC2016 # sourced by all.sh; backquotes are Markdown
# The paths of all.sh, and how each is measured. To be sourced after common.sh and engines.sh.

# path NAME UNIT WHAT MEASUREMENT [COMPARED_WITH MEASUREMENT]
#   A measurement is a function of this file or of engines.sh, with arguments. It calls `figure` with what it has
#   measured, and `memory` for each process of this product. In a round each measurement is run once, however many
#   paths name it.
import='`sqlite3 .import` of the clean rows' load_data='`LOAD DATA LOCAL INFILE` of the clean rows'
path check rows/s 'decode and judge on one thread: `client check`' 'check' 'the `csv` reader of Python' 'python_csv'
path history-sqlite rows/s 'history into SQLite' 'history sqlite' "$import" 'load sqlite'
path client-sqlite rows/s '`client add-new-records` into SQLite' 'client sqlite' "$import" 'load sqlite'
path history-mariadb rows/s 'history into MariaDB' 'history mariadb' "$load_data" 'load mariadb'
path client-mariadb rows/s '`client add-new-records` into MariaDB' 'client mariadb' "$load_data" 'load mariadb'
path verify rows/s '`client verify` on SQLite' 'verify sqlite' 'history of the same file' 'history sqlite'
path batch ms 'one batch of 1000 as CSV, one connection, SQLite: p50' 'batches p50 sqlite'
path json-1 batches/s 'JSON, one connection, SQLite' 'batches rate sqlite --format json' 'CSV' 'batches rate sqlite'
path json-8 batches/s 'JSON, 8 connections, SQLite' 'batches rate sqlite --format json --senders 8' \
  'CSV' 'batches rate sqlite --senders 8'
path rejected batches/s 'every row rejected, one connection, SQLite' 'batches rate sqlite --rows rejected' \
  'clean rows' 'batches rate sqlite'
path many-sqlite batches/s '200 senders and 200 readers on SQLite' 'batches rate sqlite --senders 200 --readers 200'
path many-mariadb batches/s '200 senders and 200 readers on MariaDB' 'batches rate mariadb --senders 200 --readers 200'

# From the start of the process until it is ready.
history() {
  local from
  new_database "$1"
  from=$(now)
  start_api "$url" "$work/data"
  figure "$(per_second "$rows" "$from" "$(now)")"
  stop_api
  memory server "$(tail -1 "$work/memory")"
}

client() {
  new_database "$1"
  start_api "$url" "$work/parents"
  run_client --api-url "$address" --json add-new-records employees "$work/data/employees.csv"
  stop_api
  memory server "$(tail -1 "$work/memory")"
}

# The server is started again after history, so that its peak memory is that of the verification.
verify() {
  new_database "$1"
  start_api "$url" "$work/data"; stop_api
  start_api "$url" "$work/data"
  run_client --api-url "$address" --json verify employees "$work/data/employees.csv"
  stop_api
  memory server "$(tail -1 "$work/memory")"
}

check() { run_client check --data-package "$work/data/datapackage.json" employees "$work/data/employees.csv"; }

# Without the start of the interpreter.
python_csv() {
  python3 - "$work/data/employees.csv" > "$work/answer" <<'PYTHON'
import csv, sys, time
started = time.perf_counter()
with open(sys.argv[1], newline="", encoding="utf-8", errors="surrogateescape") as file:
    for row in csv.reader(file):
        pass
print(time.perf_counter() - started)
PYTHON
  figure "$(per_second "$rows" 0 "$(cat "$work/answer")")"
}

# batches FIGURE ENGINE [OPTION...]: batches of 1000 rows into an empty table; the options are those of `send`.
batches() {
  local name=$1 engine=$2
  shift 2
  new_database "$engine"
  start_api "$url" "$work/parents"
  target/release/send "${address#http://}" --batches $(((rows + 999) / 1000)) "$@" > "$work/answer"
  figure "$(awk -v name="$name" '$1 == name { print $2 }' "$work/answer")"
  stop_api
  memory server "$(tail -1 "$work/memory")"
}

# Notes rows a second and the client's peak memory. Code 2 says that some rows are rejected, as they must be.
run_client() {
  local from
  from=$(now)
  /usr/bin/time -f %M -o "$work/time" target/release/client --log-dir "$work/log" "$@" > "$work/answer" || [ $? = 2 ]
  figure "$(per_second "$rows" "$from" "$(now)")"
  memory client "$(tail -1 "$work/time")"
}
