// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/generic/genericanswer.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <numeric>

namespace trace::generic {

using namespace Qt::StringLiterals;

namespace {

//! The only member of an item, whatever the action is called.
QJsonObject resultOf(const QJsonValue &item)
{
    const QJsonObject object = item.toObject();
    return object.isEmpty() ? QJsonObject() : object.begin().value().toObject();
}

bool isRefused(const QJsonObject &result)
{
    const int status = result.value(u"status"_s).toInt();
    return status >= 300 && status != 409; // 409: there already
}

Outcome partly(std::size_t refused, std::size_t records, const QString &words)
{
    Outcome outcome;
    outcome.kind = Outcome::Kind::PartlyDelivered;
    outcome.reason = u"the service took the request, but refused %1 of %2 records"_s
                         .arg(std::min(refused, records))
                         .arg(records);
    if (!words.isEmpty())
        outcome.reason += u": "_s + words;
    outcome.words = words;
    if (refused < records) {
        outcome.unknownCount = refused;
        return outcome;
    }
    outcome.rejected.resize(records);
    std::iota(outcome.rejected.begin(), outcome.rejected.end(), std::size_t{0});
    return outcome;
}

//! The answer of Elasticsearch's bulk interface, where some items failed.
std::optional<Outcome> outcomeOfItems(const QJsonArray &items, std::size_t records)
{
    std::vector<std::size_t> refused;
    QString words;
    for (qsizetype i = 0; i < items.size(); ++i) {
        const QJsonObject result = resultOf(items.at(i));
        if (!isRefused(result))
            continue;
        refused.push_back(static_cast<std::size_t>(i));
        const QJsonObject why{{u"error"_s, result.value(u"error"_s)}};
        if (words.isEmpty())
            words = answerWords(QJsonDocument(why).toJson(QJsonDocument::Compact));
    }
    if (refused.empty())
        return {};
    Outcome outcome = partly(refused.size(), records, words);
    if (static_cast<std::size_t>(items.size()) == records) {
        outcome.unknownCount = 0;
        outcome.rejected = std::move(refused);
    }
    return outcome;
}

std::optional<Outcome> outcomeOfBody(const QByteArray &body, std::size_t records)
{
    if (!body.contains("\"errors\"") && !body.contains("\"rejected\""))
        return {};
    const QJsonObject answer = QJsonDocument::fromJson(body).object();
    if (answer.value(u"errors"_s).toBool() && answer.value(u"items"_s).isArray())
        return outcomeOfItems(answer.value(u"items"_s).toArray(), records);
    const QJsonValue rejected = answer.value(u"rejected"_s);
    const qint64 count = rejected.isArray()    ? rejected.toArray().size()
                         : rejected.isString() ? rejected.toString().toLongLong()
                                               : rejected.toInteger();
    if (count <= 0)
        return {};
    return partly(static_cast<std::size_t>(count), records, answerWords(body));
}

//! What to do about a 400 that every request would meet, since the server wants another form.
QString formRemedy(const QByteArray &body)
{
    if (body.contains("Malformed action/metadata line"))
        return u"bulk_form"_s;
    if (body.contains("Event field is required") || body.contains("Event field cannot be blank"))
        return u"splunk_form"_s;
    return {};
}

} // namespace

Outcome outcomeOf(const HttpReply &reply, std::size_t records)
{
    Outcome outcome = outcomeOfStatus(reply);
    if (reply.fault != TransportFault::None)
        return outcome;
    if (outcome.kind == Outcome::Kind::Delivered) {
        if (isWebPage(reply))
            return heldForWebPage(reply, {});
        if (breaksOff(reply))
            return brokenOff(reply);
        return outcomeOfBody(reply.body, records).value_or(outcome);
    }
    if (reply.status == 400) {
        if (const QString remedy = formRemedy(reply.body); !remedy.isEmpty())
            return heldFor(reply, {remedy});
    }
    return outcome;
}

} // namespace trace::generic
