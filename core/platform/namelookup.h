// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QHostAddress>
#include <QObject>

#include <functional>

namespace trace {

//! What a look-up found: addresses, or why there are none.
struct FoundHost
{
    QList<QHostAddress> addresses;
    QString problem;
};

//! Looks up the addresses of hosts on threads that nobody waits for. The system's resolver may hang
//! for minutes, and what Qt asks it is waited for when the program ends; so a name is looked up
//! here first, after which Qt finds it in its own memory. One look-up per host is under way at a
//! time.
class NameLookup final
{
public:
    using Done = std::function<void(const FoundHost &)>;

    //! Whether there is nothing to look up: an address, or Qt remembers the host for some time yet.
    [[nodiscard]] static bool isKnown(const QString &host);
    //! Calls \a done once, later, on the thread of \a context, unless that goes first; but not
    //! before the resolver answers.
    static void start(const QString &host, QObject *context, Done done);
};

} // namespace trace
