// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/delivery/enginesupport.h"
#include "tests/core/delivery/handwrittenserver.h"

#include <QTemporaryDir>

using namespace trace;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int patience = 20'000; // Sanitizers are slow.

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
    void parkedRecordsAreLookedAtAgain_data();
    void parkedRecordsAreLookedAtAgain();
};

void TestClockSkew::parkedRecordsAreLookedAtAgain_data()
{
    QTest::addColumn<std::chrono::minutes>("ahead");
    QTest::addColumn<int>("failed");
    QTest::newRow("our clock is right") << 0min << 2;
    QTest::newRow("our clock is an hour fast") << -60min << 1;
    QTest::newRow("our clock is an hour slow") << 60min << 2;
}

void TestClockSkew::parkedRecordsAreLookedAtAgain()
{
    QFETCH(std::chrono::minutes, ahead);
    QFETCH(int, failed);
    const HandWrittenServer server({Answer{202, "{}"}}, QDateTime::currentDateTimeUtc().addSecs(
                                                            std::chrono::seconds(ahead).count()));
    Endpoint endpoint;
    endpoint.id = u"a"_s;
    endpoint.name = u"a"_s;
    endpoint.service = u"datadog"_s;
    endpoint.options.url = server.url();
    endpoint.apiKey = u"key"_s;
    endpoint.bufferSize = 1;
    const QTemporaryDir folder;
    const auto engine = startEngine(folder.path(), {endpoint});
    engine->append(blockAt(18h + 30min, "old by our clock"));
    engine->append(blockAt(20h, "old by any clock"));
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*engine).failed, 2, patience);
    QVERIFY(server.requests.isEmpty());
    engine->append(blockAt(0min, "new"));
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*engine).delivered, 3 - failed, patience);
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*engine).failed, failed, patience);
    QCOMPARE(server.requests.size(), 3 - failed);
    QVERIFY(ledgerOf(*engine).isBalanced());
}

QTEST_GUILESS_MAIN(TestClockSkew)
#include "tst_clockskew.moc"
