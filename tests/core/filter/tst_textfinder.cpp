// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/filter/textfinder.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace trace;

class TestTextFinder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void agreesWithPlainSearch();
    void globs_data();
    void globs();
};

// Whatever the place in the text, its length and the case of letters.
void TestTextFinder::agreesWithPlainSearch()
{
    std::mt19937 random(7);
    const std::string letters = "abAB@`[{ _";
    const auto textOf = [&](std::size_t size) {
        std::string text(size, ' ');
        std::generate(text.begin(), text.end(), [&] { return letters[random() % letters.size()]; });
        return text;
    };
    const auto lower = [](std::string text) {
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
        return text;
    };
    for (int i = 0; i < 20'000; ++i) {
        const std::string text = textOf(random() % 70);
        const std::string word = textOf(random() % 5);
        const bool isThere = lower(text).find(lower(word)) != std::string::npos;
        const bool isThereAsWritten = text.find(word) != std::string::npos;
        QVERIFY2(TextFinder(word).isIn(text) == isThere, (word + " in " + text).c_str());
        QVERIFY2(TextFinder(word, true).isIn(text) == isThereAsWritten,
                 (word + " in " + text).c_str());
    }
}

void TestTextFinder::globs_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("pattern");
    QTest::addColumn<bool>("isMatch");
    QTest::newRow("star at the end") << QByteArray("etl-7") << QByteArray("ETL-*") << true;
    QTest::newRow("star in between") << QByteArray("a.b.c") << QByteArray("a*c") << true;
    QTest::newRow("star takes more") << QByteArray("aXbXc") << QByteArray("a*bXc") << true;
    QTest::newRow("several stars") << QByteArray("load-orders-eu") << QByteArray("*ord*eu") << true;
    QTest::newRow("one character") << QByteArray("a1") << QByteArray("a?") << true;
    QTest::newRow("one character of UTF-8") << QByteArray("a\xC3\xA9") << QByteArray("a?") << true;
    QTest::newRow("one character is missing") << QByteArray("a") << QByteArray("a?") << false;
    QTest::newRow("rest is left") << QByteArray("etl-7x") << QByteArray("etl-?") << false;
    QTest::newRow("empty text") << QByteArray("") << QByteArray("**") << true;
}

void TestTextFinder::globs()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, pattern);
    QTEST(globFolded(text.toStdString(), pattern.toStdString()), "isMatch");
}

QTEST_GUILESS_MAIN(TestTextFinder)
#include "tst_textfinder.moc"
