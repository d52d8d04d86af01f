// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/hiddensocket.h"

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

class TestHiddenSocket : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void findsOnlyWhatGoesToThePort_data();
    void findsOnlyWhatGoesToThePort();
    void port0IsNoPort();
    void tellsHowTheConnectionStands();
    void closedOneCannotBeHeld();
};

void TestHiddenSocket::initTestCase()
{
#ifndef Q_OS_LINUX
    QSKIP("Only Linux lists the sockets of a process.");
#endif
}

void TestHiddenSocket::findsOnlyWhatGoesToThePort_data()
{
    QTest::addColumn<QHostAddress>("host");
    QTest::newRow("IPv4") << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("IPv6") << QHostAddress(QHostAddress::LocalHostIPv6);
}

void TestHiddenSocket::findsOnlyWhatGoesToThePort()
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

    const auto found = socketsTowards(wanted.serverPort());
    QCOMPARE(found.size(), 2U);
    for (const HiddenSocket &socket : found)
        HeldSocket::hold(socket).value().setNoDelay();
    QVERIFY(isOn(first));
    QVERIFY(isOn(second));
    QVERIFY(!isOn(elsewhere));
    QVERIFY(!isOn(*accepted));
}

void TestHiddenSocket::port0IsNoPort()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket socket;
    socket.connectToHost(server.serverAddress(), server.serverPort());
    QVERIFY(socket.waitForConnected());
    QVERIFY(socketsTowards(0).empty());
}

void TestHiddenSocket::tellsHowTheConnectionStands()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket socket;
    socket.connectToHost(server.serverAddress(), server.serverPort());
    QVERIFY(socket.waitForConnected());
    QVERIFY(server.waitForNewConnection(5000));
    const std::unique_ptr<QTcpSocket> accepted(server.nextPendingConnection());
    const auto found = socketsTowards(server.serverPort());
    QCOMPARE(found.size(), 1U);
    const auto held = HeldSocket::hold(found.front());
    QVERIFY(held);
    QVERIFY(held->state().isOpen);
    QCOMPARE(held->state().received, 0U);

    // What our side writes, and the other's system takes though nobody reads it.
    socket.write(QByteArray(1000, 'x'));
    QVERIFY(socket.waitForBytesWritten());
    QTRY_COMPARE(held->state().unconfirmed, 0);
    QVERIFY(held->state().confirmed >= 1000);

    // What comes and is not read, as long as nobody runs the socket.
    accepted->write("stray");
    QVERIFY(accepted->flush());
    QVERIFY(QTest::qWaitFor([&] { return held->state().received == 5; }));

    // A body for which the other side has no room.
    accepted->setReadBufferSize(1);
    const QByteArray large(16 * 1024 * 1024, 'x');
    socket.write(large);
    QVERIFY(socket.flush());
    QVERIFY(held->state().unconfirmed > 0);

    accepted->abort();
    QVERIFY(QTest::qWaitFor([&] { return !held->state().isOpen; }));
}

void TestHiddenSocket::closedOneCannotBeHeld()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    auto socket = std::make_unique<QTcpSocket>();
    socket->connectToHost(server.serverAddress(), server.serverPort());
    QVERIFY(socket->waitForConnected());
    const HiddenSocket found = socketsTowards(server.serverPort()).front();
    QVERIFY(HeldSocket::hold(found));
    socket.reset();
    QVERIFY(!HeldSocket::hold(found));
    // Nor is another one that has its descriptor.
    QTcpSocket other;
    other.connectToHost(server.serverAddress(), server.serverPort());
    QVERIFY(other.waitForConnected());
    QCOMPARE(socketsTowards(server.serverPort()).front().descriptor, found.descriptor);
    QVERIFY(!HeldSocket::hold(found));
}

QTEST_GUILESS_MAIN(TestHiddenSocket)
#include "tst_hiddensocket.moc"
