# shellcheck shell=bash
# To be sourced: Docker for tests. What is missing comes from Debian's packages; what was started is stopped.
#   one_at_a_time waits for other runs: names are fixed, so that what a killed run left is removed by the next
#   docker_up     a daemon that answers, `docker compose` and `docker buildx`; starts dockerd if none runs
#   docker_down   stops the daemon if docker_up started it, unless others have started containers in it meanwhile

# Beside cargo's output: ignored by git, kept between runs.
docker_state=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/target/docker
docker_pid=
# Containers that came up with the daemon, as their owners have told it.
docker_found=

# There can be no Docker here: test.sh tells this exit code from a failed test.
no_docker() {
  echo "no Docker: $*" >&2
  exit 77
}

one_at_a_time() {
  exec 9>"${TMPDIR:-/tmp}/data-architecture-test-$UID.lock"
  flock 9
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# provide COMMAND PACKAGE: installs the package if the command is missing.
provide() {
  command -v "$1" >/dev/null && return
  command -v apt-get >/dev/null || no_docker "$1 is missing, and this is no Debian to install $2 from"
  as_root true 2>/dev/null || no_docker "$1 is missing, and installing $2 needs root"
  echo "installing $2" >&2
  as_root apt-get update -qq >&2
  # With what it recommends: docker.io without apparmor starts no container where the kernel has AppArmor.
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq "$2" >&2
}

# The mirror that this host's apt uses; empty if it is no Debian.
debian_mirror() {
  # shellcheck disable=SC2016 # $(...) is apt's own
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' 2>/dev/null | awk '$1 == "Debian" { print $2; exit }' || true
}

docker_up() {
  local installed=
  command -v docker >/dev/null || installed=yes
  provide docker docker.io
  if ! docker info >/dev/null 2>&1; then
    start_dockerd
  elif [ -n "$installed" ]; then
    docker_pid=service
  fi
  if ! docker compose version >/dev/null 2>&1 || ! docker buildx version >/dev/null 2>&1; then
    plugins
  fi
}

start_dockerd() {
  [ -z "${DOCKER_HOST:-}" ] || no_docker "DOCKER_HOST=$DOCKER_HOST does not answer"
  [ "$(id -u)" = 0 ] || no_docker 'the daemon does not answer, and starting one needs root'
  provide dockerd docker.io
  mkdir -p "$docker_state"
  setsid dockerd >"$docker_state/dockerd.log" 2>&1 </dev/null 9>&- &
  docker_pid=$!
  for _ in $(seq 60); do
    if docker info >/dev/null 2>&1; then
      docker_found=$(docker ps --quiet)
      return
    fi
    kill -0 "$docker_pid" 2>/dev/null || break
    sleep 0.5
  done
  tail -3 "$docker_state/dockerd.log" >&2
  docker_down
  no_docker "dockerd does not start; see $docker_state/dockerd.log"
}

docker_down() {
  [ -n "$docker_pid" ] || return 0
  local others
  others=$(docker ps --quiet | grep -vxFe "$docker_found" || true)
  if [ -n "$others" ]; then
    echo 'dockerd is left running: others have started containers in it' >&2
    return
  fi
  if [ "$docker_pid" = service ]; then
    if [ -d /run/systemd/system ]; then
      as_root systemctl stop docker.socket docker.service containerd.service
    else
      as_root service docker stop
    fi
  elif [ "$(cat "/proc/$docker_pid/comm" 2>/dev/null)" = dockerd ] && kill "$docker_pid"; then
    for _ in $(seq 60); do
      kill -0 "$docker_pid" 2>/dev/null || break
      sleep 0.5
    done
  fi
  docker_pid=
}

# Compose v2 and buildx of Debian trixie, unpacked and not installed: bookworm has neither.
plugins() {
  local config=$docker_state/config
  export DOCKER_CONFIG=$config
  if docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; then return; fi
  command -v apt-get >/dev/null || no_docker 'Docker Compose v2 or buildx is missing, and this is no Debian to take it from'
  echo 'Docker Compose v2 and buildx from Debian trixie' >&2
  local work mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
  work=$(mktemp -d)
  mirror=$(debian_mirror)
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$config/cli-plugins"
  echo "deb [signed-by=$keys] ${mirror:-http://deb.debian.org/debian} trixie main" >"$work/sources"
  local apt=(apt-get -qq -o "Dir::Etc::SourceList=$work/sources" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
    -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false -o Acquire::Languages=none)
  (
    cd "$work" || exit
    "${apt[@]}" update
    "${apt[@]}" download docker-compose docker-buildx
    for package in docker-*.deb; do dpkg-deb -x "$package" unpacked; done
    cp unpacked/usr/libexec/docker/cli-plugins/docker-* "$config/cli-plugins/"
  ) >&2
  rm -rf "$work"
  docker compose version >/dev/null || no_docker 'Docker Compose v2 cannot be had'
}
