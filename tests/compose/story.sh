# shellcheck shell=bash disable=SC2154 # what run.sh sets
# To be sourced: the whole story, told to the running deployment.

client() { docker compose exec -T client client "$@"; }

story() {
  starting_it
  history_is_loaded
  new_records
  files_come_in
  reports
  logs_are_shared
  killed_while_loading
  backup_and_restore
  down_and_up
}

starting_it() {
  section 'up.sh'
  # What it needs before it looks for Docker, and no more.
  mkdir "$work/bin"
  ln -s "$(command -v bash)" "$(command -v dirname)" "$work/bin"
  says 'Docker Compose v2 is missing' 'without Docker Compose it says so' env PATH="$work/bin" bash up.sh
  exits 64 'an argument that is none' ./up.sh sideways
  says 'is not in' 'without the password of a database that is there it refuses' env SECRETS_DIR="$work/other" ./up.sh
}

history_is_loaded() {
  section 'History'
  says '"kind":"history".*"inserted":12,.*"rejected":0,' 'all 12 departments' client --json batches --table departments
  says '"kind":"history".*"inserted":183,.*"rejected":0,' 'all 183 jobs' client --json batches --table jobs
  says '"first_row":1001,.*"inserted":968,.*"rejected":32,' 'of the last 1000 employees, 32 rejected' client --json batches --table employees
  says '^HTTP/1.. 200' 'ready' get /health/ready
}

new_records() {
  section 'New records'
  exits 0 'add-new-records departments: all inserted' client add-new-records departments
  exits 0 'add-new-records jobs: all inserted' client add-new-records jobs
  exits 2 'add-new-records employees: some rejected' client add-new-records employees
  says '0 of 12 rows are new; 12 were sent before \(8 inserted, 4 rejected\)' 'sent again: nothing is new' client add-new-records employees
  says 'Marcelo Gómez' 'get-by-id employees 2001' client get-by-id employees 2001
  exits 1 'get-by-id employees 2006: it was rejected' client get-by-id employees 2006
  says 'expected YYYY-MM-DDThh:mm:ssZ, got .*2027-08-29T00:0:1Z' 'rejected employees: says why' client --json rejected employees --all
  says 'Marcelo Gómez' 'the same with docker compose run' docker compose run --rm -T client get-by-id employees 2001
  says 'Marcelo Gómez' 'and with the program named' docker compose run --rm -T client client get-by-id employees 2001
  says 'Marcelo Gómez' 'and from the host' get /view/employees/2001
  exits 64 'a command that is none' client fly
}

files_come_in() {
  section 'Files into the client'
  printf '101,Archive\n102,Museum\n' >"$work/more.csv"
  chmod 0644 "$work/more.csv"
  claim 'docker cp FILE into /home/data' docker cp "$work/more.csv" "$(container client):/home/data/more.csv"
  says '2 of 2 rows inserted' 'its rows are sent' client add-new-records departments more.csv
  says 'read-only' 'docker cp elsewhere is refused' docker cp "$work/more.csv" "$(container client):/etc/more.csv"
  says '1 of 1 rows inserted' 'standard input' bash -c 'echo 103,Library | docker compose exec -T client client add-new-records departments -'
}

reports() {
  section 'Reports'
  says '^department,job,Q1,Q2,Q3,Q4' 'req1' client req1 --format csv
  says '^5,Engineering,' 'req2' client req2 --format csv
  claim 'their files are on the shared volume' \
    in_service client 'client req1 --format csv | cmp - /home/data/deliverables/req1.csv'
  says 'src="assets/plotly-' 'with pages for a browser' in_service client 'cat /home/data/deliverables/req2.html'
  says '<h1>Hired employees</h1>' 'and the home page from the host' get /
}

logs_are_shared() {
  section 'Logs on the shared volume'
  says 'rows inserted into employees' 'client reads what api logged' in_service client 'cat /home/data/logs/api_*.log'
  says 'rows inserted into employees' 'api reads what client logged' in_service api 'cat /home/data/logs/client_*.log'
  says '^10001:10001$' 'both write as one user' in_service client 'stat -c %u:%g /home/data/logs/* | sort -u'
  for folder in backups deliverables; do
    claim "api and client both write $folder" in_both "echo > /home/data/$folder/probe && rm /home/data/$folder/probe"
  done
}

in_both() { in_service api "$1" && in_service client "$1"; }

