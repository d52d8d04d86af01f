// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/grafana/lokilabels.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;
using trace::loki::Labels;

class TestLokiLabels : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void takesTheServiceNameFromTheFirstThatIsSet();
    void leavesOutWhatIsNotSet();
    void cutsLongValuesAtACharacter();
    void fillsInFixedLabels();
    void writesAndReadsAnyText();
    void readsTextsOfOtherClients();
    void refusesMalformedTexts_data();
    void refusesMalformedTexts();
};

void TestLokiLabels::takesTheServiceNameFromTheFirstThatIsSet()
{
    RunContext context;
    const auto service = [&](const Labels &fixed = {}) {
        return loki::labelsOf(context, Level::Info, fixed).front();
    };
    using Label = std::pair<std::string, std::string>;
    QVERIFY(service() == Label("service_name", "unknown_service"));
    context.workflowName = "import";
    QVERIFY(service() == Label("service_name", "import"));
    context.tags = {"a", "service:billing"};
    QVERIFY(service() == Label("service_name", "billing"));
    QVERIFY(service({{"service_name", "etl"}}) == Label("service_name", "etl"));
}

void TestLokiLabels::leavesOutWhatIsNotSet()
{
    QCOMPARE(loki::labelText(loki::labelsOf({}, Level::Error, {})),
             std::string(R"({service_name="unknown_service",level="error"})"));
    RunContext context;
    context.workflowName = "w";
    context.environment = "prod";
    context.runId = "ids are no labels";
    QCOMPARE(
        loki::labelText(loki::labelsOf(context, Level::Debug, {})),
        std::string(R"({service_name="w",workflow_name="w",environment="prod",level="debug"})"));
}

void TestLokiLabels::cutsLongValuesAtACharacter()
{
    RunContext context;
    context.workflowName = std::string(2047, 'x') + "ä and more";
    for (const auto &[name, value] : loki::labelsOf(context, Level::Info, {})) {
        if (name != "level")
            QCOMPARE(value, std::string(2047, 'x'));
    }
}

void TestLokiLabels::fillsInFixedLabels()
{
    RunContext context;
    const Labels fixed{{"environment", "test"}, {"team", "data"}};
    QCOMPARE(loki::labelText(loki::labelsOf(context, Level::Info, fixed)),
             std::string(R"({service_name="unknown_service",environment="test",level="info",)"
                         R"(team="data"})"));
    context.environment = "prod"; // the record knows better
    QCOMPARE(loki::labelText(loki::labelsOf(context, Level::Info, fixed)),
             std::string(R"({service_name="unknown_service",environment="prod",level="info",)"
                         R"(team="data"})"));
}

void TestLokiLabels::writesAndReadsAnyText()
{
    const Labels labels{{"a", "quote\" backslash\\ line\n tab\t nul-like\x01 ä€𝄞"}, {"b", "`}{,="}};
    const auto read = loki::parseLabels(loki::labelText(labels));
    QVERIFY(read);
    QVERIFY(*read == labels);
}

void TestLokiLabels::readsTextsOfOtherClients()
{
    const auto read = loki::parseLabels("{ job = \"a\\x41\\u00e4\\U0001D11E\" , host=`raw\\n`, }");
    QVERIFY(read);
    QVERIFY(*read == (Labels{{"job", "aAä𝄞"}, {"host", "raw\\n"}}));
    QVERIFY(loki::parseLabels("{}").has_value());
}

void TestLokiLabels::refusesMalformedTexts_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"", "{", "a=\"b\"", "{a}", "{a=b}", "{a=\"b}", "{a=\"b\"",
                             "{a=\"b\"}x", "{a.b=\"c\"}", "{1a=\"c\"}", "{a=\"b\" c=\"d\"}", "{,}",
                             "{a=\"\\q\"}", "{a=\"\\u12\"}", "{a=`b}", "{a=\"\\"})
        QTest::addRow("%s", text) << QByteArray(text);
}

void TestLokiLabels::refusesMalformedTexts()
{
    QFETCH(QByteArray, text);
    QVERIFY(!loki::parseLabels(text.toStdString()));
}

QTEST_GUILESS_MAIN(TestLokiLabels)
#include "tst_lokilabels.moc"
