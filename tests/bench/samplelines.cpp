// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/samplelines.h"

#include "core/record/jsonrecordreader.h"
#include "core/record/timestamp.h"

#include <array>
#include <cstdio>
#include <numeric>
#include <random>

namespace trace::bench {

namespace {

constexpr std::size_t lineCount = 20'000;
constexpr std::array words{"extract", "transform", "load",   "partition", "rows",
                           "retry",   "warehouse", "commit", "schema",    "column"};
constexpr std::array levels{"info", "info", "info", "debug", "debug", "warning", "error"};

std::string lineAt(std::size_t i, std::int64_t time, std::mt19937_64 &random)
{
    std::string message;
    for (int n = 0; n < 9; ++n)
        message.append(words[random() % words.size()]) += ' ';
    std::array<char, 768> line{};
    const int size = std::snprintf(
        line.data(), line.size(),
        R"({"timestamp":%lld,"level":"%s","message":"%s%llu","run_id":"run-%zu",)"
        R"("workflow_name":"orders_etl","stage_name":"stage-%zu","job_name":"job-%zu",)"
        R"("filename":"pipeline/%s.py","lineno":%zu,"process":4242,"thread":%zu,)"
        R"("trace_id":"%016llx%016llx","hostname":"worker-3","metadata":{"id":%zu,"rows":%llu}})",
        static_cast<long long>(time), levels[i % levels.size()], message.c_str(),
        static_cast<unsigned long long>(random() % 1'000'000'000), i / 20'000, i / 4'000 % 5,
        i / 500 % 8, words[i % words.size()], i % 400, 140'000 + i % 4,
        static_cast<unsigned long long>(random()), static_cast<unsigned long long>(random()), i,
        static_cast<unsigned long long>(random() % 100'000));
    return {line.data(), static_cast<std::size_t>(size)};
}

} // namespace

const std::vector<std::string> &sampleLines()
{
    static const std::vector<std::string> lines = [] {
        std::mt19937_64 random(7);
        std::vector<std::string> made;
        const std::int64_t start = nowNs() - 60'000'000'000;
        for (std::size_t i = 0; i < lineCount; ++i)
            made.push_back(lineAt(i, start + std::int64_t(i) * 1'000'003, random));
        return made;
    }();
    return lines;
}

const std::vector<std::string> &linesOfOthers()
{
    static const std::vector<std::string> lines = [] {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 6> names{
            {{"timestamp", "time"},
             {"level", "severity"},
             {"message", "msg"},
             {"filename", "pathname"},
             {"process", "pid"},
             {"trace_id", "traceId"}}};
        std::vector<std::string> made = sampleLines();
        for (std::string &line : made) {
            for (const auto &[own, other] : names)
                line.replace(line.find(own), own.size(), other);
        }
        return made;
    }();
    return lines;
}

std::size_t sampleBytes()
{
    const auto &lines = sampleLines();
    return std::accumulate(
        lines.begin(), lines.end(), std::size_t(0),
        [](std::size_t sum, const std::string &line) { return sum + line.size() + 1; });
}

const std::vector<RecordBlock> &sampleBlocks()
{
    static const std::vector<RecordBlock> blocks = [] {
        std::vector<RecordBlock> made;
        JsonRecordReader reader;
        RecordBlockBuilder builder;
        for (const std::string &line : sampleLines()) {
            builder.append(reader.readLine(line, 0));
            if (builder.isFull())
                made.push_back(builder.finish());
        }
        if (!builder.isEmpty())
            made.push_back(builder.finish());
        return made;
    }();
    return blocks;
}

} // namespace trace::bench
