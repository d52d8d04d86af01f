// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/http.h"

namespace trace {

//! The secrets that a request carries, so that they can be found in what comes back. Some servers
//! repeat a key that they refuse, and their words are shown and kept. All answers pass here, in
//! Transport: whoever asks something need not think of it.
class SecretMask final
{
public:
    SecretMask() = default;
    explicit SecretMask(const HttpRequest &request);

    //! \a reply with *** in place of the request's secrets, and of all that this process knows, in
    //! body, headers and the words for a fault; see SecretFinder.
    [[nodiscard]] HttpReply masked(HttpReply reply) const;

private:
    QByteArrayList m_own; // the values of headers that are secret by their names
};

} // namespace trace
