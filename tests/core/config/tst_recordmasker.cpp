// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/credentials.h"
#include "core/config/knownsecrets.h"
#include "core/config/recordmasker.h"
#include "core/config/secret.h"
#include "core/journal/journal.h"
#include "core/journal/journalreader.h"
#include "core/record/recordblock.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace trace;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<const Redaction> builtIn()
{
    return Redaction::make(builtInRedactionRules()).value();
}

} // namespace

class TestRecordMasker : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void hidesInEveryText();
    void metadata_data();
    void metadata();
    void withoutRulesNothingChanges();
    void tagsOfTheNextContextAreLookedAt();
    void aSecretIsNowhereInTheJournal();
    void whatWasLookedUpIsHiddenEverywhere();
    void aSecretThatChangesIsFollowed();
    void pairsAndArguments_data();
    void pairsAndArguments();
    void namesAreAlikeInTextAndMetadata_data();
    void namesAreAlikeInTextAndMetadata();
};

void TestRecordMasker::hidesInEveryText()
{
    Record record;
    record.message = "password=one";
    record.exceptionMessage = "password=two";
    record.stackTrace = "at connect(password='three')";
    record.errorCode = "password=six";
    record.filename = "/srv/token=seven.py";
    record.spanId = "4111111111111111";
    record.context.userId = "api_key=eight";
    record.context.runId = "4111111111111111"; // an id stays what it is
    record.context.tags = {"team:data", "token=four"};
    record.metadata = "{\"dsn\":\"db://u:five@h/\",\"n\":1}";
    RecordMasker masker(builtIn());
    const Record masked = toRecord(masker.apply(viewOf(record)));
    QCOMPARE(masked.message, std::string("password=***"));
    QCOMPARE(masked.exceptionMessage, std::string("password=***"));
    QCOMPARE(masked.stackTrace, std::string("at connect(password='***')"));
    QCOMPARE(masked.metadata, std::string("{\"dsn\":\"db://u:***@h/\",\"n\":1}"));
    QCOMPARE(masked.context.tags, (std::vector<std::string>{"team:data", "token=***"}));
    QCOMPARE(masked.context.runId, record.context.runId);
    QCOMPARE(masked.context.userId, std::string("api_key=***"));
    QCOMPARE(masked.errorCode, std::string("password=***"));
    QVERIFY2(masked.filename.find("seven") == std::string::npos, masked.filename.c_str());
    QCOMPARE(masked.spanId, record.spanId);
    QCOMPARE(masker.maskedRecords(), 1U);
    Record harmless;
    harmless.message = "fine";
    QVERIFY(toRecord(masker.apply(viewOf(harmless))) == harmless);
    QCOMPARE(masker.maskedRecords(), 1U);
}

void TestRecordMasker::metadata_data()
{
    QTest::addColumn<QByteArray>("metadata");
    QTest::addColumn<QByteArray>("masked");
    const auto row = [](const char *name, const char *metadata, const char *masked) {
        QTest::newRow(name) << QByteArray(metadata) << QByteArray(masked);
    };
    row("empty", "{}", "{}");
    row("harmless", "{\"a\":1,\"b\":[true,null,\"x\"],\"c\":{}}",
        "{\"a\":1,\"b\":[true,null,\"x\"],\"c\":{}}");
    row("by name", "{\"a\":1,\"password\":\"p\",\"b\":2}",
        "{\"a\":1,\"password\":\"***\",\"b\":2}");
    row("by name, a number", "{\"api_key\":12345}", "{\"api_key\":\"***\"}");
    row("by name, nothing there", "{\"token\":null,\"pwd\":\"\"}", "{\"token\":null,\"pwd\":\"\"}");
    row("by name, deep", "{\"a\":{\"client_secret\":\"s\",\"b\":\"c\"}}",
        "{\"a\":{\"client_secret\":\"***\",\"b\":\"c\"}}");
    row("by name, all below", "{\"secrets\":{\"a\":\"s\",\"b\":[\"t\",1]},\"c\":\"d\"}",
        "{\"secrets\":{\"a\":\"***\",\"b\":[\"***\",\"***\"]},\"c\":\"d\"}");
    row("card as a number", "{\"card\":4111111111111111}", "{\"card\":\"***\"}");
    row("in a list", "{\"args\":[\"-x\",\"password=p\"]}", "{\"args\":[\"-x\",\"password=***\"]}");
    row("with escapes", "{\"q\":\"say \\\"hi\\\"\\npassword=p\"}",
        "{\"q\":\"say \\\"hi\\\"\\npassword=***\"}");
    row("escaped name", "{\"pass\\u0077ord\":\"p\"}", "{\"pass\\u0077ord\":\"***\"}");
    row("cut off", "{\"password\":\"p", "{\"password\":\"***\"");
}

void TestRecordMasker::metadata()
{
    QFETCH(QByteArray, metadata);
    const std::string text = metadata.toStdString();
    RecordView record;
    record.metadata = text;
    RecordMasker masker(builtIn());
    const RecordView masked = masker.apply(record);
    QTEST(QByteArray(masked.metadata.data(), qsizetype(masked.metadata.size())), "masked");
}

