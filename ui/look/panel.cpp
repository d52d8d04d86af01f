// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/look/panel.h"

#include "ui/look/look.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleOptionHeader>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <utility>

namespace trace {

namespace {

constexpr int cellMargin = 6; // left and right of a cell's text, in pixels
constexpr int focusFrame = 2; // likewise

//! The application's style with more room beside the text of cells and titles.
class RoomyStyle final : public QProxyStyle
{
public:
    int pixelMetric(PixelMetric metric, const QStyleOption *option,
                    const QWidget *widget) const override
    {
        if (metric == PM_FocusFrameHMargin)
            return cellMargin;
        return QProxyStyle::pixelMetric(metric, option, widget);
    }

    void drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget) const override
    {
        const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option);
        if (element != CE_HeaderLabel || !header) {
            QProxyStyle::drawControl(element, option, painter, widget);
            return;
        }
        const int more = cellMargin + 1 - pixelMetric(PM_HeaderMargin, option, widget);
        QStyleOptionHeader label = *header;
        label.rect.adjust(more, 0, -more, 0);
        QProxyStyle::drawControl(element, &label, painter, widget);
    }
};

int rowHeight(const QWidget *widget)
{
    return widget->fontMetrics().height() + 8;
}

//! Gives the rows of a tree the height that those of the tables have.
class RowDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        QSize size = QStyledItemDelegate::sizeHint(option, index);
        size.setHeight(option.fontMetrics.height() + 8);
        return size;
    }
};

void setRoomyStyle(QWidget *widget)
{
    auto *style = new RoomyStyle;
    style->setParent(widget);
    widget->setStyle(style);
}

void makeTidyHeader(QHeaderView *header)
{
    setRoomyStyle(header);
    header->setHighlightSections(false);
    header->setSectionsClickable(false);
    header->setSectionsMovable(false);
    header->setStretchLastSection(true);
    header->setMinimumSectionSize(36);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setFixedHeight(rowHeight(header) + 2);
}

void makeTidyView(QAbstractItemView *view)
{
    setRoomyStyle(view);
    view->setFrameShape(QFrame::NoFrame);
    view->setAlternatingRowColors(true);
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setTextElideMode(Qt::ElideRight);
    view->setIconSize({16, 16});
}

} // namespace

Panel::Panel(const QString &title, QWidget *parent)
    : QFrame(parent)
    , m_title(new QLabel(title, this))
    , m_note(new QLabel(this))
    , m_head(new QHBoxLayout)
    , m_content(new QVBoxLayout(this))
{
    setFrameShape(QFrame::StyledPanel);
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setTextFormat(Qt::PlainText);
    m_note->setTextFormat(Qt::PlainText);
    m_head->setContentsMargins(10, 4, 6, 4);
    m_head->setSpacing(4);
    m_head->addWidget(m_title);
    m_head->addSpacing(6);
    m_head->addWidget(m_note);
    m_head->addStretch(1);
    m_head->addSpacerItem(new QSpacerItem(0, rowHeight(this) + 2)); // as high without buttons
    m_content->setContentsMargins(1, 1, 1, 1); // with the frame: room for focusFrame
    m_content->setSpacing(0);
    m_content->addLayout(m_head);
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) {
        const bool hasFocus = now && isAncestorOf(now);
        if (std::exchange(m_hasFocus, hasFocus) != hasFocus)
            update();
    });
}

void Panel::paintEvent(QPaintEvent *event)
{
    QFrame::paintEvent(event);
    if (!m_hasFocus)
        return;
    QPainter painter(this);
    painter.setPen(QPen(toneColor(Tone::Info, palette()), focusFrame, Qt::SolidLine, Qt::SquareCap,
                        Qt::MiterJoin));
    const int inside = focusFrame / 2;
    painter.drawRect(rect().adjusted(inside, inside, -inside, -inside));
}

void Panel::setTitle(const QString &title)
{
    m_title->setText(title);
}

void Panel::setNote(const QString &note)
{
    m_note->setText(note);
}

QToolButton *Panel::addButton(const QString &name, const QString &icon, const QString &text)
{
    auto *button = new QToolButton(this);
    button->setObjectName(name);
    button->setIcon(namedIcon(icon));
    button->setText(text);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setMinimumHeight(rowHeight(button) + 2);
    m_head->addWidget(button);
    return button;
}

void makeTidy(QTableView *table)
{
    makeTidyView(table);
    table->setShowGrid(false);
    table->setWordWrap(false);
    table->setCornerButtonEnabled(false);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->verticalHeader()->setMinimumSectionSize(rowHeight(table));
    table->verticalHeader()->setDefaultSectionSize(rowHeight(table));
    makeTidyHeader(table->horizontalHeader());
}

void makeTidy(QTreeView *tree)
{
    makeTidyView(tree);
    tree->setItemDelegate(new RowDelegate(tree));
    tree->setUniformRowHeights(true);
    tree->setAllColumnsShowFocus(true);
    tree->setWordWrap(false);
    makeTidyHeader(tree->header());
}

void chooseRow(QTableView *table, int row)
{
    table->setCurrentIndex(table->model()->index(row, 0));
}

int heightForRows(const QTableView *table, int rows)
{
    return table->horizontalHeader()->height() + rows * rowHeight(table) + 2;
}

int widthFor(const QWidget *widget, const QString &sample, bool icon)
{
    return widget->fontMetrics().horizontalAdvance(sample) + 2 * cellMargin + 6 +
           (icon ? 20 + 2 * cellMargin : 0);
}

} // namespace trace
