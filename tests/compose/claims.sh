# shellcheck shell=bash disable=SC2154 # what run.sh sets
# To be sourced: claims, each printed with what became of it.
claims=0 failed=0

section() { printf '\n== %s\n' "$*"; }

# outcome PASSED CLAIM: with the output of what was run, if it failed.
outcome() {
  claims=$((claims + 1))
  if [ "$1" = yes ]; then
    printf 'ok    %s\n' "$2"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$2"
    sed 's/^/      | /' "$work/output"
  fi
}

# exits CODES CLAIM COMMAND...: CODES as an extended regular expression.
exits() {
  local codes=$1 claim=$2 code=0
  shift 2
  "$@" >"$work/output" 2>&1 </dev/null || code=$?
  if [[ $code =~ ^($codes)$ ]]; then outcome yes "$claim"; else echo "exit code $code" >>"$work/output"; outcome no "$claim"; fi
}

claim() { exits 0 "$@"; }

# says PATTERN CLAIM COMMAND...: what it prints matches an extended regular expression, whatever its exit code.
says() {
  local pattern=$1 claim=$2
  shift 2
  "$@" >"$work/output" 2>&1 </dev/null || true
  if grep -qE -- "$pattern" "$work/output"; then outcome yes "$claim"; else echo "expected /$pattern/" >>"$work/output"; outcome no "$claim"; fi
}

summary() {
  printf '\n%d claims, %d failed\n' "$claims" "$failed"
  [ "$failed" = 0 ]
}
