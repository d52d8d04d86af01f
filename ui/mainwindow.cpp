// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/mainwindow.h"

#include "ui/endpoints/endpointdialog.h"
#include "ui/endpoints/endpointsview.h"
#include "ui/failed/failedview.h"
#include "ui/healthstrip.h"
#include "ui/look/text.h"
#include "ui/records/recordsview.h"
#include "ui/runs/runsview.h"
#include "ui/session/consolesession.h"
#include "ui/uistate.h"

#include <QCloseEvent>
#include <QDir>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStatusBar>
#include <QTableView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace trace {

namespace {

QString messageOf(const Error &problem)
{
    const QString text = visibleLine(problem.text);
    return problem.action.isEmpty() ? text : text + u" \u2013 "_s + visibleLine(problem.action);
}

} // namespace

MainWindow::MainWindow(ConsoleSession &session, bool remember, QWidget *parent)
    : QMainWindow(parent)
    , m_session(session)
    , m_remember(remember)
    , m_area(new QScrollArea(this))
    , m_health(new HealthStrip(this))
    , m_runs(new RunsView(session.runs(), this))
    , m_records(new RecordsView(session.records(), this))
    , m_endpoints(new EndpointsView(session.endpoints(), this))
    , m_failed(new FailedView(session.failedBatches(), this))
    , m_messageIcon(new QLabel(this))
    , m_message(new QLabel(this))
{
    setObjectName(u"mainWindow"_s);
    setWindowTitle(tr("Trace Console"));
    setWindowIcon(namedIcon(u"trace-console"_s));
    createLayout();
    createMenus();
    createStatusBar();
    connectViews();
    connectSession();
    UiState::fit(*this, {1280, 720});
    if (m_remember)
        UiState::restore(*this);
    updateStatus();
    m_records->findChild<QTableView *>()->setFocus();
}

void MainWindow::createLayout()
{
    auto *top = new QSplitter(Qt::Horizontal, this);
    top->setObjectName(u"topSplitter"_s);
    top->addWidget(m_runs);
    top->addWidget(m_records);
    top->setStretchFactor(0, 0);
    top->setStretchFactor(1, 1);
    top->setSizes({540, 740});
    auto *all = new QSplitter(Qt::Vertical, this);
    all->setObjectName(u"mainSplitter"_s);
    all->addWidget(top);
    all->addWidget(m_endpoints);
    all->addWidget(m_failed);
    all->setStretchFactor(0, 1);
    all->setStretchFactor(1, 0);
    all->setStretchFactor(2, 0);
    all->setSizes({400, 135, 150});
    for (QSplitter *splitter : {top, all}) {
        splitter->setChildrenCollapsible(false);
        splitter->setHandleWidth(7);
    }
    auto *center = new QWidget(this);
    auto *layout = new QVBoxLayout(center);
    layout->setContentsMargins(8, 6, 8, 4);
    layout->setSpacing(7);
    layout->addWidget(m_health);
    layout->addWidget(all, 1);
    // On a small screen, or where all is large, the status bar stays and the panels scroll.
    m_area->setWidgetResizable(true);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setFocusPolicy(Qt::NoFocus);
    m_area->setWidget(center);
    setCentralWidget(m_area);
}

void MainWindow::createMenus()
{
    QMenu *const file = menuBar()->addMenu(tr("&File"));
    QAction *const quit = file->addAction(tr("&Quit"), this, &QWidget::close);
    // Some platforms have no standard key for this.
    const auto keys = QKeySequence::keyBindings(QKeySequence::Quit);
    quit->setShortcuts(keys.isEmpty() ? QList{QKeySequence(Qt::CTRL | Qt::Key_Q)} : keys);

    QMenu *const view = menuBar()->addMenu(tr("&View"));
    const auto addFocus = [&](const QString &text, QWidget *panel, int key) {
        view->addAction(text, QKeySequence(Qt::CTRL | Qt::Key(key)), this, [this, panel] {
            if (auto *table = panel->findChild<QAbstractItemView *>())
                table->setFocus(Qt::ShortcutFocusReason);
            m_area->ensureWidgetVisible(panel, 0, 0);
        });
    };
    addFocus(tr("&Runs"), m_runs, Qt::Key_1);
    addFocus(tr("R&ecords"), m_records, Qt::Key_2);
    addFocus(tr("E&ndpoints"), m_endpoints, Qt::Key_3);
    addFocus(tr("&Failed batches"), m_failed, Qt::Key_4);
    view->addSeparator();
    view->addAction(tr("F&ollow the newest record"), this,
                    [this] { m_records->setFollowing(true); });

    QMenu *const help = menuBar()->addMenu(tr("&Help"));
    help->addAction(tr("&About Trace Console"), this, &MainWindow::showAbout);
    help->addAction(tr("About &Qt"), this, [this] { QMessageBox::aboutQt(this); });
}

