// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/timewindow.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

QString inHours(std::chrono::milliseconds span)
{
    const double hours = double(span.count()) / 3'600'000;
    if (hours < 1)
        return u"%1 minutes"_s.arg(hours * 60);
    return hours > 48 ? u"%1 days"_s.arg(hours / 24)
                      : u"%1 hours"_s.arg(hours);
}

QString tooOld(const Service &service)
{
    return u"older than %1: %2 would not keep it"_s.arg(inHours(service.limits().maxAge),
                                                        service.name());
}

QString tooFarAhead(const Service &service)
{
    return u"more than %1 in the future: %2 would not keep it"_s.arg(
        inHours(service.limits().maxAhead), service.name());
}

std::int64_t nanoseconds(std::chrono::milliseconds span)
{
    return std::chrono::nanoseconds(span).count();
}

} // namespace

TimeWindow::TimeWindow(const Service &service, std::int64_t now)
    : m_service(service)
    , m_limits(service.limits())
    , m_now(now)
{}

std::optional<QString> TimeWindow::unfitReason(const RecordView &record) const
{
    if (m_now == 0)
        return {};
    // Limits of the times and not ages, which may be out of range: a record may bear any time.
    if (m_limits.maxAge.count() != 0 && record.timestamp < m_now - nanoseconds(m_limits.maxAge))
        return tooOld(m_service);
    if (m_limits.maxAhead.count() != 0 && record.timestamp > m_now + nanoseconds(m_limits.maxAhead))
        return tooFarAhead(m_service);
    return {};
}

bool TimeWindow::isReason(const QString &words, const Service &service)
{
    return words == tooOld(service) || words == tooFarAhead(service);
}

} // namespace trace
