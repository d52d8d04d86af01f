// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpprotobufreader.h"

#include "core/record/jsonwriter.h"
#include "core/service/otlp/otlpassembler.h"

#include <QByteArray>

#include <protozero/pbf_reader.hpp>

namespace trace::otlp {

using namespace Qt::StringLiterals;

namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// As deep as Google's own parsers go.
constexpr int maxDepth = 100;

constexpr auto bytesField(protozero::pbf_tag_type tag)
{
    return protozero::tag_and_type(tag, pbf_wire_type::length_delimited);
}
constexpr auto varintField(protozero::pbf_tag_type tag)
{
    return protozero::tag_and_type(tag, pbf_wire_type::varint);
}
constexpr auto fixed64Field(protozero::pbf_tag_type tag)
{
    return protozero::tag_and_type(tag, pbf_wire_type::fixed64);
}

//! A value nested too deeply.
struct TooDeep
{};

class Reader final
{
public:
    Reader(const RecordSink &sink, std::int64_t now)
        : m_assembler(sink, now)
    {}

    void readResourceLogs(pbf_reader message);

private:
    using Add = void (Assembler::*)(std::string_view, const Value &);

    [[nodiscard]] std::string_view text(pbf_reader &message)
    {
        const auto view = message.get_view();
        return m_keeper.text({view.data(), view.size()});
    }
    void readAttributes(pbf_reader message, protozero::pbf_tag_type tag, Add add);
    void readAttribute(pbf_reader message, Add add);
    void appendItems(std::string &out, pbf_reader message, bool isList, int depth);
    void appendMember(std::string &out, pbf_reader message, int depth);
    [[nodiscard]] Value scalarOrJson(std::string &json, pbf_reader message, int depth);
    void readScopeLogs(pbf_reader message);
    void readScope(pbf_reader message);
    void readLogRecord(pbf_reader message);
    [[nodiscard]] Id readId(pbf_reader &message, std::size_t size, std::string_view name);
    void note(std::string_view name, std::int64_t number);

