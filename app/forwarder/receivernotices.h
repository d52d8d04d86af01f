// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/jsonrecordreader.h"

#include <QElapsedTimer>
#include <QHash>
#include <QString>

namespace trace {

//! Tells what clients were refused for and what was bent to read their records: each kind at once,
//! and then once a minute with how many there were since.
class ReceiverNotices final
{
public:
    void tellRefusal(const QString &path, int status, const QString &reason);
    void tellBent(const QString &path, const InputProblems &problems);

private:
    struct Kind
    {
        QElapsedTimer sinceTold{};
        int untold = 0;
    };

    void tell(const QString &kind, const QString &text);

    QHash<QString, Kind> m_kinds;
};

} // namespace trace
