// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokidecoder.h"

#include "core/record/timestamp.h"
#include "core/record/utf8.h"
#include "core/service/compression.h"
#include "core/service/grafana/lokientry.h"
#include "core/service/jsonbudget.h"
#include "core/service/textkeeper.h"

#include <protozero/pbf_reader.hpp>
#include <simdjson.h>

#include <algorithm>

namespace trace::loki {

using namespace Qt::StringLiterals;

namespace {

using Done = tl::expected<void, DecodeError>;

tl::unexpected<DecodeError> bad(const QString &text)
{
    return tl::make_unexpected(DecodeError{400, text});
}

tl::unexpected<DecodeError> badLabels(std::string_view text)
{
    return bad(u"error parsing labels '%1'"_s.arg(QString::fromUtf8(
        text.data(), static_cast<qsizetype>(std::min<std::size_t>(text.size(), 200)))));
}

std::string_view textOf(protozero::pbf_reader &message, TextKeeper &keeper)
{
    const auto view = message.get_view();
    return keeper.text({view.data(), view.size()});
}

std::int64_t readTimestamp(protozero::pbf_reader message)
{
    std::uint64_t seconds = 0;
    std::uint64_t nanos = 0;
    while (message.next()) {
        if (message.tag_and_type() == protozero::tag_and_type(1, protozero::pbf_wire_type::varint))
            seconds = static_cast<std::uint64_t>(message.get_int64());
        else if (message.tag_and_type() ==
                 protozero::tag_and_type(2, protozero::pbf_wire_type::varint))
            nanos = static_cast<std::uint64_t>(message.get_int64());
        else
            message.skip();
    }
    // Unsigned, because seconds from outside may be any number.
    return static_cast<std::int64_t>(seconds * 1'000'000'000 + nanos);
}

constexpr auto bytesField(protozero::pbf_tag_type tag)
{
    return protozero::tag_and_type(tag, protozero::pbf_wire_type::length_delimited);
}

void readPair(protozero::pbf_reader message, EntryReader &reader, TextKeeper &keeper)
{
    std::string_view name;
    std::string_view value;
    while (message.next()) {
        if (message.tag_and_type() == bytesField(1))
            name = textOf(message, keeper);
        else if (message.tag_and_type() == bytesField(2))
            value = textOf(message, keeper);
        else
            message.skip();
    }
    reader.pair(name, value);
}

void readEntry(protozero::pbf_reader message, EntryReader &reader, TextKeeper &keeper)
{
    protozero::pbf_reader rest = message;
    std::int64_t time = 0;
    std::string_view line;
    bool begun = false;
    // Time and line come first wherever a generated writer made the entry; the pairs are read on
    // the way then, and in a second pass where they came before.
    bool early = false;
    while (message.next()) {
        if (message.tag_and_type() == bytesField(1)) {
            time = readTimestamp(message.get_message());
            early = early || begun;
        } else if (message.tag_and_type() == bytesField(2)) {
            line = textOf(message, keeper);
            early = early || begun;
        } else if (message.tag_and_type() == bytesField(3)) {
            if (!begun)
                reader.beginEntry(time, line);
            begun = true;
            readPair(message.get_message(), reader, keeper);
        } else {
            message.skip();
        }
    }
    if (!begun || early)
        reader.beginEntry(time, line);
    while (early && rest.next(3, protozero::pbf_wire_type::length_delimited))
        readPair(rest.get_message(), reader, keeper);
    reader.emit();
    keeper.clear();
}

Done readStream(protozero::pbf_reader message, EntryReader &reader, TextKeeper &keeper)
{
    protozero::pbf_reader entries = message;
    std::string labelText;
    while (message.next()) {
        if (message.tag_and_type() == bytesField(1)) {
            const auto view = message.get_view();
            labelText = toUtf8({view.data(), view.size()});
            break;
        }
        message.skip();
    }
    const auto labels = parseLabels(labelText);
    if (!labels || labels->empty())
        return badLabels(labelText);
    reader.beginStream(*labels);
    while (entries.next(2, protozero::pbf_wire_type::length_delimited))
        readEntry(entries.get_message(), reader, keeper);
    return {};
}

Done readProtobuf(const QByteArray &body, const RecordSink &sink)
{
    EntryReader reader(sink);
    TextKeeper keeper;
    bool empty = true;
    try {
        protozero::pbf_reader push(body.constData(), static_cast<std::size_t>(body.size()));
        while (push.next(1, protozero::pbf_wire_type::length_delimited)) {
            empty = false;
            if (const Done stream = readStream(push.get_message(), reader, keeper); !stream)
                return stream;
        }
    } catch (const protozero::exception &) {
        return bad(u"unmarshalling the protobuf body failed"_s);
    }
    if (empty)
        return tl::make_unexpected(
            DecodeError{422, u"error at least one valid stream is required for ingestion"_s});
    return {};
}

//! The entries of one stream in JSON: `[["<ns>","<line>",{"name":"value"}], …]`.
Done readValues(simdjson::dom::element values, EntryReader &reader)
{
    if (values.is_null())
        return {};
    simdjson::dom::array entries;
    if (values.get(entries))
        return bad(u"error parsing values: not an array"_s);
    for (const auto entry : entries) {
        if (entry.is_null())
            continue;
        simdjson::dom::array parts;
        if (entry.get(parts) || parts.size() < 2 || parts.size() > 3)
            return bad(u"error parsing an entry: not [\"<ns>\", \"<line>\", {…}]"_s);
        auto part = parts.begin();
        std::string_view text;
        std::int64_t time = 0;
        if ((*part).get(text))
            return bad(u"error parsing an entry: the timestamp is not a string"_s);
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), time);
        if (error != std::errc() || stop != text.data() + text.size() || text.empty())
            return bad(u"error parsing an entry: the timestamp is no number of nanoseconds"_s);
        ++part;
        if ((*part).get(text))
            return bad(u"error parsing an entry: the line is not a string"_s);
        // Some clients count in other units, which Loki refuses for being long past.
        reader.beginEntry(timestampFromInteger(time), text);
        if (parts.size() == 3) {
            ++part;
            simdjson::dom::object pairs;
            if ((*part).get(pairs))
                return bad(u"error parsing structured metadata: not an object"_s);
            for (const auto pair : pairs) {
                if (pair.value.get(text))
                    return bad(u"Value looks like object, but can't find closing '}' symbol: "
                               "structured metadata must be strings"_s);
                reader.pair(pair.key, text);
            }
        }
        reader.emit();
    }
    return {};
}

//! The entries of the deprecated form: `[{"ts":"<RFC 3339>","line":"…"}, …]`.
Done readLegacyEntries(simdjson::dom::element values, EntryReader &reader)
{
    simdjson::dom::array entries;
    if (values.get(entries))
        return bad(u"error parsing entries: not an array"_s);
    for (const auto entry : entries) {
        std::string_view time;
        std::string_view line;
        if (entry["ts"].get(time) || entry["line"].get(line))
            return bad(u"error parsing an entry: not {\"ts\", \"line\"}"_s);
        const auto ns = timestampFromText(time);
        if (!ns)
            return bad(u"error parsing an entry: the timestamp is no time"_s);
        reader.beginEntry(*ns, line);
        reader.emit();
    }
    return {};
}

Done readJsonStream(simdjson::dom::element stream, EntryReader &reader)
{
    std::string_view legacy;
    if (!stream["labels"].get(legacy)) {
        const auto labels = parseLabels(legacy);
        if (!labels || labels->empty())
            return badLabels(legacy);
        reader.beginStream(*labels);
        simdjson::dom::element entries;
        return stream["entries"].get(entries) ? Done() : readLegacyEntries(entries, reader);
    }
    simdjson::dom::object object;
    if (stream["stream"].get(object))
        return bad(u"error parsing labels: a stream without \"stream\""_s);
    Labels labels;
    for (const auto label : object) {
        std::string_view text;
        // Loki takes any scalar by its text.
        std::string value =
            label.value.get(text) ? std::string(simdjson::minify(label.value)) : std::string(text);
        if (!isLabelName(label.key))
            return badLabels(label.key);
        if (!value.empty())
            labels.emplace_back(label.key, std::move(value));
    }
    if (labels.empty())
        return bad(u"error at least one label pair is required per stream"_s);
    reader.beginStream(labels);
    simdjson::dom::element values;
    return stream["values"].get(values) ? Done() : readValues(values, reader);
}

Done readJson(const QByteArray &body, const RecordSink &sink)
{
    if (const auto excess =
            tooManyValues({body.constData(), static_cast<std::size_t>(body.size())}))
        return tl::make_unexpected(*excess);
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    const auto error =
        parser.parse(body.constData(), static_cast<std::size_t>(body.size())).get(document);
    if (error)
        return bad(u"error parsing the JSON body: "_s +
                   QLatin1String(simdjson::error_message(error)));
    simdjson::dom::array streams;
    if (document["streams"].get(streams))
        return bad(u"error parsing the body: no array \"streams\""_s);
    if (streams.size() == 0)
        return tl::make_unexpected(
            DecodeError{422, u"error at least one valid stream is required for ingestion"_s});
    EntryReader reader(sink);
    for (const auto stream : streams) {
        if (Done done = readJsonStream(stream, reader); !done)
            return done;
    }
    return {};
}

} // namespace

Done decodePush(const HttpRequest &request, const RecordSink &sink)
{
    const QByteArray type = mediaType(request.headers);
    if (type.isEmpty())
        return bad(u"mime: no media type"_s);
    const QByteArray encoding =
        headerValue(request.headers, "Content-Encoding").trimmed().toLower();
    if (!encoding.isEmpty() && encoding != "gzip" && encoding != "deflate" && encoding != "snappy")
        return bad(
            u"Content-Encoding \"%1\" not supported"_s.arg(QString::fromUtf8(encoding.left(40))));
    // To Loki "snappy" says nothing: its protobuf is always under snappy, its JSON never.
    const Decompressed body =
        decodeBody(request.body, encoding == "snappy" ? QByteArray() : encoding, true);
    if (!body)
        return tl::make_unexpected(body.error());
    if (type == "application/json")
        return readJson(*body, sink);
    const Decompressed push = snappyUncompress(*body);
    return push ? readProtobuf(*push, sink) : tl::make_unexpected(push.error());
}

} // namespace trace::loki
