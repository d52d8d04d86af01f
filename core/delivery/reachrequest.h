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

//! What the answer means: Delivered when the endpoint would take records. Ask
//! saysNothing() first.
[[nodiscard]] Outcome reachOutcome(const Service &service, const ReachRequest &asked,
                                   const HttpReply &reply);

//! Whether the answer refuses the question in a way that a service which takes records may have: it
//! then tells neither good nor bad. An OTLP receiver may want records in each request, a gateway
//! may know nothing but the path that takes them, a key may be good for writing only.
[[nodiscard]] bool saysNothing(const Service &service, const ReachRequest &asked,
                               const HttpReply &reply);

} // namespace trace
