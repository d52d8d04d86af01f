// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/service/service.h"

#include <protozero/pbf_writer.hpp>

//! Requests of OTLP as a client writes them, and what is read from them.
namespace trace::otlptest {

using namespace Qt::StringLiterals;

inline std::shared_ptr<const Service> make(const QString &encoding = u"protobuf"_s,
                                           const QString &compression = u"none"_s)
{
    ServiceOptions options;
    options.url = QUrl(u"http://collector.example"_s);
    options.compression = compression;
    options.own = {{u"encoding"_s, encoding}};
    return makeService(u"otlp"_s, options).value_or(nullptr);
}

inline HttpRequest requestOf(const QByteArray &type, const QByteArray &body,
                             const QByteArray &encoding = {})
{
    HttpRequest request;
    if (!type.isNull())
        setHeader(request.headers, "Content-Type", type);
    if (!encoding.isEmpty())
        setHeader(request.headers, "Content-Encoding", encoding);
    request.body = body;
    return request;
}

struct Read
{
    std::vector<Record> records;
    tl::expected<void, DecodeError> done;
};

inline Read read(const HttpRequest &request)
{
    Read result;
    result.done = make()->decode(
        request, [&](const RecordView &view) { result.records.push_back(toRecord(view)); });
    return result;
}

//! JSON written with ' for ".
inline QByteArray quoted(const QByteArray &json)
{
    return QByteArray(json).replace('\'', '"');
}

//! A request with one log record, whose members are \a record, in JSON.
inline HttpRequest jsonWith(const QByteArray &record, const QByteArray &resource = "",
                            const QByteArray &scope = "")
{
    return requestOf("application/json",
                     quoted("{'resourceLogs':[{'resource':{" + resource +
                            "},'scopeLogs':[{'scope':{" + scope +
                            "},'logRecords':[{'timeUnixNano':'1700000000000000001'" +
                            (record.isEmpty() ? "" : ",") + record + "}]}]}]}"));
}

//! The same in protobuf: \a write adds to the log record.
template <typename Write>
HttpRequest protobufWith(Write &&write)
{
    std::string body;
    {
        protozero::pbf_writer request(body);
        protozero::pbf_writer resource(request, 1);
        protozero::pbf_writer scope(resource, 2);
        protozero::pbf_writer record(scope, 2);
        write(record);
    }
    return requestOf("application/x-protobuf", QByteArray::fromStdString(body));
}

inline std::vector<Record> richRecords()
{
    std::vector<Record> records;
    for (int i = 0; i < 60; ++i) {
        Record record;
        record.timestamp = 1'700'000'000'000'000'001 + i * 10;
        record.level = allLevels[static_cast<std::size_t>(i) % allLevels.size()];
        record.mode = i % 2 ? Mode::Stdout : Mode::Stderr;
        record.message = "line " + std::to_string(i) + " ä\n\"x\"\t\x01";
        record.context.runId = "run-" + std::to_string(i / 20);
        record.context.parentRunId = "parent";
        record.context.workflowName = "import";
        record.context.stageName = "load";
        record.context.jobName = "copy";
        record.context.userId = "u";
        record.context.tenantId = "t";
        record.context.environment = "prod";
        record.context.hostname = i < 40 ? "h" : "g";
        record.context.tags = {"one", "service:etl", "a \"quoted\", tag"};
        record.filename = "a.py";
        record.lineno = i;
        record.process = -1;
        record.thread = INT64_MAX;
        record.traceId = "0af7651916cd43dd8448eb211c80319c";
        record.spanId = "b7ad6b7169203331";
        record.parentSpanId = "00f067aa0ba902b7";
        record.durationMs = 0.1;
        record.memoryUsageMb = 1e300;
        record.cpuUsagePercent = 0;
        record.exceptionType = "KeyError";
        record.exceptionMessage = "'x'";
        record.stackTrace = "Traceback:\n  line";
        record.errorCode = "E1";
        record.metadata =
            "{\"a\":\"b \\\"c\\\" €𝄞\","
            R"("level":"odd","mode":7,"deep":{"list":[1,-2.5,"x",null,true,{}],)"
            R"("empty":[]},"big":9007199254740993,"host.name":"other","metadata.run_id":"m",)"
            R"("whole":2.0,"none":null,"":"no name"})";
        records.push_back(record);
    }
    records.emplace_back().timestamp = 1; // nothing else is set
    return records;
}

inline std::vector<RecordView> viewsOf(const std::vector<Record> &records)
{
    std::vector<RecordView> views;
    for (const Record &record : records)
        views.push_back(viewOf(record));
    return views;
}

} // namespace trace::otlptest
