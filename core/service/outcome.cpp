// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/outcome.h"

#include "core/platform/error.h"
#include "core/platform/phrases.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>
#include <QTimeZone>

#include <algorithm>
#include <cmath>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 maxHintMs = 15 * 60 * 1000;
constexpr qsizetype excerptLength = 500;

//! A non-negative decimal number, nothing else (no sign, no exponent).
std::optional<double> plainNumber(const QByteArray &text)
{
    const auto isNumeral = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
    if (text.isEmpty() || !std::all_of(text.begin(), text.end(), isNumeral))
        return std::nullopt;
    bool ok = false;
    const double value = text.toDouble(&ok);
    return ok && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<int> monthNumber(const QByteArray &name)
{
    static const QByteArrayList names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto index = names.indexOf(name);
    return index < 0 ? std::nullopt : std::optional(static_cast<int>(index) + 1);
}

//! RFC 9110, 5.6.7: the year of two digits that is at most 50 years ahead.
int fullYear(int year, qint64 now)
{
    const int current = QDateTime::fromMSecsSinceEpoch(now, Qt::UTC).date().year();
    int full = current - current % 100 + year;
    if (full > current + 50)
        full -= 100;
    return full;
}

//! A wait of 0 is no wish: the sender's own pace must still apply.
std::optional<std::chrono::milliseconds> bounded(double ms)
{
    if (!(ms >= 1))
        return std::nullopt;
    const double capped = std::min(ms, static_cast<double>(maxHintMs));
    return std::chrono::milliseconds(static_cast<qint64>(capped));
}

QString visible(const QString &text)
{
    QString out = text.left(excerptLength);
    for (QChar &c : out) {
        if (c == u'\n' || c == u'\r' || c == u'\t')
            c = u' ';
        else if (c.unicode() < 0x20)
            c = QChar(0x2400 + c.unicode());
        else if (c.unicode() == 0x7f)
            c = QChar(0x2421);
        else if ((c.unicode() >= 0x80 && c.unicode() < 0xa0) || c.category() == QChar::Other_Format)
            c = QChar(QChar::ReplacementCharacter);
    }
    if (!out.isEmpty() && out.back().isHighSurrogate())
        out.chop(1);
    return text.size() > excerptLength ? out + u'…' : out;
}

QString wordsOf(const QJsonValue &value, int depth);

QString wordsOfObject(const QJsonObject &object, int depth)
{
    QStringList words;
    for (const auto key : {"message"_L1, "Message"_L1, "error"_L1, "errors"_L1, "title"_L1,
                           "detail"_L1, "details"_L1, "error_description"_L1, "reason"_L1}) {
        const QString text = wordsOf(object.value(key), depth + 1);
        if (!text.isEmpty() && !words.contains(text))
            words.append(text);
    }
    return words.join(u": "_s);
}

QString wordsOf(const QJsonValue &value, int depth)
{
    if (depth > 4)
        return {};
    if (value.isString())
        return value.toString().trimmed();
    if (value.isObject())
        return wordsOfObject(value.toObject(), depth);
    QStringList words;
    const QJsonArray items = value.toArray();
    for (const QJsonValue &item : items) {
        const QString text = wordsOf(item, depth + 1);
        if (!text.isEmpty() && !words.contains(text))
            words.append(text);
    }
    return words.join(u"; "_s);
}

Outcome noAnswer(const HttpReply &reply)
{
    Outcome outcome;
    outcome.reason = reply.faultText.isEmpty() ? u"no answer"_s : reply.faultText;
    const bool isCertificate = reply.fault == TransportFault::Certificate;
    const bool isHeld = isCertificate || reply.fault == TransportFault::NoTls ||
                        reply.fault == TransportFault::Proxy;
    if (!isHeld) {
        outcome.kind = Outcome::Kind::RetryLater;
        return outcome;
    }
    outcome.kind = Outcome::Kind::Hold;
    outcome.heldForCertificate = true;
    outcome.action = reply.faultAction;
    if (outcome.action.isEmpty() && isCertificate)
        outcome.action = wordingOf({ProblemKind::Certificate}).action;
    return outcome;
}

//! Where a redirect points, without what may hold a secret.
QString redirectTarget(const HttpReply &reply)
{
    const QUrl target(QString::fromUtf8(headerValue(reply.headers, "Location")));
    if (!target.isValid() || target.isEmpty())
        return {};
    return visible(
        target.toString(QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::RemoveUserInfo));
}

//! What an operator can do about a client error that every batch would meet; empty for errors that
//! are about the bytes sent.
QString setupRemedy(int status)
{
    switch (status) {
    case 404:
    case 410:
        return u"path_unknown"_s;
    case 405:
        return u"path_no_post"_s;
    case 406:
    case 415:
        return u"body_form"_s;
    case 411:
    case 426:
    case 505:
        return u"way_to_service"_s;
    case 414:
    case 431:
        return u"too_long"_s;
    case 421:
        return u"host"_s;
    default:
        return {};
    }
}

//! What an operator can do about missing rights.
QString rightsRemedy(int status)
{
    switch (status) {
    case 401:
        return u"key"_s;
    case 402:
        return u"account_unpaid"_s;
    case 403:
        return u"key_rights"_s;
    case 407:
        return u"proxy_password"_s;
    default:
        return {};
    }
}

Outcome::Kind kindOfStatus(int status)
{
    using Kind = Outcome::Kind;
    if (status < 200)
        return Kind::RetryLater;
    if (status < 300)
        return Kind::Delivered;
    if (status < 400)
        return Kind::Hold;
    if (!rightsRemedy(status).isEmpty() || !setupRemedy(status).isEmpty())
        return Kind::Hold;
    // What is no status counts as a 5xx (RFC 9110, 15).
    if (status == 408 || (status >= 500 && status != 501))
        return Kind::RetryLater;
    if (status == 413)
        return Kind::Split;
    if (status == 425 || status == 429)
        return Kind::Slower;
    return Kind::Rejected;
}

} // namespace

