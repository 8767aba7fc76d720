#!/usr/bin/env bash
#
# The real Sentry and Matomo clients that the tests send with.
#
#   scripts/clients.sh install            install them all; about two minutes, the first time
#   scripts/clients.sh list [PROTOCOL]    print the names of the senders: all, sentry or matomo
#   scripts/clients.sh run NAME ARGS...   run one; its report is one line of JSON, see
#                                         tests/clients/common.py
#
#   scripts/clients.sh run python-sentry-br --dsn http://KEY@127.0.0.1:8080/1 --marker zebra77
#   scripts/clients.sh run node-matomo --server http://127.0.0.1:8080 --site 1 --marker zebra77
#
# The clients are pinned in tests/clients (requirements-*.txt, package-lock.json) and kept outside
# the build in ${MAYFLY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mayfly}/clients, in a folder named
# after the pins: whoever changes a pin gets a new folder. Needs Node.js 20 with npm; Python 3,
# Chromium, a font and the Ruby clients are installed from Debian when they are missing and this runs as root.
set -euo pipefail

sources=$(cd "$(dirname "$0")/../tests/clients" && pwd)
cache=${MAYFLY_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or MAYFLY_CACHE}/.cache}/mayfly}/clients
pins=$(cd "$sources" && cat requirements-*.txt package-lock.json | sha256sum | cut -c 1-16)
folder=$cache/$pins
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}

# name  protocol  environment  script and its arguments
senders() {
    cat <<'SENDERS'
python-sentry-br sentry current python_sentry.py --encoding br
python-sentry-gzip sentry current python_sentry.py --encoding gzip
python-sentry-plain sentry current python_sentry.py --encoding identity
python-sentry-1.0 sentry older python_sentry.py
python-sentry-oldest sentry oldest python_sentry.py
python-raven sentry oldest python_raven.py
node-sentry sentry node node_sentry.mjs
node-sentry-7 sentry node node_sentry_old.mjs --package sentry-node-7
node-sentry-5 sentry node node_sentry_old.mjs --package sentry-node-5
node-sentry-4 sentry node node_sentry_old.mjs --package sentry-node-4
node-raven sentry node node_raven.mjs
sentry-cli sentry node cli_sentry.mjs --package @sentry/cli-linux-x64
sentry-cli-1 sentry node cli_sentry.mjs --package sentry-cli-1
ruby-sentry sentry ruby ruby_sentry.rb
ruby-raven sentry ruby ruby_raven.rb
browser-sentry sentry node browser_sentry.mjs
browser-sentry-7 sentry node browser_sentry.mjs --package sentry-browser-7
browser-sentry-5 sentry node browser_sentry.mjs --package sentry-browser-5
browser-sentry-4 sentry node browser_sentry.mjs --package sentry-browser-4
browser-raven sentry node browser_sentry.mjs --package raven-js
python-matomopy matomo current python_matomo.py --client matomopy
python-piwikapi matomo current python_matomo.py --client piwikapi --scenario single
node-matomo matomo node node_matomo.mjs
browser-matomo matomo node browser_matomo.mjs
SENDERS
}

say() { echo "clients: $*" >&2; }

fail() {
    say "error: $1"
    shift
    for advice in "$@"; do echo "         $advice" >&2; done
    exit 1
}

# quietly WHAT ADVICE COMMAND...: shows the command's own words only if it fails.
quietly() {
    local what=$1 advice=$2
    shift 2
    say "$what"
    "$@" >"$cache/install.log" 2>&1 || {
        tail -n 20 "$cache/install.log" >&2
        fail "$what: failed; its own words are above." "$advice"
    }
}

# What Debian provides: only what is missing is installed.
install_system() {
    local packages=() advice="Check the network and the package sources in /etc/apt."
    [ -x "$CHROMIUM" ] || packages+=(chromium fonts-dejavu-core)
    ruby -e 'gem "sentry-ruby-core"; gem "sentry-raven"' 2>/dev/null ||
        packages+=(ruby-sentry-ruby ruby-sentry-raven)
    python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3 python3-venv)
    [ ${#packages[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "missing on this machine: ${packages[*]}" \
            "As root, on Debian: apt-get install ${packages[*]}" \
            "A browser elsewhere than $CHROMIUM: set CHROMIUM to its path."
    fi
    export DEBIAN_FRONTEND=noninteractive
    quietly "reading Debian's package lists" "$advice" apt-get update
    quietly "installing ${packages[*]}" "$advice" \
        apt-get install -y --no-install-recommends "${packages[@]}"
}

install_python() {
    local target=$folder/$1
    quietly "making a Python environment for the $1 clients" "Check that $cache has room." \
        python3 -m venv --clear "$target"
    quietly "installing the $1 Python clients" \
        "Check the network and pip's settings (pip config list)." \
        "$target/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps \
        --requirement "$sources/requirements-$1.txt"
}

install_node() {
    mkdir -p "$folder/node"
    cp "$sources/package.json" "$sources/package-lock.json" "$sources/.npmrc" "$folder/node/"
    quietly "installing the Node clients (about 180 MB)" \
        "Check the network and npm's settings (npm config list)." \
        npm ci --prefix "$folder/node" --ignore-scripts
}

install() {
    command -v npm >/dev/null ||
        fail "npm is not installed." "Install Node.js 20 or newer with npm."
    mkdir -p "$cache" ||
        fail "cannot write to $cache." "Set MAYFLY_CACHE to a directory that you may write to."
    exec 9>"$cache/lock"
    flock 9 # a second install waits and then finds everything there
    install_system
    if [ ! -e "$folder/ready" ]; then
        rm -rf "$folder"
        mkdir "$folder"
        install_python current
        install_python older
        install_python oldest
        install_node
        touch "$folder/ready" # last: a folder without it is started again
    fi
    say "all there in $folder"
}

run() {
    local wanted=$1 name environment script interpreter
    shift
    [ -e "$folder/ready" ] ||
        fail "the clients are not installed." "Run: scripts/clients.sh install"
    while read -r name _ environment script; do
        [ "$name" = "$wanted" ] || continue
        case $environment in
            node) interpreter=node ;;
            ruby) interpreter=ruby ;;
            *) interpreter=$folder/$environment/bin/python ;;
        esac
        export MAYFLY_CLIENTS_NODE=$folder/node
        export PYTHONDONTWRITEBYTECODE=1 # nothing compiled is left beside the sources
        cd "$sources"
        # shellcheck disable=SC2086 # the script's own arguments are words
        exec "$interpreter" $script "$@"
    done < <(senders)
    fail "there is no sender of that name." "One of: $(senders | cut -d ' ' -f 1 | tr '\n' ' ')"
}

case ${1:-} in
    install) install ;;
    list) senders | awk -v wanted="${2:-}" 'wanted == "" || $2 == wanted { print $1 }' ;;
    run) run "${2:?NAME of a sender, see: scripts/clients.sh list}" "${@:3}" ;;
    *) fail "unknown argument." "Usage: scripts/clients.sh install|list|run, see the script's head" ;;
esac
