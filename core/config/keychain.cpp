// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/keychain.h"

#include "core/config/keychainjob.h"
#include "core/config/knownsecrets.h"
#include "core/config/secret.h"

#include <QCoreApplication>
#include <QTimer>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

void fetchFromDesktop(Keychain &keychain, const QString &service, const QString &account,
                      Keychain::Answer answer)
{
    if (!QCoreApplication::instance()) {
        QTimer::singleShot(0, &keychain, [answer = std::move(answer)] {
            answer(fail(Problem{ProblemKind::KeychainUnusable}));
        });
        return;
    }
    auto *const job = new KeychainJob(service, account);
    QObject::connect(
        job, &KeychainJob::finished, &keychain,
        [answer = std::move(answer)](const QByteArray &secret, const Problem &problem) {
            if (problem.kind == ProblemKind::None)
                answer(secret);
            else
                answer(fail(problem));
        });
    job->begin();
}

} // namespace

Keychain::Keychain(QObject *parent)
    : Keychain(fetchFromDesktop, parent)
{}

Keychain::Keychain(Fetch fetch, QObject *parent)
    : QObject(parent)
    , m_fetch(std::move(fetch))
{}

Expected<QByteArray> Keychain::resolve(const QString &reference)
{
    const auto place = keychainPlace(reference);
    if (!place)
        return tl::make_unexpected(place.error());
    if (!*place)
        return resolveSecret(reference);
    if (!m_entries.contains(reference))
        refresh(reference);
    const Entry &entry = m_entries[reference];
    if (!entry.isKnown)
        return fail(Problem{ProblemKind::KeychainAwaited});
    return entry.secret.and_then(
        [&](const QByteArray &secret) { return checkedSecret(secret, reference); });
}

bool Keychain::isAwaited(const QString &reference) const
{
    const auto entry = m_entries.constFind(reference);
    return entry != m_entries.constEnd() && entry->isBeingFetched;
}

void Keychain::refresh(const QString &reference)
{
    const auto place = keychainPlace(reference);
    if (!place || !*place)
        return;
    Entry &entry = m_entries[reference];
    if (entry.isBeingFetched)
        return;
    entry.isBeingFetched = true;
    m_fetch(*this, (*place)->first, (*place)->second,
            [this, reference](Expected<QByteArray> secret) {
                rememberSecret(secret.value_or(QByteArray()));
                m_entries[reference] = {.secret = std::move(secret), .isKnown = true};
                Q_EMIT fetched(reference);
            });
}

} // namespace trace
