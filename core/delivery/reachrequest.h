// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace {

//! A question to an endpoint that stores no record.
struct ReachRequest
{
    HttpRequest request; //!< Not signed.
    //! Whether a good answer says that records would be taken; else only that somebody answers.
    bool checksKey = false;
};

//! What a service allows to be asked without storing a record: Datadog's validation of a key,
//! Loki's labels, CloudWatch's DescribeLogGroups, an empty request of OTLP. For others OPTIONS.
//! \a options are resolved, see resolveOptions().
[[nodiscard]] ReachRequest reachRequest(const QString &service, const ServiceOptions &options);

//! What the answer means: Delivered when the endpoint would take records. For OPTIONS any answer of
//! a server that works and knows the address will do.
[[nodiscard]] Outcome reachOutcome(const Service &service, const ReachRequest &asked,
                                   const HttpReply &reply);

} // namespace trace
