// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/practice/faultscript.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace trace;

class TstFaultScript final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void textBecomesFaults_data();
    void textBecomesFaults();
    void wrongTextIsExplained_data();
    void wrongTextIsExplained();
};

Q_DECLARE_METATYPE(QList<trace::Fault>)

void TstFaultScript::textBecomesFaults_data()
{
    using Kind = Fault::Kind;
    QTest::addColumn<QString>("text");
    QTest::addColumn<QList<Fault>>("faults");
    QTest::newRow("nothing") << QString() << QList<Fault>();
    QTest::newRow("always") << u"401"_s << QList<Fault>{{Kind::Status, 401, 1, {}, -1}};
    QTest::newRow("sometimes") << u"429:0.2"_s << QList<Fault>{{Kind::Status, 429, 0.2, {}, -1}};
    QTest::newRow("with a wait") << u"429:0.2:3"_s << QList<Fault>{{Kind::Status, 429, 0.2, {}, 3}};
    QTest::newRow("every kind, and the rest")
        << u"500:0.1, drop:0.05,lost:0.05,half:0.05,timeout:0.05,503"_s
        << QList<Fault>{{Kind::Status, 500, 0.1, {}, -1},   {Kind::Drop, 500, 0.05, {}, -1},
                        {Kind::Lost, 500, 0.05, {}, -1},    {Kind::Half, 500, 0.05, {}, -1},
                        {Kind::Timeout, 500, 0.05, {}, -1}, {Kind::Status, 503, 1, {}, -1}};
    QTest::newRow("reject") << u"reject=corrupt row"_s
                            << QList<Fault>{{Kind::Reject, 400, 1, u"corrupt row"_s, -1}};
    QTest::newRow("reject with a status")
        << u"reject=corrupt:413"_s << QList<Fault>{{Kind::Reject, 413, 1, u"corrupt"_s, -1}};
    QTest::newRow("reject a text with a colon")
        << u"reject=at 12:34"_s << QList<Fault>{{Kind::Reject, 400, 1, u"at 12:34"_s, -1}};
    QTest::newRow("all of it shared out") << u"500:0.7,drop:0.1,lost:0.2"_s
                                          << QList<Fault>{{Kind::Status, 500, 0.7, {}, -1},
                                                          {Kind::Drop, 500, 0.1, {}, -1},
                                                          {Kind::Lost, 500, 0.2, {}, -1}};
}

void TstFaultScript::textBecomesFaults()
{
    QFETCH(QString, text);
    const auto script = FaultScript::parse(text);
    QVERIFY2(script, script ? "" : qPrintable(script.error().message()));
    QTEST(script->faults, "faults");
}

void TstFaultScript::wrongTextIsExplained_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("part");
    QTest::newRow("unknown word") << u"500:0.1,explode"_s << u"\"explode\""_s;
    QTest::newRow("success is no fault") << u"200"_s << u"\"200\""_s;
    QTest::newRow("no status") << u"42"_s << u"\"42\""_s;
    QTest::newRow("empty part") << u"500:0.1,,401"_s << u"\"\""_s;
    QTest::newRow("probability above 1") << u"500:1.5"_s << u"\"1.5\""_s;
    QTest::newRow("negative probability") << u"drop:-0.1"_s << u"\"-0.1\""_s;
    QTest::newRow("probability that is no number") << u"500:often"_s << u"\"often\""_s;
    QTest::newRow("probability nan") << u"500:nan"_s << u"\"nan\""_s;
    QTest::newRow("wait that is no number") << u"429:0.5:soon"_s << u"\"soon\""_s;
    QTest::newRow("negative wait") << u"429:0.5:-3"_s << u"\"-3\""_s;
    QTest::newRow("wait for a drop") << u"drop:0.5:3"_s << u"\"drop:0.5:3\""_s;
    QTest::newRow("wait for half a connection") << u"half:0.5:3"_s << u"\"half:0.5:3\""_s;
    QTest::newRow("nothing to reject") << u"reject="_s << u"\"reject=\""_s;
    QTest::newRow("more than always") << u"500:0.6,drop:0.6"_s << u"add up"_s;
}

void TstFaultScript::wrongTextIsExplained()
{
    QFETCH(QString, text);
    QFETCH(QString, part);
    const auto script = FaultScript::parse(text);
    QVERIFY(!script);
    QVERIFY2(script.error().text.contains(part), qPrintable(script.error().text));
    QVERIFY(!script.error().action.isEmpty());
}

QTEST_GUILESS_MAIN(TstFaultScript)
#include "tst_faultscript.moc"
