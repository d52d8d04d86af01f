// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/secretfinder.h"

#include <QTest>
#include <QUrl>

#include <ctime>
#include <limits>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

const QByteArray key = "Xq7+hunter/2\"Zk=9&\\w\xC3\xA4_~Pz4"_ba;

QByteArray escaped(const QByteArray &text, const char *format)
{
    QByteArray out;
    for (const char c : text)
        out +=
            QByteArray::fromStdString(QString::asprintf(format, unsigned(uchar(c))).toStdString());
    return out;
}

QByteArray jsonString(QByteArray text)
{
    return text.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/");
}

} // namespace

class TestSecretFinder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsEachWayOfWriting_data();
    void findsEachWayOfWriting();
    void findsItInBase64OfMore();
    void findsItEncodedTwice_data();
    void findsItEncodedTwice();
    void findsAKeyThatLooksEscaped_data();
    void findsAKeyThatLooksEscaped();
    void pieces_data();
    void pieces();
    void leavesTheRest_data();
    void leavesTheRest();
    void masksAllOfIt();
    void findsItAnywhere();
    void takesTimeByTheSizeOfTheText();
};

void TestSecretFinder::findsEachWayOfWriting_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("plain") << key;
    QTest::newRow("lower case") << key.toLower();
    QTest::newRow("upper case") << key.toUpper();
    QTest::newRow("JSON") << jsonString(key);
    QTest::newRow("JSON in JSON") << jsonString(jsonString(key));
    QTest::newRow("JSON in JSON in JSON") << jsonString(jsonString(jsonString(key)));
    QTest::newRow("JSON, each character")
        << escaped(QByteArray(key).replace("\xC3\xA4", "\xE4"), "\\u%04x");
    QTest::newRow("JSON, each character, upper case")
        << escaped(QByteArray(key).replace("\xC3\xA4", "\xE4"), "\\u%04X");
    QTest::newRow("JSON, some characters")
        << QByteArray(key).replace("+", "\\u002b").replace("\"", "\\\"").replace("\\w", "\\\\w");
    QTest::newRow("URL") << key.toPercentEncoding();
    QTest::newRow("URL, lower case") << key.toPercentEncoding().toLower();
    QTest::newRow("URL, each byte") << escaped(key, "%%%02X");
    QTest::newRow("URL, twice") << key.toPercentEncoding().toPercentEncoding();
    QTest::newRow("URL in JSON") << jsonString(key.toPercentEncoding());
    QTest::newRow("HTML") << QByteArray(key).replace("&", "&amp;").replace("\"", "&quot;");
    QTest::newRow("HTML, numbers") << QByteArray(key).replace("&", "&#38;").replace("\"", "&#x22;");
    QTest::newRow("HTML, numbers without an end")
        << escaped(QByteArray(key).replace("\xC3\xA4", "\xE4"), "&#%u");
    QTest::newRow("hexadecimal with blanks") << key.toHex(' ');
    QTest::newRow("hexadecimal with colons") << key.toHex(':').toUpper();
    QTest::newRow("hexadecimal with dashes") << key.toHex('-');
    QTest::newRow("hexadecimal with 0x") << escaped(key, " 0x%02x").trimmed();
    QTest::newRow("hexadecimal with 0x and commas") << escaped(key, ",0x%02x").mid(1);
    QTest::newRow("hexadecimal of C") << escaped(key, ", 0x%02X").mid(2);
    QTest::newRow("hexadecimal") << key.toHex();
    QTest::newRow("hexadecimal, upper case") << key.toHex().toUpper();
    QTest::newRow("base64") << key.toBase64();
    QTest::newRow("base64 without padding") << key.toBase64(QByteArray::OmitTrailingEquals);
    QTest::newRow("base64 of URLs") << key.toBase64(QByteArray::Base64UrlEncoding);
    QTest::newRow("base64 in JSON") << jsonString(key.toBase64());
    QTest::newRow("base64 in a URL") << key.toBase64().toPercentEncoding();
}

void TestSecretFinder::findsEachWayOfWriting()
{
    QFETCH(QByteArray, text);
    for (const auto mode : {SecretFinder::Mode::Whole, SecretFinder::Mode::Pieces}) {
        const SecretFinder finder({{key}}, mode);
        QCOMPARE(finder.masked("{\"got\": \"" + text + "\", \"n\": 1}"),
                 "{\"got\": \"***\", \"n\": 1}"_ba);
        QCOMPARE(finder.masked(text), "***"_ba);
        QCOMPARE(finder.masked("a%20b & c\\n" + text + "!"), "a%20b & c\\n***!"_ba);
    }
}

