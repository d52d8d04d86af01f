// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/problem.h"

#include <QObject>
#include <QString>

namespace trace {

//! Asks the desktop's keychain for one entry. Works on the main thread: QtKeychain keeps its queue
//! on the thread that uses it first and needs an event loop, and that one is there all the time.
class KeychainJob final : public QObject
{
    Q_OBJECT
public:
    KeychainJob(QString service, QString account);
    //! Moves to the main thread, starts there and deletes itself afterwards, which may be before
    //! this returns: who listens has connected before. Needs a QCoreApplication.
    void begin();

Q_SIGNALS:
    //! \a problem is None when the secret was found.
    void finished(const QByteArray &secret, const trace::Problem &problem);

private:
    void start();

    QString m_service;
    QString m_account;
};

} // namespace trace
