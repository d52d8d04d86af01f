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

options=()
if [[ $preset == tsan && ${CI-} == true ]]; then
    # Shows that all but the console builds where there is no window system, and saves time.
    options+=(-DTRACE_BUILD_CONSOLE=OFF)
fi

cmake --preset "$preset" "${options[@]}" --log-level=WARNING
cmake --build --preset "$preset"
export QT_QPA_PLATFORM=offscreen
exec ctest --preset "$preset" "$@"
