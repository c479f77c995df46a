#!/usr/bin/env bash
# N employees into a MariaDB of its own: as history at start, and through `client add-new-records`, beside LOAD
# DATA LOCAL INFILE of the clean rows into the same schema on the same server, in turn. Prints rows a second of
# each round, the medians, and the API's peak memory.
#   tests/bench/mariadb.sh [EMPLOYEES] [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${1:-1000000} rounds=${2:-5}
# shellcheck source=tests/bench/common.sh
. tests/bench/common.sh
need mariadbd mariadb-server
need mariadb mariadb-client
generate
employees=$work/employees.csv
mv "$work/data/employees.csv" "$employees"

# Durable as by default: each commit is on disk before it is answered. The tables fit into memory, as they
# would on a server that is made for them.
start_server() {
  local user=() port=$((20000 + RANDOM % 20000))
  [ "$(id -u)" != 0 ] || user=(--user=root)
  mariadb-install-db --no-defaults --auth-root-authentication-method=normal --skip-test-db \
    --tmpdir="$work" --datadir="$work/mysql" "${user[@]}" >/dev/null 2>&1
  mariadbd --no-defaults --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --skip-log-bin --local-infile=1 \
    --innodb-buffer-pool-size=1G --innodb-log-file-size=512M --innodb-use-native-aio=0 --datadir="$work/mysql" \
    --tmpdir="$work" --socket="$work/socket" --log-error="$work/error.log" "${user[@]}" &
  server=$!
  until query 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
  url=mysql://root@127.0.0.1:$port
}

query() { mariadb --no-defaults --socket="$work/socket" --user=root --local-infile=1 --skip-column-names -e "$@"; }

new_schema() { query "DROP DATABASE IF EXISTS $1; CREATE DATABASE $1"; }

history() {
  new_schema app
  mv "$employees" "$work/data/employees.csv"
  local from
  from=$(now)
  start_api "$url/app"
  per_second "$rows" "$from" "$(now)" >> "$work/history"
  stop_api
  mv "$work/data/employees.csv" "$employees"
}

client() {
  new_schema app
  start_api "$url/app"
  local from
  from=$(now)
  target/release/client --api-url "$address" --log-dir "$work/log" --json add-new-records employees "$employees" >/dev/null ||
    [ $? = 2 ] # some rejected, as they must be
  per_second "$rows" "$from" "$(now)" >> "$work/client"
  stop_api
}

load_data() {
  new_schema load_data
  query "SOURCE db/init.sql" load_data
  local as="FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' LINES TERMINATED BY '\r\n'" from
  for table in departments jobs; do
    query "LOAD DATA LOCAL INFILE '$work/clean/$table.csv' INTO TABLE $table CHARACTER SET utf8mb4 $as" load_data
  done
  from=$(now)
  query "LOAD DATA LOCAL INFILE '$work/clean/employees.csv' INTO TABLE employees CHARACTER SET utf8mb4 $as
    (employee_id, employee_name, @date, department_id, job_id)
    SET hiring_date = STR_TO_DATE(@date, '%Y-%m-%dT%H:%i:%sZ')" load_data
  per_second "$clean" "$from" "$(now)" >> "$work/load_data"
  [ "$(query 'SELECT COUNT(*) FROM load_data.employees')" = "$clean" ] || { echo 'LOAD DATA lost rows' >&2; exit 1; }
}

start_server
for round in $(seq "$rounds"); do
  history; client; load_data
  printf 'round %d: history %9d rows/s, client %9d rows/s, LOAD DATA %9d rows/s\n' "$round" \
    "$(tail -1 "$work/history")" "$(tail -1 "$work/client")" "$(tail -1 "$work/load_data")"
done
h=$(median "$work/history") c=$(median "$work/client") l=$(median "$work/load_data")
printf 'median:  history %9d rows/s (ratio %s), client %9d rows/s (ratio %s), LOAD DATA %9d rows/s; peak memory of the API %s\n' \
  "$h" "$(ratio "$h" "$l")" "$c" "$(ratio "$c" "$l")" "$l" "$(peak_memory)"
