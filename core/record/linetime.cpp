// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/linetime.h"

#include "core/record/textscanner.h"

#include <QDateTime>
#include <QTimeZone>

#include <array>

namespace trace {

namespace {

// Years in four digits and in two, months in digits and as a name, days of two digits and of one or
// two, the name of a weekday, hours of two digits and of one or two, the half of a day, a fraction
// and a zone that may be missing; T is that letter or a blank, a blank at least one.
constexpr std::string_view layouts[] = {
    "Y-m-dTH:M:Sfz",   // ISO 8601, Python, log4j, Go, syslog's RFC 5424
    "Y/m/dTH:M:Sfz",   // Go's log, nginx
    "YmdTHMSfz",       // ISO 8601 in short
    "YmdTH:M:Sfz",     // log4j's COMPACT, glog
    "d/b/Y:H:M:Sfz",   // Apache and nginx, access
    "d/b/Y H:M:Sfz",   // Django
    "d-b-Y H:M:Sfz",   // Tomcat, PHP
    "d-b-Y::H:M:Sfz",  // Erlang
    "e b Y H:M:Sfz",   // log4j's DATE, Redis
    "a, e b Y H:M:Sfz", // RFC 2822
    "a b e H:M:Sf Y",  // ctime, Apache's error log
    "b e, Y h:M:Sf p", // java.util.logging
    "b e Y H:M:Sfz",   // Cisco
    "b e H:M:Sfz",     // syslog's RFC 3164, journalctl
    "b-d H:M:Sfz",     // Nextflow
    "d.m.Y H:M:Sfz",   // with dots the day is first
    "y/m/d H:M:Sfz",   // Hadoop, Spark
    "m-d H:M:Sfz",     // logcat
    "md H:M:Sfz",      // klog
    "h:M:Sfz",         // logback, Serilog, Prefect
};

constexpr std::string_view months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

QTimeZone &zoneOfLines()
{
    static QTimeZone zone = QTimeZone::systemTimeZone();
    return zone;
}

//! Clocks are changed at whole hours: what holds for one is kept.
std::int64_t localOffset(std::int64_t days, unsigned hour)
{
    struct Known
    {
        std::int64_t hour = -1;
        std::int64_t offset = 0;
    };
    thread_local Known known;
    const std::int64_t wanted = days * 24 + hour;
    if (known.hour != wanted) {
        const QDate date = QDate(1970, 1, 1).addDays(days);
        const QDateTime time(date, QTime(int(hour), 0), zoneOfLines());
        known = {wanted, time.offsetFromUtc()};
    }
    return known.offset;
}

struct Fields
{
    std::optional<unsigned> year{};
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    std::int64_t ns = 0;
    std::optional<std::int64_t> offset{}; // seconds east of UTC; else local time
};

template <std::size_t count>
bool takeName(Scanner &scan, const std::string_view (&names)[count], unsigned &number)
{
    for (unsigned i = 0; i < count; ++i) {
        if (scan.word(names[i])) {
            number = i + 1;
            return true;
        }
    }
    return false;
}

bool takeOneOrTwo(Scanner &scan, unsigned &value)
{
    scan.take(" "); // padded
    return scan.number(2, value) || scan.number(1, value);
}

bool takeOffset(Scanner &scan, std::int64_t &seconds)
{
    Scanner ahead = scan;
    const bool isWest = ahead.take("-");
    unsigned hours = 0;
    unsigned minutes = 0;
    if ((!isWest && !ahead.take("+")) || !ahead.number(2, hours))
        return false;
    ahead.take(":");
    if (!ahead.number(2, minutes) && ahead.digitAhead())
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    seconds = (std::int64_t(hours) * 3600 + minutes * 60) * (isWest ? -1 : 1);
    scan = ahead;
    return true;
}

bool isCapital(char c)
{
    return c >= 'A' && c <= 'Z';
}

//! "10:00:00 PM", in the layouts that have it by chance.
void takeHalf(Scanner &scan, Fields &fields)
{
    Scanner ahead = scan;
    ahead.take(" ");
    const bool isAfternoon = ahead.word("PM");
    const std::string_view rest = ahead.rest();
    if ((!isAfternoon && !ahead.word("AM")) || fields.hour < 1 || fields.hour > 12 ||
        (isAfternoon && !rest.empty() && rest.front() != ' '))
        return;
    fields.hour = fields.hour % 12 + (isAfternoon ? 12 : 0);
    scan = ahead;
}

//! Hours east, of names that mean one zone.
std::optional<int> hoursOf(std::string_view name)
{
    constexpr std::pair<std::string_view, int> zones[] = {
        {"EST", -5}, {"EDT", -4}, {"CDT", -5},  {"MST", -7}, {"MDT", -6}, {"PST", -8},
        {"PDT", -7}, {"CET", 1},  {"CEST", 2},  {"EET", 2},  {"EEST", 3}, {"WET", 0},
        {"WEST", 1}, {"JST", 9},  {"AEST", 10}, {"AEDT", 11}};
    for (const auto &[zone, hours] : zones) {
        if (zone == name)
            return hours;
    }
    return std::nullopt;
}

//! A name of several zones leaves it at this computer's.
void takeZone(Scanner &scan, Fields &fields)
{
    takeHalf(scan, fields);
    Scanner ahead = scan;
    ahead.take(" ");
    std::int64_t offset = 0;
    if (takeOffset(ahead, offset)) {
        fields.offset = offset;
        Scanner behind = ahead; // Go repeats it: "+0000 UTC"
        if (behind.take(" ") && (behind.word("UTC") || behind.word("GMT")))
            ahead = behind;
        scan = ahead;
        return;
    }
    const std::string_view rest = ahead.rest();
    const auto endOfWord = [rest](std::size_t size) {
        return rest.size() <= size || !((rest[size] >= 'a' && rest[size] <= 'z') ||
                                        isCapital(rest[size]) || rest[size] == '_');
    };
    for (const std::string_view utc : {"Z", "UTC", "GMT"}) {
        if (endOfWord(utc.size()) && ahead.word(utc)) {
            fields.offset = 0;
            scan = ahead;
            return;
        }
    }
    for (const std::size_t size : {3U, 4U}) {
        if (rest.size() >= size && rest[size - 1] == 'T' && endOfWord(size) &&
            std::all_of(rest.begin(), rest.begin() + std::ptrdiff_t(size), isCapital)) {
            if (const auto hours = hoursOf(rest.substr(0, size)))
                fields.offset = std::int64_t(*hours) * 3600;
            std::ignore = ahead.word(rest.substr(0, size));
            scan = ahead;
            return;
        }
    }
}

bool takeField(Scanner &scan, char kind, Fields &fields)
{
    unsigned number = 0;
    switch (kind) {
    case 'Y':
        if (!scan.number(4, number))
            return false;
        fields.year = number;
        return true;
    case 'y':
        if (!scan.number(2, number))
            return false;
        fields.year = 2000 + number;
        return true;
    case 'm':
        return scan.number(2, fields.month);
    case 'b':
        return takeName(scan, months, fields.month);
    case 'd':
        return scan.number(2, fields.day);
    case 'e':
        return takeOneOrTwo(scan, fields.day);
    case 'a':
        return takeName(scan, weekdays, number);
    case 'H':
        return scan.number(2, fields.hour);
    case 'h':
        return takeOneOrTwo(scan, fields.hour);
    case 'M':
        return scan.number(2, fields.minute);
    case 'S':
        return scan.number(2, fields.second);
    case 'p': {
        const bool isAfternoon = scan.word("PM");
        if ((!isAfternoon && !scan.word("AM")) || fields.hour < 1 || fields.hour > 12)
            return false;
        fields.hour = fields.hour % 12 + (isAfternoon ? 12 : 0);
        return true;
    }
    case 'f': {
        // Behind a comma of CSV stands the next column.
        Scanner ahead = scan;
        const bool isComma = ahead.take(",");
        constexpr std::size_t fewest = 3;
        const std::size_t from = ahead.rest().size();
        if ((isComma || ahead.take(".")) && ahead.fraction(fields.ns)) {
            if (!isComma || from - ahead.rest().size() >= fewest)
                scan = ahead;
            else
                fields.ns = 0;
        }
        return true;
    }
    case 'z':
        takeZone(scan, fields);
        return true;
    case 'T':
        return scan.take("Tt ");
    case ' ':
        if (scan.word("\u202f")) // the narrow blank of newer Javas before AM and PM
            return true;
        if (!scan.take(" "))
            return false;
        while (scan.rest().starts_with("  "))
            scan.take(" ");
        return true;
    default:
        return scan.take({&kind, 1});
    }
}

std::optional<std::int64_t> momentOf(const Fields &fields, std::int64_t year)
{
    if (fields.month < 1 || fields.month > 12 || fields.day < 1 ||
        fields.day > daysInMonth(year, fields.month))
        return std::nullopt;
    const std::int64_t days = daysFromCivil({year, fields.month, fields.day});
    const std::int64_t offset =
        fields.offset ? *fields.offset : localOffset(days, std::min(fields.hour, 23U));
    return joinedNs(days * secondsPerDay + fields.hour * 3600 + fields.minute * 60 +
                        fields.second - offset,
                    fields.ns);
}

//! Clocks of other computers may be ahead.
constexpr std::int64_t ahead = 60 * nsPerSecond;

std::optional<std::int64_t> momentNear(Fields fields, std::int64_t now)
{
    if (fields.hour > 23 || fields.minute > 59 || fields.second > 60)
        return std::nullopt;
    if (fields.year)
        return momentOf(fields, std::int64_t(*fields.year));
    // From the day after, as it may be that already east of Greenwich.
    const std::int64_t tomorrow = (now + ahead) / nsPerSecond / secondsPerDay + 1;
    const bool hasDate = fields.month > 0;
    constexpr int most = 8; // years between some leap days
    for (int back = 0; back <= most; ++back) {
        const Date date = civilFromDays(hasDate ? tomorrow : tomorrow - back);
        if (!hasDate) {
            fields.month = date.month;
            fields.day = date.day;
        }
        const auto moment = momentOf(fields, hasDate ? date.year - back : date.year);
        if (moment && *moment <= now + ahead)
            return moment;
    }
    return std::nullopt;
}

bool follows(std::string_view rest)
{
    if (rest.empty())
        return true;
    const char c = rest.front();
    // An offset that is none.
    if ((c == '+' || c == '-') && rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9')
        return false;
    return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || isCapital(c));
}

} // namespace

void setZoneOfLines(const QTimeZone &zone)
{
    zoneOfLines() = zone;
}

std::optional<LineTime> takeLineTime(std::string_view &text, std::int64_t now)
{
    for (const std::string_view layout : layouts) {
        Scanner scan(text);
        Fields fields;
        const bool isTaken = std::all_of(layout.begin(), layout.end(), [&](char kind) {
            return takeField(scan, kind, fields);
        });
        if (!isTaken || !follows(scan.rest()))
            continue;
        const auto moment = momentNear(fields, now);
        if (!moment || *moment <= 0)
            continue;
        text = scan.rest();
        return LineTime{*moment, fields.month > 0};
    }
    return std::nullopt;
}

} // namespace trace
