// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/forwarder.h"

#include "core/delivery/ledger.h"
#include "core/platform/networkwatch.h"

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds statusInterval{250};
constexpr std::chrono::milliseconds rateInterval{1000};
constexpr std::chrono::seconds startInterval{10};

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
    m_startTimer.setSingleShot(true);
    m_startTimer.setInterval(startInterval);
    m_startTimer.callOnTimeout(this, &Forwarder::startAgain);
    connect(&m_flushing, &Flushing::flushed, this, &Forwarder::publishStatus);
    connect(&m_journal, &Journal::committed, this, &Forwarder::committed, Qt::QueuedConnection);
    connect(&m_journal, &Journal::giveUpAsked, this, &Forwarder::giveUp, Qt::QueuedConnection);
    connect(&m_journal, &Journal::evicted, this, &Forwarder::evicted, Qt::QueuedConnection);
    connect(&m_journal, &Journal::conditionChanged, this, &Forwarder::setCondition,
            Qt::QueuedConnection);
}

Forwarder::~Forwarder()
{
    for (const auto *senders : {&m_senders, &m_detached}) {
        for (const auto &sender : *senders)
            sender->leaveReplays();
    }
    m_journal.syncMarks(); // its answers go to the senders, which must still be there
    m_senders.clear();
    m_detached.clear();
    m_plannerThread.quit();
    m_plannerThread.wait();
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

void Forwarder::committed(const Commit &commit)
{
    if (m_range.first == 0)
        m_range.first = commit.range.first;
    m_range.last = std::max(m_range.last, commit.range.last);
    m_acceptedInWindow += qint64(commit.range.count());
    m_journalProblem.clear();
    const auto isRouted = [&](qint64 id) {
        return std::find(commit.endpoints.begin(), commit.endpoints.end(), id) !=
               commit.endpoints.end();
    };
    for (const auto *senders : {&m_senders, &m_detached}) {
        for (const auto &sender : *senders) {
            if (isRouted(sender->journalId()))
                sender->recordsCommitted(commit.range);
            else
                sender->journalGrew(commit.range.last);
        }
    }
    for (EndpointStatus &unstarted : m_unstarted) {
        if (!isRouted(unstarted.journalId))
            continue;
        unstarted.ledger.accepted += qint64(commit.range.count());
        unstarted.ledger.waiting += qint64(commit.range.count());
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
    giveUpUnattended(unattended);
    m_journal.giveUpAnswered();
    if (request.reason == DiscardReason::Expired && records > 0) {
        Q_EMIT problemOccurred({u"%1 records waited for longer than the journal keeps any and were "
                                u"given up"_s.arg(records),
                                u"They are counted as discarded (expired)."_s});
    }
}

void Forwarder::giveUpUnattended(const GiveUp &request)
{
    if (request.parts.empty())
        return;
    m_journal.giveUp(request, [this](const std::optional<Error> &error) {
        QMetaObject::invokeMethod(this, [this, error] {
            if (error)
                Q_EMIT problemOccurred(*error);
            if (auto read = readOthers(); !read)
                Q_EMIT problemOccurred(read.error());
            scheduleStatus();
        });
    });
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
    else
        startAgain();
}

void Forwarder::setPaused(const QString &endpoint, bool paused)
{
    Sender *const sender = senderOrDetached(endpoint);
    const QDateTime now = QDateTime::currentDateTimeUtc();
    if (sender)
        sender->setPaused(paused, now);
    const qint64 journalId = sender ? sender->journalId() : pauseUnattended(endpoint, paused);
    if (journalId != 0)
        keepPause(journalId, paused, now);
}

//! Of an endpoint without a sender, which follows when it has one. Gives its number in the journal,
//! 0 where it has none.
qint64 Forwarder::pauseUnattended(const QString &endpoint, bool paused)
{
    scheduleStatus();
    for (EndpointStatus &unstarted : m_unstarted) {
        if (unstarted.id != endpoint)
            continue;
        unstarted.paused = paused;
        if (unstarted.journalId == 0)
            m_pauses.insert(endpoint, paused);
        return unstarted.journalId;
    }
    for (EndpointStatus &other : m_others) {
        if (other.id != endpoint)
            continue;
        other.paused = paused;
        addHealth(other, {}, {});
        return other.journalId;
    }
    return 0;
}

void Forwarder::keepPause(qint64 journalId, bool paused, const QDateTime &since)
{
    const auto told = [this](const std::optional<Error> &error) {
        if (error)
            QMetaObject::invokeMethod(this, [this, error] { Q_EMIT problemOccurred(*error); });
    };
    m_journal.setPaused(journalId, paused, told, since);
}

void Forwarder::discardWaiting(const QString &endpoint)
{
    if (Sender *sender = senderOrDetached(endpoint)) {
        sender->discardWaiting();
        return;
    }
    for (const EndpointStatus &other : std::as_const(m_others)) {
        if (other.id == endpoint && m_range.last > 0)
            giveUpUnattended(
                {.reason = DiscardReason::Operator,
                 .parts = {{.endpoint = other.journalId, .ranges = {{1, m_range.last}}}}});
    }
}

void Forwarder::setJournalProblem(const QString &problem)
{
    m_journalProblem = problem;
    scheduleStatus();
}

EndpointStatus Forwarder::statusOf(const Sender &sender) const
{
    EndpointStatus status = sender.status();
    QDateTime oldest;
    if (const auto first = sender.firstWaiting(); first > 0 && m_reader)
        oldest = m_reader->acceptedAt(first).value_or(QDateTime());
    addHealth(status, oldest, QDateTime::currentDateTimeUtc());
    return status;
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
        status.endpoints.append(statusOf(*sender));
    status.endpoints += m_unstarted;
    for (const auto &sender : m_detached)
        status.endpoints.append(statusOf(*sender));
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
