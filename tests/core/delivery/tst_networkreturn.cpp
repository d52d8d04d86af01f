// SPDX-License-Identifier: GPL-3.0-or-later
// With a system bus of its own, on which a stand-in for NetworkManager says whether there is a
// network.
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

//! The one object of NetworkManager that Qt asks:
//! https://networkmanager.dev/docs/api/latest/gdbus-org.freedesktop.NetworkManager.html
class NetworkManagerDouble final : public QDBusVirtualObject
{
public:
    static constexpr uint disconnected = 20;
    static constexpr uint connectedGlobal = 70;

    [[nodiscard]] bool publish(const QString &address)
    {
        m_bus = QDBusConnection::connectToBus(address, u"network manager"_s);
        return m_bus.registerVirtualObject(u"/org/freedesktop/NetworkManager"_s, this) &&
               m_bus.registerService(u"org.freedesktop.NetworkManager"_s);
    }
    void setState(uint state)
    {
        m_state = state;
        QDBusMessage changed = QDBusMessage::createSignal(u"/org/freedesktop/NetworkManager"_s,
                                                          u"org.freedesktop.DBus.Properties"_s,
                                                          u"PropertiesChanged"_s);
        changed << u"org.freedesktop.NetworkManager"_s << properties() << QStringList();
        m_bus.send(changed);
    }
    [[nodiscard]] bool wasAsked() const { return m_wasAsked; }

    [[nodiscard]] QString introspect(const QString &) const override { return {}; }
    bool handleMessage(const QDBusMessage &message, const QDBusConnection &bus) override
    {
        if (message.member() != u"GetAll"_s)
            return false;
        m_wasAsked = true;
        return bus.send(message.createReply(properties()));
    }

private:
    [[nodiscard]] QVariantMap properties() const { return {{u"State"_s, m_state}}; }

    QDBusConnection m_bus{QString()};
    uint m_state = disconnected;
    bool m_wasAsked = false;
};

} // namespace

class TestNetworkReturn final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void triesAtOnce();
    void keepsTheWaitThatTheServiceAskedFor();
    void cleanupTestCase();

private:
    QTemporaryDir m_folder;
    QProcess m_bus;
    NetworkManagerDouble m_networkManager;
};

void TestNetworkReturn::initTestCase()
{
    const QString program = QStandardPaths::findExecutable(u"dbus-daemon"_s);
    if (program.isEmpty())
        QSKIP("needs dbus-daemon");
    const QString socket = m_folder.filePath(u"bus"_s);
    const QString address = u"unix:path="_s + socket;
    m_bus.start(program,
                {u"--session"_s, u"--nofork"_s, u"--nopidfile"_s, u"--address="_s + address});
    QTRY_VERIFY(QFile::exists(socket));
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", address.toUtf8());
    QVERIFY(m_networkManager.publish(address));
}

void TestNetworkReturn::triesAtOnce()
{
    PracticeHost host;
    host.stop();
    const QTemporaryDir folder;
    auto engine = startEngine(folder.path(), {endpointTo(host)});
    engine->append(blockOf(recordsOf(3)));
    QTRY_VERIFY(m_networkManager.wasAsked());
    // A wait that is longer than what follows takes.
    QTRY_VERIFY(QDateTime::currentDateTimeUtc().msecsTo(statusOf(*engine).nextAttempt) > 5000);
    const QDateTime nextAttempt = statusOf(*engine).nextAttempt;
    host.start();
    m_networkManager.setState(NetworkManagerDouble::connectedGlobal);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 3);
    QVERIFY(statusOf(*engine).lastSuccess.msecsTo(nextAttempt) > 1000);
}

void TestNetworkReturn::keepsTheWaitThatTheServiceAskedFor()
{
    PracticeHost host(u"503:1:600"_s);
    // An endpoint that no wait keeps from it tells when the network's return has been dealt with.
    PracticeHost other;
    other.stop();
    const QTemporaryDir folder;
    auto engine = startEngine(folder.path(), {endpointTo(host), endpointTo(other, u"b"_s)});
    engine->append(blockOf(recordsOf(3)));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Suspended);
    QTRY_VERIFY(QDateTime::currentDateTimeUtc().msecsTo(statusOf(*engine, u"b"_s).nextAttempt) >
                5000);
    const QDateTime nextAttempt = statusOf(*engine, u"b"_s).nextAttempt;
    m_networkManager.setState(NetworkManagerDouble::disconnected);
    other.start();
    m_networkManager.setState(NetworkManagerDouble::connectedGlobal);
    QTRY_COMPARE(ledgerOf(*engine, u"b"_s).delivered, 3);
    QVERIFY(statusOf(*engine, u"b"_s).lastSuccess.msecsTo(nextAttempt) > 1000);
    QCOMPARE(host.summary().requests, 1);
    QCOMPARE(statusOf(*engine).state, SenderState::Suspended);
}

void TestNetworkReturn::cleanupTestCase()
{
    m_bus.kill();
    m_bus.waitForFinished();
}

QTEST_GUILESS_MAIN(TestNetworkReturn)
#include "tst_networkreturn.moc"
