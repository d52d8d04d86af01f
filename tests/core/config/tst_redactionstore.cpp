// SPDX-License-Identifier: GPL-3.0-or-later
// That redaction.json is followed, whatever becomes of the file and its folder.
#include "core/config/redactionstore.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

class TestRedactionStore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void followsTheFileEverywhere_data();
    void followsTheFileEverywhere();
};

namespace {

void write(const QString &folder, const QByteArray &content)
{
    QVERIFY(QDir().mkpath(folder));
    QFile file(redactionPath(folder));
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(content), content.size());
}

} // namespace

void TestRedactionStore::followsTheFileEverywhere_data()
{
    using Accident = std::function<void(const QString &folder)>;
    QTest::addColumn<Accident>("happen");
    QTest::newRow("overwritten") << Accident([](const QString &) {});
    QTest::newRow("removed") << Accident(
        [](const QString &folder) { QVERIFY(QFile::remove(redactionPath(folder))); });
    QTest::newRow("folder moved away") << Accident(
        [](const QString &folder) { QVERIFY(QDir().rename(folder, folder + u".away"_s)); });
    QTest::newRow("folder removed")
        << Accident([](const QString &folder) { QVERIFY(QDir(folder).removeRecursively()); });
}

void TestRedactionStore::followsTheFileEverywhere()
{
    using Accident = std::function<void(const QString &folder)>;
    QFETCH(Accident, happen);
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"config"_s);
    write(folder, R"({"version":1})");
    RedactionStore store(folder);
    QVERIFY(store.load());
    store.watch();
    const auto takesOver = [&] {
        write(folder, "rubbish");
        QTRY_VERIFY_WITH_TIMEOUT(!store.rules()->current(), patience);
        write(folder, R"({"version":1,"enabled":false})");
        QTRY_VERIFY_WITH_TIMEOUT(store.rules()->current(), patience);
    };
    takesOver();
    const QSignalSpy problems(&store, &RedactionStore::problemOccurred);
    happen(folder);
    if (!QFile::exists(redactionPath(folder)))
        QTRY_VERIFY_WITH_TIMEOUT(!problems.isEmpty(), patience);
    QVERIFY(store.rules()->current()); // what was in force stays so
    takesOver();
}

QTEST_GUILESS_MAIN(TestRedactionStore)
#include "tst_redactionstore.moc"
