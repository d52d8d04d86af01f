// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/healthstrip.h"

#include "ui/look/text.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace trace {

HealthStrip::HealthStrip(QWidget *parent)
    : QFrame(parent)
{
    setFrameShape(QFrame::StyledPanel);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 6, 12, 6);
    layout->setSpacing(8);
    m_accepted = addTile(layout, u"acceptedTile"_s, tr("Accepted"));
    m_delivered = addTile(layout, u"deliveredTile"_s, tr("Delivered"));
    m_waiting = addTile(layout, u"waitingTile"_s, tr("Waiting"));
    m_endpoints = addTile(layout, u"endpointsTile"_s, tr("Endpoints"));
    m_failed = addTile(layout, u"failedTile"_s, tr("Failed batches"));
    m_journal = addTile(layout, u"journalTile"_s, tr("Journal"));
}

HealthStrip::Tile HealthStrip::addTile(QHBoxLayout *layout, const QString &name,
                                       const QString &caption)
{
    if (layout->count() > 0) {
        auto *line = new QFrame(this);
        line->setFrameShape(QFrame::VLine);
        line->setForegroundRole(QPalette::Mid);
        line->setFrameShadow(QFrame::Plain);
        layout->addWidget(line);
        layout->addSpacing(4);
    }
    Tile tile{new QLabel(this), new QLabel(caption, this), new QLabel(this)};
    tile.value->setObjectName(name);
    tile.value->setTextFormat(Qt::PlainText);
    QFont bold = font();
    bold.setBold(true);
    tile.value->setFont(bold);
    tile.icon->setFixedWidth(22);
    auto *words = new QVBoxLayout;
    words->setSpacing(1);
    words->addWidget(tile.caption);
    words->addWidget(tile.value);
    layout->addWidget(tile.icon);
    layout->addLayout(words, 1);
    return tile;
}

void HealthStrip::show(const Tile &tile, const QString &icon, Tone tone, const QString &value)
{
    tile.icon->setPixmap(namedIcon(icon).pixmap(20, 20));
    QPalette colors = palette();
    if (tone != Tone::Neutral)
        colors.setColor(QPalette::WindowText, toneColor(tone, colors));
    tile.value->setPalette(colors);
    tile.value->setText(value);
    tile.value->setAccessibleName(tile.caption->text() + u": "_s + value);
}

void HealthStrip::showEndpoints(const QList<EndpointStatus> &endpoints)
{
    int well = 0;
    int untried = 0;
    int waiting = 0; // for a time or for the operator
    int stopped = 0; // needs somebody
    for (const EndpointStatus &endpoint : endpoints) {
        const Tone tone = stateTone(endpoint);
        if (endpoint.health == Health::Unused)
            continue;
        ++(tone == Tone::Bad                    ? stopped
           : tone == Tone::Warning              ? waiting
           : endpoint.health == Health::Untried ? untried
                                                : well);
    }
    QStringList parts;
    if (well > 0)
        parts.append(tr("%n ok", "endpoints", well));
    if (untried > 0)
        parts.append(tr("%n not tried yet", "endpoints", untried));
    if (waiting > 0)
        parts.append(tr("%n on hold", "endpoints", waiting));
    if (stopped > 0)
        parts.append(tr("%n stopped", "endpoints", stopped));
    if (parts.isEmpty())
        show(m_endpoints, u"level-info"_s, Tone::Neutral, tr("none"));
    else if (stopped > 0)
        show(m_endpoints, u"state-suspended"_s, Tone::Bad, parts.join(u" \u00b7 "_s));
    else if (waiting > 0)
        show(m_endpoints, u"state-backingoff"_s, Tone::Warning, parts.join(u" \u00b7 "_s));
    else if (untried > 0)
        show(m_endpoints, u"level-info"_s, Tone::Neutral, parts.join(u" \u00b7 "_s));
    else
        show(m_endpoints, u"state-idle"_s, Tone::Good, parts.join(u" \u00b7 "_s));
}

void HealthStrip::setStatus(const ForwarderStatus &status, qint64 failedRecords)
{
    qint64 waiting = 0;
    qint64 delivered = 0;
    for (const EndpointStatus &endpoint : status.endpoints) {
        waiting += endpoint.ledger.waiting + endpoint.ledger.inFlight;
        delivered += endpoint.ledger.delivered;
    }
    show(m_accepted, u"level-info"_s, Tone::Neutral,
         tr("%1 records/s").arg(decimalText(status.acceptedPerSecond)));
    show(m_delivered, u"state-sending"_s, Tone::Neutral, countText(delivered));
    show(m_waiting, u"waiting"_s, Tone::Neutral, countText(waiting));
    showEndpoints(status.endpoints);
    if (status.failedBatches > 0)
        show(m_failed, u"level-error"_s, Tone::Bad,
             tr("%1 with %n record(s)", "%1 batches", int(failedRecords))
                 .arg(countText(status.failedBatches)));
    else
        show(m_failed, u"check"_s, Tone::Good, tr("none"));
    if (status.journalProblem.isEmpty()) {
        show(m_journal, u"check"_s, Tone::Good, tr("writes"));
        m_journal.value->setToolTip({});
    } else {
        show(m_journal, u"level-critical"_s, Tone::Bad, tr("cannot be written"));
        m_journal.value->setToolTip(toolTipText(status.journalProblem));
    }
}

} // namespace trace
