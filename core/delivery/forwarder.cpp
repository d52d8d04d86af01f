// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/forwarder.h"

#include "core/delivery/ledger.h"
#include "core/platform/networkwatch.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds statusInterval{250};
constexpr std::chrono::milliseconds rateInterval{1000};

} // namespace

Forwarder::Forwarder(Journal &journal)
    : m_journal(journal)
    , m_planner(new BatchPlanner(journal.folder(), journal.freshBlocks()))
    , m_flushing(journal.folder(), m_senders)
{
    m_planner->moveToThread(&m_plannerThread);
    connect(&m_plannerThread, &QThread::finished, m_planner, &QObject::deleteLater);
    m_plannerThread.setObjectName(u"planner"_s);
    m_plannerThread.start();

    m_statusTimer.setSingleShot(true);
    m_statusTimer.setInterval(statusInterval);
    m_statusTimer.callOnTimeout(this, &Forwarder::publishStatus);
    // Rates fall by themselves when nothing happens any more.
    m_rateTimer.setInterval(rateInterval);
    m_rateTimer.callOnTimeout(this, [this] {
        m_acceptedPerSecond =
            double(std::exchange(m_acceptedInWindow, 0)) * 1000 / double(rateInterval.count());
        publishStatus();
    });
    m_rateTimer.start();
    connect(&m_flushing, &Flushing::flushed, this, &Forwarder::publishStatus);
    connect(&m_journal, &Journal::committed, this, &Forwarder::committed, Qt::QueuedConnection);
    connect(&m_journal, &Journal::giveUpAsked, this, &Forwarder::giveUp, Qt::QueuedConnection);
    connect(&m_journal, &Journal::evicted, this, &Forwarder::evicted, Qt::QueuedConnection);
    connect(&m_journal, &Journal::conditionChanged, this, &Forwarder::setCondition,
            Qt::QueuedConnection);
}

Forwarder::~Forwarder()
{
    for (const auto &sender : m_senders)
        sender->leaveReplays();
    m_journal.syncMarks(); // its answers go to the senders, which must still be there
    m_senders.clear();
    m_plannerThread.quit();
    m_plannerThread.wait();
}

Expected<std::vector<qint64>> Forwarder::setEndpoints(const QList<Endpoint> &endpoints)
{
    if (!m_reader) {
        auto reader = JournalReader::open(m_journal.folder());
        if (!reader)
            return tl::make_unexpected(reader.error());
        m_reader = std::move(*reader);
    }
    auto former = std::exchange(m_senders, {});
    for (const Endpoint &endpoint : endpoints) {
        const auto known = std::find_if(former.begin(), former.end(), [&](const auto &sender) {
            return sender && sender->endpoint().id == endpoint.id;
        });
        if (known == former.end()) {
            if (auto started = startSender(endpoint); !started)
                return tl::make_unexpected(started.error());
        } else {
            if ((*known)->endpoint() != endpoint) {
                (*known)->configure(endpoint);
                (*known)->setPaused(!endpoint.enabled);
            }
            m_senders.push_back(std::move(*known));
        }
    }
    for (const auto &sender : former) {
        if (sender)
            sender->discardWaiting(); // the operator removed it
    }
    m_journal.syncMarks(); // before its answers find no sender any more
    former.clear();
    if (auto read = readOthers(); !read)
        return tl::make_unexpected(read.error());
    scheduleStatus();
    m_flushing.checkSoon();
    m_journal.startRetention(); // now that there is who follows it
    std::vector<qint64> route;
    for (const auto &sender : m_senders) {
        if (sender->endpoint().enabled)
            route.push_back(sender->journalId());
    }
    return route;
}

Expected<void> Forwarder::startSender(const Endpoint &endpoint)
{
    const auto id =
        m_journal.enrol(endpoint.id, endpoint.name, endpoint.service, endpoint.options.url);
    if (!id)
        return tl::make_unexpected(id.error());
    const auto rows = m_reader->endpoints();
    if (!rows)
        return tl::make_unexpected(rows.error());
    auto backlog = m_reader->backlog(*id);
    if (!backlog)
        return tl::make_unexpected(backlog.error());
    const auto failed = m_reader->failedRecordCount(*id);
    const auto range = m_reader->range();
    if (!failed || !range)
        return tl::make_unexpected(failed ? range.error() : failed.error());
    m_range = *range;

    BacklogStart start{.row = {},
                       .unsettled = std::move(*backlog),
                       .failed = *failed,
                       .lastSequence = range->last};
    for (const EndpointRow &row : *rows) {
        if (row.id == *id)
            start.row = row;
    }
    m_senders.push_back(std::make_unique<Sender>(
        SenderParts{m_journal, *m_planner, m_transport, m_keychain}, std::move(start), endpoint));
    Sender *sender = m_senders.back().get();
    connect(sender, &Sender::changed, this, &Forwarder::scheduleStatus);
    connect(sender, &Sender::changed, &m_flushing, &Flushing::checkSoon);
    connect(sender, &Sender::failedBatchesChanged, this, [this] {
        publishStatus(); // so that the count is not older than the signal
        Q_EMIT failedBatchesChanged();
    });
    connect(sender, &Sender::replayFinished, this, &Forwarder::replayFinished);
    connect(sender, &Sender::problemOccurred, this, &Forwarder::problemOccurred);
    connect(sender, &Sender::serviceMissed, this, &Forwarder::watchNetwork);
    // Later: the sender is amid an answer.
    connect(
        sender, &Sender::clockSkewChanged, sender, [this, sender] { lookAgain(*sender); },
        Qt::QueuedConnection);
    if (!endpoint.enabled)
        sender->setPaused(true);
    return {};
}

