// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/status.h"
#include "ui/look/look.h"

#include <QFrame>

class QHBoxLayout;
class QLabel;

namespace trace {

//! One line that says whether all is well: how much arrives, waits and failed, and how many
//! endpoints work.
class HealthStrip final : public QFrame
{
    Q_OBJECT
public:
    explicit HealthStrip(QWidget *parent = nullptr);

    //! \a failedRecords are those in all failed batches.
    void setStatus(const ForwarderStatus &status, qint64 failedRecords);

private:
    struct Tile
    {
        QLabel *icon = nullptr;
        QLabel *caption = nullptr;
        QLabel *value = nullptr;
    };

    [[nodiscard]] Tile addTile(QHBoxLayout *layout, const QString &name, const QString &caption);
    void show(const Tile &tile, const QString &icon, Tone tone, const QString &value);
    void showEndpoints(const QList<EndpointStatus> &endpoints);

    Tile m_accepted;
    Tile m_waiting;
    Tile m_delivered;
    Tile m_endpoints;
    Tile m_failed;
    Tile m_journal;
};

} // namespace trace
