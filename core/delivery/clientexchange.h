// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/delivery/connectionpool.h"
#include "core/service/http.h"

#include <QElapsedTimer>
#include <QNetworkReply>
#include <QPointer>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>

namespace trace {

//! One request and its answer. Deletes itself when that is given; deleted before, it aborts.
class ClientExchange final : public QObject
{
public:
    using Done = std::function<void(const HttpReply &reply, int sent)>;

    //! \a settings have a proxy in any case. \a done is called once, later, unless \a context goes
    //! first.
    ClientExchange(std::shared_ptr<ConnectionPool> pool, HttpRequest request,
                   TransportSettings settings, std::chrono::milliseconds timeout, QObject *context,
                   Done done, QObject *parent);
    ~ClientExchange() override;

private:
    void giveUp();
    void stop();
    void letGo();
    void lookUpHost();
    void sendOnNew();
    void send();
    void watch();
    void wentOut();
    void uploaded(qint64 bytes, qint64 total);
    void heardSomething();
    void leaveRest();
    void lookAround();
    void timeIsOver();
    [[nodiscard]] quint64 out() const;
    [[nodiscard]] bool isBodyOut() const;
    void cut(std::chrono::milliseconds waited);
    void finished();
    void finish(const HttpReply &answer, bool keepsConnection);
    [[nodiscard]] HttpReply answer() const;
    void setFault(HttpReply &answer) const;
    void setTlsFault(HttpReply &answer) const;
    [[nodiscard]] static QString seconds(std::chrono::milliseconds time);
    static void setFault(HttpReply &answer, TransportFault fault, const Error &problem);

    const std::shared_ptr<ConnectionPool> m_pool;
    const HttpRequest m_request;
    const TransportSettings m_settings;
    const std::chrono::milliseconds m_timeout;
    const QPointer<QObject> m_context;
    Done m_done;

    std::shared_ptr<Connection> m_connection;
    std::shared_ptr<Connection> m_former; // that broke; it goes with this
    QPointer<QNetworkReply> m_reply;
    QList<QSslError> m_sslErrors;
    int m_sent = 0; // how often the request went out
    bool m_isOver = false;
    bool m_isRepeated = false; // on another connection
    bool m_isBodyRead = false; // by Qt, to its last byte
    QByteArray m_leftOff;      // the answer's body, of which more is not read

    QTimer m_lookUpTime;
    QTimer m_tick;
    QTimer m_deadline;          // of it all
    int m_extensions = 0;       // of the deadline, for an upload that moves
    QElapsedTimer m_clock;      // since it was sent
    QElapsedTimer m_sinceMove;  // of a byte in either direction
    qint64 m_uploaded = 0;      // as Qt tells
    quint64 m_mark = 0;         // what was out at the last tick
    quint64 m_deadlineMark = 0; // what was out when the deadline began
    bool m_isOut = false;       // the whole body
    bool m_wasSlow = false;     // until then
    bool m_wasCutWhileSending = false;
    std::chrono::milliseconds m_waited{};
};

} // namespace trace
