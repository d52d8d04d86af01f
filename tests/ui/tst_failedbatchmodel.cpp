// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/failed/failedbatchmodel.h"
#include "ui/failed/failedview.h"

#include <QAbstractItemModelTester>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

FailedBatchRow makeBatch(qint64 id)
{
    FailedBatchRow batch;
    batch.id = id;
    batch.endpoint = 1;
    batch.endpointName = u"Loki"_s;
    batch.reason = u"entry too large"_s;
    batch.status = 400;
    batch.bodyExcerpt = u"<b>too large</b>"_s;
    batch.created = QDateTime(QDate(2026, 11, 22), QTime(15, 4, 5)).toUTC();
    batch.attempts = {{batch.created, 400, u"refused"_s}, {batch.created, 0, u"no answer"_s}};
    batch.records = 3;
    return batch;
}

QList<qint64> idsIn(const QSignalSpy &spy)
{
    return spy.isEmpty() ? QList<qint64>() : spy.last()[0].value<QList<qint64>>();
}

} // namespace

class TestFailedBatchModel final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsABatch();
    void keepsRowsThatStay();
    void viewShowsWhyABatchFailed();
    void viewReplaysAndDiscardsTheChosenOnes();
};

void TestFailedBatchModel::showsABatch()
{
    FailedBatchModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    FailedBatchRow lost = makeBatch(8);
    lost.status = 0;
    lost.mayHaveArrived = true;
    lost.state = FailedState::Claimed;
    model.setBatches({makeBatch(7), lost});
    const QStringList first{u"7"_s,        u"Loki"_s, u"Failed"_s,         u"3"_s, u"400"_s, u"2"_s,
                            u"15:04:05"_s, u"no"_s,   u"entry too large"_s};
    for (int column = 0; column < FailedBatchModel::ColumnCount; ++column)
        QCOMPARE(model.index(0, column).data().toString(), first[column]);
    QCOMPARE(model.index(1, FailedBatchModel::Status).data().toString(), u"no answer"_s);
    QCOMPARE(model.index(1, FailedBatchModel::State).data().toString(), u"Replaying"_s);
    QCOMPARE(model.index(1, FailedBatchModel::Duplicates).data().toString(), u"may duplicate"_s);
    QCOMPARE(model.recordCount(), 6);
}

void TestFailedBatchModel::keepsRowsThatStay()
{
    FailedBatchModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setBatches({makeBatch(1), makeBatch(2), makeBatch(4)});
    const QPersistentModelIndex four = model.index(2, 0);
    QSignalSpy changed(&model, &FailedBatchModel::dataChanged);
    FailedBatchRow replayed = makeBatch(4);
    replayed.state = FailedState::Claimed;
    model.setBatches({makeBatch(5), replayed, makeBatch(3)}); // in any order
    QCOMPARE(model.ids(), QList<qint64>({3, 4, 5}));
    QCOMPARE(four.row(), 1);
    QCOMPARE(changed.size(), 1);
    model.setBatches({});
    QCOMPARE(model.rowCount(), 0);
}

void TestFailedBatchModel::viewShowsWhyABatchFailed()
{
    FailedBatchModel model;
    FailedView view(model);
    auto *detail = view.findChild<QPlainTextEdit *>(u"failedDetail"_s);
    QSignalSpy wanted(&view, &FailedView::recordsWanted);
    model.setBatches({makeBatch(7)});
    QCOMPARE(wanted.size(), 1);
    QCOMPARE(wanted[0][0].toLongLong(), 7);
    Record record;
    record.sequence = 99;
    record.level = Level::Error;
    record.message = "corrupt \x1b[31mrow";
    view.showRecords(6, {record, record}); // a late answer for another
    view.showRecords(7, {record});
    const QString text = detail->toPlainText();
    for (const QString &part :
         {u"Reason: entry too large"_s, u"The service said: <b>too large</b>"_s, u": refused"_s,
          u": no answer"_s, u"Record 99 (Error): corrupt \u241b[31mrow"_s})
        QVERIFY2(text.contains(part), qPrintable(part + u" is not in:\n"_s + text));
    model.setBatches({});
    QCOMPARE(detail->toPlainText(), QString());
}

void TestFailedBatchModel::viewReplaysAndDiscardsTheChosenOnes()
{
    FailedBatchModel model;
    FailedView view(model);
    auto *replay = view.findChild<QToolButton *>(u"replayButton"_s);
    auto *all = view.findChild<QToolButton *>(u"replayAllButton"_s);
    auto *discard = view.findChild<QToolButton *>(u"discardButton"_s);
    QVERIFY(!replay->isEnabled() && !all->isEnabled() && !discard->isEnabled());
    model.setBatches({makeBatch(1), makeBatch(2), makeBatch(3)});
    auto *table = view.findChild<QTableView *>(u"failedTable"_s);
    table->selectRow(1);

    QSignalSpy replays(&view, &FailedView::replayRequested);
    QSignalSpy discards(&view, &FailedView::discardRequested);
    QTest::mouseClick(replay, Qt::LeftButton);
    QCOMPARE(idsIn(replays), QList<qint64>{2});
    QTest::mouseClick(all, Qt::LeftButton);
    QCOMPARE(idsIn(replays), QList<qint64>({1, 2, 3}));
    QTest::mouseClick(discard, Qt::LeftButton);
    QCOMPARE(idsIn(discards), QList<qint64>{2});
}

} // namespace trace

QTEST_MAIN(trace::TestFailedBatchModel)
#include "tst_failedbatchmodel.moc"
