// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/patience.h"

#include <QHostAddress>
#include <QProcess>
#include <QTcpSocket>
#include <QTest>

namespace trace {

//! A server program that runs as long as this object.
class ServerProcess final
{
public:
    ServerProcess() = default;
    ~ServerProcess() { stop(); }
    Q_DISABLE_COPY_MOVE(ServerProcess)

    //! True once it takes connections at \a port of this computer.
    [[nodiscard]] bool start(const QString &program, const QStringList &arguments, quint16 port)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(program, arguments);
        const bool isUp = m_process.waitForStarted() &&
                          QTest::qWaitFor([&] { return !isRunning() || takes(port); }, patience) &&
                          isRunning();
        if (!isUp)
            qWarning("%s: %s", qPrintable(program), m_process.readAll().constData());
        return isUp;
    }
    void stop()
    {
        m_process.terminate(); // so that it can end its children
        if (!m_process.waitForFinished(5000)) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }

private:
    [[nodiscard]] bool isRunning() const { return m_process.state() == QProcess::Running; }
    [[nodiscard]] static bool takes(quint16 port)
    {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
        return socket.waitForConnected(1000);
    }

    QProcess m_process;
};

} // namespace trace
