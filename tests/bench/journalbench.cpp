// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks into the journal, until they are durable.
#include "core/journal/journal.h"
#include "tests/bench/samplelines.h"

#include <QTemporaryDir>

#include <benchmark/benchmark.h>

namespace trace::bench {

namespace {

void append(benchmark::State &state)
{
    const QTemporaryDir folder;
    const auto journal = Journal::open(folder.path());
    if (!journal) {
        state.SkipWithError("the journal cannot be opened");
        return;
    }
    for ([[maybe_unused]] auto _ : state) {
        for (const RecordBlock &block : sampleBlocks())
            (*journal)->append(block, {}, [](const std::optional<Error> &) {});
        (*journal)->sync();
    }
    state.SetItemsProcessed(state.iterations() * std::int64_t(sampleLines().size()));
    state.SetBytesProcessed(state.iterations() * std::int64_t(sampleBytes()));
}
BENCHMARK(append)->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace

} // namespace trace::bench
