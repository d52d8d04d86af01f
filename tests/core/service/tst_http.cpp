// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/http.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

class TestHttp : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsHeadersInAnyCase();
    void tellsEmptyFromAbsent();
    void replacesEveryHeaderOfTheName();
    void readsTheMediaType();
};

void TestHttp::findsHeadersInAnyCase()
{
    const HttpHeaders headers{{"content-TYPE", "a/b"}, {"Content-Type", "c/d"}};
    QCOMPARE(headerValue(headers, "Content-Type"), "a/b"_ba);
}

void TestHttp::tellsEmptyFromAbsent()
{
    const HttpHeaders headers{{"X-Empty", QByteArray()}};
    QVERIFY(!headerValue(headers, "x-empty").isNull());
    QVERIFY(headerValue(headers, "x-empty").isEmpty());
    QVERIFY(headerValue(headers, "x-absent").isNull());
}

void TestHttp::replacesEveryHeaderOfTheName()
{
    HttpHeaders headers{{"a", "1"}, {"B", "2"}, {"A", "3"}};
    setHeader(headers, "A", "4");
    setHeader(headers, "c", "5");
    QCOMPARE(headers, (HttpHeaders{{"A", "4"}, {"B", "2"}, {"c", "5"}}));
}

void TestHttp::readsTheMediaType()
{
    QCOMPARE(mediaType({{"Content-Type", " Application/JSON ; charset=utf-8"}}),
             "application/json"_ba);
    QCOMPARE(mediaType({{"Content-Type", "text/plain"}}), "text/plain"_ba);
    QVERIFY(mediaType({}).isEmpty());
}

QTEST_GUILESS_MAIN(TestHttp)
#include "tst_http.moc"
