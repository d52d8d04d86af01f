// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogdecoder.h"

#include "core/record/jsonvalues.h"
#include "core/record/timestamp.h"
#include "core/record/utf8.h"
#include "core/service/compression.h"
#include "core/service/datadog/datadogitem.h"

#include <QUrlQuery>

#include <charconv>

namespace trace::datadog {

using namespace Qt::StringLiterals;

namespace dom = simdjson::dom;

namespace {

// Datadog speaks of 5 MB; 4.8 MB were taken and 5.58 MB refused.
constexpr qsizetype maxBodyBytes = 5 * 1024 * 1024;
constexpr std::string_view blanks = " \t\r\n";

ItemDefaults defaultsOf(const QUrl &url)
{
    const QUrlQuery query(url);
    const auto text = [&](const QString &name) {
        // Clients write + for a blank, which QUrlQuery leaves alone.
        QString value = query.queryItemValue(name, QUrl::FullyEncoded).replace(u'+', u"%20"_s);
        return toUtf8(QByteArray::fromPercentEncoding(value.toUtf8()).toStdString());
    };
    return {text(u"ddtags"_s), text(u"ddsource"_s), text(u"service"_s), text(u"hostname"_s)};
}

bool readJson(std::string_view json, ItemReader &reader)
{
    dom::parser parser;
    dom::element document;
    if (!parseJson(parser, json, document))
        return false;
    dom::array items;
    if (document.get_array().get(items) != simdjson::SUCCESS) {
        reader.read(document);
        return true;
    }
    for (const auto item : items)
        reader.read(item);
    return true;
}

void readLines(std::string_view text, ItemReader &reader)
{
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line.find_first_not_of(blanks) != std::string_view::npos)
            reader.readLine(line);
    }
}

//! Takes "LENGTH SPACE BYTES" off the front; nothing when \a text does not begin so.
std::optional<std::string_view> takeFrame(std::string_view &text)
{
    std::size_t length = 0;
    const char *const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, length);
    if (error != std::errc() || stop == end || *stop != ' ')
        return std::nullopt;
    const auto start = static_cast<std::size_t>(stop - text.data()) + 1;
    if (length == 0 || length > text.size() - start)
        return std::nullopt;
    std::string_view frame = text.substr(start, length);
    text.remove_prefix(start + length);
    return frame;
}

//! Syslog messages with their lengths before them, kept as they are (Heroku's logplex).
void readFrames(std::string_view text, ItemReader &reader)
{
    while (!text.empty()) {
        const auto frame = takeFrame(text);
        if (!frame) {
            readLines(text, reader);
            return;
        }
        const std::size_t last = frame->find_last_not_of(blanks);
        if (last != std::string_view::npos)
            reader.readLine(toUtf8(frame->substr(0, last + 1)));
    }
}

} // namespace

tl::expected<void, DecodeError> decodeIntake(const HttpRequest &request, const RecordSink &sink)
{
    const Decompressed body = decodeBody(
        request.body, headerValue(request.headers, "Content-Encoding"), false, maxBodyBytes);
    if (!body)
        return tl::make_unexpected(body.error());
    std::string_view text(body->data(), static_cast<std::size_t>(body->size()));
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    if (text.find_first_not_of(blanks) == std::string_view::npos)
        return {};

    const ItemDefaults defaults = defaultsOf(request.url);
    ItemReader reader(defaults, nowNs(), sink);
    const QByteArray type = mediaType(request.headers);
    if (type == "application/logplex-1") {
        readFrames(text, reader); // Lengths count the bytes as they came.
        return {};
    }
    std::string clean;
    if (!isUtf8(text)) {
        clean = toUtf8(text);
        text = clean;
    }
    if (type.startsWith("text/")) {
        readLines(text, reader);
        return {};
    }
    if (readJson(text, reader))
        return {};
    if (type == "application/json")
        return tl::make_unexpected(DecodeError{400, u"the body is not valid JSON"_s});
    readLines(text, reader); // Such as curl's, which calls everything a form.
    return {};
}

} // namespace trace::datadog
