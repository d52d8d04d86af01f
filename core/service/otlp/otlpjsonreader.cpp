// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpjsonreader.h"

#include "core/record/jsonvalues.h"
#include "core/record/utf8.h"
#include "core/service/jsonbudget.h"
#include "core/service/otlp/otlpassembler.h"
#include "core/service/otlp/otlpjsonvalue.h"

namespace trace::otlp {

using namespace Qt::StringLiterals;
namespace dom = simdjson::dom;

namespace {

using Done = tl::expected<void, DecodeError>;

tl::unexpected<DecodeError> bad(const QString &text)
{
    return tl::make_unexpected(DecodeError{400, text});
}

int severityFromName(std::string_view name)
{
    constexpr std::string_view prefix = "SEVERITY_NUMBER_";
    constexpr std::array<std::string_view, 6> levels{"TRACE", "DEBUG", "INFO",
                                                     "WARN",  "ERROR", "FATAL"};
    if (!name.starts_with(prefix))
        return 0;
    name.remove_prefix(prefix.size());
    for (std::size_t i = 0; i < levels.size(); ++i) {
        if (!name.starts_with(levels[i]))
            continue;
        const std::string_view step = name.substr(levels[i].size());
        if (step.empty() || (step.size() == 1 && step[0] >= '2' && step[0] <= '4'))
            return static_cast<int>(4 * i) + (step.empty() ? 1 : step[0] - '0');
    }
    return 0;
}

class Reader final
{
public:
    Reader(const RecordSink &sink, std::int64_t now)
        : m_assembler(sink, now)
    {}

    [[nodiscard]] Done readRequest(const dom::element &document);

private:
    using Add = void (Assembler::*)(std::string_view, const Value &);
    using Read = Done (Reader::*)(const dom::object &);

    [[nodiscard]] Done readList(const std::optional<dom::element> &list, const char *name,
                                Read read);
    [[nodiscard]] Done readResourceLogs(const dom::object &object);
    [[nodiscard]] Done readScopeLogs(const dom::object &object);
    [[nodiscard]] Done readLogRecord(const dom::object &object);
    [[nodiscard]] Done readAttributes(const dom::object &owner, Add add);
    void readMarks(const dom::object &object);
    [[nodiscard]] Id readId(const std::optional<dom::element> &value, std::size_t size,
                            std::string_view name);

