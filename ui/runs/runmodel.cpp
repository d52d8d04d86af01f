// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runmodel.h"

#include "ui/look/look.h"
#include "ui/look/text.h"

#include <QFont>
#include <QGuiApplication>

namespace trace {

struct RunModel::Node
{
    RunRow run;
    Node *parent = nullptr;
    std::vector<std::unique_ptr<Node>> children;

    [[nodiscard]] int row() const
    {
        const auto &siblings = parent->children;
        const auto found = std::find_if(siblings.begin(), siblings.end(),
                                        [this](const auto &node) { return node.get() == this; });
        return int(found - siblings.begin());
    }
    [[nodiscard]] bool isWithin(const Node *ancestor) const
    {
        for (const Node *node = this; node; node = node->parent) {
            if (node == ancestor)
                return true;
        }
        return false;
    }
};

namespace {

qint64 countOf(const RunRow &run, Level level)
{
    return run.counts[std::size_t(level)];
}

bool isSource(const RunRow &run)
{
    return run.runId.isEmpty();
}

qint64 errorsOf(const RunRow &run)
{
    return countOf(run, Level::Error) + countOf(run, Level::Critical);
}

} // namespace

RunModel::RunModel(QObject *parent)
    : QAbstractItemModel(parent)
    , m_root(std::make_unique<Node>())
{}

RunModel::~RunModel() = default;

RunModel::Node *RunModel::nodeOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<Node *>(index.internalPointer()) : m_root.get();
}

QModelIndex RunModel::indexOf(const Node *node, int column) const
{
    return node == m_root.get() ? QModelIndex() : createIndex(node->row(), column, node);
}

QModelIndex RunModel::indexOf(const QString &runId) const
{
    const Node *const node = m_byRunId.value(runId);
    return node ? indexOf(node) : QModelIndex();
}

void RunModel::update(const QList<RunRow> &runs)
{
    for (const RunRow &run : runs) {
        m_lastSequence = std::max<quint64>(m_lastSequence, run.lastSequence);
        Node *const node = m_nodes.value(run.id);
        if (!node) {
            insert(run);
        } else if (node->run != run) {
            node->run = run;
            Q_EMIT dataChanged(indexOf(node), indexOf(node, ColumnCount - 1));
        }
    }
}

void RunModel::insert(const RunRow &run)
{
    Node *const known = run.parentRunId == run.runId ? nullptr : m_byRunId.value(run.parentRunId);
    Node *const parent = known ? known : m_root.get();
    const int row = parent == m_root.get() ? 0 : int(parent->children.size());
    auto node = std::make_unique<Node>();
    node->run = run;
    node->parent = parent;
    Node *const added = node.get();
    beginInsertRows(indexOf(parent), row, row);
    parent->children.insert(parent->children.begin() + row, std::move(node));
    m_nodes.insert(run.id, added);
    if (run.runId.isEmpty())
        ++m_sources; // nobody's parent, though most runs name none
    else if (!m_byRunId.contains(run.runId))
        m_byRunId.insert(run.runId, added);
    endInsertRows();
    adoptOrphans(added);
}

void RunModel::removeBefore(quint64 oldest)
{
    QList<Node *> gone;
    for (Node *node : std::as_const(m_nodes)) {
        if (node->run.lastSequence < oldest)
            gone.append(node);
    }
    for (Node *node : std::as_const(gone))
        remove(node);
}

//! Its children, whose records are newer, stand at the top then.
void RunModel::remove(Node *node)
{
    while (!node->children.empty()) {
        beginMoveRows(indexOf(node), 0, 0, {}, 0);
        auto child = std::move(node->children.front());
        node->children.erase(node->children.begin());
        child->parent = m_root.get();
        m_root->children.insert(m_root->children.begin(), std::move(child));
        endMoveRows();
    }
    Node *const parent = node->parent;
    const int row = node->row();
    beginRemoveRows(indexOf(parent), row, row);
    m_nodes.remove(node->run.id);
    if (isSource(node->run))
        --m_sources;
    else if (m_byRunId.value(node->run.runId) == node)
        m_byRunId.remove(node->run.runId);
    parent->children.erase(parent->children.begin() + row);
    endRemoveRows();
}

