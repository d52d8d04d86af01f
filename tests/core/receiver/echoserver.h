// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/receiver/httpserver.h"

#include <QList>

#include <deque>

namespace trace {

//! A server that answers each request with its method, path and body; or keeps it waiting.
struct EchoServer
{
    explicit EchoServer(HttpServerOptions options = {})
        : server(options, [this](HttpRequest &&request, HttpResponder responder) {
            requests.append(request);
            if (holds)
                held.push_back(responder);
            else
                responder.answer(200, "text/plain", echo(request));
        })
    {
        const auto listening = server.listen();
        if (!listening)
            qFatal("%s", qPrintable(listening.error().message()));
    }

    static QByteArray echo(const HttpRequest &request)
    {
        return request.method + ' ' + request.url.toEncoded() + ' ' + request.body;
    }

    QList<HttpRequest> requests;
    std::deque<HttpResponder> held;
    bool holds = false;
    HttpServer server;
};

} // namespace trace