void MainWindow::createStatusBar()
{
    m_message->setObjectName(u"messageLabel"_s);
    m_message->setTextFormat(Qt::PlainText);
    m_message->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_messageIcon->setContentsMargins(8, 0, 0, 0);
    statusBar()->addWidget(m_messageIcon);
    statusBar()->addWidget(m_message, 1);
    const QString folder = QDir::toNativeSeparators(m_session.journalFolder());
    auto *journal = new QLabel(tr("Journal: %1").arg(folder), this);
    journal->setTextFormat(Qt::PlainText);
    journal->setContentsMargins(0, 0, 8, 0);
    journal->setMinimumWidth(1); // a long one is cut rather than that the window gets too wide
    journal->setToolTip(toolTipText(folder));
    statusBar()->addPermanentWidget(journal);
    showMessage(u"check"_s, tr("Ready"));
}

void MainWindow::connectViews()
{
    connect(m_runs, &RunsView::runChosen, m_records, &RecordsView::goTo);
    connect(m_records, &RecordsView::nextErrorWanted, &m_session, &ConsoleSession::findError);
    connect(m_endpoints, &EndpointsView::addRequested, this, &MainWindow::addEndpoint);
    connect(m_endpoints, &EndpointsView::editRequested, this, &MainWindow::editEndpoint);
    connect(m_endpoints, &EndpointsView::removeRequested, this, &MainWindow::removeEndpoint);
    connect(m_endpoints, &EndpointsView::retryRequested, &m_session, &ConsoleSession::retryNow);
    connect(m_endpoints, &EndpointsView::pauseRequested, &m_session, &ConsoleSession::setPaused);
    connect(m_failed, &FailedView::replayRequested, this, &MainWindow::replay);
    connect(m_failed, &FailedView::discardRequested, this, &MainWindow::askToDiscard);
    connect(m_failed, &FailedView::recordsWanted, &m_session, &ConsoleSession::loadFailedRecords);
}

void MainWindow::connectSession()
{
    connect(&m_session, &ConsoleSession::statusChanged, this, &MainWindow::updateStatus);
    connect(&m_session, &ConsoleSession::failedRecordsLoaded, m_failed, &FailedView::showRecords);
    connect(&m_session, &ConsoleSession::replayFinished, this, &MainWindow::showReplayResult);
    connect(&m_session, &ConsoleSession::problemOccurred, this, &MainWindow::showProblem);
    connect(&m_session, &ConsoleSession::problemEnded, this, &MainWindow::hideProblem);
    connect(&m_session, &ConsoleSession::finished, this, [this] {
        if (m_closing != Closing::Finishing)
            return;
        m_closing = Closing::Now;
        close();
    });
    connect(&m_session, &ConsoleSession::errorFound, this, [this](quint64 sequence) {
        if (sequence == 0)
            showMessage(u"level-info"_s, tr("No further error."));
        else
            m_records->goTo(sequence);
    });
}

void MainWindow::updateStatus()
{
    m_health->setStatus(m_session.status(), m_session.failedBatches().recordCount());
    if (m_closing == Closing::Finishing)
        showFinishing();
}

void MainWindow::addEndpoint()
{
    openEndpointDialog(Endpoint{});
}

void MainWindow::editEndpoint(const QString &id)
{
    for (const Endpoint &endpoint : m_session.configuration()) {
        if (endpoint.id == id) {
            openEndpointDialog(endpoint);
            return;
        }
    }
}

void MainWindow::openEndpointDialog(const Endpoint &endpoint)
{
    QStringList taken;
    for (const Endpoint &other : m_session.configuration()) {
        if (other.id != endpoint.id)
            taken.append(other.name);
    }
    auto *dialog = new EndpointDialog(endpoint, taken, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        const Endpoint edited = dialog->endpoint();
        QList<Endpoint> endpoints = m_session.configuration();
        const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                        [&](const Endpoint &e) { return e.id == edited.id; });
        if (found == endpoints.end())
            endpoints.append(edited);
        else
            *found = edited;
        m_session.setConfiguration(endpoints);
    });
    dialog->open();
}

