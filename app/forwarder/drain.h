// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/engine.h"

#include <QObject>
#include <QTimer>

namespace trace {

//! What is not delivered of some endpoints.
struct Remainder
{
    qint64 open = 0;   //!< Waits, or is on its way.
    qint64 failed = 0; //!< In failed batches.
    QString why{};     //!< What the first endpoint with open records has to say.
    //! Nothing of it can be delivered before somebody did something, such as `action`.
    bool isStopped = false;
    bool isHeld = false; //!< By its sender, which has told `why` as it happened.
    Problem reason{};    //!< What `why` words.
    QString action{};    //!< About the same.
};

//! \a endpoints are Endpoint::ids.
[[nodiscard]] Remainder remainderOf(const ForwarderStatus &status, const QStringList &endpoints);

//! How long a drain may take.
struct DrainBound
{
    std::chrono::milliseconds idle;      //!< Without any record being settled.
    std::chrono::milliseconds inAll{-1}; //!< -1: as long as something is settled.
};

//! Delivers what waits, once no more records come: until all is settled, until nothing that is left
//! can be delivered now (held or suspended), or until the time is over.
class Drain final : public QObject
{
    Q_OBJECT
public:
    Drain(Engine &engine, QStringList endpoints, DrainBound bound);

    void start();
    void stop(); //!< At once.
    //! At the end with the ledgers as they stand in the journal.
    [[nodiscard]] const ForwarderStatus &status() const { return m_status; }
    //! Whether those ledgers could be read.
    [[nodiscard]] bool isSure() const { return m_isSure; }

Q_SIGNALS:
    void finished(); //!< Once, perhaps during start().

private:
    void begin();
    void look(const ForwarderStatus &status);
    void readLedgers();

    Engine &m_engine;
    const QStringList m_endpoints;
    ForwarderStatus m_status;
    qint64 m_expected = -1; // accepted, by the journal; -1: not started
    qint64 m_settled = -1;  // delivered, failed and discarded at the last look
    bool m_isFinished = false;
    bool m_isSure = false;
    QTimer m_idle;
    QTimer m_inAll;
};

} // namespace trace
