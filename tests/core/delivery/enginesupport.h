// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/engine.h"
#include "core/platform/runon.h"
#include "core/practice/practiceendpoint.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/support/unusedport.h"

#include <QStringList>
#include <QTest>
#include <QThread>

namespace trace {

//! A practice endpoint on a thread of its own, so that a test may wait while it answers.
class PracticeHost final
{
public:
    explicit PracticeHost(const QString &faults = {}, quint16 port = unusedPort())
        : m_port(port)
    {
        m_maker.moveToThread(&m_thread);
        m_thread.start();
        start(faults);
    }
    ~PracticeHost()
    {
        stop();
        m_thread.quit();
        m_thread.wait();
    }
    Q_DISABLE_COPY_MOVE(PracticeHost)

    //! Listens, on the same port as before.
    void start(const QString &faults = {})
    {
        run([&] {
            PracticeOptions options;
            options.port = m_port;
            options.faults = FaultScript::parse(faults).value();
            m_endpoint = std::make_unique<PracticeEndpoint>(options);
            if (const auto ready = m_endpoint->listen(); !ready)
                qFatal("%s", qPrintable(ready.error().message()));
            m_url = m_endpoint->url(QStringLiteral("generic"));
        });
    }
    //! Refuses connections from now on; what it kept is gone.
    void stop()
    {
        run([&] { m_endpoint.reset(); });
    }
    void setFaults(const QString &faults)
    {
        run([&] { m_endpoint->setFaults(FaultScript::parse(faults).value()); });
    }
    [[nodiscard]] PracticeSummary summary()
    {
        PracticeSummary summary;
        run([&] { summary = m_endpoint->summary(); });
        return summary;
    }
    //! What it stored, in the order in which it came.
    [[nodiscard]] QStringList messages()
    {
        QStringList messages;
        run([&] {
            m_endpoint->forEachRecord([&](const RecordView &record) {
                messages.append(
                    QString::fromUtf8(record.message.data(), qsizetype(record.message.size())));
            });
        });
        return messages;
    }
    [[nodiscard]] QUrl url() const { return m_url; }

private:
    template <typename Work>
    void run(Work &&work)
    {
        runOn(&m_maker, std::forward<Work>(work));
    }

    QThread m_thread;
    QObject m_maker;
    std::unique_ptr<PracticeEndpoint> m_endpoint;
    const quint16 m_port;
    QUrl m_url;
};

//! An endpoint that sends each record soon and is suspended by its first failure.
inline Endpoint endpointTo(const PracticeHost &host, const QString &id = QStringLiteral("a"))
{
    Endpoint endpoint;
    endpoint.id = id;
    endpoint.name = id;
    endpoint.service = QStringLiteral("generic");
    endpoint.options.url = host.url();
    endpoint.bufferSize = 1;
    endpoint.flushInterval = std::chrono::milliseconds(50);
    endpoint.maxRetries = 1;
    return endpoint;
}

//! One that sends nothing unless it is told to.
inline Endpoint patientEndpointTo(const PracticeHost &host, const QString &id = QStringLiteral("a"))
{
    Endpoint endpoint = endpointTo(host, id);
    endpoint.bufferSize = 100'000;
    endpoint.flushInterval = std::chrono::hours(1);
    return endpoint;
}

inline std::unique_ptr<Engine> startEngine(const QString &folder, const QList<Endpoint> &endpoints)
{
    auto engine = Engine::start(folder, endpoints);
    if (!engine)
        qFatal("%s", qPrintable(engine.error().message()));
    return std::move(*engine);
}

inline EndpointStatus statusOf(const Engine &engine, const QString &id = QStringLiteral("a"))
{
    for (const EndpointStatus &status : engine.status().endpoints) {
        if (status.id == id)
            return status;
    }
    return {};
}

inline Ledger ledgerOf(const Engine &engine, const QString &id = QStringLiteral("a"))
{
    return statusOf(engine, id).ledger;
}

//! The messages of recordsOf(count, "run-1", from).
inline QStringList messagesOf(int count, int from = 1)
{
    QStringList messages;
    for (const Record &record : recordsOf(count, "run-1", from))
        messages.append(QString::fromStdString(record.message));
    return messages;
}

} // namespace trace
