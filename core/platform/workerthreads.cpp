// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/workerthreads.h"

#include <utility>

namespace trace {

WorkerThreads::WorkerThreads(int most)
    : m_most(static_cast<std::size_t>(most))
{ }

WorkerThreads::~WorkerThreads()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_all();
    for (std::thread &thread : m_threads)
        thread.join();
}

void WorkerThreads::queue(std::function<void()> work)
{
    bool isNeeded = false;
    {
        const std::scoped_lock lock(m_mutex);
        m_queue.push_back(std::move(work));
        isNeeded = m_queue.size() > m_idle;
    }
    if (isNeeded && m_threads.size() < m_most)
        m_threads.emplace_back([this] { loop(); });
    m_changed.notify_one();
}

void WorkerThreads::loop()
{
    std::unique_lock lock(m_mutex);
    while (true) {
        ++m_idle;
        m_changed.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
        --m_idle;
        if (m_queue.empty())
            return;
        auto work = std::move(m_queue.front());
        m_queue.pop_front();
        lock.unlock();
        work();
        work = nullptr; // what it holds may take time, or ask for more
        lock.lock();
    }
}

} // namespace trace
