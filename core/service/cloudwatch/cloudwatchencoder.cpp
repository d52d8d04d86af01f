// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/cloudwatch/cloudwatchencoder.h"

#include "core/record/jsonwriter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

namespace trace::cloudwatch {

namespace {

//! The records of a log stream.
struct StreamPart
{
    std::string head; //!< The body's beginning, which names group and stream.
    std::vector<std::uint32_t> records;
    std::int64_t last = INT64_MIN;
    bool isSorted = true;
};

//! Puts records into their streams. The names are made once for each context.
class StreamTable final
{
public:
    explicit StreamTable(const Encoder &encoder)
        : m_encoder(encoder)
    {}

    void add(const RecordView &record, std::uint32_t place)
    {
        StreamPart &stream = m_streams[streamOf(contextOf(record))];
        const std::int64_t ms = millisecondsOf(record.timestamp);
        stream.isSorted = stream.isSorted && ms >= stream.last;
        stream.last = ms;
        stream.records.push_back(place);
    }

    [[nodiscard]] std::vector<StreamPart> &streams() { return m_streams; }

private:
    std::size_t streamOf(const RunContext &context)
    {
        if (m_last == &context)
            return m_lastStream;
        m_last = &context;
        const auto [known, isNew] = m_byContext.try_emplace(&context, m_streams.size());
        if (isNew)
            known->second = namedStream(context);
        m_lastStream = known->second;
        return m_lastStream;
    }

    std::size_t namedStream(const RunContext &context)
    {
        std::string head = R"({"logGroupName":)";
        appendJsonString(head, m_encoder.group.render(context));
        head += R"(,"logStreamName":)";
        appendJsonString(head, m_encoder.stream.render(context));
        head += R"(,"logEvents":[)";
        const auto [known, isNew] = m_byHead.try_emplace(head, m_streams.size());
        if (isNew)
            m_streams.emplace_back().head = std::move(head);
        return known->second;
    }

    const Encoder &m_encoder;
    std::vector<StreamPart> m_streams;
    std::unordered_map<const RunContext *, std::size_t> m_byContext;
    std::unordered_map<std::string, std::size_t> m_byHead;
    const RunContext *m_last = nullptr;
    std::size_t m_lastStream = 0;
};

//! Cuts one stream's events into requests.
class PutWriter final
{
public:
    PutWriter(std::string_view head, std::vector<Encoder::Put> &puts)
        : m_head(head)
        , m_puts(puts)
    {}

    void add(std::uint32_t place, std::int64_t ms, std::string_view message)
    {
        const std::size_t size = message.size() + eventOverhead;
        if (m_isOpen && (m_puts.back().events.size() >= maxEvents ||
                         m_bytes + size > maxBatchBytes || ms - m_first > maxSpanMs))
            finish();
        if (!m_isOpen)
            begin(ms);
        Encoder::Put &put = m_puts.back();
        put.body.append(put.events.empty() ? R"({"timestamp":)" : R"(,{"timestamp":)");
        std::array<char, 24> digits{};
        put.body.append(digits.data(),
                        std::to_chars(digits.data(), digits.data() + digits.size(), ms).ptr);
        put.body.append(R"(,"message":)");
        appendJsonString(put.body, message);
        put.body.push_back('}');
        put.events.push_back(place);
        m_bytes += size;
    }

    void finish()
    {
        if (m_isOpen)
            m_puts.back().body.append("]}");
        m_isOpen = false;
    }

private:
    void begin(std::int64_t ms)
    {
        m_puts.emplace_back().body.append(m_head);
        m_first = ms;
        m_bytes = 0;
        m_isOpen = true;
    }

    const std::string_view m_head;
    std::vector<Encoder::Put> &m_puts;
    std::size_t m_bytes = 0;
    std::int64_t m_first = 0;
    bool m_isOpen = false;
};

} // namespace

Encoder::Result Encoder::encode(std::span<const RecordView> records) const
{
    Result result;
    StreamTable table(*this);
    for (std::uint32_t i = 0; i < records.size(); ++i) {
        if (records[i].timestamp < 0)
            result.tooEarly.push_back(i);
        else
            table.add(records[i], i);
    }
    std::string message;
    for (StreamPart &part : table.streams()) {
        if (!part.isSorted) {
            std::stable_sort(part.records.begin(), part.records.end(),
                             [&](std::uint32_t left, std::uint32_t right) {
                                 return millisecondsOf(records[left].timestamp) <
                                        millisecondsOf(records[right].timestamp);
                             });
        }
        PutWriter writer(part.head, result.puts);
        for (const std::uint32_t place : part.records) {
            message.clear();
            appendJson(message, records[place]);
            if (message.size() > maxEventBytes)
                result.tooLarge.push_back(place);
            else
                writer.add(place, millisecondsOf(records[place].timestamp), message);
        }
        writer.finish();
    }
    std::sort(result.tooLarge.begin(), result.tooLarge.end());
    return result;
}

} // namespace trace::cloudwatch
