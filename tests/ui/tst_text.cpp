// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/look/text.h"

#include <QTest>

using namespace Qt::StringLiterals;

namespace trace {

class TestText final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsWhatCannotBeSeen_data();
    void showsWhatCannotBeSeen();
    void aCellShowsTheFirstLine_data();
    void aCellShowsTheFirstLine();
    void durationsReadWell_data();
    void durationsReadWell();
    void toolTipsAreNotMarkup();
};

void TestText::showsWhatCannotBeSeen_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("visible");
    QTest::newRow("plain text stays") << u"Größe 5 €"_s << u"Größe 5 €"_s;
    QTest::newRow("line ends and tabs stay") << u"a\n\tb"_s << u"a\n\tb"_s;
    QTest::newRow("Windows line ends become plain ones") << u"a\r\nb"_s << u"a\nb"_s;
    QTest::newRow("terminal colours") << u"\u001b[31mred"_s << u"\u241b[31mred"_s;
    QTest::newRow("a null and a delete") << QString(u"a\0b\u007f"_s) << u"a\u2400b\u2421"_s;
    QTest::newRow("a direction override") << u"a\u202eb"_s << u"a<U+202E>b"_s;
}

void TestText::showsWhatCannotBeSeen()
{
    QFETCH(QString, text);
    QTEST(visibleText(text), "visible");
}

void TestText::aCellShowsTheFirstLine_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("line");
    QTest::newRow("one line") << u"done"_s << u"done"_s;
    QTest::newRow("a line end at the end is no second line") << u"done\n"_s << u"done"_s;
    QTest::newRow("more lines") << u"first\nsecond"_s << u"first \u2026"_s;
    QTest::newRow("Windows line end") << u"first\r\nsecond"_s << u"first \u2026"_s;
    QTest::newRow("a tab is a space") << u"a\tb"_s << u"a b"_s;
    QTest::newRow("a very long line is cut")
        << QString(5000, u'x') << QString(1000, u'x') + u" \u2026"_s;
}

void TestText::aCellShowsTheFirstLine()
{
    QFETCH(QString, text);
    QTEST(visibleLine(text), "line");
}

void TestText::durationsReadWell_data()
{
    QTest::addColumn<qint64>("ns");
    QTest::addColumn<QString>("text");
    QTest::newRow("milliseconds") << qint64(85'400'000) << u"85 ms"_s;
    QTest::newRow("seconds") << qint64(3'240'000'000) << u"3.2 s"_s;
    QTest::newRow("minutes") << qint64(247'000'000'000) << u"4 min 07 s"_s;
    QTest::newRow("hours") << qint64(7'500'000'000'000) << u"2 h 05 min"_s;
}

void TestText::durationsReadWell()
{
    QFETCH(qint64, ns);
    QTEST(durationText(ns), "text");
}

void TestText::toolTipsAreNotMarkup()
{
    QCOMPARE(toolTipText(u"<b>1 & 2</b>"_s), u"<qt>&lt;b&gt;1 &amp; 2&lt;/b&gt;</qt>"_s);
}

} // namespace trace

QTEST_GUILESS_MAIN(trace::TestText)
#include "tst_text.moc"
