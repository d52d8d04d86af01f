// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/look/panel.h"

class QLabel;
class QTableView;
class QToolButton;

namespace trace {

class EndpointModel;
struct EndpointStatus;

//! The endpoints with the ledger of the chosen one. Only asks; who listens does the work.
class EndpointsView final : public Panel
{
    Q_OBJECT
public:
    explicit EndpointsView(EndpointModel &model, QWidget *parent = nullptr);

Q_SIGNALS:
    void addRequested();
    // Endpoints go by Endpoint::id.
    void editRequested(const QString &endpoint);
    void removeRequested(const QString &endpoint);
    void retryRequested(const QString &endpoint);
    void pauseRequested(const QString &endpoint, bool paused);

private:
    void setUpColumns();
    void connectButtons();
    void chooseFirst();
    [[nodiscard]] const EndpointStatus *current() const;
    [[nodiscard]] QString currentId() const;
    void updateCurrent();

    EndpointModel &m_model;
    QTableView *m_table;
    QLabel *m_ledgerIcon;
    QLabel *m_ledger;
    QToolButton *m_retry;
    QToolButton *m_pause;
    QToolButton *m_add;
    QToolButton *m_edit;
    QToolButton *m_remove;
};

} // namespace trace
