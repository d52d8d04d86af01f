// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/timeargument.h"

#include "core/record/timestamp.h"

#include <QRegularExpression>

#include <optional>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

std::optional<std::int64_t> timeOrAgo(const QString &text)
{
    static const QRegularExpression ago(u"^([0-9]{1,6})([smhd])$"_s);
    const auto match = ago.match(text);
    if (!match.hasMatch())
        return timestampFromText(text.toStdString());
    const QString unit = match.captured(2);
    const std::int64_t seconds = unit == "s"_L1   ? 1
                                 : unit == "m"_L1 ? 60
                                 : unit == "h"_L1 ? 3600
                                                  : 86'400;
    return nowNs() - match.captured(1).toLongLong() * seconds * 1'000'000'000;
}

} // namespace

Expected<std::int64_t> timeArgument(const QString &option, const std::string &text)
{
    const QString given = QString::fromStdString(text);
    if (const auto time = timeOrAgo(given))
        return *time;
    return fail(u"%1: \"%2\" is no time"_s.arg(option, given),
                u"Write it as 2026-11-22, 2026-11-22T15:04:05Z (without a zone: UTC) or "
                u"2026-11-22T16:04:05+01:00, or as 30m, 2h or 7d for so long ago."_s);
}

} // namespace trace
