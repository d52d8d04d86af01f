// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/endpoints/endpointsview.h"

#include "ui/endpoints/endpointmodel.h"
#include "ui/look/look.h"
#include "ui/look/text.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace trace {

EndpointsView::EndpointsView(EndpointModel &model, QWidget *parent)
    : Panel(tr("Endpoints"), parent)
    , m_model(model)
    , m_table(new QTableView(this))
    , m_ledgerIcon(new QLabel(this))
    , m_ledger(new QLabel(this))
    , m_retry(addButton(u"retryButton"_s, u"retry"_s, tr("Retry now")))
    , m_pause(addButton(u"pauseButton"_s, u"pause"_s, tr("Pause")))
    , m_add(addButton(u"addEndpointButton"_s, u"add"_s, tr("Add…")))
    , m_edit(addButton(u"editEndpointButton"_s, u"edit"_s, tr("Edit…")))
    , m_remove(addButton(u"removeEndpointButton"_s, u"remove"_s, tr("Remove…")))
{
    m_table->setObjectName(u"endpointsTable"_s);
    m_table->setAccessibleName(tr("Endpoints"));
    m_table->setModel(&model);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    makeTidy(m_table);
    setUpColumns();
    m_table->setMinimumHeight(heightForRows(m_table, 2));
    content()->addWidget(m_table);

    m_ledger->setObjectName(u"ledgerLabel"_s);
    m_ledger->setTextFormat(Qt::PlainText);
    m_ledger->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto *line = new QHBoxLayout;
    line->setContentsMargins(10, 4, 10, 5);
    line->setSpacing(6);
    line->addWidget(m_ledgerIcon);
    line->addWidget(m_ledger, 1);
    content()->addLayout(line);

    connectButtons();
    chooseFirst();
}

void EndpointsView::setUpColumns()
{
    const auto setWidth = [this](int column, const QString &sample, bool icon = false) {
        m_table->setColumnWidth(column, widthFor(this, sample, icon));
    };
    setWidth(EndpointModel::Name, u"Practice (Loki)"_s);
    setWidth(EndpointModel::Service, u"cloudwatch"_s);
    setWidth(EndpointModel::State, u"Held: authentication"_s, true);
    for (int column = EndpointModel::Waiting; column <= EndpointModel::Latency; ++column)
        setWidth(column, m_model.headerData(column, Qt::Horizontal).toString());
}

void EndpointsView::connectButtons()
{
    m_retry->setToolTip(tr("Try again at once instead of waiting"));
    m_pause->setToolTip(tr("Stop or go on sending; records are kept meanwhile"));
    connect(m_add, &QToolButton::clicked, this, &EndpointsView::addRequested);
    connect(m_edit, &QToolButton::clicked, this, [this] { Q_EMIT editRequested(currentId()); });
    connect(m_table, &QTableView::activated, this, [this] { Q_EMIT editRequested(currentId()); });
    connect(m_remove, &QToolButton::clicked, this, [this] { Q_EMIT removeRequested(currentId()); });
    connect(m_retry, &QToolButton::clicked, this, [this] { Q_EMIT retryRequested(currentId()); });
    connect(m_pause, &QToolButton::clicked, this, [this] {
        if (const EndpointStatus *const status = current())
            Q_EMIT pauseRequested(status->id, !status->paused);
    });

    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &EndpointsView::updateCurrent);
    connect(&m_model, &QAbstractItemModel::dataChanged, this, &EndpointsView::updateCurrent);
    connect(&m_model, &QAbstractItemModel::rowsRemoved, this, &EndpointsView::updateCurrent);
    connect(&m_model, &QAbstractItemModel::rowsInserted, this, &EndpointsView::chooseFirst);
}

void EndpointsView::chooseFirst()
{
    if (!m_table->currentIndex().isValid() && m_model.rowCount() > 0)
        chooseRow(m_table, 0);
    updateCurrent();
}

const EndpointStatus *EndpointsView::current() const
{
    return m_model.endpoint(m_table->currentIndex().row());
}

QString EndpointsView::currentId() const
{
    const EndpointStatus *const status = current();
    return status ? status->id : QString();
}

void EndpointsView::updateCurrent()
{
    const EndpointStatus *const status = current();
    const bool configured = status && status->configured;
    const bool paused = configured && status->paused;
    for (QToolButton *button : {m_edit, m_retry, m_pause})
        button->setEnabled(configured);
    m_remove->setEnabled(configured || (status && status->ledger.waiting > 0)); // to discard that
    m_pause->setText(paused ? tr("Resume") : tr("Pause"));
    m_pause->setIcon(namedIcon(paused ? u"play"_s : u"pause"_s));
    setNote(tr("%n endpoint(s)", nullptr, m_model.rowCount()));
    m_ledgerIcon->setVisible(status != nullptr);
    if (!status) {
        m_ledger->setText(m_model.rowCount() == 0
                              ? tr("No endpoint yet: records are kept until one is added.")
                              : QString());
        return;
    }
    const bool balanced = status->ledger.isBalanced();
    const auto icon = namedIcon(balanced ? u"check"_s : u"level-error"_s);
    m_ledgerIcon->setPixmap(icon.pixmap(16, 16));
    m_ledger->setText(visibleLine(status->name) + u":  "_s + ledgerText(status->ledger) +
                      u"  \u2013  "_s + balanceText(status->ledger));
}

} // namespace trace
