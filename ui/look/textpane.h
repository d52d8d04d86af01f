// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

namespace trace {

//! Text to read, select and copy. While there is none, the placeholder says what will stand there,
//! in a colour that can be read: that of a palette often cannot.
class TextPane : public QPlainTextEdit
{
    Q_OBJECT
public:
    explicit TextPane(QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;

private:
    void colourPlaceholder();
};

} // namespace trace
