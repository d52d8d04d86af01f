// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/platform/fileidentity.h"

namespace trace {

//! Watches that the journal's file and its log stay where they are: one that is removed or replaced
//! under SQLite goes on taking what is written, and nobody will find that again.
class OpenFiles final
{
public:
    //! \a path has just been opened.
    explicit OpenFiles(const QString &path);

    //! What is wrong now.
    [[nodiscard]] std::optional<Error> fault();

private:
    QString m_path;
    QString m_logPath;
    std::optional<FileIdentity> m_file;
    std::optional<FileIdentity> m_log; // once there is one
};

} // namespace trace
