// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/console/screenshot.h"

#include "ui/session/consolesession.h"

#include <QFile>
#include <QImageWriter>
#include <QPixmap>
#include <QWidget>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace trace {

namespace {

// A view asks for what it shows only when it paints, so one quiet moment proves nothing.
constexpr int calmLooks = 3;

} // namespace

Screenshot::Screenshot(ConsoleSession &session, QWidget &window, QString file, QObject *parent)
    : QObject(parent)
    , m_session(session)
    , m_window(window)
    , m_file(std::move(file))
{
    m_timer.setInterval(150ms);
    connect(&m_timer, &QTimer::timeout, this, &Screenshot::tryNow);
}

void Screenshot::take()
{
    m_timer.start();
}

void Screenshot::tryNow()
{
    const QPixmap picture = m_window.grab();
    m_calm = m_session.isUpToDate() ? m_calm + 1 : 0;
    if (m_calm < calmLooks)
        return;
    m_timer.stop();
    QImageWriter writer(m_file, "png");
    if (writer.write(picture.toImage()))
        Q_EMIT saved();
    else
        Q_EMIT failed(m_file + u": "_s + writer.errorString());
}

} // namespace trace
