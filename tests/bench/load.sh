#!/usr/bin/env bash
# Load on a release build: 200 connections post batches of 1000 rows, 200 read. Statuses, p50, p99 and memory, on
# SQLite and, where mariadbd is installed, on MariaDB.
#   tests/bench/load.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."

SECONDS_OF_LOAD=${1:-60} cargo test --release --locked -p api --test it load_test:: -- --test-threads=1 | grep -o 'load on.*'
