// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/service.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

QJsonArray entryOf(const std::string &metadata, const QString &compression, const QJsonObject &own)
{
    ServiceOptions options;
    options.url = QUrl(u"http://loki.example"_s);
    options.compression = compression;
    options.own = own;
    const auto service = makeService(u"grafana"_s, options).value();
    Record record;
    record.timestamp = 1;
    record.message = "m";
    record.metadata = metadata;
    const RecordView view = viewOf(record);
    const Plan plan = service->plan({&view, 1});
    // Of either format as JSON.
    const QString text = service->readable(plan.shares.at(0).request);
    const QJsonObject push = QJsonDocument::fromJson(text.toUtf8()).object();
    return push[u"streams"_s][0][u"values"_s][0].toArray();
}

//! JSON written with ' for ".
std::string quoted(const char *json)
{
    return QByteArray(json).replace('\'', '"').toStdString();
}

} // namespace

//! Each key of a record's metadata has a name in Loki that Loki takes, and no other key has.
class TestLokiNames : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesEachKeyItsName_data();
    void givesEachKeyItsName();
    void keepsClearOfLabels();
    void namesTheSameInTheLine();
    void givesManyEqualNames();
    void readsItsOwnPrefixes();
};

void TestLokiNames::givesEachKeyItsName_data()
{
    QTest::addColumn<QByteArray>("metadata");
    QTest::addColumn<QByteArray>("pairs");
    const auto row = [](const char *what, const char *metadata, const char *pairs) {
        QTest::newRow(what) << QByteArray::fromStdString(quoted(metadata))
                            << QByteArray::fromStdString(quoted(pairs));
    };
    row("plain", "{'a':1,'_b':2,'C3':'x'}", "{'a':'1','_b':'2','C3':'x'}");
    row("digits first", "{'2xx':1,'0':2}", "{'key_2xx':'1','key_0':'2'}");
    row("a digit first beside its name", "{'2xx':1,'key_2xx':2}",
        "{'key_2xx_2':'1','key_2xx':'2'}");
    row("dot and underscore", "{'a.b':1,'a_b':2}", "{'a_b_2':'1','a_b':'2'}");
    row("underscore and dot", "{'a_b':1,'a.b':2,'a-b':3}", "{'a_b':'1','a_b_2':'2','a_b_3':'3'}");
    row("a number that is taken", "{'a.b':1,'a_b':2,'a_b_2':3}",
        "{'a_b_3':'1','a_b':'2','a_b_2':'3'}");
    row("other alphabets", "{'имя':1,'год':2}", "{'key_______':'1','key________2':'2'}");
    row("Loki's own", "{'__error__':1,'__name__':2}", "{'key___error__':'1','key___name__':'2'}");
    row("no key", "{'':1,'_':2,' ':3}", "{'key_':'1','_':'2','key__':'3'}");
    row("equal keys", "{'a':1,'a':2,'b':3,'a':4}", "{'a':'1','a_2':'2','b':'3','a_3':'4'}");
    row("equal by escapes", "{'\\u0061':1,'a':2}", "{'a_2':'1','a':'2'}");
    row("our own", "{'run_id':1,'metadata_run_id':2,'run.id':3,'level':4}",
        "{'metadata_run_id':'1','metadata_metadata_run_id':'2','metadata_run_id_2':'3',"
        "'metadata_level':'4'}");
    row("of the same length and ends", "{'axb':1,'ayb':2,'azb':3}",
        "{'axb':'1','ayb':'2','azb':'3'}");
    row("keys in values are none", "{'a.b':{'a_b':1},'a':'a_b'}",
        "{'a_b':'{\\'a_b\\':1}','a':'a_b'}");
}

void TestLokiNames::givesEachKeyItsName()
{
    QFETCH(QByteArray, metadata);
    QFETCH(QByteArray, pairs);
    static const QRegularExpression name(u"^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$"_s);
    for (const QString &compression : {u"none"_s, u"snappy"_s}) {
        const QJsonArray entry = entryOf(metadata.toStdString(), compression, {});
        QCOMPARE(QJsonDocument(entry[2].toObject()).toJson(),
                 QJsonDocument::fromJson(pairs).toJson());
        const QStringList names = entry[2].toObject().keys();
        for (const QString &each : names)
            QVERIFY2(name.match(each).hasMatch(), qPrintable(each));
    }
}

void TestLokiNames::keepsClearOfLabels()
{
    const QJsonObject labels{{u"labels"_s, QJsonObject{{u"team"_s, u"data"_s}}}};
    for (const QString &compression : {u"none"_s, u"snappy"_s}) {
        const QJsonObject pairs =
            entryOf(R"({"team":"red","metadata_team":1,"te.am":2})", compression, labels)[2]
                .toObject();
        QCOMPARE(pairs, (QJsonObject{{u"metadata_team"_s, u"red"_s},
                                     {u"metadata_metadata_team"_s, u"1"_s},
                                     {u"te_am"_s, u"2"_s}}));
    }
}

void TestLokiNames::namesTheSameInTheLine()
{
    const QJsonObject off{{u"structured_metadata"_s, u"off"_s}};
    for (const QString &compression : {u"none"_s, u"snappy"_s}) {
        const QJsonArray entry = entryOf(R"({"2":1,"a.b":2,"a_b":3})", compression, off);
        QCOMPARE(entry[1].toString(), u"m key_2=1 a_b_2=2 a_b=3"_s);
    }
}

// However many are equal, it takes no time that grows faster than they do.
void TestLokiNames::givesManyEqualNames()
{
    std::string metadata = R"({"a b":0)";
    constexpr int count = 20'000;
    for (int i = 1; i < count; ++i)
        metadata += R"(,"a b":1)";
    const QString line = entryOf(metadata + '}', u"none"_s, {})[1].toString();
    QVERIFY(line.endsWith(u" a_b_%1=1"_s.arg(count)));
    QCOMPARE(line.count(u'='), count);
}

void TestLokiNames::readsItsOwnPrefixes()
{
    ServiceOptions options;
    options.url = QUrl(u"http://loki.example"_s);
    const auto service = makeService(u"grafana"_s, options).value();
    Record record;
    record.timestamp = 1;
    record.metadata = R"({"run_id":"a","metadata_run_id":"b","metadata_x":"c"})";
    const RecordView view = viewOf(record);
    std::string read;
    QVERIFY(service->decode(service->plan({&view, 1}).shares.at(0).request,
                            [&](const RecordView &back) { read = back.metadata; }));
    QCOMPARE(QByteArray::fromStdString(read), QByteArray::fromStdString(record.metadata));
}

QTEST_GUILESS_MAIN(TestLokiNames)
#include "tst_lokinames.moc"
