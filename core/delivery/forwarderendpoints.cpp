// SPDX-License-Identifier: LGPL-3.0-or-later
// The part of Forwarder that has a sender for each endpoint, and knows the rest.
#include "core/delivery/forwarder.h"
#include "core/delivery/ledger.h"

namespace trace {

using namespace Qt::StringLiterals;

Expected<void> Forwarder::setEndpoints(const QList<Endpoint> &endpoints)
{
    if (!m_reader) {
        auto reader = JournalReader::open(m_journal.folder());
        if (!reader)
            return tl::make_unexpected(reader.error());
        m_reader = std::move(*reader);
    }
    m_configuration = endpoints;
    m_startTimer.stop();
    m_unstarted.clear();
    auto former = std::exchange(m_senders, {});
    for (const Endpoint &endpoint : endpoints) {
        if (auto sender = takeSender(endpoint.id, former)) {
            if (sender->endpoint() != endpoint || sender->isDetached())
                sender->configure(endpoint);
            m_senders.push_back(std::move(sender));
        } else if (auto started = startSender(endpoint); !started) {
            showUnstarted(endpoint, started.error());
        }
    }
    detachAll(std::move(former));
    if (!m_unstarted.isEmpty())
        m_startTimer.start();
    if (auto read = readOthers(); !read)
        Q_EMIT problemOccurred(read.error());
    scheduleStatus();
    m_flushing.checkSoon();
    m_journal.startRetention(); // now that there is who follows it
    Q_EMIT routeChanged();
    return {};
}

//! The one that delivers to the endpoint already, or did before it was detached.
std::unique_ptr<Sender> Forwarder::takeSender(const QString &endpoint,
                                              std::vector<std::unique_ptr<Sender>> &former)
{
    for (auto *senders : {&former, &m_detached}) {
        const auto known = std::find_if(senders->begin(), senders->end(), [&](const auto &sender) {
            return sender->endpoint().id == endpoint;
        });
        if (known == senders->end())
            continue;
        auto sender = std::move(*known);
        senders->erase(known);
        return sender;
    }
    return nullptr;
}

//! They stay, with what waits: their answers come in, and the endpoint may come back.
void Forwarder::detachAll(std::vector<std::unique_ptr<Sender>> senders)
{
    for (auto &sender : senders) {
        sender->detach();
        m_detached.push_back(std::move(sender));
    }
}

std::vector<qint64> Forwarder::route() const
{
    std::vector<qint64> route;
    for (const Endpoint &endpoint : m_configuration) {
        if (!endpoint.enabled)
            continue;
        if (const Sender *sender = senderOf(endpoint.id)) {
            route.push_back(sender->journalId());
            continue;
        }
        for (const EndpointStatus &unstarted : m_unstarted) {
            if (unstarted.id == endpoint.id && unstarted.journalId != 0)
                route.push_back(unstarted.journalId); // its records wait with the others
        }
    }
    return route;
}

Expected<void> Forwarder::startSender(const Endpoint &endpoint)
{
    const auto rows = m_reader->endpoints(); // as they were before this one is noted anew
    if (!rows)
        return tl::make_unexpected(rows.error());
    const bool ledElsewhere = std::any_of(rows->begin(), rows->end(), [&](const EndpointRow &row) {
        return row.identity == endpoint.id &&
               (row.service != endpoint.service ||
                row.url != QUrl(endpoint.options.url.toString(QUrl::FullyEncoded)));
    });
    const auto id =
        m_journal.enrol(endpoint.id, endpoint.name, endpoint.service, endpoint.options.url);
    if (!id)
        return tl::make_unexpected(id.error());
    auto account = m_reader->endpointAccount(*id);
    if (!account)
        return tl::make_unexpected(account.error());
    m_range = account->range;
    if (m_pauses.contains(endpoint.id)) {
        account->row.paused = m_pauses.take(endpoint.id);
        account->row.pausedSince = QDateTime::currentDateTimeUtc();
        keepPause(*id, account->row.paused, account->row.pausedSince);
    }

    BacklogStart start{.row = account->row,
                       .unsettled = std::move(account->backlog),
                       .failed = account->failed,
                       .lastSequence = account->range.last,
                       .ledElsewhere = ledElsewhere};
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
    return {};
}

//! The journal may know it from before: then records are for it all the same.
void Forwarder::showUnstarted(const Endpoint &endpoint, const Error &problem)
{
    const Error words = wordingOf({ProblemKind::NotStarted, {problem.text}});
    EndpointStatus status{.id = endpoint.id,
                          .name = endpoint.name,
                          .service = endpoint.service,
                          .url = endpoint.options.url,
                          .state = SenderState::HeldConfiguration,
                          .problem = words.text,
                          .action = words.action,
                          .paused = m_pauses.value(endpoint.id),
                          .reason = words.problem,
                          .since = QDateTime::currentDateTimeUtc(),
                          .health = Health::Trouble,
                          .verifiesTls = endpoint.tls.verify};
    const auto rows = m_reader->endpoints();
    for (const EndpointRow &row : rows.value_or(QList<EndpointRow>())) {
        if (row.identity != endpoint.id)
            continue;
        status.journalId = row.id;
        status.ledger = readLedger(*m_reader, row.id).value_or(Ledger());
        status.paused = row.paused;
    }
    m_unstarted.append(status);
    Q_EMIT problemOccurred({u"%1 is held: %2"_s.arg(endpoint.name, words.text), words.action});
}

void Forwarder::startAgain()
{
    if (m_unstarted.isEmpty())
        return;
    if (const auto done = setEndpoints(m_configuration); !done)
        Q_EMIT problemOccurred(done.error());
}

Expected<void> Forwarder::readOthers()
{
    m_others.clear();
    const auto rows = m_reader->endpoints();
    if (!rows)
        return tl::make_unexpected(rows.error());
    for (const EndpointRow &row : *rows) {
        const bool isConfigured =
            std::any_of(m_unstarted.begin(), m_unstarted.end(),
                        [&](const EndpointStatus &other) { return other.journalId == row.id; });
        if (isConfigured || senderOf(row.id))
            continue;
        const auto status = readLedger(*m_reader, row.id);
        if (!status)
            return tl::make_unexpected(status.error());
        const Error words = wordingOf({ProblemKind::NotConfigured, {row.identity, row.service}});
        m_others.append({.journalId = row.id,
                         .id = row.identity,
                         .name = row.name,
                         .service = row.service,
                         .url = row.url,
                         .configured = false,
                         .state = SenderState::HeldConfiguration,
                         .problem = words.text,
                         .action = words.action,
                         .paused = row.paused,
                         .reason = words.problem,
                         .ledger = *status,
                         .lastSuccess = row.lastSuccess});
        m_others.last().health = healthOf(m_others.last(), {}, {});
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

Sender *Forwarder::senderOrDetached(const QString &endpoint) const
{
    if (Sender *sender = senderOf(endpoint))
        return sender;
    for (const auto &sender : m_detached) {
        if (sender->endpoint().id == endpoint)
            return sender.get();
    }
    return nullptr;
}

Sender *Forwarder::senderOf(qint64 journalId) const
{
    for (const auto *senders : {&m_senders, &m_detached}) {
        for (const auto &sender : *senders) {
            if (sender->journalId() == journalId)
                return sender.get();
        }
    }
    return nullptr;
}

} // namespace trace
