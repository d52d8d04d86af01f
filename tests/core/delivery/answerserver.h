// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"
#include "core/receiver/httpserver.h"
#include "core/service/service.h"

#include <QTcpSocket>

namespace trace {

//! What a service answers to one request, literally.
struct Answer
{
    static constexpr int closed = 0;  //!< In place of a status: the connection is closed.
    static constexpr int silent = -1; //!< In place of a status: nothing ever comes.

    int status = 200;
    QByteArray body{};
    QByteArray type{"text/plain"};
    HttpHeaders headers{};
};

//! A request with records, or one that asks for their place to be made (CloudWatch's Create…).
struct SeenRequest
{
    HttpRequest request{};
    QByteArray operation{}; //!< Of CloudWatch's requests: "PutLogEvents".
    QStringList messages{}; //!< Of its records, as the service reads them.
    int number = 0;         //!< From 1, among those with records.

    [[nodiscard]] bool isPush() const { return operation.isEmpty() || operation == "PutLogEvents"; }
};

//! The answer that a test wants given; nothing for that of a service that takes all it gets.
using AnswerRule = std::function<std::optional<Answer>(const SeenRequest &)>;

//! A service on a port of this computer that answers by a rule, on the test's own thread, and
//! keeps what it was sent.
class AnswerServer final
{
public:
    //! \a isThere: false for one that refuses connections until release().
    explicit AnswerServer(const QString &service, AnswerRule rule = {}, bool isThere = true)
        : m_name(service)
        , m_rule(std::move(rule))
    {
        if (!m_reserved.bind(QHostAddress::LocalHost))
            qFatal("no port");
        m_port = m_reserved.localPort();
        ServiceOptions options;
        options.url = url();
        m_service = makeService(service, options).value();
        if (isThere)
            listen();
    }

    //! From now on it takes everything.
    void release()
    {
        m_rule = {};
        m_unanswered.clear(); // closes their connections
        if (!m_server)
            listen();
    }

    [[nodiscard]] QUrl url() const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_port));
    }
    //! Sends each full buffer and is suspended by its first failure.
    [[nodiscard]] Endpoint endpoint(int bufferSize, const QString &id = QStringLiteral("a")) const
    {
        Endpoint endpoint;
        endpoint.id = id;
        endpoint.name = id;
        endpoint.service = m_name;
        endpoint.options.url = url();
        endpoint.apiKey = m_name == QLatin1StringView("cloudwatch")
                              ? QStringLiteral("AKIDEXAMPLE:wJalrXUtnFEMI:AQoDYXdzEPT")
                              : QStringLiteral("key");
        endpoint.bufferSize = bufferSize;
        endpoint.flushInterval = std::chrono::milliseconds(50);
        endpoint.maxRetries = 1;
        return endpoint;
    }

    QList<SeenRequest> pushes;    //!< With records.
    QList<SeenRequest> creations; //!< CloudWatch's other operations.
    QList<HttpRequest> others;    //!< Questions, and what should never come.
    QStringList stored;           //!< Messages of the requests that it took without a rule.

private:
    void listen()
    {
        m_reserved.abort();
        HttpServerOptions options;
        options.port = m_port;
        m_server = std::make_unique<HttpServer>(
            options, [this](HttpRequest &&request, HttpResponder responder) {
                handle(std::move(request), std::move(responder));
            });
        if (const auto ready = m_server->listen(); !ready)
            qFatal("%s", qPrintable(ready.error().message()));
    }
    void handle(HttpRequest &&request, HttpResponder responder)
    {
        SeenRequest seen{.request = std::move(request)};
        const QByteArray target = headerValue(seen.request.headers, "X-Amz-Target");
        seen.operation = target.mid(target.indexOf('.') + 1);
        if (seen.request.method != "POST") {
            others.append(seen.request);
            const auto answer = m_rule ? m_rule(seen) : std::nullopt;
            give(answer.value_or(Answer{404, "404 page not found\n"}), responder);
            return;
        }
        if (seen.isPush()) {
            const auto read = m_service->decode(seen.request, [&](const RecordView &record) {
                seen.messages.append(
                    QString::fromUtf8(record.message.data(), qsizetype(record.message.size())));
            });
            if (!read)
                qFatal("unreadable request: %s", qPrintable(read.error().text));
            seen.number = int(pushes.size()) + 1;
        }
        (seen.isPush() ? pushes : creations).append(seen);
        if (const auto answer = m_rule ? m_rule(seen) : std::nullopt) {
            give(*answer, responder);
            return;
        }
        stored += seen.messages;
        const ServiceAnswer own = m_service->accepted(seen.request);
        responder.answer(own.status, own.contentType, own.body, own.headers);
    }
    void give(const Answer &answer, HttpResponder &responder)
    {
        if (answer.status == Answer::silent)
            m_unanswered.push_back(responder);
        else if (answer.status == Answer::closed)
            responder.drop();
        else
            responder.answer(answer.status, answer.type, answer.body, answer.headers);
    }

    QString m_name;
    AnswerRule m_rule;
    QTcpSocket m_reserved; // The port, where nobody listens.
    quint16 m_port = 0;
    std::shared_ptr<const Service> m_service;
    std::vector<HttpResponder> m_unanswered;
    std::unique_ptr<HttpServer> m_server; // Last: its handler uses the others.
};

} // namespace trace
