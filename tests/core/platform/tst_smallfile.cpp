// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/smallfile.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace trace;

class TestSmallFile final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAFile();
    void refusesWithoutWaiting_data();
    void refusesWithoutWaiting();
    void saysThatNoneIsThere();

private:
    QTemporaryDir m_folder;
    [[nodiscard]] QString write(const QByteArray &content) const
    {
        QFile file(m_folder.filePath(u"file"_s));
        return file.open(QIODevice::WriteOnly) && file.write(content) == content.size()
                   ? file.fileName()
                   : QString();
    }
};

void TestSmallFile::readsAFile()
{
    QCOMPARE(readSmallFile(write("12345"), 5).value(), "12345"_ba);
    QCOMPARE(readSmallFile(write(""), 5).value(), ""_ba);
    // Its size is said to be 0.
    QVERIFY(!readSmallFile(u"/proc/self/status"_s, 1 << 20).value().isEmpty());
}

void TestSmallFile::refusesWithoutWaiting_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("told");
    const QString pipe = m_folder.filePath(u"pipe"_s);
    ::mkfifo(QFile::encodeName(pipe).constData(), 0600);
    QTest::newRow("pipe") << pipe << u"is a pipe"_s;
    QTest::newRow("folder") << m_folder.path() << u"is a folder"_s;
    QTest::newRow("device") << u"/dev/zero"_s << u"is a device"_s;
    QTest::newRow("empty device") << u"/dev/null"_s << u"is a device"_s;
    QTest::newRow("large") << write(QByteArray(11, 'x')) << u"too large"_s;
    QTest::newRow("large, of no size") << u"/proc/self/status"_s << u"too large"_s;
}

void TestSmallFile::refusesWithoutWaiting()
{
    QFETCH(QString, path);
    QFETCH(QString, told);
    const auto content = readSmallFile(path, 10);
    QVERIFY(!content);
    QVERIFY(!content.error().isMissing);
    QVERIFY2(content.error().text.contains(told), qPrintable(content.error().text));
}

void TestSmallFile::saysThatNoneIsThere()
{
    QVERIFY(readSmallFile(m_folder.filePath(u"no/such"_s), 10).error().isMissing);
}

QTEST_GUILESS_MAIN(TestSmallFile)
#include "tst_smallfile.moc"
