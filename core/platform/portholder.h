// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QString>

namespace trace {

//! Who listens on a TCP port of this machine: "fluent-bit (process 4711)". Empty where the system
//! does not tell, as for another user's processes.
[[nodiscard]] QString portHolder(quint16 port);

} // namespace trace
