// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QTableView;
class QToolButton;
class QTreeView;
class QVBoxLayout;

namespace trace {

//! The frame that all views share: a title with a count beside it, buttons at the right, content
//! below.
class Panel : public QFrame
{
    Q_OBJECT
public:
    explicit Panel(const QString &title, QWidget *parent = nullptr);

    void setTitle(const QString &title);
    //! Small text right of the title.
    void setNote(const QString &note);

protected:
    //! A button with icon and text in the title row. \a name is the object name.
    QToolButton *addButton(const QString &name, const QString &icon, const QString &text);
    [[nodiscard]] QVBoxLayout *content() const { return m_content; }
    //! Draws a frame around the panel that has the focus.
    void paintEvent(QPaintEvent *event) override;

private:
    QLabel *m_title;
    QLabel *m_note;
    QHBoxLayout *m_head;
    QVBoxLayout *m_content;
    bool m_hasFocus = false; // or something inside
};

//! The look of all tables: rows of one height, no grid, no wrapping, whole rows selected.
void makeTidy(QTableView *table);
void makeTidy(QTreeView *tree);
//! Chooses a row. QTableView::selectRow() looks for a cell at the edge of the view, and finds none
//! right to left before there is a layout.
void chooseRow(QTableView *table, int row);
//! The height of a table that shows its header and \a rows rows.
[[nodiscard]] int heightForRows(const QTableView *table, int rows);
//! The width of a column that shows \a sample.
[[nodiscard]] int widthFor(const QWidget *widget, const QString &sample, bool icon = false);

} // namespace trace
