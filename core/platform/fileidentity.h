// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>
#include <optional>

namespace trace {

//! Which file a path leads to: another one after it was removed or replaced.
struct FileIdentity
{
    std::uint64_t device = 0;
    std::uint64_t number = 0;

    //! Nothing when there is no file. On Windows all are equal: what is open cannot be removed.
    [[nodiscard]] static std::optional<FileIdentity> of(const QString &path);
    friend bool operator==(const FileIdentity &, const FileIdentity &) = default;
};

} // namespace trace
