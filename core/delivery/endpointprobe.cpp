// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/endpointprobe.h"

#include "core/config/credentials.h"
#include "core/config/knownsecrets.h"
#include "core/config/proxy.h"
#include "core/config/secret.h"
#include "core/delivery/systemproxy.h"
#include "core/delivery/tlsfault.h"
#include "core/platform/namelookup.h"
#include "core/record/timestamp.h"

#include <QSslCipher>
#include <QUuid>

#include <algorithm>
#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

bool isTls(const QUrl &url)
{
    return url.scheme() == "https"_L1;
}

} // namespace

Record testRecord(const QString &id)
{
    Record record;
    record.timestamp = nowNs();
    record.level = Level::Info;
    record.message = "Trace Console test";
    record.context.workflowName = "trace-console-test";
    record.context.runId = "test-" + id.toStdString();
    record.metadata = R"({"test_id":")" + id.toStdString() + "\"}";
    return record;
}

EndpointProbe::EndpointProbe(Endpoint endpoint, Purpose purpose, QObject *parent)
    : QObject(parent)
    , m_endpoint(std::move(endpoint))
    , m_purpose(purpose)
    , m_testId(QUuid::createUuid().toString(QUuid::WithoutBraces).left(13))
{
    m_patience.setSingleShot(true);
    m_patience.callOnTimeout(this, [this] {
        if (m_keychain.isAwaited(m_endpoint.apiKey)) {
            findSecret();
            return;
        }
        m_socket.disconnect(this);
        m_socket.abort();
        const QString what =
            u"no answer within %1 s"_s.arg(double(m_endpoint.timeout.count()) / 1000);
        if (!m_isResolved)
            step(u"host"_s, fail(what, u"Check this computer's network and DNS."_s));
        else
            step(m_isConnected ? u"TLS"_s : u"connection"_s,
                 fail(what, u"Check the address, the port and the firewalls on the way."_s));
        Q_EMIT finished(false);
    });
    connect(&m_keychain, &Keychain::fetched, this, [this] {
        if (m_patience.isActive())
            findSecret();
    });
    connect(&m_socket, &QSslSocket::connected, this, &EndpointProbe::encrypt);
    connect(&m_socket, &QSslSocket::errorOccurred, this, &EndpointProbe::socketFailed);
    connect(&m_socket, &QSslSocket::encrypted, this, [this] {
        step(u"TLS"_s,
             u"%1, certificate of %2"_s.arg(m_socket.sessionCipher().protocolString(),
                                            m_socket.peerCertificate().subjectDisplayName()));
        ask();
    });
}

EndpointProbe::~EndpointProbe()
{
    m_socket.disconnect(this);
}

void EndpointProbe::start()
{
    // Later, so that a caller may connect to the signals after this too.
    QTimer::singleShot(0, this, &EndpointProbe::checkConfiguration);
}

bool EndpointProbe::step(const QString &name, const Expected<QString> &result, bool isUnsure)
{
    ProbeStep step{.name = name,
                   .isGood = result.has_value(),
                   .isUnsure = isUnsure && result.has_value(),
                   .milliseconds = double(m_clock.nsecsElapsed()) / 1e6};
    step.text = withoutKnownSecrets(result ? *result : result.error().text);
    if (!result)
        step.action = withoutKnownSecrets(result.error().action);
    else if (isUnsure)
        step.action = u"Whether records are taken shows in \"endpoint test\", which stores one."_s;
    m_steps.append(step);
    Q_EMIT stepDone(step);
    m_clock.restart();
    return step.isGood;
}

void EndpointProbe::checkConfiguration()
{
    m_clock.start();
    auto network = resolveTransport(m_endpoint);
    const auto service = validate(m_endpoint)
                             .and_then([&] { return network.map([](const auto &) {}); })
                             .and_then([&] { return resolveOptions(m_endpoint); })
                             .and_then([&](ServiceOptions options) {
                                 m_options = std::move(options);
                                 return makeService(m_endpoint.service, m_options);
                             });
    if (!step(u"configuration"_s, service.map([&](const auto &) {
            return u"%1, %2"_s.arg(m_endpoint.service, m_endpoint.options.url.toString());
        }))) {
        Q_EMIT finished(false);
        return;
    }
    m_service = *service;
    m_network = std::move(*network);
    awaitKeychain();
}

//! A desktop's keychain may ask its owner, who may not be there.
void EndpointProbe::awaitKeychain()
{
    m_keychain.refresh(m_endpoint.apiKey);
    if (m_keychain.isAwaited(m_endpoint.apiKey))
        m_patience.start(m_endpoint.timeout);
    else
        findSecret();
}

SecretLookup EndpointProbe::lookup()
{
    return [this](const QString &reference) -> Expected<QByteArray> {
        if (!m_keychain.isAwaited(reference))
            return m_keychain.resolve(reference);
        return fail(u"The keychain did not answer within %1 s."_s.arg(
                        double(m_endpoint.timeout.count()) / 1000),
                    u"Unlock it if it asks, and try again; or use env:NAME or file:/path."_s);
    };
}

