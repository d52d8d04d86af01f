// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/config/keychain.h"
#include "core/config/secret.h"
#include "core/delivery/courier.h"
#include "core/delivery/reachrequest.h"
#include "core/delivery/transport.h"

#include <QElapsedTimer>
#include <QObject>
#include <QSslSocket>
#include <QTimer>

namespace trace {

struct FoundHost;

//! One thing that has to work before records arrive.
struct ProbeStep
{
    QString name{}; //!< "configuration", "secret", "host", "connection", "TLS", "answer".
    bool isGood = false;
    //! Good as far as it goes: what was asked could not tell whether records would be taken.
    bool isUnsure = false;
    double milliseconds = 0;
    QString text{};   //!< What was found.
    QString action{}; //!< What to do when it is not good, or not sure.
};

//! A record by which a person finds a test again: its message is "Trace Console test", \a id stands
//! in metadata and in the name of its run. Its time is now.
[[nodiscard]] Record testRecord(const QString &id);

//! Goes the way of a record to an endpoint step by step, past the journal, and tells each step.
//! Lives on one thread with an event loop.
class EndpointProbe final : public QObject
{
    Q_OBJECT
public:
    enum class Purpose
    {
        StoreRecord, //!< Send one marked record.
        Reach,       //!< Ask something that stores nothing; see reachRequest().
    };

    EndpointProbe(Endpoint endpoint, Purpose purpose, QObject *parent = nullptr);
    ~EndpointProbe() override;

    //! Once. finished() comes later.
    void start();

    [[nodiscard]] const Endpoint &endpoint() const { return m_endpoint; }
    [[nodiscard]] const QList<ProbeStep> &steps() const { return m_steps; }
    //! Of the marked record.
    [[nodiscard]] QString testId() const { return m_testId; }

Q_SIGNALS:
    void stepDone(const trace::ProbeStep &step);
    void finished(bool isGood);

private:
    void checkConfiguration();
    void findSecret();
    void awaitKeychain();
    [[nodiscard]] SecretLookup lookup();
    void resolveHost();
    void hostResolved(const FoundHost &found);
    void connectToHost();
    void encrypt();
    void socketFailed();
    [[nodiscard]] Error socketProblem() const;
    [[nodiscard]] bool isTunnelled() const;
    void ask();
    void askForStorage();
    void sendRecord();
    void conclude(const Outcome &outcome, const HttpReply &reply, const QString &goodText);
    bool step(const QString &name, const Expected<QString> &result, bool isUnsure = false);

    const Endpoint m_endpoint;
    const Purpose m_purpose;
    const QString m_testId;
    Record m_record;
    ServiceOptions m_options; // resolved
    std::shared_ptr<const Service> m_service;
    TransportSettings m_network;
    QNetworkProxy m_proxy; // on the way there; of type NoProxy when there is none
    Share m_share;
    ReachRequest m_question;
    QString m_keyPlace; // empty: none is sent
    Keychain m_keychain;
    Transport m_transport;
    QSslSocket m_socket;
    QTimer m_patience; // of the keychain, the look-up and the connection; requests have their own
    bool m_isResolved = false;
    bool m_isConnected = false;
    QElapsedTimer m_clock;
    QList<ProbeStep> m_steps;
};

} // namespace trace

Q_DECLARE_METATYPE(trace::ProbeStep)
