// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpanswer.h"

#include "core/record/utf8.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <numeric>

namespace trace::otlp {

using namespace Qt::StringLiterals;

namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

//! ExportLogsServiceResponse.partial_success.
struct PartialSuccess
{
    std::int64_t rejected = 0;
    QString message;
};

QString textOf(pbf_reader &message)
{
    const auto view = message.get_view();
    return QString::fromStdString(toUtf8({view.data(), view.size()}));
}

pbf_reader readerOf(const QByteArray &body)
{
    return {body.constData(), static_cast<std::size_t>(body.size())};
}

//! Whether it ends amid a field.
bool breaksOffAsProtobuf(const QByteArray &body)
{
    try {
        pbf_reader response = readerOf(body);
        while (response.next())
            response.skip();
    } catch (const protozero::end_of_buffer_exception &) {
        return true;
    } catch (const protozero::exception &) {
        return false;
    }
    return false;
}

std::optional<PartialSuccess> partialFromProtobuf(const QByteArray &body)
{
    PartialSuccess partial;
    try {
        pbf_reader response = readerOf(body);
        while (response.next(1, pbf_wire_type::length_delimited)) {
            pbf_reader message = response.get_message();
            while (message.next()) {
                if (message.tag_and_type() == protozero::tag_and_type(1, pbf_wire_type::varint))
                    partial.rejected = message.get_int64();
                else if (message.tag_and_type() ==
                         protozero::tag_and_type(2, pbf_wire_type::length_delimited))
                    partial.message = textOf(message);
                else
                    message.skip();
            }
        }
    } catch (const protozero::exception &) {
        return std::nullopt;
    }
    return partial;
}

std::optional<PartialSuccess> partialFromJson(const QByteArray &body)
{
    const QJsonDocument document = QJsonDocument::fromJson(body);
    if (!document.isObject())
        return std::nullopt;
    const QJsonObject response = document.object();
    const auto either = [](const QJsonObject &object, QLatin1StringView name,
                           QLatin1StringView snakeName) {
        return object.value(object.contains(name) ? name : snakeName);
    };
    const QJsonObject partial =
        either(response, "partialSuccess"_L1, "partial_success"_L1).toObject();
    const QJsonValue rejected = either(partial, "rejectedLogRecords"_L1, "rejected_log_records"_L1);
    const bool isThere = !rejected.isUndefined() && !rejected.isNull();
    bool isCount = true; // one that cannot be read is not none
    const qint64 count = rejected.isString() ? rejected.toString().toLongLong(&isCount)
                                             : rejected.toInteger(isThere ? 1 : 0);
    return PartialSuccess{isCount ? count : 1,
                          either(partial, "errorMessage"_L1, "error_message"_L1).toString()};
}

//! The encoding of an answer: by its type, else by how it begins.
Encoding encodingOfReply(const HttpReply &reply)
{
    if (const auto encoding = encodingOf(reply.headers))
        return *encoding;
    return reply.body.trimmed().startsWith('{') ? Encoding::Json : Encoding::Protobuf;
}

//! Some were stored and some not, and nobody tells which: never to be sent again.
Outcome outcomeOfSuccess(const HttpReply &reply, std::size_t records)
{
    Outcome outcome = outcomeOfStatus(reply);
    if (reply.body.isEmpty())
        return outcome;
    if (isWebPage(reply))
        return heldForWebPage(reply, u"/v1/logs"_s);
    if (reply.wasLeftOff)
        return outcome;
    const bool isCutProtobuf =
        encodingOf(reply.headers) == Encoding::Protobuf && breaksOffAsProtobuf(reply.body);
    if (isCutProtobuf || (encodingOfReply(reply) == Encoding::Json && breaksOff(reply)))
        return brokenOff(reply);
    const auto partial = encodingOfReply(reply) == Encoding::Json ? partialFromJson(reply.body)
                                                                  : partialFromProtobuf(reply.body);
    if (!partial) {
        outcome.reason = u"HTTP %1, with an answer that is none of OTLP's: "_s.arg(reply.status) +
                         bodyExcerpt(reply.body);
        return outcome;
    }
    const QString words = bodyExcerpt(partial->message.toUtf8());
    if (partial->rejected <= 0) {
        outcome.reason = words; // a warning
        return outcome;
    }
    outcome.kind = Outcome::Kind::PartlyDelivered;
    outcome.reason =
        u"HTTP %1: %2 of %3 rejected"_s.arg(reply.status).arg(partial->rejected).arg(records);
    if (!words.isEmpty())
        outcome.reason += u": "_s + words;
    outcome.words = words;
    const auto rejected = static_cast<std::size_t>(partial->rejected);
    if (rejected < records) {
        outcome.unknownCount = rejected;
        return outcome;
    }
    outcome.rejected.resize(records);
    std::iota(outcome.rejected.begin(), outcome.rejected.end(), std::size_t{0});
    return outcome;
}

//! The message of a google.rpc.Status in protobuf; nothing when \a body is none.
std::optional<QString> statusMessage(const QByteArray &body)
{
    std::optional<QString> words;
    try {
        pbf_reader status = readerOf(body);
        while (status.next()) {
            if (status.tag_and_type() ==
                protozero::tag_and_type(2, pbf_wire_type::length_delimited))
                words = textOf(status);
            else
                status.skip();
        }
    } catch (const protozero::exception &) {
        return std::nullopt;
    }
    return words;
}

//! The code of gRPC that the Collector's receiver gives with \a status.
int codeOf(int status)
{
    switch (status) {
    case 401:
        return 16; // UNAUTHENTICATED
    case 403:
        return 7; // PERMISSION_DENIED
    case 404:
        return 12; // UNIMPLEMENTED
    case 413:
    case 429:
        return 8; // RESOURCE_EXHAUSTED
    case 502:
    case 503:
    case 504:
        return 14; // UNAVAILABLE
    default:
        return status >= 500 ? 13 : 3; // INTERNAL, INVALID_ARGUMENT
    }
}

} // namespace

