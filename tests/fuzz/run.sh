#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds the fuzzers and runs each on its corpus and on what it makes of it.
#     bash tests/fuzz/run.sh [--seconds N | --runs N] [NAME...]
# --seconds   of each (60), going on from what earlier ones found
# --runs      inputs of each, the same ones every time
# NAME        records, lines, decoders, answers, http, filter, configuration, compression; else all
# An input that fails is left in build/fuzz/found; what --seconds finds of use, in build/fuzz/corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=app/packages.sh
source app/packages.sh

options=(-max_total_time=60)
corpus=build/fuzz/corpus
case ${1-} in
--seconds)
    options=(-max_total_time="$2")
    shift 2
    ;;
--runs)
    options=(-runs="$2" -seed=1)
    export QT_HASH_SEED=0
    corpus=$(mktemp -d)
    trap 'rm -rf "$corpus"' EXIT
    shift 2
    ;;
esac
names=("$@")
((${#names[@]})) || names=(records lines decoders answers http filter configuration compression)

install_packages "${build_packages[@]}" "${fuzz_packages[@]}"
cmake --preset fuzz --log-level=WARNING
cmake --build --preset fuzz

mkdir -p build/fuzz/found
result=0
for name in "${names[@]}"; do
    mkdir -p "$corpus/$name"
    echo "== fuzz_$name"
    "build/fuzz/bin/fuzz_$name" "$corpus/$name" "tests/fuzz/corpus/$name" "${options[@]}" \
        -artifact_prefix="build/fuzz/found/$name-" -max_len=4096 -timeout=30 -rss_limit_mb=2048 \
        -print_final_stats=1 -verbosity=0 -print_funcs=0 || result=1
done
exit "$result"