# load FIRST: 10,000 departments from a number on, 250 a load.
load() {
  in_service client "for from in \$(seq $1 250 $(($1 + 9999))); do
      seq \$from \$((from + 249)) | sed 's/\$/,Department/' | client add-new-records departments - || exit
    done"
}

killed_while_loading() {
  local loads=() n
  section 'Database and API killed while 8 clients load'
  for n in {1..8}; do
    load "${n}000000" >"$work/load.$n" 2>&1 </dev/null &
    loads+=($!)
  done
  claim 'rows come in' until_stored 1000
  claim 'the database is killed' docker compose kill db
  claim 'the API lives, but is not ready' until_ready_is 503
  claim 'the database is started again' docker compose start db
  claim 'and rows come in again' until_stored 20000
  claim 'the API is killed' docker compose kill api
  says '^[1-7][0-9]{4}$' 'before all rows are there' stored
  claim 'and is started again' docker compose start api
  for n in {1..8}; do
    claim "client $n has sent its 10,000 rows" wait "${loads[n - 1]}"
  done
  says '^80000$' 'every row is there, once' stored
  # One row came in by the standard input before.
  says '^80001$' 'and once in the ledger' query app db_password --protocol=socket \
    "SELECT SUM(inserted) FROM app._batches WHERE source = 'stdin'"
}

stored() {
  query app db_password --protocol=socket 'SELECT COUNT(*) FROM app.departments WHERE department_id >= 1000000'
}

# eventually COMMAND...: whether it succeeds within a minute.
eventually() {
  local deadline=$((SECONDS + 60))
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return
    sleep 0.1
  done
}

until_stored() { eventually has_stored "$1"; }
has_stored() { [ "$(stored)" -ge "$1" ]; }
until_ready_is() { eventually readiness_is "$1"; }
readiness_is() { get /health/ready | grep -q "^HTTP/1.. $1"; }

backup_and_restore() {
  local before
  section 'Backup and restore'
  exits 0 'all tables are backed up' client backup --all
  claim 'the files are on the shared volume' in_service client 'head -c 3 /home/data/backups/jobs/*.avro | grep -q Obj'
  before=$(hash_of employees)
  query app db_password --protocol=socket \
    "DELETE FROM app.employees WHERE employee_id < 500; UPDATE app.employees SET employee_name = 'x' WHERE employee_id > 1500"
  claim 'a table loses rows, and others are changed' test "$before" != "$(hash_of employees)"
  says 'rows added, 0 removed' 'a dry run tells what a restore would bring back' client restore employees --dry-run
  exits 0 'it is restored' client restore employees --yes
  claim 'and has its content hash again' test "$before" = "$(hash_of employees)"
  exits 0 'so is the table that it references' client restore departments --yes
}

hash_of() { get "/hash/$1" | grep -o '"content_hash":"[0-9a-f]*"'; }

down_and_up() {
  local before after
  section 'Down, and up again'
  before=$(everything)
  timed 'down' ./up.sh down
  exits 1 'no container is left' grep . <(docker compose ps --all --quiet)
  timed 'up again' ./up.sh
  after=$(everything)
  printf '%s\n' "$before" >"$work/before"
  claim 'the same rows, rejects and loads' diff "$work/before" <(printf '%s\n' "$after")
  says '; 3 were sent before' 'a file sent before is not stored twice' client add-new-records departments
  claim 'files on the volume are still there' in_service client 'test -f /home/data/more.csv'
}

# What the API shows, as text.
everything() {
  local table
  for table in departments jobs employees; do
    get "/view/$table?limit=1000" | sed '1,/^\r$/d'
    get "/rejected/$table?limit=1000" | sed '1,/^\r$/d'
  done
  get '/batches?limit=1000' | sed '1,/^\r$/d'
}

clean() {
  section 'Cleaning up'
  ./up.sh clean >"$work/clean" 2>&1
  claim 'nothing of the project is left' nothing_left
}

nothing_left() {
  local label=label=com.docker.compose.project=$COMPOSE_PROJECT_NAME
  ! {
    docker ps --all --filter "$label" --format '{{.Names}}'
    docker volume ls --filter "$label" --format '{{.Name}}'
    docker network ls --filter "$label" --format '{{.Name}}'
    docker image ls --filter "$label" --format '{{.Repository}} {{.ID}}'
  } | grep .
}
