// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/levelscale.h"

namespace trace {

namespace {

//! The highest number of each level from debug to error; what is above is critical.
using Steps = std::array<std::int64_t, 4>;

std::optional<Level> onScale(std::int64_t number, std::int64_t least, const Steps &steps,
                             std::int64_t greatest)
{
    if (number < least || number > greatest)
        return std::nullopt;
    std::size_t level = 0;
    while (level < steps.size() && number > steps[level])
        ++level;
    return allLevels[level];
}

} // namespace

std::optional<Level> levelFromNumber(std::int64_t number, LevelScale scale)
{
    switch (scale) {
    case LevelScale::Python:
        return onScale(number, 1, {19, 29, 39, 49}, 100);
    case LevelScale::Pino:
        return onScale(number, 1, {29, 39, 49, 59}, 100);
    case LevelScale::Syslog:
        // Downwards: notice counts as info, alert and emergency as critical.
        return number < 0 || number > 7 ? std::nullopt : onScale(7 - number, 0, {0, 2, 3, 4}, 7);
    case LevelScale::OpenTelemetry:
        return onScale(number, 1, {8, 12, 16, 20}, 24);
    case LevelScale::Logback:
        return onScale(number, 1, {19'999, 29'999, 39'999, 49'999}, 100'000);
    }
    return std::nullopt;
}

} // namespace trace
