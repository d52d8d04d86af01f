// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/practice/idcounter.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace trace;

class TstIdCounter final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void idsAreCounted_data();
    void idsAreCounted();
};

void TstIdCounter::idsAreCounted_data()
{
    QTest::addColumn<QByteArrayList>("metadata");
    QTest::addColumn<QByteArray>("json");
    const auto json = [](const char *distinct, const char *minimum, const char *maximum,
                         const char *missing, const char *duplicates) -> QByteArray {
        return QByteArray(R"({"distinct":)") + distinct + R"(,"minimum":)" + minimum +
               R"(,"maximum":)" + maximum + R"(,"missing":)" + missing + R"(,"duplicates":)" +
               duplicates + "}\n";
    };
    QTest::newRow("nothing") << QByteArrayList{} << json("0", "null", "null", "0", "0");
    QTest::newRow("numbers and digits in strings")
        << QByteArrayList{R"({"id":1})", R"({"a":"b","id":"2"})", R"({"id":3,"z":4})"}
        << json("3", "1", "3", "0", "0");
    QTest::newRow("gaps and repetitions")
        << QByteArrayList{R"({"id":7})", R"({"id":3})", R"({"id":7})", R"({"id":7})"}
        << json("2", "3", "7", "3", "2");
    QTest::newRow("what is no id") << QByteArrayList{"",
                                                     "{}",
                                                     R"({"id":"x1"})",
                                                     R"({"id":1.5})",
                                                     R"({"idx":3})",
                                                     R"({"x":"\"id\":9"})",
                                                     R"({"id":null})",
                                                     R"({"id":99999999999999999999})"}
                                   << json("0", "null", "null", "0", "0");
    QTest::newRow("ids outside the usual range")
        << QByteArrayList{R"({"id":-1})", R"({"id":50000001})", R"({"id":-1})"}
        << json("2", "-1", "50000001", "50000001", "1");
    QTest::newRow("the extremes") << QByteArrayList{R"({"id":-9223372036854775808})",
                                                    R"({"id":9223372036854775806})"}
                                  << json("2", "-9223372036854775808", "9223372036854775806",
                                          "18446744073709551613", "0");
}

void TstIdCounter::idsAreCounted()
{
    QFETCH(QByteArrayList, metadata);
    IdCounter ids("id"_ba);
    for (const QByteArray &text : metadata)
        ids.add({text.constData(), std::size_t(text.size())});
    QTEST(ids.toJson(), "json");
}

QTEST_GUILESS_MAIN(TstIdCounter)
#include "tst_idcounter.moc"
