// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/drain.h"

#include "core/delivery/ledger.h"
#include "core/journal/journalreader.h"

#include <QPointer>

#include <algorithm>
#include <utility>

namespace trace {

namespace {

//! It waits for somebody.
bool rests(SenderState state)
{
    return state == SenderState::HeldAuthentication || state == SenderState::HeldConfiguration ||
           state == SenderState::HeldByOperator;
}

//! What is the matter, also where that is only told once the wait for it is over.
QString problemOf(const EndpointStatus &endpoint)
{
    if (endpoint.unansweredSince.isValid() &&
        (endpoint.problem.isEmpty() || endpoint.reason.kind == ProblemKind::Unanswered)) {
        const QDateTime now = QDateTime::currentDateTimeUtc();
        return wordingOf(unansweredProblem(endpoint.unansweredSince, now)).text;
    }
    return endpoint.problem;
}

} // namespace

Remainder remainderOf(const ForwarderStatus &status, const QStringList &endpoints)
{
    Remainder remainder;
    bool canMove = false;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (!endpoints.contains(endpoint.id))
            continue;
        const qint64 open = endpoint.ledger.waiting + endpoint.ledger.inFlight;
        remainder.open += open;
        remainder.failed += endpoint.ledger.failed;
        const QString problem = problemOf(endpoint);
        canMove = canMove || (open > 0 && !rests(endpoint.state));
        if (open > 0 && remainder.why.isEmpty() && !problem.isEmpty()) {
            remainder.why = endpoint.name + QStringLiteral(": ") + problem;
            remainder.isHeld =
                rests(endpoint.state) && endpoint.state != SenderState::HeldByOperator;
            remainder.reason = endpoint.reason;
            remainder.action = endpoint.action;
        }
    }
    remainder.isStopped = remainder.open > 0 && !canMove;
    return remainder;
}

Drain::Drain(Engine &engine, QStringList endpoints, DrainBound bound)
    : m_engine(engine)
    , m_endpoints(std::move(endpoints))
    , m_status(engine.status())
{
    m_idle.setInterval(bound.idle);
    m_inAll.setInterval(std::min(bound.inAll, std::chrono::milliseconds(2'000'000'000)));
    for (QTimer *timer : {&m_idle, &m_inAll}) {
        timer->setSingleShot(true);
        timer->callOnTimeout(this, &Drain::stop);
    }
    connect(&engine, &Engine::statusChanged, this, &Drain::look);
}

void Drain::start()
{
    m_idle.start();
    if (m_inAll.interval() >= 0)
        m_inAll.start();
    // Not sync(): on a full disk that takes as long as the disk is full.
    m_engine.journal().whenWritten([engine = &m_engine, self = QPointer(this)] {
        QMetaObject::invokeMethod(engine, [self] {
            if (self)
                self->begin();
        });
    });
}

void Drain::begin()
{
    m_expected = 0;
    // The status lags behind the journal; until it tells of all, nothing is over.
    const auto reader = JournalReader::open(m_engine.journalFolder());
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    for (const EndpointRow &row : rows.value_or(QList<EndpointRow>())) {
        if (m_endpoints.contains(row.identity))
            m_expected += row.accepted;
    }
    m_engine.flush();
    look(m_engine.status());
}

void Drain::stop()
{
    if (std::exchange(m_isFinished, true))
        return;
    readLedgers();
    Q_EMIT finished();
}

//! The status lags behind the journal, and what it does not know yet must not pass for delivered.
void Drain::readLedgers()
{
    m_engine.journal().syncMarks();
    const auto reader = JournalReader::open(m_engine.journalFolder());
    const auto rows = reader ? (*reader)->endpoints() : tl::make_unexpected(reader.error());
    if (!rows)
        return;
    m_isSure = true;
    for (const EndpointRow &row : *rows) {
        const auto ledger = readLedger(**reader, row.id);
        m_isSure = m_isSure && ledger;
        for (EndpointStatus &endpoint : m_status.endpoints) {
            if (ledger && endpoint.id == row.identity)
                endpoint.ledger = *ledger;
        }
    }
}

void Drain::look(const ForwarderStatus &status)
{
    if (m_isFinished)
        return;
    m_status = status;
    if (m_expected < 0)
        return;
    qint64 accepted = 0;
    qint64 settled = 0;
    bool canMove = false;
    for (const EndpointStatus &endpoint : status.endpoints) {
        if (!m_endpoints.contains(endpoint.id))
            continue;
        const Ledger &ledger = endpoint.ledger;
        accepted += ledger.accepted;
        settled += ledger.delivered + ledger.failed + ledger.discarded();
        // With nothing open it sends failed batches again, for instance since it knows the time.
        const bool isOpen = ledger.waiting + ledger.inFlight > 0 ||
                            endpoint.state == SenderState::Sending ||
                            endpoint.state == SenderState::BackingOff;
        canMove = canMove ||
                  (isOpen && !rests(endpoint.state) && endpoint.state != SenderState::Suspended);
    }
    if (std::exchange(m_settled, settled) != settled)
        m_idle.start();
    if (accepted >= m_expected && !canMove)
        stop();
}

} // namespace trace
