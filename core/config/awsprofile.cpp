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
    QString problem; //!< Why it was not read; empty when it was.
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
            result.problem = u"cannot be found: "_s + home.error().text;
            return result;
        }
        result.path = *home + result.path.mid(1);
    }
    if (const auto content = readSmallFile(result.path, largestFile))
        result.sections = sectionsIn(*content);
    else
        result.problem = content.error().text;
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

Expected<Credentials> checked(const QByteArray &key, const QString &place)
{
    const auto parsed = sigv4::keyFrom(key);
    if (!parsed)
        return fail(place + u": "_s + parsed.error().text, parsed.error().action);
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
        return fail(u"The environment variable %1 is set, but %2 is not."_s.arg(set, unset),
                    u"Set both before the program starts, or none."_s);
    }
    QByteArray token = qgetenv("AWS_SESSION_TOKEN").trimmed();
    if (token.isEmpty())
        token = qgetenv("AWS_SECURITY_TOKEN").trimmed();
    return checked(joined(id, secret, token), u"The AWS_… environment variables"_s);
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
    const auto tell = [](const ProfileFile &file) {
        const QStringList names = file.sections.keys();
        return file.problem.isEmpty()
                   ? u"%1 has %2"_s.arg(file.path,
                                        names.isEmpty() ? u"no profiles"_s : names.join(u", "_s))
                   : u"%1 %2"_s.arg(file.path, file.problem);
    };
    return fail(
        u"There is no AWS profile \"%1\": %2; %3."_s.arg(profile, tell(credentials), tell(config)),
        u"Set api_key to a reference to KEY_ID:SECRET, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or choose another profile."_s);
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
                           u"%1, profile \"%2\""_s.arg(file->path, profile));
        if (!holder)
            holder = file;
        if (source.isEmpty())
            source = otherSource(*found);
    }
    if (!holder)
        return noProfile(profile, credentials, config);
    if (!source.isEmpty())
        return fail(u"%1, profile \"%2\": takes its key from %3, which is not supported."_s.arg(
                        holder->path, profile, source),
                    u"Export the profile's keys with \"aws configure export-credentials\" to the "
                    "environment, or set api_key."_s);
    return fail(
        u"%1, profile \"%2\": has no aws_access_key_id with an aws_secret_access_key."_s.arg(
            holder->path, profile),
        u"Add them, or choose another profile."_s);
}

} // namespace

Expected<Credentials> awsCredentials(const Endpoint &endpoint, const SecretLookup &lookup)
{
    if (!endpoint.apiKey.trimmed().isEmpty())
        return lookup(endpoint.apiKey).and_then([](const QByteArray &key) {
            return checked(key, u"api_key"_s);
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
