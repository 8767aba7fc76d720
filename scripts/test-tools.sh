#!/usr/bin/env bash
#
# Tools that the tests call and a bare machine may lack: faketime (a shifted clock), strace (system calls that fail), curl, openssl,
# cargo-nextest, a C++ compiler (libFuzzer), and Debian's ClickHouse of 2018, which the server must refuse.
# Installed from Debian and from the Rust registry when they are missing and this runs as root.
set -euo pipefail

fail() {
    echo "test-tools: error: $1" >&2
    exit 1
}

missing=()
command -v faketime >/dev/null || missing+=(faketime)
command -v curl >/dev/null || missing+=(curl)
command -v openssl >/dev/null || missing+=(openssl)
command -v strace >/dev/null || missing+=(strace)
command -v c++ >/dev/null || missing+=(g++)
command -v clickhouse-server >/dev/null || missing+=(clickhouse-server)
if [ ${#missing[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || fail "please install: ${missing[*]}"
    echo "test-tools: installing ${missing[*]}" >&2
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
cargo nextest --version >/dev/null 2>&1 || cargo install cargo-nextest --locked --version 0.9.143
