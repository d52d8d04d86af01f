// SPDX-License-Identifier: GPL-3.0-or-later
// Where the window opens; runs on screens of several sizes and scales (CMakeLists.txt).
#include "core/delivery/engine.h"
#include "ui/mainwindow.h"
#include "ui/session/consolesession.h"
#include "ui/uistate.h"

#include <QDir>
#include <QMenuBar>
#include <QScreen>
#include <QStatusBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

using namespace Qt::StringLiterals;

namespace trace {

class TestWindowPlace final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void init();
    void hasTheScreenThatIsMeant();
    void opensInsideTheScreen();
    void opensInsideTheScreenAfterALargerOne();
    void canBeAsSmallAsTheScreen();
    void bringsEachPanelIntoSight();
    void keepsItsPlaceBesideTheConfiguration();

private:
    void open()
    {
        m_window = std::make_unique<MainWindow>(*m_session, true);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }
    static QRect screen() { return QGuiApplication::primaryScreen()->availableGeometry(); }
    //! Whole, and in sight.
    static bool showsAll(const QWidget *part)
    {
        return part->isVisible() && part->visibleRegion() == QRegion(part->rect()) &&
               screen().contains(QRect(part->mapToGlobal(QPoint()), part->size()));
    }
    static QByteArray text(QRect rect)
    {
        return QByteArray::number(rect.width()) + 'x' + QByteArray::number(rect.height());
    }

    QTemporaryDir m_folder;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<ConsoleSession> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestWindowPlace::initTestCase()
{
    qputenv("XDG_CONFIG_HOME", m_folder.filePath(u"home"_s).toUtf8());
    // As long as a home folder may be.
    const QString journal = m_folder.filePath(QString(60, u'j') + u'/' + QString(60, u'k'));
    auto engine = Engine::start(journal, {});
    QVERIFY2(engine.has_value(), engine ? "" : qPrintable(engine.error().message()));
    m_engine = std::move(*engine);
    m_session = std::make_unique<ConsoleSession>(*m_engine, m_folder.filePath(u"config"_s),
                                                 QList<Endpoint>());
}

void TestWindowPlace::cleanupTestCase()
{
    m_window.reset();
    m_session.reset();
    m_engine.reset();
}

void TestWindowPlace::init()
{
    m_window.reset();
    QDir(m_folder.filePath(u"home"_s)).removeRecursively();
}

void TestWindowPlace::hasTheScreenThatIsMeant()
{
    const QByteArray meant = qgetenv("TRACE_TEST_SCREEN"); // in units of the scale
    if (!meant.isEmpty())
        QCOMPARE(text(QGuiApplication::primaryScreen()->geometry()), meant);
}

void TestWindowPlace::opensInsideTheScreen()
{
    open();
    QVERIFY2(screen().contains(m_window->geometry()), text(m_window->geometry()).constData());
    QVERIFY2(m_window->frameGeometry().size().boundedTo(screen().size()) ==
                 m_window->frameGeometry().size(),
             text(m_window->frameGeometry()).constData());
    QVERIFY(showsAll(m_window->statusBar()));
    QVERIFY(showsAll(m_window->menuBar()));
}

void TestWindowPlace::opensInsideTheScreenAfterALargerOne()
{
    {
        MainWindow large(*m_session, false);
        large.setGeometry(screen().x() + 700, screen().y() + 500, 3000, 2000);
        UiState::save(large);
    }
    open();
    QVERIFY2(screen().contains(m_window->geometry()), text(m_window->geometry()).constData());
    QVERIFY(showsAll(m_window->statusBar()));
}

void TestWindowPlace::canBeAsSmallAsTheScreen()
{
    open();
    m_window->resize(320, 240); // a fourth of the smallest screen that is meant
    QTRY_VERIFY(m_window->height() <= 240);
    QVERIFY2(m_window->width() <= 640, text(m_window->geometry()).constData());
    QVERIFY(showsAll(m_window->statusBar()));
}

void TestWindowPlace::bringsEachPanelIntoSight()
{
    open();
    for (const int key : {Qt::Key_4, Qt::Key_3, Qt::Key_2, Qt::Key_1}) {
        QTest::keyClick(m_window.get(), Qt::Key(key), Qt::ControlModifier);
        const auto *view = qobject_cast<QAbstractItemView *>(QApplication::focusWidget());
        QVERIFY(view);
        const QRect rows = view->viewport()->visibleRegion().boundingRect();
        QVERIFY2(rows.height() >= view->fontMetrics().height(), qPrintable(view->objectName()));
    }
}

void TestWindowPlace::keepsItsPlaceBesideTheConfiguration()
{
    open();
    const QSize smaller = m_window->size() - QSize(20, 10);
    m_window->resize(smaller);
    QTRY_COMPARE(m_window->size(), smaller);
    m_window->close();
    const QDir home(m_folder.filePath(u"home"_s));
    QCOMPARE(home.entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             QStringList{u"trace-console"_s});
    const QDir folder(home.filePath(u"trace-console"_s));
    QCOMPARE(folder.entryList(QDir::Files), QStringList{u"window.ini"_s});
    const QFileDevice::Permissions others = QFileDevice::ReadGroup | QFileDevice::ReadOther |
                                            QFileDevice::ExeGroup | QFileDevice::ExeOther;
    QVERIFY(!(QFile::permissions(folder.path()) & others)); // as the configuration's folder is
    open();
    QCOMPARE(m_window->size(), smaller);
}

} // namespace trace

QTEST_MAIN(trace::TestWindowPlace)
#include "tst_windowplace.moc"
