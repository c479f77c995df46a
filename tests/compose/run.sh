#!/usr/bin/env bash
# The deployment as a user gets it, by ./up.sh, but under a name, a port and passwords of its own: what runs on
# this machine already is not touched. First the isolation, each claim beside its control, then the story.
#   tests/compose/run.sh                  public images where they can be pulled, else stand-ins
#   IMAGES=stand-ins tests/compose/run.sh
#   PROFILE=dist tests/compose/run.sh     the programs as shipped, not as quickly built
# Exit codes: 0 all claims hold, 1 some do not, 77 there can be no Docker here.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/../.."
for part in images/docker compose/claims compose/isolation compose/story; do
  # shellcheck source=/dev/null
  . "tests/$part.sh"
done

export COMPOSE_PROJECT_NAME=data-architecture-test
export PROFILE=${PROFILE:-quick}
# Docker picks a free port.
export API_PORT=0
work=$(mktemp -d)
export SECRETS_DIR=$work/secrets

leave() {
  if [ -n "${docker_ready:-}" ]; then
    ./up.sh clean >"$work/clean" 2>&1 || cat "$work/clean" >&2
  fi
  docker_down
  rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' INT TERM

# The bases that the Dockerfiles name, if all of them can be had; else stand-ins.
choose_images() {
  local base
  RUNTIME_IMAGE=$(sed -n 's/^ARG RUNTIME_IMAGE=//p' api/Dockerfile)
  while read -r base; do
    if [ "${IMAGES:-}" = stand-ins ] || ! can_be_had "$base"; then
      RUST_IMAGE=$(tests/images/build.sh rust) || return
      RUNTIME_IMAGE=$(tests/images/build.sh debian) || return
      DB_IMAGE=$(tests/images/build.sh mariadb) || return
      export RUST_IMAGE DB_IMAGE
      break
    fi
  done < <(sed -n 's/^ARG [A-Z]*_IMAGE=//p' {api,db}/Dockerfile)
  export RUNTIME_IMAGE
}

can_be_had() {
  docker image inspect "$1" >/dev/null 2>&1 || timeout 300 docker pull --quiet "$1" >/dev/null 2>&1
}

# timed WHAT COMMAND...: quiet, unless it fails.
timed() {
  local what=$1 from=$EPOCHREALTIME code=0
  shift
  "$@" >"$work/output" 2>&1 || code=$?
  if [ "$code" != 0 ]; then
    tail -40 "$work/output"
    echo "FAIL  $what: exit code $code"
    exit "$code"
  fi >&2
  awk -v what="$what" -v from="$from" -v to="$EPOCHREALTIME" 'BEGIN { printf "%s: %.1f s\n", what, to - from }'
}

section 'Docker and images'
one_at_a_time
docker_up
docker_ready=yes
./up.sh clean >/dev/null 2>&1
timed 'images to build from' choose_images
echo "${RUST_IMAGE:-public images} ${DB_IMAGE:-} $RUNTIME_IMAGE"
timed "up, with nothing there but cached layers (profile $PROFILE)" ./up.sh
tail -5 "$work/output"
docker image ls --filter "reference=$COMPOSE_PROJECT_NAME-*" --format '{{.Repository}}: {{.Size}}'

isolation
hardening
database_account
story
clean
summary
