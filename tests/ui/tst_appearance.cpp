// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the window can be read and steered, in light and dark, left to right and right to left.
#include "core/delivery/engine.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/ui/contrast.h"
#include "ui/endpoints/endpointsview.h"
#include "ui/failed/failedview.h"
#include "ui/mainwindow.h"
#include "ui/records/recordsview.h"
#include "ui/runs/runsview.h"
#include "ui/session/consolesession.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

constexpr double readable = 4.5; // WCAG 2.1, 1.4.3: text
constexpr double visible = 3;    // WCAG 2.1, 1.4.11: what shows a state

} // namespace

class TestAppearance final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void cleanup();
    void captionsAreReadable_data() { palettes(); }
    void captionsAreReadable();
    void hintsAreReadable_data() { palettes(); }
    void hintsAreReadable();
    void showsWhichPanelHasTheFocus_data() { palettes(); }
    void showsWhichPanelHasTheFocus();
    void choosesTheFirstRow_data();
    void choosesTheFirstRow();

private:
    void palettes() const;
    void open();

    QTemporaryDir m_folder;
    QPalette m_usual;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<ConsoleSession> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestAppearance::initTestCase()
{
    m_usual = QApplication::palette();
    auto engine = Engine::start(m_folder.filePath(u"journal"_s), {});
    QVERIFY2(engine.has_value(), engine ? "" : qPrintable(engine.error().message()));
    m_engine = std::move(*engine);
    m_session = std::make_unique<ConsoleSession>(*m_engine, m_folder.filePath(u"config"_s),
                                                 QList<Endpoint>());
}

void TestAppearance::cleanupTestCase()
{
    m_session.reset();
    m_engine.reset();
}

void TestAppearance::cleanup()
{
    m_window.reset();
    QApplication::setPalette(m_usual);
    QGuiApplication::setLayoutDirection(Qt::LeftToRight);
}

void TestAppearance::palettes() const
{
    QTest::addColumn<QPalette>("palette");
    QTest::newRow("light") << m_usual;
    QTest::newRow("dark") << darkPalette();
}

void TestAppearance::open()
{
    m_window = std::make_unique<MainWindow>(*m_session, false);
    m_window->show();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
}

void TestAppearance::captionsAreReadable()
{
    QFETCH(QPalette, palette);
    QApplication::setPalette(palette);
    open();
    int captions = 0;
    for (const QLabel *label : m_window->findChildren<QLabel *>()) {
        if (label->text().isEmpty())
            continue;
        ++captions;
        const QColor ground = label->palette().color(label->backgroundRole());
        const QColor text = onGround(label->palette().color(label->foregroundRole()), ground);
        const double ratio = contrast(text, ground);
        QVERIFY2(ratio >= readable, qPrintable(label->text() + u": %1"_s.arg(ratio)));
    }
    QVERIFY2(captions >= 20, qPrintable(QString::number(captions))); // of strip, panels, status bar
}

void TestAppearance::hintsAreReadable()
{
    QFETCH(QPalette, palette);
    open();
    m_window->setPalette(palette); // also when it changes while the window is there
    int hints = 0;
    for (const auto *text : m_window->findChildren<QPlainTextEdit *>()) {
        if (text->placeholderText().isEmpty())
            continue;
        ++hints;
        const QColor ground = text->palette().color(QPalette::Base);
        QCOMPARE(ground, palette.color(QPalette::Base));
        const double ratio =
            contrast(onGround(text->palette().color(QPalette::PlaceholderText), ground), ground);
        QVERIFY2(ratio >= readable,
                 qPrintable(text->placeholderText() + u": %1"_s.arg(ratio)));
    }
    QCOMPARE(hints, 2);
}

void TestAppearance::showsWhichPanelHasTheFocus()
{
    QFETCH(QPalette, palette);
    QApplication::setPalette(palette);
    open();
    const QList<QWidget *> panels{
        m_window->findChild<RunsView *>(), m_window->findChild<RecordsView *>(),
        m_window->findChild<EndpointsView *>(), m_window->findChild<FailedView *>()};
    const auto edge = [](QWidget *panel) {
        return panel->grab().toImage().pixelColor(panel->width() / 2, 1);
    };
    QWidget *const none = m_window->findChild<QToolButton *>(u"addEndpointButton"_s);
    for (int i = 0; i < panels.size(); ++i) {
        QTest::keyClick(m_window.get(), Qt::Key(Qt::Key_1 + i), Qt::ControlModifier);
        const QColor focused = edge(panels.at(i));
        for (QWidget *panel : panels) {
            if (panel != panels.at(i)) {
                const double ratio = contrast(edge(panel), focused);
                QVERIFY2(ratio >= visible, qPrintable(QString::number(ratio)));
            }
        }
    }
    none->setFocus(); // a button is a part of its panel
    QVERIFY(contrast(edge(panels.at(2)), edge(panels.at(3))) >= visible);
}

void TestAppearance::choosesTheFirstRow_data()
{
    QTest::addColumn<Qt::LayoutDirection>("direction");
    QTest::newRow("left to right") << Qt::LeftToRight;
    QTest::newRow("right to left") << Qt::RightToLeft;
}

void TestAppearance::choosesTheFirstRow()
{
    QFETCH(Qt::LayoutDirection, direction);
    QGuiApplication::setLayoutDirection(direction);
    FailedBatchModel batches;
    EndpointModel endpoints;
    FailedView failed(batches);
    EndpointsView configured(endpoints);
    failed.resize(1200, 200);
    configured.resize(1200, 200);
    FailedBatchRow batch;
    batch.id = 1;
    batches.setBatches({batch});
    EndpointStatus status;
    status.id = status.name = u"a"_s;
    status.configured = true;
    endpoints.setEndpoints({status});
    for (const Panel *view : {static_cast<Panel *>(&failed), static_cast<Panel *>(&configured)}) {
        const auto *table = view->findChild<QTableView *>();
        QCOMPARE(table->currentIndex().row(), 0);
        QCOMPARE(table->selectionModel()->selectedRows().size(), 1);
    }
    QVERIFY(failed.findChild<QToolButton *>(u"replayButton"_s)->isEnabled());
    QVERIFY(configured.findChild<QToolButton *>(u"editEndpointButton"_s)->isEnabled());
}

} // namespace trace

QTEST_MAIN(trace::TestAppearance)
#include "tst_appearance.moc"
