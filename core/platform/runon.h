// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QMetaObject>

#include <future>

namespace trace {

//! Runs \a work on the thread of \a context and returns when it is done. Not from that thread.
//! Unlike Qt::BlockingQueuedConnection it waits in a way that ThreadSanitizer sees, so that what
//! both threads touch is still checked.
template <typename Work>
void runOn(QObject *context, Work &&work)
{
    std::promise<void> done;
    QMetaObject::invokeMethod(
        context,
        [&] {
            work();
            done.set_value();
        },
        Qt::QueuedConnection);
    done.get_future().wait();
}

} // namespace trace
