// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/endpointstore.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <functional>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

Endpoint endpointNamed(const QString &name)
{
    Endpoint endpoint = adHocEndpoint(u"generic"_s, QUrl(u"http://localhost:9/in"_s));
    endpoint.id = u"name:"_s + name;
    endpoint.name = name;
    return endpoint;
}

} // namespace

//! What EndpointStore makes of a file that changes, or goes, while a program runs.
class TestEndpointWatch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void reportsChanges();
    void reportsAFileThatAppearsAndGoes();
    void keepsWhatIsInForce_data();
    void keepsWhatIsInForce();
    void followsALink();
    void aValidListWithoutEndpointsIsAChange();
    void reportsWhatChangedBeforeItWatched();
    void reportsProblemsAndTheirEnd();
    void keepsQuietWithoutChange();

private:
    void write(const QByteArray &content) const;
    // As editors do: another file takes the name.
    void replace(const QByteArray &content) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void TestEndpointWatch::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(u"endpoints.json"_s);
}

void TestEndpointWatch::write(const QByteArray &content) const
{
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

void TestEndpointWatch::replace(const QByteArray &content) const
{
    QFile file(m_path + u".new"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
    file.close();
    QVERIFY(std::rename(QFile::encodeName(file.fileName()).constData(),
                        QFile::encodeName(m_path).constData()) == 0);
}

void TestEndpointWatch::reportsChanges()
{
    EndpointStore store(m_folder->path());
    QVERIFY(store.save({endpointNamed(u"a"_s)}));
    store.watch();
    QSignalSpy changed(&store, &EndpointStore::changed);
    // Twice: the second time the watched file is another one.
    for (const QString &name : {u"b"_s, u"c"_s}) {
        replace(endpointsToJson({endpointNamed(name)}));
        QVERIFY(changed.wait(patience));
        QCOMPARE(changed.last().first().value<QList<Endpoint>>().first().name, name);
    }
    write(endpointsToJson({endpointNamed(u"d"_s)}));
    QTRY_COMPARE(changed.last().first().value<QList<Endpoint>>().first().name, u"d"_s);
}

void TestEndpointWatch::reportsAFileThatAppearsAndGoes()
{
    EndpointStore store(m_folder->filePath(u"later"_s));
    QVERIFY(store.load());
    store.watch();
    QSignalSpy changed(&store, &EndpointStore::changed);
    m_path = store.path();
    replace(endpointsToJson({endpointNamed(u"a"_s)}));
    QVERIFY(changed.wait(patience));
    QSignalSpy problem(&store, &EndpointStore::problemOccurred);
    QVERIFY(QFile::remove(m_path));
    QVERIFY(problem.wait(patience));
    QVERIFY(problem.first().first().value<Error>().text.contains(m_path));
    replace(endpointsToJson({endpointNamed(u"b"_s)}));
    QVERIFY(changed.wait(patience));
    QCOMPARE(changed.last().first().value<QList<Endpoint>>().first().name, u"b"_s);
    QCOMPARE(changed.size(), 2);
}

void TestEndpointWatch::keepsWhatIsInForce_data()
{
    using Accident = std::function<void(const QString &folder)>;
    const auto overwrite = [](const QByteArray &content) -> Accident {
        return [content](const QString &folder) {
            QFile file(folder + u"/endpoints.json"_s);
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
            QCOMPARE(file.write(content), content.size());
        };
    };
    QTest::addColumn<Accident>("happen");
    QTest::newRow("removed") << Accident(
        [](const QString &folder) { QVERIFY(QFile::remove(folder + u"/endpoints.json"_s)); });
    QTest::newRow("emptied") << overwrite("");
    QTest::newRow("blank") << overwrite(" \n\n");
    QTest::newRow("rubbish") << overwrite("\x7f\x45LF");
    QTest::newRow("folder moved away") << Accident(
        [](const QString &folder) { QVERIFY(QDir().rename(folder, folder + u".away"_s)); });
    QTest::newRow("folder removed and made again") << Accident([](const QString &folder) {
        QVERIFY(QDir(folder).removeRecursively());
        QVERIFY(QDir().mkpath(folder));
    });
    QTest::newRow("a link to nowhere") << Accident([](const QString &folder) {
        QVERIFY(QFile::remove(folder + u"/endpoints.json"_s));
        QVERIFY(QFile::link(folder + u"/nowhere"_s, folder + u"/endpoints.json"_s));
    });
}

void TestEndpointWatch::keepsWhatIsInForce()
{
    using Accident = std::function<void(const QString &folder)>;
    QFETCH(Accident, happen);
    const QString folder = m_folder->filePath(u"config"_s);
    EndpointStore store(folder);
    QVERIFY(store.save({endpointNamed(u"a"_s)}));
    store.watch();
    QSignalSpy changed(&store, &EndpointStore::changed);
    QSignalSpy problem(&store, &EndpointStore::problemOccurred);
    happen(folder);
    QVERIFY(problem.wait(patience));
    QVERIFY2(problem.first().first().value<Error>().text.contains(store.path()),
             qPrintable(problem.first().first().value<Error>().text));
    QVERIFY(changed.isEmpty());
    // It is noticed when it comes back, and followed from then on.
    QDir().mkpath(folder);
    QFile::remove(store.path());
    for (const QString &name : {u"b"_s, u"c"_s}) {
        m_path = store.path();
        replace(endpointsToJson({endpointNamed(name)}));
        QVERIFY(changed.wait(patience));
        QCOMPARE(changed.last().first().value<QList<Endpoint>>().first().name, name);
    }
    QCOMPARE(changed.size(), 2);
    QCOMPARE(problem.size(), 1);
}

void TestEndpointWatch::followsALink()
{
    const QDir folder(m_folder->path());
    for (const QString &name : {u"a"_s, u"b"_s, u"c"_s}) {
        EndpointStore other(folder.filePath(u"of-"_s + name));
        QVERIFY(other.save({endpointNamed(name)}));
    }
    EndpointStore store(folder.path());
    QVERIFY(QFile::link(folder.filePath(u"of-a/endpoints.json"_s), store.path()));
    QVERIFY(store.load());
    store.watch();
    QSignalSpy changed(&store, &EndpointStore::changed);
    QFile::remove(store.path());
    QVERIFY(QFile::link(folder.filePath(u"of-b/endpoints.json"_s), store.path()));
    QVERIFY(changed.wait(patience));
    QCOMPARE(changed.last().first().value<QList<Endpoint>>().first().name, u"b"_s);
    // What the link leads to now is watched, not what it led to.
    m_path = folder.filePath(u"of-b/endpoints.json"_s);
    write(endpointsToJson({endpointNamed(u"d"_s)}));
    QVERIFY(changed.wait(patience));
    QCOMPARE(changed.last().first().value<QList<Endpoint>>().first().name, u"d"_s);
}

void TestEndpointWatch::aValidListWithoutEndpointsIsAChange()
{
    EndpointStore store(m_folder->path());
    QVERIFY(store.save({endpointNamed(u"a"_s)}));
    store.watch();
    QSignalSpy changed(&store, &EndpointStore::changed);
    replace(endpointsToJson({}));
    QVERIFY(changed.wait(patience));
    QVERIFY(changed.last().first().value<QList<Endpoint>>().isEmpty());
}

void TestEndpointWatch::reportsWhatChangedBeforeItWatched()
{
    EndpointStore store(m_folder->path());
    QVERIFY(store.save({endpointNamed(u"b"_s)}));
    QSignalSpy changed(&store, &EndpointStore::changed);
    store.watch({endpointNamed(u"a"_s)});
    QVERIFY(changed.wait(patience));
    QCOMPARE(changed.first().first().value<QList<Endpoint>>().first().name, u"b"_s);
}

void TestEndpointWatch::reportsProblemsAndTheirEnd()
{
    EndpointStore store(m_folder->path());
    QVERIFY(store.save({endpointNamed(u"a"_s)}));
    store.watch();
    QSignalSpy changed(&store, &EndpointStore::changed);
    QSignalSpy problem(&store, &EndpointStore::problemOccurred);
    replace("{");
    QVERIFY(problem.wait(patience));
    QVERIFY(problem.first().first().value<Error>().text.contains(m_path));
    QVERIFY(changed.isEmpty());
    replace(endpointsToJson({endpointNamed(u"a"_s)}));
    QVERIFY(changed.wait(patience));
    QCOMPARE(problem.size(), 1);
}

void TestEndpointWatch::keepsQuietWithoutChange()
{
    EndpointStore store(m_folder->path());
    QVERIFY(store.save({endpointNamed(u"a"_s)}));
    store.watch();
    QSignalSpy changed(&store, &EndpointStore::changed);
    // The same content, its own save, and another file of the folder; then something to wait for.
    replace(endpointsToJson({endpointNamed(u"a"_s)}));
    QFile other(m_folder->filePath(u"other"_s));
    QVERIFY(other.open(QIODevice::WriteOnly));
    QVERIFY(store.save({endpointNamed(u"b"_s)}));
    QFileSystemWatcher seen({m_folder->path()});
    QSignalSpy folderChanged(&seen, &QFileSystemWatcher::directoryChanged);
    QVERIFY(store.save({endpointNamed(u"c"_s)}));
    QVERIFY(folderChanged.wait(patience));
    replace(endpointsToJson({endpointNamed(u"d"_s)}));
    QVERIFY(changed.wait(patience));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed.first().first().value<QList<Endpoint>>().first().name, u"d"_s);
}

QTEST_GUILESS_MAIN(TestEndpointWatch)
#include "tst_endpointwatch.moc"
