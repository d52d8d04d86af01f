// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <QDir>
#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QRegularExpression>

#include <tuple>

using namespace Qt::StringLiterals;
using namespace trace;

// Replays that are new obligations: to elsewhere, edited, imported, from history.
class TstForwarderReplay final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void dryRunTellsAndChangesNothing();
    void elsewhereIsAnObligationOfItsOwn();
    void selectsByReason();
    void editedCopyIsLinkedAndDelivered();
    void givesUpWhereNothingMoves();
    void importRefusesWhatIsNoExport();
    void importTakesAllOrNothing_data();
    void importTakesAllOrNothing();
    void importBeginsAJournal();
    void sendsARunAgain();
    void sendsARunAgainFromAmongPlainLines();
    void sendsATimeRangeAgain();
    void keepsToTheRate();
    void leavesOutWhatWasShed();

private:
    [[nodiscard]] CommandResult replay(const QStringList &arguments) const
    {
        return m_folder->run(QStringList{u"failed"_s, u"replay"_s} + arguments);
    }
    //! The ledger of the endpoint at this port.
    [[nodiscard]] QJsonObject ledgerAt(quint16 port) const;

    static constexpr qint64 count = 100;
    std::unique_ptr<ForwarderFolder> m_folder;
    std::unique_ptr<PracticeProcess> m_strict; // holds the records but number 42
    std::unique_ptr<PracticeProcess> m_other;
};

QJsonObject TstForwarderReplay::ledgerAt(quint16 port) const
{
    const QJsonArray endpoints = m_folder->run({u"status"_s}).json()["endpoints"_L1].toArray();
    for (const QJsonValue &endpoint : endpoints) {
        if (QUrl(endpoint["url"_L1].toString()).port() == port)
            return endpoint["ledger"_L1].toObject();
    }
    return {};
}

void TstForwarderReplay::init()
{
    m_folder = std::make_unique<ForwarderFolder>();
    m_strict = std::make_unique<PracticeProcess>(u"reject=record 42"_s);
    m_other = std::make_unique<PracticeProcess>();
    QVERIFY(m_strict->port() != 0 && m_other->port() != 0);
    // A second apart, the first half of run-0, the others of run-1.
    QByteArray text;
    for (int id = 0; id < count; ++id) {
        const QDateTime time = QDateTime::fromSecsSinceEpoch(1'700'000'000 + id, Qt::UTC);
        text += R"({"timestamp":")" + time.toString(Qt::ISODate).toUtf8() +
                R"(","message":"record )" + QByteArray::number(id) + R"(","run_id":"run-)" +
                QByteArray::number(id / (count / 2)) + R"(","metadata":{"id":)" +
                QByteArray::number(id) + "}}\n";
    }
    const QString file = m_folder->write(u"in.ndjson"_s, text);
    const CommandResult sent =
        m_folder->run(QStringList{u"send"_s} + m_folder->to(m_strict->port()) + QStringList{file});
    QCOMPARE(sent.code, 3);
}

void TstForwarderReplay::dryRunTellsAndChangesNothing()
{
    const CommandResult told = replay({u"--all"_s, u"--dry-run"_s});
    QCOMPARE(told.code, 0);
    const QJsonValue plan = told.json()["would_replay"_L1][0];
    QCOMPARE(plan["records"_L1].toInt(), 1);
    QCOMPARE(plan["requests"_L1].toInt(), 1);
    QVERIFY(plan["bytes"_L1].toInt() > 10);
    QCOMPARE(plan["refused"_L1].toArray().size(), 0);
    // Datadog drops what is older than its window, without a word.
    const CommandResult old = replay({u"--all"_s, u"--dry-run"_s, u"--service"_s, u"datadog"_s,
                                      u"--url"_s, u"http://127.0.0.1:1/api/v2/logs"_s});
    QCOMPARE(old.code, 0);
    const QJsonValue refused = old.json()["would_replay"_L1][0]["refused"_L1][0];
    QCOMPARE(refused["records"_L1].toInt(), 1);
    QVERIFY(refused["reason"_L1].toString().contains(u"older than"_s));
    QCOMPARE(m_folder->failedBatches().size(), 1);
    QCOMPARE(m_other->summary()["requests"_L1].toInt(), 0);
}

