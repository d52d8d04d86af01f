// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

namespace trace {

//! Does pieces of work one after the other beside the caller. Its thread begins with the first one
//! and ends with the object, after what was asked for.
class WorkerThread final
{
public:
    WorkerThread() = default;
    ~WorkerThread();
    WorkerThread(const WorkerThread &) = delete;
    WorkerThread &operator=(const WorkerThread &) = delete;

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

    std::mutex m_mutex; // guards the following
    std::condition_variable m_changed;
    std::deque<std::function<void()>> m_queue;
    bool m_stopping = false;
    std::thread m_thread; // of the caller's
};

} // namespace trace
