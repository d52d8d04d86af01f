// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/filtervalues.h"

#include "core/record/timestamp.h"

#include <QDateTime>

#include <algorithm>
#include <cmath>
#include <limits>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

struct Unit
{
    QLatin1String name;
    double factor;
};

constexpr double nsPerSecond = 1e9;
constexpr std::int64_t nsPerMs = 1'000'000;

constexpr std::array durationUnits{
    Unit{QLatin1String("ns"), 1},
    Unit{QLatin1String("us"), 1e3},
    Unit{QLatin1String("ms"), 1e6},
    Unit{QLatin1String("s"), nsPerSecond},
    Unit{QLatin1String("m"), 60 * nsPerSecond},
    Unit{QLatin1String("h"), 3600 * nsPerSecond},
    Unit{QLatin1String("d"), 86'400 * nsPerSecond},
    Unit{QLatin1String("w"), 604'800 * nsPerSecond},
};

// In MB of a million bytes.
constexpr std::array sizeUnits{
    Unit{QLatin1String("B"), 1e-6},
    Unit{QLatin1String("KB"), 1e-3},
    Unit{QLatin1String("MB"), 1},
    Unit{QLatin1String("GB"), 1e3},
    Unit{QLatin1String("TB"), 1e6},
    Unit{QLatin1String("KiB"), 1024e-6},
    Unit{QLatin1String("MiB"), 1.048576},
    Unit{QLatin1String("GiB"), 1073.741824},
    Unit{QLatin1String("TiB"), 1099511.627776},
};

// The length of the number at the start of `text`; 0 for none.
qsizetype numberLength(QStringView text)
{
    const auto isDigit = [&](qsizetype i) {
        return i < text.size() && text[i] >= u'0' && text[i] <= u'9';
    };
    qsizetype i = text.startsWith(u'-') || text.startsWith(u'+') ? 1 : 0;
    const qsizetype from = i;
    while (isDigit(i) || (i < text.size() && text[i] == u'.'))
        ++i;
    if (i == from)
        return 0;
    if (i < text.size() && (text[i] == u'e' || text[i] == u'E')) {
        qsizetype exponent = i + 1;
        if (exponent < text.size() && (text[exponent] == u'-' || text[exponent] == u'+'))
            ++exponent;
        if (isDigit(exponent)) {
            while (isDigit(exponent))
                ++exponent;
            return exponent;
        }
    }
    return i;
}

std::optional<double> plainNumber(QStringView text)
{
    bool isNumber = false;
    const double value = text.toDouble(&isNumber);
    if (!isNumber || !std::isfinite(value) || numberLength(text) != text.size())
        return std::nullopt;
    return value;
}

template <std::size_t size>
std::optional<double> factorOf(QStringView name, const std::array<Unit, size> &units,
                               Qt::CaseSensitivity sensitivity)
{
    for (const Unit &unit : units) {
        if (name.compare(unit.name, sensitivity) == 0)
            return unit.factor;
    }
    return std::nullopt;
}

std::int64_t bounded(double ns)
{
    constexpr double most = 9.2e18; // below the ends of int64
    return static_cast<std::int64_t>(std::clamp(ns, -most, most));
}

std::int64_t nsOf(const QDateTime &time)
{
    constexpr qint64 most = 9'200'000'000'000; // 2261: what an int64 of ns holds
    return std::clamp<qint64>(time.toMSecsSinceEpoch(), -most, most) * nsPerMs;
}

TimeSpan dayOf(QDate day, const QTimeZone &zone)
{
    return {nsOf(day.startOfDay(zone)), nsOf(day.addDays(1).startOfDay(zone)) - 1};
}

std::optional<TimeSpan> relativeTime(QStringView text, const QTimeZone &zone, std::int64_t now)
{
    const QDate today = QDateTime::fromMSecsSinceEpoch(now / nsPerMs, zone).date();
    if (text == u"today")
        return dayOf(today, zone);
    if (text == u"yesterday")
        return dayOf(today.addDays(-1), zone);
    const bool isFromToday = text.startsWith(u"today");
    if (!isFromToday && !text.startsWith(u"now"))
        return std::nullopt;
    const std::int64_t base = isFromToday ? dayOf(today, zone).first : now;
    text = text.mid(isFromToday ? 5 : 3);
    if (text.isEmpty())
        return TimeSpan{base, base};
    const double sign = text.startsWith(u'-') ? -1 : 1;
    const auto distance = durationFromText(text.mid(1));
    if ((sign > 0 && !text.startsWith(u'+')) || !distance)
        return std::nullopt;
    const std::int64_t time = bounded(static_cast<double>(base) + sign * *distance);
    return TimeSpan{time, time};
}

// "hh:mm", "hh:mm:ss" or with a fraction, on `day`.
std::optional<TimeSpan> timeOfDay(QDate day, QStringView text, const QTimeZone &zone)
{
    const bool hasSeconds = text.size() > 5;
    const QTime time =
        QTime::fromString(text.left(8).toString(), hasSeconds ? u"hh:mm:ss"_s : u"hh:mm"_s);
    if (!time.isValid())
        return std::nullopt;
    const std::int64_t start = nsOf(QDateTime(day, time, zone));
    const QStringView fraction = text.mid(8);
    if (fraction.isEmpty())
        return TimeSpan{start, start + (hasSeconds ? 1 : 60) * std::int64_t(nsPerSecond) - 1};
    constexpr qsizetype mostDigits = 9;
    const bool isFraction = fraction.startsWith(u'.') && fraction.size() > 1 &&
                            fraction.size() <= mostDigits + 1 &&
                            std::all_of(fraction.begin() + 1, fraction.end(),
                                        [](QChar c) { return c >= u'0' && c <= u'9'; });
    if (!isFraction)
        return std::nullopt;
    std::int64_t unit = std::int64_t(nsPerSecond);
    for (qsizetype i = 1; i < fraction.size(); ++i)
        unit /= 10;
    const std::int64_t first = start + fraction.mid(1).toLongLong() * unit;
    return TimeSpan{first, first + unit - 1};
}

} // namespace

std::optional<double> durationFromText(QStringView text)
{
    double sum = 0;
    if (text.isEmpty())
        return std::nullopt;
    while (!text.isEmpty()) {
        const qsizetype length = numberLength(text);
        const auto number = plainNumber(text.left(length));
        text = text.mid(length);
        qsizetype end = 0;
        while (end < text.size() && text[end].isLetter())
            ++end;
        const QStringView name = text.left(end);
        const auto factor = name == u"\u00B5s" || name == u"\u03BCs"
                                ? std::optional(1e3)
                                : factorOf(name, durationUnits, Qt::CaseSensitive);
        if (!number || *number < 0 || !factor)
            return std::nullopt;
        sum += *number * *factor;
        text = text.mid(end);
    }
    return sum;
}

std::optional<double> numberFromText(QStringView text, FieldKind kind)
{
    if (const auto number = plainNumber(text))
        return number;
    if (kind == FieldKind::Duration) {
        const auto ns = durationFromText(text);
        return ns ? std::optional(*ns / static_cast<double>(nsPerMs)) : std::nullopt;
    }
    if (kind == FieldKind::Percent && text.endsWith(u'%'))
        return plainNumber(text.chopped(1));
    const qsizetype length = numberLength(text);
    const auto factor = kind == FieldKind::Size
                            ? factorOf(text.mid(length), sizeUnits, Qt::CaseInsensitive)
                            : std::nullopt;
    const auto number = plainNumber(text.left(length));
    return number && factor ? std::optional(*number * *factor) : std::nullopt;
}

QString numberAdvice(FieldKind kind)
{
    switch (kind) {
    case FieldKind::Duration:
        return u"Use a duration such as 250ms, 2s or 1m30s (units ns us ms s m h d w; without one: ms)."_s;
    case FieldKind::Size:
        return u"Use a size such as 512MB or 1GiB (without a unit: MB)."_s;
    case FieldKind::Percent:
        return u"Use a number such as 80 or 80%."_s;
    default:
        return u"Use a number."_s;
    }
}

std::optional<TimeSpan> timeFromText(QStringView text, const QTimeZone &zone, std::int64_t now,
                                     bool &isRelative)
{
    if (const auto relative = relativeTime(text, zone, now)) {
        isRelative = true;
        return relative;
    }
    constexpr qsizetype dateLength = 10;
    const QDate day = QDate::fromString(text.left(dateLength).toString(), Qt::ISODate);
    if (!day.isValid()) {
        const auto number = plainNumber(text);
        const auto time = number ? timestampFromText(text.toUtf8().toStdString()) : std::nullopt;
        return time ? std::optional(TimeSpan{*time, *time}) : std::nullopt;
    }
    QStringView rest = text.mid(dateLength);
    if (rest.isEmpty())
        return dayOf(day, zone);
    if (!rest.startsWith(u'T') && !rest.startsWith(u't'))
        return std::nullopt;
    rest = rest.mid(1);
    const auto offset = std::find_if(rest.begin(), rest.end(), [](QChar c) {
        return c == u'Z' || c == u'z' || c == u'+' || c == u'-';
    });
    if (offset == rest.end())
        return timeOfDay(day, rest, zone);
    const QStringView zoneText = rest.mid(offset - rest.begin());
    rest = rest.left(offset - rest.begin());
    if (zoneText.compare(u"Z", Qt::CaseInsensitive) == 0)
        return timeOfDay(day, rest, QTimeZone::utc());
    const QTime shift = QTime::fromString(zoneText.mid(1).toString(), u"hh:mm"_s);
    if (!shift.isValid())
        return std::nullopt;
    const int seconds = QTime(0, 0).secsTo(shift) * (zoneText.startsWith(u'-') ? -1 : 1);
    const QTimeZone own(seconds);
    return own.isValid() ? timeOfDay(day, rest, own) : std::nullopt;
}

} // namespace trace
