# shellcheck shell=bash disable=SC2034,SC2154 # shared with the script that sources it
# To be sourced after common.sh: an empty database of each engine, and the engine's own tool for loads.

# new_database ENGINE: sets the url of an empty database.
new_database() { "new_database_$1"; }

# load ENGINE: the clean employees through the engine's own tool, into the schema that the API would make.
load() { "load_$1"; }

new_database_sqlite() {
  rm -f "$work"/app.db*
  url=sqlite://$work/app.db
}

new_database_mariadb() {
  [ -n "$server" ] || start_mariadb
  new_schema app
  url=$mariadb_url/app
}

load_sqlite() {
  local database=$work/import.db from
  rm -f "$database"*
  [ -e "$work/schema.sql" ] || sqlite_schema
  sqlite3 "$database" 'PRAGMA journal_mode = WAL' ".read $work/schema.sql" > /dev/null
  for table in departments jobs; do
    sqlite3 "$database" '.mode csv' ".import $work/clean/$table.csv $table"
  done
  from=$(now)
  sqlite3 "$database" 'PRAGMA foreign_keys = ON' '.mode csv' ".import $work/clean/employees.csv employees"
  figure "$(per_second "$clean" "$from" "$(now)")"
  [ "$(sqlite3 "$database" 'SELECT count(*) FROM employees')" = "$clean" ] || { echo '.import lost rows' >&2; exit 1; }
}

load_mariadb() {
  local as="CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' LINES TERMINATED BY '\r\n'" from
  [ -n "$server" ] || start_mariadb
  new_schema load_data
  query 'SOURCE db/init.sql' load_data
  for table in departments jobs; do
    query "LOAD DATA LOCAL INFILE '$work/clean/$table.csv' INTO TABLE $table $as" load_data
  done
  from=$(now)
  query "LOAD DATA LOCAL INFILE '$work/clean/employees.csv' INTO TABLE employees $as
    (employee_id, employee_name, @date, department_id, job_id)
    SET hiring_date = STR_TO_DATE(@date, '%Y-%m-%dT%H:%i:%sZ')" load_data
  figure "$(per_second "$clean" "$from" "$(now)")"
  [ "$(query 'SELECT COUNT(*) FROM load_data.employees')" = "$clean" ] || { echo 'LOAD DATA lost rows' >&2; exit 1; }
}

# The tables as the API makes them.
sqlite_schema() {
  start_api "sqlite://$work/schema.db" "$work/parents"
  stop_api
  sqlite3 "$work/schema.db" '.schema departments' '.schema jobs' '.schema employees' > "$work/schema.sql"
}

# A MariaDB of its own, durable as by default: each commit is on disk before it is answered. The tables fit into
# memory, as they would on a server that is made for them.
start_mariadb() {
  local user=() port=$((20000 + RANDOM % 20000))
  [ "$(id -u)" != 0 ] || user=(--user=root)
  mariadb-install-db --no-defaults --auth-root-authentication-method=normal --skip-test-db \
    --tmpdir="$work" --datadir="$work/mysql" "${user[@]}" >/dev/null 2>&1
  mariadbd --no-defaults --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --skip-log-bin --local-infile=1 \
    --innodb-buffer-pool-size=1G --innodb-log-file-size=512M --innodb-use-native-aio=0 --datadir="$work/mysql" \
    --tmpdir="$work" --socket="$work/socket" --log-error="$work/error.log" "${user[@]}" 2>/dev/null &
  server=$!
  until query 'SELECT 1' >/dev/null 2>&1; do
    kill -0 "$server" 2>/dev/null || { cat "$work/error.log" >&2; exit 1; }
    sleep 0.1
  done
  mariadb_url=mysql://root@127.0.0.1:$port
}

query() { mariadb --no-defaults --socket="$work/socket" --user=root --local-infile=1 --skip-column-names -e "$@"; }

new_schema() { query "DROP DATABASE IF EXISTS $1; CREATE DATABASE $1"; }
