// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/generic/documentreader.h"

#include "core/record/jsonrecordreader.h"
#include "core/record/recordlines.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"
#include "core/service/jsonbudget.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::string_view blanks = " \t\r\n";

//! Gives how many objects there were. No line may hold more than a document.
tl::expected<std::uint64_t, DecodeError> readLines(std::string_view text, const RecordSink &sink)
{
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (auto excess = tooManyValues(rest.substr(0, end)))
            return tl::make_unexpected(std::move(*excess));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    RecordLines lines([&sink](const RecordView &record) { sink(record); });
    lines.take(text);
    lines.finish();
    sink.note(lines.problems());
    return lines.objects();
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

    const DecodeError notValid{400, u"the body is not valid JSON"_s};
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
        if (reader.readDocument(replaced.empty() ? text : replaced, now,
                                [&sink](const RecordView &record) { sink(record); })) {
            sink.note(reader.problems());
            return {};
        }
        // Lines of JSON come under this type, too; an array that breaks off is none.
        if (type == "application/json" && text[text.find_first_not_of(blanks)] == '[')
            return tl::make_unexpected(notValid);
    }
    const auto objects = readLines(text, sink);
    if (!objects)
        return tl::make_unexpected(objects.error());
    if (type == "application/json" && *objects == 0)
        return tl::make_unexpected(notValid);
    return {};
}

} // namespace trace