    Assembler m_assembler;
    TextKeeper m_keeper; // texts that were repaired, until the end of the request
    std::string m_json;
    std::string m_bodyJson;
};

//! The value in \a message; an array or an object is appended to \a json.
Value Reader::scalarOrJson(std::string &json, pbf_reader message, int depth)
{
    if (depth > maxDepth)
        throw TooDeep();
    Value value;
    while (message.next()) {
        value = {};
        const auto field = message.tag_and_type();
        if (field == bytesField(1)) {
            value.kind = Value::Kind::Text;
            value.text = text(message);
        } else if (field == varintField(2)) {
            value.kind = Value::Kind::Truth;
            value.truth = message.get_bool();
        } else if (field == varintField(3)) {
            value.kind = Value::Kind::Integer;
            value.integer = message.get_int64();
        } else if (field == fixed64Field(4)) {
            value.kind = Value::Kind::Number;
            value.number = message.get_double();
        } else if (field == bytesField(5) || field == bytesField(6)) {
            const std::size_t start = json.size();
            appendItems(json, message.get_message(), field == bytesField(5), depth);
            value.kind = Value::Kind::Json;
            value.text = std::string_view(json).substr(start);
        } else if (field == bytesField(7)) {
            const auto bytes = message.get_view();
            value.kind = Value::Kind::Text;
            value.text = m_keeper.keep(
                QByteArray::fromRawData(bytes.data(), static_cast<qsizetype>(bytes.size()))
                    .toBase64()
                    .toStdString());
        } else {
            message.skip();
        }
    }
    return value;
}

void Reader::appendItems(std::string &out, pbf_reader message, bool isList, int depth)
{
    char separator = isList ? '[' : '{';
    while (message.next(1, pbf_wire_type::length_delimited)) {
        out += separator;
        separator = ',';
        if (!isList) {
            appendMember(out, message.get_message(), depth);
            continue;
        }
        std::string json;
        appendJson(out, scalarOrJson(json, message.get_message(), depth + 1));
    }
    if (separator != ',')
        out += separator;
    out += isList ? ']' : '}';
}

void Reader::appendMember(std::string &out, pbf_reader message, int depth)
{
    std::string_view key;
    std::string json;
    Value value;
    while (message.next()) {
        if (message.tag_and_type() == bytesField(1))
            key = text(message);
        else if (message.tag_and_type() == bytesField(2))
            value = scalarOrJson(json, message.get_message(), depth + 1);
        else
            message.skip();
    }
    appendJsonString(out, key);
    out += ':';
    appendJson(out, value);
}

void Reader::readAttribute(pbf_reader message, Add add)
{
    std::string_view key;
    Value value;
    m_json.clear();
    while (message.next()) {
        if (message.tag_and_type() == bytesField(1))
            key = text(message);
        else if (message.tag_and_type() == bytesField(2))
            value = scalarOrJson(m_json, message.get_message(), 0);
        else
            message.skip();
    }
    (m_assembler.*add)(key, value);
}

void Reader::readAttributes(pbf_reader message, protozero::pbf_tag_type tag, Add add)
{
    while (message.next(tag, pbf_wire_type::length_delimited))
        readAttribute(message.get_message(), add);
}

void Reader::readResourceLogs(pbf_reader message)
{
    m_assembler.beginResource();
    pbf_reader scopes = message;
    while (message.next(1, pbf_wire_type::length_delimited))
        readAttributes(message.get_message(), 1, &Assembler::resourceAttribute);
    while (scopes.next(2, pbf_wire_type::length_delimited))
        readScopeLogs(scopes.get_message());
}

void Reader::readScopeLogs(pbf_reader message)
{
    m_assembler.beginScope();
    pbf_reader records = message;
    while (message.next(1, pbf_wire_type::length_delimited))
        readScope(message.get_message());
    while (records.next(2, pbf_wire_type::length_delimited))
        readLogRecord(records.get_message());
}

void Reader::readScope(pbf_reader message)
{
    while (message.next()) {
        const auto field = message.tag_and_type();
        if (field == bytesField(1)) {
            const std::string_view name = text(message);
            if (!name.empty() && name != scopeName)
                m_assembler.scopeAttribute("otel.scope.name", Value::ofText(name));
        } else if (field == bytesField(2)) {
            const std::string_view version = text(message);
            if (!version.empty())
                m_assembler.scopeAttribute("otel.scope.version", Value::ofText(version));
        } else if (field == bytesField(3)) {
            readAttribute(message.get_message(), &Assembler::scopeAttribute);
        } else {
            message.skip();
        }
    }
}

//! An id of no use is kept as an attribute, unless it means "not set".
Id Reader::readId(pbf_reader &message, std::size_t size, std::string_view name)
{
    const auto view = message.get_view();
    const std::string_view bytes(view.data(), view.size());
    const Id id = idFromBytes(bytes, size);
    if (!id && !isUnsetId(bytes)) {
        std::string hex;
        appendHex(hex, bytes);
        m_assembler.attribute(name, Value::ofText(m_keeper.keep(std::move(hex))));
    }
    return id;
}

//! A number that is 0 in nearly all records.
void Reader::note(std::string_view name, std::int64_t number)
{
    if (number != 0)
        m_assembler.attribute(name, Value::ofInteger(number));
}

void Reader::readLogRecord(pbf_reader message)
{
    m_assembler.beginRecord();
    LogRecord record;
    while (message.next()) {
        switch (message.tag_and_type()) {
        case fixed64Field(1):
            record.time = static_cast<std::int64_t>(message.get_fixed64());
            break;
        case varintField(2):
            record.severityNumber = message.get_enum();
            break;
        case bytesField(3):
            record.severityText = text(message);
            break;
        case bytesField(5):
            m_bodyJson.clear();
            record.body = scalarOrJson(m_bodyJson, message.get_message(), 0);
            break;
        case bytesField(6):
            readAttribute(message.get_message(), &Assembler::attribute);
            break;
        case varintField(7):
            note("dropped_attributes_count", message.get_uint32());
            break;
        case protozero::tag_and_type(8, pbf_wire_type::fixed32):
            note("trace_flags", message.get_fixed32());
            break;
        case bytesField(9):
            record.traceId = readId(message, traceIdBytes, "trace_id");
            break;
        case bytesField(10):
            record.spanId = readId(message, spanIdBytes, "span_id");
            break;
        case fixed64Field(11):
            record.observedTime = static_cast<std::int64_t>(message.get_fixed64());
            break;
        case bytesField(12):
            if (const std::string_view event = text(message); !event.empty())
                m_assembler.attribute("event_name", Value::ofText(event));
            break;
        default:
            message.skip();
        }
    }
    m_assembler.emit(record);
}

} // namespace

tl::expected<void, DecodeError> readProtobuf(QByteArrayView body, std::int64_t now,
                                             const RecordSink &sink)
{
    Reader reader(sink, now);
    try {
        pbf_reader request(body.data(), static_cast<std::size_t>(body.size()));
        while (request.next(1, pbf_wire_type::length_delimited))
            reader.readResourceLogs(request.get_message());
    } catch (const protozero::exception &) {
        return tl::make_unexpected(DecodeError{400, u"the body is no valid protobuf"_s});
    } catch (const TooDeep &) {
        return tl::make_unexpected(
            DecodeError{400, u"a value is nested more than %1 levels deep"_s.arg(maxDepth)});
    }
    return {};
}

} // namespace trace::otlp
