// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/filter/filter.h"

#include <QTest>

#include <random>

using namespace trace;
using namespace Qt::StringLiterals;

class TestFilterProblem : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
    void anyTextIsReadOrRefused();
};

void TestFilterProblem::saysWhatIsWrong_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("position");
    QTest::addColumn<int>("length");
    QTest::addColumn<QString>("found");
    QTest::addColumn<QString>("allowed");
    const auto row = [](const char *text, int position, int length, const char *found,
                        const char *allowed) {
        QTest::newRow(text) << QString::fromUtf8(text) << position << length
                            << QString::fromUtf8(found) << QString::fromUtf8(allowed);
    };
    row("levl:warn", 0, 4, "unknown field \"levl\"", "Did you mean level?");
    row("a xyzzy:1", 2, 5, "unknown field \"xyzzy\"", "put it in quotes");
    row("run>5", 0, 3, "run has no order", "Use : = != or ~.");
    row("line~4", 0, 4, "line is no text", "Use : = !=");
    row("(a", 0, 1, "\"(\" is not closed", "missing \")\"");
    row("a)", 1, 1, "\")\" closes nothing", "quote");
    row("()", 1, 1, "\")\" stands where a condition should", "Expected is a word");
    row("a OR", 4, 0, "the filter ends too early", "Expected");
    row("OR a", 0, 2, "nothing stands before \"OR\"", "quotes");
    row("a AND OR b", 6, 2, "nothing stands before \"OR\"", "quotes");
    row("NOT", 3, 0, "the filter ends too early", "Expected");
    row("run:", 4, 0, "run has no value", "run:value");
    row("run: x", 4, 0, "run has no value", "directly behind");
    row("level:loud", 6, 4, "\"loud\" is no level", "debug, info, warning, error and critical");
    row("level:(error loud)", 13, 4, "\"loud\" is no level", "critical");
    row("level:()", 6, 2, "the list of level is empty", "level:(error,critical)");
    row("level:(error", 6, 1, "the list of level is not closed", "missing \")\"");
    row("line>(1 2)", 8, 1, "a list cannot be compared", "one value");
    row("dur>fast", 4, 4, "\"fast\" is no value of dur", "250ms");
    row("mem>5bit", 4, 4, "\"5bit\" is no value of mem", "512MB");
    row("line:abc", 5, 3, "\"abc\" is no value of line", "number");
    row("meta.rows>many", 10, 4, "\"many\" is no value of meta.rows", "number");
    row("meta:x", 0, 4, "the key of the metadata is missing", "meta.key");
    row("time:noon", 5, 4, "\"noon\" is no time", "2024-05-01T12:00");
    row("time>=2024-13-01", 6, 10, "is no time", "2024-05-01");
    row("since:soon", 6, 4, "\"soon\" is no time", "15m");
    row("since>15m", 0, 5, "since takes only a value", "since:value");
    row("mode:loud", 5, 4, "\"loud\" is no mode", "stdout and stderr");
    row("has:levl", 4, 4, "no field of a record", "has:trace");
    row("has:since", 4, 5, "no field of a record", "has:trace");
    row("/(/", 0, 3, "the regular expression is wrong", "RE2");
    row("msg~\"a(?=b)\"", 4, 8, "the regular expression is wrong", "RE2");
    row("\"open", 0, 5, "the quoted text does not end", "missing quote");
    row("is:failed", 0, 2, "is is not known here", "Only the console");
    row("dest:loki", 0, 4, "dest is not known here", "Only the console");
    row("root:x", 0, 4, "root is not known here", "Only the console");
    row("run:\"a\"b)", 8, 1, "closes nothing", "Remove");
}

void TestFilterProblem::saysWhatIsWrong()
{
    QFETCH(QString, text);
    QFETCH(int, position);
    QFETCH(QString, found);
    QFETCH(QString, allowed);
    const auto problem = Filter::problemIn(text);
    QVERIFY(problem);
    QVERIFY2(problem->text.contains(found), qPrintable(problem->text));
    QVERIFY2(problem->action.contains(allowed), qPrintable(problem->action));
    QCOMPARE(problem->position, position);
    QTEST(int(problem->length), "length");
    const auto filter = Filter::parse(text);
    QVERIFY(!filter);
    QVERIFY2(filter.error().text.startsWith(u"position %1: "_s.arg(position + 1)),
             qPrintable(filter.error().text));
    QVERIFY(filter.error().text.contains(found));
    QCOMPARE(filter.error().action, problem->action);
}

void TestFilterProblem::anyTextIsReadOrRefused()
{
    const QStringList words{u"("_s,
                            u")"_s,
                            u"\""_s,
                            u"/"_s,
                            u"-"_s,
                            u"!"_s,
                            u" "_s,
                            u"OR"_s,
                            u" OR "_s,
                            u"NOT "_s,
                            u"run:"_s,
                            u"level>="_s,
                            u"dur"_s,
                            u":"_s,
                            u"~"_s,
                            u"meta.a"_s,
                            u".."_s,
                            u"*"_s,
                            u"\\"_s,
                            u"time:"_s,
                            u"é"_s,
                            u"9999-12-31"_s,
                            u"now-99999999w"_s,
                            u"1e999"_s,
                            u"tag:("_s,
                            u","_s,
                            QString(QChar(0xD800)),
                            QString(QChar(0))};
    std::mt19937 random(11);
    Record record;
    record.message = "retry 3";
    record.metadata = "{\"a\":1}";
    int good = 0;
    int matched = 0;
    for (int i = 0; i < 30'000; ++i) {
        QString text;
        for (unsigned n = random() % 9; n > 0; --n)
            text += words[qsizetype(random() % unsigned(words.size()))];
        const auto filter = Filter::parse(text);
        if (filter) {
            ++good;
            matched += filter->matches(viewOf(record)) + filter->matches(RecordView());
            continue;
        }
        const auto problem = Filter::problemIn(text);
        QVERIFY(problem && problem->position >= 0 && problem->length >= 0);
        QVERIFY2(problem->position + problem->length <= text.size(), qPrintable(text));
        QVERIFY(!problem->text.isEmpty() && !problem->action.isEmpty());
    }
    QVERIFY(good > 1000 && matched > 100);
    for (const QString &part :
         {u"("_s, u"-"_s, u"NOT "_s, u"-("_s, u"a OR "_s, u"a "_s, u"x:("_s}) {
        const auto deep = Filter::parse(part.repeated(Filter::maxLength / part.size()));
        if (deep)
            matched += deep->matches(viewOf(record));
        QVERIFY(!Filter::parse(part.repeated(Filter::maxLength)));
    }
}

QTEST_GUILESS_MAIN(TestFilterProblem)
#include "tst_filterproblem.moc"
