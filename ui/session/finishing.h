// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/flushreport.h"

#include <QFutureWatcher>
#include <QObject>
#include <QTimer>

namespace trace {

class Engine;

//! Delivers what waits before the program ends: until nothing that is left can be delivered now,
//! and no request is under way, or until the time is over.
class Finishing final : public QObject
{
    Q_OBJECT
public:
    explicit Finishing(Engine &engine, QObject *parent = nullptr);
    ~Finishing() override;

    //! Nothing when it is under way.
    void start(std::chrono::milliseconds bound);
    //! At once; what is left stays in the journal.
    void stop();
    [[nodiscard]] bool isUnderWay() const { return m_bound.isActive(); }

Q_SIGNALS:
    void finished(); //!< Once per start().

private:
    void look();

    Engine &m_engine;
    QFutureWatcher<FlushReport> m_flush;
    QTimer m_bound;
};

} // namespace trace
