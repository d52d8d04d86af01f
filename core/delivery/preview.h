// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"

#include <span>
#include <vector>

namespace trace {

//! A request as it would leave, for a person to look at. Holds no secret.
struct Preview
{
    QByteArray method;
    QUrl url;
    //! Values that carry a secret, or that a variable holds, are "***". The HTTP stack adds Host, Connection, Accept-Encoding
    //! and Accept-Language.
    HttpHeaders headers;
    QByteArray body; //!< As it goes over the wire, compressed where the service compresses.
    QString text;    //!< The body in readable form.
    std::vector<std::size_t> indices; //!< Places of its records in the span.

    //! What Content-Encoding says; "none" without it.
    [[nodiscard]] QString compression() const;
};

//! Everything that becomes of some records.
struct Previews
{
    std::vector<Preview> requests;
    std::vector<Unfit> unfit; //!< Records that the service would not take.
};

//! The requests with which \a endpoint would send \a records, by the very code that sends them. No
//! secret is looked up and no server is asked, so what a service finds out from its server first
//! (Loki's version) is as configured.
[[nodiscard]] Expected<Previews> formatForService(const Endpoint &endpoint,
                                                  std::span<const RecordView> records);

} // namespace trace
