#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds and runs the tests; exits as ctest does.
#     bash tests/run.sh [--asan|--tsan] [CTEST ARGUMENT...]
# --asan, --tsan   with these sanitizers, without the tests labelled "slow"
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=app/packages.sh
source app/packages.sh

preset=dev
case ${1-} in
--asan | --tsan)
    preset=${1#--}
    shift
    ;;
esac

install_packages "${build_packages[@]}"
install_packages "${test_packages[@]}" || echo "Some tests will be skipped." >&2

# The forwarder must build where there is no window system.
if [[ $preset == dev && ${CI-} == true ]]; then
    cmake -S . -B build/headless -G Ninja --log-level=WARNING \
        -DTRACE_BUILD_CONSOLE=OFF -DTRACE_BUILD_TESTS=OFF
    cmake --build build/headless --target trace-forwarder
fi

cmake --preset "$preset" --log-level=WARNING
cmake --build --preset "$preset"
export QT_QPA_PLATFORM=offscreen
exec ctest --preset "$preset" "$@"
