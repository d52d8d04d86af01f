// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QString>

namespace trace {

//! Tells what clients were refused for: each kind at once, and then once a minute with how many
//! there were since.
class RefusalTeller final
{
public:
    void tell(const QString &path, int status, const QString &reason);

private:
    struct Kind
    {
        QElapsedTimer sinceTold{};
        int untold = 0;
    };
    QHash<QString, Kind> m_kinds;
};

} // namespace trace
