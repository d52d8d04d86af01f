// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/endpointstore.h"
#include "core/delivery/engine.h"
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"
#include "ui/session/consolesession.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

void overwrite(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(content), content.size());
}

} // namespace

//! A running console whose configuration file meets with accidents while records wait.
class TestConfigurationGone final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void discardsNothing_data();
    void discardsNothing();
    void removesOnlyWhatIsTold_data();
    void removesOnlyWhatIsTold();
    void aRemovalThatFailedDiscardsNothingLater();
    void keepsAPauseThroughEditingAndRestart();

private:
    void start();
    [[nodiscard]] const EndpointStatus *shown() const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
    std::unique_ptr<PracticeHost> m_host;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<ConsoleSession> m_session;
};

void TestConfigurationGone::init()
{
    m_session.reset();
    m_engine.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_file = m_folder->filePath(u"config/endpoints.json"_s);
    m_host = std::make_unique<PracticeHost>();
    m_host->stop();
    QVERIFY(EndpointStore(m_folder->filePath(u"config"_s)).save({endpointTo(*m_host)}));
    start();
    m_engine->append(blockOf(recordsOf(1000)));
    QTRY_COMPARE(ledgerOf(*m_engine).waiting, 1000);
}

//! As the console does.
void TestConfigurationGone::start()
{
    const QString config = m_folder->filePath(u"config"_s);
    const auto endpoints = EndpointStore(config).load().value();
    m_engine = startEngine(m_folder->filePath(u"journal"_s), endpoints);
    m_session = std::make_unique<ConsoleSession>(*m_engine, config, endpoints);
}

const EndpointStatus *TestConfigurationGone::shown() const
{
    return m_session->endpoints().endpoint(m_session->endpoints().rowOf(u"a"_s));
}

void TestConfigurationGone::discardsNothing_data()
{
    using Accident = std::function<void(const QString &file)>;
    QTest::addColumn<Accident>("happen");
    QTest::addColumn<bool>("detaches");
    QTest::newRow("moved away") << Accident([](const QString &file) {
        QVERIFY(QFile::remove(file));
    }) << false;
    QTest::newRow("folder moved away") << Accident([](const QString &file) {
        const QString folder = QFileInfo(file).path();
        QVERIFY(QDir().rename(folder, folder + u".away"_s));
    }) << false;
    QTest::newRow("emptied") << Accident([](const QString &file) { overwrite(file, ""); }) << false;
    QTest::newRow("rubbish") << Accident([](const QString &file) { overwrite(file, "\x7f{"); })
                             << false;
    QTest::newRow("a valid empty list")
        << Accident([](const QString &file) { overwrite(file, R"({"version":1,"endpoints":[]})"); })
        << true;
}

void TestConfigurationGone::discardsNothing()
{
    using Accident = std::function<void(const QString &file)>;
    QFETCH(Accident, happen);
    QFETCH(bool, detaches);
    QSignalSpy problems(m_session.get(), &ConsoleSession::problemOccurred);
    const auto isTold = [&] {
        return std::any_of(problems.begin(), problems.end(), [&](const QVariantList &problem) {
            return problem.first().value<Error>().text.contains(u"endpoints.json"_s);
        });
    };
    happen(m_file);
    if (detaches) {
        QTRY_VERIFY(!shown()->configured);
    } else {
        QTRY_VERIFY(isTold());
        QVERIFY(shown()->configured);
        m_engine->append(blockOf(recordsOf(5, "run-1", 1001))); // For the one in force.
        QTRY_COMPARE(shown()->ledger.accepted, 1005);
    }
    const int accepted = detaches ? 1000 : 1005;
    QCOMPARE(ledgerOf(*m_engine).waiting, accepted);
    QCOMPARE(ledgerOf(*m_engine).discarded(), 0);

    m_host->start();
    QVERIFY(EndpointStore(m_folder->filePath(u"config"_s)).save({endpointTo(*m_host)}));
    QTRY_VERIFY(shown()->configured);
    m_engine->retryNow(u"a"_s);
    QTRY_COMPARE(ledgerOf(*m_engine), (Ledger{.accepted = accepted, .delivered = accepted}));
    QCOMPARE(m_host->messages(), messagesOf(accepted));
}

void TestConfigurationGone::removesOnlyWhatIsTold_data()
{
    QTest::addColumn<bool>("discards");
    QTest::newRow("kept") << false;
    QTest::newRow("discarded") << true;
}

void TestConfigurationGone::removesOnlyWhatIsTold()
{
    QFETCH(bool, discards);
    m_session->removeEndpoint(u"a"_s, discards);
    // One for which nothing waits is of no interest any more.
    QTRY_VERIFY(discards ? !shown() : !shown()->configured);
    const Ledger kept{.accepted = 1000, .waiting = 1000};
    const Ledger discarded{.accepted = 1000, .discardedByOperator = 1000};
    QTRY_COMPARE(ledgerOf(*m_engine), discards ? discarded : kept);
    if (discards)
        return;
    m_session->removeEndpoint(u"a"_s, true); // The same, later.
    QTRY_COMPARE(ledgerOf(*m_engine), discarded);
}

void TestConfigurationGone::aRemovalThatFailedDiscardsNothingLater()
{
    const QString config = m_folder->filePath(u"config"_s);
    const QString away = m_folder->filePath(u"away"_s);
    QVERIFY(QFile::rename(config, away));
    QFile inItsPlace(config);
    QVERIFY(inItsPlace.open(QIODevice::WriteOnly));
    const QSignalSpy problems(m_session.get(), &ConsoleSession::problemOccurred);
    const auto wasRefused = [&] {
        return std::any_of(problems.begin(), problems.end(), [&](const QVariantList &problem) {
            return problem.first().value<Error>().text.contains(u"config"_s);
        });
    };
    m_session->removeEndpoint(u"a"_s, true);
    QTRY_VERIFY(wasRefused());
    QVERIFY(inItsPlace.remove());
    QVERIFY(QFile::rename(away, config));
    QVERIFY(EndpointStore(config).save({})); // another time, by somebody else
    QTRY_VERIFY(!shown()->configured);
    QCOMPARE(ledgerOf(*m_engine), (Ledger{.accepted = 1000, .waiting = 1000}));
}

void TestConfigurationGone::keepsAPauseThroughEditingAndRestart()
{
    m_session->setPaused(u"a"_s, true);
    QTRY_VERIFY(shown()->paused);
    QList<Endpoint> edited = m_session->configuration();
    edited.first().bufferSize = 7;
    m_session->setConfiguration(edited);
    QTRY_COMPARE(m_session->configuration().first().bufferSize, 7);
    m_host->start();
    m_session.reset();
    m_engine.reset();
    start();
    QTRY_VERIFY(shown()->paused);
    QCOMPARE(shown()->state, SenderState::HeldByOperator);
    QCOMPARE(shown()->ledger.waiting, 1000);
    m_session->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*m_engine).delivered, 1000);
}

} // namespace trace

QTEST_MAIN(trace::TestConfigurationGone)
#include "tst_configurationgone.moc"
