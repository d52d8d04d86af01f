// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runmodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

RunRow makeRun(qint64 id, const QString &runId, const QString &parent = {})
{
    RunRow run;
    run.id = id;
    run.runId = runId;
    run.parentRunId = parent;
    run.workflowName = u"orders"_s;
    run.firstSequence = quint64(id) * 100;
    run.lastSequence = run.firstSequence + 49;
    run.firstTime = 1'763'823'845'000'000'000;
    run.lastTime = run.firstTime + 2'500'000'000;
    run.counts = {10, 30, 4, 5, 1};
    return run;
}

QStringList childrenOf(const RunModel &model, const QModelIndex &parent = {})
{
    QStringList ids;
    for (int row = 0; row < model.rowCount(parent); ++row)
        ids.append(model.index(row, 0, parent).data(RunModel::RunIdRole).toString());
    return ids;
}

} // namespace

class TestRunModel final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsARunInWordsAndNumbers();
    void putsChildrenUnderTheirParent();
    void adoptsChildrenThatCameFirst();
    void survivesRunsThatAreTheirOwnAncestors();
    void changesARunInPlace();
    void keepsSourcesApartFromRuns();
    void removesWhatTheJournalForgot();
};

void TestRunModel::showsARunInWordsAndNumbers()
{
    RunModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.update({makeRun(1, u"run-1\u202e"_s)});
    const auto cell = [&](int column) { return model.index(0, column).data().toString(); };
    QCOMPARE(cell(RunModel::Run), u"run-1<U+202E>"_s);
    QCOMPARE(cell(RunModel::Workflow), u"orders"_s);
    QCOMPARE(cell(RunModel::Duration), u"2.5 s"_s);
    QCOMPARE(cell(RunModel::Records), u"50"_s);
    QCOMPARE(cell(RunModel::Warnings), u"4"_s);
    QCOMPARE(cell(RunModel::Errors), u"6"_s); // critical ones are errors too
    QCOMPARE(model.index(0, 0).data(RunModel::FirstSequenceRole).toULongLong(), 100ULL);
    QCOMPARE(model.lastSequence(), 149ULL);
}

void TestRunModel::putsChildrenUnderTheirParent()
{
    RunModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.update({makeRun(1, u"a"_s), makeRun(2, u"a1"_s, u"a"_s), makeRun(3, u"b"_s),
                  makeRun(4, u"a2"_s, u"a"_s), makeRun(5, u"lost"_s, u"never seen"_s)});
    QCOMPARE(childrenOf(model), QStringList({u"lost"_s, u"b"_s, u"a"_s})); // newest first
    QCOMPARE(childrenOf(model, model.indexOf(u"a"_s)), QStringList({u"a1"_s, u"a2"_s}));
    QCOMPARE(model.runCount(), 5);
}

void TestRunModel::adoptsChildrenThatCameFirst()
{
    RunModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.update({makeRun(1, u"child"_s, u"parent"_s), makeRun(2, u"other"_s)});
    const QPersistentModelIndex child = model.indexOf(u"child"_s);
    model.update({makeRun(3, u"parent"_s)});
    QCOMPARE(childrenOf(model), QStringList({u"parent"_s, u"other"_s}));
    QCOMPARE(childrenOf(model, model.indexOf(u"parent"_s)), QStringList({u"child"_s}));
    QCOMPARE(child.data(RunModel::RunIdRole).toString(), u"child"_s); // a selection stays
}

void TestRunModel::survivesRunsThatAreTheirOwnAncestors()
{
    RunModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.update({makeRun(1, u"self"_s, u"self"_s), makeRun(2, u"x"_s, u"y"_s),
                  makeRun(3, u"y"_s, u"x"_s), makeRun(4, {}), makeRun(5, {})});
    QCOMPARE(model.runCount(), 3);
    QCOMPARE(model.sourceCount(), 2);
    QVERIFY(model.indexOf(u"x"_s).isValid());
    QVERIFY(model.indexOf(u"y"_s).isValid());
}

void TestRunModel::changesARunInPlace()
{
    RunModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    const RunRow run = makeRun(1, u"a"_s);
    model.update({run});
    QSignalSpy changed(&model, &RunModel::dataChanged);
    QSignalSpy inserted(&model, &RunModel::rowsInserted);
    model.update({run});
    QCOMPARE(changed.size(), 0);
    RunRow more = run;
    more.counts[std::size_t(Level::Info)] += 7;
    model.update({more});
    QCOMPARE(changed.size(), 1);
    QCOMPARE(inserted.size(), 0);
    QCOMPARE(model.index(0, RunModel::Records).data().toString(), u"57"_s);
}

void TestRunModel::keepsSourcesApartFromRuns()
{
    RunModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.update({makeRun(-1, {}), makeRun(1, u"a"_s), makeRun(-2, {})});
    QCOMPARE(model.rowCount(), 3); // none is the parent of those that name none
    QCOMPARE(model.runCount(), 1);
    QCOMPARE(model.sourceCount(), 2);
    QCOMPARE(model.index(0, RunModel::Run).data().toString(), u"orders"_s);
    QCOMPARE(model.index(0, RunModel::Workflow).data().toString(), u"no run id"_s);
}

void TestRunModel::removesWhatTheJournalForgot()
{
    RunModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    RunRow source = makeRun(-1, {});
    source.firstSequence = 100;
    source.lastSequence = 149;
    model.update({makeRun(1, u"a"_s), makeRun(2, u"a1"_s, u"a"_s), makeRun(3, u"b"_s),
                  makeRun(4, u"a2"_s, u"a"_s), source});
    model.removeBefore(249); // the last record of a1
    QCOMPARE(childrenOf(model), QStringList({u"a2"_s, u"a1"_s, u"b"_s}));
    QCOMPARE(model.sourceCount(), 0);
    QVERIFY(!model.indexOf(u"a"_s).isValid());
    model.update({makeRun(5, u"a"_s)}); // it goes on
    QCOMPARE(childrenOf(model, model.indexOf(u"a"_s)), QStringList({u"a1"_s, u"a2"_s}));
    model.removeBefore(1000);
    QCOMPARE(model.rowCount(), 0);
    QCOMPARE(model.runCount(), 0);
}

} // namespace trace

QTEST_MAIN(trace::TestRunModel)
#include "tst_runmodel.moc"
