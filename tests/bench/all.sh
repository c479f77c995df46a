#!/usr/bin/env bash
# Every path beside its peer: in each round one after the other, in the same run. Prints the figures of each round to
# stderr, then the medians, ratios and peak memory as the table of docs/speed.md.
#   tests/bench/all.sh [NAME...] [ROWS] [ROUNDS]    all paths, or those that are named; 1000000 rows, 5 rounds
#   tests/bench/all.sh --list                       the names
set -euo pipefail
cd "$(dirname "$0")/../.."

names=() units=() whats=() measurements=() peers=() peer_measurements=()
path() {
  names+=("$1") units+=("$2") whats+=("$3") measurements+=("$4") peers+=("${5:-}") peer_measurements+=("${6:-}")
}
# shellcheck source=tests/bench/common.sh
. tests/bench/common.sh
# shellcheck source=tests/bench/engines.sh
. tests/bench/engines.sh
# shellcheck source=tests/bench/paths.sh
. tests/bench/paths.sh

if [ "${1:-}" = --list ]; then
  for i in "${!names[@]}"; do printf '%-16s %s\n' "${names[i]}" "${whats[i]}"; done
  exit
fi

# The indexes of the paths to run.
chosen=() numbers=()
for argument; do
  if [[ $argument =~ ^[1-9][0-9]*$ ]]; then numbers+=("$argument"); continue; fi
  found=
  for i in "${!names[@]}"; do
    if [ "${names[i]}" = "$argument" ]; then chosen+=("$i"); found=yes; fi
  done
  [ -n "$found" ] || { echo "there is no path \"$argument\"; use ${names[*]}" >&2; exit 64; }
done
[ ${#chosen[@]} -gt 0 ] || chosen=("${!names[@]}")
rows=${numbers[0]:-1000000} rounds=${numbers[1]:-5}

for i in "${chosen[@]}"; do
  for measurement in "${measurements[i]}" "${peer_measurements[i]}"; do
    case $measurement in
      *sqlite*) need sqlite3 sqlite3 ;;
      *mariadb*) need mariadbd mariadb-server; need mariadb mariadb-client ;;
      python*) need python3 python3 ;;
    esac
  done
done
need /usr/bin/time time
generate
mkdir "$work/parents" "$work/figures"
cp "$work"/data/{datapackage.json,departments.csv,jobs.csv} "$work/parents"

# of MEASUREMENT [WHAT]: the file of its figures, or of another value, a round a line.
of() { echo "$work/figures/${1// /_}${2:+.$2}"; }

# To be called by a measurement.
figure() { echo "$1" >> "$(of "$measurement")"; }
memory() { echo "$2" >> "$(of "$measurement" "$1")"; }

# measure MEASUREMENT: once in a round.
declare -A measured_in
measure() {
  local words
  measurement=$1
  [ -n "$1" ] && [ "${measured_in[$1]:-}" != "$round" ] || return 0
  measured_in[$1]=$round
  read -ra words <<< "$1"
  "${words[@]}"
  printf 'round %d: %-55s %10s\n' "$round" "$1" "$(tail -1 "$(of "$1")")" >&2
}

# rounded NUMBER: three significant digits, with commas between thousands.
rounded() {
  awk -v n="$1" 'BEGIN {
    unit = 1; while (n / unit >= 1000) unit *= 10
    if (n >= 100) text = sprintf("%d", int(n / unit + 0.5) * unit); else text = sprintf("%.3g", n)
    while (match(text, /[0-9][0-9][0-9][0-9](,|$)/)) text = substr(text, 1, RSTART) "," substr(text, RSTART + 1)
    print text
  }'
}

# ratios MEASUREMENT PEER: the ratio of the medians, then the lowest and highest of a round.
ratios() {
  ratio "$(median "$(of "$1")")" "$(median "$(of "$2")")"
  paste "$(of "$1")" "$(of "$2")" | awk '{ printf "%.2f\n", $1 / $2 }' | sort -n | sed -n '1p; $p'
}

# peaks MEASUREMENT: peak memory of each process.
peaks() {
  local process text=
  for process in server client; do
    [ -e "$(of "$1" "$process")" ] || continue
    text+="${text:+, }$process $(($(sort -n "$(of "$1" "$process")" | tail -1) / 1024)) MiB"
  done
  echo "$text"
}

# line INDEX: a row of the table.
line() {
  local own=${measurements[$1]} peer=${peer_measurements[$1]} peer_figure='' ratio=('' '' '') range=''
  if [ -n "$peer" ]; then
    mapfile -t ratio < <(ratios "$own" "$peer")
    peer_figure="$(rounded "$(median "$(of "$peer")")") ${units[$1]}"
    [ "$rounds" = 1 ] || range="${ratio[1]} to ${ratio[2]}"
  fi
  # shellcheck disable=SC2016 # these are Markdown's
  printf '| `%s`: %s | %s %s | %s | %s | %s | %s | %s |\n' "${names[$1]}" "${whats[$1]}" \
    "$(rounded "$(median "$(of "$own")")")" "${units[$1]}" "${peers[$1]}" "$peer_figure" "${ratio[0]}" "$range" "$(peaks "$own")"
}

for ((round = 1; round <= rounds; round++)); do
  for i in "${chosen[@]}"; do measure "${measurements[i]}"; measure "${peer_measurements[i]}"; done
done

printf 'Rounds: %d. Rows: %s.\n\n' "$rounds" "$(rounded "$rows")"
echo '| path | median | compared with | median | ratio | in single rounds | peak memory |'
echo '| --- | --- | --- | --- | --- | --- | --- |'
for i in "${chosen[@]}"; do line "$i"; done
