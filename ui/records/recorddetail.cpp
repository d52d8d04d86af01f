// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/records/recorddetail.h"

#include "ui/look/look.h"
#include "ui/records/recordtext.h"
#include "ui/session/recordpage.h"

#include <QTextBlock>

using namespace Qt::StringLiterals;

namespace trace {

RecordDetail::RecordDetail(QWidget *parent)
    : TextPane(parent)
{
    setObjectName(u"recordDetail"_s);
    setAccessibleName(tr("Details of the chosen record"));
    setPlaceholderText(tr("Choose a record to see all of it."));
    document()->setDocumentMargin(8);
    QFontMetrics metrics(font());
    setTabStopDistance(metrics.horizontalAdvance(u"exception_message"_s) + 16);
}

void RecordDetail::show(const RecordRow *row)
{
    if (!row) {
        m_shown = 0;
        clear();
        return;
    }
    if (row->record.sequence == m_shown)
        return; // keep the reader's place and selection
    m_shown = row->record.sequence;
    clear();
    QTextCharFormat name;
    name.setForeground(toneColor(Tone::Neutral, palette()));
    QTextCursor cursor(document());
    cursor.beginEditBlock();
    for (const auto &[field, value] : recordFields(row->record)) {
        if (!cursor.atStart())
            cursor.insertBlock();
        cursor.insertText(field + u'\t', name);
        QString lines = value;
        cursor.insertText(lines.replace(u"\n"_s, u"\n\t"_s), QTextCharFormat());
    }
    cursor.endEditBlock();
    moveCursor(QTextCursor::Start);
}

} // namespace trace
