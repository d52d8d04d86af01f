// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/patience.h"
#include "tests/ui/recordpages.h"
#include "ui/records/recordmodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

QString messageAt(const RecordModel &model, int row)
{
    return model.index(row, RecordModel::Message).data().toString();
}

//! Answers each request of \a model at once, as a journal would later.
void serve(RecordModel &model)
{
    QObject::connect(
        &model, &RecordModel::pageNeeded, &model,
        [&model](quint64 number, quint64 upTo) { model.addPage(madePage(number, upTo)); },
        Qt::QueuedConnection);
}

} // namespace

class TestRecordModel final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void asksForAPageOnceAndFillsItIn();
    void growsWithTheJournal();
    void forgetsWhatTheJournalForgot();
    void startsAnewForAnotherJournal();
    void showsPlacesOfRecordsThatAreGone();
    void asksForWhatIsLookedAtLast();
    void keepsToBoundedMemory();
};

void TestRecordModel::asksForAPageOnceAndFillsItIn()
{
    RecordModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    QSignalSpy needed(&model, &RecordModel::pageNeeded);
    model.setRange({1, 300});
    QCOMPARE(model.rowCount(), 300);
    QCOMPARE(messageAt(model, 5), u"\u2026"_s);
    QCOMPARE(messageAt(model, 6), u"\u2026"_s);
    QVERIFY(model.isLoading());
    QCOMPARE(needed.size(), 1);
    QCOMPARE(needed[0][0].toULongLong(), 0ULL);

    QSignalSpy changed(&model, &RecordModel::dataChanged);
    model.addPage(madePage(0, 300));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed[0][0].toModelIndex().row(), 0);
    QCOMPARE(changed[0][1].toModelIndex().row(), 255);
    QVERIFY(!model.isLoading());
    QCOMPARE(messageAt(model, 5), u"message 6"_s);
    QCOMPARE(model.index(5, RecordModel::Place).data().toString(), u"orders \u203a load"_s);
    QCOMPARE(model.index(0, RecordModel::LevelColumn).data().toString(), u"Info"_s);
    QCOMPARE(needed.size(), 1);
}

void TestRecordModel::growsWithTheJournal()
{
    RecordModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    serve(model);
    QSignalSpy inserted(&model, &RecordModel::rowsInserted);
    model.setRange({1, 10});
    (void)messageAt(model, 9);
    QTRY_COMPARE(messageAt(model, 9), u"message 10"_s);
    model.setRange({1, 12}); // the page that is there lacks two
    QCOMPARE(inserted.size(), 2);
    QCOMPARE(messageAt(model, 9), u"message 10"_s);
    QCOMPARE(messageAt(model, 11), u"\u2026"_s);
    QTRY_COMPARE(messageAt(model, 11), u"message 12"_s);
    model.setRange({1, 12});
    QCOMPARE(inserted.size(), 2);
}

void TestRecordModel::forgetsWhatTheJournalForgot()
{
    RecordModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    serve(model);
    model.setRange({1, 1000});
    QSignalSpy removed(&model, &RecordModel::rowsRemoved);
    model.setRange({301, 1200});
    QCOMPARE(removed.size(), 1);
    QCOMPARE(removed[0][2].toInt(), 299);
    QCOMPARE(model.rowCount(), 900);
    QCOMPARE(model.rowOf(300), -1);
    QCOMPARE(model.rowOf(301), 0);
    QCOMPARE(model.sequenceOf(899), 1200ULL);
    (void)messageAt(model, 0);
    QTRY_COMPARE(messageAt(model, 0), u"message 301"_s);
}

void TestRecordModel::startsAnewForAnotherJournal()
{
    RecordModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setRange({1, 10});
    model.setRange({5000, 5009}); // all that was there is gone
    QCOMPARE(model.rowCount(), 10);
    QCOMPARE(model.sequenceOf(0), 5000ULL);
    model.setRange({0, 0});
    QCOMPARE(model.rowCount(), 0);
}

void TestRecordModel::showsPlacesOfRecordsThatAreGone()
{
    RecordModel model;
    model.setRange({1, 3});
    auto page = std::make_shared<RecordPage>(*madePage(0, 3));
    page->rows[1] = {};
    model.addPage(page);
    QCOMPARE(messageAt(model, 1), u"(not in the journal any more)"_s);
    QCOMPARE(model.record(1), nullptr);
    QCOMPARE(messageAt(model, 2), u"message 3"_s);
    QVERIFY(!model.isLoading());
}

void TestRecordModel::asksForWhatIsLookedAtLast()
{
    RecordModel model;
    model.setRange({1, 1'000'000});
    QSignalSpy needed(&model, &RecordModel::pageNeeded);
    for (int row = 0; row < 1'000'000; row += 10'000) // a fast scroll over everything
        (void)messageAt(model, row);
    QCOMPARE(needed.size(), 2);
    model.addPage(madePage(0, 1'000'000));
    QCOMPARE(needed.size(), 3);
    QCOMPARE(needed[2][0].toULongLong(), RecordPage::numberOf(990'001));
}

void TestRecordModel::keepsToBoundedMemory()
{
    RecordModel model;
    serve(model);
    model.setRange({1, 256 * 200});
    QSignalSpy needed(&model, &RecordModel::pageNeeded);
    for (int page = 0; page < 200; ++page) {
        (void)messageAt(model, page * 256);
        QTRY_VERIFY(!model.isLoading());
    }
    QCOMPARE(needed.size(), 200);
    (void)messageAt(model, 0); // long forgotten
    QCOMPARE(needed.size(), 201);
    QTRY_COMPARE(messageAt(model, 0), u"message 1"_s);
}

} // namespace trace

QTEST_MAIN(trace::TestRecordModel)
#include "tst_recordmodel.moc"
