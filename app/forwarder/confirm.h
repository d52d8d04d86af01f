// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace trace {

enum class Answer
{
    Yes,
    No,
    NobodyThere
};

//! Asks on the terminal; NobodyThere when standard input is none.
[[nodiscard]] Answer confirm(const QString &question);

//! What came from outside, fit for a terminal: control characters but line ends and tabs are shown
//! as their pictures.
[[nodiscard]] QString visibleText(QString text);
//! Likewise, and without line ends and tabs, for what stands in a list.
[[nodiscard]] QString oneLine(QString text);

} // namespace trace
