// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/journal/openfiles.h"

namespace trace {

using namespace Qt::StringLiterals;

OpenFiles::OpenFiles(const QString &path)
    : m_path(path)
    , m_logPath(path + u"-wal"_s)
    , m_file(FileIdentity::of(path))
{}

std::optional<Error> OpenFiles::fault()
{
    const auto log = FileIdentity::of(m_logPath);
    if (!m_log)
        m_log = log;
    const bool isGone = FileIdentity::of(m_path) != m_file;
    if (!isGone && log == m_log)
        return std::nullopt;
    return Error{u"%1 was removed or replaced while it was open: nothing more is accepted"_s.arg(
                     isGone ? m_path : m_logPath),
                 u"Put the file back if it was moved, or restart this program, which begins with "
                 u"what is there then."_s};
}

} // namespace trace
