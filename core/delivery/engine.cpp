// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/engine.h"

#include "core/config/credentials.h"
#include "core/delivery/forwarder.h"
#include "core/platform/runon.h"
#include "core/platform/userfolder.h"

#include <openssl/crypto.h>

namespace trace {

using namespace Qt::StringLiterals;

Expected<QString> defaultJournalFolder()
{
    return dataHome().map([](const QString &home) { return home + u"/trace-console/journal"_s; });
}

Expected<std::unique_ptr<Engine>> Engine::start(const QString &journalFolder,
                                                const QList<Endpoint> &endpoints,
                                                std::function<void(const Error &)> onProblem,
                                                const JournalLimits &limits)
{
    auto journal = Journal::open(journalFolder, limits);
    if (!journal)
        return tl::make_unexpected(journal.error());
    std::unique_ptr<Engine> engine(new Engine(std::move(*journal)));
    if (onProblem)
        connect(engine.get(), &Engine::problemOccurred, engine->m_forwarder, onProblem);
    for (const Error &finding : engine->m_journal->findings())
        Q_EMIT engine->problemOccurred(finding);
    Expected<void> ready;
    runOn(engine->m_forwarder, [&] { ready = engine->configure(endpoints); });
    if (!ready)
        return tl::make_unexpected(ready.error());
    return engine;
}

Engine::Engine(std::unique_ptr<Journal> journal)
    : m_journal(std::move(journal))
{
    m_thread.setObjectName(u"engine"_s);
    // OpenSSL would do so itself a moment after wait() returns, when the process may be at its end.
    connect(
        &m_thread, &QThread::finished, &m_thread, [] { OPENSSL_thread_stop(); },
        Qt::DirectConnection);
    m_thread.start();
    // Made on its own thread, because its timers and network access belong there.
    QObject maker;
    maker.moveToThread(&m_thread);
    runOn(&maker, [&] {
        m_forwarder = new Forwarder(*m_journal);
        maker.moveToThread(thread());
    });
    connect(m_forwarder, &Forwarder::statusChanged, this, &Engine::remember, Qt::DirectConnection);
    connect(
        m_forwarder, &Forwarder::routeChanged, this,
        [this] {
            const std::scoped_lock lock(m_mutex);
            m_route = m_forwarder->route();
        },
        Qt::DirectConnection);
    connect(m_forwarder, &Forwarder::failedBatchesChanged, this, &Engine::failedBatchesChanged,
            Qt::DirectConnection);
    connect(m_forwarder, &Forwarder::replayFinished, this, &Engine::replayFinished,
            Qt::DirectConnection);
    connect(m_forwarder, &Forwarder::problemOccurred, this, &Engine::problemOccurred,
            Qt::DirectConnection);
}

Engine::~Engine()
{
    m_journal->stopWaiting(); // its answers need the forwarder
    m_journal->sync();
    runOn(m_forwarder, [this] { delete std::exchange(m_forwarder, nullptr); });
    m_thread.quit();
    m_thread.wait();
}

Expected<void> Engine::configure(const QList<Endpoint> &endpoints)
{
    rememberSecrets(endpoints); // before there are records that hold one
    if (auto done = m_forwarder->setEndpoints(endpoints); !done)
        return done;
    remember(m_forwarder->status());
    return {};
}

void Engine::remember(const ForwarderStatus &status)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_status = status;
    }
    Q_EMIT statusChanged(status);
}

void Engine::setEndpoints(const QList<Endpoint> &endpoints, std::function<void()> inForce)
{
    QMetaObject::invokeMethod(m_forwarder, [this, endpoints, inForce = std::move(inForce)] {
        if (const auto done = configure(endpoints); !done)
            Q_EMIT problemOccurred(done.error());
        else if (inForce)
            inForce();
    });
}

void Engine::append(RecordBlock block)
{
    append(std::move(block), [](const std::optional<Error> &) {});
}

void Engine::append(RecordBlock block, Journal::Done done)
{
    std::vector<RecordBlock> blocks;
    blocks.push_back(std::move(block));
    append(std::move(blocks), std::move(done));
}

void Engine::append(std::vector<RecordBlock> blocks, Journal::Done done)
{
    std::vector<qint64> route;
    {
        std::unique_lock guard(m_mutex);
        route = m_route;
        if (route.empty() && m_needsRoute) {
            guard.unlock();
            done(Error{u"no endpoint is configured and enabled now"_s,
                       u"Send it again when there is one."_s});
            return;
        }
    }
    m_journal->append(std::move(blocks), std::move(route),
                      [this, done = std::move(done)](const std::optional<Error> &error) {
                          done(error);
                          {
                              const std::scoped_lock guard(m_mutex);
                              const QString text = error ? error->text : QString();
                              if (std::exchange(m_appendProblem, text) == text)
                                  return; // told once
                          }
                          if (!error)
                              return;
                          Q_EMIT problemOccurred(*error);
                          QMetaObject::invokeMethod(m_forwarder, [this, text = error->text] {
                              m_forwarder->setJournalProblem(text);
                          });
                      });
}

QFuture<FlushReport> Engine::flush()
{
    return startFlush({});
}

QFuture<FlushReport> Engine::flush(const QString &runId)
{
    return startFlush(runId);
}

QFuture<FlushReport> Engine::startFlush(const std::optional<QString> &runId)
{
    const auto promise = std::make_shared<QPromise<FlushReport>>();
    promise->start();
    // Behind what was submitted: the forwarder has heard of it when this reaches it.
    m_journal->whenWritten([this, runId, promise] {
        QMetaObject::invokeMethod(m_forwarder,
                                  [this, runId, promise] { m_forwarder->flush(runId, promise); });
    });
    return promise->future();
}

void Engine::retryNow(const QString &endpoint)
{
    QMetaObject::invokeMethod(m_forwarder, [this, endpoint] { m_forwarder->retryNow(endpoint); });
}

void Engine::setPaused(const QString &endpoint, bool paused)
{
    QMetaObject::invokeMethod(
        m_forwarder, [this, endpoint, paused] { m_forwarder->setPaused(endpoint, paused); });
}

void Engine::discardWaiting(const QString &endpoint)
{
    QMetaObject::invokeMethod(m_forwarder,
                              [this, endpoint] { m_forwarder->discardWaiting(endpoint); });
}

void Engine::replay(const QList<qint64> &failedBatches)
{
    QMetaObject::invokeMethod(m_forwarder,
                              [this, failedBatches] { m_forwarder->replay(failedBatches); });
}

void Engine::discard(const QList<qint64> &failedBatches)
{
    QMetaObject::invokeMethod(m_forwarder,
                              [this, failedBatches] { m_forwarder->discard(failedBatches); });
}

void Engine::oblige(FailedBatch batch, const QString &endpoint,
                    std::function<void(const Expected<qint64> &)> done)
{
    QMetaObject::invokeMethod(
        m_forwarder, [this, batch = std::move(batch), endpoint, done = std::move(done)]() mutable {
            done(m_forwarder->oblige(std::move(batch), endpoint));
        });
}

ForwarderStatus Engine::status() const
{
    const std::scoped_lock lock(m_mutex);
    return m_status;
}

} // namespace trace
