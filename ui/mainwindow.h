// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QMainWindow>

#include <chrono>
#include <functional>

class QLabel;
class QScrollArea;

namespace trace {

class ConsoleSession;
class EndpointsView;
class FailedView;
class HealthStrip;
class RecordsView;
class RunsView;
struct Endpoint;

//! The console: builds the views and connects them with the session; has no rules of its own.
class MainWindow final : public QMainWindow
{
    Q_OBJECT
public:
    //! \a session must outlive the window. The window's place is remembered when \a remember is
    //! set.
    MainWindow(ConsoleSession &session, bool remember, QWidget *parent = nullptr);

    //! From now on closing delivers what waits for so long at most, and shows that; closing again
    //! closes at once. Without this every close is at once.
    void finishBeforeClosing(std::chrono::milliseconds bound) { m_finishingTime = bound; }

Q_SIGNALS:
    void closed(); //!< For good.

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    void createLayout();
    void createMenus();
    void createStatusBar();
    void connectViews();
    void connectSession();
    void updateStatus();

    void addEndpoint();
    void editEndpoint(const QString &id);
    void openEndpointDialog(const Endpoint &endpoint);
    void removeEndpoint(const QString &id);
    void replay(const QList<qint64> &batches);
    void askToDiscard(const QList<qint64> &batches);
    //! Asks a question that can only be answered by its button or by leaving all as it is.
    //! A button of a question, and what it does.
    struct Choice
    {
        QString text;
        std::function<void()> chosen;
    };
    void ask(const QString &name, const QString &question, const QList<Choice> &choices);
    void showReplayResult(qint64 batch, bool delivered, const QString &problem);
    void showProblem(const Error &problem);
    void hideProblem(const Error &problem);
    void showMessage(const QString &icon, const QString &text);
    void showAbout();
    void showFinishing();

    ConsoleSession &m_session;
    bool m_remember;
    std::chrono::milliseconds m_finishingTime{0};
    enum class Closing
    {
        No,
        Finishing,
        Now
    };
    Closing m_closing = Closing::No;
    QScrollArea *m_area;
    HealthStrip *m_health;
    RunsView *m_runs;
    RecordsView *m_records;
    EndpointsView *m_endpoints;
    FailedView *m_failed;
    QLabel *m_messageIcon;
    QLabel *m_message;
};

} // namespace trace