void RunModel::adoptOrphans(Node *parent)
{
    // A child's first record may come before its parent's.
    auto &top = m_root->children;
    for (std::size_t i = top.size(); i-- > 0;) {
        Node *const orphan = top[i].get();
        if (orphan->run.parentRunId != parent->run.runId || parent->run.runId.isEmpty() ||
            parent->isWithin(orphan))
            continue;
        const int row = int(parent->children.size());
        if (!beginMoveRows({}, int(i), int(i), indexOf(parent), row))
            continue;
        auto moved = std::move(top[i]);
        top.erase(top.begin() + std::ptrdiff_t(i));
        moved->parent = parent;
        parent->children.push_back(std::move(moved));
        endMoveRows();
    }
}

QModelIndex RunModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, nodeOf(parent)->children[std::size_t(row)].get());
}

QModelIndex RunModel::parent(const QModelIndex &child) const
{
    return child.isValid() ? indexOf(nodeOf(child)->parent) : QModelIndex();
}

int RunModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > 0 ? 0 : int(nodeOf(parent)->children.size());
}

int RunModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

QString RunModel::text(const RunRow &run, int column) const
{
    switch (column) {
    case Run:
        if (!isSource(run))
            return visibleLine(run.runId);
        return run.workflowName.isEmpty() ? tr("(no run)") : visibleLine(run.workflowName);
    case Workflow:
        return isSource(run) ? tr("no run id") : visibleLine(run.workflowName);
    case Started:
        return clockText(run.firstTime).left(8);
    case Duration:
        return durationText(run.lastTime - run.firstTime);
    case Records:
        return countText(run.records());
    case Warnings:
        return countText(countOf(run, Level::Warning));
    case Errors:
        return countText(errorsOf(run));
    default:
        return {};
    }
}

QVariant RunModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const RunRow &run = nodeOf(index)->run;
    const int column = index.column();
    const bool warned = column == Warnings && countOf(run, Level::Warning) > 0;
    const bool erred = column == Errors && errorsOf(run) > 0;
    switch (role) {
    case Qt::DisplayRole:
        return text(run, column);
    case Qt::ToolTipRole:
        if (column == Started || column == Duration)
            return toolTipText(
                tr("From %1 to %2").arg(dateTimeText(run.firstTime), dateTimeText(run.lastTime)));
        if (isSource(run) && column <= Workflow)
            return toolTipText(run.workflowName.isEmpty()
                                   ? tr("Records without a run id that name no source")
                                   : tr("Records without a run id, from %1")
                                         .arg(visibleLine(run.workflowName)));
        return toolTipText(text(run, column));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((column >= Duration ? Qt::AlignRight : Qt::AlignLeft) |
                                   Qt::AlignVCenter);
    case Qt::ForegroundRole:
        if (warned || erred)
            return toneColor(warned ? Tone::Warning : Tone::Bad, QGuiApplication::palette());
        return {};
    case Qt::FontRole:
        if (erred || isSource(run)) {
            QFont font;
            font.setBold(erred);
            font.setItalic(isSource(run));
            return font;
        }
        return {};
    case RunIdRole:
        return run.runId;
    case FirstSequenceRole:
        return QVariant::fromValue<quint64>(run.firstSequence);
    case LastSequenceRole:
        return QVariant::fromValue<quint64>(run.lastSequence);
    default:
        return {};
    }
}

QVariant RunModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((section >= Duration ? Qt::AlignRight : Qt::AlignLeft) |
                                   Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Run:
        return tr("Run");
    case Workflow:
        return tr("Workflow");
    case Started:
        return tr("Started");
    case Duration:
        return tr("Duration");
    case Records:
        return tr("Records");
    case Warnings:
        return tr("Warn.", "warnings, short");
    case Errors:
        return tr("Errors");
    default:
        return {};
    }
}

} // namespace trace
