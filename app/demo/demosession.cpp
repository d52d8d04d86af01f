// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/demo/demosession.h"

#include "core/delivery/engine.h"
#include "core/platform/runon.h"
#include "core/practice/practiceendpoint.h"
#include "core/practice/sampleworkflow.h"
#include "core/record/recordblock.h"
#include "core/record/timestamp.h"

#include <QTimer>

#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace trace {

namespace {

constexpr auto outage = 1500ms;
constexpr auto feedingTime = 4000ms;
constexpr auto feedingStep = 100ms;

Endpoint makeEndpoint(const QString &id, const QString &name, const QString &service,
                      const QUrl &url)
{
    Endpoint endpoint;
    endpoint.id = id;
    endpoint.name = name;
    endpoint.service = service;
    endpoint.options.url = url;
    endpoint.bufferSize = 20;
    endpoint.flushInterval = 200ms;
    endpoint.timeout = 2000ms;
    return endpoint;
}

PracticeOptions failingWith(const Fault &fault)
{
    PracticeOptions options;
    options.faults.faults = {fault};
    options.latency = 12ms;
    return options;
}

FaultScript refusingOneRecord()
{
    Fault fault;
    fault.kind = Fault::Kind::Reject;
    fault.status = 400;
    fault.text = QString::fromUtf8(sampleRejectedText.data(), qsizetype(sampleRejectedText.size()));
    return {{fault}};
}

} // namespace

DemoSession::DemoSession(Engine &engine, QObject *parent)
    : QObject(parent)
    , m_engine(engine)
    , m_worker(new QObject)
{
    m_thread.setObjectName(u"demo"_s);
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    connect(&engine, &Engine::statusChanged, this, &DemoSession::watch);
    m_thread.start();
}

DemoSession::~DemoSession()
{
    m_thread.quit();
    m_thread.wait();
}

Expected<void> DemoSession::start()
{
    m_records = sampleWorkflow(nowNs());
    m_total = qint64(m_records.size());
    const auto turns = std::size_t(feedingTime / feedingStep);
    m_share = std::max<std::size_t>(1, (m_records.size() + turns - 1) / turns);
    Expected<void> listening;
    runOn(m_worker, [&] { listening = listen(); });
    if (!listening)
        return listening;
    m_engine.setEndpoints(m_endpoints);
    return {};
}

Expected<void> DemoSession::listen()
{
    m_loki = new PracticeEndpoint(failingWith({Fault::Kind::Status, 503, 1, {}, -1}), m_worker);
    m_archive = new PracticeEndpoint(PracticeOptions{}, m_worker);
    for (PracticeEndpoint *practice : {m_loki, m_archive}) {
        if (const auto listening = practice->listen(); !listening)
            return listening;
    }
    m_endpoints = {
        makeEndpoint(u"demo-loki"_s, u"Practice (Loki)"_s, u"grafana"_s, m_loki->url(u"grafana"_s)),
        makeEndpoint(u"demo-archive"_s, u"Archive (REST)"_s, u"generic"_s,
                     m_archive->url(u"generic"_s))};
    return {};
}

void DemoSession::beginFeeding()
{
    QTimer::singleShot(outage, m_loki, [this] { m_loki->setFaults(refusingOneRecord()); });
    auto *timer = new QTimer(m_worker);
    connect(timer, &QTimer::timeout, m_worker, [this, timer] {
        feed();
        if (m_next == m_records.size())
            timer->stop();
    });
    timer->start(feedingStep);
}

void DemoSession::feed()
{
    RecordBlockBuilder builder;
    const std::size_t end = std::min(m_next + m_share, m_records.size());
    for (; m_next < end; ++m_next)
        builder.append(viewOf(m_records[m_next]));
    if (!builder.isEmpty())
        m_engine.append(builder.finish());
}

void DemoSession::setAcceptingAll(bool acceptingAll)
{
    QMetaObject::invokeMethod(m_worker, [this, acceptingAll] {
        m_loki->setFaults(acceptingAll ? FaultScript() : refusingOneRecord());
    });
}

void DemoSession::watch(const ForwarderStatus &status)
{
    if (m_finished || m_endpoints.isEmpty())
        return;
    bool isOver = true;
    for (const Endpoint &endpoint : m_endpoints) {
        const auto found = std::find_if(
            status.endpoints.begin(), status.endpoints.end(),
            [&](const EndpointStatus &candidate) { return candidate.id == endpoint.id; });
        if (found == status.endpoints.end())
            return;
        const Ledger &ledger = found->ledger;
        isOver = isOver && ledger.accepted >= m_total && ledger.waiting + ledger.inFlight == 0;
    }
    // Not before the engine knows the endpoints: what it is given until then goes to none.
    if (!std::exchange(m_isFeeding, true))
        QMetaObject::invokeMethod(m_worker, [this] { beginFeeding(); });
    if (!isOver)
        return;
    m_finished = true;
    Q_EMIT finished();
}

} // namespace trace
