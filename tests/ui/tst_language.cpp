// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/language.h"
#include "ui/look/look.h"
#include "ui/runs/runsview.h"

#include <QFile>
#include <QLocale>
#include <QTest>

using namespace Qt::StringLiterals;

namespace trace {

class TestLanguage final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void speaksEnglishWithPlurals();
    void speaksGerman();
    void translationsAreComplete_data();
    void translationsAreComplete();
};

void TestLanguage::speaksEnglishWithPlurals()
{
    installLanguage(*qApp); // in the C locale, for which there is no file
    QCOMPARE(RunsView::tr("%n run(s)", nullptr, 1), u"1 run"_s);
    QCOMPARE(RunsView::tr("%n run(s)", nullptr, 5), u"5 runs"_s);
    QCOMPARE(levelText(Level::Warning), u"Warning"_s);
}

void TestLanguage::speaksGerman()
{
    QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
    installLanguage(*qApp);
    QCOMPARE(RunsView::tr("%n run(s)", nullptr, 1), u"1 Lauf"_s);
    QCOMPARE(RunsView::tr("%n run(s)", nullptr, 5), u"5 Läufe"_s);
    QCOMPARE(levelText(Level::Warning), u"Warnung"_s);
}

void TestLanguage::translationsAreComplete_data()
{
    QTest::addColumn<QString>("language");
    QTest::newRow("English") << u"en"_s;
    QTest::newRow("German") << u"de"_s;
}

void TestLanguage::translationsAreComplete()
{
    QFETCH(QString, language);
    QFile file(QStringLiteral(TRACE_TRANSLATIONS "/trace-console_%1.ts").arg(language));
    QVERIFY2(file.open(QFile::ReadOnly), qPrintable(file.errorString()));
    const QByteArray text = file.readAll();
    QVERIFY(text.contains("<message"));
    QVERIFY(!text.contains("unfinished"));
}

} // namespace trace

QTEST_MAIN(trace::TestLanguage)
#include "tst_language.moc"
