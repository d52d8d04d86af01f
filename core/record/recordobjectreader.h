// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/aliasedmembers.h"
#include "core/record/contextcache.h"
#include "core/record/distinctkeys.h"
#include "core/record/jsonrecordreader.h"

namespace trace {

//! Makes records of parsed JSON: see JsonRecordReader.
class RecordObjectReader final
{
public:
    //! The view is valid until the next call and as long as the document. What is no object becomes
    //! a message.
    [[nodiscard]] RecordView readItem(const simdjson::dom::element &item, std::int64_t now,
                                      InputProblems &problems);

private:
    using Kind = RecordKey::Kind;

    RecordView read(const simdjson::dom::object &object, std::int64_t now, InputProblems &problems);
    const RecordKey *keyAt(std::size_t place, std::string_view name);
    bool take(Kind kind, std::size_t index, const simdjson::dom::element &value,
              RecordView &record);
    bool takeMessage(const simdjson::dom::element &value, RecordView &record);
    bool takeAlias(const AliasedMembers::Member &member, const simdjson::dom::object &object,
                   RecordView &record);
    void addMetadata(std::string_view key, const simdjson::dom::element &value);

    std::array<const RecordKey *, 32> m_order{}; //!< The keys of the object before, by their places.
    ContextParts m_parts;
    ContextCache m_contexts;
    std::string m_metadata;
    DistinctKeys m_keys; //!< Of the metadata.
    AliasedMembers m_aliased;
    std::string m_made; //!< A message that does not stand in the document.
};

} // namespace trace
