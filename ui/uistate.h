// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>

class QWidget;

namespace trace {

//! Where the window was and how its panes were divided, from one start to the next: in a file
//! beside the default configuration.
class UiState final
{
public:
    //! Window geometry and all splitters inside that have an object name.
    static void restore(QWidget &window);
    static void save(const QWidget &window);
    //! Gives a window that is not shown yet the size \a wanted, as far as the screen has room for it
    //! and a frame around it.
    static void fit(QWidget &window, QSize wanted);
};

} // namespace trace