std::optional<qint64> httpDate(const QByteArray &text, qint64 now)
{
    QByteArray spaced = text;
    for (const char separator : {',', '-', ':'})
        spaced.replace(separator, ' ');
    const QByteArrayList parts = spaced.simplified().split(' ');
    const bool asctime = parts.size() == 7;
    if (!asctime && (parts.size() != 8 || (parts[7] != "GMT" && parts[7] != "UTC")))
        return std::nullopt;

    const auto month = monthNumber(parts[asctime ? 1 : 2]);
    bool ok = month.has_value();
    const auto number = [&](int place) {
        bool valid = false;
        const int value = parts[place].toInt(&valid);
        ok = ok && valid && value >= 0;
        return value;
    };
    const int day = number(asctime ? 2 : 1);
    const int yearPlace = asctime ? 6 : 3;
    int year = number(yearPlace);
    const int clock = asctime ? 3 : 4;
    const QTime time(number(clock), number(clock + 1), std::min(number(clock + 2), 59));
    if (!ok)
        return std::nullopt;
    if (parts[yearPlace].size() == 2)
        year = fullYear(year, now);
    const QDateTime moment(QDate(year, *month, day), time, Qt::UTC);
    return moment.isValid() ? std::optional(moment.toMSecsSinceEpoch()) : std::nullopt;
}

void advise(Outcome &outcome, const QStringList &remedy)
{
    outcome.remedy = remedy;
    outcome.action = phrase(remedy.value(0), remedy.mid(1));
}

Outcome outcomeOfStatus(const HttpReply &reply)
{
    if (reply.fault != TransportFault::None || reply.status == 0)
        return noAnswer(reply);

    Outcome outcome;
    outcome.kind = kindOfStatus(reply.status);
    if (outcome.kind == Outcome::Kind::Delivered) {
        if (reply.wasLeftOff) // sent again, it would be answered so again
            outcome.reason = u"the answer is so long that the rest was not read, where refused "
                             "records may be told"_s;
        return outcome;
    }
    outcome.reason = answerText(reply);
    if (outcome.kind == Outcome::Kind::RetryLater || outcome.kind == Outcome::Kind::Slower) {
        // The server's own clock where it tells it: a date of its own is meant by that one.
        const qint64 here = QDateTime::currentMSecsSinceEpoch();
        const qint64 now = httpDate(headerValue(reply.headers, "Date"), here).value_or(here);
        outcome.hint = retryHint(reply.headers, now);
    }
    if (outcome.kind != Outcome::Kind::Hold)
        return outcome;
    const QString rights = rightsRemedy(reply.status);
    outcome.heldForAuthentication = !rights.isEmpty();
    const QString remedy = rights.isEmpty() ? setupRemedy(reply.status) : rights;
    if (!remedy.isEmpty())
        advise(outcome, {remedy});
    if (reply.status < 400) {
        const QString target = redirectTarget(reply);
        outcome.reason = target.isEmpty()
                             ? u"HTTP %1: redirected"_s.arg(reply.status)
                             : u"HTTP %1: redirected to %2"_s.arg(reply.status).arg(target);
        advise(outcome, {u"not_followed"_s});
    }
    return outcome;
}

