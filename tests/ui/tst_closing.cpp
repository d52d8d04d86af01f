// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of requests under way when the console is closed.
#include "core/delivery/engine.h"
#include "core/practice/practiceendpoint.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/support/patience.h"
#include "tests/support/unusedport.h"
#include "ui/mainwindow.h"
#include "ui/session/consolesession.h"

#include <QElapsedTimer>
#include <QLabel>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace trace {

class TestClosing final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void waitsForARequestUnderWay();
    void sendsWhatWaits();
    void closesAtOnceTheSecondTime();
    void takesABoundedTime();
    void doesNotWaitForWhatIsHeld();
    void closesAtOnceWhereNothingIsKept();

private:
    //! A console with an endpoint whose service answers after \a latency, and ten records for it.
    void open(std::chrono::milliseconds latency, const QString &faults = {})
    {
        PracticeOptions options;
        options.latency = latency;
        options.faults = FaultScript::parse(faults).value();
        m_practice = std::make_unique<PracticeEndpoint>(options);
        QVERIFY(m_practice->listen());
        Endpoint endpoint;
        endpoint.id = endpoint.name = u"a"_s;
        endpoint.service = u"generic"_s;
        endpoint.options.url = m_practice->url(u"generic"_s);
        endpoint.bufferSize = 10;
        endpoint.flushInterval = 1h;
        auto engine = Engine::start(m_folder->filePath(u"journal"_s), {endpoint});
        QVERIFY(engine);
        m_engine = std::move(*engine);
        m_session = std::make_unique<ConsoleSession>(*m_engine, m_folder->filePath(u"config"_s),
                                                     QList<Endpoint>{endpoint});
        m_window = std::make_unique<MainWindow>(*m_session, false);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }
    void append(int records) { m_engine->append(blockOf(recordsOf(records))); }
    [[nodiscard]] Ledger ledger() const { return m_engine->status().endpoints.at(0).ledger; }
    [[nodiscard]] QString message() const
    {
        return m_window->findChild<QLabel *>(u"messageLabel"_s)->text();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<PracticeEndpoint> m_practice;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<ConsoleSession> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestClosing::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestClosing::cleanup()
{
    m_window.reset();
    m_session.reset();
    m_engine.reset();
    m_practice.reset();
    m_folder.reset();
}

void TestClosing::waitsForARequestUnderWay()
{
    open(500ms);
    m_window->finishBeforeClosing(30s);
    append(10);
    QTRY_COMPARE(ledger().inFlight, 10);
    QSignalSpy closed(m_window.get(), &MainWindow::closed);
    m_window->close();
    QVERIFY(closed.isEmpty() && m_window->isVisible());
    QVERIFY2(message().contains(u"10 record"_s), qPrintable(message()));
    QVERIFY(closed.wait(patience));
    QVERIFY(!m_window->isVisible());
    QCOMPARE(m_session->openRecords(), 0);
    QCOMPARE(ledger().delivered, 10);
    m_window.reset();
    m_session.reset();
    m_engine.reset();
    QCOMPARE(m_practice->summary().records, 10);
}

void TestClosing::sendsWhatWaits()
{
    open(0ms);
    m_window->finishBeforeClosing(30s);
    append(3); // fewer than start a send
    QTRY_COMPARE(ledger().waiting, 3);
    QSignalSpy closed(m_window.get(), &MainWindow::closed);
    m_window->close();
    QVERIFY(closed.wait(patience));
    QCOMPARE(ledger().delivered, 3);
}

void TestClosing::closesAtOnceTheSecondTime()
{
    open(20s);
    m_window->finishBeforeClosing(60s);
    append(10);
    QTRY_COMPARE(ledger().inFlight, 10);
    QSignalSpy closed(m_window.get(), &MainWindow::closed);
    m_window->close();
    QCOMPARE(closed.size(), 0);
    m_window->close();
    QCOMPARE(closed.size(), 1);
    QVERIFY(!m_window->isVisible());
    QCOMPARE(m_session->openRecords(), 10);
}

void TestClosing::takesABoundedTime()
{
    open(20s);
    m_window->finishBeforeClosing(300ms);
    append(10);
    QTRY_COMPARE(ledger().inFlight, 10);
    QSignalSpy closed(m_window.get(), &MainWindow::closed);
    m_window->close();
    QVERIFY(closed.wait(10'000));
    QCOMPARE(m_session->openRecords(), 10);
}

void TestClosing::doesNotWaitForWhatIsHeld()
{
    open(0ms, u"401"_s);
    m_window->finishBeforeClosing(60s);
    append(10);
    QTRY_COMPARE(m_engine->status().endpoints.at(0).state, SenderState::HeldAuthentication);
    QSignalSpy closed(m_window.get(), &MainWindow::closed);
    m_window->close();
    QVERIFY(closed.wait(10'000));
    QCOMPARE(m_session->openRecords(), 10);
}

void TestClosing::closesAtOnceWhereNothingIsKept()
{
    open(20s);
    append(10);
    QTRY_COMPARE(ledger().inFlight, 10);
    QSignalSpy closed(m_window.get(), &MainWindow::closed);
    m_window->close();
    QCOMPARE(closed.size(), 1);
}

} // namespace trace

QTEST_MAIN(trace::TestClosing)
#include "tst_closing.moc"
