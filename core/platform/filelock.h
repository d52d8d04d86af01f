// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <cstdint>

namespace trace {

//! A lock of the operating system on a file, for as long as the object lives. It ends with the
//! process, however that ends; nothing has to be cleaned up. Other descriptors of the same process
//! are kept out as well.
class FileLock final
{
public:
    //! Creates the file where it does not exist. Never waits: when the file is locked, the error
    //! names the process that holds it, which it wrote into the file ("1234 trace-forwarder").
    [[nodiscard]] static Expected<FileLock> tryLock(const QString &path);
    //! Whether this process holds the file's lock. Does not disturb others that try to get it.
    [[nodiscard]] static bool isHeldHere(const QString &path);

    FileLock(FileLock &&other) noexcept;
    FileLock &operator=(FileLock &&other) noexcept;
    ~FileLock();

private:
    explicit FileLock(std::intptr_t handle)
        : m_handle(handle)
    {}

    std::intptr_t m_handle; // A descriptor, or a HANDLE on Windows; -1 for none.
};

} // namespace trace
