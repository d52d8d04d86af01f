// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QCoreApplication;

namespace trace {

//! What the command line of trace-console says.
struct Options
{
    QString journal;    //!< Folder; empty where nothing tells the usual one.
    QString config;     //!< Likewise.
    QString screenshot; //!< File; empty for none.
    bool demo = false;

    //! Ends the program after --help and --version, and with status 2 for what it does not know.
    [[nodiscard]] static Options parse(const QCoreApplication &application);
};

} // namespace trace
