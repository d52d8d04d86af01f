// SPDX-License-Identifier: GPL-3.0-or-later
// The operator's pause of endpoints that nothing delivers to now.
#include "tests/core/delivery/enginesupport.h"
#include "tests/support/patience.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

void tamper(const QString &folder, const QString &sql)
{
    {
        QSqlDatabase db = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"tamper"_s);
        db.setDatabaseName(Journal::fileIn(folder));
        QVERIFY2(db.open(), qPrintable(db.lastError().text()));
        QSqlQuery query(db);
        QVERIFY2(query.exec(sql), qPrintable(query.lastError().text()));
    }
    QSqlDatabase::removeDatabase(u"tamper"_s);
}

bool isPausedIn(const QString &folder)
{
    const auto rows = JournalReader::open(folder).value()->endpoints().value();
    return std::any_of(rows.begin(), rows.end(),
                       [](const EndpointRow &row) { return row.identity == u"a" && row.paused; });
}

} // namespace

class TestPausing : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void oneThatCouldNotStart();
    void oneThatCannotStartAgain();
    void oneThatOnlyTheJournalKnows();

private:
    std::unique_ptr<QTemporaryDir> m_temp;
    QString m_folder;
};

void TestPausing::init()
{
    m_temp = std::make_unique<QTemporaryDir>();
    m_folder = m_temp->filePath(u"journal"_s);
}

void TestPausing::oneThatCouldNotStart()
{
    PracticeHost host;
    const Endpoint a = endpointTo(host);
    auto engine = startEngine(m_folder, {});
    tamper(m_folder, u"CREATE TRIGGER spoil BEFORE INSERT ON endpoint BEGIN SELECT RAISE(ABORT, "
                     u"'spoilt'); END"_s);
    engine->setEndpoints({a});
    QTRY_COMPARE(statusOf(*engine).reason.kind, ProblemKind::NotStarted);
    engine->setPaused(u"a"_s, true);
    QTRY_VERIFY(statusOf(*engine).paused);
    engine->retryNow(u"a"_s); // In vain.
    tamper(m_folder, u"DROP TRIGGER spoil"_s);
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    QTRY_VERIFY(isPausedIn(m_folder));
    engine->append(blockOf(recordsOf(2)));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 2);
    engine = {};
    engine = startEngine(m_folder, {a});
    QCOMPARE(statusOf(*engine).reason.kind, ProblemKind::Paused);
    QCOMPARE(host.summary().requests, 0);
    engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 2);
    QVERIFY(!statusOf(*engine).paused);
}

void TestPausing::oneThatCannotStartAgain()
{
    PracticeHost host;
    const Endpoint a = endpointTo(host);
    startEngine(m_folder, {a}).reset();
    tamper(m_folder, u"CREATE TRIGGER spoil BEFORE UPDATE OF name ON endpoint BEGIN SELECT "
                     u"RAISE(ABORT, 'spoilt'); END"_s);
    auto engine = startEngine(m_folder, {a});
    QCOMPARE(statusOf(*engine).reason.kind, ProblemKind::NotStarted);
    engine->setPaused(u"a"_s, true);
    QTRY_VERIFY(statusOf(*engine).paused);
    QTRY_VERIFY(isPausedIn(m_folder));
    engine->setPaused(u"a"_s, false); // Taken back.
    QTRY_VERIFY(!statusOf(*engine).paused);
    engine->setPaused(u"a"_s, true);
    engine->append(blockOf(recordsOf(2)));
    tamper(m_folder, u"DROP TRIGGER spoil"_s);
    engine->retryNow(u"a"_s);
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    QTRY_COMPARE(ledgerOf(*engine).waiting, 2);
    QCOMPARE(host.summary().requests, 0);
    engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 2);
    QTRY_VERIFY(!isPausedIn(m_folder));
}

void TestPausing::oneThatOnlyTheJournalKnows()
{
    PracticeHost host;
    const Endpoint a = endpointTo(host);
    auto engine = startEngine(m_folder, {a});
    engine->append(blockOf(recordsOf(1)));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 1);
    engine = {};
    engine = startEngine(m_folder, {});
    QVERIFY(!statusOf(*engine).configured);
    engine->setPaused(u"a"_s, true);
    QTRY_VERIFY(statusOf(*engine).paused);
    QCOMPARE(statusOf(*engine).health, Health::Trouble); // as that of any other that is paused
    QTRY_VERIFY(isPausedIn(m_folder));
    engine->setEndpoints({a});
    QTRY_COMPARE(statusOf(*engine).state, SenderState::HeldByOperator);
    engine->append(blockOf(recordsOf(1, "run-1", 2)));
    QTRY_COMPARE(ledgerOf(*engine).waiting, 1);
    engine->setPaused(u"a"_s, false);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 2);
}

QTEST_GUILESS_MAIN(TestPausing)
#include "tst_pausing.moc"
