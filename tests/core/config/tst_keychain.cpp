// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/keychain.h"
#include "core/platform/runon.h"
#include "tests/support/heard.h"
#include "tests/support/patience.h"

#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

const QString entry = u"keychain:trace/loki/eu"_s;

// A keychain that answers when the test lets it.
struct ManualChain
{
    QStringList asked{};
    std::vector<Keychain::Answer> open{};
    Keychain keychain{[this](Keychain &, const QString &service, const QString &account,
                             Keychain::Answer answer) {
        asked.append(service + u'|' + account);
        open.push_back(std::move(answer));
    }};

    void answer(Expected<QByteArray> secret)
    {
        auto waiting = std::exchange(open, {});
        for (const Keychain::Answer &one : waiting)
            one(secret);
    }
};

} // namespace

class TestKeychain : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fetchesOnce();
    void keepsWhatIsKnownWhileItIsFetchedAgain();
    void saysWhyThereIsNone();
    void refusesWhatNamesNoEntry_data();
    void refusesWhatNamesNoEntry();
    void resolvesOtherReferencesAtOnce();
    void withoutASecretServiceItSaysSo();
    void isReadAgainAndAgainWithoutOne_data();
    void isReadAgainAndAgainWithoutOne();
};

void TestKeychain::fetchesOnce()
{
    ManualChain chain;
    QSignalSpy fetched(&chain.keychain, &Keychain::fetched);
    const auto early = chain.keychain.resolve(entry);
    QVERIFY(!early);
    QCOMPARE(early.error().text, u"waiting for the keychain"_s);
    QVERIFY(chain.keychain.isAwaited(entry));
    QVERIFY(!chain.keychain.resolve(entry));
    QCOMPARE(chain.asked, QStringList{u"trace|loki/eu"_s});
    chain.answer("s3cret"_ba);
    QCOMPARE(fetched.size(), 1);
    QCOMPARE(fetched.first().first().toString(), entry);
    QVERIFY(!chain.keychain.isAwaited(entry));
    QCOMPARE(chain.keychain.resolve(entry).value(), "s3cret"_ba);
    QCOMPARE(chain.asked.size(), 1);
}

void TestKeychain::keepsWhatIsKnownWhileItIsFetchedAgain()
{
    ManualChain chain;
    chain.keychain.refresh(entry);
    chain.answer("old"_ba);
    chain.keychain.refresh(entry);
    chain.keychain.refresh(entry);
    QCOMPARE(chain.asked.size(), 2);
    QVERIFY(chain.keychain.isAwaited(entry));
    QCOMPARE(chain.keychain.resolve(entry).value(), "old"_ba);
    chain.answer("new"_ba);
    QCOMPARE(chain.keychain.resolve(entry).value(), "new"_ba);
}

void TestKeychain::saysWhyThereIsNone()
{
    ManualChain chain;
    chain.keychain.refresh(entry);
    chain.answer(fail(u"locked"_s, u"Unlock it."_s));
    QCOMPARE(chain.keychain.resolve(entry).error().text, u"locked"_s);
    for (const QByteArray &unusable : {""_ba, "s3cret\r\nX-Other: header"_ba}) {
        chain.keychain.refresh(entry);
        chain.answer(unusable);
        const auto secret = chain.keychain.resolve(entry);
        QVERIFY(!secret);
        QVERIFY(secret.error().text.contains(entry));
        QVERIFY(!secret.error().message().contains(u"s3cret"_s));
    }
}

void TestKeychain::refusesWhatNamesNoEntry_data()
{
    QTest::addColumn<QString>("reference");
    for (const char *reference :
         {"keychain:", "keychain:trace", "keychain:/key", "keychain:trace/"})
        QTest::newRow(reference) << QString::fromLatin1(reference);
}

void TestKeychain::refusesWhatNamesNoEntry()
{
    QFETCH(QString, reference);
    ManualChain chain;
    const auto secret = chain.keychain.resolve(reference);
    QVERIFY(!secret);
    QVERIFY(secret.error().action.contains(u"keychain:service/account"_s));
    chain.keychain.refresh(reference);
    QVERIFY(chain.asked.isEmpty());
    QVERIFY(!chain.keychain.isAwaited(reference));
}

