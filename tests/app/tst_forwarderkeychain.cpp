// SPDX-License-Identifier: GPL-3.0-or-later
// Keys in the desktop's keychain, of which KWallet is played here: that one may answer or hang.
#include "tests/app/forwarderprocess.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>
#include <QElapsedTimer>
#include <QStandardPaths>

using namespace Qt::StringLiterals;
using namespace trace;

namespace {

//! What QtKeychain asks of org.kde.KWallet.
class WalletDouble final : public QDBusVirtualObject
{
public:
    [[nodiscard]] bool publish(const QString &address)
    {
        m_bus = QDBusConnection::connectToBus(address, u"wallet"_s);
        return m_bus.registerVirtualObject(u"/modules/kwalletd5"_s, this) &&
               m_bus.registerService(u"org.kde.kwalletd5"_s);
    }
    void hang(bool hangs) { m_hangs = hangs; }
    [[nodiscard]] int questions() const { return m_questions; }

    [[nodiscard]] QString introspect(const QString &) const override { return {}; }
    bool handleMessage(const QDBusMessage &message, const QDBusConnection &bus) override
    {
        static const QHash<QString, QVariant> answers{{u"networkWallet"_s, u"kdewallet"_s},
                                                      {u"open"_s, 1},
                                                      {u"entryType"_s, 1}, // a password
                                                      {u"readPassword"_s, u"s3cret"_s}};
        ++m_questions;
        const QVariant answer = answers.value(message.member());
        if (m_hangs)
            return true; // it is said to be dealt with, and never is
        return answer.isValid() && bus.send(message.createReply(answer));
    }

private:
    QDBusConnection m_bus{QString()};
    bool m_hangs = false;
    int m_questions = 0;
};

} // namespace

class TstForwarderKeychain final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void isAskedByEachCommand_data();
    void isAskedByEachCommand();
    void thatHangsEndsEachCommand_data();
    void thatHangsEndsEachCommand();

private:
    struct Ended
    {
        int code = -1;
        QByteArray output;
        qint64 milliseconds = 0;
    };
    //! Not waited for in a blocking way: the wallet answers meanwhile.
    [[nodiscard]] static Ended run(const ForwarderFolder &folder, const QStringList &command)
    {
        QElapsedTimer clock;
        clock.start();
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(forwarderProgram, folder.arguments(command));
        const bool hasEnded =
            QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, patience);
        return {hasEnded ? process.exitCode() : -1, process.readAll(), clock.elapsed()};
    }
    //! A folder with an endpoint of this key, and a file with records.
    void add(const ForwarderFolder &folder, quint16 port) const
    {
        const Ended added =
            run(folder, QStringList{u"endpoint"_s, u"add"_s, u"a"_s, u"--api-key"_s,
                                    u"keychain:trace/loki"_s, u"--set"_s, u"timeout=2"_s} +
                            ForwarderFolder::to(port));
        QVERIFY2(added.code == 0, added.output.constData());
        folder.writeRecords(u"in.ndjson"_s, 3);
    }
    static void addCommands()
    {
        QTest::addColumn<QStringList>("command");
        QTest::newRow("config check") << QStringList{u"config"_s, u"check"_s};
        QTest::newRow("endpoint test") << QStringList{u"endpoint"_s, u"test"_s, u"a"_s};
        QTest::newRow("send") << QStringList{u"send"_s, u"--timeout"_s, u"2"_s, u"in.ndjson"_s};
    }
    static QStringList commandIn(const ForwarderFolder &folder)
    {
        QStringList command =
            *static_cast<QStringList *>(QTest::qData("command", qMetaTypeId<QStringList>()));
        if (command.last() == "in.ndjson"_L1)
            command.last() = folder.path(command.last());
        return command;
    }

    QTemporaryDir m_folder;
    QProcess m_bus;
    WalletDouble m_wallet;
};

void TstForwarderKeychain::initTestCase()
{
    const QString program = QStandardPaths::findExecutable(u"dbus-daemon"_s);
    if (program.isEmpty())
        QSKIP("needs dbus-daemon");
    const QString socket = m_folder.filePath(u"bus"_s);
    const QString address = u"unix:path="_s + socket;
    m_bus.start(program,
                {u"--session"_s, u"--nofork"_s, u"--nopidfile"_s, u"--address="_s + address});
    QTRY_VERIFY(QFile::exists(socket));
    qputenv("DBUS_SESSION_BUS_ADDRESS", address.toUtf8());
    qputenv("XDG_CURRENT_DESKTOP", "KDE"); // so that QtKeychain asks KWallet
    qputenv("KDE_SESSION_VERSION", "5");
    QVERIFY(m_wallet.publish(address));
}

void TstForwarderKeychain::cleanupTestCase()
{
    m_bus.kill();
    m_bus.waitForFinished();
}

void TstForwarderKeychain::isAskedByEachCommand_data()
{
    addCommands();
}

void TstForwarderKeychain::isAskedByEachCommand()
{
    m_wallet.hang(false);
    const ForwarderFolder folder;
    const PracticeProcess practice;
    add(folder, practice.port());
    const int before = m_wallet.questions();
    const Ended ended = run(folder, commandIn(folder));
    QVERIFY2(ended.code == 0, ended.output.constData());
    QVERIFY(m_wallet.questions() > before);
    QVERIFY(!ended.output.contains("s3cret"));
}

void TstForwarderKeychain::thatHangsEndsEachCommand_data()
{
    addCommands();
}

void TstForwarderKeychain::thatHangsEndsEachCommand()
{
    m_wallet.hang(true);
    const ForwarderFolder folder;
    const PracticeProcess practice;
    add(folder, practice.port());
    const Ended ended = run(folder, commandIn(folder));
    QCOMPARE(ended.code, commandIn(folder).first() == "send"_L1 ? 4 : 1);
    QVERIFY2(ended.milliseconds < 10'000, qPrintable(QString::number(ended.milliseconds)));
    QVERIFY2(ended.output.contains("keychain"), ended.output.constData());
}

QTEST_GUILESS_MAIN(TstForwarderKeychain)
#include "tst_forwarderkeychain.moc"
