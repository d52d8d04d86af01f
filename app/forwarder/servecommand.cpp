// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/commands.h"
#include "app/forwarder/drain.h"
#include "app/forwarder/journalaccess.h"
#include "app/forwarder/output.h"
#include "app/forwarder/receivernotices.h"
#include "app/forwarder/waiting.h"
#include "app/signals.h"
#include "core/config/endpointstore.h"
#include "core/config/redactionstore.h"
#include "core/config/secret.h"
#include "core/platform/workerthreads.h"
#include "core/receiver/recordreceiver.h"

#include <QCoreApplication>
#include <QHash>
#include <QJsonArray>

#include <csignal>
#include <optional>
#include <tuple>
#include <utility>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// So that answers that are ready reach their clients before the connections are closed.
constexpr std::chrono::milliseconds lastAnswers{100};
// A client is told within these, together, when the journal takes nothing: well before it gives up
// by itself and repeats what may be accepted after all.
constexpr std::chrono::milliseconds patience{1000};
constexpr std::chrono::milliseconds longestHold{2000};

QStringList enabledIds(const QList<Endpoint> &endpoints)
{
    QStringList ids;
    for (const Endpoint &endpoint : endpoints) {
        if (endpoint.enabled)
            ids.append(endpoint.id);
    }
    return ids;
}

//! Those of \a configured that this command serves.
QList<Endpoint> served(const QList<Endpoint> &configured, const CommandLine &line)
{
    QList<Endpoint> endpoints;
    for (const Endpoint &endpoint : configured) {
        if (line.endpoint.empty() || endpoint.name.toStdString() == line.endpoint)
            endpoints.append(endpoint);
    }
    return endpoints;
}

Expected<RecordReceiverOptions> receiverOptions(const CommandLine &line, RedactionStore &redaction)
{
    const ServeOptions &serve = line.serve;
    RecordReceiverOptions options;
    if (const auto loaded = redaction.load(); !loaded)
        return tl::make_unexpected(loaded.error());
    options.redaction = redaction.rules();
    options.port = quint16(serve.port);
    const QString host = QString::fromStdString(serve.host);
    if (host != "localhost"_L1 && !options.limits.address.setAddress(host)) {
        return fail(u"--host: \"%1\" is no address"_s.arg(host),
                    u"Use 127.0.0.1, or an address of this computer such as 0.0.0.0 for all."_s);
    }
    const QString token = QString::fromStdString(serve.token);
    if (!token.isEmpty() && !isSecretReference(token)) {
        return fail(
            u"--token takes a reference, not the token itself: arguments can be read by "
            u"other users"_s,
            u"Put the token into a variable or file and name it: env:NAME or file:/path."_s);
    }
    const auto secret = resolveSecret(token);
    if (!secret)
        return tl::make_unexpected(secret.error());
    options.token = *secret;
    if (!options.limits.address.isLoopback() && options.token.isEmpty()) {
        printError({u"anybody who reaches %1 can send records here"_s.arg(host),
                    u"Ask for a token with --token env:NAME."_s});
    }
    return options;
}

//! Says so when an endpoint's problem is another one than before. A hold tells of itself.
class ProblemTeller
{
public:
    void look(const ForwarderStatus &status)
    {
        for (const EndpointStatus &endpoint : status.endpoints) {
            const bool isStuck = endpoint.state == SenderState::Suspended ||
                                 endpoint.state == SenderState::HeldByOperator;
            const QString text =
                isStuck ? stateName(endpoint.state) + u": "_s + endpoint.problem : QString();
            const bool isNew = m_told.value(endpoint.id) != text;
            if (isNew && endpoint.state != SenderState::Sending)
                m_told.insert(endpoint.id, text);
            if (isNew && isStuck)
                printError({endpoint.name + u" is "_s + text, endpoint.action});
        }
    }

private:
    QHash<QString, QString> m_told;
};

void report(const CommandLine &line, const ForwarderStatus &status, const QStringList &ids,
            const QList<EndpointStatus> &leftBehind, const ReceiverCounts &counts)
{
    QList<EndpointStatus> shown;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (ids.contains(endpoint.id))
            shown.append(endpoint);
    }
    const QJsonArray endpoints = tell(line, shown + leftBehind);
    if (line.json) {
        printJson({{u"endpoints"_s, endpoints},
                   {u"received"_s, QJsonObject{{u"requests"_s, counts.requests},
                                               {u"records"_s, counts.records},
                                               {u"refused"_s, counts.refused}}}});
    } else {
        printLine(u"received %1 record(s) in %2 request(s), refused %3"_s.arg(counts.records)
                      .arg(counts.requests)
                      .arg(counts.refused));
    }
}

