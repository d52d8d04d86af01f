// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/service.h"

namespace trace::cloudwatch {

//! What kind of error an answer tells of: the name without its namespace, from the body's `__type`
//! or the header `x-amzn-errortype`; empty where there is none.
[[nodiscard]] QByteArray errorTypeOf(const HttpReply &reply);

//! What the answer to a PutLogEvents means. AWS tells by the type of the error: throttling and an
//! expired key are 400 as well. Events that AWS did not store are PartlyDelivered, each by its
//! place in the share. RefreshCredentials, for old credentials and a wrong clock, also says what
//! to fix when fresh ones do not help.
[[nodiscard]] Outcome outcomeOfPut(const Share &share, const HttpReply &reply);

//! What the answer to one of Service::create() means. What exists already is well. A right to
//! create groups is not needed for a group that is there: without it the next request tells.
[[nodiscard]] Outcome outcomeOfCreation(const HttpRequest &request, const HttpReply &reply);

} // namespace trace::cloudwatch
