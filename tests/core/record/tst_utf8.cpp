// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/utf8.h"

#include <QTest>

using namespace trace;

class TestUtf8 : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void replacesWhatIsInvalid_data();
    void replacesWhatIsInvalid();
    void anyBytesBecomeUtf8();
};

void TestUtf8::replacesWhatIsInvalid_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("text");
    const QByteArray mark("\xEF\xBF\xBD");
    const QByteArray good("a\0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 11);
    QTest::newRow("empty") << QByteArray("") << QByteArray("");
    QTest::newRow("valid, with NUL and four lengths") << good << good;
    QTest::newRow("Latin-1") << QByteArray("caf\xE9 au lait") << "caf" + mark + " au lait";
    QTest::newRow("lone continuation") << QByteArray("\x80") << mark;
    QTest::newRow("overlong slash") << QByteArray("\xC0\xAF") << mark + mark;
    QTest::newRow("overlong of three") << QByteArray("\xE0\x80\xAF") << mark + mark + mark;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << mark + mark + mark;
    QTest::newRow("beyond U+10FFFF") << QByteArray("\xF4\x90\x80\x80") << mark + mark + mark + mark;
    QTest::newRow("cut character") << QByteArray("\xE2\x82") << mark;
    QTest::newRow("cut character, then text") << QByteArray("\xF0\x9F\x98x") << mark + "x";
    // The example of the Unicode Standard, table 3-8.
    QTest::newRow("maximal parts")
        << QByteArray("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64")
        << "a" + mark + mark + mark + "b" + mark + "c" + mark + mark + "d";
}

void TestUtf8::replacesWhatIsInvalid()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, text);
    QCOMPARE(QByteArray::fromStdString(toUtf8(bytes.toStdString())), text);
    QCOMPARE(isUtf8(bytes.toStdString()), bytes == text);
}

void TestUtf8::anyBytesBecomeUtf8()
{
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const std::string bytes{static_cast<char>(first), static_cast<char>(second), '\x80',
                                    'z'};
            const std::string text = toUtf8(bytes);
            QVERIFY(isUtf8(text));
            QVERIFY(text.ends_with('z'));
        }
    }
}

QTEST_GUILESS_MAIN(TestUtf8)
#include "tst_utf8.moc"
