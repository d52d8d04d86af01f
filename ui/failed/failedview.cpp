// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/failed/failedview.h"

#include "ui/failed/failedbatchmodel.h"
#include "ui/look/look.h"
#include "ui/look/text.h"
#include "ui/look/textpane.h"

#include <QHeaderView>
#include <QShortcut>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

constexpr qsizetype recordsShown = 200; // a batch may have many more

} // namespace

FailedView::FailedView(FailedBatchModel &model, QWidget *parent)
    : Panel(tr("Failed batches"), parent)
    , m_model(model)
    , m_table(new QTableView(this))
    , m_detail(new TextPane(this))
    , m_replay(addButton(u"replayButton"_s, u"replay"_s, tr("Replay")))
    , m_replayAll(addButton(u"replayAllButton"_s, u"replay"_s, tr("Replay all")))
    , m_discard(addButton(u"discardButton"_s, u"remove"_s, tr("Discard…")))
{
    m_table->setObjectName(u"failedTable"_s);
    m_table->setAccessibleName(tr("Failed batches"));
    m_table->setModel(&model);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    makeTidy(m_table);
    setUpColumns();
    m_detail->setObjectName(u"failedDetail"_s);
    m_detail->setAccessibleName(tr("Why the chosen batch failed"));
    m_detail->setPlaceholderText(tr("Nothing failed. What a service refuses appears here, with its "
                                    "own words, and can be replayed."));
    m_detail->document()->setDocumentMargin(6);
    auto *splitter = new QSplitter(Qt::Horizontal, this);
    splitter->addWidget(m_table);
    splitter->addWidget(m_detail);
    splitter->setChildrenCollapsible(false);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setSizes({760, 500});
    content()->addWidget(splitter);
    connectAll();
    onRowsInserted();
}

void FailedView::setUpColumns()
{
    // Wide enough for the title and for what usually stands below it.
    for (int column = 0; column < FailedBatchModel::Reason; ++column)
        m_table->setColumnWidth(
            column, widthFor(this, m_model.headerData(column, Qt::Horizontal).toString()));
    const auto atLeast = [this](int column, int width) {
        m_table->setColumnWidth(column, qMax(m_table->columnWidth(column), width));
    };
    atLeast(FailedBatchModel::EndpointName, widthFor(this, u"Practice (Loki)"_s));
    atLeast(FailedBatchModel::State, widthFor(this, tr("Replaying"), true));
    atLeast(FailedBatchModel::Created, widthFor(this, u"00:00:00"_s));
}

void FailedView::connectAll()
{
    m_replay->setToolTip(tr("Send the chosen batches again; kept until they are accepted"));
    connect(m_replay, &QToolButton::clicked, this, [this] { Q_EMIT replayRequested(chosen()); });
    connect(m_replayAll, &QToolButton::clicked, this,
            [this] { Q_EMIT replayRequested(m_model.ids()); });
    connect(m_discard, &QToolButton::clicked, this, [this] { Q_EMIT discardRequested(chosen()); });
    auto *key = new QShortcut(QKeySequence::Delete, m_table, nullptr, nullptr, Qt::WidgetShortcut);
    connect(key, &QShortcut::activated, m_discard, &QToolButton::click);

    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &FailedView::updateButtons);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &FailedView::onCurrentChanged);
    connect(&m_model, &QAbstractItemModel::rowsInserted, this, &FailedView::onRowsInserted);
    connect(&m_model, &QAbstractItemModel::rowsRemoved, this, &FailedView::onCurrentChanged);
    connect(&m_model, &QAbstractItemModel::dataChanged, this, &FailedView::onCurrentChanged);
}

void FailedView::onRowsInserted()
{
    if (!m_table->selectionModel()->hasSelection())
        chooseRow(m_table, 0);
    updateButtons();
}

QList<qint64> FailedView::chosen() const
{
    QList<qint64> ids;
    for (const QModelIndex &index : m_table->selectionModel()->selectedRows())
        ids.append(index.data(FailedBatchModel::IdRole).toLongLong());
    std::sort(ids.begin(), ids.end());
    return ids;
}

void FailedView::onCurrentChanged()
{
    if (!m_table->selectionModel()->hasSelection() && m_model.rowCount() > 0)
        chooseRow(m_table, qMax(0, m_table->currentIndex().row()));
    const FailedBatchRow *const batch = m_model.batch(m_table->currentIndex().row());
    const qint64 id = batch ? batch->id : 0;
    if (id != m_shown) {
        m_shown = id;
        m_records.clear();
        if (id != 0)
            Q_EMIT recordsWanted(id);
    }
    updateButtons();
    showDetail();
}

void FailedView::showRecords(qint64 batch, const QList<Record> &records)
{
    if (batch != m_shown)
        return; // another was chosen meanwhile
    m_records = records;
    showDetail();
}

void FailedView::updateButtons()
{
    const bool any = m_table->selectionModel()->hasSelection();
    m_replay->setEnabled(any);
    m_discard->setEnabled(any);
    m_replayAll->setEnabled(m_model.rowCount() > 0);
    setNote(tr("%n batch(es)", nullptr, m_model.rowCount()));
}

void FailedView::showDetail()
{
    const FailedBatchRow *const batch = m_model.batch(m_model.rowOf(m_shown));
    QStringList lines;
    if (batch) {
        lines.append(tr("Reason: %1").arg(visibleText(batch->reason)));
        if (!batch->bodyExcerpt.isEmpty())
            lines.append(tr("The service said: %1").arg(visibleText(batch->bodyExcerpt)));
        if (batch->mayHaveArrived)
            lines.append(tr("An answer was lost: the service may have these records already, and "
                            "a replay may duplicate them."));
        for (const Attempt &attempt : batch->attempts)
            lines.append(tr("Attempt %1: %2")
                             .arg(attempt.time.toLocalTime().toString(u"HH:mm:ss.zzz"_s),
                                  visibleLine(attempt.text)));
        for (const Record &record : m_records.first(qMin(m_records.size(), recordsShown)))
            lines.append(tr("Record %1 (%2): %3")
                             .arg(countText(qint64(record.sequence)), levelText(record.level),
                                  visibleLine(record.message)));
        if (m_records.size() > recordsShown)
            lines.append(
                tr("… and %n more record(s)", nullptr, int(m_records.size() - recordsShown)));
    }
    const QString text = lines.join(u'\n');
    if (text != m_detail->toPlainText())
        m_detail->setPlainText(text);
}

} // namespace trace
