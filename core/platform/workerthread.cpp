// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/platform/workerthread.h"

#include <utility>

namespace trace {

WorkerThread::~WorkerThread()
{
    if (!m_thread.joinable())
        return;
    {
        const std::scoped_lock lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_one();
    m_thread.join();
}

void WorkerThread::queue(std::function<void()> work)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_queue.push_back(std::move(work));
    }
    if (m_thread.joinable())
        m_changed.notify_one();
    else
        m_thread = std::thread([this] { loop(); });
}

void WorkerThread::loop()
{
    std::unique_lock lock(m_mutex);
    while (true) {
        m_changed.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
        if (m_queue.empty())
            return;
        const auto work = std::move(m_queue.front());
        m_queue.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

} // namespace trace
