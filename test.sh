#!/usr/bin/env bash
# Everything that can be tested here. What a suite needs and the machine lacks is installed from Debian's
# packages where that is possible; a suite that is left out is named with the reason, and with CI=true
# it is a failure.
#   ./test.sh               lint, unit, packages, instructions and compose: what must hold
#   ./test.sh lint          formatting, clippy, documentation, shell scripts
#   ./test.sh unit          the workspace's tests, on SQLite and MariaDB
#   ./test.sh packages      data packages of other people, compared with the verdicts of frictionless-py
#   ./test.sh instructions  instructions a row, compared with the committed figures
#   ./test.sh compose       the containers: their isolation, and the whole story
#   ./test.sh mysql         the conformance suite on MySQL, in a container
set -euo pipefail
cd "$(dirname "$0")"

left_out=()

step() { printf '\n== %s\n' "$*"; }

# leave_out SUITE REASON
leave_out() {
  left_out+=("$1: $2")
  printf 'LEFT OUT: %s: %s\n' "$1" "$2" >&2
}

# have COMMAND PACKAGE...: whether the command is there, after installing the packages if it can.
have() {
  local command=$1 sudo=; shift
  command -v "$command" >/dev/null && return
  command -v apt-get >/dev/null || return
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return
    sudo=sudo
  fi
  step "installing $*"
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@"
  command -v "$command" >/dev/null
}

lint() {
  step 'formatting'
  cargo fmt --all --check
  step 'clippy'
  cargo clippy --workspace --all-targets --locked -- -D warnings
  step 'documentation'
  RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
  if have shellcheck shellcheck; then
    step 'shell scripts'
    shellcheck -x up.sh test.sh .ci/run client/entrypoint.sh tests/*.sh tests/*/*.sh tests/*/*/*.sh
  else
    leave_out 'the check of shell scripts' 'shellcheck is missing and cannot be installed here'
  fi
}

# Programs of others that read, write and keep backups, in a folder of the build; tests/support/src/tools.rs finds them.
have_fastavro() {
  local python=target/tools/python/bin/python
  "$python" -c 'import fastavro' 2>/dev/null && return
  have python3 python3 python3-venv || return
  step 'installing fastavro'
  python3 -m venv target/tools/python && "$python" -m pip install --quiet 'fastavro[snappy,zstandard]==1.13.1'
}

have_s3_server() {
  [ -x target/tools/bin/s3s-fs ] && return
  step 'installing s3s-fs'
  cargo install --quiet s3s-fs --version 0.14.1 --locked --features binary --root target/tools
}

unit() {
  local engines=(sqlite mysql)
  # The tests start servers of their own in temporary folders: no service is installed.
  have mariadbd mariadb-server-core mariadb-client-core || {
    leave_out 'the conformance suite on MariaDB' 'mariadbd is missing and cannot be installed here'
    engines=(sqlite)
  }
  have chromedriver chromium chromium-driver ||
    leave_out 'the pages in a browser' 'chromedriver is missing and cannot be installed here'
  have strace strace || leave_out 'the order of system calls' 'strace is missing and cannot be installed here'
  have_fastavro || leave_out 'backups read and written by fastavro' 'it cannot be installed from PyPI here'
  have_s3_server || leave_out 'backups in a bucket' 's3s-fs cannot be built from its crate here'
  step 'tests of the workspace'
  # RUST_BACKTRACE would bury the reason of a failure under frames.
  RUST_BACKTRACE=0 cargo test --workspace --locked | tests/conformance.sh "${engines[@]}"
}

packages() {
  local folder=${PACKAGES:-../shared/packages} options=(--programs target/debug)
  have python3 python3 || {
    leave_out 'data packages of other people' 'python3 is missing and cannot be installed here'
    return
  }
  step 'the comparison with expected verdicts'
  cargo build --locked --quiet -p api -p client
  tests/packages/self_test target/debug
  step 'data packages of other people'
  # They are not part of the repository, so that a machine without them can pass.
  if [ -d "$folder" ]; then
    if have mariadbd mariadb-server-core mariadb-client-core; then
      options+=(--verify)
    else
      leave_out 'data packages of other people on MariaDB' 'mariadbd is missing and cannot be installed here'
    fi
    tests/packages/compare "${options[@]}" "$folder"
    step 'data packages of other people, described anew'
    tests/packages/describe --programs target/debug "$folder"
  else
    printf 'NOT RUN: there are no data packages in %s; PACKAGES names another folder\n' "$folder" >&2
  fi
}

instructions() {
  local code=0
  have valgrind valgrind || {
    leave_out 'instructions a row' 'valgrind is missing and cannot be installed here'
    return
  }
  step 'instructions a row'
  tests/bench/instructions.sh || code=$?
  # Figures of another compiler are not comparable. A new Rust must not stop a change that has nothing to do with it.
  [ "$code" = 77 ] || return "$code"
}

compose() {
  step 'containers'
  with_docker compose tests/compose/run.sh
}

mysql() {
  step 'the conformance suite on MySQL'
  RUST_BACKTRACE=0 with_docker mysql tests/images/mysql.sh bash -o pipefail -c \
    'cargo test --locked -p api -p client --test it -- --include-ignored mysql:: login:: engines:: | tests/conformance.sh mysql'
}

# with_docker SUITE COMMAND...
with_docker() {
  local suite=$1 code=0
  shift
  "$@" || code=$?
  if [ "$code" = 77 ]; then leave_out "$suite" 'there can be no Docker here'; else return "$code"; fi
}

have cc gcc libc6-dev || { echo 'a C compiler is needed to build SQLite: apt-get install gcc libc6-dev' >&2; exit 1; }

case "${1:-all}" in
  all) lint; unit; packages; instructions; compose ;;
  lint | unit | packages | instructions | compose | mysql) "$1" ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 64 ;;
esac

if [ ${#left_out[@]} -gt 0 ]; then
  printf '\n%d left out:\n' "${#left_out[@]}"
  printf '  %s\n' "${left_out[@]}"
  if [ "${CI:-}" = true ]; then exit 1; fi
fi
printf '\nall that was run has passed\n'
