// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QObject>

namespace trace {

//! Tells when this computer is on a network again, as far as the system knows
//! (QNetworkInformation, of which a process has only one). Lives on a thread of its own, since
//! asking the system may take a while.
class NetworkWatch final : public QObject
{
    Q_OBJECT
public:
    //! The watch of this process, which begins with the first call and ends with the application.
    [[nodiscard]] static NetworkWatch &ofProcess();

Q_SIGNALS:
    //! The network is another one than before, and there is one.
    void networkReturned();

private:
    struct Home;

    NetworkWatch() = default;
    void begin();
};

} // namespace trace
