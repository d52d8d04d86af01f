// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/filter/filter.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

class FixedLookup final : public FilterLookup
{
public:
    std::uint32_t statesOf(const RecordView &) const override
    {
        return RecordFailed | RecordRetrying;
    }
    std::vector<std::string> endpointsOf(const RecordView &) const override
    {
        return {"datadog", "Loki EU"};
    }
    std::vector<std::string> batchesOf(const RecordView &) const override { return {"12"}; }
    std::vector<std::string> runsAbove(const RecordView &) const override
    {
        return {"child-1", "parent-1", "grand-1"};
    }
};

} // namespace

class TestFilterLookup : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void asksTheLookup_data();
    void asksTheLookup();
};

void TestFilterLookup::asksTheLookup_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isMatch");
    QTest::newRow("state") << u"is:failed"_s << true;
    QTest::newRow("other state") << u"is:sent"_s << false;
    QTest::newRow("one of two states") << u"is:(sent,retrying)"_s << true;
    QTest::newRow("endpoint") << u"is:failed dest:Datadog"_s << true;
    QTest::newRow("endpoint with blank") << u"ep:\"loki eu\""_s << true;
    QTest::newRow("endpoint by wildcard") << u"dest:loki*"_s << true;
    QTest::newRow("other endpoint") << u"dest:otlp"_s << false;
    QTest::newRow("batch") << u"batch:12"_s << true;
    QTest::newRow("other batch") << u"batch:1"_s << false;
    QTest::newRow("run above") << u"root:grand-1"_s << true;
    QTest::newRow("run beside") << u"root:grand-2"_s << false;
}

void TestFilterLookup::asksTheLookup()
{
    QFETCH(QString, text);
    FilterOptions options;
    options.lookup = std::make_shared<FixedLookup>();
    const auto filter = Filter::parse(text, options);
    QVERIFY2(filter, filter ? "" : qPrintable(filter.error().message()));
    QTEST(filter->matches(RecordView()), "isMatch");
    QVERIFY(!Filter::parse(text));
}

QTEST_GUILESS_MAIN(TestFilterLookup)
#include "tst_filterlookup.moc"
