// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/generic/documentreader.h"

#include "core/record/jsonrecordreader.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"
#include "core/service/jsonbudget.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::string_view blanks = " \t\r\n";

//! Gives how many of the lines were JSON.
tl::expected<std::uint64_t, DecodeError> readLines(JsonRecordReader &reader, std::string_view text, std::int64_t now,
                        const RecordSink &sink)
{
    std::uint64_t objects = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        const std::size_t start = line.find_first_not_of(blanks);
        if (start == std::string_view::npos)
            continue;
        if (auto excess = tooManyValues(line))
            return tl::make_unexpected(std::move(*excess));
        // The reader counts only what looked like an object.
        const std::uint64_t notJson = reader.problems().notJson;
        sink(reader.readLine(line, now));
        now = nextNs(now);
        if (line[start] == '{' && reader.problems().notJson == notJson)
            ++objects;
    }
    return objects;
}

} // namespace

tl::expected<void, DecodeError> readDocuments(QByteArrayView body, QByteArrayView type,
                                              const RecordSink &sink)
{
    std::string_view text(body.data(), static_cast<std::size_t>(body.size()));
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    if (text.find_first_not_of(blanks) == std::string_view::npos)
        return tl::make_unexpected(DecodeError{400, u"the body is empty"_s});

    const std::int64_t now = nowNs();
    JsonRecordReader reader;
    const bool isText = type.startsWith("text/");
    const bool isLines = type == "application/x-ndjson" || type == "application/ndjson" ||
                         type == "application/jsonl" || type == "application/x-jsonlines";
    if (!isText && !isLines) {
        if (auto excess = tooManyValues(text))
            return tl::make_unexpected(std::move(*excess));
        std::string replaced;
        if (!isUtf8(text))
            replaced = toUtf8(text);
        if (reader.readDocument(replaced.empty() ? text : replaced, now, sink))
            return {};
    }
    const auto objects = readLines(reader, text, now, sink);
    if (!objects)
        return tl::make_unexpected(objects.error());
    if (type == "application/json" && *objects == 0)
        return tl::make_unexpected(DecodeError{400, u"the body is not valid JSON"_s});
    return {};
}

} // namespace trace
