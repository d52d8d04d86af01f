// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runsview.h"

#include "ui/runs/runmodel.h"

#include <QHeaderView>
#include <QTreeView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace trace {

RunsView::RunsView(RunModel &model, QWidget *parent)
    : Panel(tr("Runs"), parent)
    , m_model(model)
    , m_tree(new QTreeView(this))
{
    m_tree->setObjectName(u"runsTree"_s);
    m_tree->setAccessibleName(tr("Runs"));
    m_tree->setModel(&model);
    makeTidy(m_tree);
    setUpColumns();
    content()->addWidget(m_tree);

    // Not the current row: a view that gets the focus sets that without being asked.
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &RunsView::chooseCurrent);
    connect(m_tree, &QTreeView::activated, this, &RunsView::chooseCurrent);
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex &parent_) {
        m_tree->expand(parent_);
        updateNote();
    });
    connect(&model, &QAbstractItemModel::rowsRemoved, this, &RunsView::updateNote);
    connect(&model, &QAbstractItemModel::rowsMoved, this,
            [this](const QModelIndex &, int, int, const QModelIndex &to) { m_tree->expand(to); });
    m_tree->expandAll();
    updateNote();
}

void RunsView::setUpColumns()
{
    QHeaderView *const header = m_tree->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(RunModel::Run, QHeaderView::Stretch);
    m_tree->setIndentation(14);
    for (int column = RunModel::Duration; column < RunModel::ColumnCount; ++column)
        m_tree->setColumnWidth(
            column, widthFor(this, m_model.headerData(column, Qt::Horizontal).toString()));
    m_tree->setColumnWidth(RunModel::Workflow, widthFor(this, u"daily_report"_s));
    m_tree->setColumnWidth(RunModel::Started, widthFor(this, u"00:00:00"_s));
}

void RunsView::chooseCurrent()
{
    const QModelIndexList chosen = m_tree->selectionModel()->selectedRows();
    if (!chosen.isEmpty())
        Q_EMIT runChosen(chosen.first().data(RunModel::FirstSequenceRole).toULongLong());
}

void RunsView::updateNote()
{
    QString note = tr("%n run(s)", nullptr, int(m_model.runCount()));
    if (m_model.sourceCount() > 0)
        note += u" \u00b7 "_s +
                tr("%n source(s) without runs", nullptr, int(m_model.sourceCount()));
    setNote(note);
}

} // namespace trace
