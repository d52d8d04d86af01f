// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/patience.h"
#include "tests/ui/recordpages.h"
#include "ui/records/recordmodel.h"
#include "ui/records/recordsview.h"

#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace Qt::StringLiterals;

namespace trace {

class TestRecordsView final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void followsUntilTheUserScrollsUp();
    void keepsTheReadersPlaceWhenOldRecordsGo();
    void showsAllFieldsOfTheChosenRecord();
    void goesToARecord();
    void asksForTheNextErrorByKey();

private:
    [[nodiscard]] QScrollBar *bar() const { return m_table->verticalScrollBar(); }
    [[nodiscard]] bool isAtEnd() const { return bar()->value() == bar()->maximum(); }

    std::unique_ptr<RecordModel> m_model;
    std::unique_ptr<RecordsView> m_view;
    QTableView *m_table = nullptr;
    QToolButton *m_follow = nullptr;
};

void TestRecordsView::init()
{
    m_model = std::make_unique<RecordModel>();
    connect(
        m_model.get(), &RecordModel::pageNeeded, m_model.get(),
        [this](quint64 number, quint64 upTo) { m_model->addPage(madePage(number, upTo)); },
        Qt::QueuedConnection);
    m_view = std::make_unique<RecordsView>(*m_model);
    m_table = m_view->findChild<QTableView *>(u"recordsTable"_s);
    m_follow = m_view->findChild<QToolButton *>(u"followButton"_s);
    QVERIFY(m_table && m_follow);
    m_view->resize(900, 400);
    m_view->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    m_model->setRange({1, 500});
}

void TestRecordsView::cleanup()
{
    m_view.reset();
    m_model.reset();
}

void TestRecordsView::followsUntilTheUserScrollsUp()
{
    QTRY_VERIFY(bar()->maximum() > 0 && isAtEnd());
    QVERIFY(m_view->isFollowing());
    m_model->setRange({1, 600});
    QTRY_VERIFY(isAtEnd());
    QCOMPARE(m_follow->text(), u"Following"_s);

    bar()->triggerAction(QAbstractSlider::SliderPageStepSub);
    QVERIFY(!m_view->isFollowing());
    const int place = bar()->value();
    m_model->setRange({1, 642});
    QTRY_COMPARE(m_follow->text(), u"Follow (42 new)"_s);
    QCOMPARE(bar()->value(), place);

    QTest::mouseClick(m_follow, Qt::LeftButton);
    QVERIFY(m_view->isFollowing());
    QTRY_VERIFY(isAtEnd());

    bar()->triggerAction(QAbstractSlider::SliderToMinimum);
    QVERIFY(!m_view->isFollowing());
    m_table->setFocus();
    QTest::keyClick(m_table, Qt::Key_End, Qt::ControlModifier);
    QVERIFY(m_view->isFollowing());
    QTRY_VERIFY(isAtEnd());
}

void TestRecordsView::keepsTheReadersPlaceWhenOldRecordsGo()
{
    m_view->goTo(400);
    const auto topSequence = [this] { return m_model->sequenceOf(m_table->rowAt(0)); };
    QTRY_COMPARE(topSequence(), 400ULL);
    m_model->setRange({101, 800});
    QTRY_COMPARE(topSequence(), 400ULL);
}

void TestRecordsView::showsAllFieldsOfTheChosenRecord()
{
    auto *detail = m_view->findChild<QPlainTextEdit *>(u"recordDetail"_s);
    QVERIFY(!detail->isVisible());
    Record record = madeRecord(1);
    record.message = "<b>two\nlines</b>";
    record.stackTrace = "File \"a.py\"\n  line 2";
    record.metadata = R"({"rows":5})";
    record.context.tags = {"nightly", "eu"};
    auto page = std::make_shared<RecordPage>(*madePage(0, 256));
    page->rows[0] = makeRecordRow(record);
    m_model->addPage(page);
    m_view->goTo(1);
    QTest::mouseClick(m_view->findChild<QToolButton *>(u"detailsButton"_s), Qt::LeftButton);
    QVERIFY(detail->isVisible());
    const QString text = detail->toPlainText();
    for (const QString &part : {u"<b>two\n\tlines</b>"_s, u"File \"a.py\"\n\t  line 2"_s,
                                u"\"rows\": 5"_s, u"nightly, eu"_s, u"workflow_name\torders"_s})
        QVERIFY2(text.contains(part), qPrintable(part + u" is not in:\n"_s + text));
}

void TestRecordsView::goesToARecord()
{
    m_view->goTo(37);
    QVERIFY(!m_view->isFollowing());
    QCOMPARE(m_table->currentIndex().row(), 36);
    QTRY_COMPARE(m_table->currentIndex().data().toString(), u"message 37"_s);
    m_view->goTo(100'000); // not there
    QCOMPARE(m_table->currentIndex().row(), 36);
}

void TestRecordsView::asksForTheNextErrorByKey()
{
    QSignalSpy wanted(m_view.get(), &RecordsView::nextErrorWanted);
    m_view->goTo(37);
    m_table->setFocus();
    QTest::keyClick(m_table, Qt::Key_E);
    QCOMPARE(wanted.size(), 1);
    QCOMPARE(wanted[0][0].toULongLong(), 38ULL);
}

} // namespace trace

QTEST_MAIN(trace::TestRecordsView)
#include "tst_recordsview.moc"
