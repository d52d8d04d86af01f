// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogaddress.h"

#include "core/service/options.h"

#include <QRegularExpression>

namespace trace::datadog {

using namespace Qt::StringLiterals;

namespace {

constexpr auto intakeHost = "http-intake.logs."_L1;
constexpr auto agentIntakeHost = "agent-http-intake.logs."_L1;

Expected<QString> siteOption(const ServiceOptions &options)
{
    static const QRegularExpression hostName(
        QRegularExpression::anchoredPattern(u"[A-Za-z0-9-]{1,63}(\\.[A-Za-z0-9-]{1,63})+"_s));
    const auto site = textOption(options.own, u"site"_s);
    if (!site || site->isEmpty())
        return site;
    const bool isHost = site->startsWith("app."_L1) || siteOf(QUrl(u"https://"_s + *site)) != ""_L1;
    if (!hostName.match(*site).hasMatch() || site->size() > 200 || isHost)
        return fail(u"site: \"%1\" is no site of Datadog"_s.arg(site->left(200)),
                    u"give the name alone, such as datadoghq.com, us5.datadoghq.com or "
                    "datadoghq.eu"_s);
    return site->toLower();
}

} // namespace

Expected<QUrl> siteUrl(const ServiceOptions &options)
{
    return siteOption(options).map([](const QString &site) {
        return site.isEmpty() ? QUrl() : QUrl(u"https://"_s + intakeHost + site + intakePath);
    });
}

Expected<void> checkAddress(const ServiceOptions &options)
{
    const QString path = options.url.path(QUrl::FullyDecoded);
    for (const auto taking : {"/v1/input/"_L1, "/api/v2/logs/"_L1}) {
        const qsizetype start = path.indexOf(taking, 0, Qt::CaseInsensitive);
        if (start >= 0 && path.size() > start + taking.size())
            return fail(Problem{
                ProblemKind::AddressUnfit,
                {u"url"_s, u"key_in_path"_s, QString(taking).chopped(1), options.url.host()}});
    }
    const auto site = siteOption(options);
    if (!site)
        return tl::make_unexpected(site.error());
    const QString other = siteOf(options.url);
    if (!site->isEmpty() && !other.isEmpty() && *site != other)
        return fail(Problem{ProblemKind::SiteDiffers, {*site, other}});
    return {};
}

QString siteOf(const QUrl &url)
{
    const QString host = url.host().toLower();
    for (const auto prefix : {intakeHost, agentIntakeHost}) {
        if (host.startsWith(prefix))
            return host.mid(prefix.size());
    }
    return {};
}

} // namespace trace::datadog
