# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What app/run and tests/run share: installing what is missing, then configuring and building a preset.
# To be sourced after `set -euo pipefail`. Everything is said on standard error, because standard output
# belongs to the program that runs afterwards.

project=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly project

# Debian and Ubuntu packages; alternatives are separated by "|". Fonts, keyboard data and Qt's platform
# plugins are what these depend on.
readonly packages=(
    cmake ninja-build g++
    qt6-base-dev 'qt6-svg-dev|libqt6svg6-dev' qt6-l10n-tools libqcustomplot-dev
    libeigen3-dev zlib1g-dev nlohmann-json3-dev libsqlite3-dev
    ca-certificates # fetching data sets over TLS
)

say() { printf 'chainrule: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# quoteFailure LOG: what went wrong according to a log: from the first failure on, else its last lines.
quoteFailure() {
    { grep -nE '^(FAILED|CMake Error|E: )' -- "$1" || true; } | {
        local first
        if IFS=: read -r first _; then tail -n "+$first" -- "$1" | head -n 40; else tail -n 15 -- "$1"; fi
    } | sed 's/^/    /' >&2 || true
}

coreCount() { nproc 2>/dev/null || echo 1; }

makeBuildFolder() {
    mkdir -p -- "$project/build" 2>/dev/null || true
    [ -w "$project/build" ] ||
        fail "cannot build: no permission to write to $project/build. Change its owner, or copy the project."
}

# The entries of `packages` of which no alternative is installed, one a line.
missingPackages() {
    local installed entry name found names=()
    mapfile -t names < <(printf '%s\n' "${packages[@]//|/$'\n'}")
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null || true)
    for entry in "${packages[@]}"; do
        found=no
        for name in ${entry//|/ }; do
            grep -qxF "installed $name" <<<"$installed" && found=yes
        done
        [ "$found" = yes ] || printf '%s\n' "$entry"
    done
}

# choosePackage NAME|NAME...: the first alternative that apt can install, or nothing.
choosePackage() {
    local name policy
    for name in ${1//|/ }; do
        policy=$(LC_ALL=C apt-cache policy "$name" 2>/dev/null || true)
        if [[ $policy == *'Candidate: '[!\(]* ]]; then
            printf '%s\n' "$name"
            return
        fi
    done
}

# Installs what is missing, with sudo where needed. A system without apt is left to its owner: CMake then
# names what it does not find.
installMissing() {
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || return 0
    local missing entry name names=() unknown=() root=()
    mapfile -t missing < <(missingPackages)
    [ ${#missing[@]} -gt 0 ] || return 0

    say "installing ${missing[*]%%|*}"
    local log=$project/build/install.log
    local byHand="sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]%%|*}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "cannot install packages: there is no sudo here. As root, run: ${byHand//sudo /}"
        sudo true || fail "cannot install packages: sudo was refused. Have somebody run: $byHand"
        root=(sudo)
    fi
    local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
        apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)

    # An update that fails for one source may still know every package that is needed.
    "${apt[@]}" update >"$log" 2>&1 </dev/null || say "apt-get update reported errors; trying to go on"
    for entry in "${missing[@]}"; do
        name=$(choosePackage "$entry")
        if [ -n "$name" ]; then names+=("$name"); else unknown+=("${entry%%|*}"); fi
    done
    if [ ${#unknown[@]} -gt 0 ]; then
        quoteFailure "$log"
        fail "cannot install ${unknown[*]}: apt does not know it. Needed are the network and Debian 12 or" \
            "Ubuntu 24.04 with its universe component. The whole log: $log"
    fi
    if ! "${apt[@]}" install --no-install-recommends "${names[@]}" >>"$log" 2>&1 </dev/null; then
        quoteFailure "$log"
        fail "cannot install packages: apt-get failed as shown above. Mend that, or run: $byHand" \
            "The whole log: $log"
    fi
}

# Turns a build's output into one line that counts on a terminal, or into one line in all elsewhere.
showProgress() {
    local line step started=no
    while IFS= read -r line; do
        # CMake looks for new files each time; that is no news.
        [[ $line =~ ^\[([0-9]+/[0-9]+)\] && $line != *'Re-'* ]] || continue
        step=${BASH_REMATCH[1]}
        if [ -t 2 ]; then
            printf '\r\033[Kchainrule: building, step %s' "$step" >&2
        elif [ $started = no ]; then
            say "building, ${step#*/} steps"
        fi
        started=yes
    done
    if [ -t 2 ] && [ $started = yes ]; then printf '\r\033[K' >&2; fi
}

# buildPreset PRESET TARGET [CMAKE OPTION...]: leaves the target in build/PRESET, and the compiler's words
# in build/PRESET/build.log. Says nothing when there is nothing to do.
buildPreset() {
    local preset=$1 target=$2
    shift 2
    local folder=$project/build/$preset configure wanted lock
    mkdir -p -- "$folder"
    # Two starts at the same time take turns.
    exec {lock}>"$folder/.lock"
    flock "$lock"

    # CMake looks after its own files; here belongs what it cannot see. Precompiled headers, never the same
    # twice, would keep ccache from finding anything.
    local options=("$@") cache
    if cache=$(command -v ccache); then
        options+=("-DCMAKE_CXX_COMPILER_LAUNCHER=$cache" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON)
    else
        options+=(-DCMAKE_CXX_COMPILER_LAUNCHER= -DCMAKE_DISABLE_PRECOMPILE_HEADERS=OFF)
    fi
    wanted="$project $(cksum <"$project/CMakePresets.json") ${options[*]}"
    if [ ! -f "$folder/build.ninja" ] || [ "$(cat "$folder/.configured" 2>/dev/null)" != "$wanted" ]; then
        configure=(cmake -S "$project" --preset "$preset" "${options[@]}")
        # A project that has been moved or copied together with its build folder starts afresh.
        grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$project" "$folder/CMakeCache.txt" || configure+=(--fresh)
        rm -f -- "$folder/.configured"
        say "configuring build/$preset"
        if ! "${configure[@]}" >"$folder/configure.log" 2>&1; then
            quoteFailure "$folder/configure.log"
            fail "cannot configure the build: CMake failed as shown above. The whole log: $folder/configure.log"
        fi
        printf '%s\n' "$wanted" >"$folder/.configured"
    fi

    if ! cmake --build "$folder" --target "$target" --parallel "$(coreCount)" 2>&1 |
        tee -- "$folder/build.log" | showProgress; then
        quoteFailure "$folder/build.log"
        fail "cannot build $target: the step above failed. The whole log: $folder/build.log"
    fi
    exec {lock}>&-
}
