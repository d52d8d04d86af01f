// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/privatefolder.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

class TestPrivateFolder : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void makesAllFoldersPrivate();
    void leavesWhatExistsAsItIs();
    void takesRelativePaths();
    void namesAFileInTheWay();
    void refusesAnEmptyName();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
};

namespace {

constexpr QFile::Permissions others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup |
                                      QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;

} // namespace

void TestPrivateFolder::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestPrivateFolder::makesAllFoldersPrivate()
{
    const QString path = m_folder->filePath(u"a/b/ünï"_s);
    QVERIFY(makePrivateFolder(path));
    for (const QString &folder : {u"a"_s, u"a/b"_s, u"a/b/ünï"_s}) {
        const QFileInfo info(m_folder->filePath(folder));
        QVERIFY(info.isDir());
        QVERIFY(!(info.permissions() & others));
        QVERIFY(info.isWritable());
    }
    QVERIFY(makePrivateFolder(path));
}

void TestPrivateFolder::leavesWhatExistsAsItIs()
{
    const QString path = m_folder->filePath(u"open"_s);
    QVERIFY(QDir().mkdir(path));
    QVERIFY(QFile::setPermissions(path, QFile::Permissions(0x7755)));
    QVERIFY(makePrivateFolder(path + u"/new"_s));
    QVERIFY(makePrivateFolder(path));
    QVERIFY(QFile::permissions(path) & QFile::ReadOther);
    QVERIFY(!(QFile::permissions(path + u"/new"_s) & others));
}

void TestPrivateFolder::takesRelativePaths()
{
    const QString before = QDir::currentPath();
    QVERIFY(QDir::setCurrent(m_folder->path()));
    const auto made = makePrivateFolder(u"./x/../y/"_s);
    QVERIFY(QDir::setCurrent(before));
    QVERIFY(made);
    QVERIFY(QFileInfo(m_folder->filePath(u"y"_s)).isDir());
}

void TestPrivateFolder::namesAFileInTheWay()
{
    QFile file(m_folder->filePath(u"file"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    for (const QString &path : {file.fileName(), file.fileName() + u"/below"_s}) {
        const auto made = makePrivateFolder(path);
        QVERIFY(!made);
        QVERIFY2(made.error().text.contains(file.fileName()), qPrintable(made.error().text));
        QVERIFY(made.error().text.contains(u"is a file"_s));
    }
    // Not even the superuser makes a folder there.
    const auto made = makePrivateFolder(u"/proc/trace-test/x"_s);
    QVERIFY(!made);
    QVERIFY2(made.error().text.contains(u"/proc/trace-test"_s), qPrintable(made.error().text));
    QVERIFY(!made.error().action.isEmpty());
}

void TestPrivateFolder::refusesAnEmptyName()
{
    QVERIFY(!makePrivateFolder(QString()));
}

QTEST_GUILESS_MAIN(TestPrivateFolder)
#include "tst_privatefolder.moc"
