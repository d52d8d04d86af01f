// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace trace {

//! Where the window was and how its panes were divided, from one start to the next.
class UiState final
{
public:
    //! Window geometry and all splitters inside that have an object name.
    static void restore(QWidget &window);
    static void save(const QWidget &window);
};

} // namespace trace