    Assembler m_assembler;
    JsonValueReader m_values;
    std::string m_json;
    std::string m_bodyJson;
};

Done Reader::readRequest(const dom::element &document)
{
    dom::object request;
    if (document.get_object().get(request) != simdjson::SUCCESS)
        return bad(u"the body is not a JSON object"_s);
    const auto list = member(request, "resourceLogs", "resource_logs");
    const bool hasList = request["resourceLogs"].error() == simdjson::SUCCESS ||
                         request["resource_logs"].error() == simdjson::SUCCESS;
    if (!hasList && request.size() > 0) // an export of nothing may leave it out
        return bad(u"the body has no resourceLogs; records that are plain JSON go to /logs"_s);
    return readList(list, "resourceLogs",
                    &Reader::readResourceLogs);
}

Done Reader::readList(const std::optional<dom::element> &list, const char *name, Read read)
{
    if (!list)
        return {};
    dom::array items;
    if (list->get_array().get(items) != simdjson::SUCCESS)
        return bad(u"%1 is not an array"_s.arg(QLatin1StringView(name)));
    for (const auto item : items) {
        dom::object object;
        if (item.get_object().get(object) != simdjson::SUCCESS)
            return bad(u"an item of %1 is not an object"_s.arg(QLatin1StringView(name)));
        if (Done done = (this->*read)(object); !done)
            return done;
    }
    return {};
}

Done Reader::readResourceLogs(const dom::object &object)
{
    m_assembler.beginResource();
    dom::object resource;
    if (const auto value = member(object, "resource");
        value && value->get_object().get(resource) == simdjson::SUCCESS) {
        if (Done done = readAttributes(resource, &Assembler::resourceAttribute); !done)
            return done;
    }
    return readList(member(object, "scopeLogs", "scope_logs"), "scopeLogs", &Reader::readScopeLogs);
}

Done Reader::readScopeLogs(const dom::object &object)
{
    m_assembler.beginScope();
    dom::object scope;
    if (const auto value = member(object, "scope");
        value && value->get_object().get(scope) == simdjson::SUCCESS) {
        const std::string_view name = textOf(member(scope, "name"));
        if (!name.empty() && name != scopeName)
            m_assembler.scopeAttribute("otel.scope.name", Value::ofText(name));
        const std::string_view version = textOf(member(scope, "version"));
        if (!version.empty())
            m_assembler.scopeAttribute("otel.scope.version", Value::ofText(version));
        if (Done done = readAttributes(scope, &Assembler::scopeAttribute); !done)
            return done;
    }
    return readList(member(object, "logRecords", "log_records"), "logRecords",
                    &Reader::readLogRecord);
}

Done Reader::readAttributes(const dom::object &owner, Add add)
{
    const auto list = member(owner, "attributes");
    if (!list)
        return {};
    dom::array attributes;
    if (list->get_array().get(attributes) != simdjson::SUCCESS)
        return bad(u"attributes is not an array"_s);
    for (const auto item : attributes) {
        dom::object attribute;
        if (item.get_object().get(attribute) != simdjson::SUCCESS)
            return bad(u"an attribute is not an object"_s);
        Value value;
        m_json.clear();
        if (const auto element = member(attribute, "value"))
            value = m_values.read(*element, m_json);
        (m_assembler.*add)(textOf(member(attribute, "key")), value);
    }
    return m_values.foundTooDeep()
               ? bad(u"a value is nested more than %1 levels deep"_s.arg(JsonValueReader::maxDepth))
               : Done();
}

//! An id of no use is kept as an attribute, unless it means "not set".
Id Reader::readId(const std::optional<dom::element> &value, std::size_t size, std::string_view name)
{
    const std::string_view text = textOf(value);
    const Id id = idFromJson(text, size);
    if (!id && !isUnsetId(text) && text.find_first_not_of("A=") != std::string_view::npos)
        m_assembler.attribute(name, Value::ofText(text));
    return id;
}

//! What is not set in nearly all records.
void Reader::readMarks(const dom::object &object)
{
    using Names = std::array<std::string_view, 3>;
    for (const auto &[name, snakeName, kept] :
         {Names{"flags", "", "trace_flags"},
          Names{"droppedAttributesCount", "dropped_attributes_count",
                "dropped_attributes_count"}}) {
        const auto value = member(object, name, snakeName);
        if (const auto number = value ? integerOf(*value) : std::nullopt; number && *number != 0)
            m_assembler.attribute(kept, Value::ofInteger(*number));
    }
    const std::string_view event = textOf(member(object, "eventName", "event_name"));
    if (!event.empty())
        m_assembler.attribute("event_name", Value::ofText(event));
}

Done Reader::readLogRecord(const dom::object &object)
{
    m_assembler.beginRecord();
    LogRecord record;
    for (const auto &[name, snakeName, time] :
         {std::tuple("timeUnixNano", "time_unix_nano", &record.time),
          std::tuple("observedTimeUnixNano", "observed_time_unix_nano", &record.observedTime)}) {
        const auto value = member(object, name, snakeName);
        if (!value)
            continue;
        const auto read = integerOf(*value);
        if (!read)
            return bad(u"%1 is no number of nanoseconds"_s.arg(QLatin1StringView(name)));
        *time = *read;
    }
    if (const auto severity = member(object, "severityNumber", "severity_number"))
        record.severityNumber = severity->is_string() ? severityFromName(textOf(severity))
                                                      : integerOf(*severity).value_or(0);
    record.severityText = textOf(member(object, "severityText", "severity_text"));
    if (const auto body = member(object, "body")) {
        m_bodyJson.clear();
        record.body = m_values.read(*body, m_bodyJson);
    }
    if (Done done = readAttributes(object, &Assembler::attribute); !done)
        return done;
    if (m_values.foundTooDeep())
        return bad(u"a value is nested more than %1 levels deep"_s.arg(JsonValueReader::maxDepth));
    record.traceId = readId(member(object, "traceId", "trace_id"), traceIdBytes, "trace_id");
    record.spanId = readId(member(object, "spanId", "span_id"), spanIdBytes, "span_id");
    readMarks(object);
    m_assembler.emit(record);
    return {};
}

} // namespace

Done readJson(QByteArrayView body, std::int64_t now, const RecordSink &sink)
{
    std::string_view text(body.data(), static_cast<std::size_t>(body.size()));
    if (const auto error = tooManyValues(text))
        return tl::make_unexpected(*error);
    std::string repaired;
    if (!isUtf8(text)) {
        repaired = toUtf8(text);
        text = repaired;
    }
    dom::parser parser;
    dom::element document;
    if (!parseJson(parser, text, document))
        return bad(u"the body is no valid JSON: "_s +
                   QLatin1StringView(simdjson::error_message(parser.parse(text).error())));
    return Reader(sink, now).readRequest(document);
}

} // namespace trace::otlp
