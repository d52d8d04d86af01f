// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/patience.h"

#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QString>
#include <QTemporaryDir>

namespace trace {

//! The program of that name, also from where only root's PATH leads; empty when there is none.
inline QString programPath(const QString &name)
{
    const QString path = QStandardPaths::findExecutable(name);
    return path.isEmpty() ? QStandardPaths::findExecutable(
                                name, {QStringLiteral("/usr/sbin"), QStringLiteral("/sbin")})
                          : path;
}

//! Keys and certificates of authorities that only this test knows, made by openssl as PEM files.
class TestAuthority final
{
public:
    [[nodiscard]] QString path(const QString &name) const { return m_folder.filePath(name); }
    [[nodiscard]] QString certificate(const QString &name) const
    {
        return path(name + QStringLiteral(".pem"));
    }
    [[nodiscard]] QString key(const QString &name) const
    {
        return path(name + QStringLiteral(".key"));
    }

    //! An authority: NAME.pem and NAME.key. False when openssl is missing or fails.
    [[nodiscard]] bool makeAuthority(const QString &name, const QString &commonName) const
    {
        return makeKey(name, false) &&
               openssl({QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-new"),
                        QStringLiteral("-key"), key(name), QStringLiteral("-subj"),
                        QStringLiteral("/CN=") + commonName, QStringLiteral("-days"),
                        QStringLiteral("2"), QStringLiteral("-out"), certificate(name)});
    }
    //! A certificate for \a alternativeName ("DNS:…", "IP:…") by that authority.
    [[nodiscard]] bool makeCertificate(const QString &name, const QString &authority,
                                       const QString &alternativeName, int days = 2,
                                       bool isRsa = false) const
    {
        const QString request = path(name + QStringLiteral(".csr"));
        const QString extensions = path(name + QStringLiteral(".ext"));
        return makeKey(name, isRsa) &&
               write(extensions, "subjectAltName=" + alternativeName.toUtf8() + '\n') &&
               openssl({QStringLiteral("req"), QStringLiteral("-new"), QStringLiteral("-key"),
                        key(name), QStringLiteral("-subj"), QStringLiteral("/CN=") + name,
                        QStringLiteral("-out"), request}) &&
               openssl({QStringLiteral("x509"), QStringLiteral("-req"), QStringLiteral("-in"),
                        request, QStringLiteral("-CA"), certificate(authority),
                        QStringLiteral("-CAkey"), key(authority), QStringLiteral("-CAcreateserial"),
                        QStringLiteral("-days"), QString::number(days), QStringLiteral("-extfile"),
                        extensions, QStringLiteral("-out"), certificate(name)});
    }
    //! The path of the file; empty when it could not be written.
    [[nodiscard]] static bool write(const QString &path, const QByteArray &bytes)
    {
        QFile file(path);
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
    }
    [[nodiscard]] static QByteArray read(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    [[nodiscard]] bool openssl(const QStringList &arguments) const
    {
        QProcess process;
        process.start(QStringLiteral("openssl"), arguments);
        const bool isDone = process.waitForFinished(patience) && process.exitCode() == 0;
        if (!isDone)
            qWarning("openssl %s: %s", qPrintable(arguments.join(QLatin1Char(' '))),
                     process.readAllStandardError().constData());
        return isDone;
    }

private:
    [[nodiscard]] bool makeKey(const QString &name, bool isRsa) const
    {
        const QStringList algorithm =
            isRsa ? QStringList{QStringLiteral("RSA"), QStringLiteral("-pkeyopt"),
                                QStringLiteral("rsa_keygen_bits:2048")}
                  : QStringList{QStringLiteral("EC"), QStringLiteral("-pkeyopt"),
                                QStringLiteral("ec_paramgen_curve:P-256")};
        return openssl(QStringList{QStringLiteral("genpkey"), QStringLiteral("-algorithm")} +
                       algorithm + QStringList{QStringLiteral("-out"), key(name)});
    }

    QTemporaryDir m_folder;
};

} // namespace trace
