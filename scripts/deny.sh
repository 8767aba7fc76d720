#!/usr/bin/env bash
#
# Checks the licences, the sources and the bans of every dependency (deny.toml), those of the fuzz targets included.
# cargo-deny is compiled once, without optimisation (109 s of processor time), and kept in ${MAYFLY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mayfly}/tools.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
cache=${MAYFLY_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or MAYFLY_CACHE}/.cache}/mayfly}
tool=$cache/tools/cargo-deny-$version
if [ ! -x "$tool/bin/cargo-deny" ]; then
    echo "deny: cargo-deny $version is compiled, once" >&2
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    CARGO_TARGET_DIR=$work CARGO_PROFILE_DEV_DEBUG=0 \
        cargo install cargo-deny --version "$version" --locked --debug --quiet --root "$tool"
fi
"$tool/bin/cargo-deny" --workspace check --hide-inclusion-graph bans licenses sources
