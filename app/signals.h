// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <chrono>
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

    //! A signal that nobody hears for so long, since something holds up the event loop, ends the
    //! process with \a code.
    void endUnheard(std::chrono::seconds patience, int code);
    //! Ends the process with \a code after so long, whatever it does: a program that was told to
    //! end must not hang at its end. A later call counts anew.
    static void endWithin(std::chrono::seconds bound, int code);

Q_SIGNALS:
    //! \a fromTerminal: a key was pressed, so that the whole process group has got it.
    void caught(int number, bool fromTerminal);

private:
    void read();

    QSocketNotifier *m_notifier = nullptr;
};

} // namespace trace
