// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"
#include "core/service/grafana/lokilabels.h"

#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

namespace trace::loki {

//! How far the time of a record may move in Loki, in ns, exclusive: by less than the clock of the
//! record counts, and only so much that as many records of one time stay apart. 1: not at all.
[[nodiscard]] constexpr std::int64_t roomBehind(std::int64_t time)
{
    if (time % 1000 != 0)
        return 1;
    if (time % 1'000'000 != 0)
        return 1000;
    return time % 1'000'000'000 != 0 ? 100'000 : 1'000'000;
}

//! \a time and \a shift, of none of which Loki needs more than a time has.
[[nodiscard]] constexpr std::int64_t movedTime(std::int64_t time, std::int64_t shift)
{
    return time > INT64_MAX - shift ? time : time + shift;
}

//! The time of a record in Loki, which drops an equal line of equal time: clocks that count no
//! nanoseconds get some from the record's sequence number. Depends on the record alone.
[[nodiscard]] constexpr std::int64_t uniqueTime(const RecordView &record)
{
    const auto room = static_cast<std::uint64_t>(roomBehind(record.timestamp));
    if (room == 1)
        return record.timestamp;
    return movedTime(record.timestamp, static_cast<std::int64_t>(record.sequence % room));
}

//! The records of one request, put into streams: one per set of labels, each in order of time, no
//! two of one time.
class Streams final
{
public:
    struct Stream
    {
        Labels labels;
        std::vector<std::uint32_t> records; //!< Places in the span, ordered by time.
        std::size_t bytes = 0;              //!< Estimate of their size.
        std::int64_t last = INT64_MIN;
        std::int64_t lastTimestamp = INT64_MIN;
        bool sorted = true;    //!< Each time is later than the one before.
        bool hasTwins = false; //!< Some have the timestamp of the one before.
    };

    //! What all records of a context share: encoded once.
    struct Shared
    {
        const RunContext *context = nullptr;
        std::array<std::int32_t, allLevels.size()> streams{-1, -1, -1, -1, -1};
        std::string encoded; //!< The context's fields, as the encoder wants them.
    };

    using EncodeContext = std::function<void(std::string &out, const RunContext &context)>;

    //! \a byHour: streams also bear the hour of their records, as backfillLabel.
    Streams(std::span<const RecordView> records, const Labels &fixed, const EncodeContext &encode,
            bool byHour = false);

    [[nodiscard]] const std::vector<Stream> &streams() const { return m_streams; }
    //! The places in the span, stream by stream; empty where that is their order anyway.
    [[nodiscard]] std::vector<std::size_t> order() const;
    //! That of a record in Loki: uniqueTime(), but for equal lines that have the same.
    [[nodiscard]] std::int64_t timeOf(std::uint32_t record) const { return m_times[record]; }
    [[nodiscard]] const std::string &sharedOf(std::uint32_t record) const
    {
        return m_shared[m_sharedOf[record]].encoded;
    }

private:
    [[nodiscard]] std::uint32_t sharedIndex(const RecordView &record, const EncodeContext &encode);
    [[nodiscard]] std::int32_t streamIndex(const RecordView &record, const Labels &fixed);
    template <typename Key>
    static void sortBy(Stream &stream, Key &&key);
    void moveTwins(Stream &stream, std::span<const RecordView> records);
    void partTheRest(Stream &stream, std::span<const RecordView> records);

    std::vector<Stream> m_streams;
    std::vector<Shared> m_shared;
    std::vector<std::uint32_t> m_sharedOf;
    std::vector<std::int64_t> m_times;
    std::unordered_map<const RunContext *, std::uint32_t> m_byContext;
    std::unordered_map<std::string, std::int32_t> m_byLabels;
};

} // namespace trace::loki