Expected<QList<Endpoint>> endpointsOf(const CommandLine &line, EndpointStore &store)
{
    if (line.isAdHoc())
        return line.adHoc().map([](const Endpoint &endpoint) { return QList<Endpoint>{endpoint}; });
    auto configured = store.load();
    if (configured && enabledIds(served(*configured, line)).isEmpty()) {
        return fail(line.endpoint.empty()
                        ? u"no enabled endpoint is configured in %1"_s.arg(store.path())
                        : u"there is no enabled endpoint \"%1\""_s.arg(
                              QString::fromStdString(line.endpoint)),
                    u"Add one with: trace-forwarder endpoint add"_s);
    }
    return configured;
}

void follow(RedactionStore &store)
{
    QObject::connect(&store, &RedactionStore::problemOccurred, &store, printError);
    QObject::connect(&store, &RedactionStore::changed, &store, [] {
        std::fprintf(stderr, "trace-forwarder: took over the changed redaction.json\n");
    });
    store.watch();
}

//! Receives until it is told to stop, then drains.
class Serving
{
public:
    Serving(const CommandLine &line, Engine &engine, const QList<Endpoint> &endpoints)
        : m_line(line)
        , m_engine(engine)
        , m_ids(enabledIds(endpoints))
        , m_everServed(m_ids)
    {
        engine.requireRoute();
        engine.setPatience(patience);
        engine.setLongestHold(longestHold);
        m_bound.setSingleShot(true);
        m_bound.callOnTimeout(qApp, [this] { startDrain(); });
        m_lastAnswers.setSingleShot(true);
        m_lastAnswers.setInterval(lastAnswers);
        m_lastAnswers.callOnTimeout(qApp, [this] { startDrain(); });
        QObject::connect(&engine, &Engine::statusChanged, &m_lastAnswers,
                         [this](const ForwarderStatus &status) { m_teller.look(status); });
    }

    Expected<void> listen(const RecordReceiverOptions &options)
    {
        m_receiver = std::make_unique<RecordReceiver>(
            options, [this](std::vector<RecordBlock> blocks, RecordReceiver::Done done) {
                std::ignore = m_appending->start(
                    [this, blocks = std::move(blocks), done = std::move(done)]() mutable {
                        m_engine.append(std::move(blocks), std::move(done));
                    });
            });
        QObject::connect(m_receiver.get(), &RecordReceiver::refused, m_receiver.get(),
                         [this](const QString &path, int status, const QString &reason) {
                             m_notices.tellRefusal(path, status, reason);
                         });
        QObject::connect(m_receiver.get(), &RecordReceiver::bent, m_receiver.get(),
                         [this](const QString &path, const InputProblems &problems) {
                             m_notices.tellBent(path, problems);
                         });
        return m_receiver->listen();
    }

    [[nodiscard]] QUrl url() const { return m_receiver->url(); }
    [[nodiscard]] const QStringList &ids() const { return m_ids; }
    [[nodiscard]] const ReceiverCounts &counts() const { return m_counts; }
    [[nodiscard]] const Drain &drain() const { return *m_drain; }

    //! Takes over every change of endpoints.json.
    void follow(EndpointStore &store, const QList<Endpoint> &inForce)
    {
        QObject::connect(&store, &EndpointStore::problemOccurred, &m_engine, printError);
        QObject::connect(&store, &EndpointStore::changed, &m_lastAnswers,
                         [this](const QList<Endpoint> &configured) {
                             setEndpoints(served(configured, m_line));
                         });
        store.watch(inForce);
    }

    //! Endpoints that it served once, that are not now, and that records wait for.
    [[nodiscard]] QList<EndpointStatus> leftBehind() const
    {
        QList<EndpointStatus> left;
        for (const EndpointStatus &endpoint : m_drain->status().endpoints) {
            const bool isLeft = m_everServed.contains(endpoint.id) && !m_ids.contains(endpoint.id);
            if (isLeft && endpoint.ledger.waiting + endpoint.ledger.inFlight > 0)
                left.append(endpoint);
        }
        return left;
    }

    //! Ends the application when all is done, at most after the time for it; the second time at
    //! once.
    void stop()
    {
        if (m_bound.isActive())
            startDrain();
        if (m_drain) {
            m_drain->stop();
            return;
        }
        m_bound.start(m_line.timeout());
        m_engine.stopWaiting(); // who cannot be stored now is told so
        m_receiver->finish([this] { m_lastAnswers.start(); });
    }

private:
    void setEndpoints(const QList<Endpoint> &endpoints)
    {
        m_ids = enabledIds(endpoints);
        m_everServed += m_ids;
        // Told on the main thread: who does not read what is told must not stop delivery.
        m_engine.setEndpoints(endpoints, [isEmpty = m_ids.isEmpty()] {
            QMetaObject::invokeMethod(qApp, [isEmpty] { tellOfConfiguration(isEmpty); });
        });
    }

