// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/phrases.h"

#include <QHash>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

using Phrases = QHash<QString, QString>;

//! What is wrong with something of this computer, behind its name.
const Phrases faults{
    {u"missing"_s, u"does not exist"_s},
    {u"folder"_s, u"is a folder"_s},
    {u"pipe"_s, u"is a pipe and no regular file"_s},
    {u"device"_s, u"is a device and no regular file"_s},
    {u"irregular"_s, u"is no regular file"_s},
    {u"too_large"_s, u"is too large"_s},
    {u"unreadable"_s, u"cannot be read: %1"_s},
    {u"no_home"_s, u"cannot be found: HOME does not name a folder by its absolute path"_s},
    {u"no_certificate"_s, u"holds no PEM certificate"_s},
    {u"no_key"_s, u"holds no RSA or EC key in PEM"_s},
    {u"encrypted"_s, u"holds a key that is encrypted"_s},
    // Of an address.
    {u"no_url"_s, u"missing"_s},
    {u"malformed"_s, u"malformed"_s},
    {u"no_scheme"_s, u"has no scheme"_s},
    {u"scheme"_s, u"scheme \"%1\""_s},
    {u"no_host"_s, u"has no host"_s},
    {u"user"_s, u"holds a user name or password (host %1)"_s},
    {u"fragment"_s, u"has a fragment (#…) (host %1)"_s},
    {u"secret"_s, u"holds a secret in \"%1\" (host %2)"_s},
    {u"key_in_path"_s, u"holds a key behind %1 (host %2)"_s},
    {u"no_proxy"_s, u"is empty"_s},
    {u"no_proxy_address"_s, u"is no address of a proxy"_s},
    {u"no_proxy_host"_s, u"has no host"_s},
    {u"no_proxy_port"_s, u"has no port"_s},
    {u"more_than_proxy"_s, u"has more than host and port"_s},
    // Of a key of AWS.
    {u"no_colon"_s, u"has no colon"_s},
    {u"no_id"_s, u"has no key id"_s},
    {u"no_secret"_s, u"has no secret"_s},
    {u"no_token"_s, u"ends with a colon, without a token"_s},
    {u"id_unfit"_s, u"has blanks or other characters that no key has, in its key id"_s},
    {u"secret_unfit"_s, u"has blanks or other characters that no key has, in its secret"_s},
    {u"token_unfit"_s, u"has blanks or other characters that no key has, in its token"_s},
    {u"id_separated"_s, u"has a slash or a comma in its key id"_s},
    // Of a server's certificate.
    {u"expired"_s, u"it expired on %1"_s},
    {u"not_yet_valid"_s, u"it is not valid before %1"_s},
    {u"of_others"_s, u"it is for %1, not for %2"_s},
    {u"untrusted"_s, u"its authority (%1) is not trusted here"_s},
    {u"untrusted_unnamed"_s, u"its authority is not trusted here"_s},
    {u"certificate_fault"_s, u"%1"_s},
};

//! What to do about it.
const Phrases advice{
    {u"no_certificate_do"_s, u"It must have a part -----BEGIN CERTIFICATE-----."_s},
    {u"no_key_do"_s, u"It must have a part -----BEGIN PRIVATE KEY-----."_s},
    {u"encrypted_do"_s,
     u"Name a file with the bare key that only you can read, as \"openssl pkey\" writes it."_s},
    {u"no_url_do"_s, u"give an absolute address such as https://host/path"_s},
    {u"malformed_do"_s, u"give an absolute address such as https://host/path"_s},
    {u"no_host_do"_s, u"give an absolute address such as https://host/path"_s},
    {u"no_scheme_do"_s, u"begin it with https:// or http://"_s},
    {u"scheme_do"_s, u"begin it with https:// or http://"_s},
    {u"user_do"_s, u"name the secret in api_key instead, as env:NAME or file:/path"_s},
    {u"secret_do"_s, u"name the secret in api_key instead, as env:NAME or file:/path"_s},
    {u"fragment_do"_s, u"remove it"_s},
    {u"key_in_path_do"_s, u"take it out of the url; name it in api_key instead, as env:NAME or "
                          u"file:/path: it is sent as DD-API-KEY"_s},
    {u"expired_do"_s, u"Renew it on the server, or set this computer's clock."_s},
    {u"not_yet_valid_do"_s, u"Set the clocks of this computer and the server."_s},
    {u"of_others_do"_s, u"Use a name in the url that the certificate has."_s},
    {u"untrusted_do"_s, u"Name the authority's certificate in tls.ca_file."_s},
    {u"untrusted_unnamed_do"_s, u"Name the authority's certificate in tls.ca_file."_s},
    {u"certificate_fault_do"_s, u"Check the server's certificate."_s},
};

