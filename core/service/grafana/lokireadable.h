// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <string>

namespace trace::loki {

//! A push request in protobuf, not compressed, as the same request in JSON; what is damaged ends
//! the text with a note.
[[nodiscard]] std::string jsonOfPush(QByteArrayView protobuf);

} // namespace trace::loki
