// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/look/textpane.h"

#include "ui/look/look.h"

#include <QEvent>

namespace trace {

TextPane::TextPane(QWidget *parent)
    : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setTabChangesFocus(true);
    setFrameShape(QFrame::NoFrame);
    colourPlaceholder();
}

void TextPane::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        colourPlaceholder();
}

void TextPane::colourPlaceholder()
{
    const QColor color = toneColor(Tone::Neutral, palette());
    if (palette().color(QPalette::PlaceholderText) == color)
        return; // it is told of its own change
    QPalette own; // nothing else of it, which the desktop may change
    own.setColor(QPalette::PlaceholderText, color);
    setPalette(own);
}

} // namespace trace
