// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>
#include <QSocketNotifier>

namespace trace {

//! A connected TCP socket that never blocks. Unlike QTcpSocket, which takes the end of what the
//! peer sends for the end of the connection, it can still send then. Its owner must not delete it
//! in a slot of its signals.
class StreamSocket final : public QObject
{
    Q_OBJECT
public:
    //! Takes over the connected \a descriptor.
    explicit StreamSocket(qintptr descriptor, QObject *parent = nullptr);
    ~StreamSocket() override;

    //! What accept() gave.
    struct Arrival
    {
        qintptr descriptor = -1;  //!< Of the connection; -1: none has come, or none can be taken.
        bool isExhausted = false; //!< Somebody waits, and the system has nothing to let them in by.
    };
    //! Takes the next connection that has come to a descriptor that listens and never blocks. In
    //! place of QTcpServer's, which of a missing descriptor tells nothing once it told of anything
    //! else, and tries again without a pause.
    [[nodiscard]] static Arrival accept(qintptr listener);

    [[nodiscard]] bool isOpen() const { return m_descriptor >= 0; }
    //! The peer sends no more. It may still wait for an answer, or be gone: nothing tells.
    [[nodiscard]] bool hasInputEnded() const { return m_hasInputEnded; }

    //! What is there, at most \a size bytes; 0 when there is nothing. Closes a connection that is
    //! broken. Ends a pause.
    [[nodiscard]] qint64 read(char *data, qint64 size);
    //! Looks for the end of what the peer sends, or of the connection, without reading. When there
    //! is something to read, begins a pause and gives false.
    bool watch();
    //! readable() does not come until the next read().
    void pauseReading() { m_readNotifier.setEnabled(false); }
    [[nodiscard]] bool isReadingPaused() const { return !m_readNotifier.isEnabled(); }
    //! Sends what the system takes and keeps the rest.
    void write(const QByteArray &bytes);
    [[nodiscard]] qint64 bytesToWrite() const { return m_unsent.size() - m_sent; }
    //! Ends the sending side and nothing else. What was written must have been sent.
    bool endSending();
    void close(); //!< At once, without a signal.

Q_SIGNALS:
    void readable(); //!< Also at the end of what the peer sends, and when the connection breaks.
    void written();

private:
    void send();

    qintptr m_descriptor;
    bool m_hasInputEnded = false;
    QByteArray m_unsent;
    qsizetype m_sent = 0; //!< Of m_unsent.
    QSocketNotifier m_readNotifier;
    QSocketNotifier m_writeNotifier;
};

} // namespace trace