//! What to do about an answer.
const Phrases remedies{
    {u"path_unknown"_s, u"check the url: nothing takes records at this path"_s},
    {u"path_no_post"_s, u"check the url: this path takes no POST"_s},
    {u"body_form"_s,
     u"check url, compression and format: the service does not take this kind of body"_s},
    {u"way_to_service"_s,
     u"check what stands between here and the service: it does not take the request"_s},
    {u"too_long"_s, u"shorten the url or the headers of the endpoint"_s},
    {u"host"_s, u"check the host in the url"_s},
    {u"key"_s, u"check the key (api_key)"_s},
    {u"key_rights"_s, u"check the key (api_key) and its rights"_s},
    {u"key_and_clock"_s, u"Give the endpoint a valid key, and set this computer's clock."_s},
    {u"account_unpaid"_s, u"check the account: the service wants it paid"_s},
    {u"proxy_password"_s,
     u"check the name and password of the proxy: proxy takes them in a variable, env:NAME"_s},
    {u"not_followed"_s, u"redirects are not followed; set the url to where records are taken"_s},
    {u"web_page"_s, u"check the url, and what stands between here and the service, such as a "
                    u"login: a web page answered"_s},
    {u"web_page_path"_s, u"check the url, and what stands between here and the service, such as a "
                         u"login: a web page answered; records go to %1"_s},
    {u"bulk_form"_s, u"this is Elasticsearch's bulk interface, which takes a form of its own; put "
                     u"a collector before it that takes JSON records"_s},
    {u"splunk_form"_s, u"this is Splunk's event interface, which takes a form of its own; use its "
                       u"/services/collector/raw with shape \"ndjson\""_s},
    {u"otlp_path"_s, u"check the path in the url: OTLP takes logs at /v1/logs"_s},
    {u"otlp_encoding"_s, u"set encoding to what the service takes (protobuf or json), or "
                         u"compression to gzip or none"_s},
    {u"loki_path"_s, u"check the path in the url: Loki takes records at /loki/api/v1/push"_s},
    {u"loki_tenant"_s, u"set the option tenant: this Loki wants X-Scope-OrgID"_s},
    {u"loki_blocked"_s, u"Loki takes the request and stores nothing: ask its operator why "
                        u"ingestion is blocked, then resume"_s},
    {u"loki_metadata"_s, u"set structured_metadata to auto or off, or switch it on in Loki "
                         u"(allow_structured_metadata)"_s},
    {u"loki_required_labels"_s, u"add the labels that Loki requires to the option labels"_s},
    {u"loki_compression"_s,
     u"set the option compression to what this Loki takes: snappy, gzip or none"_s},
    {u"loki_labels"_s,
     u"use fewer or shorter labels in the option labels, or raise Loki's limits"_s},
    {u"loki_streams"_s, u"reduce the labels of this endpoint, or raise the limit"_s},
    {u"datadog_path"_s,
     u"check the url: Datadog takes records at /api/v2/logs of http-intake.logs.SITE"_s},
    {u"datadog_page"_s, u"check the url, and what stands between here and Datadog: records go to "
                        u"/api/v2/logs of http-intake.logs.SITE"_s},
    {u"datadog_firewall"_s, u"ask who runs the proxy or firewall before Datadog: it refused the "
                            u"request, not Datadog the key"_s},
    {u"datadog_agent_only"_s, u"this receiver takes only what the Datadog Agent sends; use another "
                              u"service, such as otlp or generic"_s},
    {u"datadog_key"_s, u"check the key (api_key) and the site: a key of another site is refused "
                       u"like a wrong one, so it must be a key of %1, where the url goes"_s},
    {u"datadog_key_host"_s,
     u"check the key (api_key) and the site: a key of another site is refused like a wrong one, "
     u"so it must be a key of the site behind %1"_s},
    {u"aws_key"_s, u"check the key (api_key: KEY_ID:SECRET, and the TOKEN of temporary "
                   u"credentials) and the region"_s},
    {u"aws_clock"_s, u"set the clock of this computer, and check the key (api_key)"_s},
    {u"aws_grant"_s, u"grant %1 to the owner of the key (api_key)"_s},
    {u"aws_grant_retention"_s, u"grant %1 to the owner of the key (api_key), or remove the option "
                               u"retention_days"_s},
    {u"aws_quota"_s, u"raise the quota of the AWS account, or use fewer log groups"_s},
    {u"aws_address"_s, u"check the url: CloudWatch Logs is not there"_s},
    {u"aws_create_group"_s, u"create the log group in AWS, or grant logs:CreateLogGroup to the "
                            u"owner of the key (api_key)"_s},
    {u"aws_options"_s, u"check the options log_group, log_stream and retention_days"_s},
};

} // namespace

QString filled(const QString &pattern, const QStringList &arguments)
{
    QString text;
    for (qsizetype i = 0; i < pattern.size(); ++i) {
        const int number =
            pattern[i] == u'%' && i + 1 < pattern.size() ? pattern[i + 1].digitValue() : -1;
        if (number < 1) {
            text += pattern[i];
            continue;
        }
        text += arguments.value(number - 1);
        ++i;
    }
    return text;
}

QString phrase(const QString &name, const QStringList &arguments)
{
    for (const Phrases *phrases : {&faults, &advice, &remedies}) {
        const auto found = phrases->constFind(name);
        if (found != phrases->constEnd())
            return filled(*found, arguments);
    }
    return name;
}

} // namespace trace
