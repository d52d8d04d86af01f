// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QElapsedTimer>

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

namespace trace {

//! Rates and latencies of one endpoint since the start of the program.
class DeliveryMeter final
{
public:
    DeliveryMeter() { m_clock.start(); }

    void requestSent(bool isRetry)
    {
        ++m_requests;
        m_retries += isRetry ? 1 : 0;
    }
    void answered(double milliseconds)
    {
        m_latencies[m_answers++ % m_latencies.size()] = milliseconds;
    }
    void delivered(qint64 records)
    {
        m_lastSuccess = QDateTime::currentDateTimeUtc();
        m_deliveries.push_back({m_clock.elapsed(), records});
        forget();
    }

    [[nodiscard]] qint64 requests() const { return m_requests; }
    [[nodiscard]] qint64 retries() const { return m_retries; }
    [[nodiscard]] QDateTime lastSuccess() const { return m_lastSuccess; }

    //! Over the last seconds; falls to 0 when nothing more is delivered.
    [[nodiscard]] double recordsPerSecond() const
    {
        qint64 sum = 0;
        const qint64 now = m_clock.elapsed();
        for (const Delivery &delivery : m_deliveries) {
            if (now - delivery.at <= windowMs)
                sum += delivery.records;
        }
        return double(sum) * 1000 / double(windowMs);
    }
    //! The median of the last hundred answers.
    [[nodiscard]] double medianLatencyMs() const
    {
        const auto count = std::min(m_answers, m_latencies.size());
        if (count == 0)
            return 0;
        std::vector<double> sorted(m_latencies.begin(), m_latencies.begin() + qint64(count));
        std::nth_element(sorted.begin(), sorted.begin() + qint64(count / 2), sorted.end());
        return sorted[count / 2];
    }

private:
    static constexpr qint64 windowMs = 5000;
    struct Delivery
    {
        qint64 at;
        qint64 records;
    };

    void forget()
    {
        while (!m_deliveries.empty() && m_clock.elapsed() - m_deliveries.front().at > windowMs)
            m_deliveries.pop_front();
    }

    QElapsedTimer m_clock;
    std::deque<Delivery> m_deliveries;
    std::array<double, 100> m_latencies{};
    std::size_t m_answers = 0;
    qint64 m_requests = 0;
    qint64 m_retries = 0;
    QDateTime m_lastSuccess;
};

} // namespace trace
