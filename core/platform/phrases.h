// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

namespace trace {

//! \a pattern with %1 to %9 replaced by the arguments, those that are missing by nothing. Unlike
//! QString::arg(), an argument may hold what looks like a place.
[[nodiscard]] QString filled(const QString &pattern, const QStringList &arguments);

//! The words behind a name such as "path_no_post", which is what a Problem keeps: what is wrong
//! with a file, or what to do. What is no such name comes back as it is: former versions kept the
//! words themselves.
[[nodiscard]] QString phrase(const QString &name, const QStringList &arguments = {});

} // namespace trace
