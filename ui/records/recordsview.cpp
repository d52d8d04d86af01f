// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/records/recordsview.h"

#include "ui/look/look.h"
#include "ui/look/text.h"
#include "ui/records/recorddetail.h"
#include "ui/records/recordmodel.h"

#include <QHeaderView>
#include <QScopedValueRollback>
#include <QScrollBar>
#include <QShortcut>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace trace {

RecordsView::RecordsView(RecordModel &model, QWidget *parent)
    : Panel(tr("Records"), parent)
    , m_model(model)
    , m_table(new QTableView(this))
    , m_detail(new RecordDetail(this))
    , m_nextError(addButton(u"nextErrorButton"_s, u"level-error"_s, tr("Next error")))
    , m_details(addButton(u"detailsButton"_s, u"details"_s, tr("Details")))
    , m_follow(addButton(u"followButton"_s, u"follow"_s, {}))
{
    m_table->setObjectName(u"recordsTable"_s);
    m_table->setAccessibleName(tr("Records"));
    m_table->setModel(&model);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    makeTidy(m_table);
    setUpColumns();
    auto *splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_table);
    splitter->addWidget(m_detail);
    splitter->setCollapsible(0, false);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    content()->addWidget(splitter);

    setUpButtons();
    connectTable();
    connectModel();
    setDetailsVisible(false);
    updateWords();
}

void RecordsView::setUpColumns()
{
    m_table->setColumnWidth(RecordModel::Time, widthFor(this, u"00:00:00.000"_s));
    m_table->setColumnWidth(RecordModel::LevelColumn,
                            widthFor(this, levelText(Level::Warning), true));
    m_table->setColumnWidth(RecordModel::Run, widthFor(this, u"returns-000000"_s));
    m_table->setColumnWidth(RecordModel::Place,
                            widthFor(this, u"daily_report \u203a load \u203a insert"_s));
}

RecordsView::~RecordsView()
{
    // Its children outlive this part of it: hiding the table still moves the bar.
    m_table->verticalScrollBar()->disconnect(this);
    m_table->selectionModel()->disconnect(this);
}

void RecordsView::setUpButtons()
{
    m_nextError->setToolTip(tr("Go to the next error behind the chosen record (E)"));
    m_details->setCheckable(true);
    m_details->setToolTip(tr("Show all fields of the chosen record"));
    m_follow->setCheckable(true);
    m_follow->setToolTip(tr("Keep the newest record in sight (Ctrl+End)"));
    connect(m_nextError, &QToolButton::clicked, this, &RecordsView::askForNextError);
    connect(m_details, &QToolButton::toggled, this, &RecordsView::setDetailsVisible);
    connect(m_follow, &QToolButton::clicked, this, &RecordsView::setFollowing);

    const auto shortcut = [this](const QKeySequence &keys, auto action) {
        auto *key = new QShortcut(keys, m_table, nullptr, nullptr, Qt::WidgetShortcut);
        connect(key, &QShortcut::activated, this, action);
    };
    shortcut(Qt::Key_E, [this] { askForNextError(); });
    shortcut(Qt::Key_F, [this] { setFollowing(!m_following); });
    shortcut(Qt::CTRL | Qt::Key_End, [this] { setFollowing(true); });
    shortcut(Qt::Key_Escape, [this] { setDetailsVisible(false); });
}

void RecordsView::connectTable()
{
    QScrollBar *const bar = m_table->verticalScrollBar();
    connect(bar, &QScrollBar::valueChanged, this, &RecordsView::onScrolled);
    connect(bar, &QScrollBar::rangeChanged, this, [this] {
        if (m_following) {
            const QScopedValueRollback own(m_ownScroll, true);
            m_table->scrollToBottom();
        }
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &RecordsView::showCurrent);
    connect(m_table, &QTableView::activated, this, [this] { setDetailsVisible(true); });
    connect(m_table, &QTableView::clicked, this, [this] { setDetailsVisible(true); });
}

void RecordsView::connectModel()
{
    connect(&m_model, &QAbstractItemModel::rowsInserted, this,
            [this](const QModelIndex &, int first, int last) {
                if (!m_following)
                    m_unseen += last - first + 1;
                updateWords();
            });
    connect(&m_model, &QAbstractItemModel::rowsRemoved, this,
            [this](const QModelIndex &, int first, int last) {
                // What left was above: move with the text, so that it stays under the reader's
                // eyes.
                if (!m_following) {
                    const QScopedValueRollback own(m_ownScroll, true);
                    QScrollBar *const bar = m_table->verticalScrollBar();
                    bar->setValue(bar->value() - (last - first + 1));
                }
                updateWords();
            });
    connect(&m_model, &QAbstractItemModel::dataChanged, this, &RecordsView::showCurrent);
    connect(&m_model, &QAbstractItemModel::modelReset, this, [this] {
        m_detail->show(nullptr);
        updateWords();
    });
}

void RecordsView::setFollowing(bool following)
{
    m_following = following;
    if (following) {
        m_unseen = 0;
        const QScopedValueRollback own(m_ownScroll, true);
        m_table->scrollToBottom();
    }
    updateWords();
}

void RecordsView::onScrolled(int value)
{
    if (m_ownScroll)
        return;
    const bool atEnd = value >= m_table->verticalScrollBar()->maximum();
    if (atEnd != m_following)
        setFollowing(atEnd);
}

void RecordsView::goTo(quint64 sequence)
{
    const int row = m_model.rowOf(sequence);
    if (row < 0)
        return;
    setFollowing(false);
    const QScopedValueRollback own(m_ownScroll, true);
    const QModelIndex index = m_model.index(row, RecordModel::Message);
    m_table->setCurrentIndex(index);
    m_table->scrollTo(index, QAbstractItemView::PositionAtTop);
    m_table->horizontalScrollBar()->setValue(0);
}

void RecordsView::setDetailsVisible(bool visible)
{
    m_details->setChecked(visible);
    m_detail->setVisible(visible);
    showCurrent();
}

void RecordsView::askForNextError()
{
    const QModelIndex current = m_table->currentIndex();
    Q_EMIT nextErrorWanted(m_model.sequenceOf(current.isValid() ? current.row() + 1 : 0));
}

void RecordsView::showCurrent()
{
    if (m_details->isChecked())
        m_detail->show(m_model.record(m_table->currentIndex().row()));
}

void RecordsView::updateWords()
{
    setNote(tr("%1 kept").arg(countText(m_model.rowCount())));
    m_follow->setChecked(m_following);
    if (m_following)
        m_follow->setText(tr("Following"));
    else if (m_unseen > 0)
        m_follow->setText(tr("Follow (%n new)", nullptr, int(m_unseen)));
    else
        m_follow->setText(tr("Follow"));
}

} // namespace trace
