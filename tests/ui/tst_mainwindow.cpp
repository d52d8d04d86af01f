// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/demo/demosession.h"
#include "core/config/endpointstore.h"
#include "core/delivery/engine.h"
#include "tests/support/patience.h"
#include "ui/endpoints/endpointdialog.h"
#include "ui/mainwindow.h"
#include "ui/session/consolesession.h"

#include <QAbstractButton>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

using namespace Qt::StringLiterals;

namespace trace {

//! The whole console against real practice endpoints, used as a person would.
class TestMainWindow final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void showsTheDemo();
    void goesFromARunToItsErrors();
    void replaysTheFailedBatchByClicking();
    void addsAndRemovesAnEndpoint();
    void takesBackThatTheConfigurationIsGone();
    void fitsASmallScreen();

private:
    template <typename Widget>
    [[nodiscard]] Widget *find(const QString &name) const
    {
        return m_window->findChild<Widget *>(name);
    }
    void click(const QString &button) const
    {
        QTest::mouseClick(find<QAbstractButton>(button), Qt::LeftButton);
    }
    //! Empty until the window has heard of it.
    [[nodiscard]] EndpointStatus loki() const
    {
        const EndpointModel &model = m_session->endpoints();
        const EndpointStatus *status = model.endpoint(model.rowOf(m_demo->endpoints().first().id));
        return status ? *status : EndpointStatus();
    }

    QTemporaryDir m_folder;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<DemoSession> m_demo;
    std::unique_ptr<ConsoleSession> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestMainWindow::initTestCase()
{
    auto engine = Engine::start(m_folder.filePath(u"journal"_s), {});
    QVERIFY2(engine.has_value(), engine ? "" : qPrintable(engine.error().message()));
    m_engine = std::move(*engine);
    m_demo = std::make_unique<DemoSession>(*m_engine);
    QSignalSpy finished(m_demo.get(), &DemoSession::finished);
    const auto started = m_demo->start();
    QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().message()));
    m_session = std::make_unique<ConsoleSession>(*m_engine, m_folder.filePath(u"config"_s),
                                                 m_demo->endpoints());
    m_window = std::make_unique<MainWindow>(*m_session, false);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    // Seen while it is down: that the endpoint will be tried again.
    QTRY_COMPARE(loki().state, SenderState::BackingOff);
    QVERIFY(!finished.isEmpty() || finished.wait(patience));
    QTRY_VERIFY(m_session->isUpToDate());
}

void TestMainWindow::cleanupTestCase()
{
    m_window.reset();
    m_session.reset();
    m_demo.reset();
    m_engine.reset();
}

void TestMainWindow::showsTheDemo()
{
    QVERIFY(m_session->runs().runCount() >= 6);
    QVERIFY(m_session->runs().rowCount() < int(m_session->runs().runCount())); // a tree
    QCOMPARE(qint64(m_session->records().rowCount()), loki().ledger.accepted);
    QCOMPARE(m_session->endpoints().rowCount(), 2);
    QVERIFY(loki().retries > 0);
    QCOMPARE(loki().ledger.failed, 1);
    QCOMPARE(m_session->failedBatches().rowCount(), 1);
    QCOMPARE(m_session->failedBatches().batch(0)->records, 1);
    const QString ledger = find<QLabel>(u"ledgerLabel"_s)->text();
    QVERIFY2(ledger.contains(u"failed 1"_s) && ledger.contains(u"balances"_s), qPrintable(ledger));
    QVERIFY(find<QLabel>(u"failedTile"_s)->text().startsWith(u"1 "_s));
    QVERIFY(find<QToolButton>(u"replayButton"_s)->isEnabled());
}

void TestMainWindow::goesFromARunToItsErrors()
{
    auto *runs = find<QTreeView>(u"runsTree"_s);
    auto *records = find<QTableView>(u"recordsTable"_s);
    // The newest run stands first and has no errors after it; the oldest one has.
    const QModelIndex run = runs->model()->index(runs->model()->rowCount() - 1, 0);
    runs->setCurrentIndex(run);
    QCOMPARE(quint64(records->currentIndex().row()) + 1,
             run.data(RunModel::FirstSequenceRole).toULongLong());
    click(u"nextErrorButton"_s);
    QTRY_VERIFY([&] {
        const RecordRow *row = m_session->records().record(records->currentIndex().row());
        return row && row->record.level >= Level::Error;
    }());
}

