// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/awsprofile.h"

#include "core/platform/smallfile.h"
#include "core/platform/userfolder.h"
#include "core/service/cloudwatch/cloudwatchservice.h"
#include "core/service/cloudwatch/sigv4.h"

#include <QMap>

#include <optional>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 largestFile = 1024 * 1024;

using Section = QMap<QString, QByteArray>; // Keys in lower case.
using Sections = QMap<QString, Section>;

QString variable(const char *name)
{
    return qEnvironmentVariable(name).trimmed();
}

//! A file with profiles. `[profile NAME]`, as the config file has it, is NAME.
struct ProfileFile
{
    QString path;
    QStringList fault; //!< Why it was not read, see FileProblem; empty when it was.
    Sections sections;
};

Sections sectionsIn(const QByteArray &text)
{
    Sections sections;
    QString current;
    bool hasList = false; // The last key has no value: what is indented below belongs to it.
    for (const QByteArray &raw : text.split('\n')) {
        const QByteArray line = raw.trimmed();
        const bool isIndented = raw.startsWith(' ') || raw.startsWith('\t');
        if (line.isEmpty() || line.startsWith('#') || line.startsWith(';'))
            continue;
        if (line.startsWith('[')) {
            const qsizetype end = line.indexOf(']');
            current = QString::fromUtf8(line.mid(1, end < 0 ? -1 : end - 1)).simplified();
            if (current.startsWith(u"profile "_s))
                current.remove(0, 8);
            sections[current];
            hasList = false;
            continue;
        }
        const qsizetype equals = line.indexOf('=');
        if (current.isEmpty() || equals <= 0 || (isIndented && hasList))
            continue;
        const QByteArray value = line.sliced(equals + 1).trimmed();
        hasList = value.isEmpty();
        sections[current].insert(QString::fromUtf8(line.first(equals)).trimmed().toLower(), value);
    }
    return sections;
}

//! The file that the variable \a name names, else \a fallback.
ProfileFile readProfiles(const char *name, const QString &fallback)
{
    const QString set = variable(name);
    ProfileFile result{set.isEmpty() ? fallback : set, {}, {}};
    if (result.path.startsWith(u"~/"_s)) {
        const auto home = homeFolder();
        if (!home) {
            result.fault = {u"no_home"_s};
            return result;
        }
        result.path = *home + result.path.mid(1);
    }
    if (const auto content = readSmallFile(result.path, largestFile))
        result.sections = sectionsIn(*content);
    else
        result.fault = content.error().fault;
    return result;
}

ProfileFile credentialsFile()
{
    return readProfiles("AWS_SHARED_CREDENTIALS_FILE", u"~/.aws/credentials"_s);
}

ProfileFile configFile()
{
    return readProfiles("AWS_CONFIG_FILE", u"~/.aws/config"_s);
}

QString ownProfile(const Endpoint &endpoint)
{
    return endpoint.options.own.value(u"profile"_s).toString().trimmed();
}

QString profileOf(const Endpoint &endpoint)
{
    for (const QString &name :
         {ownProfile(endpoint), variable("AWS_PROFILE"), variable("AWS_DEFAULT_PROFILE")}) {
        if (!name.isEmpty())
            return name;
    }
    return u"default"_s;
}

Expected<Credentials> checked(const QByteArray &key, const QStringList &place)
{
    const auto parsed = sigv4::keyFrom(key);
    if (!parsed)
        return fail(Problem{ProblemKind::AwsKeyUnfit, parsed.error().problem.arguments + place});
    return Credentials{key};
}

QByteArray joined(const QByteArray &id, const QByteArray &secret, const QByteArray &token)
{
    return id + ':' + secret + (token.isEmpty() ? QByteArray() : ':' + token);
}

