// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/receiver/recordfile.h"
#include "core/record/recordblock.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QStringEncoder>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

#include <future>
#include <thread>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

const QByteArray lines = "{\"level\":\"error\",\"message\":\"a\"}\nplain \xC3\xA9\n"
                         "{\"message\":\"c\"}\n"_ba;
const QByteArrayList messages{"a"_ba, "plain \xC3\xA9"_ba, "c"_ba};

struct Reading
{
    QByteArrayList messages{};
    std::optional<Error> error{};
};

Reading readingOf(const QString &path, FileKind kind = FileKind::Unknown)
{
    Reading reading;
    ReadSummary summary;
    RecordMasker masker;
    const auto done = readRecordFile(
        path,
        [&](RecordBlock block) {
            const auto reader = RecordBlockReader::open(block.data);
            QVERIFY(reader);
            for (const RecordView &record : reader->records())
                reading.messages.append(
                    QByteArray(record.message.data(), qsizetype(record.message.size())));
        },
        summary, masker, kind);
    if (!done)
        reading.error = done.error();
    return reading;
}

} // namespace

//! Files that are no lines of UTF-8.
class TstTextInput : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void unpacks_data();
    void unpacks();
    void keepsWhatCameBeforeTheDamage();
    void decodes_data();
    void decodes();
    void saysWhatIsNoText_data();
    void saysWhatIsNoText();
    void readsTextWithNuls();
    void readsOtherEncodingsAsText();
    void givesWhatAPipeHas();

private:
    QString write(const QString &name, const QByteArray &bytes) const
    {
        const QString path = m_folder.filePath(name);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            return {};
        return path;
    }

    const QTemporaryDir m_folder;
};

void TstTextInput::unpacks_data()
{
    QTest::addColumn<QString>("program");
    for (const char *program : {"gzip", "zstd", "xz", "bzip2", "lz4"})
        QTest::newRow(program) << QString::fromLatin1(program);
}

