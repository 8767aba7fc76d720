#!/usr/bin/env bash
#
# Runs the fuzz targets, guided by coverage, with the compiler that builds everything else.
#
#   scripts/fuzz.sh build                 builds them
#   scripts/fuzz.sh brief                 every target over its corpus and three seconds more; part of `make test`
#   scripts/fuzz.sh SECONDS [TARGET...]   so long for each target, on top of what earlier runs have kept in target/fuzz-kept
#
# With SANITIZER=address set, every crate is compiled with an address sanitizer: what reads or writes beyond its memory ends there,
# in dependencies as well.
#
# Only Mayfly's own code counts branches; dependencies are those that the tests are built with. An input that fails lies in
# fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "fuzz: error: $1" >&2
    exit 1
}

kept=target/fuzz-kept seconds=${1:-}
case $seconds in
    build) ;;
    brief) kept=$(mktemp -d) seconds=3 ;;
    "" | *[!0-9]*) fail "usage: scripts/fuzz.sh build|brief|SECONDS [TARGET...]" ;;
esac
shift
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(ls fuzz/fuzz_targets | sed 's/\.rs$//')

command -v c++ >/dev/null || fail "libFuzzer needs a C++ compiler (Debian: apt-get install g++)"
built=target/debug host=()
if [ -n "${SANITIZER:-}" ]; then
    # The compiler calls the option unstable; its runtime comes with every toolchain. Build scripts go without: hence the target.
    triple=$(rustc -vV | sed -n 's/^host: //p')
    built=target/$SANITIZER/$triple/debug host=(--target "$triple" --target-dir "target/$SANITIZER")
    export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=$SANITIZER"
fi
RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/count-branches.sh cargo build --locked --package mayfly-fuzz --bins "${host[@]}"
[ "$seconds" != build ] || exit 0

# run TARGET: says how many inputs were tried; what the target itself says is shown only if it fails.
run() {
    local target=$1 log=$kept/$1.log dictionary=()
    case $target in scrub_*) dictionary=(-dict=fuzz/scrub.dict) ;; esac
    mkdir -p "$kept/$target" "fuzz/artifacts/$target"
    "$built/$target" -max_total_time="$seconds" -timeout=20 -print_final_stats=1 \
        -artifact_prefix="fuzz/artifacts/$target/" "${dictionary[@]}" "$kept/$target" "fuzz/corpus/$target" \
        >"$log" 2>&1 || {
        tail -n 60 "$log" >&2
        fail "$target: an input fails; it lies in fuzz/artifacts/$target"
    }
    awk -v target="$target" '
        { for (at = 1; at < NF; at++) if ($at == "cov:") branches = $(at + 1) }
        /number_of_executed_units/ { inputs = $2 }
        END { printf "fuzz: %-18s %9d inputs, %6d branches\n", target, inputs, branches }' "$log"
}

for target in "${targets[@]}"; do run "$target"; done
