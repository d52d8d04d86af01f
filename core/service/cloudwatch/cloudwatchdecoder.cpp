// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/cloudwatch/cloudwatchdecoder.h"

#include "core/record/jsonrecordreader.h"
#include "core/record/jsonwriter.h"
#include "core/service/cloudwatch/cloudwatchencoder.h"
#include "core/service/cloudwatch/cloudwatchservice.h"
#include "core/service/cloudwatch/logsrequest.h"

namespace trace::cloudwatch {

using namespace Qt::StringLiterals;

namespace {

//! The names that an endpoint with default templates gives to a record's group and stream.
class DefaultNames final
{
public:
    DefaultNames()
        : m_group(*NameTemplate::parse({}, defaultGroup.toString(), NameKind::Group))
        , m_stream(*NameTemplate::parse({}, defaultStream.toString(), NameKind::Stream))
    {}

    [[nodiscard]] bool match(const RunContext &context, const PutRequest &put) const
    {
        return m_stream.render(context) == put.stream() && m_group.render(context) == put.group();
    }

private:
    NameTemplate m_group;
    NameTemplate m_stream;
};

//! Adds a member to an object as metadata holds it. A key that is taken gets another name.
void addMember(std::string &metadata, std::string_view key, std::string_view json)
{
    std::string name(key);
    while (metadata.find('"' + name + "\":") != std::string::npos)
        name.insert(0, "cloudwatch_");
    if (metadata.size() > 2)
        metadata.back() = ',';
    else
        metadata = '{';
    metadata.append("\"").append(name).append("\":").append(json).push_back('}');
}

std::string quoted(std::string_view text)
{
    std::string json;
    appendJsonString(json, text);
    return json;
}

} // namespace

tl::expected<void, DecodeError> decodeLogs(const HttpRequest &request, const RecordSink &sink)
{
    const QByteArray operation = operationOf(request);
    const QByteArrayList controls{"CreateLogGroup"_ba, "CreateLogStream"_ba,
                                  "PutRetentionPolicy"_ba, "DescribeLogGroups"_ba,
                                  "DescribeLogStreams"_ba};
    if (controls.contains(operation)) {
        const auto parameters = readParameters(request);
        return parameters ? tl::expected<void, DecodeError>()
                          : tl::make_unexpected(parameters.error());
    }
    if (operation != "PutLogEvents")
        return refuse(u"UnknownOperationException"_s, u"The operation is not known here."_s);
    const auto put = PutRequest::read(request);
    if (!put)
        return tl::make_unexpected(put.error());

    static const DefaultNames defaultNames;
    const std::string group = quoted(put->group());
    const std::string stream = quoted(put->stream());
    JsonRecordReader reader;
    std::string metadata;
    for (const PutRequest::Event &event : put->events()) {
        const std::int64_t latest = INT64_MAX / 1'000'000;
        RecordView record = reader.readLine(event.message, std::min(event.ms, latest) * 1'000'000);
        const bool hasOtherTime = millisecondsOf(record.timestamp) != event.ms;
        const bool hasOtherNames = !defaultNames.match(contextOf(record), *put);
        if (hasOtherTime || hasOtherNames) {
            metadata = record.metadata;
            if (hasOtherNames) {
                addMember(metadata, "log_group", group);
                addMember(metadata, "log_stream", stream);
            }
            if (hasOtherTime)
                addMember(metadata, "event_timestamp", std::to_string(event.ms));
            record.metadata = metadata;
        }
        sink(record);
    }
    sink.note(reader.problems());
    return {};
}

} // namespace trace::cloudwatch
