// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/delivery/status.h"
#include "core/platform/error.h"
#include "core/record/record.h"

#include <QObject>
#include <QThread>

#include <vector>

namespace trace {

class Engine;
class PracticeEndpoint;

//! A short story of delivery that needs no service: the sample workflow runs, one of two practice
//! endpoints is down for a moment, comes back, and refuses one record.
//! The practice endpoints and the feeding live on a thread of their own.
class DemoSession final : public QObject
{
    Q_OBJECT
public:
    //! \a engine must outlive the demo.
    explicit DemoSession(Engine &engine, QObject *parent = nullptr);
    ~DemoSession() override;

    //! Starts the practice endpoints, gives them to the engine and feeds it as soon as it
    //! knows them.
    [[nodiscard]] Expected<void> start();
    //! The two endpoints, once started.
    [[nodiscard]] const QList<Endpoint> &endpoints() const { return m_endpoints; }
    //! Whether the first endpoint takes all from now on, also the record that it refused.
    void setAcceptingAll(bool acceptingAll);

Q_SIGNALS:
    //! Once: all records are delivered or in failed batches.
    void finished();

private:
    [[nodiscard]] Expected<void> listen();
    void beginFeeding();
    void feed();
    void watch(const ForwarderStatus &status);

    Engine &m_engine;
    QThread m_thread;
    QObject *m_worker; // stands for m_thread; owns what lives there
    PracticeEndpoint *m_loki = nullptr;
    PracticeEndpoint *m_archive = nullptr;
    QList<Endpoint> m_endpoints;
    std::vector<Record> m_records; // once fed, of m_thread only
    std::size_t m_next = 0;        // likewise
    std::size_t m_share = 1;       // records per turn
    qint64 m_total = 0;
    bool m_isFeeding = false;
    bool m_finished = false;
};

} // namespace trace
