// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/demo/demosession.h"
#include "core/delivery/engine.h"
#include "tests/support/patience.h"

#include <QSemaphore>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <tuple>

using namespace trace;

class TestDemoSession final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void endsWhenTheEngineIsLateToo();
};

void TestDemoSession::endsWhenTheEngineIsLateToo()
{
    const QTemporaryDir folder;
    auto engine = Engine::start(folder.path(), {});
    QVERIFY(engine.has_value());
    // Keeps the engine's thread from taking the endpoints for several of the demo's turns.
    QSemaphore never;
    const auto held = connect(
        engine->get(), &Engine::statusChanged, engine->get(),
        [&never] { std::ignore = never.tryAcquire(1, 500); }, Qt::DirectConnection);
    (*engine)->setEndpoints({});
    DemoSession demo(**engine);
    QSignalSpy finished(&demo, &DemoSession::finished);
    const auto started = demo.start();
    disconnect(held);
    QVERIFY(started.has_value());
    QVERIFY(finished.wait(patience));
    for (const EndpointStatus &endpoint : (*engine)->status().endpoints)
        QVERIFY(endpoint.ledger.isBalanced());
}

QTEST_GUILESS_MAIN(TestDemoSession)
#include "tst_demosession.moc"
