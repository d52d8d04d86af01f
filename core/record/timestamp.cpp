// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/timestamp.h"

#include "core/record/civiltime.h"
#include "core/record/textscanner.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

namespace trace {

namespace {

//! Seconds reach the year 5138 before they look like milliseconds of 1973, and so on.
constexpr std::int64_t leastMilliseconds = 100'000'000'000;

// "Z", "+02:00", "+0200", "+02", " UTC" or nothing, up to the end of the text.
bool readOffset(Scanner &scan, std::int64_t &seconds)
{
    seconds = 0;
    if (scan.atEnd())
        return true;
    scan.take(" ");
    if (scan.take("Zz"))
        return scan.atEnd();
    if (scan.take("U"))
        return scan.take("T") && scan.take("C") && scan.atEnd();
    const bool negative = scan.take("-");
    if (!negative && !scan.take("+"))
        return false;
    unsigned hours = 0;
    unsigned minutes = 0;
    if (!scan.number(2, hours))
        return false;
    if (!scan.atEnd()) {
        scan.take(":");
        if (!scan.number(2, minutes) || !scan.atEnd())
            return false;
    }
    if (hours > 23 || minutes > 59)
        return false;
    seconds = static_cast<std::int64_t>(hours) * 3600 + minutes * 60;
    if (negative)
        seconds = -seconds;
    return true;
}

std::optional<std::int64_t> fromIso(std::string_view text)
{
    Scanner scan(text);
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    std::int64_t ns = 0;
    std::int64_t offset = 0;
    if (!scan.number(4, year) || !scan.take("-/") || !scan.number(2, month) || !scan.take("-/") ||
        !scan.number(2, day))
        return std::nullopt;
    if (!scan.atEnd()) {
        if (!scan.take("Tt ") || !scan.number(2, hour) || !scan.take(":") ||
            !scan.number(2, minute))
            return std::nullopt;
        if (scan.take(":") && !scan.number(2, second))
            return std::nullopt;
        if (scan.take(".,") && !scan.fraction(ns))
            return std::nullopt;
        if (!readOffset(scan, offset))
            return std::nullopt;
    }
    // A leap second is written as 60 and counts as the next second.
    if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || hour > 23 ||
        minute > 59 || second > 60)
        return std::nullopt;
    const std::int64_t days = daysFromCivil({year, month, day});
    return joinedNs(days * secondsPerDay + hour * 3600 + minute * 60 + second - offset, ns);
}

std::optional<std::int64_t> fromNumberText(std::string_view text)
{
    std::int64_t whole = 0;
    const char *end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, whole);
    if (error != std::errc())
        return std::nullopt;
    if (at == end)
        return timestampFromInteger(whole);
    Scanner scan({at, static_cast<std::size_t>(end - at)});
    std::int64_t ns = 0;
    const bool isSeconds = std::abs(whole) < leastMilliseconds;
    if (isSeconds && scan.take(".") && scan.fraction(ns) && scan.atEnd()) {
        // Digit by digit, as a double would lose the nanoseconds.
        return text.front() == '-' ? joinedNs(whole, -ns) : joinedNs(whole, ns);
    }
    double seconds = 0;
    const auto [doubleEnd, doubleError] = std::from_chars(text.data(), end, seconds);
    if (doubleError != std::errc() || doubleEnd != end)
        return std::nullopt;
    return timestampFromDouble(seconds);
}

char *writeDigits(char *out, std::uint64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

} // namespace

std::int64_t nowNs()
{
    using namespace std::chrono;
    return nextNs(duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count() - 1);
}

std::int64_t nextNs(std::int64_t ns)
{
    constexpr std::int64_t nsPerUs = 1000;
    return (ns + 1) % nsPerUs == 0 ? ns + 2 : ns + 1;
}

std::int64_t timestampFromInteger(std::int64_t value)
{
    const auto isBelow = [value](std::int64_t limit) { return value < limit && value > -limit; };
    std::int64_t perSecond = nsPerSecond;
    if (isBelow(leastMilliseconds))
        perSecond = 1;
    else if (isBelow(100'000'000'000'000))
        perSecond = 1000;
    else if (isBelow(100'000'000'000'000'000))
        perSecond = 1'000'000;
    // Beyond 2262 no int64 of nanoseconds holds it: as near as can be.
    using Limits = std::numeric_limits<std::int64_t>;
    return joinedNs(value / perSecond, value % perSecond * (nsPerSecond / perSecond))
        .value_or(value < 0 ? Limits::min() : Limits::max());
}

std::optional<std::int64_t> timestampFromDouble(double number)
{
    double seconds = number;
    for (const double unit : {1e3, 1e6}) { // milliseconds with a fraction, as klog has them
        if (std::abs(number) >= double(leastMilliseconds) * unit / 1e3)
            seconds = number / unit;
    }
    // The comparison is false for NaN.
    if (!(std::abs(seconds) < 9'223'372'036.0))
        return std::nullopt;
    const double whole = std::floor(seconds);
    const double part = seconds - whole;
    // Today's times leave a double no more than a quarter of a microsecond: finer digits are noise.
    const bool coarse = std::abs(seconds) > 10'000'000.0;
    const std::int64_t ns = coarse ? std::llround(part * 1e6) * 1000 : std::llround(part * 1e9);
    return static_cast<std::int64_t>(whole) * nsPerSecond + ns;
}

std::optional<std::int64_t> timestampFromText(std::string_view text)
{
    constexpr std::string_view blanks = " \t";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return std::nullopt;
    text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
    if (text.size() >= 10 && (text[4] == '-' || text[4] == '/'))
        return fromIso(text);
    return fromNumberText(text);
}

void appendTimestamp(std::string &out, std::int64_t ns)
{
    std::int64_t seconds = ns / nsPerSecond;
    std::int64_t part = ns % nsPerSecond;
    if (part < 0) {
        part += nsPerSecond;
        --seconds;
    }
    std::int64_t days = seconds / secondsPerDay;
    std::int64_t rest = seconds % secondsPerDay;
    if (rest < 0) {
        rest += secondsPerDay;
        --days;
    }
    const Date date = civilFromDays(days);
    const auto secondOfDay = static_cast<std::uint64_t>(rest);
    std::array<char, 30> text{};
    char *at = writeDigits(text.data(), static_cast<std::uint64_t>(date.year), 4);
    *at++ = '-';
    at = writeDigits(at, date.month, 2);
    *at++ = '-';
    at = writeDigits(at, date.day, 2);
    *at++ = 'T';
    at = writeDigits(at, secondOfDay / 3600, 2);
    *at++ = ':';
    at = writeDigits(at, secondOfDay / 60 % 60, 2);
    *at++ = ':';
    at = writeDigits(at, secondOfDay % 60, 2);
    *at++ = '.';
    at = writeDigits(at, static_cast<std::uint64_t>(part), 9);
    *at = 'Z';
    out.append(text.data(), text.size());
}

} // namespace trace