void TestSecretFinder::findsItInBase64OfMore()
{
    const SecretFinder finder({{key}}, SecretFinder::Mode::Whole);
    for (const QByteArray &before : {""_ba, "u:"_ba, "user:"_ba, "name:"_ba}) {
        for (const QByteArray &behind : {""_ba, "1"_ba, "12"_ba, "123"_ba}) {
            const QByteArray text = (before + key + behind).toBase64();
            const QByteArray masked = finder.masked("Basic " + text + '.');
            QVERIFY2(masked.startsWith("Basic ") && masked.contains("***"), masked.constData());
            QVERIFY2(masked.size() < 24, masked.constData()); // nothing of the key is left
        }
    }
}

void TestSecretFinder::findsItEncodedTwice_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArray json = "{\"key\":\"" + jsonString(key) + "\"}";
    const QByteArray pair = "user:" + key;
    QTest::newRow("base64 of base64") << key.toBase64().toBase64();
    QTest::newRow("base64 of base64 of more") << ("Basic " + pair.toBase64()).toBase64();
    QTest::newRow("base64 of JSON") << json.toBase64();
    QTest::newRow("base64 of JSON, / as it is") << QByteArray(json).replace("\\/", "/").toBase64();
    QTest::newRow("base64 of a URL") << key.toPercentEncoding().toBase64();
    QTest::newRow("base64 of hexadecimal") << key.toHex().toBase64();
    QTest::newRow("hexadecimal of base64") << key.toBase64().toHex();
    QTest::newRow("hexadecimal of JSON") << json.toHex();
    QTest::newRow("hexadecimal of a URL") << key.toPercentEncoding().toHex();
}

void TestSecretFinder::findsItEncodedTwice()
{
    QFETCH(QByteArray, text);
    const SecretFinder finder({{key}}, SecretFinder::Mode::Pieces);
    const QByteArray masked = finder.masked("got " + text + '.');
    QVERIFY2(masked.startsWith("got ") && masked.contains("***"), masked.constData());
    QVERIFY2(masked.size() < 40, masked.constData()); // what stood around it, and no key
    QCOMPARE(
        finder.masked("got " + QByteArray("another text of this length").toBase64().toBase64()),
        "got " + QByteArray("another text of this length").toBase64().toBase64());
}

void TestSecretFinder::findsAKeyThatLooksEscaped_data()
{
    QTest::addColumn<QByteArray>("value");
    for (const char *value : {"Xq7\"a%2Dbc/d", "Xq7&a%252Dbc/d\\e", "Xq7/&amp;bc\"d<",
                              "Xq7/bc\\u0041d\"&", "Xq7/%41\\n\"&amp;quot;z"})
        QTest::newRow(value) << QByteArray(value);
}

void TestSecretFinder::findsAKeyThatLooksEscaped()
{
    QFETCH(QByteArray, value);
    const QByteArray html = QByteArray(value).replace("&", "&amp;").replace("\"", "&quot;");
    for (const auto mode : {SecretFinder::Mode::Whole, SecretFinder::Mode::Pieces}) {
        const SecretFinder finder({{value}}, mode);
        for (const QByteArray &text :
             {value, jsonString(value), jsonString(jsonString(value)), html,
              value.toPercentEncoding(), jsonString(html), jsonString(value).toPercentEncoding()})
            QCOMPARE(finder.masked("key x" + text + "y ends"), "key x***y ends"_ba);
    }
}

void TestSecretFinder::pieces_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("masked");
    const auto row = [](const char *text, const char *masked) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(masked);
    };
    row("key 0123456789abcdef is wrong", "key *** is wrong");
    row("key 01234567**** is wrong", "key ******* is wrong");
    row("key 0123456789... is wrong", "key ***... is wrong");
    row("key ****89abcdef is wrong", "key ******* is wrong");
    row("key 0123****cdef is wrong", "key 0123****cdef is wrong");
    row("number 10123456789", "number 10123456789"); // within a word
    row("number 89abcdefg", "number 89abcdefg");
    row("x0123456789aby", "x***y"); // no word has so much of it
    row("x456789abcdefy", "x***y");
    row("x0123456789ay", "x0123456789ay");
    row("the word s3cr, not s3cret", "the word ***, not s3cret");
    row("/services/T0123456/x", "/services/T0123456/x");
    row("/services/T0123456/B9876543", "***");
}