//! Nothing when neither part of a key is set.
std::optional<Expected<Credentials>> fromEnvironment()
{
    const QByteArray id = qgetenv("AWS_ACCESS_KEY_ID").trimmed();
    const QByteArray secret = qgetenv("AWS_SECRET_ACCESS_KEY").trimmed();
    if (id.isEmpty() && secret.isEmpty())
        return {};
    if (id.isEmpty() || secret.isEmpty()) {
        const QString set = id.isEmpty() ? u"AWS_SECRET_ACCESS_KEY"_s : u"AWS_ACCESS_KEY_ID"_s;
        const QString unset = id.isEmpty() ? u"AWS_ACCESS_KEY_ID"_s : u"AWS_SECRET_ACCESS_KEY"_s;
        return fail(Problem{ProblemKind::AwsHalfSet, {set, unset}});
    }
    QByteArray token = qgetenv("AWS_SESSION_TOKEN").trimmed();
    if (token.isEmpty())
        token = qgetenv("AWS_SECURITY_TOKEN").trimmed();
    return checked(joined(id, secret, token), {u"AWS_ACCESS_KEY_ID"_s});
}

//! What a profile without a key of its own asks for.
QString otherSource(const Section &profile)
{
    for (auto it = profile.begin(); it != profile.end(); ++it) {
        if (it.key() == u"role_arn"_s || it.key() == u"credential_process"_s ||
            it.key() == u"web_identity_token_file"_s || it.key().startsWith(u"sso_"_s))
            return it.key();
    }
    return {};
}

tl::unexpected<Error> noProfile(const QString &profile, const ProfileFile &credentials,
                                const ProfileFile &config)
{
    QStringList arguments{profile};
    for (const ProfileFile *file : {&credentials, &config}) {
        const QString names = QStringList(file->sections.keys()).join(u", "_s);
        arguments += {file->path, file->fault.value(0),
                      file->fault.isEmpty() ? names : file->fault.value(1)};
    }
    return fail(Problem{ProblemKind::AwsNoProfile, arguments});
}

Expected<Credentials> fromProfile(const QString &profile)
{
    const ProfileFile credentials = credentialsFile();
    const ProfileFile config = configFile();
    QString source;
    const ProfileFile *holder = nullptr;
    for (const ProfileFile *file : {&credentials, &config}) {
        const auto found = file->sections.constFind(profile);
        if (found == file->sections.constEnd())
            continue;
        const QByteArray id = found->value(u"aws_access_key_id"_s);
        const QByteArray secret = found->value(u"aws_secret_access_key"_s);
        if (!id.isEmpty() && !secret.isEmpty())
            return checked(joined(id, secret, found->value(u"aws_session_token"_s)),
                           {file->path, profile});
        if (!holder)
            holder = file;
        if (source.isEmpty())
            source = otherSource(*found);
    }
    if (!holder)
        return noProfile(profile, credentials, config);
    if (!source.isEmpty())
        return fail(Problem{ProblemKind::AwsOtherSource, {holder->path, profile, source}});
    return fail(Problem{ProblemKind::AwsNoKey, {holder->path, profile}});
}

} // namespace

Expected<Credentials> awsCredentials(const Endpoint &endpoint, const SecretLookup &lookup)
{
    if (!endpoint.apiKey.trimmed().isEmpty())
        return lookup(endpoint.apiKey).and_then([](const QByteArray &key) {
            return checked(key, {u"api_key"_s});
        });
    if (ownProfile(endpoint).isEmpty()) {
        if (const auto found = fromEnvironment())
            return *found;
    }
    return fromProfile(profileOf(endpoint));
}

QString awsRegion(const Endpoint &endpoint)
{
    const QString own = endpoint.options.own.value(u"region"_s).toString();
    for (const QString &region : {own, cloudwatch::regionOfHost(endpoint.options.url.host()),
                                  variable("AWS_REGION"), variable("AWS_DEFAULT_REGION")}) {
        if (!region.isEmpty())
            return region;
    }
    const QString profile = profileOf(endpoint);
    for (const ProfileFile &file : {configFile(), credentialsFile()}) {
        const QByteArray region = file.sections.value(profile).value(u"region"_s);
        if (!region.isEmpty())
            return QString::fromUtf8(region);
    }
    return {};
}

} // namespace trace
