// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/core/delivery/answerserver.h"

#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>
#include <QTcpServer>

namespace trace {

//! A server with a clock of its own, or none: answers the first request with the first answer and
//! so on, all with the same Date; the last one is repeated.
class HandWrittenServer final
{
public:
    HandWrittenServer(const QList<Answer> &answers, const QDateTime &date)
        : m_answers(answers)
        , m_date(date)
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("no port");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection())
                QObject::connect(socket, &QTcpSocket::readyRead, &m_server,
                                 [this, socket] { read(*socket); });
        });
    }

    void setDate(const QDateTime &date) { m_date = date; }
    [[nodiscard]] QUrl url() const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_server.serverPort()));
    }
    //! The value in the head of the request with that number, from 0.
    [[nodiscard]] QString header(qsizetype request, const QString &name) const
    {
        return valueOf(requests.value(request), name);
    }

    QByteArrayList requests; //!< Whole: head and body.

private:
    static QString valueOf(const QByteArray &request, const QString &name)
    {
        const QRegularExpression line(QStringLiteral("^%1: (.*)\r$").arg(name),
                                      QRegularExpression::MultilineOption |
                                          QRegularExpression::CaseInsensitiveOption);
        return line.match(QString::fromLatin1(request)).captured(1);
    }
    void read(QTcpSocket &socket)
    {
        QByteArray &in = m_in[&socket];
        in += socket.readAll();
        const qsizetype head = in.indexOf("\r\n\r\n");
        if (head < 0 ||
            in.size() < head + 4 + valueOf(in, QStringLiteral("Content-Length")).toLongLong())
            return;
        requests.append(std::exchange(in, {}));
        const Answer answer = m_answers.value(requests.size() - 1, m_answers.last());
        QByteArray date;
        if (m_date.isValid()) {
            const QString format = QStringLiteral("ddd, dd MMM yyyy HH:mm:ss 'GMT'");
            date = "Date: " + QLocale::c().toString(m_date, format).toLatin1() + "\r\n";
        }
        socket.write("HTTP/1.1 " + QByteArray::number(answer.status) + " Answer\r\n" + date +
                     "Content-Type: " + answer.type + "\r\nContent-Length: " +
                     QByteArray::number(answer.body.size()) + "\r\n\r\n" + answer.body);
    }

    QList<Answer> m_answers;
    QDateTime m_date;
    QHash<QTcpSocket *, QByteArray> m_in;
    QTcpServer m_server;
};

} // namespace trace
