// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace {

//! The secrets that a signed request carries, so that they can be found in what comes back. Some
//! servers repeat a key that they refuse, and their words are shown and kept.
class SecretMask final
{
public:
    SecretMask() = default;
    SecretMask(const HttpRequest &request, const Credentials &credentials);

    //! \a reply with *** in place of every secret in its body and headers.
    [[nodiscard]] HttpReply masked(HttpReply reply) const;

private:
    void add(const QByteArray &secret);

    QByteArrayList m_secrets; // the longest first
};

} // namespace trace
