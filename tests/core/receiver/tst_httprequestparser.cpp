// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/receiver/httprequestparser.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

//! What arrives in one read depends on the network; what is read must not.
class TestHttpRequestParser final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void pieces_data();
    void pieces();
};

void TestHttpRequestParser::pieces_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("body");
    const QByteArray head = "POST /a?b=c HTTP/1.1\r\nHost: localhost\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n"_ba;
    QTest::newRow("chunks") << head + "5;e=f\r\nhello\r\n4\r\n you\r\n0\r\nT: r\r\n\r\n"
                            << "hello you"_ba;
    // Beast asserts that the end of these comes in one piece, which is up to the client.
    QTest::newRow("no chunks") << head + "0\r\n\r\n"
                               << ""_ba;
    QTest::newRow("no chunks, but a trailer") << head + "0\r\nT: r\r\n\r\n"
                                              << ""_ba;
}

void TestHttpRequestParser::pieces()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, body);
    using Result = HttpRequestParser::Result;
    for (qsizetype size = 1; size <= bytes.size(); ++size) {
        HttpRequestParser parser(16'384);
        QByteArray input;
        Result result = Result::NeedsMore;
        for (qsizetype i = 0; i < bytes.size(); i += size) {
            input += bytes.mid(i, size);
            result = parser.parse(input);
            if (result == Result::HeaderIsThere) {
                QCOMPARE(parser.head().url, QUrl(u"/a?b=c"_s));
                QVERIFY(parser.isChunked());
                parser.expectChunkedBody(100);
                result = parser.parse(input);
            }
        }
        QVERIFY2(result == Result::BodyIsThere, qPrintable(QString::number(size)));
        QCOMPARE(parser.takeBody(), body);
        QVERIFY(input.isEmpty());
    }
}

QTEST_GUILESS_MAIN(TestHttpRequestParser)
#include "tst_httprequestparser.moc"
