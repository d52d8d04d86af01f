#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what package.json names, as package-lock.json has it, unless it is there.
#     bash install.sh NPM FOLDER
# Exit code: 0 it is there, 77 npm cannot get it.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
npm=$1
folder=$2

mkdir -p "$folder"
cd "$folder"
if cmp -s "$source/package-lock.json" package-lock.json && [[ -e node_modules/.complete ]]; then
    exit 0
fi
rm -rf node_modules
cp "$source/package.json" "$source/package-lock.json" .
if ! timeout 240 "$npm" ci --ignore-scripts --omit=optional --no-audit --no-fund \
        --fetch-retries=1 --fetch-timeout=30000; then
    rm -rf node_modules
    echo "Skipped: npm cannot get the packages."
    exit 77
fi
# Two thirds of it is for compilers, debuggers and browsers.
find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' \) -delete
rm -rf node_modules/@opentelemetry/*/build/{esm,esnext}
touch node_modules/.complete
