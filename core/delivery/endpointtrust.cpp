// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/endpointtrust.h"

#include <algorithm>

namespace trace {

namespace {

constexpr int mostRefused = 10;
// Enough to find each bad record in a run of five hundred.
constexpr int mostRefusedOnCredit = 1024;
constexpr unsigned probes = mostRefused - 1; // the first request is a batch
constexpr unsigned stride = 4;               // no divisor in common with it

} // namespace

EndpointTrust::EndpointTrust(quint32 seed)
    : m_dice(seed)
    , m_probe(m_dice.bounded(2 * probes))
{}

void EndpointTrust::took()
{
    m_credit = Credit::Fresh;
    m_hasTaken = true;
    m_refused = 0;
}

void EndpointTrust::tookBefore()
{
    m_credit = Credit::Stale;
    m_hasTaken = true;
}

void EndpointTrust::startOver()
{
    m_credit = Credit::None;
    m_refused = 0;
}

void EndpointTrust::refused()
{
    ++m_refused;
    if (m_credit == Credit::Fresh && m_refused >= mostRefusedOnCredit) {
        m_credit = Credit::None;
        m_refused = 1;
    }
}

void EndpointTrust::batchRefused()
{
    if (m_credit != Credit::Fresh || m_refused < mostRefused)
        return;
    m_credit = Credit::None; // spent on this one
    m_refused = 0;
}

bool EndpointTrust::isExhausted() const
{
    return m_credit != Credit::Fresh && m_refused >= mostRefused;
}

std::size_t EndpointTrust::nextPlace(std::size_t count)
{
    const bool isLast = m_refused == mostRefused - 1;
    const bool isNewestsTurn = m_refused >= mostRefused && m_refused % 2 == 0;
    if (m_hasTaken && (isLast || isNewestsTurn))
        return count - 1;
    const std::size_t part = std::size_t(m_probe) * stride % probes;
    const std::size_t oddness = m_probe++ % 2;
    const std::size_t begin = count * part / probes;
    const std::size_t end = std::max(count * (part + 1) / probes, begin + 1);
    std::size_t place = begin + std::size_t(m_dice.bounded(quint64(end - begin)));
    if (place % 2 != oddness)
        place = place + 1 < end ? place + 1 : std::max(place, begin + 1) - 1;
    return std::min(place, count - 1);
}

} // namespace trace
