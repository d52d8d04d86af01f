// SPDX-License-Identifier: GPL-3.0-or-later
// One request after the other on a kept connection, from its start to the end of its answer.
#include "core/delivery/transport.h"
#include "core/platform/runon.h"
#include "core/receiver/httpserver.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QThread>

#include <benchmark/benchmark.h>

namespace trace::bench {

namespace {

//! Reads requests on a thread of its own, counts the bytes of their bodies and forgets them.
class Sink final
{
public:
    Sink()
    {
        m_home.moveToThread(&m_thread);
        m_thread.start();
        runOn(&m_home, [this] {
            m_server = std::make_unique<HttpServer>(
                HttpServerOptions{}, [this](HttpRequest &&request, HttpResponder responder) {
                    m_bytes += request.body.size();
                    responder.answer(200, "application/json", "{}");
                });
            if (m_server->listen())
                m_url = m_server->url();
        });
    }
    ~Sink()
    {
        runOn(&m_home, [this] {
            m_server.reset();
            m_home.moveToThread(QCoreApplication::instance()->thread());
        });
        m_thread.quit();
        m_thread.wait();
    }
    Q_DISABLE_COPY_MOVE(Sink)

    [[nodiscard]] QUrl url() const { return m_url; }
    [[nodiscard]] qint64 bytes()
    {
        qint64 bytes = 0;
        runOn(&m_home, [&] { bytes = m_bytes; });
        return bytes;
    }

private:
    QThread m_thread;
    QObject m_home;
    std::unique_ptr<HttpServer> m_server;
    QUrl m_url;
    qint64 m_bytes = 0; //!< Belongs to the thread.
};

bool isTaken(Transport &transport, const HttpRequest &request)
{
    int status = 0;
    QEventLoop loop;
    transport.send(request, std::chrono::seconds(10), &loop, [&](const HttpReply &reply, int) {
        status = reply.status;
        loop.quit();
    });
    loop.exec();
    return status == 200;
}

void sendBody(benchmark::State &state)
{
    // Bodies of more than 16 KiB waited 44 ms for an acknowledgement without TCP_NODELAY.
    Sink sink;
    Transport transport;
    HttpRequest request;
    request.url = sink.url();
    request.headers = {{"Content-Type", "application/json"}};
    request.body = QByteArray(state.range(0), 'x');
    bool isWell = isTaken(transport, request); // connects
    for ([[maybe_unused]] auto _ : state)
        isWell = isTaken(transport, request) && isWell;
    if (!isWell || sink.bytes() != (qint64(state.iterations()) + 1) * request.body.size())
        state.SkipWithError("not every request arrived");
    state.SetLabel(std::to_string(state.range(0) / 1000) + " KB");
}
BENCHMARK(sendBody)
    ->Arg(20'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

} // namespace

} // namespace trace::bench
