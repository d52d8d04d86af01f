// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/records/recordmodel.h"

#include "ui/look/look.h"
#include "ui/look/text.h"

#include <QGuiApplication>

#include <limits>

namespace trace {

namespace {

constexpr int pagesKept = 64;
constexpr int pagesWanted = 8; // older wishes are forgotten: nobody looks at them any more
constexpr int pagesAskedAtOnce = 2;

} // namespace

RecordModel::RecordModel(QObject *parent)
    : QAbstractTableModel(parent)
    , m_pages(pagesKept)
{}

void RecordModel::setRange(SequenceRange range)
{
    const bool empty = range.last == 0 || range.last < range.first;
    const quint64 first = empty ? m_first + quint64(m_rows) : range.first;
    const quint64 end = empty ? first : range.last + 1; // behind the last
    if (m_rows > 0 && (first >= m_first + quint64(m_rows) || first < m_first)) {
        beginResetModel(); // nothing of what is shown is left, or it is another journal
        m_rows = 0;
        m_pages.clear();
        endResetModel();
    }
    if (m_rows == 0)
        m_first = first;
    if (first > m_first) {
        const int gone = int(first - m_first);
        beginRemoveRows({}, 0, gone - 1);
        m_first = first;
        m_rows -= gone;
        endRemoveRows();
    }
    const quint64 most = quint64(std::numeric_limits<int>::max());
    const int rows = int(std::min(end - m_first, most));
    if (rows > m_rows) {
        beginInsertRows({}, m_rows, rows - 1);
        m_rows = rows;
        endInsertRows();
    }
}

void RecordModel::addPage(const RecordPagePointer &page)
{
    m_asked.remove(page->number);
    m_pages.insert(page->number, new RecordPagePointer(page));
    const quint64 end = m_first + quint64(m_rows);
    const quint64 from = std::max(page->first(), m_first);
    const quint64 to = std::min(page->first() + page->rows.size(), end);
    if (from < to)
        Q_EMIT dataChanged(index(int(from - m_first), 0),
                           index(int(to - 1 - m_first), ColumnCount - 1));
    askNext();
}

void RecordModel::want(quint64 number) const
{
    if (m_asked.contains(number))
        return;
    m_wanted.removeOne(number);
    m_wanted.append(number);
    if (m_wanted.size() > pagesWanted)
        m_wanted.removeFirst();
    askNext();
}

void RecordModel::askNext() const
{
    while (!m_wanted.isEmpty() && m_asked.size() < pagesAskedAtOnce) {
        const quint64 number = m_wanted.takeLast();
        m_asked.insert(number);
        const quint64 last = m_first + quint64(m_rows) - 1;
        Q_EMIT pageNeeded(number, std::min(last, (number + 1) * RecordPage::size));
    }
}

const RecordPage *RecordModel::page(quint64 sequence) const
{
    const quint64 number = RecordPage::numberOf(sequence);
    const RecordPagePointer *const found = m_pages.object(number);
    if (!found || (*found)->loadedTo < sequence)
        want(number); // the newest page grows
    return found && (*found)->loadedTo >= sequence ? found->get() : nullptr;
}

const RecordRow *RecordModel::record(int row) const
{
    if (row < 0 || row >= m_rows)
        return nullptr;
    const quint64 sequence = sequenceOf(row);
    const RecordPage *const found = page(sequence);
    if (!found || sequence - found->first() >= found->rows.size())
        return nullptr;
    const RecordRow &record = found->rows[sequence - found->first()];
    return record.record.sequence == 0 ? nullptr : &record;
}

int RecordModel::rowOf(quint64 sequence) const
{
    return sequence >= m_first && sequence < m_first + quint64(m_rows) ? int(sequence - m_first)
                                                                       : -1;
}

int RecordModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int RecordModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(ColumnCount);
}

QVariant RecordModel::cell(const RecordRow &row, int column, int role) const
{
    const Level level = row.record.level;
    switch (role) {
    case Qt::DisplayRole:
        switch (column) {
        case Time:
            return row.time;
        case LevelColumn:
            return levelText(level);
        case Run:
            return row.run;
        case Place:
            return row.place;
        case Message:
            return row.message;
        default:
            return {};
        }
    case Qt::DecorationRole:
        return column == LevelColumn ? QVariant(levelIcon(level)) : QVariant();
    case Qt::ForegroundRole:
        if (column == LevelColumn || (column == Message && level >= Level::Error))
            return toneColor(levelTone(level), QGuiApplication::palette());
        if (column == Time || column == Place)
            return toneColor(Tone::Neutral, QGuiApplication::palette());
        return {};
    case Qt::ToolTipRole:
        return toolTipText(column == Time ? dateTimeText(row.record.timestamp)
                                          : cell(row, column, Qt::DisplayRole).toString());
    default:
        return {};
    }
}

QVariant RecordModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    if (role != Qt::DisplayRole && role != Qt::DecorationRole && role != Qt::ForegroundRole &&
        role != Qt::ToolTipRole)
        return {};
    if (const RecordRow *const row = record(index.row()))
        return cell(*row, index.column(), role);
    if (role != Qt::DisplayRole || index.column() != Message)
        return {};
    const bool loaded = page(sequenceOf(index.row())) != nullptr;
    return loaded ? tr("(not in the journal any more)") : QString(QChar(u'\u2026'));
}

QVariant RecordModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Time:
        return tr("Time");
    case LevelColumn:
        return tr("Level");
    case Run:
        return tr("Run");
    case Place:
        return tr("Workflow › stage › job");
    case Message:
        return tr("Message");
    default:
        return {};
    }
}

} // namespace trace