void EndpointProbe::findSecret()
{
    m_patience.stop();
    const auto credentials = resolveCredentials(m_endpoint, lookup());
    const auto told = credentials.map([&](const Credentials &found) {
        if (found.key.isEmpty())
            return u"none configured"_s;
        const bool isReference = isSecretReference(m_endpoint.apiKey);
        m_keyPlace = m_endpoint.apiKey.isEmpty() ? u"the environment"_s
                     : isReference               ? m_endpoint.apiKey
                                                 : u"the configuration"_s;
        return (isReference ? u"found at "_s : u"found in "_s) + m_keyPlace;
    });
    if (!step(u"secret"_s, told)) {
        Q_EMIT finished(false);
        return;
    }
    m_record = testRecord(m_testId);
    resolveHost();
}

void EndpointProbe::resolveHost()
{
    const std::array views{viewOf(m_record)};
    Plan plan = m_service->plan(views);
    if (plan.shares.empty()) {
        step(u"configuration"_s, fail(plan.unfit.empty() ? u"the record fits no request"_s
                                                         : plan.unfit.front().reason));
        Q_EMIT finished(false);
        return;
    }
    m_share = std::move(plan.shares.front());
    const QUrl &url = m_share.request.url;
    m_proxy = m_network.proxy ? *m_network.proxy : SystemProxy().towards(url);
    // A proxy looks the service's name up itself; here it may be unknown.
    const bool isDirect = m_proxy.type() == QNetworkProxy::NoProxy;
    const QString host = isDirect ? url.host() : m_proxy.hostName();
    m_patience.start(m_endpoint.timeout);
    NameLookup::start(host, &m_patience, [this](const FoundHost &found) { hostResolved(found); });
}

void EndpointProbe::hostResolved(const FoundHost &found)
{
    if (!m_patience.isActive())
        return; // told already
    m_patience.stop();
    m_isResolved = true;
    const bool isDirect = m_proxy.type() == QNetworkProxy::NoProxy;
    const QString host =
        isDirect ? m_share.request.url.host() : u"the proxy "_s + m_proxy.hostName();
    Expected<QString> told;
    if (found.addresses.isEmpty()) {
        told = fail(u"%1: %2"_s.arg(host, found.problem),
                    isDirect ? u"Check the name in the url, and this computer's network and DNS."_s
                             : u"Check the proxy's name, and this computer's network and DNS."_s);
    } else {
        QStringList addresses;
        for (const QHostAddress &address :
             found.addresses.first(std::min<qsizetype>(3, found.addresses.size())))
            addresses.append(address.toString());
        told = u"%1 is %2"_s.arg(host, addresses.join(u", "_s));
    }
    if (step(u"host"_s, told))
        connectToHost();
    else
        Q_EMIT finished(false);
}

void EndpointProbe::connectToHost()
{
    const QUrl &url = m_share.request.url;
    m_patience.start(m_endpoint.timeout);
    m_socket.setSslConfiguration(tlsConfiguration(m_network));
    m_socket.setPeerVerifyName(url.host());
    m_socket.setProxy(isTunnelled() ? m_proxy : QNetworkProxy(QNetworkProxy::NoProxy));
    if (m_proxy.type() != QNetworkProxy::NoProxy && !isTunnelled())
        m_socket.connectToHost(m_proxy.hostName(), m_proxy.port());
    else
        m_socket.connectToHost(url.host(), quint16(url.port(isTls(url) ? 443 : 80)));
}

//! Whether the proxy passes bytes on; requests without TLS are sent to an HTTP proxy itself, and
//! many let nothing else through.
bool EndpointProbe::isTunnelled() const
{
    return m_proxy.type() == QNetworkProxy::Socks5Proxy ||
           (m_proxy.type() == QNetworkProxy::HttpProxy && isTls(m_share.request.url));
}

void EndpointProbe::encrypt()
{
    m_isConnected = true;
    step(u"connection"_s,
         m_proxy.type() != QNetworkProxy::NoProxy
             ? u"the proxy "_s + placeOf(m_proxy)
             : u"%1 port %2"_s.arg(m_socket.peerAddress().toString()).arg(m_socket.peerPort()));
    if (isTls(m_share.request.url))
        m_socket.startClientEncryption();
    else
        ask();
}

void EndpointProbe::socketFailed()
{
    m_patience.stop();
    m_socket.disconnect(this);
    step(m_isConnected ? u"TLS"_s : u"connection"_s, tl::make_unexpected(socketProblem()));
    Q_EMIT finished(false);
}