void MainWindow::removeEndpoint(const QString &id)
{
    const EndpointStatus *const status =
        m_session.endpoints().endpoint(m_session.endpoints().rowOf(id));
    if (!status)
        return;
    const qint64 waiting = status->ledger.waiting + status->ledger.inFlight;
    const QString name = visibleLine(status->name);
    const bool isConfigured = status->configured;
    QString question;
    if (!isConfigured)
        question =
            tr("%n record(s) wait for \"%1\", which is not configured. They go on when it is "
               "added again.",
               nullptr, int(waiting))
                .arg(name);
    else if (waiting == 0)
        question = tr("Remove the endpoint \"%1\"? Nothing waits for it.").arg(name);
    else
        question = tr("Remove the endpoint \"%1\"? %n record(s) wait for it. They are kept, and go "
                      "on when it is added again, or they are given up and counted as discarded.",
                      nullptr, int(waiting))
                       .arg(name);
    const auto remove = [this, id](bool discards) {
        return [this, id, discards] { m_session.removeEndpoint(id, discards); };
    };
    QList<Choice> choices;
    if (isConfigured)
        choices.append({waiting == 0 ? tr("Remove") : tr("Remove and keep them"), remove(false)});
    if (waiting > 0)
        choices.append(
            {isConfigured ? tr("Remove and discard them") : tr("Discard them"), remove(true)});
    ask(u"removeEndpointQuestion"_s, question, choices);
}

void MainWindow::ask(const QString &name, const QString &question, const QList<Choice> &choices)
{
    auto *box =
        new QMessageBox(QMessageBox::Warning, windowTitle(), question, QMessageBox::Cancel, this);
    box->setObjectName(name);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setDefaultButton(QMessageBox::Cancel);
    for (const Choice &choice : choices) {
        // Of several, the first one loses nothing.
        const bool isHarmless = choices.size() > 1 && &choice == &choices.first();
        QPushButton *const button = box->addButton(
            choice.text, isHarmless ? QMessageBox::AcceptRole : QMessageBox::DestructiveRole);
        if (isHarmless)
            box->setDefaultButton(button);
        connect(button, &QPushButton::clicked, this, choice.chosen);
    }
    box->open();
}

void MainWindow::replay(const QList<qint64> &batches)
{
    showMessage(u"state-sending"_s, tr("Replaying %n batch(es)…", nullptr, int(batches.size())));
    m_session.replay(batches);
}

void MainWindow::askToDiscard(const QList<qint64> &batches)
{
    qint64 records = 0;
    for (const qint64 id : batches) {
        if (const auto *batch =
                m_session.failedBatches().batch(m_session.failedBatches().rowOf(id)))
            records += batch->records;
    }
    const QString question = tr("Discard the chosen batches? %n record(s) will never be delivered.",
                                nullptr, int(records));
    ask(u"discardQuestion"_s, question,
        {{tr("Discard"), [this, batches] { m_session.discard(batches); }}});
}

void MainWindow::showReplayResult(qint64 batch, bool delivered, const QString &problem)
{
    if (delivered)
        showMessage(u"check"_s, tr("Batch %1 is delivered.").arg(batch));
    else
        showMessage(
            u"level-error"_s,
            tr("Batch %1 failed again: %2").arg(QString::number(batch), visibleLine(problem)));
}

void MainWindow::showProblem(const Error &problem)
{
    showMessage(u"level-error"_s, messageOf(problem));
}

void MainWindow::hideProblem(const Error &problem)
{
    if (m_message->text() == messageOf(problem)) // nothing else was told since
        showMessage(u"check"_s, tr("Ready"));
}

void MainWindow::showMessage(const QString &icon, const QString &text)
{
    m_messageIcon->setPixmap(namedIcon(icon).pixmap(16, 16));
    m_message->setText(text);
    m_message->setToolTip(toolTipText(text));
}

void MainWindow::showAbout()
{
    auto *box = new QMessageBox(this);
    box->setObjectName(u"aboutBox"_s);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(tr("About Trace Console"));
    box->setIconPixmap(windowIcon().pixmap(64, 64));
    box->setTextFormat(Qt::PlainText);
    box->setText(tr("Trace Console %1").arg(QStringLiteral(TRACE_VERSION)));
    box->setInformativeText(
        tr("Shows the logs of workflow runs and forwards them.\n\n"
           "The program is free software under the GNU General Public License, version 3 or later; "
           "its library TraceCore is under the GNU Lesser General Public License, version 3 or "
           "later. It comes without any warranty.\n\n"
           "It uses Qt (LGPL 3), simdjson (Apache 2.0), protozero (BSD), zstd (BSD), Snappy (BSD), "
           "libdeflate (MIT), Boost (Boost Software License) and tl::expected (CC0)."));
    box->open();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (m_closing == Closing::No && m_finishingTime.count() > 0) {
        m_closing = Closing::Finishing;
        event->ignore();
        showFinishing();
        m_session.finish(m_finishingTime);
        return;
    }
    m_closing = Closing::Now;
    m_session.stopFinishing();
    if (m_remember)
        UiState::save(*this);
    event->accept();
    Q_EMIT closed();
}

void MainWindow::showFinishing()
{
    const int open = int(std::min<qint64>(m_session.openRecords(), 1'000'000'000));
    showMessage(u"state-sending"_s,
                tr("Finishing: %n record(s) wait or are on their way. Close again to end now; what "
                   "is left stays in the journal and is sent later.",
                   nullptr, open));
}

} // namespace trace
