// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"
#include "core/service/grafana/lokilabels.h"

#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

namespace trace::loki {

//! The time of a record in Loki, which merges equal lines of equal time: clocks that count in
//! milli- or microseconds get their missing digits from the record's sequence number. Depends on
//! the record alone.
[[nodiscard]] constexpr std::int64_t uniqueTime(const RecordView &record)
{
    const std::int64_t time = record.timestamp;
    std::int64_t digits = 1;
    if (time % 1'000'000 == 0)
        digits = 1'000'000;
    else if (time % 1000 == 0)
        digits = 1000;
    const auto tie =
        static_cast<std::int64_t>(record.sequence % static_cast<std::uint64_t>(digits));
    return time > INT64_MAX - tie ? time : time + tie;
}

//! The records of one request, put into streams: one per set of labels, each in order of time.
class Streams final
{
public:
    struct Stream
    {
        Labels labels;
        std::vector<std::uint32_t> records; //!< Places in the span, ordered by time.
        std::size_t bytes = 0;              //!< Estimate of their size.
        std::int64_t last = INT64_MIN;
        bool sorted = true;
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
    [[nodiscard]] const std::string &sharedOf(std::uint32_t record) const
    {
        return m_shared[m_sharedOf[record]].encoded;
    }

private:
    [[nodiscard]] std::uint32_t sharedIndex(const RecordView &record, const EncodeContext &encode);
    [[nodiscard]] std::int32_t streamIndex(const RecordView &record, const Labels &fixed);

    std::vector<Stream> m_streams;
    std::vector<Shared> m_shared;
    std::vector<std::uint32_t> m_sharedOf;
    std::unordered_map<const RunContext *, std::uint32_t> m_byContext;
    std::unordered_map<std::string, std::int32_t> m_byLabels;
};

} // namespace trace::loki
