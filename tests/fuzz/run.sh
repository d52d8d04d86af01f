#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds the fuzzers and runs each on its corpus and on what it makes of it.
#     bash tests/fuzz/run.sh [--seconds N] [NAME...]
# --seconds   of each (60); 0: only what is in the corpus
# NAME        records, decoders, answers, http, filter, configuration, compression; else all
# An input that fails is left in build/fuzz/found, new ones of use in build/fuzz/corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=app/packages.sh
source app/packages.sh

seconds=60
if [[ ${1-} == --seconds ]]; then
    seconds=$2
    shift 2
fi
names=("$@")
((${#names[@]})) || names=(records decoders answers http filter configuration compression)

install_packages "${build_packages[@]}" "${fuzz_packages[@]}"
cmake --preset fuzz --log-level=WARNING
cmake --build --preset fuzz

limit=(-max_total_time="$seconds")
((seconds > 0)) || limit=(-runs=0)
result=0
for name in "${names[@]}"; do
    mkdir -p "build/fuzz/corpus/$name" build/fuzz/found
    echo "== fuzz_$name"
    "build/fuzz/bin/fuzz_$name" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" "${limit[@]}" \
        -artifact_prefix="build/fuzz/found/$name-" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -verbosity=0 || result=1
done
exit "$result"
