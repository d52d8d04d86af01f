// SPDX-License-Identifier: GPL-3.0-or-later
// To be preloaded: a resolver that hangs, as one does whose network is gone.
#include <netdb.h>
#include <unistd.h>

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char *, const char *,
                                                                  const addrinfo *, addrinfo **)
{
    constexpr unsigned seconds = 60;
    for (unsigned left = seconds; left > 0;)
        left = ::sleep(left);
    return EAI_AGAIN;
}