void TestRecordMasker::withoutRulesNothingChanges()
{
    Record record;
    record.message = "password=one";
    record.metadata = "{\"password\":\"p\"}";
    RecordMasker masker;
    QVERIFY(toRecord(masker.apply(viewOf(record))) == record);
    QCOMPARE(masker.maskedRecords(), 0U);
}

void TestRecordMasker::tagsOfTheNextContextAreLookedAt()
{
    Record record;
    RecordMasker masker(builtIn());
    record.context.tags = {"token=a"};
    QCOMPARE(toRecord(masker.apply(viewOf(record))).context.tags.front(), std::string("token=***"));
    record.context.runId = "other";
    QCOMPARE(toRecord(masker.apply(viewOf(record))).context.runId, std::string("other"));
    record.context.tags = {"fine"}; // at the same address
    QCOMPARE(toRecord(masker.apply(viewOf(record))).context.tags.front(), std::string("fine"));
    record.context.tags = {"token=b"};
    QCOMPARE(toRecord(masker.apply(viewOf(record))).context.tags.front(), std::string("token=***"));
    QCOMPARE(masker.maskedRecords(), 3U);
}

// Compressed bytes would hide a secret that is there: so the records are also read back.
void TestRecordMasker::aSecretIsNowhereInTheJournal()
{
    const QTemporaryDir temp;
    const QString folder = temp.filePath(u"journal"_s);
    RecordMasker masker(builtIn());
    RecordBlockBuilder builder;
    {
        auto journal = Journal::open(folder).value();
        const qint64 endpoint =
            journal->enrol(u"a"_s, u"a"_s, u"generic"_s, QUrl(u"http://127.0.0.1:9"_s)).value();
        Record record;
        record.timestamp = 1;
        record.message = "password=Xq7hunter2Zk";
        record.metadata = "{\"api_key\":\"Xq7hunter2Zk\"}";
        record.context.tags = {"token=Xq7hunter2Zk"};
        builder.append(masker.apply(viewOf(record)));
        journal->append(builder.finish(), {endpoint}, [](const auto &error) { QVERIFY(!error); });
        journal->sync();
    }
    int records = 0;
    const auto reader = JournalReader::open(folder).value();
    const auto blocks = reader->blocks({1, 1}, 1 << 20);
    QVERIFY(blocks);
    for (const StoredBlock &stored : *blocks) {
        const auto block = RecordBlockReader::open(stored.data);
        QVERIFY(block);
        for (const RecordView &record : block->records()) {
            ++records;
            QCOMPARE(record.message, std::string_view("password=***"));
            QCOMPARE(record.metadata, std::string_view("{\"api_key\":\"***\"}"));
            QCOMPARE(contextOf(record).tags.front(), std::string("token=***"));
        }
    }
    QCOMPARE(records, 1);
    for (const QFileInfo &info : QDir(folder).entryInfoList(QDir::Files)) {
        QFile file(info.filePath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(!file.readAll().contains("hunter2"), qPrintable(info.fileName()));
    }
}

void TestRecordMasker::whatWasLookedUpIsHiddenEverywhere()
{
    const std::string secret = "Wq8/known-secret";
    Record record;
    record.message =
        "got " + secret + ", " + QByteArray::fromStdString(secret).toBase64().toStdString();
    record.errorCode = secret;
    record.traceId = secret;
    record.context.runId = "run-" + secret;
    record.context.tags = {"k:" + secret};
    record.metadata = "{\"a\":[{\"Wq8\\/known-secret\":1}],\"n\":12345678}";
    RecordMasker before;
    QVERIFY(toRecord(before.apply(viewOf(record))) == record);
    rememberSecret(QByteArray::fromStdString("joe:" + secret));
    rememberSecret("12345678");
    // Without rules, and by a masker that was there before.
    RecordMasker after;
    for (RecordMasker *masker : {&before, &after}) {
        const Record masked = toRecord(masker->apply(viewOf(record)));
        QCOMPARE(masked.message, std::string("got ***, ***"));
        QCOMPARE(masked.errorCode, std::string("***"));
        QCOMPARE(masked.traceId, std::string("***"));
        QCOMPARE(masked.context.runId, std::string("run-***"));
        QCOMPARE(masked.context.tags.front(), std::string("k:***"));
        QCOMPARE(masked.metadata, std::string("{\"a\":[{\"***\":1}],\"n\":\"***\"}"));
    }
    QCOMPARE(before.maskedRecords(), 1U);
    RecordMasker withRules(builtIn());
    record.message = "password=x " + secret;
    QCOMPARE(toRecord(withRules.apply(viewOf(record))).message, std::string("password=*** ***"));
}

void TestRecordMasker::aSecretThatChangesIsFollowed()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"key"_s);
    const auto write = [&](const QByteArray &text) {
        QFile file(path);
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    QVERIFY(write("first-Zw6key\n"));
    QCOMPARE(resolveSecret(u"file:"_s + path), "first-Zw6key"_ba);
    RecordMasker masker;
    const auto masked = [&](const char *message) {
        Record record;
        record.message = message;
        return QByteArray::fromStdString(toRecord(masker.apply(viewOf(record))).message);
    };
    QCOMPARE(masked("is first-Zw6key"), "is ***"_ba);
    QVERIFY(write("second-Zw6key\n"));
    QTRY_COMPARE(masked("is second-Zw6key"), "is ***"_ba);
    QCOMPARE(masked("was first-Zw6key"), "was ***"_ba);
    // What would be waited for, or taken away, is not read again.
    QVERIFY(QFile::remove(path));
    QCOMPARE(::mkfifo(path.toLocal8Bit().constData(), 0600), 0);
    QVERIFY(!canBeReadAgain(u"file:"_s + path));
    Endpoint endpoint;
    endpoint.apiKey = u"file:"_s + path;
    rememberSecrets({endpoint});
}

