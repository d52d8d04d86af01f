// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"

#include <QAbstractTableModel>
#include <QList>

namespace trace {

//! The endpoints with state, ledger and speed, one row each, in the engine's order.
class EndpointModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        Name,
        Service,
        State,
        Waiting,
        InFlight,
        Delivered,
        Failed,
        Discarded,
        Rate,
        Retries,
        Latency,
        Problem,
        ColumnCount
    };
    enum Role
    {
        IdRole = Qt::UserRole
    };

    using QAbstractTableModel::QAbstractTableModel;

    //! Rows that stay keep their place, so that a selection survives.
    void setEndpoints(const QList<EndpointStatus> &endpoints);

    //! The endpoint of a row; null when there is none.
    [[nodiscard]] const EndpointStatus *endpoint(int row) const;
    [[nodiscard]] int rowOf(const QString &id) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation,
                        int role = Qt::DisplayRole) const override;

private:
    QList<EndpointStatus> m_endpoints;
};

//! "accepted 240 = delivered 239 + waiting 0 + in flight 0 + failed 1 + discarded 0"
[[nodiscard]] QString ledgerText(const Ledger &ledger);
//! "balances", or by how much it does not.
[[nodiscard]] QString balanceText(const Ledger &ledger);
//! What is said of an endpoint with tls.verify off, beside the red mark.
[[nodiscard]] QString unverifiedText();
//! What is wrong and what to do, as one line; empty when all is well.
[[nodiscard]] QString problemText(const EndpointStatus &status);

} // namespace trace
