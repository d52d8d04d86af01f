// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/engine.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace trace {

//! Waits until everything is delivered or failed, or until nothing has moved for too long.
class DeliveryWait final : public QObject
{
    Q_OBJECT
public:
    //! \a endpoints are Endpoint::ids; all must be done.
    DeliveryWait(Engine &engine, QStringList endpoints, std::chrono::milliseconds patience);

    //! No more records come; so many were accepted of the input.
    void inputEnded(qint64 accepted);
    [[nodiscard]] ForwarderStatus status() const { return m_status; }
    //! Whether the status tells of all that was accepted; it lags behind the journal.
    [[nodiscard]] bool knowsAll() const { return m_accepted >= m_expected; }

Q_SIGNALS:
    void finished();

private:
    void look(const ForwarderStatus &status);

    QStringList m_endpoints;
    ForwarderStatus m_status;
    qint64 m_acceptedBefore = 0;
    qint64 m_expected = -1; // -1: the input has not ended
    qint64 m_settled = -1;  // delivered, failed and discarded at the last look
    qint64 m_accepted = -1;   // at the last look
    bool m_isOverdue = false; // patience is over, but the status does not know all yet
    bool m_finished = false;
    std::chrono::milliseconds m_patienceTime;
    QTimer m_patience;
};

} // namespace trace
