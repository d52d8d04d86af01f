// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/look/panel.h"

class QTreeView;

namespace trace {

class RunModel;

//! The tree of runs. Choosing one asks for its records.
class RunsView final : public Panel
{
    Q_OBJECT
public:
    explicit RunsView(RunModel &model, QWidget *parent = nullptr);

Q_SIGNALS:
    //! A run was chosen; \a firstSequence is that of its first record.
    void runChosen(quint64 firstSequence);

private:
    void setUpColumns();
    void chooseCurrent();
    void updateNote();

    RunModel &m_model;
    QTreeView *m_tree;
};

} // namespace trace
