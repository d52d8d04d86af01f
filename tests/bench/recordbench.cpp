// SPDX-License-Identifier: GPL-3.0-or-later
// Records in and out of blocks, and through filters.
#include "core/filter/filter.h"
#include "core/record/jsonrecordreader.h"
#include "core/record/jsonwriter.h"
#include "tests/bench/samplelines.h"

#include <benchmark/benchmark.h>

namespace trace::bench {

namespace {

void countLines(benchmark::State &state)
{
    state.SetItemsProcessed(state.iterations() * std::int64_t(sampleLines().size()));
}

void parse(benchmark::State &state, const std::vector<std::string> &lines)
{
    JsonRecordReader reader;
    for ([[maybe_unused]] auto _ : state) {
        for (const std::string &line : lines)
            benchmark::DoNotOptimize(reader.readLine(line, 0).timestamp);
    }
    countLines(state);
}
BENCHMARK_CAPTURE(parse, ourNames, sampleLines())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(parse, namesOfOthers, linesOfOthers())->Unit(benchmark::kMillisecond);

void parseAndPack(benchmark::State &state)
{
    JsonRecordReader reader;
    RecordBlockBuilder builder;
    for ([[maybe_unused]] auto _ : state) {
        for (const std::string &line : sampleLines()) {
            builder.append(reader.readLine(line, 0));
            if (builder.isFull())
                benchmark::DoNotOptimize(builder.finish().count);
        }
    }
    countLines(state);
}
BENCHMARK(parseAndPack)->Unit(benchmark::kMillisecond);

void openBlock(benchmark::State &state)
{
    const auto parts = RecordBlockReader::Parts(state.range(0));
    for ([[maybe_unused]] auto _ : state) {
        for (const RecordBlock &block : sampleBlocks()) {
            const auto opened = RecordBlockReader::open(block.data, 1, parts);
            if (!opened)
                state.SkipWithError("a block cannot be opened");
        }
    }
    state.SetLabel(parts == RecordBlockReader::Parts::Fields ? "fields" : "fields and text");
    countLines(state);
}
BENCHMARK(openBlock)
    ->Arg(int(RecordBlockReader::Parts::Fields))
    ->Arg(int(RecordBlockReader::Parts::FieldsAndText))
    ->Unit(benchmark::kMillisecond);

void writeJson(benchmark::State &state)
{
    std::string out;
    std::vector<RecordBlockReader> blocks;
    for (const RecordBlock &block : sampleBlocks())
        blocks.push_back(RecordBlockReader::open(block.data).value());
    for ([[maybe_unused]] auto _ : state) {
        for (const RecordBlockReader &block : blocks) {
            out.clear();
            for (const RecordView &record : block.records())
                appendJson(out, record);
            benchmark::DoNotOptimize(out.data());
        }
    }
    countLines(state);
}
BENCHMARK(writeJson)->Unit(benchmark::kMillisecond);

void filterBlocks(benchmark::State &state, const QString &text)
{
    const auto filter = Filter::parse(text);
    if (!filter) {
        state.SkipWithError("no filter");
        return;
    }
    const auto parts = filter->readsText() ? RecordBlockReader::Parts::FieldsAndText
                                           : RecordBlockReader::Parts::Fields;
    for ([[maybe_unused]] auto _ : state) {
        std::int64_t matches = 0;
        for (const RecordBlock &block : sampleBlocks()) {
            if (!filter->mayMatch(block.levelMask, block.minTime, block.maxTime))
                continue;
            if (const auto opened = RecordBlockReader::open(block.data, 1, parts)) {
                for (const RecordView &record : opened->records())
                    matches += filter->matches(record);
            }
        }
        benchmark::DoNotOptimize(matches);
    }
    countLines(state);
}
BENCHMARK_CAPTURE(filterBlocks, text, QStringLiteral("\"retry commit\""))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(filterBlocks, level, QStringLiteral("level>=error"))
    ->Unit(benchmark::kMillisecond);

} // namespace

} // namespace trace::bench
