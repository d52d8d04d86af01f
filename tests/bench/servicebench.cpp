// SPDX-License-Identifier: GPL-3.0-or-later
// Records into a service's requests, compressed and signed.
#include "core/service/service.h"
#include "tests/bench/samplelines.h"

#include <benchmark/benchmark.h>

namespace trace::bench {

namespace {

void plan(benchmark::State &state, const QString &name)
{
    const auto service =
        makeService(name, {QUrl(QStringLiteral("http://127.0.0.1:9")), {}, {}, {}});
    if (!service) {
        state.SkipWithError("no such service");
        return;
    }
    std::vector<RecordBlockReader> blocks;
    std::vector<RecordView> records;
    for (const RecordBlock &block : sampleBlocks()) {
        blocks.push_back(RecordBlockReader::open(block.data).value());
        const auto views = blocks.back().takeRecords();
        records.insert(records.end(), views.begin(), views.end());
    }
    const Credentials credentials{QByteArrayLiteral("KEYID:SECRET")};
    const QDateTime now = QDateTime::currentDateTimeUtc();
    qint64 bytes = 0;
    for ([[maybe_unused]] auto _ : state) {
        Plan made = (*service)->plan(records);
        bytes = 0;
        for (Share &share : made.shares) {
            (*service)->sign(share.request, now, credentials);
            bytes += share.request.body.size();
        }
    }
    state.SetItemsProcessed(state.iterations() * std::int64_t(records.size()));
    state.counters["bytesPerRecord"] = double(bytes) / double(records.size());
}
BENCHMARK_CAPTURE(plan, grafana, QStringLiteral("grafana"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan, datadog, QStringLiteral("datadog"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan, otlp, QStringLiteral("otlp"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan, cloudwatch, QStringLiteral("cloudwatch"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan, generic, QStringLiteral("generic"))->Unit(benchmark::kMillisecond);

} // namespace

} // namespace trace::bench
