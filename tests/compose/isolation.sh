# shellcheck shell=bash disable=SC2154 # what run.sh sets
# To be sourced: who reaches whom, and what a container may do. Probes run from one image, in the network
# namespace of a service's own container; what is refused there is granted to the same probe elsewhere.

container() { docker compose ps --quiet "$1"; }

# address SERVICE NETWORK
address() {
  docker inspect --format "{{(index .NetworkSettings.Networks \"${COMPOSE_PROJECT_NAME}_$2\").IPAddress}}" "$(container "$1")"
}

gateway() {
  docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' "${COMPOSE_PROJECT_NAME}_$1"
}

# probe WHERE COMMAND...: WHERE is a service, or a network to join.
probe() {
  local where=$1 network
  shift
  case $where in
    *-net) network=${COMPOSE_PROJECT_NAME}_$where ;;
    *) network=container:$(container "$where") ;;
  esac
  docker run --rm --network "$network" "$RUNTIME_IMAGE" "$@"
}

# Exit codes: 0 connected, 1 refused, 124 no answer. Docker's own failures are others.
# shellcheck disable=SC2016 # expanded by the bash within
connect='exec 3<>"/dev/tcp/$1/$2"'
reach() { probe "$1" timeout 3 bash -c "$connect" - "$2" "$3"; }
resolve() { probe "$1" getent hosts "$2"; }
blocked='1|124'
unknown=2

