// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/delivery/engine.h"

#include <QObject>

namespace trace {

//! "[#####---------------]  25 %  1 of 4 records": a line for printProgress().
[[nodiscard]] QString progressText(qint64 done, qint64 total, const QString &unit);

//! Shows on the terminal how a delivery to some endpoints gets on, as long as this lives.
class Progress final : public QObject
{
    Q_OBJECT
public:
    //! \a endpoints are Endpoint::ids.
    Progress(Engine &engine, QStringList endpoints);
    ~Progress() override;

private:
    void show(const ForwarderStatus &status);

    QStringList m_endpoints;
    qint64 m_settledBefore = 0;
};

} // namespace trace
