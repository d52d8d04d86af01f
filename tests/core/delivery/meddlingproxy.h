// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>

#include <functional>
#include <random>

namespace trace {

//! Passes requests on to a server and its answers back, as bytes, and puts answers between them
//! that nobody asked for.
class MeddlingProxy final
{
public:
    //! What goes before and behind an answer, in one write with it.
    struct Meddling
    {
        QByteArray before{};
        QByteArray behind{};
    };
    using Rule = std::function<Meddling()>;

    MeddlingProxy(quint16 port, Rule rule)
        : m_port(port)
        , m_rule(std::move(rule))
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("no port");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection())
                accept(*socket);
        });
    }

    [[nodiscard]] quint16 port() const { return m_server.serverPort(); }

    //! Writes to each connection that rests. Tells to how many.
    int writeToIdle(const QByteArray &bytes)
    {
        int written = 0;
        for (QTcpSocket *client : m_clients) {
            if (client->state() != QAbstractSocket::ConnectedState ||
                client->property("isBusy").toBool())
                continue;
            client->write(bytes);
            client->flush();
            ++written;
        }
        return written;
    }

    int connections = 0;

private:
    void accept(QTcpSocket &client)
    {
        ++connections;
        m_clients.append(&client);
        auto *const server = new QTcpSocket(&client);
        server->connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
        QObject::connect(&client, &QTcpSocket::readyRead, server, [&client, server] {
            client.setProperty("isBusy", true);
            server->write(client.readAll());
        });
        QObject::connect(&client, &QTcpSocket::disconnected, server, [this, &client] {
            m_clients.removeAll(&client);
            client.deleteLater();
        });
        // By the client, which is no socket any more when its child goes.
        QObject::connect(server, &QTcpSocket::readyRead, &client,
                         [this, &client, server] { answer(client, *server); });
        QObject::connect(server, &QTcpSocket::disconnected, &client,
                         [&client] { client.disconnectFromHost(); });
    }
    void answer(QTcpSocket &client, QTcpSocket &server)
    {
        QByteArray got = server.property("got").toByteArray() + server.readAll();
        const qsizetype head = got.indexOf("\r\n\r\n");
        const qsizetype place = got.toLower().indexOf("content-length: ");
        const qsizetype length =
            place < 0 || place > head ? 0 : got.mid(place + 16, 10).split('\r').front().toInt();
        if (head >= 0 && got.size() >= head + 4 + length) {
            const Meddling more = m_rule();
            client.setProperty("isBusy", false);
            client.write(more.before + got + more.behind);
            got.clear();
        }
        server.setProperty("got", got);
    }

    const quint16 m_port;
    Rule m_rule;
    QList<QTcpSocket *> m_clients;
    QTcpServer m_server; // last: its sockets use the others
};

} // namespace trace
