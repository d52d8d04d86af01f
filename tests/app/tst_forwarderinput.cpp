// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"
#include "tests/support/patience.h"

#include <QDir>
#include <QElapsedTimer>
#include <QSqlDatabase>
#include <QSqlQuery>

#include <limits>

using namespace Qt::StringLiterals;
using namespace trace;

//! Input, arguments and journals that are not as they should be.
class TstForwarderInput final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void namesTheFileItCannotRead_data();
    void namesTheFileItCannotRead();
    void refusesWrongArguments_data();
    void refusesWrongArguments();
    void namesWhoHoldsTheJournal();
    void linesFollowAClockThatIsSetBack();
    void countsADamagedBlockAndDeliversTheRest();
    void countsWhatWasOddInTheInput();
    void endsWhereNumbersAreUsedUp_data();
    void endsWhereNumbersAreUsedUp();
};

void TstForwarderInput::namesTheFileItCannotRead_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("missing file") << u"missing.ndjson"_s;
    QTest::newRow("folder") << u"folder.ndjson"_s;
}

void TstForwarderInput::namesTheFileItCannotRead()
{
    QFETCH(QString, name);
    constexpr qint64 count = 300;
    const ForwarderFolder folder;
    QVERIFY(QDir().mkpath(folder.path(u"folder.ndjson"_s)));
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    const QString good = folder.writeRecords(u"in.ndjson"_s, count);

    const CommandResult sent = folder.run(QStringList{u"send"_s} + folder.to(practice.port()) +
                                          QStringList{good, folder.path(name)});
    QCOMPARE(sent.code, 1);
    QVERIFY2(sent.errors.contains(name.toUtf8()), sent.errors.constData());
    QVERIFY(practice.hasEachOnce(count));
    QCOMPARE(sent.inLedger("delivered"), count);
    QVERIFY(sent.isBalanced());
}

void TstForwarderInput::refusesWrongArguments_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("named"); // What the message must name.
    const QString url = u"http://127.0.0.1:9/logs"_s;
    const auto target = [](const QString &service, const QString &address) {
        return QStringList{u"--service"_s, service, u"--url"_s, address};
    };
    QTest::newRow("unknown service") << target(u"carrier-pigeon"_s, url) << "carrier-pigeon"_ba;
    QTest::newRow("no address") << target(u"generic"_s, u"http://"_s) << "http"_ba;
    QTest::newRow("another scheme") << target(u"generic"_s, u"ftp://host/logs"_s) << "http"_ba;
    QTest::newRow("broken port") << target(u"generic"_s, u"http://host:notaport/"_s) << "http"_ba;
    QTest::newRow("address alone") << QStringList{u"--url"_s, url} << "--service"_ba;
    QTest::newRow("service alone") << QStringList{u"--service"_s, u"generic"_s} << "--url"_ba;
    QTest::newRow("key in the clear")
        << target(u"generic"_s, url) + QStringList{u"--api-key"_s, u"s3cret"_s} << "env:NAME"_ba;
    QTest::newRow("endpoint that is not configured")
        << QStringList{u"--endpoint"_s, u"Nowhere"_s} << "Nowhere"_ba;
    QTest::newRow("unknown option") << QStringList{u"--sevrice"_s} << "sevrice"_ba;
    QTest::newRow("retries that are no number")
        << target(u"generic"_s, url) + QStringList{u"--max-retries"_s, u"many"_s}
        << "max-retries"_ba;
}

void TstForwarderInput::refusesWrongArguments()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, named);
    const ForwarderFolder folder;
    const QString file = folder.writeRecords(u"in.ndjson"_s, 1);
    const CommandResult sent = folder.run(QStringList{u"send"_s, file} + arguments);
    QCOMPARE(sent.code, 2);
    QVERIFY2(sent.errors.contains(named), sent.errors.constData());
    QVERIFY(!sent.errors.contains("s3cret"));
}

void TstForwarderInput::namesWhoHoldsTheJournal()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    const QStringList target = folder.to(practice.port());
    QProcess holder; // Waits for its standard input.
    holder.start(forwarderProgram,
                 folder.arguments(QStringList{u"send"_s} + target + QStringList{u"-"_s}));
    QVERIFY(holder.waitForStarted());
    holder.write("{\"message\":\"first\",\"metadata\":{\"id\":0}}\n");
    QTRY_COMPARE(practice.summary()["records"_L1].toInteger(), 1);

    const CommandResult second = folder.run({u"drain"_s});
    QCOMPARE(second.code, 1);
    QVERIFY2(second.errors.contains(QByteArray::number(holder.processId())),
             second.errors.constData());
    QVERIFY2(second.errors.contains("trace-forwarder"), second.errors.constData());
    QCOMPARE(folder.run({u"status"_s}).inLedger("delivered"), 1); // reading is possible

    holder.closeWriteChannel();
    QVERIFY(holder.waitForFinished());
    QCOMPARE(holder.exitCode(), 0);
    QCOMPARE(folder.run({u"drain"_s}).code, 0);
}

