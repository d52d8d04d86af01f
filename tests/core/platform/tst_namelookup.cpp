// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/platform/namelookup.h"
#include "tests/support/patience.h"

#include <optional>

using namespace trace;
using namespace Qt::StringLiterals;

class TestNameLookup : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsThisComputer();
    void addressNeedsNoLookUp();
    void unknownNameHasAProblem();
    void eachOfManyIsTold();
    void goneContextIsNotCalled();
};

namespace {

std::optional<FoundHost> lookUp(const QString &host)
{
    std::optional<FoundHost> found;
    QObject context;
    NameLookup::start(host, &context, [&](const FoundHost &told) { found = told; });
    if (found)
        qFatal("told at once");
    static_cast<void>(QTest::qWaitFor([&] { return found.has_value(); }, patience));
    return found;
}

} // namespace

void TestNameLookup::findsThisComputer()
{
    const auto found = lookUp(u"localhost"_s);
    QVERIFY(found);
    QVERIFY(!found->addresses.isEmpty());
    QVERIFY(found->addresses.front().isLoopback());
    QVERIFY(NameLookup::isKnown(u"localhost"_s));
}

void TestNameLookup::addressNeedsNoLookUp()
{
    QVERIFY(NameLookup::isKnown(u"192.0.2.1"_s));
    QVERIFY(NameLookup::isKnown(u"2001:db8::1"_s));
    const auto found = lookUp(u"192.0.2.1"_s);
    QVERIFY(found);
    QCOMPARE(found->addresses, QList<QHostAddress>{QHostAddress(u"192.0.2.1"_s)});
}

void TestNameLookup::unknownNameHasAProblem()
{
    const auto found = lookUp(u"no-such-host.invalid"_s);
    QVERIFY(found);
    QVERIFY(found->addresses.isEmpty());
    QVERIFY(!found->problem.isEmpty());
    QVERIFY(!NameLookup::isKnown(u"no-such-host.invalid"_s));
}

void TestNameLookup::eachOfManyIsTold()
{
    int told = 0;
    QObject context;
    for (int i = 0; i < 20; ++i)
        NameLookup::start(u"localhost"_s, &context, [&](const FoundHost &) { ++told; });
    QTRY_COMPARE(told, 20);
}

void TestNameLookup::goneContextIsNotCalled()
{
    bool wasCalled = false;
    auto context = std::make_unique<QObject>();
    NameLookup::start(u"localhost"_s, context.get(), [&](const FoundHost &) { wasCalled = true; });
    context.reset();
    QVERIFY(lookUp(u"localhost"_s)); // the loop has run
    QVERIFY(!wasCalled);
}

QTEST_GUILESS_MAIN(TestNameLookup)
#include "tst_namelookup.moc"