void TestKeychain::resolvesOtherReferencesAtOnce()
{
    ManualChain chain;
    qputenv("TRACE_TEST_SECRET", "s3cret");
    QCOMPARE(chain.keychain.resolve(u"env:TRACE_TEST_SECRET"_s).value(), "s3cret"_ba);
    QCOMPARE(chain.keychain.resolve(QString()).value(), QByteArray());
    qunsetenv("TRACE_TEST_SECRET");
    QVERIFY(!chain.keychain.resolve(u"env:TRACE_TEST_SECRET"_s));
    chain.keychain.refresh(u"env:TRACE_TEST_SECRET"_s);
    QVERIFY(chain.asked.isEmpty());
}

// The real one, asked from a thread of its own as the engine does.
void TestKeychain::withoutASecretServiceItSaysSo()
{
    if (qEnvironmentVariableIsSet("QT_NO_GLIB"))
        QSKIP("QT_NO_GLIB is set, but libsecret answers through GLib's event loop");
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus");
    QThread thread;
    const auto stop = qScopeGuard([&] {
        thread.quit();
        thread.wait();
    });
    auto *keychain = new Keychain;
    keychain->moveToThread(&thread);
    connect(&thread, &QThread::finished, keychain, &QObject::deleteLater);
    thread.start();
    const Heard<QString> fetched(keychain, &Keychain::fetched);
    QMetaObject::invokeMethod(keychain, [keychain] { keychain->refresh(entry); });
    QTRY_COMPARE(fetched.count(), 1U);
    Expected<QByteArray> secret;
    runOn(keychain, [&] { secret = keychain->resolve(entry); });
    QVERIFY(!secret);
    qInfo("%s", qPrintable(secret.error().message()));
    QVERIFY(secret.error().text.contains(u"keychain"_s));
    QVERIFY(secret.error().action.contains(u"env:NAME"_s));
}

void TestKeychain::isReadAgainAndAgainWithoutOne_data()
{
    QTest::addColumn<bool>("hasBus");
    QTest::newRow("no bus") << false;
    QTest::newRow("a bus without a secret service") << true;
}

// The main thread may have the answer before the asking thread has done anything else.
void TestKeychain::isReadAgainAndAgainWithoutOne()
{
    QFETCH(bool, hasBus);
    if (qEnvironmentVariableIsSet("QT_NO_GLIB"))
        QSKIP("QT_NO_GLIB is set, but libsecret answers through GLib's event loop");
    QTemporaryDir folder;
    const QString socket = folder.filePath(u"bus"_s);
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=" + QFile::encodeName(socket));
    QProcess bus;
    if (hasBus) {
        const QString program = QStandardPaths::findExecutable(u"dbus-daemon"_s);
        if (program.isEmpty())
            QSKIP("needs dbus-daemon");
        bus.start(program, {u"--session"_s, u"--nofork"_s, u"--nopidfile"_s,
                            u"--address=unix:path="_s + socket});
        QTRY_VERIFY(QFile::exists(socket));
    }
    const auto endBus = qScopeGuard([&] {
        bus.kill();
        bus.waitForFinished();
    });
    QThread thread;
    const auto stop = qScopeGuard([&] {
        thread.quit();
        thread.wait();
    });
    auto *keychain = new Keychain;
    keychain->moveToThread(&thread);
    connect(&thread, &QThread::finished, keychain, &QObject::deleteLater);
    thread.start();
    const Heard<QString> fetched(keychain, &Keychain::fetched);
    constexpr std::size_t reads = 300;
    connect(keychain, &Keychain::fetched, keychain, [&fetched, keychain] {
        if (fetched.count() < reads)
            keychain->refresh(entry);
    });
    QMetaObject::invokeMethod(keychain, [keychain] { keychain->refresh(entry); });
    QTRY_COMPARE_WITH_TIMEOUT(fetched.count(), reads, patience);
    bool isKnown = true;
    runOn(keychain, [&] { isKnown = keychain->resolve(entry).has_value(); });
    QVERIFY(!isKnown);
}

QTEST_GUILESS_MAIN(TestKeychain)
#include "tst_keychain.moc"