//! In the words that delivery has for it.
Error EndpointProbe::socketProblem() const
{
    const QString what = m_socket.errorString();
    if (m_socket.error() == QAbstractSocket::ProxyAuthenticationRequiredError)
        return proxyPasswordProblem(m_proxy);
    if (!m_isConnected && m_proxy.type() != QNetworkProxy::NoProxy)
        return {u"the proxy %1: %2"_s.arg(placeOf(m_proxy), what),
                u"Check that the proxy runs there, its port, and whether it lets this host and "
                u"port through."_s};
    if (!m_isConnected)
        return {what, u"Check that the service runs there, the port, and the firewalls on the "
                      u"way."_s};
    if (const auto errors = m_socket.sslHandshakeErrors(); !errors.isEmpty())
        return certificateProblem(errors, m_share.request.url.host());
    if (const auto problem = handshakeProblem(what, m_network))
        return *problem;
    return noTlsProblem(what).value_or(
        Error{what, u"Check the server's certificate, its name and its dates, and whether the port "
                    u"speaks TLS."_s});
}

void EndpointProbe::ask()
{
    m_patience.stop();
    m_socket.disconnect(this);
    m_socket.abort();
    if (m_purpose == Purpose::StoreRecord) {
        askForStorage();
        return;
    }
    m_question = reachRequest(m_endpoint.service, m_options);
    HttpRequest request = m_question.request;
    if (const auto credentials = resolveCredentials(m_endpoint, lookup()))
        m_service->sign(request, QDateTime::currentDateTimeUtc(), *credentials);
    m_transport.send(
        request, m_network, m_endpoint.timeout, this, [this](const HttpReply &reply, int) {
            const Outcome outcome = reachOutcome(*m_service, m_question, reply);
            if (saysNothing(*m_service, m_question, reply)) {
                const QString key = reply.status == 403 && !m_keyPlace.isEmpty()
                                        ? u" (the key of %1 was sent)"_s.arg(m_keyPlace)
                                        : QString();
                step(u"answer"_s,
                     u"only the connection was checked; to a question without records it "
                     "answered: "_s +
                         (m_endpoint.service == "otlp"_L1 // whose errors are in protobuf
                              ? outcome.reason
                              : answerText(reply)) +
                         key,
                     true);
                Q_EMIT finished(true);
                return;
            }
            const bool hasKey =
                !m_endpoint.apiKey.isEmpty() || m_endpoint.service == "cloudwatch"_L1;
            conclude(outcome, reply,
                     hasKey ? u"the key was accepted; no record was sent"_s
                            : u"answered; no record was sent"_s);
        });
}

//! What the service asks its server before the first record.
void EndpointProbe::askForStorage()
{
    auto inquiry = m_service->inquiry();
    if (!inquiry) {
        sendRecord();
        return;
    }
    if (const auto credentials = resolveCredentials(m_endpoint, lookup()))
        m_service->sign(*inquiry, QDateTime::currentDateTimeUtc(), *credentials);
    m_transport.send(*inquiry, m_network, m_endpoint.timeout, this,
                     [this](const HttpReply &reply, int) {
                         if (auto informed = m_service->informed(reply)) {
                             m_service = informed;
                             const std::array views{viewOf(m_record)};
                             Plan plan = m_service->plan(views);
                             if (!plan.shares.empty())
                                 m_share = std::move(plan.shares.front());
                         }
                         sendRecord();
                     });
}

void EndpointProbe::sendRecord()
{
    CourierKit kit{.service = m_service,
                   .credentials = [this] { return resolveCredentials(m_endpoint, lookup()); },
                   .network = m_network,
                   .timeout = m_endpoint.timeout};
    Courier::send(m_transport, std::move(kit), m_share, this, [this](const Errand &errand) {
        conclude(errand.outcome, errand.reply,
                 u"stored; look for \"Trace Console test\" with test_id %1"_s.arg(m_testId));
    });
}

void EndpointProbe::conclude(const Outcome &outcome, const HttpReply &reply,
                             const QString &goodText)
{
    Expected<QString> told;
    if (outcome.kind == Outcome::Kind::Delivered) {
        told = u"HTTP %1: %2"_s.arg(reply.status)
                   .arg(outcome.reason.isEmpty() ? goodText : outcome.reason);
    } else {
        QString action = outcome.action;
        const bool isOfKey = reply.status == 401 || reply.status == 403;
        if (isOfKey && action == outcomeOfStatus(reply).action) { // the service knows no better
            const QString status = QString::number(reply.status);
            action = wordingOf(m_keyPlace.isEmpty()
                                   ? Problem{ProblemKind::KeyMissing, {status, {}}}
                                   : Problem{ProblemKind::KeyRefused, {status, {}, m_keyPlace}})
                         .action;
        } else if (action.isEmpty()) {
            using Kind = Outcome::Kind;
            const bool passes = outcome.kind == Kind::RetryLater || outcome.kind == Kind::Slower;
            action = passes
                         ? u"Delivery would try again by itself. Try this test again, or look at "
                           u"the service's own status."_s
                         : u"Look at the service's words, the url and the endpoint's options."_s;
        }
        told = fail(outcome.reason.isEmpty() ? answerText(reply) : outcome.reason, action);
    }
    Q_EMIT finished(step(u"answer"_s, told));
}

} // namespace trace