void TestSecretFinder::pieces()
{
    QFETCH(QByteArray, text);
    const SecretFinder finder({{"0123456789abcdef"_ba},
                               {"s3cr"_ba},
                               {"abc"_ba},
                               {"/services/T0123456/B9876543"_ba, false}},
                              SecretFinder::Mode::Pieces);
    QTEST(finder.masked(text), "masked");
}

void TestSecretFinder::leavesTheRest_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text :
         {"", "0", "01234567", "0123456789abcde", "the word s3cr", "%", "\\", "&", "%zz \\u12 &#;",
          "\\ud83d\\ude00 %F0%9F%98%80", "0123456789abcdeg", "&#", "&#x", "&#1", "&#xg;",
          "30:31:32:33:34:35:36:37:38:39", "0x30 0x31 0x32 0x33"})
        QTest::newRow(text) << QByteArray(text);
}

void TestSecretFinder::leavesTheRest()
{
    QFETCH(QByteArray, text);
    const SecretFinder finder({{"0123456789abcdef"_ba}, {"s3cr"_ba}, {""_ba}},
                              SecretFinder::Mode::Whole);
    std::string out = "untouched";
    QVERIFY(!finder.mask(text.toStdString(), out));
    QCOMPARE(out, std::string("untouched"));
    QVERIFY(!SecretFinder({}, SecretFinder::Mode::Pieces).isIn(text.toStdString()));
}

void TestSecretFinder::masksAllOfIt()
{
    const SecretFinder finder({{"name:password1"_ba}, {"password1"_ba}, {"secret2"_ba}},
                              SecretFinder::Mode::Whole);
    QCOMPARE(finder.masked("name:password1, password1 secret2secret2 %73ecret2"_ba),
             "***, *** *** ***"_ba);
    QCOMPARE(finder.masked(u"größe password1 ñ"_s), u"größe *** ñ"_s);
}

void TestSecretFinder::findsItAnywhere()
{
    const QByteArray letters = "Kd+8z/Qw_3fR-x1vT7sLmB0pYcN5uHgA2jE";
    for (qsizetype size = 6; size <= letters.size(); ++size) {
        const QByteArray secret = letters.first(size);
        const SecretFinder finder({{secret}, {"another-one-beside-it"_ba}},
                                  SecretFinder::Mode::Whole);
        for (qsizetype before = 0; before < 64; ++before) {
            for (const qsizetype after : {0, 1, 40}) {
                const auto among = [&](const QByteArray &text) {
                    return QByteArray(before, '.') + text + QByteArray(after, '.');
                };
                QCOMPARE(finder.masked(among(secret)), among("***"));
                QCOMPARE(finder.masked(among(secret.toHex())), among("***"));
            }
        }
    }
}

// Of sixteen times as much, by far less than 256 times the time.
void TestSecretFinder::takesTimeByTheSizeOfTheText()
{
    const SecretFinder finder({{key}, {"0123456789abcdef"_ba}, {"name:password1"_ba}},
                              SecretFinder::Mode::Pieces);
    const auto timeFor = [&](const QByteArray &part, qsizetype size) {
        const QByteArray text = part.repeated(size / part.size());
        double best = std::numeric_limits<double>::max();
        for (int i = 0; i < 5; ++i) {
            const std::clock_t start = std::clock(); // of this process only
            std::ignore = finder.isIn(text.toStdString());
            best = std::min(best, double(std::clock() - start) / CLOCKS_PER_SEC);
        }
        return best;
    };
    constexpr qsizetype megabyte = 1 << 20;
    for (const QByteArray &part : {"words \\u0041nd %41 &amp; others, "_ba, "0123456789abcdeX"_ba,
                                   "\\\\\\\\"_ba, "%25252525"_ba}) {
        const double small = std::max(1e-4, timeFor(part, megabyte / 4));
        const double large = timeFor(part, megabyte * 4);
        qInfo("%s: %.1f ms for 4 MiB", part.constData(), large * 1e3);
        QVERIFY2(large < 64 * small, part.constData());
    }
}

QTEST_GUILESS_MAIN(TestSecretFinder)
#include "tst_secretfinder.moc"
