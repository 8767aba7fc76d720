#!/usr/bin/env bash
#
# The compiler, for the project's own crates as fuzz targets: libFuzzer sees which branches an input takes. Called by cargo
# (RUSTC_WORKSPACE_WRAPPER), which keeps what comes out apart from everything else. Dependencies are compiled as ever.
exec "$@" -Copt-level=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0