void TstForwarderReplay::elsewhereIsAnObligationOfItsOwn()
{
    const CommandResult replayed = replay(QStringList{u"--all"_s} + m_folder->to(m_other->port()));
    QVERIFY2(replayed.code == 0, (replayed.output + replayed.errors).constData());
    const QJsonObject arrived = m_other->ids();
    QCOMPARE(arrived["distinct"_L1].toInteger(), 1);
    QCOMPARE(arrived["minimum"_L1].toInteger(), 42);
    // The original is still owed where it was refused.
    QCOMPARE(m_folder->failedBatches().size(), 1);
    const QJsonObject there = ledgerAt(m_other->port());
    QCOMPARE(there["accepted"_L1].toInteger(), 1);
    QCOMPARE(there["delivered"_L1].toInteger(), 1);
    const QJsonObject here = ledgerAt(m_strict->port());
    QCOMPARE(here["accepted"_L1].toInteger(), count);
    QCOMPARE(here["failed"_L1].toInteger(), 1);
    QVERIFY(there["balanced"_L1].toBool() && here["balanced"_L1].toBool());
}

void TstForwarderReplay::selectsByReason()
{
    const CommandResult none = replay({u"--reason"_s, u"no such words"_s, u"--dry-run"_s});
    QCOMPARE(none.code, 0);
    QCOMPARE(none.json()["would_replay"_L1].toArray().size(), 0);
    const CommandResult one = replay({u"--reason"_s, u"RECORD 42"_s, u"--dry-run"_s});
    QCOMPARE(one.json()["would_replay"_L1].toArray().size(), 1);
    QCOMPARE(replay({}).code, 2);
    QCOMPARE(replay({u"999"_s}).code, 2);
}

void TstForwarderReplay::editedCopyIsLinkedAndDelivered()
{
    const QString path = m_folder->path(u"export.ndjson"_s);
    QCOMPARE(m_folder->run({u"failed"_s, u"export"_s, u"--all"_s, u"--output"_s, path}).code, 0);
    QFile file(path);
    QVERIFY(file.open(QFile::ReadOnly));
    QByteArray text = file.readAll();
    file.close();
    const qsizetype head = text.indexOf('\n'); // the service's words name the record, too
    QCOMPARE(text.mid(head).count("record 42"), 1);
    text.replace(head, text.size() - head, text.mid(head).replace("record 42", "record forty-two"));
    QVERIFY(file.open(QFile::WriteOnly));
    file.write(text);
    file.close();

    const qint64 original = m_folder->failedBatches()[0]["id"_L1].toInteger();
    const CommandResult taken = m_folder->run({u"failed"_s, u"import"_s, path});
    QVERIFY2(taken.code == 0, (taken.output + taken.errors).constData());
    const QJsonArray failed = m_folder->failedBatches();
    QCOMPARE(failed.size(), 2);
    QCOMPARE(failed[1]["origin_batch"_L1].toInteger(), original);
    QVERIFY(failed[1]["origin"_L1].toString().contains(u"import"_s));
    QCOMPARE(ledgerAt(m_strict->port())["accepted"_L1].toInteger(), count + 1);

    const QString copy = QString::number(failed[1]["id"_L1].toInteger());
    QCOMPARE(replay({copy}).code, 0);
    QVERIFY(m_strict->hasEachOnce(count));
    QCOMPARE(m_folder->failedBatches().size(), 1);
    QVERIFY(ledgerAt(m_strict->port())["balanced"_L1].toBool());
}

// 429 costs no attempt, so that the batch itself would be tried for ever.
void TstForwarderReplay::givesUpWhereNothingMoves()
{
    const ForwarderFolder folder;
    const quint16 port = unusedPort();
    const QStringList to = ForwarderFolder::to(port);
    const QString file = folder.writeRecords(u"few.ndjson"_s, 3);
    QCOMPARE(folder
                 .run(QStringList{u"send"_s, u"--on-exhausted"_s, u"park"_s, u"--max-retries"_s,
                                  u"1"_s, file} +
                      to)
                 .code,
             3);
    {
        const PracticeProcess busy(u"429"_s, port);
        const CommandResult gaveUp =
            folder.run({u"failed"_s, u"replay"_s, u"--all"_s, u"--timeout"_s, u"2"_s});
        QCOMPARE(gaveUp.code, 3);
        QVERIFY2(gaveUp.errors.contains("gave up on 1 batch") && gaveUp.errors.contains("429"),
                 gaveUp.errors.constData());
    }
    QCOMPARE(folder.failedBatches().size(), 1);
    const PracticeProcess practice({}, port);
    QCOMPARE(folder.run({u"failed"_s, u"replay"_s, u"--all"_s}).code, 0);
    QVERIFY(practice.hasEachOnce(3));
}

