#!/usr/bin/env bash
# Passes on the output of `cargo test`, and ends it with a table: how each claim ended on each engine.
#   cargo test -p api --test it | tests/conformance.sh ENGINE...     sqlite, mysql
# Exit codes: 0 every claim holds on every engine named, 1 one does not, or an engine did not run.
set -euo pipefail

awk -v engines="$*" '
{ print; fflush() }
/^engine / {
  sub(":", "", $2)
  server[$2] = substr($0, index($0, " " $2) + length($2) + 2)
}
# A claim has the name of its engine right before its own; a unit test in the folder of an engine has not.
$1 == "test" && $2 ~ /::(sqlite|mysql)::[^:]+$/ {
  engine = $2 ~ /::sqlite::/ ? "sqlite" : "mysql"
  claim = $2
  sub("::" engine "::", "::", claim)
  if (!(claim in seen)) { seen[claim] = 1; order[++claims] = claim }
  ended[claim, engine] = $NF
}
END {
  print "\n== conformance"
  columns = split(engines, engine_of, " ")
  for (c = 1; c <= columns; c++) {
    engine = engine_of[c]
    if (server[engine] == "" || server[engine] == "left out") { failed = 1; server[engine] = "did not run" }
    printf "%s: %s\n", engine, server[engine]
    header = header sprintf("%-8s", engine)
  }
  print header "claim"
  for (i = 1; i <= claims; i++) {
    line = ""
    for (c = 1; c <= columns; c++) {
      end = ended[order[i], engine_of[c]]
      if (end != "ok") failed = 1
      line = line sprintf("%-8s", end == "" ? "-" : end)
    }
    print line order[i]
  }
  printf "%d claims on %s: %s\n", claims, engines, failed || !claims ? "not all hold" : "all hold"
  exit failed || !claims
}'