void TstTextInput::unpacks()
{
    QFETCH(QString, program);
    if (QStandardPaths::findExecutable(program).isEmpty())
        QSKIP("the program that packs is not here");
    const QString path = write(u"lines"_s, lines);
    QProcess packer;
    packer.start(program, {u"-c"_s, path});
    QVERIFY(packer.waitForFinished());
    const QByteArray packed = packer.readAllStandardOutput();
    QVERIFY(packed.size() > 10);
    const Reading once = readingOf(write(u"packed"_s, packed));
    QVERIFY(!once.error);
    QCOMPARE(once.messages, messages);
    // Rotated logs are put together as they are.
    // Many times what is read at once, packed and unpacked.
    QByteArray many;
    for (int i = 0; i < 100'000; ++i)
        many += "{\"message\":\"" + QByteArray::number(qHash(i, 1)) + "\"}\n";
    packer.start(program, {u"-c"_s, write(u"many"_s, many)});
    QVERIFY(packer.waitForFinished());
    const QByteArray manyPacked = packer.readAllStandardOutput();
    QVERIFY(manyPacked.size() > 500'000);
    const Reading all = readingOf(write(u"packed"_s, manyPacked));
    QVERIFY(!all.error);
    QCOMPARE(all.messages.size(), 100'000);
    for (int i = 0; i < 100'000; ++i)
        QCOMPARE(all.messages.at(i), QByteArray::number(qHash(i, 1)));
    packer.start(program, {u"-c"_s, write(u"none"_s, {})});
    QVERIFY(packer.waitForFinished());
    const Reading none = readingOf(write(u"packed"_s, packer.readAllStandardOutput()));
    QVERIFY2(!none.error, none.error ? qPrintable(none.error->text) : "");
    QCOMPARE(none.messages.size(), 0);
    const Reading twice = readingOf(write(u"packed"_s, packed + packed));
    QVERIFY(!twice.error);
    QCOMPARE(twice.messages, messages + messages);
}

void TstTextInput::keepsWhatCameBeforeTheDamage()
{
    if (QStandardPaths::findExecutable(u"gzip"_s).isEmpty())
        QSKIP("gzip is not here");
    QByteArray text;
    constexpr int count = 200'000;
    for (int i = 0; i < count; ++i)
        text += "{\"message\":\"" + QByteArray::number(i * 7919 % 100'003) + "\"}\n";
    QProcess packer;
    packer.start(u"gzip"_s, {u"-c"_s, write(u"many"_s, text)});
    QVERIFY(packer.waitForFinished());
    const QByteArray packed = packer.readAllStandardOutput();
    const Reading reading = readingOf(write(u"cut.gz"_s, packed.first(packed.size() / 2)));
    QVERIFY(reading.error);
    QVERIFY2(reading.error->text.contains(u"cut.gz"_s), qPrintable(reading.error->text));
    QVERIFY(reading.messages.size() > count / 3);
    QVERIFY(reading.messages.size() < count);
    QCOMPARE(reading.messages.at(count / 4), QByteArray::number(count / 4 * 7919 % 100'003));
}

void TstTextInput::decodes_data()
{
    QTest::addColumn<int>("encoding");
    QTest::newRow("UTF-16, low byte first") << int(QStringConverter::Utf16LE);
    QTest::newRow("UTF-16, high byte first") << int(QStringConverter::Utf16BE);
    QTest::newRow("UTF-32, low byte first") << int(QStringConverter::Utf32LE);
    QTest::newRow("UTF-32, high byte first") << int(QStringConverter::Utf32BE);
    QTest::newRow("UTF-8") << int(QStringConverter::Utf8);
}

void TstTextInput::decodes()
{
    QFETCH(int, encoding);
    QStringEncoder encoder(static_cast<QStringConverter::Encoding>(encoding),
                           QStringConverter::Flag::WriteBom);
    const Reading reading = readingOf(write(u"text"_s, encoder(QString::fromUtf8(lines))));
    QVERIFY(!reading.error);
    QCOMPARE(reading.messages, messages);
}

void TstTextInput::saysWhatIsNoText_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("word");
    QTest::newRow("ZIP") << QByteArray("PK\x03\x04 and more") << u"ZIP"_s;
    QTest::newRow("PNG") << QByteArray("\x89PNG\r\n\x1a\n") << u"PNG"_s;
    QTest::newRow("PDF") << "%PDF-1.7\n"_ba << u"PDF"_s;
    QTest::newRow("SQLite") << QByteArray("SQLite format 3\0 x", 18) << u"SQLite"_s;
    QTest::newRow("program") << QByteArray("\x7f" "ELF\2\1\1") << u"ELF"_s;
    QTest::newRow("tar") << QByteArray(257, 'a') + "ustar\0" << u"tar"_s;
    QByteArray noise;
    for (unsigned i = 0, state = 1; i < 5000; ++i) {
        state = state * 1'103'515'245U + 12'345U;
        noise += char(state >> 16U);
    }
    QTest::newRow("noise") << "x"_ba + noise << u"binary"_s;
}

void TstTextInput::saysWhatIsNoText()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, word);
    const QString path = write(u"file"_s, bytes);
    const Reading reading = readingOf(path);
    QVERIFY(reading.error);
    QCOMPARE(reading.messages.size(), 0);
    QVERIFY2(reading.error->text.contains(word), qPrintable(reading.error->text));
    QVERIFY(reading.error->text.contains(path));
    const Reading asText = readingOf(path, FileKind::Text);
    QVERIFY(!asText.error);
    QVERIFY(!asText.messages.isEmpty());
}

//! What stands where a log was cut, and in it.
void TstTextInput::readsTextWithNuls()
{
    const Reading reading = readingOf(
        write(u"nuls"_s, QByteArray("ERROR: a\0b\n\0\0{\"message\":\"x\"}\0\n", 29)));
    QVERIFY2(!reading.error, reading.error ? qPrintable(reading.error->text) : "");
    QCOMPARE(reading.messages.size(), 2);
    QCOMPARE(reading.messages.at(1), "x"_ba);
    const QByteArray wide("E\0R\0R\0O\0R\0\n\0", 12);
    QVERIFY(readingOf(write(u"wide"_s, wide)).error);
}

//! Latin-1, KOI8-R or Shift JIS without a mark: text, whose bytes are replaced.
void TstTextInput::readsOtherEncodingsAsText()
{
    const Reading reading = readingOf(
        write(u"koi8"_s, "\xf0\xf2\xe9\xf7\xe5\xf4 \xed\xe9\xf2\n\xf0\xf2\xe9\xf7\xe5\xf4\n"_ba));
    QVERIFY(!reading.error);
    QCOMPARE(reading.messages.size(), 2);
}

//! What stands in a pipe goes out at once, though more may come.
void TstTextInput::givesWhatAPipeHas()
{
    const QString path = m_folder.filePath(u"pipe"_s);
    QCOMPARE(::mkfifo(path.toLocal8Bit().constData(), 0600), 0);
    std::promise<void> seen;
    std::thread writer([&] {
        QFile pipe(path);
        if (!pipe.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
            return;
        pipe.write("first\n");
        const bool isSoon =
            seen.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready;
        pipe.write(isSoon ? "second\n" : "too late\n");
    });
    ReadSummary summary;
    QByteArrayList read;
    const auto done = readRecordFile(
        path,
        [&](RecordBlock block) {
            const auto reader = RecordBlockReader::open(block.data);
            for (const RecordView &record : reader->records())
                read.append(QByteArray(record.message.data(), qsizetype(record.message.size())));
            if (read.size() == 1)
                seen.set_value();
        },
        summary);
    writer.join();
    QVERIFY(done);
    QCOMPARE(read, (QByteArrayList{"first"_ba, "second"_ba}));
}

QTEST_GUILESS_MAIN(TstTextInput)
#include "tst_textinput.moc"