namespace {

//! The package faketime's library; empty where it is not installed.
QString fakeTimeLibrary()
{
    const QString name = u"/faketime/libfaketimeMT.so.1"_s;
    for (const QFileInfo &folder : QDir(u"/usr/lib"_s).entryInfoList(QDir::Dirs)) {
        if (QFile::exists(folder.filePath() + name))
            return folder.filePath() + name;
    }
    return {};
}

} // namespace

void TstForwarderInput::linesFollowAClockThatIsSetBack()
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    QSKIP("a sanitizer wants to be loaded before the library that changes the clock");
#endif
    const QString library = fakeTimeLibrary();
    if (library.isEmpty())
        QSKIP("needs the package faketime");
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    QProcess sending;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"LD_PRELOAD"_s, library);
    environment.insert(u"FAKETIME_TIMESTAMP_FILE"_s, folder.write(u"clock"_s, "+3600\n"));
    environment.insert(u"FAKETIME_NO_CACHE"_s, u"1"_s);
    environment.insert(u"FAKETIME_DONT_FAKE_MONOTONIC"_s, u"1"_s);
    sending.setProcessEnvironment(environment);
    sending.start(forwarderProgram,
                  folder.arguments(QStringList{u"send"_s} + folder.to(practice.port()) +
                                   QStringList{u"-"_s}));
    QVERIFY(sending.waitForStarted());
    sending.write("an hour ahead\n");
    QTRY_COMPARE(practice.summary()["records"_L1].toInteger(), 1);
    folder.write(u"clock"_s, "+0\n");
    sending.write("set right\n");
    sending.closeWriteChannel();
    QVERIFY(sending.waitForFinished());
    QCOMPARE(sending.exitCode(), 0);

    const QList<QByteArray> lines = folder.run({u"records"_s}).output.trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    const auto minutesFromNow = [](const QByteArray &line) {
        const QJsonObject record = QJsonDocument::fromJson(line).object();
        const auto time =
            QDateTime::fromString(record["timestamp"_L1].toString().left(19) + u'Z', Qt::ISODate);
        return QDateTime::currentDateTimeUtc().secsTo(time) / 60;
    };
    QVERIFY2(minutesFromNow(lines[0]) > 50, lines[0].constData());
    QVERIFY2(minutesFromNow(lines[1]) < 10, lines[1].constData());
}

namespace {

//! Writes over the middle of the second block's bytes; how many records it held. 0: it could not.
qint64 damageSecondBlock(const QString &journal)
{
    qint64 damaged = 0;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"damage"_s);
        database.setDatabaseName(journal + u"/journal.sqlite"_s);
        QSqlQuery query(database);
        if (database.open() &&
            query.exec(u"SELECT first, count, data FROM block ORDER BY first LIMIT 1 OFFSET 1"_s) &&
            query.next()) {
            const qint64 first = query.value(0).toLongLong();
            const qint64 records = query.value(1).toLongLong();
            QByteArray data = query.value(2).toByteArray();
            query.finish();
            for (qsizetype i = data.size() / 3; i < data.size() / 2; ++i)
                data[i] = char(~data[i]);
            query.prepare(u"UPDATE block SET data = ? WHERE first = ?"_s);
            query.addBindValue(data);
            query.addBindValue(first);
            if (query.exec() && query.numRowsAffected() == 1)
                damaged = records;
        }
        database.close();
    }
    QSqlDatabase::removeDatabase(u"damage"_s);
    return damaged;
}

} // namespace

void TstForwarderInput::countsADamagedBlockAndDeliversTheRest()
{
    constexpr qint64 part = 400;
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    for (int i = 0; i < 3; ++i) { // A block at least for each command.
        const QString file = folder.writeRecords(u"in.ndjson"_s, part, i * part);
        QCOMPARE(folder
                     .run(QStringList{u"send"_s} + folder.to(port) +
                          QStringList{u"--timeout"_s, u"0.2"_s, file})
                     .code,
                 4);
    }
    const qint64 damaged = damageSecondBlock(folder.journal());
    QVERIFY(damaged > 0);

    const PracticeProcess practice({}, port);
    QCOMPARE(practice.port(), port);
    const CommandResult drained = folder.run({u"drain"_s});
    QCOMPARE(drained.inLedger("delivered"), 3 * part - damaged);
    QCOMPARE(drained.ledger()["discarded"_L1]["damaged"_L1].toInteger(), damaged);
    QVERIFY(drained.isBalanced());
    QVERIFY2(drained.errors.contains("could not be read"), drained.errors.constData());
    QCOMPARE(drained.code, 1);
    const QJsonObject ids = practice.ids();
    QCOMPARE(ids["distinct"_L1].toInteger(), 3 * part - damaged);
    QCOMPARE(ids["missing"_L1].toInteger(), damaged);
    QCOMPARE(ids["maximum"_L1].toInteger(), 3 * part - 1);
}

