// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/networkwatch.h"

#include <QCoreApplication>
#include <QNetworkInformation>
#include <QThread>

namespace trace {

using namespace std::chrono_literals;

//! Never destroyed: while the system does not answer, the thread cannot end.
struct NetworkWatch::Home
{
    QThread thread;
    NetworkWatch watch;

    [[nodiscard]] static Home &ofProcess()
    {
        static Home *const home = new Home;
        return *home;
    }

private:
    Home()
    {
        thread.setObjectName(QStringLiteral("network watch"));
        // Before QNetworkInformation adds its own end, so that this one comes after it.
        qAddPostRoutine([] { ofProcess().end(); });
        watch.moveToThread(&thread);
        thread.start();
        QMetaObject::invokeMethod(&watch, [this] { watch.begin(); });
    }
    void end()
    {
        QMetaObject::invokeMethod(&watch, [] { QThread::currentThread()->quit(); });
        thread.wait(QDeadlineTimer(1s));
    }
};

NetworkWatch &NetworkWatch::ofProcess()
{
    return Home::ofProcess().watch;
}

void NetworkWatch::begin()
{
    using Reachability = QNetworkInformation::Reachability;
    if (!QNetworkInformation::loadBackendByFeatures(QNetworkInformation::Feature::Reachability))
        return; // the waits end by themselves
    connect(QNetworkInformation::instance(), &QNetworkInformation::reachabilityChanged, this,
            [this](Reachability now) {
                if (now != Reachability::Unknown && now != Reachability::Disconnected)
                    Q_EMIT networkReturned();
            });
}

} // namespace trace