void TstForwarderReplay::importRefusesWhatIsNoExport()
{
    const QString plain = m_folder->writeRecords(u"plain.ndjson"_s, 2);
    const CommandResult refused = m_folder->run({u"failed"_s, u"import"_s, plain});
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.errors.contains("line 1"), refused.errors.constData());
    QVERIFY2(refused.errors.contains("send"), refused.errors.constData());
}

void TstForwarderReplay::importTakesAllOrNothing_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("broken JSON") << "{\"message\":\"half"_ba;
    QTest::newRow("text") << "plain text"_ba;
    QTest::newRow("another JSON value") << "[1]"_ba;
}

void TstForwarderReplay::importTakesAllOrNothing()
{
    QFETCH(QByteArray, line);
    QByteArray text = m_folder->run({u"failed"_s, u"export"_s, u"--all"_s}).output;
    const qsizetype lines = text.count('\n');
    text += text + line + '\n'; // one whole batch, then one with a mistake
    const CommandResult refused =
        m_folder->run({u"failed"_s, u"import"_s, m_folder->write(u"broken.ndjson"_s, text)});
    QCOMPARE(refused.code, 1);
    const QByteArray place = "line " + QByteArray::number(2 * lines + 1);
    QVERIFY2(refused.errors.contains(place), refused.errors.constData());
    QCOMPARE(m_folder->failedBatches().size(), 1);
    QCOMPARE(ledgerAt(m_strict->port())["accepted"_L1].toInteger(), count);
}

// On another computer, which has sent nothing yet.
void TstForwarderReplay::importBeginsAJournal()
{
    const QByteArray exported = m_folder->run({u"failed"_s, u"export"_s, u"--all"_s}).output;
    const ForwarderFolder fresh;
    const CommandResult taken = fresh.run(
        QStringList{u"failed"_s, u"import"_s, fresh.write(u"exported.ndjson"_s, exported)} +
        fresh.to(m_other->port()));
    QVERIFY2(taken.code == 0, taken.errors.constData());
    QCOMPARE(fresh.failedBatches().size(), 1);
}

void TstForwarderReplay::sendsARunAgain()
{
    const QStringList target = m_folder->to(m_other->port());
    const QString run = u"run-0"_s;
    const CommandResult sent = m_folder->run(QStringList{u"replay"_s, u"--run"_s, run} + target);
    QVERIFY2(sent.code == 0, (sent.output + sent.errors).constData());
    QVERIFY(m_other->hasEachOnce(count / 2)); // also the one that the other endpoint refused
    QVERIFY(ledgerAt(m_other->port())["balanced"_L1].toBool());

    const CommandResult unknown =
        m_folder->run(QStringList{u"replay"_s, u"--run"_s, u"nobody"_s} + target);
    QCOMPARE(unknown.code, 2);
    QVERIFY2(unknown.errors.contains("nobody"), unknown.errors.constData());
    const PracticeProcess third;
    std::ignore = m_folder->run(QStringList{u"replay"_s, u"--run"_s, u"nobody"_s} +
                                m_folder->to(third.port()));
    QVERIFY(ledgerAt(third.port()).isEmpty()); // the journal has not heard of it
    QCOMPARE(m_folder->run(QStringList{u"replay"_s} + target).code, 2);
    QCOMPARE(m_folder->run({u"replay"_s, u"--run"_s, run}).code, 2);
    QCOMPARE(m_folder->run(QStringList{u"replay"_s, u"--since"_s, u"soon"_s} + target).code, 2);
}

//! Which belong to no run.
void TstForwarderReplay::sendsARunAgainFromAmongPlainLines()
{
    const ForwarderFolder folder;
    const PracticeProcess first;
    const PracticeProcess second;
    const QString file = folder.write(
        u"mixed.ndjson"_s, "{\"message\":\"a\",\"run_id\":\"r\",\"metadata\":{\"id\":0}}\n"
                           "a plain line\n{\"message\":\"no run\"}\n"
                           "{\"message\":\"b\",\"run_id\":\"r\",\"metadata\":{\"id\":1}}\n");
    QCOMPARE(folder.run(QStringList{u"send"_s, file} + folder.to(first.port())).code, 0);
    const CommandResult again =
        folder.run(QStringList{u"replay"_s, u"--run"_s, u"r"_s} + folder.to(second.port()));
    QVERIFY2(again.code == 0, again.errors.constData());
    QCOMPARE(second.summary()["records"_L1].toInteger(), 2);
    QVERIFY(second.hasEachOnce(2));
}

