// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/jsonrecordreader.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace trace;

//! No key of a record's metadata stands twice: who reads it as JSON would lose a value.
class TestDistinctKeys : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void namesEqualKeysApart_data();
    void namesEqualKeysApart();
    void namesManyApart();
};

void TestDistinctKeys::namesEqualKeysApart_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("metadata");
    const auto row = [](const char *what, const char *line, const char *metadata) {
        QTest::newRow(what) << QByteArray(line).replace('\'', '"')
                            << QByteArray(metadata).replace('\'', '"');
    };
    row("twice", "{'a':1,'a':2}", "{'a':1,'a_2':2}");
    row("often", "{'a':1,'b':0,'a':2,'a':3}", "{'a':1,'b':0,'a_2':2,'a_3':3}");
    row("beside the metadata", "{'a':1,'metadata':{'a':2}}", "{'a':1,'a_2':2}");
    row("in the metadata", "{'metadata':{'a':1,'a':2}}", "{'a':1,'a_2':2}");
    row("a field of another type beside it", "{'lineno':'x','metadata':{'lineno':'y'}}",
        "{'lineno':'x','lineno_2':'y'}");
    row("the name is taken", "{'a_2':0,'a':1,'a':2}", "{'a_2':0,'a':1,'a_3':2}");
    row("the name comes later", "{'a':1,'a':2,'a_2':3}", "{'a':1,'a_2':2,'a_2_2':3}");
    row("no key", "{'':1,'':2}", "{'':1,'_2':2}");
    row("alike", "{'axb':1,'ayb':2,'bxa':3}", "{'axb':1,'ayb':2,'bxa':3}");
}

void TestDistinctKeys::namesEqualKeysApart()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, metadata);
    JsonRecordReader reader;
    for (int i = 0; i < 2; ++i) { // the record before has no say
        const std::string_view text(line.constData(), std::size_t(line.size()));
        QCOMPARE(QByteArray::fromStdString(std::string(reader.readLine(text, 1).metadata)),
                 metadata);
    }
}

void TestDistinctKeys::namesManyApart()
{
    std::string line = "{\"a\":0";
    constexpr int count = 50'000;
    for (int i = 1; i < count; ++i)
        line += ",\"a\":0";
    JsonRecordReader reader;
    const std::string metadata(reader.readLine(line + '}', 1).metadata);
    QCOMPARE(QJsonDocument::fromJson(QByteArray::fromStdString(metadata)).object().size(), count);
}

QTEST_GUILESS_MAIN(TestDistinctKeys)
#include "tst_distinctkeys.moc"
