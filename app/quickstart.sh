#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and shows the demonstration.
#     bash app/quickstart.sh [--no-run] [ARGUMENT...]
# --no-run   only builds, everything
# ARGUMENT   passed on to the program
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=app/packages.sh
source app/packages.sh

run=true
if [[ ${1-} == --no-run ]]; then
    run=false
    shift
fi

# A terminal without a display gets the same story as text, and compiles no window.
if [[ -n ${DISPLAY-}${WAYLAND_DISPLAY-} ]]; then
    target=all
    command=(trace-console --demo)
elif [[ $run == true ]]; then
    target=trace-forwarder
    command=(trace-forwarder demo)
else
    target=all
fi

packages=("${build_packages[@]}")
if [[ -z ${DISPLAY-} && -n ${WAYLAND_DISPLAY-} ]]; then
    packages+=(qt6-wayland)
fi
install_packages "${packages[@]}"

echo "Building in build/release (some minutes the first time)"
cmake --preset release --log-level=WARNING
cmake --build --preset release --target "$target"

if [[ $run == true ]]; then
    exec "build/release/bin/${command[0]}" "${command[@]:1}" "$@"
fi
echo "Built: build/release/bin"
