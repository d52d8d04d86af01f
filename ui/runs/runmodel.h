// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/journal/journalrows.h"

#include <QAbstractItemModel>
#include <QHash>

#include <memory>
#include <vector>

namespace trace {

//! The runs as a tree, children under the run that started them; newest first at the top, children
//! in the order in which they started. Rows without a run id are sources: what records that are in
//! no run come from.
class RunModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column
    {
        Run,
        Workflow,
        Started,
        Duration,
        Records,
        Warnings,
        Errors,
        ColumnCount
    };
    enum Role
    {
        RunIdRole = Qt::UserRole,
        FirstSequenceRole,
        LastSequenceRole
    };

    explicit RunModel(QObject *parent = nullptr);
    ~RunModel() override;

    //! Takes new runs and runs that changed; the others stay as they are.
    void update(const QList<RunRow> &runs);
    //! Removes what has no record with the number \a oldest or a higher one: the journal keeps
    //! nothing of it any more.
    void removeBefore(quint64 oldest);
    //! The newest record of any run that is known.
    [[nodiscard]] quint64 lastSequence() const { return m_lastSequence; }
    [[nodiscard]] qsizetype runCount() const { return m_nodes.size() - m_sources; }
    [[nodiscard]] qsizetype sourceCount() const { return m_sources; }
    //! The row of a run; invalid when it is not known.
    [[nodiscard]] QModelIndex indexOf(const QString &runId) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &child) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

private:
    struct Node;

    [[nodiscard]] Node *nodeOf(const QModelIndex &index) const;
    [[nodiscard]] QModelIndex indexOf(const Node *node, int column = 0) const;
    void insert(const RunRow &run);
    void remove(Node *node);
    void adoptOrphans(Node *parent);
    [[nodiscard]] QString text(const RunRow &run, int column) const;

    std::unique_ptr<Node> m_root;
    QHash<qint64, Node *> m_nodes; // by RunRow::id
    QHash<QString, Node *> m_byRunId;
    quint64 m_lastSequence = 0;
    qsizetype m_sources = 0;
};

} // namespace trace
