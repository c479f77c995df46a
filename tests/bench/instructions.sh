#!/usr/bin/env bash
# Instructions a row of each pure part (dictionary/benches/parts), counted by callgrind on data/employees.csv and
# compared with tests/bench/instructions.txt. It fails where a part takes over 5 % more than is committed, and exits
# with 77 where the committed figures are those of another compiler, which are not comparable.
#   tests/bench/instructions.sh             compare
#   UPDATE=1 tests/bench/instructions.sh    rewrite the committed figures
set -euo pipefail
cd "$(dirname "$0")/../.."
committed=tests/bench/instructions.txt
allowed=5 # percent

rustc=$(rustc --version --verbose | awk '/^release:/ { release = $2 } /^host:/ { host = $2 } END { print release, host }')
measured_with=$(sed -n 's/^# rustc //p' "$committed" 2>/dev/null || true)
if [ -z "${UPDATE:-}" ] && [ "$rustc" != "$measured_with" ]; then
  echo "$committed is of rustc $measured_with, and this is rustc $rustc; measure it again: UPDATE=1 $0" >&2
  exit 77
fi

program=$(cargo bench --locked --quiet -p dictionary --bench parts --no-run --message-format=json |
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')

# count PART: instructions a row.
count() {
  local rows instructions
  rows=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*parts*collected*' \
    "$program" --once "$1" 2> "$log") || { cat "$log" >&2; return 1; }
  instructions=$(sed -n 's/.*Collected : //p' "$log")
  [ "${instructions:-0}" -gt 0 ] || { echo "callgrind has counted nothing of $1: is collected() inlined?" >&2; return 1; }
  echo "$((instructions / rows))"
}

log=$(mktemp) now=$(mktemp)
trap 'rm -f "$log" "$now"' EXIT
{
  echo '# Instructions a row of each pure part; UPDATE=1 tests/bench/instructions.sh rewrites this file.'
  echo "# rustc $rustc"
  for part in $("$program" --list); do
    instructions=$(count "$part")
    printf '%-14s %6d\n' "$part" "$instructions"
  done
} > "$now"

if [ -n "${UPDATE:-}" ]; then
  cp "$now" "$committed"
  cat "$committed"
  exit
fi

awk -v allowed="$allowed" -v file="$committed" '
  /^#/ { next }
  FNR == NR { before[$1] = $2; next }
  {
    if (!($1 in before)) { printf "%-14s %6d instructions a row, not in %s\n", $1, $2, file; failed = 1; next }
    change = ($2 / before[$1] - 1) * 100
    printf "%-14s %6d instructions a row, committed %6d, %+.1f %%\n", $1, $2, before[$1], change
    if (change > allowed) { slower = slower " " $1; failed = 1 }
    if (change < -1) faster = faster " " $1
    delete before[$1]
  }
  END {
    for (part in before) { printf "%s is in %s and is no part any more\n", part, file; failed = 1 }
    if (slower) print "more than " allowed " % above the committed figures:" slower
    if (faster) print "faster than committed:" faster "; commit it: UPDATE=1 tests/bench/instructions.sh"
    exit failed
  }' "$committed" "$now"
