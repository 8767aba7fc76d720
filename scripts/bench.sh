#!/usr/bin/env bash
#
# Prints Mayfly's figures on this machine. Every figure is a ratio within one run, or says what it was run on.
# Load goes to loopback only and ends by itself after about twenty-five minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v wrk >/dev/null || ! command -v valgrind >/dev/null; then
    [ "$(id -u)" = 0 ] || { echo "bench: please install wrk and valgrind" >&2; exit 1; }
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends wrk valgrind >/dev/null
fi
echo "$(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(date -I)"
echo "== page views, acknowledged and durable"
cargo bench --locked --bench pageviews
scripts/instructions.sh
echo "== crash events, stored, for a minute"
cargo bench --locked --bench crashes
echo "== what a crash takes on disk"
cargo bench --locked --bench disk
echo "== nothing happens, for half a minute"
cargo bench --locked --bench idle
echo "== a start behind a long absence of ClickHouse"
cargo bench --locked --bench backlog
echo "== the pipeline without I/O"
cargo bench --locked --bench pipeline
echo "== the scrubber"
cargo bench --locked --bench scrub
echo "== well-behaved clients while the server is attacked (about six minutes)"
cargo bench --locked --bench hostile
echo "== page views as the table grows to a hundred million rows (about ten minutes)"
cargo bench --locked --bench growth
echo "== ten million crashes in 100,000 issues (about ten minutes)"
cargo bench --locked --bench issues
