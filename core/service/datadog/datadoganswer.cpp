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

Outcome hold(const QString &reason, const QString &action)
{
    Outcome outcome;
    outcome.kind = Outcome::Kind::Hold;
    outcome.reason = reason;
    outcome.action = action;
    return outcome;
}

QString keyAction(const QUrl &url)
{
    const QString site = siteOf(url);
    const auto place = site.isEmpty() ? u"the site behind %1"_s.arg(url.host())
                                      : u"%1, where the url goes"_s.arg(site);
    return u"check the key (api_key) and the site: a key of another site is refused like a wrong "
           "one, so it must be a key of %1"_s.arg(place);
}

//! What to fix before anything else can be delivered; empty where the status says it all.
QString actionFor(const HttpReply &reply, const QUrl &url)
{
    switch (reply.status) {
    case 403:
        return isPage(reply) ? u"ask who runs the proxy or firewall before Datadog: it refused the "
                               "request, not Datadog the key"_s
                             : keyAction(url);
    case 404:
        return u"check the url: Datadog takes records at /api/v2/logs of http-intake.logs.SITE"_s;
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
        return page ? hold(pageText(reply), u"check the url, and what stands between here and "
                                            "Datadog: records go to /api/v2/logs of "
                                            "http-intake.logs.SITE"_s)
                    : outcome;
    }
    // Vector's datadog_agent source: it would refuse every record of ours.
    if (reply.status == 400 && reply.body.contains("unknown field"))
        return hold(answerText(reply), u"this receiver takes only what the Datadog Agent sends; "
                                       "use another service, such as otlp or generic"_s);
    if (page && reply.status >= 400)
        outcome.reason = pageText(reply);
    if (const QString action = actionFor(reply, url); !action.isEmpty())
        outcome.action = action;
    return outcome;
}

} // namespace trace::datadog
