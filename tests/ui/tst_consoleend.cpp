// SPDX-License-Identifier: GPL-3.0-or-later
// The console's program that is told to end while a request is under way.
#include "core/config/endpointstore.h"
#include "core/delivery/engine.h"
#include "core/practice/practiceendpoint.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/support/patience.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace trace;

class TestConsoleEnd final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void deliversWhatIsUnderWay_data();
    void deliversWhatIsUnderWay();
    void endsAtOnceTheSecondTime();
    void needsToKnowItsFolders();
    void endsWhileItSaysWhyItCannotStart();

private:
    //! Starts the program with ten records that it sends to a service that answers after \a
    //! latency, and waits for the request.
    void start(std::chrono::milliseconds latency)
    {
        m_folder = std::make_unique<QTemporaryDir>();
        PracticeOptions options;
        options.latency = latency;
        m_practice = std::make_unique<PracticeEndpoint>(options);
        QVERIFY(m_practice->listen());
        m_endpoint.id = m_endpoint.name = u"a"_s;
        m_endpoint.service = u"generic"_s;
        m_endpoint.options.url = m_practice->url(u"generic"_s);
        m_endpoint.timeout = 60s;
        m_endpoint.bufferSize = 100'000;
        m_endpoint.flushInterval = 1h;
        {
            auto engine = Engine::start(journal(), {m_endpoint}).value();
            engine->append(blockOf(recordsOf(10)));
            QTRY_COMPARE(engine->status().endpoints.at(0).ledger.waiting, 10);
        }
        m_endpoint.bufferSize = 1;
        QVERIFY(EndpointStore(m_folder->filePath(u"config"_s)).save({m_endpoint}));
        m_process = std::make_unique<QProcess>();
        m_process->start(
            QStringLiteral(TRACE_CONSOLE_PROGRAM),
            {u"--journal"_s, journal(), u"--config"_s, m_folder->filePath(u"config"_s)});
        QTRY_COMPARE(m_practice->summary().records, 10); // it answers later
    }
    void signal(int number) const
    {
        if (m_process->processId() > 0) // 0 would mean all of this group
            ::kill(pid_t(m_process->processId()), number);
    }
    [[nodiscard]] QString journal() const { return m_folder->filePath(u"journal"_s); }
    [[nodiscard]] Ledger ledger() const
    {
        Endpoint idle = m_endpoint;
        idle.enabled = false;
        return Engine::start(journal(), {idle}).value()->status().endpoints.at(0).ledger;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<PracticeEndpoint> m_practice;
    std::unique_ptr<QProcess> m_process;
    Endpoint m_endpoint;
};

void TestConsoleEnd::deliversWhatIsUnderWay_data()
{
    QTest::addColumn<int>("number");
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGINT") << SIGINT;
    QTest::newRow("SIGHUP") << SIGHUP;
}

void TestConsoleEnd::deliversWhatIsUnderWay()
{
    QFETCH(int, number);
    start(1500ms);
    signal(number);
    QTRY_COMPARE(m_process->state(), QProcess::NotRunning);
    QCOMPARE(m_process->exitStatus(), QProcess::NormalExit);
    QCOMPARE(m_process->exitCode(), 0);
    QCOMPARE(ledger().delivered, 10);
    QCOMPARE(m_practice->summary().requests, 1);
}

void TestConsoleEnd::endsAtOnceTheSecondTime()
{
    start(60s);
    QElapsedTimer clock;
    clock.start();
    signal(SIGTERM);
    // The first is heard when it is read; two in one breath count as one. A third would kill a
    // process that is about to end.
    QTRY_VERIFY([&] {
        signal(SIGTERM);
        return m_process->waitForFinished(2000) || m_process->state() == QProcess::NotRunning;
    }());
    QVERIFY(clock.elapsed() < 9'000);
    QCOMPARE(m_process->exitCode(), 0);
    const QByteArray told = m_process->readAllStandardError();
    QVERIFY2(told.contains("10 record(s) wait"), told.constData());
    QVERIFY2(told.contains("--journal '" + journal().toUtf8() + "' drain"), told.constData());
    QCOMPARE(ledger().waiting, 10);
}

void TestConsoleEnd::needsToKnowItsFolders()
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const QString &name : {u"HOME"_s, u"XDG_DATA_HOME"_s, u"XDG_CONFIG_HOME"_s})
        environment.remove(name);
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(TRACE_CONSOLE_PROGRAM), QStringList());
    QByteArray told;
    QTRY_VERIFY([&] { // it says so in a box, too, which nobody is here to close
        told += process.readAllStandardError();
        return told.contains("HOME");
    }());
    process.kill();
    process.waitForFinished(patience);
}

void TestConsoleEnd::endsWhileItSaysWhyItCannotStart()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"endpoints.json"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("{") == 1);
    file.close();
    m_process = std::make_unique<QProcess>();
    m_process->start(QStringLiteral(TRACE_CONSOLE_PROGRAM),
                     {u"--journal"_s, folder.filePath(u"journal"_s), u"--config"_s, folder.path()});
    QByteArray told;
    QTRY_VERIFY([&] {
        told += m_process->readAllStandardError();
        return told.contains("endpoints.json");
    }());
    signal(SIGTERM);
    const bool hasEnded = m_process->waitForFinished(patience);
    m_process->kill();
    QVERIFY(hasEnded);
    QCOMPARE(m_process->exitCode(), 1);
}

QTEST_GUILESS_MAIN(TestConsoleEnd)
#include "tst_consoleend.moc"
