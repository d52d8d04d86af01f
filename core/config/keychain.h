// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QHash>
#include <QObject>

#include <functional>

namespace trace {

//! The secrets behind references, where "keychain:service/account" is fetched from the desktop's
//! keychain (QtKeychain) without waiting for it. Lives on one thread.
class Keychain final : public QObject
{
    Q_OBJECT
public:
    using Answer = std::function<void(Expected<QByteArray>)>;
    //! Fetches one entry and answers once, later, on the keychain's thread.
    using Fetch = std::function<void(Keychain &, const QString &service, const QString &account,
                                     Answer answer)>;

    explicit Keychain(QObject *parent = nullptr);
    Keychain(Fetch fetch, QObject *parent = nullptr); //!< For tests.

    //! As resolveSecret(), and for a keychain's entry what is known of it: the secret, why it
    //! cannot be read, or that it is waited for. The first question fetches it.
    [[nodiscard]] Expected<QByteArray> resolve(const QString &reference);
    //! Whether the entry is being fetched.
    [[nodiscard]] bool isAwaited(const QString &reference) const;
    //! Fetches an entry, again; fetched() tells. What is known stays so meanwhile. Does nothing for
    //! other references. May make the keychain ask its owner, so not to be called time and again.
    void refresh(const QString &reference);

Q_SIGNALS:
    //! The keychain has answered; resolve() says what.
    void fetched(const QString &reference);

private:
    struct Entry
    {
        Expected<QByteArray> secret;
        bool isKnown = false;
        bool isBeingFetched = false;
    };

    Fetch m_fetch;
    QHash<QString, Entry> m_entries;
};

} // namespace trace
