// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadoganswer.h"

#include "core/service/datadog/datadogaddress.h"

#include <QRegularExpression>

namespace trace::datadog {

using namespace Qt::StringLiterals;

namespace {

bool isPage(const HttpReply &reply)
{
    return reply.body.left(64).trimmed().startsWith('<');
}

//! The title of a web page, or the text of one that has none.
QString pageWords(const QByteArray &body)
{
    static const QRegularExpression title(u"<title[^>]*>([^<]*)"_s,
                                          QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression unseen(u"<(script|style)\\b.*?</\\1>|<[^>]*>"_s,
                                           QRegularExpression::CaseInsensitiveOption |
                                               QRegularExpression::DotMatchesEverythingOption);
    QString text = QString::fromUtf8(body.left(16 * 1024));
    const QString found = title.match(text).captured(1).simplified();
    if (found.isEmpty())
        text = text.remove(unseen).simplified();
    return bodyExcerpt((found.isEmpty() ? text : found).toUtf8());
}

QString pageText(const HttpReply &reply)
{
    const QString words = pageWords(reply.body);
    const QString text = u"HTTP %1: a web page, not an answer of Datadog"_s.arg(reply.status);
    return words.isEmpty() ? text : text + u": "_s + words;
}

QStringList keyRemedy(const QUrl &url)
{
    const QString site = siteOf(url);
    return site.isEmpty() ? QStringList{u"datadog_key_host"_s, url.host()}
                          : QStringList{u"datadog_key"_s, site};
}

//! What to fix before anything else can be delivered; empty where the status says it all.
QStringList remedyFor(const HttpReply &reply, const QUrl &url)
{
    switch (reply.status) {
    case 403:
        return isPage(reply) ? QStringList{u"datadog_firewall"_s} : keyRemedy(url);
    case 404:
        return {u"datadog_path"_s};
    default:
        return {};
    }
}

} // namespace

Outcome outcomeOf(const HttpReply &reply, const QUrl &url)
{
    Outcome outcome = outcomeOfStatus(reply);
    if (reply.fault != TransportFault::None)
        return outcome;
    const bool page = isPage(reply);
    if (outcome.kind == Outcome::Kind::Delivered) {
        // Datadog answers {}. A page is a login or a portal, which has stored nothing.
        if (!page)
            return outcome;
        outcome = heldFor(reply, {u"datadog_page"_s});
    } else if (reply.status == 400 && reply.body.contains("unknown field")) {
        // Vector's datadog_agent source: it would refuse every record of ours.
        return heldFor(reply, {u"datadog_agent_only"_s});
    }
    if (page && (reply.status >= 400 || outcome.kind == Outcome::Kind::Hold)) {
        outcome.reason = pageText(reply);
        outcome.words = pageWords(reply.body);
    }
    if (const QStringList remedy = remedyFor(reply, url); !remedy.isEmpty())
        advise(outcome, remedy);
    return outcome;
}

} // namespace trace::datadog
