// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSslServer>
#include <QSslSocket>
#include <QTcpServer>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>

namespace trace {

//! A server that hands each whole request to the test, which writes the bytes of the answer. Speaks
//! TLS when it is given the settings for that.
class RawServer final
{
public:
    using Handler = std::function<void(QTcpSocket &socket)>;

    explicit RawServer(Handler handler, const std::optional<QSslConfiguration> &tls = {},
                       quint16 port = 0)
        : m_handler(std::move(handler))
        , m_isTls(tls.has_value())
    {
        if (tls) {
            auto server = std::make_unique<QSslServer>();
            server->setSslConfiguration(*tls);
            m_server = std::move(server);
        } else {
            m_server = std::make_unique<QTcpServer>();
        }
        if (!m_server->listen(QHostAddress::LocalHost, port))
            qFatal("no port");
        QObject::connect(m_server.get(), &QTcpServer::pendingConnectionAvailable, m_server.get(),
                         [this] {
                             while (QTcpSocket *socket = m_server->nextPendingConnection())
                                 accept(*socket);
                         });
    }

    [[nodiscard]] quint16 port() const { return m_server->serverPort(); }
    [[nodiscard]] QUrl url() const
    {
        return QUrl(QStringLiteral("%1://127.0.0.1:%2/in")
                        .arg(QLatin1StringView(m_isTls ? "https" : "http"))
                        .arg(port()));
    }
    int requests = 0;
    QByteArray last; //!< The last of them.

private:
    void accept(QTcpSocket &socket)
    {
        QObject::connect(&socket, &QTcpSocket::readyRead, m_server.get(), [this, &socket] {
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
            last = bytes;
            m_handler(socket);
        });
    }

    Handler m_handler;
    const bool m_isTls;
    std::unique_ptr<QTcpServer> m_server;
};

} // namespace trace
