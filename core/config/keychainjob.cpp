// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/keychainjob.h"

#include "core/platform/error.h"

#include <QCoreApplication>
#include <qt6keychain/keychain.h>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

Error failure(const QKeychain::Job &job)
{
    const QString place = u"%1/%2"_s.arg(job.service(), job.key());
    switch (job.error()) {
    case QKeychain::EntryNotFound:
        return {u"The keychain has no secret for %1."_s.arg(place),
                u"Store it there, or use env:NAME or file:/path."_s};
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser:
        return {u"The keychain does not give the secret for %1: %2"_s.arg(place, job.errorString()),
                u"Unlock it and retry, or use env:NAME or file:/path."_s};
    default: // without a session bus it is OtherError, not NoBackendAvailable
        return {
            u"The keychain cannot be read: %1"_s.arg(job.errorString()),
            u"Where no secret service runs, as without a desktop, use env:NAME or file:/path."_s};
    }
}

} // namespace

KeychainJob::KeychainJob(QString service, QString account)
    : m_service(std::move(service))
    , m_account(std::move(account))
{}

void KeychainJob::begin()
{
    moveToThread(QCoreApplication::instance()->thread());
    QMetaObject::invokeMethod(this, &KeychainJob::start, Qt::QueuedConnection);
}

void KeychainJob::start()
{
    auto *job = new QKeychain::ReadPasswordJob(m_service, this);
    job->setKey(m_account);
    job->setAutoDelete(false);
    connect(job, &QKeychain::Job::finished, this, [this, job] {
        const Error error = job->error() == QKeychain::NoError ? Error() : failure(*job);
        Q_EMIT finished(job->binaryData(), error.text, error.action);
        deleteLater();
    });
    job->start();
}

} // namespace trace
