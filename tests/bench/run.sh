#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds a release and prints one table of what it measures.
# --help lists the options.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

for argument in "$@"; do # at once, not after a build
    case $argument in -h | --help) exec python3 tests/bench/wholeruns.py --help ;; esac
done
# shellcheck source=app/packages.sh
source app/packages.sh

install_packages "${build_packages[@]}" "${bench_packages[@]}" >&2
cmake --preset release -B build/bench --log-level=WARNING \
    -DTRACE_BUILD_BENCH=ON -DTRACE_BUILD_CONSOLE=OFF >&2
cmake --build build/bench --target trace-bench trace-forwarder >&2
exec python3 tests/bench/wholeruns.py build/bench/bin/trace-forwarder \
    --steps build/bench/bin/trace-bench "$@"
