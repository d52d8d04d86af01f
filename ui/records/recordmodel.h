// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/journal/journalrows.h"
#include "ui/session/recordpage.h"

#include <QAbstractTableModel>
#include <QCache>
#include <QList>
#include <QSet>

namespace trace {

//! Every record that the journal keeps, one row each, without holding them: pages are asked for
//! when they are looked at and the least used are forgotten. Rows that are on their way show "…".
class RecordModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        Time,
        LevelColumn,
        Run,
        Place,
        Message,
        ColumnCount
    };

    explicit RecordModel(QObject *parent = nullptr);

    //! The records that the journal keeps now; {0, 0} for none. Rows come and go accordingly.
    void setRange(SequenceRange range);
    void addPage(const RecordPagePointer &page);

    //! The record of a row; null while it is on its way or when the journal has it no more.
    [[nodiscard]] const RecordRow *record(int row) const;
    [[nodiscard]] quint64 sequenceOf(int row) const { return m_first + quint64(row); }
    //! The row of a record, -1 when the journal has it no more.
    [[nodiscard]] int rowOf(quint64 sequence) const;
    //! Pages are asked for and did not come yet.
    [[nodiscard]] bool isLoading() const { return !m_asked.isEmpty() || !m_wanted.isEmpty(); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    //! Once per page that is looked at and not there; answer with addPage().
    void pageNeeded(quint64 number, quint64 upTo) const;

private:
    [[nodiscard]] const RecordPage *page(quint64 sequence) const;
    void want(quint64 number) const;
    void askNext() const;
    [[nodiscard]] QVariant cell(const RecordRow &row, int column, int role) const;

    quint64 m_first = 0;
    int m_rows = 0;
    QCache<quint64, RecordPagePointer> m_pages;
    // What is looked at decides what is loaded, so that data() changes these.
    mutable QSet<quint64> m_asked;
    mutable QList<quint64> m_wanted; // the one wanted last comes first
};

} // namespace trace
