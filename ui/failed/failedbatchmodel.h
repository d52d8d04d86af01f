// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/journal/journalrows.h"

#include <QAbstractTableModel>
#include <QList>

namespace trace {

//! The failed batches that are not settled, oldest first.
class FailedBatchModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        Id,
        EndpointName,
        State,
        Records,
        Status,
        Attempts,
        Created,
        Duplicates,
        Reason,
        ColumnCount
    };
    enum Role
    {
        IdRole = Qt::UserRole
    };

    using QAbstractTableModel::QAbstractTableModel;

    //! Rows that stay keep their place, so that a selection survives.
    void setBatches(QList<FailedBatchRow> batches);

    //! The batch of a row; null when there is none.
    [[nodiscard]] const FailedBatchRow *batch(int row) const;
    [[nodiscard]] int rowOf(qint64 id) const;
    [[nodiscard]] QList<qint64> ids() const;
    //! Over all batches.
    [[nodiscard]] qint64 recordCount() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

private:
    QList<FailedBatchRow> m_batches;
};

} // namespace trace
