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
    std::vector<Unfit> unfit;            //!< Records that the service would not take.
    std::vector<std::size_t> filtered{}; //!< Places of those that the endpoint's filter leaves out.
    QStringList notes{};                 //!< What is assumed, because no server is asked.
};

//! The requests with which \a endpoint would send \a records, by the very code that sends them. No
//! secret is looked up and no server is asked: ages are by this computer's clock, and what a
//! service finds out from its server first (Loki's version) is assumed, as the notes tell.
//! Redaction comes before the journal, so the records are to be masked already.
[[nodiscard]] Expected<Previews> formatForService(const Endpoint &endpoint,
                                                  std::span<const RecordView> records);

} // namespace trace
