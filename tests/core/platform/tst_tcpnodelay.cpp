// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/tcpnodelay.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace trace;

namespace {

bool isOn(QTcpSocket &socket)
{
    return socket.socketOption(QAbstractSocket::LowDelayOption).toInt() != 0;
}

} // namespace

class TestTcpNoDelay : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void setsOnlyWhatGoesToThePort_data();
    void setsOnlyWhatGoesToThePort();
    void port0IsNoPort();
};

void TestTcpNoDelay::initTestCase()
{
#ifndef Q_OS_LINUX
    QSKIP("Only Linux lists the sockets of a process.");
#endif
}

void TestTcpNoDelay::setsOnlyWhatGoesToThePort_data()
{
    QTest::addColumn<QHostAddress>("host");
    QTest::newRow("IPv4") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6);
}

void TestTcpNoDelay::setsOnlyWhatGoesToThePort()
{
    QFETCH(QHostAddress, host);
    QTcpServer wanted;
    QTcpServer other;
    if (!wanted.listen(host) || !other.listen(host))
        QSKIP("This machine has no such loopback address.");
    QTcpSocket first;
    QTcpSocket second;
    QTcpSocket elsewhere;
    first.connectToHost(host, wanted.serverPort());
    second.connectToHost(host, wanted.serverPort());
    elsewhere.connectToHost(host, other.serverPort());
    QVERIFY(first.waitForConnected());
    QVERIFY(second.waitForConnected());
    QVERIFY(elsewhere.waitForConnected());
    QVERIFY(wanted.waitForNewConnection(5000));
    const std::unique_ptr<QTcpSocket> accepted(wanted.nextPendingConnection());
    QVERIFY(!isOn(first));

    setTcpNoDelayTowards(wanted.serverPort());
    QVERIFY(isOn(first));
    QVERIFY(isOn(second));
    QVERIFY(!isOn(elsewhere));
    QVERIFY(!isOn(*accepted));
}

void TestTcpNoDelay::port0IsNoPort()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket socket;
    socket.connectToHost(server.serverAddress(), server.serverPort());
    QVERIFY(socket.waitForConnected());
    setTcpNoDelayTowards(0);
    QVERIFY(!isOn(socket));
}

QTEST_GUILESS_MAIN(TestTcpNoDelay)
#include "tst_tcpnodelay.moc"
