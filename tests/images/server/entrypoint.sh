#!/bin/bash
# Does what the official entrypoints do with MYSQL_ROOT_PASSWORD, MYSQL_ROOT_HOST, MYSQL_DATABASE, MYSQL_USER and
# MYSQL_PASSWORD, each also as *_FILE, and with /docker-entrypoint-initdb.d/*.sql.
set -euo pipefail
data=/var/lib/mysql socket=/run/mysqld/mysqld.sock

if [ "$(id -u)" = 0 ]; then
  chown mysql: "$data" /run/mysqld
  exec setpriv --reuid mysql --regid mysql --init-groups -- "$0" "$@"
fi

setting() {
  local file=$1_FILE
  if [ -n "${!file:-}" ]; then cat "${!file}"; else printf %s "${!1:-}"; fi
}

# A text as SQL writes it.
quoted() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\\\'}"
}

if command -v mariadbd >/dev/null; then
  server=(mariadbd) client=(mariadb)
  install_db() {
    mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve
  }
else
  server=(mysqld) client=(mysql)
  install_db() { mysqld --initialize-insecure --datadir="$data"; }
fi
server+=(--datadir="$data" --socket="$socket" "$@")
client+=(--protocol=socket --socket="$socket" -uroot)

first_start() {
  local root_password root_host database user password temporary
  root_password=$(setting MYSQL_ROOT_PASSWORD)
  root_host=$(setting MYSQL_ROOT_HOST)
  root_host=${root_host:-%}
  database=$(setting MYSQL_DATABASE)
  user=$(setting MYSQL_USER)
  password=$(setting MYSQL_PASSWORD)
  [ -n "$root_password" ] || { echo 'MYSQL_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD_FILE is needed' >&2; exit 1; }
  install_db >/dev/null
  # Without TCP: who connects by TCP finds the finished server only.
  "${server[@]}" --skip-networking &
  temporary=$!
  until "${client[@]}" -e 'SELECT 1' >/dev/null 2>&1; do
    kill -0 "$temporary"
    sleep 0.2
  done
  if command -v mariadbd >/dev/null; then
    # mariadb-install-db leaves accounts without a password beside root@localhost.
    "${client[@]}" -e "DELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys' AND (User, Host) <> ('root', 'localhost');
      DELETE FROM mysql.proxies_priv; FLUSH PRIVILEGES"
  fi
  "${client[@]}" <<SQL
CREATE DATABASE \`$database\`;
CREATE USER $(quoted "$user")@'%' IDENTIFIED BY $(quoted "$password");
GRANT ALL ON \`${database//_/\\_}\`.* TO $(quoted "$user")@'%';
SQL
  for script in /docker-entrypoint-initdb.d/*.sql; do
    [ ! -f "$script" ] || "${client[@]}" "$database" <"$script"
  done
  if [ "$root_host" != localhost ]; then
    "${client[@]}" <<SQL
CREATE USER root@$(quoted "$root_host") IDENTIFIED BY $(quoted "$root_password");
GRANT ALL ON *.* TO root@$(quoted "$root_host") WITH GRANT OPTION;
SQL
  fi
  "${client[@]}" <<<"ALTER USER root@localhost IDENTIFIED BY $(quoted "$root_password");"
  kill "$temporary"
  wait "$temporary" || true
}

[ -d "$data/mysql" ] || first_start
unset MYSQL_ROOT_PASSWORD MYSQL_PASSWORD
exec "${server[@]}"
