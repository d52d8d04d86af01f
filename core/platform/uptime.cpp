// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/uptime.h"

#ifdef __linux__
#include <ctime>
#endif

namespace trace {

std::chrono::milliseconds uptime()
{
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
#ifdef __linux__
    timespec now{};
    if (clock_gettime(CLOCK_BOOTTIME, &now) == 0)
        return duration_cast<milliseconds>(std::chrono::seconds(now.tv_sec) +
                                           std::chrono::nanoseconds(now.tv_nsec));
#endif
    return duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

} // namespace trace
