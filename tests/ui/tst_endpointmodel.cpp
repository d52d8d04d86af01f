// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/endpoints/endpointmodel.h"
#include "ui/endpoints/endpointsview.h"
#include "ui/look/look.h"

#include <QAbstractItemModelTester>
#include <QGuiApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

EndpointStatus makeEndpoint(const QString &id)
{
    EndpointStatus status;
    status.id = id;
    status.name = u"Name of "_s + id;
    status.service = u"grafana"_s;
    status.url = QUrl(u"http://localhost:3100"_s);
    status.ledger = {240, 200, 30, 8, 1, 1, 0, 0, 0, 0};
    status.recordsPerSecond = 12.34;
    status.requests = 7;
    status.retries = 2;
    status.latencyMs = 3.21;
    return status;
}

QStringList idsOf(const EndpointModel &model)
{
    QStringList ids;
    for (int row = 0; row < model.rowCount(); ++row)
        ids.append(model.index(row, 0).data(EndpointModel::IdRole).toString());
    return ids;
}

} // namespace

class TestEndpointModel final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsAnEndpoint();
    void saysWhatIsWrongAndWhatToDo();
    void marksWhatIsNotVerified();
    void ledgerSaysWhetherItBalances();
    void keepsRowsThatStay();
    void viewAsksForTheChosenEndpoint();
};

void TestEndpointModel::showsAnEndpoint()
{
    EndpointModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    EndpointStatus status = makeEndpoint(u"a"_s);
    status.state = SenderState::BackingOff;
    model.setEndpoints({status});
    const QStringList expected{u"Name of a"_s, u"grafana"_s, u"Backing off"_s, u"30"_s,
                               u"8"_s,         u"200"_s,     u"1"_s,           u"1"_s,
                               u"12.3"_s,      u"2"_s,       u"3.2"_s,         u""_s};
    for (int column = 0; column < EndpointModel::ColumnCount; ++column)
        QCOMPARE(model.index(0, column).data().toString(), expected[column]);
    QVERIFY(!model.index(0, EndpointModel::State).data(Qt::DecorationRole).isNull());
}

void TestEndpointModel::saysWhatIsWrongAndWhatToDo()
{
    EndpointStatus status;
    QCOMPARE(problemText(status), QString());
    status.problem = u"401: no such key\nsecond line"_s;
    status.action = u"Set the API key."_s;
    QCOMPARE(problemText(status), u"401: no such key \u2026 \u2013 Set the API key."_s);
    status.action.clear();
    status.nextAttempt = QDateTime(QDate(2026, 11, 22), QTime(15, 4, 5));
    QCOMPARE(problemText(status), u"401: no such key \u2026 \u2013 next attempt 15:04:05"_s);
}

void TestEndpointModel::marksWhatIsNotVerified()
{
    EndpointModel model;
    EndpointStatus verified = makeEndpoint(u"a"_s);
    EndpointStatus believing = makeEndpoint(u"b"_s);
    believing.verifiesTls = false;
    model.setEndpoints({verified, believing});
    const QModelIndex good = model.index(0, EndpointModel::Name);
    const QModelIndex bad = model.index(1, EndpointModel::Name);
    QVERIFY(good.data(Qt::DecorationRole).isNull());
    QVERIFY(good.data(Qt::ForegroundRole).isNull());
    QVERIFY(!bad.data(Qt::DecorationRole).isNull());
    QCOMPARE(bad.data(Qt::ForegroundRole).value<QColor>(),
             toneColor(Tone::Bad, QGuiApplication::palette()));
    QVERIFY(bad.data(Qt::ToolTipRole).toString().contains(u"not verified"_s));
    QCOMPARE(problemText(verified), QString());
    QCOMPARE(problemText(believing), u"the server's certificate is not verified"_s);
    believing.problem = u"503"_s;
    QCOMPARE(problemText(believing), u"the server's certificate is not verified \u2013 503"_s);
}

void TestEndpointModel::ledgerSaysWhetherItBalances()
{
    Ledger ledger = makeEndpoint(u"a"_s).ledger;
    QCOMPARE(ledgerText(ledger), u"accepted 240 = delivered 200 + waiting 30 + in flight 8 + "
                                 "failed 1 + discarded 1"_s);
    QCOMPARE(balanceText(ledger), u"balances"_s);
    ledger.delivered -= 5;
    QCOMPARE(balanceText(ledger), u"does not balance by 5"_s);
}

void TestEndpointModel::keepsRowsThatStay()
{
    EndpointModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setEndpoints({makeEndpoint(u"a"_s), makeEndpoint(u"b"_s), makeEndpoint(u"c"_s)});
    const QPersistentModelIndex c = model.index(2, 0);
    QSignalSpy changed(&model, &EndpointModel::dataChanged);
    EndpointStatus busy = makeEndpoint(u"c"_s);
    busy.state = SenderState::Sending;
    model.setEndpoints({busy, makeEndpoint(u"d"_s), makeEndpoint(u"a"_s)});
    QCOMPARE(idsOf(model), QStringList({u"c"_s, u"d"_s, u"a"_s}));
    QCOMPARE(c.row(), 0);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(model.rowOf(u"b"_s), -1);
    model.setEndpoints({});
    QCOMPARE(model.rowCount(), 0);
}

void TestEndpointModel::viewAsksForTheChosenEndpoint()
{
    EndpointModel model;
    EndpointsView view(model);
    const auto button = [&](const QString &name) { return view.findChild<QToolButton *>(name); };
    QVERIFY(!button(u"retryButton"_s)->isEnabled());
    EndpointStatus second = makeEndpoint(u"b"_s);
    second.state = SenderState::HeldByOperator;
    second.paused = true;
    second.ledger.waiting += 2;
    model.setEndpoints({makeEndpoint(u"a"_s), second});
    QVERIFY(view.findChild<QLabel *>(u"ledgerLabel"_s)->text().contains(u"balances"_s));

    view.findChild<QTableView *>(u"endpointsTable"_s)->selectRow(1);
    QVERIFY(view.findChild<QLabel *>(u"ledgerLabel"_s)->text().contains(u"not balance by -2"_s));
    QSignalSpy retry(&view, &EndpointsView::retryRequested);
    QSignalSpy pause(&view, &EndpointsView::pauseRequested);
    QTest::mouseClick(button(u"retryButton"_s), Qt::LeftButton);
    QCOMPARE(retry, QList<QVariantList>{{u"b"_s}});
    QCOMPARE(button(u"pauseButton"_s)->text(), u"Resume"_s);
    QTest::mouseClick(button(u"pauseButton"_s), Qt::LeftButton);
    QCOMPARE(pause, (QList<QVariantList>{{u"b"_s, false}}));
}

} // namespace trace

QTEST_MAIN(trace::TestEndpointModel)
#include "tst_endpointmodel.moc"
