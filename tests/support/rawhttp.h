// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/patience.h"

#include <QByteArray>
#include <QHostAddress>
#include <QTcpSocket>
#include <QTest>

namespace trace {

//! An answer as it came over the wire.
struct RawAnswer
{
    int status = 0; //!< 0: the connection was closed without an answer.
    QByteArray head;
    QByteArray body;

    [[nodiscard]] QByteArray header(const QByteArray &name) const
    {
        for (const QByteArray &line : head.split('\n')) {
            const qsizetype colon = line.indexOf(':');
            if (colon > 0 && line.first(colon).compare(name, Qt::CaseInsensitive) == 0)
                return line.sliced(colon + 1).trimmed();
        }
        return {};
    }
};

//! A client that writes exactly the bytes it is given, to a server on the same thread.
class RawHttp final
{
public:
    explicit RawHttp(quint16 port)
    {
        m_socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
        static_cast<void>(QTest::qWaitFor([this] { return isOpen(); }, patience));
    }

    void write(const QByteArray &bytes)
    {
        m_socket.write(bytes);
        m_socket.flush();
    }

    //! The next answer, waiting for it. Status 0 when there is none.
    [[nodiscard]] RawAnswer read(bool hasBody = true)
    {
        RawAnswer answer;
        if (!waitFor([this] { return m_input.contains("\r\n\r\n"); }))
            return answer;
        const qsizetype end = m_input.indexOf("\r\n\r\n");
        answer.head = m_input.first(end);
        m_input.remove(0, end + 4);
        const qsizetype length = hasBody ? answer.header("Content-Length").toLongLong() : 0;
        if (!waitFor([&] { return m_input.size() >= length; }))
            return answer;
        answer.body = m_input.first(length);
        m_input.remove(0, length);
        answer.status = answer.head.mid(9, 3).toInt();
        return answer;
    }

    [[nodiscard]] RawAnswer ask(const QByteArray &bytes)
    {
        write(bytes);
        return read();
    }

    //! Whether the server closes the connection, without a byte more.
    [[nodiscard]] bool isClosedByServer()
    {
        return !waitFor([this] { return !m_input.isEmpty(); }) && !isOpen();
    }

    [[nodiscard]] bool isOpen() const
    {
        return m_socket.state() == QAbstractSocket::ConnectedState;
    }
    void close() { m_socket.abort(); }
    [[nodiscard]] QTcpSocket &socket() { return m_socket; }

    //! A request in the usual form.
    [[nodiscard]] static QByteArray post(const QByteArray &path, const QByteArray &body,
                                         const QByteArray &headers = {})
    {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
               "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body;
    }
    [[nodiscard]] static QByteArray get(const QByteArray &path, const QByteArray &headers = {})
    {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    }

private:
    // Until it holds, or the server has closed.
    template <typename Condition>
    bool waitFor(Condition condition)
    {
        const auto look = [&] {
            m_input += m_socket.readAll();
            return condition() || !isOpen();
        };
        return QTest::qWaitFor(look, patience) && condition();
    }

    QTcpSocket m_socket;
    QByteArray m_input;
};

} // namespace trace
