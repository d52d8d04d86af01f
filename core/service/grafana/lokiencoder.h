// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/grafana/lokilabels.h"

#include <QByteArray>

#include <span>

namespace trace::loki {

//! Writes records as the body of a push request. The bytes of a record depend on the record and on
//! these settings only, whatever stands around it.
class Encoder final
{
public:
    Labels fixed;                   //!< Labels of every stream, from the endpoint's options.
    bool structuredMetadata = true; //!< Else the fields follow the message, as logfmt.
    //! Whether the server undoes JSON's escapes in structured metadata. Else what needs some
    //! follows the message.
    bool escapesInMetadata = true;
    bool isBackfill = false; //!< Streams of their own, by hour, for records that are long past.

    //! logproto.PushRequest under snappy. \a order becomes that of Share::order.
    [[nodiscard]] QByteArray protobuf(std::span<const RecordView> records,
                                      std::vector<std::size_t> &order) const;

    //! `{"streams":[…]}`, not compressed.
    [[nodiscard]] std::string json(std::span<const RecordView> records,
                                   std::vector<std::size_t> &order) const;

private:
    [[nodiscard]] std::string contextLine(const RecordView &record,
                                          const std::string &shared) const;
    void appendJsonEntry(std::string &out, const RecordView &record, std::int64_t time,
                         const std::string &shared) const;
};

} // namespace trace::loki
