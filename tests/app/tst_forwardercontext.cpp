// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/forwarderprocess.h"

#include <QDir>

using namespace Qt::StringLiterals;
using namespace trace;

// `send` gives records the context that they do not say themselves.
class TstForwarderContext final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fillsWhatIsMissing_data();
    void fillsWhatIsMissing();
    void fillsEachRecordOfMany();
    void leavesRecordsAloneWithoutOptions();
    void hidesWhatRedactionHides();

private:
    //! What the journal has of these lines, sent with the options.
    [[nodiscard]] static QList<QJsonObject> sent(const ForwarderFolder &folder,
                                                 const QByteArray &lines,
                                                 const QStringList &options);
};

namespace {

QStringList allOptions()
{
    return {u"--run-id"_s, u"r"_s,      u"--parent-run-id"_s, u"p"_s,     u"--workflow"_s,
            u"w"_s,        u"--stage"_s, u"s"_s,              u"--job"_s, u"j"_s,
            u"--user"_s,   u"u"_s,      u"--tenant"_s,        u"t"_s,     u"--environment"_s,
            u"e"_s,        u"--tag"_s,  u"a"_s,               u"--tag"_s, u"b"_s};
}

} // namespace

QList<QJsonObject> TstForwarderContext::sent(const ForwarderFolder &folder, const QByteArray &lines,
                                             const QStringList &options)
{
    const QString file = folder.path(u"in"_s);
    QFile input(file);
    if (!input.open(QIODevice::WriteOnly) || input.write(lines) != lines.size())
        return {};
    input.close();
    const PracticeProcess practice;
    const CommandResult done = folder.run(QStringList{u"send"_s} + folder.to(practice.port()) +
                                          options + QStringList{file});
    if (done.code != 0)
        qWarning("%s", done.errors.constData());
    QList<QJsonObject> records;
    for (const QByteArray &line : folder.run({u"records"_s}).output.split('\n')) {
        if (!line.isEmpty())
            records.append(QJsonDocument::fromJson(line).object());
    }
    return records;
}

void TstForwarderContext::fillsWhatIsMissing_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("context");
    QTest::newRow("a line of text")
        << allOptions() << "text"_ba
        << R"({"run_id":"r","parent_run_id":"p","workflow_name":"w","stage_name":"s",)"
           R"("job_name":"j","user_id":"u","tenant_id":"t","environment":"e","tags":["a","b"]})"_ba;
    QTest::newRow("what the record says stays")
        << allOptions() << R"({"message":"m","job_name":"own","tags":["x"],"user_id":"me"})"_ba
        << R"({"run_id":"r","parent_run_id":"p","workflow_name":"w","stage_name":"s",)"
           R"("job_name":"own","user_id":"me","tenant_id":"t","environment":"e","tags":["x"]})"_ba;
    QTest::newRow("a run of its own belongs to ours")
        << allOptions() << R"({"message":"m","run_id":"other"})"_ba
        << R"({"run_id":"other","parent_run_id":"r","workflow_name":"w","stage_name":"s",)"
           R"("job_name":"j","user_id":"u","tenant_id":"t","environment":"e","tags":["a","b"]})"_ba;
    QTest::newRow("a parent alone")
        << QStringList{u"--parent-run-id"_s, u"p"_s} << R"({"message":"m","run_id":"other"})"_ba
        << R"({"run_id":"other","parent_run_id":"p"})"_ba;
    QTest::newRow("the same run") << QStringList{u"--run-id"_s, u"r"_s}
                                  << R"({"message":"m","run_id":"r"})"_ba << R"({"run_id":"r"})"_ba;
}

void TstForwarderContext::fillsWhatIsMissing()
{
    QFETCH(QStringList, options);
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, context);
    const ForwarderFolder folder;
    const QList<QJsonObject> records = sent(folder, line, options);
    QCOMPARE(records.size(), 1);
    QJsonObject record = records.first();
    for (const QString &key : {u"timestamp"_s, u"level"_s, u"message"_s})
        QVERIFY(!record.take(key).isUndefined());
    QCOMPARE(record, QJsonDocument::fromJson(context).object());
}

void TstForwarderContext::fillsEachRecordOfMany()
{
    constexpr int count = 10'000; // several blocks
    QByteArray lines;
    for (int id = 0; id < count; ++id) {
        const QByteArray number = QByteArray::number(id);
        lines += R"({"message":"m )" + number + R"(","job_name":")" +
                 (id % 2 == 0 ? "even" : QByteArray()) + R"(","metadata":{"id":)" + number + "}}\n";
    }
    const ForwarderFolder folder;
    const QList<QJsonObject> records =
        sent(folder, lines, {u"--run-id"_s, u"r"_s, u"--job"_s, u"odd"_s});
    QCOMPARE(records.size(), count);
    for (int id = 0; id < count; ++id) {
        QCOMPARE(records[id]["metadata"_L1]["id"_L1].toInt(), id);
        QCOMPARE(records[id]["run_id"_L1].toString(), u"r"_s);
        QCOMPARE(records[id]["job_name"_L1].toString(), id % 2 == 0 ? u"even"_s : u"odd"_s);
    }
}

void TstForwarderContext::leavesRecordsAloneWithoutOptions()
{
    const ForwarderFolder folder;
    const QList<QJsonObject> records = sent(folder, R"({"message":"m","stage_name":"s"})", {});
    QCOMPARE(records.size(), 1);
    QCOMPARE(records.first().keys(),
             (QStringList{u"level"_s, u"message"_s, u"stage_name"_s, u"timestamp"_s}));
}

void TstForwarderContext::hidesWhatRedactionHides()
{
    ForwarderFolder folder;
    QVERIFY(QDir().mkpath(folder.path(u"config"_s)));
    QVERIFY(!folder.write(u"config/redaction.json"_s, R"({"version":1})").isEmpty());
    const QList<QJsonObject> records =
        sent(folder, "text", {u"--tag"_s, u"password=hunter2"_s, u"--job"_s, u"load"_s});
    QCOMPARE(records.size(), 1);
    QCOMPARE(records.first()["tags"_L1].toArray(), QJsonArray{u"password=***"_s});
    QCOMPARE(records.first()["job_name"_L1].toString(), u"load"_s);
}

QTEST_GUILESS_MAIN(TstForwarderContext)
#include "tst_forwardercontext.moc"
