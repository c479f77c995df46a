#!/usr/bin/env bash
# The deployment as a user gets it, by ./up.sh, but under a name, a port and passwords of its own: what runs on
# this machine already is not touched. First the isolation, each claim beside its control, then the story.
#   tests/compose/run.sh              public images where they can be pulled, else stand-ins
#   IMAGES=stand-ins tests/compose/run.sh
#   PROFILE=dist tests/compose/run.sh     the images as shipped, optimised to the end; release otherwise
# Exit codes: 0 all claims hold, 1 some do not, 77 there can be no Docker here.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/../.."
# shellcheck source=tests/images/docker.sh
. tests/images/docker.sh
# shellcheck source=tests/compose/claims.sh
. tests/compose/claims.sh
# shellcheck source=tests/compose/isolation.sh
. tests/compose/isolation.sh
# shellcheck source=tests/compose/story.sh
. tests/compose/story.sh

export COMPOSE_PROJECT_NAME=data-architecture-test
export PROFILE=${PROFILE:-release}
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

# Public images as compose.yaml names them, if all can be pulled; else stand-ins.
choose_images() {
  local image public=yes
  [ "${IMAGES:-}" != stand-ins ] || public=
  while read -r image; do
    [ -n "$public" ] || break
    docker image inspect "$image" >/dev/null 2>&1 || timeout 300 docker pull --quiet "$image" >/dev/null 2>&1 || public=
  done < <(sed -n 's/^ *[A-Z]*_IMAGE: ${[A-Z_]*:-\(.*\)}$/\1/p' compose.yaml)
  if [ -n "$public" ]; then
    RUNTIME_IMAGE=$(sed -n 's/^ *RUNTIME_IMAGE: ${[A-Z_]*:-\(.*\)}$/\1/p' compose.yaml)
    echo 'public images'
  else
    RUST_IMAGE=$(tests/images/build.sh rust) || return
    RUNTIME_IMAGE=$(tests/images/build.sh debian) || return
    DB_IMAGE=$(tests/images/build.sh mariadb) || return
    export RUST_IMAGE DB_IMAGE
    echo "stand-ins: $RUST_IMAGE $RUNTIME_IMAGE $DB_IMAGE"
  fi
  export RUNTIME_IMAGE
}

# timed WHAT COMMAND...: quiet, unless it fails.
timed() {
  local what=$1 from=$EPOCHREALTIME code=0
  shift
  "$@" >"$work/output" 2>&1 || code=$?
  if [ "$code" != 0 ]; then
    tail -40 "$work/output"
    docker compose logs --tail 20
    echo "FAIL  $what"
    exit "$code"
  fi >&2
  awk -v what="$what" -v from="$from" -v to="$EPOCHREALTIME" 'BEGIN { printf "%s: %.1f s\n", what, to - from }'
}

section 'Docker and images'
docker_up
docker_ready=yes
./up.sh clean >/dev/null 2>&1
timed 'images to build from' choose_images
tail -1 "$work/output"
timed "build ($PROFILE)" docker compose build
timed 'cold up (everything built, nothing running, no volumes)' ./up.sh
tail -5 "$work/output"
for service in db api client; do
  docker image inspect --format "{{.Size}}" "$COMPOSE_PROJECT_NAME-$service" |
    awk -v service="$service" '{ printf "image of %s: %.0f MB\n", service, $1 / 1000000 }'
done

isolation
hardening
database_account
story

section 'Cleaning up'
./up.sh clean >"$work/clean" 2>&1
claim 'nothing of the project is left' nothing_left
summary
