// SPDX-License-Identifier: GPL-3.0-or-later
// What the console shows of a journal, whatever is configured.
#include "core/delivery/engine.h"
#include "tests/core/journal/journalsupport.h"
#include "ui/mainwindow.h"
#include "ui/session/consolesession.h"

#include <QLabel>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

constexpr int manyRecords = 500'000;
constexpr int blockSize = 4'000;

std::vector<Record> recordsFrom(int count, const RunContext &context, Level level = Level::Info)
{
    std::vector<Record> records = recordsOf(count, {});
    for (Record &record : records) {
        record.context = context;
        record.level = level;
    }
    return records;
}

RunContext withoutRun(const std::string &workflow = {}, const std::vector<std::string> &tags = {},
                      const std::string &host = {})
{
    RunContext context;
    context.workflowName = workflow;
    context.tags = tags;
    context.hostname = host;
    return context;
}

} // namespace

class TestJournalContents final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void showsRecordsWhenNoEndpointIsConfigured();
    void countsOnWhenNoEndpointIsConfigured();
    void showsRecordsOfSomethingElseThanIsConfigured();
    void listsRecordsWithoutRunUnderTheirSource();
    void goesToTheRecordsOfASource();
    void keepsRunsApartFromSources();
    void countsManyRecordsOfOneBlockEach();

