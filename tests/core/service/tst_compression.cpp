// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/compression.h"

#include <QTest>

#include <zstd.h>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

QByteArray text()
{
    QByteArray bytes;
    for (int i = 0; i < 2000; ++i)
        bytes += "line " + QByteArray::number(i * 7919) + '\n';
    return bytes;
}

std::string_view view(const QByteArray &bytes)
{
    return {bytes.data(), static_cast<std::size_t>(bytes.size())};
}

QByteArray zlib(const QByteArray &bytes)
{
    // Qt writes nothing for nothing.
    return bytes.isEmpty() ? QByteArray::fromHex("789c030000000001") : qCompress(bytes).mid(4);
}

QByteArray raw(const QByteArray &bytes)
{
    const QByteArray framed = zlib(bytes);
    return framed.mid(2, framed.size() - 6);
}

QByteArray zstd(const QByteArray &bytes)
{
    QByteArray out(
        static_cast<qsizetype>(ZSTD_compressBound(static_cast<std::size_t>(bytes.size()))), '\0');
    out.truncate(static_cast<qsizetype>(
        ZSTD_compress(out.data(), static_cast<std::size_t>(out.size()), bytes.data(),
                      static_cast<std::size_t>(bytes.size()), 1)));
    return out;
}

QByteArray packed(const QByteArray &format, const QByteArray &bytes)
{
    if (format == "gzip")
        return gzip(view(bytes));
    if (format == "zlib")
        return zlib(bytes);
    if (format == "raw")
        return raw(bytes);
    return format == "zstd" ? zstdCompress(view(bytes)) : snappyCompress(view(bytes));
}

Decompressed unpacked(const QByteArray &format, const QByteArray &bytes, qsizetype limit)
{
    if (format == "gzip")
        return gunzip(bytes, limit);
    if (format == "zlib")
        return inflateZlib(bytes, limit);
    if (format == "raw")
        return inflateRaw(bytes, limit);
    return format == "zstd" ? zstdDecompress(bytes, limit) : snappyUncompress(bytes, limit);
}

void addFormats()
{
    QTest::addColumn<QByteArray>("format");
    for (const char *format : {"gzip", "zlib", "raw", "zstd", "snappy"})
        QTest::newRow(format) << QByteArray(format);
}

} // namespace

class TestCompression : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesBackWhatWentIn_data() { addFormats(); }
    void givesBackWhatWentIn();
    void stopsAtTheLimit_data() { addFormats(); }
    void stopsAtTheLimit();
    void refusesDamage_data() { addFormats(); }
    void refusesDamage();
    void readsJoinedMembers();
    void decodesContentEncodings_data();
    void decodesContentEncodings();
};

void TestCompression::givesBackWhatWentIn()
{
    QFETCH(QByteArray, format);
    for (const QByteArray &bytes : {text(), "x"_ba, ""_ba, QByteArray(3'000'000, 'a')}) {
        const Decompressed result = unpacked(format, packed(format, bytes), maxDecompressedBytes);
        QVERIFY2(result.has_value(), result ? "" : qPrintable(result.error().text));
        QCOMPARE(*result, bytes);
    }
}

void TestCompression::stopsAtTheLimit()
{
    QFETCH(QByteArray, format);
    const QByteArray bomb = packed(format, QByteArray(8'000'000, '\0'));
    QCOMPARE(unpacked(format, bomb, 8'000'000).value_or(QByteArray()).size(), 8'000'000);
    for (const qsizetype limit : {7'999'999, 100'000, 1, 0}) {
        const Decompressed result = unpacked(format, bomb, limit);
        QVERIFY(!result);
        QCOMPARE(result.error().status, 413);
    }
}

void TestCompression::refusesDamage()
{
    QFETCH(QByteArray, format);
    const QByteArray good = packed(format, text());
    QList<QByteArray> bad{"not compressed at all"_ba, ""_ba, good.left(good.size() / 2),
                          good.left(good.size() - 1), good + "more"};
    for (const QByteArray &bytes : bad) {
        const Decompressed result = unpacked(format, bytes, maxDecompressedBytes);
        QVERIFY2(!result, bytes.left(30).toHex().constData());
        QVERIFY(!result.error().text.isEmpty());
    }
    // Whatever the bytes say, it ends without a crash.
    for (qsizetype i = 0; i < good.size(); i += 7) {
        QByteArray flipped = good;
        flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
        const Decompressed result = unpacked(format, flipped, 1'000'000);
        QVERIFY(!result || result->size() <= 1'000'000);
    }
}

void TestCompression::readsJoinedMembers()
{
    QCOMPARE(gunzip(gzip("one ") + gzip("two")).value_or(QByteArray()), "one two"_ba);
    QCOMPARE(zstdDecompress(zstd("one ") + zstd("two")).value_or(QByteArray()), "one two"_ba);
    const QByteArray half(600, 'x');
    QCOMPARE(gunzip(gzip(view(half)) + gzip(view(half)), 1000).error().status, 413);
}

void TestCompression::decodesContentEncodings_data()
{
    QTest::addColumn<QByteArray>("encoding");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("rawOnly");
    QTest::addColumn<int>("status"); // 200: decoded
    const QByteArray bytes = text();
    QTest::newRow("none") << ""_ba << bytes << false << 200;
    QTest::newRow("identity") << "identity"_ba << bytes << false << 200;
    QTest::newRow("gzip") << "GZip"_ba << gzip(view(bytes)) << false << 200;
    QTest::newRow("x-gzip") << "x-gzip"_ba << gzip(view(bytes)) << false << 200;
    QTest::newRow("zstd") << "zstd"_ba << zstd(bytes) << false << 200;
    QTest::newRow("snappy") << "snappy"_ba << snappyCompress(view(bytes)) << false << 200;
    QTest::newRow("deflate as zlib") << "deflate"_ba << zlib(bytes) << false << 200;
    QTest::newRow("deflate, raw instead") << "deflate"_ba << raw(bytes) << false << 200;
    QTest::newRow("deflate, raw only") << "deflate"_ba << raw(bytes) << true << 200;
    QTest::newRow("zlib where raw is due") << "deflate"_ba << zlib(bytes) << true << 400;
    QTest::newRow("two encodings") << "deflate, gzip"_ba << gzip(view(zlib(bytes))) << false << 200;
    QTest::newRow("unknown") << "br"_ba << bytes << false << 415;
    QTest::newRow("a tower") << "gzip,gzip,gzip,gzip"_ba << bytes << false << 415;
    QTest::newRow("not what it says") << "gzip"_ba << bytes << false << 400;
}

void TestCompression::decodesContentEncodings()
{
    QFETCH(QByteArray, encoding);
    QFETCH(QByteArray, body);
    QFETCH(bool, rawOnly);
    QFETCH(int, status);
    const Decompressed result = decodeBody(body, encoding, rawOnly);
    QCOMPARE(result ? 200 : result.error().status, status);
    if (result)
        QCOMPARE(*result, text());
    QCOMPARE(decodeBody(body, encoding, rawOnly, 10).has_value(), false);
}

QTEST_GUILESS_MAIN(TestCompression)
#include "tst_compression.moc"
