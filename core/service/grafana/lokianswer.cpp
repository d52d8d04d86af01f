// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokianswer.h"

#include "core/platform/phrases.h"
#include "core/service/grafana/lokidecoder.h"

#include <QDateTime>
#include <QRegularExpression>

#include <algorithm>
#include <numeric>

namespace trace::loki {

using namespace Qt::StringLiterals;

namespace {

//! Without case: Loki's versions differ in the first letter. \a fragments are in lower case.
bool holdsAny(const QByteArray &text, std::initializer_list<const char *> fragments)
{
    const QByteArray lower = text.toLower();
    return std::any_of(fragments.begin(), fragments.end(),
                       [&](const char *fragment) { return lower.contains(fragment); });
}

//! A 400 of these kinds says what became of single entries: Loki has stored the others.
bool isAboutEntries(const QByteArray &text)
{
    return holdsAny(text, {"has timestamp too old", "has timestamp too new", "too far behind",
                           "max entry size", "ignored, reason", "out of order",
                           "total ignored:", "label value too long",
                           "structured metadata too large", "too many structured metadata labels"});
}

//! Loki's own limits would never say this of our labels: it takes fewer, or shorter ones, and so
//! none of this endpoint's records.
bool isAboutLabels(const QByteArray &text)
{
    return holdsAny(text, {"label names; limit", "label name too long", "duplicate label name",
                           "at least one label pair is required per stream"});
}

//! The latest, or the earliest, of the times that \a pattern captures in \a text.
std::optional<std::int64_t> timeIn(const QString &text, const QString &pattern, bool latest)
{
    std::optional<std::int64_t> found;
    auto matches =
        QRegularExpression(pattern + u"(\\d{4}-\\d\\d-\\d\\dT[\\d:.]{8,18}Z)"_s).globalMatch(text);
    while (matches.hasNext()) {
        const QDateTime time = QDateTime::fromString(matches.next().captured(1), Qt::ISODateWithMs);
        const std::int64_t ns = time.toMSecsSinceEpoch() * 1'000'000;
        if (time.isValid() && (!found || (latest ? ns > *found : ns < *found)))
            found = ns;
    }
    return found;
}

//! The sum of what \a pattern captures in \a text.
std::size_t sumOf(const QString &text, const QString &pattern)
{
    std::size_t sum = 0;
    auto matches = QRegularExpression(pattern).globalMatch(text);
    while (matches.hasNext())
        sum += matches.next().captured(1).toUInt();
    return sum;
}

//! How many entries the text speaks of, at least one.
std::size_t refusedCount(const QByteArray &body)
{
    const QString text = QString::fromUtf8(body);
    const std::size_t ignored = sumOf(text, u"total ignored: (\\d{1,9}) out of \\d"_s);
    const std::size_t grouped = sumOf(text, u"(\\d{1,9}) errors like: "_s);
    return std::max<std::size_t>({ignored, grouped, 1});
}

//! Lines that were refused for their length.
struct LongLines
{
    std::size_t count = 0;            //!< As many errors speak of them.
    std::size_t limit = 0;            //!< A line may have so many bytes.
    std::vector<std::size_t> lengths; //!< Those that are named.
};

LongLines longLinesIn(const QString &text)
{
    static const QRegularExpression pattern(
        u"(?:(\\d{1,9}) errors like: )?max entry size '(\\d{1,9})' bytes exceeded for stream "
        "'.*?' while adding an entry with length '(\\d{1,9})' bytes"_s,
        QRegularExpression::CaseInsensitiveOption);
    LongLines lines;
    auto matches = pattern.globalMatch(text);
    while (matches.hasNext()) {
        const QRegularExpressionMatch match = matches.next();
        lines.count += std::max(match.captured(1).toUInt(), 1U);
        lines.limit = match.captured(2).toUInt();
        lines.lengths.push_back(match.captured(3).toUInt());
    }
    return lines;
}

//! The places in \a share of the lines that are longer than Loki takes, where \a reply speaks of
//! these alone; else nothing.
std::vector<std::size_t> refusedLines(const HttpReply &reply, const Share &share)
{
    constexpr std::size_t mostErrors = 10; // Loki may leave out those behind
    const LongLines told = longLinesIn(QString::fromUtf8(reply.body));
    const bool speaksOfOthers = holdsAny(
        reply.body, {"has timestamp too", "too far behind", "out of order", "label value too long",
                     "structured metadata too large", "too many structured metadata labels"});
    if (told.count == 0 || told.count < refusedCount(reply.body) || speaksOfOthers)
        return {};
    std::vector<std::size_t> places;
    std::vector<std::size_t> lengths;
    std::size_t sent = 0;
    const auto read = decodePush(share.request, [&](const RecordView &record) {
        if (record.message.size() > told.limit) {
            places.push_back(sent < share.order.size() ? share.order[sent] : sent);
            lengths.push_back(record.message.size());
        }
        ++sent;
    });
    const bool areTold =
        std::all_of(told.lengths.begin(), told.lengths.end(), [&](std::size_t length) {
            return std::find(lengths.begin(), lengths.end(), length) != lengths.end();
        });
    const bool areAll = told.count == places.size() ||
                        (told.lengths.size() >= mostErrors && told.count < places.size());
    if (!read || sent != share.indices.size() || !areTold || !areAll)
        return {};
    std::sort(places.begin(), places.end());
    return places;
}

Outcome partly(const HttpReply &reply, const Share &share)
{
    const std::size_t records = share.indices.size();
    Outcome outcome;
    outcome.kind = Outcome::Kind::PartlyDelivered;
    outcome.reason = answerText(reply);
    outcome.rejected = refusedLines(reply, share);
    if (!outcome.rejected.empty())
        return outcome;
    const std::size_t refused = refusedCount(reply.body);
    if (refused < records) {
        outcome.unknownCount = refused;
        const QString text = QString::fromUtf8(reply.body);
        outcome.rejectedBefore = timeIn(text, u"oldest acceptable timestamp is: "_s, true);
        outcome.rejectedFrom = timeIn(text, u"has timestamp too new: "_s, false);
        return outcome;
    }
    outcome.rejected.resize(records);
    std::iota(outcome.rejected.begin(), outcome.rejected.end(), std::size_t{0});
    return outcome;
}

Outcome outcomeOf400(const HttpReply &reply, const Share &share)
{
    if (refusesMetadata(reply))
        return heldFor(reply, {u"loki_metadata"_s});
    if (holdsAny(reply.body, {"missing required labels"}))
        return heldFor(reply, {u"loki_required_labels"_s});
    if (reply.body.startsWith("Content-Encoding ")) // not what a stream may be called
        return heldFor(reply, {u"loki_compression"_s});
    if (isAboutLabels(reply.body))
        return heldFor(reply, {u"loki_labels"_s});
    if (isAboutEntries(reply.body))
        return partly(reply, share);
    return outcomeOfStatus(reply);
}

} // namespace

bool refusesMetadata(const HttpReply &reply)
{
    return reply.status == 400 &&
           holdsAny(reply.body, {"structured metadata, but this feature is disallowed"});
}

Outcome outcomeOf(const HttpReply &reply, const Share &share)
{
    if (reply.fault != TransportFault::None)
        return outcomeOfStatus(reply);
    Outcome outcome = outcomeOfStatus(reply);
    if (outcome.kind == Outcome::Kind::Delivered && isWebPage(reply))
        return heldForWebPage(reply, u"/loki/api/v1/push"_s);
    switch (reply.status) {
    case 260:
        return heldFor(reply, {u"loki_blocked"_s});
    case 400:
        return outcomeOf400(reply, share);
    case 401:
        if (holdsAny(reply.body, {"no org id"}))
            advise(outcome, {u"loki_tenant"_s});
        return outcome;
    case 404:
        advise(outcome, {u"loki_path"_s});
        return outcome;
    case 429:
        if (holdsAny(reply.body, {"maximum active stream limit"})) {
            // Streams end minutes after their last record, so an early try is a wasted one.
            outcome.hint = std::max(outcome.hint.value_or(std::chrono::milliseconds(0)),
                                    std::chrono::milliseconds(60'000));
            outcome.words = answerWords(reply.body);
            outcome.remedy = {u"loki_streams"_s};
            outcome.reason += u" (%1)"_s.arg(phrase(outcome.remedy.first()));
        }
        return outcome;
    default:
        return outcome;
    }
}

} // namespace trace::loki