void TestMainWindow::replaysTheFailedBatchByClicking()
{
    const qint64 id = m_session->failedBatches().batch(0)->id;
    const qint64 delivered = loki().ledger.delivered;
    const QString message = u"messageLabel"_s;

    click(u"replayButton"_s); // still refused: it comes back
    QTRY_VERIFY(find<QLabel>(message)->text().contains(u"failed again"_s));
    QTRY_VERIFY(m_session->isUpToDate());
    QCOMPARE(m_session->failedBatches().ids(), QList<qint64>{id});
    QTRY_VERIFY(loki().ledger.failed == 1 && loki().ledger.isBalanced());

    m_demo->setAcceptingAll(true);
    click(u"replayButton"_s);
    QTRY_COMPARE(m_session->failedBatches().rowCount(), 0);
    QTRY_COMPARE(find<QLabel>(message)->text(), u"Batch %1 is delivered."_s.arg(id));
    QTRY_COMPARE(loki().ledger.delivered, delivered + 1);
    QCOMPARE(loki().ledger.failed, 0);
    QVERIFY(loki().ledger.isBalanced());
    QVERIFY(!find<QToolButton>(u"replayButton"_s)->isEnabled());
    QTRY_COMPARE(find<QLabel>(u"failedTile"_s)->text(), u"none"_s);
}

void TestMainWindow::addsAndRemovesAnEndpoint()
{
    click(u"addEndpointButton"_s);
    auto *dialog = find<EndpointDialog>(u"endpointDialog"_s);
    QVERIFY(dialog && dialog->isVisible());
    QTest::keyClicks(dialog->findChild<QLineEdit *>(u"nameEdit"_s), u"Third"_s);
    QTest::keyClicks(dialog->findChild<QLineEdit *>(u"urlEdit"_s), u"http://127.0.0.1:9/"_s);
    QTest::mouseClick(dialog->findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok),
                      Qt::LeftButton);
    QTRY_COMPARE(m_session->endpoints().rowCount(), 3);
    const auto stored = EndpointStore(m_folder.filePath(u"config"_s)).load();
    QVERIFY(stored && stored->size() == 3);
    QCOMPARE(stored->last().name, u"Third"_s);

    find<QTableView>(u"endpointsTable"_s)->selectRow(2);
    click(u"removeEndpointButton"_s);
    auto *question = find<QMessageBox>(u"removeEndpointQuestion"_s);
    QVERIFY(question);
    QVERIFY(question->text().contains(u"\"Third\""_s));
    for (QAbstractButton *button : question->buttons()) {
        if (question->buttonRole(button) == QMessageBox::DestructiveRole)
            QTest::mouseClick(button, Qt::LeftButton);
    }
    QTRY_VERIFY(EndpointStore(m_folder.filePath(u"config"_s)).load()->size() == 2);
    QTRY_COMPARE(m_session->configuration().size(), 2);
}

void TestMainWindow::takesBackThatTheConfigurationIsGone()
{
    const QString file = m_folder.filePath(u"config/endpoints.json"_s);
    const QString away = m_folder.filePath(u"away.json"_s);
    auto *message = find<QLabel>(u"messageLabel"_s);
    QVERIFY(QFile::rename(file, away));
    QTRY_VERIFY(message->text().contains(u"is gone"_s));
    QVERIFY(QFile::rename(away, file));
    QTRY_COMPARE(message->text(), u"Ready"_s);
}

void TestMainWindow::fitsASmallScreen()
{
    const QSize screen(1280, 720);
    QCOMPARE(m_window->size().boundedTo(screen), m_window->size());
    QCOMPARE(m_window->minimumSizeHint().boundedTo(screen), m_window->minimumSizeHint());
}

} // namespace trace

QTEST_MAIN(trace::TestMainWindow)
#include "tst_mainwindow.moc"
