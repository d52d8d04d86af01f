// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/service/http.h"

#include <QHash>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTcpSocket>

#include <sys/socket.h>

namespace trace {

//! A server that takes connections and breaks each of them in its own way.
class BrokenServer final
{
public:
    enum Way
    {
        Closes,  //!< Once the client has said something.
        Resets,  //!< Likewise, without an orderly end.
        Alerts,  //!< Ends the handshake with TLS's alert "internal error".
        CutsBody //!< Answers questions, and resets while it reads the body of a request.
    };

    explicit BrokenServer(Way way)
        : m_way(way)
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("no port");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                socket->setReadBufferSize(4096);
                QObject::connect(socket, &QTcpSocket::readyRead, &m_server,
                                 [this, socket] { read(*socket); });
            }
        });
    }

    [[nodiscard]] QUrl url() const
    {
        return QUrl(QStringLiteral("%1://127.0.0.1:%2")
                        .arg(m_way == CutsBody ? QStringLiteral("http") : QStringLiteral("https"))
                        .arg(m_server.serverPort()));
    }

    int broken = 0; //!< Connections; of requests with a body those of which it did not get all.

private:
    void read(QTcpSocket &socket)
    {
        if (m_way == CutsBody) {
            cutBody(socket);
            return;
        }
        const bool isHandshake = socket.readAll().startsWith('\x16');
        broken += isHandshake ? 1 : 0;
        if (m_way == Resets) {
            reset(socket);
            return;
        }
        if (m_way == Alerts)
            socket.write("\x15\x03\x03\x00\x02\x02\x50", 7);
        socket.disconnectFromHost();
    }
    void cutBody(QTcpSocket &socket)
    {
        QByteArray &in = m_in[&socket];
        in += socket.readAll();
        const qsizetype head = in.indexOf("\r\n\r\n");
        if (head < 0)
            return;
        if (in.startsWith("GET ")) {
            in.clear();
            socket.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        static const QRegularExpression length(QStringLiteral("\r\nContent-Length: (\\d+)\r\n"),
                                               QRegularExpression::CaseInsensitiveOption);
        const qsizetype body = in.size() - (head + 4);
        if (body == 0)
            return;
        const auto whole = length.match(QString::fromLatin1(in.first(head + 4)));
        broken += body < whole.captured(1).toLongLong() ? 1 : 0;
        in.clear();
        reset(socket);
    }
    static void reset(QTcpSocket &socket)
    {
        const linger atOnce{.l_onoff = 1, .l_linger = 0};
        if (::setsockopt(int(socket.socketDescriptor()), SOL_SOCKET, SO_LINGER, &atOnce,
                         sizeof atOnce) != 0)
            qFatal("no reset");
        socket.abort();
    }

    const Way m_way;
    QHash<QTcpSocket *, QByteArray> m_in;
    QTcpServer m_server;
};

} // namespace trace
