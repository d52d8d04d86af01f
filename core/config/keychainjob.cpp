// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/keychainjob.h"

#include <QCoreApplication>
#include <qt6keychain/keychain.h>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

Problem failure(const QKeychain::Job &job)
{
    const QString place = u"%1/%2"_s.arg(job.service(), job.key());
    switch (job.error()) {
    case QKeychain::EntryNotFound:
        return {ProblemKind::KeychainMissing, {place}};
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser:
        return {ProblemKind::KeychainDenied, {place, job.errorString()}};
    default: // without a session bus it is OtherError, not NoBackendAvailable
        return {ProblemKind::KeychainFailed, {job.errorString()}};
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
        Q_EMIT finished(job->binaryData(),
                        job->error() == QKeychain::NoError ? Problem() : failure(*job));
        deleteLater();
    });
    job->start();
}

} // namespace trace
