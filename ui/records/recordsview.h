// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/look/panel.h"

class QTableView;
class QToolButton;

namespace trace {

class RecordDetail;
class RecordModel;

//! The live table of records with the details of the chosen one. Follows the newest record until
//! the user scrolls up, and says which of the two it does.
class RecordsView final : public Panel
{
    Q_OBJECT
public:
    explicit RecordsView(RecordModel &model, QWidget *parent = nullptr);
    ~RecordsView() override;

    [[nodiscard]] bool isFollowing() const { return m_following; }
    void setFollowing(bool following);
    //! Brings a record to the top and stops to follow.
    void goTo(quint64 sequence);
    void setDetailsVisible(bool visible);

Q_SIGNALS:
    //! The user asks for the next error at or behind \a sequence.
    void nextErrorWanted(quint64 sequence);

private:
    void setUpColumns();
    void setUpButtons();
    void connectTable();
    void connectModel();
    void onScrolled(int value);
    void askForNextError();
    void showCurrent();
    void updateWords();

    RecordModel &m_model;
    QTableView *m_table;
    RecordDetail *m_detail;
    QToolButton *m_nextError;
    QToolButton *m_details;
    QToolButton *m_follow;
    bool m_following = true;
    bool m_ownScroll = false; // the view scrolls, not the user
    qint64 m_unseen = 0;      // records that came since following stopped
};

} // namespace trace
