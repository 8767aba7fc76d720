#!/usr/bin/env bash
#
# Prints how many instructions a page view takes beside bare hyper's 204, counted by callgrind: the same on every machine.
# The engine is another process and not counted.
# Takes the bench `pageviews` as built by `cargo bench --no-run`, and ends by itself after a minute.
set -euo pipefail
cd "$(dirname "$0")/.."

bench=$(ls -t target/release/deps/pageviews-* | grep -v '\.d$' | head -1)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
"$bench" --script >"$work/request.lua"

# instructions NAME COMMAND…: of one request to a server that says where it listens
instructions() {
    local name=$1 address= requests counted
    shift
    valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file="$work/$name" "$@" >"$work/$name.log" 2>&1 &
    local server=$!
    until address=$(sed -n 's/.*listens on //p' "$work/$name.log" | head -1) && [ -n "$address" ]; do sleep 0.2; done
    wrk -t1 -c64 -d3s -s "$work/request.lua" "http://$address/" >/dev/null
    callgrind_control -i on $server >/dev/null
    requests=$(wrk -t1 -c64 -d10s -s "$work/request.lua" "http://$address/" | sed -n 's/ *\([0-9]*\) requests in.*/\1/p')
    callgrind_control -i off $server >/dev/null
    callgrind_control -d $server >/dev/null
    kill $server
    wait $server 2>/dev/null || true
    counted=$(cat "$work/$name" "$work/$name".* 2>/dev/null | sed -n 's/^\(summary\|totals\): *//p' | sort -n | tail -1)
    echo $((counted / requests))
}

bare=$(instructions bare "$bench" --bare)
mayfly=$(instructions mayfly target/release/mayfly serve --listen 127.0.0.1:0 --data "$work/data")
echo "instructions a page view: bare $bare, Mayfly $mayfly, ratio $(awk "BEGIN { printf \"%.2f\", $mayfly / $bare }")"
