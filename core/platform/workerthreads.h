// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace trace {

//! Does pieces of work beside the caller, in the order they were asked for: with one thread one after
//! the other. A thread begins when all others are busy, and ends with the object, after what was asked
//! for. Not QThreadPool: what is handed over with std::mutex, ThreadSanitizer can follow.
class WorkerThreads final
{
public:
    explicit WorkerThreads(int most = 1);
    ~WorkerThreads();
    WorkerThreads(const WorkerThreads &) = delete;
    WorkerThreads &operator=(const WorkerThreads &) = delete;

    //! Gives what \a work gives, later.
    template <typename Work>
    [[nodiscard]] std::future<std::invoke_result_t<Work>> start(Work work)
    {
        // Shared, because a std::function must be copyable.
        auto task =
            std::make_shared<std::packaged_task<std::invoke_result_t<Work>()>>(std::move(work));
        auto result = task->get_future();
        queue([task] { (*task)(); });
        return result;
    }

private:
    void queue(std::function<void()> work);
    void loop();

    const std::size_t m_most;
    std::mutex m_mutex; // guards the following
    std::condition_variable m_changed;
    std::deque<std::function<void()>> m_queue;
    std::size_t m_idle = 0;
    bool m_stopping = false;
    std::vector<std::thread> m_threads; // of the caller's
};

} // namespace trace
