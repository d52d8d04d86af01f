// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/service/generic/pythonrecord.h"

#include <QTest>

using namespace trace;
using namespace Qt::StringLiterals;

//! What str() makes of a LogRecord's attributes, read back. The expected texts are Python's own.
class TstPythonRecord : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fillsMessages_data();
    void fillsMessages();
    void readsExceptions_data();
    void readsExceptions();
};

void TstPythonRecord::fillsMessages_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("args");
    QTest::addColumn<QByteArray>("filled"); // null where it is left
    const auto row = [](const char *message, const char *args, const char *filled) {
        QTest::newRow(qPrintable(u"%1 with %2"_s.arg(QLatin1String(message), QLatin1String(args))))
            << QByteArray(message) << QByteArray(args) << QByteArray(filled);
    };
    row("order %s of %d", "('x', 3)", "order x of 3");
    row("one %s", "('x',)", "one x");
    row("%05d|%5.2f|%-4s|%+d", "(42, 3.14159, 'ab', 7)", "00042| 3.14|ab  |+7");
    row("%r and %s", "(\"it's\", \"it's\")", "\"it's\" and it's");
    row("%x %X %o %e", "(255, 255, 8, 12345.678)", "ff FF 10 1.234568e+04");
    row("%d%%", "(50,)", "50%");
    row("%d", "(3.7,)", "3");
    row("%s %s", "([1, 'a, b'], {'k': (1, 2)})", "[1, 'a, b'] {'k': (1, 2)}");
    row("%s", "(<Foo object at 0x7f12>,)", "<Foo object at 0x7f12>");
    row("%(name)s has %(n)03d", "{'name': 'x', 'n': 7}", "x has 007");
    row("%s", "('a\\nb',)", "a\nb");
    row("%s", "(None,)", "None");
    row("nothing", "()", nullptr);
    row("%s and %s", "('x',)", nullptr);
    row("%s", "('x', 'y')", nullptr);
    row("%d", "('x',)", nullptr);
    row("%(m)s", "{'n': 1}", nullptr);
    row("%", "(1,)", nullptr);
    row("%s", "('x", nullptr);
    row("%s", "x", nullptr);
    row("%99999d", "(1,)", nullptr);
    row("%n", "(1,)", nullptr);
    row("%d", "(1e300,)", nullptr);
}

void TstPythonRecord::fillsMessages()
{
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, args);
    QFETCH(QByteArray, filled);
    const auto read = filledByPython(message.toStdString(), args.toStdString());
    QCOMPARE(read.has_value(), !filled.isNull());
    if (read)
        QCOMPARE(QByteArray::fromStdString(*read), filled);
}

void TstPythonRecord::readsExceptions_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("message");
    const auto row = [](const char *text, const char *type, const char *message) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(type) << QByteArray(message);
    };
    row("(<class 'ValueError'>, ValueError('no rows'), <traceback object at 0x7f12>)", "ValueError",
        "no rows");
    row("(<class 'app.LoadError'>, LoadError(\"can't\"), <traceback object at 0x1>)",
        "app.LoadError", "can't");
    row("(<class 'OSError'>, FileNotFoundError(2, 'No such file'), <traceback object at 0x1>)",
        "OSError", "2, 'No such file'");
    row("(<class 'KeyError'>, KeyError(), None)", "KeyError", "");
    row("(<class 'X'>, <X at 0x1>, <traceback object at 0x1>)", "X", "<X at 0x1>");
    row("(None, None, None)", "", "");
    row("ValueError", "", "");
    row("", "", "");
}

void TstPythonRecord::readsExceptions()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, message);
    const auto read = exceptionOfPython(text.toStdString());
    QCOMPARE(read.has_value(), !type.isEmpty());
    if (read) {
        QCOMPARE(QByteArray::fromStdString(read->type), type);
        QCOMPARE(QByteArray::fromStdString(read->message), message);
    }
}

QTEST_GUILESS_MAIN(TstPythonRecord)
#include "tst_pythonrecord.moc"
