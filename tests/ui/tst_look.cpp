// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/contrast.h"
#include "ui/look/look.h"

#include <QTest>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

QPalette paletteOf(QRgb base, QRgb alternate)
{
    QPalette palette;
    palette.setColor(QPalette::Base, QColor(base));
    palette.setColor(QPalette::AlternateBase, QColor(alternate));
    return palette;
}

} // namespace

class TestLook final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void coloursAreReadable_data();
    void coloursAreReadable();
    void everyLevelHasWordAndIcon();
    void everyStateHasWordAndIcon();
};

void TestLook::coloursAreReadable_data()
{
    QTest::addColumn<QPalette>("palette");
    QTest::newRow("light") << paletteOf(0xffffffff, 0xfff5f5f5);
    QTest::newRow("dark") << paletteOf(0xff232629, 0xff2d3136);
}

void TestLook::coloursAreReadable()
{
    QFETCH(QPalette, palette);
    for (const Tone tone :
         {Tone::Neutral, Tone::Info, Tone::Good, Tone::Warning, Tone::Bad, Tone::Critical}) {
        const QColor color = toneColor(tone, palette);
        QVERIFY2(contrast(color, palette.color(QPalette::Base)) >= 4.5, qPrintable(color.name()));
        QVERIFY2(contrast(color, palette.color(QPalette::AlternateBase)) >= 4.5,
                 qPrintable(color.name()));
    }
}

void TestLook::everyLevelHasWordAndIcon()
{
    QSet<QString> words;
    for (const Level level : allLevels) {
        words.insert(levelText(level));
        QVERIFY2(!levelIcon(level).pixmap(16, 16).isNull(), qPrintable(levelText(level)));
    }
    QCOMPARE(words.size(), qsizetype(allLevels.size()));
    QVERIFY(!words.contains(QString()));
}

void TestLook::everyStateHasWordAndIcon()
{
    QSet<QString> words;
    EndpointStatus status;
    for (const SenderState state :
         {SenderState::Idle, SenderState::Sending, SenderState::BackingOff,
          SenderState::HeldAuthentication, SenderState::HeldConfiguration,
          SenderState::HeldByOperator, SenderState::Suspended}) {
        status.state = state;
        words.insert(stateText(status));
        QVERIFY2(!stateIcon(status).pixmap(16, 16).isNull(), qPrintable(stateText(status)));
    }
    status.state = SenderState::HeldByOperator;
    status.paused = true;
    words.insert(stateText(status));
    status.state = SenderState::Idle;
    for (const Health health : {Health::Untried, Health::Ok, Health::Trouble}) {
        status.health = health;
        words.insert(stateText(status));
        // Green only what was reached and delivers.
        QCOMPARE(stateTone(status) == Tone::Good, health == Health::Ok);
        QVERIFY(!stateIcon(status).pixmap(16, 16).isNull());
    }
    status.health = Health::Unused;
    status.state = SenderState::HeldByOperator; // Disabled, and nothing is the matter with it.
    QCOMPARE(stateTone(status), Tone::Neutral);
    status.health = Health::Trouble;
    QCOMPARE(stateTone(status), Tone::Warning);
    status.configured = false;
    words.insert(stateText(status));
    QVERIFY(!stateIcon(status).pixmap(16, 16).isNull());
    QCOMPARE(words.size(), 11);
    QVERIFY(!words.contains(QString()));
}

} // namespace trace

QTEST_MAIN(trace::TestLook)
#include "tst_look.moc"
