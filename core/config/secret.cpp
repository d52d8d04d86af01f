// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/secret.h"

#include "core/config/knownsecrets.h"
#include "core/platform/smallfile.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr auto environmentPrefix = "env:"_L1;
constexpr auto filePrefix = "file:"_L1;
constexpr auto keychainPrefix = "keychain:"_L1;
constexpr qint64 longestSecret = 64 * 1024;

Expected<QByteArray> fromEnvironment(const QString &name)
{
    const QByteArray key = name.toLocal8Bit();
    if (name.isEmpty() || name.contains(u'='))
        return fail(Problem{ProblemKind::ReferenceIncomplete, {environmentPrefix}});
    if (!qEnvironmentVariableIsSet(key.constData()))
        return fail(Problem{ProblemKind::VariableUnset, {{}, name}});
    return checkedSecret(qgetenv(key.constData()), environmentPrefix + name);
}

QString pathOf(const QString &reference)
{
    QString path = reference.mid(filePrefix.size());
    if (path.startsWith(u"//"_s))
        path.remove(0, 2); // file:///path
    return path;
}

Expected<QByteArray> fromFile(const QString &path)
{
    if (path.isEmpty())
        return fail(Problem{ProblemKind::ReferenceIncomplete, {filePrefix}});
    const auto content = readSmallFile(path, longestSecret);
    if (!content) // a pipe is read up the first time, and the secret is needed again and again
        return fail(
            Problem{ProblemKind::FileUnreadable, QStringList{{}, path} + content.error().fault});
    QByteArray secret = *content;
    while (secret.endsWith('\n') || secret.endsWith('\r'))
        secret.chop(1);
    return checkedSecret(secret, filePrefix + path);
}

Expected<QByteArray> lookUp(const QString &reference)
{
    if (reference.isEmpty())
        return QByteArray();
    if (reference.startsWith(environmentPrefix))
        return fromEnvironment(reference.mid(environmentPrefix.size()));
    if (reference.startsWith(filePrefix))
        return fromFile(pathOf(reference));
    if (reference.startsWith(keychainPrefix))
        return fail(u"A keychain cannot be read here, only while records are delivered."_s,
                    u"Use env:NAME or file:/path instead."_s);
    return checkedSecret(reference.toUtf8(), {});
}

} // namespace

// A line break in a header would begin another header.
Expected<QByteArray> checkedSecret(const QByteArray &secret, const QString &reference)
{
    if (secret.isEmpty())
        return fail(Problem{ProblemKind::SecretEmpty, {reference}});
    const bool isOneLine = std::none_of(secret.begin(), secret.end(),
                                        [](char c) { return (c >= 0 && c < ' ') || c == 127; });
    if (!isOneLine)
        return fail(Problem{ProblemKind::SecretUnfit, {reference}});
    return secret;
}

bool isSecretReference(const QString &reference)
{
    return reference.startsWith(environmentPrefix) || reference.startsWith(filePrefix) ||
           reference.startsWith(keychainPrefix);
}

Expected<QByteArray> resolveSecret(const QString &reference)
{
    auto secret = lookUp(reference);
    if (secret)
        rememberSecret(*secret);
    if (secret && reference.startsWith(filePrefix) && canBeReadAgain(reference))
        rememberSecretFile(reference);
    return secret;
}

bool canBeReadAgain(const QString &reference)
{
    return !reference.startsWith(filePrefix) || QFileInfo(pathOf(reference)).isFile();
}

Expected<std::optional<std::pair<QString, QString>>> keychainPlace(const QString &reference)
{
    if (!reference.startsWith(keychainPrefix))
        return std::nullopt;
    const QString place = reference.mid(keychainPrefix.size());
    const qsizetype slash = place.indexOf(u'/');
    if (slash <= 0 || slash == place.size() - 1)
        return fail(Problem{ProblemKind::ReferenceIncomplete, {keychainPrefix}});
    return std::pair{place.first(slash), place.sliced(slash + 1)};
}

bool isVariableReference(const QString &text)
{
    return text.startsWith(environmentPrefix);
}

Expected<QString> resolveVariable(const QString &key, const QString &text)
{
    if (!isVariableReference(text))
        return text;
    return fromEnvironment(text.mid(environmentPrefix.size()))
        .map([](const QByteArray &value) { return QString::fromUtf8(value); })
        .map_error([&](const Error &error) {
            if (error.problem.kind == ProblemKind::VariableUnset)
                return wordingOf({ProblemKind::VariableUnset, {key, error.problem.arguments[1]}});
            Problem problem = error.problem; // of what the variable holds, or of its name
            problem.arguments.append(key);
            return wordingOf(problem);
        });
}

std::optional<Error> secretRisk(const QString &reference)
{
    constexpr QFile::Permissions others =
        QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    if (!reference.startsWith(filePrefix))
        return {};
    const QString path = pathOf(reference);
    if (!QFileInfo(path).isFile()) // is refused, whoever may read it
        return {};
    if (!(QFile::permissions(path) & others))
        return {};
    return Error{u"The secret's file %1 can be read by others."_s.arg(path),
                 u"Make it private: chmod 600 %1"_s.arg(path)};
}

} // namespace trace