void TstForwarderReplay::sendsATimeRangeAgain()
{
    // From the first of them up to, but without, the last.
    const CommandResult sent =
        m_folder->run(QStringList{u"replay"_s, u"--since"_s, u"2023-11-14T22:13:30Z"_s,
                                  u"--until"_s, u"2023-11-14 22:13:40"_s} +
                      m_folder->to(m_other->port()));
    QVERIFY2(sent.code == 0, (sent.output + sent.errors).constData());
    const QJsonObject arrived = m_other->ids();
    QCOMPARE(arrived["minimum"_L1].toInteger(), 10);
    QCOMPARE(arrived["maximum"_L1].toInteger(), 19);
    QCOMPARE(arrived["distinct"_L1].toInteger(), 10);
}

void TstForwarderReplay::keepsToTheRate()
{
    constexpr qint64 many = 6000; // three batches
    const PracticeProcess third;
    const QString file = m_folder->writeRecords(u"many.ndjson"_s, many);
    QCOMPARE(
        m_folder->run(QStringList{u"send"_s} + m_folder->to(third.port()) + QStringList{file}).code,
        0);
    const PracticeProcess fourth;
    QElapsedTimer clock;
    clock.start();
    const CommandResult sent = m_folder->run(
        QStringList{u"replay"_s, u"--since"_s, u"2000-01-01 00:00:00"_s, u"--rate"_s, u"4000"_s} +
        m_folder->to(fourth.port()));
    QVERIFY2(sent.code == 0, (sent.output + sent.errors).constData());
    QVERIFY2(clock.elapsed() >= many * 1000 / 4000, qPrintable(QString::number(clock.elapsed())));
    QCOMPARE(fourth.summary()["records"_L1].toInteger(), many + count);
}

// What is left of shed records says so in their place, and is no record that anybody wrote.
void TstForwarderReplay::leavesOutWhatWasShed()
{
    const ForwarderFolder folder;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    folder.write(u"config/settings.json"_s, R"({"version":1,"journal":{"max_mb":16}})");
    constexpr int all = 1500;
    QByteArray text;
    QByteArray bytes(12'000, 0);
    for (int id = 0; id < all; ++id) { // 24 MB that hardly compress
        QRandomGenerator::global()->generate(bytes.begin(), bytes.end());
        text += R"({"level":")" + QByteArray(id % 2 == 0 ? "debug" : "warning") +
                R"(","run_id":"bulky","message":")" + bytes.toBase64() + R"(","metadata":{"id":)" +
                QByteArray::number(id) + "}}\n";
    }
    const QStringList nowhere = ForwarderFolder::to(unusedPort());
    const QString file = folder.write(u"bulky.ndjson"_s, text);
    QCOMPARE(folder.run(QStringList{u"send"_s, u"--timeout"_s, u"1"_s, file} + nowhere).code, 4);
    const PracticeProcess practice;
    const CommandResult replayed = folder.run(QStringList{u"replay"_s, u"--run"_s, u"bulky"_s} +
                                              ForwarderFolder::to(practice.port()));
    QVERIFY2(replayed.code == 0, replayed.errors.constData());
    static const QRegularExpression words(u"([0-9]+) records were removed when"_s);
    const qint64 shed = words.match(QString::fromUtf8(replayed.errors)).captured(1).toLongLong();
    QVERIFY2(shed > 0 && shed < all, replayed.errors.constData());
    const CommandResult status = folder.run({u"status"_s});
    const qint64 given = status.ledger()["discarded"_L1]["shed"_L1].toInteger();
    QVERIFY2(given >= shed && given < all, qPrintable(QString::number(given)));
    QCOMPARE(practice.summary()["records"_L1].toInteger(), all - shed);
    QCOMPARE(practice.ids()["distinct"_L1].toInteger(), all - shed);
    RawHttp client(practice.port());
    const QByteArray arrived = client.ask(RawHttp::get("/practice/records")).body;
    QCOMPARE(arrived.count('\n'), all - shed);
    QVERIFY(!arrived.contains("[removed"));
}

QTEST_GUILESS_MAIN(TstForwarderReplay)
#include "tst_forwarderreplay.moc"