std::optional<Encoding> encodingOf(const HttpHeaders &headers)
{
    const QByteArray type = mediaType(headers);
    if (type == "application/json")
        return Encoding::Json;
    if (type == "application/x-protobuf" || type == "application/protobuf")
        return Encoding::Protobuf;
    return std::nullopt;
}

QByteArray contentType(Encoding encoding)
{
    return encoding == Encoding::Json ? "application/json"_ba : "application/x-protobuf"_ba;
}

Outcome outcomeOf(const HttpReply &reply, std::size_t records)
{
    Outcome outcome = outcomeOfStatus(reply);
    if (reply.fault != TransportFault::None)
        return outcome;
    if (outcome.kind == Outcome::Kind::Delivered)
        return outcomeOfSuccess(reply, records);
    if (encodingOf(reply.headers) == Encoding::Protobuf) {
        if (const auto words = statusMessage(reply.body)) {
            HttpReply worded = reply;
            worded.body = words->toUtf8();
            outcome = outcomeOfStatus(worded);
        }
    }
    if (reply.status == 404)
        advise(outcome, {u"otlp_path"_s});
    else if (reply.status == 415)
        advise(outcome, {u"otlp_encoding"_s});
    return outcome;
}

ServiceAnswer success(Encoding encoding)
{
    return {200, contentType(encoding), encoding == Encoding::Json ? "{}"_ba : QByteArray("")};
}

ServiceAnswer failure(Encoding encoding, int status, const QString &text)
{
    ServiceAnswer answer{status, contentType(encoding), {}};
    if (encoding == Encoding::Json) {
        const QJsonObject body{{u"code"_s, codeOf(status)}, {u"message"_s, text}};
        answer.body = QJsonDocument(body).toJson(QJsonDocument::Compact);
        return answer;
    }
    std::string body;
    protozero::pbf_writer writer(body);
    writer.add_int32(1, codeOf(status));
    writer.add_string(2, text.toStdString());
    answer.body = QByteArray::fromStdString(body);
    return answer;
}

} // namespace trace::otlp
