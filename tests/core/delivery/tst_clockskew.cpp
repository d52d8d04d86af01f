// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/delivery/enginesupport.h"
#include "tests/core/delivery/handwrittenserver.h"
#include "tests/support/patience.h"

#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

RecordBlock blockAt(std::chrono::minutes age, const std::string &message)
{
    Record record;
    record.timestamp =
        std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch() - age).count();
    record.message = message;
    return blockOf({record});
}

} // namespace

//! Datadog takes records that are not older than 18 hours.
class TestClockSkew final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void theServersClockDecides_data();
    void theServersClockDecides();
    void aServerThatIsDownParksNothing();
    void parkedRecordsAreLookedAtAgain_data();
    void parkedRecordsAreLookedAtAgain();

private:
    [[nodiscard]] static Endpoint datadogAt(const QUrl &url);
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestClockSkew::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

Endpoint TestClockSkew::datadogAt(const QUrl &url)
{
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = u"a"_s;
    endpoint.service = u"datadog"_s;
    endpoint.options.url = url;
    endpoint.apiKey = u"key"_s;
    endpoint.bufferSize = 1;
    return endpoint;
}

void TestClockSkew::theServersClockDecides_data()
{
    QTest::addColumn<std::chrono::minutes>("ahead");
    QTest::addColumn<int>("failed");
    QTest::newRow("our clock is right") << 0min << 2;
    QTest::newRow("our clock is an hour fast") << -60min << 1;
    QTest::newRow("our clock is three hours fast") << -180min << 0;
}

//! Also where no record has been sent yet.
void TestClockSkew::theServersClockDecides()
{
    QFETCH(std::chrono::minutes, ahead);
    QFETCH(int, failed);
    const HandWrittenServer server(
        {Answer{404, "{}"}, Answer{202, "{}"}},
        QDateTime::currentDateTimeUtc().addSecs(std::chrono::seconds(ahead).count()));
    const auto engine = startEngine(m_folder->path(), {datadogAt(server.url())});
    engine->append(blockAt(18h + 30min, "old by our clock"));
    engine->append(blockAt(20h, "older"));
    QTRY_COMPARE(ledgerOf(*engine).failed, failed);
    QTRY_COMPARE(ledgerOf(*engine).delivered, 2 - failed);
    QVERIFY(server.requests.front().startsWith("OPTIONS /api/v2/logs"));
    QVERIFY(!server.requests.front().contains("key")); // it needs none
    for (qsizetype i = 1; i < server.requests.size(); ++i)
        QVERIFY(server.requests[i].startsWith("POST"));
    QVERIFY(ledgerOf(*engine).isBalanced());
}

void TestClockSkew::aServerThatIsDownParksNothing()
{
    Endpoint endpoint = datadogAt(QUrl(u"http://127.0.0.1:%1"_s.arg(unusedPort())));
    endpoint.maxRetries = 1;
    const auto engine = startEngine(m_folder->path(), {endpoint});
    engine->append(blockAt(20h, "old"));
    QTRY_COMPARE(statusOf(*engine).state, SenderState::Suspended);
    QCOMPARE(ledgerOf(*engine).waiting, 1);
    QCOMPARE(ledgerOf(*engine).failed, 0);
}

void TestClockSkew::parkedRecordsAreLookedAtAgain_data()
{
    QTest::addColumn<std::chrono::minutes>("ahead");
    QTest::addColumn<int>("failed");
    QTest::newRow("our clock is right") << 0min << 2;
    QTest::newRow("our clock is an hour fast") << -60min << 1;
    QTest::newRow("our clock is an hour slow") << 60min << 2;
}

//! Where the server told no time when it was asked.
void TestClockSkew::parkedRecordsAreLookedAtAgain()
{
    QFETCH(std::chrono::minutes, ahead);
    QFETCH(int, failed);
    HandWrittenServer server({Answer{404, "{}"}, Answer{202, "{}"}}, QDateTime());
    const auto engine = startEngine(m_folder->path(), {datadogAt(server.url())});
    engine->append(blockAt(18h + 30min, "old by our clock"));
    engine->append(blockAt(20h, "old by any clock"));
    QTRY_COMPARE(ledgerOf(*engine).failed, 2);
    QCOMPARE(server.requests.size(), 1);
    server.setDate(QDateTime::currentDateTimeUtc().addSecs(std::chrono::seconds(ahead).count()));
    engine->append(blockAt(0min, "new"));
    QTRY_COMPARE(ledgerOf(*engine).delivered, 3 - failed);
    QTRY_COMPARE(ledgerOf(*engine).failed, failed);
    QCOMPARE(server.requests.size(), 1 + 3 - failed);
    QVERIFY(ledgerOf(*engine).isBalanced());
}

QTEST_GUILESS_MAIN(TestClockSkew)
#include "tst_clockskew.moc"
