// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/look/textpane.h"

namespace trace {

struct RecordRow;

//! All fields of one record, as text that can be selected and copied.
class RecordDetail final : public TextPane
{
    Q_OBJECT
public:
    explicit RecordDetail(QWidget *parent = nullptr);

    //! Null shows that there is none.
    void show(const RecordRow *row);

private:
    quint64 m_shown = 0; // sequence number
};

} // namespace trace
