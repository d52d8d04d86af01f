// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/cloudwatch/logsrequest.h"

#include "core/record/jsonrepair.h"
#include "core/record/utf8.h"
#include "core/service/cloudwatch/cloudwatchencoder.h"
#include "core/service/compression.h"
#include "core/service/jsonbudget.h"

#include <QJsonDocument>

#include <simdjson.h>

#include <algorithm>

namespace trace::cloudwatch {

using namespace Qt::StringLiterals;

namespace {

using Done = tl::expected<void, DecodeError>;

tl::unexpected<DecodeError> invalid(const QString &message)
{
    return refuse(u"InvalidParameterException"_s, message);
}

Done checkName(const QString &what, std::string_view name, bool isAllowed)
{
    if (name.empty() || name.size() > 4 * 512)
        return invalid(u"1 validation error detected: Value at '%1' failed to satisfy constraint: "
                       "Member must have length between 1 and 512"_s.arg(what));
    if (!isAllowed)
        return invalid(u"1 validation error detected: Value '%1' at '%2' failed to satisfy "
                       "constraint: Member must satisfy regular expression pattern"_s.arg(
                           QString::fromUtf8(name.data(), qsizetype(name.size())), what));
    return {};
}

Done checkGroup(std::string_view name)
{
    const auto isAllowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(".-_/#").find(c) != std::string_view::npos;
    };
    return checkName(u"logGroupName"_s, name, std::all_of(name.begin(), name.end(), isAllowed));
}

Done checkStream(std::string_view name)
{
    return checkName(u"logStreamName"_s, name, name.find_first_of(":*") == std::string_view::npos);
}

} // namespace

QByteArray operationOf(const HttpRequest &request)
{
    const QByteArray target = headerValue(request.headers, "X-Amz-Target");
    return target.startsWith(targetPrefix) ? target.mid(targetPrefix.size()) : QByteArray();
}

tl::unexpected<DecodeError> refuse(const QString &type, const QString &message, int status)
{
    return tl::make_unexpected(DecodeError{status, type + u": "_s + message});
}

struct PutRequest::Document
{
    std::string json;
    simdjson::dom::parser parser;
    simdjson::dom::element root;

    //! A client's text may hold what no valid JSON holds; then that part is replaced.
    [[nodiscard]] bool parse()
    {
        if (hasLoneSurrogate(json))
            json = repairedJson(json).value_or(json);
        auto error = parser.parse(json).get(root);
        if (error == simdjson::UTF8_ERROR) {
            json = toUtf8(json);
            error = parser.parse(json).get(root);
        }
        return error == simdjson::SUCCESS && root.is_object();
    }

    //! Empty where there is none.
    [[nodiscard]] std::string_view text(std::string_view name) const
    {
        std::string_view found;
        return root[name].get(found) ? std::string_view() : found;
    }
};

PutRequest::PutRequest(std::unique_ptr<Document> document)
    : m_document(std::move(document))
{}

PutRequest::PutRequest(PutRequest &&) noexcept = default;
PutRequest &PutRequest::operator=(PutRequest &&) noexcept = default;
PutRequest::~PutRequest() = default;

tl::expected<PutRequest, DecodeError> PutRequest::read(const HttpRequest &request)
{
    const Decompressed body =
        decodeBody(request.body, headerValue(request.headers, "Content-Encoding"));
    if (!body)
        return tl::make_unexpected(body.error());
    if (const auto excess =
            tooManyValues({body->constData(), static_cast<std::size_t>(body->size())}))
        return tl::make_unexpected(*excess);
    PutRequest put(std::make_unique<Document>());
    put.m_document->json = body->toStdString();
    if (!put.m_document->parse())
        return refuse(u"SerializationException"_s, u"the body is no JSON object"_s);
    put.m_group = put.m_document->text("logGroupName");
    put.m_stream = put.m_document->text("logStreamName");
    const Done done = checkGroup(put.m_group)
                          .and_then([&] { return checkStream(put.m_stream); })
                          .and_then([&] { return put.readEvents(); })
                          .and_then([&] { return put.checkEvents(); });
    if (!done)
        return tl::make_unexpected(done.error());
    return put;
}

Done PutRequest::readEvents()
{
    simdjson::dom::array events;
    if (m_document->root["logEvents"].get(events))
        return invalid(u"1 validation error detected: Value at 'logEvents' failed to satisfy "
                       "constraint: Member must not be null"_s);
    for (const auto item : events) {
        Event event;
        if (item["timestamp"].get(event.ms) || event.ms < 0)
            return invalid(
                u"1 validation error detected: Value at 'logEvents.%1.member.timestamp' "
                "failed to satisfy constraint: Member must be a number of at least 0"_s.arg(
                    m_events.size() + 1));
        if (item["message"].get(event.message) || event.message.empty())
            return invalid(u"1 validation error detected: Value at 'logEvents.%1.member.message' "
                           "failed to satisfy constraint: Member must have length greater than or "
                           "equal to 1"_s.arg(m_events.size() + 1));
        m_events.push_back(event);
    }
    return {};
}

Done PutRequest::checkEvents() const
{
    if (m_events.empty() || m_events.size() > maxEvents)
        return invalid(u"1 validation error detected: Value at 'logEvents' failed to satisfy "
                       "constraint: Member must have length between 1 and 10000"_s);
    std::size_t bytes = 0;
    for (const Event &event : m_events)
        bytes += event.message.size() + eventOverhead;
    if (bytes > maxBatchBytes)
        return invalid(
            u"Upload too large: %1 bytes exceeds limit of %2"_s.arg(bytes).arg(maxBatchBytes));
    if (!std::is_sorted(m_events.begin(), m_events.end(),
                        [](const Event &left, const Event &right) { return left.ms < right.ms; }))
        return invalid(u"Log events in a single PutLogEvents request must be in chronological "
                       "order."_s);
    return {};
}

tl::expected<QJsonObject, DecodeError> readParameters(const HttpRequest &request)
{
    const Decompressed body =
        decodeBody(request.body, headerValue(request.headers, "Content-Encoding"));
    if (!body)
        return tl::make_unexpected(body.error());
    if (const auto excess =
            tooManyValues({body->constData(), static_cast<std::size_t>(body->size())}))
        return tl::make_unexpected(*excess);
    const QJsonDocument document = QJsonDocument::fromJson(*body);
    if (!document.isObject())
        return refuse(u"SerializationException"_s, u"the body is no JSON object"_s);
    const QJsonObject parameters = document.object();
    const QByteArray operation = operationOf(request);
    const auto text = [&](const QString &name) {
        return parameters.value(name).toString().toStdString();
    };
    Done done;
    if (operation == "CreateLogGroup" || operation == "CreateLogStream" ||
        operation == "PutRetentionPolicy" || operation == "DescribeLogStreams")
        done = checkGroup(text(u"logGroupName"_s));
    if (done && operation == "CreateLogStream")
        done = checkStream(text(u"logStreamName"_s));
    if (!done)
        return tl::make_unexpected(done.error());
    return parameters;
}

} // namespace trace::cloudwatch