void TestRecordMasker::pairsAndArguments_data()
{
    QTest::addColumn<QByteArray>("metadata");
    QTest::addColumn<QByteArray>("masked");
    const auto row = [](const char *metadata, const char *masked) {
        QTest::newRow(metadata) << QByteArray(metadata) << QByteArray(masked);
    };
    row("{\"e\":[{\"name\":\"DB_PASSWORD\",\"value\":\"x\"},{\"name\":\"n\",\"value\":\"y\"}]}",
        "{\"e\":[{\"name\":\"DB_PASSWORD\",\"value\":\"***\"},{\"name\":\"n\",\"value\":\"y\"}]}");
    row("{\"key\":\"token\",\"t\":{\"value\":1},\"value\":{\"a\":1},\"value2\":2}",
        "{\"key\":\"token\",\"t\":{\"value\":1},\"value\":{\"a\":\"***\"},\"value2\":2}");
    row("{\"argv\":[\"psql\",\"--password\",\"x\",\"--host\",\"h\"]}",
        "{\"argv\":[\"psql\",\"--password\",\"***\",\"--host\",\"h\"]}");
    row("{\"argv\":[\"--password\"],\"h\":\"x\"}", "{\"argv\":[\"--password\"],\"h\":\"x\"}");
    row("{\"a\":{\"b\":[{\"X-Api-Key\":\"x\",\"dbPassword\":true,\"tokenCount\":5}]}}",
        "{\"a\":{\"b\":[{\"X-Api-Key\":\"***\",\"dbPassword\":true,\"tokenCount\":5}]}}");
    row("{\"headers\":[[\"Authorization\",\"Basic x\"],[\"x-api-key\",\"y\"],[\"Accept\",\"z\"]]}",
        "{\"headers\":[[\"Authorization\",\"***\"],[\"x-api-key\",\"***\"],[\"Accept\",\"z\"]]}");
    row("{\"fields\":[\"password\",\"email\"],\"vary\":[\"Accept\",\"Cookie\",\"Origin\"]}",
        "{\"fields\":[\"password\",\"email\"],\"vary\":[\"Accept\",\"Cookie\",\"Origin\"]}");
    row("{\"header\":\"Authorization\",\"n\":\"x\"}", "{\"header\":\"Authorization\",\"n\":\"x\"}");
    row("{\"password=x\":1}", "{\"password=***\":\"***\"}");
    row("{\"Cookie\":\"a=b; c=d\",\"authorization\":\"Basic x\"}",
        "{\"Cookie\":\"***\",\"authorization\":\"***\"}");
    row("{\"tokenizer\":\"a\",\"passenger\":\"b\",\"compass\":\"c\",\"max_tokens\":1}",
        "{\"tokenizer\":\"a\",\"passenger\":\"b\",\"compass\":\"c\",\"max_tokens\":1}");
}

void TestRecordMasker::pairsAndArguments()
{
    metadata();
}

void TestRecordMasker::namesAreAlikeInTextAndMetadata_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<bool>("isSecret");
    for (const char *name :
         {"db_pw", "dbPw", "MYSQL_PW", "userpw", "rootpass", "passWord", "Pass_Word", "PASS_PHRASE",
          "aws_key", "clientKey", "API_TOKEN", "api-key"})
        QTest::newRow(name) << QByteArray(name) << true;
    for (const char *name : {"s3_key", "first_pass", "passwordLess", "password_set", "no_password",
                             "upward", "compass", "next_token", "lpwd"})
        QTest::newRow(name) << QByteArray(name) << false;
}

void TestRecordMasker::namesAreAlikeInTextAndMetadata()
{
    QFETCH(QByteArray, name);
    QFETCH(bool, isSecret);
    RecordMasker masker(builtIn());
    Record record;
    record.message = (name + "=abc").toStdString();
    record.metadata = ("{\"" + name + "\":\"abc\"}").toStdString();
    const Record masked = toRecord(masker.apply(viewOf(record)));
    QCOMPARE(masked.message.find("abc") == std::string::npos, isSecret);
    QCOMPARE(masked.metadata.find("abc") == std::string::npos, isSecret);
}

QTEST_GUILESS_MAIN(TestRecordMasker)
#include "tst_recordmasker.moc"
