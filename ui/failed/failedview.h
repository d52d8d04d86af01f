// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/record.h"
#include "ui/look/panel.h"

#include <QList>

class QPlainTextEdit;
class QTableView;
class QToolButton;

namespace trace {

class FailedBatchModel;

//! The failed batches, and why the chosen one failed. Only asks; who listens does the work.
class FailedView final : public Panel
{
    Q_OBJECT
public:
    explicit FailedView(FailedBatchModel &model, QWidget *parent = nullptr);

    //! The answer to recordsWanted.
    void showRecords(qint64 batch, const QList<Record> &records);

Q_SIGNALS:
    void replayRequested(const QList<qint64> &batches);
    void discardRequested(const QList<qint64> &batches);
    void recordsWanted(qint64 batch);

private:
    void setUpColumns();
    void connectAll();
    [[nodiscard]] QList<qint64> chosen() const;
    void onRowsInserted();
    void onCurrentChanged();
    void updateButtons();
    void showDetail();

    FailedBatchModel &m_model;
    QTableView *m_table;
    QPlainTextEdit *m_detail;
    QToolButton *m_replay;
    QToolButton *m_replayAll;
    QToolButton *m_discard;
    qint64 m_shown = 0;      // the batch in the detail
    QList<Record> m_records; // its records, once they came
};

} // namespace trace
