// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <functional>

namespace trace {

//! A server that hands each whole request to the test, which writes the bytes of the answer.
class RawServer final
{
public:
    using Handler = std::function<void(QTcpSocket &socket)>;

    explicit RawServer(Handler handler)
        : m_handler(std::move(handler))
    {
        m_server.listen(QHostAddress::LocalHost);
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection())
                accept(*socket);
        });
    }

    [[nodiscard]] QUrl url() const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1/in").arg(m_server.serverPort()));
    }
    int requests = 0;

private:
    void accept(QTcpSocket &socket)
    {
        QObject::connect(&socket, &QTcpSocket::readyRead, &m_server, [this, &socket] {
            const QByteArray bytes = socket.property("in").toByteArray() + socket.readAll();
            const qsizetype head = bytes.indexOf("\r\n\r\n");
            const QByteArray lengthKey = "content-length: ";
            const qsizetype place = bytes.toLower().indexOf(lengthKey);
            const qsizetype length =
                place < 0
                    ? 0
                    : bytes.mid(place + lengthKey.size(), 10).split('\r').front().toLongLong();
            const bool isWhole = head >= 0 && bytes.size() >= head + 4 + length;
            socket.setProperty("in", isWhole ? QByteArray() : bytes);
            if (!isWhole)
                return;
            ++requests;
            m_handler(socket);
        });
    }

    Handler m_handler;
    QTcpServer m_server;
};

} // namespace trace
