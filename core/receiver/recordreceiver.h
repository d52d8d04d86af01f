// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/recordmasker.h"
#include "core/config/redactionstore.h"
#include "core/receiver/httpserver.h"
#include "core/record/recordblock.h"
#include "core/service/service.h"

#include <QHash>

#include <functional>
#include <memory>
#include <optional>

namespace trace {

struct RecordReceiverOptions
{
    quint16 port = 4318;        //!< On 127.0.0.1; 0: any free one.
    QByteArray token;           //!< Required from every client when set.
    HttpServerOptions limits{}; //!< Its port and token are not looked at.
    std::shared_ptr<const RedactionRules>
        redaction{}; //!< What is hidden in records; null: nothing.
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
//! answered, as its service would, once all its records are committed; else, and while it is not
//! known what to hide in them, with the service's 503, so that the client keeps them. When only a
//! part of a large request was committed, the client's repetition duplicates that part. Lives on
//! one thread with an event loop.
class RecordReceiver final : public QObject
{
    Q_OBJECT
public:
    //! Called once, from any thread, also after the receiver is gone.
    using Done = std::function<void(const std::optional<Error> &)>;
    //! Commits a block. Called on the receiver's thread; must not block.
    using Append = std::function<void(RecordBlock block, Done done)>;

    RecordReceiver(RecordReceiverOptions options, Append append, QObject *parent = nullptr);
    ~RecordReceiver() override;

    [[nodiscard]] Expected<void> listen() { return m_server.listen(); }
    [[nodiscard]] quint16 port() const { return m_server.port(); }
    [[nodiscard]] QUrl url() const { return m_server.url(); }
    [[nodiscard]] const ReceiverCounts &counts() const { return m_counts; }

private:
    struct Mailbox;
    struct Pending;

    void handle(HttpRequest &&request, HttpResponder responder);
    void store(const std::shared_ptr<const Service> &service, const HttpRequest &request,
               HttpResponder responder);
    [[nodiscard]] Done doneFor(quint64 id, quint32 records);
    void refuseForNow(const Service &service, const HttpRequest &request, HttpResponder &responder,
                      const Error &problem);
    void blockDone(quint64 id, quint32 records, const std::optional<Error> &error);

    const Append m_append;
    const std::shared_ptr<const RedactionRules> m_redaction;
    RecordMasker m_masker;
    const std::shared_ptr<Mailbox> m_mailbox;
    QHash<quint64, std::shared_ptr<Pending>> m_pending; //!< Requests whose blocks are on their way.
    quint64 m_lastId = 0;
    ReceiverCounts m_counts;
    HttpServer m_server; //!< Last, so that it is gone before what its handler uses.
};

} // namespace trace