std::optional<std::chrono::milliseconds> retryHint(const HttpHeaders &headers, qint64 now)
{
    const QByteArray after = headerValue(headers, "Retry-After").trimmed();
    if (!after.isEmpty()) {
        std::optional<std::chrono::milliseconds> hint;
        if (const auto seconds = plainNumber(after))
            hint = bounded(*seconds * 1000);
        else if (const auto date = httpDate(after, now))
            hint = bounded(static_cast<double>(*date - now));
        if (hint)
            return hint;
    }
    const auto reset = plainNumber(headerValue(headers, "X-RateLimit-Reset").trimmed());
    if (!reset)
        return std::nullopt;
    const auto current = static_cast<double>(now);
    if (*reset >= 1e11)
        return bounded(*reset - current);
    if (*reset >= 1e8)
        return bounded(*reset * 1000 - current);
    return bounded(*reset * 1000);
}

QString bodyExcerpt(const QByteArray &body)
{
    // Four bytes are the most that a character takes; the one more tells whether there is more.
    return visible(QString::fromUtf8(body.left(4 * (excerptLength + 1))).trimmed());
}

QString answerWords(const QByteArray &body)
{
    if (body.size() <= 64 * 1024) {
        const QJsonDocument document = QJsonDocument::fromJson(body);
        const QString words =
            document.isArray() ? wordsOf(document.array(), 0) : wordsOf(document.object(), 0);
        if (!words.isEmpty())
            return visible(words);
    }
    return bodyExcerpt(body);
}

QString answerText(const HttpReply &reply)
{
    const QString words = answerWords(reply.body);
    return words.isEmpty() ? u"HTTP %1"_s.arg(reply.status)
                           : u"HTTP %1: "_s.arg(reply.status) + words;
}

bool isWebPage(const HttpReply &reply)
{
    const qsizetype mark = reply.body.startsWith("\xef\xbb\xbf") ? 3 : 0; // of the byte order
    const QByteArray begin = reply.body.mid(mark, 200).trimmed().toLower();
    if (begin.startsWith("<!doctype html") || begin.startsWith("<html"))
        return true;
    // Frameworks call any text HTML when they are not told otherwise, so the type is not enough.
    const QByteArray type = mediaType(reply.headers);
    return begin.startsWith('<') && (type == "text/html" || type == "application/xhtml+xml");
}

bool breaksOff(const HttpReply &reply)
{
    const QByteArray text = reply.body.trimmed();
    if (reply.wasLeftOff || !(text.startsWith('{') || text.startsWith('[')))
        return false;
    int depth = 0;
    bool isInText = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char c = text.at(i);
        if (isInText && c == '\\')
            ++i;
        else if (c == '"')
            isInText = !isInText;
        else if (!isInText && (c == '{' || c == '['))
            ++depth;
        else if (!isInText && (c == '}' || c == ']'))
            --depth;
    }
    return isInText || depth > 0;
}

Outcome brokenOff(const HttpReply &reply)
{
    return {.kind = Outcome::Kind::RetryLater,
            .reason = u"the answer breaks off: "_s + answerText(reply),
            .mayHaveArrived = true};
}

Outcome heldForWebPage(const HttpReply &reply, const QString &path)
{
    return heldFor(reply, path.isEmpty() ? QStringList{u"web_page"_s}
                                         : QStringList{u"web_page_path"_s, path});
}

Outcome heldFor(const HttpReply &reply, const QStringList &remedy)
{
    Outcome outcome{.kind = Outcome::Kind::Hold, .reason = answerText(reply)};
    advise(outcome, remedy);
    return outcome;
}

} // namespace trace