    static void tellOfConfiguration(bool isEmpty)
    {
        std::fprintf(stderr, "trace-forwarder: took over the changed configuration\n");
        if (isEmpty)
            printError({u"no endpoint is configured and enabled any more"_s,
                        u"What waits is kept; until there is one, requests are refused (503)."_s});
    }

    void startDrain()
    {
        const std::chrono::milliseconds left{std::max(0, m_bound.remainingTime())};
        m_bound.stop();
        m_lastAnswers.stop();
        m_counts = m_receiver->counts();
        m_receiver.reset();
        m_appending.reset(); // after what came in the last moment
        // Whoever stops a service must know when it has ended.
        constexpr int mostTimes = 10;
        m_drain = std::make_unique<Drain>(m_engine, m_ids,
                                          DrainBound{left, mostTimes * m_line.timeout()});
        QObject::connect(m_drain.get(), &Drain::finished, qApp, &QCoreApplication::quit,
                         Qt::QueuedConnection);
        m_drain->start();
    }

    const CommandLine &m_line;
    Engine &m_engine;
    QStringList m_ids;
    QStringList m_everServed;
    ProblemTeller m_teller;
    ReceiverNotices m_notices;
    ReceiverCounts m_counts;
    QTimer m_bound; // of the answers and the drain together
    QTimer m_lastAnswers;
    std::optional<WorkerThreads> m_appending{std::in_place}; // waits where the receiver must not
    std::unique_ptr<RecordReceiver> m_receiver;
    std::unique_ptr<Drain> m_drain;
};

// For all else that happens at the end: a journal on a slow disk, an output that nobody reads.
constexpr std::chrono::seconds grace{10};

//! Longer than any end that goes as it should.
std::chrono::seconds longestEnd(const CommandLine &line)
{
    return std::chrono::ceil<std::chrono::seconds>(11 * line.timeout()) + grace;
}

} // namespace

int serveCommand(const CommandLine &line)
{
    EndpointStore store(line.config());
    const auto configured = endpointsOf(line, store);
    RedactionStore redaction(line.config());
    const auto options = receiverOptions(line, redaction);
    if (!configured || !options) {
        printError(configured ? options.error() : configured.error());
        return ExitUsage;
    }
    const QList<Endpoint> endpoints = line.isAdHoc() ? *configured : served(*configured, line);
    Signals stopSignals{SIGTERM, SIGINT};
    auto engine = startEngine(line, endpoints);
    if (!engine) {
        printError(engine.error());
        return ExitError;
    }
    Serving serving(line, **engine, endpoints);
    if (const auto listening = serving.listen(*options); !listening) {
        printError(listening.error());
        return ExitError;
    }
    const qint64 failedBefore = remainderOf((*engine)->status(), serving.ids()).failed;
    if (!line.isAdHoc())
        serving.follow(store, *configured);
    follow(redaction);
    stopSignals.endUnheard(grace, ExitWaiting);
    QObject::connect(&stopSignals, &Signals::caught, qApp, [&, isTold = false]() mutable {
        Signals::endWithin(std::exchange(isTold, true) ? grace : longestEnd(line), ExitWaiting);
        serving.stop();
    });
    const QString ready =
        u"receiving at %1, forwarding to %2 endpoint(s)"_s.arg(serving.url().toString())
            .arg(serving.ids().size());
    line.json ? void(std::fprintf(stderr, "%s\n", qUtf8Printable(ready))) : printLine(ready);
    for (const Endpoint &endpoint : endpoints) {
        if (endpoint.enabled && !endpoint.tls.verify)
            printError(
                {u"%1: the server's certificate is NOT VERIFIED (tls.verify)"_s.arg(endpoint.name),
                 {}});
    }
    QCoreApplication::exec();

    const ForwarderStatus &status = serving.drain().status();
    const QList<EndpointStatus> leftBehind = serving.leftBehind();
    Remainder left = remainderOf(status, serving.ids());
    report(line, status, serving.ids(), leftBehind, serving.counts());
    if (left.isHeld)
        left.why.clear(); // told already
    for (const EndpointStatus &endpoint : leftBehind) {
        if (left.open == 0) {
            left.why = endpoint.name + u": "_s + endpoint.problem;
            left.reason = endpoint.reason;
            left.action = endpoint.action;
            left.isStopped = true;
        }
        left.open += endpoint.ledger.waiting + endpoint.ledger.inFlight;
    }
    if (left.open > 0)
        tellThatRecordsWait(line, line.journal(), left);
    if (left.open > 0 || !serving.drain().isSure())
        return ExitWaiting;
    return left.failed > failedBefore ? ExitFailed : ExitDelivered;
}

} // namespace trace