# reach_published WHERE GATEWAY: something that listens in a network of its own, and is published there.
reach_published() {
  local container address code=0
  container=$(docker run --detach --rm --publish "$2::8000" "$COMPOSE_PROJECT_NAME-api" \
    --bind 0.0.0.0:8000 --database-url sqlite:///tmp/app.db --log-dir /tmp --data-package /srv/data/datapackage.json)
  address=$(docker port "$container" 8000)
  reach "$1" "${address%:*}" "${address#*:}" || code=$?
  docker kill "$container"
  return "$code"
}

networks_of() {
  docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$(container "$1")"
}
published() { docker inspect --format '{{json .HostConfig.PortBindings}}' "$(container "$1")"; }
internal() { docker network inspect --format '{{.Internal}}' "${COMPOSE_PROJECT_NAME}_$1"; }

# The host's own view of the API.
get() {
  local answer api
  api=$(docker compose port api 8000)
  exec 3<>"/dev/tcp/${api%:*}/${api#*:}"
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3
  answer=$(cat <&3)
  exec 3>&-
  echo "$answer"
}

isolation() {
  local project=$COMPOSE_PROJECT_NAME db_back api_back api_front front_gateway name
  db_back=$(address db back-net) api_back=$(address api back-net) api_front=$(address api front-net)
  front_gateway=$(gateway front-net)

  section 'Isolation: as it is declared'
  says "^${project}_back-net $" 'db is on back-net only' networks_of db
  says "^${project}_front-net $" 'client is on front-net only' networks_of client
  says "^${project}_back-net ${project}_front-net $" 'api is on both' networks_of api
  says '^true$' 'back-net is internal' internal back-net
  says '^false$' 'front-net is not' internal front-net
  says '^\{\}$' 'db publishes no port' published db
  says '^\{\}$' 'client publishes no port' published client
  says '^\{"8000/tcp":\[\{"HostIp":"127.0.0.1","HostPort":"[0-9]*"\}\]\}$' 'api publishes one, on the loopback' published api

  section 'Isolation: controls, which must succeed'
  claim 'a probe on back-net resolves db' resolve back-net db
  claim 'a probe on back-net reaches db by name' reach back-net db 3306
  claim 'a probe on back-net reaches db by address' reach back-net "$db_back" 3306
  claim 'api resolves db' resolve api db
  claim 'api reaches db by name' reach api db 3306
  claim 'client resolves api' resolve client api
  claim 'client reaches api by name' reach client api 8000
  claim 'client reaches api by its address on front-net' reach client "$api_front" 8000
  claim 'api resolves client' resolve api client
  claim 'client reaches what is published on the gateway of front-net' reach_published client "$front_gateway"
  claim 'api reaches it as well' reach_published api "$front_gateway"
  says '^HTTP/1.. 200' 'the host reaches api on the published port' get /health/live

  section 'Isolation: what must fail'
  for name in db "$project-db-1" "db.${project}_back-net"; do
    exits "$unknown" "client does not resolve $name" resolve client "$name"
  done
  exits "$blocked" 'client does not reach db by address' reach client "$db_back" 3306
  exits "$blocked" 'client does not reach api by its address on back-net' reach client "$api_back" 8000
  exits "$blocked" 'client does not reach db through the gateway of front-net' reach client "$front_gateway" 3306
  exits "$blocked" 'client does not reach db through the gateway of back-net' reach client "$(gateway back-net)" 3306
  exits "$unknown" 'a new container on front-net does not resolve db' resolve front-net db
  exits "$blocked" 'a new container on front-net does not reach db by address' reach front-net "$db_back" 3306
  exits "$unknown" 'db does not resolve client' resolve db client
  exits "$blocked" 'db does not reach api by its address on front-net' reach db "$api_front" 8000
  exits "$blocked" 'db does not reach what is published on the gateway of front-net' reach_published db "$front_gateway"
}

# in_service SERVICE SCRIPT
in_service() { docker compose exec -T "$1" sh -c "$2"; }

hardening() {
  local service
  section 'What the containers may do'
  for service in db api client; do
    says '^[1-9][0-9]*$' "$service: is not root" in_service "$service" 'id -u'
    says '^CapPrm:\s0+$' "$service: has no capability" in_service "$service" 'cat /proc/1/status'
    says '^CapBnd:\s0+$' "$service: can get none" in_service "$service" 'cat /proc/1/status'
    says '^NoNewPrivs:\s1$' "$service: can get no privilege" in_service "$service" 'cat /proc/1/status'
    says 'Read-only file system' "$service: cannot write its root" in_service "$service" 'echo > /file'
    claim "$service: can write /tmp" in_service "$service" 'echo > /tmp/file && rm /tmp/file'
    says '^[1-9][0-9]* [1-9][0-9]* true$' "$service: has limits of memory and processes, and an init" \
      docker inspect --format '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.Init}}' "$(container "$service")"
    exits 1 "$service: no password in its settings or in its output" \
      grep -F -f <(passwords) <(docker inspect "$(container "$service")"; docker compose logs "$service" 2>&1)
  done
  for service in api client; do
    says '^uid=10001\(app\) gid=10001\(app\)' "$service: is the user app, whose the shared volume is" in_service "$service" id
  done
  exits 1 'no password in the logs on the volume' in_service client "grep -rF '$(tail -1 "$SECRETS_DIR/db_password")' /home/data/logs"
  claim 'client has no secret' in_service client 'test ! -e /run/secrets'
  says '^700( 444){3}$' 'secrets: a folder for its owner, files for every container' \
    echo "$(stat -c %a "$SECRETS_DIR" "$SECRETS_DIR"/* | tr '\n' ' ' | sed 's/ $//')"
}

# As they are, and as the URL has them.
passwords() {
  cat "$SECRETS_DIR"/db_*
  sed 's/.*:\(.*\)@.*/\1/' "$SECRETS_DIR/database_url"
}

# query USER SECRET OPTIONS STATEMENT
query() {
  in_service db "MYSQL_PWD=\$(cat /run/secrets/$2) mariadb $3 -u $1 -Ne \"$4\""
}

database_account() {
  local tcp='--protocol=tcp -h 127.0.0.1' socket='--protocol=socket'
  section 'What the account of the API may do'
  says '^app information_schema $' 'sees its one schema' echo "$(query app db_password "$tcp" 'SHOW DATABASES' | sort | tr '\n' ' ')"
  claim 'makes tables in it' query app db_password "$tcp" 'CREATE TABLE app._probe (x INT PRIMARY KEY); DROP TABLE app._probe'
  says 'denied' 'makes no schema' query app db_password "$tcp" 'CREATE DATABASE other'
  says 'denied' 'reads no accounts' query app db_password "$tcp" 'SELECT * FROM mysql.user'
  says 'denied' 'grants nothing' query app db_password "$tcp" 'GRANT SELECT ON app.* TO other@localhost'
  says 'denied' 'reads no files' query app db_password "$tcp" "SELECT 1 INTO OUTFILE '/tmp/probe'"
  says 'denied' 'a wrong password is refused' query app db_root_password "$tcp" 'SELECT 1'
  claim 'root logs in on the socket' query root db_root_password "$socket" 'SELECT 1'
  says 'denied' 'root does not log in over the network' query root db_root_password "$tcp" 'SELECT 1'
  says '^utf8mb4 \+00:00' 'the server is in UTC and UTF-8' \
    query app db_password "$tcp" "SELECT CONCAT(@@character_set_server, ' ', @@global.time_zone)"
}
