// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/failed/failedbatchmodel.h"

#include "ui/look/look.h"
#include "ui/look/text.h"

#include <QGuiApplication>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

bool isNumber(int column)
{
    return column == FailedBatchModel::Id || column == FailedBatchModel::Records ||
           column == FailedBatchModel::Attempts;
}

QString cellText(const FailedBatchRow &batch, int column)
{
    switch (column) {
    case FailedBatchModel::Id:
        return QString::number(batch.id);
    case FailedBatchModel::EndpointName:
        return visibleLine(batch.endpointName);
    case FailedBatchModel::State:
        return batch.state == FailedState::Claimed ? FailedBatchModel::tr("Replaying")
                                                   : FailedBatchModel::tr("Failed");
    case FailedBatchModel::Records:
        return countText(batch.records);
    case FailedBatchModel::Status:
        return batch.status == 0 ? FailedBatchModel::tr("no answer")
                                 : QString::number(batch.status);
    case FailedBatchModel::Attempts:
        return countText(batch.attempts.size());
    case FailedBatchModel::Created:
        return batch.created.toLocalTime().toString(u"HH:mm:ss"_s);
    case FailedBatchModel::Duplicates:
        return batch.mayHaveArrived ? FailedBatchModel::tr("may duplicate")
                                    : FailedBatchModel::tr("no");
    case FailedBatchModel::Reason:
        return visibleLine(batch.reason);
    default:
        return {};
    }
}

} // namespace

void FailedBatchModel::setBatches(QList<FailedBatchRow> batches)
{
    std::sort(batches.begin(), batches.end(),
              [](const FailedBatchRow &a, const FailedBatchRow &b) { return a.id < b.id; });
    for (qsizetype row = m_batches.size(); row-- > 0;) {
        const bool stays =
            std::any_of(batches.begin(), batches.end(),
                        [&](const FailedBatchRow &other) { return other.id == m_batches[row].id; });
        if (stays)
            continue;
        beginRemoveRows({}, int(row), int(row));
        m_batches.removeAt(row);
        endRemoveRows();
    }
    // What is left is in order, so that a new batch has one place.
    for (int row = 0; row < int(batches.size()); ++row) {
        if (row >= int(m_batches.size()) || m_batches[row].id != batches[row].id) {
            beginInsertRows({}, row, row);
            m_batches.insert(row, batches[row]);
            endInsertRows();
        } else if (m_batches[row] != batches[row]) {
            m_batches[row] = batches[row];
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
    }
}

const FailedBatchRow *FailedBatchModel::batch(int row) const
{
    return row >= 0 && row < int(m_batches.size()) ? &m_batches[row] : nullptr;
}

int FailedBatchModel::rowOf(qint64 id) const
{
    for (int row = 0; row < int(m_batches.size()); ++row) {
        if (m_batches[row].id == id)
            return row;
    }
    return -1;
}

QList<qint64> FailedBatchModel::ids() const
{
    QList<qint64> ids;
    for (const FailedBatchRow &batch : m_batches)
        ids.append(batch.id);
    return ids;
}

qint64 FailedBatchModel::recordCount() const
{
    qint64 records = 0;
    for (const FailedBatchRow &batch : m_batches)
        records += batch.records;
    return records;
}

int FailedBatchModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_batches.size());
}

int FailedBatchModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant FailedBatchModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const FailedBatchRow &batch = m_batches[index.row()];
    const int column = index.column();
    const bool replaying = batch.state == FailedState::Claimed;
    switch (role) {
    case Qt::DisplayRole:
        return cellText(batch, column);
    case Qt::DecorationRole:
        if (column == State)
            return namedIcon(replaying ? u"state-sending"_s : u"level-error"_s);
        return {};
    case Qt::ForegroundRole:
        if (column == State)
            return toneColor(replaying ? Tone::Info : Tone::Bad, QGuiApplication::palette());
        if (column == Duplicates && batch.mayHaveArrived)
            return toneColor(Tone::Warning, QGuiApplication::palette());
        return {};
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((isNumber(column) ? Qt::AlignRight : Qt::AlignLeft) |
                                   Qt::AlignVCenter);
    case Qt::ToolTipRole:
        if (column == Created)
            return batch.created.toLocalTime().toString(Qt::ISODate);
        return toolTipText(cellText(batch, column));
    case IdRole:
        return batch.id;
    default:
        return {};
    }
}

QVariant FailedBatchModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) |
                                   Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Id:
        return tr("Batch");
    case EndpointName:
        return tr("Endpoint");
    case State:
        return tr("State");
    case Records:
        return tr("Records");
    case Status:
        return tr("Status");
    case Attempts:
        return tr("Attempts");
    case Created:
        return tr("Failed at");
    case Duplicates:
        return tr("Duplicates");
    case Reason:
        return tr("Reason");
    default:
        return {};
    }
}

} // namespace trace
