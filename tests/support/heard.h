// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>
#include <mutex>
#include <vector>

namespace trace {

//! What a signal of an object whose own threads emit it has told so far. QSignalSpy would be
//! written to by one thread while the test reads it on another.
template <typename Value>
class Heard final
{
public:
    template <typename Sender, typename Argument>
    Heard(const Sender *sender, void (Sender::*signal)(Argument))
        : m_state(std::make_shared<State>())
    {
        // The state outlives this object: an emission may be on its way when the test ends.
        m_connection = QObject::connect(
            sender, signal, sender,
            [state = m_state](const Value &value) {
                const std::scoped_lock lock(state->mutex);
                state->values.push_back(value);
            },
            Qt::DirectConnection);
    }
    ~Heard()
    {
        QObject::disconnect(m_connection);
        const std::scoped_lock lock(m_state->mutex);
        m_state->values.clear();
    }
    Q_DISABLE_COPY_MOVE(Heard)

    [[nodiscard]] std::vector<Value> values() const
    {
        const std::scoped_lock lock(m_state->mutex);
        return m_state->values;
    }
    [[nodiscard]] std::size_t count() const { return values().size(); }
    [[nodiscard]] bool isEmpty() const { return count() == 0; }

private:
    struct State
    {
        std::mutex mutex;
        std::vector<Value> values;
    };

    std::shared_ptr<State> m_state;
    QMetaObject::Connection m_connection;
};

} // namespace trace
