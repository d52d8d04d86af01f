// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpjsonencoder.h"

#include "core/record/jsonwriter.h"
#include "core/service/otlp/otlpfields.h"
#include "core/service/otlp/otlpgroups.h"
#include "core/service/otlp/otlpmetadata.h"

namespace trace::otlp {

namespace {

//! Appends KeyValues, a comma before each.
struct AttributeWriter
{
    std::string &out;

    void operator()(std::string_view name, std::string_view text) const
    {
        begin(name);
        appendJsonText(out, text);
        out += "}}";
    }
    void operator()(std::string_view name, std::int64_t number) const
    {
        begin(name);
        appendJsonInteger(out, std::to_string(number));
        out += "}}";
    }
    void operator()(std::string_view name, double number) const
    {
        begin(name);
        appendJsonDouble(out, number);
        out += "}}";
    }
    void operator()(std::string_view name, const std::vector<std::string> &texts) const
    {
        begin(name);
        out += R"("arrayValue":{"values":)";
        char separator = '[';
        for (const std::string &text : texts) {
            out += separator;
            out += '{';
            appendJsonText(out, text);
            out += '}';
            separator = ',';
        }
        out += "]}}}";
    }

private:
    void begin(std::string_view name) const
    {
        out.append(R"(,{"key":")").append(name).append(R"(","value":{)");
    }
};

void encodeContext(std::string &out, const RunContext &context)
{
    forEachContextAttribute(context, AttributeWriter{out});
}

//! Turns the comma before the first of several items at \a start into a bracket, and closes it;
//! takes back the key where there are none.
void closeList(std::string &out, std::size_t keyStart, std::size_t start)
{
    if (out.size() == start) {
        out.resize(keyStart);
        return;
    }
    out[start] = '[';
    out += ']';
}

void appendResource(std::string &out, const Groups::Resource &resource)
{
    const std::size_t keyStart = out.size();
    out += R"({"resource":{"attributes":)";
    const std::size_t start = out.size();
    const AttributeWriter attribute{out};
    attribute("service.name", std::string_view(resource.serviceName));
    if (!resource.environment.empty())
        attribute("deployment.environment.name", std::string_view(resource.environment));
    if (!resource.hostname.empty())
        attribute("host.name", std::string_view(resource.hostname));
    closeList(out, keyStart, start);
    out.append(R"(},"scopeLogs":[{"scope":{"name":")").append(scopeName).append(R"("})");
}

void appendId(std::string &out, std::string_view name, const Id &id)
{
    if (!id)
        return;
    out.append(",\"").append(name).append("\":\"");
    appendHex(out, id.view());
    out += '"';
}

void appendLogRecord(std::string &out, const RecordView &record, std::string_view shared)
{
    const Ids ids(record);
    out += '{';
    if (hasWireTime(record)) {
        out += R"("timeUnixNano":")" + std::to_string(record.timestamp) + R"(",)";
        out += R"("observedTimeUnixNano":")" + std::to_string(observedTimeOf(record)) + R"(",)";
    }
    out += R"("severityNumber":)" + std::to_string(severityOf(record.level));
    out.append(R"(,"severityText":")").append(levelName(record.level)).append(1, '"');
    if (!record.message.empty()) {
        out += R"(,"body":{)";
        appendJsonText(out, record.message);
        out += '}';
    }
    const std::size_t keyStart = out.size();
    out += R"(,"attributes":)";
    const std::size_t start = out.size();
    out += shared;
    forEachRecordAttribute(record, ids, AttributeWriter{out});
    appendMetadataJson(out, record.metadata);
    closeList(out, keyStart, start);
    appendId(out, "traceId", ids.trace);
    appendId(out, "spanId", ids.span);
    out += '}';
}

} // namespace

std::string encodeJson(std::span<const RecordView> records)
{
    const Groups groups(records, encodeContext);
    std::size_t estimate = 4096;
    for (const auto &resource : groups.resources())
        estimate += 2 * resource.bytes;
    std::string out;
    out.reserve(estimate);
    out += R"({"resourceLogs":[)";
    for (const auto &resource : groups.resources()) {
        appendResource(out, resource);
        out += R"(,"logRecords":[)";
        for (const std::uint32_t index : resource.records) {
            appendLogRecord(out, records[index], groups.sharedOf(index));
            out += ',';
        }
        out.back() = ']';
        out += "}]},";
    }
    if (out.back() == ',')
        out.pop_back();
    return out + "]}";
}

} // namespace trace::otlp
