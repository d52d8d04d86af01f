# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the scripts that build: names the Debian packages and installs what is missing.

# What a build of everything needs. qt6-base-dev brings the OpenGL and Vulkan headers that Qt6Gui
# asks for; qt6-l10n-tools holds lrelease, which qt6-tools-dev only describes to CMake.
# shellcheck disable=SC2034 # used by the scripts that source this file
build_packages=(
    g++ cmake ninja-build ccache mold pkg-config
    qt6-base-dev libqt6sql6-sqlite qt6-svg-dev qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools
    libsimdjson-dev libprotozero-dev libzstd-dev libsnappy-dev libdeflate-dev libre2-dev libssl-dev
    qtkeychain-qt6-dev libboost1.81-dev libexpected-dev libcli11-dev libarchive-dev
    fonts-dejavu-core
)

# Real servers for the tests, and Python and wrong clocks for the conservation runs; a test skips
# what is not there. Installing the first two may start them as services of the system, which the
# tests do not use.
# shellcheck disable=SC2034
test_packages=(nginx-light tinyproxy microsocks openssl dbus-daemon python3 python3-requests faketime)
# For the tests with other clients; one that is there from elsewhere would clash with Debian's.
command -v npm >/dev/null || test_packages+=(nodejs npm)

# For the fuzzers, installed by tests/fuzz/run.sh.
# shellcheck disable=SC2034
fuzz_packages=(clang libclang-rt-14-dev)

# For the benchmarks, installed by tests/bench/run.sh.
# shellcheck disable=SC2034
bench_packages=(libbenchmark-dev python3 ripgrep)

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# install_packages NAME... installs those that are missing; asks the network for nothing else.
install_packages() {
    local package missing=() as_root=()
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "No apt-get here: install the equivalents of these packages yourself: $*" >&2
        return 0
    fi
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    echo "Installing ${missing[*]}"
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            echo "There is no sudo. As root, run: apt-get install ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive)
    # -o: wait for another package manager instead of failing on its lock.
    "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" apt-get install -qq -y --no-install-recommends \
            -o DPkg::Lock::Timeout=120 "${missing[@]}"
}
