// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/courier.h"

#include "core/delivery/transport.h"
#include "core/service/answerproblem.h"

#include <QTimer>

namespace trace {

using namespace Qt::StringLiterals;

std::optional<std::chrono::milliseconds> clockSkew(const HttpReply &reply, const QDateTime &now)
{
    const auto date = httpDate(headerValue(reply.headers, "Date"), now.toMSecsSinceEpoch());
    // A cache's answer bears the date of when it was made (RFC 9111, 5.1).
    if (!date || !headerValue(reply.headers, "Age").isNull())
        return {};
    return std::chrono::milliseconds(*date - now.toMSecsSinceEpoch());
}

void Courier::send(Transport &transport, CourierKit kit, const Share &share, QObject *sender,
                   Done done)
{
    auto *courier = new Courier(transport, std::move(kit), share, sender, std::move(done));
    courier->sendShare();
}

Courier::Courier(Transport &transport, CourierKit kit, const Share &share, QObject *sender,
                 Done done)
    : QObject(sender)
    , m_transport(transport)
    , m_kit(std::move(kit))
    , m_share(share)
    , m_done(std::move(done))
{
    m_errand.sent = 0;
    m_errand.skew = m_kit.skew;
}

bool Courier::sign(HttpRequest &request)
{
    const auto credentials = m_kit.credentials();
    m_errand.key.reset();
    if (!credentials) {
        const Outcome outcome{.kind = Outcome::Kind::Hold,
                              .reason = credentials.error().text,
                              .action = credentials.error().action,
                              .heldForAuthentication = true,
                              .problem = credentials.error().problem};
        // Later, as every answer.
        QTimer::singleShot(0, this, [this, outcome] { finish(outcome, {}); });
        return false;
    }
    m_kit.service->sign(request, QDateTime::currentDateTimeUtc().addMSecs(m_errand.skew.count()),
                        *credentials);
    m_errand.key = credentials->key;
    return true;
}

void Courier::sendShare()
{
    HttpRequest request = m_share.request;
    if (!sign(request))
        return;
    m_clock.start();
    m_transport.send(request, m_kit.network, m_kit.timeout, this,
                     [this](const HttpReply &reply, int sent) { shareAnswered(reply, sent); });
}

void Courier::shareAnswered(const HttpReply &reply, int sent)
{
    if (m_errand.sent > 0) // the one before was answered
        ++m_errand.others;
    m_errand.sent += m_errand.sent == 0 ? sent : sent - 1;
    m_errand.milliseconds = double(m_clock.nsecsElapsed()) / 1e6;
    Outcome outcome = m_kit.service->interpret(m_share, reply);
    if (outcome.kind == Outcome::Kind::CreateResource) {
        if (m_wasCreated) { // it takes a moment until every server of the service knows it
            outcome.kind = Outcome::Kind::RetryLater;
        } else {
            m_wasCreated = true;
            for (HttpRequest &request : m_kit.service->create(m_share))
                m_toCreate.push_back(std::move(request));
            createNext();
            return;
        }
    }
    if (outcome.kind == Outcome::Kind::RefreshCredentials) {
        if (!m_wasRenewed) {
            renewCredentials(reply);
            return;
        }
        outcome.kind = Outcome::Kind::Hold;
        outcome.heldForAuthentication = true;
        if (outcome.action.isEmpty())
            advise(outcome, {u"key_and_clock"_s});
    }
    finish(std::move(outcome), reply);
}

void Courier::createNext()
{
    while (!m_toCreate.empty() && !m_isNew && m_kit.service->isForNewOnly(m_toCreate.front()))
        m_toCreate.pop_front();
    if (m_toCreate.empty()) {
        sendShare();
        return;
    }
    const HttpRequest bare = std::move(m_toCreate.front());
    m_toCreate.pop_front();
    HttpRequest request = bare;
    if (!sign(request))
        return;
    ++m_errand.others;
    m_transport.send(request, m_kit.network, m_kit.timeout, this,
                     [this, bare](const HttpReply &reply, int) { created(bare, reply); });
}

void Courier::created(const HttpRequest &request, const HttpReply &reply)
{
    Outcome outcome = m_kit.service->interpretCreated(request, reply);
    m_isNew = reply.status / 100 == 2;
    switch (outcome.kind) {
    case Outcome::Kind::Delivered:
    case Outcome::Kind::PartlyDelivered:
        createNext();
        return;
    case Outcome::Kind::RetryLater:
    case Outcome::Kind::Slower:
    case Outcome::Kind::Hold:
        break;
    case Outcome::Kind::CreateResource:
        if (!std::exchange(m_wasAllCreated, true)) {
            m_toCreate.clear();
            for (HttpRequest &next : m_kit.service->createAll(m_share))
                m_toCreate.push_back(std::move(next));
            if (!m_toCreate.empty()) {
                createNext();
                return;
            }
        }
        outcome.kind = Outcome::Kind::Hold;
        break;
    default: // nothing in the records is at fault
        outcome.kind = Outcome::Kind::Hold;
        break;
    }
    HttpReply told = reply;
    told.wasClosed = false; // which would say something of the share
    told.wasCutWhileSending = false;
    finish(std::move(outcome), told);
}

void Courier::renewCredentials(const HttpReply &reply)
{
    m_wasRenewed = true;
    m_errand.skew = clockSkew(reply, QDateTime::currentDateTimeUtc()).value_or(m_errand.skew);
    sendShare();
}

void Courier::finish(Outcome outcome, const HttpReply &reply)
{
    deleteLater();
    if (outcome.kind != Outcome::Kind::Delivered)
        outcome.problem = problemOf(outcome, reply);
    m_errand.outcome = std::move(outcome);
    m_errand.reply = reply;
    m_errand.sent = std::max(m_errand.sent, 1);
    m_done(m_errand);
}

} // namespace trace
