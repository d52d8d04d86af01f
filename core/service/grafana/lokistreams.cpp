// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokistreams.h"

#include "core/service/roughsize.h"

#include <QDateTime>

#include <algorithm>

namespace trace::loki {

namespace {

Labels withHour(Labels labels, std::int64_t time)
{
    constexpr std::int64_t nsPerMs = 1'000'000;
    labels.emplace_back(backfillLabel, QDateTime::fromMSecsSinceEpoch(time / nsPerMs, Qt::UTC)
                                           .toString(QStringLiteral("yyyy-MM-dd'T'HH'Z'"))
                                           .toStdString());
    return labels;
}

} // namespace

Streams::Streams(std::span<const RecordView> records, const Labels &fixed,
                 const EncodeContext &encode, bool byHour)
{
    m_sharedOf.reserve(records.size());
    std::uint32_t shared = 0;
    for (std::uint32_t i = 0; i < records.size(); ++i) {
        const RecordView &record = records[i];
        if (m_shared.empty() || m_shared[shared].context != record.context)
            shared = sharedIndex(record, encode);
        m_sharedOf.push_back(shared);
        std::int32_t &place = m_shared[shared].streams[static_cast<std::size_t>(record.level)];
        if (byHour)
            place = streamIndex(record, withHour(fixed, record.timestamp));
        else if (place < 0)
            place = streamIndex(record, fixed);
        Stream &stream = m_streams[static_cast<std::size_t>(place)];
        const std::int64_t time = uniqueTime(record);
        stream.sorted = stream.sorted && time >= stream.last;
        stream.last = time;
        stream.bytes += roughSize(record) + m_shared[shared].encoded.size();
        stream.records.push_back(i);
    }
    for (Stream &stream : m_streams) {
        if (stream.sorted)
            continue;
        std::stable_sort(stream.records.begin(), stream.records.end(),
                         [&](std::uint32_t left, std::uint32_t right) {
                             return uniqueTime(records[left]) < uniqueTime(records[right]);
                         });
    }
}

std::vector<std::size_t> Streams::order() const
{
    std::vector<std::size_t> order;
    order.reserve(m_sharedOf.size());
    for (const Stream &stream : m_streams)
        order.insert(order.end(), stream.records.begin(), stream.records.end());
    return std::is_sorted(order.begin(), order.end()) ? std::vector<std::size_t>() : order;
}

std::uint32_t Streams::sharedIndex(const RecordView &record, const EncodeContext &encode)
{
    const auto [found, isNew] =
        m_byContext.emplace(record.context, static_cast<std::uint32_t>(m_shared.size()));
    if (isNew) {
        Shared &shared = m_shared.emplace_back();
        shared.context = record.context;
        encode(shared.encoded, contextOf(record));
    }
    return found->second;
}

std::int32_t Streams::streamIndex(const RecordView &record, const Labels &fixed)
{
    Labels labels = labelsOf(contextOf(record), record.level, fixed);
    const auto [found, isNew] =
        m_byLabels.emplace(labelText(labels), static_cast<std::int32_t>(m_streams.size()));
    if (isNew)
        m_streams.emplace_back().labels = std::move(labels);
    return found->second;
}

} // namespace trace::loki
