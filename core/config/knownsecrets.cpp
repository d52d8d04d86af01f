// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/knownsecrets.h"

#include "core/config/secret.h"

#include <QStringList>
#include <QUrl>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostSecrets = 256;
constexpr qsizetype mostFiles = 32;
constexpr qsizetype shortestPart = 12; // of an address
constexpr std::chrono::seconds readAgain{1};

//! What is remembered.
struct Memory
{
    std::mutex mutex;                    // guards all but the generation
    QList<SecretFinder::Secret> secrets; // the newest last
    QStringList files;
    std::chrono::steady_clock::time_point lastRead;
    std::shared_ptr<const SecretFinder> whole;
    std::shared_ptr<const SecretFinder> pieces;
    std::atomic<std::uint64_t> generation{0};
    std::atomic<bool> hasFiles{false};

    static Memory &instance()
    {
        static Memory memory;
        return memory;
    }

    void remember(const QByteArrayList &values, bool inPieces)
    {
        const std::scoped_lock lock(mutex);
        for (const QByteArray &value : values) {
            const SecretFinder::Secret secret{value, inPieces};
            if (secrets.contains(secret))
                continue;
            secrets.append(secret);
            if (secrets.size() > mostSecrets)
                secrets.removeFirst();
            whole.reset();
            pieces.reset();
            ++generation;
        }
    }
};

//! Whether it looks made by chance: long, with a digit.
bool isNoWord(const QByteArray &part)
{
    return part.size() >= shortestPart &&
           std::any_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool isUsualPath(const QByteArray &path)
{
    return path.size() < shortestPart ||
           QByteArrayList{"/loki/api/v1/push", "/api/v2/logs", "/v1/logs", "/api/prom/push"}
               .contains(path);
}

} // namespace

void rememberSecret(const QByteArray &secret)
{
    if (secret.isEmpty())
        return;
    QByteArrayList values{secret};
    for (qsizetype colon = secret.indexOf(':'); colon >= 0;
         colon = secret.indexOf(':', colon + 1)) {
        const qsizetype next = secret.indexOf(':', colon + 1);
        values.append(secret.mid(colon + 1));
        if (next > 0)
            values.append(secret.mid(colon + 1, next - colon - 1));
    }
    Memory::instance().remember(values, true);
}

void rememberAddress(const QByteArray &text)
{
    const QUrl url(QString::fromUtf8(text));
    const QByteArray path = url.path(QUrl::FullyEncoded).toUtf8();
    const QByteArray behindHost =
        url.toEncoded(QUrl::RemoveScheme | QUrl::RemoveAuthority | QUrl::RemoveFragment);
    QByteArrayList values;
    for (const QByteArray &whole : {path, behindHost}) {
        if (!isUsualPath(whole))
            values.append(whole);
    }
    QByteArrayList parts = path.split('/');
    for (const QByteArray &item : url.query(QUrl::FullyEncoded).toUtf8().split('&'))
        parts.append(item.mid(item.indexOf('=') + 1));
    std::copy_if(parts.begin(), parts.end(), std::back_inserter(values), isNoWord);
    for (const QByteArray &value : QByteArrayList(values))
        values.append(QByteArray::fromPercentEncoding(value));
    Memory::instance().remember(values, false);
    rememberSecret(url.password(QUrl::FullyDecoded).toUtf8());
}

void rememberSecretFile(const QString &reference)
{
    Memory &memory = Memory::instance();
    const std::scoped_lock lock(memory.mutex);
    if (memory.files.contains(reference))
        return;
    memory.files.append(reference);
    if (memory.files.size() > mostFiles)
        memory.files.removeFirst();
    memory.hasFiles = true;
}

void refreshSecrets()
{
    Memory &memory = Memory::instance();
    if (!memory.hasFiles)
        return;
    QStringList files;
    {
        const std::scoped_lock lock(memory.mutex);
        const auto now = std::chrono::steady_clock::now();
        if (now - memory.lastRead < readAgain)
            return;
        memory.lastRead = now;
        files = memory.files;
    }
    for (const QString &reference : std::as_const(files)) {
        if (canBeReadAgain(reference))
            std::ignore = resolveSecret(reference); // which remembers it
    }
}

std::shared_ptr<const SecretFinder> knownSecrets(SecretFinder::Mode mode)
{
    Memory &memory = Memory::instance();
    const std::scoped_lock lock(memory.mutex);
    if (memory.secrets.isEmpty())
        return {};
    auto &finder = mode == SecretFinder::Mode::Whole ? memory.whole : memory.pieces;
    if (!finder)
        finder = std::make_shared<const SecretFinder>(memory.secrets, mode);
    return finder;
}

std::uint64_t secretGeneration()
{
    return Memory::instance().generation.load(std::memory_order_relaxed);
}

QString withoutKnownSecrets(const QString &text)
{
    const auto secrets = knownSecrets(SecretFinder::Mode::Pieces);
    return secrets ? secrets->masked(text) : text;
}

} // namespace trace
