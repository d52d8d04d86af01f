// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/signals.h"

#include <QSocketNotifier>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

namespace trace {

namespace {

// A handler can reach nothing but globals.
std::array<int, 2> channel{-1, -1};
std::vector<std::pair<int, struct sigaction>> former;
std::atomic<unsigned> unheardSeconds{0};
std::atomic<int> lastCode{0};

void handle(int number, siginfo_t *info, void *)
{
    const int before = errno;
    const bool fromTerminal = info != nullptr && info->si_code == SI_KERNEL;
    const std::array<char, 2> message{char(number), char(fromTerminal)};
    [[maybe_unused]] const auto written = ::write(channel[1], message.data(), message.size());
    if (const unsigned seconds = unheardSeconds)
        ::alarm(seconds);
    errno = before;
}

void end(int)
{
    ::_exit(lastCode);
}

void endOnAlarm(int code)
{
    lastCode = code;
    struct sigaction action
    {};
    action.sa_handler = end;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGALRM, &action, nullptr);
}

} // namespace

Signals::Signals(std::initializer_list<int> numbers)
{
    if (::pipe2(channel.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return; // then the signals end the program, as they always do
    m_notifier = new QSocketNotifier(channel[0], QSocketNotifier::Read, this);
    connect(m_notifier, &QSocketNotifier::activated, this, &Signals::read);
    for (const int number : numbers) {
        struct sigaction action
        {};
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO | SA_RESTART;
        sigemptyset(&action.sa_mask);
        struct sigaction old
        {};
        ::sigaction(number, nullptr, &old);
        if (old.sa_handler == SIG_IGN) // as under nohup
            continue;
        ::sigaction(number, &action, nullptr);
        former.emplace_back(number, old);
    }
}

Signals::~Signals()
{
    for (const auto &[number, old] : former)
        ::sigaction(number, &old, nullptr);
    former.clear();
    unheardSeconds = 0;
    delete m_notifier;
    for (int &end : channel) {
        if (end >= 0)
            ::close(std::exchange(end, -1));
    }
}

void Signals::read()
{
    std::array<char, 2> message{};
    while (::read(channel[0], message.data(), message.size()) == ssize_t(message.size())) {
        if (unheardSeconds > 0)
            ::alarm(0); // it is heard
        Q_EMIT caught(message[0], message[1] != 0);
    }
}

void Signals::endUnheard(std::chrono::seconds patience, int code)
{
    endOnAlarm(code);
    unheardSeconds = unsigned(patience.count());
}

void Signals::endWithin(std::chrono::seconds bound, int code)
{
    endOnAlarm(code);
    ::alarm(unsigned(bound.count()));
}

} // namespace trace