void TstForwarderInput::countsWhatWasOddInTheInput()
{
    const ForwarderFolder folder;
    const PracticeProcess practice;
    QVERIFY(practice.port() != 0);
    const QString file = folder.write(
        u"in.ndjson"_s, "{\"message\":\"good\",\"metadata\":{\"id\":0}}\n"
                        "{\"message\":\"cut off\n"
                        "{\"level\":\"error\"}\n"
                        "{\"message\":\"bytes \xff\xfe\",\"metadata\":{\"id\":1}}\n"
                        "{\"message\":\"typed\",\"level\":[1],\"metadata\":{\"id\":2}}\n"
                        "a plain line\n"_ba);
    const CommandResult sent =
        folder.run(QStringList{u"send"_s} + folder.to(practice.port()) + QStringList{file});
    QCOMPARE(sent.code, 0);
    const QJsonObject expected{{u"records"_s, 5},
                               {u"not_json"_s, 1},
                               {u"replaced_utf8"_s, 1},
                               {u"wrong_type"_s, 1},
                               {u"almost_json"_s, 0},
                               {u"empty"_s, 1},
                               {u"overwritten"_s, 0},
                               {u"masked"_s, 0}};
    QCOMPARE(sent.json()["input"_L1].toObject(), expected);
    QVERIFY(practice.hasEachOnce(3));
    QCOMPARE(practice.summary()["records"_L1].toInteger(), 5);
    QCOMPARE(sent.inLedger("delivered"), 5);

    const QByteArray records = folder.run({u"records"_s}).output;
    for (const QByteArray &text : {"cut off"_ba, "bytes \xEF\xBF\xBD"_ba, "a plain line"_ba})
        QVERIFY2(records.contains(text), text.constData());
}

void TstForwarderInput::endsWhereNumbersAreUsedUp_data()
{
    QTest::addColumn<qint64>("next");
    QTest::addColumn<bool>("isReadable");
    QTest::newRow("a few left") << (qint64(1) << 62) - 5 << true;
    QTest::newRow("none left") << (qint64(1) << 62) << true;
    QTest::newRow("too many") << (qint64(1) << 62) + 1 << false;
    QTest::newRow("near the largest") << std::numeric_limits<qint64>::max() - 1 << false;
    QTest::newRow("the largest") << std::numeric_limits<qint64>::max() << false;
}

// Who walks through all that could be between the records and that number never ends.
void TstForwarderInput::endsWhereNumbersAreUsedUp()
{
    QFETCH(qint64, next);
    QFETCH(bool, isReadable);
    const ForwarderFolder folder;
    const QString file = folder.writeRecords(u"in.ndjson"_s, 10);
    const QStringList send =
        QStringList{u"send"_s, u"--timeout"_s, u"1"_s, file} + ForwarderFolder::to(unusedPort());
    QCOMPARE(folder.run(send).code, 4); // they wait
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"number"_s);
        database.setDatabaseName(folder.path(u"journal/journal.sqlite"_s));
        QVERIFY(database.open());
        QVERIFY(QSqlQuery(database).exec(u"UPDATE sequence SET next = %1"_s.arg(next)));
    }
    QSqlDatabase::removeDatabase(u"number"_s);
    const auto runInTime = [&](const QStringList &command) {
        QElapsedTimer clock;
        clock.start();
        const CommandResult result = folder.run(command);
        if (clock.elapsed() > 5'000)
            QTest::qFail("too slow", __FILE__, __LINE__);
        return result;
    };
    const CommandResult status = runInTime({u"status"_s});
    QCOMPARE(status.code, isReadable ? 0 : 1);
    if (isReadable)
        QCOMPARE(status.inLedger("waiting"), 10);
    else
        QVERIFY2(status.errors.contains("numbers in the journal"), status.errors.constData());
    const CommandResult sent = runInTime(send);
    QCOMPARE(sent.code, 1);
    QVERIFY2(sent.errors.contains("numbers in the journal") && sent.errors.contains("Move the"),
             sent.errors.constData());
}

QTEST_GUILESS_MAIN(TstForwarderInput)
#include "tst_forwarderinput.moc"
