// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/endpoints/endpointmodel.h"

#include "ui/look/look.h"
#include "ui/look/text.h"

#include <QCoreApplication>
#include <QGuiApplication>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

bool isNumber(int column)
{
    return column >= EndpointModel::Waiting && column <= EndpointModel::Latency;
}

QString cellText(const EndpointStatus &status, int column)
{
    const Ledger &ledger = status.ledger;
    switch (column) {
    case EndpointModel::Name:
        return visibleLine(status.name);
    case EndpointModel::Service:
        return status.service;
    case EndpointModel::State:
        return stateText(status);
    case EndpointModel::Waiting:
        return countText(ledger.waiting);
    case EndpointModel::InFlight:
        return countText(ledger.inFlight);
    case EndpointModel::Delivered:
        return countText(ledger.delivered);
    case EndpointModel::Failed:
        return countText(ledger.failed);
    case EndpointModel::Discarded:
        return countText(ledger.discarded());
    case EndpointModel::Rate:
        return decimalText(status.recordsPerSecond);
    case EndpointModel::Retries:
        return countText(status.retries);
    case EndpointModel::Latency:
        return status.requests > 0 ? decimalText(status.latencyMs) : QString(QChar(u'\u2013'));
    case EndpointModel::Problem:
        return problemText(status);
    default:
        return {};
    }
}

QVariant foreground(const EndpointStatus &status, int column)
{
    const QPalette palette = QGuiApplication::palette();
    switch (column) {
    case EndpointModel::Name:
        return status.verifiesTls ? QVariant() : QVariant(toneColor(Tone::Bad, palette));
    case EndpointModel::State:
        return toneColor(stateTone(status), palette);
    case EndpointModel::Failed:
        return status.ledger.failed > 0 ? QVariant(toneColor(Tone::Bad, palette)) : QVariant();
    case EndpointModel::Discarded:
        return status.ledger.discarded() > 0 ? QVariant(toneColor(Tone::Warning, palette))
                                             : QVariant();
    case EndpointModel::Service:
        return toneColor(Tone::Neutral, palette);
    default:
        return {};
    }
}

} // namespace

QString ledgerText(const Ledger &ledger)
{
    return QCoreApplication::translate("trace::EndpointModel",
                                       "accepted %1 = delivered %2 + waiting %3 + in flight %4 "
                                       "+ failed %5 + discarded %6")
        .arg(countText(ledger.accepted), countText(ledger.delivered), countText(ledger.waiting),
             countText(ledger.inFlight), countText(ledger.failed), countText(ledger.discarded()));
}

QString balanceText(const Ledger &ledger)
{
    if (ledger.isBalanced())
        return QCoreApplication::translate("trace::EndpointModel", "balances");
    const qint64 sum =
        ledger.delivered + ledger.waiting + ledger.inFlight + ledger.failed + ledger.discarded();
    return QCoreApplication::translate("trace::EndpointModel", "does not balance by %1")
        .arg(countText(ledger.accepted - sum));
}

QString unverifiedText()
{
    return QCoreApplication::translate("trace::EndpointModel",
                                       "the server's certificate is not verified");
}

QString problemText(const EndpointStatus &status)
{
    QString text = visibleLine(status.problem);
    if (!status.verifiesTls) {
        const QString warning = unverifiedText();
        text = text.isEmpty() ? warning : warning + u" \u2013 "_s + text;
    }
    if (!status.action.isEmpty()) {
        if (!text.isEmpty())
            text += u" \u2013 "_s;
        text += visibleLine(status.action);
    }
    if (status.nextAttempt.isValid()) {
        const QString when = status.nextAttempt.toLocalTime().toString(u"HH:mm:ss"_s);
        const QString next =
            QCoreApplication::translate("trace::EndpointModel", "next attempt %1").arg(when);
        text += text.isEmpty() ? next : u" \u2013 "_s + next;
    }
    return text;
}

void EndpointModel::setEndpoints(const QList<EndpointStatus> &endpoints)
{
    for (qsizetype row = m_endpoints.size(); row-- > 0;) {
        const bool stays =
            std::any_of(endpoints.begin(), endpoints.end(), [&](const EndpointStatus &other) {
                return other.id == m_endpoints[row].id;
            });
        if (stays)
            continue;
        beginRemoveRows({}, int(row), int(row));
        m_endpoints.removeAt(row);
        endRemoveRows();
    }
    for (int row = 0; row < int(endpoints.size()); ++row) {
        const int old = rowOf(endpoints[row].id);
        if (old < 0) {
            beginInsertRows({}, row, row);
            m_endpoints.insert(row, endpoints[row]);
            endInsertRows();
            continue;
        }
        if (old != row) {
            beginMoveRows({}, old, old, {}, row);
            m_endpoints.move(old, row);
            endMoveRows();
        }
        if (m_endpoints[row] != endpoints[row]) {
            m_endpoints[row] = endpoints[row];
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
    }
}

const EndpointStatus *EndpointModel::endpoint(int row) const
{
    return row >= 0 && row < int(m_endpoints.size()) ? &m_endpoints[row] : nullptr;
}

int EndpointModel::rowOf(const QString &id) const
{
    for (int row = 0; row < int(m_endpoints.size()); ++row) {
        if (m_endpoints[row].id == id)
            return row;
    }
    return -1;
}

int EndpointModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_endpoints.size());
}

int EndpointModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant EndpointModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const EndpointStatus &status = m_endpoints[index.row()];
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return cellText(status, column);
    case Qt::DecorationRole:
        if (column == Name && !status.verifiesTls)
            return namedIcon(u"level-error"_s);
        return column == State ? QVariant(stateIcon(status)) : QVariant();
    case Qt::ForegroundRole:
        return foreground(status, column);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((isNumber(column) ? Qt::AlignRight : Qt::AlignLeft) |
                                   Qt::AlignVCenter);
    case Qt::ToolTipRole:
        if (column == Name)
            return toolTipText(status.url.toString(QUrl::RemoveUserInfo) +
                               (status.verifiesTls ? QString() : u'\n' + unverifiedText()));
        return toolTipText(cellText(status, column));
    case IdRole:
        return status.id;
    default:
        return {};
    }
}

QVariant EndpointModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) |
                                   Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Endpoint");
    case Service:
        return tr("Service");
    case State:
        return tr("State");
    case Waiting:
        return tr("Waiting");
    case InFlight:
        return tr("In flight");
    case Delivered:
        return tr("Delivered");
    case Failed:
        return tr("Failed");
    case Discarded:
        return tr("Discarded");
    case Rate:
        return tr("Records/s");
    case Retries:
        return tr("Retries");
    case Latency:
        return tr("Latency ms");
    case Problem:
        return tr("Problem and what to do");
    default:
        return {};
    }
}

} // namespace trace
