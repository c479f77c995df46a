#!/usr/bin/env bash
# Builds and starts database, API and client in containers.
#   ./up.sh          makes passwords in secrets/ if there are none, builds, starts, waits until all is healthy
#   ./up.sh down     stops; the data stays
#   ./up.sh clean    removes this project's containers, networks, volumes and images: the data is gone
set -euo pipefail
cd "$(dirname "$0")"
secrets=${SECRETS_DIR:-secrets}

refuse() {
  echo "$*" >&2
  exit 1
}

docker compose version >/dev/null 2>&1 || refuse 'Docker Compose v2 is missing: "docker compose version" must work'
docker info >/dev/null 2>&1 || refuse 'the Docker daemon does not answer: "docker info" must work'
project=$(docker compose config | sed -n 's/^name: //p')

# secret NAME VALUE: kept under that name, unless there is one.
secret() {
  # The folder is for its owner only; the files in it are mounted into containers whose users are others.
  [ -s "$secrets/$1" ] || (umask 0333 && printf '%s\n' "$2" >"$secrets/$1")
}

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

up() {
  if [ ! -s "$secrets/db_password" ] && [ -n "$(docker volume ls --quiet \
    --filter "label=com.docker.compose.project=$project" --filter label=com.docker.compose.volume=db-data)" ]; then
    refuse "there is a database, and its password is not in $secrets/: put it back, or ./up.sh clean"
  fi
  mkdir -p "$secrets"
  chmod 0700 "$secrets"
  secret db_root_password "$(password)"
  secret db_password "$(password)"
  # Percent-encoded, so that any password will do.
  encoded=$(printf %s "$(cat "$secrets/db_password")" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g')
  secret database_url "mysql://app:$encoded@db:3306/app"

  docker compose build
  docker compose up --detach --wait || {
    docker compose logs --tail 3 db api >&2
    refuse 'it did not come up: the last lines above say why'
  }
  cat <<END

The API is on http://$(docker compose port api 8000). Three things to try:
  curl -s http://$(docker compose port api 8000)/view/departments
  docker compose exec client client add-new-records departments
  docker compose exec client client rejected employees --limit 5
END
}

case "${1:-up}" in
  up) up ;;
  down) docker compose down ;;
  clean)
    docker compose down --volumes --rmi local --remove-orphans
    # What earlier builds left: images of this project without a name.
    docker image prune --force --filter "label=com.docker.compose.project=$project" >/dev/null
    ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 64 ;;
esac
