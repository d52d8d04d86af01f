// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/secret.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

class TestSecret : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsReferencesFromSecrets_data();
    void tellsReferencesFromSecrets();
    void readsTheEnvironment();
    void readsFiles_data();
    void readsFiles();
    void givesLiteralsBack();
    void saysWhatIsMissing_data();
    void saysWhatIsMissing();
    void neverShowsTheSecret();
    void tellsOfFilesThatOthersCanRead();

private:
    QTemporaryDir m_folder;
};

void TestSecret::tellsReferencesFromSecrets_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isReference");
    QTest::newRow("variable") << u"env:KEY"_s << true;
    QTest::newRow("file") << u"file:/run/secrets/key"_s << true;
    QTest::newRow("keychain") << u"keychain:trace/key"_s << true;
    QTest::newRow("empty") << QString() << false;
    QTest::newRow("literal") << u"0123456789abcdef"_s << false;
    QTest::newRow("AWS key pair") << u"AKIA:secret"_s << false;
}

void TestSecret::tellsReferencesFromSecrets()
{
    QFETCH(QString, text);
    QFETCH(bool, isReference);
    QCOMPARE(isSecretReference(text), isReference);
}

void TestSecret::readsTheEnvironment()
{
    qputenv("TRACE_TEST_SECRET", "s3cret ");
    QCOMPARE(resolveSecret(u"env:TRACE_TEST_SECRET"_s).value(), "s3cret "_ba);
    qunsetenv("TRACE_TEST_SECRET");
}

void TestSecret::readsFiles_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("bare") << "s3cret"_ba;
    QTest::newRow("line") << "s3cret\n"_ba;
    QTest::newRow("Windows line") << "s3cret\r\n"_ba;
    QTest::newRow("several line ends") << "s3cret\n\n"_ba;
}

void TestSecret::readsFiles()
{
    QFETCH(QByteArray, content);
    QFile file(m_folder.filePath(u"key"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
    file.close();
    QCOMPARE(resolveSecret(u"file:"_s + file.fileName()).value(), "s3cret"_ba);
    QCOMPARE(resolveSecret(u"file://"_s + file.fileName()).value(), "s3cret"_ba);
}

void TestSecret::givesLiteralsBack()
{
    QCOMPARE(resolveSecret(u"pässword"_s).value(), u"pässword"_s.toUtf8());
    QCOMPARE(resolveSecret(QString()).value(), QByteArray());
}

void TestSecret::saysWhatIsMissing_data()
{
    QTest::addColumn<QString>("reference");
    QTest::addColumn<QString>("named");
    QTest::newRow("variable") << u"env:TRACE_NOT_SET"_s << u"TRACE_NOT_SET"_s;
    QTest::newRow("no variable") << u"env:"_s << u"env:"_s;
    QTest::newRow("file") << u"file:/no/such/file"_s << u"/no/such/file"_s;
    QTest::newRow("no file") << u"file:"_s << u"file:"_s;
    QTest::newRow("folder") << u"file:"_s + m_folder.path() << m_folder.path();
    QTest::newRow("keychain") << u"keychain:trace/key"_s << u"keychain"_s;
}

void TestSecret::saysWhatIsMissing()
{
    QFETCH(QString, reference);
    QFETCH(QString, named);
    const auto secret = resolveSecret(reference);
    QVERIFY(!secret);
    QVERIFY2(secret.error().text.contains(named), qPrintable(secret.error().text));
    QVERIFY(!secret.error().action.isEmpty());
}

void TestSecret::neverShowsTheSecret()
{
    QFile file(m_folder.filePath(u"two lines"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("s3cret\nX-Other: header\n");
    file.close();
    qputenv("TRACE_TEST_SECRET", "s3cret\r\n");
    for (const QString &reference :
         {u"file:"_s + file.fileName(), u"env:TRACE_TEST_SECRET"_s, u"s3cret\nliteral"_s}) {
        const auto secret = resolveSecret(reference);
        QVERIFY(!secret);
        QVERIFY2(!secret.error().message().contains(u"s3cret"_s),
                 qPrintable(secret.error().message()));
    }
    qputenv("TRACE_TEST_SECRET", "");
    QVERIFY(!resolveSecret(u"env:TRACE_TEST_SECRET"_s));
    qunsetenv("TRACE_TEST_SECRET");
}

void TestSecret::tellsOfFilesThatOthersCanRead()
{
    QFile file(m_folder.filePath(u"open"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    const QString reference = u"file:"_s + file.fileName();
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    QVERIFY(!secretRisk(reference));
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup));
    const auto risk = secretRisk(reference);
    QVERIFY(risk);
    QVERIFY(risk->text.contains(file.fileName()));
    QVERIFY(risk->action.contains(u"chmod 600 "_s + file.fileName()));
    QVERIFY(!secretRisk(u"env:KEY"_s));
    QVERIFY(!secretRisk(u"file:/no/such/file"_s));
}

QTEST_GUILESS_MAIN(TestSecret)
#include "tst_secret.moc"
