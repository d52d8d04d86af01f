// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/redactionstore.h"
#include "core/platform/workerthreads.h"
#include "core/receiver/httpserver.h"
#include "core/record/recordblock.h"
#include "core/service/service.h"


#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>

namespace trace {

struct RecordReceiverOptions
{
    quint16 port = 4318;                          //!< On 127.0.0.1; 0: any free one.
    QByteArray token;                             //!< Required from every client when set.
    HttpServerOptions limits{};                   //!< Its port and token are not looked at.
    std::shared_ptr<const RedactionRules> redaction{}; //!< What is hidden; null: own secrets alone.
};

//! What a receiver has seen.
struct ReceiverCounts
{
    qint64 requests = 0; //!< That reached a path which takes records.
    qint64 records = 0;  //!< Committed, by the word of the append callback.
    qint64 refused = 0;  //!< Requests that were not stored: unreadable, or the append failed.
    qint64 masked = 0;   //!< Records in which something was hidden, committed or not.

    friend bool operator==(const ReceiverCounts &, const ReceiverCounts &) = default;
};

//! Takes records over HTTP from programs on this machine: the services' own formats on their own
//! paths (CloudWatch's at `/` by its header), and the generic one at `POST /logs`. A request is
//! answered, as its service would, once all its records are committed; else, when none is, and
//! while it is not known what to hide in them, with the service's 503, so that the client keeps
//! them. Lives on one thread with an event loop; requests that may take time are decoded beside it.
class RecordReceiver final : public QObject
{
    Q_OBJECT
public:
    //! Called once, from any thread, also after the receiver is gone.
    using Done = std::function<void(const std::optional<Error> &)>;
    //! Commits the blocks of a request, all or none; what it says no to must not be committed
    //! later. Called on the receiver's thread; must not block.
    using Append = std::function<void(std::vector<RecordBlock> blocks, Done done)>;

    RecordReceiver(RecordReceiverOptions options, Append append, QObject *parent = nullptr);
    ~RecordReceiver() override;

    [[nodiscard]] Expected<void> listen() { return m_server.listen(); }
    [[nodiscard]] quint16 port() const { return m_server.port(); }
    [[nodiscard]] QUrl url() const { return m_server.url(); }
    [[nodiscard]] const ReceiverCounts &counts() const { return m_counts; }

    //! Lets nobody in any more, takes no further request, and calls \a quiet once those that are
    //! there are answered.
    void finish(std::function<void()> quiet);

Q_SIGNALS:
    //! A client got an error, for what it sent or because its records could not be stored.
    void refused(const QString &path, int status, const QString &reason);
    //! Its records were taken, but not as they came.
    void bent(const QString &path, const InputProblems &problems);

private:
    struct Mailbox;
    struct Task;
    using TaskPtr = std::shared_ptr<Task>;

    void readMail();
    void handle(HttpRequest &&request, HttpResponder responder);
    void decodeNext();
    void decoded(const TaskPtr &task);
    void store(const TaskPtr &task);
    void stored(const TaskPtr &task, const std::optional<Error> &error);
    void conclude(const TaskPtr &task, const ServiceAnswer &answer);

    const Append m_append;
    const std::shared_ptr<const RedactionRules> m_redaction;
    const std::shared_ptr<Mailbox> m_mailbox;
    std::deque<TaskPtr> m_toDecode; //!< Requests that may take time.
    int m_decoding = 0;
    std::set<TaskPtr> m_open; //!< Requests that are not answered yet.
    bool m_isFinishing = false;
    std::function<void()> m_quiet;
    ReceiverCounts m_counts;
    HttpServer m_server;    //!< So that it is gone before what its handler uses.
    WorkerThreads m_decoders; //!< Last: waits for what it does.
};

} // namespace trace
