// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

class QWidget;

namespace trace {

class ConsoleSession;

//! Saves a picture of the window once everything that it shows has come.
class Screenshot final : public QObject
{
    Q_OBJECT
public:
    Screenshot(ConsoleSession &session, QWidget &window, QString file, QObject *parent = nullptr);

    //! Waits until the window is up to date, then takes the picture.
    void take();

Q_SIGNALS:
    void saved();
    void failed(const QString &reason);

private:
    void tryNow();

    ConsoleSession &m_session;
    QWidget &m_window;
    QString m_file;
    QTimer m_timer;
    int m_calm = 0; // looks in a row at which nothing was on its way
};

} // namespace trace
