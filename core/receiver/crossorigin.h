// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/http.h"

namespace trace {

//! Whether a browser asks, before a page's own request, if that may come (Fetch Standard, "CORS
//! protocol"): without a body, and without the page's headers, its token among them.
[[nodiscard]] bool isPreflight(const HttpRequest &head);

//! What lets the page that sent \a head read its answer, as RequestGuard lets in pages of this
//! machine alone. Nothing for other clients.
[[nodiscard]] HttpHeaders crossOriginHeaders(const HttpRequest &head);
//! What allows the request that the preflight \a head asks for.
[[nodiscard]] HttpHeaders preflightHeaders(const HttpRequest &head);

} // namespace trace
