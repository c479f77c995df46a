#!/usr/bin/env bash
# Runs a command beside real MySQL 9.7, of Debian's unstable, in a container on a free port of the loopback.
#   tests/images/mysql.sh COMMAND...     TEST_MYSQL_URL is root's URL
# Exit codes: the command's, or 77 if there can be no Docker here.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/images/docker.sh
. "$here/docker.sh"
name=data-architecture-test-mysql

leave() {
  docker rm --force --volumes "$name" >/dev/null 2>&1 || true
  docker_down
}

answers() {
  docker exec --env MYSQL_PWD="$password" "$name" mysql --protocol=tcp -h127.0.0.1 -uroot -e 'SELECT 1' >/dev/null 2>&1
}

[ $# -gt 0 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 64; }
one_at_a_time
docker_up
trap leave EXIT
trap 'exit 130' INT TERM
image=$("$here/build.sh" mysql)
password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
docker rm --force --volumes "$name" >/dev/null 2>&1 || true
MYSQL_ROOT_PASSWORD=$password MYSQL_PASSWORD=$password docker run --detach --name "$name" \
  --publish 127.0.0.1::3306 --env MYSQL_ROOT_PASSWORD --env MYSQL_DATABASE=app --env MYSQL_USER=app --env MYSQL_PASSWORD \
  "$image" --innodb-buffer-pool-size=256M --performance-schema=OFF --max-allowed-packet=64M --max-connections=400 >/dev/null
for _ in $(seq 120); do
  if answers; then break; fi
  sleep 0.5
done
answers || { docker logs --tail 5 "$name" >&2; exit 1; }
TEST_MYSQL_URL=mysql://root:$password@$(docker port "$name" 3306) "$@"
