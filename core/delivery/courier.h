// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/transportsettings.h"
#include "core/service/service.h"

#include <QElapsedTimer>
#include <QObject>

#include <deque>

namespace trace {

class Transport;

//! With what a share travels, all of one configuration of its endpoint.
struct CourierKit
{
    std::shared_ptr<const Service> service{};
    std::function<Expected<Credentials>()>
        credentials{}; //!< Looked up anew each time, by the same reference.
    TransportSettings network{};
    std::chrono::milliseconds timeout{};
    std::chrono::milliseconds skew{}; //!< To be added to our clock when signing.
};

//! How a share fared.
struct Errand
{
    Outcome outcome{}; //!< Never CreateResource or RefreshCredentials.
    HttpReply reply{};
    int sent = 1; //!< How often the share went out for its answer; more than 1: answers were lost.
    int others = 0; //!< Other requests: for what the share needed first, and those answered before.
    double milliseconds = 0;          //!< Of the last request.
    std::chrono::milliseconds skew{}; //!< As the kit's, or corrected.
    std::optional<QByteArray> key{};  //!< That the last request was signed with.
};

//! Takes one share to the service: signs each attempt, creates what the service misses, renews the
//! credentials and the clock once. One outcome comes back. Deletes itself afterwards.
class Courier final : public QObject
{
    Q_OBJECT
public:
    using Done = std::function<void(const Errand &)>;

    //! Calls \a done once, later, unless the sender goes first.
    static void send(Transport &transport, CourierKit kit, const Share &share, QObject *sender,
                     Done done);

private:
    Courier(Transport &transport, CourierKit kit, const Share &share, QObject *sender, Done done);

    void sendShare();
    void shareAnswered(const HttpReply &reply, int sent);
    void createNext();
    void created(const HttpRequest &request, const HttpReply &reply);
    void renewCredentials(const HttpReply &reply);
    [[nodiscard]] bool sign(HttpRequest &request);
    void finish(Outcome outcome, const HttpReply &reply);

    Transport &m_transport;
    CourierKit m_kit;
    const Share &m_share; // of the sender's batch, which waits for the answer
    Done m_done;
    Errand m_errand;
    QElapsedTimer m_clock;
    std::deque<HttpRequest> m_toCreate;
    bool m_wasCreated = false;
    bool m_wasAllCreated = false;
    bool m_isNew = false; // what was created last, and not there already
    bool m_wasRenewed = false;
};

//! How far the server's clock is ahead of ours by its `Date` (RFC 9110, 6.6.1; whole seconds);
//! nothing when it does not say.
[[nodiscard]] std::optional<std::chrono::milliseconds> clockSkew(const HttpReply &reply,
                                                                 const QDateTime &now);

} // namespace trace