private:
    [[nodiscard]] QString journal() const { return m_folder->filePath(u"journal"_s); }
    static Endpoint endpoint(const QString &id)
    {
        Endpoint endpoint;
        endpoint.id = endpoint.name = id;
        endpoint.service = u"generic"_s;
        endpoint.options.url = QUrl(u"http://127.0.0.1:9/"_s);
        endpoint.enabled = false; // nothing is to be sent
        return endpoint;
    }
    //! What was there before the console is opened.
    void keep(std::vector<std::vector<Record>> blocks) const
    {
        auto written = Journal::open(journal());
        QVERIFY2(written.has_value(), written ? "" : qPrintable(written.error().message()));
        for (const auto &records : blocks)
            QCOMPARE(append(**written, blockOf(records), {}), QString());
    }
    void open(const QList<Endpoint> &endpoints = {})
    {
        auto engine = Engine::start(journal(), endpoints);
        QVERIFY2(engine.has_value(), engine ? "" : qPrintable(engine.error().message()));
        m_engine = std::move(*engine);
        m_session = std::make_unique<ConsoleSession>(*m_engine, m_folder->filePath(u"config"_s),
                                                     endpoints);
        m_window = std::make_unique<MainWindow>(*m_session, false);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        QTRY_VERIFY(m_session->isUpToDate());
    }
    [[nodiscard]] bool says(const QString &text) const
    {
        for (const QLabel *label : m_window->findChildren<QLabel *>()) {
            if (label->text() == text)
                return true;
        }
        return false;
    }
    //! Run, workflow, records and errors of the rows at the top, oldest first.
    [[nodiscard]] QStringList rows() const
    {
        QStringList rows;
        const RunModel &runs = m_session->runs();
        for (int row = runs.rowCount() - 1; row >= 0; --row) {
            QStringList cells;
            for (const int column :
                 {RunModel::Run, RunModel::Workflow, RunModel::Records, RunModel::Errors})
                cells.append(runs.index(row, column).data().toString());
            rows.append(cells.join(u'|'));
        }
        return rows;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<ConsoleSession> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestJournalContents::init()
{
    QLocale::setDefault(QLocale::c());
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestJournalContents::cleanup()
{
    m_window.reset();
    m_session.reset();
    m_engine.reset();
}

void TestJournalContents::showsRecordsWhenNoEndpointIsConfigured()
{
    keep({recordsOf(30, "a"), recordsOf(12, "b")});
    open();
    QCOMPARE(m_session->records().rowCount(), 42);
    QCOMPARE(rows(), QStringList({u"a||30|0"_s, u"b||12|0"_s}));
    QVERIFY(says(u"42 kept"_s));
    QVERIFY(says(u"2 run(s)"_s));
}

void TestJournalContents::countsOnWhenNoEndpointIsConfigured()
{
    keep({recordsOf(30, "a")});
    open();
    m_engine->append(blockOf(recordsOf(5, "a")));
    m_engine->append(blockOf(recordsFrom(3, withoutRun("nightly"))));
    QTRY_COMPARE(m_session->records().rowCount(), 38);
    QTRY_COMPARE(rows(), QStringList({u"a||35|0"_s, u"nightly|no run id|3|0"_s}));
    m_engine->append(blockOf(recordsFrom(4, withoutRun("nightly"))));
    QTRY_COMPARE(rows(), QStringList({u"a||35|0"_s, u"nightly|no run id|7|0"_s}));
    QCOMPARE(m_session->records().rowCount(), 42);
}

void TestJournalContents::showsRecordsOfSomethingElseThanIsConfigured()
{
    keep({recordsOf(30, "a")});
    open({endpoint(u"new"_s)});
    QCOMPARE(m_session->records().rowCount(), 30);
    QCOMPARE(rows(), QStringList({u"a||30|0"_s}));
}

void TestJournalContents::listsRecordsWithoutRunUnderTheirSource()
{
    // As `send`, OTLP and Loki, curl and a plain line leave them, several in one block.
    std::vector<Record> mixed = recordsFrom(4, withoutRun({}, {"team:a", "service:checkout"}));
    for (const auto &more :
         {recordsFrom(3, withoutRun("nightly", {"service:unused"}, "db1"), Level::Error),
          recordsFrom(2, withoutRun({}, {}, "db1")), recordsFrom(1, withoutRun()),
          recordsFrom(5, withoutRun({}, {"service:checkout"}, "db2"), Level::Critical)})
        mixed.insert(mixed.end(), more.begin(), more.end());
    keep({mixed, recordsFrom(6, withoutRun("nightly"))});
    open();
    QCOMPARE(rows(),
             QStringList({u"checkout|no run id|9|5"_s, u"nightly|no run id|9|3"_s,
                          u"db1|no run id|2|0"_s, u"(no run)|no run id|1|0"_s}));
    QCOMPARE(m_session->records().rowCount(), 21);
    QVERIFY(says(u"0 run(s) \u00b7 4 source(s) without runs"_s));
}

void TestJournalContents::goesToTheRecordsOfASource()
{
    keep({recordsOf(30, "a"), recordsFrom(4, withoutRun({}, {"service:checkout"})),
          recordsFrom(6, withoutRun("nightly"))});
    open();
    auto *runs = m_window->findChild<QTreeView *>(u"runsTree"_s);
    const auto *records = m_window->findChild<QTableView *>(u"recordsTable"_s);
    for (const auto &[source, first] :
         {std::pair(u"checkout"_s, 31), std::pair(u"nightly"_s, 35)}) {
        const QModelIndexList found =
            runs->model()->match(runs->model()->index(0, 0), Qt::DisplayRole, source);
        QCOMPARE(found.size(), 1);
        QTest::mouseClick(runs->viewport(), Qt::LeftButton, {},
                          runs->visualRect(found.first()).center());
        QCOMPARE(records->currentIndex().row() + 1, first);
    }
}

void TestJournalContents::keepsRunsApartFromSources()
{
    // Most runs name no parent: that is not the name of those who have no run id.
    keep({recordsFrom(4, withoutRun("nightly")), recordsOf(30, "a"), recordsOf(12, "b")});
    open();
    QCOMPARE(rows(), QStringList({u"a||30|0"_s, u"b||12|0"_s, u"nightly|no run id|4|0"_s}));
}

void TestJournalContents::countsManyRecordsOfOneBlockEach()
{
    const auto records = recordsFrom(blockSize, withoutRun({}, {"service:checkout"}));
    {
        auto written = Journal::open(journal()).value();
        for (int i = 0; i < manyRecords / blockSize; ++i)
            written->append(blockOf(records), {}, [](const std::optional<Error> &) {});
        written->sync();
    }
    open();
    QCOMPARE(rows(), QStringList({u"checkout|no run id|500000|0"_s}));
    QVERIFY(says(u"500000 kept"_s));
}

} // namespace trace

QTEST_MAIN(trace::TestJournalContents)
#include "tst_journalcontents.moc"
