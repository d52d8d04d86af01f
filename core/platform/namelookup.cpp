// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/namelookup.h"

#include <QDeadlineTimer>
#include <QHash>
#include <QHostInfo>
#include <QUrl>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#ifdef Q_OS_UNIX
#include <netdb.h>
#include <sys/socket.h>
#endif

namespace trace {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// Qt remembers a host for 60 s; a connection must be opened within the rest.
constexpr auto memory = 30s;
constexpr qsizetype mostKnown = 100;

//! Who waits for a host. The answer comes from another thread, so that the mutex guards the
//! context's life.
struct Waiter
{
    std::mutex mutex;
    QObject *context = nullptr;
    NameLookup::Done done;
};

struct Registry
{
    std::mutex mutex;
    QHash<QString, std::vector<std::shared_ptr<Waiter>>> underWay;
    QHash<QString, QDeadlineTimer> known;
};

// Never destroyed: a look-up may come back when the program is at its end.
Registry &registry()
{
    static auto *const registry = new Registry;
    return *registry;
}

//! As Qt does it itself, but without touching Qt: who asked may have gone meanwhile, and the
//! program with them.
QString problemOf(const QByteArray &host)
{
#ifdef Q_OS_UNIX
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo *found = nullptr;
    const int code = ::getaddrinfo(host.constData(), nullptr, &hints, &found);
    if (found)
        ::freeaddrinfo(found);
    if (code == 0 || code == EAI_NONAME) // Qt says it in its words
        return {};
#ifdef EAI_BADFLAGS
    if (code == EAI_BADFLAGS)
        return {};
#endif
    return QString::fromLocal8Bit(::gai_strerror(code));
#else
    Q_UNUSED(host)
    return {};
#endif
}

//! Whether nobody waits for it any more. Then a new question makes a new look-up.
bool isAbandoned(const QString &host)
{
    Registry &all = registry();
    const std::scoped_lock lock(all.mutex);
    const auto waiters = all.underWay.constFind(host);
    const bool isAwaited = waiters != all.underWay.constEnd() &&
                           std::any_of(waiters->begin(), waiters->end(), [](const auto &waiter) {
                               const std::scoped_lock guard(waiter->mutex);
                               return waiter->context != nullptr;
                           });
    if (!isAwaited)
        all.underWay.remove(host);
    return !isAwaited;
}

void answer(const QString &host, const FoundHost &found)
{
    Registry &all = registry();
    std::vector<std::shared_ptr<Waiter>> waiters;
    {
        const std::scoped_lock lock(all.mutex);
        waiters = all.underWay.take(host);
        if (all.known.size() >= mostKnown)
            all.known.clear();
        if (!found.addresses.isEmpty())
            all.known.insert(host, QDeadlineTimer(memory));
    }
    for (const auto &waiter : waiters) {
        const std::scoped_lock guard(waiter->mutex);
        if (!waiter->context)
            continue;
        QMetaObject::invokeMethod(
            waiter->context,
            [waiter, found] {
                QObject *const context = waiter->context;
                {
                    const std::scoped_lock lock(waiter->mutex);
                    waiter->context = nullptr;
                }
                if (context)
                    waiter->done(found);
            },
            Qt::QueuedConnection);
    }
}

void lookUp(const QString &host)
{
    FoundHost found{.addresses = {}, .problem = problemOf(QUrl::toAce(host))};
    if (isAbandoned(host))
        return;
    if (found.problem.isEmpty()) {
        const QHostInfo info = QHostInfo::fromName(host); // Qt remembers it
        found.addresses = info.addresses();
        if (found.addresses.isEmpty())
            found.problem = info.errorString();
    }
    answer(host, found);
}

} // namespace

bool NameLookup::isKnown(const QString &host)
{
    if (!QHostAddress(host).isNull() || host.isEmpty())
        return true;
    Registry &all = registry();
    const std::scoped_lock lock(all.mutex);
    const auto known = all.known.constFind(host);
    return known != all.known.constEnd() && !known->hasExpired();
}

void NameLookup::start(const QString &host, QObject *context, Done done)
{
    if (const QHostAddress address(host); !address.isNull()) {
        QMetaObject::invokeMethod(
            context,
            [address, done = std::move(done)] {
                done({{address}, {}});
            },
            Qt::QueuedConnection);
        return;
    }
    const auto waiter = std::make_shared<Waiter>();
    waiter->context = context;
    waiter->done = std::move(done);
    QObject::connect(
        context, &QObject::destroyed, context,
        [waiter] {
            const std::scoped_lock lock(waiter->mutex);
            waiter->context = nullptr;
        },
        Qt::DirectConnection);
    Registry &all = registry();
    const std::scoped_lock lock(all.mutex);
    auto &waiters = all.underWay[host];
    const bool isUnderWay = !waiters.empty();
    std::erase_if(waiters, [](const auto &other) {
        const std::scoped_lock guard(other->mutex);
        return !other->context;
    });
    waiters.push_back(waiter);
    if (!isUnderWay)
        std::thread(lookUp, host).detach();
}

} // namespace trace
