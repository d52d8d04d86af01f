// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <initializer_list>

class QSocketNotifier;

namespace trace {

//! Signals of the system as signals of Qt, on the thread that made this. One at a time.
class Signals final : public QObject
{
    Q_OBJECT
public:
    //! Their former handling comes back when this goes.
    explicit Signals(std::initializer_list<int> numbers);
    ~Signals() override;

Q_SIGNALS:
    //! \a fromTerminal: a key was pressed, so that the whole process group has got it.
    void caught(int number, bool fromTerminal);

private:
    void read();

    QSocketNotifier *m_notifier = nullptr;
};

} // namespace trace