//! Only now, because most processes end before they need it.
void Forwarder::watchNetwork()
{
    if (std::exchange(m_watchesNetwork, true))
        return;
    connect(&NetworkWatch::ofProcess(), &NetworkWatch::networkReturned, this, [this] {
        for (const auto &sender : m_senders)
            sender->networkReturned();
    });
}

Expected<void> Forwarder::readOthers()
{
    m_others.clear();
    const auto rows = m_reader->endpoints();
    if (!rows)
        return tl::make_unexpected(rows.error());
    for (const EndpointRow &row : *rows) {
        if (senderOf(row.id))
            continue;
        const auto status = readLedger(*m_reader, row.id);
        if (!status)
            return tl::make_unexpected(status.error());
        m_others.append({.journalId = row.id,
                         .id = row.identity,
                         .name = row.name,
                         .service = row.service,
                         .url = row.url,
                         .configured = false,
                         .state = SenderState::HeldConfiguration,
                         .problem = u"not configured"_s,
                         .action = u"Add the endpoint again to deliver what waits for it."_s,
                         .ledger = *status});
    }
    return {};
}

Sender *Forwarder::senderOf(const QString &endpoint) const
{
    for (const auto &sender : m_senders) {
        if (sender->endpoint().id == endpoint)
            return sender.get();
    }
    return nullptr;
}

Sender *Forwarder::senderOf(qint64 journalId) const
{
    for (const auto &sender : m_senders) {
        if (sender->journalId() == journalId)
            return sender.get();
    }
    return nullptr;
}

void Forwarder::committed(const Commit &commit)
{
    if (m_range.first == 0)
        m_range.first = commit.range.first;
    m_range.last = std::max(m_range.last, commit.range.last);
    m_acceptedInWindow += qint64(commit.range.count());
    m_journalProblem.clear();
    for (const auto &sender : m_senders) {
        const bool isRouted = std::find(commit.endpoints.begin(), commit.endpoints.end(),
                                        sender->journalId()) != commit.endpoints.end();
        if (isRouted)
            sender->recordsCommitted(commit.range);
        else
            sender->journalGrew(commit.range.last);
    }
    scheduleStatus();
}

void Forwarder::giveUp(const GiveUp &request)
{
    qint64 records = 0;
    GiveUp unattended{.reason = request.reason, .parts = {}};
    for (const GiveUp::Part &part : request.parts) {
        if (Sender *sender = senderOf(part.endpoint))
            records += sender->giveUp(part.ranges, request.reason);
        else
            unattended.parts.push_back(part);
    }
    if (!unattended.parts.empty()) {
        m_journal.giveUp(unattended, [this](const std::optional<Error> &) {
            QMetaObject::invokeMethod(this, [this] {
                if (auto read = readOthers(); !read)
                    Q_EMIT problemOccurred(read.error());
                scheduleStatus();
            });
        });
    }
    m_journal.giveUpAnswered();
    if (request.reason == DiscardReason::Expired && records > 0) {
        Q_EMIT problemOccurred({u"%1 records waited for longer than the journal keeps any and were "
                                u"given up"_s.arg(records),
                                u"They are counted as discarded (expired)."_s});
    }
}

void Forwarder::evicted(quint64 first)
{
    m_range.first = first;
    scheduleStatus();
}

void Forwarder::setCondition(const JournalCondition &condition)
{
    const bool isNews = condition.kind != m_condition.kind;
    m_condition = condition;
    if (isNews && condition.kind != JournalCondition::Kind::Fine)
        Q_EMIT problemOccurred(condition.problem);
    publishStatus();
}

void Forwarder::flush(const std::optional<QString> &runId, Flushing::Promise promise)
{
    for (const auto &sender : m_senders)
        sender->flush();
    m_flushing.begin(runId, m_range, *m_reader, std::move(promise));
}

void Forwarder::retryNow(const QString &endpoint)
{
    if (Sender *sender = senderOf(endpoint))
        sender->retryNow();
}

void Forwarder::setPaused(const QString &endpoint, bool paused)
{
    if (Sender *sender = senderOf(endpoint))
        sender->setPaused(paused);
}

void Forwarder::setJournalProblem(const QString &problem)
{
    m_journalProblem = problem;
    scheduleStatus();
}

ForwarderStatus Forwarder::status() const
{
    ForwarderStatus status{.endpoints = {},
                           .firstSequence = m_range.first,
                           .lastSequence = m_range.last,
                           .acceptedPerSecond = m_acceptedPerSecond,
                           .failedBatches = 0,
                           .journalProblem = m_condition.problem.text.isEmpty()
                                                 ? m_journalProblem
                                                 : m_condition.problem.text};
    for (const auto &sender : m_senders)
        status.endpoints.append(sender->status());
    status.endpoints += m_others;
    status.failedBatches = m_failedBatches;
    return status;
}

void Forwarder::scheduleStatus()
{
    if (!m_statusTimer.isActive())
        m_statusTimer.start();
}

void Forwarder::publishStatus()
{
    if (m_reader) {
        if (const auto batches = m_reader->failedBatchCount())
            m_failedBatches = *batches;
    }
    const ForwarderStatus now = status();
    if (now == m_published)
        return;
    m_published = now;
    Q_EMIT statusChanged(now);
}

} // namespace trace
