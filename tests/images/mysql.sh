#!/usr/bin/env bash
# Real MySQL 9.7, of Debian's unstable, in a container on a free port of the loopback.
#   url=$(tests/images/mysql.sh start)     root's URL, once it answers; a container left behind is replaced
#   tests/images/mysql.sh stop             removes it, and stops the daemon if start started it
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/images/docker.sh
. "$here/docker.sh"
name=data-architecture-test-mysql
# What start has to tell stop: the daemon that it started.
note=$docker_state/mysql

start() {
  local image password
  docker_up
  mkdir -p "$docker_state"
  [ -z "$docker_pid" ] || echo "$docker_pid" >"$note"
  trap stop ERR
  image=$("$here/build.sh" mysql)
  password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
  docker rm --force --volumes "$name" >/dev/null 2>&1 || true
  MYSQL_ROOT_PASSWORD=$password docker run --detach --name "$name" --publish 127.0.0.1::3306 \
    --env MYSQL_ROOT_PASSWORD --env MYSQL_DATABASE=app --env MYSQL_USER=app --env MYSQL_PASSWORD="$password" \
    "$image" --innodb-buffer-pool-size=256M --performance-schema=OFF --max-allowed-packet=64M >/dev/null
  for _ in $(seq 120); do
    if docker exec --env MYSQL_PWD="$password" "$name" mysql --protocol=tcp -h127.0.0.1 -uroot -e 'SELECT 1' >/dev/null 2>&1; then
      echo "mysql://root:$password@$(docker port "$name" 3306)/app"
      return
    fi
    sleep 0.5
  done
  docker logs --tail 5 "$name" >&2
  return 1
}

stop() {
  docker rm --force --volumes "$name" >/dev/null 2>&1 || true
  if [ -f "$note" ]; then
    docker_pid=$(cat "$note")
    rm "$note"
    docker_down
  fi
}

case "${1:-}" in
  start | stop) "$1" ;;
  *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
