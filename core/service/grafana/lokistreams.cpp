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
    m_times.reserve(records.size());
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
        stream.sorted = stream.sorted && time > stream.last;
        stream.hasTwins = stream.hasTwins || record.timestamp == stream.lastTimestamp;
        stream.last = time;
        stream.lastTimestamp = record.timestamp;
        m_times.push_back(time);
        stream.bytes += roughSize(record) + m_shared[shared].encoded.size();
        stream.records.push_back(i);
    }
    for (Stream &stream : m_streams) {
        if (stream.sorted && !stream.hasTwins)
            continue;
        sortBy(stream, [&](std::uint32_t place) { return records[place].timestamp; });
        moveTwins(stream, records);
        sortBy(stream, [&](std::uint32_t place) { return m_times[place]; });
        partTheRest(stream, records);
    }
}

template <typename Key>
void Streams::sortBy(Stream &stream, Key &&key)
{
    const auto isLess = [&](std::uint32_t left, std::uint32_t right) {
        return key(left) < key(right);
    };
    if (!std::is_sorted(stream.records.begin(), stream.records.end(), isLess))
        std::stable_sort(stream.records.begin(), stream.records.end(), isLess);
}

//! Where a clock leaves little or no room for sequence numbers, gives equal lines of one time more,
//! all of them, since others of that time may go with other requests.
void Streams::moveTwins(Stream &stream, std::span<const RecordView> records)
{
    constexpr std::int64_t littleRoom = 1000;
    constexpr std::uint64_t moreRoom = 99'991;
    std::unordered_map<std::string_view, int> lines;
    for (auto first = stream.records.begin(); first != stream.records.end();) {
        const std::int64_t time = records[*first].timestamp;
        const auto last = std::find_if(first + 1, stream.records.end(), [&](std::uint32_t place) {
            return records[place].timestamp != time;
        });
        const std::int64_t room = roomBehind(time);
        const bool mayBeTwins = last - first > 1 && room <= littleRoom;
        lines.clear();
        for (auto place = first; mayBeTwins && place != last; ++place)
            ++lines[records[*place].message];
        for (auto place = first; mayBeTwins && place != last; ++place) {
            const RecordView &record = records[*place];
            const auto shift = room + static_cast<std::int64_t>(record.sequence % moreRoom);
            if (lines[record.message] > 1)
                m_times[*place] = movedTime(time, shift);
        }
        first = last;
    }
}

//! What has no numbers yet, or met an equal line of another time on its way.
void Streams::partTheRest(Stream &stream, std::span<const RecordView> records)
{
    for (std::size_t i = 1; i < stream.records.size(); ++i) {
        const std::uint32_t before = stream.records[i - 1];
        const std::uint32_t place = stream.records[i];
        if (m_times[place] < m_times[before] || (m_times[place] == m_times[before] &&
                                                 records[place].message == records[before].message))
            m_times[place] = movedTime(m_times[before], 1);
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
